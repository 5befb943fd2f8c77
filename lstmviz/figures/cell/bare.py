"""The bare cell: each gate one box with its name, the pointwise operations, and the lines of c and h."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.cell import inside
from lstmviz.figures.cell.bare_places import Places, place
from lstmviz.figures.cell.diagram import CellDiagram, function, operating, sign
from lstmviz.figures.cell.labels import sentence
from lstmviz.figures.cell.options import CellOptions, lane_of
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare, parts
from lstmviz.figures.shared.claimed import symbol, type_name
from lstmviz.scene import ids, labels
from lstmviz.scene.items import Point, Role, fill_of, stroke_of

ROUND, HIGH, LOW = 8.0, 30.0, 17.0
"""The radius of an operation, and the height of a gate and of what weighs h alone, pt."""
ASIDE = 8.0
"""How far h and x enter a gate on either side of its middle, pt."""
WIDER = 44.0
"""What a projection takes, pt."""
ACTIVATIONS = {"g": "tanh", "n": "tanh"}
"""What makes the numbers of a gate, where that is not σ."""


def compose(subject: Subject, options: CellOptions, page: Page) -> Draft:
    """The cell of one layer and direction, in words."""
    part = parts.pick("cell", subject, options, narrow=page.narrow)
    at = place(part.layer.type, page, WIDER if part.layer.proj_size else 0.0)
    diagram = CellDiagram(part, lane_of(part, options), at.end, thick=1.25)
    {"lstm": _lstm, "gru": _gru, "rnn": _rnn}[part.layer.type](diagram, at)
    diagram.finish()
    if not at.wide:
        states = parts.states_of(part.layer)
        named = {base: diagram.tell(f"state-{base}") for base, _ in states}
        bare.key(diagram.canvas, states, (at.left, at.foot + 16.0), named, math.inf)
    return Draft(diagram.canvas, sentence(diagram), parts.call(part.layer), (parts.made(part.layer),))


def _box(diagram: CellDiagram, at: Places, gate: str) -> None:
    """A gate; or ``hn``, the weighting of h without its function."""
    head, of, (x0, y, x1) = "layer", gate, at.boxes[gate]
    held, how = inside.weight(diagram, "weight_ih"), ACTIVATIONS.get(gate, "σ")
    if gate == "hn":
        head, of, held = "part", "n", inside.weight(diagram, "weight_hh")
    assert held is not None
    said = diagram.tell(inside.NAMES[gate])
    words = [said.text] if gate == "hn" else said.text.split()
    lines = [labels.words(said.part(line, said.text.index(line)), at.size) for line in words]
    if head == "layer":
        lines = inside.squashed(lines, how, x1 - x0 - 3, at.size)
    role: Role = "gate" if head == "layer" else "param"
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    label = labels.stacked(lines, at.size + 1.3)
    if said.english != said.text:  # a part of a message has no English of its own
        label = replace(label, means=said.english + (f" {how}" if head == "layer" else ""))
    high = LOW if gate == "hn" else HIGH
    diagram.node(ids.named(head, of), role, (x0, y, x1, y + high), label, **kept)


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


def _frame(diagram: CellDiagram, at: Places) -> None:
    """The cell's border, with its name on top."""
    outside = {"x.t", "c.t", "h.t", "h.t.up", ids.named("h", diagram.before), ids.named("c", diagram.before)}
    members = tuple(diagram.id(n) for n in diagram.boxes if n not in outside)
    name = diagram.id(ids.cell(diagram.part.depth, diagram.lane))
    box = diagram.turned((at.left, at.top, at.right, at.bottom))
    look = {"line": 1.4, "radius": 9.0, "fill": fill_of("param", 0.85)}
    diagram.canvas.frame(name, "param", box, members=members, **look)
    diagram.say(type_name(diagram.part.layer, bare.WORD), at.left + 4, at.top - 5)


