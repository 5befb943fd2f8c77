"""The cells of a batch: a step of a sample, in its sample's shade; padding; the numbers that torch gives."""

from __future__ import annotations

from math import ceil

from lstmviz.figures.batch.plan import DrawnBatch
from lstmviz.figures.shared.claimed import named_state
from lstmviz.layout.elide import Shown
from lstmviz.layout.links import box_of
from lstmviz.layout.solids import hatch_box
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.items import GROUND, Box, Role, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, words
from lstmviz.translation.messages import user_text

HUES: tuple[Role, ...] = ("input", "gate", "output", "cell", "hidden", "param", "op")
"""Roles whose colours tell samples apart, in their order: that of what is no sample, a grey, comes last."""
DEEPEST, PALEST = 0.42, 0.1
"""How far the deepest fill and the palest are from ground to border: greys differ, too."""
HATCH = 3.6


def real(canvas: Canvas, sheet: DrawnBatch, id: str, box: Box, cell: tuple[int, int, TextLine]) -> None:
    """Draw a cell: its sample and step, from 0, and what is written in it."""
    sample, _, label = cell
    tensor = "data" if ids.kind(id) == "data" else "input"
    shape = (sheet.data if tensor == "data" else sheet.layer.tensor("input")).sizes
    canvas.node(f"{sheet.prefix}{id}", "input", box, label, line=0.8, **tints(sheet.lying, sample),
                tensor=tensor, shape=shape)  # fmt: skip


def tints(drawn: Shown, one: int) -> dict[str, Tint]:
    """Return the fill and the border of one sample, or stream, of all that are drawn."""
    found = [each for each in drawn if each is not None]
    at = found.index(one)
    hue = stroke_of(HUES[at % len(HUES)])
    paler = at // 2 + (at + 1) % 2 * (len(found) // 2)  # neighbours are some shades from each other
    by = DEEPEST + (PALEST - DEEPEST) * paler / max(1, len(found) - 1)
    return {"fill": Tint("ground", hue.name, by), "stroke": hue}


def step_label(sheet: DrawnBatch, sample: int, step: int, room: float, size: float = 8.5) -> TextLine:
    """Return the token of a step, or ``x_2``; nothing where that has no room."""
    if sheet.names:
        line = words(user_text(sheet.names[sample][step]), 7)
    else:
        line = named_state(sheet.layer.name, "x", str(step + 1), size=size)
    return line if line.width + 1.5 <= room else EMPTY


def padding(canvas: Canvas, sheet: DrawnBatch, id: str, box: Box) -> None:
    """Draw a cell of padding."""
    canvas.box(box, fill=GROUND, role="op", z=3)
    hatch_box(canvas, box, HATCH)
    canvas.node(f"{sheet.prefix}{id}", "op", box, hollow=True, line=0.6)


def number(sheet: DrawnBatch, field: str, at: int, said: int, size: float = 8) -> TextLine:
    """Return a number that torch gives: ``batch_sizes[at]``, ``sorted_indices[at]``, the row of a step …"""
    facts = {"layer": sheet.layer.name, "field": field, "at": at, "said": said}
    line = letters(str(said), size)
    return line.claiming(claim("packing", line.text, **facts))


def chip(canvas: Canvas, sheet: DrawnBatch, box: Box, entry: tuple[str, str, int, int]) -> None:
    """Draw a number of a field in its box: of a sample, a place or a step, counted from 0."""
    field, of, at, said = entry
    name = ids.at(field, **{of: at + (of == "step")}, prefix=sheet.prefix)  # type: ignore[arg-type]
    canvas.node(name, "op", box, number(sheet, field, at, said), line=0.7, fill=GROUND)


def dots(canvas: Canvas, x: float, y: float, *, down: bool, part: float = 1.0) -> None:
    """Draw what stands for samples or steps left out; of a sample that has a `part` of these, fewer dots."""
    if part >= 1:
        canvas.dots(x, y, stroke_of("input"), gap=2.8, r=0.8, down=down)
        return
    for k in range(ceil(2 * part)):
        canvas.dot(x + 2.8 * (k - 1), y, 0.8, stroke_of("input"))


def sorted_into(canvas: Canvas, sheet: DrawnBatch, sample: int, ends: tuple[str, str]) -> None:
    """Draw the arrow from a sample to its place in another order, in its own colour."""
    (a, b), stroke = (box_of(canvas, one) for one in ends), tints(sheet.lying, sample)["stroke"]
    route = [(a[2], (a[1] + a[3]) / 2), (b[0], (b[1] + b[3]) / 2)]
    canvas.edge(ids.arrow(*ends), ends, "input", route, line=1.1, stroke=stroke)
