"""The lines of h and c along time in an unrolled layer, and their names."""

from __future__ import annotations

from itertools import pairwise

from lstmviz.figures.chain.plan import Chain
from lstmviz.figures.shared import parts, state_looks
from lstmviz.network.recurrence import StateVariable
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Point


def time_lines(canvas: Canvas, chain: Chain, lane: str, port: tuple[StateVariable, float]) -> None:
    """One state along time: from the initial one through all cells to the final one."""
    state, dy = port
    base, role = state.letter, state.role
    y, half = chain.lanes[lane][1] + dy, chain.cell[0] / 2
    way = 1 if lane == "fwd" else -1
    stops = [chain.state_id(f"{base}_0", lane), *(chain.cell_id(s, lane) for s in chain.order(lane))]
    stops.append(chain.state_id(f"{base}_n", lane))
    ends = (chain.chip, chain.width - chain.chip)[::way]
    xs = [(ends[0], ends[0]), *((x - way * half, x + way * half) for x, _ in _ways(chain, lane))]
    xs.append((ends[1], ends[1]))
    made = (0, *chain.order(lane))
    for i, ((_, a), (b, _)) in enumerate(pairwise(xs)):
        route = [(a, y), (b, y)]
        style = state_looks.style(state, reverse=lane == "rev")
        left = any(min(a, b) < gap < max(a, b) for gap in chain.gaps)
        dots = (_free(chain, lane, a, b), y) if left else None
        cuts = (parts.cut_at(route, dots, parts.DOTS),) if dots else ()
        arrives = chain.order(lane)[i] if i < len(chain.steps) else 0
        room = abs(b - (dots[0] + way * parts.DOTS if dots else a))
        mark = (b - way * min(state_looks.CUT + 7.0, room / 2), y)
        cut = room > 2 * state_looks.CUT and state_looks.is_cut(state, arrives, chain.order(lane)[0])
        if cut:
            cuts = tuple(sorted((*cuts, parts.cut_at(route, mark, state_looks.CUT))))
        id_ = ids.at(base, chain.part.depth, lane, made[i], end="next", prefix=chain.part.prefix)
        canvas.edge(id_, (stops[i], stops[i + 1]), role, route, cuts=cuts, **style)
        state_looks.strokes(canvas, state, (a, y), way)
        if cut:
            state_looks.cut_mark(canvas, chain.part.layer, state, arrives, mark)
        if dots is not None:
            parts.line_dots(canvas, dots, role, double=role == "cell")
        if 0 < i < len(chain.steps):
            _name(canvas, chain, lane, (state, made[i], y), below=dy == chain.port)


def _free(chain: Chain, lane: str, start: float, stop: float) -> float:
    """The middle of what is free between two cells, before the second."""
    low, high = sorted((start, stop))
    passed = [x for x in _risers(chain, lane) if low < x < high]
    return (max(passed, default=low) + high) / 2 if start < stop else (low + min(passed, default=high)) / 2


def _ways(chain: Chain, lane: str) -> list[Point]:
    return [chain.at(s, lane) for s in chain.order(lane)]


def passing(chain: Chain, lane: str, route: list[Point]) -> tuple[tuple[float, float], ...]:
    """Where a line up out of one direction, or into it, is open: the other direction's time runs through."""
    other = {"fwd": "rev", "rev": "fwd"}[lane]
    return parts.opened(route, crossed(chain, lane)) if other in chain.ways else ()


def crossed(chain: Chain, lane: str) -> list[float]:
    """The levels of the other direction's states along time; none where there is one direction."""
    return [y + dy for way, (_, y) in chain.ways.items() if way != lane for _, dy in chain.ports()]


def into_reverse(canvas: Canvas, chain: Chain, step: int, route: list[Point]) -> None:
    """The line from what the forward direction reads, a loop of its own, into the reverse one's cell."""
    layer, prefix = chain.part.loop, chain.part.prefix
    ends = (ids.at("x", step=step, prefix=ids.inside(layer.ahead)), chain.cell_id(step, "rev"))
    name = ids.end(ids.at("x", step=step, prefix=prefix), "in")
    canvas.edge(name, ends, "input", route, line=1.5, cuts=passing(chain, "rev", route))


def _risers(chain: Chain, lane: str) -> list[float]:
    """The x of the vertical lines that pass through a lane."""
    other = {"fwd": "rev", "rev": "fwd"}[lane]
    return [chain.at(s, other)[0] for s in chain.steps] if other in chain.ways else []


def _name(
    canvas: Canvas, chain: Chain, lane: str, named: tuple[StateVariable, int, float], *, below: bool
) -> None:
    """A state's name beside its line, in the widest free stretch, if there is room."""
    state, step, y = named
    role = state.role
    x, way = chain.at(step, lane)[0], 1 if lane == "fwd" else -1
    start = x + way * chain.cell[0] / 2
    order = chain.order(lane)
    after = order[order.index(step) + 1]
    stop = chain.at(after, lane)[0] - way * chain.cell[0] / 2
    blocks = [r for r in _risers(chain, lane) if min(start, stop) < r < max(start, stop)]
    gap = next((gap for gap in chain.gaps if min(start, stop) < gap < max(start, stop)), None)
    if gap is not None and abs(after - step) > 1:
        stop = gap + way * parts.DOTS  # a name may stand beside the dots
        blocks = [r for r in blocks if min(start, stop) < r < max(start, stop)]
    marks = sorted([start, stop, *blocks])
    free = max(pairwise(marks), key=lambda p: p[1] - p[0])
    label = chain.part.state(state.base, step, lane).tinted(state_looks.tint(state))
    # A name that touched a riser of the same colour would be read as the riser's.
    alike = role == "hidden" and (lane == "rev" or chain.part.depth > 0) and bool(blocks)
    if label.width + (8.0 if alike else 4.0) > free[1] - free[0]:
        return
    middle = (free[0] + free[1]) / 2
    if below:
        parts.under(canvas, label, middle, y + 3.2, role)
    else:
        parts.over(canvas, label, middle, y - 3.4, role)
