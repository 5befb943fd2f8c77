"""A scene's items as PowerPoint's native shapes, in its own XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from lstmviz.backends.drawing import FRAMES_AT, Brush, PathMark, form_path, legal
from lstmviz.backends.lines import OFF, ON, PEN, edge_lines, frame_lines, measure
from lstmviz.backends.order import Order
from lstmviz.backends.pptxtext import Words, boxes
from lstmviz.scene.geometry import Path, bounds, distance, length_of, polyline, stretch
from lstmviz.scene.items import Box, Edge, Frame, Label, Node, Point, Polygon, Text
from lstmviz.scene.plots import Plot

SPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
HEADS = {"filled": "triangle", "hollow": "arrow", "none": ""}


def emu(points: float) -> int:
    """Points in PowerPoint's units.

    >>> emu(72)
    914400
    """
    return round(points * 12700)


@dataclass(frozen=True, slots=True)
class Paint:
    """How a shape is painted: fill, line (`dash` in pt), and the line's head."""

    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0
    dash: tuple[float, float] | None = None
    head: str = ""

    def xml(self) -> str:
        """The fill and the line."""
        fill = _solid(self.fill) if self.fill else "<a:noFill/>"
        if not self.stroke:
            return f"{fill}<a:ln><a:noFill/></a:ln>"
        dash = ""
        if self.dash:  # in thousandths of a percent of the line's width
            on, off = (round(part / self.width * 100_000) for part in self.dash)
            dash = f'<a:custDash><a:ds d="{on}" sp="{off}"/></a:custDash>'
        head = f'<a:tailEnd type="{self.head}" w="med" len="med"/>' if self.head else ""
        line = f'{_solid(self.stroke)}{dash}<a:miter lim="800000"/>{head}'
        return f'{fill}<a:ln w="{emu(self.width)}" cap="flat">{line}</a:ln>'


