"""The drawing board of a cell: operations, wires between their ports, forks and crossings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise, product
from typing import Any, Literal

from lstmviz.figures.shared import parts
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.sentences import about
from lstmviz.layout.crossings import crossing, overlap
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.geometry import bounds, distance
from lstmviz.scene.items import Box, Edge, Node, Point, Role, stroke_of
from lstmviz.scene.labels import TextLine, words
from lstmviz.translation.messages import Message

Port = tuple[str, Literal["top", "bottom", "left", "right", "end"]]
"""A node's side; a state has an end, where its wire begins or ends."""

CIRCLE, DOT = 6.0, 2.1
"""Radius of an operation and of a fork, pt."""
PILL, SMALL = (26.0, 15.0), (20.0, 15.0)
LINE: dict[str, float] = {"gate": 1.2, "op": 1.0, "cell": 1.1}
RANK = ("op", "gate", "input", "hidden", "cell")
"""Where two wires cross, the one of the later role runs through."""
GAP = {"cell": 4.4, "gate": 2.2}


@dataclass(slots=True)
class CellDiagram:
    """Places things from left to right, and turns the picture round for the reverse direction.

    `end` is where the wires end on the right; they begin at 0.
    """

    part: DrawnLayer
    lane: str
    end: float
    thick: float = 1.0
    """How much thicker lines are than usual."""
    explained: bool = False
    """Whether equations stand by it."""
    canvas: Canvas = field(default_factory=Canvas)
    boxes: dict[str, Box] = field(default_factory=dict)
    """Where the nodes are before the picture is turned."""
    ends: dict[str, Point] = field(default_factory=dict)

    @property
    def reverse(self) -> bool:
        """Whether time runs to the left."""
        return self.lane == "rev"

    @property
    def before(self) -> str:
        """The step whose states this one reads."""
        return "t+1" if self.reverse else "t-1"

    def tell(self, id: str, **given: Any) -> Message:
        """A message about this cell."""
        return about(self.part.layer, f"cell.{id}", **given, depth=self.part.depth, way=self.lane)

    def id(self, name: str) -> str:
        """An id: with the layer's name in front where there are several."""
        return f"{self.part.prefix}{name}"

    def x(self, x: float) -> float:
        """A place on the page."""
        return self.end - x if self.reverse else x

    def turned(self, box: Box) -> Box:
        """A box on the page."""
        x0, x1 = sorted((self.x(box[0]), self.x(box[2])))
        return (x0, box[1], x1, box[3])

    def node(self, name: str, role: Role, box: Box, label: TextLine | None, **more: Any) -> None:
        """A node with its label in the middle."""
        self.boxes[name] = box
        self.canvas.node(self.id(name), role, self.turned(box), label, **more)

    def circle(self, name: str, at: Point, label: TextLine, r: float = CIRCLE) -> None:
        """A pointwise operation."""
        box = (at[0] - r, at[1] - r, at[0] + r, at[1] + r)
        self.node(name, "op", box, label, outline="circle")

    def pill(
        self, name: str, role: Role, at: Point, label: TextLine, size: tuple[float, float] = PILL
    ) -> None:
        """A function of every entry: σ, tanh."""
        wide, high = size
        box = (at[0] - wide / 2, at[1] - high / 2, at[0] + wide / 2, at[1] + high / 2)
        self.node(name, role, box, label, outline="stadium", line=1.2 if role == "gate" else 1.0)

    def state(self, name: str, role: Role, end: Point, label: TextLine, at: Point, **more: Any) -> None:
        """A state outside the cell: its name beside the end of its wire, nothing else."""
        corners = [end, (at[0], at[1] - 8), (at[0] + label.width, at[1] + 2)]
        box = self.boxes[name] = bounds(corners)
        self.ends[name] = end
        x = self.x(at[0]) - (label.width if self.reverse else 0.0)
        shown = label.tinted(stroke_of(role)).at(x, at[1])
        self.canvas.nodes.append(Node(self.id(name), role, self.turned(box), shown, outline="none", **more))

    def say(self, line: TextLine, x: float, y: float, anchor: str = "start", **more: Any) -> None:
        """A line of text; what stood to the right of x stands to its left in a turned picture."""
        other = {"start": "end", "end": "start", "middle": "middle"}
        turned: Any = other[anchor] if self.reverse else anchor
        self.canvas.text(line, self.x(x), y, turned, **more)

    def port(self, port: Port) -> Point:
        """The point on a node's border."""
        name, side = port
        if side == "end":
            return self.ends[name]
        x0, y0, x1, y1 = self.boxes[name]
        if side in {"top", "bottom"}:
            return ((x0 + x1) / 2, y0 if side == "top" else y1)
        return (x0 if side == "left" else x1, (y0 + y1) / 2)

    def wire(self, source: Port, target: Port, role: Role, *via: Point, **more: Any) -> None:
        """An edge from port to port, with one turn of its own where `via` names none."""
        a, b = self.port(source), self.port(target)
        if not via and abs(a[0] - b[0]) > 1e-6 and abs(a[1] - b[1]) > 1e-6:
            via = ((a[0], b[1]) if source[1] in {"top", "bottom"} else (b[0], a[1]),)
        self.edge((source[0], target[0]), role, (a, *via, b), **more)

    def edge(self, ends: tuple[str, str], role: Role, route: Sequence[Point], **more: Any) -> None:
        """An edge along a route; `along` says whether h or c goes along time here, or up."""
        style: dict[str, Any] = {}
        if role in {"cell", "hidden"} and more.pop("along", True):
            style = parts.line_style("c" if role == "cell" else "h", reverse=self.reverse)
        more.pop("along", None)
        style |= {"line": LINE.get(role, 1.5) * self.thick, "radius": 5.0}
        source, target = map(self.id, ends)
        turned = [(self.x(x), y) for x, y in route]
        self.canvas.edge(ids.arrow(source, target, role), (source, target), role, turned, **style | more)

    def finish(self) -> None:
        """Let edges of one wire share it, and open lines where others cross.

        A fork is a dot: the value is copied. Not so below a strip, each block
        of which takes its own rows.
        """
        edges = self.canvas.edges
        shared = {j: max((_run(e, o) for o in edges[:j]), default=0.0) for j, e in enumerate(edges)}
        forks = {j: _along(edges[j].route, run) for j, run in shared.items() if run}
        for j, edge in enumerate(edges):
            sharp = [at for k, at in forks.items() if edges[k].source == edge.source]
            route = tuple(p for i in range(len(edge.route)) for p in _corner(edge.route, i, sharp))
            rail = 1.1 * edge.line / 0.9 if edge.double else 0.0
            cuts = ((0.0, shared[j] + rail),) if shared[j] else ()
            edges[j] = replace(edge, route=route, cuts=cuts)
        spans = [bounds(edge.route) for edge in edges]
        for i, j in combinations(range(len(edges)), 2):
            for at in _crossings(edges[i], edges[j]) if overlap(spans[i], spans[j]) else ():
                under, over = (i, j) if _rank(edges[i], at) < _rank(edges[j], at) else (j, i)
                half = GAP.get(edges[over].role, parts.CLEAR)
                cut = parts.cut_at(edges[under].route, at, half)
                edges[under] = replace(edges[under], cuts=(*edges[under].cuts, cut))
        dots = [j for j in forks if not edges[j].double and ".rows" not in f".{edges[j].target}"]
        for (x, y), role in sorted({(forks[j], edges[j].role) for j in dots}):
            self.canvas.dot(x, y, DOT, stroke_of(role), role=role)


