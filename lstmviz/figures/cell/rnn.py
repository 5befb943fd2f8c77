"""The inside of the plain RNN cell: one sum, one function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import Bench, function, sign
from lstmviz.scene import ids

if TYPE_CHECKING:
    from lstmviz.figures.cell.inside import Span

UP, FUNCTION, SUM, BOTTOM = 64.0, 87.0, 119.0, 141.0
"""Heights: where h leaves, tanh or ReLU, the sum, the cell's bottom."""
NAMES = {"tanh": "tanh", "relu": "ReLU"}


def draw(bench: Bench, span: Span) -> float:
    """The whole cell; gives its bottom."""
    left, right, low, lane = span.strip, span.strip + 4 * span.pitch, SUM, span.lane
    hh = inside.product(bench, "hh", (left, low - 13, left + span.box, low + 13))
    ih = inside.product(bench, "ih", (right - span.box, low - 13, right, low + 13))
    inside.drawn_states(bench, span, h=low, bottom=BOTTOM, x=right - span.box / 2)
    middle, of = (left + right) / 2, bench.part.layer.nonlinearity
    bench.circle("plus.a", (middle, low), sign("+"))
    shown = function(NAMES[of])
    bench.pill(ids.named(of, "a"), "op", (middle, FUNCTION), shown, (30.0, 15.0))
    bench.wire((ids.named("h", bench.before), "end"), (hh, "left"), "hidden")
    bench.wire(("x.t", "end"), (ih, "bottom"), inside.reads(bench), along=False)
    bench.wire((hh, "right"), ("plus.a", "left"), "op")
    bench.wire((ih, "left"), ("plus.a", "right"), "op")
    bench.wire(("plus.a", "top"), (ids.named(of, "a"), "bottom"), "op")
    inside.sum_name(bench, SUM - 11)
    via = [(middle, UP), (lane, UP)]
    bench.wire((ids.named(of, "a"), "top"), ("h.t.up", "end"), "hidden", *via, along=False)
    bench.wire((ids.named(of, "a"), "top"), ("h.t", "end"), "hidden", *via, (lane, low))
    inside.border(bench, span, BOTTOM)
    return BOTTOM


def regions(bench: Bench, span: Span) -> None:
    """What belongs together, numbered like the equations."""
    left, right = span.strip, span.strip + 4 * span.pitch
    middle = (left + right) / 2
    inside.region(bench, 1, (left - 4, SUM - 17, right + 4, SUM + 17), (middle - 10, SUM - 10.5))
    box = (middle - 31, FUNCTION - 10.5, middle + 19, FUNCTION + 10.5)
    inside.region(bench, 2, box, (middle - 23, FUNCTION))
