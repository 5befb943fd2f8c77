"""Where the columns, bands and lanes of a grid stand: numbers, no drawing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lstmviz.figures.pages import Page
from lstmviz.layout.elide import places, shown_steps
from lstmviz.network.structure import Recurrent
from lstmviz.scene.labels import code

STRIP, OVER, FORK = 20.0, 13.0, 11.0
"""What stands for layers left out: its height; from it to the band over it; from a fork to a band, pt."""
NARROW = 1.3
"""The least width of a gap, in pitches."""


@dataclass(frozen=True, slots=True)
class GridSizes:
    """The sizes of one layout, pt; `half` is how far a lane's cells stand off their column.

    `least` is the smallest pitch, `gap` the width of a left-out stretch in
    pitches, `reach` the way from the first column to a side's outer edge,
    `band` to the band's edge, `slots` the columns that the page holds in full.
    """

    cell: tuple[float, float]
    half: float
    pitch: float
    least: float
    gap: float
    band: tuple[float, float]
    reach: tuple[float, float]
    slots: int
    above: float
    below: float
    lane: float
    port: float
    chip: float
    sides: str
    out: float = 16.5
    """From the lower edge of `output`'s frame to its states' middle: an arrow's head has room between."""
    full: bool = True
    """Whether states at the sides have their name and a tab that says where they are kept, or that alone."""


def measures(layer: Recurrent, page: Page, *, small: bool = False, full: bool = True) -> GridSizes:
    """The layout for a layer on a page: one or two lanes, wide or narrow (or `small`), `full` or less."""
    found = _wide(layer, page, full=full) if not (small or page.narrow) else _narrow(layer)
    return replace(found, full=full)


def _narrow(layer: Recurrent) -> GridSizes:
    """The layout for a column, or half a page."""
    port = 8.0 if layer.has_cell_state else 0.0
    if layer.bidirectional:
        return GridSizes((25, 31), 13.5, 76, 70, 1, (34, 30), (72, 68), 2, 15, 11, 46, port, 29, "slots")
    return GridSizes((24, 34), 0, 48, 31, 5 / 3, (20, 21), (57, 59), 3, 14, 10, 0, port, 31, "slots")


def _wide(layer: Recurrent, page: Page, *, full: bool) -> GridSizes:
    """The layout for a page of text."""
    port = 8.0 if layer.has_cell_state else 0.0
    index = side_tab_width(f"h_n[{layer.directions * layer.num_layers - 1}]")
    chip = 26 if full else index + 2
    if layer.bidirectional:
        reach = 86.5 + index if full else 60.5 + chip
        slots = _fitting(page, 2 * reach + 1, 61.25)
        return GridSizes(
            (25, 31), 13.5, 61.25, 61.25, 2, (59, 59), (reach, reach), slots, 15, 11,
            46 if full or not port else 49, port, chip, "tabs",
        )  # fmt: skip
    left, right = (132.5, 104.5) if layer.has_cell_state else (104.5, 80.0)
    slots = _fitting(page, left + right, 60)
    return GridSizes((34, 34), 0, 60, 60, 2, (36, 24), (left, right), slots, 14, 10, 0, port, chip, "frames")


def side_tab_width(name: str) -> float:
    """How wide an index is that stands beside its state, pt."""
    return max(29.0, code(name, 7).width + 3.5)


def together(
    layers: Sequence[Recurrent], page: Page, *, small: bool = False, full: bool = True
) -> list[GridSizes]:
    """The layouts of layers that stand on each other: one pitch, sides in line."""
    every = [measures(layer, page, small=small, full=full) for layer in layers]
    two = [m for m in every if m.half]
    if len(every) == 1 or not two:
        return every
    lead = two[0]  # one direction takes its place in the columns of two
    return [m if m.half else _within(m, lead) for m in every]


def _within(m: GridSizes, lead: GridSizes) -> GridSizes:
    """The layout of one direction in the columns of two."""
    return replace(lead, cell=m.cell, half=0, above=m.above, below=m.below, lane=0, port=m.port)


def lowered(m: GridSizes) -> GridSizes:
    """The same layout with lower cells: where two towers stand on one narrow page."""
    high = 28.0
    return replace(
        m, cell=(m.cell[0], high), above=12.0, below=10.0 if m.lane else 8.0,
        lane=m.lane - (m.cell[1] - high) if m.lane else 0.0, out=13.5,
    )  # fmt: skip


CLOSE, BAND, PITCH = (65.0, 63.0), (32.0, 30.0), 64.0
"""The reach, band and least pitch of two directions on a narrow page, where lanes stand beside them."""


def close(m: GridSizes) -> GridSizes:
    """The same layout with less room at the sides."""
    return replace(m, reach=CLOSE, band=BAND, least=PITCH) if m.half and m.sides == "slots" else m


def widest(every: Sequence[GridSizes]) -> GridSizes:
    """What the columns of these layers must have room for."""
    lead = max(every, key=lambda m: m.half)
    reach = (max(m.reach[0] for m in every), max(m.reach[1] for m in every))
    return replace(lead, reach=reach, slots=min(m.slots for m in every))


