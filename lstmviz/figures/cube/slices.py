"""The cube pulled apart along time: one slab per step."""

from __future__ import annotations

from dataclasses import replace

from lstmviz.figures.cube.along import Along
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.description import draw_letters, parts_said, swatch, top_of_labels
from lstmviz.figures.cube.solid import (
    STEP,
    STROKE,
    gutter,
    label_batch,
    label_depth,
    label_rows,
    mark_sample,
    paint_solid,
)
from lstmviz.figures.shared.claimed import named_state
from lstmviz.layout.elide import Shown, banded
from lstmviz.layout.solids import Solid
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import EMPTY, TextLine, row, shorten, words
from lstmviz.translation.messages import message, user_text


def compose_slices(sheet: CubeDrawing) -> None:
    """Slabs in a row, the time axis under them, and what torch calls each."""
    cube, narrow = sheet.cube, sheet.narrow
    cell, depth = ((9.0, 14.0), (6.5, 8.0)) if narrow else ((20.0, 20.0), (10.0, 8.0))
    room = gutter(sheet, depth[0])
    slab = cell[0] + cube.features.count * depth[0]
    time, pitch = _spread(sheet, slab, sheet.inner - room.front)
    solids = []
    x = room.front
    for step in time.shown:
        solids.append(Solid((x, 0), cell, depth, (step,), cube.samples.shown, cube.features.shown))
        x += _gap(sheet) if step is None else pitch
    for solid, t in zip(solids, time.shown, strict=True):
        if t is not None:
            _slab(sheet, solid, t)
    label_rows(sheet, solids[0].front, room)
    label_batch(sheet, solids[0].front, room)
    label_depth(sheet, solids[0], room)
    whole = (*solids[0].box[:2], *solids[-1].box[2:])
    sheet.canvas.node("input", "input", whole, tensor="input", shape=cube.tensor.sizes, outline="none")
    _head(sheet, -solids[0].box[1])
    _foot(sheet, time, solids, pitch)


def _gap(sheet: CubeDrawing) -> float:
    """The room for dots where steps are left out, pt."""
    return 14.0 if sheet.narrow else 28.0


def _spread(sheet: CubeDrawing, slab: float, free: float) -> tuple[Along, float]:
    """The steps that fit side by side, and how far apart they stand."""
    time, last = sheet.cube.time, sheet.cube.time.size - 1
    mark = sheet.cube.step
    tries = [time.shown, *(banded(s) for s in ({0, 1, mark, last}, {0, mark, last}))]
    tries += [_open(0, mark, last)]
    if sheet.options.whole:
        tries = tries[:1]
    for steps in tries:
        gaps = steps.count(None)
        slabs = len(steps) - gaps
        if (slabs - 1) * (slab + 7) + slab + gaps * _gap(sheet) <= free or steps is tries[-1]:
            break
    pitch = (free - slab - gaps * _gap(sheet)) / max(1, slabs - 1)
    return replace(time, shown=steps), max(slab + 7, min(85.0, pitch))


def _open(first: int, mark: int, last: int) -> Shown:
    """Three steps with a gap between any two that are no neighbours."""
    out: list[int | None] = []
    for step in sorted({first, mark, last}):
        before = out[-1] if out else None
        out += [None] if before is not None and step - before > 1 else []
        out.append(step)
    return tuple(out)


def _slab(sheet: CubeDrawing, solid: Solid, step: int) -> None:
    """One slice with its padding and the sample's cells."""
    cube = sheet.cube
    marked = step == cube.step
    paint_solid(sheet, solid, marked=0 if marked else None)
    if marked:
        for face in (solid.front, solid.top, solid.right):
            sheet.canvas.form(face.whole, role="input", stroke=STROKE, line=STEP, radius=0.8, z=12)
    if cube.samples.at is not None:
        mark_sample(sheet, solid, cube.samples.at, name=f"sample-{step}")


