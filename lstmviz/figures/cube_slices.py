"""The cube pulled apart along time: one slab per step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.figures.cube_says import draw_letters, swatch, top_of_labels
from lstmviz.figures.cube_solid import (
    STROKE,
    gutter,
    label_batch,
    label_depth,
    label_rows,
    mark_sample,
    paint_solid,
)
from lstmviz.layout.solids import Solid
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import code, math, row, shorten, words
from lstmviz.scene.metrics import text_width

if TYPE_CHECKING:
    from lstmviz.figures.cube_data import Along
    from lstmviz.figures.cube_solid import Sheet


def compose_slices(sheet: Sheet) -> None:
    """Slabs in a row, the time axis under them, and what torch calls each."""
    cube, narrow = sheet.cube, sheet.narrow
    cell, depth = ((9.0, 14.0), (6.5, 8.0)) if narrow else ((20.0, 20.0), (10.0, 8.0))
    room = gutter(sheet, depth[0])
    deep = cube.features.count * depth[0]
    least = cell[0] + deep + 8
    fit = int((sheet.inner - room.front - cell[0] - deep) / least) + 1
    time = _fewer(cube.time, fit) if sheet.options.elide == "auto" else cube.time
    count = len(time.shown)
    pitch = max(least, min(85.0, (sheet.inner - room.front - cell[0] - deep) / max(1, count - 1)))
    solids = [
        Solid((room.front + i * pitch, 0), cell, depth, (t,), cube.samples.shown, cube.features.shown)
        for i, t in enumerate(time.shown)
    ]
    for solid, t in zip(solids, time.shown, strict=True):
        if t is not None:
            _slab(sheet, solid, t)
    label_rows(sheet, solids[0].front, room)
    label_batch(sheet, solids[0].front, room)
    label_depth(sheet, solids[0], room)
    whole = (*solids[0].box[:2], *solids[-1].box[2:])
    sheet.canvas.node("input", "input", whole, tensor="input", shape=cube.tensor.sizes, outline="none")
    _head(sheet, whole[2], -solids[0].box[1])
    _foot(sheet, time, solids, pitch)


def _fewer(time: Along, fit: int) -> Along:
    """The first steps, the highlighted one, a gap and the last, as many as fit."""
    if len(time.shown) <= fit:
        return time
    last = time.size - 1
    mark = time.marked or 0
    keep = [0, None, mark, None, last] if fit >= 5 else [0, None, last] if fit >= 3 else [0]
    tight = [k for i, k in enumerate(keep) if k is not None or _gap(keep, i)]
    out = [k for i, k in enumerate(tight) if k is None or k not in tight[:i]]
    while len(out) > 1 and out[-1] is None:
        out.pop()
    marked = mark if mark in out else 0
    return replace(time, shown=tuple(out), marked=marked)


def _gap(keep: list[int | None], i: int) -> bool:
    """Whether steps are missing between the neighbours of a gap."""
    before, after = keep[i - 1], keep[i + 1]
    return before is not None and after is not None and after - before > 1


def _slab(sheet: Sheet, solid: Solid, step: int) -> None:
    """One slice with its padding and the sample's cells."""
    cube = sheet.cube
    marked = step == cube.step
    paint_solid(sheet, solid, marked=0 if marked else None)
    if marked:
        for face in (solid.front, solid.top, solid.right):
            sheet.canvas.form(face.whole, role="input", stroke=STROKE, line=1.75, z=12)
    if cube.samples.at is not None:
        mark_sample(sheet, solid, cube.samples.at, name=f"sample-{step}")


def _head(sheet: Sheet, right: float, height: float) -> None:
    """What the picture says, and the shape of every slab."""
    cube = sheet.cube
    y = top_of_labels(sheet, height)
    title = f"pulled apart along time: the {cube.reader} reads one slice per step"
    if sheet.narrow:
        title = f"the {cube.reader} reads one slice per step"
    sheet.canvas.text(words(title, 8, font="bold"), 0, y - 13, role="note")
    tag = cube.tag(sheet.options, cube.samples, cube.features)
    parts = [cube.whole_tag(sheet.options)]
    parts += [words("each slice", 7), tag] if tag.runs else []
    sheet.canvas.text(row(*parts, gap=6), 0, y, role="note")
    del right


def _foot(sheet: Sheet, time: Along, solids: list[Solid], pitch: float) -> None:
    """Under every slab its name, the arrow of time, x_t and the slice in torch."""
    cube, canvas, narrow = sheet.cube, sheet.canvas, sheet.narrow
    corner = solids[0].front.box[3] + (31 if narrow else 0) + (11 if narrow and cube.lengths is not None else 0)
    y = max(solids[0].front.box[3] + 10, corner + 12 if narrow else 0)
    wordy = pitch >= 50
    for i, (solid, step) in enumerate(zip(solids, time.shown, strict=True)):
        x = solid.at[0] + solid.cell[0] / 2
        if step is None:
            canvas.dots(x, y + 9, MUTED)
            continue
        bold = step == cube.step
        name = shorten(time.tick(step), pitch - 4, 7, "bold")
        if narrow and text_width(name, "bold", 7) > pitch - 4:
            name = name[:1]
        start = max(x, text_width(name, "bold", 7) / 2 + 0.1)
        canvas.text(words(name, 7, font="bold" if bold else "sans"), start, y, "middle", role="axis")
        canvas.text(math("x", str(step + 1), size=10, tint=STROKE), x, y + 26, "middle", role="input")
        if wordy or bold:
            text = code(cube.slice_code(step))
            canvas.text(text, max(x, text.width / 2), y + 40, "middle", role="note")
        del i
    _time_line(sheet, time, solids, y + 9)
    _names(sheet, y, wordy=wordy)


def _time_line(sheet: Sheet, time: Along, solids: list[Solid], y: float) -> None:
    """The arrow of time, open where steps are left out."""
    begin = solids[0].at[0]
    for solid, step in zip(solids, time.shown, strict=True):
        if step is None:
            x = solid.at[0] + solid.cell[0] / 2
            sheet.canvas.line([(begin, y), (x - 8, y)], line=0.75, role="axis")
            begin = x + 8
    sheet.canvas.line([(begin, y), (solids[-1].box[2], y)], line=0.75, head=4.5, role="axis")


def _names(sheet: Sheet, y: float, *, wordy: bool) -> None:
    """The names of the rows under the slabs, the key, the letters."""
    cube, canvas = sheet.cube, sheet.canvas
    low = y + 40
    if wordy:
        canvas.text(cube.time.heading(sheet.options, 86), 0, y + 12, role="axis")
        canvas.text(words("read at each step", 7, tint=MUTED), 0, y + 26, role="note")
    else:
        low += 14
        canvas.text(cube.time.heading(sheet.options, 160), 0, low, role="axis")
    low += 16
    for mark, text in (("fill", f"{cube.time.said(cube.step)}, all {cube.samples.name}"),
                       ("line", f"{cube.samples.said(cube.sample)}, all {cube.time.name}"),
                       *([("hatch", "padding")] if cube.lengths else [])):  # fmt: skip
        swatch(sheet, mark, 0, low)
        canvas.text(words(shorten(text, sheet.inner - 20, 7), 7), 16, low, role="note")
        low += 12
    draw_letters(sheet, low + 2)
