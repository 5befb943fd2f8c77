"""What is reached from where, step by step, however often it is met."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def reached(starts: Iterable[T], onward: Callable[[T], Iterable[T]]) -> dict[T, None]:
    """Return all that is reached from these, themselves first; `onward` says what one leads to.

    >>> list(reached([1], lambda one: [one + 1, one * 2] if one < 3 else []))
    [1, 2, 3, 4]
    """
    found = dict.fromkeys(starts)
    waiting = [*found]
    while waiting:
        new = dict.fromkeys(one for one in onward(waiting.pop()) if one not in found)
        found |= new
        waiting += new
    return found
