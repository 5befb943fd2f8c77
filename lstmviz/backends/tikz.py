r"""TikZ: one \node for each node, one \draw for each line, a style for each role; the document sets the text.

The file is a document of its own, and can be \input into another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lstmviz.backends.drawing import FRAMES_AT, Brush, PathMark
from lstmviz.backends.lines import APART, OFF, ON, edge_lines, measure
from lstmviz.backends.numbers import number
from lstmviz.backends.order import Order
from lstmviz.backends.tikztext import Piece, pieces, rows
from lstmviz.scene.geometry import Path, length_of, stretch
from lstmviz.scene.items import Edge, Label, Node, Point
from lstmviz.themes import ROLES

HEAD = r"""% Set alone it is a page; in a document with \usepackage{tikz}, \input{this file} is the picture.
\ifdefined\tikzpicture\def\lstmvizend{}\else
  \RequirePackage{fix-cm}\documentclass{article}
  \usepackage[paperwidth=WIDTHbp, paperheight=HEIGHTbp, margin=0bp]{geometry}
  \usepackage{tikz}
  \pagestyle{empty}\parindent=0pt \topskip=0pt
  \begin{document}\def\lstmvizend{\end{document}}\fi
\begingroup
% In a figure its tips last no longer than that: each picture reads them again.
\expandafter\let\csname tikz@library@arrows.meta@loaded\endcsname\relax
\expandafter\let\csname pgf@library@arrows.meta@loaded\endcsname\relax
\usetikzlibrary{arrows.meta}%
\def\lvsize#1{\fontsize{#1bp}{#1bp}\selectfont}%
\def\lvarrow{\vbox to .15ex{\hbox{$\scriptscriptstyle\leftarrow$}\vss}}%
\def\lvback#1{\mathord{\mathop{\kern0pt #1}\limits^{\lvarrow}}}%
\tikzset{lv text/.style={inner sep=0bp, outer sep=0bp}, lv box/.style={inner sep=0bp, outer sep=0bp}}%
"""
FOOT = "\\end{tikzpicture}%\n\\endgroup\n\\lstmvizend\n"


def write(order: Order) -> bytes:
    """Return a figure as TikZ; `theme: auto` is the light one."""
    return "".join(Writer(order).written()).encode("utf-8", "replace")


class Writer:
    """Writes one figure; colours get their names as they are met."""

    def __init__(self, order: Order) -> None:
        self.order, self.scene = order, order.scene
        self.brush = Brush(order.paints)
        self.colours: dict[str, str] = {}
        named = reversed(list(order.paints.colours.items()))
        self._themes = {value.lower(): f"lv-{name.replace('.', '-')}" for name, value in named}

    def written(self) -> Iterator[str]:
        """Yield the file."""
        body = list(self._body())
        scene = self.scene
        size = {"WIDTH": _n(scene.width), "HEIGHT": _n(scene.height + 0.1)}
        yield f"% lstmviz sha256:{self.order.digest}\n% {' '.join(scene.description.split())}\n"
        yield re.sub("WIDTH|HEIGHT", lambda found: size[found[0]], HEAD)
        for name, value in self.colours.items():
            yield f"\\definecolor{{{name}}}{{HTML}}{{{value[1:].upper()}}}%\n"
        for role in ROLES:
            own = {part: self.order.paints.colours[f"{role}.{part}"].lower() for part in ("stroke", "fill")}
            stroke, fill = self._themes[own["stroke"]], self._themes[own["fill"]]
            if stroke in self.colours and fill in self.colours:
                yield f"\\tikzset{{lv {role}/.style={{lv box, draw={stroke}, fill={fill}}}}}%\n"
        yield "\\begin{tikzpicture}[x=1bp, y=-1bp, line cap=butt, line join=miter]"
        yield f"% {' '.join(scene.title.split())}\n"
        yield f"\\useasboundingbox (0,0) rectangle ({_n(scene.width)},{_n(scene.height)});\n"
        yield from body
        yield FOOT

    def _body(self) -> Iterator[str]:
        """Yield the items, back to front as everywhere."""
        scene = self.scene
        if not self.order.transparent and self.brush.ground.lower() != "#ffffff":
            whole = f"(0,0) rectangle ({_n(scene.width)},{_n(scene.height)})"
            yield f"\\fill[{self._colour(self.brush.ground)}] {whole};\n"
        forms = sorted(scene.polygons, key=lambda p: p.z)
        for form in (p for p in forms if p.z < FRAMES_AT):
            yield from self._marks(self.brush.polygon(form).marks)
        for group in (*map(self.brush.frame, scene.frames), *map(self.brush.plot, scene.plots)):
            yield f"% {group.id}\n"
            yield from self._marks(group.marks)
        for form in (p for p in forms if p.z >= FRAMES_AT):
            yield from self._marks(self.brush.polygon(form).marks)
        for edge in scene.edges:
            yield from self._edge(edge)
        for node in scene.nodes:
            yield from self._node(node)
        for text in scene.texts:
            yield from self._label(text.label)

    def _colour(self, value: str) -> str:
        """Return the name of a colour: the theme's, or a number."""
        name = self._themes.get(value.lower())
        if name is None:
            name = self._themes[value.lower()] = f"lv-{len(self.colours) + 1}"
        self.colours.setdefault(name, value)
        return name

    def _marks(self, marks: Iterable[object]) -> Iterator[str]:
        """Yield painted paths."""
        for mark in marks:
            if isinstance(mark, PathMark):
                options = [f"fill={self._colour(mark.fill)}"] if mark.fill else []
                if mark.stroke:
                    options += [f"draw={self._colour(mark.stroke)}", f"line width={_n(mark.width)}bp"]
                yield f"\\path[{', '.join(options)}] {' '.join(map(_path, mark.paths))};\n"

    def _edge(self, edge: Edge) -> Iterator[str]:
        """Yield an edge, line by line for each of its stretches; the last one has the head."""
        stroke = self.brush.stroke(edge)
        lines, head = edge_lines(edge)
        if stroke is None or not lines:
            return
        size = measure(edge)
        options = [f"draw={self._colour(stroke)}", f"line width={_n(edge.line)}bp"]
        options += [f"rounded corners={_n(edge.radius)}bp"] if edge.radius and len(edge.route) > 2 else []
        if edge.dashed:
            options.append(f"dash pattern=on {_n(ON * size.scale)}bp off {_n(OFF * size.scale)}bp")
        if edge.double:
            options.append(f"double, double distance={_n(2 * APART * size.scale - edge.line)}bp")
        yield f"% {edge.source} -> {edge.target}\n"
        total = length_of(edge.route)
        for start, end in size.left:
            last = head is not None and (start, end) == size.left[-1]
            points = stretch(edge.route, start, total if last else end)
            tip = [self._tip(edge, size.long, size.wide)] if last else []
            if len(points) > 1:
                yield f"\\draw[{', '.join([*options, *tip])}] {_line(points)};\n"

    def _tip(self, edge: Edge, long: float, wide: float) -> str:
        hollow = f", open, fill={self._colour(self.brush.ground)}" if edge.head == "hollow" else ""
        size = f"length={_n(long)}bp, width={_n(wide)}bp"
        return f"-{{Triangle[{size}{hollow}]}}"

    def _node(self, node: Node) -> Iterator[str]:
        """Yield a node, with its label where that is one line in its middle."""
        x0, y0, x1, y1 = node.box
        options = [f"lv {node.role}" if node.role in ROLES and node.outline != "none" else "lv box"]
        options += self._looks(node)
        options += [f"minimum width={_n(x1 - x0)}bp", f"minimum height={_n(y1 - y0)}bp"]
        parts = pieces(node.label) if node.label else []
        inside = ""
        if len(parts) == 1 and _in_the_middle(parts[0], node):
            inside = parts[0].tex
            colour = self._colour(self.order.paints.paint(parts[0].tint))
            options += [f"font=\\lvsize{{{_n(parts[0].size)}}}", f"text={colour}"]
        at = f"({_n((x0 + x1) / 2)},{_n((y0 + y1) / 2)})"
        yield f"\\node[{', '.join(options)}] ({_name(node.id)}) at {at} {{{inside}}};\n"
        if node.label and not inside:
            yield from self._label(node.label)

    def _looks(self, node: Node) -> list[str]:
        """Return what of a node's outline its role does not say."""
        if node.outline == "none":
            return []
        x0, y0, x1, y1 = node.box
        stroke, theme = self.brush.stroke(node), self.order.paints.colours
        fill = None if node.hollow else self.brush.colour(node.fill, node.role, "fill")
        self._colour(theme.get(f"{node.role}.stroke", theme["muted"]))
        self._colour(theme.get(f"{node.role}.fill", theme["ground"]))
        looks = []
        if stroke != theme.get(f"{node.role}.stroke"):
            looks.append(f"draw={self._colour(stroke)}" if stroke else "draw=none")
        if fill != theme.get(f"{node.role}.fill"):
            looks.append(f"fill={self._colour(fill)}" if fill else "fill=none")
        radius = {"round": node.radius, "stadium": min(x1 - x0, y1 - y0) / 2}.get(node.outline, 0.0)
        looks += ["circle"] if node.outline == "circle" else []
        looks += [f"rounded corners={_n(radius)}bp"] if radius else []
        return [*looks, f"line width={_n(node.line)}bp"]

    def _label(self, label: Label) -> Iterator[str]:
        """Yield the pieces of a label where they stand, a row of them as one."""
        for first, *more in rows(label):
            x, anchor = first.place
            colour = self._colour(self.order.paints.paint(first.tint))
            options = f"lv text, anchor={anchor}, text={colour}, font=\\lvsize{{{_n(first.size)}}}"
            said, end = first.tex, first.end
            for one in more:
                tint = self._colour(self.order.paints.paint(one.tint))
                gap = f"\\hspace{{{_n(max(one.x - end, 0.0))}bp}}"
                said += f"{gap}{{\\lvsize{{{_n(one.size)}}}\\color{{{tint}}}{one.tex}}}"
                end = one.end
            yield f"\\node[{options}] at ({_n(x)},{_n(first.y)}) {{{said}}};\n"


def _in_the_middle(piece: Piece, node: Node) -> bool:
    x0, y0, x1, y1 = node.box
    return abs(piece.middle - (x0 + x1) / 2) < 2 and abs(piece.y - 0.3 * piece.size - (y0 + y1) / 2) < 2.5


def _name(text: str) -> str:
    """Return an id as TikZ takes it for a name: dots would be anchors.

    >>> _name("cell.l0.fwd.t1")
    'cell-l0-fwd-t1'
    """
    return re.sub(r"[.,:()\\{}%#&$^~\s]", "-", text)


def _n(value: float) -> str:
    return number(round(value, 2))


def _line(points: Sequence[Point]) -> str:
    return " -- ".join(f"({_n(x)},{_n(y)})" for x, y in points)


def _path(path: Path) -> str:
    parts = [f"({_n(path.start[0])},{_n(path.start[1])})"]
    for segment in path.segments:
        places = [f"({_n(x)},{_n(y)})" for x, y in segment]
        curve = len(places) == 3
        parts.append(f".. controls {' and '.join(places[:2])} .. {places[2]}" if curve else f"-- {places[0]}")
    return " ".join([*parts, "-- cycle"] if path.closed else parts)
