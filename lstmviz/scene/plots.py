"""Measured values as they are drawn: a map of cells, and a curve over steps. Each is one item with its data.

A map of 200 × 200 steps as rectangles would be 40,000 items; as one item it keeps its numbers, which `check`
holds against a run of its own, and becomes one path for each shade, joined where neighbours are alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from lstmviz.scene.items import Box, Role

LEVELS = {"size": 24, "signed": 25, "ordered": 25}
"""So many shades a scale has: of signs one in the middle, of what is next to zero."""
MINUS = (10.0, 6.0)
"""The least width and height of a cell in which a minus stands, pt."""
BESIDE = 1e-6
"""What is so small a share of a scale stands for what is next to zero."""
Scale = Literal["log", "linear", "signed", "ordered"]
"""Two have signs: a minus tells them in `signed`, which has no room in `ordered`."""
Values = tuple[float | None, ...]
"""Row by row; None where there is nothing."""
Facts = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """A map of values, row by row from the top; what is exactly zero has no shade at all.

    `low` and `high` are the ends of the scale: of their logarithms, of the values, or of both signs.
    """

    id: str
    box: Box
    rows: int
    columns: int
    values: Values
    scale: Scale
    low: float
    high: float
    role: Role = "note"
    about: Facts = ()
    """What the values are, for the proof: ``(("of", "lstm"), ("norm", "fro"))``."""

    def level(self, value: float | None) -> int | None:
        """Return the shade of a value; None for exactly zero, and for nothing."""
        if not value:
            return None
        if self.scale == "log":
            share = (math.log10(abs(value)) - self.low) / (self.high - self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return min(self.levels - 1, max(0, math.floor(share * self.levels)))

    @property
    def below(self) -> list[tuple[float, float, int]]:
        """The middles of the cells of what is below zero, and their shades, if they have room for a minus.

        In grey it tells the sign; of what is next to zero, which has one shade for both, in colours too.
        """
        x0, y0, x1, y1 = self.box
        wide, high = (x1 - x0) / self.columns, (y1 - y0) / self.rows
        if self.scale != "signed" or not roomy(wide, high):
            return []
        shades = [(at, self.level(value)) for at, value in enumerate(self.values) if (value or 0.0) < 0]
        return [
            (x0 + (at % self.columns + 0.5) * wide, y0 + (at // self.columns + 0.5) * high, level)
            for at, level in shades if level is not None
        ]  # fmt: skip

    def middle(self, level: int) -> float:
        """Return the value in the middle of a shade: next to zero, which has none, where it would be zero."""
        value = self.low + (level + 0.5) / self.levels * (self.high - self.low)
        return float(10**value) if self.scale == "log" else value or self.high * BESIDE

    @property
    def levels(self) -> int:
        """Return how many shades it has."""
        return LEVELS[self.ramp]

    @property
    def ramp(self) -> str:
        """Return which colours it has: of sizes, or with zero in the middle."""
        return self.scale if self.scale in {"signed", "ordered"} else "size"


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through values at even steps, on a logarithmic or a plain scale from the foot of its box.

    It is broken where a value is None, or exactly zero on a logarithmic scale. One that is `mirrored` begins
    at the right; one that is `centred` has each value over the middle of its step, as the cells of a map.
    """

    id: str
    box: Box
    values: Values
    scale: Literal["log", "linear"]
    low: float
    high: float
    role: Role
    line: float = 1.5
    dashed: bool = False
    about: Facts = ()
    mirrored: bool = False
    centred: bool = False

    def points(self) -> list[list[tuple[float, float]]]:
        """Return the pieces of the line, each a list of points."""
        x0, y0, x1, y1 = self.box
        gap = (x1 - x0) / max(1, len(self.values) - (not self.centred))
        x0, x1 = (x0 + gap / 2, x1 - gap / 2) if self.centred else (x0, x1)
        pieces: list[list[tuple[float, float]]] = [[]]
        for at, value in enumerate(self.values):
            if value is None or (self.scale == "log" and value <= 0):
                pieces.append([])
                continue
            found = math.log10(value) if self.scale == "log" else value
            share = min(1.0, max(0.0, (found - self.low) / (self.high - self.low)))
            x = x1 - at * gap if self.mirrored else x0 + at * gap
            pieces[-1].append((x, y1 - share * (y1 - y0)))
        return [piece for piece in pieces if piece]


Plot = Heat | Curve


def roomy(wide: float, high: float) -> bool:
    """Tell whether a cell of this size, pt, has room for a minus."""
    return wide >= MINUS[0] and high >= MINUS[1]


def moved(plot: Plot, k: float, dx: float, dy: float) -> Plot:
    """Return a plot scaled, then shifted."""
    x0, y0, x1, y1 = plot.box
    box = (x0 * k + dx, y0 * k + dy, x1 * k + dx, y1 * k + dy)
    if isinstance(plot, Curve):
        return replace(plot, box=box, line=plot.line * k)
    return replace(plot, box=box)


def rounded(value: float | None, digits: int = 4) -> float | None:
    """Return a value to so many digits: another processor's last bit changes no figure.

    >>> rounded(0.0123456), rounded(0.0), rounded(None)
    (0.01235, 0.0, None)
    """
    return None if value is None else float(f"{value:.{digits - 1}e}")


def fitted(values: Values, most: int = 8) -> tuple[float, float]:
    """Return the powers of ten of 1, 2 or 5 times one, which hold all values but zero, as near as can be.

    >>> [round(10**end, 6) for end in fitted((0.0, 0.03, 0.8))], fitted((0.0,))
    ([0.02, 1.0], (-1.0, 0.0))
    """
    low, high = decades(values, most)
    sizes = [math.log10(abs(value)) for value in values if value]
    steps = [k + math.log10(n) for k in range(int(low), int(high)) for n in (1, 2, 5)] + [high]
    top = next((one for one in steps if one >= max(sizes, default=high) - 1e-9 and one > low), high)
    foot = max((one for one in steps if one < top and one < min(sizes, default=low)), default=low)
    return foot, top


def decades(values: Values, most: int = 8) -> tuple[float, float]:
    """Return the whole powers of ten that hold all values but zero, at most so many of the largest.

    >>> decades((0.0, 0.02, 3.0))
    (-2.0, 1.0)
    """
    sizes = [abs(value) for value in values if value]
    if not sizes:
        return -1.0, 0.0
    high = math.ceil(math.log10(max(sizes)) - 1e-9)
    low = min(high - 1, math.floor(math.log10(min(sizes)) + 1e-9))
    return float(max(low, high - most)), float(high)
