"""A bare recurrent layer: its cells, what enters and leaves them, and nothing named twice."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

from lstmviz.figures.shared import along_time, bare, claimed, lattice_head, own_bare, parts, state_looks
from lstmviz.figures.shared.bare_head import Head
from lstmviz.figures.shared.claimed import letter
from lstmviz.figures.shared.lattice import ASIDE, FINAL, JOINT, LED, SQUARE, Lattice, named
from lstmviz.layout.links import box_of
from lstmviz.network.recurrence import OwnLoop, StateVariable
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, MUTED, Node, Point, Role, fill_of, stroke_of
from lstmviz.translation.messages import Message, message
from lstmviz.translation.reader import Reader, reader

KEY = 17.0
"""From the axis of time down to the key, pt."""
SLIM = 5.0
"""From a line to the name that stands beside it, pt."""
HANDED = 0.7 - LED
"""Where the states begin that the layer at the left hands over: at the border of its marks."""


def draw(it: Lattice, head: Head | None = None, *, key: bool = True) -> Canvas:
    """The cells with all that enters and leaves them, what stands on them, and the axis of time."""
    canvas = drawn(it, key=key, headed=head is not None)
    if head is not None:
        lattice_head.stand(canvas, it, head)
    return canvas


def drawn(it: Lattice, *, key: bool, headed: bool) -> Canvas:
    """The same without what stands on them, if it is `headed`: then its output is not named."""
    return _drawn(it, reader(), key=key, headed=headed).copy()


@lru_cache(4)
def _drawn(it: Lattice, _reader: Reader, *, key: bool, headed: bool) -> Canvas:
    """Many pages that are tried one after another have room for the same lattice."""
    canvas = Canvas()
    for depth in it.layers:
        _band(canvas, it, depth)
        for lane in it.lanes:
            _lane(canvas, it, depth, lane)
    for step in it.shown:
        _column(canvas, it, step, headed=headed)
    _words(canvas, it, headed=headed)
    y = bare.CHIP / 2 + 14.0
    xs = list(it.columns.values())
    if not it.fed and it.timed:
        bare.time_axis(canvas, xs[0] - 13, max(xs[-1] + 13, xs[0] + 60), y)
    if key and isinstance(it.layer, OwnLoop):
        own_bare.key(canvas, it.layer, (0.0, y + KEY))
    elif key:
        bare.key(canvas, parts.states_of(it.layer), (0.0, y + KEY))
    return canvas


BAND = 6.0
"""How far what is painted behind the cells of a layer stands out, pt."""


def _band(canvas: Canvas, it: Lattice, depth: int) -> None:
    """What is painted behind the cells of one layer."""
    xs = list(it.columns.values())
    high, half = it.cell[1] / 2 + BAND, it.column / 2 + BAND
    ys = [it.level(depth, lane) for lane in it.lanes]
    box = (xs[0] - half, min(ys) - high, xs[-1] + half, max(ys) + high)
    canvas.box(box, fill=fill_of("param", 0.75), radius=7.0, z=0, role="param")


def _lane(canvas: Canvas, it: Lattice, depth: int, lane: str) -> None:
    """The cells of one direction, from the state that begins them to the one that they end with."""
    wide, high = it.cell
    name = claimed.type_name(it.layer, bare.WORD)
    for step in it.shown:
        x, y = it.at(depth, lane, step)
        box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        canvas.node(
            it.id(ids.cell(depth, lane, step)), "param", box, name, outline="round", line=1.4, radius=6.0
        )
    for state, dy in it.ports:
        _states(canvas, it, (depth, lane), state, it.level(depth, lane) + dy)


def _states(canvas: Canvas, it: Lattice, where: tuple[int, str], state: StateVariable, y: float) -> None:
    """One state along time: its marks at both ends, and the arrows between."""
    (depth, lane), base, role = where, state.letter, state.role
    way = 1 if lane == "fwd" else -1
    order = it.order(lane)
    half = SQUARE / 2
    ends = {"0": half if way > 0 else it.width - half, "n": it.width - half if way > 0 else half}
    if it.begun:  # a point on the line from the mark of the layer at the left
        ends["0"] = HANDED - half
        point = (HANDED, y - half, HANDED, y + half)
        more = state_looks.kept(it.layer, state, "0")
        canvas.node(it.id(ids.state(base, "0", depth, lane)), role, point, None, outline="none", **more)
    for end, x in ends.items():
        if end == "0" and it.begun:
            continue
        begins = end == "0" and it.layer.state_is_zeros(state, depth, lane)
        more = state_looks.kept(it.layer, state, end) | {"fill": None} | state_looks.chip_style(state)
        more |= {"fill": GROUND} if begins else {}
        box = (x - half, y - half, x + half, y + half)
        canvas.node(it.id(ids.state(base, end, depth, lane)), role, box, None, line=1.4, **more)
    stops = [(ids.state(base, "0", depth, lane), ends["0"], half)]
    stops += [(ids.cell(depth, lane, step), it.at(depth, lane, step)[0], it.cell[0] / 2) for step in order]
    stops += [(ids.state(base, "n", depth, lane), ends["n"], half)]
    look = own_bare.style(state, reverse=way < 0)
    for (a, x0, out), (b, x1, into) in pairwise(stops):
        route = [(x0 + way * out, y), (x1 - way * into, y)]
        low, high = sorted(x for x, _ in route)
        gaps = [x for x in it.dotted if low < x < high]
        for x in gaps:
            parts.line_dots(canvas, (x, y), role, double=role == "cell")
        cuts = [parts.cut_at(route, (x, y), 8.0) for x in gaps]
        id_ = ids.arrow(a, b, base)
        if isinstance(it.layer, OwnLoop):
            id_ = ids.at(base, depth, lane, ids.read(a).step or 0, end="next")
        canvas.edge(it.id(id_), (it.id(a), it.id(b)), role, route, cuts=tuple(cuts), **look)
        state_looks.strokes(canvas, state, route[0], way)


def _passing(it: Lattice, depth: int, lane: str, route: list[Point]) -> list[tuple[float, float]]:
    """Where an upright line is open: the other direction's time runs through."""
    others = [other for other in it.lanes if other != lane]
    return [*parts.opened(route, [it.level(depth, other) + dy for other in others for _, dy in it.ports])]


