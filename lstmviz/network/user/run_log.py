"""A run as a list of what was called, on what, from where: little of each call, for loops that are long.

Two rounds of a loop that do the same have the same entries: what a call takes is told by the place
that made it and by how many calls of that place ago, and its sizes and indices by what they grew since
the call before.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
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

Entry = tuple[Any, ...]
VIEWS = (
    "getitem iter unbind select split chunk narrow transpose permute t T mT view reshape flatten unsqueeze"
)
COPIES = (
    "squeeze expand contiguous clone detach to long int cpu embedding one_hot shape size dim ndim dtype len"
)
PASSES = frozenset(f"{VIEWS} {COPIES}".split())
"""What can be done to whole numbers without asking what they are, or else to embed them."""
NUMBERS = frozenset({torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.complex64})


@dataclass(slots=True, eq=False)
class Site:
    """A place that calls something: how often so far, and what it took and gave the last time."""

    place: int
    visit: int = -1
    call: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    number: int = -1
    """Of the entry of a call that takes and gives just what the one before it did; -1 before there is one."""


Made = tuple[Site, int, int, bool]
"""Of a tensor the place that made it, which result it is, of which visit; and whether it holds measures."""
NONE: Made = (Site(-1), 0, 0, True)
FIRST = 2
"""A call's first tensor is so far in its entry."""
TRIED = 4
"""So many periods are tried where something may repeat."""


class RunLog(CallRecorder):
    """A watcher that keeps an entry of each call; `calls` are their numbers, equal where entries are."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        super().__init__(model, inputs)
        self.calls: list[int] = []
        self.numbers: dict[Entry, int] = {}
        self._what: Any = None
        self._made: dict[int, Made] = {}
        self._grown: dict[Any, list[int]] = {}
        self._kept: list[Any] = []
        self._sites: dict[Any, Site] = {}
        self._torchs: dict[str, bool] = {}
        self.asks = False
        """Whether a call reads whole numbers, or true and false: they may say what it reads of others."""
        for place, (_, tensor) in enumerate(named_tensors(inputs)):
            self._made[id(tensor)] = (Site(~place, 0), 0, 0, tensor.dtype in NUMBERS)

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
        with torch._C.DisableTorchFunction():  # noqa: SLF001 (nothing inside is written down)
            self._inside += 1
            result = forward(*args, **kwargs)
            self._inside -= 1
            if not self._inside:
                self._add(module, args, kwargs, result)
        return result

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and write it down unless a module of torch.nn calls it."""
        del types
        result = func(*args, **kwargs) if kwargs else func(*args)
        self._add(func, args, kwargs, args[0] if result is None and args else result)
        return result

    def _add(self, what: Any, args: tuple[Any, ...], kwargs: Any, result: Any) -> None:
        """Write one call down: `what` is the function, or the module.

        A tensor's sizes are told where it is made, and not again where it is taken.
        """
        frame: Any = sys._getframe(2)  # noqa: SLF001
        torchs = self._torchs
        code = frame.f_code
        while (inner := torchs.get(file := code.co_filename)) or (inner is None and self._is_torchs(file)):
            frame = frame.f_back
            code = frame.f_code
        around = frame.f_back
        key = (what, id(code), frame.f_lasti, id(around.f_code), around.f_lasti)
        site = self._sites.get(key)
        if site is None:
            site = self._sites[key] = Site(len(self._sites))
        numbers: list[int] = []
        call: list[Any] = [site.place]
        self._what = what
        made_of = self._made.get
        for one in args:
            made = made_of(id(one))
            if made is not None and (made[3] or self.asks):
                call.append(made[0].place)
                numbers += (made[0].visit - made[2], made[1])
            else:
                self._read(one, call, numbers)
        for name, one in kwargs.items() if kwargs else ():
            call.append(name)
            self._read(one, call, numbers)
        site.visit = visit = site.visit + 1
        if isinstance(result, torch.Tensor):
            self._made[id(result)] = (site, 0, visit, result.dtype in NUMBERS)
            numbers += result.shape
        else:
            given = [tensor for _, tensor in named_tensors(result)]
            for number, tensor in enumerate(given):
                self._made[id(tensor)] = (site, number, visit, tensor.dtype in NUMBERS)
            numbers += (len(given), *(given[0].shape if given else ()), *(given[-1].shape if given else ()))
        self._kept.append((args, result))
        self.calls.append(self._number(site, call, numbers))

    def _number(self, site: Site, call: list[Any], numbers: list[int]) -> int:
        """Return the number of a call's entry: mostly it is just as the one before at its place."""
        same = site.call == call
        if same and site.number >= 0 and site.numbers == numbers:
            return site.number
        if not same and site.call:
            self._grown[tuple(site.call)] = site.numbers
        before = site.numbers if same else self._grown.get(tuple(call))
        again = before is not None and len(before) == len(numbers)
        more = list(map(sub, numbers, before or ())) if again else numbers
        number = self.numbers.setdefault((tuple(call), again, *more), len(self.numbers))
        site.call, site.numbers, site.number = call, numbers, number if again and not any(more) else -1
        return number

    def _is_torchs(self, file: str) -> bool:
        return self._torchs.setdefault(file, file.startswith(TORCH))

    def _take(self, tensor: torch.Tensor, call: list[Any], numbers: list[int]) -> None:
        """Put where a tensor comes from to what a call takes."""
        made = self._made.get(id(tensor))
        if made is None:
            call.append(self._parameters.get(id(tensor), ""))
            measures = tensor.dtype in NUMBERS
        else:
            site, number, visit, measures = made
            call.append(site.place)
            numbers += (site.visit - visit, number)
        if not measures and (len(call) > FIRST or not self._passes(self._what)):
            self.asks = True

    def _passes(self, what: Any) -> bool:
        return isinstance(what, nn.Embedding) or (not isinstance(what, nn.Module) and name_of(what) in PASSES)

    def _read(self, value: Any, call: list[Any], numbers: list[int]) -> None:
        """Put what a call takes to what it takes from where, and to its numbers."""
        if isinstance(value, torch.Tensor):
            self._take(value, call, numbers)
        elif isinstance(value, int):
            numbers.append(value)
        elif isinstance(value, list | tuple):
            self._read_all(value, call, numbers)
        elif isinstance(value, slice):
            self._read_all((value.start, value.stop, value.step), call, numbers)
        elif isinstance(value, dict):
            self._read_all(list(value.values()), call, numbers)
        else:
            call.append(value if value is None or isinstance(value, str) else type(value).__name__)

    def _read_all(self, values: Sequence[Any], call: list[Any], numbers: list[int]) -> None:
        """Read several; of tensors that one place made one after the other there is one entry."""
        row: tuple[int, ...] | None = None
        last, count = NONE, 0
        for value in values:
            made = self._made.get(id(value))
            if made is not None:
                step = (made[1] - last[1], made[2] - last[2])
                if made[0] == last[0] and row in {None, step}:
                    row, last, count = step, made, count + 1
                    continue
            self._end_row(row, count, numbers)
            row, last, count = None, made or NONE, 1
            self._read(value, call, numbers)
        self._end_row(row, count, numbers)

    def _end_row(self, row: tuple[int, ...] | None, count: int, numbers: list[int]) -> None:
        if row is not None:
            numbers += (*row, count)


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
                yield Again(tuple(folded(block)), (end - at) // period)
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
