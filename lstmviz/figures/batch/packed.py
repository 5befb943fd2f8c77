"""The padded batch, the same in order, and the packed data under both, as items of the layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.batch import cells
from lstmviz.figures.batch.cells import chip, number
from lstmviz.figures.batch.plan import DrawnBatch
from lstmviz.figures.batch.strip import (
    CELL,
    CHIP,
    GAP,
    HEADS,
    LEFT,
    NAMES,
    NARROW,
    NARROWEST,
    PITCH,
    SLIM,
    SLIMMEST,
    headed,
    strip,
    tag,
)
from lstmviz.figures.shared.claimed import called, named, stepped
from lstmviz.figures.shared.lessons import packing
from lstmviz.layout.boxes import Item, lines, row, stack, within
from lstmviz.layout.elide import Shown, offsets
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Anchor, Box
from lstmviz.scene.labels import TextLine, letters, words
from lstmviz.translation.messages import message

ARROWS, WIDEST = 28.0, 104.0
"""The least and the most room of the arrows between the two grids, pt."""
OVER, SAID = 21.0, 8.5
"""The room of what both indices are, over the names of the other columns, and from their name to that, pt."""
STEPS = 9.0
"""How far the names of a column stand over the numbers of steps, where these come near, pt."""
ALONE = 4.0
"""From the columns to what an index is where no other names stand there, pt."""
BETWEEN = 4.0
"""Between a sample's length and its place, pt."""
AROUND = 3 + 2 * CHIP + BETWEEN + ARROWS + CHIP + 5
"""What stands beside the cells of both grids and the samples' numbers, pt, with the borders of the last."""


def left_of(room: float) -> float:
    """Return the room of the samples' numbers, pt."""
    return SLIM if room < NARROW else LEFT


def steps_in(room: float, timesteps: int) -> int:
    """Return how many of the steps have room in both grids: more if a digit says each of them."""
    free = (room - AROUND - left_of(room)) / 2
    found = max(4, int(free / (NARROWEST if room < NARROW else CELL)))
    return timesteps if timesteps <= min(9, free / SLIMMEST) else found


def readable(sheet: DrawnBatch, room: float) -> DrawnBatch:
    """Return the sheet with its tokens, if all that are drawn have room in both grids; else without."""
    return sheet if sheet.longest <= _widest(sheet.steps, room) else replace(sheet, names=())


def _widest(steps: Shown, room: float) -> float:
    """Return how wide the cells of both grids can be, pt."""
    gaps = steps.count(None)
    return ((room - AROUND - left_of(room)) / 2 - gaps * GAP) / (len(steps) - gaps)


@dataclass(frozen=True, slots=True)
class Table:
    """Where the cells of a grid stand: the left edge of every step, the upper edge of every row."""

    steps: Shown
    rows: Shown
    xs: Sequence[float]
    ys: Sequence[float]

    def box(self, i: int, j: int, x: float, y: float) -> Box:
        """Return the box of the cell in row i and column j."""
        return (x + self.xs[j], y + self.ys[i], x + self.xs[j + 1], y + self.ys[i] + CELL)


def table(sheet: DrawnBatch, rows: Shown, room: float) -> Table:
    """Return the grid of these rows, its cells as wide as tokens need or as there is room."""
    wide = min(_widest(sheet.steps, room), max(20.0, sheet.longest))
    return Table(sheet.steps, rows, offsets(sheet.steps, wide, GAP), offsets(rows, PITCH, GAP))


def drawn(sheet: DrawnBatch, room: float) -> Item:
    """Return the call, both grids, and the packed data."""
    called = lines(*packing(sheet.layer).lines(room), step=11)
    crowded = bool(sheet.packing.sorted_indices) and (sheet.full or _numbered(sheet, room))
    first, second = padded(sheet, room, crowded=crowded), _in_order(sheet, room, crowded=crowded)
    gap = min(WIDEST, room - 1 - first.width - second.width)
    grids = row(first, second, gap=max(ARROWS, gap))
    item = stack(called, grids, strip(sheet, room), gap=12)
    return within(item, max(room, item.width), "start")


