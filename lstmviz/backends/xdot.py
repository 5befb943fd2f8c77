"""The display list as xdot drawing operations, Graphviz's own.

Every operation gives exactly one element of Graphviz's SVG, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lstmviz.backends.drawing import Drawing, PathMark, TextMark
from lstmviz.backends.fonts import NAMES
from lstmviz.scene.geometry import Path
from lstmviz.scene.items import Point

CLEAR = "#00000000"
CORNER = {"shape": "point", "style": "invis", "width": "0", "height": "0", "label": ""}
"""A node that only holds a place, as Graphviz reads it."""
SIDES = {"start": -1, "middle": 0, "end": 1}


@dataclass(frozen=True, slots=True)
class Habits:
    """What a version of Graphviz does to text.

    It sets it `lift` em above its baseline: 0.05, old ones 0.2. Where it
    `escapes`, a backslash does not count as a byte unless it follows another.
    """

    lift: float = 0.05
    escapes: bool = True

    def string(self, text: str) -> str:
        """A text with its length in bytes, as this Graphviz counts them."""
        if not self.escapes or "\\" not in text:
            return f"{len(text.encode())} -{text}"
        runs = [len(run) for run in re.findall(r"\\+", text)]
        if text.endswith("\\") and runs[-1] % 2:
            text += "\u200b"  # what counts must follow, if only a space without width
        return f"{len(text.encode()) - sum((n + 1) // 2 for n in runs)} -{text}"


def operations(drawing: Drawing, height: float, scale: float = 1.0, habits: Habits = Habits()) -> str:
    """All marks of a drawing `scale` times as large, on a page `height` pt high."""
    pen = _Pen(height, scale, habits)
    for mark in drawing.marks():
        if isinstance(mark, PathMark):
            pen.path(mark)
        else:
            pen.text(mark)
    return " ".join(pen.out)


@lru_cache(1 << 16)
def number(value: float) -> str:
    """A coordinate to 1/1000 pt, without what is not needed."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class _Pen:
    """Writes operations, and a style or colour only where it changes."""

    def __init__(self, height: float, scale: float, habits: Habits) -> None:
        self.height = height
        self.habits = habits
        self.scale = scale
        self.out: list[str] = []
        self.now: dict[str, str] = {}

    def set(self, what: str, value: str) -> None:
        """Set the pen (c), the fill (C) or the style (S)."""
        if self.now.get(what) != value:
            self.now[what] = value
            self.out.append(f"{what} {len(value.encode())} -{value}")

    def points(self, op: str, points: Iterable[Point]) -> None:
        """An operation on points."""
        flat = [self.at(x, y) for x, y in points]
        self.out.append(f"{op} {len(flat)} {' '.join(flat)}")

    def at(self, x: float, y: float) -> str:
        """A point, y up."""
        return f"{number(x * self.scale)} {number((self.height - y) * self.scale)}"

    def path(self, mark: PathMark) -> None:
        """A path of one paint, one operation for each of its pieces."""
        self.set("c", mark.stroke or CLEAR)
        if mark.stroke:
            self.set("S", f"setlinewidth({number(mark.width * self.scale)})")
        if mark.fill:
            self.set("C", mark.fill)
        for path in mark.paths:
            self.piece(path, filled=bool(mark.fill))

    def piece(self, path: Path, *, filled: bool) -> None:
        """A polygon, a line or a curve."""
        if path.straight:
            op = "L" if not path.closed else "P" if filled else "p"
            self.points(op, path.points)
        else:
            self.points("b" if filled else "B", cubic(path))

    def text(self, mark: TextMark) -> None:
        """A run of text; its length counts bytes."""
        name = NAMES[mark.font]
        self.set("c", mark.colour)
        face = f"{number(mark.size * self.scale)} {len(name)} -{name}"
        if self.now.get("F") != face:
            self.now["F"] = face
            self.out.append(f"F {face}")
        at = self.at(mark.x, mark.y + self.habits.lift * mark.size)
        self.out.append(f"T {at} {SIDES[mark.anchor]} 0 {self.habits.string(mark.text)}")


def cubic(path: Path, *, even: bool = False) -> list[Point]:
    """A path as one Bézier; a straight segment has its ends as control points.

    `even` puts them at its thirds, which Graphviz needs to draw parallels.
    """
    points = [path.start]
    segments = list(path.segments)
    if path.closed and segments[-1][-1] != path.start:
        segments.append((path.start,))
    for segment in segments:
        a, b = points[-1], segment[-1]
        if len(segment) == 3:
            points += segment
        elif even:
            points += [
                ((2 * a[0] + b[0]) / 3, (2 * a[1] + b[1]) / 3),
                ((a[0] + 2 * b[0]) / 3, (a[1] + 2 * b[1]) / 3),
                b,
            ]
        else:
            points += [a, b, b]
    return points
