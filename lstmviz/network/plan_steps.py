"""What the stages of a spec's model read, step by step: measured where they are small."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

import torch
from torch.nn.utils.rnn import PackedSequence

from lstmviz.errors import ModelError
from lstmviz.network.flow import RunningValue
from lstmviz.network.letters import TOTAL, letters_of, resized, true_sizes
from lstmviz.network.measure import REMEMBERED, SMALL
from lstmviz.network.measuring import Meter
from lstmviz.network.moved_numbers import Measured, Work
from lstmviz.network.plan import ModelPlan, as_data
from lstmviz.network.run import Host, TooBigError, run, undisturbed
from lstmviz.network.stage_types import SECOND
from lstmviz.network.stages import Decode
from lstmviz.network.stages import StageModule as Module
from lstmviz.network.step_stages import LastState, Merge
from lstmviz.network.steps import Relation, StepDependence, relation, stretched, time_axis
from lstmviz.network.structure import Stage, Tensor
from lstmviz.spec.layer_types import RECURRENT

FEW = 5
"""The model is looked at with so many steps, and with one more; what both show goes on to all steps."""
WORK = 1e8
"""So many numbers the calls that measure may go through: a tenth of a second."""

BEGINS = frozenset({"decoder", "repeat"})
"""Layers that give steps to what has none."""
START = " start"
"""After the name of a decoder: what it reads of the sequence that the layer before it read."""
OTHER = " other"
"""After the name of what merges two tensors: what it reads of the second, whose name is not known here."""

Found = dict[str, tuple[int | None, Measured]]
"""Of each stage the axis of what it reads that counts steps, and what was measured."""


def with_steps(plan: ModelPlan, stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """Return the stages with what each reads of the one before, step by step.

    A model of lengths is run with its own numbers of steps and samples, and so is one that numbers in
    the spec do not let run with others.
    """
    if plan.timesteps is None and all(layer.type not in BEGINS for layer in plan.layers):
        return tuple(stages)
    letters = letters_of(plan)
    true = true_sizes(plan, letters)
    small = {letter.symbol: letter.small for letter in letters}
    own = {s: n for s, n in true.items() if s in {"T", "T′", "N", TOTAL}}
    if plan.lengths is None:
        few, more = (_ran(plan, stages, small | {s: FEW + by for s in own if s[0] == "T"}) for by in (0, 1))
        if few is not None and more is not None:
            return tuple(_written(stages, few, more, answers_of(plan, stages)))
    there = _ran(plan, stages, small | own)
    there = _ran(plan, stages, true) if there is None else there
    return tuple(stages) if there is None else tuple(_written(stages, there, None, answers_of(plan, stages)))


def _ran(plan: ModelPlan, stages: Sequence[Stage], sizes: Mapping[str, int]) -> Found | None:
    """Measure the stages of the model with these sizes; None if it does not run with them.

    Models that differ in nothing but sizes share this, as they share the small runs for their letters.
    """
    try:
        small = resized(plan, letters_of(plan), sizes).changed(lengths=plan.lengths)
    except ValueError:  # no lengths fit
        return None
    axes = [(s.name, s.inputs[0].symbols, s.outputs[0].symbols) for s in stages]
    place = _place(json.dumps([as_data(small), axes], sort_keys=True, default=list))
    if not place:
        place.append(_found(small, stages))
    return place[0]


@lru_cache(REMEMBERED)
def _place(said: str) -> list[Found | None]:  # noqa: ARG001 (the key)
    """Where a model's steps are kept; empty before they were measured."""
    return []


