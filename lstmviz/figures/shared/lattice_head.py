"""What stands on a bare recurrent layer: rows of large words for what has weights, and the model's result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from lstmviz.figures.pages import MARGIN, Page
from lstmviz.figures.shared import bare, own_bare
from lstmviz.figures.shared.bare_head import BareRow, Head, Reads, head_of, with_read
from lstmviz.figures.shared.calls import class_of
from lstmviz.figures.shared.claimed import named_state, result
from lstmviz.figures.shared.content import LayerBlock
from lstmviz.figures.shared.lattice import Lattice
from lstmviz.figures.shared.stages_above import stage_id
from lstmviz.layout.links import box_of
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.steps import Relation
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, Point, fill_of, stroke_of
from lstmviz.scene.labels import TextLine, math
from lstmviz.translation.messages import message

APART, RAILED = 20.0, 34.0
"""From one row to the next; and to a row that a line from the encoder enters as well, pt."""
DOTS = 9.0
"""Half of the room that dots between two nodes take, pt."""
BESIDE, LANE = 11.0, 5.0
"""How far beside the last states their lines go up, and from one to the next, pt."""


@dataclass(slots=True)
class Level:
    """The row that was drawn last: its nodes by step (0: none of its own), and where they are."""

    nodes: dict[int, str]
    xs: dict[int, float]
    top: float
    gaps: list[float] = field(default_factory=list)
    whole: bool = False
    """Whether its one node is as wide as all steps."""
    slim: bool = False
    """Whether it is lines of h, with names beside them."""


def stand(canvas: Canvas, it: Lattice, head: Head) -> Level:
    """Draw the rows upward from the chips of `output`; gives the highest."""
    there = {node.id for node in canvas.nodes}
    nodes = {step: it.id(ids.at("output", step=step)) for step in it.shown}
    nodes = {step: name for step, name in nodes.items() if name in there}
    level = Level(nodes, dict(it.columns), it.crown, it.dotted, slim=it.slim)
    for row in head.rows:
        level = _row(canvas, it, level, row, last=row is head.rows[-1] and head.result is None)
    if head.result is not None and head.tensor is not None:
        level = _result(canvas, it, level, head)
    return level


def _placed(it: Lattice, below: Level, reads: Reads, *, steps: bool) -> tuple[dict[int, float], bool]:
    """Where the nodes of a row stand: one per step, or one (0); and whether that is as wide as all steps."""
    xs = list(it.columns.values())
    middle, own = (xs[0] + xs[-1]) / 2, reads.get("", reads.get("output"))
    if own is None or any(base.endswith("_n") for base in reads):
        read = [index for base, one in reads.items() if base.endswith("_n") for index in one.read()]
        right = own is None and all((index - 1) % len(it.lanes) == 0 for index in read)
        return {0: xs[-1] if right else middle}, own is not None
    if 0 in below.xs:
        return dict(below.xs), below.whole and steps
    if own.kind == "own" and steps:
        return dict(below.xs), False
    alone = own.read()[0] if not steps and len(own.read()) == 1 else None
    return {0: middle if alone is None else below.xs[alone]}, alone is None


def _half(it: Lattice, level: Level, wide: float) -> float:
    """Half the width of a row's nodes."""
    columns = list(it.columns.values())
    if level.whole:
        return max(wide / 2 + 8, (columns[-1] - columns[0]) / 2 + 16)
    pitch = min((b - a for a, b in pairwise(columns)), default=120.0)
    return max(wide / 2 + 8, 17.0) if 0 in level.xs else min(max(wide / 2 + 5, 17.0), pitch / 2 - 2)


def _row(canvas: Canvas, it: Lattice, below: Level, row: BareRow, *, last: bool) -> Level:
    """One stage: its word in a node per step, or in one over all steps."""
    stage, low = row.stage, below.top - (RAILED if row.weighs else APART)
    level = _level(it, below, row.reads, low, steps=row.steps)
    weights = bool(stage.parameters)
    name = class_of(stage).replace("_", " ")
    label = bare.word(message("stage.class", name=name, stage=stage.name), tint=INK, bold=weights)
    look: dict[str, Any] = {"outline": "round" if weights else "stadium", "line": 1.4}
    look |= {"tensor": f"{stage.name}.{row.given.name}", "shape": row.given.sizes}
    look |= {"fill": fill_of("gate"), "stroke": stroke_of("gate")} if row.weighs else {}
    half = _half(it, level, label.width)
    for step, x in level.xs.items():
        level.nodes[step] = ids.at(stage_id(stage.name), step=step or None)
        box = (x - half, level.top, x + half, low)
        canvas.node(level.nodes[step], "param" if weights else "op", box, label, **look)
    _joined(canvas, it, below, level, row.reads)
    if last:
        _dots(canvas, level)
    return level


def _level(it: Lattice, below: Level, reads: Reads, low: float, *, steps: bool) -> Level:
    """A row whose lower edge is at `low`, without its nodes."""
    xs, whole = _placed(it, below, reads, steps=steps)
    return Level({}, xs, low - bare.CHIP, below.gaps if xs == below.xs else [], whole)


