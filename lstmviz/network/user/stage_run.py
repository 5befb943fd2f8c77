"""One stage of a user's module as it ran: what its steps read, and the states of a recurrent one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch

from lstmviz.network.user.changer import Change
from lstmviz.network.user.events import INPUT
from lstmviz.network.user.recurrent import states_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmviz.network.user.events import Source
    from lstmviz.network.user.loops import Group
    from lstmviz.network.user.recorder import Given, Recorder, Start

Deps = dict[int, frozenset[int]]
Moved = Callable[[Change], "dict[int, torch.Tensor | None] | None"]
"""Runs once more with a value changed; None where that is not possible, or was done often enough."""
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

    def depends(self, steps: Sequence[int], sample: int | None = None) -> Deps:  # noqa: ARG002 (padded steps are cut)
        """Find on which steps of what the stage reads its result depends, for each of `steps` or altogether.

        Raises ValueError if its result has no such steps.
        """
        found = {}
        for step in steps or [0]:
            moved: set[int] = set()
            for (index, _), grad in self.record.reads(self.group, self._at(step)).items():
                moved |= set() if grad is None else self._steps(index, grad)
            found[step] = frozenset(moved)
        return found

    def reads(self, step: int, read: int, sample: int | None = None) -> bool | None:  # noqa: ARG002 (as depends)
        """Say whether the result at a step moves with a step of what the stage reads, all else held.

        None if that cannot be told: values flow there that a change need not move, such as tokens.
        """
        told = True
        for source in self._sources():
            for scale in SCALES:
                moved = self.moved(self._change(source, read, scale))
                if moved is None:
                    told = False
                elif self._has_moved(moved, step):
                    return True
        return False if told and self._linked() else None

    def _sources(self) -> Iterator[Source]:
        own = {event.index for event in (*self.group.events, *self.group.absorbed)}
        found = (s for event in (*self.group.events[:1], *self.group.absorbed) for s in event.sources)
        yield from dict.fromkeys(source for source in found if source[0] not in own)

    def _change(self, source: Source, read: int, scale: float) -> Change:
        home = self.record.home.get(source[0])
        calls = [event.index for event in home.events] if home and source[0] != INPUT else []
        if len(calls) > 1 and read <= len(calls):
            return Change((calls[read - 1], source[1]), scale=scale)
        return Change(source, self.axis, read - 1 if read else None, scale)

    def _has_moved(self, moved: dict[int, torch.Tensor | None], step: int) -> bool:
        if len(self.group.events) > 1:
            chosen = self.group.events if not step else self.group.events[step - 1 : step]
            return any(event.index in moved for event in chosen)
        index = self.group.first.index
        where = moved.get(index)
        if where is None or not step or where.dim() <= self.axis:
            return index in moved
        return bool(where.select(self.axis, step - 1).any()) if where.shape[self.axis] >= step else False

    def _linked(self) -> bool:
        """Whether all that the stage reads has a derivative, zero or not."""
        reached = self.record.reads(self.group, self._at(0)).keys()
        return all(source in reached for source in self._sources())

    def _at(self, step: int) -> list[Start]:
        """Return the result of one step, to be differentiated: of one call, or a part of the only one."""
        results = [self.record.start(event)[:1] for event in self.group.events]
        if step == 0:
            return [start for starts in results for start in starts]
        if len(results) > 1:
            return results[step - 1] if step <= len(results) else []
        if not results[0]:
            return []
        given, weights = results[0][0]
        return [(given, self._only(given, weights, step))]

    def _only(self, given: Given, weights: torch.Tensor, step: int) -> torch.Tensor:
        if len(given.shape) <= self.axis or given.shape[self.axis] < step:
            raise ValueError(f"{self.name} is drawn step by step, and gives {tuple(given.shape)}")
        only = torch.zeros(given.shape, dtype=given.dtype)
        only.select(self.axis, step - 1).copy_(weights.select(self.axis, step - 1))
        return only

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
