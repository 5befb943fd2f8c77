"""A run that asks every call which steps it reads, in the middle of the run: the call is made again.

Nothing of the run is changed by it: the model goes on with what the call gave the first time.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.utils.rnn import PackedSequence

from lstmviz.network.measuring import Measured, Meter, Work
from lstmviz.network.steps import Relation, of_one
from lstmviz.network.user.call_recorder import SAME, CallRecorder, in_place, tensors_in
from lstmviz.network.user.kinds import outputs_of, recurrent_type
from lstmviz.network.user.replay import Again
from lstmviz.network.user.signatures import name_of
from lstmviz.network.user.values import mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from torch import nn

    from lstmviz.network.user.events import Event, Source

FREE = 1e8
"""So many numbers may be gone through beside as many as the run itself takes: some fifty milliseconds."""
PAIR = 2
"""A call that takes more tensors may put steps together, also where it is not known which axis is time."""
SHORT = 6
"""A recurrent layer is asked about so many steps; what it does with them it does with all."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Where a tensor has its steps, its samples; of h_n and c_n (`states`) the steps are layers."""

    axis: int
    samples: int | None = None
    states: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """What one result of a call reads of one tensor; without `axis` that has no steps."""

    source: Source
    output: str
    axis: int | None
    measured: Measured
    states: bool = False


ALONE = Measured(None, Relation("own", 1, 1))
"""What is read of a tensor without steps by a call that gives none."""


def price_of(event: Event) -> float:
    """Return about how many numbers a call goes through."""
    taken = [math.prod(shape) for _, shape in event.inputs]
    weights = sum(p.numel() for p in event.parameters.values())
    rows = taken[0] / event.inputs[0][1][-1] if taken and event.inputs[0][1] and event.inputs[0][1][-1] else 1
    return sum(taken) + sum(math.prod(shape) for _, shape in event.outputs) + rows * weights


