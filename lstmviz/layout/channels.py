"""Lines between two ranks: where they enter, and on which track each runs sideways."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

TRACK = 6.5
"""From one track to the next, pt."""
PLAIN = 14.0
"""The height of a channel without a track."""
TRIED = 6
"""Up to so many lines the best order of their tracks is found; more keep the order of their sources."""
NEAR = 4.0
"""Lines that run beside each other keep so far apart, pt."""
APART = 9.0
"""The least room between two lines that enter the same piece, pt."""
EDGE = 8.0
"""How far from a piece's corner a line may enter, pt."""


@dataclass(slots=True)
class Wire:
    """A net on its way through one channel: the x of its pins below and above, and its track."""

    net: str
    below: list[float] = field(default_factory=list)
    above: list[float] = field(default_factory=list)
    track: int | None = None
    height: float = 0.0
    """How high its track lies, pt."""
    turns: Literal["", "up", "down"] = ""
    """Which way a line that leads back turns here: over its source down, below its target up."""

    @property
    def ends(self) -> tuple[float, float]:
        """The leftmost and the rightmost of its pins."""
        pins = [*self.below, *self.above]
        return min(pins), max(pins)

    @property
    def straight(self) -> bool:
        """Whether it needs no track."""
        low, high = self.ends
        return high - low < 0.01 and bool(self.below) and bool(self.above)


def entries(middle: float, wide: float, coming: Sequence[float]) -> list[float]:
    """Where lines that come from these x enter a piece from below: straight where they can.

    >>> entries(50, 40, [45]), entries(50, 40, [200]), entries(50, 40, [10, 200])
    ([45], [50], [43.0, 57.0])
    """
    half = wide / 2 - EDGE
    if len(coming) == 1:
        (x,) = coming
        return [x if abs(x - middle) <= max(half, 0.1) else middle]
    order = sorted(range(len(coming)), key=lambda i: coming[i])
    step = min(14.0, 2 * max(half, 1.0) / (len(coming) - 1))
    least = min(APART, step)
    found = [middle + (k - (len(coming) - 1) / 2) * step for k in range(len(coming))]
    for k, i in enumerate(order):
        low = found[k - 1] + least if k else middle - half
        high = (found[k + 1] - least) if k + 1 < len(order) else middle + half
        if low <= coming[i] <= high:
            found[k] = coming[i]
    out = [0.0] * len(coming)
    for k, i in enumerate(order):
        out[i] = found[k]
    return out


def assign(wires: Iterable[Wire]) -> int:
    """Give every wire that runs sideways its track, counted from below; return how many there are."""
    live = list(wires)
    bent = [wire for wire in live if not wire.straight]
    best = _cheapest(bent) if len(bent) <= TRIED else sorted(bent, key=_leaning)
    count = 0
    for number, wire in enumerate(best):
        wire.track = _free(wire, best[:number])
        count = max(count, wire.track + 1)
    return count


def _cheapest(bent: Sequence[Wire]) -> list[Wire]:
    """Return the order of tracks from below in which the fewest lines cross, and run over each other.

    What two wires cost depends on which of them is lower alone, so that the best order of the rest is
    the same whatever stands below it.
    """
    cost = [[_cost(low, high) for high in bent] for low in bent]
    wide = [wire.ends[1] - wire.ends[0] for wire in bent]

    @cache
    def best(rest: frozenset[int]) -> tuple[float, tuple[int, ...]]:
        ways = []
        for one in sorted(rest):
            others = rest - {one}
            further, order = best(others)
            level = 0.001 * wide[one] * (len(bent) - len(rest))
            ways.append((round(further + level + sum(cost[one][k] for k in others), 6), (one, *order)))
        return min(ways, default=(0.0, ()))

    return [bent[k] for k in best(frozenset(range(len(bent))))[1]]


def _leaning(wire: Wire) -> tuple[float, float]:
    """Lines to the right first below, those to the left last: like stairs."""
    low, high = wire.ends
    right = bool(wire.below) and wire.below[0] <= (low + high) / 2
    return (0.0, -low) if right else (1.0, low)


def _free(wire: Wire, before: Sequence[Wire]) -> int:
    """The lowest track above all those that reach into its stretch, or whose pins do."""
    low, high = wire.ends
    taken = [
        other.track + 1
        for other in before
        if other.track is not None and other.ends[0] < high + TRACK and low < other.ends[1] + TRACK
    ]
    return max(taken, default=0)


def _cost(lower: Wire, upper: Wire) -> float:
    """Return how many lines cross, and (worse) run over each other, if one's track is below another's."""
    cost = sum(lower.ends[0] < x < lower.ends[1] for x in upper.below)
    cost += sum(upper.ends[0] < x < upper.ends[1] for x in lower.above)
    over = sum(abs(a - b) < NEAR for a in upper.below for b in lower.above)
    return cost + 50 * over
