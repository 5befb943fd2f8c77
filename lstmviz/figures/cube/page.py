"""Unbatched input: one sequence as a T×F sheet."""

from __future__ import annotations

from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.description import draw_letters
from lstmviz.figures.cube.matrix import heads, heads_height, lead
from lstmviz.figures.cube.solid import LEFT_OUT, MARKED, STROKE, axis_width, label_features, two_lines
from lstmviz.figures.shared.place_names import widest
from lstmviz.layout.elide import stretches
from lstmviz.layout.solids import Face
from lstmviz.scene.items import GROUND, Font
from lstmviz.scene.labels import row, shorten, words
from lstmviz.translation.messages import message


def compose_sheet(sheet: CubeDrawing) -> None:
    """Steps down and features to the right, as torch prints it; one step filled."""
    cube, canvas = sheet.cube, sheet.canvas
    time, features, at = cube.time, cube.features, cube.time.at or 0
    ticks = time.ticks(44 if sheet.narrow else 84)
    left = axis_width(sheet, time) + 17
    wide = 24.0 if sheet.narrow else max(24.0, min(44.0, sheet.inner / 2 / features.count))
    high = 16.0
    x = max(left + widest([t for _, t in ticks]) + 5, lead(sheet, wide))
    face = Face((x, 0), (wide, 0), (0, high), features.shown, time.shown)
    face.paint(canvas, GROUND)
    for fill, columns in ((LEFT_OUT, [(0, features.count)]), (MARKED, stretches(features.shown))):
        for a, b in columns:
            canvas.form(face.patch(a, b, at, at + 1), role="input", fill=fill, z=2)
    face.grid(canvas, STROKE)
    face.dots(canvas, STROKE)
    canvas.node("input", "input", face.box, tensor="input", shape=cube.tensor.sizes, hollow=True)
    canvas.form(face.patch(0, features.count, at, at + 1), role="input", stroke=STROKE, line=1.75)
    heads(sheet, face)
    y = -heads_height(sheet, wide) - 2
    label_features(sheet, y, end=x + (features.count * wide + features.heading(sheet.options, 130).width) / 2)
    canvas.text(cube.whole_tag(sheet.options), 0, y - 24, role="note")
    _, y0, _, y1 = face.box
    for j, text in ticks:
        font: Font = "bold" if j == at else "sans"
        line = time.line(time.shown[j] or 0, text, font=font)
        canvas.text(line, x - 5, (j + 0.5) * high + 2.5, "end", role="axis")
    two_lines(sheet, time, (0, (y0 + y1) / 2 - 2.5))
    canvas.line([(left - 9, y0), (left - 9, y1)], line=0.75, head=4.5, role="axis")
    said = words(shorten(message("cube.filled", place=time.said(cube.step)), 120, 7), 7)
    canvas.text(row(said, cube.slice_code().line(), gap=4), 0, y1 + 20, role="note")
    canvas.text(words(cube.tell("one-sequence"), 7), 0, y1 + 31, role="note")
    draw_letters(sheet, y1 + 44)