def _found(plan: ModelPlan, stages: Sequence[Stage]) -> Found | None:
    found: Found = {}
    work = Work(WORK)
    steps: int | None = 1 if plan.batched and plan.batch_first else 0
    steps = None if plan.timesteps is None else steps
    named = {stage.name: stage for stage in stages}

    def watch(module: Module, before: RunningValue, after: RunningValue) -> None:
        nonlocal steps
        stage = named[module.head.name]
        axis = time_axis(stage.inputs[0].symbols)
        # Halved by pooling, steps have no letter any more: they are where the stage before put them.
        read = steps if axis is None and stage.inputs[0].name not in {*SECOND, "h_n"} else axis
        measured = _measured(module, before, after, stage, work, read)
        if measured is not None:
            found[stage.name] = (read, measured)
        if isinstance(module, Decode) and (start := _of_start(module, before, stage, work)) is not None:
            found[f"{stage.name}{START}"] = (before.time_axis, start)
        if isinstance(module, Merge):
            axis = time_axis(stage.inputs[1].symbols)
            other = _measured(module, before, after, stage, work, axis, other=True)
            found.update({f"{stage.name}{OTHER}": (axis, other)} if other is not None else {})
        packed = isinstance(after.value, PackedSequence) or isinstance(before.value, PackedSequence)
        begins = packed or module.head.type == "repeat"  # there are steps, where a vector was read
        steps = after.time_axis if begins else measured.axis if measured is not None else None

    with undisturbed():
        torch.manual_seed(0)
        try:
            run(plan, Host(budget=SMALL, initialised=True), watch)
        except (ModelError, TooBigError):
            return None
    return found


def _measured(  # noqa: PLR0917  (one call)
    module: Module,
    before: RunningValue,
    after: RunningValue,
    stage: Stage,
    work: Work,
    axis: int | None,
    *,
    other: bool = False,
) -> Measured | None:
    """Ask one stage what it reads of what reached it, with numbers of our own there.

    Of what merges two tensors the `other` is the one that an earlier layer gave.
    """
    if isinstance(before.value, PackedSequence) or isinstance(after.value, PackedSequence):
        return None
    if before.folded or after.folded:  # steps and samples are one axis
        return None
    symbols = stage.inputs[0].symbols
    if isinstance(module, LastState):
        return _of_states(module, before, symbols, work)
    if axis is None:
        return Measured(None, Relation("own", 1, 1))
    given = (
        before.targets.get(stage.name, module.get_buffer("target"))
        if isinstance(module, Decode)
        else before.value
    )
    place = module.head.other
    given = before.made[place].data if other else given
    luck = torch.Generator().manual_seed(0)
    value = torch.randn(given.shape, generator=luck).to(given.dtype) if given.is_floating_point() else given

    def call(tensor: torch.Tensor) -> torch.Tensor:
        if isinstance(module, Decode):
            return module(dataclasses.replace(before, targets={stage.name: tensor})).data  # type: ignore[no-any-return]
        if other:
            made = {**before.made, place: dataclasses.replace(before.made[place], value=tensor)}
            return module(dataclasses.replace(before, made=made)).data  # type: ignore[no-any-return]
        return module(dataclasses.replace(before, value=tensor)).data  # type: ignore[no-any-return]

    samples = symbols.index("N") if "N" in symbols else None
    grown = time_axis(stage.outputs[0].symbols)
    if grown is None and after.ended is not before.ended:  # a recurrent layer gives each step that it reads
        grown = after.time_axis
    return Meter(call, value, axis, work, samples=samples, grown=grown).measured()


def _of_start(module: Decode, before: RunningValue, stage: Stage, work: Work) -> Measured | None:
    """Ask which steps of what the layer before it read a decoder reads by itself, its states held."""
    if before.read is None or isinstance(before.value, PackedSequence):
        return None
    value = torch.randn(before.read.shape, generator=torch.Generator().manual_seed(0))

    def call(tensor: torch.Tensor) -> torch.Tensor:
        return module(dataclasses.replace(before, read=tensor)).data  # type: ignore[no-any-return]

    if torch.equal(call(value), call(value + 1)):  # a single step is not asked about by itself
        return None

    def asked(of: Callable[[torch.Tensor], torch.Tensor]) -> Relation | None:
        found = Meter(lambda t: of(call(t)), value, before.time_axis, work).measured()
        return relation([found.relation.read()], found.relation.taken) if found else None

    whole = asked(lambda result: result)
    if whole is None or not whole.read():
        return None
    count = len(before.lengths or ())
    axis = stage.outputs[0].symbols.index("N") if count else 0
    samples = [one for i in range(count) if (one := asked(partial(torch.select, dim=axis, index=i)))]
    return Measured(None, whole, samples=tuple(samples))


