"""h and c along time: h of all units, copied to where the next step reads it, and c, each unit's own."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.base import respell
from lstmviz.figures.neurons.draw import draw_units, fan, numbered
from lstmviz.figures.neurons.page import CHIP, NeuronsDrawing, role_of
from lstmviz.figures.shared.parts import cut_at, line_dots
from lstmviz.scene import ids
from lstmviz.scene.items import GROUND, Box, Point, Tint, stroke_of
from lstmviz.scene.labels import TextLine

COPIED = Tint("hidden.fill", "ground", 0.45)
"""The fill of units of the step before, where they are read."""
LINES = {"h": 1.5, "c": 1.0}
"""The width of a line along time, pt: that of c is double."""
BRIDGE, OPEN = 3.6, 7.5
"""How far to both sides h is open where it passes c, and a line where steps are left out, pt."""
RAIL, HEAD = 1.2, 4.5
"""Half the distance of the two lines of c; the length of the head before a last state, pt."""
NEAR = 10.0
"""From the first c to the units that keep it, pt."""


def drawn(s: NeuronsDrawing, depth: int) -> None:
    """Draw all that a layer reads of its own along time."""
    for step, _ in s.columns:
        _read(s, depth, step)
    for base in s.layer.state_letters:
        _initial(s, depth, base)
        for step, x in s.columns:
            _ports(s, depth, base, step, x)
        _final(s, depth, base)
        for step, x in s.columns:
            _onward(s, depth, base, step, x + s.half)


def _read(s: NeuronsDrawing, depth: int, step: int) -> None:
    """The units of the step before and their weights: from each to every unit of the layer."""
    read, (x, y) = s.read(depth, step), (s.aside(step), s.level(depth))
    first = s.before(step) is None
    more: dict[str, Any] = {"fill": GROUND if first and s.layer.begins_with_zeros else COPIED}
    if first:
        more |= _of(s, "h_0")
    high = s.m.kept + 2.5
    s.canvas.box((x - s.kept, y - high, x + s.kept, y + high), stroke=Tint("hidden.stroke", "ground", 0.45),
                 line=0.7, radius=high, z=4)  # fmt: skip
    _weighed(s, depth, step)
    draw_units(s.canvas, read, lambda unit: number(s, unit), **more)
    if not first:
        _point(s, ids.at("h", depth, "fwd", step, end="in", prefix=s.prefix), "h", (x - s.kept, y))


def _weighed(s: NeuronsDrawing, depth: int, step: int) -> None:
    """Every h to every unit; the lines of several meet in a dot and part again."""
    read, into = s.read(depth, step), s.arriving(depth, step)
    bold = [name for name in into if depth == s.depths[0] and ids.read(name).unit == s.traced]
    dot = s.dot(depth, step)
    sources = {name: (*top, dot) if s.joined else top for name, top in read.top().items()}
    fan(s.canvas, sources, into, role="hidden", bold=bold)
    if s.joined:
        s.canvas.dot(*dot, 1.5, stroke_of("param"), z=25)


def number(s: NeuronsDrawing, unit: int) -> TextLine | None:
    """A unit's number; of the last one the letter where there is no room."""
    return numbered(s.layer.hidden_size, respell(s.layer.units, s.options), 2 * s.m.kept - 2.0, 7.2)(unit)


def _of(s: NeuronsDrawing, name: str) -> dict[str, Any]:
    """What is a part, or all, of a tensor of states."""
    return {"tensor": name, "shape": s.layer.tensor(name).sizes}


def _point(s: NeuronsDrawing, name: str, base: str, at: Point) -> None:
    """Where a state comes in or goes out: a node that is not seen."""
    (x, y), side = at, -0.5 if name.endswith("out") else 0.0
    s.canvas.node(name, role_of(base), (x + side, y - 1, x + side + 0.5, y + 1), outline="none")


def _ports(s: NeuronsDrawing, depth: int, base: str, step: int, x: float) -> None:
    """Where h leaves a layer's units, and c comes in and leaves."""
    y, name = s.y_of(depth, base), s.unit_id(depth, step, base)
    _point(s, ids.end(name, "out"), base, (x + s.half, y))
    if base == "c":
        _point(s, ids.end(name, "in"), base, (x - s.half, y))


