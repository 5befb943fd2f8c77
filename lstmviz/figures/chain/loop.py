"""The rolled cell: one cell whose states come back to it one step later."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.base import shape_tag
from lstmviz.figures.chain import loop_plan, own_rows, ports
from lstmviz.figures.chain.loop_plan import BEND, HALF, HEAD, PAD, STUB, Loop, Way, ways
from lstmviz.figures.chain.rows import read_at
from lstmviz.figures.shared import along_time, claimed, parts, state_looks
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.lessons import own_end, ragged
from lstmviz.figures.shared.sentences import about
from lstmviz.network.recurrence import OwnLoop
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, MUTED, Node, Role
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import message

CLOSE = 2.4
"""How far a line stays open on either side of a single one, pt."""
DELAY = 3.0
"""Half the side of the square at which a loop waits for the next step, pt."""


def draw(canvas: Canvas, it: Loop) -> None:
    """The cell, its loops, what enters and what leaves."""
    _cell(canvas, it)
    for way in ways(it.part):
        _ends(canvas, it, way)
        _turn(canvas, it, way)
        _names(canvas, it, way)
    _captions(canvas, it, it.at[1] + way.dy + parts.CHIP / 2)


def _cell(canvas: Canvas, it: Loop) -> None:
    """The cell with x_t below and h_t above it."""
    (x, y), layer, part = it.at, it.part.layer, it.part
    box = (x - HALF, y - it.high / 2, x + HALF, y + it.high / 2)
    canvas.node(it.cell, "param", box, outline="round", line=1.25)
    canvas.text(claimed.type_name(layer, 8, font="sans"), x, y - 1.5, "middle", role="param")
    if layer.parameters:
        canvas.text(along_time.theta(layer, it.lane, depth=part.depth), x, y + 11.5, "middle", role="param")
    if isinstance(layer, OwnLoop):
        own_rows.read(canvas, part, "t", (x, y + it.rows[1]), (it.cell, (x, box[3])), turns=turns(it, 1))
        own_rows.give(canvas, part, "t", (x, y + it.rows[0]), (it.cell, (x, box[1])), turns=turns(it, -1))
        return
    role: Role = "hidden" if part.depth else "input"
    low = it.given or read_at(canvas, part, it.id("x"), (x, y + it.rows[1]), "t", wide=it.chip)
    made: dict[str, Any] = {"tensor": "output", "shape": layer.tensor("output").sizes} if part.top else {}
    label = part.state("h", "t", it.lane)
    up = parts.chip(canvas, it.id("h"), "hidden", (x, y + it.rows[0]), label, wide=it.chip, **made)
    start = [(x, low.box[1])]
    if it.given:
        level = (low.box[1] + low.box[3]) / 2
        start = [(low.box[0] if x < low.box[0] else low.box[2], level), (x, level)]
    for name, ends, kind, side, route in (
        (ids.end("x", "in"), (low.id, it.cell), role, 1, [*start, (x, box[3])]),
        (ids.end("h", "up"), (it.cell, up.id), "hidden", -1, [(x, box[1]), (x, up.box[3])]),
    ):
        open_ = parts.CLEAR if side < 0 and layer.has_cell_state else CLOSE
        cuts = parts.opened(route, turns(it, side), open_)
        canvas.edge(it.id(name), ends, kind, route, line=1.5, cuts=cuts)
    if not part.full:
        _sizes(canvas, it, low, up)


def _sizes(canvas: Canvas, it: Loop, low: Node, up: Node) -> None:
    """The shapes of what a step reads and gives, beside them."""
    layer, options = it.part.layer, it.part.options
    read = layer.tensor("output" if it.part.depth else "input")
    shape = shape_tag(parts.without_axis(read, layer.time_axis), options)
    x0, top, right, foot = low.box
    if it.given is None:
        canvas.text(shape, right + 6, (top + foot) / 2 + 3)
    elif it.way > 0:  # once, under what both read
        canvas.text(shape, (x0 + right) / 2, foot + 11, "middle")
    if it.given is None and not it.part.depth:
        _part_of(canvas, it, "input", low)
    given = shape_tag(parts.without_axis(layer.tensor("h_n"), 0), options)
    canvas.text(given, up.box[2] + 6, (up.box[1] + up.box[3]) / 2 + 3)
    if it.part.top:
        _part_of(canvas, it, "output", up)
    elif not layer.bidirectional:  # of two the line that joins them says it
        canvas.text(parts.goes_up(it.part), up.box[2] + 6, (up.box[1] + up.box[3]) / 2 + 13)


def _part_of(canvas: Canvas, it: Loop, tensor: str, node: Node) -> None:
    """Of which tensor of the layer this is one step, or half of one."""
    half = "half-" if tensor == "output" and it.part.layer.bidirectional else ""
    said = message(f"chain.{half}of-{tensor}", layer=it.part.layer.name, depth=it.part.depth)
    named = mixed(said, gap=2.5, put={tensor: labels.code(tensor, 7)})
    canvas.text(named, node.box[2] + 6, (node.box[1] + node.box[3]) / 2 + 13)


def turns(it: Loop, side: int) -> list[float]:
    """The heights at which the loops over the cell (−1) or under it (1) pass its upright lines."""
    return [it.at[1] + way.far for way in ways(it.part) if way.side == side]


def _ends(canvas: Canvas, it: Loop, way: Way) -> None:
    """The initial and the final state, and their lines as far as the loop."""
    state, part, y = way.state, it.part, it.at[1] + way.dy
    base, role, reach = state.letter, state.role, way.reach
    style = state_looks.style(state, reverse=it.way < 0)
    middle = it.reach + STUB + it.chip / 2
    last = part.layer.time if it.way > 0 else "1"
    for end, step, along in (("0", "0", -middle), ("n", last, middle)):
        id_ = ids.state(base, end, part.depth, it.lane, prefix=part.prefix)
        more: dict[str, Any] = (
            state_looks.kept(part.layer, state, end) | {"wide": it.chip} | state_looks.chip_style(state)
        )
        if step == "0" and part.layer.state_is_zeros(state):
            more["fill"] = GROUND  # zeros: an empty chip
        place = f"{base}_{end}"
        label = part.state(state.base, step, it.lane) if part.full else part.place(place, it.lane).line()
        node = parts.chip(canvas, id_, role, (it.x(along), y), label, **more)
        tabbed = along > 0 or part.layer.num_layers * part.layer.directions > 1
        if tabbed and part.full and not isinstance(part.layer, OwnLoop):
            below = way.side > 0 and part.layer.has_cell_state
            parts.index_tab(canvas, part.place(place, it.lane), role, node.box, below=below)
        near, far = HALF, it.reach + STUB
        # The stretch that a loop shares with this line is drawn by the loop alone.
        if along < 0:
            route, cut = [(it.x(-far), y), (it.x(-near), y)], (far - reach + BEND, far - near - HEAD)
            canvas.edge(it.id(ids.end(base, "first")), (id_, it.cell), role, route, cuts=(cut,), **style)
        else:
            route, cut = [(it.x(near), y), (it.x(far), y)], (0.0, reach - near - BEND)
            canvas.edge(it.id(ids.end(base, "last")), (it.cell, id_), role, route, cuts=(cut,), **style)


def _turn(canvas: Canvas, it: Loop, way: Way) -> None:
    """The way back: it leaves the state's line like a railway switch, and comes into it one step later."""
    state, reach, y = way.state, way.reach, it.at[1] + way.dy
    base, role, far = state.letter, state.role, it.at[1] + way.far
    inner = [one.reach for one in ways(it.part) if one.side == way.side and one.reach < reach]
    word = loop_plan.word(it.lane)
    half = word.width / 2 + PAD
    middle = half + BEND - loop_plan.inner(it.part)
    x, name, tint = it.x(middle), it.id(ids.delay(base)), state_looks.tint(state)
    canvas.node(name, "op", (x - DELAY, far - DELAY, x + DELAY, far + DELAY), fill=tint, stroke=tint)
    (parts.over if way.side > 0 else parts.under)(canvas, word, x, far - way.side * (DELAY + 1.5))
    style = state_looks.style(state, reverse=it.way < 0) | {"radius": BEND}
    out = [(it.x(HALF), y), (it.x(reach), y), (it.x(reach), far), (it.x(middle + DELAY), far)]
    cuts = tuple(sorted(parts.cut_at(out, (it.x(one), y)) for one in inner))
    canvas.edge(it.id(ids.end(base, "out")), (it.cell, name), role, out, cuts=cuts, **style)
    back = [(it.x(middle - DELAY), far), (it.x(-reach), far), (it.x(-reach), y), (it.x(-HALF), y)]
    cuts = tuple(sorted(parts.cut_at(back, (it.x(-one), y)) for one in inner))
    canvas.edge(it.id(ids.end(base, "back")), (name, it.cell), role, back, cuts=cuts, **style)
    state_looks.strokes(canvas, state, (it.x(HALF), y), it.way)
    at, tip, wide = it.x(-reach), (y + far - way.side * HEAD) / 2, 3.6 if role == "cell" else 2.7
    head = [(at, tip), *((at + side, tip + way.side * HEAD) for side in (-wide, wide))]
    hollow = {"fill": GROUND, "stroke": tint, "line": 0.8} if it.way < 0 else {"fill": tint}
    canvas.form(head, role=role, z=21, **hollow)


