"""The bare figure: the padded batch, and under it what is packed, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.figures.batch import cells
from lstmviz.figures.batch.cells import offsets
from lstmviz.figures.shared.bare import LEAD, THICK, say
from lstmviz.layout.boxes import Item, row, stack
from lstmviz.layout.links import box_of
from lstmviz.scene import ids
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.batch.plan import Sheet
    from lstmviz.scene.canvas import Canvas

SIDE, LEAST = 20.0, 17.0
"""The side of a cell, and of one in less room, pt."""
PITCH, GAP, NEXT = 24.0, 13.0, 6.0
"""From one sample to the next, the room of dots, and between the rows of two steps, pt."""
FALL = 30.0
"""How far the arrow falls to the packed data, pt."""


def drawn(sheet: Sheet, room: float) -> Item:
    """Return the padded batch over the packed one."""
    steps = [step for step in sheet.steps if step is not None and step < len(sheet.packing.batch_sizes)]
    cells_ = sum(len(sheet.alive(step)) for step in steps)
    side = max(LEAST, min(SIDE, (room - NEXT * len(steps)) / max(1, cells_)))
    if sheet.longest - 2.5 > side:  # all tokens, or none
        sheet = replace(sheet, names=())
    strip = row(*(_group(sheet, step, side) for step in sheet.steps), gap=NEXT)
    return stack(_padded(sheet), strip, gap=FALL, align="middle")


def _padded(sheet: Sheet) -> Item:
    xs, ys = offsets(sheet.steps, SIDE, GAP), offsets(sheet.samples, PITCH, GAP)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        say(canvas, message("batch.padded"), (x, y + LEAD - 3), "start", bold=True)
        top = y + LEAD + 3
        box = (x, top, x + xs[-1], top + ys[-1] - (PITCH - SIDE))
        canvas.node(f"{sheet.prefix}input", "input", box, hollow=True, line=0.01, tensor="input",
                    shape=sheet.layer.tensor("input").sizes)  # fmt: skip
        for i, sample in enumerate(sheet.samples):
            if sample is None:
                cells.dots(canvas, x + xs[-1] / 2, top + ys[i] + 4, down=True)
                continue
            for j, step in enumerate(sheet.steps):
                cell = (x + xs[j], top + ys[i], x + xs[j + 1], top + ys[i] + SIDE)
                if step is None:
                    cells.dots(canvas, (cell[0] + cell[2]) / 2, cell[1] + SIDE / 2, down=False)
                elif step < sheet.lengths[sample]:
                    label = cells.step_label(sheet, sample, step, SIDE, 12.5)
                    cells.real(
                        canvas,
                        sheet,
                        ids.at("input", step=step + 1, sample=sample),
                        cell,
                        (sample, step, label),
                    )
                else:
                    cells.padding(canvas, sheet, ids.at("input", step=step + 1, sample=sample), cell)

    return Item(xs[-1], LEAD + 3 + ys[-1] - (PITCH - SIDE), draw)


def _group(sheet: Sheet, step: int | None, side: float) -> Item:
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


def link_all(canvas: Canvas, sheet: Sheet) -> None:
    """Draw the one arrow from the padded batch to the packed one, which is a node of its own."""
    boxes = [node.box for node in canvas.nodes if ids.kind(node.id) == "data"]
    whole = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    name = f"{sheet.prefix}data"
    canvas.node(name, "input", whole, hollow=True, line=0.01, tensor="data", shape=sheet.data.sizes)
    given = box_of(canvas, f"{sheet.prefix}input")
    x = (given[0] + given[2]) / 2
    canvas.edge("pack", (f"{sheet.prefix}input", name), "input", [(x, given[3]), (x, whole[1])], line=THICK)
    say(canvas, message("batch.packed"), (x + 8, (given[3] + whole[1]) / 2 + 3.5), "start", bold=True)