def _chip(s: NeuronsDrawing, name: str, depth: int, at: Point, **more: Any) -> str:
    """An initial or final state in one box; gives its id."""
    (x, y), node = at, s.state_id(name, depth)
    box: Box = (x, y - CHIP / 2, x + CHIP, y + CHIP / 2)
    s.canvas.node(node, role_of(name[0]), box, line=1.1, **_of(s, name), **more)
    return node


def _initial(s: NeuronsDrawing, depth: int, base: str) -> None:
    """Where c begins; the first h stands where it is read."""
    if base == "h":
        return
    step, x = s.columns[0]
    y, edge = s.y_of(depth, base), x - s.half
    more: dict[str, Any] = {"fill": GROUND} if s.layer.begins_with_zeros else {}
    node = _chip(s, "c_0", depth, (edge - NEAR - CHIP, y), **more)
    target = ids.end(s.unit_id(depth, step, "c"), "in")
    _arrow(s, (node, target), base, [(edge - NEAR, y), (edge, y)])


def _final(s: NeuronsDrawing, depth: int, base: str) -> None:
    """Where a state ends."""
    _chip(s, f"{base}_n", depth, (s.end, s.y_of(depth, base)))


def _arrow(
    s: NeuronsDrawing, ends: tuple[str, str], base: str, route: list[Point], gaps: tuple[Point, ...] = ()
) -> None:
    """One line along time, open at some points."""
    half = [OPEN if gap[1] == route[0][1] else BRIDGE for gap in gaps]
    cuts = tuple(cut_at(route, gap, wide) for gap, wide in zip(gaps, half, strict=True))
    s.canvas.edge(
        ids.arrow(*ends), ends, role_of(base), route, line=LINES[base], double=base == "c", cuts=cuts,
    )  # fmt: skip


def _beyond(s: NeuronsDrawing, base: str, at: tuple[float, float, float], y: float) -> None:
    """The line of a state over steps that are not drawn, to dots and from them, like those between steps."""
    style: dict[str, Any] = {"stroke": Tint(f"{role_of(base)}.stroke"), "line": LINES[base]}
    for dy in (-RAIL, RAIL) if base == "c" else (0.0,):
        s.canvas.line([(at[0], y + dy), (at[1], y + dy)], **style)
        if at[2] < s.end - HEAD:
            s.canvas.line([(at[2], y + dy), (s.end - HEAD, y + dy)], **style)
    s.canvas.line([(s.end - HEAD - 0.5, y), (s.end, y)], head=HEAD, **style)


def _onward(s: NeuronsDrawing, depth: int, base: str, step: int, x: float) -> None:
    """What a step gives: to the next step that is drawn, or to the last state."""
    y, source = s.y_of(depth, base), ids.end(s.unit_id(depth, step, base), "out")
    later = [t for t, _ in s.columns if t > step]
    skips = (s.steps[-1] is None and not later) or bool(later and later[0] != step + 1)
    dots = (x + s.name_room + s.m.dots / 2 + 1.0, y)
    if not later:
        route, target = [(x, y), (s.end, y)], s.state_id(f"{base}_n", depth)
    elif base == "c":
        target = ids.end(s.unit_id(depth, later[0], "c"), "in")
        route = [(x, y), (dict(s.columns)[later[0]] - s.half, y)]
    else:
        target = ids.end(s.unit_id(depth, later[0]), "in")
        edge, low = s.aside(later[0]) - s.kept, s.level(depth)
        at = edge - s.m.next * (1 - (s.depths.index(depth) + 1) / (len(s.depths) + 1))
        route = [(x, y), (at, y), (at, low), (edge, low)]
    if skips:
        line_dots(s.canvas, dots, role_of(base), double=base == "c")
    if skips and not later:  # the last state is of a step that is not drawn
        _beyond(s, base, (x, dots[0] - OPEN, dots[0] + OPEN), y)
        return
    under = [(route[1][0], s.y_of(depth, "c"))] if s.layer.has_cell_state and len(route) > 2 else []
    _arrow(s, (source, target), base, route, tuple(([dots] if skips else []) + under))
