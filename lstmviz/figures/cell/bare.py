"""The bare cell: each gate one box with its name, the pointwise operations, and the lines of c and h."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lstmviz.figures.base import Draft
from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import Bench, function, operating, sign
from lstmviz.figures.cell.labels import sentence
from lstmviz.figures.cell.options import lane_of
from lstmviz.figures.shared import bare, parts
from lstmviz.figures.shared.claimed import symbol, type_name
from lstmviz.scene import ids, labels
from lstmviz.scene.items import MUTED, fill_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.base import Subject
    from lstmviz.figures.cell.options import CellOptions
    from lstmviz.figures.pages import Page
    from lstmviz.scene.items import Point, Role

SIZE, PITCH = 9.2, 10.5
"""The words of a box, and from one line of them to the next, pt."""
ROUND, HIGH = 8.0, 30.0
"""The radius of an operation, and the height of a gate, pt."""
ASIDE = 8.0
"""How far h and x enter a gate on either side of its middle, pt."""
TOP, BELT, PRODUCTS = 24.0, 48.0, 92.0
LEFT, RIGHT, END = 20.0, 200.0, 216.5
WIDER, NARROWER = 44.0, 45.0
"""What a projection takes, and what a plain cell does not need, pt."""
LSTM = {"f": (24.5, 58.0), "i": (61.5, 90.5), "g": (94.0, 147.0), "o": (151.0, 188.5)}
GRU = {"r": (34.0, 68.0), "z": (82.0, 120.0), "n": (136.0, 190.0)}
NAMES = {"f": "forget-gate", "i": "input-gate", "g": "candidate", "o": "output-gate"}
NAMES |= {"r": "reset-gate", "z": "update-gate", "n": "candidate"}
"""The messages that name the gates."""


def compose(subject: Subject, options: CellOptions, page: Page) -> Draft:
    """The cell of one layer and direction, in words."""
    part = parts.pick("cell", subject, options, narrow=page.narrow)
    end = END + (WIDER if part.layer.proj_size else -NARROWER if part.layer.type == "rnn" else 0.0)
    bench = Bench(part, lane_of(part, options), end, thick=1.25)
    low = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}[part.layer.type](bench)
    bench.finish()
    states = parts.states_of(part.layer)
    named = {base: bench.tell(f"state-{base}") for base, _ in states}
    bare.key(bench.canvas, states, (LEFT, low + 16.0), named, math.inf)
    return Draft(bench.canvas, sentence(bench), parts.call(part.layer), (parts.made(part.layer),))


def _box(bench: Bench, gate: str, span: tuple[float, float], y: float, head: str = "layer") -> None:
    """A gate, or a weighting without its function, with its top at a height."""
    held = inside.weight(bench, "weight_ih" if head == "layer" else "weight_hh")
    assert held is not None
    said = bench.tell(NAMES[gate] if head == "layer" else "weights-of-h")
    apart = "\n" if "\n" in said.text else " "
    lines = [labels.words(said.part(line, said.text.index(line)), SIZE) for line in said.text.split(apart)]
    role: Role = "gate" if head == "layer" else "param"
    box = (span[0], y, span[1], y + HIGH)
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    bench.node(ids.named(head, gate), role, box, labels.stacked(lines, PITCH), **kept)


def _state(bench: Bench, name: str, role: Role, end: Point, at: Point) -> None:
    """A state's symbol beside the end of its line."""
    base, step = ids.parts(name)[:2]
    bench.state(name, role, end, symbol(base, step, size=12), at)


def _inputs(bench: Bench, name: str, start: Sequence[Point], y: float, ends: dict[str, Point]) -> None:
    """One state along a rail at `y` into every box that reads it; `start` leads to the rail."""
    role: Role = inside.reads(bench) if name == "x.t" else "hidden"
    more = {"along": False} if name == "x.t" else {}
    for target, (x, top) in ends.items():
        bench.edge((name, target), role, [bench.ends[name], *start, (x, y), (x, top)], **more)


def _frame(bench: Bench, right: float, bottom: float) -> None:
    """The cell's border, and its name."""
    outside = {"x.t", "c.t", "h.t", "h.t.up", ids.named("h", bench.before), ids.named("c", bench.before)}
    members = tuple(bench.id(n) for n in bench.boxes if n not in outside)
    name = bench.id(ids.cell(bench.part.depth, bench.lane))
    box = bench.turned((LEFT, TOP, right, bottom))
    look = {"line": 1.4, "radius": 9.0, "fill": fill_of("param", 0.85)}
    bench.canvas.frame(name, "param", box, members=members, **look)
    bench.say(type_name(bench.part.layer, bare.WORD, tint=MUTED), LEFT + 6, TOP + 13)


