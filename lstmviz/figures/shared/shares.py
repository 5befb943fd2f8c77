"""How the width of a sheet is shared among the panels of a row."""

from __future__ import annotations

from collections.abc import Sequence

TRIES = 4
"""So often the shares are corrected by what the panels really take."""


def shared(least: Sequence[float], most: Sequence[float], room: float) -> list[float]:
    """Widths between the least and the most of each, pt; what is left over goes to all alike.

    >>> shared([10, 10], [20, 40], 30)
    [12.5, 17.5]
    >>> shared([10, 10], [20, 40], 80)
    [30.0, 50.0]
    """
    spare = room - sum(most)
    if spare >= 0:
        return [width + spare / len(most) for width in most]
    give = sum(most) - sum(least)
    part = max(0.0, room - sum(least)) / give if give > 0 else 0.0
    return [low + (high - low) * part for low, high in zip(least, most, strict=True)]
