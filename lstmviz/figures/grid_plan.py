"""Where the columns, bands and lanes of a grid stand: numbers, no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.parts import lanes_of

if TYPE_CHECKING:
    from lstmviz.figures.base import Page
    from lstmviz.network.structure import Recurrent


@dataclass(frozen=True, slots=True)
class Measures:
    """The sizes of one layout, pt; `half` is how far a lane's cells stand off their column.

    `reach` is the way from the first column to a side's outer edge, `band` to
    the band's edge, `slots` the columns that the page holds in full, `gap` the
    width of a left-out stretch in pitches.
    """

    cell: tuple[float, float]
    half: float
    pitch: float
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


def measures(layer: Recurrent, page: Page) -> Measures:
    """The layout for a layer on a page: one or two lanes, wide or narrow."""
    port = 8.0 if layer.has_cell_state else 0.0
    if layer.bidirectional:
        if page.narrow:
            return Measures((25, 31), 13.5, 76, 1, (34, 30), (72, 68), 2, 15, 11, 46, port, 29, "slots")
        slots = _fitting(page, 232, 61.25)
        return Measures(
            (25, 31), 13.5, 61.25, 2, (59, 59), (115.5, 115.5), slots, 15, 11, 46, port, 26, "tabs"
        )
    if page.narrow:
        return Measures((24, 34), 0, 48, 5 / 3, (20, 21), (57, 59), 3, 14, 10, 0, port, 31, "slots")
    left, right = (132.5, 104.5) if layer.has_cell_state else (104.5, 80.0)
    slots = _fitting(page, left + right, 60)
    return Measures((34, 34), 0, 60, 2, (36, 24), (left, right), slots, 14, 10, 0, port, 26, "frames")


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
        return self.xs[self.steps.index(step)]

    def gap_after(self, step: int) -> float | None:
        """The middle of what is left out right after a step, or None."""
        return dict(self.gaps).get(step)


def columns(layer: Recurrent, m: Measures, valid: int, *, never: bool, page: Page) -> Columns:
    """The columns of a layer; `valid` steps of the drawn sample are no padding."""
    cost = 0 if m.sides == "slots" else 1  # on a narrow page a gap takes no column's place
    steps = chosen(layer.timesteps, valid, 10**9 if never else m.slots, cost)
    span = page.inner - sum(m.reach) - 1 if page.narrow and not never else None
    weights = [m.gap / 2 if None in (a, b) else 1.0 for a, b in pairwise(steps)]
    pitch = m.pitch if span is None or not weights else min(m.pitch * 1.4, span / sum(weights))
    at, real, xs, gaps = 0.0, list[int](), list[float](), list[tuple[int, float]]()
    for i, step in enumerate(steps):
        at += pitch * weights[i - 1] if i else 0.0
        if step is None:
            gaps.append((real[-1], at))
        else:
            real.append(step)
            xs.append(at)
    return Columns(tuple(real), tuple(xs), tuple(gaps))


def chosen(timesteps: int, valid: int, room: int, cost: int = 1) -> list[int | None]:
    """The steps to draw, such that both the last valid step and the last of all show.

    `room` is how many columns there are, `cost` how many a gap takes. Where
    they do not hold the valid steps and a padded one, padding is left out.

    >>> chosen(5, 3, 5), chosen(96, 40, 6), chosen(96, 96, 5)
    ([1, 2, 3, 4, 5], [1, 2, None, 40, None, 96], [1, 2, 3, None, 96])
    """
    if timesteps <= room or valid == timesteps:
        return _elided(timesteps, room, cost)
    rest: list[int | None] = [timesteps] if valid + 1 == timesteps else [None, timesteps]
    left = room - 1 - cost * rest.count(None)
    if left < min(valid, 2 + cost):
        return _elided(valid, room, cost)
    return [*_elided(valid, left, cost), *rest]


def _elided(count: int, room: int, cost: int) -> list[int | None]:
    if count <= room or count <= 2:
        return list(range(1, count + 1))
    return [*range(1, max(1, room - 1 - cost) + 1), None, count]


@dataclass(frozen=True, slots=True)
class Rows:
    """The layers drawn and the heights of their bands; y = 0 is the input strip's middle."""

    layers: tuple[int, ...]
    bottoms: tuple[float, ...]
    band: float
    left_out: tuple[int, ...]
    """Drawn layers above which layers are left out."""
    m: Measures
    lanes: tuple[str, ...]

    def top(self, layer: int) -> float:
        """Upper edge of a layer's band."""
        return self.bottom(layer) - self.band

    def bottom(self, layer: int) -> float:
        """Lower edge of a layer's band."""
        return self.bottoms[self.layers.index(layer)]

    def cell(self, layer: int, lane: str) -> float:
        """Middle of the cells of one direction; forward is the lower lane."""
        return self.bottom(layer) - self.m.below - self.m.cell[1] / 2 - self.m.lane * self.lanes.index(lane)

    def port(self, layer: int, lane: str, base: str) -> float:
        """The height of a lane's line of c or h: c always above h."""
        return self.cell(layer, lane) + (self.m.port if base == "h" else -self.m.port)


def rows(layer: Recurrent, m: Measures, *, never: bool) -> Rows:
    """The bands of a layer's depth, layer 0 lowest; more than six are elided."""
    depth = layer.num_layers
    shown = [*range(depth)] if depth <= 6 or never else [0, 1, depth - 1]
    lanes = lanes_of(layer)
    band = m.above + m.cell[1] + m.lane * (len(lanes) - 1) + m.below
    gap = between(layer)
    bottoms = [-29.0 - (7.0 if layer.bidirectional else 0.0)]
    left_out = []
    for before, after in pairwise(shown):
        skipped = after > before + 1
        left_out += [before] if skipped else []
        bottoms.append(bottoms[-1] - band - gap - (28 if skipped else 0))
    return Rows(tuple(shown), tuple(bottoms), band, tuple(left_out), m, lanes)


def between(layer: Recurrent) -> float:
    """The free height between two bands: names, concatenation, dropout."""
    base = 58.0 if layer.bidirectional else 22.0
    return base + (20.0 if layer.dropout else 0.0)
