"""The bare cell: each gate one box with its name, the pointwise operations, and the lines of c and h."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.figures.base import Draft
from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import CellDiagram, function, operating, sign
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
LSTM = {"f": (23.5, 56.5), "i": (59.5, 92.5), "g": (95.5, 146.5), "o": (149.5, 188.5)}
GRU = {"r": (34.0, 68.0), "z": (82.0, 120.0), "n": (136.0, 190.0)}
ACTIVATIONS = {"g": "tanh", "n": "tanh"}
"""What makes the numbers of a gate, where that is not σ."""
NAMES = {"f": "forget-gate", "i": "input-gate", "g": "candidate", "o": "output-gate"}
NAMES |= {"r": "reset-gate", "z": "update-gate", "n": "candidate"}
"""The messages that name the gates."""


def compose(subject: Subject, options: CellOptions, page: Page) -> Draft:
    """The cell of one layer and direction, in words."""
    part = parts.pick("cell", subject, options, narrow=page.narrow)
    end = END + (WIDER if part.layer.proj_size else -NARROWER if part.layer.type == "rnn" else 0.0)
    diagram = CellDiagram(part, lane_of(part, options), end, thick=1.25)
    low = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}[part.layer.type](diagram)
    diagram.finish()
    states = parts.states_of(part.layer)
    named = {base: diagram.tell(f"state-{base}") for base, _ in states}
    bare.key(diagram.canvas, states, (LEFT, low + 16.0), named, math.inf)
    return Draft(diagram.canvas, sentence(diagram), parts.call(part.layer), (parts.made(part.layer),))


def _box(diagram: CellDiagram, gate: str, span: tuple[float, float], y: float, head: str = "layer") -> None:
    """A gate, or a weighting without its function, with its top at a height."""
    held = inside.weight(diagram, "weight_ih" if head == "layer" else "weight_hh")
    assert held is not None
    said = diagram.tell(NAMES[gate] if head == "layer" else "weights-of-h")
    apart = "\n" if "\n" in said.text else " "
    lines = [labels.words(said.part(line, said.text.index(line)), SIZE) for line in said.text.split(apart)]
    if head == "layer":
        lines = _squashed(lines, ACTIVATIONS.get(gate, "σ"), span[1] - span[0] - 3)
    role: Role = "gate" if head == "layer" else "param"
    box = (span[0], y, span[1], y + HIGH)
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    label = labels.stacked(lines, PITCH)
    if said.english != said.text:  # a part of a message has no English of its own
        last = f" {ACTIVATIONS.get(gate, 'σ')}" if head == "layer" else ""
        label = replace(label, means=" ".join(said.english.split()) + last)
    diagram.node(ids.named(head, gate), role, box, label, **kept)


def _squashed(lines: list[labels.Inline], how: str, room: float) -> list[labels.Inline]:
    """A gate's name with the function that makes its numbers: beside the last word, or under it."""
    activation = function(how, SIZE + 0.8)
    beside = labels.row(lines[-1], activation, gap=3.0)
    if len(lines) > 1 and beside.width <= room:
        return [*lines[:-1], beside]
    return [*lines, activation] if len(lines) == 1 else lines


def _state(diagram: CellDiagram, name: str, role: Role, end: Point, at: Point) -> None:
    """A state's symbol beside the end of its line."""
    base, step = ids.parts(name)[:2]
    diagram.state(name, role, end, symbol(base, step, size=12), at)


def _inputs(
    diagram: CellDiagram, name: str, start: Sequence[Point], y: float, ends: dict[str, Point]
) -> None:
    """One state along a rail at `y` into every box that reads it; `start` leads to the rail."""
    role: Role = inside.reads(diagram) if name == "x.t" else "hidden"
    more = {"along": False} if name == "x.t" else {}
    for target, (x, top) in ends.items():
        diagram.edge((name, target), role, [diagram.ends[name], *start, (x, y), (x, top)], **more)


def _frame(diagram: CellDiagram, right: float, bottom: float) -> None:
    """The cell's border, and its name."""
    outside = {"x.t", "c.t", "h.t", "h.t.up", ids.named("h", diagram.before), ids.named("c", diagram.before)}
    members = tuple(diagram.id(n) for n in diagram.boxes if n not in outside)
    name = diagram.id(ids.cell(diagram.part.depth, diagram.lane))
    box = diagram.turned((LEFT, TOP, right, bottom))
    look = {"line": 1.4, "radius": 9.0, "fill": fill_of("param", 0.85)}
    diagram.canvas.frame(name, "param", box, members=members, **look)
    diagram.say(type_name(diagram.part.layer, bare.WORD, tint=MUTED), LEFT + 6, TOP + 13)