def _numbered(sheet: DrawnBatch, room: float) -> bool:
    """Whether the steps need numbers over their columns, as the cells do not say them."""
    found = table(sheet, sheet.places, room)
    first = sheet.order[sheet.places[0] or 0]
    return bool(sheet.names) or not cells.step_label(sheet, first, 0, found.xs[1] - found.xs[0]).runs


def padded(sheet: DrawnBatch, room: float, *, crowded: bool = False) -> Item:
    """Return the padded batch with its samples' numbers and lengths, each column under its name.

    `crowded` has room for an index's name over these: at full detail the places, too, are a column.
    """
    found = table(sheet, sheet.samples, room)
    left, places = left_of(room), sheet.packing.unsorted_indices if crowded and sheet.full else ()
    edge = left + found.xs[-1] + 3
    width = edge + CHIP + (BETWEEN + CHIP if places else 0.0)
    high = HEADS + NAMES + (OVER - 2 + SAID) * crowded
    column = left - SLIM / 2

    def draw(canvas: Canvas, x: float, y: float) -> None:
        top = y + high
        given = tag(sheet, named(sheet.layer, "input"), sheet.layer.tensor("input"))
        headed(canvas, "padded", [given], x + (left if left == LEFT else 0), y)
        steps = crowded and _numbered(sheet, room)
        names = top - 4 - STEPS * (steps and room < NARROW)
        canvas.text(words(message("batch.sample"), 7, tint=MUTED), x + column, names, "middle", role="axis")
        canvas.text(called("lengths"), x + edge + CHIP / 2, names, "middle")
        if steps:
            _steps_over(canvas, sheet, found, (x + left, top))
        if places:
            _named(canvas, sheet, "unsorted_indices", (x + width, "end"), top, over=OVER)
        for i, sample in enumerate(found.rows):
            if sample is None:
                cells.dots(canvas, x + left + found.xs[-1] / 2, top + found.ys[i] + 3, down=True)
                continue
            middle = top + found.ys[i] + CELL / 2
            canvas.text(
                number(sheet, "sample", sample, sample), x + column, middle + 2.8, "middle", role="axis"
            )
            _row(canvas, sheet, found, i, (x + left, top))
            box = (x + edge, middle - CELL / 2, x + edge + CHIP, middle + CELL / 2)
            chip(canvas, sheet, box, ("lengths", "sample", sample, sheet.lengths[sample]))
            if places:
                box = (box[2] + BETWEEN, box[1], box[2] + BETWEEN + CHIP, box[3])
                place = places[sample]
                chip(canvas, sheet, box, ("unsorted_indices", "sample", sample, place))

    return Item(width, high + found.ys[-1], draw)


def _named(
    canvas: Canvas, sheet: DrawnBatch, index: str, at: tuple[float, Anchor], top: float, *, over: float
) -> None:
    """Write the name of an index, from the edge of its column on, and what it is, so far `over` that."""
    x, anchor = at
    for line, y in zip(_index_lines(sheet, index), (top - over - SAID, top - over), strict=True):
        canvas.text(line, x, y, anchor)
    if over > ALONE:
        middle = x + (CHIP / 2 if anchor == "start" else -CHIP / 2)
        canvas.line([(middle, top - over + 2.5), (middle, top - 1.5)], line=0.5, role="axis")


def _index_lines(sheet: DrawnBatch, index: str) -> tuple[TextLine, TextLine]:
    """The name of an index, and what it is."""
    return called(index), words(message(f"batch.{index}", layer=sheet.layer.name), 7, tint=MUTED)


def _steps_over(canvas: Canvas, sheet: DrawnBatch, found: Table, at: tuple[float, float]) -> None:
    """The numbers of the steps over their columns."""
    left, top = at
    for j, step in enumerate(found.steps):
        if step is not None and step < len(sheet.packing.batch_sizes):
            tick = stepped(letters(str(step + 1), 8), sheet.layer, step + 1)
            canvas.text(tick, left + (found.xs[j] + found.xs[j + 1]) / 2, top - 3, "middle", role="axis")


