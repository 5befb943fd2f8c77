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
from lstmviz.scene.labels import EMPTY, TextLine, letters, words, wrap
from lstmviz.scene.labels import row as inline
from lstmviz.scene.labels import wide as wide_of
from lstmviz.translation.messages import message

NARROW = 300.0
"""Less room than this is that of a column, pt."""
CELL, NARROWEST, SLIMMEST = 15.0, 9.0, 7.5
"""The side of a cell, the least width of one, and that of one with a digit over it, pt."""
PITCH, GAP = 18.0, 9.0
"""From one sample to the next, and the room of dots, pt."""
CHIP = 15.0
"""The width of a number of an index, pt."""
HEADS, NAMES = 22.0, 20.0
"""The room of a grid's heading, and of the names over its columns, pt."""
LEFT, SLIM = 52.0, 25.0
"""The room of the samples' numbers, on a page of text and in a column, pt."""
ROW = 7.5
"""The size of the numbers of rows, pt."""
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
    captions.insert(1, called("batch_sizes"))
    if sheet.names:  # the cells have the tokens, so the samples stand below them
        captions.insert(2, called("data"))
    steps = [step for step in sheet.steps if step is None or step < len(sheet.packing.batch_sizes)]
    count = sum(len(sheet.alive(step)) for step in steps if step is not None)
    free = room - LEFT - 4 * len(steps) - 12 * steps.count(None)
    least = letters(str(sum(sheet.lengths) - 1), ROW).width + 1.5
    wide = free / count if free / count >= NARROWEST else 13.0 if room < NARROW else CHIP
    wide = max(sheet.longest, min(20.0, wide), least)
    rows: list[list[Item]] = [[]]
    for group in [_group(sheet, step, wide) for step in steps]:
        if rows[-1] and row(*rows[-1], group, gap=4).width > room - LEFT:
            rows.append([])
        rows[-1].append(group)
    made = stack(*(_captioned(row(*one, gap=4), captions) for one in rows), gap=6)
    lead = 0 if room < NARROW else LEFT
    said = [tag(sheet, called("data"), sheet.data)]
    how = message("batch.rows", layer=sheet.layer.name)
    if said[0].width + 10 + wide_of(how, 7) <= room - lead:
        said = [inline(said[0], words(how, 7), gap=10)]
    else:
        said += [words(part, 7) for part in wrap(how, room - lead, 7)]
    high = HEADS + 4 + 8.5 * (len(said) - 1)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        headed(canvas, "packed", said, x + lead, y)
        made.draw(canvas, x, y + high)

    return Item(made.width, made.height + high, draw)


def _captioned(item: Item, captions: Sequence[TextLine]) -> Item:
    foot = 2 * HEAD + CELL
    at = (8.0, HEAD + 8, 2 * HEAD + 10, foot + 10, foot + 20)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for caption, down in zip(captions, at, strict=False):
            canvas.text(caption, x + LEFT - 5, y + down, "end", role="axis")
        item.draw(canvas, x + LEFT, y)

    return Item(LEFT + item.width, item.height, draw)


def _gap(canvas: Canvas, x: float, y: float) -> None:
    """Draw dots for steps left out: for their numbers, for how many rows these have, and for the rows."""
    for down in (HEAD / 2 - 1, 1.5 * HEAD - 1, 2 * HEAD + CELL / 2):
        cells.dots(canvas, x + 6, y + down, down=False)


def _group(sheet: DrawnBatch, step: int | None, wide: float) -> Item:
    """Return the rows of one step under its number and over their own; or dots for steps left out."""
    over, tokens = 2 * HEAD, bool(sheet.names)
    high = over + CELL + (22 if tokens else 12)
    if step is None:
        return Item(12.0, high, _gap)
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
            label = cells.step_label(sheet, sample, step, wide) if tokens else EMPTY
            cells.real(canvas, sheet, ids.named("data", at), box, (sample, step, label))
            holder, place_ = number(sheet, "holder", at, sample), number(sheet, "place", at, at, ROW)
            low = box[3] + 10 * tokens if tokens else (box[1] + box[3]) / 2 + 2.8
            canvas.text(holder, middle, low, "middle", role="axis", at=box)
            canvas.text(place_, middle, box[3] + (20 if tokens else 10), "middle", role="axis")

    return Item(xs[-1], high, draw)
