"""A long run told from two short ones, where it was seen to be the same but for how often its rounds went.

The trace of a run takes longer than the run: of a loop over hundreds of steps it is that of a few steps,
and of one more, with what grew between them grown on. It holds only where the list of all calls of the long
run is what the lists of the short ones grow to: the same calls on the same tensors from the same lines.
And where nothing that the trace says hung on the values of masks, lengths, words: those of the long run
may be others.

Loops that go as often as a number of the model's own says: ``for _ in range(30)`` with fewer rounds.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.structure import Trace
from lstmviz.network.user.choosers import chosen_by
from lstmviz.network.user.run_log import Again, LoggedRecorder, RunLog
from lstmviz.network.user.running import run
from lstmviz.network.user.stage_steps import Asking
from lstmviz.network.user.stretched import UnlikeError, stretched
from lstmviz.network.user.values import arguments, leaves, mapped

Describe = Callable[..., tuple[Trace, ...]]

LONG = 12
"""What is longer is tried shorter: an axis, or a loop."""
SHORT = 4
"""So short at least."""
AT_FIRST = 2
"""So many rounds are other calls than those after them: they take what was there before, or none before."""
ELSE = (ModelError, UnlikeError, RuntimeError, ValueError, TypeError, KeyError)
"""What is raised where short runs tell nothing."""


class UntoldError(Exception):
    """What short runs read hangs on what they lack: values of masks, say, or more steps than a window has."""


def from_short_runs(module: nn.Module, inputs: Any, describe: Describe) -> Trace | None:
    """Return the trace of a run as `describe` would, from two short runs; None if they do not tell it.

    Call it within `alone`.
    """
    with contextlib.suppress(UntoldError):
        return _of_fewer_steps(module, inputs, describe) or _of_fewer_rounds(module, inputs, describe)
    return None


def _of_fewer_steps(module: nn.Module, inputs: Any, describe: Describe) -> Trace | None:
    """Return the same by inputs with fewer steps."""
    long: list[Any] = []
    for size in _long_axes(inputs):
        long = long or _long(module, inputs)
        for more, least in _tries(long, size):
            less = (size - _few(inputs, size, least)) // more * more
            with contextlib.suppress(*ELSE):
                runs = [_logged(module, _cut(inputs, less - more * one)) for one in (0, 1) if less > 0]
                if runs and _told(runs, less // more) == long:
                    asking = Asking(module, runs[0][0], chosen_by(inputs))
                    one, two = describe(asking, *runs)
                    if asking.hung:
                        raise UntoldError
                    return stretched(one, two, less // more)
    return None


def _of_fewer_rounds(module: nn.Module, inputs: Any, describe: Describe) -> Trace | None:
    """Return the same by loops with fewer rounds, where a number of the model's own says how many."""
    if not counts(module):
        return None
    with contextlib.suppress(*ELSE):
        with fewer_rounds(module, 0) as rounds:
            long = _long(module, inputs)
        most, runs = max(rounds, default=0), []
        less = most - _few(inputs, most, SHORT)
        for fewer in (less, less - 1) if most > LONG else ():
            with fewer_rounds(module, fewer):
                runs.append(_logged(module, inputs))
        if not runs or _told(runs, less) != long:
            return None
        found: list[Trace] = []
        asking = Asking(module, inputs, chosen_by(inputs))
        for fewer, ran in zip((less, less - 1), runs, strict=True):
            with fewer_rounds(module, fewer):
                found += describe(asking, ran)
        return None if asking.hung else stretched(found[0], found[1], less)
    return None


def _long(module: nn.Module, inputs: Any) -> list[Any]:
    with torch.no_grad():
        watcher, _, _ = run(module, inputs, RunLog)
    return watcher.log.told()


def _logged(module: nn.Module, inputs: Any) -> tuple[Any, LoggedRecorder, Any, Any]:
    return inputs, *run(module, inputs, LoggedRecorder)


def _told(runs: Sequence[tuple[Any, LoggedRecorder, Any, Any]], more: int) -> list[Any]:
    """Return what the lists of calls of two runs grow to."""
    one, two = (watcher.log.told() for _, watcher, _, _ in runs)
    return stretched(one, two, more)


def _tries(long: list[Any], size: int) -> Iterator[tuple[int, int]]:
    """Yield of how many rounds may be what repeats, and how many steps it takes at least to show it.

    First what the list of calls looks like: of its loops over `size` steps the shortest one, that begins
    late, say, is to have as many rounds as others in four steps.
    """
    rounds = [one.count for one in long if isinstance(one, Again) and size // 2 < one.count < size]
    late = max(0, min(size - AT_FIRST - min(rounds, default=size), SHORT))
    tries = [(1, SHORT + late), (2, 2 * SHORT)]
    yield from tries if rounds else tries[::-1]


def _long_axes(inputs: Any) -> list[int]:
    """Return how many steps the inputs may have, by the first two axes of one, the longest first."""
    tensors = [tensor for _, tensor in leaves(arguments(inputs))]
    return sorted({n for tensor in tensors for n in tensor.shape[:2] if n > LONG}, reverse=True)


def _few(inputs: Any, size: int, least: int) -> int:
    """Return to how few steps so many may be cut: neither these nor one more are another size."""
    sizes = {n for _, tensor in leaves(arguments(inputs)) for n in tensor.shape if n <= LONG + 1}
    return next((n for n in range(least, size) if not {n, n + 1} & sizes), size)


def _cut(inputs: Any, less: int) -> Any:
    def cut(tensor: torch.Tensor) -> torch.Tensor:
        for axis, size in enumerate(tensor.shape[:2]):
            if size > less + 1:
                tensor = tensor.narrow(axis, 0, size - less)
        return tensor.clone()

    return mapped(arguments(inputs), cut)


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
