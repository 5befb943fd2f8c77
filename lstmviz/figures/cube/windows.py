"""One long table, the windows that slide over it, and the cube that they become.

Ids: ``series`` (the table), ``window.1`` … on the table, ``sample.1`` … on the
cube (counted from 1), ``input`` (the cube), and an edge from each drawn window
to its sample. The table is no tensor of the model, so its node has no shape.
"""

from __future__ import annotations

from dataclasses import replace

from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.cut import Cut
from lstmviz.figures.cube.matrix import heads, heads_height
from lstmviz.figures.cube.solid import MARKED, RIGHT, STROKE, TOP, axis_width, label_time, two_lines
from lstmviz.figures.cube.splits import draw_splits
from lstmviz.figures.cube.target import (
    bracket,
    draw_target,
    mark_on_table,
    name_width,
)
from lstmviz.figures.cube.window_labels import draw_foot, draw_heads
from lstmviz.figures.cube.window_plan import JOG, WindowPlan, fitting, seen_features
from lstmviz.figures.shared.claimed import ticked
from lstmviz.layout.elide import stretches
from lstmviz.scene import ids
from lstmviz.scene.items import GROUND, INK, MUTED, Point, fill_of
from lstmviz.scene.labels import shorten, words
from lstmviz.scene.metrics import text_width


def compose_windows(sheet: CubeDrawing, cut: Cut) -> None:
    """The table at the left, the cube and its target at the right, an arrow from window to sample."""
    features = sheet.cube.features
    seen = replace(features, shown=seen_features(features.shown, cut))
    sheet, plan = fitting(replace(sheet, cube=replace(sheet.cube, features=seen)), cut)
    _draw_table(sheet, plan)
    _draw_windows(sheet, plan)
    _draw_cube(sheet, plan)
    _draw_arrows(sheet, plan)
    if plan.target:
        draw_target(sheet, plan.cut, plan.target, numbers=plan.numbers)
    draw_heads(sheet, plan.cut, plan.target, at=(plan.solid.at[0], _top(sheet, plan)))
    low = max(plan.table.box[3] + 12, (plan.target or plan).solid.box[3] + (49 if plan.target else 38))
    if sheet.options.windows and sheet.options.windows.splits:
        low = draw_splits(sheet, plan.cut, sheet.options.windows.splits, low + 14)
    draw_foot(sheet, plan.cut, plan.row, low + 16, numbers=plan.numbers)


def _top(sheet: CubeDrawing, plan: WindowPlan) -> float:
    """The lowest baseline that is clear of everything above table and cube."""
    deep = len(plan.solid.features) * plan.solid.depth[1]
    return -max(heads_height(sheet, plan.table.u[0]), deep) - 11


def _draw_table(sheet: CubeDrawing, plan: WindowPlan) -> None:
    """The long table: rows run down as time goes on."""
    canvas, face, cut = sheet.canvas, plan.table, plan.cut
    face.paint(canvas, GROUND)
    for j, row in enumerate(face.vs):
        if row is None:
            continue
        fill = MARKED if row == plan.row else None if cut.uses(row) else fill_of("op")
        for a, b in stretches(face.us) if fill else ():
            canvas.form(face.patch(a, b, j, j + 1), role="input", fill=fill, z=2)
        line = ticked(words(str(row + 1), 7, font="bold" if row == plan.row else "sans"), row + 1, cut.rows)
        (x0, _, x1, _), y = face.box, plan.level(row)
        canvas.text(line, face.origin[0] - 4, y + 2.5, "end", role="axis", at=(x0, y, x1, y))
    face.grid(canvas, STROKE)
    face.dots(canvas, STROKE)
    canvas.form(face.whole, role="input", stroke=STROKE, z=6)
    canvas.node("series", "input", face.box, outline="none")
    heads(sheet, face)
    x0, y0, _, y1 = face.box
    x = x0 - 4 - text_width(str(cut.rows), "bold", 7) - 4
    canvas.line([(x, y0), (x, y1)], line=0.75, head=4.5, role="axis")
    own, about = sheet.cube.time, {"n": cut.rows, **cut.given}
    said = sheet.cube.tell("rows", **about)
    if own.word == "own":
        said = sheet.cube.tell("rows-own", name=own.name, **about)
    label = words(shorten(said, 70, 8), 8)
    canvas.text(label, max(0.0, x - 3), y1 + 11, role="axis")