def _fitting(page: Page, sides: float, pitch: float) -> int:
    return max(3, int((page.inner - sides + 0.01) // pitch) + 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """The steps drawn (from 1), where they stand, and the middles of what is left out."""

    steps: tuple[int, ...]
    xs: tuple[float, ...]
    gaps: tuple[tuple[int, float], ...]
    """(the drawn step before the gap, x of the gap's middle)."""

    def x(self, step: int) -> float:
        """Where the column of a step stands."""
        at = bisect_left(self.steps, step)
        assert self.steps[at] == step
        return self.xs[at]

    def within(self, low: float, high: float, last: int) -> tuple[float, ...]:
        """Where the steps up to `last` stand between two places."""
        stop = bisect_right(self.steps, last)
        return self.xs[bisect_left(self.xs, low, hi=stop) : bisect_right(self.xs, high, hi=stop)]

    def gap_after(self, step: int) -> float | None:
        """The middle of what is left out right after a step, or None."""
        return dict(self.gaps).get(step)


def columns(steps: Sequence[int | None], m: GridSizes, room: float | None) -> Columns:
    """Where these steps stand; with `room` (pt) they take all of it, within reason."""
    weights = [m.gap / 2 if None in (a, b) else 1.0 for a, b in pairwise(steps)]
    pitch = m.pitch
    if room is not None and weights:
        pitch = max(m.least, min(m.pitch * 1.7, (room - sum(m.reach) - 1) / sum(weights)))
    at, real, xs, gaps = 0.0, list[int](), list[float](), list[tuple[int, float]]()
    for i, step in enumerate(steps):
        at += pitch * weights[i - 1] if i else 0.0
        if step is None:
            gaps.append((real[-1], at))
        else:
            real.append(step)
            xs.append(at)
    return Columns(tuple(real), tuple(xs), tuple(gaps))


def squeezed(m: GridSizes, steps: Sequence[int | None], page: Page) -> GridSizes:
    """The same layout with gaps as narrow as the page needs, but wide enough for their dots."""
    gaps = sum(step is None for step in steps)
    others = sum(None not in pair for pair in pairwise(steps))
    free = (page.inner - sum(m.reach) - 2) / m.pitch - others
    if m.sides == "slots" or not gaps or m.gap * gaps <= free + 0.05:
        return m
    return replace(m, gap=max(NARROW, free / gaps))


def chosen(
    timesteps: int, valid: int, room: int, *, keep: Collection[int] = (), cost: int = 1
) -> list[int | None]:
    """The steps to draw, such that both the last valid step and the last of all show.

    Where `room` columns do not hold them, what is padding is left out, but
    for the steps to `keep`.

    >>> chosen(5, 3, 5), chosen(96, 40, 6), chosen(96, 40, 4)
    ([1, 2, 3, 4, 5], [1, 2, None, 40, None, 96], [1, 2, None, 40])
    """
    found = shown_steps(timesteps, room, keep={valid, *keep}, cost=cost)
    last = max(valid, *keep, 1)
    if last < timesteps and places([s for s in found if s], cost) > room:
        return shown_steps(last, room, keep={valid, *keep}, cost=cost)
    return found


@dataclass(frozen=True, slots=True)
class Rows:
    """The heights of the layers' bands; y = 0 is the input strip's middle."""

    depths: tuple[int | None, ...]
    """From the lowest layer; None where layers are left out."""
    bottoms: tuple[float, ...]
    """Of the bands of the layers drawn, and of the strips that stand for those left out."""
    band: float
    m: GridSizes
    lanes: tuple[str, ...]

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers that are drawn, from 0."""
        return tuple(depth for depth in self.depths if depth is not None)

    @property
    def strips(self) -> dict[int, float]:
        """The middle of what stands for the layers left out over a drawn one, by that one."""
        pairs = zip(self.depths, self.depths[1:], self.bottoms[1:], strict=False)
        return {one: low - STRIP / 2 for one, depth, low in pairs if one is not None and depth is None}

    def top(self, layer: int) -> float:
        """Upper edge of a layer's band."""
        return self.bottom(layer) - self.band

    def bottom(self, layer: int) -> float:
        """Lower edge of a layer's band."""
        return self.bottoms[self.depths.index(layer)]

    def cell(self, layer: int, lane: str) -> float:
        """Middle of the cells of one direction; forward is the lower lane."""
        return self.bottom(layer) - self.m.below - self.m.cell[1] / 2 - self.m.lane * self.lanes.index(lane)

    def port(self, layer: int, lane: str, base: str) -> float:
        """The height of a lane's line of c or h: c always above h."""
        return self.cell(layer, lane) + (self.m.port if base == "h" else -self.m.port)


def rows(layer: Recurrent, m: GridSizes, gap: float, depths: tuple[int | None, ...]) -> Rows:
    """The bands of a layer's `depths`, the lowest first, `gap` apart; a strip for those left out."""
    lanes = layer.ways
    band = m.above + m.cell[1] + m.lane * (len(lanes) - 1) + m.below
    bottoms = [-29.0 - (7.0 if layer.bidirectional else 0.0)]
    fork = FORK if layer.bidirectional else 0.0
    for one, two in pairwise(depths):
        if two is None:  # a line forks behind the strip
            bottoms.append(bottoms[-1] - band - gap + fork)
        else:
            bottoms.append(bottoms[-1] - (band + gap if one is not None else STRIP + OVER))
    return Rows(depths, tuple(bottoms), band, m, lanes)


def depths(layer: Recurrent, most: int | None, kept: Collection[int] = ()) -> tuple[int | None, ...]:
    """The layers to draw: all, or of more than `most` the first, the last and those `kept`.

    None stands for those left out between two.
    """
    count = layer.num_layers
    if most is None or count <= most:
        return tuple(range(count))
    shown = sorted({*range(most - 1), count - 1, *kept})
    return (0, *(one for a, b in pairwise(shown) for one in ([b] if b - a == 1 else [None, b])))


def between(layer: Recurrent, *, full: bool = True) -> float:
    """The free height between two bands: names, concatenation, dropout."""
    base = (58.0 if full else 51.0) if layer.bidirectional else 22.0
    return base + (20.0 if layer.dropout else 0.0)
