"""The padded batch, the same in order, and the packed data under both, as items of the layout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lstmviz.figures.base import shape_tag
from lstmviz.figures.batch import cells
from lstmviz.figures.batch.cells import chip, number, offsets
from lstmviz.figures.shared.claimed import called, named, stepped
from lstmviz.figures.shared.lessons import packing
from lstmviz.layout.boxes import Item, flow, line, lines, row, stack
from lstmviz.layout.links import box_of
from lstmviz.scene import ids
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import letters, words
from lstmviz.scene.labels import row as inline
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.batch.plan import Sheet
    from lstmviz.layout.solids import Shown
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Box

NARROW = 300.0
"""Less room than this is that of a column, pt."""
CELL, NARROWEST = 15.0, 11.0
"""The side of a cell, and the least width of one, pt."""
PITCH, GAP = 18.0, 9.0
"""From one sample to the next, and the room of dots, pt."""
CHIP = 15.0
"""The width of a number of an index, pt."""
NAMES = 26.0
"""The room of names over a grid, pt."""
ARROWS = 42.0
"""The room of the arrows between the two grids, pt."""
LEFT, SLIM = 32.0, 13.0
"""The room of the samples' numbers, with the word over them and without, pt."""
FALL = 26.0
"""How far the arrows fall to the packed data, pt."""
AROUND = 3 + 2 * CHIP + 2 + ARROWS + CHIP + 4
"""What stands beside the cells of both grids and the samples' numbers, pt."""


def left_of(room: float) -> float:
    """Return the room of the samples' numbers, pt."""
    return SLIM if room < NARROW else LEFT


def steps_in(room: float) -> int:
    """Return how many steps have room in both grids."""
    return max(4, int((room - AROUND - left_of(room)) / 2 / (NARROWEST if room < NARROW else CELL)))


def readable(sheet: Sheet, room: float) -> Sheet:
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


def table(sheet: Sheet, rows: Shown, room: float) -> Table:
    """Return the grid of these rows, its cells as wide as tokens need or as there is room."""
    wide = min(_widest(sheet.steps, room), max(18.0, sheet.longest))
    return Table(sheet.steps, rows, offsets(sheet.steps, wide, GAP), offsets(rows, PITCH, GAP))


def drawn(sheet: Sheet, room: float) -> Item:
    """Return the call, both grids, and the packed data."""
    tags = () if sheet.options.shapes == "off" else (_tags(sheet, room),)
    called = lines(*packing(sheet.layer).lines(room), step=11)
    first, second = padded(sheet, room), _in_order(sheet, room)
    return stack(
        called, row(first, second, gap=ARROWS), _strip(sheet, room, first.width + ARROWS), *tags, gap=12
    )


def padded(sheet: Sheet, room: float, *, indices: bool = True) -> Item:
    """Return the padded batch with its samples' numbers, lengths and places."""
    found = table(sheet, sheet.samples, room)
    left, places = left_of(room), sheet.packing.unsorted_indices if indices else ()
    edge = left + found.xs[-1] + 3
    width = edge + CHIP + (2 + CHIP if places else 0.0)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        top = y + NAMES
        over = 4 if found.xs[-1] > 45 else 24  # over the names of narrow columns
        canvas.text(named(sheet.layer, "input"), x + left, top - over, role="input")
        if left == LEFT:
            canvas.text(
                words(message("batch.sample"), 7, tint=MUTED), x + left - 4, top - 4, "end", role="axis"
            )
        canvas.text(called("lengths", tint=MUTED), x + edge + CHIP, top - 4, "end")
        if places:
            middle = x + edge + 1.5 * CHIP + 2
            canvas.text(called("unsorted_indices", tint=MUTED), middle + CHIP / 2, top - 14, "end")
            canvas.line([(middle, top - 11.5), (middle, top - 2)], stroke=MUTED, line=0.6)
        for i, sample in enumerate(found.rows):
            if sample is None:
                cells.dots(canvas, x + left + found.xs[-1] / 2, top + found.ys[i] + 3, down=True)
                continue
            middle = top + found.ys[i] + CELL / 2
            canvas.text(
                number(sheet, "sample", sample, sample), x + left - 4, middle + 2.8, "end", role="axis"
            )
            _row(canvas, sheet, found, i, (x + left, top))
            box = (x + edge, middle - CELL / 2, x + edge + CHIP, middle + CELL / 2)
            chip(canvas, sheet, box, ("lengths", "sample", sample, sheet.lengths[sample]))
            if places:
                box = (box[2] + 2, box[1], box[2] + 2 + CHIP, box[3])
                place = places[sample]
                chip(canvas, sheet, box, ("unsorted_indices", "sample", sample, place))

    return Item(width, NAMES + found.ys[-1], draw)