def _head(sheet: CubeDrawing, height: float) -> None:
    """What the picture says, and the shape of every slab."""
    cube = sheet.cube
    y = top_of_labels(height)
    title = cube.tell("reads" if sheet.narrow else "pulled", reader=cube.reader)
    tag = cube.tag(sheet.options, cube.samples, cube.features)
    each = row(words(message("cube.each-slice"), 7), tag, gap=6) if tag.runs else EMPTY
    lines = [row(cube.whole_tag(sheet.options), each, gap=8)]
    if lines[0].width > sheet.inner:
        lines = [each, cube.whole_tag(sheet.options)]
    lines.append(words(title, 8, font="bold"))
    for k, line in enumerate(lines):
        sheet.canvas.text(line, 0, y - 12.5 * k, role="note")


def _foot(sheet: CubeDrawing, time: Along, solids: list[Solid], pitch: float) -> None:
    """Under every slab its name, the arrow of time, x_t and the slice in torch."""
    cube, canvas, narrow = sheet.cube, sheet.canvas, sheet.narrow
    y = solids[0].front.box[3] + 9.5
    wordy, free = pitch >= 50 and not narrow, sheet.inner
    for solid, step in zip(solids, time.shown, strict=True):
        x = solid.at[0] + solid.cell[0] / 2
        if step is None:
            canvas.dots(x, y + 9, MUTED, gap=3.0, r=0.9)
            continue
        bold = step == cube.step
        name = shorten(user_text(time.tick(step)), pitch - 4, 7, "bold").text
        canvas.text(time.line(step, name, font="bold" if bold else "sans"), x, y, "middle", role="axis")
        canvas.text(_read(step), x, y + 26, "middle", role="input")
        if wordy or bold:
            text = cube.slice_code(step).line()
            if not wordy:
                text = row(_read(step), words(message("cube.is"), 7), text, gap=4)
            x = min(max(x, text.width / 2), sheet.inner - text.width / 2)
            free = x - text.width / 2 - 8
            canvas.text(text, x, y + 40, "middle", role="note")
    _time_line(sheet, time, solids, y + 9)
    _names(sheet, y, free=0.0 if wordy else free)


def _time_line(sheet: CubeDrawing, time: Along, solids: list[Solid], y: float) -> None:
    """The arrow of time, open where steps are left out."""
    begin = solids[0].at[0]
    for solid, step in zip(solids, time.shown, strict=True):
        if step is None:
            x = solid.at[0] + solid.cell[0] / 2
            sheet.canvas.line([(begin, y), (x - 6, y)], line=0.75, role="axis")
            begin = x + 6
    sheet.canvas.line([(begin, y), (solids[-1].box[2], y)], line=0.75, head=4.5, role="axis")


def _names(sheet: CubeDrawing, y: float, *, free: float) -> None:
    """The names of the rows under the slabs, the key, the letters; `free` is the room beside x_t."""
    cube, canvas = sheet.cube, sheet.canvas
    low, name = y + 40, cube.time.heading(sheet.options, 160)
    if not free:
        canvas.text(cube.time.heading(sheet.options, 86), 0, y + 12, role="axis")
        canvas.text(words(message("cube.read-each"), 7, tint=MUTED), 0, y + 26, role="note")
    elif name.width <= free:
        canvas.text(name, 0, y + 40, role="axis")
    else:
        low += 14
        canvas.text(name, 0, low, role="axis")
    low += 16
    hatched = [("hatch", message("cube.padding"))] if cube.lengths else []
    for mark, text in (*zip(("fill", "line"), parts_said(cube), strict=True), *hatched):
        swatch(sheet, mark, 0, low)
        canvas.text(words(shorten(text, sheet.inner - 20, 7), 7), 16, low, role="note")
        low += 12
    draw_letters(sheet, low + 2)


def _read(step: int) -> TextLine:
    """The name of what is read at a step."""
    return named_state("", "x", str(step + 1), size=10, tint=STROKE)
