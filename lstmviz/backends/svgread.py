"""What a backend's SVG says, as paths and texts, to be finished in one style."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from xml.parsers import expat

from lstmviz.records import record
from lstmviz.scene.geometry import Path
from lstmviz.scene.items import Point

SHAPES = frozenset({"polygon", "polyline", "path", "text"})
SLICE = 1 << 16
"""So many bytes are read at a time: the shapes of a whole file would take much memory."""


@record(frozen=True, slots=True)
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
    for kind, shape, text in shapes:
        if kind == "text":
            yield Words(float(shape.get("x", "0")), float(shape.get("y", "0")) + height, text)
        elif kind == "path":
            yield from paths(shape.get("d", ""), height)
        else:
            points = _points(shape.get("points", "").replace(",", " ").split(), height)
            if kind == "polygon":
                del points[-1]
            yield Path(points[0], tuple([(p,) for p in points[1:]]), closed=kind == "polygon")


def from_matplotlib(source: bytes) -> Iterator[Element]:
    """The elements of the groups that our artists opened in Matplotlib's SVG."""
    for kind, shape, text in _shapes(source):
        if kind == "text":
            yield Words(float(shape.get("x", "0")), float(shape.get("y", "0")), text)
        elif kind == "path":
            yield from paths(shape.get("d", ""), 0.0)


def _shapes(source: bytes) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """The shapes of an SVG in order: what each is, its attributes and its text."""
    # ElementTree's iterparse takes three times as long, and the tree it grows has no use.
    parser = expat.ParserCreate()
    parser.buffer_text = True
    found: deque[tuple[str, Mapping[str, str], str]] = deque()
    opened: list[dict[str, str]] = []
    words: list[str] = []

    def start(kind: str, attributes: dict[str, str]) -> None:
        if kind in SHAPES:  # of which none holds another
            words.clear()
            opened.append(attributes)

    def end(kind: str) -> None:
        if kind in SHAPES:
            found.append((kind, opened.pop(), "".join(words)))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = words.append
    for at in range(0, len(source) + 1, SLICE):
        parser.Parse(source[at : at + SLICE], at + SLICE > len(source))
        while found:
            yield found.popleft()


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
    for letter in "MLCZz,":
        data = data.replace(letter, " " if letter == "," else f" {letter} ")
    command, numbers = "", [""][:0]
    for word in [*data.split(), ""]:
        if word.isalpha() or not word:
            if command:
                yield command, _points(numbers, dy)
            command, numbers = word, []
        else:
            numbers.append(word)


def _points(numbers: Sequence[str], dy: float) -> list[Point]:
    """Points from their coordinates in turn, `dy` further down."""
    ups = map(float, numbers)
    return [(x, y + dy) for x, y in zip(ups, ups, strict=True)]


def straightened(path: Path) -> Path:
    """The path with cubics that are straight lines as such."""
    segments: list[tuple[Point, ...]] = []
    at = path.start
    for segment in path.segments:
        line = len(segment) == 3 and segment[0] == at and segment[1] == segment[2]
        segments.append(segment[2:] if line else segment)
        at = segment[-1]
    return Path(path.start, tuple(segments), path.closed)
