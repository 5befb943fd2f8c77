"""The rolled cell: one cell whose states come back to it one step later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lstmviz.figures.base import shape_tag
from lstmviz.figures.chain import own_rows, ports
from lstmviz.figures.chain.plan import chip_wide
from lstmviz.figures.chain.rows import read_at
from lstmviz.figures.shared import along_time, claimed, parts, state_looks
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.lessons import ragged
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.sentences import about
from lstmviz.network.recurrence import OwnLoop, StateVariable
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, MUTED, Node, Point, Role
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import message

HALF, HIGH = 18.0, 42.0
"""Half the width of the cell, and its height, pt."""
REACH, RISE = 50.0, 22.0
"""How far a loop runs from the cell's middle sideways, and from its edge up or down, pt."""
WIDER, HIGHER = 9.0, 15.0
"""How much further each loop runs around another one, pt."""
PAD = 2.0
"""Free at both ends of a loop's words, pt."""
STUB, BEND = 10.0, 9.0
"""From a loop to the chip beside it; the radius with which it leaves its line, and comes back into it, pt."""
ASIDE = 13.0
"""What lines that step aside need beyond the loops, pt."""
HEAD = 5.5
"""The length of an arrow head, pt."""
DELAY = 3.0
"""Half the side of the square at which a loop waits for the next step, pt."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Where one direction's rolled cell stands; `way` is −1 where time runs to the left."""

    part: DrawnLayer
    lane: str
    at: Point
    chip: float
    rows: tuple[float, float]
    """How far above and below the cell's middle h_t and x_t stand."""
    given: Node | None = None
    """What it reads, where that stands beside it and both directions read it."""

    @property
    def way(self) -> int:
        """1 for forward, −1 for reverse."""
        return 1 if self.lane == "fwd" else -1

    def x(self, along: float) -> float:
        """The place `along` pt from the cell's middle in the direction of time."""
        return self.at[0] + self.way * along

    def id(self, name: str) -> str:
        """An id: with the direction where there are two."""
        return ids.at(name, way=self.lane if self.part.layer.bidirectional else "", prefix=self.part.prefix)

    @property
    def cell(self) -> str:
        """The id of the cell."""
        return ids.cell(self.part.depth, self.lane, prefix=self.part.prefix)

    @property
    def high(self) -> float:
        """The height of the cell."""
        return ports.high(self.part.layer, HIGH)

    @property
    def reach(self) -> float:
        """How far the outermost loop runs sideways."""
        return max(way.reach for way in ways(self.part))

    @property
    def half(self) -> float:
        """Half the width of the whole drawing."""
        return self.reach + STUB + self.chip


@dataclass(frozen=True, slots=True)
class Way:
    """The way back of one state: at which side of the cell it runs (−1: over it), and how far out."""

    state: StateVariable
    dy: float
    side: int
    reach: float
    far: float


def _aside(part: DrawnLayer, side: int) -> float:
    """How far what a loop over (−1) or under the cell crosses stands off the cell's middle, pt."""
    if not isinstance(part.layer, OwnLoop):
        return parts.CLEAR
    xs = own_rows.risers(part, 0.0, above=side < 0, rolled=True)
    return max(map(abs, xs), default=0.0) + parts.CLEAR


def _word(lane: str) -> TextLine:
    """What a loop says of where it leads, in time."""
    return mixed(message("chain.delay" if lane == "fwd" else "chain.delay-back"))


def _inner(part: DrawnLayer) -> float:
    """How far the innermost loop runs sideways: its words and a head beside all it crosses, pt."""
    wide = max(_word(lane).width for lane in part.layer.ways) + 2 * PAD
    return max(REACH, max(_aside(part, side) for side in (-1, 1)) + HEAD + wide + BEND)


def ways(part: DrawnLayer) -> list[Way]:
    """The states' ways back: half of them over the cell, half under it, one around the other."""
    found = ports.ports(part.layer)
    inner, over, edge = _inner(part), len(found) // 2, ports.high(part.layer, HIGH) / 2 + RISE
    made = []
    for place, (state, dy) in enumerate(found):
        around = over - 1 - place if place < over else place - over
        side = -1 if place < over else 1
        made.append(Way(state, dy, side, inner + WIDER * around, side * (edge + HIGHER * around)))
    return made


