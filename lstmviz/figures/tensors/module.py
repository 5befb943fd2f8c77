"""The module of `tensors`: its layers, both directions inside each; all states pass through its frame."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lstmviz.figures.shared.claimed import count, deep, kept, kept_at, stepped, type_name
from lstmviz.figures.shared.parts import line_style
from lstmviz.figures.tensors.plan import TensorsDrawing
from lstmviz.scene import ids
from lstmviz.scene.items import GROUND, MUTED, Box, fill_of, stroke_of
from lstmviz.scene.labels import EMPTY, code, letters, words
from lstmviz.translation.messages import message

BETWEEN = 16.0
"""From one layer to the next, pt."""
PAD = 12.0
"""From the module's frame to its one layer, pt."""
SIDE = 14.0
"""The same to several layers on a narrow page, pt."""
TRUNK = 6.0
"""From the module's frame to the line that parts h for all layers, or joins it, pt."""
LANE = 14.0
"""From the name of the one layer down to its arrow through time, and on to the other one, at least, pt."""
APART = 4.0
"""From the middle of a layer to its line of c, above, and to that of h, below, pt."""
LINES = {"h": 1.2, "c": 0.8}
"""The width of such a line, pt: that of c is double."""
HEAD = 20.0
"""The strip above the layers, where the module's name stands, pt."""
FOOT = 10.0
"""The strip below the layers, pt."""


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


def bands_of(sheet: TensorsDrawing, room: float = 0.0) -> Bands:
    """All layers up to three, else the first and the last; higher where there is room."""
    count = sheet.layer.num_layers
    two = sheet.layer.bidirectional
    high = 24.0 if len(sheet.bases) == 1 else 30.0
    if two:
        high = 50.0 if sheet.single else 34.0
    if sheet.narrow:
        high = 38.0 if two else 27.0
    bands = Bands((0, None, count - 1), high)
    if count <= 3 or sheet.never:
        bands = Bands(tuple(range(count)), high)
    spare = max(0.0, room - bands.height) / len(bands.shown)
    return Bands(bands.shown, high + min(spare, 12.0))


def door_of(sheet: TensorsDrawing) -> float:
    """The x at the right where states leave: the one layer, what joins those of all, or the module."""
    if sheet.single:
        return sheet.box - PAD
    return sheet.box - (TRUNK if sheet.joined else 0.0)


def draw_module(sheet: TensorsDrawing, high: float) -> float:
    """The frame from y = 0 to `high` and its layers; gives the height at which states come and go.

    Those of several layers do so between two of them, so that h and c are at none: each takes its own part.
    """
    canvas, half, bands = sheet.canvas, sheet.box, bands_of(sheet, high - HEAD - FOOT)
    wide = half - (SIDE if sheet.narrow else 22.0 if sheet.layer.bidirectional else 42.0)
    y = HEAD + (high - HEAD - FOOT - bands.height) / 2 + bands.height
    if sheet.single:
        wide = door_of(sheet)
        bands, y = Bands((0,), high - HEAD - FOOT), high - FOOT
    drawn: list[tuple[int, Box]] = []
    for depth in bands.shown:
        if depth is None:
            canvas.dots(0.0, y - 4, stroke_of("param"), down=True, gap=3.4, r=0.9)
            y -= 8 + BETWEEN
            continue
        drawn.append((depth, (-wide, y - bands.high, wide, y)))
        _band(sheet, depth, drawn[-1][1])
        y -= bands.high + BETWEEN
    inside = [ids.named("layer", depth) for depth, _ in drawn]
    if not sheet.single:
        levels = [(y0 + y1) / 2 for _, (_, y0, _, y1) in drawn]
        span = (levels[-1], levels[0]) if sheet.joined else (HEAD, high - FOOT)
        for name, x in (("begin", -door_of(sheet)), ("end", door_of(sheet))):
            door = (x - 0.05, span[0], x + 0.05, span[1])
            for base, role in sheet.bases:
                canvas.node(sheet.prefix + ids.door(name, base), role, door, hollow=True, outline="none")
            if sheet.joined:
                canvas.line([(x, span[0]), (x, span[1])], stroke=stroke_of("hidden"), line=1.5, role="hidden")
        _wires(sheet, drawn)
        inside += [ids.door(name, base) for name in ("begin", "end") for base, _ in sheet.bases]
    members = tuple(sheet.prefix + name for name in inside)
    canvas.frame(sheet.prefix + "module", "param", (-half, 0, half, high), members=members, line=1.5,
                 fill=fill_of("param", 0.4), radius=7.0)  # fmt: skip
    title, x = type_name(sheet.layer, 8 if sheet.narrow else 9), 6.0 if sheet.narrow else 7 - half
    canvas.text(title, x, 13.5, role="param")
    gaps = [(one[1] + two[3]) / 2 for (_, one), (_, two) in pairwise(drawn)]
    return min(gaps, key=lambda y: abs(y - high / 2), default=0.0)


