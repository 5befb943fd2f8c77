"""Which entries of a layer's first states are entries of another layer's last ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateHandover:
    """An entry of a layer's first states that is an entry of the last ones of another, the `giver`.

    `first` and `last` are a letter, h or c, with an index into the first axis of h_0 (c_0), h_n (c_n).
    With `through`, the stages that make it, it is made from that entry, and maybe from others.
    """

    giver: str
    first: tuple[str, int]
    last: tuple[str, int]
    through: tuple[str, ...] = ()


def in_order(giver: str, tensors: Mapping[str, tuple[int, ...]]) -> tuple[StateHandover, ...]:
    """Every entry of h_n (c_n) as the same entry of h_0 (c_0), by the sizes of these tensors; none of nobody.

    >>> [one.first for one in in_order("encoder", {"h_n": (2, 6, 8), "c_n": (2, 6, 8)})]
    [('h', 0), ('h', 1), ('c', 0), ('c', 1)]
    """
    ended = ((name[0], sizes[0]) for name, sizes in tensors.items() if giver and name in {"h_n", "c_n"})
    return tuple(StateHandover(giver, (s, k), (s, k)) for s, count in ended for k in range(count))


def entries_named(places: Sequence[tuple[str, int]], end: str) -> str:
    """Name entries of states in code, each once, ``h_n[1], c_n[1]``; `end` is 0 or n.

    >>> entries_named([("h", 1), ("c", 1), ("h", 1)], "n")
    'h_n[1], c_n[1]'
    """
    return ", ".join(dict.fromkeys(f"{letter}_{end}[{index}]" for letter, index in places))