def _column(canvas: Canvas, it: Lattice, step: int, *, headed: bool) -> None:
    """What goes upward at one step: the input, each layer's h, the output."""
    if isinstance(it.layer, OwnLoop):
        own_bare.column(canvas, it, step)
        return
    below = _below(canvas, it, step)
    for depth in it.layers:
        _rise(canvas, it, below, depth, step)
        if depth == it.layers[-1] and it.quiet:
            return
        if depth == it.layers[-1]:
            above = _above(canvas, it, step, headed=headed)
        elif len(it.lanes) > 1:
            above = _joint(canvas, it, depth, step)
        else:
            below = it.id(ids.cell(depth, "fwd", step))
            continue
        for lane in it.lanes:
            x, y = it.at(depth, lane, step)
            cell, box = it.id(ids.cell(depth, lane, step)), box_of(canvas, above)
            route = [(x, y - it.cell[1] / 2), (x, box[3])]
            look: dict[str, Any] = {"line": bare.THICK, "cuts": tuple(_passing(it, depth, lane, route))}
            if it.slim and depth == it.layers[-1] and len(it.lanes) == 1:
                route = [route[0], (x, it.roof)]
                look |= {"head": "none"} if step in it.led else {}
            canvas.edge(ids.end(above, lane), (cell, above), "hidden", route, **look)
        below = above


