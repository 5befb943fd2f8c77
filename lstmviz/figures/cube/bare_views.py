"""The bare cube cut up: pulled apart along time, or as the two matrices that are made of it."""

from __future__ import annotations

from lstmviz.figures.cube.data import Cube
from lstmviz.figures.cube.matrix import flat_columns
from lstmviz.figures.cube.solid import MARKED, STROKE
from lstmviz.figures.shared import bare
from lstmviz.layout.elide import Shown, stretches
from lstmviz.layout.solids import Face
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, Box, Point
from lstmviz.translation.messages import message

HIGH, WIDE, LEAST, WIDEST = 16.0, 16.0, 9.0, 13.0
"""The height of a row; the width of a column of one step, and that of all steps at least and at most, pt."""
APART, UNDER = 26.0, 44.0
"""From one matrix to the next beside it, and to that under it with the words between, pt."""


def draw_matrices(canvas: Canvas, cube: Cube, rows: Shown, room: tuple[float, float]) -> Box:
    """Draw one step, and all steps side by side: beside it, or under it where that has no room.

    `room` is what the drawing has, and what the words at its left take; gives the box of one step.
    """
    inner, left = room
    columns, starts = flat_columns(cube)
    one = _matrix(canvas, (0.0, 0.0), WIDE, cube.features.shown, rows)
    canvas.form(one.whole, role="input", fill=MARKED, z=3)
    canvas.form(one.whole, role="input", stroke=STROKE, line=1.75)
    size = (cube.samples.size, cube.features.size)
    canvas.node("slice", "input", one.box, tensor="input", shape=size, outline="none")
    bare.say(canvas, message("cube.one-step"), (0.0, -7.0), "start")
    said = message("cube.side-by-side", count=cube.time.counted())
    free = inner - left - one.box[2] - APART
    beside = free >= max(LEAST * len(columns), bare.word(said).width)
    at = (one.box[2] + APART, 0.0) if beside else (0.0, one.box[3] + UNDER)
    cell = max(LEAST, min(WIDEST, (free if beside else inner - left) / len(columns)))
    flat = _matrix(canvas, at, cell, tuple(columns), rows)
    ends = [*starts[1:], len(columns)]
    here = cube.time.at or 0
    for first, last in zip(starts, ends, strict=True):
        for a, b in stretches(rows) if first else ():
            canvas.line(
                [flat.point(first, a), flat.point(first, b)], stroke=STROKE, line=1.4, role="input", z=5
            )
        if first == starts[here]:
            step = flat.patch(first, last, 0, len(rows))
            canvas.form(step, role="input", fill=MARKED, z=3)
            canvas.form(step, role="input", stroke=STROKE, line=1.75)
    size = (cube.samples.size, cube.time.size * cube.features.size)
    canvas.node("flat", "input", flat.box, tensor="input", shape=size, outline="none")
    bare.say(canvas, said, (at[0], at[1] - 7.0), "start")
    return one.box


def _matrix(canvas: Canvas, at: Point, wide: float, columns: Shown, rows: Shown) -> Face:
    face = Face(at, (wide, 0), (0, HIGH), columns, rows)
    face.paint(canvas, GROUND)
    face.grid(canvas, STROKE)
    face.dots(canvas, STROKE)
    canvas.form(face.whole, role="input", stroke=STROKE, line=1.2)
    return face
