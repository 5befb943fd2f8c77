"""The inside of the LSTM cell: one sum, four blocks of it, and the belt of c."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import Bench, function, sign
from lstmviz.figures.cell.inside import BELT, GATES, Span
from lstmviz.figures.shared.claimed import symbol
from lstmviz.scene import ids, labels
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.shared.parts import Part
    from lstmviz.scene.labels import Inline

PRODUCTS, PILLS, STRIP, BAR, SUM = 97.0, 128.0, (149.0, 170.0), 179.5, 200.0
"""Heights: products, gates, the strip of blocks, the bar below it, the sum."""
BOTTOM = 221.0
PROJECTED = Span(21.0, 33.0, 33.0, 197.0, 204.0, 218.0, 50.0)
WIDE = Span(lane=221.0, right=228.0, end=244.0)


def spans_of(part: Part, *, narrow: bool) -> tuple[Span, ...]:
    """Where things may stand, best first: with a projection h needs more room on its way out."""
    if not part.layer.proj_size:
        return (Span(),)
    return (PROJECTED,) if narrow else (WIDE, PROJECTED)


def draw(bench: Bench, span: Span) -> float:
    """The whole cell; gives its bottom."""
    xs = [span.strip + span.pitch * (k + 0.5) for k in range(4)]
    left, right = span.strip, span.strip + 4 * span.pitch
    hh = inside.product(bench, "hh", (left, SUM - 13, left + span.box, SUM + 13))
    ih = inside.product(bench, "ih", (right - span.box, SUM - 13, right, SUM + 13))
    inside.drawn_states(bench, span, h=SUM, bottom=BOTTOM, x=right - span.box / 2)
    bench.circle("plus.a", ((left + right) / 2, SUM), sign("+"))
    _gates(bench, span, xs)
    _belt(bench, xs)
    _wires(bench, xs, hh, ih)
    _out(bench, span, xs)
    inside.border(bench, span, BOTTOM)
    return BOTTOM


def _gates(bench: Bench, span: Span, xs: list[float]) -> None:
    names, part = GATES["lstm"], bench.part
    strip = (span.strip, STRIP[0], span.strip + 4 * span.pitch, STRIP[1])
    inside.cells(bench, [ids.named("rows", g) for g in names], strip, blocks(part, span.pitch))
    for x, gate in zip(xs, names, strict=True):
        bench.pill(ids.named("gate", gate), "gate", (x, PILLS), function("tanh" if gate == "g" else "σ"))
        inside.gate_name(bench, gate, x, PILLS - 12.5)


def blocks(part: Part, pitch: float) -> list[Inline]:
    """What stands in the strip: the gates' names, or letters where they are too long."""
    names = GATES["lstm"]
    whole = [labels.words(message(f"cell.{name}", layer=part.layer.name), 7) for name in names.values()]
    if max(line.width for line in whole) > pitch - 1.5:
        whole = [symbol("a", gate, size=9) for gate in names]
    rows = [inside.block_rows(part, k, k + 1) for k in range(4)]
    if not all(r.text for r in rows) or max(r.width for r in rows) > pitch - 1.5:
        return whole
    return [labels.stacked([name, row], 9.0) for name, row in zip(whole, rows, strict=True)]


def _belt(bench: Bench, xs: list[float]) -> None:
    """The state c from left to right, and what multiplies it and adds to it."""
    _, f, g, o = xs
    bench.circle("times.fc", (f, BELT), sign("⊙"))
    bench.circle("plus.c", (g, BELT), sign("+"))
    bench.circle("times.ig", (g, PRODUCTS), sign("⊙"))
    bench.pill("tanh.c", "op", (o, 75.0), function("tanh"), (26.0, 13.0))
    bench.circle("times.oc", (o, PRODUCTS), sign("⊙"))


def _wires(bench: Bench, xs: list[float], hh: str, ih: str) -> None:
    i, _, _, o = xs
    before = bench.before
    bench.wire((ids.named("h", before), "end"), (hh, "left"), "hidden")
    bench.wire(("x.t", "end"), (ih, "bottom"), inside.reads(bench), along=False)
    bench.wire((hh, "right"), ("plus.a", "left"), "op")
    bench.wire((ih, "left"), ("plus.a", "right"), "op")
    inside.comb(bench, "plus.a", [ids.named("rows", g) for g in "iofg"], BAR)
    inside.sum_name(bench, SUM - 10)
    for gate in "ifgo":
        bench.wire((ids.named("rows", gate), "top"), (ids.named("gate", gate), "bottom"), "op")
    bench.wire(("gate.i", "top"), ("times.ig", "left"), "gate", (i, PRODUCTS))
    bench.wire(("gate.f", "top"), ("times.fc", "bottom"), "gate")
    bench.wire(("gate.g", "top"), ("times.ig", "bottom"), "gate")
    bench.wire(("gate.o", "top"), ("times.oc", "bottom"), "gate")
    bench.wire((ids.named("c", before), "end"), ("times.fc", "left"), "cell", head="none")
    bench.wire(("times.fc", "right"), ("plus.c", "left"), "cell", head="none")
    bench.wire(("times.ig", "top"), ("plus.c", "bottom"), "op")
    bench.wire(("plus.c", "right"), ("c.t", "end"), "cell", (o, BELT))
    bench.wire(("plus.c", "right"), ("tanh.c", "top"), "cell", (o, BELT), along=False, double=True)
    bench.wire(("tanh.c", "bottom"), ("times.oc", "top"), "op")


def _out(bench: Bench, span: Span, xs: list[float]) -> None:
    """h, projected if it is, to the next step and up."""
    source, lane = "times.oc", span.lane
    held = inside.weight(bench, "weight_hr")
    if held is not None:
        x = (xs[3] + 6 + lane) / 2 + 0.5
        box = (x - 12, PRODUCTS - 7.5, x + 12, PRODUCTS + 7.5)
        label = symbol("W", "hr", size=9)
        kept = {"tensor": held.name, "shape": held.sizes}
        bench.node("project.h", "param", box, label, outline="round", radius=4.0, line=1.25, **kept)
        bench.wire(("times.oc", "right"), ("project.h", "left"), "op")
        source = "project.h"
    bench.wire((source, "right"), ("h.t.up", "end"), "hidden", (lane, PRODUCTS), along=False)
    bench.wire((source, "right"), ("h.t", "end"), "hidden", (lane, PRODUCTS), (lane, SUM))


def regions(bench: Bench, span: Span) -> None:
    """What belongs together, numbered like the equations."""
    xs = [span.strip + span.pitch * (k + 0.5) for k in range(4)]
    left, right = span.strip, span.strip + 4 * span.pitch
    plus = (left + right) / 2
    inside.region(bench, 1, (left - 4, SUM - 17, right + 4, SUM + 17), (plus - 10, SUM - 10.5))
    inside.region(bench, 2, (left - 4, PILLS - 22, right + 4, STRIP[1] + 4), (left + 3, PILLS - 15))
    low = PRODUCTS + 8.5
    inside.region(bench, 3, (xs[1] - 14, BELT - 8.5, xs[2] + 11, low), ((xs[1] + xs[2]) / 2, 73))
    out = bench.boxes.get("project.h", (0.0, 0.0, xs[3] + 13, 0.0))[2] + 3
    inside.region(bench, 4, (xs[3] - 17, 64.5, out, low), (xs[3] - 11.5, PRODUCTS - 5.5))