def _names(canvas: Canvas, it: Loop, way: Way) -> None:
    """The state before and after the cell, beside its line."""
    role, y = way.state.role, it.at[1] + way.dy
    below = way.dy == ports.ports(it.part.layer)[-1][1]
    before = "t-1" if it.way > 0 else "t+1"
    middle = (loop_plan.reach(it.part) + HALF) / 2
    for step, along in ((before, -middle), ("t", middle)):
        label = it.part.state(way.state.base, step, it.lane, size=9).tinted(state_looks.tint(way.state))
        if below:
            parts.under(canvas, label, it.x(along), y + 3.4, role)
        else:
            parts.over(canvas, label, it.x(along), y - 3.6, role)


def _captions(canvas: Canvas, it: Loop, y: float) -> None:
    """When the initial states enter, and when the final ones leave."""
    layer = it.part.layer
    tabs = parts.TAB if layer.has_cell_state and it.part.full else 0.0
    middle = it.reach + STUB + it.chip / 2
    first = tabs if layer.num_layers * layer.directions > 1 else 0.0
    zero = [
        labels.words(
            message(f"layer.{'all-' * (len(ways(it.part)) > 1)}zeros", layer=layer.name), 7, tint=MUTED
        )
    ]
    if not all(it.part.layer.state_is_zeros(way.state) for way in ways(it.part)):
        zero = []
    for along, below, what, more in ((-middle, first, "enters", zero), (middle, tabs, "leaves", [])):
        lines = [*more, *_when(it, what)]
        for i, line in enumerate(lines):
            canvas.text(line, it.x(along), y + below + 8.5 + 9.5 * i, "middle")


def _when(it: Loop, what: str) -> list[TextLine]:
    """``read at``, and under it ``t = 1``: when states enter, or leave; a ragged batch ends step by step."""
    layer = it.part.layer
    last = (what == "enters") == (it.way < 0)
    if last and ragged(layer):
        return own_end(layer, it.lane, what)
    n = layer.timesteps if last else 1
    said = about(layer, f"chain.{what}{'-last' if last else ''}", n=n, way=it.lane)
    at = said.text.index("t =")
    when = said.part(said.text[at:], at)
    formula = labels.letters(when.text, 8.5, tint=MUTED).claiming(labels.asserted(when))
    return [labels.words(said.part(said.text[:at].rstrip(), 0), 7, tint=MUTED), formula]
