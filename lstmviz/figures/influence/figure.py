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
from lstmviz.figures.influence.chart import chart, drawn_curves, over_of, quotient
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
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import call, made, packed_rows
from lstmviz.figures.shared.step_words import keeps_steps
from lstmviz.layout.boxes import Item, lines, mosaic, row, stack
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, Box, stroke_of
from lstmviz.scene.labels import TextLine, asserted, math, words
from lstmviz.scene.plots import Heat
from lstmviz.translation.messages import Message, message, user_text

SIDE, NARROW_SIDE = 196.0, 176.0
"""The greatest side of the map beside the curves, and over them, pt."""
LEAST, ABOUT, BARRED = 120.0, 166.0, 26.0
"""The least side of a map on a slide, smaller so that type is larger; what stands about it, and how
much higher the curves beside it are, as it has a bar under it, pt."""
NAMES = 62.0
"""The most that the names of steps take at the left, pt."""
LEAST_ROW = 15.0
"""A map of one row is at least so high, pt."""
NEXT, LOW, MORE = 30.0, 130.0, 50.0
"""Between the map and the curves; the height of those under it, of one layer and of each further one, pt."""
INSIDE, EMPTY = 90.0, 56.0
"""In a map so large its empty half has room for what it means, in lines so long, pt."""


def compose(subject: Subject, options: InfluenceOptions, page: Page) -> Draft:
    """Place the map with its bar, the curves beside or under it, and what is said of both."""
    seen = measured(subject, options)
    found = seen.found
    names = plots.names_of(subject, seen.sample, found.columns)
    rows = _row_names(seen, names, page.inner)
    at_left = max((line.width + 8 for line in rows), default=16.0)
    most = NARROW_SIDE if page.narrow else min(SIDE, max(LEAST, (page.height or 1e4) - ABOUT))
    side = min(most, page.inner - at_left - 14)
    cell = side / max(found.columns, found.rows, 5)
    size = (cell * found.columns, max(LEAST_ROW, cell * found.rows))
    curves = drawn_curves(seen.carried, options.layer, options.state)
    over, rows_of = over_of(curves), len({one.depth for one in curves})
    shown = _headed(
        message("influence.heading"),
        _map(seen, size, 0.0 if page.narrow or rows_of > 1 else over),
        page.inner,
    )
    if curves:
        layer = next(one for one in subject.trace.recurrent if one.name == curves[0].layer)
        under = LOW + MORE * (len({one.depth for one in curves}) - 1)
        beside = page.inner - shown.width - NEXT
        wide, high = (page.inner, under) if page.narrow else (beside, size[1] + BARRED)
        same = len(curves[0].values) == found.columns + 1
        walls = found.walls if same else ()  # they are of the data's steps
        drawn = chart(curves, layer, wide, high, sample=seen.sample, walls=walls)
        other = _headed(message("influence.states"), drawn, wide)
        shown = stack(_whole(shown), _whole(other), gap=16) if page.narrow else row(
            _whole(shown), _whole(other), gap=NEXT)  # fmt: skip
    canvas = Canvas()
    causes = [message("influence.causal")] if causal(seen) and not _inside(seen, size[1]) else []
    whole = plots.names_whole(subject, names, cell, NAMES if rows else 0.0)
    said = [*told(seen, curves), *some_layers(seen, curves), *causes, *whole]
    quiet = [one for one in said if one.id == "influence.everywhere"]
    said = [one for one in said if one not in quiet]
    (said if options.detail == "full" else canvas.caption).extend([*quiet, *apart(curves), *left(curves)])
    foot = lines(*packed_rows(plots.paragraphs(said, page.inner), page.inner), step=10.5)
    of = [words(message("influence.whose", sample=seen.sample), 8)] if _several(subject) else []
    items = {"of": lines(*of, step=11.0), "shown": shown, "foot": foot}
    mosaic("of\nshown\nfoot" if of else "shown\nfoot", items, (0.0, 8.0)).place(canvas)
    if not curves:
        return Draft(canvas, aloud(seen, curves))
    return Draft(canvas, aloud(seen, curves), call(layer), (made(layer),))


def _several(subject: Subject) -> bool:
    """Whether the input has more than one sample."""
    return dict(subject.trace.sizes).get("N", 1) > 1


def _whole(item: Item) -> Item:
    """The item with its sides in its core: what is placed with it stands beside all of it."""
    return mosaic("item", {"item": item})


