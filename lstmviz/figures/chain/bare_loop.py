"""The bare rolled cell: what it reads, what it gives, and the loop by which its state comes back."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.chain import facts
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import along_time, bare, claimed, lattice, own_bare, parts, state_looks
from lstmviz.figures.shared.claimed import letter
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.recurrence import OwnLoop
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Role, fill_of, stroke_of
from lstmviz.translation.messages import message

WIDE, HIGH = lattice.ONE
LEVEL = -(bare.CHIP / 2 + 26.0 + HIGH / 2)
"""The middle of the cell: as high as in the unrolled layer beside it."""
ROOF = LEVEL - HIGH / 2 - 26.0 - bare.CHIP / 2
REACH, RISE = WIDE / 2 + 21.0, HIGH / 2 + 12.0
"""How far from the cell's middle a loop runs, sideways and up or down, pt."""
BETWEEN = 26.0


def loops(part: DrawnLayer, page: Page, *, named: bool = True, upright: bool = False) -> Canvas:
    """One rolled cell for each direction: side by side where the page can hold that, else `upright`."""
    drawn = [loop(part, lane, named=named) for lane in part.layer.ways]
    wide = sum(one.extent()[2] - one.extent()[0] for one in drawn) + BETWEEN * (len(drawn) - 1)
    level = len(drawn) > 1 and not upright and bare.in_a_row("rolled", wide, page)
    canvas = drawn[0]
    for other in drawn[1:]:
        _, top, right, _ = canvas.extent()
        if level:
            other.move(right + BETWEEN - other.extent()[0], 0.0)
        else:
            other.move(canvas.extent()[0] - other.extent()[0], top - 20.0 - other.extent()[3])
        canvas.merge(other)
    return canvas


def loop(part: DrawnLayer, lane: str, *, named: bool = True) -> Canvas:
    """One direction's cell around x = 0; its states, its input and its output are `named` beside it."""
    canvas, layer = Canvas(), part.layer
    if isinstance(layer, OwnLoop):
        return _own(canvas, part, layer, named=named)
    two = f".{lane}" if layer.bidirectional else ""
    cell = ids.cell(part.depth, lane, prefix=part.prefix)
    name = claimed.type_name(layer, bare.WORD)
    box = (-WIDE / 2, LEVEL - HIGH / 2, WIDE / 2, LEVEL + HIGH / 2)
    canvas.node(cell, "param", box, name, outline="round", line=1.4, radius=6.0)
    low, role = _below(canvas, part, two, named=named)
    canvas.edge(
        ids.end(low, "in"), (low, cell), role, [(0.0, -bare.CHIP / 2), (0.0, box[3])], line=bare.THICK
    )
    up = _above(canvas, part, lane, two, named=named)
    route = [(0.0, box[1]), (0.0, ROOF + bare.CHIP / 2)]
    canvas.edge(ids.end(up, "up"), (cell, up), "hidden", route, line=bare.THICK)
    for base, kind in parts.states_of(layer):
        _turn(canvas, cell, (base, kind), reverse=lane == "rev", alone=not layer.has_cell_state)
        if named:
            y = LEVEL + (-18.0 if base == "c" else 18.0 if layer.has_cell_state else 7.0) + 3.5
            bare.say(
                canvas,
                message(f"layer.{base}", layer=layer.name),
                (REACH + 8, y),
                "start",
                tint=stroke_of(kind),
            )
    if named:
        where = facts.tell(part, "next" if lane == "fwd" else "before")
        y = LEVEL + (0.0 if layer.has_cell_state else 7.0 + bare.LEAD + 2) + 3.5
        bare.say(canvas, where, (REACH + 8, y), "start")
    if two:
        canvas.text(along_time.direction(layer, lane, bare.WORD).tinted(MUTED), -22.0, ROOF + 3.5, "end")
    return canvas