def _joined(canvas: Canvas, it: Lattice, below: Level, level: Level, reads: Reads) -> None:
    """The arrows from what is below, and from last states beside the layer."""
    own = reads.get("", reads.get("output"))
    look = {"stroke": stroke_of("hidden")} if below.slim else {}
    for step, node in level.nodes.items() if own is not None else ():
        box = box_of(canvas, node)
        sources = [0] if 0 in below.nodes else [one for one in _read(own, step) if one in below.nodes]
        for one in sources:
            x = below.xs[one]
            x = x if box[0] < x < box[2] else level.xs[step]
            route = [(x, below.top), (x, box[3])]
            canvas.edge(ids.arrow(below.nodes[one], node, "output"), (below.nodes[one], node), "output",
                        route, line=bare.THICK, **look)  # fmt: skip
    last = [(base, index) for base, one in reads.items() if base.endswith("_n") for index in one.read()]
    for k, state in enumerate(last):
        for node in level.nodes.values():
            _from_state(canvas, it, state, node, k // len(it.lanes))


def _dots(canvas: Canvas, level: Level) -> None:
    """Where steps are left out of the highest row: those of rows between say nothing more."""
    boxes = sorted(box_of(canvas, node) for node in level.nodes.values())
    for x in level.gaps:
        if all(abs(x - edge) > DOTS for box in boxes for edge in (box[0], box[2])):
            canvas.dots(x, level.top + bare.CHIP / 2, MUTED, r=1.3)


def _read(own: Relation | None, step: int) -> Sequence[int]:
    if own is None:
        return ()
    return own.reads(step) if step else own.read()


def _from_state(canvas: Canvas, it: Lattice, state: tuple[str, int], node: str, k: int) -> None:
    """A last state's line: out of its mark, up beside the layer, into the side of a row's node."""
    base, index = state
    letter = base.removesuffix("_n")
    carried = next(one for one, _ in it.ports if one.letter == letter)
    depth, way = divmod(index - 1, len(it.lanes))
    source = it.id(ids.state(letter, "n", depth, it.lanes[way]))
    a, b = box_of(canvas, source), box_of(canvas, node)
    left = it.lanes[way] == "rev"
    y, to = (a[1] + a[3]) / 2, (b[1] + b[3]) / 2
    out = BESIDE + LANE * k
    x = a[0] - out if left else a[2] + out
    ends: tuple[Point, Point] = ((a[0] if left else a[2], y), (b[0] if left else b[2], to))
    look = own_bare.style(carried, reverse=left)
    route = [ends[0], (x, y), (x, to), ends[1]]
    name = ids.arrow(source, node, carried.role)
    canvas.edge(name, (source, node), carried.role, route, radius=3.0, **look)


def _result(canvas: Canvas, it: Lattice, below: Level, head: Head) -> Level:
    """What the model gives: a chip per step, or one."""
    assert head.result is not None
    assert head.tensor is not None
    low = below.top - APART
    level = _level(it, below, head.result, low, steps=head.steps)
    half = _half(it, level, 0.0) if level.whole else 14.0
    kept = {"shape": head.tensor.sizes, "line": 2.4, "fill": fill_of("output")}
    for step, x in level.xs.items():
        level.nodes[step] = ids.at(ids.RESULT, step=step or None)
        label = named_state("", "y", str(step), size=bare.MATH) if step else _y()
        label = it.words.label(step, out=True) or label
        own = max(half, label.width / 2 + 4)
        canvas.node(level.nodes[step], "output", (x - own, level.top, x + own, low), label, **kept)
    _joined(canvas, it, below, level, head.result)
    _dots(canvas, level)
    first = min(level.xs, key=lambda step: level.xs[step])
    edge = level.xs[first] - max(half, it.words.half(first, out=True)) - 7
    bare.say(
        canvas, message("bare.output"), (edge, low - bare.CHIP / 2 + 3.5), "end", tint=stroke_of("output")
    )
    return level


def _y() -> TextLine:
    """The letter of the model's result."""
    return math("y", size=bare.MATH).claiming(*result(bare.MATH).claims)


def headed(
    block: LayerBlock, page: Page, made: Callable[[Page], Lattice], *, ends: bool
) -> tuple[Lattice, Head | None]:
    """Return the cells, as they are `made` for a page, and what stands on them, if there is room."""
    it = made(page)
    if it.top and block.after and head_of(block.after, it, ends=ends and block.result) is None:
        it = with_read(block.after, it, page.inner - 4, ends=ends and block.result)
    head = head_of(block.after, it, ends=ends and block.result) if it.top and block.after else None
    it = slimmed(it, head)
    if head is None or (page.small and not page.holds(_height(it, head) + 2 * MARGIN)):
        return replace(it, slim=False), None
    if not head.states:
        return it, head
    beside = 2 * (BESIDE + LANE * (head.states // len(it.lanes)))
    room = replace(page, width=page.width - beside)
    narrower = made(room)
    if page.small and narrower.width > room.inner - 4:
        return replace(it, slim=False), None
    return slimmed(narrower, head), head_of(block.after, narrower, ends=ends and block.result)


def slimmed(it: Lattice, head: Head | None) -> Lattice:
    """Return the cells; what they give is named at lines where something stands on them."""
    if head is None or not head.rows or not it.top or isinstance(it.layer, OwnLoop):
        return replace(it, slim=False)
    own = head.rows[0].reads.get("output")
    led = [step for step in it.shown if own is not None and (own.kind == "own" or step in own.read())]
    return replace(it, slim=True, led=tuple(led))


def _height(it: Lattice, head: Head) -> float:
    """How high the cells are with what stands on them, down to the key."""
    rows = len(head.rows) + (head.result is not None)
    return bare.CHIP / 2 - it.crown + 31.0 + rows * (APART + bare.CHIP)