def _ends(diagram: CellDiagram, right: float, h: float, low: Point) -> None:
    """The states around the cell; `low` is where x comes from."""
    before, end = diagram.before, diagram.end
    for base, y in (("h", h), *((("c", BELT),) if diagram.part.layer.has_cell_state else ())):
        role: Role = "cell" if base == "c" else "hidden"
        over = 10.0 if base == "c" else 7.0  # an index stands clear of the head of two lines
        _state(diagram, ids.named(base, before), role, (-1.5, y), (-1.5, y - over))
        _state(diagram, ids.named(base, "t"), role, (end, y), (right + 4, y - over))
    lane = right - 6.0
    _state(diagram, "h.t.up", "hidden", (lane, 0.0), (lane + 6, 12.0))
    where = diagram.tell("bare-output" if diagram.part.top else "bare-next")
    diagram.say(bare.word(where), lane - 6, 12.0, "end")
    whole = None if diagram.part.depth else diagram.part.layer.tensor("input")
    kept = {"tensor": whole.name, "shape": whole.sizes} if whole else {}
    label = symbol("x", "t", size=12)
    diagram.state("x.t", inside.reads(diagram), low, label, (low[0] + 6, low[1] - 2), **kept)
    reads = diagram.tell("bare-below" if diagram.part.depth else "bare-input")
    diagram.say(bare.word(reads), low[0] + 10 + label.width, low[1] - 2)


def _lstm(diagram: CellDiagram) -> float:
    """What is kept of c, what is added to it, and what of it comes out."""
    right, top, rails = RIGHT + (WIDER if diagram.part.layer.proj_size else 0.0), 118.0, (163.0, 176.0)
    bottom = rails[1] + 11
    xs = {gate: sum(span) / 2 for gate, span in LSTM.items()}
    for gate, span in LSTM.items():
        _box(diagram, gate, span, top)
    _ends(diagram, right, rails[0], (xs["f"] + ASIDE, bottom + 20))
    _inputs(diagram, ids.named("h", diagram.before), (), rails[0], _ports(xs, -ASIDE, top + HIGH))
    _inputs(diagram, "x.t", ((xs["f"] + ASIDE, rails[1]),), rails[1], _ports(xs, ASIDE, top + HIGH))
    diagram.circle("times.fc", (xs["f"], BELT), sign("×", 1.3), ROUND)
    diagram.circle("plus.c", (xs["g"], BELT), sign("+", 1.3), ROUND)
    diagram.circle("times.ig", (xs["g"], PRODUCTS), sign("×", 1.3), ROUND)
    diagram.pill("tanh.c", "op", (xs["o"], 69.0), function("tanh", 10), (30.0, 14.0))
    diagram.circle("times.oc", (xs["o"], PRODUCTS + 4), sign("×", 1.3), ROUND)
    diagram.wire(("layer.f", "top"), ("times.fc", "bottom"), "gate")
    diagram.wire(("layer.i", "top"), ("times.ig", "left"), "gate", (xs["i"], PRODUCTS))
    diagram.wire(("layer.g", "top"), ("times.ig", "bottom"), "gate")
    diagram.wire(("layer.o", "top"), ("times.oc", "bottom"), "gate")
    diagram.wire((ids.named("c", diagram.before), "end"), ("times.fc", "left"), "cell", head="none")
    diagram.wire(("times.fc", "right"), ("plus.c", "left"), "cell", head="none")
    diagram.wire(("times.ig", "top"), ("plus.c", "bottom"), "op")
    diagram.wire(("plus.c", "right"), ("c.t", "end"), "cell", (xs["o"], BELT))
    diagram.wire(("plus.c", "right"), ("tanh.c", "top"), "cell", (xs["o"], BELT), along=False, double=True)
    diagram.wire(("tanh.c", "bottom"), ("times.oc", "top"), "op")
    _out(diagram, _projected(diagram, xs["o"] + 40), right - 6, rails[0])
    _frame(diagram, right, bottom)
    return bottom + 20


def _ports(xs: dict[str, float], aside: float, y: float) -> dict[str, Point]:
    """Where a rail enters each gate."""
    return {ids.named("layer", gate): (x + aside, y) for gate, x in xs.items()}


def _projected(diagram: CellDiagram, x: float) -> str:
    """The operation that gives h: the product, or its projection."""
    held = inside.weight(diagram, "weight_hr")
    if held is None:
        return "times.oc"
    box = (x - 20, PRODUCTS + 4 - 9, x + 20, PRODUCTS + 4 + 9)
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    diagram.node("project.h", "param", box, labels.words(diagram.tell("project"), SIZE), **kept)
    diagram.wire(("times.oc", "right"), ("project.h", "left"), "op")
    return "project.h"


def _out(diagram: CellDiagram, source: str, lane: float, y: float) -> None:
    """H goes up, and on to the next step."""
    level = diagram.port((source, "right"))[1]
    diagram.wire((source, "right"), ("h.t.up", "end"), "hidden", (lane, level), along=False)
    diagram.wire((source, "right"), ("h.t", "end"), "hidden", (lane, level), (lane, y))


