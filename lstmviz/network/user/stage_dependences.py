"""What each stage of a user's module really reads: asked of derivatives, and of runs with one value changed.

The flow of a trace was found by where tensors are kept. Here it is found again in another way: a copy of the
module runs with weights that hide nothing, and the derivative of every call's result is taken against the
results of all other calls, each of which lets nothing through. What is not zero was read, directly. What has
no derivative (a token, a mask) is changed in another run where everything else is held: whatever gives
something else has read it.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.reach import reached
from lstmviz.network.structure import Trace
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.changer import Change, Changer, Held, changed_run
from lstmviz.network.user.describe import stages_of
from lstmviz.network.user.events import INPUT, Event, Source
from lstmviz.network.user.loop_rounds import LoopRun
from lstmviz.network.user.loops import Group
from lstmviz.network.user.recorder import Recorder
from lstmviz.network.user.rounds_run import RoundsRun
from lstmviz.network.user.running import alone, collected_later, prepared, run
from lstmviz.network.user.stage_run import StageRun
from lstmviz.network.user.uncut import cut_faults
from lstmviz.network.user.values import leaves, mapped

CALLS = 100
"""Of a longer run not all calls of a stage are looked at: each is differentiated through all before it."""
LOOKED_AT = 16
"""So many of them are, the first two and the last among them."""
CHANGES = 12
"""So many runs with one value changed are made for all figures of a module; what is left is not proven."""
MANY = 8000
"""Of a short module more runs are made, until they are so many calls."""
LARGE = 2**22
"""So many numbers, weights and results, run in the module's own precision: float64 takes twice the memory."""
OTHERWISE = "a second run of the module did not show the stages of the first"
SILENT = "no run showed it: its derivative is zero, and another value there changes nothing"
OFTEN = "more values without a derivative would have to be changed one by one than are tried"


@dataclass(frozen=True, slots=True)
class Followed:
    """The flow of a user's module as found by derivatives and changed values.

    `faults` says where the trace has it otherwise; `reasons` are, by pairs of a stage and what it is said to
    read, why no dependence showed; `whole` is False if the module could not be run so at all, and `why` says
    why not.
    """

    faults: tuple[str, ...] = ()
    reasons: Mapping[tuple[str, str], str] = field(default_factory=dict)
    runs: tuple[StageRun, ...] = ()
    loops: tuple[RoundsRun, ...] = ()
    whole: bool = True
    why: str = ""
    uncut: tuple[str, ...] = ()
    """Where derivatives go otherwise than what is said of detached states."""

    @property
    def unproven(self) -> frozenset[tuple[str, str]]:
        """The pairs of a stage and what it is said to read, where no dependence showed."""
        return frozenset(self.reasons)


@dataclass(frozen=True, slots=True)
class Way:
    """How the module is run once more: its precision and weights, and whether with derivatives."""

    dtype: torch.dtype | None
    generic: bool
    through: bool
    derived: bool = True


def follow(module: nn.Module, inputs: Any, trace: Trace) -> Followed:
    """Hold the flow of a module's trace against its derivatives, in float64 if it can run so.

    What cannot run with derivatives at all (it goes through NumPy) is held against changed runs alone.
    """
    why = OTHERWISE
    for way in _ways(trace):
        try:
            with alone(way.dtype), collected_later(), torch.set_grad_enabled(way.derived):
                own = prepared(module, inputs, way.dtype, generic=way.generic)
                watch = functools.partial(Recorder, through=way.through)
                record, given, result = run(own, inputs, watch, dtype=way.dtype, generic=way.generic)
                again, groups, loops = stages_of(record, given, result)
        except (ModelError, RuntimeError) as error:
            why = f"it does not run with derivatives: {error}"
            continue
        if [(s.name, s.sources) for s in again.stages] == [(s.name, s.sources) for s in trace.stages]:
            with alone(way.dtype), collected_later(), torch.set_grad_enabled(way.derived):
                record.ready(groups)
                found = _Comparison(
                    own, inputs, way, record, groups, next(n for n, _ in leaves(given)), trace, loops
                ).made()
            return replace(found, uncut=tuple(_uncut(own, inputs, trace, way)))
        why = OTHERWISE
    return Followed(whole=False, why=why)