def _rise(canvas: Canvas, it: Lattice, below: str, depth: int, step: int) -> None:
    """The arrows from what is below into the cells of a layer."""
    box = box_of(canvas, below)
    role: Role = "hidden" if depth else "input"
    index = it.layers.index(depth)
    skipped = index > 0 and depth - it.layers[index - 1] > 1
    for lane in it.lanes:
        x, y = it.at(depth, lane, step)
        route = [(x, box[1]), (x, y + it.cell[1] / 2)]
        cuts = _passing(it, depth, lane, route)
        if skipped:
            middle = (x, box[1] - 17.0)
            canvas.dots(*middle, stroke_of(role), r=1.3, down=True)
            cuts.append(parts.cut_at(route, middle, 8.0))
        cell = it.id(ids.cell(depth, lane, step))
        look = {"line": bare.THICK, "cuts": tuple(sorted(cuts))}
        canvas.edge(ids.arrow(below, cell), (below, cell), role, route, **look)


def _chip(
    canvas: Canvas, it: Lattice, name: tuple[str, Role], y: float, label: labels.TextLine, **more: Any
) -> str:
    """A chip with a symbol, wide enough for the lines of both directions."""
    x, at = it.columns[ids.read(name[0]).step or 0], 28.0 if len(it.lanes) == 1 else 2 * ASIDE + 12
    look = {"wide": max(at, label.width + 6), "high": bare.CHIP, "line": 1.4} | more
    return parts.chip(canvas, it.id(name[0]), name[1], (x, y), label, **look).id


def _below(canvas: Canvas, it: Lattice, step: int) -> str:
    """What the lowest layer drawn reads."""
    depth = it.layers[0]
    if depth:
        label = along_time.joint(it.layer, "h", step, depth - 1, bare.MATH)
        return _chip(canvas, it, (ids.at("h", depth - 1, step=step), "hidden"), 0.0, label)
    label = it.words.label(step) or claimed.named_state(
        it.layer.name, letter(it.layer), str(step), size=bare.MATH
    )
    kept = {"tensor": "input", "shape": it.layer.tensor("input").sizes}
    return _chip(canvas, it, (ids.at("x", step=step), "input"), 0.0, label, **kept)


def _above(canvas: Canvas, it: Lattice, step: int, *, headed: bool) -> str:
    """What the highest layer drawn gives: `output`, or what the layer above it reads."""
    depth = it.layers[-1]
    if not it.top:
        label = along_time.joint(it.layer, "h", step, depth, bare.MATH)
        return _chip(canvas, it, (ids.at("h", depth, step=step), "hidden"), it.roof, label)
    label = along_time.joint(it.layer, "h", step, None, bare.MATH)
    kept: dict[str, Any] = {"tensor": "output", "shape": it.layer.tensor("output").sizes}
    if it.slim:
        x, y = it.columns[step], it.roof
        if len(it.lanes) > 1:
            name = _bar(canvas, it, ids.at("output", step=step), y, **kept)
            canvas.text(label.tinted(stroke_of("hidden")), x + SLIM, it.crown - 6.0, role="hidden")
            return name
        box = (x, y - 8.0, x + SLIM + label.width, y + 4.0)
        shown = None if it.unnamed else label.tinted(stroke_of("hidden")).at(x + SLIM, y + 2.0)
        canvas.nodes.append(
            Node(it.id(ids.at("output", step=step)), "output", box, shown, outline="none", **kept)
        )
        return canvas.nodes[-1].id
    look = {"fill": fill_of("hidden"), "line": 2.4}
    look |= {"stroke": stroke_of("hidden"), "line": 1.4} if headed else {}
    return _chip(canvas, it, (ids.at("output", step=step), "output"), it.roof, label, **kept, **look)


def _joint(canvas: Canvas, it: Lattice, depth: int, step: int) -> str:
    """Both directions' h of one layer, side by side: what each direction above reads whole."""
    top = it.level(depth, it.lanes[-1]) - it.cell[1] / 2
    return _bar(canvas, it, ids.at("h", depth, step=step), top - 23.0)


