"""Kind `influence`: how much each input step moves each output step, and how far states carry it.

The map is ‖∂y_t/∂x_s‖: a row for each step of the result, a column for each step of the input; what is
exactly zero is left empty. Beside it, on a narrow page under it, are the norms of ∂h_T/∂h_t and ∂c_T/∂c_t of
the first and the last layer, step by step. Ids: the map is ``map``, its bar ``map.bar``, the curves
``h.l0.fwd``, ``c.l0.fwd`` and so on.
"""

from __future__ import annotations

from collections.abc import Sequence

from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.influence import bare
from lstmviz.figures.influence.chart import around, chart, drawn_curves, quotient
from lstmviz.figures.influence.measured import (
    InfluenceOptions,
    Seen,
    aloud,
    apart,
    causal,
    draw_map,
    left,
    letter_of,
    measured,
    refuse,
    some_layers,
    told,
)
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.bare import lines_of
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import call, made, packed_rows
from lstmviz.figures.shared.step_words import keeps_steps
from lstmviz.layout.boxes import Item, lines, mosaic, row, space, stack
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, Box, stroke_of
from lstmviz.scene.labels import TextLine, asserted, letters, math, words
from lstmviz.scene.labels import row as inline
from lstmviz.scene.plots import Heat
from lstmviz.translation.messages import Message, joined, message, user_text

SIDE, NARROW_SIDE = 196.0, 176.0
"""The greatest side of the map beside the curves, and over them, pt."""
LEAST, ABOUT, BARRED = 120.0, 166.0, 62.0
"""The least side of a map on a slide, smaller so that type is larger; what stands about it, and under it
with its bar, pt."""
NAMES = 62.0
"""The most that the names of steps take at the left, pt."""
LEAST_ROW = 15.0
"""A map of one row is at least so high, pt."""
NEXT, LOW, MORE = 30.0, 130.0, 50.0
"""Between the map and the curves; the height of those under it, of one layer and of each further one, pt."""
EMPTY, LINE = 56.0, 9.5
"""The empty half of a map may say what it means in lines so long, and so far from each other, pt."""
TITLED, CURVES = 155.0, 190.0
"""A map keeps so much of the room where what its rows are stands at its left, and leaves so much to the
curves beside it, pt."""


def compose(subject: Subject, options: InfluenceOptions, page: Page) -> Draft:
    """Place the map with its bar, the curves beside or under it, and what is said of both."""
    seen = measured(subject, options)
    found = seen.found
    names = plots.names_of(subject, seen.sample, found.columns)
    rows = _row_names(seen, names, page.inner)
    curves = drawn_curves(seen.carried, options.layer, options.state)
    room = page.inner - (NEXT + CURVES if curves and not page.narrow else 0.0)
    at_left = max(_at_left(seen, rows, room))
    most = NARROW_SIDE if page.narrow else min(SIDE, max(LEAST, (page.height or 1e4) - ABOUT))
    side = min(most, page.inner - at_left - 14)
    cell = side / max(found.columns, found.rows, 4)
    size = (cell * found.columns, max(LEAST_ROW, cell * found.rows))
    shown = _headed([message("influence.heading")], _map(seen, size, room), page.inner)
    if curves:
        layer = next(one for one in subject.trace.recurrent if one.name == curves[0].layer)
        heads = [message(f"influence.states{'-both' * (layer.directions > 1)}"), _scale("curves")]
        wide = page.inner if page.narrow else page.inner - shown.width - NEXT
        high = LOW + MORE * (len({one.depth for one in curves}) - 1)
        if not page.narrow:  # both end on one line
            high = max(high, shown.height - _headed(heads, space(high=around(curves, layer)), wide).height)
        same = len(curves[0].values) == found.columns + 1
        walls = found.walls if same else ()  # they are of the data's steps
        drawn = chart(curves, layer, wide, high, sample=seen.sample, walls=walls)
        other = _headed(heads, drawn, wide)
        shown = stack(_whole(shown), _whole(other), gap=16) if page.narrow else row(
            _whole(shown), _whole(other), gap=NEXT)  # fmt: skip
    canvas = Canvas()
    causes = [message("influence.causal")] if causal(seen) and not _inside(seen, (0.0, 0.0, *size)) else []
    whole = plots.names_whole(subject, names, cell, NAMES if rows else 0.0)
    whose = [message("influence.whose", sample=seen.sample)] if _several(subject) else []
    said = [*whose, *told(seen), *apart(curves), *some_layers(seen, curves), *whole]
    quiet = [one for one in said if one.id == "influence.everywhere"]
    said = [one for one in said if one not in quiet]
    (said if options.detail == "full" else canvas.caption).extend([*quiet, *causes, *left(curves)])
    foot = lines(*packed_rows(plots.paragraphs(said, page.inner), page.inner), step=10.5)
    mosaic("shown\nfoot", {"shown": shown, "foot": foot}, (0.0, 8.0)).place(canvas)
    if not curves:
        return Draft(canvas, aloud(seen, curves))
    return Draft(canvas, aloud(seen, curves), call(layer), (made(layer),))


def _several(subject: Subject) -> bool:
    """Whether the input has more than one sample."""
    return dict(subject.trace.sizes).get("N", 1) > 1


def _whole(item: Item) -> Item:
    """The item with its sides in its core: what is placed with it stands beside all of it."""
    return mosaic("item", {"item": item})


def _headed(said: Sequence[Message], item: Item, room: float) -> Item:
    """An item under what it shows, and how that is measured."""
    first, *more = said
    head = lines(*plots.paragraphs([first], room, 8, INK), *plots.paragraphs(more, room))
    return mosaic("head\nitem", {"head": head, "item": item}, (0.0, 5.0))


