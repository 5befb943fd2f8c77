"""What is said of the outlined sample, at its row of the cube."""

from __future__ import annotations

from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.description import parts_said
from lstmviz.layout.solids import Solid
from lstmviz.scene.items import INK
from lstmviz.scene.labels import TextLine, shorten, words

PITCH = 10.5
"""From one line of it to the next, pt."""
LEADER = 9.0
"""From the row of the outlined sample to what is said of it, pt."""


def sample_lines(sheet: CubeDrawing) -> list[TextLine]:
    """What the outlined sample is: which, its code and its shape."""
    cube = sheet.cube
    part = words(shorten(parts_said(cube)[1], 110, 7), 7)
    tag = cube.tag(sheet.options, cube.time, cube.features)
    return [line for line in (part, cube.sample_code.line(), tag) if line.runs]


def say_sample(sheet: CubeDrawing, solid: Solid, told: list[TextLine]) -> None:
    """What the outlined sample is, right of its row, led there by a line."""
    at, deep = sheet.cube.samples.at or 0, len(solid.features)
    corners = [solid.right.point(row, deep) for row in (at, at + 1)]
    x, y = corners[0][0], sum(corner[1] for corner in corners) / 2
    sheet.canvas.line([(x, y), (x + LEADER, y)], stroke=INK, line=0.75, role="note")
    first = max(y + 2.5 - PITCH * (len(told) - 1) / 2, solid.box[1] + 8)  # under the arrow out of the step
    for k, line in enumerate(told):
        sheet.caption(line, x + LEADER + 3, first + PITCH * k)
    sheet.said.add("sample")