def _bar(canvas: Canvas, it: Lattice, name: str, y: float, **kept: Any) -> str:
    x, wide = it.columns[ids.read(name).step or 0], 2 * ASIDE + 12
    return parts.chip(canvas, it.id(name), "hidden", (x, y), None, wide=wide, high=JOINT, line=1.4, **kept).id


def _words(canvas: Canvas, it: Lattice, *, headed: bool) -> None:
    """The words at the sides: what goes in and comes out, and what is left out."""
    if isinstance(it.layer, OwnLoop):
        own_bare.words(canvas, it)
        _ends(canvas, it)
        return
    xs = list(it.columns.values())
    edge = xs[0] - (14.0 if len(it.lanes) == 1 else ASIDE + 6) - 7
    role: Role = "hidden" if it.layers[0] else "input"
    about: dict[str, Any] = {"layer": it.layer.name}
    below: Message | list[Message]
    below, low = message("bare.input"), 3.5
    if it.begun:  # a word on a line
        said = message("bare.target")
        below, low = [said.part(word, said.text.index(word)) for word in said.text.split()], -2.0
    if it.layers[0]:
        below, low = message("bare.from-below", depth=it.layers[0], **about), -2.0
    if not it.fed:
        side = min(edge, xs[0] - it.words.half(it.shown[0], out=False) - 6)
        bare.say(canvas, below, (side, low), "end", tint=stroke_of(role))
    role = "output" if it.top else "hidden"
    above, low = message("bare.output"), 3.5
    if not it.top:
        above, low = message("bare.next-layer", depth=it.layers[-1], **about), -2.0
    if not headed and not it.quiet:
        bare.say(canvas, above, (edge, it.roof + low), "end", tint=stroke_of(role))
    for x in it.dotted:
        canvas.dots(x, 0.0, MUTED, r=1.3)
        if not it.quiet and not headed:
            canvas.dots(x, it.roof, MUTED, r=1.3)
    _ends(canvas, it)
    for depth in it.layers if len(it.layers) > 1 else ():
        y = it.level(depth, it.lanes[-1]) - it.cell[1] / 2 - 9.0
        bare.say(canvas, named(it.layer, depth), (-5.0, y), "start", tint=stroke_of("param"))


def _width(said: Message) -> float:
    """How wide words are, over some lines."""
    return max(bare.word(said.part(line, 0)).width for line in said.text.split("\n"))


def _ends(canvas: Canvas, it: Lattice) -> None:
    """Where each direction starts, and where it ends."""
    two, low = len(it.lanes) > 1, it.level(it.layers[0], "fwd")
    low += it.cell[1] / 2 + 16.0 if two else it.ports[-1][1] + SQUARE / 2 + 11.0
    ways = {way: message(f"layer.{way}", layer=it.layer.name) for way in ("forward", "reverse")}
    start, final = ways["forward"] if two else message("neurons.start"), message(it.ends or FINAL)
    free = min(it.columns.values()) - it.column / 2 - BAND - 2.0  # beside what is painted behind the cells
    if not it.layer.states_from and (two or not it.fed):
        bare.say(canvas, start, (0.0 if two else min(0.0, free - _width(start)), low), "start")
    if not it.fed and it.ends == FINAL:
        bare.say(canvas, final, (it.width + (0.0 if two else max(0.0, _width(final) - free)), low), "end")
    elif not it.fed and it.ends:
        beside = it.width - free + _width(final) / 2  # clear of the last cell
        bare.say(canvas, final, (max(it.width - SQUARE / 2, beside), low))
    high = it.level(it.layers[0], it.lanes[-1]) - it.cell[1] / 2 - 10.0
    if two:
        bare.say(canvas, ways["reverse"], (it.width, high), "end")
    if two and len(it.layers) == 1 and not it.fed:
        bare.say(canvas, final, (0.0, high - bare.LEAD + 5.0), "start")
