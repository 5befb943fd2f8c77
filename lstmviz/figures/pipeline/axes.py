"""Which axes a stage merges, splits or reorders, found from the sizes, and drawn as a small wiring."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from lstmviz.figures.base import Options, respell
from lstmviz.figures.shared.axes import spelt
from lstmviz.figures.shared.claimed import sized
from lstmviz.network.stage_types import RESHAPES
from lstmviz.network.structure import Stage, Tensor
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, Point
from lstmviz.scene.labels import TextLine, row, words

Group = tuple[tuple[int, ...], tuple[int, ...]]
"""Axes before and axes after that hold the same numbers."""

STEP = 9.5
"""From one axis to the next in the wiring, pt."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """How the axes of one tensor become those of the next."""

    before: Tensor
    after: Tensor
    groups: tuple[Group, ...]
    stage: str = ""

    @property
    def merges(self) -> bool:
        """Whether several axes become one."""
        return any(len(a) > 1 and len(b) == 1 for a, b in self.groups)

    @property
    def splits(self) -> bool:
        """Whether one axis becomes several."""
        return any(len(a) == 1 and len(b) > 1 for a, b in self.groups)

    @property
    def scrambled(self) -> bool:
        """Whether the letters come out in another order than the numbers do.

        A view from (T, N) to (N, T) has the shape of a transpose, and is none.
        """
        for first, second in self.groups:
            old = [s for i in first for s in self.before.symbols[i].split("·")]
            new = [s for i in second for s in self.after.symbols[i].split("·")]
            if len(old) > 1 and old != new and sorted(old) == sorted(new):
                return True
        return False

    @property
    def mixed(self) -> int | None:
        """The axis of the samples before, if numbers of several samples come into one row after it.

        A view of h_n (2, N, H) as (N, 2H) has the right shape, and rows of wrong numbers.
        """
        if "N" not in self.before.symbols or "N" not in self.after.symbols:
            return None
        old, new = self.before.symbols.index("N"), self.after.symbols.index("N")
        together = next((first for first, second in self.groups if old in first and new in second), ())
        others = [axis for axis in together if self.before.sizes[axis] > 1]
        return old if self.before.sizes[old] > 1 and len(others) > 1 else None

    @property
    def misleads(self) -> bool:
        """Whether the shape is right and the numbers are not where one would look for them."""
        return self.scrambled or self.mixed is not None


def wiring_of(stage: Stage) -> Wiring | None:
    """The wiring of a stage that rearranges axes; None for every other."""
    before, after = stage.inputs[0], stage.outputs[0]
    arguments: dict[str, Any] = dict(stage.arguments)
    if prod(before.sizes) != prod(after.sizes) or "dtype" in arguments or not before.sizes:
        return None
    if stage.type in RESHAPES:
        groups = _ones(before, after, regrouped(before.sizes, after.sizes))
        return Wiring(before, after, groups, stage.name)
    count = len(before.sizes)
    if stage.type == "permute" and "dims" in arguments:
        order = [d % count for d in arguments["dims"]]
    elif stage.type == "transpose" and {"dim0", "dim1"} <= arguments.keys():
        order = list(range(count))
        first, second = arguments["dim0"] % count, arguments["dim1"] % count
        order[first], order[second] = second, first
    else:
        return None
    return Wiring(before, after, tuple(((old,), (new,)) for new, old in enumerate(order)), stage.name)


def regrouped(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[Group, ...]:
    """The smallest groups of neighbouring axes with equal products.

    >>> regrouped((5, 4, 16), (20, 16))
    (((0, 1), (0,)), ((2,), (1,)))
    >>> regrouped((20, 1), (5, 4, 1))
    (((0,), (0, 1)), ((1,), (2,)))
    """
    groups: list[Group] = []
    i = j = 0
    while i < len(before) and j < len(after):
        start, other, left, right = i, j, before[i], after[j]
        i, j = i + 1, j + 1
        while left != right:
            if left < right:
                left, i = left * before[i], i + 1
            else:
                right, j = right * after[j], j + 1
        groups.append((tuple(range(start, i)), tuple(range(other, j))))
    if groups and (i < len(before) or j < len(after)):  # what is left has size 1
        first, second = groups[-1]
        groups[-1] = ((*first, *range(i, len(before))), (*second, *range(j, len(after))))
    return tuple(groups)


def _ones(before: Tensor, after: Tensor, groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """Return the groups with each axis of size 1 where its letter went: sizes alone cannot tell."""
    homes = {
        letter: k for k, (_, new) in enumerate(groups) for i in new for letter in after.symbols[i].split("·")
    }
    moved = [list(old) for old, _ in groups]
    for k, (old, _) in enumerate(groups):
        for axis in old if len(old) > 1 else ():
            home = homes.get(before.symbols[axis], k)
            if before.sizes[axis] == 1 and abs(home - k) == 1 and not before.symbols[axis].isdigit():
                moved[k].remove(axis)
                moved[home].append(axis)
    return tuple((tuple(sorted(own)), new) for own, (_, new) in zip(moved, groups, strict=True))


def _labels(tensor: Tensor, options: Options) -> list[TextLine]:
    if options.shapes == "numbers":
        return [sized(words(str(n), 7), tensor, axis) for axis, n in enumerate(tensor.sizes)]
    return [
        _label(tensor, axis, options) if symbol != str(size) else sized(words(symbol, 7), tensor, axis)
        for axis, (symbol, size) in enumerate(zip(tensor.symbols, tensor.sizes, strict=True))
    ]


def _label(tensor: Tensor, axis: int, options: Options) -> TextLine:
    """An axis by its letter."""
    symbol = tensor.symbols[axis]
    return sized(spelt(symbol, options, 8.5), tensor, axis, symbol=respell(symbol, options))


def line_of(wiring: Wiring, options: Options) -> TextLine:
    """What becomes of what on one line: ``N, T → N·T``; axes that stay as they are go unsaid."""
    turned = all(len(old) == len(new) == 1 for old, new in wiring.groups)
    changed = [(old, new) for old, new in wiring.groups if turned or len(old) > 1 or len(new) > 1]
    changed = changed or list(wiring.groups)
    sides = []
    for side, tensor in enumerate((wiring.before, wiring.after)):
        names = _labels(tensor, options)
        own = [names[axis] for axis in sorted(axis for group in changed for axis in group[side])]
        sides.append(row(*(row(one, words(",", 7)) for one in own[:-1]), own[-1], gap=2.5))
    return row(sides[0], words("→", 7), sides[1], gap=3)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A wiring with its size on the page; `upward` flows up, else to the right."""

    wiring: Wiring
    before: tuple[TextLine, ...]
    after: tuple[TextLine, ...]
    upward: bool

    @property
    def size(self) -> Point:
        """Width and height, pt."""
        if self.upward:
            return max(_wide(self.before), _wide(self.after)), 29.0
        rows = max(len(self.before), len(self.after)) * STEP
        return max(i.width for i in self.before) + max(i.width for i in self.after) + 17, rows

    def draw(self, canvas: Canvas, at: Point) -> None:
        """Draw it with its middle at `at`."""
        old, new = (self._upright if self.upward else self._sideways)(at)
        for label, (x, y) in (*zip(self.before, old, strict=True), *zip(self.after, new, strict=True)):
            canvas.text(label, x, y + label.ascent / 2, "middle", role="op")
        for first, second in self.wiring.groups:
            self._wires(canvas, [old[i] for i in first], [new[j] for j in second])

    def _sideways(self, at: Point) -> tuple[list[Point], list[Point]]:
        left, right = (max(i.width for i in side) for side in (self.before, self.after))
        x0, x1 = at[0] - self.size[0] / 2 + left / 2, at[0] + self.size[0] / 2 - right / 2
        return _column(x0, at[1], len(self.before)), _column(x1, at[1], len(self.after))

    def _upright(self, at: Point) -> tuple[list[Point], list[Point]]:
        return _line(self.before, at[0], at[1] + 10.5), _line(self.after, at[0], at[1] - 10.5)

    def _wires(self, canvas: Canvas, old: list[Point], new: list[Point]) -> None:
        """Lines from all axes of a group to where they meet, and on to all that it becomes."""
        if self.upward:
            starts, stops = [(x, y - 5.5) for x, y in old], [(x, y + 5.5) for x, y in new]
        else:
            left, right = (max(i.width for i in side) / 2 + 2 for side in (self.before, self.after))
            starts, stops = [(x + left, y) for x, y in old], [(x - right, y) for x, y in new]
        if len(starts) == len(stops) == 1:
            canvas.line([starts[0], stops[0]], stroke=INK, line=0.75, head=3.2, role="op", z=40)
            return
        if len(starts) > 1 < len(stops):
            self._through_bar(canvas, starts, stops)
            return
        meet = _meeting(starts, stops)
        for start in starts:
            head = 0.0 if len(starts) > 1 or len(stops) > 1 else 3.2
            canvas.line([start, meet], stroke=INK, line=0.75, head=head, role="op", z=40)
        for stop in stops:
            canvas.line([meet, stop], stroke=INK, line=0.75, head=3.2, role="op", z=40)

    def _through_bar(self, canvas: Canvas, starts: list[Point], stops: list[Point]) -> None:
        """Several axes to several: the numbers in their order, cut anew. No lines that cross."""
        (ax, ay), (bx, by) = _mean(starts), _mean(stops)
        x, y = ax + (bx - ax) * 0.45, ay + (by - ay) * 0.45
        if self.upward:
            bar = [
                (min(p[0] for p in (*starts, *stops)) - 2, y),
                (max(p[0] for p in (*starts, *stops)) + 2, y),
            ]
        else:
            bar = [
                (x, min(p[1] for p in (*starts, *stops)) - 2),
                (x, max(p[1] for p in (*starts, *stops)) + 2),
            ]
        canvas.line(bar, stroke=INK, line=1.5, role="op", z=40)
        for px, py in starts:
            canvas.line(
                [(px, py), (px, y) if self.upward else (x, py)], stroke=INK, line=0.75, role="op", z=40
            )
        for px, py in stops:
            begin = (px, y) if self.upward else (x, py)
            canvas.line([begin, (px, py)], stroke=INK, line=0.75, head=3.2, role="op", z=40)


