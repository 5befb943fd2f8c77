"""The module of `tensors`: its layers, both directions inside each, one door for all states."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.shared.claimed import deep, kept, named, type_name
from lstmviz.figures.shared.parts import lanes_of
from lstmviz.scene import ids
from lstmviz.scene.items import GROUND, MUTED, fill_of, stroke_of
from lstmviz.scene.labels import EMPTY, Inline, asserted, code, letters, row, words
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.tensors.plan import Sheet
    from lstmviz.scene.items import Box

BETWEEN = 16.0
"""From one layer to the next, pt."""
PAD = 4.0
"""How far the bars for the states stand inside the module, pt."""
HEAD = 14.0
"""The strip above the bars, where it is said what passes them, pt."""
FOOT = 19.0
"""The strip below the layers, where the module's name stands."""


@dataclass(frozen=True, slots=True)
class Bands:
    """The layers drawn, lowest first; None is what is left out between two."""

    shown: tuple[int | None, ...]
    high: float

    @property
    def height(self) -> float:
        """From the top of the last layer to the bottom of layer 0."""
        heights = [self.high if depth is not None else 8.0 for depth in self.shown]
        return sum(heights) + BETWEEN * (len(heights) - 1)


def bands_of(sheet: Sheet, room: float = 0.0) -> Bands:
    """All layers up to three, else the first and the last; higher where there is room."""
    count = sheet.layer.num_layers
    two = sheet.layer.bidirectional
    high = (38.0 if two else 27.0) if sheet.narrow else (34.0 if two else 24.0)
    bands = Bands((0, None, count - 1), high)
    if count <= 3 or sheet.never:
        bands = Bands(tuple(range(count)), high)
    spare = max(0.0, room - bands.height) / len(bands.shown)
    return Bands(bands.shown, high + min(spare, 12.0))


def draw_module(sheet: Sheet, high: float) -> None:
    """The frame from y = 0 to `high`, its layers, and the bars that states pass."""
    canvas, half, bands = sheet.canvas, sheet.box, bands_of(sheet, high - FOOT - 22)
    bar = 4.0 if sheet.narrow else 5.0
    bar_box = (-half + PAD, HEAD, -half + PAD + bar, high - FOOT + 1)
    tap = 6.0 if sheet.narrow else 10.0
    inner = (bar_box[2] + tap, -bar_box[2] - tap)
    y = 8 + (high - FOOT - 7 - bands.height) / 2 + bands.height
    drawn: list[tuple[int, Box]] = []
    for depth in bands.shown:
        if depth is None:
            canvas.dots(sheet.flow, y - 4, stroke_of("param"), down=True, gap=3.4, r=0.9)
            y -= 8 + BETWEEN
            continue
        drawn.append((depth, (inner[0], y - bands.high, inner[1], y)))
        _band(sheet, depth, drawn[-1][1])
        y -= bands.high + BETWEEN
    _bar(sheet, "begin", bar_box)
    _bar(sheet, "end", (-bar_box[2], bar_box[1], -bar_box[0], bar_box[3]))
    _wires(sheet, drawn, bar_box)
    members = tuple(sheet.prefix + n for n in ("begin", *(ids.named("layer", d) for d, _ in drawn), "end"))
    canvas.frame(sheet.prefix + "module", "param", (-half, 0, half, high), members=members, line=1.5,
                 fill=fill_of("param", 0.4), radius=7.0)  # fmt: skip
    title = type_name(sheet.layer, 8 if sheet.narrow else 9)
    canvas.text(title, -half + 5 if sheet.narrow else -half + 10, high - 6.5, role="param")


def _bar(sheet: Sheet, name: str, box: Box) -> None:
    """What all layers take their states from, or give them to: the pair of the call, named on top.

    One bar for both: with a lane for each, one of the two arrows would end on the other's lane.
    """
    canvas = sheet.canvas
    canvas.form([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])],
                role="op", fill=fill_of("op"), radius=2.0, z=30)  # fmt: skip
    canvas.node(sheet.prefix + name, "op", box, hollow=True, outline="round", radius=2.0)
    edge = -sheet.box + 5 if name == "begin" else sheet.box - 5
    said = _pair(sheet, "0" if name == "begin" else "n")
    canvas.text(said, edge, box[1] - 5.8, "start" if name == "begin" else "end", role="op")


def _pair(sheet: Sheet, end: str) -> Inline:
    """The states as the call writes them, ``(h_0, c_0)``; in a column ``h, c``."""
    bases = sheet.bases[::-1]
    if sheet.narrow:
        told = {base: asserted(message(f"tensors.{base}", layer=sheet.layer.name)) for base, _ in bases}
        said = [letters(base, 9, tint=stroke_of(role)).claiming(told[base]) for base, role in bases]
        return row(said[0], *(part for one in said[1:] for part in (letters(", ", 9), one)))
    names = [named(sheet.layer, f"{base}_{end}", tint=stroke_of(role)) for base, role in bases]
    if len(names) == 1:
        return names[0]
    return row(code("(", 7), names[0], code(", ", 7), names[1], code(")", 7))