def _draw_windows(sheet: CubeDrawing, plan: WindowPlan) -> None:
    """A bracket for every drawn window, each in a lane of its own; the chosen one outlined."""
    canvas, cube, cut = sheet.canvas, sheet.cube, plan.cut
    face = plan.table
    for x, n in zip(plan.lanes, cube.samples.shown, strict=True):
        if n is None:
            continue
        first, after = face.vs.index(cut.first(n)), face.vs.index(cut.last(n)) + 1
        y0, y1 = face.point(0, first)[1] + 1, face.point(0, after)[1] - 1
        if cut.horizon:
            bracket(sheet, cut, face, x, n)
        chosen = n == cube.sample
        stroke, line = (INK, 1.5) if chosen else (STROKE, 1.0)
        canvas.line([(x - 3, y0), (x, y0), (x, y1), (x - 3, y1)], stroke=stroke, line=line, role="input")
        canvas.node(ids.named("window", n + 1), "input", (x - 3, y0, x, y1), tensor="input",
                    shape=(cut.steps, cube.features.size), outline="none")  # fmt: skip
        if chosen:
            patch = face.patch(0, len(face.us), first, after)
            canvas.form(patch, role="input", stroke=INK, line=1.5, z=13)
    if cut.horizon:
        mark_on_table(sheet, cut, face)
    for k, n in enumerate(cube.samples.shown):
        if n is None:
            x = plan.lanes[k]
            y = (_start(sheet, plan, k - 1) + _start(sheet, plan, k + 1)) / 2
            canvas.dots(x, y, STROKE, gap=2.6, r=0.8, down=True)


def _start(sheet: CubeDrawing, plan: WindowPlan, k: int) -> float:
    """The height at which the k-th drawn window begins."""
    n = sheet.cube.samples.shown[k]
    assert n is not None
    return plan.level(plan.cut.first(n))


def _draw_cube(sheet: CubeDrawing, plan: WindowPlan) -> None:
    """The cube with the row's cells filled, wherever they have gone."""
    canvas, cube, solid = sheet.canvas, sheet.cube, plan.solid
    solid.front.paint(canvas, GROUND)
    solid.top.paint(canvas, TOP)
    solid.right.paint(canvas, RIGHT)
    _fill(sheet, plan)
    for face in (solid.front, solid.top, solid.right):
        face.grid(canvas, STROKE)
        face.dots(canvas, STROKE)
        canvas.form(face.whole, role="input", stroke=STROKE, z=6)
    canvas.node("input", "input", solid.box, tensor="input", shape=cube.tensor.sizes, outline="none")
    at = cube.samples.at
    assert at is not None
    for points in (solid.front.patch(0, len(solid.times), at, at + 1),
                   solid.right.patch(at, at + 1, 0, len(solid.features))):  # fmt: skip
        canvas.form(points, role="input", stroke=INK, line=1.5, radius=0.8, z=13)
    _label_cube(sheet, plan)


def _fill(sheet: CubeDrawing, plan: WindowPlan) -> None:
    """The marked row in every sample that has it, and each cell's row number."""
    canvas, solid = sheet.canvas, plan.solid
    last = len(solid.times) - 1
    for j, n in enumerate(solid.samples):
        for i, t in enumerate(solid.times):
            if n is None or t is None:
                continue
            row = plan.cut.first(n) + t
            marked = row == plan.row
            patches = [solid.front.patch(i, i + 1, j, j + 1)]
            deep = stretches(solid.features)
            patches += [solid.top.patch(i, i + 1, a, b) for a, b in deep if j == 0]
            patches += [solid.right.patch(j, j + 1, a, b) for a, b in deep if i == last]
            for patch in patches if marked else ():
                canvas.form(patch, role="input", fill=MARKED, z=3)
            if plan.numbers:
                x, y = solid.front.point(i + 0.5, j + 0.5)
                line = ticked(
                    words(str(row + 1), 7, font="bold" if marked else "sans"), row + 1, plan.cut.rows
                )
                canvas.text(line, x, y + 2.5, "middle", role="input")


