"""The drawing board: figures put items here, and take a Scene from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lstmviz.scene.geometry import bounds, inflate
from lstmviz.scene.items import (
    MUTED,
    Anchor,
    Box,
    Edge,
    Frame,
    Label,
    Node,
    Point,
    Polygon,
    Role,
    Run,
    Text,
    Tint,
)
from lstmviz.scene.labels import TextLine, asserted, run_box
from lstmviz.scene.plots import Plot, moved
from lstmviz.scene.scene import Scene
from lstmviz.translation.messages import Message, bare, joined


class Canvas:
    """Collects items in the order in which they are painted."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.frames: list[Frame] = []
        self.texts: list[Text] = []
        self.polygons: list[Polygon] = []
        self.plots: list[Plot] = []
        self.notes: list[str] = []
        self.caption: list[Message] = []
        """What belongs under the figure and is not drawn."""

    def node(self, id: str, role: Role, box: Box, label: TextLine | None = None, **more: Any) -> Node:
        """A node with its label in the middle of its box."""
        placed = label.centred(box) if label is not None and label.runs else None
        self.nodes.append(Node(id, role, box, placed, **more))
        return self.nodes[-1]

    def edge(
        self,
        id: str,
        ends: tuple[str, str],
        role: Role,
        route: Sequence[Point],
        **more: Any,
    ) -> Edge:
        """An edge along `route`, from the first node id to the second."""
        self.edges.append(Edge(id, *ends, role, tuple(route), **more))
        return self.edges[-1]

    def frame(self, id: str, role: Role, box: Box, **more: Any) -> Frame:
        """A region that means membership."""
        self.frames.append(Frame(id, role, box, **more))
        return self.frames[-1]

    def plot(self, plot: Plot) -> None:
        """Put a map or a curve of measured values."""
        self.plots.append(plot)

    def text(self, line: TextLine, x: float, y: float, anchor: Anchor = "start", **more: Any) -> None:
        """A line of text, its baseline at y."""
        if line.runs:
            self.texts.append(Text(line.at(x, y, anchor), **more))

    def box(self, box: Box, **more: Any) -> None:
        """A painted rectangle that is no node."""
        x0, y0, x1, y1 = box
        self.polygons.append(Polygon(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), **more))

    def form(self, points: Sequence[Point], **more: Any) -> None:
        """A painted polygon."""
        self.polygons.append(Polygon(tuple(points), **more))

    def line(self, points: Sequence[Point], *, stroke: Tint = MUTED, line: float = 1.0, **more: Any) -> None:
        """An open line: an axis, a brace, a leader."""
        self.polygons.append(Polygon(tuple(points), closed=False, stroke=stroke, line=line, **more))

    def dot(self, x: float, y: float, r: float, tint: Tint, **more: Any) -> None:
        """A filled dot."""
        self.polygons.append(Polygon(_corners((x - r, y - r, x + r, y + r)), fill=tint, ellipse=True, **more))

    def dots(
        self, x: float, y: float, tint: Tint, *, gap: float = 4.0, r: float = 1.1, down: bool = False
    ) -> None:
        """Three dots that stand for what is left out, along x or down y."""
        for k in (-1, 0, 1):
            self.dot(x + (0 if down else k * gap), y + (k * gap if down else 0), r, tint)

    def copy(self) -> Canvas:
        """Return a canvas of its own with the same items, which never change."""
        new = Canvas()
        for name, items in vars(self).items():
            setattr(new, name, list(items))
        return new

    def merge(self, other: Canvas) -> None:
        """Put everything from another canvas over what is there."""
        for name, items in vars(other).items():
            getattr(self, name).extend(items)

    def extent(self, *, borders: bool = True) -> Box:
        """The smallest box around everything drawn, lines' width included, or without `borders` not."""
        half = 0.5 if borders else 0.0
        boxes = [inflate(node.box, node.line * half) for node in self.nodes]
        boxes += [inflate(frame.box, frame.line * half) for frame in self.frames]
        boxes += [inflate(bounds(e.route), e.line * (3.2 if e.double else 1.0) * half) for e in self.edges]
        boxes += [inflate(bounds(p.points), p.line * half if p.stroke else 0.0) for p in self.polygons]
        boxes += [plot.box for plot in self.plots]
        boxes += [run_box(r) for t in self.texts for r in t.label.runs]
        boxes += [run_box(r) for n in self.nodes if n.label for r in n.label.runs]
        x0, y0, x1, y1 = zip(*boxes, strict=True)
        return (min(x0), min(y0), max(x1), max(y1))

    def move(self, dx: float, dy: float) -> None:
        """Shift everything."""
        self._map(1.0, dx, dy)

    def _map(self, k: float, dx: float, dy: float) -> None:
        self.nodes = [map_node(n, k, dx, dy) for n in self.nodes]
        self.edges = [map_edge(e, k, dx, dy) for e in self.edges]
        self.frames = [map_frame(f, k, dx, dy) for f in self.frames]
        self.texts = [map_text(t, k, dx, dy) for t in self.texts]
        self.polygons = [map_polygon(p, k, dx, dy) for p in self.polygons]
        self.plots = [moved(p, k, dx, dy) for p in self.plots]

    def scene(self, kind: str, title: str, told: str | Message, width: float, height: float) -> Scene:
        """The finished figure; what is told of it asserts what its messages do."""
        claims = tuple(map(asserted, told.messages())) if isinstance(told, Message) else ()
        under = joined("; ", *dict.fromkeys(self.caption))
        return Scene(
            kind,
            title,
            told.text if isinstance(told, Message) else told,
            width,
            height,
            tuple(self.nodes),
            tuple(self.edges),
            tuple(self.frames),
            tuple(self.texts),
            tuple(self.polygons),
            tuple(self.notes),
            said=claims,
            plots=tuple(self.plots),
            caption=bare(under.text),
            captioned=tuple(map(asserted, under.messages())),
        )


