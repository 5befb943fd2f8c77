"""h and c of single units along time: strips, ribbons, rails and beads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmviz.figures.neurons.draw import fan
from lstmviz.figures.neurons.page import BEAD, LANE, TIP
from lstmviz.figures.shared.claimed import unit as named_unit
from lstmviz.figures.shared.content import zeros
from lstmviz.scene import ids
from lstmviz.scene.items import GROUND, Tint, fill_of, stroke_of

if TYPE_CHECKING:
    from lstmviz.figures.neurons.page import Sheet
    from lstmviz.scene.items import Box, Point, Role

RIVER = fill_of("hidden", 0.74)
"""The ground on which h reaches the units of a layer."""
RIBBON = fill_of("hidden", 0.5)
"""The ground on which h goes through W_hh."""
WEAVE = Tint("hidden.stroke", "hidden.fill", 0.2)
"""The colour of a line from one unit's h to another unit."""
RAIL, BOLD_RAIL = 0.62, 0.8
"""The width of each line of a rail of c, and of the traced unit's."""


def strip(s: Sheet, prefix: str, role: Role, at: Point, port: str = "", *, high: float, **more: Any) -> None:
    """A column of cells of `high` pt, one for each unit drawn, unit 1 on top; `at` is its upper left."""
    x, y = at
    for slot, unit in enumerate(s.units):
        box = (x, y + slot * high, x + s.m.strip, y + (slot + 1) * high)
        if unit is None:
            s.canvas.box(
                box, role=role, fill=more.get("fill", fill_of(role)), stroke=stroke_of(role), line=0.8
            )
            s.canvas.dots(
                x + s.m.strip / 2, (box[1] + box[3]) / 2, stroke_of(role), gap=2.0, r=0.6, down=True
            )
            continue
        name = named_unit("", unit, s.layer.hidden_size, 7.2)
        label = name if name.width < s.m.strip - 0.8 else None
        s.canvas.node(ids.at(prefix, unit=unit, end=port), role, box, label, line=0.8, **more)


def _of(s: Sheet, name: str) -> dict[str, Any]:
    """What a strip's cells are parts of."""
    return {"tensor": name, "shape": s.layer.tensor(name).sizes}


def ribbons(s: Sheet, depth: int) -> None:
    """Draw h along time: out of all units of a step, through W_hh, into all units of the next."""
    y = s.middle(depth) - len(s.units) * s.m.lane / 2
    for step, x in s.columns:
        left, before = s.strip(step), s.before(step)
        if before is None:
            source, port = s.state_id("h_0", depth), ""
            given = _of(s, "h_0") | _begun(s)
        else:
            source, port, given = s.unit_id(depth, step - 1), "out", {}
        strip(s, source, "hidden", (left, y), port, high=s.m.lane, **given)
        foot, into = left + s.m.strip, left + s.m.strip + s.m.fan
        _ribbon(s, (foot, y, into + s.m.port, y + len(s.units) * s.m.lane))
        _arrivals(s, depth, step, into)
        _weave(s, depth, step, (source, port), (foot, into))
        _lane(s, depth, step, (into + s.m.port + TIP, x))
    _final(s, depth, y)


def _begun(s: Sheet) -> dict[str, Any]:
    """How the cells of initial states look: empty, where these are zeros."""
    return {"fill": GROUND} if zeros(s.layer) else {}


def _ribbon(s: Sheet, box: Box) -> None:
    """The ground of the lines of W_hh: it ends in a point that all its rows share, at the units."""
    x0, y0, x1, y1 = box
    points = [(x0, y0), (x1, y0), (x1 + TIP, (y0 + y1) / 2), (x1, y1), (x0, y1)]
    s.canvas.form(points, role="hidden", fill=RIBBON, stroke=stroke_of("hidden"), line=0.8, z=5)


def _arrivals(s: Sheet, depth: int, step: int, x: float) -> None:
    """The units' numbers where the lines of W_hh arrive."""
    for slot, unit in enumerate(s.units):
        y = s.cell(depth, slot)
        if unit is None:
            s.canvas.dots(x + s.m.port / 2, y, stroke_of("hidden"), gap=2.0, r=0.6, down=True)
            continue
        name = named_unit("", unit, s.layer.hidden_size, 7.2)
        box = (x, y - s.m.lane / 2 + 0.5, x + s.m.port, y + s.m.lane / 2 - 0.5)
        port = ids.at(s.unit_id(depth, step), unit=unit, end="in")
        s.canvas.node(port, "hidden", box, name if name.width < s.m.port - 0.8 else None, outline="none")
        if name.width >= s.m.port - 0.8:
            s.canvas.dot(x + 1, y, 1.0, stroke_of("hidden"))


