"""The bare cube: a block of samples, steps and features, one step of it marked; or that block cut up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.cube.along import Along
from lstmviz.figures.cube.bare_views import draw_matrices
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.cut import Cut, cut_of
from lstmviz.figures.cube.data import Cube, cube_of, cube_tensor
from lstmviz.figures.cube.description import describe
from lstmviz.figures.cube.options import CubeOptions
from lstmviz.figures.cube.splits import draw_bare
from lstmviz.figures.cube.window_labels import describe_windows
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare
from lstmviz.figures.shared.blocks import Block, Patch, mark, paint
from lstmviz.layout.elide import Shown, shown
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Box, Point, Role, Tint, fill_of, stroke_of
from lstmviz.translation.messages import message

CELL, DEPTH, DEEPEST = (17.0, 16.0), (10.0, 8.0), 3
"""One value's face, how far one feature runs away, and how many do, pt."""
STEPS, SAMPLES, FEWER = 5, 4, 250.0
"""So many places are drawn, one step less where there is less room than so much, pt."""
SLICE, GAP = 9.0, 22.0
"""Between two slices of the block, and the room of dots between two, pt."""
PALE = 0.6
ROW, TO_BLOCK = 12.0, 30.0
"""The width of a row of the long table, and from it down to the words over the block, pt."""
BESIDE, TIGHT = 58.0, 40.0
"""The width of the words beside the cube, and beside its slices on a narrow page, pt."""


def unable(subject: Subject) -> str | None:
    """Why a model has no bare cube, or None."""
    tensor = cube_tensor(subject)
    if tensor is not None and len(tensor.sizes) != 3:
        return "detail: low draws a batch of sequences"
    return None


def compose(subject: Subject, options: CubeOptions, page: Page) -> Draft:
    """The block, its three axes in words, and one step of it; or the splits of its windows alone."""
    cube = cube_of(subject, options, page)
    if options.windows is not None and options.windows.splits:
        sheet, cut = CubeDrawing(Canvas(), cube, options, page), cut_of(cube, options.windows)
        draw_bare(sheet, cut, options.windows.splits)
        return Draft(sheet.canvas, describe_windows(sheet, cut))
    cube, rows = _shown(cube, page)
    columns, canvas = cube.time.shown, Canvas()
    room = BESIDE if page.inner <= FEWER else 2 * BESIDE
    if options.view == "matrix":
        (x0, y0, x1, y1), away = draw_matrices(canvas, cube, rows, (page.inner, BESIDE + 18)), (0.0, 0.0)
        _along(canvas, cube.features, (x0, y1 + bare.LEAD + 2), "start", x1 + room)
    else:
        apart = options.view == "slices"
        tight = apart and page.inner <= FEWER
        away = _away(cube, tight=tight)
        x0, y0, x1, y1 = _block(canvas, cube, rows, away, apart=apart)
        _along(canvas, cube.time, (x0, y1 + 27.0) if tight else ((x0 + x1) / 2, y1 + 27.0),
               "start" if tight else "middle")  # fmt: skip
        canvas.line([(x0, y1 + 11), (x1, y1 + 11)], line=1.2, head=6.0, role="axis", stroke=MUTED)
        at = (x1 + away[0] / 2 + 12, y1 - away[1] / 2 + 15)
        _along(canvas, cube.features, (x1 + away[0] + 7, y1 + 27.0) if tight else at,
               "end" if tight else "start", room)  # fmt: skip
        room = TIGHT if tight else room
        route = [(x1 + 7, y1 + 5), (x1 + 7 + away[0], y1 + 5 - away[1])]
        canvas.line(route, line=1.2, head=6.0, role="axis", stroke=MUTED)
    _along(canvas, cube.samples, (x0 - 18.0, (y0 + y1) / 2 + 3.5), "end", room)
    canvas.line([(x0 - 10, y0), (x0 - 10, y1)], line=1.2, head=6.0, role="axis", stroke=MUTED)
    sheet = CubeDrawing(canvas, cube, options, page)
    if options.windows is None:
        return Draft(canvas, describe(sheet))
    cut = cut_of(cube, options.windows)
    _table(canvas, cut, columns, ((x0 + x1) / 2, -away[1] - 6 - bare.LEAD))
    return Draft(canvas, describe_windows(sheet, cut))


def _shown(cube: Cube, page: Page) -> tuple[Cube, Shown]:
    """Return the cube with the few steps and features drawn, its second step marked; and its rows."""
    most = STEPS if page.inner > FEWER else STEPS - 1
    columns = shown(cube.time.size, most, head=most - 2)
    time = replace(cube.time, shown=columns, marked=columns[min(1, len(columns) - 1)])
    features = replace(cube.features, shown=shown(cube.features.size, DEEPEST, head=DEEPEST - 2))
    rows = shown(cube.samples.size, SAMPLES, head=SAMPLES - 2)
    return replace(cube, time=time, features=features), rows