def _row(canvas: Canvas, sheet: DrawnBatch, found: Table, i: int, at: tuple[float, float]) -> None:
    """Draw the steps of one sample, and its padding."""
    sample = found.rows[i]
    assert sample is not None
    for j, step in enumerate(found.steps):
        box = found.box(i, j, *at)
        if step is None:
            cells.dots(canvas, (box[0] + box[2]) / 2, box[1] + CELL / 2, down=False)
            continue
        name = ids.at("input", step=step + 1, sample=sample)
        if step < sheet.lengths[sample]:
            label = cells.step_label(sheet, sample, step, box[2] - box[0])
            cells.real(canvas, sheet, name, box, (sample, step, label))
        else:
            cells.padding(canvas, sheet, name, box)


def _in_order(sheet: DrawnBatch, room: float, *, crowded: bool) -> Item:
    """Return the batch in order, over it the steps where its cells do not say them."""
    found = table(sheet, sheet.places, room)
    ordered, numbered = bool(sheet.packing.sorted_indices), _numbered(sheet, room)
    lead = CHIP + 4 if ordered else 0.0
    word = words(message("batch.step"), 7, tint=MUTED)
    beside = numbered and room >= NARROW and lead + found.xs[-1] + 4 + word.width <= room / 2
    high = HEADS + NAMES + (OVER - 2 + SAID) * crowded

    def draw(canvas: Canvas, x: float, y: float) -> None:
        top, left = y + high, x + lead
        headed(canvas, "in-order-of", [], x, y)
        if ordered:
            _named(canvas, sheet, "sorted_indices", (x, "start"), top, over=OVER if crowded else ALONE)
        for i, place in enumerate(found.rows):
            if place is None:
                cells.dots(canvas, left + found.xs[-1] / 2, top + found.ys[i] + 3, down=True)
                continue
            if ordered:
                over = top + found.ys[i]
                box = (x, over, x + CHIP, over + CELL)
                chip(canvas, sheet, box, ("sorted_indices", "place", place, sheet.order[place]))
            _real_steps(canvas, sheet, found, i, (left, top))
        if numbered:
            at = (
                (left + found.xs[-1] + 4, top - 3) if beside else (left + found.xs[-1] - word.width, top - 12)
            )
            canvas.text(word, *at, role="axis")
            _steps_over(canvas, sheet, found, (left, top))

    names = _index_lines(sheet, "sorted_indices") if ordered else ()
    widest = max([lead + found.xs[-1] + (4 + word.width if beside else 0), *(line.width for line in names)])
    return Item(widest, high + found.ys[-1], draw)


def _real_steps(canvas: Canvas, sheet: DrawnBatch, found: Table, i: int, at: tuple[float, float]) -> None:
    """Draw the real steps of the sample at one place."""
    place = found.rows[i]
    assert place is not None
    sample = sheet.order[place]
    for j, step in enumerate(found.steps):
        box = found.box(i, j, *at)
        if step is None:
            left, right = ((found.steps[k] or 0) for k in (j - 1, j + 1))
            part = (sheet.lengths[sample] - left - 1) / (right - left - 1)
            cells.dots(canvas, (box[0] + box[2]) / 2, box[1] + CELL / 2, down=False, part=part)
        elif step < sheet.lengths[sample]:
            label = cells.step_label(sheet, sample, step, box[2] - box[0])
            name = ids.at("sorted", step=step + 1, place=place)
            cells.real(canvas, sheet, name, box, (sample, step, label))


def link_all(canvas: Canvas, sheet: DrawnBatch) -> None:
    """Draw the arrows: from each sample to its place in order."""
    pre = sheet.prefix
    there = bool(sheet.packing.sorted_indices)
    left = "unsorted_indices" if there and sheet.full else "lengths"
    for place in sheet.places:
        if place is None:
            continue
        sample = sheet.order[place]
        source = ids.at(left, sample=sample, prefix=pre)
        first = ids.at("sorted", step=1, place=place, prefix=pre)
        target = ids.at("sorted_indices", place=place, prefix=pre) if there else first
        cells.sorted_into(canvas, sheet, sample, (source, target))
