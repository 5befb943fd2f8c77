"""``-f dot``: the figure as Graphviz source that a person can edit.

Unlike the other formats this is no transcript: nodes, edges and labels are
real ones with names, pinned where the figure has them, and Graphviz's own
shapes and arrow heads stand for ours. What is neither lies in `_background`.

Labels as Graphviz writes them: plain where they can be, else HTML-like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape

from lstmviz.backends.drawing import Brush, legal
from lstmviz.backends.fonts import NAMES
from lstmviz.backends.lines import measure
from lstmviz.backends.order import Order
from lstmviz.backends.xdot import CORNER, cubic, number, operations
from lstmviz.errors import MissingDependencyError
from lstmviz.scene.geometry import polyline, stretch
from lstmviz.scene.items import Edge, Label, Node, Point, Run, Text
from lstmviz.scene.labels import run_box
from lstmviz.themes import Theme

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


PLAIN = re.compile(r"[^<>&\\\"]*")
"""What Graphviz takes as it is; `\\N` and the like would be replaced."""
ARROWS = frozenset("→←")


def label(label: Label | None, theme: Theme) -> dict[str, str]:
    """The attributes of a label: its text, font, size and colour."""
    if label is None or not label.runs:
        return {"label": ""}
    first = label.runs[0]
    return {
        "label": words(label),
        "fontname": NAMES[first.font],
        "fontsize": number(first.size),
        "fontcolor": theme.paint(first.tint),
    }


def words(label: Label) -> str:
    """The text, as HTML where it has scripts, lines or dangerous characters.

    >>> from lstmviz.scene.items import Label, Run
    >>> words(Label("LSTM", (Run(0, 0, "LSTM", "sans", 8),)))
    'LSTM'
    >>> words(Label("x_1", (Run(0, 0, "x", "italic", 10), Run(5, 2.5, "1", "roman", 7))))
    '<x<SUB>1</SUB>>'
    """
    if len(label.runs) == 1 and PLAIN.fullmatch(text := legal(label.runs[0].text)):
        return text
    return f"<{_html(label.runs)}>"


def _html(runs: tuple[Run, ...]) -> str:
    """Runs by their place: lines of their own, scripts, arrows before their letter."""
    size = max(r.size for r in runs)
    out: list[str] = []
    base = runs[0].y
    for run in runs:
        text = escape(legal(run.text)).replace("\\", "\\\\")
        raised = base - run.y
        if run.text in ARROWS and len(out) > 0 and raised > 0:
            out.insert(len(out) - 1, text)
        elif run.size < 0.85 * size and abs(raised) > 0.1 * size:
            tag = "SUP" if raised > 0 else "SUB"
            out.append(f"<{tag}>{text}</{tag}>")
        else:
            if abs(raised) > 0.8 * size:
                out.append("<BR/>")
                base = run.y
            out.append(text)
    return "".join(out)


def centre(label: Label) -> Point:
    """The middle of a label, for Graphviz places texts by theirs."""
    boxes = [run_box(r) for r in label.runs]
    size = max(r.size for r in label.runs)
    x = (min(b[0] for b in boxes) + max(b[2] for b in boxes)) / 2
    return (x, label.runs[0].y - 0.33 * size)
