"""The bare figure: the padded batch, and under it what is packed, step by step; or its buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lstmviz.figures.batch import cells
from lstmviz.figures.batch.buckets import longest_of
from lstmviz.figures.batch.plan import DrawnBatch
from lstmviz.figures.shared import bare
from lstmviz.figures.shared.bare import LEAD
from lstmviz.layout.boxes import Item, row, stack
from lstmviz.layout.elide import Shown, offsets
from lstmviz.layout.links import box_of
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Point
from lstmviz.translation.messages import message

SIDE, LEAST = 20.0, 17.0
"""The side of a cell, and of one in less room, pt."""
PITCH, GAP, NEXT = 24.0, 13.0, 6.0
"""From one sample to the next, the room of dots, and between the rows of two steps, pt."""
FALL, BUCKETS = 30.0, 13.0
"""How far the arrow falls to the packed data, and from one bucket to the next, pt."""


def drawn_buckets(sheet: DrawnBatch, buckets: int) -> Item:
    """Return the padded batch over its buckets, the longest samples first."""
    count, groups = len(sheet.order), [list[int | None]() for _ in range(buckets)]
    last = 0
    for place in sheet.places:
        last = last if place is None else place * buckets // count
        groups[last].append(place)
    shown = stack(*(_bucket(sheet, group, buckets) for group in groups if group), gap=BUCKETS)
    return stack(_padded(sheet), shown, gap=FALL)


def _bucket(sheet: DrawnBatch, places: list[int | None], buckets: int) -> Item:
    """Return the samples at these places, padded to the longest of them."""
    ends = longest_of(sheet, buckets)
    end = max(ends[place] for place in places if place is not None)
    steps = tuple(
        step
        for at, step in enumerate(sheet.steps)
        if (step if step is not None else (sheet.steps[at - 1] or 0) + 1) < end
    )
    xs, ys = offsets(steps, SIDE, GAP), offsets(tuple(places), PITCH, GAP)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for i, place in enumerate(places):
            if place is None:
                cells.dots(canvas, x + xs[-1] / 2, y + ys[i] + 4, down=True)
                continue
            line = [ids.at("bucket", step=(step or 0) + 1, place=place) for step in steps]
            _sample(canvas, sheet, sheet.order[place], (x, y + ys[i]), (steps, line))

    return Item(xs[-1], ys[-1] - (PITCH - SIDE), draw)


def _sample(
    canvas: Canvas, sheet: DrawnBatch, sample: int, at: Point, cells_: tuple[Shown, Sequence[str]]
) -> None:
    """Draw the steps of a sample as cells with these ids, and its padding."""
    (steps, names), (x, y) = cells_, at
    xs = offsets(steps, SIDE, GAP)
    for j, step in enumerate(steps):
        cell = (x + xs[j], y, x + xs[j + 1], y + SIDE)
        if step is None:
            cells.dots(canvas, (cell[0] + cell[2]) / 2, y + SIDE / 2, down=False)
        elif step < sheet.lengths[sample]:
            label = cells.step_label(sheet, sample, step, SIDE, 12.5)
            cells.real(canvas, sheet, names[j], cell, (sample, step, label))
        else:
            cells.padding(canvas, sheet, names[j], cell)


def drawn(sheet: DrawnBatch, room: float) -> Item:
    """Return the padded batch over the packed one."""
    steps = [step for step in sheet.steps if step is not None and step < len(sheet.packing.batch_sizes)]
    cells_ = sum(len(sheet.alive(step)) for step in steps)
    side = max(LEAST, min(SIDE, (room - NEXT * len(steps)) / max(1, cells_)))
    if sheet.longest - 2.5 > side:  # all tokens, or none
        sheet = replace(sheet, names=())
    strip = row(*(_group(sheet, step, side) for step in sheet.steps), gap=NEXT)
    return stack(_padded(sheet), strip, gap=FALL, align="middle")


def _padded(sheet: DrawnBatch) -> Item:
    xs, ys = offsets(sheet.steps, SIDE, GAP), offsets(sheet.samples, PITCH, GAP)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        bare.say(canvas, message("batch.padded"), (x, y + LEAD - 3), "start", bold=True)
        top = y + LEAD + 3
        box = (x, top, x + xs[-1], top + ys[-1] - (PITCH - SIDE))
        canvas.node(f"{sheet.prefix}input", "input", box, hollow=True, line=0.01, tensor="input",
                    shape=sheet.layer.tensor("input").sizes)  # fmt: skip
        for i, sample in enumerate(sheet.samples):
            if sample is None:
                cells.dots(canvas, x + xs[-1] / 2, top + ys[i] + 4, down=True)
                continue
            line = [ids.at("input", step=(step or 0) + 1, sample=sample) for step in sheet.steps]
            _sample(canvas, sheet, sample, (x, top + ys[i]), (sheet.steps, line))

    return Item(xs[-1], LEAD + 3 + ys[-1] - (PITCH - SIDE), draw)


def _group(sheet: DrawnBatch, step: int | None, side: float) -> Item:
    """Return the rows of one step; or dots for steps that are left out."""
    if step is None:
        return Item(GAP, side, lambda canvas, x, y: cells.dots(canvas, x + GAP / 2, y + side / 2, down=False))
    if step >= len(sheet.packing.batch_sizes):
        return Item(0.0, 0.0, lambda _canvas, _x, _y: None)
    places = sheet.alive(step)
    xs = offsets(places, side, GAP)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for place, left, right in zip(places, xs[:-1], xs[1:], strict=True):
            if place is None:
                cells.dots(canvas, x + (left + right) / 2, y + side / 2, down=False)
                continue
            sample = sheet.order[place]
            label = cells.step_label(sheet, sample, step, side, 12.5)
            box = (x + left, y, x + right, y + side)
            cells.real(canvas, sheet, ids.named("data", sheet.row(place, step)), box, (sample, step, label))

    return Item(xs[-1], side, draw)


def link_all(canvas: Canvas, sheet: DrawnBatch, *, buckets: int = 0) -> None:
    """Draw the one arrow from the padded batch to the packed one, a node of its own; or to `buckets`."""
    kind = "bucket" if buckets else "data"
    boxes = [node.box for node in canvas.nodes if ids.kind(node.id) == kind]
    whole = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    given = box_of(canvas, f"{sheet.prefix}input")
    x = (given[0] + given[2]) / 2
    cut = message("batch.in-buckets", buckets=buckets, layer=sheet.layer.name)
    said = cut if buckets else message("batch.packed")
    bare.say(canvas, said, (x + 8, (given[3] + whole[1]) / 2 + 3.5), "start", bold=True)
    route = [(x, given[3]), (x, whole[1])]
    if buckets:  # the same samples, put elsewhere: no tensor of its own
        canvas.line([(x, given[3] + 3), (x, whole[1] - 3)], line=1.2, head=6.0, role="axis", stroke=MUTED)
        return
    name = f"{sheet.prefix}data"
    canvas.node(name, "input", whole, hollow=True, line=0.01, tensor="data", shape=sheet.data.sizes)
    canvas.edge("pack", (f"{sheet.prefix}input", name), "input", route, line=bare.THICK)
