"""The body of a grid: bands, cells, what goes up, and what goes along time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lstmviz.figures.grid.plan import Columns, GridSizes, Rows
from lstmviz.figures.shared import state_looks
from lstmviz.figures.shared.claimed import deep, state, type_name
from lstmviz.figures.shared.parts import (
    DOTS,
    cut_at,
    line_dots,
    line_style,
    opened,
    states_of,
)
from lstmviz.figures.shared.swatches import STEP
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Point, Role, Tint, stroke_of
from lstmviz.scene.labels import words
from lstmviz.translation.messages import message

BAND = Tint("param.fill", "ground", 0.76)


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything that the parts of a grid draw from and draw on."""

    canvas: Canvas
    layer: Recurrent
    m: GridSizes
    columns: Columns
    rows: Rows
    valid: int
    """Steps of the drawn sample that are no padding."""
    prefix: str
    narrow: bool
    name: str = ""
    """The layer's name, where the figure shows several."""
    letter: str = "x"
    """What its input is called: x′ is a decoder's."""
    unread: bool = False
    """Whether nothing reads `output`."""
    vain: str = ""
    """Its last states, where nothing reads them."""
    covered: bool = False
    """Whether something stands on `output`, so that no words fit over it."""
    told: tuple[str, ...] = ()
    """What stands over the frame of `output` although it is covered: its ``shape``, its ``lessons``."""
    fed: bool = False
    """Whether the input comes from what stands below."""
    sample: int = 0
    """Which sample of the batch is drawn."""

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
        return ids.cell(depth, lane, step, prefix=self.prefix)

    def band(self, depth: int) -> Box:
        """The box of a layer's band."""
        left, right = self.columns.xs[0] - self.m.band[0], self.columns.xs[-1] + self.m.band[1]
        return (left, self.rows.top(depth), right, self.rows.bottom(depth))

    @property
    def frame(self) -> tuple[float, float]:
        """Left and right of the input's and the output's frame."""
        wide = self.m.half * 2 + 5.5 if self.layer.bidirectional else 18.0
        return (self.columns.xs[0] - wide, self.columns.xs[-1] + wide)

    @property
    def high(self) -> float:
        """The height of `output`'s frame: with tabs on its states, where these are drawn."""
        return self.m.out + 22.5 if self.m.full else 2 * self.m.out

    @property
    def roof(self) -> float:
        """The upper edge of `output`'s frame."""
        return self.rows.top(self.rows.layers[-1]) - 14 - self.high

    def link(self, source: str, target: str, role: Role, route: list[Point], **more: object) -> None:
        """An edge between two drawn things."""
        name = ids.arrow(source, target, role)
        self.canvas.edge(name, (source, target), role, route, **more)


def steps(g: Grid) -> None:
    """A light field behind both directions' cells of a step: they read the same x_t."""
    half = 2 * g.m.half
    for step in g.live if g.layer.bidirectional else ():
        x = g.columns.x(step)
        g.canvas.box((x - half, g.roof + g.high, x + half, -13), fill=STEP, z=1)


def bands(g: Grid) -> None:
    """One band is one layer: both directions stand inside it."""
    for depth in g.rows.layers:
        box = g.band(depth)
        g.canvas.box(box, role="param", fill=BAND, radius=6, z=0)
        label = deep(
            words(message("layer.nth", n=depth, layer=g.layer.name), 7, tint=stroke_of("param")),
            g.layer,
            depth,
        )
        y = min(box[1] + 10, g.rows.port(depth, g.lanes[0], states_of(g.layer)[0][0]) - 12.5)
        if g.layer.bidirectional:  # over the states stands where the directions end
            y = max(box[3] - 1.5, g.rows.port(depth, "fwd", "h") + 15.5) if g.narrow else box[1] + 9
        strip = (box[0], y, box[2], y)
        if g.narrow:
            g.canvas.text(label, g.columns.xs[0] - g.m.reach[0], y, role="param", at=strip)
        else:
            g.canvas.text(label, box[0] + 4, y, role="param", at=strip)


