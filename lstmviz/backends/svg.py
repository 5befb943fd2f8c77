"""The finishing pass: a backend's SVG and its display list become the figure's SVG.

The backend says where every path and text is; the display list says which item
each belongs to. What comes out is the same for all backends: a group for each
item with its id and role, literal attributes, real text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from lstmviz.backends.drawing import Drawing, Group, PathMark, TextMark, legal
from lstmviz.backends.svgread import Element, Words, straightened
from lstmviz.scene.geometry import Path

if TYPE_CHECKING:
    from lstmviz.scene.items import Font, Point, Scene

PX = 96 / 72
"""CSS pixels in a point."""
CHAINS: dict[Font, str] = {
    "sans": "'DejaVu Sans',{}Verdana,sans-serif",
    "bold": "'DejaVu Sans',{}Verdana,sans-serif",
    "mono": "'DejaVu Sans Mono',{}Menlo,Consolas,monospace",
    "roman": "STIXGeneral,{}'STIX Two Text','Times New Roman',serif",
    "italic": "STIXGeneral,{}'STIX Two Text','Times New Roman',serif",
}
"""Families by preference: the installed font, the embedded one, what comes near."""


@dataclass(frozen=True)
class Finish:
    """How a figure's SVG is written.

    `faces` names the embedded fonts and `rules` is the style sheet that holds
    them; `outlines` draws texts as paths.
    """

    prefix: str
    digest: str
    faces: dict[Font, str]
    rules: str = ""
    transparent: bool = False


def finish(elements: Iterator[Element], drawing: Drawing, scene: Scene, how: Finish) -> bytes:
    """The figure's SVG from the elements that a backend painted."""
    body = [_group(group, elements, how) for group in drawing.groups]
    rest = next(elements, None)
    assert rest is None, f"the backend painted more than it was given: {rest}"
    return "".join((_head(drawing, scene, how), *body, "</svg>\n")).encode()


def _head(drawing: Drawing, scene: Scene, how: Finish) -> str:
    """The root element up to and with the ground."""
    width, height = number(drawing.width), number(drawing.height)
    names = {"title": scene.title or scene.kind, "desc": scene.description}
    ids = " ".join(f"{how.prefix}-{name}" for name, words in names.items() if words)
    style = f"<style>{how.rules}</style>\n" if how.rules else ""
    ground = (
        ""
        if how.transparent
        else f'<rect class="ground" width="{width}" height="{height}" fill="{brief(drawing.ground)}"/>\n'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(drawing.width * PX)}"'
        f' height="{number(drawing.height * PX)}" viewBox="0 0 {width} {height}" role="img"'
        f" aria-labelledby={quoteattr(ids)} font-family={quoteattr(_chain('sans', how))}>\n"
        + "".join(f'<{n} id="{how.prefix}-{n}">{escape(legal(w))}</{n}>\n' for n, w in names.items() if w)
        + f"<metadata>lstmviz sha256:{how.digest}</metadata>\n{style}{ground}"
    )


def _group(group: Group, elements: Iterator[Element], how: Finish) -> str:
    """One item: a group, or its only mark where it has no id."""
    name = f" id={quoteattr(f'{how.prefix}-{legal(group.id)}')}" if group.id is not None else ""
    own = f'{name} class="{group.kind} role-{group.role}"'
    marks = list(group.marks)
    if not name and len(marks) == 1:
        return _mark(marks[0], own, elements, how) + "\n"
    return f"<g{own}>" + "".join(_mark(m, "", elements, how) for m in marks) + "</g>\n"


def _mark(mark: PathMark | TextMark, own: str, elements: Iterator[Element], how: Finish) -> str:
    if isinstance(mark, TextMark):
        words = next(elements)
        assert isinstance(words, Words), f"{mark.text!r} was painted as {words}"
        return f"<text{own}{_text(mark, words, how)}>{escape(mark.text)}</text>"
    data = "".join(path_data(_like(path, elements)) for path in mark.paths)
    return f'<path{own}{_paint(mark)} d="{data}"/>'


def _like(path: Path, elements: Iterator[Element]) -> Path:
    """The next painted path, closed as the one that was asked for."""
    painted = next(elements)
    assert isinstance(painted, Path), f"a path was painted as {painted}"
    return Path(painted.start, straightened(painted).segments, path.closed)


def _text(mark: TextMark, words: Words, how: Finish) -> str:
    anchor = "" if mark.anchor == "start" else f' text-anchor="{mark.anchor}"'
    return (
        f' x="{number(words.x)}" y="{number(words.y)}"{anchor} font-size="{number(mark.size)}"'
        f'{_face(mark.font, how)} fill="{brief(mark.colour)}"'
    )


def _face(font: Font, how: Finish) -> str:
    """The attributes of a font; the root has those of the first."""
    family = (
        f" font-family={quoteattr(_chain(font, how))}"
        if font not in {"sans", "bold"} or how.faces.get(font)
        else ""
    )
    family = "" if font == "sans" else family
    return family + {"bold": ' font-weight="bold"', "italic": ' font-style="italic"'}.get(font, "")


def _chain(font: Font, how: Finish) -> str:
    embedded = how.faces.get(font)
    return CHAINS[font].format(f"{embedded}," if embedded else "")


def _paint(mark: PathMark) -> str:
    stroke = f' stroke="{brief(mark.stroke)}"' if mark.stroke else ""
    width = f' stroke-width="{number(mark.width)}"' if mark.stroke and mark.width != 1 else ""
    return f' fill="{brief(mark.fill) if mark.fill else "none"}"{stroke}{width}'


def brief(colour: str) -> str:
    """A colour in its shortest form.

    >>> brief("#ffffff"), brief("#c9e0fe")
    ('#fff', '#c9e0fe')
    """
    short = colour[1::2]
    return f"#{short}" if len(colour) == 7 and short == colour[2::2] else colour


def number(value: float) -> str:
    """A coordinate to 1/100 pt, without what is not needed.

    >>> number(12.50), number(-0.001), number(7.0)
    ('12.5', '0', '7')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def path_data(path: Path) -> str:
    """The ``d`` of a path, in absolute commands."""
    out = [f"M{_pair(path.start)}"]
    at = path.start
    segments = list(path.segments)
    if path.closed and len(segments[-1]) == 1 and _pair(segments[-1][0]) == _pair(path.start):
        del segments[-1]
    for segment in segments:
        out.append(_step(at, segment))
        at = segment[-1]
    return "".join(out) + ("Z" if path.closed else "")


def _step(at: Point, segment: tuple[Point, ...]) -> str:
    if len(segment) == 3:
        return "C" + " ".join(_pair(p) for p in segment)
    x, y = number(segment[0][0]), number(segment[0][1])
    if y == number(at[1]):
        return f"H{x}"
    return f"V{y}" if x == number(at[0]) else f"L{x} {y}"


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
