"""Which item of a scene a label stands at."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.scene import labels
from lstmviz.scene.geometry import bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.scene.items import Box, Label, Point


def box_of(label: Label) -> Box:
    """Return the box around all runs of a label."""
    boxes = [labels.run_box(run) for run in label.runs if run.text.strip()]
    return bounds([corner for x0, y0, x1, y1 in boxes for corner in ((x0, y0), (x1, y1))])


def middle(box: Box) -> Point:
    """Return the centre of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def to_box(box: Box, other: Box) -> float:
    """Return how far two boxes are apart, pt; 0 where they touch."""
    across = max(0.0, other[0] - box[2], box[0] - other[2])
    down = max(0.0, other[1] - box[3], box[1] - other[3])
    return math.hypot(across, down)


def to_route(box: Box, route: Sequence[Point]) -> float:
    """Return how far a box is from a line, pt; 0 where it crosses it."""
    return min(_to_segment(box, a, b) for a, b in pairwise(route))


def _to_segment(box: Box, a: Point, b: Point) -> float:
    """Along an axis a segment is a box; a slanted one is sampled every pt."""
    if a[0] == b[0] or a[1] == b[1]:
        return to_box(box, bounds((a, b)))
    steps = max(1, math.ceil(math.hypot(b[0] - a[0], b[1] - a[1])))
    return min(
        _to_point(box, (a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps))
        for i in range(steps + 1)
    )


def _to_point(box: Box, at: Point) -> float:
    across = max(0.0, box[0] - at[0], at[0] - box[2])
    down = max(0.0, box[1] - at[1], at[1] - box[3])
    return math.hypot(across, down)
