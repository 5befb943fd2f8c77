"""Lines between two ranks: where they enter, and on which track each runs sideways."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TRACK = 6.5
"""From one track to the next, pt."""
TRIED = 6
"""Up to so many lines every order of their tracks is tried; more keep the order of their sources."""
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
    orders = permutations(bent) if len(bent) <= TRIED else [sorted(bent, key=_leaning)]
    best = min(orders, key=lambda order: _cost(order, live), default=())
    count = 0
    for number, wire in enumerate(best):
        wire.track = _free(wire, best[:number])
        count = max(count, wire.track + 1)
    return count


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


def _cost(order: Sequence[Wire], live: Sequence[Wire]) -> float:
    """How many lines cross, and (worse) run over each other, if tracks go up in this order."""
    level = {wire.net: number for number, wire in enumerate(order)}
    cost = 0.0
    for wire in order:
        low, high = wire.ends
        for other in live:
            if other is wire:
                continue
            mine, its = level[wire.net], level.get(other.net)
            down = [x for x in other.below if its is None or its > mine]
            up = [x for x in other.above if its is None or its < mine]
            cost += sum(low < x < high for x in (*down, *up))
            if its is not None and its < mine:  # its upper lines pass here, and mine go down to there
                cost += 50 * sum(abs(a - b) < NEAR for a in wire.below for b in other.above)
        cost += 0.001 * (high - low) * level[wire.net]
    return cost
