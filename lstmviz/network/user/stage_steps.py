"""What the stages of a user's module read, step by step: the calls' answers put together."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.steps import StepDependence, relation, time_axis
from lstmviz.network.structure import Tensor, Trace
from lstmviz.network.user.call_reads import Counted, Read, price_of
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.choosers import Choosers
from lstmviz.network.user.events import INPUT, Event, Source
from lstmviz.network.user.loop_rounds import CUTS
from lstmviz.network.user.loops import Group
from lstmviz.network.user.running import prepared, run
from lstmviz.network.user.step_answers import Answers
from lstmviz.network.user.stepper import Stepper
from lstmviz.network.user.values import Sizes, arguments, leaves, mapped

LEAST = 2
"""An input with fewer axes has no steps: it holds lengths, or one number for each sample."""


class Asking:
    """A module of which several runs are asked what is read step by step."""

    def __init__(self, module: nn.Module, inputs: Any, choosing: frozenset[str] = frozenset()) -> None:
        self.module, self.inputs, self.choosing = module, inputs, choosing
        self.hung = False
        """Whether an answer may hang on the values of the inputs that are `choosing`, or on how few steps
        there are.
        """

    @cached_property
    def generic(self) -> nn.Module:
        """The module with weights that hide nothing, as zeros would. Raises ModelError."""
        return prepared(self.module, self.inputs, None, generic=True)

    def steppers(self, inputs: Any, watch: Callable[[nn.Module, Any], Stepper]) -> Iterator[Stepper]:
        """Yield runs whose calls are those of the first: with weights that hide nothing, then as they are."""
        for generic in (True, False):
            with contextlib.suppress(ModelError, RuntimeError):
                module = self.generic if generic else self.module
                stepper = run(module, inputs, watch, generic=generic)[0]
                if stepper.whole:
                    yield stepper


def with_steps(
    asking: Asking, inputs: Any, trace: Trace, groups: Sequence[Group], watcher: CallRecorder
) -> Trace:
    """Return the trace of what a watcher saw with what every stage reads step by step, found in another run.

    A model without steps stays as it is, and so does one that does not run a second time as it ran the
    first. Call it within `alone`.
    """
    first = next(name for name, _ in leaves(watcher.given))
    known = dict(_counted(trace, groups, first)) | dict(_around(trace, groups, first))
    known |= _alone(asking.module, inputs, known)
    if not any(not one.states for one in known.values()):
        return trace
    events = [event for group in groups for event in group.events]
    price = sum(map(price_of, events))

    def watch(model: nn.Module, given: Any) -> Stepper:
        return Stepper(model, given, watcher.made, Answers(known, price, Choosers(asking.choosing)))

    stepper = next(asking.steppers(inputs, watch), None)
    if stepper is None:
        return trace
    asking.hung = asking.hung or stepper.answers.choosers.asked or stepper.answers.wide
    homes = {e.index: group for group in groups for e in (*group.events, *group.absorbed)}
    turns = {event.index: turn for g in groups if len(g.events) > 1
             for event, turn in zip(g.events, _turns(g), strict=True)}  # fmt: skip
    read = _Readings(stepper.answers.reads, first, homes, turns)
    stages = tuple(
        dataclasses.replace(stage, reads=tuple(read.of(group)))
        for stage, group in zip(trace.stages, groups, strict=True)
    )
    return dataclasses.replace(trace, stages=stages)


def _counted(trace: Trace, groups: Sequence[Group], first: str) -> Iterator[tuple[Source, Counted]]:
    """Yield where each tensor of the run has its steps, as far as its letters say it."""
    for one in trace.inputs or (trace.input,):
        name = first if one.name == "input" else one.name.partition(".")[2]
        if (counted := _count(one)) is not None:
            yield (INPUT, name), counted
    for stage, group in zip(trace.stages, groups, strict=True):
        if len(group.events) > 1:
            if (table := group.table) is not None:
                yield (group.events[-1].index, "output"), Counted(table.axis)
            tensors = [t for t in stage.outputs if t.name == "output" and _count(t) is not None]
            yield from (
                ((event.index, "output"), _count(t) or Counted(0))
                for event in group.absorbed
                for t in tensors
                if event.outputs and event.outputs[0][1] == t.sizes
            )
            continue
        for (name, _), tensor in zip(group.first.outputs, stage.outputs, strict=False):
            states = group.ran is not None and name in {"h_n", "c_n"}
            batched = group.ran is not None and group.ran.batch_size is not None
            counted = Counted(0, 1 if batched else None, states=True) if states else _count(tensor)
            if counted is not None and tensor.sizes == dict(group.first.outputs)[name]:
                yield (group.first.index, name), counted


def _turns(group: Group) -> Iterator[tuple[int, int]]:
    """Yield which step of its loop each call gives, and of how many; of a table which step it writes."""
    table = group.table
    steps = table.steps if table else range(1, len(group.events) + 1)
    yield from ((step, table.size if table else len(group.events)) for step in steps)


def _around(trace: Trace, groups: Sequence[Group], first: str) -> Iterator[tuple[Source, Counted]]:
    """Yield where steps are in what recurrent layers read, and give packed: as they have them themselves."""
    by_name = {group.name: group for group in groups}
    makers = {event.index: event for group in groups for event in group.events}
    unpacks = [event for event in makers.values() if event.type == "unpack"]
    for layer in trace.recurrent:
        group = by_name[layer.name]
        if (cut := _cut_by(group, makers)) is not None and _shape(
            cut[0], makers.get(cut[0][0]), trace, first
        ):
            samples = None if layer.batch_size is None else 1 - min(cut[1], 1)
            yield cut[0], Counted(cut[1], samples)
        begun = set(group.first.begun)
        open_ = [s for s in group.first.sources if s not in begun] if len(group.events) == 1 else []
        while open_:
            source = open_.pop()
            made = makers.get(source[0])
            if made is not None and made.type == "pack":
                open_ += made.sources
            elif _shape(source, made, trace, first) == layer.tensor("input").sizes:
                yield source, _count(layer.tensor("input")) or Counted(0)
        for event in unpacks:
            same = event.outputs[:1] and event.outputs[0][1] == layer.tensor("output").sizes
            if same and any(index == group.first.index for index, _ in event.sources):
                yield (event.index, event.outputs[0][0]), _count(layer.tensor("output")) or Counted(0)


def _cut_by(group: Group, makers: Mapping[int, Event]) -> tuple[Source, int] | None:
    """Return the tensor out of which each call of a cell reads another part, and along which axis."""
    made = [
        [makers[i] for i, _ in event.sources if i in makers and makers[i].type in CUTS]
        for event in group.events
    ]
    calls = [one[0] for one in made if len(one) == 1]
    parts = [next(iter(call.cuts.values()), None) for call in calls]
    if (
        len(calls) < max(LEAST, len(group.events))
        or len({call.sources for call in calls}) > 1
        or not all(parts)
    ):
        return None
    along = [len(set(places)) > 1 for places in zip(*(part for part in parts if part), strict=True)]
    return (calls[0].sources[0], along.index(True)) if along.count(True) == 1 else None


def _shape(source: Source, made: Event | None, trace: Trace, first: str) -> Sizes:
    if made is not None:
        return dict(made.outputs).get(source[1], ())
    called = "input" if source[1] == first else f"input.{source[1]}"
    return next((one.sizes for one in trace.inputs if one.name == called), ())


def _alone(module: nn.Module, inputs: Any, known: Mapping[Source, Counted]) -> dict[Source, Counted]:
    """Find the time axes of inputs that have none yet: such an axis can be made longer alone."""
    named = list(leaves(arguments(inputs)))
    found: dict[Source, Counted] = {}
    for name, tensor in named if len(named) > 1 else ():
        if (INPUT, name) in known or tensor.dim() < LEAST:
            continue
        for axis in (0, 1):
            longer = torch.cat([tensor, tensor.narrow(axis, tensor.shape[axis] - 1, 1)], axis)
            other = mapped(inputs, _instead(tensor, longer))
            with contextlib.suppress(ModelError, RuntimeError):
                run(module, other, CallRecorder)
                found[INPUT, name] = Counted(axis)
                break
    return found


def _instead(was: torch.Tensor, new: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda tensor: new if tensor is was else tensor


def _count(tensor: Tensor) -> Counted | None:
    axis = time_axis(tensor.symbols)
    samples = tensor.symbols.index("N") if "N" in tensor.symbols else None
    return None if axis is None else Counted(axis, samples)


@dataclasses.dataclass(frozen=True, slots=True)
class _Readings:
    """Puts the readings of calls together to those of stages."""

    reads: Mapping[int, Sequence[Read]]
    first: str
    homes: Mapping[int, Group]
    turns: Mapping[int, tuple[int, int]]
    """Which step of a loop a call gives, and of how many."""

    def of(self, group: Group) -> Iterator[StepDependence]:
        """Yield what a stage reads, source by source."""
        found: dict[tuple[str, str], list[tuple[int, Read]]] = defaultdict(list)
        names = self._sources(group)
        for event in group.events:
            turn = self.turns.get(event.index, (1, 1))[0]
            for read in self._direct(group, self.reads.get(event.index, ())):
                if read.source in names and not (group.looped and read.output not in {"h", "output"}):
                    output = "output" if group.looped else read.output
                    found[names[read.source], output].append((turn, read))
        for (source, output), parts in found.items():
            yield self._reading(group, source, output, parts)

    def _sources(self, group: Group) -> dict[Source, str]:
        """Name every tensor that the calls of a stage read from others."""
        every = [s for event in (*group.events, *group.absorbed) for s in event.sources]
        homes = {
            id(home): home for s in every if (home := self.homes.get(s[0])) is not None and home is not group
        }
        given = {key: home.output(every) for key, home in homes.items() if home is not None}
        found: dict[Source, str] = {}
        for source in every:
            home = self.homes.get(source[0])
            if source[0] == INPUT:
                found[source] = "input" if source[1] == self.first else f"input.{source[1]}"
            elif home is not None and home is not group:
                names = given[id(home)]
                own = {"c": "c_n", "h": "output"}.get(source[1], source[1]) if home.looped else source[1]
                found[source] = f"{home.name}.{own if own in names else (*names, own)[0]}"
        return found

    def _direct(self, group: Group, reads: Iterable[Read]) -> Iterator[Read]:
        """Yield what a call reads; what was only cut out for it is read where it was cut from."""
        cuts = {event.index for event in group.absorbed}
        for read in reads:
            index = read.source[0]
            if index not in cuts and (index == INPUT or index in self.homes):
                yield read
                continue
            for cut in self.reads.get(read.source[0], ()):
                if cut.output == read.source[1]:
                    yield dataclasses.replace(read, source=cut.source, axis=cut.axis, measured=cut.measured)

    def _reading(
        self, group: Group, source: str, output: str, parts: Sequence[tuple[int, Read]]
    ) -> StepDependence:
        """Put what the calls of a stage read of one source together."""
        by_call = len(group.events) > 1
        one = parts[0][1]
        if self._is_last_state(one.source, source):
            one_state = relation([[1]] * max(read.measured.relation.given for _, read in parts), 1)
            return StepDependence(source, output, 0, one.measured.axis, one_state, states=True)
        taken = max(self._taken(read) for _, read in parts)
        if not by_call and len(parts) == 1 and self._turn(one.source) is None:
            m = one.measured
            return StepDependence(
                source, output, one.axis, m.axis, m.relation, one.states, m.mixes, m.samples
            )
        given = (
            self.turns[group.first.index][1]
            if by_call
            else max(read.measured.relation.given for _, read in parts)
        )
        rows: list[set[int]] = [set() for _ in range(given)]
        for turn, read in parts:
            at = self._turn(read.source)
            for t, row in read.measured.relation.reading():
                rows[(turn if by_call else t) - 1].update(row if at is None else [at])
        axis = (group.table.axis if group.table else None) if by_call else one.measured.axis
        mixes = any(read.measured.mixes for _, read in parts)
        whole = relation([sorted(row) for row in rows], taken)
        return StepDependence(source, output, one.axis, axis, whole, one.states, mixes)

    def _is_last_state(self, source: Source, name: str) -> bool:
        """Whether a tensor is the state that the last call of a cell gives: the only one of its h_n."""
        home = self.homes.get(source[0])
        return home is not None and home.looped and name.endswith((".h_n", ".c_n"))

    def _turn(self, source: Source) -> int | None:
        """Return which step of a loop a call gave, if it is of one; a table's own steps are read."""
        if (
            (home := self.homes.get(source[0])) is not None
            and source[0] == home.events[-1].index
            and home.table
        ):
            return None
        return self.turns.get(source[0], (None, 0))[0]

    def _taken(self, read: Read) -> int:
        return self.turns.get(read.source[0], (0, read.measured.relation.taken))[1]
