"""Loops that go as often as a number of the model's own says: ``for _ in range(30)`` with fewer rounds."""

from __future__ import annotations

import contextlib
import threading
from types import CodeType, FunctionType
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
    thread = 0
    """The one that traces: what another runs of the same code meanwhile goes on as it is."""

    def __call__(cls, *args: Any) -> range:
        numbers = range(*args)
        if threading.get_ident() != cls.thread:
            return numbers
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

    Range.less, Range.seen, Range.thread = less, [], threading.get_ident()
    own = [home for home in _homes(module) if "range" not in home]
    for home in own:
        home["range"] = Range
    try:
        yield Range.seen
    finally:
        for home in own:
            del home["range"]


def counts(module: nn.Module) -> bool:
    """Whether some code of a module's classes calls ``range``."""
    return any(True for _ in _homes(module))


def _homes(module: nn.Module) -> Iterator[dict[str, Any]]:
    """Yield the global names of the code of a module's classes that calls ``range``, each once."""
    classes = {base for part in module.modules() for base in type(part).__mro__}
    own = (cls for cls in classes if cls.__module__.partition(".")[0] not in OTHERS)
    functions = [one for cls in own for one in vars(cls).values() if isinstance(one, FunctionType)]
    yield from {id(f.__globals__): f.__globals__ for f in functions if _calls_range(f.__code__)}.values()


def _calls_range(code: CodeType) -> bool:
    inner = (one for one in code.co_consts if isinstance(one, CodeType))
    return "range" in code.co_names or any(map(_calls_range, inner))
