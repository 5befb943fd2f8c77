"""The lines of edges and frames: pieces, parallels, dashes, doors and heads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lstmviz.scene.geometry import (
    KAPPA,
    Path,
    arrow_head,
    dashes,
    distance,
    inflate,
    length_of,
    offset,
    pieces,
    polyline,
    rectangle,
    stretch,
    towards,
)
from lstmviz.scene.items import Box, Edge, Frame, Point

SINGLE, DOUBLE = 1.5, 0.9
"""The widths of h's line and of each of c's, for which the numbers below hold."""
HEAD, DOUBLE_HEAD = (5.5, 5.2), (6.0, 6.6)
"""Length and width of the heads at those widths; others scale with the line."""
APART = 1.1
"""How far the two lines of c stand from their route."""
INSIDE = 0.6
"""How far a line reaches into its head, so that no gap shows."""
PEN = 1.0
"""The outline of a hollow head."""
ON, OFF = 2.6, 1.5
"""The dashes of the reverse direction."""


@dataclass(frozen=True, slots=True)
class EdgeMeasure:
    """An edge's head, and the stretches of its route that are painted."""

    scale: float
    long: float
    wide: float
    left: tuple[tuple[float, float], ...]


def measure(edge: Edge) -> EdgeMeasure:
    """How large an edge's head is and where its line runs."""
    scale = edge.line / (DOUBLE if edge.double else SINGLE)
    long, wide = (n * scale for n in (DOUBLE_HEAD if edge.double else HEAD))
    total = length_of(edge.route)
    end = total if edge.head == "none" else max(total - long + INSIDE * scale, total * 0.1)
    return EdgeMeasure(scale, long, wide, tuple(pieces(end, edge.cuts)))


def edge_lines(edge: Edge) -> tuple[tuple[Path, ...], Path | None]:
    """The painted pieces of an edge's line, and its head."""
    size = measure(edge)
    dash = (ON * size.scale, OFF * size.scale) if edge.dashed else None
    lines: tuple[Path, ...] = ()
    for side in (-APART * size.scale, APART * size.scale) if edge.double else (0.0,):
        lines += broken(edge.route, size.left, dash, edge.radius, side)
    if edge.head == "none":
        return lines, None
    if edge.head == "hollow":
        return lines, hollow_head(edge.route, size.long, size.wide, size.scale * PEN)
    return lines, head_at(edge.route, size.long, size.wide)


def broken(
    points: Sequence[Point],
    left: Sequence[tuple[float, float]],
    dash: tuple[float, float] | None,
    radius: float,
    side: float = 0.0,
) -> tuple[Path, ...]:
    """The stretches of a polyline that are painted, each with its own dashes.

    `side` moves the line that far to the right of its way.
    """
    parts = [_parallel(p, radius, side) for a, b in left if len(p := stretch(points, a, b)) > 1]
    if not dash:
        return tuple(parts)
    return tuple(d for part, (a, b) in zip(parts, left, strict=True) for d in _dashed(part, dash, b - a))


def _dashed(path: Path, dash: tuple[float, float], length: float) -> list[Path]:
    """The dashes of a line, as many as fit a line of `length`, its middle's."""
    points = flattened(path)
    total = length_of(points)
    on, off = (n * total / length for n in dash)
    return [polyline(stretch(points, a, b)) for a, b in dashes(total, on, off)]


def flattened(path: Path, steps: int = 8) -> list[Point]:
    """A path as a polyline, for measuring along it."""
    points = [path.start]
    for segment in path.segments:
        if len(segment) == 1:
            points.append(segment[0])
            continue
        (x0, y0), ((x1, y1), (x2, y2), (x3, y3)) = points[-1], segment
        for t in (k / steps for k in range(1, steps + 1)):
            u = 1 - t
            a, b, c, d = u**3, 3 * u * u * t, 3 * u * t * t, t**3
            points.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    if path.closed:
        points.append(path.start)
    return points


def _parallel(points: Sequence[Point], radius: float, side: float) -> Path:
    if not side:
        return polyline(points, radius=radius)
    moved = offset(points, side)
    return _concentric(moved, radius, side) if len(moved) > 2 and radius > 0 else polyline(moved)


def _concentric(points: Sequence[Point], radius: float, side: float) -> Path:
    """A parallel whose corners share their centres with those of the route."""
    segments: list[tuple[Point, ...]] = []
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        turn = (here[0] - before[0]) * (after[1] - here[1]) - (here[1] - before[1]) * (after[0] - here[0])
        own = max(0.3, radius - (side if turn > 0 else -side))
        r = min(own, distance(before, here) / 2, distance(here, after) / 2)
        a, b = towards(here, before, r), towards(here, after, r)
        segments += [(a,), (towards(a, here, r * KAPPA), towards(b, here, r * KAPPA), b)]
    return Path(points[0], (*segments, (points[-1],)))


def head_at(points: Sequence[Point], long: float, wide: float) -> Path:
    """A triangle with its point at the end of a polyline."""
    return arrow_head(_before(points), points[-1], long, wide)


def hollow_head(points: Sequence[Point], long: float, wide: float, pen: float) -> Path:
    """A triangle whose outline, `pen` wide, paints just what `head_at` fills."""
    slant = math.atan2(wide / 2, long)
    tip = towards(points[-1], _before(points), pen / 2 / math.sin(slant))
    length = long - pen / 2 - pen / 2 / math.sin(slant)
    return arrow_head(_before(points), tip, length, 2 * length * math.tan(slant))


def _before(points: Sequence[Point]) -> Point:
    """The last point of a polyline that differs from its end."""
    return next((p for p in reversed(points[:-1]) if distance(p, points[-1]) > 1e-6), points[0])


def frame_lines(frame: Frame) -> tuple[tuple[Path, ...], float]:
    """The one or two lines of a frame, open at its doors, and their width."""
    boxes = [frame.box, inflate(frame.box, -1.8 * frame.line)] if frame.double else [frame.box]
    width = 0.75 * frame.line if frame.double else frame.line
    if not frame.doors:
        return tuple(rectangle(b, max(0.0, frame.radius - 1.8 * i)) for i, b in enumerate(boxes)), width
    return tuple(p for box in boxes for p in _border(box, frame)), width


def _border(box: Box, frame: Frame) -> list[Path]:
    """A box's border without the openings of the frame's doors."""
    x0, y0, x1, y1 = box
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    total = length_of(ring)
    cuts: list[tuple[float, float]] = []
    for x, y, half in frame.doors:
        at = _nearest(ring, (x, y))
        cuts += [(at - half + turn, at + half + turn) for turn in (-total, 0.0, total)]
    left = pieces(total, [(max(a, 0.0), b) for a, b in cuts if b > 0 and a < total])
    parts = [stretch(ring, a, b) for a, b in left]
    if len(left) > 1 and left[0][0] == 0 and left[-1][1] >= total:
        parts = [parts[-1] + parts[0][1:], *parts[1:-1]]
    return [polyline(p, radius=frame.radius) for p in parts if len(p) > 1]


def _nearest(ring: Sequence[Point], point: Point) -> float:
    """How far along a polyline the place is that lies next to a point."""
    best, found, run = math.inf, 0.0, 0.0
    for a, b in pairwise(ring):
        d = distance(a, b)
        along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / (d or 1.0)
        along = min(max(along, 0.0), d)
        gap = distance(point, towards(a, b, along))
        if gap < best:
            best, found = gap, run + along
        run += d
    return found
