"""Describe a user's module: run a copy of it on given inputs, and write down what was there."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.alphabet import in_one_alphabet
from lstmviz.network.rounds import Loop, listed_rounds
from lstmviz.network.structure import Recurrent, Trace, split_name
from lstmviz.network.two_ways import with_opposites
from lstmviz.network.user.as_plan import in_letters
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.events import Made, Source
from lstmviz.network.user.follower import OtherRunError
from lstmviz.network.user.kept_states import kept, with_origins
from lstmviz.network.user.kinds import is_leaf
from lstmviz.network.user.layers import add_layers
from lstmviz.network.user.loop_record import loops_of
from lstmviz.network.user.loop_rounds import LoopRun
from lstmviz.network.user.loops import Group, grouped, types_of
from lstmviz.network.user.made_states import with_made
from lstmviz.network.user.resized_runs import like, moved, shapes_of, unspelt
from lstmviz.network.user.running import alone, called, collected_later, run
from lstmviz.network.user.shapes_run import ShapesRun, resized, with_rounds
from lstmviz.network.user.short_runs import from_short_runs
from lstmviz.network.user.stage_steps import Asking, with_steps
from lstmviz.network.user.values import leaves
from lstmviz.network.user.writing import Writer
from lstmviz.translation.messages import note

Ran = tuple[Any, CallRecorder, Any, Any]
Known = tuple[list[Made], Trace, list[Group], tuple[LoopRun, ...]]
"""What is known of a run: its calls, its trace, the calls behind each stage, the rounds of its loops."""


def describe(module: nn.Module, inputs: Any) -> Trace:
    """Run a copy of a module on `inputs`, in evaluation mode, and return what was seen.

    `inputs` are the arguments of its forward, or a mapping of them by name.
    The module itself is not run, nor changed. Raises ModelError if it cannot
    be copied, or raises; the message names the stages that ran until then.
    """
    with alone(), collected_later():
        trace = from_short_runs(module, inputs, _described) or _of_whole(module, inputs)
        return in_one_alphabet(with_opposites(with_origins(trace)), sizes=dict(trace.sizes))


def _of_whole(module: nn.Module, inputs: Any) -> Trace:
    return _described(Asking(module, inputs), (inputs, *run(module, inputs, CallRecorder)))[0]


def _described(asking: Asking, *runs: Ran) -> tuple[Trace, ...]:
    """Return the traces of several runs, letters found layer by layer; all have those of the first."""
    module, inputs = asking.module, runs[0][0]
    found: list[Trace] = []
    first: Trace | None = None
    seen = [stages_of(*ran) for _, *ran in runs]
    known: dict[tuple[torch.Size, ...], Known] = {
        shapes_of(one): (watcher.made, *stages)
        for (one, watcher, _, _), stages in zip(runs, seen, strict=True)
    }

    own = {shapes: trace for shapes, (_, trace, *_) in known.items()}

    def again(other: Any) -> Trace:
        if (shapes := shapes_of(other)) in own:
            return own[shapes]
        near = min(known, key=lambda one: sum(map(operator.ne, one, shapes)))
        changed = [(own, new) for both in zip(near, shapes, strict=True)
                   for own, new in zip(*both, strict=True) if own != new]  # fmt: skip
        for made, trace, groups in _ways(known[near], changed):
            with contextlib.suppress(OtherRunError):
                return _resized(module, other, made, trace, groups)
        watcher, given, result = run(module, other, CallRecorder)
        # not kept as the answer for these shapes: the next run may have other lengths in them
        known[shapes] = (watcher.made, *stages_of(watcher, given, result))
        return known[shapes][1]

    for (one, watcher, _, _), (trace, groups, _) in zip(runs, seen, strict=True):
        trace = with_made(asking, one, trace, groups, watcher)  # noqa: PLW2901 (the same, with what is made)
        spelt = in_letters(trace)
        spelt = trace if _turned(spelt) else spelt
        if spelt is trace or unspelt(spelt):
            spelt = like(first, spelt) if first else moved(inputs, spelt, again)
        first = first or spelt
        found.append(with_steps(asking, one, spelt, groups, watcher))
    return tuple(found)


def _ways(known: Known, changed: list[tuple[int, int]]) -> Iterator[tuple[list[Made], Trace, list[Group]]]:
    """Yield what calls a run with some other sizes may make: as before, or those of more or fewer rounds."""
    made, trace, groups, runs = known
    steps = {loop.rounds for loop in trace.loops if any(one.how == "step" for one in loop.reads)}
    if steps.isdisjoint(own for own, _ in changed):  # else it makes other calls
        yield made, trace, groups
    more = {new - own for own, new in changed}
    if len(more) == 1 and (other := with_rounds(made, trace, runs, more.pop())):
        yield *other, groups


def _resized(module: nn.Module, inputs: Any, made: list[Made], trace: Trace, groups: list[Group]) -> Trace:
    """Return a trace with the sizes of a run on other inputs.

    Raises OtherRunError if that makes other calls, ModelError if it stops.
    """
    followers: list[ShapesRun] = []

    def watch(model: nn.Module, given: Any) -> ShapesRun:
        followers.append(ShapesRun(model, given, made))
        return followers[0]

    try:
        return resized(run(module, inputs, watch)[0], trace, groups)
    except ModelError as error:
        if followers and followers[0].left:
            raise OtherRunError from error
        raise  # as it would once more


def _turned(trace: Trace) -> bool:
    """Whether the first layer has as many samples as the input was said to have steps, and as many steps."""
    said = dict(zip(trace.input.symbols, trace.input.sizes, strict=True))
    layer = trace.recurrent[0] if trace.recurrent else None
    return (
        layer is not None
        and said.get("N") != said.get("T")
        and ((said.get("T"), said.get("N")) == (layer.batch_size, layer.timesteps))
    )


def stages_of(
    watcher: CallRecorder, inputs: Any, result: Any
) -> tuple[Trace, list[Group], tuple[LoopRun, ...]]:
    """Return the trace of a run, the calls behind each of its stages, and the rounds of its loops."""
    notes: list[str] = []
    ends = watcher.sources(result)
    grouping = grouped(watcher, ends)
    add_layers(grouping, notes)
    groups = grouping.groups
    if any(not watcher.sources(tensor) for _, tensor in leaves(result)):
        notes.append(note("user.result-lost"))
    else:
        groups = _reaching(groups, ends)
    notes += _idle(watcher)
    taken = list(leaves(inputs))
    if not taken:
        raise ModelError("the inputs hold no tensor", hint="inputs=(x,) with a tensor x")
    if not taken[0][1].numel():
        empty = tuple(taken[0][1].shape)
        raise ModelError(f"the input is empty: {empty}", hint="give one sample and one step at least")
    writer = Writer(groups, notes)
    _name(groups, writer.last_steps)
    trace = writer.trace(taken, [watcher.sources(tensor) for _, tensor in leaves(result)])
    loops = loops_of(grouping, writer)
    keeps = kept(watcher.model, groups, lambda: called(watcher.model, inputs))
    used = {name for stage in trace.stages for name in stage.inside}
    trace = dataclasses.replace(
        trace,
        notes=(
            *trace.notes,
            *_cut(trace, [loop for loop, _ in loops]),
            *(note("user.kept", name=name) for name in keeps),
        ),
        recurrent=tuple(
            dataclasses.replace(
                one, kept=one.name in keeps, cuts=_cuts(one, groups, [loop for loop, _ in loops])
            )
            for one in trace.recurrent
        ),
        names=(*_given_names(watcher.model, inputs, taken), *writer.returned(leaves(result), watcher)),
        loops=tuple(loop for loop, _ in loops),
        modules=tuple((name, cls) for name, cls in watcher.modules.items() if name in used),
        parts=tuple(name for name, _ in watcher.model.named_modules()),
    )
    return trace, groups, tuple(ran for _, ran in loops)


def _cut(trace: Trace, loops: Iterable[Loop]) -> Iterator[str]:
    """Say of which layers that loops call the states are detached: truncated backpropagation."""
    layers = {layer.name: layer for layer in trace.recurrent}
    for loop in loops:
        for name in dict.fromkeys(split_name(state.tensor)[0] for state in loop.states if state.detached):
            if name in layers:
                yield note("user.detached", name=name, n=loop.rounds)
        cut = {split_name(state.tensor)[0]: listed_rounds(state.cut) for state in loop.states if state.cut}
        for name in cut.keys() & layers.keys():
            yield note("user.cut", name=name, rounds=cut[name])


def _cuts(layer: Recurrent, groups: Iterable[Group], loops: Iterable[Loop]) -> tuple[int, ...]:
    """Return the steps that begin with detached states; none if not all states are cut at the same calls."""
    states = [one for loop in loops for one in loop.states if split_name(one.tensor)[0] == layer.name]
    events = next(group.events for group in groups if group.name == layer.name)
    lengths = [1 if layer.cell else event.inputs[0][1][layer.time_axis] for event in events]
    calls = {tuple(range(1, len(events))) if one.detached else one.cut for one in states}
    first = [sum(lengths[:call]) + 1 for call in range(len(events))]
    whole = len(calls) == 1 and sum(lengths) == layer.timesteps
    return tuple(first[call] for call in calls.pop()) if whole else ()


NAMED = 4
"""So many modules that did not run are named."""


def _idle(watcher: CallRecorder) -> Iterator[str]:
    """Say which modules have weights, and took no part: the branch not taken."""
    ran = {id(event.module) for event in watcher.events}
    used = {name for event in watcher.events if event.module is None for name in event.parameters}
    used |= {name for event in watcher.events for name in event.owners}
    idle = [
        name or "the module"
        for name, part in watcher.model.named_modules()
        if is_leaf(part) and id(part) not in ran and any(True for _ in part.parameters())
        and name not in used and not any(f"{name}.{own}" in used for own, _ in part.named_parameters())
    ]  # fmt: skip
    whole = {name for name, part in watcher.model.named_modules() if id(part) in ran}
    idle = [name for name in idle if not any(name.startswith(f"{one}." if one else "") for one in whole)]
    if idle:
        names, more = ", ".join(idle[:NAMED]), len(idle) - NAMED
        yield note("user.idle-more", names=names, n=more) if more > 0 else note("user.idle", names=names)


def _given_names(
    model: nn.Module, inputs: Any, taken: list[tuple[str, torch.Tensor]]
) -> Iterator[tuple[str, str]]:
    """Yield what forward calls each of its inputs."""
    args, kwargs = ((), inputs) if isinstance(inputs, Mapping) else (inputs, {})
    try:
        bound = inspect.signature(model.forward).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return
    called = {id(tensor): name for name, tensor in leaves(bound)}
    for place, (name, tensor) in enumerate(taken):
        yield ("input" if place == 0 else f"input.{name}"), called.get(id(tensor), name)


def _reaching(groups: list[Group], ends: Iterable[Source]) -> list[Group]:
    """Leave out the functions that nothing in the model's result comes from."""
    home = {e.index: group for group in groups for e in (*group.events, *group.absorbed)}
    kept: set[int] = set()
    open_ = [index for index, _ in ends]
    open_ += [group.first.index for group in groups if group.first.module is not None]  # shown, if in vain
    while open_:
        group = home.get(open_.pop())
        if group is not None and id(group) not in kept:
            kept.add(id(group))
            open_ += [i for e in (*group.events, *group.absorbed) for i, _ in e.sources]
    return [group for group in groups if id(group) in kept]


def _name(groups: Iterable[Group], last_steps: set[int]) -> None:
    """Name a stage: a module's path, a function; a second one, or one in a module of this name, is -2."""
    used: set[str] = set()
    around = {path for group in groups for event in group.events for path in event.inside}
    for group in groups:
        base = group.first.name if group.first.module is not None else group.first.type
        base = "last_step" if id(group) in last_steps else base or types_of(group)[0].lower()
        name, count = base, 1
        while name in used or (name in around and group.first.module is None):
            count += 1
            name = f"{base}-{count}"
        used.add(name)
        group.name = name