def _ends(bench: Bench, right: float, h: float, low: Point) -> None:
    """The states around the cell; `low` is where x comes from."""
    before, end = bench.before, bench.end
    for base, y in (("h", h), *((("c", BELT),) if bench.part.layer.has_cell_state else ())):
        role: Role = "cell" if base == "c" else "hidden"
        over = 10.0 if base == "c" else 7.0  # an index stands clear of the head of two lines
        _state(bench, ids.named(base, before), role, (-1.5, y), (-1.5, y - over))
        _state(bench, ids.named(base, "t"), role, (end, y), (right + 4, y - over))
    lane = right - 6.0
    _state(bench, "h.t.up", "hidden", (lane, 0.0), (lane + 6, 12.0))
    where = bench.tell("bare-output" if bench.part.top else "bare-next")
    bench.say(bare.word(where), lane - 6, 12.0, "end")
    whole = None if bench.part.depth else bench.part.layer.tensor("input")
    kept = {"tensor": whole.name, "shape": whole.sizes} if whole else {}
    label = symbol("x", "t", size=12)
    bench.state("x.t", inside.reads(bench), low, label, (low[0] + 6, low[1] - 2), **kept)
    reads = bench.tell("bare-below" if bench.part.depth else "bare-input")
    bench.say(bare.word(reads), low[0] + 10 + label.width, low[1] - 2)


def _lstm(bench: Bench) -> float:
    """What is kept of c, what is added to it, and what of it comes out."""
    right, top, rails = RIGHT + (WIDER if bench.part.layer.proj_size else 0.0), 118.0, (163.0, 176.0)
    bottom = rails[1] + 11
    xs = {gate: sum(span) / 2 for gate, span in LSTM.items()}
    for gate, span in LSTM.items():
        _box(bench, gate, span, top)
    _ends(bench, right, rails[0], (xs["f"] + ASIDE, bottom + 20))
    _inputs(bench, ids.named("h", bench.before), (), rails[0], _ports(xs, -ASIDE, top + HIGH))
    _inputs(bench, "x.t", ((xs["f"] + ASIDE, rails[1]),), rails[1], _ports(xs, ASIDE, top + HIGH))
    bench.circle("times.fc", (xs["f"], BELT), sign("×", 1.3), ROUND)
    bench.circle("plus.c", (xs["g"], BELT), sign("+", 1.3), ROUND)
    bench.circle("times.ig", (xs["g"], PRODUCTS), sign("×", 1.3), ROUND)
    bench.pill("tanh.c", "op", (xs["o"], 69.0), function("tanh", 10), (30.0, 14.0))
    bench.circle("times.oc", (xs["o"], PRODUCTS + 4), sign("×", 1.3), ROUND)
    bench.wire(("layer.f", "top"), ("times.fc", "bottom"), "gate")
    bench.wire(("layer.i", "top"), ("times.ig", "left"), "gate", (xs["i"], PRODUCTS))
    bench.wire(("layer.g", "top"), ("times.ig", "bottom"), "gate")
    bench.wire(("layer.o", "top"), ("times.oc", "bottom"), "gate")
    bench.wire((ids.named("c", bench.before), "end"), ("times.fc", "left"), "cell", head="none")
    bench.wire(("times.fc", "right"), ("plus.c", "left"), "cell", head="none")
    bench.wire(("times.ig", "top"), ("plus.c", "bottom"), "op")
    bench.wire(("plus.c", "right"), ("c.t", "end"), "cell", (xs["o"], BELT))
    bench.wire(("plus.c", "right"), ("tanh.c", "top"), "cell", (xs["o"], BELT), along=False, double=True)
    bench.wire(("tanh.c", "bottom"), ("times.oc", "top"), "op")
    _out(bench, _projected(bench, xs["o"] + 40), right - 6, rails[0])
    _frame(bench, right, bottom)
    return bottom + 20


def _ports(xs: dict[str, float], aside: float, y: float) -> dict[str, Point]:
    """Where a rail enters each gate."""
    return {ids.named("layer", gate): (x + aside, y) for gate, x in xs.items()}


def _projected(bench: Bench, x: float) -> str:
    """The operation that gives h: the product, or its projection."""
    held = inside.weight(bench, "weight_hr")
    if held is None:
        return "times.oc"
    box = (x - 20, PRODUCTS + 4 - 9, x + 20, PRODUCTS + 4 + 9)
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    bench.node("project.h", "param", box, labels.words(bench.tell("project"), SIZE), **kept)
    bench.wire(("times.oc", "right"), ("project.h", "left"), "op")
    return "project.h"