def _ends(diagram: CellDiagram, at: Places, low: Point) -> None:
    """The states around the cell, named where there is room; `low` is where x comes from."""
    before, end = diagram.before, diagram.end
    for base, y in (("h", at.h), *((("c", at.belt),) if diagram.part.layer.has_cell_state else ())):
        role: Role = "cell" if base == "c" else "hidden"
        over = 10.0 if base == "c" else 7.0  # an index stands clear of the head of two lines
        _state(diagram, ids.named(base, before), role, (-1.5, y), (-1.5, y - over))
        beside = end - 6.0 - symbol(base, "t", size=12).width  # clear of the arrow's head
        _state(diagram, ids.named(base, "t"), role, (end, y), (beside, y - over))
        if at.wide:
            said = diagram.tell({"h": "hidden", "c": "state"}[base])
            diagram.say(bare.word(said, tint=stroke_of(role)), -1.5, y - over - 14.0)
    lane = at.right - 6.0
    _state(diagram, "h.t.up", "hidden", (lane, 0.0), (lane + 6, 12.0))
    where = diagram.tell("bare-output" if diagram.part.top else "bare-next")
    diagram.say(bare.word(where), lane - 6, 12.0, "end")
    whole = None if diagram.part.depth else diagram.part.layer.tensor("input")
    kept = {"tensor": whole.name, "shape": whole.sizes} if whole else {}
    label = symbol("x", "t", size=12)
    diagram.state("x.t", inside.reads(diagram), low, label, (low[0] + 6, low[1] - 2), **kept)
    reads = diagram.tell("bare-below" if diagram.part.depth else "bare-input")
    diagram.say(bare.word(reads), low[0] + 10 + label.width, low[1] - 2)


def _lstm(diagram: CellDiagram, at: Places) -> None:
    """What is kept of c, what is added to it, and what of it comes out."""
    xs, top, product = at.middles, at.boxes["f"][1], at.products
    for gate in "figo":
        _box(diagram, at, gate)
    _ends(diagram, at, (xs["f"] + ASIDE, at.foot))
    _inputs(diagram, ids.named("h", diagram.before), (), at.rails[0], _ports(xs, -ASIDE, top + HIGH))
    _inputs(diagram, "x.t", ((xs["f"] + ASIDE, at.rails[1]),), at.rails[1], _ports(xs, ASIDE, top + HIGH))
    diagram.circle("times.fc", (xs["f"], at.belt), sign("×", 1.3), ROUND)
    diagram.circle("plus.c", (xs["g"], at.belt), sign("+", 1.3), ROUND)
    diagram.circle("times.ig", (xs["g"], product), sign("×", 1.3), ROUND)
    diagram.pill("tanh.c", "op", (xs["o"], at.belt + 21), function("tanh", 10), (30.0, 14.0))
    diagram.circle("times.oc", (xs["o"], product + 4), sign("×", 1.3), ROUND)
    diagram.wire(("layer.f", "top"), ("times.fc", "bottom"), "gate")
    diagram.wire(("layer.i", "top"), ("times.ig", "left"), "gate", (xs["i"], product))
    diagram.wire(("layer.g", "top"), ("times.ig", "bottom"), "gate")
    diagram.wire(("layer.o", "top"), ("times.oc", "bottom"), "gate")
    diagram.wire((ids.named("c", diagram.before), "end"), ("times.fc", "left"), "cell", head="none")
    diagram.wire(("times.fc", "right"), ("plus.c", "left"), "cell", head="none")
    diagram.wire(("times.ig", "top"), ("plus.c", "bottom"), "op")
    diagram.wire(("plus.c", "right"), ("c.t", "end"), "cell", (xs["o"], at.belt))
    diagram.wire(("plus.c", "right"), ("tanh.c", "top"), "cell", (xs["o"], at.belt), along=False, double=True)
    diagram.wire(("tanh.c", "bottom"), ("times.oc", "top"), "op")
    _out(diagram, _projected(diagram, (xs["o"] + 40, product + 4)), at.right - 6, at.h)
    _frame(diagram, at)


def _ports(xs: dict[str, float], aside: float, y: float) -> dict[str, Point]:
    """Where a rail enters each gate."""
    return {ids.named("layer", gate): (x + aside, y) for gate, x in xs.items()}


def _projected(diagram: CellDiagram, at: Point) -> str:
    """The operation that gives h: the product, or its projection."""
    held = inside.weight(diagram, "weight_hr")
    if held is None:
        return "times.oc"
    box = (at[0] - 20, at[1] - 9, at[0] + 20, at[1] + 9)
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    diagram.node("project.h", "param", box, labels.words(diagram.tell("project"), 9.2), **kept)
    diagram.wire(("times.oc", "right"), ("project.h", "left"), "op")
    return "project.h"


def _out(diagram: CellDiagram, source: str, lane: float, y: float) -> None:
    """H goes up, and on to the next step."""
    level = diagram.port((source, "right"))[1]
    diagram.wire((source, "right"), ("h.t.up", "end"), "hidden", (lane, level), along=False)
    diagram.wire((source, "right"), ("h.t", "end"), "hidden", (lane, level), (lane, y))


