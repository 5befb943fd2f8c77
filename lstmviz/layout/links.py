"""Edges between nodes that have their places: the route follows from the two boxes."""

from __future__ import annotations

from typing import Any, Literal

from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Edge, Point, Role

Way = Literal["up", "down", "right", "left"]


def link(canvas: Canvas, id: str, ends: tuple[str, str], role: Role, way: Way, **more: Any) -> Edge:
    """Draw an edge from one node to another, leaving and arriving along `way`.

    It is straight where the boxes face each other, with two bends half-way
    where they do not. `at` fixes the x (of up and down) or the y at which it
    leaves, `to` that at which it arrives, `bend` where it turns, a share of the way.
    """
    source, target = (box_of(canvas, end) for end in ends)
    return canvas.edge(id, ends, role, route(source, target, way, **_taken(more, "at", "to", "bend")), **more)


def box_of(canvas: Canvas, id: str) -> Box:
    """Return the box of a node by its id."""
    return next(node.box for node in canvas.nodes if node.id == id)


def route(
    source: Box,
    target: Box,
    way: Way,
    *,
    at: float | None = None,
    to: float | None = None,
    bend: float = 0.5,
) -> list[Point]:
    """Return the points from one box to another: two if they face each other, else four."""
    cross = 0 if way in {"up", "down"} else 1
    ahead = way in {"down", "right"}
    begin, end = source[3 - cross if ahead else 1 - cross], target[1 - cross if ahead else 3 - cross]
    first = _facing(source, target, cross) if at is None else at
    last = to
    if last is None:
        last = first if target[cross] <= first <= target[cross + 2] else _middle(target, cross)
    turn = begin + (end - begin) * bend
    along = [(first, begin), (last, end)] if first == last else [
        (first, begin), (first, turn), (last, turn), (last, end),
    ]  # fmt: skip
    return [(c, a) if cross == 0 else (a, c) for c, a in along]


def _facing(source: Box, target: Box, cross: int) -> float:
    """Return where a straight line leaves the source: in the middle of the smaller box that it meets."""
    low, high = max(source[cross], target[cross]), min(source[cross + 2], target[cross + 2])
    small = min((source, target), key=lambda box: box[cross + 2] - box[cross])
    middle = _middle(small, cross)
    if low <= middle <= high:
        return middle
    return _middle(source, cross)


def _middle(box: Box, cross: int) -> float:
    return (box[cross] + box[cross + 2]) / 2


def _taken(more: dict[str, Any], *names: str) -> dict[str, Any]:
    """Take these keywords out of others."""
    return {name: more.pop(name) for name in names if name in more}
