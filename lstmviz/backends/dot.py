"""``-f dot``: the figure as Graphviz source that a person can edit.

Unlike the other formats this is no transcript: nodes, edges and labels are
real ones with names, pinned where the figure has them, and Graphviz's own
shapes and arrow heads stand for ours. What is neither lies in `_background`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstmviz.backends.dottext import centre, label
from lstmviz.backends.drawing import Brush
from lstmviz.backends.lines import measure
from lstmviz.backends.order import Order
from lstmviz.backends.xdot import CORNER, cubic, number, operations
from lstmviz.errors import MissingDependencyError
from lstmviz.scene.geometry import polyline, stretch
from lstmviz.scene.items import Edge, Node, Text

Attributes = dict[str, str]
ADVICE = "// Draw it with: dot -Tsvg -O FILE (layout=nop2 keeps everything in its place)\n"
SHAPES = {"circle": "ellipse", "none": "plaintext"}


def write(order: Order) -> bytes:
    """The figure as DOT source, signed with its hash."""
    try:
        from graphviz import Digraph  # noqa: PLC0415
        from graphviz.quoting import attr_list, quote  # noqa: PLC0415
    except ImportError as error:
        raise MissingDependencyError("graphviz (the Python package)", "pip install graphviz") from error

    sheet = _Sheet(order)
    graph = Digraph(graph_attr=sheet.graph(), node_attr={"margin": "0"})
    for names, attributes in sheet.statements():
        graph.body.append(f"\t{' -> '.join(map(quote, names))}{attr_list(kwargs=attributes)}\n")
    title = "".join(c if c.isprintable() else " " for c in order.scene.title or order.scene.kind)
    head = f"// {title}\n// lstmviz sha256:{order.digest}\n{ADVICE}"
    return f"{head}{graph.source}".encode("utf-8", "replace")


class _Sheet:
    """The statements of a figure's source, y up."""

    def __init__(self, order: Order) -> None:
        self.scene = order.scene
        self.drawing = order.drawing
        self.brush = Brush(order.paints)
        self.height = order.scene.height

    def graph(self) -> Attributes:
        """The page, and what is painted below the nodes."""
        below = tuple(g for g in self.drawing.groups if g.kind in {"shape", "frame"})
        return {
            "layout": "nop2",
            "bb": f"0,0,{number(self.scene.width)},{number(self.height)}",
            "pad": "0",
            "bgcolor": self.drawing.ground,
            "_background": operations(replace(self.drawing, groups=below), self.height) + " ",
        }

    def statements(self) -> Iterator[tuple[tuple[str, ...], Attributes]]:
        """The page's corners, nodes, texts and edges: names and attributes."""
        yield ("corner 1",), CORNER | {"pos": self.at(0, self.height)}
        yield ("corner 2",), CORNER | {"pos": self.at(self.scene.width, 0)}
        for node in self.scene.nodes:
            yield (node.id,), self.node(node)
        for i, text in enumerate(self.scene.texts):
            yield (text.id or f"text {i + 1}",), self.text(text)
        known = {node.id for node in self.scene.nodes}
        for edge in self.scene.edges:
            for end, (x, y) in ((edge.source, edge.route[0]), (edge.target, edge.route[-1])):
                if end not in known:
                    known.add(end)
                    yield (end,), CORNER | {"pos": self.at(x, y)}
            yield (edge.source, edge.target), self.edge(edge)

    def at(self, x: float, y: float) -> str:
        """A place as Graphviz writes it."""
        return f"{number(x)},{number(self.height - y)}"

    def node(self, node: Node) -> Attributes:
        """A node with its own shape, size, colours and label."""
        x0, y0, x1, y1 = node.box
        styles = ["rounded"] if node.outline in {"round", "stadium"} else []
        styles += [] if node.hollow or node.outline == "none" else ["filled"]
        return {
            "id": node.id,
            "class": f"node role-{node.role}",
            "shape": SHAPES.get(node.outline, "box"),
            "pos": self.at((x0 + x1) / 2, (y0 + y1) / 2),
            "width": number((x1 - x0) / 72),
            "height": number((y1 - y0) / 72),
            "style": ",".join(styles),
            "color": self.brush.stroke(node) or "transparent",
            "fillcolor": self.brush.colour(node.fill, node.role, "fill"),
            "penwidth": number(node.line),
            "fixedsize": "shape",
            **label(node.label, self.brush.theme),
        }

    def text(self, text: Text) -> Attributes:
        """A text as a node that is nothing else."""
        name = {"id": text.id} if text.id else {}
        place = {"shape": "plaintext", "width": "0", "height": "0", "pos": self.at(*centre(text.label))}
        return name | {"class": f"text role-{text.role}"} | place | label(text.label, self.brush.theme)

    def edge(self, edge: Edge) -> Attributes:
        """An edge with its whole route, broken where it is."""
        size = measure(edge)
        parts = [cubic(polyline(stretch(edge.route, *s), radius=edge.radius), even=True) for s in size.left]
        routes = [" ".join(self.at(*p) for p in part) for part in parts]
        if edge.head != "none" and routes:
            routes[-1] = f"e,{self.at(*edge.route[-1])} {routes[-1]}"
        paint = self.brush.stroke(edge) or "transparent"
        return {
            "id": edge.id,
            "class": f"edge role-{edge.role}",
            "pos": ";".join(routes),
            "color": f"{paint}:{paint}" if edge.double else paint,
            "penwidth": number(edge.line),
            "arrowhead": {"filled": "normal", "hollow": "empty", "none": "none"}[edge.head],
            "arrowsize": number(size.long / 10),
            **({"style": "dashed"} if edge.dashed else {}),
        }
