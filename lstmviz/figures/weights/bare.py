"""The bare matrices: what each reads and whose rows it has, in words, and how many numbers are learned.

They lie as torch keeps them; of a model of another library that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.pages import MARGIN, Page
from lstmviz.figures.shared import bare, lattice
from lstmviz.figures.shared.calls import class_of
from lstmviz.figures.shared.claimed import type_name
from lstmviz.figures.weights.draw import formula, paint
from lstmviz.figures.weights.look import Look, scale_of
from lstmviz.figures.weights.plan import Matrix, WeightedStage, gates_of, parts_of
from lstmviz.figures.weights.sums import WeightsOptions, aloud, summed
from lstmviz.layout.boxes import Item, flow, line, padded, row, stack
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, Box, stroke_of
from lstmviz.scene.labels import TextLine
from lstmviz.scene.labels import row as inline
from lstmviz.translation.messages import Message, message

MOST = 6
"""So many parts are drawn; more are counted only."""
SIDES, PLAIN = (110.0, 112.0), (92.0, 66.0)
"""The greatest width and height of a matrix, pt: of a recurrent layer, and where there is none."""
TITLE, OVER = 14.0, bare.LEAD + 3
"""The room of a part's name, and of the words over a matrix, pt."""
LINE = bare.LEAD - 1
"""Rows of a gate lower than this have no name beside them, pt."""
NEXT, APART = 7.0, (30.0, 16.0)
"""Between two matrices; between two parts, across and down, pt."""


def compose(subject: Subject, options: WeightsOptions, page: Page) -> Draft:
    """Every part that learns, to scale, with its count, and the count of all under them."""
    parts = parts_of(subject.trace, options, "torch")
    count = MOST
    drawn = _drawn(subject, options, page, parts, count)
    while page.height is None and page.scale <= 1 and count > 1 and not page.holds(drawn.high + 2 * MARGIN):
        count -= 1  # the type is as small as it gets
        drawn = _drawn(subject, options, page, parts, count)
    canvas = Canvas()
    drawn.place(canvas)
    return Draft(canvas, aloud(subject, parts, "torch"))


def _drawn(
    subject: Subject, options: WeightsOptions, page: Page, parts: Sequence[WeightedStage], count: int
) -> Item:
    """The first so many parts, and what is said of all."""
    shown = parts[:count]
    most = SIDES if any(part.layer for part in shown) else PLAIN
    look = Look(options, "torch", scale_of(parts, page.inner), page.inner, most)
    alone = len(parts) == 1
    gated = [gates_of(part) for part in shown]
    high = [
        look.sides(part.sets[0][0])[1] / max(1, len(gates)) for part, gates in zip(shown, gated, strict=True)
    ]
    first = next((k for k, gates in enumerate(gated) if gates and high[k] >= LINE), 0)
    beside = row(*(_panel(part, look, alone=alone, named=k == first) for k, part in enumerate(shown)), gap=16)
    level = len({*gated} - {""}) <= 1 and bare.in_a_row("weights", beside.width, page)
    each = (_panel(part, look, alone=alone) for part in shown)
    panels = beside if level else flow(each, page.inner, gap=APART[0], step=APART[1], align="start")
    told = [line(bare.word(summed(subject, parts, "torch"), tint=INK, bold=True), step=15)]
    if own := subject.trace.original:
        names = ", ".join(dict.fromkeys(part.stage for part in parts))
        told.append(line(bare.word(message("weights.as-torch", names=names, order=own.library)), step=13))
    if len(parts) > count:
        told.append(line(bare.word(message("weights.more", count=len(parts) - count, shown=count)), step=13))
    if any(any(look.cut(m)) or look.stretched(m) for part in shown for one in part.sets for m in one):
        told.append(line(bare.word(message("weights.roughly")), step=13))
    return stack(panels, stack(*told), gap=12)


def _panel(part: WeightedStage, look: Look, *, alone: bool, named: bool = True) -> Item:
    """A part under its name, at the left whose rows its matrices have, and under them their count.

    What both directions have alike is drawn once.
    """
    matrices = flow(
        [_matrix(part, m, look) for m in part.sets[0]], look.room, gap=NEXT, step=6, align="start"
    )
    count = [] if alone else [line(formula(part, "total", "torch", bare.MATH), step=18)]
    over = [line(_title(part), step=TITLE)]
    if len(part.sets) > 1:
        over.append(line(bare.word(message("weights.both-ways", layer=part.stage)), step=TITLE))
    whole = stack(*over, matrices, *count, gap=2)
    gates = gates_of(part)
    if not gates or not named:
        return whole
    first = part.sets[0][0]
    width, height = look.sides(first)
    if height < LINE * len(gates):
        return whole  # so low are the rows of a gate that its name is no name of them
    aside = NEXT + max(0.0, bare.word(_reads(first)).width - width) / 2
    rows = (aside, (TITLE + 2) * len(over) + OVER, width, height / len(gates))
    return row(_gates(part, gates, rows), whole, gap=NEXT)


def _title(part: WeightedStage) -> TextLine:
    """The type of a part, and which of its layers."""
    layer = part.layer
    if layer is None:
        assert part.called is not None
        said = message("stage.class", name=class_of(part.called), stage=part.stage)
        return bare.word(said, tint=stroke_of("param"), bold=True)
    name = type_name(layer, bare.WORD, tint=stroke_of("param"))
    if layer.num_layers == 1:
        return name
    if part.count == 1:
        return inline(name, bare.word(lattice.named(layer, part.depth)), gap=5)
    ends = {"first": part.depth + 1, "last": part.depth + part.count}
    return inline(name, bare.word(message("weights.bare-layers", **ends, layer=layer.name)), gap=5)


def _gates(part: WeightedStage, gates: str, rows: Box) -> Item:
    """The names of the gates, each beside its rows; these are so far aside and below, so wide and high."""
    aside, top, across, high = rows
    assert part.layer is not None
    said = [message(f"weights.gate-{g}", layer=part.layer.name, gate=g) for g in gates]
    named = [bare.word(one, tint=stroke_of("gate")) for one in said]
    wide = max(one.width for one in named)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for at, one in enumerate(named):
            left, upper = x + wide + aside, y + top + at * high
            box = (left, upper, left + across, upper + high)
            canvas.text(one, left - NEXT, (box[1] + box[3]) / 2 + 3.5, "end", role="gate", at=box)

    return Item(wide, top + high * len(gates), draw)


def _matrix(part: WeightedStage, matrix: Matrix, look: Look) -> Item:
    """A matrix in the middle under what it reads."""
    name = bare.word(_reads(matrix), tint=MUTED)
    width, height = look.sides(matrix)
    wide = max(width, name.width)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.text(name, x + wide / 2, y - 5, "middle", role="param")
        left = x + (wide - width) / 2
        paint(canvas, part, matrix, look, (left, y, left + width, y + height))

    return padded(Item(wide, height, draw), above=OVER)


def _reads(matrix: Matrix) -> Message:
    letter, sub = matrix.symbol
    words: dict[Any, str] = {("W", "ih"): "reads-x", ("W", "hh"): "reads-h", ("W", "hr"): "project"}
    plain = "bias" if letter == "b" or matrix.key.endswith("bias") else "weights"
    return message(f"weights.{words.get((letter, sub), plain)}")
