"""States handed from an encoder to its decoder: straight across, or round on lanes of their own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.parts import cut_at, line_style, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Point, Role

BESIDE = 22.0
"""From the encoder's last states to the decoder's first, side by side, pt."""
LANE, CLEAR = 4.5, 6.0
"""From one lane to the next, and the free space beside them, pt."""
CLOSE = (4.0, 5.0)
"""The same two where the page is narrow."""
HALF = 2.2
"""Half the opening of a lane that another one crosses, pt."""

Cuts = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Handed:
    """A state that is handed over: from which node, to which, h or c, and its role."""

    source: str
    target: str
    letter: str
    role: Role

    @property
    def reverse(self) -> bool:
        """Whether it ends the encoder at its first step, at the left."""
        return self.source.endswith(".rev")


@dataclass(frozen=True, slots=True)
class Lanes:
    """How many states go round on each side, and how far apart."""

    forward: int
    reverse: int
    lane: float = LANE
    clear: float = CLEAR

    def wide(self, count: int) -> float:
        """The width of so many lanes beside what they pass."""
        return self.clear + self.lane * (count - 1) if count else 0.0

    @property
    def room(self) -> float:
        """What both sides take of the page's width."""
        return self.wide(self.forward) + self.wide(self.reverse)


def index(depth: int, way: int, directions: int) -> int:
    """Which layer of a decoder begins with a last state: entry k of h_n becomes entry k of h_0.

    >>> index(1, 1, 2)
    3
    """
    return depth * directions + way


def straight(canvas: Canvas, ends: Iterable[Handed]) -> None:
    """Each state from its box to the one on the same level at its right."""
    boxes = {node.id: node.box for node in canvas.nodes}
    for end in ends:
        a, b = boxes[end.source], boxes[end.target]
        y = (a[1] + a[3]) / 2
        _link(canvas, end, [(a[2], y), (b[0], y)])


def stacked(below: Canvas, above: Canvas, ends: Sequence[Handed], lanes: Lanes) -> None:
    """Put the decoder over the encoder, and lead each state round to its left side.

    What ends the encoder at the right goes up there, and back to the left
    between the two; what ends it at the left goes straight up.
    """
    left, top, right, _ = below.extent()
    corridor = top - lanes.clear - 2
    lift = corridor - lanes.lane * lanes.forward - lanes.clear - above.extent()[3]
    targets = {end.target for end in ends}
    inner = min(node.box[0] for node in above.nodes if node.id in targets)
    above.move(left + lanes.wide(lanes.forward) - min(inner, above.extent()[0]), lift)
    merge(below, above)
    boxes = {node.id: node.box for node in below.nodes}
    routes = list(_routes(ends, boxes, lanes, (left, right, corridor)))
    for i, (end, route) in enumerate(zip(ends, routes, strict=True)):
        _link(below, end, route, _cuts(route, routes[:i] + routes[i + 1 :]))


def _routes(
    ends: Sequence[Handed],
    boxes: dict[str, tuple[float, float, float, float]],
    lanes: Lanes,
    edges: tuple[float, float, float],
) -> Iterator[list[Point]]:
    """Where each state goes; of those of one side the lowest has the inmost lane at the decoder."""
    left, right, corridor = edges
    ranks = {"fwd": 0, "rev": 0}
    for end in ends:
        a, b = boxes[end.source], boxes[end.target]
        ya, yb = (a[1] + a[3]) / 2, (b[1] + b[3]) / 2
        side = "rev" if end.reverse else "fwd"
        rank, ranks[side] = ranks[side], ranks[side] + 1
        if end.reverse:
            out = left - lanes.clear - lanes.lane * rank
            yield [(a[0], ya), (out, ya), (out, yb), (b[0], yb)]
            continue
        back = lanes.forward - 1 - rank
        x, y = right + lanes.clear + lanes.lane * back, corridor - lanes.lane * back
        out = left + lanes.lane * back
        yield [(a[2], ya), (x, ya), (x, y), (out, y), (out, yb), (b[0], yb)]


def _cuts(route: list[Point], others: list[list[Point]]) -> Cuts:
    """Where a route's level stretches cross other routes' upright ones."""
    uprights = [(p, q) for other in others for p, q in pairwise(other) if p[0] == q[0]]
    found = []
    for (x0, y), (x1, y1) in pairwise(route):
        for (x, top), (_, low) in uprights if y == y1 else ():
            if min(x0, x1) < x < max(x0, x1) and min(top, low) < y < max(top, low):
                found.append(cut_at(route, (x, y), HALF))
    return tuple(sorted(found))


def _link(canvas: Canvas, end: Handed, route: list[Point], cuts: Cuts = ()) -> None:
    name = f"{end.source}--{end.target}.{end.role}"
    canvas.edge(
        name, (end.source, end.target), end.role, route, cuts=cuts, radius=3.0, **line_style(end.letter)
    )


def lanes_of(layer: Recurrent, depth: int, states: int, *, narrow: bool) -> Lanes:
    """The lanes for the last states of `depth` layers of an encoder."""
    lane, clear = CLOSE if narrow else (LANE, CLEAR)
    count = depth * states
    return Lanes(count, count if layer.bidirectional else 0, lane, clear)
