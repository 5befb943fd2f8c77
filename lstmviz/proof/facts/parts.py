"""The facts that messages assert of a model's parts: how many, what each reads and gives, what repeats."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from lstmviz.network.rounds import how_often
from lstmviz.network.second_input import later_answers
from lstmviz.network.structure import Stage, Tensor, Trace, full_name
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.work import layer_of, members, stage_of, state_in_rounds
from lstmviz.proof.names import names_of
from lstmviz.scene.labels import shape


def shaped(tensor: Tensor) -> str:
    """A tensor's shape as sentences say it: ``(N, T, F) = (6, 5, 3)``."""
    return shape(tensor.symbols, tensor.sizes).text


def says(said: Any, tensor: Tensor) -> bool:
    """Whether this is a tensor's shape; in a reader's own letters, whether its numbers are."""
    if isinstance(said, str):
        return said == shaped(tensor)
    numbers = shape((), tensor.sizes, mode="numbers").text
    return (
        bool(said[0] == "own") and said[1].endswith(numbers) and said[1].count(",") == 2 * numbers.count(",")
    )


def tensors_of(trace: Trace) -> dict[str, Tensor]:
    """Return every tensor that flows in a model, by its full name."""
    found = {tensor.name: tensor for tensor in (trace.input, *trace.inputs)}
    return found | {full_name(stage, tensor): tensor for stage in trace.stages for tensor in stage.outputs}


def parts_of(said: Any, wanted: str) -> Iterator[dict[str, Any]]:
    """Yield the facts of the messages of one id in a text made of several."""
    match said:
        case ("said", str(id), given) if id == wanted:
            yield dict(given)
        case ("said", _, given):
            for _, value in given:
                yield from parts_of(value, wanted)
        case ("joined", _, several):
            for one in several:
                yield from parts_of(one, wanted)


def _count(trace: Trace, given: MessageFacts) -> bool:
    """Whether these are all stages, in their order; a recurrent one may come layer by layer."""
    told, layers = given["stages"], {layer.name: layer.num_layers for layer in trace.recurrent}
    once = all(told.count(name) <= layers.get(name, 1) for name in told)
    return len(told) == given["n"] and once and list(dict.fromkeys(told)) == [s.name for s in trace.stages]


def _tensor(trace: Trace, given: MessageFacts) -> bool:
    stage = stage_of(trace, given)
    found = (*stage.inputs, *stage.outputs, *(tensor for tensor in trace.inputs))
    return any(tensor.name == given["name"] and says(given["shape"], tensor) for tensor in found)


def _reads_beside(trace: Trace, given: MessageFacts) -> bool:
    """Whether these are what a stage reads beside the main line."""
    told = [one["name"] for one in parts_of(given["shapes"], "pipeline.tensor")]
    return bool(told) and set(told) <= {tensor.name for tensor in stage_of(trace, given).inputs}


def _hands(trace: Trace, given: MessageFacts) -> bool:
    """Whether a decoder starts from these, and nothing reads the output."""
    layer, at = layer_of(trace, given), trace.stages.index(stage_of(trace, given))
    taker = trace.stages[at + 1] if at + 1 < len(trace.stages) else None
    finals = [tensor.name for tensor in layer.tensors if tensor.name.endswith("_n")]
    return given["names"] == ", ".join(finals) and taker is not None and taker.type == "decoder"


def _begins(trace: Trace, given: MessageFacts) -> bool:
    """Whether the layer that begins with these last states has them under this name."""
    layer = layer_of(trace, given)
    pair = (given["last"], given["name"])
    takers = (one for one in trace.recurrent if one.states_from == layer.name)
    return any(pair in zip(layer.states_at("n"), one.states_at("0"), strict=True) for one in takers)


def _inside(trace: Trace, given: MessageFacts) -> bool:
    own = [stage for stage in trace.stages if given["stage"] in stage.inside]
    return len(own) == int(given["n"]) > 0


