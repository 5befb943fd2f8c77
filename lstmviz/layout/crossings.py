"""Where lines are left open: at others that cross them, and at what stands on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from lstmviz.scene.geometry import distance
from lstmviz.scene.items import Box, Point

Cut = tuple[float, float]
SAME = 1e-6
"""How far numbers are apart that are the same, pt."""


def cuts_at_lines(route: Sequence[Point], other: Sequence[Point], half: float) -> Iterator[Cut]:
    """The stretches of a route to leave open where it crosses another, at right angles.

    >>> list(cuts_at_lines([(0, 0), (10, 0)], [(4, -5), (4, 5)], 3))
    [(1.0, 7.0)]
    """
    run = 0.0
    for a, b in pairwise(route):
        for c, d in pairwise(other):
            at = crossing(a, b, c, d)
            if at is not None:
                yield (run + distance(a, at) - half, run + distance(a, at) + half)
        run += distance(a, b)


def overlap(one: Box, two: Box) -> bool:
    """Return whether two boxes have a point in common.

    >>> overlap((0, 0, 4, 4), (4, 2, 9, 9)), overlap((0, 0, 4, 4), (5, 0, 9, 9))
    (True, False)
    """
    return one[0] <= two[2] and two[0] <= one[2] and one[1] <= two[3] and two[1] <= one[3]


def cuts_at_box(route: Sequence[Point], box: Box) -> Iterator[Cut]:
    """The stretches of a route of straight lines that lie in a box.

    >>> list(cuts_at_box([(0, 0), (0, 20)], (-5, 8, 5, 12)))
    [(8.0, 12.0)]
    """
    run = 0.0
    x0, y0, x1, y1 = box
    for (ax, ay), (bx, by) in pairwise(route):
        length = distance((ax, ay), (bx, by))
        if ax == bx and x0 < ax < x1:
            low, high = max(min(ay, by), y0), min(max(ay, by), y1)
            start = low if ay < by else high
            if low < high:
                yield (run + abs(start - ay), run + abs(start - ay) + high - low)
        elif ay == by and y0 < ay < y1:
            low, high = max(min(ax, bx), x0), min(max(ax, bx), x1)
            start = low if ax < bx else high
            if low < high:
                yield (run + abs(start - ax), run + abs(start - ax) + high - low)
        run += length


def crossing(a: Point, b: Point, c: Point, d: Point, *, ends: float = 0.0) -> Point | None:
    """Where one of two lines is level and the other upright, the point at which they cross; None near `ends`.

    >>> crossing((0, 0), (10, 0), (4, -5), (4, 5))
    (4, 0)
    """
    if abs(a[0] - b[0]) < SAME:
        a, b, c, d = c, d, a, b
    if abs(a[1] - b[1]) > SAME or abs(c[0] - d[0]) > SAME:
        return None
    x, y = c[0], a[1]
    across = min(a[0], b[0]) + ends < x < max(a[0], b[0]) - ends
    along = min(c[1], d[1]) + ends < y < max(c[1], d[1]) - ends
    return (x, y) if across and along else None


def merged(cuts: Sequence[Cut]) -> tuple[Cut, ...]:
    """The stretches in order, those that meet as one.

    >>> merged([(5, 9), (1, 3), (8, 11)])
    ((1, 3), (5, 11))
    """
    out: list[Cut] = []
    for start, end in sorted(cuts):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)
