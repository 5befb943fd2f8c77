"""Trace a spec: run its model, and write down what was there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lstmviz.network.alphabet import in_one_alphabet
from lstmviz.network.bounds import check_bounds
from lstmviz.network.handovers import in_order
from lstmviz.network.letters import letters_of, true_sizes
from lstmviz.network.measure import Measured, Sizes, api_tensors, measure
from lstmviz.network.packing import packed_by
from lstmviz.network.plan import ModelPlan, PlanLayer, plan_of
from lstmviz.network.plan_steps import answers_of, with_steps
from lstmviz.network.stage_types import SECOND
from lstmviz.network.stages import Head
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.network.symbols import Key, Table, Texts, explain
from lstmviz.network.values.files import check_files


def trace(spec: Any) -> Trace:
    """Build the spec's model, run it, and return everything that was seen.

    Every size is measured; the letters are found by further, small runs.
    Raises ModelError, with the place in the spec, if the model cannot run.
    """
    return trace_plan(plan_of(spec))


def trace_plan(plan: ModelPlan) -> Trace:
    """Do the same for the model part of a spec."""
    given, stages, seen = stages_of(plan)
    recurrent = tuple(_recurrent(plan, seen, index) for index, stage in enumerate(seen) if stage.facts)
    stages = with_steps(plan, tuple(own_layers(stages, recurrent)))
    check_files(plan, stages)
    made = Trace(stages=stages, recurrent=recurrent, input=given, sizes=())
    told = tuple(with_sources(stages, [one.head for one in seen], plan))
    if all(stage.type != "last_state" for stage in stages) and not plan.kept:
        return in_one_alphabet(dataclasses.replace(made, stages=told), sizes=sizes_of(plan))
    results = tuple(_results(told, [one.head for one in seen], plan))
    targets = (stage.inputs[0] for stage in told if stage.inputs[0].name == "target")
    made = dataclasses.replace(made, stages=told, results=results, inputs=(given, *targets))
    return in_one_alphabet(made, sizes=sizes_of(plan))


def _results(stages: Sequence[Stage], heads: Sequence[Head], plan: ModelPlan) -> Iterator[str]:
    """Yield what the model gives: the end of each chain of layers that no other layer reads."""
    given = {f"{stage.name}.output": place for place, stage in enumerate(stages)}
    later = ((at, source) for at, stage in enumerate(stages) for source in stage.sources)
    read = {source for at, source in later if given.get(source, -1) < at}  # a step's answer is still one
    last = {head.place: f"{head.name}.output" for head in heads}
    for layer, after in zip(plan.layers, [*plan.layers[1:], None], strict=True):
        if (after is None or after.reads) and last[layer.place] not in read:
            yield last[layer.place]


def own_layers(stages: Iterable[Stage], recurrent: Iterable[Recurrent]) -> Iterator[Stage]:
    """Yield the stages with L′ for the layers of a decoder that has not as many as its encoder.

    The small runs move both together and find 2L; a reader takes that for two
    directions of the decoder, which has one.
    """
    layers = {layer.name: layer for layer in recurrent}
    for stage in stages:
        layer = layers.get(stage.name)
        giver = layers.get(layer.states_from) if layer else None
        if layer is None or giver is None or giver.num_layers == layer.num_layers:
            yield stage
            continue
        named = {t.name: t.symbols[0].replace("L", "L′") for t in layer.tensors if "_" in t.name}
        yield dataclasses.replace(
            stage, inputs=_restated(stage.inputs, named), outputs=_restated(stage.outputs, named)
        )


def with_sources(stages: Sequence[Stage], heads: Sequence[Head], plan: ModelPlan) -> Iterator[Stage]:
    """Yield the stages of a model that is no chain, each with the tensors that it reads.

    Each reads what the one before it gave, or the layer that `from` names; last_state reads h_n beside
    `output`, add and concat read another layer as well.
    """
    before, states, place = "input", "", ""
    layers = {layer.place: layer for layer in plan.layers}
    ends = {"input": "input"} | {head.place: f"{head.name}.output" for head in heads if not head.other}
    ends |= {head.place: f"{head.name}.output" for head in heads if head.other}
    answers = answers_of(plan, tuple(stages))
    for stage, head in zip(stages, heads, strict=True):
        layer = layers[head.place]
        if head.place != place and layer.reads:
            before = ends[layer.reads]
        source = f"{states}.h_n" if stage.type == "last_state" else before
        sources: tuple[str, ...] = (source, ends[head.other]) if head.other else (source,)
        if stage.type == "decoder":
            begun = tuple(f"{states}.{tensor.name.replace('_0', '_n')}" for tensor in stage.inputs[1:])
            read = answers.get(stage.name, "target")
            fed = (one.source for one in stage.reads if one.source != read)
            sources = (read, *begun, *fed)
        reads = tuple(
            one if one.source else dataclasses.replace(one, source=sources[1]) for one in stage.reads
        )
        yield dataclasses.replace(stage, sources=sources, reads=tuple(reads))
        before, place = f"{stage.name}.output", head.place
        states = stage.name if any(tensor.name == "h_n" for tensor in stage.outputs) else states


def _restated(tensors: tuple[Tensor, ...], named: Mapping[str, str]) -> tuple[Tensor, ...]:
    """Return the tensors with the first axis as it is called in `named`."""
    return tuple(
        dataclasses.replace(t, symbols=(named[t.name], *t.symbols[1:])) if t.name in named else t
        for t in tensors
    )


def stages_of(plan: ModelPlan) -> tuple[Tensor, tuple[Stage, ...], list[Measured]]:
    """Return the input and the stages in letters, and what was measured of them."""
    check_bounds(plan)
    seen = measure(plan)
    texts = explain(plan, _whole, _whole(plan, seen))
    given = Tensor("input", plan.input_shape, texts["input",])
    reads = {layer.place: layer.reads for layer in plan.layers}
    return given, tuple(_stages(seen, texts, given, reads)), seen


def _whole(plan: ModelPlan, seen: Sequence[Measured]) -> Table:
    table: dict[Key, Sizes] = {("input",): plan.input_shape}
    for index, stage in enumerate(seen):
        for part in ("inputs", "outputs", "parameters"):
            table |= {(index, part, name): sizes for name, sizes in getattr(stage, part).items()}
    return table


def _stages(seen: list[Measured], texts: Texts, given: Tensor, reads: Mapping[str, str]) -> Iterator[Stage]:
    """Yield the stages in letters.

    What a stage takes is what the one before it gave, under the same letters:
    also where a literal number stops the small runs right here.
    """
    carried, place, made = given, "", {"input": given}
    for index, stage in enumerate(seen):
        if stage.head.place != place and reads[stage.head.place]:
            carried = made[reads[stage.head.place]]
        inputs, outputs, parameters = (
            tuple(Tensor(name, sizes, texts[index, part, name]) for name, sizes in named.items())
            for part, named in (
                ("inputs", stage.inputs),
                ("outputs", stage.outputs),
                ("parameters", stage.parameters),
            )
        )
        if inputs[0].name not in {*SECOND, "h_n"}:
            inputs = (dataclasses.replace(carried, name=inputs[0].name), *inputs[1:])
        yield Stage(stage.head.name, stage.head.type, stage.head.arguments, inputs, outputs, parameters)
        carried, place = outputs[0], stage.head.place
        made[place] = carried


def _recurrent(plan: ModelPlan, seen: list[Measured], index: int) -> Recurrent:
    """Describe a recurrent layer; its letters are its own.

    They come from runs of this layer alone, so that F is what it reads and T
    how many steps it has, whatever stands before it in the model.
    """
    stage = seen[index]
    facts = dict(stage.facts)
    time, batch, giver = (facts.pop(name) for name in ("time_axis", "batch_axis", "giver"))
    tensors = api_tensors(seen, index)
    given = tensors["input"]
    alone = ModelPlan(
        form="sequence",
        batch_size=None if batch is None else given[batch],
        timesteps=given[time],
        features=given[-1],
        batch_first=plan.batch_first,
        lengths=plan.lengths if "data" in stage.inputs else None,
        layers=(_as_layer(stage, facts),),
    )
    texts = own_letters(alone, _own(seen, index))
    return Recurrent(
        name=stage.head.name,
        **facts,
        timesteps=given[time],
        batch_size=alone.batch_size,
        lengths=alone.lengths,
        packing=packed_by(alone.lengths) if alone.lengths else None,
        states_given=plan.states_given and not giver,
        handovers=in_order(giver, tensors),
        tensors=tuple(Tensor(n, sizes, texts["tensors", n]) for n, sizes in tensors.items()),
        parameters=tuple(Tensor(n, sizes, texts["parameters", n]) for n, sizes in stage.parameters.items()),
    )


def own_letters(alone: ModelPlan, measured: Table) -> Texts:
    """Return the letters of a recurrent layer's tensors, under ``("tensors", "h_n")`` and the like.

    `alone` is the plan of a model that is this layer and nothing else.
    """
    return explain(alone, _alone, measured)


def _as_layer(stage: Measured, facts: Mapping[str, Any]) -> PlanLayer:
    kept = set(facts) - {"type", "input_size", "batch_first"}
    options = {name: value for name, value in facts.items() if name in kept}
    return PlanLayer(stage.head.place, stage.head.name, facts["type"], options)


def _own(seen: Sequence[Measured], index: int) -> Table:
    tensors, parameters = api_tensors(seen, index), seen[index].parameters
    table: dict[Key, Sizes] = {("tensors", name): sizes for name, sizes in tensors.items()}
    return table | {("parameters", name): sizes for name, sizes in parameters.items()}


def _alone(_plan: ModelPlan, seen: Sequence[Measured]) -> Table:
    for index, stage in enumerate(seen):
        padded_again = "data" not in stage.inputs or index + 1 < len(seen)
        if stage.facts and padded_again:
            return _own(seen, index)
    return {}


def sizes_of(plan: ModelPlan) -> dict[str, int]:
    """Return the letters of a plan with their numbers."""
    return true_sizes(plan, tuple(letter for letter in letters_of(plan) if letter.written))
