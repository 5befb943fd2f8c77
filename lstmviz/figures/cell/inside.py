"""What all cells have: their border, the states outside, the products with the weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.base import respell
from lstmviz.figures.cell.diagram import CellDiagram, function
from lstmviz.figures.shared.claimed import count, named, numbered, rows, symbol, type_name
from lstmviz.figures.shared.formulas import FORMULA, mixed
from lstmviz.figures.shared.lessons import lane_of_output
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.structure import Tensor
from lstmviz.scene import ids, labels
from lstmviz.scene.items import GROUND, MUTED, Box, Point, Role, Tint
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import Message, bare, message

TOP, BELT = 26.0, 53.0
"""Where the cell begins, and the line on which its state runs straight through."""
TAIL, AXIS = 21.0, 11.0
"""How far below the cell x_t begins, and the axis of time below that."""
CANDIDATE = 20.0
"""Half the width of a candidate's box, pt: its word with 2.5 free on both sides."""
APART = 2.5
"""The least between the boxes of two gates, pt."""
DISC = 5.0
"""The radius of the disc around a step's number, pt."""
GATES = {
    "lstm": {"i": "input", "f": "forget", "g": "candidate", "o": "output"},
    "gru": {"r": "reset", "z": "update", "n": "candidate"},
}


NAMES = {"f": "forget-gate", "i": "input-gate", "g": "candidate", "o": "output-gate"}
NAMES |= {"r": "reset-gate", "z": "update-gate", "n": "candidate", "hn": "weigh"}
"""The messages that name the gates."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where the cell's parts stand along x: border, strip, the lane on which h goes up."""

    left: float = 21.0
    strip: float = 29.5
    pitch: float = 39.5
    lane: float = 195.0
    right: float = 202.0
    end: float = 218.0
    box: float = 57.0


def suffix(part: DrawnLayer, lane: str) -> str:
    """What torch's parameter names end with: ``l0``, ``l1_reverse``."""
    return f"l{part.depth}{'_reverse' if lane == 'rev' else ''}"


def weight(diagram: CellDiagram, name: str) -> Tensor | None:
    """A parameter of this layer and direction, ``weight_ih`` for example; None if there is none."""
    found = {p.name: p for p in diagram.part.layer.parameters}
    return found.get(f"{name}_{suffix(diagram.part, diagram.lane)}")


def drawn_states(diagram: CellDiagram, span: Span, *, h: float, bottom: float, x: float) -> None:
    """The states that enter and leave, named at the ends of their wires."""
    layer, names = diagram.part.layer, [("h", h)]
    if layer.has_cell_state:
        names.append(("c", BELT))
    for base, y in names:
        role: Role = "cell" if base == "c" else "hidden"
        high = y - (7.0 if base == "c" else 6.0)
        before, now = symbol(base, diagram.before, size=10), symbol(base, "t", size=10)
        diagram.state(ids.named(base, diagram.before), role, (0.0, y), before, (0.5, high))
        diagram.state(ids.named(base, "t"), role, (span.end, y), now, (span.right + 5.5, high))
    now, low = symbol("h", "t", size=10), bottom + TAIL
    diagram.state("h.t.up", "hidden", (span.lane, 8.0), now, (span.lane + 6, 18.0))
    whole = None if diagram.part.depth else layer.tensor("input")
    of = {"tensor": whole.name, "shape": whole.sizes} if whole else {}
    name = symbol("x", "t", size=10)
    diagram.state("x.t", reads(diagram), (x, low), name, (x + 5, low - 3), **of)


def reads(diagram: CellDiagram) -> Role:
    """The role of x_t: in the layers above the first it is the h of the layer below."""
    return "hidden" if diagram.part.depth else "input"


def region(diagram: CellDiagram, number: int, box: Box, at: Point) -> None:
    """The part of the drawing that one group of equations is about, its number in a disc at `at`."""
    diagram.canvas.box(diagram.turned(box), role="note", fill=Tint("muted", "ground", 0.84), radius=4.0, z=2)
    disc(diagram, number, (diagram.x(at[0]), at[1]))