def _gru(diagram: CellDiagram) -> float:
    """What is kept of h, and what of it counts in the candidate."""
    xs = {gate: sum(span) / 2 for gate, span in GRU.items()}
    high, mid, fork, rails, bottom = 116.0, 171.0, 27.0, (241.0, 254.0), 265.0
    rn = xs["n"] - 12
    _box(diagram, "z", GRU["z"], high)
    _box(diagram, "n", GRU["n"], high)
    _box(diagram, "r", GRU["r"], mid - HIGH / 2)
    _box(diagram, "n", (rn - 21, rn + 21), 195.0, "part")
    _ends(diagram, RIGHT, BELT, (xs["r"] + ASIDE, bottom + 20))
    diagram.circle("times.rn", (rn, mid), sign("×", 1.3), ROUND)
    diagram.circle("times.zn", (xs["n"], PRODUCTS), sign("×", 1.3), ROUND)
    diagram.circle(
        "one_minus.z", ((xs["z"] + xs["n"]) / 2, PRODUCTS), operating(labels.letters("1-", 10)), 10.0
    )
    diagram.circle("times.zh", (xs["z"], BELT), sign("×", 1.3), ROUND)
    diagram.circle("plus.h", (xs["n"], BELT), sign("+", 1.3), ROUND)
    before, low = ids.named("h", diagram.before), high + HIGH
    diagram.wire((before, "end"), ("times.zh", "left"), "hidden", (fork, BELT), head="none")
    ends = _ports({"r": xs["r"]}, -ASIDE, mid + HIGH / 2) | _ports({"z": xs["z"]}, -ASIDE, low)
    ends |= {"part.n": (rn, 195.0 + HIGH)}
    _inputs(diagram, before, ((fork, BELT), (fork, rails[0])), rails[0], ends)
    ends = _ports({"r": xs["r"]}, ASIDE, mid + HIGH / 2) | _ports({"z": xs["z"]}, ASIDE, low)
    ends |= {"layer.n": (xs["n"] + 14, low)}
    _inputs(diagram, "x.t", ((xs["r"] + ASIDE, rails[1]),), rails[1], ends)
    diagram.wire(("layer.r", "right"), ("times.rn", "left"), "gate")
    diagram.wire(("part.n", "top"), ("times.rn", "bottom"), "op")
    diagram.edge(("times.rn", "layer.n"), "op", [(rn, mid - ROUND), (rn, low)])
    diagram.wire(("layer.n", "top"), ("times.zn", "bottom"), "gate")
    diagram.wire(("layer.z", "top"), ("times.zh", "bottom"), "gate")
    diagram.wire(("layer.z", "top"), ("one_minus.z", "left"), "gate", (xs["z"], PRODUCTS))
    diagram.wire(("one_minus.z", "right"), ("times.zn", "left"), "op")
    diagram.wire(("times.zn", "top"), ("plus.h", "bottom"), "op")
    diagram.wire(("times.zh", "right"), ("plus.h", "left"), "hidden", head="none")
    diagram.wire(("plus.h", "right"), ("h.t", "end"), "hidden")
    diagram.wire(("plus.h", "right"), ("h.t.up", "end"), "hidden", (RIGHT - 6, BELT), along=False)
    _frame(diagram, RIGHT, bottom)
    return bottom + 20


def _rnn(diagram: CellDiagram) -> float:
    """One box: x and h weighted, then tanh."""
    held = inside.weight(diagram, "weight_ih")
    assert held is not None
    of, middle, right, rail, bottom = diagram.part.layer.nonlinearity, 78.0, RIGHT - NARROWER, 142.0, 166.0
    name = operating(labels.words({"tanh": "tanh", "relu": "ReLU"}[of], 11))
    box = (middle - 34, 84.0, middle + 34, 122.0)
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    label = labels.stacked([labels.words(diagram.tell("weights"), SIZE), name], 13.0)
    diagram.node("layer.a", "param", box, label, **kept)
    _ends(diagram, right, rail, (middle + ASIDE, bottom + 20))
    _inputs(diagram, ids.named("h", diagram.before), (), rail, {"layer.a": (middle - ASIDE, 122.0)})
    _inputs(diagram, "x.t", (), rail + 8, {"layer.a": (middle + ASIDE, 122.0)})
    via = ((middle, 64.0), (right - 6, 64.0))
    diagram.wire(("layer.a", "top"), ("h.t.up", "end"), "hidden", *via, along=False)
    diagram.wire(("layer.a", "top"), ("h.t", "end"), "hidden", *via, (right - 6, rail))
    _frame(diagram, right, bottom)
    return bottom + 20