def _band(sheet: TensorsDrawing, depth: int, box: Box) -> None:
    """One layer: its name, its directions, and the places that its states have, at its sides or inside."""
    canvas, (x0, y0, x1, y1) = sheet.canvas, box
    canvas.form([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], role="param", fill=GROUND, radius=4.0, z=30)
    canvas.node(
        ids.named("layer", depth, prefix=sheet.prefix), "param", box, outline="round", radius=4.0, hollow=True
    )
    called = "layer.nth" if x1 - x0 > 60 or depth < 10 else "layer.nth-short"
    title = deep(words(message(called, n=depth, layer=sheet.layer.name), 7), sheet.layer, depth)
    lanes = sheet.layer.ways
    middle, ways = (y0 + y1) / 2, len(lanes) > 1
    inside = sheet.narrow
    if sheet.single and not (ways and inside):
        each = max(LANE, (y1 - y0) / 6)
        up = 0.0 if inside else each / 2 * len(lanes)
        canvas.text(title, (x0 + x1) / 2, middle + 2.6 - up, "middle", role="param", at=box)
        for k, lane in enumerate(() if inside else lanes):
            _through_time(sheet, box, middle - up + each * (k + 1), lane)
        return
    up = -8.5 if inside and ways else -3 if inside else 2.6
    x, anchor = (x0 + 6, "start") if ways and not inside else ((x0 + x1) / 2, "middle")
    canvas.text(title, x, middle + up, anchor, role="param", at=box)  # type: ignore[arg-type]
    left, top = (
        (x0 + 3.5, middle + 0.5 if ways else middle + 6.5) if inside else (x + title.width + 7, middle - 6)
    )
    for k, lane in enumerate(lanes):
        y, place = top + 12 * k, depth * len(lanes) + k
        index = kept(code(f"[{place}]", 7), sheet.layer, place)
        if inside:
            canvas.text(index, x1 - 3.5, y + 2.5, "end", role="hidden", at=box)
            _direction(sheet, (left, y), x1 - 6.5 - index.width, reverse=lane == "rev")
            continue
        if not ways:
            _states_of(sheet, depth, box)
            continue
        right = x1 - 8 - index.width
        canvas.text(index, x1 - 5, y + 2.5, "end", role="hidden", at=box)
        said = words(message(f"axis.{lane}"), 7)
        canvas.text(said, right, y + 2.5, "end", role="hidden", at=box)
        _direction(sheet, (left, y), right - 3 - said.width, reverse=lane == "rev")


def _through_time(sheet: TensorsDrawing, box: Box, y: float, lane: str) -> None:
    """That the one layer goes from the first step to the last, or back: an arrow between both."""
    canvas, layer = sheet.canvas, sheet.layer
    first = stepped(letters("t = 1", 8.5), layer, 1, "t")
    last = count(layer.name, layer.time, layer.timesteps, 8.5, said="symbols")
    (x0, _, x1, _), wide = box, 50.0
    said = words(message(f"axis.{lane}"), 7) if len(layer.ways) > 1 else EMPTY
    middle = (x0 + x1 + first.width - last.width - (20 if said.runs else 0)) / 2
    canvas.text(first, middle - wide / 2 - 4, y + 2.6, "end", role="axis", at=box)
    canvas.text(last, middle + wide / 2 + 4, y + 2.6, role="axis", at=box)
    _direction(sheet, (middle - wide / 2, y), middle + wide / 2, reverse=lane == "rev")
    canvas.text(said, middle + wide / 2 + last.width + 12, y + 2.6, role="hidden", at=box)


