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
from lstmviz.network.user.describe import stages_of
from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.recurrent import states_of
from lstmviz.network.user.running import alone, run
from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.user.watch import INPUT, Watcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import nn

    from lstmviz.network.structure import Trace
    from lstmviz.network.user.loops import Group
    from lstmviz.network.user.watch import Event, Source

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


class Recorder(Watcher):
    """A watcher that can say, after the run, what each call's result depends on directly."""

    def __init__(self, model: nn.Module, inputs: Any) -> None:
        roots: list[torch.Tensor] = [p for p in model.parameters() if p.requires_grad]

        def root(tensor: torch.Tensor) -> torch.Tensor:
            if not tensor.is_floating_point():
                return tensor
            roots.append(tensor.requires_grad_())
            return tensor.clone()  # the user's code may write into it

        given = mapped(inputs, root)
        super().__init__(model, given)
        self.home: dict[int, Group] = {}
        self.found: dict[Source, torch.Tensor] = {}
        self._results: dict[int, list[tuple[str, torch.Tensor]]] = {}
        self._nodes: dict[Any, list[tuple[int, Source]]] = defaultdict(list)
        self._writes: dict[Any, Source] = {}
        self._within: frozenset[int] = frozenset()
        self._asked = False
        self._roots = roots
        self._luck = torch.Generator().manual_seed(0)
        for name, tensor in leaves(given):
            self._keep((INPUT, name), tensor)

    def _ended(self, event: Event, result: Any) -> None:
        super()._ended(event, result)
        named = list(zip([n for n, _ in event.outputs], [t for _, t in leaves(event.result)], strict=False))
        self._results[event.index] = [(name, self._kept_for_good(tensor)) for name, tensor in named]
        for name, tensor in named:
            source = (event.index, name)
            if not event.writes:
                self._keep(source, tensor)
            for written in (tensor, tensor._base) if event.writes else ():  # noqa: SLF001 (what a view is of)
                if written is not None and written.grad_fn is not None:
                    self._writes[written.grad_fn] = source

    def _kept_for_good(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return a copy that nothing writes into later; its derivatives are those of the original."""
        self._inside += 1
        try:
            return tensor.clone()
        finally:
            self._inside -= 1

    def _keep(self, source: Source, tensor: torch.Tensor) -> None:
        if tensor.grad_fn is not None:
            self._nodes[tensor.grad_fn].append((tensor.output_nr, source))

    def tensors(self, event: Event) -> list[tuple[str, torch.Tensor]]:
        """Return what a call gave, by name."""
        return self._results.get(event.index, [])

    def ready(self, groups: Iterable[Group]) -> None:
        """Put a stop at the result of every call; only these belong to stages."""
        self.home = {e.index: group for group in groups for e in (*group.events, *group.absorbed)}
        for node in self._nodes:
            node.register_prehook(self._stop(node))
        for node, source in self._writes.items():
            node.register_hook(self._pass_by(source))

    def _stop(self, node: Any) -> Any:
        def stop(grads: tuple[torch.Tensor | None, ...]) -> tuple[torch.Tensor | None, ...] | None:
            owners = [(nr, s) for nr, s in self._nodes[node] if s[0] == INPUT or s[0] in self.home]
            if not self._asked or not owners or any(s[0] in self._within for _, s in owners):
                return None
            for number, source in owners:
                self._note_grad(source, grads[number])
            return tuple(None if grad is None else torch.zeros_like(grad) for grad in grads)

        return stop

    def _pass_by(self, source: Source) -> Any:
        """Of what is written into a tensor, let through what was there before."""

        def passed(inward: tuple[Any, ...], outward: tuple[Any, ...]) -> tuple[Any, ...] | None:
            if not self._asked or source[0] in self._within or source[0] not in self.home:
                return None
            self._note_grad(source, outward[0])
            return (inward[0], *(None if grad is None else torch.zeros_like(grad) for grad in inward[1:]))

        return passed

    def _note_grad(self, source: Source, grad: torch.Tensor | None) -> None:
        if grad is not None and bool(grad.ne(0).any()):
            before = self.found.get(source)
            self.found[source] = grad if before is None else before + grad

    def reads(self, group: Group, results: Sequence[torch.Tensor]) -> dict[Source, torch.Tensor]:
        """Return what these results of a stage read of others, with the derivatives."""
        self._within = frozenset(e.index for e in (*group.events, *group.absorbed))
        return self._derived(results)

    def reads_of(self, event: Event) -> set[Source]:
        """Return what one call reads of all others."""
        self._within = frozenset({event.index})
        return set(self._derived([t for _, t in self.tensors(event)]))

    def _derived(self, results: Sequence[torch.Tensor]) -> dict[Source, torch.Tensor]:
        self.found = {}
        starts = [t for t in results if t.requires_grad]
        if not starts:
            return {}
        weights = [torch.rand(t.shape, generator=self._luck, dtype=t.dtype) + 0.1 for t in starts]
        self._asked = True
        try:
            torch.autograd.grad(starts, self._roots, weights, retain_graph=True, allow_unused=True)
        finally:
            self._asked = False
        return self.found


class Changer(Watcher):
    """A watcher that changes one value of the run, and keeps what every call gave."""

    def __init__(self, model: nn.Module, inputs: Any, source: Source | None) -> None:
        self._source = source
        self.results: dict[int, list[torch.Tensor]] = {}
        if source is not None and source[0] == INPUT:
            chosen = dict(leaves(inputs))[source[1]]
            inputs = mapped(inputs, lambda tensor: _changed(tensor) if tensor is chosen else tensor)
        super().__init__(model, inputs)

    def altered(self, event: Event, result: Any) -> Any:
        """Return the result with the one value changed, if it is of this call."""
        if self._source is None or self._source[0] != event.index:
            return result
        named = outputs_of(event.module, result)
        chosen = {id(tensor) for name, tensor in named if name == self._source[1]}
        return mapped(result, lambda tensor: _changed(tensor) if id(tensor) in chosen else tensor)

    def _ended(self, event: Event, result: Any) -> None:
        super()._ended(event, result)
        self.results[event.index] = [tensor.detach().clone() for _, tensor in leaves(result)]


def _changed(tensor: torch.Tensor) -> torch.Tensor:
    """Return other numbers that are allowed where these were: tokens stay below the largest of them."""
    if tensor.dtype is torch.bool:
        return ~tensor
    if tensor.is_floating_point():
        return tensor * -1.37 + 0.61
    return (tensor + 1) % (tensor.max() + 1)


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
    return Followed(whole=False)


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