def _out(bench: Bench, source: str, lane: float, y: float) -> None:
    """H goes up, and on to the next step."""
    level = bench.port((source, "right"))[1]
    bench.wire((source, "right"), ("h.t.up", "end"), "hidden", (lane, level), along=False)
    bench.wire((source, "right"), ("h.t", "end"), "hidden", (lane, level), (lane, y))


def _gru(bench: Bench) -> float:
    """What is kept of h, and what of it counts in the candidate."""
    xs = {gate: sum(span) / 2 for gate, span in GRU.items()}
    high, mid, fork, rails, bottom = 116.0, 171.0, 27.0, (241.0, 254.0), 265.0
    rn = xs["n"] - 12
    _box(bench, "z", GRU["z"], high)
    _box(bench, "n", GRU["n"], high)
    _box(bench, "r", GRU["r"], mid - HIGH / 2)
    _box(bench, "n", (rn - 21, rn + 21), 195.0, "part")
    _ends(bench, RIGHT, BELT, (xs["r"] + ASIDE, bottom + 20))
    bench.circle("times.rn", (rn, mid), sign("×", 1.3), ROUND)
    bench.circle("times.zn", (xs["n"], PRODUCTS), sign("×", 1.3), ROUND)
    bench.circle(
        "one_minus.z", ((xs["z"] + xs["n"]) / 2, PRODUCTS), operating(labels.letters("1-", 10)), 10.0
    )
    bench.circle("times.zh", (xs["z"], BELT), sign("×", 1.3), ROUND)
    bench.circle("plus.h", (xs["n"], BELT), sign("+", 1.3), ROUND)
    before, low = ids.named("h", bench.before), high + HIGH
    bench.wire((before, "end"), ("times.zh", "left"), "hidden", (fork, BELT), head="none")
    ends = _ports({"r": xs["r"]}, -ASIDE, mid + HIGH / 2) | _ports({"z": xs["z"]}, -ASIDE, low)
    ends |= {"part.n": (rn, 195.0 + HIGH)}
    _inputs(bench, before, ((fork, BELT), (fork, rails[0])), rails[0], ends)
    ends = _ports({"r": xs["r"]}, ASIDE, mid + HIGH / 2) | _ports({"z": xs["z"]}, ASIDE, low)
    ends |= {"layer.n": (xs["n"] + 14, low)}
    _inputs(bench, "x.t", ((xs["r"] + ASIDE, rails[1]),), rails[1], ends)
    bench.wire(("layer.r", "right"), ("times.rn", "left"), "gate")
    bench.wire(("part.n", "top"), ("times.rn", "bottom"), "op")
    bench.edge(("times.rn", "layer.n"), "op", [(rn, mid - ROUND), (rn, low)])
    bench.wire(("layer.n", "top"), ("times.zn", "bottom"), "gate")
    bench.wire(("layer.z", "top"), ("times.zh", "bottom"), "gate")
    bench.wire(("layer.z", "top"), ("one_minus.z", "left"), "gate", (xs["z"], PRODUCTS))
    bench.wire(("one_minus.z", "right"), ("times.zn", "left"), "op")
    bench.wire(("times.zn", "top"), ("plus.h", "bottom"), "op")
    bench.wire(("times.zh", "right"), ("plus.h", "left"), "hidden", head="none")
    bench.wire(("plus.h", "right"), ("h.t", "end"), "hidden")
    bench.wire(("plus.h", "right"), ("h.t.up", "end"), "hidden", (RIGHT - 6, BELT), along=False)
    _frame(bench, RIGHT, bottom)
    return bottom + 20


def _rnn(bench: Bench) -> float:
    """One box: x and h weighted, then tanh."""
    held = inside.weight(bench, "weight_ih")
    assert held is not None
    of, middle, right, rail, bottom = bench.part.layer.nonlinearity, 78.0, RIGHT - NARROWER, 142.0, 166.0
    name = operating(labels.words({"tanh": "tanh", "relu": "ReLU"}[of], 11))
    box = (middle - 34, 84.0, middle + 34, 122.0)
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    label = labels.stacked([labels.words(bench.tell("weights"), SIZE), name], 13.0)
    bench.node("layer.a", "param", box, label, **kept)
    _ends(bench, right, rail, (middle + ASIDE, bottom + 20))
    _inputs(bench, ids.named("h", bench.before), (), rail, {"layer.a": (middle - ASIDE, 122.0)})
    _inputs(bench, "x.t", (), rail + 8, {"layer.a": (middle + ASIDE, 122.0)})
    via = ((middle, 64.0), (right - 6, 64.0))
    bench.wire(("layer.a", "top"), ("h.t.up", "end"), "hidden", *via, along=False)
    bench.wire(("layer.a", "top"), ("h.t", "end"), "hidden", *via, (right - 6, rail))
    _frame(bench, right, bottom)
    return bottom + 20
