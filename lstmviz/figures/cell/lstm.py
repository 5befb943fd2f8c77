"""The inside of the LSTM cell: one sum, four blocks of it, and the belt of c."""

from __future__ import annotations

from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import CellDiagram, function, sign
from lstmviz.figures.cell.inside import BELT, GATES, Span
from lstmviz.figures.shared.claimed import symbol
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.scene import ids

PRODUCTS, GATE, STRIP, BAR, SUM = 97.0, (122.0, 148.0), (157.0, 169.0), 178.5, 199.0
"""Heights: products, gates, the strip of blocks, the bar below it, the sum."""
BOTTOM = 220.0
PROJECTED = Span(21.0, 26.5, 37.5, 198.0, 202.5, 218.0, 56.0)
WIDE = Span(lane=221.0, right=228.0, end=244.0)
EVEN = Span(23.0, 31.0, 42.5, 208.0, 215.0, 231.0, 62.0)
"""All four boxes are as wide as that of the candidate."""


def spans_of(part: DrawnLayer, *, narrow: bool) -> tuple[Span, ...]:
    """Where things may stand, best first: with a projection h needs more room on its way out."""
    if not part.layer.proj_size:
        return (Span(),) if narrow else (EVEN, Span())
    return (PROJECTED,) if narrow else (WIDE, PROJECTED)


def draw(diagram: CellDiagram, span: Span) -> float:
    """The whole cell; gives its bottom."""
    xs = [span.strip + span.pitch * (k + 0.5) for k in range(4)]
    left, right = span.strip, span.strip + 4 * span.pitch
    hh = inside.product(diagram, "hh", (left, SUM - 13, left + span.box, SUM + 13))
    ih = inside.product(diagram, "ih", (right - span.box, SUM - 13, right, SUM + 13))
    inside.drawn_states(diagram, span, h=SUM, bottom=BOTTOM, x=right - span.box / 2)
    diagram.circle("plus.a", ((left + right) / 2, SUM), sign("+"))
    _gates(diagram, span, xs)
    _belt(diagram, xs)
    _wires(diagram, xs, hh, ih)
    _out(diagram, span, xs)
    inside.border(diagram, span, BOTTOM)
    return BOTTOM


def _gates(diagram: CellDiagram, span: Span, xs: list[float]) -> None:
    names, rest = GATES["lstm"], span.pitch - inside.CANDIDATE - inside.APART
    strip = (span.strip, STRIP[0], span.strip + 4 * span.pitch, STRIP[1])
    told = [symbol("a", g, size=9) for g in names]
    inside.cells(diagram, [ids.named("rows", g) for g in names], strip, told)
    for x, gate in zip(xs, names, strict=True):
        half = inside.CANDIDATE if gate == "g" else rest
        inside.gate(diagram, gate, (x - half, GATE[0], x + half, GATE[1]))


def _belt(diagram: CellDiagram, xs: list[float]) -> None:
    """The state c from left to right, and what multiplies it and adds to it."""
    _, f, g, o = xs
    diagram.circle("times.fc", (f, BELT), sign("⊙"))
    diagram.circle("plus.c", (g, BELT), sign("+"))
    diagram.circle("times.ig", (g, PRODUCTS), sign("⊙"))
    diagram.pill("tanh.c", "op", (o, 75.0), function("tanh"), (26.0, 13.0))
    diagram.circle("times.oc", (o, PRODUCTS), sign("⊙"))


def _wires(diagram: CellDiagram, xs: list[float], hh: str, ih: str) -> None:
    i, _, _, o = xs
    before = diagram.before
    diagram.wire((ids.named("h", before), "end"), (hh, "left"), "hidden")
    diagram.wire(("x.t", "end"), (ih, "bottom"), inside.reads(diagram), along=False)
    diagram.wire((hh, "right"), ("plus.a", "left"), "op")
    diagram.wire((ih, "left"), ("plus.a", "right"), "op")
    inside.comb(diagram, "plus.a", [ids.named("rows", g) for g in "iofg"], BAR)
    inside.sum_name(diagram, SUM - 10)
    for gate in "ifgo":
        diagram.wire((ids.named("rows", gate), "top"), (ids.named("gate", gate), "bottom"), "op")
    diagram.wire(("gate.i", "top"), ("times.ig", "left"), "gate", (i, PRODUCTS))
    diagram.wire(("gate.f", "top"), ("times.fc", "bottom"), "gate")
    diagram.wire(("gate.g", "top"), ("times.ig", "bottom"), "gate")
    diagram.wire(("gate.o", "top"), ("times.oc", "bottom"), "gate")
    diagram.wire((ids.named("c", before), "end"), ("times.fc", "left"), "cell", head="none")
    diagram.wire(("times.fc", "right"), ("plus.c", "left"), "cell", head="none")
    diagram.wire(("times.ig", "top"), ("plus.c", "bottom"), "op")
    diagram.wire(("plus.c", "right"), ("c.t", "end"), "cell", (o, BELT))
    diagram.wire(("plus.c", "right"), ("tanh.c", "top"), "cell", (o, BELT), along=False, double=True)
    diagram.wire(("tanh.c", "bottom"), ("times.oc", "top"), "op")


def _out(diagram: CellDiagram, span: Span, xs: list[float]) -> None:
    """h, projected if it is, to the next step and up."""
    source, lane = "times.oc", span.lane
    held = inside.weight(diagram, "weight_hr")
    if held is not None:
        x = (xs[3] + 6 + lane) / 2 + 0.5
        box = (x - 12, PRODUCTS - 7.5, x + 12, PRODUCTS + 7.5)
        label = symbol("W", "hr", size=9)
        kept = {"tensor": held.name, "shape": held.sizes}
        diagram.node("project.h", "param", box, label, outline="round", radius=4.0, line=1.25, **kept)
        diagram.wire(("times.oc", "right"), ("project.h", "left"), "op")
        source = "project.h"
    diagram.wire((source, "right"), ("h.t.up", "end"), "hidden", (lane, PRODUCTS), along=False)
    diagram.wire((source, "right"), ("h.t", "end"), "hidden", (lane, PRODUCTS), (lane, SUM))


def regions(diagram: CellDiagram, span: Span) -> None:
    """What belongs together, numbered like the equations."""
    xs = [span.strip + span.pitch * (k + 0.5) for k in range(4)]
    left, right = span.strip, span.strip + 4 * span.pitch
    plus = (left + right) / 2
    inside.region(diagram, 1, (left - 4, SUM - 17, right + 4, SUM + 17), (plus - 10, SUM - 10.5))
    inside.region(diagram, 2, (left - 4, GATE[0] - 15, right + 4, STRIP[1] + 4), (left + 3, GATE[0] - 8))
    low = PRODUCTS + 8.5
    inside.region(diagram, 3, (xs[1] - 14, BELT - 8.5, xs[2] + 11, low), ((xs[1] + xs[2]) / 2, 73))
    out = diagram.boxes.get("project.h", (0.0, 0.0, xs[3] + 13, 0.0))[2] + 3
    inside.region(diagram, 4, (xs[3] - 17, 64.5, out, low), (xs[3] - 11.5, PRODUCTS - 5.5))