def _states_of(sheet: TensorsDrawing, depth: int, box: Box) -> None:
    """Which places of h_0, c_0, h_n and c_n are a layer's, over and under its arrows."""
    middle = (box[1] + box[3]) / 2
    for base, role in sheet.bases:
        level = middle + (-3.5 if base == sheet.bases[0][0] else 8.5)
        level += 0.0 if len(sheet.bases) == 1 else -APART if base == "c" else APART
        for end, x in (("0", box[0] - 20), ("n", box[2] + 20)):
            name = kept_at(sheet.layer, f"{base}_{end}", depth).line(tint=stroke_of(role))
            sheet.canvas.text(name, x, level, "middle", role=role)


def _direction(sheet: TensorsDrawing, start: tuple[float, float], end: float, *, reverse: bool) -> None:
    """A small arrow: solid to the right, or dashed with a hollow head to the left."""
    (x0, y), tint = start, stroke_of("hidden")
    if not reverse:
        sheet.canvas.line([(x0, y), (end, y)], stroke=tint, line=1.0, head=4.0, role="hidden", z=40)
        return
    head = [(x0, y), (x0 + 4, y - 2.1), (x0 + 4, y + 2.1)]
    sheet.canvas.line([(x0 + 4, y), (end, y)], stroke=tint, line=1.0, dash=(2.4, 1.4), role="hidden", z=40)
    sheet.canvas.form(head, stroke=tint, fill=GROUND, line=0.75, role="hidden", z=41)


def _wires(sheet: TensorsDrawing, drawn: list[tuple[int, Box]]) -> None:
    """The states to and from every layer, and h from each layer up to the next."""
    canvas, prefix, door = sheet.canvas, sheet.prefix, door_of(sheet)
    for depth, (x0, y0, x1, y1) in drawn:
        layer = ids.named("layer", depth)
        name = f"{prefix}{layer}"
        for base, role in sheet.bases:
            begin, end = ids.door("begin", base), ids.door("end", base)
            y = (y0 + y1) / 2 + (0.0 if len(sheet.bases) == 1 else -APART if base == "c" else APART)
            look = line_style(base) | ({} if len(sheet.bases) == 1 else {"line": LINES[base]})
            out = look | ({"head": "none"} if sheet.joined else {})
            canvas.edge(ids.flow(begin, layer), (prefix + begin, name), role, [(-door, y), (x0, y)], **look)
            canvas.edge(ids.flow(layer, end), (name, prefix + end), role, [(x1, y), (door, y)], **out)
    for (low, a), (high, b) in pairwise(drawn):
        route = [(0.0, a[1]), (0.0, b[3])]
        ends = (ids.named("layer", low, prefix=prefix), ids.named("layer", high, prefix=prefix))
        gap = ((len_ := a[1] - b[3]) / 2 - 8, len_ / 2 + 8) if high > low + 1 else None
        canvas.edge(
            ids.flow(ids.named("layer", low), ids.named("layer", high)), ends, "hidden", route,
            cuts=(gap,) if gap else (),
        )  # fmt: skip
        _between(sheet, (a[1] + b[3]) / 2 if high == low + 1 else a[1] - 8)


def _between(sheet: TensorsDrawing, y: float) -> None:
    """What rises from layer to layer, beside its arrow."""
    layer = sheet.layer
    if sheet.narrow:
        return
    if layer.dropout:
        text = message("layer.dropout", p=layer.dropout, layer=layer.name)
        sheet.canvas.text(words(text, 7, tint=MUTED), 6.0, y + 2.6, role="note")