def _rounds(trace: Trace, given: MessageFacts) -> bool:
    """Whether the loops around a part have so many rounds together."""
    found = [prod(loop.rounds for loop in trace.loops if stage.name in loop.stages)
             for stage in members(trace, given["stage"])]  # fmt: skip
    inner = {n // loop.rounds for n in found for loop in trace.loops if n % loop.rounds == 0}
    return bool(found) and given["n"] in {*found, *inner}


def _some_rounds(trace: Trace, given: MessageFacts) -> bool:
    ran = ((dict(loop.partial).get(given["stage"], ()), loop.rounds) for loop in trace.loops)
    return (given["k"], given["n"]) in {(len(rounds), every) for rounds, every in ran if rounds}


def _times(trace: Trace, given: MessageFacts) -> bool:
    stage = stage_of(trace, given)
    each = prod(loop.rounds for loop in trace.loops if stage.name in loop.stages)
    wanted = stage.times // each if stage.times % each == 0 else stage.times
    return given["n"] in {stage.times, wanted}


def _blocks(trace: Trace, given: MessageFacts) -> bool:
    """Whether so many blocks begin with parts that do the same; or a loop has so many rounds."""
    if given["loop"]:
        return any(loop.name == given["loop"] and how_often(loop) == str(given["n"]) for loop in trace.loops)
    blocks = [members(trace, name) for name in given["blocks"]]
    does = {tuple((s.type, s.arguments, tuple(t.sizes for t in s.outputs)) for s in one) for one in blocks}
    return len(set(given["blocks"])) == given["n"] == len(blocks) and len(does) == 1 and all(blocks)


def _span(trace: Trace, given: MessageFacts) -> bool:
    """Whether both names are names of the model; the last one without what both begin with."""
    names, first, last = names_of(trace), given["first"], given["last"]
    head = first.rpartition(".")[0]
    return first in names and (last in names or f"{head}.{last}" in names)


def _called(trace: Trace, given: MessageFacts) -> bool:
    """Whether a tensor, or a stage, is called so: by its own name, or as the user's code calls it."""
    tensor, name = given["tensor"], given["name"]
    known = tensor in tensors_of(trace) or bool(members(trace, tensor))
    return known and name in {tensor, tensor.removesuffix(".output"), dict(trace.names).get(tensor)}


def _branching(trace: Trace, parts: tuple[str, ...]) -> bool:
    """Whether a part reads several tensors, or a tensor is read by several parts, blocks drawn once aside."""
    reads = [_outside(trace, name) for name in parts]
    every = [source for one in reads for source in one]
    return len(set(every)) < len(every) or any(len(one) > 1 for one in reads)


def _outside(trace: Trace, name: str) -> set[str]:
    """Return what a part reads of others."""
    own = members(trace, name)
    made = {full_name(stage, tensor) for stage in own for tensor in stage.outputs}
    return {source for stage in own for source in stage.sources} - made


def _all_parts(trace: Trace, given: MessageFacts) -> bool:
    return len(given["parts"]) == given["n"] and all(members(trace, name) for name in given["parts"])


def _makes(trace: Trace, given: MessageFacts) -> bool:
    """Whether a part reads all that is said, and nothing else of others or of its answers, and gives it."""
    own = members(trace, given["stage"])
    outside = _outside(trace, given["stage"])
    outside |= {read.source for stage, read in later_answers(trace) if stage in own}
    made = {full_name(stage, tensor) for stage in own for tensor in stage.outputs}
    told = {one["tensor"] for one in parts_of(given["made"], "pipeline.gives")}
    read = [one["tensor"] for one in parts_of(given["reads"], "pipeline.read")]
    sources = set(given["sources"]) - (_states_led_back(trace, own) - outside)
    same = sources == outside or _do(trace, sources) == _do(trace, outside)
    unsaid = any(stage.parameters for stage in own) and [*parts_of(given["reads"], "pipeline.nothing")]
    return told <= made and bool(told) and same and set(read) <= set(given["sources"]) and not unsaid


def _reads_parameters(trace: Trace, given: MessageFacts) -> bool:
    """Whether a part reads these parameters of the model, all that it has, and no tensor of others."""
    own = members(trace, given["stage"])
    held = [p.name if stage.function else full_name(stage, p) for stage in own for p in stage.parameters]
    return (
        given["names"] == ", ".join(held) and len(held) == given["n"] and not _outside(trace, given["stage"])
    )


def _do(trace: Trace, tensors: set[str]) -> list[str]:
    return sorted(_does(trace, tensor) for tensor in tensors)


def _does(trace: Trace, tensor: str) -> str:
    """What makes a tensor: the same for those of blocks that are all alike, of which one is drawn."""
    owner = max((s.name for s in trace.stages if tensor.startswith(f"{s.name}.")), key=len, default="")
    stage = trace.stage(owner)
    if stage is None:
        return tensor
    sizes = [t.sizes for t in (*stage.inputs, *stage.outputs, *stage.parameters)]
    return f"{stage.type} {stage.arguments} {sizes} {tensor.removeprefix(owner)}"


def _states_led_back(trace: Trace, own: list[Stage]) -> set[str]:
    names = {stage.name for stage in own}
    return {state.tensor for loop in trace.loops for state in loop.states if names & set(state.stages)}


def _given(trace: Trace, given: MessageFacts) -> bool:
    found = tensors_of(trace).get(given["tensor"])
    return found is not None and says(given["shape"], found)


def _returns(trace: Trace, given: MessageFacts) -> bool:
    """Whether as many tensors are named as the model returns; of blocks drawn once the first one's."""
    return len(given["tensors"]) == len(set(trace.returned))


def _as(trace: Trace, given: MessageFacts) -> bool:
    """Whether the user's code calls a result so; of blocks that are all alike, the last one's."""
    named = {tensor for tensor, name in trace.names if given["key"] == ("own", name)}
    return given["tensor"] in named or _do(trace, {given["tensor"]}) in [_do(trace, {one}) for one in named]


def _in_order(trace: Trace, given: MessageFacts) -> bool:
    told = [one["stage"] for one in parts_of(given["names"], "stage.class")]
    return given["n"] == len(trace.stages) and told == [stage.name for stage in trace.stages]


def _closed(trace: Trace, given: MessageFacts) -> bool:
    names = given["names"][1].split(", ")
    deepest = 1 + max(len(stage.inside) for stage in trace.stages)
    return set(names) <= {cls for _, cls in trace.modules} and 1 < given["depth"] <= deepest


def _step(trace: Trace, given: MessageFacts) -> bool:
    """Whether it is the step that the model keeps, or else the third; of a padded batch none is kept."""
    steps = dict(zip(trace.input.symbols, trace.input.sizes, strict=True)).get("T", 0)
    padded = any(layer.lengths for layer in trace.recurrent)
    kept = {"first_step": 1, "last_step": steps}
    taken = [kept[s.type] for s in trace.stages if s.type in kept and "T" in s.inputs[0].symbols]
    return int(given["n"]) == (taken[0] if taken and not padded else min(3, steps))


def _in_all(trace: Trace, given: MessageFacts) -> bool:
    every = sum(prod(p.sizes) for stage in trace.stages for p in stage.parameters)
    return bool(given["count"] == every)


def _of_layer(trace: Trace, given: MessageFacts) -> bool:
    names = {tensor.name for tensor in layer_of(trace, {"stage": given["layer"]}).tensors}
    return given["name"] in names and given["giver"] == ("own", given["layer"])


ABOUT_PARTS: dict[str, Fact] = {
    "stages-in-all": _count,
    "input-shape": lambda trace, given: says(given["shape"], trace.input),
    "stage-gives": lambda trace, given: says(given["shape"], stage_of(trace, given).outputs[0]),
    "stage-tensor": _tensor,
    "stage-reads-beside": _reads_beside,
    "stage-hands-states": _hands,
    "begins-decoder": _begins,
    "module-stages": _inside,
    "rounds-of": _rounds,
    "layer-of-loop": lambda trace, given: (
        bool(layer_of(trace, given)) and any(given["stage"] in loop.stages for loop in trace.loops)
    ),
    "some-rounds": _some_rounds,
    "times-round": _times,
    "times-loop": _times,
    "blocks-alike": _blocks,
    "names-span": _span,
    "called-so": _called,
    "parts-branch": lambda trace, given: _all_parts(trace, given) and _branching(trace, given["parts"]),
    "parts-chain": lambda trace, given: _all_parts(trace, given) and not _branching(trace, given["parts"]),
    "part-makes": _makes,
    "reads-parameters": _reads_parameters,
    "tensor-given": _given,
    "returns": _returns,
    "returned-as": _as,
    "each-reads-the-one-before": _in_order,
    "modules-closed": _closed,
    "has-loops": lambda trace, _: bool(trace.loops),
    "has-answers": lambda trace, _: any(later_answers(trace)),
    "read-later": lambda trace, given: (
        state_in_rounds(trace, given["tensor"]) in {s.tensor for loop in trace.loops for s in loop.states}
        or any(given["tensor"] == one.read for loop in trace.loops for one in loop.mixed)
        or any(given["tensor"] == read.source for _, read in later_answers(trace))
    ),
    "batch-of-images": lambda trace, given: (
        len(trace.input.sizes) == 4 and trace.input.sizes[0] == given["n"]
    ),
    "step-of-input": _step,
    "has-padding": lambda trace, _: any(
        layer.lengths and min(layer.lengths) < layer.timesteps for layer in trace.recurrent
    ),
    "parameters-in-all": _in_all,
    "list-of-rounds": lambda trace, given: any(
        (tensor, taken, loop.rounds) == (given["tensor"], "every", given["n"])
        for loop in trace.loops
        for tensor, taken in loop.results
    ),
    "state-of-layer": _of_layer,
}
"""Facts of the parts of a whole model."""
