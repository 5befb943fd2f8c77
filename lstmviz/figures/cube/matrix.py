"""The N×F matrix of one step, and the flattened N×(T·F) one."""

from __future__ import annotations

from lstmviz.figures.cube.along import Along
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.data import Cube
from lstmviz.figures.cube.description import parts_said
from lstmviz.figures.cube.solid import LEFT_OUT, MARKED, SAMPLE, STEP, STROKE, time_ticks
from lstmviz.figures.shared.place_names import widest
from lstmviz.layout.elide import stretches
from lstmviz.layout.solids import Face, hatch
from lstmviz.scene.items import GROUND, INK, MUTED, Point
from lstmviz.scene.labels import TextLine, shorten, words, wrap
from lstmviz.scene.metrics import text_width
from lstmviz.translation.messages import message

HEADING = 125.0
"""The width of its heading on two lines, so that the second says what a row is, pt."""
OVER = 7.0
"""From a slice up to the bracket over it, in which an arrow ends, pt."""
LINE = 10.5
"""From one line of a caption to the next, pt."""
STEEP = 8.0
"""From one step of a staircase of labels to the next, pt."""


def lead(sheet: CubeDrawing, width: float) -> float:
    """How far the column heads of a slice stick out to its left."""
    if _fits(sheet, width):
        return 0.0
    ticks = sheet.cube.features.ticks(_room(sheet))
    return max(0.0, *(text_width(t, "sans", 7) + 2 - (k + 0.5) * width for k, t in ticks))


def heads_height(sheet: CubeDrawing, width: float) -> float:
    """The height that the column heads of a slice take above it."""
    return 10.0 if _fits(sheet, width) else 5 + STEEP * len(sheet.cube.features.ticks(9))


def _room(sheet: CubeDrawing) -> float:
    return 52 if sheet.narrow else 84


def _fits(sheet: CubeDrawing, width: float) -> bool:
    return widest([t for _, t in sheet.cube.features.ticks(_room(sheet))], bold=False) <= width - 2


def draw_slice(sheet: CubeDrawing, at: Point, cell: tuple[float, float], *, entered: bool = False) -> Face:
    """One step as a matrix, samples down and features to the right, its heads above.

    One `entered` by an arrow has a bracket for it above, and its heads below, as the cube has its steps'.
    """
    cube, canvas = sheet.cube, sheet.canvas
    rows, columns = cube.samples, cube.features
    face = Face(at, (cell[0], 0), (0, cell[1]), columns.shown, rows.shown)
    face.paint(canvas, MARKED, left=LEFT_OUT)
    for j, sample in enumerate(rows.shown):
        for a, b in stretches(columns.shown) if cube.pads(sample, cube.step) else ():
            hatch(canvas, face.patch(a, b, j, j + 1), z=3, fill=MARKED)
    face.grid(canvas, STROKE)
    face.dots(canvas, STROKE)
    x0, y0, x1, y1 = face.box
    if entered:
        _bracket(sheet, face, OVER)
        y0 -= OVER
    shape = (rows.size, columns.size)
    canvas.node("slice", "input", (x0, y0, x1, y1), tensor="input", shape=shape, outline="none")
    canvas.form(face.whole, role="input", stroke=STROKE, line=STEP)
    mark_row(sheet, face)
    heads(sheet, face, below=entered)
    return face


def _bracket(sheet: CubeDrawing, face: Face, over: float) -> None:
    """A bracket over all of a matrix, in which an arrow to it ends."""
    (x0, y0, x1, _) = face.box
    sheet.canvas.line([(x0, y0 - over + 3), (x0, y0 - over), (x1, y0 - over), (x1, y0 - over + 3)],
                      role="note")  # fmt: skip


def mark_row(sheet: CubeDrawing, face: Face) -> None:
    """The highlighted sample's row of a matrix, outlined in ink."""
    at = sheet.cube.samples.at
    if at is not None:
        row = face.patch(0, len(face.us), at, at + 1)
        sheet.canvas.form(row, role="input", stroke=INK, line=SAMPLE, z=23)


def heads(sheet: CubeDrawing, face: Face, *, below: bool = False) -> None:
    """Column heads of the first or only step: over or `below` the columns, or a staircase with leaders."""
    canvas, width = sheet.canvas, face.u[0]
    fits, axis = _fits(sheet, width), sheet.cube.features
    for rank, (k, text) in enumerate(axis.ticks(_room(sheet))):
        x, y = face.point(k + 0.5, len(face.vs) if below else 0)
        line = axis.line(axis.shown[k] or 0, text)
        if fits:
            canvas.text(line, x, y + 9.5 if below else y - 4.5, "middle", role="axis")
            continue
        base = y + 10 + rank * STEEP if below else y - 5 - rank * STEEP
        canvas.line([(x, y + 2.5), (x, base)] if below else [(x, y - 2.5), (x, base - 5)],
                    line=0.5, role="axis")  # fmt: skip
        canvas.text(line, x - 2, base, "end", role="axis")


def counted(sheet: CubeDrawing, axis: Along, x: float, y: float, *, before: bool = False) -> None:
    """What the numbers of an axis count: after the last of them, where that has room, or `before` the first.

    Names of the user's own say it.
    """
    said = words(axis.name, 7, tint=MUTED)
    if axis.labels:
        return
    if before or x + said.width <= sheet.inner:
        sheet.canvas.text(said, x, y, "end" if before else "start", role="axis")
    else:  # over the last of them
        sheet.canvas.text(said, x - 4, y - 10, "end", role="axis")


