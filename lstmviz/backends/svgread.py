"""What a backend's SVG says, as paths and texts, to be finished in one style."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from lstmviz.scene.geometry import Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmviz.scene.items import Point

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = frozenset({"polygon", "polyline", "path", "text"})
NUMBER = r"-?\d*\.?\d+(?:e[-+]?\d+)?"
TOKEN = re.compile(rf"[MLCZz]|{NUMBER}")


@dataclass(frozen=True, slots=True)
class Words:
    """A text element: the point at its anchor, on its baseline."""

    x: float
    y: float
    text: str


Element = Path | Words


def from_graphviz(source: bytes, height: float) -> Iterator[Element]:
    """The elements of Graphviz's SVG after its ground; its y is `height` lower."""
    shapes = _shapes(source)
    next(shapes)
    for kind, shape in shapes:
        if kind == "text":
            x, y = float(shape.get("x", "0")), float(shape.get("y", "0"))
            yield Words(x, y + height, shape.text or "")
        elif kind == "path":
            yield from paths(shape.get("d", ""), height)
        else:
            flat = [float(n) for n in re.findall(NUMBER, shape.get("points", ""))]
            points = [(x, y + height) for x, y in zip(flat[::2], flat[1::2], strict=True)]
            if kind == "polygon":
                del points[-1]
            yield Path(points[0], tuple((p,) for p in points[1:]), closed=kind == "polygon")


def from_matplotlib(source: bytes) -> Iterator[Element]:
    """The elements of the groups that our artists opened in Matplotlib's SVG."""
    for kind, shape in _shapes(source):
        if kind == "text":
            yield Words(float(shape.get("x", "0")), float(shape.get("y", "0")), shape.text or "")
        elif kind == "path":
            yield from paths(shape.get("d", ""), 0.0)


def _shapes(source: bytes) -> Iterator[tuple[str, ET.Element]]:
    """The shapes of an SVG in order, each let go of when the next is asked for."""
    above: list[ET.Element] = []
    for event, element in ET.iterparse(io.BytesIO(source), ("start", "end")):  # noqa: S314  (our own)
        if event == "start":
            above.append(element)
            continue
        above.pop()
        kind = element.tag.removeprefix(SVG)
        if kind in SHAPES:
            yield kind, element
        if above:
            above[-1].clear()


def paths(data: str, dy: float) -> Iterator[Path]:
    """The subpaths of an SVG path of absolute commands, `dy` pt further down."""
    start: Point | None = None
    segments: list[tuple[Point, ...]] = []
    for command, points in _commands(data, dy):
        if command in "Zz":
            assert start is not None
            yield Path(start, tuple(segments), closed=True)
            start, segments = None, []
        elif command == "M":
            if start is not None:
                yield Path(start, tuple(segments))
            start, segments = points[0], [(p,) for p in points[1:]]
        else:
            size = 3 if command == "C" else 1
            segments += [tuple(points[i : i + size]) for i in range(0, len(points), size)]
    if start is not None:
        yield Path(start, tuple(segments))


def _commands(data: str, dy: float) -> Iterator[tuple[str, list[Point]]]:
    command, numbers = "", [0.0][:0]
    for token in [*TOKEN.findall(data), ""]:
        if not token or token.isalpha():
            if command:
                yield command, [(x, y + dy) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
            command, numbers = token, []
        else:
            numbers.append(float(token))


def straightened(path: Path) -> Path:
    """The path with cubics that are straight lines as such."""
    segments: list[tuple[Point, ...]] = []
    at = path.start
    for segment in path.segments:
        line = len(segment) == 3 and segment[0] == at and segment[1] == segment[2]
        segments.append(segment[2:] if line else segment)
        at = segment[-1]
    return Path(path.start, tuple(segments), path.closed)