def disc(diagram: CellDiagram, number: int, at: Point) -> None:
    """The number of a step, the same in the drawing and before its equations."""
    diagram.canvas.dot(*at, DISC, MUTED, role="note", z=4)
    line = numbered(labels.words(str(number), 7, font="bold", tint=GROUND), number)
    diagram.canvas.text(line, at[0], at[1] + 2.55, "middle")


def border(diagram: CellDiagram, span: Span, bottom: float) -> None:
    """The cell's outline: everything inside it is its member."""
    layer, depth = diagram.part.layer, diagram.part.depth
    outside = {"x.t", "c.t", "h.t", "h.t.up", ids.named("h", diagram.before), ids.named("c", diagram.before)}
    inside = tuple(diagram.id(n) for n in diagram.boxes if n not in outside)
    box = diagram.turned((span.left, TOP, span.right, bottom))
    name = diagram.id(ids.cell(depth, diagram.lane))
    diagram.canvas.frame(name, "param", box, members=inside, line=1.25, radius=8.0)
    units = count(layer.name, layer.units, layer.hidden_size, 9)
    head = mixed(diagram.tell("head", size=layer.hidden_size), gap=2.6)
    what = labels.row(type_name(layer, 7, tint=MUTED), head.claiming(*units.claims), gap=2.6)
    diagram.canvas.text(what, box[0] + (16 if diagram.reverse else 8), TOP + 11)
    _around(diagram, span, bottom)


def _around(diagram: CellDiagram, span: Span, bottom: float) -> None:
    """Which layer this is, where h goes, and of two directions which way time runs."""
    diagram.say(_upward(diagram), span.lane - 5, 18, "end")
    if (which := _which(diagram)) is not None:  # on the border, as the name of the cell
        diagram.say(labels.words(which, 7, tint=MUTED), span.left + 5, TOP - 4)
    _steps(diagram, span)
    if not diagram.part.layer.bidirectional:  # the steps at both sides say it
        return
    name, y = labels.words(message("axis.time"), 7, tint=MUTED), bottom + TAIL + AXIS
    x0, x1 = sorted((diagram.x(span.left), diagram.x(span.right)))
    diagram.canvas.text(name, x0, y)
    diagram.canvas.line([(x0 + name.width + 5, y - 2.6), (x1, y - 2.6)], head=4.5, role="axis")


def _steps(diagram: CellDiagram, span: Span) -> None:
    """From which step h comes, and to which it goes: under its two arrows, the word over the step."""
    before, after = diagram.before, "t-1" if diagram.reverse else "t+1"
    sides = (("from-step", before, before, 0.0), ("to-step", after, "t", span.right + 3.0))
    for said_as, step, end, x in sides:
        said, y = diagram.tell(said_as, step=step), diagram.ends[ids.named("h", end)][1]
        word = labels.words(said.text.partition(" ")[0], 7, tint=MUTED)
        line = labels.stacked([word, labels.letters(step, FORMULA, tint=MUTED)], 9.0)
        diagram.say(replace(line, means=bare(said.english)).claiming(labels.asserted(said)), x, y + 10)


def _upward(diagram: CellDiagram) -> TextLine:
    """Where h goes: up to the next layer, or to its part of `output`."""
    layer, depth = diagram.part.layer, diagram.part.depth
    if not diagram.part.top:
        return labels.words(diagram.tell("up-layer", n=depth + 1), 7, tint=MUTED)
    where = named(layer, "output", tint=MUTED)
    if layer.bidirectional:
        where = lane_of_output(layer, diagram.lane).line(tint=MUTED)
    return labels.row(labels.words(diagram.tell("up-output"), 7, tint=MUTED), where, gap=3)


def _which(diagram: CellDiagram) -> Message | None:
    """Which layer and which direction it is, where there are several."""
    layer, depth = diagram.part.layer, diagram.part.depth
    way = diagram.tell({"fwd": "forward", "rev": "reverse"}[diagram.lane]) if layer.bidirectional else None
    if layer.num_layers == 1:
        return way
    if way is None:
        return diagram.tell("which", n=depth, count=layer.num_layers)
    return diagram.tell("which-way", n=depth, count=layer.num_layers, direction=way)


