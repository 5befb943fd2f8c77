"""Where a long table, the windows over it, the cube that they become and its target stand.

Takes the sheet and the cut, and gives as many samples and steps as fit the page, and their plan, in pt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmviz.figures.cube.along import Along
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.cut import Cut, rows_shown
from lstmviz.figures.cube.matrix import lead
from lstmviz.figures.cube.target import Target, placed, size_of
from lstmviz.figures.shared.place_names import widest
from lstmviz.layout.elide import Shown, banded, shown
from lstmviz.layout.solids import Face, Solid
from lstmviz.scene.metrics import text_width

BESIDE, BELOW = 22.0, 72.0
"""Between the cube and its target, beside it or below it, pt."""
JOG = 4.0
"""From one turn of an arrow to the next, pt."""


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """Where everything stands: the table, one lane per drawn window, the cube."""

    cut: Cut
    row: int
    """The filled row of the table, from 0."""
    table: Face
    lanes: tuple[float, ...]
    solid: Solid
    ticks: float
    numbers: bool
    """Whether the cube's cells have room for their row's number."""
    straight: bool
    """Whether each window begins beside its sample."""
    target: Target | None
    """Y, where the windows have one."""

    def level(self, row: int) -> float:
        """The middle of a drawn row of the table."""
        return self.table.point(0, self.table.vs.index(row) + 0.5)[1]


def fitting(sheet: CubeDrawing, cut: Cut) -> tuple[CubeDrawing, WindowPlan]:
    """As many samples and steps as fit the page, and their plan."""
    whole = sheet.cube
    plan = _plan(sheet, cut)
    for few in range(3):
        right = max(plan.solid.box[2], plan.target.solid.box[2] if plan.target else 0.0)
        if not sheet.page.fixed or sheet.options.whole or right <= sheet.inner:
            break
        deep = (
            whole.features
            if few == 0
            else replace(whole.features, shown=seen_features(shown(whole.features.size, 3, head=1), cut))
        )
        cube = replace(whole, time=_few(whole.time, few), batch=_few(whole.samples, few), features=deep)
        sheet = replace(sheet, cube=cube)
        plan = _plan(sheet, cut)
    return sheet, plan


def seen_features(drawn: Shown, cut: Cut) -> Shown:
    """The features that are drawn, the first of those to be foreseen among them."""
    return banded({*(k for k in drawn if k is not None), *cut.columns[:3]}) if cut.columns else drawn


def _few(axis: Along, few: int) -> Along:
    """An axis with fewer of its indices drawn: two first ones, one, or none but the chosen one."""
    assert axis.marked is not None
    keep = [{0, 1}, {0}, set[int]()][few]
    return replace(axis, shown=banded({*keep, axis.marked, axis.size - 1}) if axis.count > 4 else axis.shown)


def _plan(sheet: CubeDrawing, cut: Cut) -> WindowPlan:
    """Sizes and places; where a table is drawn whole, its arrows run straight."""
    cube, narrow = sheet.cube, sheet.narrow
    row = cut.first(cube.sample) + cube.step
    rows = rows_shown(sheet, cut, row)
    whole = len(rows) == cut.rows and None not in cube.samples.shown
    plain = whole and cut.stride <= 3 and cut.first(0) == 0  # a later mini-batch stands lower than its cube
    high = {1: 14.0 if narrow else 15.0, 2: 9.0, 3: 8.5}.get(cut.stride if plain else 0, 9.0)
    digits = text_width(str(cut.rows), "bold", 7)
    wide = 10.0 if narrow else 20.0
    table = Face((max(lead(sheet, wide), digits + 12), 0), (wide, 0), (0, high), cube.features.shown, rows)
    step = 5.5 if narrow else 9.0
    lanes = tuple(table.box[2] + 6 + k * step for k in range(cube.samples.count))
    ticks = widest([t for _, t in cube.samples.ticks(30 if narrow else 60)])
    turns = 0.0 if plain else JOG * (cube.samples.count - 2)
    x = lanes[-1] + (16 if narrow else 30) + turns + ticks + 5
    depth = (7.0, 8.0) if narrow else (10.0, 8.0)
    wide, right, up = size_of(sheet, cut, depth) if cut.horizon else (0, 0.0, 0.0)
    beside = bool(cut.horizon) and not narrow
    free = sheet.inner - x - cube.features.count * depth[0] - (BESIDE + right) * beside
    free /= cube.time.count + wide * beside
    numbers = free >= digits + 3 or not sheet.page.fixed
    cell = max(digits + 6, 13.0 if narrow else 26.0) if numbers else 13.0
    cell = min(cell, max(free, digits + 3 if numbers else 9.0))
    cell_high = high * cut.stride if plain else 15.0
    solid = Solid((x, 0), (cell, cell_high), depth, cube.time.shown, cube.samples.shown, cube.features.shown)
    at = (solid.box[2] + BESIDE, 0.0) if beside else (x, solid.box[3] + BELOW + up)
    target = placed(sheet, cut, solid, at, beside=beside) if cut.horizon else None
    return WindowPlan(cut, row, table, lanes, solid, ticks, numbers, plain, target)