def _rank(edge: Edge, at: Point) -> tuple[int, bool]:
    """Which wire runs through: first by role, then the one that goes up."""
    upright = any(
        abs(a[0] - b[0]) < 1e-6 and abs(a[0] - at[0]) < 1e-6 and min(a[1], b[1]) <= at[1] <= max(a[1], b[1])
        for a, b in pairwise(edge.route)
    )
    return RANK.index(edge.role), upright


def _run(edge: Edge, other: Edge) -> float:
    """How far an edge goes along with another from the same port."""
    run = 0.0
    if edge.source != other.source or distance(edge.route[0], other.route[0]) > 1e-6:
        return run
    for (a, b), (_, d) in zip(pairwise(edge.route), pairwise(other.route), strict=False):
        common = _common(a, b, d)
        run += common
        if common < distance(a, b) - 1e-6 or common < distance(a, d) - 1e-6:
            break
    return run


def _common(a: Point, b: Point, d: Point) -> float:
    """How far the ways from a to b and from a to d are the same."""
    if abs((b[0] - a[0]) * (d[1] - a[1]) - (b[1] - a[1]) * (d[0] - a[0])) > 1e-6:
        return 0.0
    if (b[0] - a[0]) * (d[0] - a[0]) + (b[1] - a[1]) * (d[1] - a[1]) <= 0:
        return 0.0
    return min(distance(a, b), distance(a, d))


def _corner(route: Sequence[Point], i: int, sharp: Sequence[Point]) -> list[Point]:
    """A corner of a route; at a fork with its neighbours close, so that no rounding passes it by."""
    point = route[i]
    if i in {0, len(route) - 1} or all(distance(point, at) > 1e-6 for at in sharp):
        return [point]
    return [_towards(point, route[i - 1]), point, _towards(point, route[i + 1])]


def _towards(a: Point, b: Point) -> Point:
    k = 0.01 / (distance(a, b) or 1.0)
    return (a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k)


def _along(route: Sequence[Point], run: float) -> Point:
    """The point `run` pt from the beginning."""
    for a, b in pairwise(route):
        d = distance(a, b)
        if run <= d + 1e-6:
            k = run / d if d else 0.0
            return (a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k)
        run -= d
    return route[-1]


def _crossings(one: Edge, two: Edge) -> list[Point]:
    """Where two wires of different sources cross."""
    if one.source == two.source:
        return []
    pairs = product(pairwise(one.route), pairwise(two.route))
    return [at for (a, b), (c, d) in pairs if (at := crossing(a, b, c, d, ends=0.5)) is not None]


def sign(text: str, scale: float = 1.0) -> TextLine:
    """What stands in the circle of an operation: ⊙ is its circle and a dot."""
    if text == "⊙":
        return _middled(replace(words("•", 8.5 * scale), text="⊙"), 0.372)
    return _middled(words(text, 9.5 * scale, font="bold"), 0.313)


def operating(line: TextLine) -> TextLine:
    """A line that says what is done: ``tanh``, ``1-``."""
    return line.claiming(claim("operation", line.text, name=line.text))


def _middled(line: TextLine, middle: float) -> TextLine:
    """A glyph that is centred by the middle of its ink, given in em."""
    return replace(line, ascent=2 * middle * line.runs[0].size)


def function(name: str, size: float = 9.5) -> TextLine:
    """The name of a function, upright as in print."""
    line = operating(words(name, size, font="roman"))
    return replace(line, ascent=(0.45 if name == "σ" else 0.67) * size)
