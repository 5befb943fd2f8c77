"""SVG from the display list: a group for each item with its id and role, literal attributes, real text.

Where every path and text is, the list itself says. A backend that is named
paints the list first, and says it of what it painted: the bytes are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from lstmviz.backends import engines
from lstmviz.backends.drawing import Drawing, Group, Mark, PathMark, TextMark, legal
from lstmviz.backends.numbers import brief, number, pair
from lstmviz.backends.order import Order
from lstmviz.backends.svgread import Element, Words, straightened
from lstmviz.backends.svgtext import LabelWriter, Piece, joined
from lstmviz.scene.geometry import Path
from lstmviz.scene.items import Font, Point
from lstmviz.scene.scene import Scene

PX = 96 / 72
"""CSS pixels in a point."""
LANG = {"en": "", "zh": ' lang="zh-CN"'}


@dataclass(frozen=True)
class SvgOptions:
    """How a figure's SVG is written.

    `faces` are the embedded families of each font and `rules` the style sheet
    that holds them. `outline` gives the glyphs of math that are drawn below
    their text, `glyphs` turns whole texts into outlines. `dark` is the same
    drawing in the paint for readers who prefer dark pages.
    """

    prefix: str
    digest: str
    faces: Mapping[Font, str]
    rules: str = ""
    outline: Callable[[str, Font], str | None] | None = None
    glyphs: Callable[[TextMark, float, float], str | None] | None = None
    dark: Drawing | None = None
    transparent: bool = False
    chinese: bool = False


def finish(elements: Iterator[Element], drawing: Drawing, scene: Scene, how: SvgOptions) -> bytes:
    """The figure's SVG from the elements that a backend painted."""
    writer = _Writer(elements, how)
    # As bytes: one sign beyond Latin-1 would double the text of a large figure in memory.
    body = b"".join([writer.group(group).encode() for group in drawing.groups])
    rest = next(elements, None)
    assert rest is None, f"the backend painted more than it was given: {rest}"
    ground = "" if how.transparent else writer.ground(drawing)
    defs = writer.lettering.defs()
    space = ' xmlns:xlink="http://www.w3.org/1999/xlink"' if defs else ""
    head = _head(drawing, scene, how, f"{space} font-family={quoteattr(writer.lettering.chain('sans'))}")
    return b"".join([f"{head}{writer.style()}{defs}{ground}".encode(), body, b"</svg>\n"])


def elements(drawing: Drawing) -> Iterator[Element]:
    """Return what a backend is asked to paint, which is what it paints."""
    for mark in drawing.marks():
        if isinstance(mark, TextMark):
            yield Words(mark.x, mark.y, mark.text)
        else:
            yield from mark.paths


def _head(drawing: Drawing, scene: Scene, how: SvgOptions, more: str) -> str:
    """The root element and the words about the figure."""
    width, height = number(drawing.width), number(drawing.height)
    names = {"title": scene.title or scene.kind, "desc": scene.description}
    ids = " ".join(f"{how.prefix}-{name}" for name, words in names.items() if words)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(drawing.width * PX)}"'
        f' height="{number(drawing.height * PX)}" viewBox="0 0 {width} {height}" role="img"'
        f"{LANG[scene.language]} aria-labelledby={quoteattr(ids)}{more}>\n"
        + "".join(f'<{n} id="{how.prefix}-{n}">{escape(legal(w))}</{n}>\n' for n, w in names.items() if w)
        + f"<metadata>lstmviz sha256:{how.digest}</metadata>\n"
    )


def write(order: Order) -> bytes:
    """Return a figure as SVG."""
    faces: Mapping[Font, str] = {}
    rules, outline, glyphs = "", None, None
    if order.text != "plain":
        from lstmviz.backends import webfonts  # noqa: PLC0415  (fontTools takes 0.1 s)

        if order.text == "embed":
            faces, rules = webfonts.embedded(order.drawing, order.prefix)
            outline = webfonts.outline
        else:
            glyphs = webfonts.glyphs
    how = SvgOptions(
        order.prefix,
        order.digest,
        faces,
        rules,
        outline,
        glyphs,
        order.dark,
        order.transparent,
        order.chinese,
    )
    painted = engines.elements(order) if order.backend else elements(order.drawing)
    return finish(painted, order.drawing, order.scene, how)