class Stepper(CallRecorder):
    """A watcher that measures, for every call, which steps of what it reads its result depends on."""

    def __init__(self, model: nn.Module, inputs: Any, known: Mapping[Source, Counted], price: float) -> None:
        super().__init__(model, inputs)
        self.reads: dict[int, list[Read]] = {}
        self._known = dict(known)
        self._work = Work(FREE + price)
        self._modules: dict[Any, Measured | None] = {}
        """What modules make of several tensors alike: the same at each of their calls."""

    def _after(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> Any:
        event = self._open if self._inside == 1 else None
        taken = [] if event is None else self._taken([args, kwargs])
        if event is not None:
            given = outputs_of(module, result)
            self._ask(event, Again(self._within(module), (args, kwargs), module), taken, given)
        return super()._after(module, args, kwargs, result)

    def _within(self, module: nn.Module) -> Callable[..., Any]:
        """Return the module as a function, nothing in which is an event; it may raise."""

        def call(*args: Any, **kwargs: Any) -> Any:
            inside = self._inside
            try:
                return module(*args, **kwargs)
            finally:
                self._inside = inside

        return call

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and then ask what it read."""
        kwargs = kwargs or {}
        taken = [] if self._inside else self._taken([args, kwargs])
        if not taken:
            return super().__torch_function__(func, types, args, kwargs)
        writes = in_place(getattr(func, "__name__", ""))
        again = Again(func, mapped((args, kwargs), torch.clone) if writes else (args, kwargs), None, writes)
        if writes:  # the copies stand for what they were made of
            copies = dict(zip(_ids([args, kwargs]), tensors_in(again.given), strict=True))
            taken = [(copies[id(t)], sources) for t, sources in taken]
        luck, count = torch.get_rng_state(), len(self.events)
        result = super().__torch_function__(func, types, args, kwargs)
        same = name_of(func) in SAME
        if self.events and not same and (len(self.events) > count or self._is_of(self.events[-1], result)):
            after = torch.get_rng_state()
            again.luck = luck if not torch.equal(luck, after) else None
            named = [("output", args[0])] if writes else outputs_of(None, result)
            self._ask(self.events[-1], again, taken, named)
            torch.set_rng_state(after)
        return result

    def _is_of(self, event: Event, result: Any) -> bool:
        return any((event.index, name) in self.sources(t) for name, t in outputs_of(None, result))

    def _taken(self, value: Any) -> list[tuple[torch.Tensor, tuple[Source, ...]]]:
        found = {id(t): (t, self.sources(t)) for t in tensors_in(value) if id(t) not in self._parameters}
        return [(t, sources) for t, sources in found.values() if sources]

    def _ask(
        self,
        event: Event,
        again: Again,
        taken: _Taken,
        given: list[tuple[str, torch.Tensor]],
    ) -> None:
        """Write down which steps of each tensor a call took each tensor that it gave depends on."""
        with torch._C.DisableTorchFunction():  # noqa: SLF001 (there is no other way to leave the own mode)
            self._answer(event, again, taken, given)

    def _answer(
        self, event: Event, again: Again, taken: _Taken, given: list[tuple[str, torch.Tensor]]
    ) -> None:
        found: list[Read] = []
        again.several = len(given) > PAIR and not again.writes
        if event.type in {"pack", "unpack"} or any(isinstance(a, PackedSequence) for a in again.given[0]):
            given = []
        if recurrent_type(event.module):
            given = given[:1]
        parts = self._alike(taken)
        if parts:
            found += self._together(event, again, parts, given)
        for tensor, sources in taken:
            if any(tensor is part for part, _ in parts):
                continue
            counted = self._known.get(sources[0])
            asked = list(self._asked(event, again, (tensor, counted), given))
            found += [dataclasses.replace(read, source=source) for source in sources for read in asked]
        before = self.reads.get(event.index, [])
        own = [read for read in found if read.source[0] == event.index]
        kept = [read for read in found if read.source[0] != event.index]
        kept += [_through(read, one) for read in own for one in before if one.output == read.source[1]]
        self.reads[event.index] = kept or before
        for read in kept:
            if read.measured.axis is not None and not read.states:
                samples = self._known.get((event.index, read.output))
                self._known[event.index, read.output] = Counted(
                    read.measured.axis, samples.samples if samples else None
                )

    def _alike(self, taken: _Taken) -> _Taken:
        """Return the tensors without steps of which there are several alike: they may be steps."""
        plain = [(tensor, sources) for tensor, sources in taken if self._known.get(sources[0]) is None]
        first = plain[0][0] if plain else None
        alike = [one for one in plain if first is not None and one[0].shape == first.shape
                 and one[0].dtype == first.dtype]  # fmt: skip
        return alike if len(alike) > PAIR else []

    def _together(
        self, event: Event, again: Again, parts: _Taken, given: list[tuple[str, torch.Tensor]]
    ) -> Iterator[Read]:
        """Yield what results read of tensors that may be the steps of one."""
        whole = torch.stack([tensor for tensor, _ in parts]).detach()
        for place, (name, _) in enumerate(given):
            grown = self._known.get((event.index, name))
            key = (id(event.module), place, whole.shape, grown)
            if event.module is None or key not in self._modules:
                call = again.of_parts([tensor for tensor, _ in parts], place)
                meter = Meter(
                    call, whole, 0, self._work, price_of(event), grown=grown.axis if grown else None
                )
                self._modules[key] = meter.measured()
            measured = self._modules[key]
            if measured is None:
                continue
            readers: list[list[int]] = [[] for _ in parts]
            for step, row in measured.relation.reading():
                for at in row:
                    readers[at - 1].append(step)
            for steps, (_, sources) in zip(readers, parts, strict=True):
                one = of_one(measured.relation.given, steps)
                yield from (Read(s, name, None, Measured(measured.axis, one)) for s in sources)

    def _asked(
        self,
        event: Event,
        again: Again,
        what: tuple[torch.Tensor, Counted | None],
        given: list[tuple[str, torch.Tensor]],
    ) -> Iterator[Read]:
        """Yield what each result reads of one tensor; of which source is not said yet."""
        tensor, counted = what
        known = [self._known.get((event.index, name)) for name, _ in given]
        timed = any(one is not None and not one.states for one in known)
        if counted is None and not timed:
            yield from (Read((0, ""), name, None, ALONE) for name, _ in given)
            return
        price = price_of(event)
        for place, (name, _) in enumerate(given):
            grown = known[place]
            short = recurrent_type(event.module) is not None and counted is not None and not counted.states
            meter = Meter(
                again.of(tensor, place, whole=counted is None),
                _free(tensor, counted, short=short),
                counted.axis if counted else 0,
                self._work,
                price=price,
                samples=counted.samples if counted else None,
                grown=grown.axis if grown and not grown.states else None,
            )
            measured = meter.measured()
            if measured is not None and short and counted:
                measured = _lengthened(measured, tensor.shape[counted.axis])
            if measured is not None:
                axis, states = (counted.axis, counted.states) if counted else (None, False)
                yield Read((0, ""), name, axis, measured, states)


def _free(tensor: torch.Tensor, counted: Counted | None, *, short: bool) -> torch.Tensor:
    """Return the tensor that is to be changed: one without steps becomes a step of its own."""
    if counted is None:
        return tensor.detach().unsqueeze(0)
    return (
        tensor.detach().narrow(counted.axis, 0, min(SHORT, tensor.shape[counted.axis]))
        if short
        else tensor.detach()
    )


def _lengthened(measured: Measured, taken: int) -> Measured | None:
    """Return the relation of a few steps as that of all; None if it is none that could go on."""
    kind = measured.relation.kind
    if kind not in {"own", "all", "past", "future"}:
        return None
    given = 1 if measured.axis is None else taken
    return dataclasses.replace(measured, relation=Relation(kind, given, taken))


def _through(last: Read, first: Read) -> Read:
    """Return what a function made of several reads, through its own results on the way."""
    both = last.measured.relation.after(first.measured.relation)
    mixes = last.measured.mixes or first.measured.mixes
    return Read(
        first.source, last.output, first.axis, Measured(last.measured.axis, both, mixes), first.states
    )


_Taken = list[tuple[torch.Tensor, "tuple[Source, ...]"]]


def _ids(value: Any) -> list[int]:
    return [id(tensor) for tensor in tensors_in(value)]