def _uncut(module: nn.Module, inputs: Any, trace: Trace, way: Way) -> Iterator[str]:
    """Say where derivatives go otherwise than what is said of detached states, if of any that is said."""
    if not any(state.cut or state.detached for loop in trace.loops for state in loop.states):
        return
    with alone(way.dtype), collected_later(), torch.set_grad_enabled(True):
        record, given, result = run(module, inputs, Recorder, dtype=way.dtype, generic=way.generic)
        _, groups, loops = stages_of(record, given, result)
        record.ready(groups)
        yield from cut_faults(trace, record, loops)


def _ways(trace: Trace) -> Iterator[Way]:
    held = [tensor for stage in trace.stages for tensor in (*stage.outputs, *stage.parameters)]
    numbers = sum(math.prod(tensor.sizes) for tensor in held)
    for dtype in (torch.float64, None) if numbers < LARGE else (None,):
        yield Way(dtype, generic=True, through=True)
        yield Way(dtype, generic=False, through=True)
    yield Way(None, generic=False, through=False)
    yield Way(None, generic=False, through=False, derived=False)


@dataclass
class _Comparison:
    """The claims of a trace beside what derivatives show, stage by stage."""

    module: nn.Module
    inputs: Any
    way: Way
    record: Recorder
    groups: Sequence[Group]
    first: str
    trace: Trace
    loops: Sequence[LoopRun] = ()
    left: int = CHANGES
    faults: list[str] = field(default_factory=list)
    _seen: dict[Change, dict[int, torch.Tensor | None] | None] = field(default_factory=dict)
    _plain: dict[int | None, Held | None] = field(default_factory=dict)
    """The runs, by their last calls, that others are held to."""

    def made(self) -> Followed:
        """Compare, and say what came of it."""
        self.left = max(CHANGES, MANY // max(1, len(self.record.events)))
        claims: dict[tuple[str, str], list[tuple[Event, Source]]] = defaultdict(list)
        found: set[tuple[str, str]] = set()
        for group in self.groups:
            for event in self._looked_at(group):
                others = [s for s in event.sources if self._name(s) not in {"", group.name}]
                for source in others:
                    claims[group.name, self._name(source)].append((event, source))
                names = {self._name(source) for source in self.record.reads_of(event)}
                found |= {(group.name, name) for name in names - {"", group.name}}
        for reader, read in sorted(found - claims.keys()):
            if not self._hidden(reader, read, claims):
                self.faults.append(f"{reader} depends on {read}, and the trace has nothing flow there")
        left = sorted(claims.keys() - found)
        reasons = {pair: why for pair in left if (why := self._why_not(claims[pair]))}
        runs = tuple(
            StageRun(group.name, group, self._axis(group), self.record, self.moved, *self._given(group))
            for group in self.groups
        )
        loops = tuple(
            RoundsRun(ran, self.record, self.loops, self.moved, self._otherwise, self._full)
            for ran in self.loops
        )
        return Followed(tuple(self.faults), reasons, runs, loops)

    def _full(self, source: Source) -> str:
        """Return the name of a tensor in the trace."""
        return self._name(source) if source[0] == INPUT else f"{self._name(source)}.{source[1]}"

    def _otherwise(self) -> CallRecorder | None:
        """Run once more, on other numbers; of several inputs of tokens on another first one, if need be."""
        given = [tensor for _, tensor in leaves(self.inputs)]
        floats = [tensor for tensor in given if tensor.is_floating_point()]
        for changed in (floats,) if floats else (given, given[:1]):  # the others may be lengths
            found = self._on_others({id(tensor) for tensor in changed})
            if found is not None and len(found.events) == len(self.record.events):
                return found
        return None

    def _on_others(self, changed: Collection[int]) -> CallRecorder | None:
        def other(tensor: torch.Tensor) -> torch.Tensor:
            return Change((INPUT, ""), scale=0.83).of(tensor) if id(tensor) in changed else tensor

        try:
            with alone(self.way.dtype), torch.no_grad():
                return run(
                    self.module,
                    mapped(self.inputs, other),
                    CallRecorder,
                    dtype=self.way.dtype,
                    generic=self.way.generic,
                )[0]
        except (ModelError, RuntimeError):
            return None

    def _looked_at(self, group: Group) -> Iterator[Event]:
        whole = sum(len(one.events) + len(one.absorbed) for one in self.groups) <= CALLS
        every = 1 if whole else -(-len(group.events) // LOOKED_AT)
        chosen = {*range(0, len(group.events), every), *range(2), len(group.events) - 1}
        yield from (event for place, event in enumerate(group.events) if place in chosen)
        yield from group.absorbed if whole else group.absorbed[-1:]

    def _name(self, source: Source) -> str:
        if source[0] == INPUT:
            return "input" if source[1] == self.first else f"input.{source[1]}"
        home = self.record.home.get(source[0])
        return home.name if home else ""

    def _hidden(self, reader: str, read: str, claims: Iterable[tuple[str, str]]) -> bool:
        """Whether the trace has a dependence on its way through what torch's graph does not show.

        That is memory written in place, and what a function of the user's own gives.
        """
        dark = {group.name for group in self.groups for event in group.events if self._dark(event)}
        reads = defaultdict(set)
        for a, b in claims:
            reads[a].add(b)
        written = any(event.writes for group in self.groups for event in group.events)
        starts = {reader} if written else reads[reader] & dark
        return read in reached((name for one in starts for name in reads[one]), reads.__getitem__)

    def _dark(self, event: Event) -> bool:
        return event.writes or not any(given.edge for given in self.record.tensors(event))

    def _why_not(self, claimed: Sequence[tuple[Event, Source]]) -> str:
        """Say why a stage is not shown to read a value that has no derivative; empty if a change shows it."""
        tried = [(event, self.moved(Change(source))) for event, source in claimed[:2]]
        if any(moved is not None and event.index in moved for event, moved in tried):
            return ""
        return OFTEN if self.left <= 0 and any(moved is None for _, moved in tried) else SILENT

    def moved(self, change: Change) -> dict[int, torch.Tensor | None] | None:
        """Return which calls give something else after a change; None if that cannot be run (any more)."""
        if change.until not in self._plain:
            self._plain[change.until] = self._held(change.until)
        held = self._plain[change.until]
        if held is None:
            return None
        if change not in self._seen and self.left > 0:
            self.left -= 1
            try:
                self._seen[change] = self._changed(held, change, change.until).moved
            except (ModelError, RuntimeError):
                self._seen[change] = None
        return self._seen.get(change)

    def _held(self, until: int | None) -> Held | None:
        """Run until a call; None if the calls are not those of the run with derivatives."""
        held = Held()
        try:
            events = self._changed(held, None, until).events
        except (ModelError, RuntimeError):
            return None
        own = self.record.events if until is None else self.record.events[: len(events)]
        same = [(one.type, one.where) for one in events] == [(one.type, one.where) for one in own]
        return held if same and (until is None or len(events) > until) else None

    def _changed(self, held: Held, change: Change | None, until: int | None) -> Changer:
        """Run once more, held to another run but for one value."""
        again = functools.partial(
            run, self.module, self.inputs, dtype=self.way.dtype, generic=self.way.generic
        )
        with alone(self.way.dtype), torch.no_grad():
            return changed_run(again, held, change, until)

    def _given(self, group: Group) -> tuple[int | None, str]:
        """Where the steps are in what a stage gives, if that is known; and which of its results is read."""
        stage = self.trace.stage(group.name)
        if stage is None:
            return None, ""
        at = next((one.given for one in stage.reads if one.given is not None), None)
        kept = self.trace.kept(stage) if group.ran is None else ()
        return at, kept[0].name if kept else ""

    def _axis(self, group: Group) -> int:
        """Where the steps are in what a stage reads: as the trace has it, or as in the layer before it."""
        stage = self.trace.stage(group.name)
        for one in stage.reads if stage else ():
            if one.read is not None and not one.states:
                return one.read
        seen, now = set(), group
        while now.ran is None and id(now) not in seen:
            seen.add(id(now))
            before = [self.record.home[i] for i, _ in now.first.sources if i in self.record.home]
            now = before[0] if before else now
        return now.ran.time_axis if now.ran is not None else 0