class _Writer:
    """Writes groups, taking the elements that the backend painted in order."""

    def __init__(self, elements: Iterator[Element], how: SvgOptions) -> None:
        self.elements = elements
        self.how = how
        self.dark = how.dark.marks() if how.dark else None
        self.classes: dict[tuple[str, str], str] = {}
        self.lettering = LabelWriter(how.prefix, how.faces, how.outline, chinese=how.chinese)

    def group(self, group: Group) -> str:
        """One item: a group, or what it is made of where that is one and has no id."""
        names = f"{group.kind} role-{group.role}"
        if group.id is None and (len(group.marks) == 1 or self._one_label(group)):
            return "".join(self.parts(group.marks, names)) + "\n"
        name = "" if group.id is None else f" id={quoteattr(f'{self.how.prefix}-{legal(group.id)}')}"
        return f'<g{name} class="{names}">' + "".join(self.parts(group.marks)) + "</g>\n"

    def _one_label(self, group: Group) -> bool:
        """Whether all marks of a group become one text."""
        return not self.how.glyphs and all(isinstance(m, TextMark) for m in group.marks)

    def parts(self, marks: Iterable[Mark], names: str = "") -> Iterator[str]:
        """Paths, and labels of neighbouring runs of text."""
        for kind, some in groupby(marks, type):
            if kind is PathMark or self.how.glyphs:
                yield from (self.mark(mark, names) for mark in some)
            else:
                yield self.lettering.label([self.piece(m) for m in some if isinstance(m, TextMark)], names)

    def mark(self, mark: Mark, names: str = "") -> str:
        """One path, or one run of text as a path where that can be."""
        if isinstance(mark, PathMark):
            data = "".join(path_data(self._like(path)) for path in mark.paths)
            return f'<path{self._class(names, mark)}{_paint(mark)} d="{data}"/>'
        piece = self.piece(mark)
        outline = self.how.glyphs(mark, piece.x, piece.y) if self.how.glyphs else None
        if outline is None:
            return self.lettering.label([piece], names)
        own = joined(names, piece.names)
        label = quoteattr(mark.text)
        return f'<path{own} role="img" aria-label={label} fill="{brief(mark.colour)}" d="{outline}"/>'

    def piece(self, mark: TextMark) -> Piece:
        """A run of text where the backend painted it."""
        words = next(self.elements, None)
        assert isinstance(words, Words), f"{mark.text!r} was painted as {words}"
        return Piece(mark, words.x, words.y, " ".join(self._swaps(mark)))

    def _like(self, path: Path) -> Path:
        """The next painted path, closed as the one that was asked for."""
        painted = next(self.elements, None)
        assert isinstance(painted, Path), f"a path was painted as {painted}"
        return Path(painted.start, straightened(painted).segments, path.closed)

    def _class(self, names: str, mark: Mark) -> str:
        """The class attribute, with the classes of the dark paint."""
        return joined(names, *self._swaps(mark))

    def _swaps(self, mark: Mark) -> list[str]:
        """The classes that give a mark another paint on dark pages."""
        if self.dark is None:
            return []
        other = next(self.dark)
        return [
            self.swap(prop, there)
            for (prop, here), (_, there) in zip(_paints(mark), _paints(other), strict=True)
            if here != there
        ]

    def swap(self, prop: str, colour: str) -> str:
        """The class that gives a property another colour on dark pages."""
        return self.classes.setdefault((prop, colour), f"{self.how.prefix}-d{len(self.classes)}")

    def ground(self, drawing: Drawing) -> str:
        """The page."""
        names = "ground"
        if self.how.dark:
            names += f" {self.swap('fill', self.how.dark.ground)}"
        size = f'width="{number(drawing.width)}" height="{number(drawing.height)}"'
        return f'<rect class="{names}" {size} fill="{brief(drawing.ground)}"/>\n'

    def style(self) -> str:
        """The style sheet, if there is anything in it."""
        if self.how.dark and not self.how.transparent:
            self.swap("fill", self.how.dark.ground)
        dark = "".join(f".{name}{{{p}:{brief(c)}}}" for (p, c), name in self.classes.items())
        media = f"@media(prefers-color-scheme:dark){{{dark}}}" if dark else ""
        return f"<style>{self.how.rules}{media}</style>\n" if self.how.rules or media else ""


def _paints(mark: Mark) -> list[tuple[str, str]]:
    """The colours of a mark by the property that they go into."""
    if isinstance(mark, TextMark):
        return [("fill", mark.colour)]
    return [(p, c) for p, c in (("fill", mark.fill), ("stroke", mark.stroke)) if c is not None]


def _paint(mark: PathMark) -> str:
    stroke = f' stroke="{brief(mark.stroke)}"' if mark.stroke else ""
    width = f' stroke-width="{number(mark.width)}"' if mark.stroke and mark.width != 1 else ""
    return f' fill="{brief(mark.fill) if mark.fill else "none"}"{stroke}{width}'


def path_data(path: Path) -> str:
    """The ``d`` of a path, in absolute commands."""
    out = [f"M{pair(path.start)}"]
    at = path.start
    segments = list(path.segments)
    if path.closed and len(segments[-1]) == 1 and pair(segments[-1][0]) == pair(path.start):
        del segments[-1]
    for segment in segments:
        out.append(_step(at, segment))
        at = segment[-1]
    return "".join(out) + ("Z" if path.closed else "")


def _step(at: Point, segment: tuple[Point, ...]) -> str:
    if len(segment) == 3:
        return "C" + " ".join(pair(p) for p in segment)
    x, y = number(segment[0][0]), number(segment[0][1])
    if y == number(at[1]):
        return f"H{x}"
    return f"V{y}" if x == number(at[0]) else f"L{x} {y}"