def _own(canvas: Canvas, part: DrawnLayer, own: OwnLoop, *, named: bool) -> Canvas:
    """A loop of one's own around x = 0: states turn over the cell, the lower half of them under it."""
    cell, high = ids.cell(0, "fwd", prefix=part.prefix), max(HIGH, 12.0 * len(own.states) + 8)
    box = (-WIDE / 2, LEVEL - high / 2, WIDE / 2, LEVEL + high / 2)
    name = labels.words(message("chain.cell"), bare.WORD, font="bold")
    canvas.node(cell, "param", box, name, outline="round", line=1.4, radius=6.0)
    half = len(own.states) // 2
    for place, state in enumerate(own.states):
        side, order = (-1, half - 1 - place) if place < half else (1, place - half)
        y, far = LEVEL + side * (7.0 + 8.0 * order), LEVEL + side * (high / 2 + 12.0 + 9.0 * order)
        reach = REACH + 9.0 * order
        route = [(WIDE / 2, y), (reach, y), (reach, far), (-reach, far), (-reach, y), (-WIDE / 2, y)]
        crossed = own.given if side < 0 else own.fed
        cuts = (parts.cut_at(route, (0.0, far), 4.0),) if crossed else ()
        id_, look = ids.at(state.letter, end="back", prefix=part.prefix), own_bare.style(state)
        canvas.edge(id_, (cell, cell), state.role, route, radius=11.0, cuts=cuts, **look)
        state_looks.strokes(canvas, state, (WIDE / 2 + 2, y), 1)
        if named:
            y = LEVEL + (bare.LEAD + 3) * (place - (len(own.states) - 1) / 2) + 3.5
            words = own_bare.said(own, state)
            at = (REACH + 9.0 * (len(own.states) - half) + 4, y)
            bare.say(canvas, words, at, "start", tint=state_looks.tint(state))
    if (low := own_bare.below(canvas, own, part.prefix, "t", 0.0)) is not None:
        route = [(0.0, low.box[1]), (0.0, box[3])]
        canvas.edge(ids.end(low.id, "in"), (low.id, cell), "input", route, line=bare.THICK)
    roof = box[1] - 26.0 - bare.CHIP / 2
    if (top := own_bare.above(canvas, own, part.prefix, "t", (0.0, roof))) is not None:
        node, look = top
        route = [(0.0, box[1]), (0.0, node.box[3])]
        canvas.edge(ids.end(node.id, "up"), (cell, node.id), look.pop("role"), route, **look)
    return canvas


def _below(canvas: Canvas, part: DrawnLayer, two: str, *, named: bool) -> tuple[str, Role]:
    """What the cell reads at a step."""
    name = f"{part.prefix}x{two}"
    if part.depth:
        label = along_time.joint(part.layer, "h", "t", part.depth - 1, bare.MATH)
        parts.chip(canvas, name, "hidden", (0.0, 0.0), label, wide=label.width + 10, high=bare.CHIP, line=1.4)
        word = message("bare.from-below", layer=part.layer.name, depth=part.depth)
        if named:
            bare.say(canvas, word, (label.width / 2 + 12, -2.0), "start")
        return name, "hidden"
    tensor = part.layer.tensor("input")
    label = claimed.named_state(part.layer.name, letter(part.layer), "t", size=bare.MATH)
    kept: dict[str, Any] = {
        "tensor": "input",
        "shape": tensor.sizes,
        "wide": 28.0,
        "high": bare.CHIP,
        "line": 1.4,
    }
    parts.chip(canvas, name, "input", (0.0, 0.0), label, **kept)
    if named:
        bare.say(canvas, message("bare.input"), (21.0, 3.5), "start", tint=stroke_of("input"))
    return name, "input"


def _above(canvas: Canvas, part: DrawnLayer, lane: str, two: str, *, named: bool) -> str:
    """What the cell gives at a step."""
    layer, name = part.layer, f"{part.prefix}h{two}"
    label = part.state("h", "t", lane, size=bare.MATH)
    more: dict[str, Any] = {"wide": max(28.0, label.width + 10), "high": bare.CHIP, "line": 1.4}
    if part.top:
        more |= {
            "tensor": "output",
            "shape": layer.tensor("output").sizes,
            "line": 2.4,
            "fill": fill_of("hidden"),
        }
    role: Role = "output" if part.top else "hidden"
    node = parts.chip(canvas, name, role, (0.0, ROOF), label, **more)
    word = message("bare.next-layer", layer=layer.name, depth=part.depth)
    word = message("bare.output") if part.top else word
    y = ROOF + (3.5 if part.top else -2.0)
    if named:
        bare.say(canvas, word, (node.box[2] + 7, y), "start", tint=stroke_of(role))
    return name


def _turn(canvas: Canvas, cell: str, state: tuple[str, Role], *, reverse: bool, alone: bool) -> None:
    """The way back of one state beside the cell, where nothing else goes: c over h."""
    base, role = state
    way, middle = -1 if reverse else 1, 0.0 if alone else -10.0 if base == "c" else 10.0
    out, back = LEVEL + middle + (10.0 if alone else 5.0), LEVEL + middle - (10.0 if alone else 5.0)
    route = [(way * x, y) for x, y in ((WIDE / 2, out), (REACH, out), (REACH, back), (WIDE / 2, back))]
    look = bare.style(base, reverse=reverse)
    canvas.edge(
        ids.end(cell, f"{base}.back"), (cell, cell), role, route, radius=9.0 if alone else 4.5, **look
    )
