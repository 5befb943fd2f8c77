"""The display list: painted paths and text runs, which all backends transcribe.

Everything that is geometry or colour is decided here, in points with y down,
so that the backends cannot disagree about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Literal

from lstmviz.backends.lines import (
    HEAD,
    INSIDE,
    PEN,
    broken,
    edge_lines,
    flattened,
    frame_lines,
    head_at,
    measure,
)
from lstmviz.backends.plots import minuses, shades, strokes
from lstmviz.records import record
from lstmviz.scene.geometry import Path, ellipse, length_of, polyline, rectangle
from lstmviz.scene.items import Anchor, Edge, Font, Frame, Label, Node, Polygon, Run, Text, Tint
from lstmviz.scene.metrics import text_width
from lstmviz.scene.plots import Curve, Plot
from lstmviz.scene.scene import Scene
from lstmviz.themes import Theme
from lstmviz.themes.ramps import lab

FRAMES_AT = 10
"""The z at which frames stand among the polygons."""
PLAIN = {"ground": "ground"}
"""Colours of the roles that no theme paints; the others are muted."""


@record(frozen=True, slots=True)
class PathMark:
    """One or more paths in one paint; a stroke has butt ends and mitred corners."""

    paths: tuple[Path, ...]
    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0


@record(frozen=True, slots=True)
class TextMark:
    """One run of text; `y` is its baseline and `size` its em, in pt."""

    x: float
    y: float
    text: str
    font: Font
    size: float
    anchor: Anchor
    colour: str


Mark = PathMark | TextMark


@record(frozen=True, slots=True)
class Group:
    """The marks of one item of the scene."""

    id: str | None
    kind: Literal["node", "edge", "frame", "text", "shape"]
    role: str
    marks: tuple[Mark, ...]


@record(frozen=True, slots=True)
class Drawing:
    """A page and what is painted on it, back to front."""

    width: float
    height: float
    ground: str
    groups: tuple[Group, ...]

    def marks(self) -> Iterator[Mark]:
        """Every mark, back to front."""
        for group in self.groups:
            yield from group.marks


def display_list(scene: Scene, theme: Theme) -> Drawing:
    """The display list of a scene in the paint of a theme."""
    brush = Brush(theme)
    forms = sorted(scene.polygons, key=lambda p: p.z)
    groups = chain(
        (brush.polygon(p) for p in forms if p.z < FRAMES_AT),
        map(brush.frame, scene.frames),
        map(brush.plot, scene.plots),
        (brush.polygon(p) for p in forms if p.z >= FRAMES_AT),
        map(brush.edge, scene.edges),
        map(brush.node, scene.nodes),
        map(brush.text, scene.texts),
    )
    exact = tuple(
        Group(g.id, g.kind, g.role, tuple(map(_rounded, g.marks))) for g in groups if g.marks or g.id
    )
    return Drawing(scene.width, scene.height, theme.colours["ground"], exact)


# `dataclasses.replace` takes three times as long as the constructors here; adding 0.0 makes -0.0 into 0.0.
def _rounded(mark: Mark) -> Mark:
    """The mark with coordinates to 1/100 pt, which is all that a file keeps of them."""
    if isinstance(mark, TextMark):
        x, y = round(mark.x, 2) + 0.0, round(mark.y, 2) + 0.0
        return TextMark(x, y, mark.text, mark.font, mark.size, mark.anchor, mark.colour)
    return PathMark(tuple([_near(path) for path in mark.paths]), mark.fill, mark.stroke, mark.width)


def _near(path: Path) -> Path:
    segments = tuple([tuple([(round(x, 2) + 0.0, round(y, 2) + 0.0) for x, y in s]) for s in path.segments])
    return Path((round(path.start[0], 2) + 0.0, round(path.start[1], 2) + 0.0), segments, path.closed)


@lru_cache(1 << 14)
def legal(text: str) -> str:
    """The text without what XML forbids; line breaks and tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _allowed(c) else " " if c in "\t\n\r\x0b\x0c\x85" else "\ufffd" for c in text)


def _allowed(char: str) -> bool:
    code = ord(char)
    return 0x20 <= code < 0x7F or (0xA0 <= code < 0xD800) or (code >= 0xE000 and code & 0xFFFE != 0xFFFE)


