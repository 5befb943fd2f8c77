"""Paths: rounded corners, parallel lines, cuts, dashes and arrow heads."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

from lstmviz.records import record
from lstmviz.scene.items import Box, Point

KAPPA = 0.5522847498
"""Control-point distance that makes a cubic Bézier a quarter of a circle."""


@record(frozen=True, slots=True)
class Path:
    """One piece: a start, then segments of one point (line) or three (cubic)."""

    start: Point
    segments: tuple[tuple[Point, ...], ...]
    closed: bool = False

    @property
    def points(self) -> list[Point]:
        """Every point, control points included."""
        return [self.start, *(p for s in self.segments for p in s)]

    @property
    def straight(self) -> bool:
        """Whether no segment is a curve."""
        return all(len(s) == 1 for s in self.segments)


def distance(a: Point, b: Point) -> float:
    """Euclidean distance in pt."""
    return math.hypot(b[0] - a[0], b[1] - a[1])


def towards(a: Point, b: Point, d: float) -> Point:
    """The point `d` pt from a in the direction of b.

    >>> towards((0, 0), (10, 0), 4)
    (4.0, 0.0)
    """
    length = distance(a, b) or 1.0
    return (a[0] + (b[0] - a[0]) * d / length, a[1] + (b[1] - a[1]) * d / length)


def polyline(points: Sequence[Point], *, closed: bool = False, radius: float = 0.0) -> Path:
    """A path through `points`, its corners rounded where there is room."""
    if radius <= 0 or len(points) < 3:
        return Path(points[0], tuple((p,) for p in points[1:]), closed)
    count = len(points)
    corners = range(count) if closed else range(1, count - 1)
    start: Point | None = None if closed else points[0]
    segments: list[tuple[Point, ...]] = []
    for i in corners:
        before, here, after = points[i - 1], points[i], points[(i + 1) % count]
        r = min(radius, distance(before, here) / 2, distance(here, after) / 2)
        a, b = towards(here, before, r), towards(here, after, r)
        if start is None:
            start = a
        else:
            segments.append((a,))
        segments.append((towards(a, here, r * KAPPA), towards(b, here, r * KAPPA), b))
    if not closed:
        segments.append((points[-1],))
    assert start is not None
    return Path(start, tuple(segments), closed)


def rectangle(box: Box, radius: float = 0.0) -> Path:
    """The border of a box, clockwise from its top left."""
    x0, y0, x1, y1 = box
    return polyline([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], closed=True, radius=radius)


def ellipse(box: Box) -> Path:
    """The ellipse that touches all four sides of a box."""
    x0, y0, x1, y1 = box
    cx, cy, kx, ky = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2 * KAPPA, (y1 - y0) / 2 * KAPPA
    return Path(
        (x1, cy),
        (
            ((x1, cy + ky), (cx + kx, y1), (cx, y1)),
            ((cx - kx, y1), (x0, cy + ky), (x0, cy)),
            ((x0, cy - ky), (cx - kx, y0), (cx, y0)),
            ((cx + kx, y0), (x1, cy - ky), (x1, cy)),
        ),
        closed=True,
    )


def bounds(points: Iterable[Point]) -> Box:
    """The smallest box around points."""
    xs, ys = zip(*points, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def middle(box: Box) -> Point:
    """The centre of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def inside(box: Box, other: Box) -> bool:
    """Whether a box lies within another one, or fills it.

    >>> inside((1, 1, 2, 2), (0, 0, 2, 3)), inside((0, 0, 2, 3), (1, 1, 2, 2))
    (True, False)
    """
    return other[0] <= box[0] and other[1] <= box[1] and box[2] <= other[2] and box[3] <= other[3]


def inflate(box: Box, by: float) -> Box:
    """A box grown by `by` pt on every side."""
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def length_of(points: Sequence[Point]) -> float:
    """Length of an open polyline in pt."""
    return sum(distance(a, b) for a, b in itertools.pairwise(points))


def offset(points: Sequence[Point], by: float) -> list[Point]:
    """The parallel line `by` pt to the right of the way, joined by mitres."""
    pairs = [(a, b) for a, b in itertools.pairwise(points) if distance(a, b) > 1e-9]
    normals = [((a[1] - b[1]) / distance(a, b), (b[0] - a[0]) / distance(a, b)) for a, b in pairs]
    corners = [pairs[0][0], *(b for _, b in pairs)]
    moved: list[Point] = []
    for i, (x, y) in enumerate(corners):
        n = normals[min(i, len(normals) - 1)]
        m = normals[max(i - 1, 0)]
        scale = by / max(0.2, 1 + n[0] * m[0] + n[1] * m[1])
        moved.append((x + (n[0] + m[0]) * scale, y + (n[1] + m[1]) * scale))
    return moved


def stretch(points: Sequence[Point], begin: float, end: float) -> list[Point]:
    """The part of a polyline between two distances from its start."""
    out: list[Point] = []
    run = 0.0
    for a, b in itertools.pairwise(points):
        d = distance(a, b)
        if run + d > begin and run < end and d > 0:
            if not out:
                out.append(towards(a, b, max(0.0, begin - run)))
            out.append(towards(a, b, min(d, end - run)))
        run += d
    return out


def pieces(total: float, cuts: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What is left of ``0 … total`` without the cuts.

    >>> pieces(10, [(2, 4), (3, 5)])
    [(0.0, 2), (5, 10)]
    """
    left: list[tuple[float, float]] = []
    at = 0.0
    for begin, end in sorted(cuts):
        if begin > at:
            left.append((at, min(begin, total)))
        at = max(at, end)
    if at < total:
        left.append((at, total))
    return [(a, b) for a, b in left if b - a > 1e-6]


def dashes(span: float, on: float, off: float) -> list[tuple[float, float]]:
    """Dashes that fill a stretch from 0 on, beginning and ending with a whole dash.

    Each piece of a broken line gets a pattern of its own, so that no crumb of a
    dash stands beside a crossing.
    """
    count = max(1, round((span + off) / (on + off)))
    unit = span / (count * on + (count - 1) * off)
    step = (on + off) * unit
    return [(i * step, i * step + on * unit) for i in range(count)]


def arrow_head(tail: Point, tip: Point, length: float, width: float) -> Path:
    """A triangle with its point at `tip`."""
    back = towards(tip, tail, length)
    ux, uy = (tip[0] - back[0]) / length, (tip[1] - back[1]) / length
    half = width / 2
    left, right = (back[0] - uy * half, back[1] + ux * half), (back[0] + uy * half, back[1] - ux * half)
    return Path(left, ((tip,), (right,)), closed=True)
