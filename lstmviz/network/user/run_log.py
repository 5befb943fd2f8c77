"""A run as a list of what was called, on what, from where: so little of each call that a long loop is soon read.

Two rounds of a loop that do the same have the same entries: what a call takes is told by the place
that made it and by how many calls of that place ago, and its sizes and indices by what they grew since
the call before.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from operator import sub
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.callers import TORCH
from lstmviz.network.user.signatures import name_of
from lstmviz.network.user.values import named_tensors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import CodeType

Entry = tuple[Any, ...]
PASSES = frozenset(
    "getitem iter unbind select split chunk narrow transpose permute t T mT view reshape flatten unsqueeze squeeze expand"
    " contiguous clone detach to long int cpu embedding one_hot shape size dim ndim dtype device __len__".split()
)
"""What can be done to whole numbers without asking what they are, or else to embed them."""
NUMBERS = frozenset({torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64})
TRIED = 4
"""So many periods are tried where something may repeat."""


class RunLog(CallRecorder):
    """A watcher that keeps an entry of each call; `calls` are their numbers, equal where entries are."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        super().__init__(model, inputs)
        self.calls: list[int] = []
        self.numbers: dict[Entry, int] = {}
        self._made: dict[int, tuple[int, int, int]] = {}
        """By the number of a tensor: the place that made it, which result it is, and of which visit."""
        self._visits: dict[Any, int] = {}
        self._grown: dict[Any, list[int]] = {}
        self._kept: list[Any] = []
        self._places: dict[Any, int] = {}
        self._torchs: dict[CodeType, bool] = {}
        self._whole = False
        """Whether the call that is read may take whole numbers first."""
        self.asks = False
        """Whether a call reads whole numbers, or true and false: they may say what it reads of others."""
        for place, (_, tensor) in enumerate(named_tensors(inputs)):
            self._made[id(tensor)] = (~place, 0, 0)

    def told(self) -> list[Any]:
        """Return the entries in their order, what repeats as one block."""
        entries = list(self.numbers)

        def told(one: Any) -> Any:
            return Again(tuple(map(told, one.items)), one.count) if isinstance(one, Again) else entries[one]

        return [told(one) for one in folded(self.calls)]

    def _run_within(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        del module
        return forward(*args, **kwargs)

    def _ran(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._inside += 1
        result = forward(*args, **kwargs)
        self._inside -= 1
        if not self._inside:
            self._whole = isinstance(module, nn.Embedding)
            with torch._C.DisableTorchFunction():  # noqa: SLF001 (to ask for a shape is a call, too)
                self._add(self._names.get(id(module), ""), args, kwargs, result)
        return result

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and write it down unless a module of torch.nn calls it."""
        del types
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if not self._inside:
            self._whole = name_of(func) in PASSES
            self._add(func, args, kwargs, args[0] if result is None and args else result)
        return result

    def _add(self, what: Any, args: tuple[Any, ...], kwargs: Any, result: Any) -> None:
        """Write one call down: `what` is the function, or the name of the module."""
        frame: Any = sys._getframe(2)  # noqa: SLF001
        torchs = self._torchs
        while (inner := torchs.get(frame.f_code)) or (inner is None and self._is_torchs(frame.f_code)):
            frame = frame.f_back
        around = frame.f_back
        key = (what, frame.f_code, frame.f_lasti, around.f_code, around.f_lasti)
        place = self._places.setdefault(key, len(self._places))
        numbers: list[int] = []
        taken: list[Any] = []
        for one in args:
            self._read(one, taken, numbers)
        for name, one in kwargs.items():
            taken.append(name)
            self._read(one, taken, numbers)
        visit = self._visits[place] = self._visits.get(place, -1) + 1
        given = (result,) if isinstance(result, torch.Tensor) else [t for _, t in named_tensors(result)]
        for number, tensor in enumerate(given):
            self._made[id(tensor)] = (place, number, visit)
            if number < TRIED:
                numbers += tensor.shape
        numbers.append(len(given))
        self._kept.append((args, result))
        call = (place, *taken)
        before = self._grown.get(call)
        self._grown[call] = numbers
        again = before is not None and len(before) == len(numbers)
        entry = (call, again, tuple(map(sub, numbers, before) if again and before else numbers))
        self.calls.append(self.numbers.setdefault(entry, len(self.numbers)))

    def _is_torchs(self, code: CodeType) -> bool:
        return self._torchs.setdefault(code, code.co_filename.startswith(TORCH))

    def _read(self, value: Any, taken: list[Any], numbers: list[int]) -> None:
        """Put what a call takes to what it takes from where, and to its numbers."""
        if isinstance(value, torch.Tensor):
            place, number, back = self._from(value)
            if not (value.dtype in NUMBERS or (self._whole and not taken)):
                self.asks = True
            taken.append((place, back))
            numbers.append(number)
            numbers += value.shape
        elif isinstance(value, int):
            numbers.append(value)
        elif isinstance(value, list | tuple):
            self._read_all(value, taken, numbers)
        elif isinstance(value, slice):
            self._read_all((value.start, value.stop, value.step), taken, numbers)
        elif isinstance(value, dict):
            self._read_all(list(value.values()), taken, numbers)
        else:
            taken.append(value if value is None or isinstance(value, str) else type(value).__name__)

    def _read_all(self, values: Sequence[Any], taken: list[Any], numbers: list[int]) -> None:
        """Read several; of tensors that one place made one after the other there is one entry."""
        first: tuple[Any, ...] = ()
        row: tuple[int, int] | None = None
        last, count = (0, 0), 0
        for value in values:
            if isinstance(value, torch.Tensor):
                place, number, back = self._from(value)
                step = (number - last[0], back - last[1])
                if first == (place, value.shape) and row in {None, step}:
                    row, last, count = step, (number, back), count + 1
                    continue
                self._end_row(row, count, numbers)
                first, row, last, count = (place, value.shape), None, (number, back), 1
            self._read(value, taken, numbers)
        self._end_row(row, count, numbers)

    def _end_row(self, row: tuple[int, int] | None, count: int, numbers: list[int]) -> None:
        if row is not None:
            numbers += (*row, count)

    def _from(self, tensor: torch.Tensor) -> tuple[Any, int, int]:
        """Return the place that made a tensor, which of its results it is, and how many calls ago it was;
        of a parameter its name.
        """
        made = self._made.get(id(tensor))
        if made is None:
            return self._parameters.get(id(tensor), ""), 0, 0
        place, number, visit = made
        return place, number, self._visits.get(place, 0) - visit


@dataclass(frozen=True, slots=True)
class Again:
    """What comes so often, one after the other."""

    items: tuple[Any, ...]
    count: int


def folded(items: Sequence[Any]) -> list[Any]:
    """Return a sequence in which what repeats is one block with its count.

    >>> folded("abcbcbcd")
    ['a', Again(items=('b', 'c'), count=3), 'd']
    """
    now = list(items)
    while len(shorter := list(_folded_once(now))) < len(now):
        now = shorter
    return now


def _folded_once(items: list[Any]) -> Iterator[Any]:
    at, following = 0, _following(items)
    while at < len(items):
        again: int | None = at
        for _ in range(TRIED):
            again = following[again] if again is not None else None
            period = again - at if again is not None else 0
            block, end = items[at : at + period], at + period
            while period and items[end : end + period] == block:
                end += period
            if period and end > at + period:
                yield Again(tuple(block), (end - at) // period)
                at = end
                break
        else:
            yield items[at]
            at += 1


def _following(items: list[Any]) -> list[int | None]:
    """Return of each item where the same comes next."""
    found: list[int | None] = [None] * len(items)
    seen: dict[Any, int] = {}
    for at in range(len(items) - 1, -1, -1):
        found[at] = seen.get(items[at])
        seen[items[at]] = at
    return found