def _label_cube(sheet: CubeDrawing, plan: WindowPlan) -> None:
    """Samples at the left (and their number at the right), features up the edge, time below."""
    canvas, cube, solid = sheet.canvas, sheet.cube, plan.solid
    x0, y0, x1, y1 = solid.front.box
    for j, text in cube.samples.ticks(plan.ticks + 0.1):
        y, n = y0 + (j + 0.5) * solid.cell[1], solid.samples[j]
        assert n is not None
        line = cube.samples.line(n, text, font="bold" if j == cube.samples.at else "sans")
        canvas.text(line, x0 - 5, y + 2.5, "end", role="axis")
        box = (x0 - 5 - plan.ticks - 3, y0 + j * solid.cell[1], x1, y0 + (j + 1) * solid.cell[1])
        canvas.node(ids.named("sample", n + 1), "input", box, tensor="input",
                    shape=(cube.time.size, cube.features.size), outline="none")  # fmt: skip
    for k, text in cube.features.ticks(48 if sheet.narrow else 76):
        x, y = x0 + (k + 0.5) * solid.depth[0] - 7, y0 - (k + 0.5) * solid.depth[1] + 2.4
        canvas.text(cube.features.line(cube.features.shown[k] or 0, text), x, y, "end", role="axis")
    label_time(sheet, solid.front)
    target = plan.target if plan.target and plan.target.beside else None
    x = target.solid.box[2] + name_width(target) + 8 if target else solid.box[2] + 8
    if x + 8 + axis_width(sheet, cube.samples) <= sheet.inner or not sheet.page.fixed:
        two_lines(sheet, cube.samples, (x + 7, (y0 + y1) / 2 - 2.5))
        canvas.line([(x, y0), (x + 3, y0), (x + 3, y1), (x, y1)], line=0.75, role="axis")


def _draw_arrows(sheet: CubeDrawing, plan: WindowPlan) -> None:
    """An arrow from each window to its sample; where it turns, none crosses another."""
    canvas, cube = sheet.canvas, sheet.cube
    drawn = [(k, n) for k, n in enumerate(cube.samples.shown) if n is not None]
    high = plan.solid.cell[1]
    ends = {n: (plan.level(plan.cut.first(n)), (k + 0.5) * high) for k, n in drawn}
    if plan.straight:
        ends = {n: (b, b) for n, (_, b) in ends.items()}
    tip = plan.solid.at[0] - 5 - plan.ticks - 3
    turns = _turns(ends, plan.lanes[-1] + 6)
    for k, n in drawn:
        (a, b), x = ends[n], plan.lanes[k]
        turn = turns.get(n)
        route: list[Point] = [(x, a), (tip, b)] if turn is None else [(x, a), (turn, a), (turn, b), (tip, b)]
        chosen = n == cube.sample
        pair = (ids.named("window", n + 1), ids.named("sample", n + 1))
        canvas.edge(ids.flow(*pair), pair, "op", route,
                    line=1.5 if chosen else 1.0, stroke=INK if chosen else MUTED, tensor="input",
                    shape=(plan.cut.steps, cube.features.size))  # fmt: skip


def _turns(ends: dict[int, tuple[float, float]], x: float) -> dict[int, float]:
    """Where each arrow turns: those that go down from right to left, those that go up from left to right."""
    down = [n for n, (a, b) in ends.items() if b > a + 0.01]
    up = [n for n, (a, b) in ends.items() if b < a - 0.01]
    return {n: x + i * JOG for i, n in enumerate(reversed(down))} | {n: x + i * JOG for i, n in enumerate(up)}
