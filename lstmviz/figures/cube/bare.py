"""The bare cube: a block of samples, steps and features, one step of it marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import Draft
from lstmviz.figures.cube.context import Sheet
from lstmviz.figures.cube.data import cube_of, cube_tensor
from lstmviz.figures.cube.description import describe
from lstmviz.figures.shared import bare
from lstmviz.figures.shared.blocks import Block, Patch, mark, paint
from lstmviz.layout.solids import shown
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.base import Subject
    from lstmviz.figures.cube.along import Along
    from lstmviz.figures.cube.options import CubeOptions
    from lstmviz.figures.pages import Page

CELL, DEPTH, DEEPEST = (17.0, 16.0), (10.0, 8.0), 3
"""One value's face, how far one feature runs away, and how many do, pt."""
STEPS, SAMPLES, FEWER = 5, 4, 250.0
"""So many places are drawn, one step less where there is less room than so much, pt."""
PALE = 0.6
BESIDE = 58.0
"""The width of the words beside the cube, pt."""


def unable(subject: Subject) -> str | None:
    """Why a model has no bare cube, or None."""
    tensor = cube_tensor(subject)
    if tensor is not None and len(tensor.sizes) != 3:
        return "detail: low draws a batch of sequences"
    return None


def compose(subject: Subject, options: CubeOptions, page: Page) -> Draft:
    """The block, its three axes in words, and one step of it."""
    cube = cube_of(subject, options, page)
    most = STEPS if page.inner > FEWER else STEPS - 1
    columns = shown(cube.time.size, most, head=most - 2)
    rows = shown(cube.samples.size, SAMPLES, head=SAMPLES - 2)
    deep = min(cube.features.size, DEEPEST)
    away = (DEPTH[0] * deep, DEPTH[1] * deep)
    block = Block((0.0, 0.0), CELL, away, columns, rows, "input", deep, pale=PALE)
    canvas = Canvas()
    paint(canvas, block)
    at = min(1, len(columns) - 1)
    mark(canvas, block, Patch((at, at + 1), (0, len(rows)), (0, deep)), outlined=True)
    canvas.node(
        cube.source, "input", block.front, tensor=cube.tensor.name, shape=cube.tensor.sizes, outline="none"
    )
    x0, y0, x1, y1 = block.front
    room = BESIDE if page.inner <= FEWER else 2 * BESIDE
    above = -away[1] - 6
    bare.say(canvas, message("cube.one-step"), (x0 + (at + 0.5) * CELL[0] + away[0], above), "middle")
    _along(canvas, cube.time, ((x0 + x1) / 2, y1 + 27.0), "middle")
    canvas.line([(x0, y1 + 11), (x1, y1 + 11)], line=1.2, head=6.0, role="axis", stroke=MUTED)
    _along(canvas, cube.samples, (x0 - 18.0, (y0 + y1) / 2 + 3.5), "end", room)
    canvas.line([(x0 - 10, y0), (x0 - 10, y1)], line=1.2, head=6.0, role="axis", stroke=MUTED)
    _along(canvas, cube.features, (x1 + away[0] / 2 + 12, y1 - away[1] / 2 + 15), "start", room)
    canvas.line(
        [(x1 + 7, y1 + 5), (x1 + 7 + away[0], y1 + 5 - away[1])],
        line=1.2,
        head=6.0,
        role="axis",
        stroke=MUTED,
    )
    return Draft(canvas, describe(Sheet(canvas, cube, options, page)))


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
