"""The body of a grid: bands, cells, what goes up, and what goes along time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.parts import CLEAR, DOTS, line_dots, line_style, pair, state, states_of
from lstmviz.scene.items import Tint, stroke_of
from lstmviz.scene.labels import words

if TYPE_CHECKING:
    from lstmviz.figures.grid_plan import Columns, Measures, Rows
    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Box, Point, Role

BAND = Tint("param.fill", "ground", 0.76)


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything that the parts of a grid draw from and draw on."""

    canvas: Canvas
    layer: Recurrent
    m: Measures
    columns: Columns
    rows: Rows
    valid: int
    """Steps of the drawn sample that are no padding."""
    ids: str
    narrow: bool

    @property
    def lanes(self) -> tuple[str, ...]:
        """The directions drawn."""
        return self.rows.lanes

    @property
    def live(self) -> list[int]:
        """The drawn steps that are computed, in time."""
        return [t for t in self.columns.steps if t <= self.valid]

    def order(self, lane: str) -> list[int]:
        """The drawn steps in the order in which a direction computes them."""
        return self.live if lane == "fwd" else self.live[::-1]

    def cx(self, step: int, lane: str) -> float:
        """Where the cells of a direction stand at a step."""
        return self.columns.x(step) + self.m.half * (1 if lane == "rev" else -1)

    def cell_id(self, depth: int, lane: str, step: int) -> str:
        """The id of a cell."""
        return f"{self.ids}cell.l{depth}.{lane}.t{step}"

    def band(self, depth: int) -> Box:
        """The box of a layer's band."""
        left, right = self.columns.xs[0] - self.m.band[0], self.columns.xs[-1] + self.m.band[1]
        return (left, self.rows.top(depth), right, self.rows.bottom(depth))

    @property
    def frame(self) -> tuple[float, float]:
        """Left and right of the input's and the output's frame."""
        wide = self.m.half * 2 + 5.5 if self.layer.bidirectional else 18.0
        return (self.columns.xs[0] - wide, self.columns.xs[-1] + wide)

    def link(self, source: str, target: str, role: Role, route: list[Point], **more: object) -> None:
        """An edge between two drawn things."""
        name = f"{source}--{target}.{role}"
        self.canvas.edge(name, (source, target), role, route, **more)


def bands(g: Grid) -> None:
    """One band is one layer: both directions stand inside it."""
    for depth in g.rows.layers:
        box = g.band(depth)
        g.canvas.box(box, role="param", fill=BAND, radius=6, z=0)
        label = words(f"layer {depth}", 7, tint=stroke_of("param"))
        y = box[1] + 10 if not g.layer.bidirectional else box[1] + 9
        if g.narrow and g.layer.bidirectional:
            one = len(g.columns.xs) == 1
            x = g.columns.xs[0] if one else g.columns.xs[0] + g.m.half + 4
            g.canvas.text(label, x, y, "middle" if one else "start", role="param")
        elif g.narrow:
            g.canvas.text(label, g.columns.xs[-1] - 5, y, "end", role="param")
        else:
            g.canvas.text(label, box[0] + 4, y, role="param")


def cells(g: Grid) -> None:
    """One cell is one layer of H units, in one direction, at one step."""
    wide, high = g.m.cell
    for depth in g.rows.layers:
        for lane in g.lanes:
            y = g.rows.cell(depth, lane)
            for step in g.live:
                x = g.cx(step, lane)
                box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
                label = words(g.layer.type.upper(), 8 if wide > 30 else 7)
                g.canvas.node(g.cell_id(depth, lane, step), "param", box, label, outline="round", line=1.25)


def along_time(g: Grid) -> None:
    """Hand h and c from each step to the next, per layer and direction."""
    for depth in g.rows.layers:
        for lane in g.lanes:
            order = g.order(lane)
            for before, after in pairwise(order):
                for kept in states_of(g.layer):
                    _hand_on(g, (depth, lane), (before, after), kept)


def _hand_on(g: Grid, place: tuple[int, str], steps: tuple[int, int], kept: tuple[str, Role]) -> None:
    (depth, lane), (base, role) = place, kept
    reverse = lane == "rev"
    sign = -1 if reverse else 1
    y = g.rows.port(depth, lane, base)
    half = g.m.cell[0] / 2
    start, end = g.cx(steps[0], lane) + sign * half, g.cx(steps[1], lane) - sign * half
    cuts = crossings(g, lane, start, end)
    dots = g.columns.gap_after(min(steps))
    if dots is not None:
        cuts.append((abs(dots - start) - DOTS, abs(dots - start) + DOTS))
        line_dots(g.canvas, (dots, y), role, double=base == "c")
    source, target = g.cell_id(depth, lane, steps[0]), g.cell_id(depth, lane, steps[1])
    g.link(
        source, target, role, [(start, y), (end, y)], cuts=tuple(cuts), **line_style(base, reverse=reverse)
    )
    _name_on_line(g, place, steps, base, (start, end))


def crossings(g: Grid, lane: str, start: float, end: float) -> list[tuple[float, float]]:
    """Where the other direction's risers pass through this lane, as cuts."""
    if not g.layer.bidirectional:
        return []
    other = g.m.half if lane == "fwd" else -g.m.half
    lo, hi = min(start, end), max(start, end)
    risers = [g.columns.x(t) + other for t in g.live]
    return [(abs(x - start) - CLEAR, abs(x - start) + CLEAR) for x in risers if lo + CLEAR < x < hi - CLEAR]


