"""Unbatched input: one sequence as a T×F sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.cube.description import draw_letters
from lstmviz.figures.cube.solid import LEFT_OUT, MARKED, STROKE, axis_width, label_time, two_lines
from lstmviz.figures.shared.place_names import widest
from lstmviz.layout.solids import Face
from lstmviz.scene.items import GROUND
from lstmviz.scene.labels import row, shorten, words
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.cube.context import Sheet


def compose_sheet(sheet: Sheet) -> None:
    """Steps to the right, features down, one step filled."""
    cube, canvas = sheet.cube, sheet.canvas
    ticks = cube.features.ticks(44 if sheet.narrow else 84)
    left = axis_width(sheet, cube.features) + 17
    x = left + widest([t for _, t in ticks]) + 5
    face = Face((x, 0), (24, 0), (0, 20), cube.time.shown, cube.features.shown)
    face.paint(canvas, GROUND, column=cube.time.at, deep=MARKED, left=LEFT_OUT)
    face.grid(canvas, STROKE)
    face.dots(canvas, STROKE)
    canvas.node("input", "input", face.box, tensor="input", shape=cube.tensor.sizes, hollow=True)
    at = cube.time.at or 0
    canvas.form(face.patch(at, at + 1, 0, len(face.vs)), role="input", stroke=STROKE, line=1.75)
    _, y0, _, y1 = face.box
    for j, text in ticks:
        canvas.text(
            cube.features.line(cube.features.shown[j] or 0, text),
            x - 5,
            (j + 0.5) * 20 + 2.5,
            "end",
            role="axis",
        )
    two_lines(sheet, cube.features, (0, (y0 + y1) / 2 - 2.5))
    canvas.line([(left - 6, y0), (left - 9, y0), (left - 9, y1), (left - 6, y1)], line=0.75, role="axis")
    label_time(sheet, face)
    canvas.text(cube.whole_tag(sheet.options), 0, -10, role="note")
    said = words(shorten(message("cube.filled", place=cube.time.said(cube.step)), 120, 7), 7)
    canvas.text(row(said, cube.slice_code().line(), gap=4), 0, y1 + 41, role="note")
    canvas.text(words(cube.tell("one-sequence"), 7), 0, y1 + 52, role="note")
    draw_letters(sheet, y1 + 65)