def _scale(norm: str) -> Message:
    """In which norm something is drawn, and on what scale."""
    return joined(", ", message(f"influence.norm-{norm}"), message("plots.log"))


def _row_names(seen: Seen, names: Sequence[str], gap: float) -> list[TextLine]:
    """The names of the result's steps, where they are those of the input."""
    trace, of = seen.subject.trace, seen.found.of
    stages = [*trace.leading(of), *([stage] if (stage := trace.stage(of)) else [])]
    decoders = {layer.name for layer in trace.recurrent if layer.states_from}
    same = all(keeps_steps(one) and one.name not in decoders for one in stages)
    same = same and seen.found.rows == seen.found.columns
    return plots.beside_names(names if same else [], seen.found.rows, gap, NAMES, of=of)


def _at_left(seen: Seen, rows: Sequence[TextLine], room: float) -> tuple[float, float]:
    """How far the names of the rows reach to the left, and with what they are, if that has room there."""
    number = letters(str(seen.found.rows), 8).width + 10
    names = max((line.width + 8 for line in rows), default=max(16.0, number))
    with_title = names + max(line.width for line in _titles(seen)[0]) + 4
    return names, with_title if room - with_title >= TITLED else 0.0


def _map(seen: Seen, size: tuple[float, float], room: float) -> Item:
    """The map with its steps and its axes, and under it what its shades are, on their bar."""
    found, (wide, high) = seen.found, size
    names = plots.names_of(seen.subject, seen.sample, found.columns)
    rows = _row_names(seen, names, high / found.rows)
    over, under, shades = _titles(seen)
    left, titled = _at_left(seen, rows, room)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        box = (x, y, x + wide, y + high)
        heat = draw_map(canvas, seen, box, line=0.8)
        plots.down(canvas, box, found.rows, rows)
        low = plots.along(canvas, box, found.columns, names)
        if titled:
            for at, line in enumerate(over):
                canvas.text(
                    line, x - left, y + high / 2 + 2.6 + LINE * (at - (len(over) - 1) / 2), "end", role="axis"
                )
        else:
            canvas.text(inline(*over, gap=3), x, y - 5, role="axis")
        canvas.text(under, max(x + under.width / 2, x + wide / 2), low + 9, "middle", role="axis")
        _upper(canvas, seen, box)
        canvas.text(shades, x - back, low + 25)
        _bar(canvas, seen, heat, (x, low + 30))

    back = max(0.0, (titled or left) + shades.width - room)
    beyond = max(0.0, under.width - wide, shades.width - back - wide)
    return Item(wide, high, draw, (titled or left, 2.0 if titled else 13.0, beyond, BARRED))


def _bar(canvas: Canvas, seen: Seen, heat: Heat, at: tuple[float, float]) -> None:
    """The bar of shades, and what exactly zero looks like if that is not said."""
    (x, y), wide = at, max(heat.box[2] - heat.box[0], 110.0)
    none = not all(heat.values) and not _inside(seen, heat.box)
    right = x + wide - 54.0 * none  # its marks keep apart
    plots.bar(canvas, heat, (x, y, right, y + plots.BAR), lying=True)
    if none:
        plots.nothing(canvas, right + 12, y)


def _inside(seen: Seen, box: Box) -> bool:
    """Whether there is room in the empty half of a map for what it means."""
    rows, cell = seen.found.rows, (box[3] - box[1]) / seen.found.rows
    free = (rows - 1 - (4 * LINE - 4) // cell) * cell  # in the lowest row that the words reach
    return causal(seen) and free >= EMPTY + 8


def _upper(canvas: Canvas, seen: Seen, box: Box) -> None:
    """Write in the empty half what it means."""
    _, y0, x1, _ = box
    if _inside(seen, box):
        for at, line in enumerate(plots.paragraphs([message("influence.upper")], EMPTY)):
            canvas.text(line, x1 - 6, y0 + 12 + LINE * at, "end")


def _titles(seen: Seen) -> tuple[list[TextLine], TextLine, TextLine]:
    """What the rows are, in lines, what the columns and the shades are."""
    found = seen.found
    letter = letter_of(seen.subject, found.of)
    about, end = ({"of": found.of}, f"-{letter}") if letter else ({"of": user_text(found.of)}, "")
    tint = stroke_of("output" if letter else "hidden")
    put = {one: math(one, size=9.5, tint=tint) for one in ("t", "y", "output")}
    rows = [
        mixed(one, gap=3, put=put, tint=tint) for one in lines_of(message(f"influence.rows{end}", **about))
    ]
    own = found.read == "input"
    read = message("influence.columns-input") if own else message(
        "influence.columns", read=user_text(found.read))  # fmt: skip
    put = {one: math(one, size=9.5, tint=stroke_of("input")) for one in "sx"}
    columns = mixed(read, gap=3, put=put, tint=stroke_of("input"))
    norm = {"fro": "F", "max": "max"}[seen.options.norm]
    shades = quotient(math(letter or found.of, "t", size=9.5), math("x", "s", size=9.5), norm=norm)
    shades = shades.claiming(asserted(message(f"influence.map{end}", norm=norm, **about)))
    return rows, columns, inline(shades, words(_scale(seen.options.norm), 7, tint=MUTED), gap=7)


INFLUENCE = Kind(
    "influence",
    "how much each input step moves each output step, measured, and how far h and c carry it",
    InfluenceOptions,
    compose,
    refuse,
    bare=bare.compose,
    shown_bare=frozenset({"of", "sample", "norm"}),
    view="influence.view",
    frames=("time",),
    measured=True,
)
