"""What is asked of a trace again and again, found once; by identity, as hashing one costs too much."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from lstmviz.network.structure import Trace

T = TypeVar("T")
LAST = 8
"""So many traces are remembered: a page has one, a command that compares has two."""


def of_trace(find: Callable[[Trace], T]) -> Callable[[Trace], T]:
    """Remember what was found of the last traces. They are frozen: the same one has the same answer."""
    known = deque[tuple[Trace, T]](maxlen=LAST)

    @wraps(find)
    def found(trace: Trace) -> T:
        for one, answer in known:
            if one is trace:
                return answer
        answer = find(trace)
        known.append((trace, answer))
        return answer

    return found
