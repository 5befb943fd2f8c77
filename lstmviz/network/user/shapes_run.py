"""A run that makes the very calls of a run before, on more samples, say: its sizes are looked at alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import nn

from lstmviz.network.rounds import Loop, State
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.network.user.events import Event, Made
from lstmviz.network.user.follower import Follower, OtherRunError
from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.loop_rounds import LoopRun
from lstmviz.network.user.loops import Group
from lstmviz.network.user.values import Sizes, leaves, named_tensors, sizes

LEAST = 2
"""A loop of fewer rounds has none that is as those between the first and the last."""


class ShapesRun(Follower):
    """A watcher that keeps the sizes of what every call takes and gives."""

    def __init__(self, model: nn.Module, inputs: Any, made: Sequence[Made]) -> None:
        super().__init__(model, inputs, made)
        self.taken: dict[int, dict[str, Sizes]] = {}
        self.gave: dict[int, list[Sizes]] = {}

    def _saw_module(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        self._saw("", module, args, kwargs, result)

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and look at what it took and gave."""
        del types
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if name != "__set__":
            self._saw(name, None, args, kwargs, args[0] if result is None and args else result)
        return result

    def _saw(
        self, name: str, module: nn.Module | None, args: tuple[Any, ...], kwargs: Any, result: Any
    ) -> None:
        made = self._next(name)
        if made.event is None:
            return
        found = named_tensors(args[0] if len(args) == 1 else args) + named_tensors(kwargs or {})
        self.taken.setdefault(made.event.index, {n: sizes(tensor) for n, tensor in found})
        self.gave[made.event.index] = [sizes(tensor) for _, tensor in outputs_of(module, result)]


def resized(seen: ShapesRun, trace: Trace, groups: Sequence[Group]) -> Trace:
    """Return the trace of a run, of which `groups` are the stages, with the sizes of another one.

    Raises OtherRunError if that made other calls, or where a trace says more than the sizes of calls.
    """
    if not seen.whole or any(layer.lengths for layer in trace.recurrent):
        raise OtherRunError
    stages = {
        stage.name: _stage(seen, stage, group.first)
        for stage, group in zip(trace.stages, groups, strict=True)
    }
    inputs = _sized(trace.inputs, [sizes(tensor) for _, tensor in leaves(seen.given)])
    both = (_sizes_of(trace.stages, trace.inputs), _sizes_of(stages.values(), inputs))
    loops = tuple(replace(one, states=tuple(replace(s, sizes=_of_state(one, s, *both)) for s in one.states))
                  for one in trace.loops)  # fmt: skip
    layers = tuple(_layer(layer, stages[layer.name].inputs[0].sizes) for layer in trace.recurrent)
    return replace(trace, stages=tuple(stages.values()), recurrent=layers, loops=loops, input=inputs[0],
                   inputs=inputs)  # fmt: skip


def with_rounds(
    made: Sequence[Made], trace: Trace, runs: Sequence[LoopRun], more: int
) -> tuple[list[Made], Trace] | None:
    """Return the calls, and the trace, of a run whose loops over steps go round so much more, or less, often.

    The round before the last one comes again, or is left out. None if there is no such loop.
    """
    calls, loops = list(made), list(trace.loops)
    place = {one.event.index: at for at, one in reversed(list(enumerate(made))) if one.event is not None}
    for at, (loop, ran) in reversed(list(enumerate(zip(trace.loops, runs, strict=True)))):
        if loop.inside or not any(read.how == "step" for read in loop.reads):
            continue
        starts = [place.get(min(one.calls), -1) for one in ran.rounds if one.calls]
        few = min(loop.rounds, loop.rounds + more) < LEAST
        if few or len(starts) < loop.rounds or -1 in starts or starts != sorted(starts):
            return None
        begin, end = starts[-1 + min(more, -1)], starts[-1]
        calls[begin:end] = [] if more < 0 else calls[begin:end] * (1 + more)
        loops[at] = replace(
            loop, rounds=loop.rounds + more, often=(loop.often[0] + more, loop.often[1] + more)
        )
    return None if loops == [*trace.loops] else (calls, replace(trace, loops=tuple(loops)))


def _sizes_of(stages: Iterable[Stage], inputs: Iterable[Tensor]) -> dict[str, Sizes]:
    given = {one.name: one.sizes for one in inputs}
    return given | {f"{one.name}.{t.name}": t.sizes for one in stages for t in one.outputs}


def _of_state(loop: Loop, state: State, kept: Mapping[str, Sizes], new: Mapping[str, Sizes]) -> Sizes:
    """Return the sizes of a state in another run: of a whole tensor, or of one step of what is read."""
    if kept.get(state.tensor) == state.sizes:
        return new[state.tensor]
    for read in loop.reads:
        if read.tensor == state.tensor and read.axis is not None:
            one, other = (
                (*s[: read.axis], *s[read.axis + 1 :]) for s in (kept[state.tensor], new[state.tensor])
            )
            if one == state.sizes:
                return other
    raise OtherRunError


def _layer(layer: Recurrent, shape: Sizes) -> Recurrent:
    """Return a recurrent layer with the numbers of another input."""
    if layer.batch_size is None:
        return replace(layer, timesteps=shape[0])
    return replace(layer, timesteps=shape[layer.batch_first], batch_size=shape[not layer.batch_first])


def _stage(seen: ShapesRun, stage: Stage, event: Event) -> Stage:
    """Return a stage with the sizes of its first call in another run; without inputs it takes parameters."""
    if event.index not in seen.taken:  # of a round that is none of this run's
        raise OtherRunError
    taken = [seen.taken[event.index].get(*one) for one in event.inputs] or [t.sizes for t in stage.inputs]
    gave = seen.gave[event.index]
    own = ([one.sizes for one in stage.inputs], [one.sizes for one in stage.outputs])
    first = ([size for _, size in event.inputs] or own[0], [size for _, size in event.outputs])
    if own != first:  # a layer whose steps are calls of a cell
        raise OtherRunError
    return replace(stage, inputs=_sized(stage.inputs, taken), outputs=_sized(stage.outputs, gave))


def _sized(tensors: tuple[Tensor, ...], new: Sequence[Sizes]) -> tuple[Tensor, ...]:
    if len(tensors) != len(new):
        raise OtherRunError
    return tuple(replace(one, sizes=size) for one, size in zip(tensors, new, strict=True))