def _gru(diagram: CellDiagram, at: Places) -> None:
    """What is kept of h, and what of it counts in the candidate."""
    xs, product = at.middles, at.products
    low = {gate: y + (LOW if gate == "hn" else HIGH) for gate, (_, y, _) in at.boxes.items()}
    fork, (x, y) = at.left + 7.0, at.reset
    for gate in ("r", "z", "n", "hn"):
        _box(diagram, at, gate)
    first = min("zr", key=lambda gate: xs[gate])
    _ends(diagram, at, (xs[first] + ASIDE, at.foot))
    diagram.circle("times.rn", at.reset, sign("×", 1.3), ROUND)
    diagram.circle("times.zn", (xs["n"], product), sign("×", 1.3), ROUND)
    inverse = ((xs["z"] + xs["n"]) / 2 if not at.wide else xs["z"] + 42.0, product)
    diagram.circle("one_minus.z", inverse, operating(labels.letters("1-", 10)), 10.0)
    diagram.circle("times.zh", (xs["z"], at.belt), sign("×", 1.3), ROUND)
    diagram.circle("plus.h", (xs["n"], at.belt), sign("+", 1.3), ROUND)
    before = ids.named("h", diagram.before)
    diagram.wire((before, "end"), ("times.zh", "left"), "hidden", (fork, at.belt), head="none")
    ends = {ids.named("layer", gate): (xs[gate] - ASIDE, low[gate]) for gate in "rz"}
    ends |= {"part.n": (x, low["hn"])}
    _inputs(diagram, before, ((fork, at.belt), (fork, at.rails[0])), at.rails[0], ends)
    ends = {ids.named("layer", gate): (xs[gate] + ASIDE, low[gate]) for gate in "rz"}
    ends |= {"layer.n": (xs["n"] + (0.0 if at.wide else 14.0), low["n"])}
    _inputs(diagram, "x.t", ((xs[first] + ASIDE, at.rails[1]),), at.rails[1], ends)
    diagram.wire(("layer.r", "top" if at.wide else "right"), ("times.rn", "left"), "gate")
    diagram.wire(("part.n", "top"), ("times.rn", "bottom"), "op")
    if at.wide:
        turn, level = (at.boxes["hn"][2] + at.boxes["n"][0]) / 2, low["n"] - HIGH / 2
        diagram.wire(("times.rn", "right"), ("layer.n", "left"), "op", (turn, y), (turn, level))
    else:
        diagram.edge(("times.rn", "layer.n"), "op", [(x, y - ROUND), (x, low["n"])])
    diagram.wire(("layer.n", "top"), ("times.zn", "bottom"), "gate")
    diagram.wire(("layer.z", "top"), ("times.zh", "bottom"), "gate")
    diagram.wire(("layer.z", "top"), ("one_minus.z", "left"), "gate", (xs["z"], product))
    diagram.wire(("one_minus.z", "right"), ("times.zn", "left"), "op")
    diagram.wire(("times.zn", "top"), ("plus.h", "bottom"), "op")
    diagram.wire(("times.zh", "right"), ("plus.h", "left"), "hidden", head="none")
    diagram.wire(("plus.h", "right"), ("h.t", "end"), "hidden")
    diagram.wire(("plus.h", "right"), ("h.t.up", "end"), "hidden", (at.right - 6, at.belt), along=False)
    diagram.say(bare.word(diagram.tell("bare-keep")), xs["z"] - 10, at.belt - 7, "end")
    diagram.say(bare.word(diagram.tell("bare-add")), xs["n"] - 10, at.belt - 7, "end")
    if at.wide:
        diagram.say(bare.word(diagram.tell("bare-rest")), inverse[0] + 16, product - 5)
    _frame(diagram, at)


def _rnn(diagram: CellDiagram, at: Places) -> None:
    """One box: x and h weighted, then tanh."""
    held = inside.weight(diagram, "weight_ih")
    assert held is not None
    name = operating(labels.words({"tanh": "tanh", "relu": "ReLU"}[diagram.part.layer.nonlinearity], 11))
    x0, y, x1 = at.boxes["a"]
    kept = {"tensor": held.name, "shape": held.sizes, "outline": "round", "line": 1.4}
    label = labels.stacked([labels.words(diagram.tell("weights"), at.size), name], 13.0)
    diagram.node("layer.a", "param", (x0, y, x1, 2 * at.belt - y), label, **kept)
    _ends(diagram, at, ((x0 + x1) / 2, at.foot))
    diagram.wire((ids.named("h", diagram.before), "end"), ("layer.a", "left"), "hidden")
    diagram.wire(("x.t", "end"), ("layer.a", "bottom"), inside.reads(diagram), along=False)
    turn = (at.right - 6, at.belt)
    diagram.wire(("layer.a", "right"), ("h.t.up", "end"), "hidden", turn, along=False)
    diagram.wire(("layer.a", "right"), ("h.t", "end"), "hidden")
    _frame(diagram, at)