def loop(part: DrawnLayer, lane: str, at: Point, rows: tuple[float, float] = (0.0, 0.0)) -> Loop:
    """A rolled cell with its middle at a point; what it reads and gives stands beyond its loops."""
    far = [way.far for way in ways(part)]
    up, down = (ASIDE * (len(own_rows.risers(part, 0.0, above=up, rolled=True)) > 1) for up in (True, False))
    least = (min(-62.0, *(f - 20.0 for f in far)) - up, max(61.0, *(f + 19.0 for f in far)) + down)
    return Loop(part, lane, at, chip_wide(part), (min(rows[0], least[0]), max(rows[1], least[1])))


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
        canvas.text(along_time.theta(layer, it.lane), x, y + 11.5, "middle", role="param")
    if isinstance(layer, OwnLoop):
        own_rows.read(canvas, part, "t", (x, y + it.rows[1]), (it.cell, (x, box[3])), turns=turns(it, 1))
        own_rows.give(canvas, part, "t", (x, y + it.rows[0]), (it.cell, (x, box[1])), turns=turns(it, -1))
        return
    role: Role = "hidden" if part.depth else "input"
    low = it.given or read_at(canvas, part, it.id("x"), (x, y + it.rows[1]), "t", wide=it.chip)
    made: dict[str, Any] = {"tensor": "output", "shape": layer.tensor("output").sizes} if part.top else {}
    label = part.state("h", "t", it.lane)
    up = parts.chip(canvas, it.id("h"), "hidden", (x, y + it.rows[0]), label, **made)
    start = [(x, low.box[1])]
    if it.given:
        level = (low.box[1] + low.box[3]) / 2
        start = [(low.box[0] if x < low.box[0] else low.box[2], level), (x, level)]
    for name, ends, kind, side, route in (
        (ids.end("x", "in"), (low.id, it.cell), role, 1, [*start, (x, box[3])]),
        (ids.end("h", "up"), (it.cell, up.id), "hidden", -1, [(x, box[1]), (x, up.box[3])]),
    ):
        canvas.edge(it.id(name), ends, kind, route, line=1.5, cuts=parts.opened(route, turns(it, side)))
    if not part.full:
        _sizes(canvas, it, low, up)


def _sizes(canvas: Canvas, it: Loop, low: Node, up: Node) -> None:
    """The shapes of what a step reads and gives, beside them."""
    layer, options = it.part.layer, it.part.options
    read = layer.tensor("output" if it.part.depth else "input")
    shape = shape_tag(parts.without_axis(read, parts.time_axis_of(layer)), options)
    x0, top, right, foot = low.box
    if it.given is None:
        canvas.text(shape, right + 6, (top + foot) / 2 + 3)
    elif it.way > 0:  # once, under what both read
        canvas.text(shape, (x0 + right) / 2, foot + 11, "middle")
    _, top, right, foot = up.box
    given = shape_tag(parts.without_axis(layer.tensor("h_n"), 0), options)
    canvas.text(given, right + 6, (top + foot) / 2 + 3)
    if it.part.top:
        half = "half-" if layer.bidirectional else ""
        said = message(f"chain.{half}of-output", layer=layer.name, depth=it.part.depth)
        named = mixed(said, gap=2.5, put={"output": labels.code("output", 7)})
        canvas.text(named, up.box[2] + 6, (up.box[1] + up.box[3]) / 2 + 13)
    elif not layer.bidirectional:  # of two the line that joins them says it
        above = message("chain.goes-up", n=it.part.depth + 1, depth=it.part.depth, layer=layer.name)
        canvas.text(labels.words(above, 7, tint=MUTED), up.box[2] + 6, (up.box[1] + up.box[3]) / 2 + 13)


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
        if step == "0" and state_looks.from_zeros(part.layer, state):
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
    word = _word(it.lane)
    half = word.width / 2 + PAD
    middle = half + BEND - _inner(it.part)
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


def _names(canvas: Canvas, it: Loop, way: Way) -> None:
    """The state before and after the cell, beside its line."""
    role, y = way.state.role, it.at[1] + way.dy
    below = way.dy == ports.ports(it.part.layer)[-1][1]
    before = "t-1" if it.way > 0 else "t+1"
    for step, along in ((before, -(REACH + HALF) / 2), ("t", (REACH + HALF) / 2)):
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
    zero = [labels.words(message("layer.zeros", layer=layer.name), 7, tint=MUTED)]
    if not all(state_looks.from_zeros(it.part.layer, way.state) for way in ways(it.part)):
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
        said = about(layer, f"chain.{what}-ragged", way=it.lane)
        lines = said.text.split("\n")
        return [labels.words(said.part(line, said.text.index(line)), 7, tint=MUTED) for line in lines]
    n = layer.timesteps if last else 1
    said = about(layer, f"chain.{what}{'-last' if last else ''}", n=n, way=it.lane)
    at = said.text.index("t =")
    when = said.part(said.text[at:], at)
    formula = labels.letters(when.text, 8.5, tint=MUTED).claiming(labels.asserted(when))
    return [labels.words(said.part(said.text[:at].rstrip(), 0), 7, tint=MUTED), formula]