def flat_columns(cube: Cube) -> tuple[list[int | None], list[int]]:
    """The columns of the flattened matrix, and where each drawn step begins."""
    columns: list[int | None] = []
    starts: list[int] = []
    for step in cube.time.shown:
        starts.append(len(columns))
        columns += [None] if step is None else cube.features.shown
    return columns, starts


def draw_flat(sheet: CubeDrawing, at: Point, cell: tuple[float, float], *, over: float = 0.0) -> Face:
    """Every step side by side, steps named below; a bracket `over` all."""
    cube, canvas = sheet.cube, sheet.canvas
    columns, starts = flat_columns(cube)
    face = Face(at, (cell[0], 0), (0, cell[1]), tuple(columns), cube.samples.shown)
    ends = [*starts[1:], len(columns)]
    here = cube.time.at or 0
    face.paint(canvas, GROUND)
    _mark_steps(sheet, face, starts)
    face.grid(canvas, STROKE)
    face.dots(canvas, STROKE)
    for i in starts[1:]:
        for a, b in stretches(face.vs):
            canvas.line([face.point(i, a), face.point(i, b)], stroke=STROKE, role="input", z=5)
    size = (cube.samples.size, cube.time.size * cube.features.size)
    whole = (face.box[0], face.box[1] - over, *face.box[2:])
    canvas.node("flat", "input", whole, tensor="input", shape=size, outline="none")
    canvas.form(face.whole, role="input", stroke=STROKE)
    canvas.form(face.patch(starts[here], ends[here], 0, len(face.vs)), role="input", stroke=STROKE, line=STEP)
    mark_row(sheet, face)
    x0, y0, x1, y1 = face.box
    if over:
        _bracket(sheet, face, over)
    middles = [(a + b) / 2 * cell[0] + x0 for a, b in zip(starts, ends, strict=True)]
    time_ticks(sheet, middles, cell[0] * cube.features.count, (x0, x1), y1 + 9.5)
    counted(sheet, cube.time, x0 - 5, y1 + 9.5, before=True)
    heads(sheet, face)
    counted(sheet, cube.features, x0 + cube.features.count * cell[0] + 4, y0 - 4.5)
    return face


def _mark_steps(sheet: CubeDrawing, face: Face, starts: list[int]) -> None:
    """The highlighted step's fill, and the padding of every step."""
    cube, canvas = sheet.cube, sheet.canvas
    for i, (a, step) in enumerate(zip(starts, cube.time.shown, strict=True)):
        if step is None:
            for j, sample in enumerate(face.vs):
                left = cube.filled(sample, cube.time.shown) - i
                if left < 1:
                    hatch(canvas, face.patch(a + max(0.0, left), a + 1, j, j + 1), z=3)
            continue
        if step == cube.step and None in (*cube.features.shown, *face.vs):
            whole = face.patch(a, a + cube.features.count, 0, len(face.vs))
            canvas.form(whole, role="input", fill=LEFT_OUT, z=2)
        for f0, f1 in stretches(cube.features.shown):
            for n0, n1 in stretches(face.vs) if step == cube.step else ():
                canvas.form(face.patch(a + f0, a + f1, n0, n1), role="input", fill=MARKED, z=2)
            for j, sample in enumerate(face.vs):
                if cube.pads(sample, step):
                    fill = MARKED if step == cube.step else GROUND
                    hatch(canvas, face.patch(a + f0, a + f1, j, j + 1), z=3, fill=fill)


def _slice_lines(sheet: CubeDrawing) -> list[TextLine]:
    """What the slice is: which step, its code and its shape."""
    cube = sheet.cube
    part = words(shorten(parts_said(cube)[0], 110, 7), 7)
    tag = cube.tag(sheet.options, cube.samples, cube.features)
    return [line for line in (part, cube.slice_code().line(), tag) if line.runs]


def caption_width(sheet: CubeDrawing) -> float:
    """The width of what is said of the slice."""
    return max(line.width for line in _slice_lines(sheet))


def slice_captions(sheet: CubeDrawing, at: Point) -> float:
    """What the slice is, at its foot; returns the last baseline."""
    lines = _slice_lines(sheet)
    for k, line in enumerate(lines):
        sheet.caption(line, at[0], at[1] + LINE * k)
    return at[1] + LINE * (len(lines) - 1)


def flat_heading(width: float) -> list[TextLine]:
    """Whom the flattened matrix is for, on a line or more."""
    head = message("cube.one-row")
    room = width if words(head, 8, font="bold").width <= width else min(width, HEADING)
    return [words(x, 8, font="bold") for x in wrap(head, room, 8, "bold")]


def flat_captions(sheet: CubeDrawing, at: Point, *, width: float, headed: bool = False) -> float:
    """What the flattened matrix is, after its heading if it has none; gives the last baseline."""
    cube, lines = sheet.cube, [] if headed else flat_heading(width)
    lines += [words(x, 7) for x in wrap(message("cube.side-by-side", count=cube.time.counted()), width, 7)]
    lines += [*cube.flat_code.lines(width), cube.flat_tag(sheet.options)]
    y = at[1]
    for line in lines:
        if line.runs:
            sheet.caption(line, at[0], y)
            y += LINE
    return y - LINE
