"""The stages of a spec's model as they run: what each took and gave, and which steps it reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import torch

from lstmviz.errors import ModelError
from lstmviz.network.flow import RunningValue, States
from lstmviz.network.plan import ModelPlan
from lstmviz.network.run import Host, run
from lstmviz.network.stage_types import TURNS
from lstmviz.network.stages import StageModule
from lstmviz.network.step_stages import LastState, LastStep, Merge
from lstmviz.proof.narrowed import filled, narrowed, random

LAST = -1
"""The axis of steps for convolutions over time."""

Deps = dict[int, frozenset[int]]
"""Per step of a result the steps that it depends on; 0 stands for what has no steps."""


@dataclass(frozen=True, slots=True)
class Several:
    """Stages one after the other, of which only the last is drawn."""

    stages: tuple[StageModule, ...]

    def takes(self, flow: RunningValue) -> Sequence[torch.Tensor]:
        """Return what the first one reads."""
        return self.stages[0].takes(flow)

    @property
    def head(self) -> Any:
        """What is known of the last one."""
        return self.stages[-1].head

    def __call__(self, flow: RunningValue) -> RunningValue:
        """Run them."""
        for stage in self.stages:
            flow = stage(flow)
        return flow


@dataclass(frozen=True, slots=True)
class Ran:
    """A stage of the real model, with what reached it and what it gave."""

    stage: StageModule | Several
    before: RunningValue
    after: RunningValue
    moved: tuple[int | None, int | None] = (None, None)
    """The axis of the steps in what it reads, and gives, where it is not the usual one."""
    _found: dict[tuple[tuple[int, ...], int | None], Deps] = field(default_factory=dict)
    """What `depends` found, by steps and sample: several figures of a model ask the same."""

    @property
    def name(self) -> str:
        """The name of the stage."""
        return self.stage.head.name

    @property
    def stages(self) -> tuple[StageModule, ...]:
        """The stage alone, or with those before it that are not drawn."""
        return self.stage.stages if isinstance(self.stage, Several) else (self.stage,)

    @property
    def axes(self) -> tuple[int, int]:
        """Where the steps are in what it reads, and in what it gives."""
        own, (read, given) = self.before.time_axis, self.moved
        return (own if read is None else read % self.before.data.dim()), (
            own if given is None else given % self.after.data.dim()
        )

    @property
    def begun(self) -> States:
        """h_0 (c_0) of a recurrent stage."""
        return self.after.begun

    @property
    def ended(self) -> States:
        """h_n (c_n) of a recurrent stage."""
        return self.after.ended

    def filled(self) -> Ran:
        """Return it with random numbers, where it ran on shapes alone: derivatives need them."""
        if not self.before.data.is_meta:
            return self
        return Ran(Several(tuple(map(filled, self.stages))), random(self.before), self.after, self.moved)

    def beside(self, inner: Iterable[Any]) -> Ran:
        """Return the same stage together with those of others that are done on the way to it."""
        chain, waiting = [self], list(inner)
        while before := next((one for one in waiting if one.after.data is chain[0].before.data), None):
            chain.insert(0, before)
            waiting.remove(before)
        if len(chain) == 1:
            return self
        stages = Several(tuple(stage for one in chain for stage in one.stages))
        return Ran(stages, chain[0].before, self.after, (chain[0].moved[0], self.moved[1]))

    def states(self) -> dict[int, frozenset[tuple[str, int]]]:
        """Find by derivatives which entries of h_n its result reads: none, if it reads `output`."""
        if not isinstance(self.stages[0], LastState):
            return {0: frozenset()}
        h_n, *others = self.before.ended
        with torch.enable_grad():
            leaf = torch.rand(h_n.shape, dtype=torch.float64).requires_grad_()
            run = self.filled()
            after = run.stage(dataclasses.replace(run.before, ended=(leaf, *others))).data
        (grad,) = torch.autograd.grad(after, leaf, torch.rand(after.shape, dtype=after.dtype))
        moved = (grad.flatten(1) != 0).any(-1).nonzero().flatten()
        return {0: frozenset(("h_n", index + 1) for index in moved.tolist())}

    def unshown(self) -> frozenset[str]:
        """Return the last states that its result reads, and does not move with: a spec has none."""
        return frozenset()

    def calls(self) -> frozenset[tuple[str, int]]:
        """Find which calls of other stages its result reads: a spec has no loops."""
        return frozenset()

    def depends(
        self,
        steps: Sequence[int],
        sample: int | None,
        of: Collection[str] = (),
    ) -> Deps:
        """Find by derivatives on which steps of its input the stage's result depends.

        With places in the spec among `of`: on the steps of what the layer there gave, if it merges that.
        """
        none: Deps = dict.fromkeys(steps or [0], frozenset())
        if isinstance(self.stages[0], LastState):
            return none
        if of:
            merges = isinstance(self.stage, Merge) and self.stage.head.other in of
            return depends(self.filled(), steps, sample, again=True) if merges else none
        asked = (tuple(steps), sample)
        if asked not in self._found:
            self._found[asked] = depends(self.filled(), steps, sample)
        return self._found[asked]

    def reads(self, step: int, read: int, sample: int | None, of: Collection[str] = ()) -> bool | None:
        """Say whether the result at a step moves with a step of the input; not `of` what it merges."""
        return None if of else reads(self.filled(), step, read, sample)


class Run(Protocol):
    """A stage that ran: of a spec's model, or of a user's own module."""

    @property
    def name(self) -> str:
        """The name of the stage."""

    @property
    def begun(self) -> States:
        """h_0 (c_0) of a recurrent stage."""

    @property
    def ended(self) -> States:
        """h_n (c_n) of a recurrent stage."""

    def beside(self, inner: Iterable[Any]) -> Run:
        """Return the same stage together with others that are done on the way to it."""

    def states(self) -> dict[int, frozenset[tuple[str, int]]]:
        """Find which last states its result reads, by tensor and by index from 1."""

    def unshown(self) -> frozenset[str]:
        """Return the last states that its result reads, and does not move with."""

    def calls(self) -> frozenset[tuple[str, int]]:
        """Find which calls of other stages its result reads: the tensor, and which call, from 1."""

    def depends(self, steps: Sequence[int], sample: int | None, of: Collection[str] = ()) -> Deps:
        """Find on which steps of what it reads the result depends, per step, or for all of it (0).

        Of all that it reads, or `of` these tensors alone.
        Raises ValueError if the result has no such steps.
        """

    def reads(self, step: int, read: int, sample: int | None, of: Collection[str] = ()) -> bool | None:
        """Say whether the result at a step (0: all of it) moves with a step of the input, all else held.

        Of all that it reads, or `of` these tensors alone. None if that cannot be told.
        """


@lru_cache(1)
def run_through(plan: ModelPlan) -> Sequence[Ran]:
    """Run the model once, in float64; raises TooBigError if that costs too much.

    The figures of a model share its run.

    What depends on what over the steps is the same for fewer features and units,
    so a large model runs as a narrow one. Images only show what goes where: no
    number is computed, unless states are handed to a decoder, whose numbers tell which.
    """
    handing = any(layer.type == "decoder" for layer in plan.layers)
    device = "meta" if plan.form == "image" and not handing else "cpu"
    narrow = narrowed(plan)
    if narrow is not plan:
        try:
            return _run_through(narrow, device)
        except ModelError:  # sizes that only fit as they are
            pass
    return _run_through(plan, device)


def _run_through(plan: ModelPlan, device: str) -> list[Ran]:
    seen: list[Ran] = []
    host = Host(device=device, dtype=torch.float64, initialised=True, weighed=device == "cpu")

    written = {layer.place: layer.type for layer in plan.layers}

    def note(stage: StageModule, before: RunningValue, after: RunningValue) -> None:
        read = seen[-1].moved[1] if seen else None
        given = read
        if stage.head.type in TURNS:
            if written.get(stage.head.place) == stage.head.type:  # the spec's own
                axis = before.time_axis if read is None else read % before.data.dim()
                given = list(dict(stage.head.arguments)["dims"]).index(axis)
            else:  # beside a convolution over time, which wants steps last
                given = LAST if read is None else None
        elif after.begun is not before.begun:  # a recurrent layer has its own axis of steps
            read, given = None, None
        seen.append(Ran(stage, before, after, (read, given)))

    run(plan, host, note)
    return seen


def depends(ran: Ran, steps: Sequence[int], sample: int | None, *, again: bool = False) -> Deps:
    """Find by derivatives which steps of a stage's input its result depends on.

    For each of `steps` of the result, or for all of it if there are none; `again`: of what it merges.
    Raises ValueError if the result has no such steps.
    """
    before, (taken, axis), place = ran.before, ran.axes, ran.stage.head.other
    asked, taken = (before.made[place], before.time_axis) if again else (before, taken)
    with torch.enable_grad():
        leaf = (torch.rand(asked.data.shape, dtype=torch.float64) + 0.1).requires_grad_()
        other = dataclasses.replace(asked, value=leaf)
        after = ran.stage(
            dataclasses.replace(before, made={**before.made, place: other}) if again else other
        ).data
    if steps and (after.dim() <= axis or after.shape[axis] < max(steps)):
        raise ValueError(f"{ran.stage.head.name} is drawn step by step, and gives {tuple(after.shape)}")
    found = {}
    for step in steps or [0]:
        with torch.enable_grad():
            part = after.select(axis, step - 1) if step else _of_sample(ran, after, sample)
        (grad,) = torch.autograd.grad(part, leaf, torch.rand(part.shape, dtype=part.dtype), retain_graph=True)
        moved = (grad.movedim(taken, 0).flatten(1) != 0).any(-1)
        found[step] = frozenset((moved.nonzero().flatten() + 1).tolist())
    return found


SCALES = (1.5, 1e3, -1e3)
"""A step is changed a little, and a lot both ways: a maximum moves with one of them."""


def reads(ran: Ran, step: int, read: int, sample: int | None) -> bool:
    """Find whether a stage's result at a step, or all of it (0), moves with a step of its input."""
    before, (taken, axis) = ran.before, ran.axes
    value = torch.rand(before.data.shape, dtype=torch.float64) + 0.1
    plain = ran.stage(dataclasses.replace(before, value=value)).data
    for scale in SCALES:
        other = value.clone()
        (other.select(taken, read - 1) if read else other).mul_(scale)
        moved = ran.stage(dataclasses.replace(before, value=other)).data != plain
        if bool((moved.select(axis, step - 1) if step else _of_sample(ran, moved, sample)).any()):
            return True
    return False


def _of_sample(ran: Ran, after: torch.Tensor, sample: int | None) -> torch.Tensor:
    """Return the chosen sample of what has no steps: samples end at different ones."""
    last = any(isinstance(one, LastStep) for one in ran.stages)
    return after[sample] if last and ran.before.lengths is not None and sample is not None else after
