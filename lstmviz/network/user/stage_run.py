"""One stage of a user's module as it ran: what its steps read, and the states of a recurrent one."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from lstmviz.network.user.changer import Change
from lstmviz.network.user.events import INPUT, Cut, Event, Source
from lstmviz.network.user.loops import Group
from lstmviz.network.user.recorder import RecordedTensor, Recorder, Start
from lstmviz.network.user.recurrent import states_of

Deps = dict[int, frozenset[int]]
Moved = Callable[[Change], "dict[int, torch.Tensor | None] | None"]
"""Runs once more with a value changed; None where that is not possible, or was done often enough."""
STATES = frozenset({"h_n", "c_n"})
SCALES = (1.37, -1e3, 1e3)
"""A step is changed a little, and a lot both ways: a maximum moves with one of them."""


@dataclass(frozen=True)
class StageRun:
    """One stage as it ran: what its steps depend on, and the states of a recurrent one."""

    name: str
    group: Group
    axis: int
    record: Recorder
    moved: Moved
    given: int | None = None
    """Where its result has its steps, if not where what it reads has them."""
    gives: str = ""
    """Which of several results of a call is drawn, as of the pieces of a ``split``; else the first."""
    inner: tuple[StageRun, ...] = ()
    """What is done on the way to it, and not drawn by itself."""

    def beside(self, inner: Iterable[StageRun]) -> StageRun:
        """Return the same stage together with others that are done on the way to it."""
        return dataclasses.replace(self, inner=tuple(inner))

    @property
    def _groups(self) -> tuple[Group, ...]:
        return (self.group, *(one.group for one in self.inner))

    @cached_property
    def _within(self) -> frozenset[int]:
        return frozenset(e.index for g in self._groups for e in (*g.events, *g.absorbed))

    def states(self) -> dict[int, frozenset[tuple[str, int]]]:
        """Find by derivatives which last states its result reads: of which tensor, and which, from 1."""
        found: set[tuple[str, int]] = set()
        for (index, name), grad in self._ends_read.items():
            looped = self.record.home[index].looped
            rows = [1] if looped else grad.flatten(1).ne(0).any(-1).nonzero().flatten().add(1).tolist()
            found |= {(self._state(index, name), int(row)) for row in rows}
        return {0: frozenset(found)}

    @cached_property
    def _ends_read(self) -> dict[Source, torch.Tensor]:
        """The last states that its result reads, with their derivatives; the h of every call is `output`."""
        reached = self.record.reached(self._at(0), self._within)
        calls = Counter(id(home) for i, name in reached if name == "h" and (home := self.record.home.get(i)))
        return {
            (index, name): grad
            for (index, name), grad in reached.items()
            if grad is not None
            and self._state(index, name)
            and (name != "h" or calls[id(self.record.home[index])] == 1)
        }

    def unshown(self) -> frozenset[str]:
        """Return the last states that its result reads, and does not move with: a zero times them."""
        reached = self.record.reached(self._at(0), self._within)
        moved = {self._state(*one) for one, grad in reached.items() if grad is not None and grad.ne(0).any()}
        return frozenset(self._state(*one) for one in reached) - moved - {""}

    def _state(self, index: int, name: str) -> str:
        """Return which last state of a recurrent layer a source is; nothing if it is none."""
        home = self.record.home.get(index)
        if home is None or home.ran is None:
            return ""
        last = index == home.events[-1].index and len(self.group.events) == 1  # else it is the step's own h
        return {"h_n": "h_n", "c_n": "c_n", "h": "h_n" if last else "", "c": "c_n"}.get(name, "")

    @cached_property
    def begun(self) -> tuple[torch.Tensor, ...]:
        """h_0 (c_0) as the stage was handed them."""
        return tuple(state.detach() for state in states_of(self.group.first))

    @cached_property
    def ended(self) -> tuple[torch.Tensor, ...]:
        """h_n (c_n) as it gave them."""
        given = {one.name: one.value for one in self.record.tensors(self.group.events[-1])}
        named = (given.get(name) for name in ("h_n", "c_n", "h", "c"))
        return tuple(value for value in named if value is not None)

    def calls(self) -> frozenset[tuple[str, int]]:
        """Find by derivatives which calls of which stages its result reads: their tensor, and which call."""
        found = {
            (self._full(index, name), step)
            for (index, name), grad in self.record.reached(self._at(0), self._within).items()
            if grad is not None and index in self.record.home and bool(grad.ne(0).any())
            for step, event in enumerate(self.record.home[index].events, 1)
            if event.index == index  # what puts all calls together is none of them
        }
        return frozenset(found)

    def _full(self, index: int, name: str) -> str:
        home = self.record.home.get(index)
        return f"{home.name}.{name}" if home else name

    def depends(
        self,
        steps: Sequence[int],
        sample: int | None = None,
        of: Collection[str] = (),
    ) -> Deps:
        """Find on which steps of what the stage reads its result depends, for each of `steps` or altogether.

        Of all that it reads, or `of` these tensors alone; of a packed batch on those of one sample.
        Raises ValueError if its result has no such steps.
        """
        found = {}
        for step in steps or [0]:
            moved: set[int] = set()
            for (index, name), grad in self.record.reached(self._at(step), self._within).items():
                inner = name not in STATES and (index, name) not in self._ends_read
                of_steps = grad is not None and (self._full(index, name) in of if of else inner)
                moved |= self._steps(index, grad, sample) if of_steps and grad is not None else set()
            found[step] = frozenset(moved)
        return found

    def reads(
        self,
        step: int,
        read: int,
        sample: int | None = None,  # noqa: ARG002 (as depends)
        of: Collection[str] = (),
    ) -> bool | None:
        """Say whether the result at a step moves with a step of what the stage reads, all else held.

        Of all that it reads, or `of` these tensors alone. None if that cannot be told: values flow there
        that a change need not move, such as tokens.
        """
        told = True
        for source in self._sources():
            for scale in (*SCALES, math.nan) if not of or self._full(*source) in of else ():
                moved = self.moved(self._change(source, read, scale))
                if moved is None or (math.isnan(scale) and self._has_moved(moved, step)):
                    told = False  # no number there is one that shows it: what is read is multiplied by zero
                elif self._has_moved(moved, step):
                    return True
        return False if told and self._linked() else None

    def _sources(self) -> Iterator[Source]:
        found = (
            s
            for group in self._groups
            for event in (*group.events[:1], *group.absorbed)
            for s in event.sources
        )
        own = [source for source in dict.fromkeys(found) if source[0] not in self._within]
        yield from (source for source in own if source[1] not in {"h_n", "c_n"})

    def _change(self, source: Source, read: int, scale: float) -> Change:
        home = self.record.home.get(source[0])
        calls = [event.index for event in home.events] if home and source[0] != INPUT else []
        if home and (table := home.table) and source[0] in calls:
            return Change(source, table.axis, read - 1 if read else None, scale, self._free)
        if home and len(calls) > 1 and read <= len(calls):
            if source[0] in calls:
                return Change((calls[read - 1], source[1]), scale=scale, free=self._free)
            stacked = frozenset(event.index for event in home.absorbed)
            own = (calls[read - 1], home.events[read - 1].outputs[0][0])
            return Change(own, scale=scale, free=self._free | stacked)
        return Change(source, self._axis_of(source[0]), read - 1 if read else None, scale, self._free)

    @cached_property
    def _free(self) -> frozenset[int]:
        return self._within - {event.index for event in (*self.group.events, *self.group.absorbed)}

    def _has_moved(self, moved: dict[int, torch.Tensor | None], step: int) -> bool:
        if len(self.group.events) > 1:
            turn = self._turn(step)
            chosen = self.group.events if not step else self.group.events[turn : turn + 1]
            return any(event.index in moved for event in chosen)
        index = self.group.first.index
        where = moved.get(index)
        axis = self._along
        if where is None or not step or where.dim() <= axis:
            return index in moved
        return bool(where.select(axis, step - 1).any()) if where.shape[axis] >= step else False

    @property
    def _along(self) -> int:
        return self.axis if self.given is None else self.given

    def _linked(self) -> bool:
        """Whether all that the stage reads has a derivative, zero or not."""
        reached = self.record.reached(self._at(0), self._within).keys()
        return all(source in reached for source in self._sources())

    def _at(self, step: int) -> list[Start]:
        """Return the result of one step, to be differentiated: of one call, or a part of the only one."""
        results = [self._result(event) for event in self.group.events]
        if step == 0:
            return [start for starts in results for start in starts]
        if len(results) > 1:
            turn = self._turn(step)
            return self._written(turn, results[turn]) if turn < len(results) else []
        if not results[0]:
            return []
        given, weights = results[0][0]
        return [(given, self._only(given, weights, step))]

    def _result(self, event: Event) -> list[Start]:
        starts = self.record.start(event)
        return [start for start in starts if start[0].name == self.gives][:1] or starts[:1]

    def _turn(self, step: int) -> int:
        """Return which call gives a step, from 0; where none does, their number."""
        table = self.group.table
        turn = table.turn(step) if table else step - 1
        return len(self.group.events) if turn is None else turn

    def _written(self, turn: int, starts: list[Start]) -> list[Start]:
        """Return the result of one call; of a table that each call writes into, what this one wrote."""
        event = self.group.events[turn]
        part = event.cuts.get("output") if event.writes else None
        if part is None:
            return starts
        masks = [torch.zeros_like(weights) for _, weights in starts]
        for mask in masks:
            mask[_places(part)] = 1
        return [(given, weights * mask) for (given, weights), mask in zip(starts, masks, strict=True)]

    def _only(self, given: RecordedTensor, weights: torch.Tensor, step: int) -> torch.Tensor:
        axis = self._along
        if len(given.shape) <= axis or given.shape[axis] < step:
            raise ValueError(f"{self.name} is drawn step by step, and gives {tuple(given.shape)}")
        only = torch.zeros(given.shape, dtype=given.dtype)
        only.select(axis, step - 1).copy_(weights.select(axis, step - 1))
        return only

    def _axis_of(self, index: int) -> int:
        """Return where the steps are in a source: of a layer its own, however it is turned later.

        Else where that stage has them which reads it: this one, or one on the way to it.
        """
        ran = home.ran if (home := self.record.home.get(index)) is not None else None
        if ran is not None and not ran.lengths and not ran.cell:
            return ran.time_axis
        return next((one.axis for one in (self, *self.inner) if one.takes(index)), self.axis)

    def takes(self, index: int) -> bool:
        """Whether the stage itself reads a result of this event."""
        return index in self._taken

    @cached_property
    def _taken(self) -> frozenset[int]:
        events = (*self.group.events, *self.group.absorbed)
        return frozenset(source[0] for event in events for source in event.sources)

    def _steps(self, index: int, grad: torch.Tensor, sample: int | None) -> set[int]:
        """Return the steps of a source where its derivative is not zero: its calls, or along its axis.

        Each sample of a packed batch ends at a step of its own: one is drawn.
        """
        home = self.record.home.get(index)
        calls = [event.index for event in home.events] if home else []
        if home and len(calls) > 1 and index in calls:
            turn = calls.index(index)
            part = home.events[turn].cuts.get("output") if home.events[turn].writes else None
            own = grad if part is None else grad[_places(part)]  # of a table what this call wrote
            step = home.table.steps[turn] if home.table else turn + 1
            return {step} if bool(own.ne(0).any()) else set()
        axis = self._axis_of(index)
        if grad.dim() <= axis:
            return set()
        samples = int(axis == 0)
        if sample is not None and grad.dim() > samples and grad.shape[samples] > sample:
            grad = grad.narrow(samples, sample, 1)
        moved = grad.movedim(axis, 0).flatten(1).ne(0).any(-1)
        return {int(step) + 1 for step in moved.nonzero().flatten()}


def _places(part: Cut) -> tuple[slice, ...]:
    return tuple(slice(low, low + length) for low, length in part)
