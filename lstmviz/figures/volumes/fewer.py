"""A `volumes` figure with fewer forms: moves that are alike drawn once, and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from lstmviz.figures.volumes.plan import Move, scaled

One = TypeVar("One")


def merged(items: Iterable[One], join: Callable[[One, One], One | None]) -> list[One]:
    """Return the items with each joined to the one before, where `join` gives what they are together."""
    out: list[One] = []
    for item in items:
        both = join(out[-1], item) if out else None
        if both is None:
            out.append(item)
        else:
            out[-1] = both
    return out


def folded(moves: Sequence[Move]) -> list[Move]:
    """The same with runs of moves that are all alike drawn once, and counted."""
    return merged(
        moves, lambda a, b: replace(a, target=b.target, times=a.times + 1) if _alike(a, b) else None
    )


def joined(moves: Sequence[Move], room: float) -> list[Move]:
    """The same with runs of one kind of stage that give the same shape drawn once, and counted.

    The first of them may read another number of channels. Everything is drawn
    smaller, too.
    """

    def join(a: Move, b: Move) -> Move | None:
        more = replace(a, target=b.target, times=a.times + b.times, then=b.lead)
        return more if _gives_alike(a, b) else None

    return scaled(merged(moves, join), room, face=37.0, bar=46.0)


def _gives_alike(one: Move, two: Move) -> bool:
    """Whether two moves do the same, channels aside, to give the same sizes."""
    if one.lead.type != "conv2d" or one.target.sizes != two.target.sizes or not one.window:
        return False
    return [_apart(said) for said in _said(one)] == [_apart(said) for said in _said(two)]


def _apart(said: tuple[str, Any]) -> tuple[str, Any]:
    """A stage without the number of channels that it reads."""
    return said[0], tuple((name, value) for name, value in said[1] if name != "in_channels")


def _alike(one: Move, two: Move) -> bool:
    """Whether two moves do the same to the same sizes."""
    steady = one.source.sizes == one.target.sizes == two.target.sizes
    return steady and _said(one) == _said(two)


def _said(move: Move) -> list[tuple[str, Any]]:
    return [(s.type, s.arguments) for s in (move.lead, *move.follows)]