def _headed(said: Message, item: Item, room: float) -> Item:
    return mosaic(
        "head\nitem", {"head": lines(*plots.paragraphs([said], room, 8, INK)), "item": item}, (0.0, 5.0)
    )


def _row_names(seen: Seen, names: Sequence[str], gap: float) -> list[TextLine]:
    """The names of the result's steps, where they are those of the input."""
    trace, of = seen.subject.trace, seen.found.of
    stages = [*trace.leading(of), *([stage] if (stage := trace.stage(of)) else [])]
    decoders = {layer.name for layer in trace.recurrent if layer.states_from}
    same = all(keeps_steps(one) and one.name not in decoders for one in stages)
    same = same and seen.found.rows == seen.found.columns
    return plots.beside_names(names if same else [], seen.found.rows, gap, NAMES, of=of)


def _map(seen: Seen, size: tuple[float, float], over_curves: float) -> Item:
    """The map with its steps and its axes, and under it the bar of its shades; level with the curves."""
    found, (wide, high) = seen.found, size
    names = plots.names_of(seen.subject, seen.sample, found.columns)
    rows = _row_names(seen, names, high / found.rows)
    over, under, shades = _titles(seen)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        box = (x, y, x + wide, y + high)
        heat = draw_map(canvas, seen, box, line=0.8)
        plots.down(canvas, box, found.rows, rows)
        low = plots.along(canvas, box, found.columns, names)
        canvas.text(over, x, y - 5, role="axis")
        canvas.text(under, max(x, x + wide - under.width), low + 9, role="axis")
        _upper(canvas, seen, box)
        _bar(canvas, seen, heat, shades, (x, low + 22))

    left = max((line.width + 8 for line in rows), default=16.0)
    return Item(
        wide, high, draw, (left, max(13.0, over_curves), max(0.0, max(over.width, under.width) - wide), 56.0)
    )


def _bar(canvas: Canvas, seen: Seen, heat: Heat, shades: TextLine, at: tuple[float, float]) -> None:
    """The bar of shades behind what they are, and what exactly zero looks like if that is not said."""
    (x, y), wide = at, max(heat.box[2] - heat.box[0], 110.0)
    canvas.text(shades, x, y + plots.BAR - 0.5)
    canvas.text(words(message("plots.log"), 7, tint=MUTED), x, y + plots.BAR + 10)
    none = not all(heat.values) and not _inside(seen, heat.box[3] - heat.box[1])
    right = max(x + wide - (54.0 if none else 8.0), x + shades.width + 36.0)  # its marks keep apart
    plots.bar(canvas, heat, (x + shades.width + 10, y, right, y + plots.BAR), lying=True)
    if none:
        plots.nothing(canvas, right + 12, y)


def _inside(seen: Seen, high: float) -> bool:
    """Whether what the empty half of a map so high means is written in it."""
    return causal(seen) and seen.found.rows >= 5 and high >= INSIDE


def _upper(canvas: Canvas, seen: Seen, box: Box) -> None:
    """Write in the empty half what it means."""
    _, y0, x1, y1 = box
    if _inside(seen, y1 - y0):
        for at, line in enumerate(plots.paragraphs([message("influence.upper")], EMPTY)):
            canvas.text(line, x1 - 6, y0 + 12 + 9.5 * at, "end")


def _titles(seen: Seen) -> tuple[TextLine, TextLine, TextLine]:
    """What the rows, the columns and the shades are."""
    found = seen.found
    letter = letter_of(seen.subject, found.of)
    about, end = ({"of": found.of}, f"-{letter}") if letter else ({"of": user_text(found.of)}, "")
    tint = stroke_of("output" if letter else "hidden")
    put = {one: math(one, size=9.5, tint=tint) for one in ("t", "y", "output")}
    rows = mixed(message(f"influence.rows{end}", **about), gap=3, put=put, tint=tint)
    own = found.read == "input"
    read = message("influence.columns-input") if own else message(
        "influence.columns", read=user_text(found.read))  # fmt: skip
    put = {one: math(one, size=9.5, tint=stroke_of("input")) for one in "sx"}
    columns = mixed(read, gap=3, put=put, tint=stroke_of("input"))
    norm = {"fro": "F", "max": "max"}[seen.options.norm]
    shades = quotient(math(letter or found.of, "t", size=9.5), math("x", "s", size=9.5), norm=norm)
    return rows, columns, shades.claiming(asserted(message(f"influence.map{end}", norm=norm, **about)))


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