@dataclass(slots=True)
class Slide:
    """The shapes of one figure, back to front, each with a number of its own."""

    order: Order
    brush: Brush = field(init=False)
    last: int = 1
    numbers: dict[str, int] = field(default_factory=dict)
    """The numbers that nodes will have, for the lines that hold on to them."""

    def __post_init__(self) -> None:
        self.brush = Brush(self.order.paints)
        for node in self.order.scene.nodes:
            self.numbers[node.id] = self.number()

    def shapes(self) -> Iterator[str]:
        """The XML of every item."""
        scene = self.order.scene
        forms = sorted(scene.polygons, key=lambda form: form.z)
        yield from (self.polygon(form) for form in forms if form.z < FRAMES_AT)
        yield from (self.frame(frame) for frame in scene.frames)
        yield from (self.plot(plot) for plot in scene.plots)
        yield from (self.polygon(form) for form in forms if form.z >= FRAMES_AT)
        yield from (self.edge(edge) for edge in scene.edges)
        yield from (self.node(node) for node in scene.nodes)
        yield from (self.text(text) for text in scene.texts)

    def number(self) -> int:
        """A number that no other shape of the slide has."""
        self.last += 1
        return self.last

    def node(self, node: Node) -> str:
        """A node's own form, grouped with the words in it."""
        words = self.words(node.label, node)
        if node.outline == "none":
            return self.group(node.id, words, node.box, self.numbers[node.id])
        fill = None if node.hollow else self.brush.colour(node.fill, node.role, "fill")
        paint = Paint(fill, self.brush.stroke(node), node.line)
        number = self.numbers[node.id]
        radius = node.radius if node.outline == "round" else 0.0
        x0, y0, x1, y1 = node.box
        if node.outline == "stadium":
            radius = min(x1 - x0, y1 - y0) / 2
        kind = "ellipse" if node.outline == "circle" else ""
        form = self.preset(node.id, node.box, paint, kind=kind, radius=radius, number=number)
        return self.group(f"{node.id} and its label", [form, *words], node.box) if words else form

    def edge(self, edge: Edge) -> str:
        """An edge as a line with its head: double lines are two, cuts are gaps."""
        stroke = self.brush.stroke(edge)
        size = measure(edge)
        if edge.double or edge.head == "hollow":
            lines, tip = edge_lines(edge)
            parts = [self.path(edge.id, lines, Paint(None, stroke, edge.line))] if lines else []
            if tip is not None:
                hollow = edge.head == "hollow"
                paint = (
                    Paint(self.order.drawing.ground, stroke, PEN * size.scale) if hollow else Paint(stroke)
                )
                parts.append(self.path(f"{edge.id} head", (tip,), paint))
            return self.group(edge.id, parts, bounds(edge.route)) if len(parts) > 1 else "".join(parts)
        dash = (ON * size.scale, OFF * size.scale) if edge.dashed else None
        total = length_of(edge.route)
        pieces = [(a, total if i == len(size.left) - 1 else b) for i, (a, b) in enumerate(size.left)]
        parts = []
        for begin, end in pieces:
            head = HEADS[edge.head] if end >= total else ""
            points = stretch(edge.route, begin, end)
            paint = Paint(None, stroke, edge.line, dash, head)
            parts.append(self.line(edge.id, points, paint, edge.radius, edge if len(pieces) == 1 else None))
        return self.group(edge.id, parts, bounds(edge.route)) if len(parts) > 1 else "".join(parts)

    def frame(self, frame: Frame) -> str:
        """A frame: a rectangle where it is whole, else its lines."""
        name = frame.id or "frame"
        fill = self.brush.theme.paint(frame.fill) if frame.fill else None
        stroke = self.brush.stroke(frame)
        if not frame.doors and not frame.double:
            paint = Paint(fill, stroke, frame.line)
            return self.preset(name, frame.box, paint, radius=frame.radius)
        lines, width = frame_lines(frame)
        parts = [self.preset(name, frame.box, Paint(fill), radius=frame.radius)] if fill else []
        parts += [self.path(name, lines, Paint(None, stroke, width))] if stroke else []
        return self.group(name, parts, frame.box) if len(parts) > 1 else "".join(parts)

    def polygon(self, form: Polygon) -> str:
        """A band, a face, a brace, a line of its own."""
        stroke = self.brush.theme.paint(form.stroke) if form.stroke and form.line > 0 else None
        fill = self.brush.theme.paint(form.fill) if form.fill else None
        paint = Paint(fill, stroke, form.line, form.dash, HEADS["filled"] if form.head else "")
        if form.ellipse:
            return self.preset(form.role, bounds(form.points), paint, kind="ellipse")
        if len(form.points) == 2:
            return self.line(form.role, form.points, paint)
        box = bounds(form.points)
        if form.closed and [*form.points] in _corners(box):
            return self.preset(form.role, box, paint, radius=form.radius)
        return self.path(form.role, (form_path(form),), paint)

    def plot(self, plot: Plot) -> str:
        """A map as one freeform for each shade, or a curve."""
        marks = [mark for mark in self.brush.plot(plot).marks if isinstance(mark, PathMark)]
        parts = [self.path(plot.id, mark.paths, Paint(mark.fill, mark.stroke, mark.width)) for mark in marks]
        return self.group(plot.id, parts, plot.box) if len(parts) > 1 else "".join(parts)

    def text(self, text: Text) -> str:
        """Words that belong to no node."""
        words = self.words(text.label)
        if len(words) < 2:
            return "".join(words)
        runs = [(run.x, run.y) for run in text.label.runs]
        return self.group(text.id or text.label.text, words, bounds(runs))

    def words(self, label: Label | None, node: Node | None = None) -> list[str]:
        """A label as one text box, or as many as its stacked signs need."""
        middle = (node.box[0] + node.box[2]) / 2 if node else None
        return [self.box(words) for words in boxes(self.brush.label(label), middle)]

    def box(self, words: Words) -> str:
        """One text box."""
        frame = '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/>'
        edges = 'lIns="0" tIns="0" rIns="0" bIns="0"'
        body = (
            f'<p:txBody><a:bodyPr wrap="none" {edges} anchor="{words.anchor}"><a:noAutofit/></a:bodyPr>'
            f'<a:lstStyle/><a:p><a:pPr algn="{words.align}"/>{words.runs}</a:p></p:txBody>'
        )
        return self.shape(words.text, words.box, frame, body, texts=True)

    def preset(
        self, name: str, box: Box, paint: Paint, *, kind: str = "", radius: float = 0.0, number: int = 0
    ) -> str:
        """A rectangle, a rounded one, or an ellipse."""
        kind = kind or ("roundRect" if radius > 0 else "rect")
        short = min(box[2] - box[0], box[3] - box[1]) or 1.0
        adjust = f'<a:gd name="adj" fmla="val {round(min(radius / short, 0.5) * 100_000)}"/>'
        values = adjust if kind == "roundRect" else ""
        geometry = f'<a:prstGeom prst="{kind}"><a:avLst>{values}</a:avLst></a:prstGeom>{paint.xml()}'
        return self.shape(name, box, geometry, number=number)

    def line(
        self, name: str, points: Sequence[Point], paint: Paint, radius: float = 0.0, edge: Edge | None = None
    ) -> str:
        """A straight line as a connector that holds on to its nodes; a bent one as a path."""
        if len(points) != 2:
            return self.path(name, (polyline(points, radius=radius),), paint)
        (xa, ya), (xb, yb) = points
        flips = (' flipH="1"' if xb < xa else "") + (' flipV="1"' if yb < ya else "")
        holds = self.holds(edge) if edge else ""
        return (
            f'<p:cxnSp {SPACES}><p:nvCxnSpPr><p:cNvPr id="{self.number()}" name={_name(name)}/>'
            f"<p:cNvCxnSpPr>{holds}</p:cNvCxnSpPr><p:nvPr/></p:nvCxnSpPr><p:spPr>"
            f'{_place(bounds(points), flips)}<a:prstGeom prst="line"><a:avLst/></a:prstGeom>'
            f"{paint.xml()}</p:spPr></p:cxnSp>"
        )

    def holds(self, edge: Edge) -> str:
        """The sites of the nodes where an edge begins and ends, if it does so in one."""
        nodes = {node.id: node for node in self.order.scene.nodes}
        found = ""
        for tag, end, point in (("st", edge.source, edge.route[0]), ("end", edge.target, edge.route[-1])):
            node = nodes.get(end)
            site = _site(node, point) if node and node.outline in {"rect", "round", "stadium"} else None
            if site is not None:
                found += f'<a:{tag}Cxn id="{self.numbers[end]}" idx="{site}"/>'
        return found

    def path(self, name: str, paths: Sequence[Path], paint: Paint) -> str:
        """Lines and curves as one freeform."""
        box = bounds([point for path in paths for point in path.points])
        wide, high = (max(1, emu(n)) for n in (box[2] - box[0], box[3] - box[1]))

        def at(point: Point) -> str:
            return f'<a:pt x="{emu(point[0] - box[0])}" y="{emu(point[1] - box[1])}"/>'

        steps = []
        for path in paths:
            steps.append(f"<a:moveTo>{at(path.start)}</a:moveTo>")
            for segment in path.segments:
                tag = "lnTo" if len(segment) == 1 else "cubicBezTo"
                steps.append(f"<a:{tag}>{''.join(map(at, segment))}</a:{tag}>")
            steps += ["<a:close/>"] if path.closed else []
        filled = "" if paint.fill else ' fill="none"'
        geometry = (
            "<a:custGeom><a:avLst/><a:gdLst/><a:ahLst/><a:cxnLst/>"
            '<a:rect l="0" t="0" r="r" b="b"/><a:pathLst>'
            f'<a:path w="{wide}" h="{high}"{filled}>{"".join(steps)}</a:path></a:pathLst></a:custGeom>'
        )
        return self.shape(name, box, geometry + paint.xml())

    def shape(
        self, name: str, box: Box, inside: str, body: str = "", *, texts: bool = False, number: int = 0
    ) -> str:
        """One shape of any form."""
        kind = '<p:cNvSpPr txBox="1"/>' if texts else "<p:cNvSpPr/>"
        return (
            f'<p:sp {SPACES}><p:nvSpPr><p:cNvPr id="{number or self.number()}" name={_name(name)}/>'
            f"{kind}<p:nvPr/></p:nvSpPr><p:spPr>{_place(box)}{inside}</p:spPr>{body}</p:sp>"
        )

    def group(self, name: str, parts: Sequence[str], box: Box, number: int = 0) -> str:
        """Shapes that move together; their coordinates stay those of the slide."""
        x0, y0, x1, y1 = map(emu, box)
        size = f'cx="{x1 - x0}" cy="{y1 - y0}"'
        place = f'<a:off x="{x0}" y="{y0}"/><a:ext {size}/><a:chOff x="{x0}" y="{y0}"/><a:chExt {size}/>'
        return (
            f'<p:grpSp {SPACES}><p:nvGrpSpPr><p:cNvPr id="{number or self.number()}" name={_name(name)}/>'
            f"<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>{place}</a:xfrm></p:grpSpPr>"
            f"{''.join(parts)}</p:grpSp>"
        )


def _solid(colour: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{colour[1:].upper()}"/></a:solidFill>'


def _name(name: str) -> str:
    return quoteattr(legal(name))


def _place(box: Box, flips: str = "") -> str:
    x0, y0, x1, y1 = map(emu, box)
    return f'<a:xfrm{flips}><a:off x="{x0}" y="{y0}"/><a:ext cx="{x1 - x0}" cy="{y1 - y0}"/></a:xfrm>'


def _corners(box: Box) -> list[list[Point]]:
    """The ways to write a rectangle, clockwise or not, from its top left or bottom left."""
    x0, y0, x1, y1 = box
    ring = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    turned = [ring[i:] + ring[:i] for i in range(4)]
    return turned + [[*reversed(way)] for way in turned]


def _site(node: Node, point: Point) -> int | None:
    """Which middle of a box's sides a point is: top, left, bottom, right."""
    x0, y0, x1, y1 = node.box
    middles = [((x0 + x1) / 2, y0), (x0, (y0 + y1) / 2), ((x0 + x1) / 2, y1), (x1, (y0 + y1) / 2)]
    return next((i for i, middle in enumerate(middles) if distance(middle, point) < 0.75), None)
