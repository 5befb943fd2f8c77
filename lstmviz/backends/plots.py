"""Maps and curves as painted paths: one path for each shade, joined where neighbouring cells are alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lstmviz.backends.lines import broken
from lstmviz.scene.geometry import Path, length_of, polyline, rectangle
from lstmviz.scene.items import Box
from lstmviz.scene.plots import Curve, Heat

DASH = (4.0, 2.4)
MINUS = 2.6
"""Half the length of a minus in a cell, pt."""
Block = tuple[int, int, int, int]
"""First row and column of a block of cells, and the ones after its last."""


def shades(heat: Heat) -> Iterator[tuple[int, tuple[Path, ...]]]:
    """Yield every shade of a map with its rectangles, first all that has one in the middle shade.

    What lies under the cells shows in the hairlines that a viewer leaves between two shades.
    """
    levels = [heat.level(value) for value in heat.values]
    lines = [levels[at : at + heat.columns] for at in range(0, len(levels), heat.columns)]
    whole = [[None if level is None else heat.levels // 2 for level in line] for line in lines]
    for shaded in (whole, lines):
        found: dict[int, list[Path]] = defaultdict(list)
        for level, block in blocks(shaded):
            found[level].append(rectangle(_box(heat, block)))
        yield from ((level, tuple(found[level])) for level in sorted(found))


def minuses(heat: Heat) -> dict[int, tuple[Path, ...]]:
    """Return the minus of every cell that has one, by the shade of the cell."""
    found: dict[int, list[Path]] = defaultdict(list)
    for x, y, level in heat.below:
        found[level].append(polyline([(x - MINUS, y), (x + MINUS, y)], closed=False, radius=0.0))
    return {level: tuple(found[level]) for level in sorted(found)}


def blocks(lines: list[list[int | None]]) -> Iterator[tuple[int, Block]]:
    """Yield blocks of one shade: neighbours in a row joined, then equal stretches of rows below each other.

    >>> list(blocks([[1, 1], [1, 1], [None, 2]]))
    [(1, (0, 0, 2, 2)), (2, (2, 1, 3, 2))]
    """
    open_: dict[tuple[int, int, int], int] = {}
    for row, line in enumerate([*lines, []]):
        now = {(first, last, level) for first, last, level in _stretches(line)}
        for key in [key for key in open_ if key not in now]:
            first, last, level = key
            yield level, (open_.pop(key), first, row, last)
        for key in sorted(now - open_.keys()):
            open_[key] = row


def _stretches(line: list[int | None]) -> Iterator[tuple[int, int, int]]:
    begin = 0
    for at in range(1, len(line) + 1):
        if at == len(line) or line[at] != line[begin]:
            level = line[begin]
            if level is not None:
                yield begin, at, level
            begin = at


def _box(heat: Heat, block: Block) -> Box:
    x0, y0, x1, y1 = heat.box
    wide, high = (x1 - x0) / heat.columns, (y1 - y0) / heat.rows
    return (x0 + block[1] * wide, y0 + block[0] * high, x0 + block[3] * wide, y0 + block[2] * high)


def strokes(curve: Curve) -> tuple[Path, ...]:
    """Return the lines of a curve: dashed ones of the reverse direction."""
    found: list[Path] = []
    for piece in curve.points():
        if len(piece) == 1:
            x, y = piece[0]
            piece = [(x - 1, y), (x + 1, y)]  # noqa: PLW2901
        if curve.dashed:
            found += broken(piece, [(0.0, length_of(piece))], DASH, 0.0)
        else:
            found.append(polyline(piece, closed=False, radius=0.0))
    return tuple(found)
