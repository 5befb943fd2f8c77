"""A run as a list of what was called, on what, from where: little of each call, for loops that are long.

Two rounds of a loop that do the same have the same entries: what a call takes is told by the place
that made it and by how many calls of that place ago, and its sizes and indices by what they grew since
the call before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import sub
from typing import Any

import torch
from torch import nn

from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.callers import TORCH
from lstmviz.network.user.follower import OuterCalls
from lstmviz.network.user.values import tensors_in

Entry = tuple[Any, ...]
TRIED = 4
"""So many periods are tried where something may repeat."""


@dataclass(slots=True, eq=False)
class Site:
    """A place that calls something: how often so far, and what it took and gave the last time."""

    place: int
    visit: int = 0
    told: list[Any] = field(default_factory=list)
    """What it takes from where, and the numbers of what it takes and gives."""
    steady: bool = False
    """Whether that was the same as the time before."""
    call: tuple[Any, ...] = ()
    numbers: list[int] = field(default_factory=list)
    more: list[int] | None = None
    """By what these had grown since the call before; None if nothing is known of that."""
    number: int = -1
    """Of the last entry."""


Made = tuple[Site, int, int, torch.Tensor]
"""Of a tensor the place that made it, at which visit, and which of its results it is. The tensor is held:
an id is its own as long as it lives."""


class Homes(dict[str, bool]):
    """Whether the code of a file is torch's."""

    def __missing__(self, file: str) -> bool:
        """Look at a file's name once."""
        self[file] = file.startswith(TORCH)
        return self[file]


class Log:
    """An entry of each call of a run; `calls` are their numbers, equal where entries are."""

    def __init__(self, inputs: Any, parameters: Mapping[int, str]) -> None:
        self.calls: list[int] = []
        self.numbers: dict[Entry, int] = {}
        self._parameters = parameters
        self._grown: dict[Any, list[int]] = {}
        self._sites: dict[Any, Site] = {}
        self._torchs = Homes()
        given = enumerate(tensors_in(inputs))
        self._made: dict[int, Made] = {id(t): (Site(~place), 0, 0, t) for place, t in given}

    def told(self) -> list[Any]:
        """Return the entries in their order, what repeats as one block."""
        entries = list(self.numbers)

        def told(one: Any) -> Any:
            return Again(tuple(map(told, one.items)), one.count) if isinstance(one, Again) else entries[one]

        return [told(one) for one in folded(self.calls)]

    def add(self, what: Any, args: tuple[Any, ...], kwargs: Any, result: Any) -> None:
        """Write one call down: `what` is the function, or the module. Call it where that is called.

        A tensor's sizes are told where it is made, and not again where it is taken.
        """
        frame: Any = sys._getframe(2)  # noqa: SLF001
        code = frame.f_code
        while self._torchs[code.co_filename]:
            frame = frame.f_back
            code = frame.f_code
        around = frame.f_back
        key = (what, id(code), frame.f_lasti, id(around.f_code), around.f_lasti)
        site = self._sites.get(key)
        if site is None:
            site = self._sites[key] = Site(len(self._sites))
        told: list[Any] = []
        for one in args:
            if (made := self._made.get(id(one))) is not None:
                told += (made[0], made[0].visit - made[1], made[2])
            else:
                self._read(one, told)
        for name, one in kwargs.items() if kwargs else ():
            told.append(name)
            self._read_all((one,), told)
        site.visit = visit = site.visit + 1
        if type(result) is torch.Tensor:
            self._made[id(result)] = (site, visit, 0, result)
            told += result.shape
        else:
            given = tensors_in(result)
            for number, tensor in enumerate(given):
                self._made[id(tensor)] = (site, visit, number, tensor)
            told += (len(given), *(given[0].shape if given else ()), *(given[-1].shape if given else ()))
        if not site.steady or told != site.told:
            self._number(site, told)
        self.calls.append(site.number)

    def _number(self, site: Site, told: list[Any]) -> None:
        """Give a site the number of its call's entry: mostly it is just as the one before."""
        numbers = [one for one in told if type(one) is int]
        call = tuple([one.place if type(one) is Site else one for one in told if type(one) is not int])
        same = site.call == call
        if not same:
            self._grown[site, site.call] = site.numbers
        before = site.numbers if same else self._grown.get((site, call))
        if before is None or len(before) != len(numbers):
            again, more = False, numbers
        else:
            again, more = True, list(map(sub, numbers, before))
        if not again or not same or more != site.more:
            entry = (site.place, call, again, *more)
            site.number = self.numbers.setdefault(entry, len(self.numbers))
            site.more = more if again else None
        site.told, site.steady = told, again and not any(more)
        site.call, site.numbers = call, numbers

    def _read(self, value: Any, told: list[Any]) -> None:
        """Put what a call takes to what it takes from where, and to its numbers."""
        kind = type(value)
        if kind is int:
            told.append(value)
        elif kind is tuple or kind is list:
            self._read_all(value, told)
        elif kind is slice:
            self._read_all((value.start, value.stop, value.step), told)
        elif isinstance(value, torch.Tensor):
            told.append(self._parameters.get(id(value), ""))
        elif value is None or kind is str:
            told.append(value)
        elif isinstance(value, int):
            told.append(int(value))
        elif isinstance(value, tuple | list | dict):
            self._read_all(list(value.values()) if isinstance(value, dict) else value, told)
        else:  # what is multiplied by nothing is not read
            told += (kind.__name__, kind is float and not value)

    def _read_all(self, values: Sequence[Any], told: list[Any]) -> None:
        """Read several; of tensors that one place made one after the other there is one entry."""
        row: tuple[int, int] | None = None
        last: Made | None = None
        count = 1
        for value in values:
            if value is None:
                told.append(None)
                continue
            made = self._made.get(id(value))
            if made is not None and last is not None and made[0] is last[0]:
                step = (made[2] - last[2], made[1] - last[1])
                if row is None or row == step:
                    row, last, count = step, made, count + 1
                    continue
            if row is not None:
                told += (*row, count)
            row, last, count = None, made, 1
            if made is None:
                self._read(value, told)
            else:
                told += (made[0], made[0].visit - made[1], made[2])
        if row is not None:
            told += (*row, count)


class RunLog(OuterCalls):
    """A watcher that does no more than keep the list of calls."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        super().__init__(model, inputs)
        self.log = Log(inputs, self._parameters)

    def _saw_module(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        self.log.add(module, args, kwargs, result)

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and write it down unless a module of torch.nn calls it."""
        del types
        result = func(*args, **kwargs) if kwargs else func(*args)
        self.log.add(func, args, kwargs, args[0] if result is None and args else result)
        return result


class LoggedRecorder(CallRecorder):
    """A watcher that keeps the list of calls beside the events."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        super().__init__(model, inputs)
        self.log = Log(inputs, dict(self._parameters))

    def _ran(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = super()._ran(module, forward, *args, **kwargs)
        if not self._inside:
            with torch._C.DisableTorchFunction():  # noqa: SLF001 (what is looked at is no call)
                self.log.add(module, args, kwargs, result)
        return result

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and write it down twice unless a module of torch.nn calls it."""
        result = super().__torch_function__(func, types, args, kwargs)
        if not self._inside:
            self.log.add(func, args, kwargs, args[0] if result is None and args else result)
        return result


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
