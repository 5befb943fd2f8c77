"""h and c of single units along time: what a step gives, what becomes of it on the way, whom it reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmviz.figures.base import respell
from lstmviz.figures.neurons.draw import fan, numbered
from lstmviz.figures.neurons.page import TIP, role_of
from lstmviz.figures.shared.content import starts_from_zeros
from lstmviz.scene import ids
from lstmviz.scene.items import GROUND, fill_of, stroke_of

if TYPE_CHECKING:
    from lstmviz.figures.neurons.page import NeuronsDrawing
    from lstmviz.scene.items import Point, Role
    from lstmviz.scene.labels import TextLine

KEPT = 0.7
"""The width of each line of c, pt."""
BOLD = 1.4
"""The same of the traced unit's."""


def number(s: NeuronsDrawing, unit: int) -> TextLine | None:
    """A unit's number, as its cell of a state has it: a letter for the last where its circle has one."""
    letter = respell(s.layer.units, s.options)
    return numbered(s.layer.hidden_size, letter, 2 * s.m.r - 1.5, 7.2)(unit)


def strip(s: NeuronsDrawing, prefix: str, base: str, at: Point, port: str = "", **more: Any) -> None:
    """A column of cells of a state, one for each unit drawn, unit 1 on top; `at` is its upper left."""
    x, y = at
    role, high = role_of(base), s.m.lane
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
        s.canvas.node(ids.at(prefix, unit=unit, end=port), role, box, number(s, unit), line=0.8, **more)


def handed(s: NeuronsDrawing, depth: int, base: str) -> None:
    """Draw h or c along time: from the units of a step to those of the next, and into the last state."""
    y = s.upper(depth, base)
    for step, x in s.columns:
        left, before = s.strip(step), s.before(step)
        if before is None:
            source, port = s.state_id(f"{base}_0", depth), ""
            given = _of(s, f"{base}_0") | _begun(s)
        else:
            source, port, given = ids.at(base, depth, "fwd", step - 1, prefix=s.prefix), "out", {}
        strip(s, source, base, (left, y), port, **given)
        foot, into = left + s.m.strip, left + s.m.strip + s.m.fan
        _tip(s, role_of(base), into + s.m.port, y, s.lower(depth, base))
        _arrivals(s, depth, base, step, into)
        _lines(s, (depth, base, step), (source, port), (foot, into))
        _lane(s, depth, base, step, (into + s.m.port + TIP, x))
    _final(s, depth, base)


def _of(s: NeuronsDrawing, name: str) -> dict[str, Any]:
    """What a strip's cells are parts of."""
    return {"tensor": name, "shape": s.layer.tensor(name).sizes}


def _begun(s: NeuronsDrawing) -> dict[str, Any]:
    """How the cells of initial states look: empty, where these are zeros."""
    return {"fill": GROUND} if starts_from_zeros(s.layer) else {}


def _tip(s: NeuronsDrawing, role: Role, x: float, y0: float, y1: float) -> None:
    """A point at the units that the lines between two steps reach."""
    s.canvas.line([(x + 1, y0), (x + TIP, (y0 + y1) / 2), (x + 1, y1)], stroke=stroke_of(role), line=0.9)


def _arrivals(s: NeuronsDrawing, depth: int, base: str, step: int, x: float) -> None:
    """The units at which the lines of a step arrive: of h, where they cross, by number."""
    role, own, high = role_of(base), ids.at(base, depth, "fwd", step, prefix=s.prefix), s.m.lane
    for slot, unit in enumerate(s.units):
        y = s.cell(depth, slot, base)
        if unit is None:
            s.canvas.dots(x + s.m.port / 2, y, stroke_of(role), gap=2.0, r=0.6, down=True)
            continue
        box = (x, y - high / 2 + 0.5, x + s.m.port, y + high / 2 - 0.5)
        name, label = ids.at(own, unit=unit, end="in"), number(s, unit) if base == "h" else None
        s.canvas.node(name, role, box, label, outline="circle" if label else "none", line=0.6, fill=GROUND)


def _lines(
    s: NeuronsDrawing, at: tuple[int, str, int], source: tuple[str, str], xs: tuple[float, float]
) -> None:
    """The lines between two steps: of h from each unit to all, each a weight; of c from each to itself."""
    depth, base, step = at
    own = ids.at(base, depth, "fwd", step, prefix=s.prefix)
    places = {u: s.cell(depth, slot, base) for slot, u in enumerate(s.units) if u is not None}
    starts = {ids.at(source[0], unit=u, end=source[1]): ((xs[0], y),) for u, y in places.items()}
    ends = {ids.at(own, unit=u, end="in"): (xs[1], y) for u, y in places.items()}
    bold = [ids.at(own, unit=s.traced, end="in")] if depth == 0 and s.traced else []
    if base == "h":
        fan(s.canvas, starts, ends, role="hidden", bold=bold)
        return
    for (a, (start,)), (b, (x, y)) in zip(starts.items(), ends.items(), strict=True):
        s.canvas.edge(
            ids.arrow(a, b, "cell"), (a, b), "cell", (start, (x + s.m.port, y)), head="none",
            line=BOLD if b in bold else KEPT,
        )  # fmt: skip


def _lane(s: NeuronsDrawing, depth: int, base: str, step: int, xs: tuple[float, float]) -> None:
    """Whom a state reaches at a step: every unit; and then the next strip."""
    left, x = xs
    role = role_of(base)
    following = [t for t, _ in s.columns if t > step]
    gap = s.gap is not None and s.gap[0] == step
    last = not following
    right = x + s.half + s.pad if gap else s.end if last else s.strip(following[0])
    unit = ids.at(base, depth, "fwd", step, prefix=s.prefix)
    numbers = [u for u in s.units if u is not None]
    members = [ids.at(unit, unit=u, end=port) for port in ("in", "") for u in numbers]
    if not gap and not last and following[0] == step + 1:
        members += [ids.at(unit, unit=u, end="out") for u in numbers]
    elif not gap:
        members += [ids.at(s.state_id(f"{base}_n", depth), unit=u) for u in numbers]
    s.canvas.frame(
        ids.at(f"lane_{base}", depth, "fwd", step, prefix=s.prefix), role,
        (left, s.upper(depth, base), right, s.lower(depth, base)),
        members=tuple(members), line=0.0,
    )  # fmt: skip
    y = s.units_at(depth, base)
    if gap:
        assert s.gap is not None
        s.canvas.dots(s.gap[1], y, stroke_of(role), r=1.3)
    elif not last:
        _head(s, role, right - 0.4, y)


def _head(s: NeuronsDrawing, role: Role, x: float, y: float) -> None:
    """The arrow head in which a state goes on to the right; `x` is its tip."""
    head = [(x - 3.6, y - 3.6), (x, y), (x - 3.6, y + 3.6)]
    s.canvas.form(head, role=role, fill=stroke_of(role), z=30)


def _final(s: NeuronsDrawing, depth: int, base: str) -> None:
    role, name, y = role_of(base), f"{base}_n", s.upper(depth, base)
    strip(s, s.state_id(name, depth), base, (s.end, y), **_of(s, name))
    _head(s, role, s.end - 0.4, s.units_at(depth, base))