def cells(g: Grid) -> None:
    """One cell is one layer of H units, in one direction, at one step."""
    wide, high = g.m.cell
    for depth in g.rows.layers:
        for lane in g.lanes:
            y = g.rows.cell(depth, lane)
            for step in g.live:
                x = g.cx(step, lane)
                box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
                label = type_name(g.layer, 8 if wide > 30 else 7, font="sans")
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
    cuts = []
    dots = g.columns.gap_after(min(steps))
    if dots is not None:
        cuts.append((abs(dots - start) - DOTS, abs(dots - start) + DOTS))
        line_dots(g.canvas, (dots, y), role, double=base == "c")
    if steps[1] in g.layer.cuts:
        at = (end - sign * min(state_looks.CUT + 7.0, abs(end - start) / 2), y)
        cuts = sorted([*cuts, cut_at([(start, y), (end, y)], at, state_looks.CUT)])
        kept_state = next(one for one in g.layer.carried if one.letter == base)
        state_looks.cut_mark(g.canvas, g.layer, kept_state, steps[1], at)
    source, target = g.cell_id(depth, lane, steps[0]), g.cell_id(depth, lane, steps[1])
    g.link(
        source, target, role, [(start, y), (end, y)], cuts=tuple(cuts), **line_style(base, reverse=reverse)
    )
    _name_on_line(g, place, steps, base, (start, end))


def passing(g: Grid, depth: int, lane: str, route: list[Point]) -> tuple[tuple[float, float], ...]:
    """Where a line up out of one direction, or into it, is open: the other direction's time runs through.

    What goes along time is drawn whole: it is what a reader follows.
    """
    if not g.layer.bidirectional:
        return ()
    other = "rev" if lane == "fwd" else "fwd"
    return opened(route, [g.rows.port(depth, other, base) for base, _ in states_of(g.layer)])


def _risers(g: Grid, lane: str, low: float, high: float) -> list[float]:
    """Where the other direction's risers stand about a stretch of a lane."""
    other = g.m.half if lane == "fwd" else -g.m.half
    return [x + other for x in g.columns.within(low - other - 1, high - other + 1, g.valid)]


def _name_on_line(
    g: Grid, place: tuple[int, str], steps: tuple[int, int], base: str, ends: tuple[float, float]
) -> None:
    """The state's name beside its line, in the widest free stretch, if it fits there."""
    (depth, lane), (start, end) = place, ends
    role: Role = "cell" if base == "c" else "hidden"
    label = state(g.layer, base, steps[0], lane, depth, size=9 if g.narrow else 9.5, tint=stroke_of(role))
    dots = g.columns.gap_after(min(steps))
    stop = end if dots is None else dots + (-DOTS if start < end else DOTS)
    lo, hi = min(start, stop), max(start, stop)
    risers = _risers(g, lane, lo, hi) if g.layer.bidirectional else []
    marks = sorted([start, stop, *(x for x in risers if lo < x < hi)])
    low, high = max(pairwise(marks), key=lambda pair: pair[1] - pair[0])
    # In the colours that they are drawn in, as a thousand steps' names are not laid out twice.
    named = [
        state(g.layer, b, steps[0], lane, depth, size=9.5, tint=stroke_of(r)) for b, r in states_of(g.layer)
    ]
    wide = max(name.width for name in named)
    if wide + (1.5 if g.layer.bidirectional else 0.0) > high - low:
        return
    dy = -6.4 if base == "c" else 11.6
    if base == "h" and g.m.port == 0:
        dy = -5.6
    head = 0.0 if stop != end or high - low < label.width + 6 else (1 if start < end else -1)
    x = (low + high) / 2 - head
    g.canvas.text(label, x, g.rows.port(depth, lane, base) + dy, "middle", role=role)
