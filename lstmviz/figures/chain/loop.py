"""The rolled cell: one cell whose states come back to it one step later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lstmviz.figures.chain.plan import chip_wide
from lstmviz.figures.shared import claimed, parts
from lstmviz.figures.shared.content import letter, zeros
from lstmviz.scene import labels
from lstmviz.scene.geometry import distance, length_of
from lstmviz.scene.items import GROUND, MUTED, stroke_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.shared.parts import Part
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Point, Role

HALF, HIGH = 18.0, 42.0
"""Half the width of the cell, and its height, pt."""
REACH, RISE = 46.0, 42.0
"""How far from the cell's middle a loop runs, sideways and up or down, pt."""
STUB = 14.0
"""From where a loop leaves or joins to the chip beside it, pt."""
PILL = (28.0, 12.0)
HEAD = 5.5
DOT = 2.5


@dataclass(frozen=True, slots=True)
class Loop:
    """Where one direction's rolled cell stands; `way` is −1 where time runs to the left."""

    part: Part
    lane: str
    at: Point
    chip: float
    rows: tuple[float, float]
    """How far above and below the cell's middle h_t and x_t stand."""

    @property
    def way(self) -> int:
        """1 for forward, −1 for reverse."""
        return 1 if self.lane == "fwd" else -1

    def x(self, along: float) -> float:
        """The place `along` pt from the cell's middle in the direction of time."""
        return self.at[0] + self.way * along

    def id(self, name: str) -> str:
        """An id: with the direction where there are two."""
        two = f".{self.lane}" if self.part.layer.bidirectional else ""
        return f"{self.part.prefix}{name}{two}"

    @property
    def cell(self) -> str:
        """The id of the cell."""
        return f"{self.part.prefix}cell.l{self.part.depth}.{self.lane}"

    @property
    def half(self) -> float:
        """Half the width of the whole drawing."""
        return REACH + STUB + self.chip


def loop(part: Part, lane: str, at: Point, rows: tuple[float, float] = (-62.0, 61.0)) -> Loop:
    """A rolled cell with its middle at a point."""
    return Loop(part, lane, at, chip_wide(part), rows)


def draw(canvas: Canvas, it: Loop) -> None:
    """The cell, its loops, what enters and what leaves."""
    _cell(canvas, it)
    port = 9.0 if it.part.layer.has_cell_state else 0.0
    for base, role in parts.states_of(it.part.layer):
        side = -1 if base == "c" else 1
        y = it.at[1] + side * port
        _ends(canvas, it, (base, role), y, side)
        _turn(canvas, it, (base, role), y, side)
        _names(canvas, it, (base, role), y)
    _captions(canvas, it, it.at[1] + port + parts.CHIP / 2)


def _cell(canvas: Canvas, it: Loop) -> None:
    """The cell with x_t below and h_t above it."""
    (x, y), layer, part = it.at, it.part.layer, it.part
    box = (x - HALF, y - HIGH / 2, x + HALF, y + HIGH / 2)
    canvas.node(it.cell, "param", box, outline="round", line=1.25)
    canvas.text(labels.words(layer.type.upper(), 8), x, y - 1.5, "middle", role="param")
    arrow = claimed.ARROWS[it.lane] if layer.bidirectional else ""
    canvas.text(parts.theta(arrow=arrow), x, y + 11.5, "middle", role="param")
    role: Role = "hidden" if part.depth else "input"
    names = [claimed.named_state(layer.name, letter(layer), "t")]
    read: dict[str, Any] = {"tensor": "input", "shape": layer.tensor("input").sizes}
    if part.depth:
        read = {}
        names = [claimed.state(layer, "h", "t", lane, part.depth - 1) for lane in parts.lanes_of(layer)]
    low = parts.pair(canvas, it.id("x"), role, (x, y + it.rows[1]), names, wide=it.chip, **read)
    made: dict[str, Any] = {"tensor": "output", "shape": layer.tensor("output").sizes} if part.top else {}
    label = part.state("h", "t", it.lane)
    up = parts.chip(canvas, it.id("h"), "hidden", (x, y + it.rows[0]), label, **made)
    canvas.edge(it.id("x.in"), (low.id, it.cell), role, [(x, low.box[1]), (x, box[3])], line=1.5)
    canvas.edge(it.id("h.up"), (it.cell, up.id), "hidden", [(x, box[1]), (x, up.box[3])], line=1.5)


