"""What the calls of a run read, step by step: a call is made again with other numbers where it has steps."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.nn.utils.rnn import PackedSequence

from lstmviz.network.measuring import Meter
from lstmviz.network.moved_numbers import FAILS, Measured, TooMuchError, Work, steps_cut
from lstmviz.network.stage_types import PACKS
from lstmviz.network.steps import of_one, relation
from lstmviz.network.user.apart import axes_mixed, likely
from lstmviz.network.user.call_reads import ALONE, Counted, Read, lengthened, price_of, through
from lstmviz.network.user.choosers import Choosers
from lstmviz.network.user.events import Event, Made, Source
from lstmviz.network.user.kinds import recurrent_type
from lstmviz.network.user.replay import Again
from lstmviz.network.user.values import tensors_in

Call = Callable[[torch.Tensor], torch.Tensor]
Named = list[tuple[str, torch.Tensor]]
Taken = list[tuple[torch.Tensor, tuple[Source, ...]]]

FREE = 1e8
"""So many numbers may be gone through beside as many as the run itself takes: some fifty milliseconds."""
PAIR = 2
"""A call that takes more tensors may put steps together, also where it is not known which axis is time;
and so many rounds show what the others read."""
WIDE = frozenset({"all", "past", "future"})
"""Relations that a window of some steps cannot be told from where there are no more."""
SHORT = 6
"""A recurrent layer is asked about so many steps; what it does with them it does with all."""


class Answers:
    """What calls read that are asked one after the other, each knowing what is known of those before."""

    def __init__(self, known: Mapping[Source, Counted], price: float, choosers: Choosers) -> None:
        self.reads: dict[int, list[Read]] = {}
        self.choosers = choosers
        self._known = dict(known)
        self._timed = {index for (index, _), one in known.items() if not one.states}
        """The calls that are known to give steps."""
        self._work = Work(FREE + price)
        self._modules: dict[Any, Measured | None] = {}
        """What modules make of several tensors alike: the same at each of their calls."""
        self._rounds: dict[Any, list[list[Read]]] = defaultdict(list)
        """What was read before by calls from the same place with the same sizes."""
        self.wide = False
        """Whether a call that is not known to do so was seen to read as many steps as there are."""
        self._changed = False
        """Whether it took other numbers to find what the last call read."""

    def is_plain(self, made: Made) -> bool:
        """Whether no tensor of a call has steps, so that it need not be made again."""
        if made.event is None:
            return True
        if len(made.taken) > PAIR or made.event.index in self._timed:
            return False
        return self._known.keys().isdisjoint(sources[0] for _, sources in made.taken)

    def add_plain(self, made: Made, args: tuple[Any, ...], given: Named) -> None:
        """Write down what a call without steps reads: all of it."""
        if made.event is not None and made.taken:
            names = [name for name, _ in _asked_of(made.event, args, given)]
            every = [source for _, sources in made.taken for source in sources]
            found = [Read(source, name, None, ALONE) for source in every for name in names]
            if made.event.index in self.reads:
                self._keep(made.event, found)
            else:
                self.reads[made.event.index] = found

    def add(self, event: Event, again: Again, taken: Taken, given: Named) -> None:
        """Write down which steps of each tensor a call took each tensor that it gave depends on."""
        found: list[Read] = []
        again.several = len(given) > PAIR and not again.writes
        given = _asked_of(event, again.given[0], given)
        parts = self._alike(taken)
        if parts:
            self.choosers.ask(taken, [tensor for tensor, _ in parts])
            found += self._together(event, again, parts, given)
        form = self._form(event, again, given)
        for number, (tensor, sources) in enumerate(taken):
            if any(tensor is part for part, _ in parts):
                continue
            counted = self._known.get(sources[0])
            before = self._rounds[(*form, number, counted)] if form else []
            same = len(before) == PAIR and before[0] == before[1]
            asked = before[0] if same else list(self._asked(event, again, (tensor, counted), given))
            if any(read.measured is not ALONE for read in asked):
                self.choosers.ask(taken, [tensor])
            if self._changed:
                self.choosers.ask_by_change(event, sources, tensor)
            self._changed = False
            before += [] if same else [asked]
            found += [dataclasses.replace(read, source=source) for source in sources for read in asked]
        self._keep(event, found)

    def _form(self, event: Event, again: Again, given: Named) -> tuple[Any, ...]:
        """Return what the calls of several rounds have in common; if two read the same, all of them do.

        Nothing where a call takes whole numbers, which may say what it reads.
        """
        tensors = tensors_in(list(again.given))
        if again.writes or not all(tensor.is_floating_point() for tensor in tensors):
            return ()
        plain = (*(tensor.shape for tensor in tensors), *map(_told, again.given))
        known = tuple(self._known.get((event.index, name)) for name, _ in given)
        return (event.name, event.owners, event.where, event.func, plain, known)

    def _keep(self, event: Event, found: list[Read]) -> None:
        """Write down what a call read, also through its own results on the way."""
        before = self.reads.get(event.index, [])
        own = [read for read in found if read.source[0] == event.index]
        kept = [read for read in found if read.source[0] != event.index]
        kept += [through(read, one) for read in own for one in before if one.output == read.source[1]]
        self.reads[event.index] = kept or before
        for read in kept:
            if read.measured.axis is not None and not read.states:
                samples = self._known.get((event.index, read.output))
                self._timed.add(event.index)
                self._known[event.index, read.output] = Counted(
                    read.measured.axis, samples.samples if samples else None
                )

    def _alike(self, taken: Taken) -> Taken:
        """Return the tensors without steps of which there are several alike: they may be steps."""
        plain = [(tensor, sources) for tensor, sources in taken if self._known.get(sources[0]) is None]
        first = plain[0][0] if plain else None
        alike = [one for one in plain if first is not None and one[0].shape == first.shape
                 and one[0].dtype == first.dtype]  # fmt: skip
        return alike if len(alike) > PAIR else []

    def _together(self, event: Event, again: Again, parts: Taken, given: Named) -> Iterator[Read]:
        """Yield what results read of tensors that may be the steps of one."""
        sizes = (len(parts), *parts[0][0].shape)
        for place, (name, _) in enumerate(given):
            grown = self._known.get((event.index, name))
            key = (id(event.module), place, sizes, grown)
            if event.module is None or key not in self._modules:
                each = [tensor for tensor, _ in parts]
                call, whole = again.of_parts(each, place), torch.stack(each).detach()
                meter = Meter(
                    call, whole, 0, self._work, price_of(event), grown=grown.axis if grown else None
                )
                self._modules[key] = meter.measured()
                if meter.changed:
                    self.choosers.ask_by_change(event, [s for _, own in parts for s in own], parts[0][0])
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
        given: Named,
    ) -> Iterator[Read]:
        """Yield what each result reads of one tensor; of which source is not said yet."""
        tensor, counted = what
        known = [self._known.get((event.index, name)) for name, _ in given]
        timed = any(one is not None and not one.states for one in known)
        if counted is None and not timed:
            yield from (Read((0, ""), name, None, ALONE) for name, _ in given)
            return
        axis, states = (counted.axis, counted.states) if counted else (None, False)
        if counted and (part := _part(event, again, tensor, counted, known)) is not None:
            yield Read((0, ""), given[0][0], axis, part, states)
            return
        steps = self._steps_cut(again, tensor, counted) if counted and len({*known}) == 1 else None
        first: Measured | None = None
        for place, (name, _) in enumerate(given):
            if steps and counted and first is not None:
                one = relation([[steps[place]]], tensor.shape[counted.axis])
                yield Read((0, ""), name, axis, dataclasses.replace(first, relation=one), states)
                continue
            measured = self._measured(event, (again, place), (tensor, counted), known[place])
            if measured is not None:
                yield Read((0, ""), name, axis, measured, states)
                if steps and list(measured.relation.reading()) == [(1, (steps[place],))]:
                    first = measured

    def _measured(
        self,
        event: Event,
        result: tuple[Again, int],
        what: tuple[torch.Tensor, Counted | None],
        grown: Counted | None,
    ) -> Measured | None:
        """Measure what one result reads of one tensor, of which it is known where its steps are."""
        (again, place), (tensor, counted) = result, what
        mixed = axes_mixed(again, tensor) if counted else None
        short = recurrent_type(event.module) is not None and counted is not None and not counted.states
        meter = Meter(
            again.of(tensor, place, whole=counted is None),
            _free(tensor, counted, short=short),
            counted.axis if counted else 0,
            self._work,
            price=price_of(event),
            samples=counted.samples if counted else None,
            grown=grown.axis if grown and not grown.states else None,
            mixed=mixed,
            likely=likely(again, tensor, counted.axis, mixed) if counted and not counted.states else None,
        )
        measured = meter.measured()
        self._changed = self._changed or meter.changed
        if measured is not None and min(measured.relation.given, measured.relation.taken) > 1:
            self.wide = self.wide or (measured.relation.kind in WIDE and meter.likely is None)
        if measured is not None and short and counted:
            return lengthened(measured, tensor.shape[counted.axis])
        return measured

    def _steps_cut(self, again: Again, tensor: torch.Tensor, counted: Counted) -> list[int] | None:
        """Return which one step each of several results is, of a call that only cuts apart; else None."""
        if not again.several:
            return None
        try:
            return steps_cut(again.every(tensor), tensor.detach(), counted.axis, self._work)
        except (TooMuchError, *FAILS):
            return None


def _part(
    event: Event, again: Again, tensor: torch.Tensor, counted: Counted, known: Sequence[Counted | None]
) -> Measured | None:
    """Return what a call reads that does nothing but cut one step out: where it lies in memory says it.

    None if it does more, or leaves out samples.
    """
    part = event.cuts.get("")
    if part is None or again.writes or again.given[0][0] is not tensor or part[counted.axis][1] != 1:
        return None
    samples = counted.samples
    if samples is not None and part[samples][1] != tensor.shape[samples]:
        return None
    grown = known[0].axis if known[0] and not known[0].states else None
    given = 1 if grown is None else event.outputs[0][1][grown]
    rows = [[part[counted.axis][0] + 1]] * given
    return Measured(grown, relation(rows, tensor.shape[counted.axis]))


def _told(value: Any) -> Any:
    """Return all that a call was given but its tensors."""
    if isinstance(value, torch.Tensor):
        return None
    if isinstance(value, (tuple, list)):
        return tuple(map(_told, value))
    return (
        tuple((name, _told(one)) for name, one in value.items()) if isinstance(value, dict) else repr(value)
    )


def _asked_of(event: Event, args: tuple[Any, ...], given: Named) -> Named:
    """Return of which results it is asked what they read: of a layer its output, of packing none."""
    if event.type in PACKS or any(isinstance(a, PackedSequence) for a in args):
        return []
    return given[:1] if recurrent_type(event.module) else given


def _free(tensor: torch.Tensor, counted: Counted | None, *, short: bool) -> torch.Tensor:
    """Return the tensor that is to be changed: one without steps becomes a step of its own."""
    if counted is None:
        return tensor.detach().unsqueeze(0)
    return (
        tensor.detach().narrow(counted.axis, 0, min(SHORT, tensor.shape[counted.axis]))
        if short
        else tensor.detach()
    )