def _weave(s: Sheet, depth: int, step: int, source: tuple[str, str], xs: tuple[float, float]) -> None:
    """The lines of W_hh: from each unit's h before to each unit."""
    slots = {unit: i for i, unit in enumerate(s.units) if unit is not None}
    starts: dict[str, Point] = {
        ids.at(source[0], unit=unit, end=source[1]): (xs[0], s.cell(depth, i)) for unit, i in slots.items()
    }
    own = s.unit_id(depth, step)
    ends: dict[str, Point] = {
        ids.at(own, unit=unit, end="in"): (xs[1], s.cell(depth, i)) for unit, i in slots.items()
    }
    bold = [ids.at(own, unit=s.traced, end="in")] if depth == 0 else []
    fan(s.canvas, starts, ends, role="hidden", bold=bold, stroke=WEAVE)


def _lane(s: Sheet, depth: int, step: int, xs: tuple[float, float]) -> None:
    """What h reaches in a layer at a step: every unit, and then, on the same ground, the next strip."""
    left, x = xs
    following = [t for t, _ in s.columns if t > step]
    gap = s.gap is not None and s.gap[0] == step
    last = not following
    right = x + s.half + 4 if gap else s.end if last else s.strip(following[0])
    y, tall, unit = s.middle(depth), len(s.units) * s.m.lane / 2, s.unit_id(depth, step)
    numbers = [u for u in s.units if u is not None]
    members = [ids.at(unit, unit=u, end=port) for port in ("in", "") for u in numbers]
    if not gap and not last and following[0] == step + 1:
        members += [ids.at(unit, unit=u, end="out") for u in numbers]
    elif not gap:
        members += [ids.at(s.state_id("h_n", depth), unit=u) for u in numbers]
    s.canvas.frame(
        ids.at("lane", depth, "fwd", step, prefix=s.prefix), "hidden", (left, y - tall, right, y + tall),
        members=tuple(members), line=0.0, fill=RIVER,
    )  # fmt: skip
    if gap:
        assert s.gap is not None
        s.canvas.dots(s.gap[1], y, stroke_of("hidden"), r=1.3)
    elif not last:
        _head(s, right - 0.4, y)


def _head(s: Sheet, x: float, y: float) -> None:
    """The arrow head in which h goes on to the right; `x` is its tip."""
    head = [(x - 3.6, y - 3.6), (x, y), (x - 3.6, y + 3.6)]
    s.canvas.form(head, role="hidden", fill=stroke_of("hidden"), z=30)


def _final(s: Sheet, depth: int, y: float) -> None:
    strip(s, s.state_id("h_n", depth), "hidden", (s.end, y), high=s.m.lane, **_of(s, "h_n"))
    if s.steps[-1] is None:  # the river comes back from the steps left out
        s.canvas.box((s.end - 4, y, s.end, y + len(s.units) * s.m.lane), role="hidden", fill=RIVER, z=4)
    _head(s, s.end - 0.4, s.middle(depth))


def rails(s: Sheet, depth: int) -> None:
    """Draw c along time: each unit's own, straight from c_0 to c_n."""
    top = s.rail(depth, 0) - LANE / 2
    for name, x in (("c_0", s.start), ("c_n", s.end)):
        look = _begun(s) if name == "c_0" else {}
        strip(s, s.state_id(name, depth), "cell", (x, top), high=LANE, **_of(s, name), **look)
    for slot, unit in enumerate(s.units):
        y = s.rail(depth, slot)
        if unit is None:
            _missing(s, y)
        else:
            _rail(s, depth, unit, y)


def _missing(s: Sheet, y: float) -> None:
    """The dots of the rails left out, in every gap."""
    for step, _ in s.columns:
        x = s.strip(step) + s.m.strip + s.m.fan / 2
        s.canvas.dots(x, y, stroke_of("cell"), gap=2.2, r=0.7, down=True)


def _rail(s: Sheet, depth: int, unit: int, y: float) -> None:
    bold = depth == 0 and unit == s.traced
    name, x = ids.at(s.state_id("c_0", depth), unit=unit), s.start + s.m.strip
    for step, _ in s.columns:
        target, at = ids.at(s.cell_id(depth, step), unit=unit), s.row(depth, step).places[unit]
        _piece(s, (name, target), ((x, y), (at - BEAD, y)), bold=bold)
        fill = stroke_of("cell") if bold else None
        box = (at - BEAD, y - BEAD, at + BEAD, y + BEAD)
        s.canvas.node(target, "cell", box, outline="circle", line=0.9, fill=fill)
        name, x = target, at + BEAD
    _piece(s, (name, ids.at(s.state_id("c_n", depth), unit=unit)), ((x, y), (s.end, y)), bold=bold)


def _piece(s: Sheet, ends: tuple[str, str], route: tuple[Point, Point], *, bold: bool) -> None:
    (a, y), (b, _) = route
    cuts = list[tuple[float, float]]()
    if s.gap is not None and a < s.gap[1] < b:
        cuts.append((s.gap[1] - a - 7, s.gap[1] - a + 7))
        s.canvas.dots(s.gap[1], y, stroke_of("cell"), gap=3.6, r=0.9)
    s.canvas.edge(
        ids.arrow(ends[0], ends[1], "cell"), ends, "cell", route, double=True, cuts=tuple(sorted(cuts)),
        line=BOLD_RAIL if bold else RAIL,
    )  # fmt: skip
