"""The packed data: the rows of every step side by side, and what stands over a part of the figure."""

from __future__ import annotations

from collections.abc import Sequence

from lstmviz.figures.base import shape_tag
from lstmviz.figures.batch import cells
from lstmviz.figures.batch.cells import chip, number
from lstmviz.figures.batch.plan import DrawnBatch
from lstmviz.figures.shared.claimed import called, stepped
from lstmviz.layout.boxes import Item, row, stack
from lstmviz.layout.elide import offsets
from lstmviz.network.structure import Tensor
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import TextLine, letters, words
from lstmviz.scene.labels import row as inline
from lstmviz.translation.messages import message

NARROW = 300.0
"""Less room than this is that of a column, pt."""
CELL, NARROWEST = 15.0, 9.0
"""The side of a cell, and the least width of one, pt."""
PITCH, GAP = 18.0, 9.0
"""From one sample to the next, and the room of dots, pt."""
CHIP = 15.0
"""The width of a number of an index, pt."""
HEADS, NAMES = 22.0, 20.0
"""The room of a grid's heading, and of the names over its columns, pt."""
LEFT, SLIM = 52.0, 25.0
"""The room of the samples' numbers, on a page of text and in a column, pt."""
HEAD = 12.0
"""The height of what names a step over its rows of data, and of how many these are, pt."""


def headed(canvas: Canvas, name: str, said: Sequence[TextLine], x: float, y: float) -> None:
    """Write the heading of a grid, and under it what it holds, on a line or two."""
    canvas.text(words(message(f"batch.{name}"), 8, font="bold"), x, y + 8)
    for at, line in enumerate(said):
        canvas.text(line, x, y + 19 + 8.5 * at, role="input")


def tag(sheet: DrawnBatch, name: TextLine, tensor: Tensor) -> TextLine:
    """Return the name of a tensor with its shape."""
    return inline(name, shape_tag(tensor, sheet.options, size=8.5), gap=4)


def strip(sheet: DrawnBatch, room: float) -> Item:
    """Return the rows of data, side by side, step after step, in as many lines as they need."""
    captions = [words(message(f"batch.{name}"), 7, tint=MUTED) for name in ("step", "sample", "row")]
    captions.insert(1, called("batch_sizes", tint=MUTED))
    steps = [step for step in sheet.steps if step is None or step < len(sheet.packing.batch_sizes)]
    count = sum(len(sheet.alive(step)) for step in steps if step is not None)
    free = room - LEFT - 4 * len(steps) - 12 * steps.count(None)
    least = letters(str(sum(sheet.lengths) - 1), 8).width + 1.5
    wide = free / count if free / count >= NARROWEST else 13.0 if room < NARROW else CHIP
    wide = max(sheet.longest, min(20.0, wide), least)
    rows: list[list[Item]] = [[]]
    for group in [_group(sheet, step, wide) for step in steps]:
        if rows[-1] and row(*rows[-1], group, gap=4).width > room - LEFT:
            rows.append([])
        rows[-1].append(group)
    made = stack(*(_captioned(row(*one, gap=4), captions) for one in rows), gap=6)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        headed(
            canvas, "packed", [tag(sheet, called("data"), sheet.data)], x + (0 if room < NARROW else LEFT), y
        )
        made.draw(canvas, x, y + HEADS + 4)

    return Item(made.width, made.height + HEADS + 4, draw)


def _captioned(item: Item, captions: Sequence[TextLine]) -> Item:
    foot = 2 * HEAD + CELL

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for caption, down in zip(captions, (8.0, HEAD + 8, foot + 10, foot + 20), strict=True):
            canvas.text(caption, x + LEFT - 5, y + down, "end", role="axis")
        canvas.text(called("data"), x + LEFT - 5, y + 2 * HEAD + 10, "end", role="input")
        item.draw(canvas, x + LEFT, y)

    return Item(LEFT + item.width, item.height, draw)


def _group(sheet: DrawnBatch, step: int | None, wide: float) -> Item:
    """Return the rows of one step under its number and their own; or dots for steps that are left out."""
    over = 2 * HEAD
    high = over + CELL + 22
    if step is None:
        return Item(
            12.0, high, lambda canvas, x, y: cells.dots(canvas, x + 6, y + over + CELL / 2, down=False)
        )
    places = sheet.alive(step)
    xs = offsets(places, wide, GAP)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        head = (x, y, x + xs[-1], y + HEAD - 2)
        tick = stepped(letters(str(step + 1), 8), sheet.layer, step + 1)
        canvas.node(ids.at("step", step=step + 1, prefix=sheet.prefix), "op", head, tick, line=0.7)
        box = (x, y + HEAD, x + xs[-1], y + over - 2)
        chip(canvas, sheet, box, ("batch_sizes", "step", step, sheet.packing.batch_sizes[step]))
        for place, left, right in zip(places, xs[:-1], xs[1:], strict=True):
            box = (x + left, y + over, x + right, y + over + CELL)
            middle = (box[0] + box[2]) / 2
            if place is None:
                cells.dots(canvas, middle, y + over + CELL / 2, down=False)
                continue
            sample, at = sheet.order[place], sheet.row(place, step)
            label = cells.step_label(sheet, sample, step, wide)
            cells.real(canvas, sheet, ids.named("data", at), box, (sample, step, label))
            canvas.text(
                number(sheet, "holder", at, sample), middle, box[3] + 10, "middle", role="axis", at=box
            )
            canvas.text(number(sheet, "place", at, at), middle, box[3] + 20, "middle", role="axis")

    return Item(xs[-1], high, draw)
