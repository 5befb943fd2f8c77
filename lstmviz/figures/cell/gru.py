"""The inside of the GRU cell: the reset gate acts after the product with h."""

from __future__ import annotations

from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import CellDiagram, operating, sign
from lstmviz.figures.cell.inside import BELT, Span
from lstmviz.figures.shared.claimed import lettered, symbol
from lstmviz.scene import ids, labels

KEEP, CANDIDATE, RESET, GATE = 76.0, (99.0, 125.0), 142.0, (166.0, 192.0)
"""Heights: z ⊙ and 1 − z, the candidate, r ⊙, the two gates."""
STRIP, BAR, SUM, BLOCKS, BOXES = (199.0, 211.0), 218.5, 231.0, (247.0, 259.0), (267.5, 291.5)
BOTTOM = 299.5
FORK, LEFT, RIGHT = 30.5, 47.0, 122.0
"""Where h turns down, and where the two boxes begin; 72 wide each."""
PAIR, ONE = 40.0, 32.0
"""Widths of the blocks r, z and n."""
R, Z, HALF = 50.2, 83.8, 16.8
"""Where the two gates stand, and half the width of a block of theirs."""


def draw(diagram: CellDiagram, span: Span) -> float:
    """The whole cell; gives its bottom."""
    boxes = {which: (x, BOXES[0], x + PAIR + ONE, BOXES[1]) for which, x in (("hh", LEFT), ("ih", RIGHT))}
    hh, ih = (inside.product(diagram, which, box) for which, box in boxes.items())
    inside.drawn_states(diagram, span, h=BELT, bottom=BOTTOM, x=RIGHT + 36)
    for which, x in (("hh", LEFT), ("ih", RIGHT)):
        _blocks(diagram, which, x)
    _gates(diagram)
    _pointwise(diagram)
    _products(diagram, hh, ih)
    _update(diagram, span)
    inside.border(diagram, span, BOTTOM)
    return BOTTOM


def _blocks(diagram: CellDiagram, which: str, x: float) -> None:
    """The product cut in two: r and z together, and n."""
    pair, one = (x, BLOCKS[0], x + PAIR, BLOCKS[1]), (x + PAIR, BLOCKS[0], x + PAIR + ONE, BLOCKS[1])
    inside.cells(diagram, [ids.named("rows", which, "rz")], pair, [lettered(labels.letters("r, z", 9))])
    inside.cells(diagram, [ids.named("rows", which, "n")], one, [lettered(labels.letters("n", 9))])


def _gates(diagram: CellDiagram) -> None:
    diagram.circle("plus.rz", (LEFT + PAIR / 2, SUM), sign("+"))
    strip = (R - HALF, STRIP[0], Z + HALF, STRIP[1])
    told = [symbol("a", g, size=9) for g in "rz"]
    inside.cells(diagram, ["rows.r", "rows.z"], strip, told)
    half = HALF - inside.APART / 2
    for gate, x in (("r", R), ("z", Z)):
        inside.gate(diagram, gate, (x - half, GATE[0], x + half, GATE[1]))


def _pointwise(diagram: CellDiagram) -> None:
    own, other = LEFT + PAIR + ONE / 2, RIGHT + PAIR + ONE / 2
    diagram.circle("times.rn", (own, RESET), sign("⊙"))
    diagram.circle("plus.n", (other, RESET), sign("+"))
    inside.gate(
        diagram, "n", (other - inside.CANDIDATE, CANDIDATE[0], other + inside.CANDIDATE, CANDIDATE[1])
    )
    diagram.circle("times.zn", (other, KEEP), sign("⊙"))
    diagram.circle("one_minus.z", ((Z + other) / 2, KEEP), operating(labels.letters("1-", 8.5)), 8.0)
    diagram.circle("times.zh", (Z, BELT), sign("⊙"))
    diagram.circle("plus.h", (other, BELT), sign("+"))


def _products(diagram: CellDiagram, hh: str, ih: str) -> None:
    """From the states to the gates and the candidate."""
    before, low = ids.named("h", diagram.before), (BOXES[0] + BOXES[1]) / 2
    diagram.wire((before, "end"), ("times.zh", "left"), "hidden", (FORK, BELT), head="none")
    diagram.wire((before, "end"), (hh, "left"), "hidden", (FORK, BELT), (FORK, low))
    diagram.wire(("x.t", "end"), (ih, "bottom"), inside.reads(diagram), along=False)
    for which, box in (("hh", hh), ("ih", ih)):
        for rows in ("rz", "n"):
            _up(diagram, box, ids.named("rows", which, rows))
    diagram.wire(("rows.hh.rz", "top"), ("plus.rz", "bottom"), "op")
    diagram.wire(("rows.ih.rz", "top"), ("plus.rz", "right"), "op")
    inside.comb(diagram, "plus.rz", ["rows.r", "rows.z"], BAR)
    for gate in "rz":
        diagram.wire((ids.named("rows", gate), "top"), (ids.named("gate", gate), "bottom"), "op")
    diagram.wire(("rows.hh.n", "top"), ("times.rn", "bottom"), "op")
    diagram.wire(("rows.ih.n", "top"), ("plus.n", "bottom"), "op")
    diagram.wire(("gate.r", "top"), ("times.rn", "left"), "gate")
    diagram.wire(("times.rn", "right"), ("plus.n", "left"), "op")
    diagram.wire(("plus.n", "top"), ("gate.n", "bottom"), "op")


def _up(diagram: CellDiagram, box: str, rows: str) -> None:
    """Straight up from a product into one of its blocks."""
    x, y = diagram.port((rows, "bottom"))
    top = diagram.boxes[box][1]
    diagram.edge((box, rows), "op", [(x, top), (x, y)])


def _update(diagram: CellDiagram, span: Span) -> None:
    """Gate z mixes the state before with the candidate."""
    lane = span.lane
    diagram.wire(("gate.z", "top"), ("times.zh", "bottom"), "gate", (Z, KEEP))
    diagram.wire(("gate.z", "top"), ("one_minus.z", "left"), "gate", (Z, KEEP))
    diagram.wire(("one_minus.z", "right"), ("times.zn", "left"), "op")
    diagram.wire(("gate.n", "top"), ("times.zn", "bottom"), "gate")
    diagram.wire(("times.zn", "top"), ("plus.h", "bottom"), "op")
    diagram.wire(("times.zh", "right"), ("plus.h", "left"), "hidden", head="none")
    diagram.wire(("plus.h", "right"), ("h.t", "end"), "hidden", (lane, BELT))
    diagram.wire(("plus.h", "right"), ("h.t.up", "end"), "hidden", (lane, BELT), along=False)


def regions(diagram: CellDiagram, _span: Span) -> None:
    """What belongs together, numbered like the equations."""
    other = RIGHT + PAIR + ONE / 2
    inside.region(diagram, 1, (R - 17.6, STRIP[0] - 2.5, Z + 17.6, SUM + 9), (R - 10, SUM + 0.5))
    high = GATE[0] - 8
    inside.region(diagram, 2, (R - 17.6, high - 7, Z + 17.6, GATE[1] + 1.5), (R - 11, high))
    reset = (LEFT + PAIR + 4, CANDIDATE[0] - 4.5, other + inside.CANDIDATE + 2, RESET + 7.5)
    inside.region(diagram, 3, reset, (LEFT + PAIR + 12, CANDIDATE[0] + 4))
    inside.region(diagram, 4, (Z - 12, BELT - 8.5, other + 12, KEEP + 10.5), (Z + 16, KEEP - 11))
