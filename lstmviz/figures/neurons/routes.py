"""The ways of an LSTM's h inside a column: out of W_hh into every unit, and from all units on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lstmviz.figures.neurons.page import TIP
from lstmviz.scene.items import fill_of, stroke_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.neurons.page import Sheet
    from lstmviz.scene.items import Point

RIVER = fill_of("hidden", 0.74)
"""The ground on which h reaches the units of a layer."""
HEAD, LINE = 3.6, 1.2
"""The arrow heads and the lines of these ways, pt."""
OVER = 4.8
"""How far the line from which every unit takes h stands off the units, pt."""
OPEN = 2.0
"""Half the opening of a rail of c where h passes, pt."""


def inward(s: Sheet, depth: int, step: int) -> None:
    """Lead h out of the ribbon along the row, with an arrow into each unit."""
    units, y = s.row(depth, step), s.middle(depth)
    x0 = s.strip(step) + s.entry - TIP
    rail = y - s.m.r - OVER
    last = max(units.places.values())
    _line(s, [(x0, y), (x0 + TIP / 2, y), (x0 + TIP / 2, rail), (last, rail)], radius=1.5)
    for x in units.places.values():
        _line(s, [(x, rail), (x, y - s.m.r - 0.6)], head=HEAD)


def onward(s: Sheet, depth: int, step: int) -> None:
    """Lead h from the dots where it leaves down past the rails of c: to the next strip, or to h_n."""
    places, top, y = s.row(depth, step).places.values(), s.top(depth), s.middle(depth)
    x, end = s.descent(step), s.goal(step)
    start = (min(places), top)
    if end is None:  # the next strip is right below
        _line(s, [start, (x, top), (x, y - len(s.units) * s.m.lane / 2)], radius=2.0, head=HEAD)
        return
    route = [start, (x, top), (x, y)]
    if s.gap is not None and s.gap[0] == step:
        left, right = s.gap[1] - 6.5, s.gap[1] + 5.5
        s.canvas.dots(s.gap[1], y, stroke_of("hidden"), gap=3.6, r=1.0)
        _line(s, [*route, (max(left, x + 1), y)], radius=2.0)
        _line(s, [(min(right, end - HEAD - 0.4), y), (end, y)], head=HEAD)
        return
    _line(s, [*route, (end, y)], radius=2.0, head=HEAD)


def cuts(s: Sheet, ends: tuple[float, float]) -> list[tuple[float, float]]:
    """Where a rail of c from one x to another is open: h passes there."""
    a, b = ends
    return [
        (x - a - OPEN, x - a + OPEN)
        for x in (s.descent(step) for step, _ in s.columns)
        if a + OPEN < x < b - OPEN
    ]


def field(s: Sheet, depth: int, step: int) -> None:
    """The ground behind a row of units, as high as the ribbon that it comes out of."""
    x0, y, high = s.strip(step) + s.entry - TIP, s.middle(depth), s.tall
    x1 = dict(s.columns)[step] + s.half
    s.canvas.box((x0, y - high, x1, y + high), role="hidden", fill=RIVER, z=4)


def _line(s: Sheet, points: Sequence[Point], **more: Any) -> None:
    kept = [points[0], *(b for a, b in pairwise(points) if a != b)]
    s.canvas.line(kept, stroke=stroke_of("hidden"), line=LINE, role="hidden", **more)
