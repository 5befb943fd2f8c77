"""Trace a spec: run its model, and write down what was there."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from lstmviz.network.bounds import check_bounds
from lstmviz.network.letters import letters_of, true_sizes
from lstmviz.network.measure import Measured, Named, Sizes, api_tensors, measure
from lstmviz.network.plan import RECURRENT, Plan, PlanLayer, plan_of
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.network.symbols import explain

Texts = Mapping[Hashable, tuple[str, ...]]


def trace(spec: Any) -> Trace:
    """Build the spec's model, run it, and return everything that was seen.

    Every size is measured; the letters are found by further, small runs.
    Raises ModelError, with the place in the spec, if the model cannot run.
    """
    return trace_plan(plan_of(spec))


def trace_plan(plan: Plan) -> Trace:
    """Do the same for the model part of a spec."""
    check_bounds(plan)
    seen = measure(plan)
    table = _whole(plan, seen)
    texts = explain(plan, _whole, table)
    recurrent = tuple(_recurrent(plan, seen, index) for index, stage in enumerate(seen) if stage.facts)
    return Trace(
        stages=tuple(_stage(index, stage, texts) for index, stage in enumerate(seen)),
        recurrent=recurrent,
        input=Tensor("input", plan.input_shape, texts["input"]),
        sizes=tuple(_sizes(plan, recurrent).items()),
    )


def _whole(plan: Plan, seen: list[Measured]) -> dict[Hashable, Sizes]:
    """Return every size of the model; what a stage takes is what came before.

    So a stage that a changed size stops still has its input in letters.
    """
    table: dict[Hashable, Sizes] = {"input": plan.input_shape}
    for index, stage in enumerate(seen):
        for part in ("inputs", "outputs", "parameters"):
            table |= {(index, part, name): sizes for name, sizes in getattr(stage, part).items()}
    return table


def _stage(index: int, stage: Measured, texts: Texts) -> Stage:
    def tensors(part: str, named: Named) -> tuple[Tensor, ...]:
        return tuple(Tensor(name, sizes, texts[index, part, name]) for name, sizes in named.items())

    return Stage(
        name=stage.head.name,
        type=stage.head.type,
        arguments=stage.head.arguments,
        inputs=tensors("inputs", stage.inputs),
        outputs=tensors("outputs", stage.outputs),
        parameters=tensors("parameters", stage.parameters),
    )


def _recurrent(plan: Plan, seen: list[Measured], index: int) -> Recurrent:
    """Describe a recurrent layer; its letters are its own.

    They come from runs of this layer alone, so that F is what it reads and T
    how many steps it has, whatever stands before it in the model.
    """
    stage = seen[index]
    facts = dict(stage.facts)
    time, batch = facts.pop("time_axis"), facts.pop("batch_axis")
    tensors, packed = api_tensors(seen, index), "data" in stage.inputs
    given = tensors["input"]
    alone = Plan(
        form="sequence",
        batch_size=None if batch is None else given[batch],
        timesteps=given[time],
        features=given[-1],
        batch_first=plan.batch_first,
        lengths=plan.lengths if packed else None,
        layers=(_as_layer(stage, facts),),
    )
    table: dict[Hashable, Sizes] = {**tensors, **{(name,): s for name, s in stage.parameters.items()}}
    texts = explain(alone, _alone, table)
    return Recurrent(
        name=stage.head.name,
        **facts,
        timesteps=given[time],
        batch_size=alone.batch_size,
        lengths=alone.lengths,
        states_given=plan.states_given and not facts["states_from"],
        tensors=tuple(Tensor(name, sizes, texts[name]) for name, sizes in tensors.items()),
        parameters=tuple(Tensor(name, s, texts[name,]) for name, s in stage.parameters.items()),
    )


def _as_layer(stage: Measured, facts: Mapping[str, Any]) -> PlanLayer:
    options = {
        n: v for n, v in facts.items() if n not in ("type", "input_size", "batch_first", "states_from")
    }
    return PlanLayer(stage.head.place, stage.head.name, facts["type"], options)


def _alone(_plan: Plan, seen: list[Measured]) -> dict[Hashable, Sizes]:
    for index, stage in enumerate(seen):
        if stage.facts:
            return {**api_tensors(seen, index), **{(name,): s for name, s in stage.parameters.items()}}
    return {}


def _sizes(plan: Plan, recurrent: tuple[Recurrent, ...]) -> dict[str, int]:
    sizes = true_sizes(plan, letters_of(plan))
    for layer in recurrent[:1]:
        sizes |= {symbol: size for symbol, size in layer.sizes if symbol not in sizes}
    return sizes
