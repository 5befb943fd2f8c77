"""How much room the attention in the rounds of a loop takes."""

from __future__ import annotations

from lstmviz.network.recurrence import OwnLoop, Share

WIDE, HIGH, APART = 36.0, 14.0, 11.0
"""A node of the lane, and the gap between two, pt."""
BESIDE = 17.0
"""How far right of a cell's middle the lane stands, pt."""
LEFT, RIGHT = 7.0, 8.0
"""How far beside the cell what asks comes down, and beside the lane what it reads goes up, pt."""


def lane(own: OwnLoop) -> tuple[Share, ...]:
    """The parts that have nodes, from the bus up."""
    return own.shares[:-1]


def high(own: OwnLoop) -> float:
    """What the lane adds to the height of a round, pt."""
    return len(lane(own)) * (HIGH + APART)


def room(cell: float, taps: int) -> float:
    """The least distance of two columns, pt."""
    return cell / 2 + LEFT + 8.0 + side(taps)


def side(taps: int) -> float:
    """How far a round reaches to the right of its cell's middle, pt."""
    return BESIDE + WIDE / 2 + RIGHT + 4.0 * (taps - 1)
