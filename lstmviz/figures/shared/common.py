"""What the panels of a sheet have in common: one key for all of them, and one scale for what they measure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Common:
    """What is explained once for several figures, and the ends of the scales that they share."""

    keys: bool
    """Whether keys are kept here, or written by each figure."""
    kept: list[Any] = field(default_factory=list)
    ends: dict[str, tuple[float, float]] = field(default_factory=dict)


_COMMON: ContextVar[Common | None] = ContextVar("common", default=None)


@contextlib.contextmanager
def common(shared: Common) -> Iterator[None]:
    """Let figures that are composed in this block keep here what they have in common."""
    token = _COMMON.set(shared)
    try:
        yield
    finally:
        _COMMON.reset(token)


@contextlib.contextmanager
def keeping() -> Iterator[list[Any]]:
    """Give what the figure composed in this block leaves to the key of all."""
    here = _COMMON.get() or Common(keys=False)
    own = Common(here.keys, [], here.ends)
    with common(own):
        yield own.kept


def keep(entries: Iterable[T]) -> list[T]:
    """Return what a figure explains; nothing where that is kept for all.

    >>> shared = Common(keys=True)
    >>> with common(shared):
    ...     keep(["N batch"])
    []
    >>> shared.kept, keep(["N batch"])
    (['N batch'], ['N batch'])
    """
    here, found = _COMMON.get(), list(entries)
    if here is None or not here.keys:
        return found
    here.kept += found
    return []


def ends(of: str, low: float, high: float) -> tuple[float, float]:
    """Return where a scale begins and ends: wide enough for all figures that share it.

    >>> with common(Common(keys=False)):
    ...     ends("map", -2, 0), ends("map", -7, -1)
    ((-2, 0), (-7, 0))
    """
    here = _COMMON.get()
    if here is None:
        return low, high
    first, last = here.ends.get(of, (low, high))
    here.ends[of] = min(first, low), max(last, high)
    return here.ends[of]


def shared_ends() -> dict[str, tuple[float, float]]:
    """Return the ends of all scales that figures share here, as they are now."""
    here = _COMMON.get()
    return dict(here.ends) if here else {}