def _band(sheet: Sheet, depth: int, box: Box) -> None:
    """One layer: its name, and an arrow for each direction with its place in the states."""
    canvas, (x0, y0, x1, y1) = sheet.canvas, box
    canvas.form([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], role="param", fill=GROUND, radius=4.0, z=30)
    canvas.node(
        ids.named("layer", depth, prefix=sheet.prefix), "param", box, outline="round", radius=4.0, hollow=True
    )
    called = "layer.nth" if x1 - x0 > 60 or depth < 10 else "layer.nth-short"
    title = deep(words(message(called, n=depth, layer=sheet.layer.name), 7), sheet.layer, depth)
    lanes = lanes_of(sheet.layer)
    if sheet.narrow:
        canvas.text(
            title,
            (x0 + x1) / 2,
            (y0 + y1) / 2 - (8.5 if len(lanes) > 1 else 3),
            "middle",
            role="param",
            at=box,
        )
        left, top = x0 + 3.5, (y0 + y1) / 2 + (0.5 if len(lanes) > 1 else 6.5)
    else:
        canvas.text(title, x0 + 6, (y0 + y1) / 2 + 2.6, role="param", at=box)
        left = x0 + title.width + 11
        top = (y0 + y1) / 2 - 6 * (len(lanes) - 1)
    for k, lane in enumerate(lanes):
        y = top + 12 * k
        place = depth * len(lanes) + k
        index = kept(code(f"[{place}]", 7), sheet.layer, place)
        said = words(message(f"axis.{lane}"), 7) if len(lanes) > 1 and not sheet.narrow else EMPTY
        end = x1 - 3.5 - index.width - (said.width + 4 if said.text else 0)
        _direction(sheet, (left, y), end - 3, reverse=lane == "rev")
        canvas.text(index, x1 - 3.5 if sheet.narrow else x1 - 4, y + 2.5, "end", role="hidden", at=box)
        if said.text:
            canvas.text(said, x1 - 7 - index.width, y + 2.5, "end", role="hidden", at=box)


def _direction(sheet: Sheet, start: tuple[float, float], end: float, *, reverse: bool) -> None:
    """A small arrow: solid to the right, or dashed with a hollow head to the left."""
    (x0, y), tint = start, stroke_of("hidden")
    if not reverse:
        sheet.canvas.line([(x0, y), (end, y)], stroke=tint, line=1.0, head=4.0, role="hidden", z=40)
        return
    head = [(x0, y), (x0 + 4, y - 2.1), (x0 + 4, y + 2.1)]
    sheet.canvas.line([(x0 + 4, y), (end, y)], stroke=tint, line=1.0, dash=(2.4, 1.4), role="hidden", z=40)
    sheet.canvas.form(head, stroke=tint, fill=GROUND, line=0.75, role="hidden", z=41)


def _wires(sheet: Sheet, drawn: list[tuple[int, Box]], bar: Box) -> None:
    """The states to and from every layer, and h from each layer up to the next."""
    canvas, prefix = sheet.canvas, sheet.prefix
    for depth, (x0, y0, x1, y1) in drawn:
        layer, y = ids.named("layer", depth), (y0 + y1) / 2
        name = f"{prefix}{layer}"
        canvas.edge(
            ids.flow("begin", layer), (prefix + "begin", name), "op", [(bar[2], y), (x0, y)], line=1.0
        )
        canvas.edge(ids.flow(layer, "end"), (name, prefix + "end"), "op", [(x1, y), (-bar[2], y)], line=1.0)
    for (low, a), (high, b) in pairwise(drawn):
        route = [(sheet.flow, a[1]), (sheet.flow, b[3])]
        ends = (ids.named("layer", low, prefix=prefix), ids.named("layer", high, prefix=prefix))
        gap = ((len_ := a[1] - b[3]) / 2 - 8, len_ / 2 + 8) if high > low + 1 else None
        canvas.edge(
            ids.flow(ids.named("layer", low), ids.named("layer", high)), ends, "hidden", route,
            cuts=(gap,) if gap else (),
        )  # fmt: skip
        _between(sheet, (a[1] + b[3]) / 2 if high == low + 1 else a[1] - 8)


def _between(sheet: Sheet, y: float) -> None:
    """What rises from layer to layer, beside its arrow."""
    layer = sheet.layer
    if sheet.narrow:
        return
    if layer.dropout:
        text = message("layer.dropout", p=layer.dropout, layer=layer.name)
        sheet.canvas.text(words(text, 7, tint=MUTED), sheet.flow + 6, y + 2.6, role="note")