def _meeting(starts: list[Point], stops: list[Point]) -> Point:
    """A point between: near the single end, so that the lines of the many are seen to join."""
    (ax, ay), (bx, by) = _mean(starts), _mean(stops)
    k = 0.62 if len(stops) == 1 else 0.38
    if abs(ay - by) > abs(ax - bx):
        return ((bx if len(stops) == 1 else ax), ay + (by - ay) * k)
    return (ax + (bx - ax) * k, by if len(stops) == 1 else ay)


def _mean(points: list[Point]) -> Point:
    return (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))


def _column(x: float, y: float, count: int) -> list[Point]:
    return [(x, y + (k - (count - 1) / 2) * STEP) for k in range(count)]


def _wide(labels: tuple[TextLine, ...]) -> float:
    return sum(i.width for i in labels) + 9.0 * (len(labels) - 1)


def _line(labels: tuple[TextLine, ...], x: float, y: float) -> list[Point]:
    at, found = x - _wide(labels) / 2, []
    for label in labels:
        found.append((at + label.width / 2, y))
        at += label.width + 9.0
    return found


def drawn(wiring: Wiring, options: Options, *, upward: bool) -> Drawn:
    """The wiring with its labels measured."""
    return Drawn(
        wiring, tuple(_labels(wiring.before, options)), tuple(_labels(wiring.after, options)), upward
    )