def named(canvas: Canvas, prefix: str) -> Canvas:
    """The same items with a prefix before every id."""
    new = Canvas()
    new.nodes = [replace(n, id=prefix + n.id) for n in canvas.nodes]
    new.edges = [
        replace(e, id=prefix + e.id, source=prefix + e.source, target=prefix + e.target) for e in canvas.edges
    ]
    new.frames = [
        replace(f, id=prefix + f.id, members=tuple(prefix + m for m in f.members)) for f in canvas.frames
    ]
    new.texts = [replace(t, id=prefix + t.id if t.id else None) for t in canvas.texts]
    new.polygons, new.notes = list(canvas.polygons), list(canvas.notes)
    new.plots = [replace(p, id=prefix + p.id) for p in canvas.plots]
    new.caption = list(canvas.caption)
    return new


def scaled(scene: Scene, k: float) -> Scene:
    """The scene `k` times as large, type and lines included (slides)."""
    return replace(
        scene,
        width=scene.width * k,
        height=scene.height * k,
        nodes=tuple(map_node(n, k, 0, 0) for n in scene.nodes),
        edges=tuple(map_edge(e, k, 0, 0) for e in scene.edges),
        frames=tuple(map_frame(f, k, 0, 0) for f in scene.frames),
        texts=tuple(map_text(t, k, 0, 0) for t in scene.texts),
        polygons=tuple(map_polygon(p, k, 0, 0) for p in scene.polygons),
        plots=tuple(moved(p, k, 0, 0) for p in scene.plots),
    )


def _corners(box: Box) -> tuple[Point, Point, Point, Point]:
    x0, y0, x1, y1 = box
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _box(b: Box, k: float, dx: float, dy: float) -> Box:
    return (b[0] * k + dx, b[1] * k + dy, b[2] * k + dx, b[3] * k + dy)


def _points(points: tuple[Point, ...], k: float, dx: float, dy: float) -> tuple[Point, ...]:
    return tuple([(x * k + dx, y * k + dy) for x, y in points])


def map_label(label: Label, k: float, dx: float, dy: float) -> Label:
    """The label scaled, then shifted."""
    runs = [Run(r.x * k + dx, r.y * k + dy, r.text, r.font, r.size * k, r.anchor, r.tint) for r in label.runs]
    return Label(label.text, tuple(runs), label.means, label.claims)


# A figure of a thousand steps has tens of thousands of these; `replace` takes thrice as long.
def map_node(node: Node, k: float, dx: float, dy: float) -> Node:
    """The node scaled, then shifted."""
    return Node(
        node.id,
        node.role,
        _box(node.box, k, dx, dy),
        map_label(node.label, k, dx, dy) if node.label else None,
        node.tensor,
        node.shape,
        node.outline,
        node.line * k,
        node.fill,
        node.stroke,
        node.radius * k,
        node.hollow,
    )


def map_edge(edge: Edge, k: float, dx: float, dy: float) -> Edge:
    """The edge scaled, then shifted."""
    return Edge(
        edge.id,
        edge.source,
        edge.target,
        edge.role,
        _points(edge.route, k, dx, dy),
        edge.tensor,
        edge.shape,
        edge.line * k,
        edge.double,
        edge.dashed,
        edge.head,
        edge.radius * k,
        tuple([(a * k, b * k) for a, b in edge.cuts]),
        edge.stroke,
    )


def map_text(text: Text, k: float, dx: float, dy: float) -> Text:
    """The text scaled, then shifted."""
    at = None if text.at is None else _box(text.at, k, dx, dy)
    return Text(map_label(text.label, k, dx, dy), text.role, text.id, text.tensor, text.shape, at)


def map_frame(frame: Frame, k: float, dx: float, dy: float) -> Frame:
    """The frame scaled, then shifted."""
    doors = tuple((x * k + dx, y * k + dy, h * k) for x, y, h in frame.doors)
    return replace(
        frame, box=_box(frame.box, k, dx, dy), line=frame.line * k, doors=doors, radius=frame.radius * k
    )


def map_polygon(polygon: Polygon, k: float, dx: float, dy: float) -> Polygon:
    """The form scaled, then shifted."""
    dash = None if polygon.dash is None else (polygon.dash[0] * k, polygon.dash[1] * k)
    return Polygon(
        _points(polygon.points, k, dx, dy),
        polygon.role,
        polygon.closed,
        polygon.fill,
        polygon.stroke,
        polygon.line * k,
        polygon.radius * k,
        dash,
        polygon.ellipse,
        polygon.head * k,
        polygon.z,
    )
