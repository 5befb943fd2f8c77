"""Loops that go as often as a number of the model's own says: ``for _ in range(30)`` with fewer rounds."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

OTHERS = frozenset({"torch", "lstmviz", "builtins"})
"""Whose loops stay as they are."""


class _Ranges(type):
    """The type of what takes the place of ``range``: what that gives is one of it."""

    less = 0
    seen: list[int]

    def __call__(cls, *args: Any) -> range:
        numbers = range(*args)
        cls.seen.append(len(numbers))
        return numbers[: len(numbers) - cls.less] if len(numbers) > cls.less + 1 else numbers

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, range)


@contextlib.contextmanager
def fewer_rounds(module: nn.Module, less: int) -> Iterator[list[int]]:
    """Let ``range`` in the code of a module's classes give `less` numbers fewer where it gives more.

    Yields a list of how many there would be each time.
    """

    class Range(metaclass=_Ranges):
        pass

    Range.less, Range.seen = less, []
    homes = {id(home): home for part in module.modules() for home in _homes(type(part))}
    own = [home for home in homes.values() if "range" not in home]
    for home in own:
        home["range"] = Range
    try:
        yield Range.seen
    finally:
        for home in own:
            del home["range"]


def _homes(cls: type) -> Iterator[dict[str, Any]]:
    """Yield the global names of the code of a class."""
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] not in OTHERS:
            functions = (getattr(one, "__globals__", None) for one in vars(base).values())
            yield from (home for home in functions if home is not None)
