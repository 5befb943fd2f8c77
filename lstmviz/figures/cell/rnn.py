"""The inside of the plain RNN cell: one sum, one function."""

from __future__ import annotations

from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import CellDiagram, function, sign
from lstmviz.figures.cell.inside import Span
from lstmviz.scene import ids

UP, FUNCTION, SUM, BOTTOM = 55.0, 77.0, 109.0, 131.0
"""Heights: where h leaves, tanh or ReLU, the sum, the cell's bottom."""
NAMES = {"tanh": "tanh", "relu": "ReLU"}


def draw(diagram: CellDiagram, span: Span) -> float:
    """The whole cell; gives its bottom."""
    left, right, low, lane = span.strip, span.strip + 4 * span.pitch, SUM, span.lane
    hh = inside.product(diagram, "hh", (left, low - 13, left + span.box, low + 13))
    ih = inside.product(diagram, "ih", (right - span.box, low - 13, right, low + 13))
    inside.drawn_states(diagram, span, h=low, bottom=BOTTOM, x=right - span.box / 2)
    middle, of = (left + right) / 2, diagram.part.layer.nonlinearity
    diagram.circle("plus.a", (middle, low), sign("+"))
    shown = function(NAMES[of])
    diagram.pill(ids.named(of, "a"), "op", (middle, FUNCTION), shown, (30.0, 15.0))
    diagram.wire((ids.named("h", diagram.before), "end"), (hh, "left"), "hidden")
    diagram.wire(("x.t", "end"), (ih, "bottom"), inside.reads(diagram), along=False)
    diagram.wire((hh, "right"), ("plus.a", "left"), "op")
    diagram.wire((ih, "left"), ("plus.a", "right"), "op")
    diagram.wire(("plus.a", "top"), (ids.named(of, "a"), "bottom"), "op")
    inside.sum_name(diagram, SUM - 11)
    via = [(middle, UP), (lane, UP)]
    diagram.wire((ids.named(of, "a"), "top"), ("h.t.up", "end"), "hidden", *via, along=False)
    diagram.wire((ids.named(of, "a"), "top"), ("h.t", "end"), "hidden", *via, (lane, low))
    inside.border(diagram, span, BOTTOM)
    return BOTTOM


def regions(diagram: CellDiagram, span: Span) -> None:
    """What belongs together, numbered like the equations."""
    left, right = span.strip, span.strip + 4 * span.pitch
    middle = (left + right) / 2
    inside.region(diagram, 1, (left - 4, SUM - 17, right + 4, SUM + 17), (middle - 10, SUM - 10.5))
    box = (middle - 31, FUNCTION - 10.5, middle + 19, FUNCTION + 10.5)
    inside.region(diagram, 2, box, (middle - 23, FUNCTION))
