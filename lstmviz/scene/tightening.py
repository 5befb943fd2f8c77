"""A drawing made lower: free height, which only upright lines and grounds cross, is taken out evenly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from lstmviz.scene.canvas import Canvas, map_node, map_polygon, map_text
from lstmviz.scene.geometry import bounds
from lstmviz.scene.items import Box, Edge, Frame, Point, Polygon, Text
from lstmviz.scene.labels import run_box

MOST, KEPT = 0.75, 3.0
"""The share of a free stretch that may go, and what always stays, pt."""
HEAD, ASIDE = 8.0, 4.0
"""What an arrow's head takes before its tip, and a line beside its middle, pt."""

Span = tuple[float, float]


def tightened(canvas: Canvas, by: float) -> float:
    """Make a drawing lower by so many pt, as far as it has free height; gives how much was taken out."""
    free = [(a, b) for a, b in _free(canvas) if b - a > KEPT + 1]
    room = sum(_spare(one) for one in free)
    by = min(by, room)
    if by <= 0:
        return 0.0
    _move(canvas, Fold(tuple((a, b, _spare((a, b)) * by / room) for a, b in free)))
    return by


def _spare(one: Span) -> float:
    high = one[1] - one[0]
    return min(MOST * high, high - KEPT)


@dataclass(frozen=True, slots=True)
class Fold:
    """Stretches of height (from, to) with what is taken out of each, pt."""

    parts: tuple[tuple[float, float, float], ...]

    def y(self, y: float) -> float:
        """Where a height comes to lie."""
        return y - sum(out * min(1.0, max(0.0, (y - a) / (b - a))) for a, b, out in self.parts)

    def points(self, points: tuple[Point, ...]) -> tuple[Point, ...]:
        """Where points come to lie."""
        return tuple((x, self.y(y)) for x, y in points)

    def box(self, box: Box) -> Box:
        """Where a box comes to lie, as much lower as what it holds."""
        return (box[0], self.y(box[1]), box[2], self.y(box[3]))

    def edge(self, edge: Edge) -> Edge:
        """A line whose upright parts are shorter; it stays open at the same places."""
        cuts = tuple((self._length(edge, a), self._length(edge, b)) for a, b in edge.cuts)
        return replace(edge, route=self.points(edge.route), cuts=cuts)

    def frame(self, frame: Frame) -> Frame:
        """A frame around the same."""
        doors = tuple((x, self.y(y), half) for x, y, half in frame.doors)
        return replace(frame, box=self.box(frame.box), doors=doors)

    def _length(self, edge: Edge, far: float) -> float:
        """How far from the tail a place of a line comes to lie."""
        new = 0.0
        for (x0, y0), (x1, y1) in pairwise(edge.route):
            old = (
                abs(x1 - x0) + abs(y1 - y0)
                if x0 == x1 or y0 == y1
                else ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
            )
            part = min(far, old)
            end = y0 + (y1 - y0) * part / old if old else y0
            new += abs(self.y(end) - self.y(y0)) if abs(x1 - x0) < 0.01 else part
            far -= part
        return new + far


def _move(canvas: Canvas, fold: Fold) -> None:
    canvas.nodes = [map_node(n, 1.0, 0.0, fold.y(n.box[1]) - n.box[1]) for n in canvas.nodes]
    canvas.edges = [fold.edge(e) for e in canvas.edges]
    canvas.frames = [fold.frame(f) for f in canvas.frames]
    canvas.texts = [_text(t, fold) for t in canvas.texts]
    canvas.polygons = [_form(p, fold) for p in canvas.polygons]
    canvas.plots = [replace(p, box=fold.box(p.box)) for p in canvas.plots]  # as their numbers'


def _text(text: Text, fold: Fold) -> Text:
    if not text.label.runs:
        return text
    y = run_box(text.label.runs[0])[1]
    return replace(map_text(text, 1.0, 0.0, fold.y(y) - y), at=text.at and fold.box(text.at))


def _form(form: Polygon, fold: Fold) -> Polygon:
    if _gives(form):
        return replace(form, points=fold.points(form.points))
    y = bounds(form.points)[1]
    return map_polygon(form, 1.0, 0.0, fold.y(y) - y)


def _gives(form: Polygon) -> bool:
    """Whether a form may be lower: an upright line, or a ground without a border."""
    upright = len({round(x, 2) for x, _ in form.points}) == 1
    return upright or (not form.ellipse and form.stroke is None and len(form.points) == 4 and _even(form))


def _even(form: Polygon) -> bool:
    return len({round(x, 2) for x, _ in form.points}) == len({round(y, 2) for _, y in form.points}) == 2


def _free(canvas: Canvas) -> Iterator[Span]:
    """The stretches of height that nothing takes."""
    taken = sorted(_taken(canvas))
    y = taken[0][1] if taken else 0.0
    for a, b in taken:
        if a > y:
            yield y, a
        y = max(y, b)


def _taken(canvas: Canvas) -> Iterator[Span]:
    for node in canvas.nodes:
        yield node.box[1] - node.line, node.box[3] + node.line
        yield from (_of(run_box(run)) for run in (node.label.runs if node.label else ()))
    for text in canvas.texts:
        boxes = [_of(run_box(run)) for run in text.label.runs]
        if boxes:
            yield min(a for a, _ in boxes), max(b for _, b in boxes)
    for frame in canvas.frames:
        top, low = frame.box[1], frame.box[3]
        # One that holds nothing is a thing of its own: a matrix to scale.
        yield from ((y - 2, y + 2) for y in (top, low)) if frame.members else ((top - 2, low + 2),)
    for plot in canvas.plots:
        yield _of(plot.box)
    for form in canvas.polygons:
        _, y0, _, y1 = bounds(form.points)
        yield from ((y0 - 1, y0 + 1), (y1 - 1 - form.head, y1 + 1)) if _gives(form) else ((y0 - 1, y1 + 1),)
    for edge in canvas.edges:
        yield from _of_line(edge)


def _of(box: Box) -> Span:
    return (box[1] - 1, box[3] + 1)


def _of_line(edge: Edge) -> Iterator[Span]:
    """What a line takes: all but its upright parts, its corners, and the head."""
    for (x0, y0), (x1, y1) in pairwise(edge.route):
        if abs(x1 - x0) >= 0.01:
            yield min(y0, y1) - ASIDE, max(y0, y1) + ASIDE
    for _, y in edge.route[1:-1]:
        yield y - edge.radius - 1, y + edge.radius + 1
    (_, near), (_, tip) = edge.route[-2:]
    yield tip - HEAD * (tip > near), tip + HEAD * (tip < near)