def _name_on_line(
    g: Grid, place: tuple[int, str], steps: tuple[int, int], base: str, ends: tuple[float, float]
) -> None:
    """The state's name beside the line: at every step where there is room, else once."""
    (depth, lane), (start, end) = place, ends
    dots = g.columns.gap_after(min(steps))
    if (g.layer.bidirectional or g.narrow) and steps[0] != _named_step(g, lane):
        return
    if g.layer.bidirectional:
        riser = [
            x
            for x in (g.columns.x(t) + (g.m.half if lane == "fwd" else -g.m.half) for t in g.live)
            if min(ends) < x < max(ends)
        ]
        near = min(riser, key=lambda x: abs(x - start)) if riser else start
        stop = end if dots is None else dots + (-DOTS if lane == "fwd" else DOTS)
        x = (near + stop) / 2
    elif g.narrow:
        x = start + 8.5
    else:
        x = (start + end) / 2 - 1 if dots is None else (start + dots - DOTS) / 2
    label = state(
        g.layer,
        base,
        steps[0],
        lane,
        depth,
        size=9 if g.narrow else 9.5,
        tint=stroke_of("cell" if base == "c" else "hidden"),
    )
    y = g.rows.port(depth, lane, base)
    dy = -6.4 if base == "c" else 11.6
    if base == "h" and g.m.port == 0:
        dy = -5.6
    g.canvas.text(label, x, y + dy, "middle", role="cell" if base == "c" else "hidden")


def _named_step(g: Grid, lane: str) -> int:
    """The step whose states are named where there is no room for all."""
    order = g.order(lane)
    if g.layer.bidirectional:
        return order[0]
    before_gap = [t for t, _ in g.columns.gaps if t in order and t != order[-1]]
    return before_gap[0] if before_gap else order[0]


def rise(g: Grid) -> None:
    """From each layer to the next: through dropout, and through [forward | reverse]."""
    shown = g.rows.layers
    for depth, above in pairwise(shown):
        for step in g.live:
            (_rise_two if g.layer.bidirectional else _rise_one)(g, depth, above, step)


def _rise_one(g: Grid, depth: int, above: int, step: int) -> None:
    x = g.columns.x(step)
    start, end = g.rows.top(depth) + g.m.above, g.rows.bottom(above) - g.m.below
    lower, upper = g.cell_id(depth, "fwd", step), g.cell_id(above, "fwd", step)
    ref = g.rows.top(depth)
    if g.layer.dropout:
        drop = _drop(g, depth, step, (x, ref - 25))
        g.link(lower, drop, "hidden", [(x, start), (x, ref - 19)])
        lower, start = drop, ref - 31
    cuts = _skipped(g, depth, x, start, end)
    g.link(lower, upper, "hidden", [(x, start), (x, end)], cuts=cuts)
    label = state(g.layer, "h", step, "fwd", depth, size=9 if g.narrow else 10, tint=stroke_of("hidden"))
    middle = ref - (7.0 if g.layer.dropout else 11.0)
    g.canvas.text(label, x + 4, middle + 3, role="hidden")


def _skipped(g: Grid, depth: int, x: float, start: float, end: float) -> tuple[tuple[float, float], ...]:
    """Where layers are left out, the riser is broken for three dots."""
    if depth not in g.rows.left_out:
        return ()
    middle = end + 22.0
    g.canvas.dots(x, middle, stroke_of("hidden"), down=True)
    return ((start - middle - DOTS, start - middle + DOTS),)


def _drop(g: Grid, depth: int, step: int, at: Point) -> str:
    name = f"{g.ids}drop.l{depth}.t{step}"
    x, y = at
    g.canvas.node(name, "op", (x - 13, y - 6, x + 13, y + 6), words("drop", 7), outline="stadium")
    return name


def _rise_two(g: Grid, depth: int, above: int, step: int) -> None:
    """[forward | reverse] of the lower layer feeds both directions of the upper one, whole."""
    x, top = g.columns.x(step), g.rows.top(depth)
    chip_y = top - 12 - 8
    joined = f"{g.ids}concat.l{depth}.t{step}"
    names = [state(g.layer, "h", step, lane, depth, size=8.8) for lane in g.lanes]
    pair(g.canvas, joined, "hidden", (x, chip_y), names, wide=g.m.half * 2)
    for lane in g.lanes:
        y = g.rows.cell(depth, lane) - g.m.cell[1] / 2
        g.link(
            g.cell_id(depth, lane, step),
            joined,
            "hidden",
            [(g.cx(step, lane), y), (g.cx(step, lane), chip_y + 8)],
        )
    wide, bar = g.m.half * 2 - 1, chip_y - 13.5
    feet = [(x - wide, chip_y - 10), (x - wide, bar), (x + wide, bar), (x + wide, chip_y - 10)]
    g.canvas.line(feet, stroke=stroke_of("hidden"), line=1.5, radius=2.5, role="hidden")
    cuts: tuple[tuple[float, float], ...] = ((0.0, 5.5),)
    source, start = joined, chip_y - 8
    if g.layer.dropout:
        drop = _drop(g, depth, step, (x, bar - 15))
        g.link(joined, drop, "hidden", [(x, start), (x, bar - 9)], cuts=cuts)
        source, start, cuts = drop, bar - 21, ()
    fork = start - 11 if source == joined else start - 5
    for lane in g.lanes:
        end = g.rows.cell(above, lane) + g.m.cell[1] / 2
        route = [(x, start), (x, fork), (g.cx(step, lane), fork), (g.cx(step, lane), end)]
        g.link(source, g.cell_id(above, lane, step), "hidden", route, cuts=cuts)