class Brush:
    """Turns items into groups of marks in one theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.ground = theme.colours["ground"]

    def colour(self, tint: Tint | None, role: str, part: str) -> str:
        """The paint of a tint, or of the role's own stroke or fill."""
        if tint is not None:
            return self.theme.paint(tint)
        colours = self.theme.colours
        return colours.get(f"{role}.{part}") or colours[PLAIN.get(role, "muted")]

    def stroke(self, item: Node | Edge | Frame) -> str | None:
        """The paint of an item's line."""
        return self.colour(item.stroke, item.role, "stroke") if item.line > 0 else None

    def node(self, node: Node) -> Group:
        """A node's outline and its label."""
        marks: list[Mark] = []
        if node.outline != "none":
            fill = None if node.hollow else self.colour(node.fill, node.role, "fill")
            marks.append(PathMark((outline(node),), fill, self.stroke(node), node.line))
        return Group(node.id, "node", node.role, (*marks, *self.label(node.label)))

    def edge(self, edge: Edge) -> Group:
        """An edge's line, broken where it is, and its head."""
        paint = self.stroke(edge)
        lines, head = edge_lines(edge)
        marks = [PathMark(lines, None, paint, edge.line)] if lines else []
        if head is not None and edge.head == "hollow":
            marks.append(PathMark((head,), self.ground, paint, measure(edge).scale * PEN))
        elif head is not None:
            marks.append(PathMark((head,), paint))
        return Group(edge.id, "edge", edge.role, tuple(marks))

    def frame(self, frame: Frame) -> Group:
        """A frame's fill below its one or two lines."""
        marks = []
        if frame.fill is not None:
            marks.append(PathMark((rectangle(frame.box, frame.radius),), self.theme.paint(frame.fill)))
        lines, width = frame_lines(frame)
        paint = self.stroke(frame)
        if paint and not frame.doors and not frame.double and marks:
            marks = [PathMark(lines, marks[0].fill, paint, width)]
        elif paint:
            marks.append(PathMark(lines, None, paint, width))
        return Group(frame.id, "frame", frame.role, tuple(marks))

    def plot(self, plot: Plot) -> Group:
        """A map in its shades, or a curve."""
        if isinstance(plot, Curve):
            paint = self.colour(None, plot.role, "stroke")
            return Group(plot.id, "shape", plot.role, (PathMark(strokes(plot), None, paint, plot.line),))
        marks = [
            PathMark(paths, self.theme.paint(Tint(f"{plot.ramp}.{level}"))) for level, paths in shades(plot)
        ]
        for level, signs in minuses(plot).items():
            marks.append(PathMark(signs, None, self._on(f"{plot.ramp}.{level}"), 0.6))
        return Group(plot.id, "shape", plot.role, tuple(marks))

    def _on(self, shade: str) -> str:
        """The colour of ink or ground that stands out more from a shade."""
        light = lab(self.theme.paint(Tint(shade)))[0]
        return max(
            (self.theme.colours[one] for one in ("ink", "ground")), key=lambda one: abs(lab(one)[0] - light)
        )

    def polygon(self, form: Polygon) -> Group:
        """A form's fill, line and head."""
        fill = self.theme.paint(form.fill) if form.fill else None
        stroke = self.theme.paint(form.stroke) if form.stroke and form.line > 0 else None
        whole = form_path(form)
        marks: list[Mark] = []
        if not form.dash and not form.head and (fill or stroke):
            marks.append(PathMark((whole,), fill, stroke, form.line))
        elif fill:
            marks.append(PathMark((whole,), fill))
        if stroke and (form.dash or form.head):
            marks.append(PathMark(_form_line(form), None, stroke, form.line))
        if stroke and form.head:
            marks.append(PathMark((head_at(form.points, form.head, form.head * HEAD[1] / HEAD[0]),), stroke))
        return Group(None, "shape", form.role, tuple(marks))

    def text(self, text: Text) -> Group:
        """A label of its own."""
        return Group(text.id, "text", text.role, self.label(text.label))

    def label(self, label: Label | None) -> tuple[Mark, ...]:
        """A label's runs that show anything."""
        if label is None:
            return ()
        return tuple(_run(r, self.theme.paint(r.tint)) for r in label.runs if legal(r.text).strip())


def _run(run: Run, colour: str) -> TextMark:
    """A run without outer blanks, which SVG would swallow: its ink stays put."""
    text = legal(run.text)
    words = text.strip(" ")
    if words == text:
        return TextMark(run.x, run.y, _spaced(text), run.font, run.size, run.anchor, colour)
    before = text_width(text[: len(text) - len(text.lstrip(" "))], run.font, run.size)
    after = text_width(text[len(text.rstrip(" ")) :], run.font, run.size)
    shift = {"start": before, "middle": (before - after) / 2, "end": -after}[run.anchor]
    return TextMark(run.x + shift, run.y, _spaced(words), run.font, run.size, run.anchor, colour)


def _spaced(words: str) -> str:
    """The words with spaces that SVG would swallow made fast."""
    return words.replace("  ", "\u00a0 ")


def outline(node: Node) -> Path:
    """The border of a node."""
    x0, y0, x1, y1 = node.box
    if node.outline == "circle":
        return ellipse(node.box)
    if node.outline == "stadium":
        return rectangle(node.box, min(x1 - x0, y1 - y0) / 2)
    return rectangle(node.box, node.radius if node.outline == "round" else 0.0)


def form_path(form: Polygon) -> Path:
    """The whole border of a form, or its whole line."""
    if form.ellipse:
        xs, ys = zip(*form.points, strict=True)
        return ellipse((min(xs), min(ys), max(xs), max(ys)))
    return polyline(form.points, closed=form.closed, radius=form.radius)


def _form_line(form: Polygon) -> tuple[Path, ...]:
    """The line of a dashed form, or of one with a head, in pieces."""
    if form.closed:
        ring = flattened(form_path(form), 16 if form.ellipse else 8)
        gap = form.dash[1] if form.dash else 0.0
        return broken(ring, [(0.0, length_of(ring) - gap)], form.dash, 0.0)
    end = length_of(form.points)
    if form.head:
        end = max(end - form.head + INSIDE * min(1.0, form.head / HEAD[0]), end * 0.1)
    return broken(form.points, [(0.0, end)], form.dash, form.radius)