def _row(canvas: Canvas, sheet: Sheet, found: Table, i: int, at: tuple[float, float]) -> None:
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


def _in_order(sheet: Sheet, room: float) -> Item:
    """Return the batch in order: in each cell its row of data, below how many samples have a step."""
    found = table(sheet, sheet.places, room)
    lead = CHIP + 4 if sheet.packing.sorted_indices else 0.0

    def draw(canvas: Canvas, x: float, y: float) -> None:
        top, left = y + NAMES, x + lead
        canvas.text(words(message("batch.step"), 7, tint=MUTED), left, top - 12, role="axis")
        if sheet.packing.sorted_indices:
            head, middle = called("sorted_indices", tint=MUTED), x + CHIP / 2
            canvas.text(head, x + min(0.0, lead + found.xs[-1] - head.width), top - 23, "start")
            canvas.line([(middle, top - 20.5), (middle, top - 2)], stroke=MUTED, line=0.6)
        for i, place in enumerate(found.rows):
            if place is None:
                cells.dots(canvas, left + found.xs[-1] / 2, top + found.ys[i] + 3, down=True)
                continue
            sample, high = sheet.order[place], top + found.ys[i]
            if sheet.packing.sorted_indices:
                box = (x, high, x + CHIP, high + CELL)
                chip(canvas, sheet, box, ("sorted_indices", "place", place, sample))
            for j, step in enumerate(found.steps):
                box = found.box(i, j, left, top)
                if step is None:
                    if sheet.lengths[sample] > (found.steps[j - 1] or 0) + 1:
                        cells.dots(canvas, (box[0] + box[2]) / 2, box[1] + CELL / 2, down=False)
                elif step < sheet.lengths[sample]:
                    label = number(sheet, "row", place, sheet.row(place, step))
                    name = ids.at("sorted", step=step + 1, place=place)
                    cells.real(canvas, sheet, name, box, (sample, step, label))
        _sizes(canvas, sheet, found, left, top + found.ys[-1] + 3)

    return Item(lead + found.xs[-1], NAMES + found.ys[-1] + 3 + CELL, draw)


def _sizes(canvas: Canvas, sheet: Sheet, found: Table, x: float, y: float) -> None:
    """Draw how many samples have each step, under its column; and the steps over them."""
    canvas.text(called("batch_sizes", tint=MUTED), x - 4, y + 10, "end")
    for j, step in enumerate(found.steps):
        if step is None:
            cells.dots(canvas, x + (found.xs[j] + found.xs[j + 1]) / 2, y + CELL / 2, down=False)
        elif step < len(sheet.packing.batch_sizes):
            box = (x + found.xs[j] + 0.5, y, x + found.xs[j + 1] - 0.5, y + CELL - 2)
            chip(canvas, sheet, box, ("batch_sizes", "step", step, sheet.packing.batch_sizes[step]))
            middle = (box[0] + box[2]) / 2
            tick = stepped(letters(str(step + 1), 8), sheet.layer, step + 1)
            canvas.text(tick, middle, y - found.ys[-1] - 6, "middle", role="axis")


HEAD = 12.0
"""The height of what names a step over its rows of data, pt."""


def _strip(sheet: Sheet, room: float, over: float) -> Item:
    """Return the rows of data, side by side, step after step, in as many lines as they need."""
    captions = [words(message(f"batch.{name}"), 7, tint=MUTED) for name in ("step", "sample", "row")]
    lead = max(one.width for one in (*captions, called("data"))) + 5
    narrow = room < NARROW
    wide = max(13.0 if narrow else CHIP, sheet.longest)
    steps = [step for step in sheet.steps if step is None or step < len(sheet.packing.batch_sizes)]
    groups = [_group(sheet, step, wide) for step in steps]
    rows: list[list[Item]] = [[]]
    for group in groups:
        if rows[-1] and row(*rows[-1], group, gap=4).width > room - lead:
            rows.append([])
        rows[-1].append(group)
    made = []
    for one in rows:
        item = row(*one, gap=4)
        left = lead if len(rows) > 1 else max(lead, min(room - item.width, over + CHIP + 40 - item.width / 2))
        made.append(_captioned(item, captions, left))
    return stack(*made, gap=6)