def _away(cube: Cube, *, tight: bool) -> Point:
    """Where the last of the features stands behind the first, less deep where room is `tight`."""
    deep = min(cube.features.size, DEEPEST - tight)
    return (DEPTH[0] * deep, DEPTH[1] * deep)


def _block(canvas: Canvas, cube: Cube, rows: Shown, away: Point, *, apart: bool) -> Box:
    """The block, whole or pulled `apart` along time; gives the front of it all."""
    columns, deep = cube.time.shown, round(away[0] / DEPTH[0])
    groups = [(step,) for step in columns] if apart else [columns]
    x, fronts = 0.0, []
    for steps in groups:
        if steps == (None,):
            canvas.dots(x + GAP / 2 - SLICE / 2, len(rows) * CELL[1] / 2, stroke_of("input"))
            x += GAP
            continue
        block = Block((x, 0.0), CELL, away, steps, rows, "input", deep, pale=PALE)
        paint(canvas, block)
        if cube.step in steps:
            at = steps.index(cube.step)
            mark(canvas, block, Patch((at, at + 1), (0, len(rows)), (0, deep)), outlined=True)
            over = (x + (at + 0.5) * CELL[0] + away[0], -away[1] - 6)
            bare.say(canvas, message("cube.one-step"), over, "middle")
        fronts.append(block.front)
        x += away[0] + CELL[0] + SLICE
    whole = (*fronts[0][:2], *fronts[-1][2:])
    canvas.node(cube.source, "input", whole, tensor=cube.tensor.name, shape=cube.tensor.sizes, outline="none")
    return whole


def _table(canvas: Canvas, cut: Cut, columns: Sequence[int | None], at: Point) -> None:
    """The rows of the long table, its first window over the block, whose middle the way down ends `at`.

    Right of it what lies between, and the rows of its target.
    """
    (middle, low), wide, high = at, ROW, CELL[1]
    top, begin = low - high - TO_BLOCK, middle - ROW * len(columns) / 2
    end = begin + ROW * len(columns)
    rows = [(begin + i * wide, "input" if k is not None else None) for i, k in enumerate(columns)]
    aim = [*[None] * bool(cut.gap), *shown(cut.horizon, 3, head=1)] if cut.horizon else []
    rows += [(end + i * wide, None if k is None else "output") for i, k in enumerate(aim)]
    more = min(2, cut.count - 1)  # of one window there may be no rows after it
    rows += [(end + (len(aim) + i) * wide, "rest") for i in range(more)]
    for x, what in rows:
        if what is None:
            canvas.dots(x + wide / 2, top + high / 2, MUTED)
            continue
        role: Role = "input" if what == "rest" else what  # type: ignore[assignment]
        fill = Tint("ground") if what == "rest" else fill_of(role)
        canvas.box((x, top, x + wide, top + high), role=role, fill=fill, stroke=stroke_of(role), line=1.0)
    if more:
        canvas.dots(rows[-1][0] + 1.5 * wide, top + high / 2, MUTED)
    canvas.line([(middle, top + high + 3), (middle, low - 2)], line=1.2, head=6.0, role="axis", stroke=MUTED)
    bare.say(canvas, message("cube.table"), (begin, top - 7), "start")
    if cut.horizon:
        bare.say(canvas, message("cube.its-target"), (end + wide * bool(cut.gap), top + high + 13), "start")


def _along(canvas: Canvas, axis: Along, at: tuple[float, float], anchor: str, room: float = BESIDE) -> None:
    """How many there are of what an axis counts; on one line where that has `room`."""
    said = axis.tell("count-numbers", n=axis.size) if axis.word == "embedding" else axis.counted()
    amount = str(axis.size)
    at_name = len(amount) + said.text[len(amount) :].startswith(" ")
    number = labels.words(said.part(amount, 0), bare.WORD, tint=MUTED)
    name = said.part(said.text[at_name:], at_name)
    parts = [name] if anchor == "middle" else labels.wrap(name, BESIDE, bare.WORD)
    lines = [labels.words(part, bare.WORD, tint=MUTED) for part in parts]
    first = labels.row(number, lines[0], gap=3)
    beside = anchor == "middle" or first.width <= room
    lines = [first, *lines[1:]] if beside else [number, *lines]
    y = at[1] - bare.LEAD * (len(lines) - 1) / 2 if anchor == "end" else at[1]
    for i, line in enumerate(lines):
        canvas.text(line, at[0], y + bare.LEAD * i, anchor)  # type: ignore[arg-type]
