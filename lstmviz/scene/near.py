"""How far the items of a scene are apart: boxes, lines, and the words of a label."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from lstmviz.scene import labels
from lstmviz.scene.geometry import bounds
from lstmviz.scene.items import Box, Label, Point

Thing = TypeVar("Thing")
TILE = 48.0
"""The side of the squares that a page is cut into, pt."""


class Places(Generic[Thing]):
    """Things by their places on a page: asked what lies around a box, it goes through few of them."""

    def __init__(self, things: Iterable[tuple[Sequence[Box], Thing]]) -> None:
        """Take things, each with the boxes that cover it."""
        self._things: list[Thing] = []
        self._tiles: dict[tuple[int, int], set[int]] = defaultdict(set)
        for number, (boxes, thing) in enumerate(things):
            self._things.append(thing)
            for box in boxes:
                for tile in _tiles(box):
                    self._tiles[tile].add(number)

    def around(self, box: Box, reach: float) -> list[Thing]:
        """Return all that may be as near to a box as `reach` pt, and little else.

        In the order in which they were given.
        """
        x0, y0, x1, y1 = box
        wide = (x0 - reach, y0 - reach, x1 + reach, y1 + reach)
        found = (self._tiles.get(tile, ()) for tile in _tiles(wide))
        return [self._things[number] for number in sorted(set().union(*found))]


def _tiles(box: Box) -> Iterator[tuple[int, int]]:
    """Yield the squares of the page that a box lies on."""
    x0, y0, x1, y1 = (math.floor(edge / TILE) for edge in box)
    return ((x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1))


def legs(route: Sequence[Point]) -> list[Box]:
    """Return the boxes around the legs of a line."""
    return [(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])) for a, b in pairwise(route)]


def box_of(label: Label) -> Box:
    """Return the box around all runs of a label."""
    boxes = [labels.run_box(run) for run in label.runs if run.text.strip()]
    if len(boxes) == 1:
        return boxes[0]
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def to_box(box: Box, other: Box) -> float:
    """Return how far two boxes are apart, pt; 0 where they touch."""
    across = max(0.0, other[0] - box[2], box[0] - other[2])
    down = max(0.0, other[1] - box[3], box[1] - other[3])
    return math.hypot(across, down)


def to_route(box: Box, route: Sequence[Point]) -> float:
    """Return how far a box is from a line, pt; 0 where it crosses it."""
    return min(_to_segment(box, a, b) for a, b in pairwise(route))


def _to_segment(box: Box, a: Point, b: Point) -> float:
    """Return how far a box is from a segment: an end from it, or a corner from the segment."""
    if a[0] == b[0] or a[1] == b[1]:  # along an axis a segment is a box
        return to_box(box, bounds((a, b)))
    if _crosses(box, a, b):
        return 0.0
    x0, y0, x1, y1 = box
    dx, dy = b[0] - a[0], b[1] - a[1]
    near = min(to_box(box, a * 2), to_box(box, b * 2))
    for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1)):
        along = ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)
        if 0.0 < along < 1.0:
            near = min(near, math.hypot(a[0] + along * dx - x, a[1] + along * dy - y))
    return near


def _crosses(box: Box, a: Point, b: Point) -> bool:
    """Whether a slanted segment has a point in a box: what of it is in both of the box's strips."""
    first, last = 0.0, 1.0
    for k in (0, 1):
        ends = sorted(((box[k] - a[k]) / (b[k] - a[k]), (box[k + 2] - a[k]) / (b[k] - a[k])))
        first, last = max(first, ends[0]), min(last, ends[1])
    return first <= last
