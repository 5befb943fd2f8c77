"""What each stage of a user's module really reads: asked of derivatives, and of runs with one value changed.

The flow of a trace was found by where tensors are kept. Here it is found again in another way: a copy of the
module runs in float64, and the derivative of every call's result is taken against the results of all other
calls, each of which lets nothing through. What is not zero was read, directly. What has no derivative (a
token, a mask, a detached value) is changed in another run: whatever moves has read it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from lstmviz.errors import ModelError
from lstmviz.network.user.changer import Changer
from lstmviz.network.user.describe import stages_of
from lstmviz.network.user.recorder import Recorder
from lstmviz.network.user.recurrent import states_of
from lstmviz.network.user.running import alone, run
from lstmviz.network.user.values import leaves
from lstmviz.network.user.watch import INPUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import nn

    from lstmviz.network.structure import Trace
    from lstmviz.network.user.events import Event, Source
    from lstmviz.network.user.loops import Group

CALLS = 400
"""Of a longer run the first two and the last two calls of every stage are looked at."""
CHANGES = 40
"""So many runs with one value changed at most; what is left over counts as not proven."""
Deps = dict[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Followed:
    """The flow of a user's module as found by derivatives.

    `faults` says where the trace has it otherwise; `unproven` are pairs of a stage and what it is said to
    read, where no dependence showed; `whole` is False if the module could not be run so at all.
    """

    faults: tuple[str, ...] = ()
    unproven: frozenset[tuple[str, str]] = frozenset()
    runs: tuple[StageRun, ...] = ()
    whole: bool = True
    why: str = ""
    """Why it could not be run."""


@dataclass(frozen=True)
class StageRun:
    """One stage as it ran: what its steps depend on, and the states of a recurrent one."""

    name: str
    group: Group
    axis: int
    record: Recorder

    @cached_property
    def begun(self) -> tuple[torch.Tensor, ...]:
        """h_0 (c_0) as the stage was handed them."""
        return tuple(state.detach() for state in states_of(self.group.first))

    @cached_property
    def ended(self) -> tuple[torch.Tensor, ...]:
        """h_n (c_n) as it gave them."""
        named = dict(self.record.tensors(self.group.events[-1]))
        return tuple(named[n].detach() for n in ("h_n", "c_n", "h", "c") if n in named)

    def depends(self, steps: Sequence[int], sample: int | None = None) -> Deps:  # noqa: ARG002 (padded steps are cut)
        """Find on which steps of what the stage reads its result depends, for each of `steps` or altogether.

        Raises ValueError if its result has no such steps.
        """
        found = {}
        for step in steps or [0]:
            with torch.enable_grad():
                parts = self._at(step)
            moved: set[int] = set()
            for (index, _), grad in self.record.reads(self.group, parts).items():
                moved |= self._steps(index, grad)
            found[step] = frozenset(moved)
        return found

    def _at(self, step: int) -> list[torch.Tensor]:
        """Return the result of one step: of one call, or a slice of the only one."""
        results = [[t for _, t in self.record.tensors(event)][:1] for event in self.group.events]
        if step == 0:
            return [t for tensors in results for t in tensors]
        if len(results) > 1:
            return results[step - 1] if step <= len(results) else []
        whole = results[0][0]
        if whole.dim() <= self.axis or whole.shape[self.axis] < step:
            raise ValueError(f"{self.name} is drawn step by step, and gives {tuple(whole.shape)}")
        return [whole.select(self.axis, step - 1)]

    def _steps(self, index: int, grad: torch.Tensor) -> set[int]:
        """Return the steps of a source where its derivative is not zero: its calls, or along its axis."""
        home = self.record.home.get(index)
        calls = [event.index for event in home.events] if home else []
        if len(calls) > 1 and index in calls:
            return {calls.index(index) + 1}
        if grad.dim() <= self.axis:
            return set()
        moved = grad.movedim(self.axis, 0).flatten(1).ne(0).any(-1)
        return {int(step) + 1 for step in moved.nonzero().flatten()}


def follow(module: nn.Module, inputs: Any, trace: Trace) -> Followed:
    """Hold the flow of a module's trace against its derivatives, in float64 if it can run so.

    What cannot run with derivatives at all (it goes through NumPy) is held against changed runs alone.
    """
    for dtype, derived in ((torch.float64, True), (None, True), (None, False)):
        try:
            with alone(dtype), torch.set_grad_enabled(derived):
                record, given, result = run(module, inputs, Recorder, dtype=dtype)
                again, groups = stages_of(record, given, result)
        except (ModelError, RuntimeError):
            continue
        if [(s.name, s.sources) for s in again.stages] == [(s.name, s.sources) for s in trace.stages]:
            with alone(dtype), torch.set_grad_enabled(derived):
                record.ready(groups)
                return _Comparison(module, inputs, record, groups, next(n for n, _ in leaves(given))).made()
    return Followed(whole=False, why="a second run of the module did not show the stages of the first")


@dataclass
class _Comparison:
    """The claims of a trace beside what derivatives show, stage by stage."""

    module: nn.Module
    inputs: Any
    record: Recorder
    groups: Sequence[Group]
    first: str
    left: int = CHANGES
    faults: list[str] = field(default_factory=list)

    def made(self) -> Followed:
        """Compare, and say what came of it."""
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
            if not self._written(reader, read, claims):
                self.faults.append(f"{reader} depends on {read}, and the trace has nothing flow there")
        unproven = {pair for pair in claims.keys() - found if not self._moves(claims[pair])}
        runs = tuple(StageRun(group.name, group, self._axis(group), self.record) for group in self.groups)
        return Followed(tuple(self.faults), frozenset(unproven), runs)

    def _looked_at(self, group: Group) -> Iterator[Event]:
        whole = sum(len(one.events) + len(one.absorbed) for one in self.groups) <= CALLS
        events = group.events if whole else [*group.events[:2], *group.events[2:][-2:]]
        yield from (*events, *(group.absorbed if whole else group.absorbed[-1:]))

    def _name(self, source: Source) -> str:
        if source[0] == INPUT:
            return "input" if source[1] == self.first else f"input.{source[1]}"
        home = self.record.home.get(source[0])
        return home.name if home else ""

    def _written(self, reader: str, read: str, claims: Iterable[tuple[str, str]]) -> bool:
        """Whether a dependence runs through memory written in place, and the trace has it on the way."""
        if not any(event.writes for group in self.groups for event in group.events):
            return False
        reads = defaultdict(set)
        for a, b in claims:
            reads[a].add(b)
        seen: set[str] = set()
        open_ = [reader]
        while open_:
            for name in reads[open_.pop()] - seen:
                seen.add(name)
                open_.append(name)
        return read in seen

    def _moves(self, claimed: Sequence[tuple[Event, Source]]) -> bool:
        """Whether a call's result moves with a value that it is said to read, and that has no derivative."""
        for event, source in claimed[:2]:
            if self.left <= 0:
                return False
            self.left -= 1
            try:
                with alone():
                    changed = self._changed(source)
            except (ModelError, RuntimeError):
                continue
            before, after = self._plain.get(event.index, []), changed.get(event.index, [])
            same = len(before) == len(after) and all(map(torch.equal, before, after))
            if not same:
                return True
        return False

    @cached_property
    def _plain(self) -> dict[int, list[torch.Tensor]]:
        with alone():
            return self._changed(None)

    def _changed(self, source: Source | None) -> dict[int, list[torch.Tensor]]:
        """Run once more with one value changed; return what every call gave."""
        return run(self.module, self.inputs, lambda model, inputs: Changer(model, inputs, source))[0].results

    def _axis(self, group: Group) -> int:
        """Where the steps are in what a stage reads: as in the recurrent layer before it, or itself."""
        seen, now = set(), group
        while now.ran is None and id(now) not in seen:
            seen.add(id(now))
            before = [self.record.home[i] for i, _ in now.first.sources if i in self.record.home]
            now = before[0] if before else now
        ran = now.ran
        return 1 if ran is not None and ran.facts["batch_first"] and ran.batch_size is not None else 0