def product(diagram: CellDiagram, which: str, box: Box) -> str:
    """A box that multiplies by a weight, and adds its bias if there is one; gives its name."""
    held = weight(diagram, f"weight_{which}")
    assert held is not None
    vector = symbol("x", "t", size=9) if which == "ih" else symbol("h", diagram.before, size=9)
    times = labels.row(symbol("W", which, size=9), vector, gap=2.0)
    lines = [times]
    if weight(diagram, f"bias_{which}") is not None:
        lines.append(labels.row(labels.letters("+", 9), symbol("b", which, size=9), gap=2.0))
    name = ids.named("linear" if len(lines) > 1 else "matmul", which)
    label = labels.stacked(lines, 10.5)
    diagram.node(
        name,
        "param",
        box,
        label,
        outline="round",
        radius=4.0,
        line=1.25,
        tensor=held.name,
        shape=held.sizes,
    )
    return name


def block_rows(part: DrawnLayer, row: int, gate: str) -> TextLine:
    """Which rows of the weights a gate's block is, in the reader's own way: ``f 16:32`` or ``f H:2H``."""
    letter = respell(part.layer.units, part.options) if part.options.shapes == "symbols" else ""
    return rows(part.layer, (row, row + 1), letter, gate, tint=MUTED)


def gate(diagram: CellDiagram, letter: str, box: Box, size: float = 7.0) -> None:
    """A gate in its box: its name and the function that makes its numbers; what it gives stands above."""
    said = diagram.tell(NAMES[letter])
    lines = [labels.words(said.part(word, said.text.index(word)), size) for word in said.text.split()]
    how = "tanh" if letter in "gn" else "σ"
    lines = squashed(lines, how, box[2] - box[0] - 1.0, size)
    label = labels.stacked(lines, size + 2.5)
    if max(line.width for line in lines) > box[2] - box[0] - 1.0:
        label = function(how)
    elif said.english != said.text:  # a part of a message has no English of its own
        label = replace(label, means=f"{said.english} {how}")
    name = ids.named("gate", letter)
    diagram.node(name, "gate", box, label, outline="round", radius=5.0, line=1.2)
    gate_name(diagram, letter, (box[0] + box[2]) / 2, box[1] - 4.5)


def squashed(lines: list[TextLine], how: str, room: float, size: float) -> list[TextLine]:
    """A gate's name with the function that makes its numbers: beside the last word, or under it."""
    activation = function(how, size + 0.8)
    beside = labels.row(lines[-1], activation, gap=3.0)
    if len(lines) > 1 and beside.width <= room:
        return [*lines[:-1], beside]
    return [*lines, activation] if len(lines) == 1 else lines


def cells(diagram: CellDiagram, names: Sequence[str], spot: Box, labels_: Sequence[TextLine]) -> None:
    """A strip cut into its blocks, from left to right; `names` are their ids."""
    x0, y0, x1, y1 = spot
    wide = (x1 - x0) / len(names)
    for k, (name, label) in enumerate(zip(names, labels_, strict=True)):
        box = (x0 + k * wide, y0, x0 + (k + 1) * wide, y1)
        diagram.node(name, "gate", box, label, fill=GROUND, line=0.9)


def comb(diagram: CellDiagram, source: str, blocks: Sequence[str], bar: float) -> None:
    """The sum goes to the whole strip: each block takes its own rows of it."""
    x = diagram.port((source, "top"))[0]
    for block in blocks:
        at = diagram.port((block, "bottom"))[0]
        via: list[Point] = [] if abs(at - x) < 1e-6 else [(x, bar), (at, bar)]
        diagram.wire((source, "top"), (block, "bottom"), "op", *via, radius=0.0)


def sum_name(diagram: CellDiagram, y: float) -> None:
    """The name a_t, beside the wire on which the sum leaves."""
    x = diagram.port(("plus.a", "top"))[0]
    diagram.say(
        symbol("a", "t", size=9, tint=Tint("op.stroke", "ink", 0.3)),
        x + 3,
        y,
        role="op",
        id=diagram.id("name.plus.a"),
    )


def gate_name(diagram: CellDiagram, gate: str, x: float, y: float) -> None:
    """The name of what a gate gives, beside its wire."""
    label = symbol(gate, "t", size=10, tint=Tint("gate.stroke", "ink", 0.2))
    diagram.say(label, x + 4, y, role="gate", id=diagram.id(ids.named("name", "gate", gate)))