def _ends(canvas: Canvas, it: Loop, state: tuple[str, Role], y: float, side: int) -> None:
    """The initial and the final state, and their lines as far as the loop."""
    (base, role), part = state, it.part
    style = parts.line_style(base, reverse=it.way < 0)
    middle = REACH + STUB + it.chip / 2
    last = "T" if it.way > 0 else "1"
    for name, step, along in ((f"{base}_0", "0", -middle), (f"{base}_n", last, middle)):
        id_, tensor = f"{part.prefix}{name}.l{part.depth}.{it.lane}", part.layer.tensor(name)
        more: dict[str, Any] = {"tensor": name, "shape": tensor.sizes, "wide": it.chip}
        if step == "0" and zeros(part.layer):
            more["fill"] = GROUND  # zeros: an empty chip
        label = part.state(base, step, it.lane)
        node = parts.chip(canvas, id_, role, (it.x(along), y), label, **more)
        if along > 0 or part.layer.num_layers * part.layer.directions > 1:
            below = side > 0 and part.layer.has_cell_state
            parts.tab(canvas, part.place(name, it.lane), role, node.box, below=below)
        near, far = HALF, REACH + STUB
        # The stretch that a loop shares with this line is drawn by the loop alone.
        if along < 0:
            route, cut = [(it.x(-far), y), (it.x(-near), y)], (STUB, far - near - HEAD)
            canvas.edge(it.id(f"{base}.first"), (id_, it.cell), role, route, cuts=(cut,), **style)
        else:
            route, cut = [(it.x(near), y), (it.x(far), y)], (0.0, REACH - near)
            canvas.edge(it.id(f"{base}.last"), (it.cell, id_), role, route, cuts=(cut,), **style)


def _turn(canvas: Canvas, it: Loop, state: tuple[str, Role], y: float, side: int) -> None:
    """The way back: out of the cell, through the delay, and in again."""
    base, role = state
    far = it.at[1] + side * RISE
    middle = REACH - 7 - PILL[0] / 2
    box = (it.x(-middle) - PILL[0] / 2, far - PILL[1] / 2, it.x(-middle) + PILL[0] / 2, far + PILL[1] / 2)
    name = it.id(f"delay.{base}")
    canvas.node(name, "op", box, labels.words("delay", 7), outline="stadium")
    style = parts.line_style(base, reverse=it.way < 0)
    out = [(it.x(HALF), y), *_sharp((it.x(REACH), y), (it.x(HALF), y), (it.x(REACH), far))]
    out += [(it.x(REACH), far), (it.x(-middle + PILL[0] / 2), far)]
    cuts = (parts.cut_at(out, (it.at[0], far)),)
    canvas.edge(it.id(f"{base}.out"), (it.cell, name), role, out, cuts=cuts, **style)
    joint = (it.x(-REACH), y)
    back = [(it.x(-middle - PILL[0] / 2), far), (it.x(-REACH), far)]
    back += [*_sharp(joint, (it.x(-REACH), far), (it.x(-HALF), y)), (it.x(-HALF), y)]
    run = length_of(back) - distance(joint, back[-1])
    cut = (run - DOT - HEAD + 0.4, run)
    canvas.edge(it.id(f"{base}.back"), (name, it.cell), role, back, cuts=(cut,), **style)
    canvas.dot(it.x(REACH), y, DOT, stroke_of(role), role=role)
    canvas.dot(*joint, DOT, stroke_of(role), role=role)
    _head(canvas, joint, side, role, hollow=it.way < 0)


def _sharp(corner: Point, before: Point, after: Point) -> list[Point]:
    """A corner of a route that is not to be rounded: it takes its neighbours close."""
    return [_near(corner, before), corner, _near(corner, after)]


def _near(a: Point, b: Point) -> Point:
    k = 0.01 / distance(a, b)
    return (a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k)


def _head(canvas: Canvas, joint: Point, side: int, role: Role, *, hollow: bool) -> None:
    """The arrow head with which the delayed state comes back into its line."""
    x, y = joint
    tip, back, half = y + side * DOT, y + side * (DOT + HEAD), 2.9
    points: Sequence[Point] = [(x - half, back), (x, tip), (x + half, back)]
    fill = GROUND if hollow else stroke_of(role)
    canvas.form(points, fill=fill, stroke=stroke_of(role), line=0.6, role=role)


def _names(canvas: Canvas, it: Loop, state: tuple[str, Role], y: float) -> None:
    """The state before and after the cell, beside its line."""
    base, role = state
    before = "t-1" if it.way > 0 else "t+1"
    for step, along in ((before, -(REACH + HALF) / 2), ("t", (REACH + HALF) / 2)):
        label = it.part.state(base, step, it.lane, size=9).tinted(stroke_of(role))
        if base == "c":
            parts.over(canvas, label, it.x(along), y - 3.6, role)
        else:
            parts.under(canvas, label, it.x(along), y + 3.4, role)


def _captions(canvas: Canvas, it: Loop, y: float) -> None:
    """When the initial states enter, and when the final ones leave."""
    layer = it.part.layer
    tabs = parts.TAB if layer.has_cell_state else 0.0
    begun = claimed.stepped(labels.letters("t = 1", 8.5, tint=MUTED), layer, 1)
    total = claimed.count(layer.name, "T", layer.timesteps, 8.5, tint=MUTED)
    done = labels.row(labels.letters("t = ", 8.5, tint=MUTED), total)
    start, end = (begun, done)[:: it.way]
    middle = REACH + STUB + it.chip / 2
    first = tabs if layer.num_layers * layer.directions > 1 else 0.0
    zero = [labels.words("zeros", 7, tint=MUTED)]
    if not zeros(layer):
        zero = []
    for along, below, word, when, more in (
        (-middle, first, "only at", start, zero),
        (middle, tabs, "after", end, []),
    ):
        lines = [labels.words(word, 7, tint=MUTED), when, *more]
        for i, line in enumerate(lines):
            canvas.text(line, it.x(along), y + below + 8.5 + 9.5 * i, "middle")