def _of_states(
    module: LastState, before: RunningValue, symbols: Sequence[str], work: Work
) -> Measured | None:
    """Ask which entries of h_n, layer by layer, a stage reads."""
    h_n, *others = before.ended
    value = torch.randn(h_n.shape, generator=torch.Generator().manual_seed(0))

    def call(tensor: torch.Tensor) -> torch.Tensor:
        return module(dataclasses.replace(before, ended=(tensor, *others))).data  # type: ignore[no-any-return]

    samples = symbols.index("N") if "N" in symbols else None
    return Meter(call, value, 0, work, samples=samples, grown=None).measured()


def answers_of(plan: ModelPlan, stages: Sequence[Stage]) -> dict[str, str]:
    """Return the answer that each decoder reads which reads its own: the output of the last of its head."""
    names = [stage.name for stage in stages]
    heads = (plan.head(layer) for layer in plan.layers if layer.answers_itself)
    found = {}
    for decoder, *after in heads:
        weighs = 1 if decoder.options.get("attention") else 0
        last = after[-1].name if after else names[names.index(decoder.name) + weighs]
        found[decoder.name] = f"{last}.output"
    return found


def _written(
    stages: Sequence[Stage], one: Found, more: Found | None, answers: Mapping[str, str]
) -> list[Stage]:
    """Write down what was measured, once, or with two numbers of steps."""
    made: list[Stage] = []
    before, states = "input", ""
    fed: tuple[str, Tensor] | None = None
    for stage in stages:
        named = {"target": "target", "h_n": f"{states}.h_n", "answers": answers.get(stage.name, before)}
        source = named.get(stage.inputs[0].name, before)
        reading = _reading(stage, source, one, more)
        again = _reading(stage, "", one, more, OTHER) if f"{stage.name}{OTHER}" in one else None
        start = _start(stage, fed, one.get(f"{stage.name}{START}"), more)
        made.append(
            dataclasses.replace(stage, reads=tuple(found for found in (reading, again, start) if found))
        )
        if stage.type == "pack" or (stage.type in RECURRENT and stage.inputs[0].name == "input"):
            fed = source, stage.inputs[0]
        states = stage.name if any(tensor.name == "h_n" for tensor in stage.outputs) else states
        before = f"{stage.name}.output"
    return made


def _start(
    stage: Stage, fed: tuple[str, Tensor] | None, one: tuple[int | None, Measured] | None, more: Found | None
) -> StepDependence | None:
    """What a decoder's first step reads of the sequence that the layer before it read."""
    if one is None or fed is None:
        return None
    (axis, seen), (source, tensor) = one, fed
    if axis is None:
        return None
    found: Relation | None = seen.relation
    if more is not None:
        _, other = more.get(f"{stage.name}{START}", (None, None))
        found = stretched(seen.relation, other.relation, 1, tensor.sizes[axis]) if other else None
    return StepDependence(source, "output", axis, None, found, samples=seen.samples) if found else None


def _reading(
    stage: Stage, source: str, few: Found, more: Found | None, which: str = ""
) -> StepDependence | None:
    one = few.get(f"{stage.name}{which}")
    if one is None:
        return None
    axis, seen = one
    taken, given = stage.inputs[bool(which)], stage.outputs[0]
    found: Relation | None = seen.relation
    if more is not None and axis is not None:
        _, other = more.get(f"{stage.name}{which}", (None, None))
        if other is None or other.axis != seen.axis:
            return None
        steps = 1 if seen.axis is None else given.sizes[seen.axis]
        found = stretched(seen.relation, other.relation, steps, taken.sizes[axis])
    if found is None:
        return None
    if taken.name == "h_n":
        return StepDependence(source, "output", 0, None, found, states=True, mixes=seen.mixes)
    return StepDependence(source, "output", axis, seen.axis, found, mixes=seen.mixes, samples=seen.samples)
