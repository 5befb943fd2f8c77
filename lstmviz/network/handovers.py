"""Which entries of a layer's first states are entries of another layer's last ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateHandover:
    """An entry of a layer's first states that is an entry of the last ones of another, the `giver`.

    `first` and `last` are a letter, h or c, with an index into the first axis of h_0 (c_0), h_n (c_n).
    """

    giver: str
    first: tuple[str, int]
    last: tuple[str, int]


def in_order(giver: str, letters: str, count: int) -> tuple[StateHandover, ...]:
    """Every entry of h_n (c_n) as the same entry of h_0 (c_0).

    >>> [one.first for one in in_order("encoder", "ch", 2)]
    [('c', 0), ('h', 0), ('c', 1), ('h', 1)]
    """
    return tuple(StateHandover(giver, (one, k), (one, k)) for k in range(count) for one in letters)


def entries_named(places: Sequence[tuple[str, int]], end: str) -> str:
    """Name entries of states in code, each once, ``h_n[1], c_n[1]``; `end` is 0 or n.

    >>> entries_named([("h", 1), ("c", 1), ("h", 1)], "n")
    'h_n[1], c_n[1]'
    """
    return ", ".join(dict.fromkeys(f"{letter}_{end}[{index}]" for letter, index in places))
