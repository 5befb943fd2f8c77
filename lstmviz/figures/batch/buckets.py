"""The padded batch beside its samples in buckets by length, each padded to its own longest one."""

from __future__ import annotations

from collections.abc import Iterator

from lstmviz.figures.batch import cells
from lstmviz.figures.batch.cells import chip
from lstmviz.figures.batch.packed import ARROWS, Table, padded, table
from lstmviz.figures.batch.plan import DrawnBatch
from lstmviz.figures.batch.strip import CELL, CHIP, GAP, HEADS, NAMES, PITCH
from lstmviz.figures.shared.claimed import stepped
from lstmviz.layout.boxes import Item, row
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.labels import letters

APART = 13.0
"""Between two buckets, pt."""
LEAD = CHIP + 4
"""The room of the samples' numbers, pt."""


def drawn(sheet: DrawnBatch, room: float, buckets: int) -> Item:
    """Return the padded batch and the buckets."""
    return row(padded(sheet, room), _buckets(sheet, room, buckets), gap=ARROWS)


def longest_of(sheet: DrawnBatch, buckets: int) -> list[int]:
    """Return to how many steps the sample at each place is padded: the longest of its bucket."""
    count = len(sheet.order)
    which = [place * buckets // count for place in range(count)]
    return [sheet.lengths[sheet.order[which.index(one)]] for one in which]


def _buckets(sheet: DrawnBatch, room: float, buckets: int) -> Item:
    found = table(sheet, sheet.places, room)
    ends = longest_of(sheet, buckets)
    tops = list(_tops(sheet, buckets))

    def draw(canvas: Canvas, x: float, y: float) -> None:
        top, left = y + HEADS + NAMES, x + LEAD
        for place, high in tops:
            if place is None:
                cells.dots(canvas, left + found.xs[-1] / 2, top + high + 3, down=True)
                continue
            box = (x, top + high, x + CHIP, top + high + CELL)
            chip(canvas, sheet, box, ("order", "place", place, sheet.order[place]))
            _row(canvas, sheet, found, (left, top + high), (place, ends[place]))
        _heads(canvas, sheet, found, left, top)

    return Item(LEAD + found.xs[-1], HEADS + NAMES + tops[-1][1] + CELL, draw)


def _tops(sheet: DrawnBatch, buckets: int) -> Iterator[tuple[int | None, float]]:
    """Yield each place with where its row begins, more room before a new bucket."""
    at, last = 0.0, 0
    for place in sheet.places:
        bucket = last if place is None else place * buckets // len(sheet.order)
        at += APART * (bucket != last)
        last = bucket
        yield place, at
        at += GAP if place is None else PITCH


def _row(
    canvas: Canvas, sheet: DrawnBatch, found: Table, at: tuple[float, float], row_: tuple[int, int]
) -> None:
    """Draw the steps of one sample, and its padding up to the longest of its bucket."""
    place, end = row_
    sample = sheet.order[place]
    for j, step in enumerate(found.steps):
        box = found.box(0, j, *at)
        if step is None:
            if end > (found.steps[j - 1] or 0) + 1:
                cells.dots(canvas, (box[0] + box[2]) / 2, box[1] + CELL / 2, down=False)
        elif step < sheet.lengths[sample]:
            label = cells.step_label(sheet, sample, step, box[2] - box[0])
            cells.real(
                canvas, sheet, ids.at("bucket", step=step + 1, place=place), box, (sample, step, label)
            )
        elif step < end:
            cells.padding(canvas, sheet, ids.at("bucket", step=step + 1, place=place), box)


def _heads(canvas: Canvas, sheet: DrawnBatch, found: Table, x: float, y: float) -> None:
    """Write the steps over the first bucket."""
    for j, step in enumerate(found.steps):
        if step is not None:
            tick = stepped(letters(str(step + 1), 8), sheet.layer, step + 1)
            canvas.text(tick, x + (found.xs[j] + found.xs[j + 1]) / 2, y - 4, "middle", role="axis")


def link_all(canvas: Canvas, sheet: DrawnBatch) -> None:
    """Draw an arrow from every sample to its row in a bucket."""
    for place in sheet.places:
        if place is not None:
            sample = sheet.order[place]
            source = ids.at("lengths", sample=sample, prefix=sheet.prefix)
            target = ids.at("order", place=place, prefix=sheet.prefix)
            cells.sorted_into(canvas, sheet, sample, (source, target))