def _tags(sheet: Sheet, room: float) -> Item:
    """Return the shapes of the padded batch and of the packed data."""
    given = (named(sheet.layer, "input"), shape_tag(sheet.layer.tensor("input"), sheet.options, size=8))
    kept = (called("data"), shape_tag(sheet.data, sheet.options, size=8))
    return flow((line(inline(*one, gap=4), "input", step=11) for one in (given, kept)), room, gap=20)


def _captioned(item: Item, captions: Sequence[object], left: float) -> Item:
    def draw(canvas: Canvas, x: float, y: float) -> None:
        for caption, down in zip(captions, (9.0, HEAD + CELL + 10, HEAD + CELL + 20), strict=True):
            canvas.text(caption, x + left - 5, y + down, "end", role="axis")  # type: ignore[arg-type]
        canvas.text(called("data"), x + left - 5, y + HEAD + 10, "end", role="input")
        item.draw(canvas, x + left, y)

    return Item(left + item.width, item.height, draw)


def _group(sheet: Sheet, step: int | None, wide: float) -> Item:
    """Return the rows of one step under its number; or dots for steps that are left out."""
    high = HEAD + CELL + 22
    if step is None:
        return Item(
            12.0, high, lambda canvas, x, y: cells.dots(canvas, x + 6, y + HEAD + CELL / 2, down=False)
        )
    places = sheet.alive(step)
    xs = offsets(places, wide, GAP)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        head = (x, y, x + xs[-1], y + HEAD - 2)
        tick = stepped(letters(str(step + 1), 8), sheet.layer, step + 1)
        canvas.node(ids.at("step", step=step + 1, prefix=sheet.prefix), "op", head, tick, line=0.7)
        for place, left, right in zip(places, xs[:-1], xs[1:], strict=True):
            box = (x + left, y + HEAD, x + right, y + HEAD + CELL)
            middle = (box[0] + box[2]) / 2
            if place is None:
                cells.dots(canvas, middle, y + HEAD + CELL / 2, down=False)
                continue
            sample, at = sheet.order[place], sheet.row(place, step)
            label = cells.step_label(sheet, sample, step, wide)
            cells.real(canvas, sheet, ids.named("data", at), box, (sample, step, label))
            canvas.text(
                number(sheet, "holder", at, sample), middle, box[3] + 10, "middle", role="axis", at=box
            )
            canvas.text(number(sheet, "place", at, at), middle, box[3] + 20, "middle", role="axis")

    return Item(xs[-1], high, draw)


def link_all(canvas: Canvas, sheet: Sheet) -> None:
    """Draw the arrows: from each sample to its place in order, and from each step to its rows of data."""
    pre, known = sheet.prefix, {node.id for node in canvas.nodes}
    there = bool(sheet.packing.sorted_indices)
    for place in sheet.places:
        if place is None:
            continue
        sample = sheet.order[place]
        source = ids.at("unsorted_indices" if there else "lengths", sample=sample, prefix=pre)
        first = ids.at("sorted", step=1, place=place, prefix=pre)
        target = ids.at("sorted_indices", place=place, prefix=pre) if there else first
        a, b = box_of(canvas, source), box_of(canvas, target)
        route = [(a[2], (a[1] + a[3]) / 2), (b[0], (b[1] + b[3]) / 2)]
        canvas.edge(ids.arrow(source, target), (source, target), "input", route, line=1.1)
    tops = {box_of(canvas, name)[1] for name in known if ids.read(name).form == "step.t"}
    for step in sheet.steps if len(tops) == 1 else ():
        source, target = (
            ids.at(field, step=(step or 0) + 1, prefix=pre) for field in ("batch_sizes", "step")
        )
        if step is None or source not in known:
            continue
        a, b = box_of(canvas, source), box_of(canvas, target)
        route = [((a[0] + a[2]) / 2, a[3]), ((b[0] + b[2]) / 2, b[1])]
        canvas.edge(ids.arrow(source, target), (source, target), "input", route, line=1.1)
