"""The facts that messages assert of one stage: what it is, what it makes of what, which steps it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from typing import Any

from lstmviz.network.operators import for_readers
from lstmviz.network.structure import Recurrent, Stage, Trace, split_name
from lstmviz.proof import stage_trials
from lstmviz.proof.facts import kernels
from lstmviz.proof.facts.attention import scored, weighs
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.scene.labels import shape
from lstmviz.spec.layer_types import CLASSES, WEIGHTLESS
from lstmviz.translation.letters import spell

OfStage = Callable[[Stage, MessageFacts], bool]

SIGNS = {"+": {"add"}, "−": {"sub"}, "⊙": {"mul"}, "÷": {"div", "truediv"}}
READS_STATES = {"decoder", "last_state"}


def stage_of(trace: Trace, given: MessageFacts) -> Stage:
    """Return the stage that a sentence is about; KeyError if there is none."""
    return {stage.name: stage for stage in trace.stages}[given["stage"]]


def layer_of(trace: Trace, given: MessageFacts) -> Recurrent:
    """Return the recurrent layer that a sentence is about; KeyError if the stage is none."""
    return trace.layers[given["stage"]]


def tensors_behind(trace: Trace, stage: Stage, layer: str) -> set[str]:
    """Return from which tensors of a layer what a stage reads comes, by way of other stages."""
    way = {stage.name, *trace.behind(stage.sources, [layer])}
    read = (source for one in trace.stages if one.name in way for source in one.sources)
    return {source for source in read if split_name(source)[0] == layer}


def state_in_rounds(trace: Trace, tensor: str) -> str:
    """Return the state that a tensor is in each round: the `output` of a cell of torch's is all its h."""
    name, output = split_name(tensor)
    return f"{name}.h_n" if output == "output" and name in trace.layers else tensor


def members(trace: Trace, name: str) -> list[Stage]:
    """Return the stages of this name, or inside the module of this name."""
    own = [stage for stage in trace.stages if stage.name == name]
    return own or [stage for stage in trace.stages if name in stage.inside]


def spelt(said: Any, symbol: str) -> bool:
    """Whether a letter in a sentence is this symbol; or the reader's own in its place."""
    own = spell(symbol)
    return bool(said == (symbol if own == symbol else ("own", own)))


def of_axis(given: MessageFacts, symbol: str) -> bool:
    """Whether the axis that a sentence names, if it names one, is this."""
    return "axis" not in given or spelt(given["axis"], symbol)


def numbers_of(sizes: tuple[int, ...]) -> str:
    """A shape in numbers, as sentences say it."""
    return shape((), sizes, mode="numbers").text


def _class(trace: Trace, given: MessageFacts) -> bool:
    name, stage = given["name"], trace.stage(given["stage"])
    if stage is None:
        return bool(dict(trace.modules).get(given["stage"]) == name)
    own = for_readers(stage.type)
    return name in {CLASSES.get(stage.type, own), own, own.replace("_", " ")}


def _layers_of(trace: Trace, given: MessageFacts) -> bool:
    first, last = given["first"], given.get("last", given["first"])
    return _class(trace, given) and 0 <= first <= last < layer_of(trace, given).num_layers


def _index(trace: Trace, given: MessageFacts) -> bool:
    stage = stage_of(trace, given)
    written = given["id"] == "stage.index-into"
    if stage.type != ("setitem" if written else "getitem"):
        return False
    if given["id"] == "stage.index-of":
        names = dict(trace.names)
        if ("own", names.get(stage.sources[0])) != given["name"]:
            return False
    return bool(given["index"] == str(stage.arguments[0][1]).replace("-", "−"))


def _nth(trace: Trace, given: MessageFacts) -> bool:
    alike = [s.name for s in trace.stages if re.fullmatch(rf"{re.escape(given['type'])}(-\d+)?", s.name)]
    return given["stage"] in alike and alike.index(given["stage"]) + 1 == given["n"]


def _widths(trace: Trace, given: MessageFacts) -> bool:
    """What it reads of each place, and what it makes of it, by its weights where there are some."""
    stage, pair = stage_of(trace, given), (given["first"], given["last"])
    layer = trace.layers.get(stage.name)
    if layer is None:
        own = dict(stage.arguments)
        wide = (stage.inputs[0].sizes[-1], stage.outputs[0].sizes[-1])
        if "input_size" in own:  # of a recurrent layer, one direction's units or both's, or what is projected
            return pair == wide and pair[0] == own["input_size"]
        return pair == (own.get("in_features"), own.get("out_features")) == wide
    depth = given.get("layer", 0)
    reads = layer.input_size if not depth else layer.tensor("output").sizes[-1]
    cell = given.get("cell", layer.type.upper()) == layer.type.upper()
    return cell and depth < layer.num_layers and pair == (reads, layer.tensor("output").sizes[-1])


def _widths_both(trace: Trace, given: MessageFacts) -> bool:
    """What both directions read of each place, and what each of them makes of it."""
    layer, wide = layer_of(trace, given), stage_of(trace, given).outputs[0].sizes[-1]
    return layer.bidirectional and (given["first"], 2 * given["last"]) == (layer.input_size, wide)


def _batch_as_time(trace: Trace, given: MessageFacts) -> bool:
    layer = layer_of(trace, given)
    axis = stage_of(trace, given).inputs[0].symbols[1 if layer.batch_first else 0]
    return "N" in axis.split("·") and spelt(given["axis"], axis)


def _of_layer(fact: Callable[[Recurrent, MessageFacts], bool]) -> Fact:
    return lambda trace, given: fact(layer_of(trace, given), given)


def _of_stage(fact: OfStage, *types: str) -> Fact:
    """A fact of a stage, which is of one of these types."""

    def of(trace: Trace, given: MessageFacts) -> bool:
        stage = stage_of(trace, given)
        return (not types or stage.type in types) and fact(stage, given)

    return of


def _weight(stage: Stage, given: MessageFacts) -> bool:
    """Whether a table has so many rows, of so many numbers."""
    sizes = next((p.sizes for p in stage.parameters), None)
    pair = (given["first"], given["last"])
    own = tuple(dict(stage.arguments).get(name) for name in ("num_embeddings", "embedding_dim"))
    return own == pair and sizes in {None, pair}


def _normed(stage: Stage, given: MessageFacts) -> bool:
    own = dict(stage.arguments).get("num_features")
    return own == given["n"] and own in stage.inputs[0].sizes


def _normed_last(stage: Stage, given: MessageFacts) -> bool:
    own = dict(stage.arguments)["normalized_shape"]
    own = own if isinstance(own, tuple | list) else (own,)
    return given["sizes"] == " × ".join(map(str, own)) and stage.inputs[0].sizes[-len(own) :] == tuple(own)


def _over_steps(stage: Stage, given: MessageFacts) -> bool:
    said = {"mean": "stage.mean-over", "max": "stage.largest-over"}
    return bool(given["id"] == said[dict(stage.arguments)["mode"]])


def _groups(stage: Stage, given: MessageFacts) -> bool:
    own = dict(stage.arguments)
    return (given["n"], given["groups"]) == (own["num_channels"], own["num_groups"])


def _repeats(stage: Stage, given: MessageFacts) -> bool:
    pairs = zip(stage.inputs[0].sizes, stage.outputs[0].sizes, strict=False)
    grown = given["n"] in stage.outputs[0].sizes or any(b == given["n"] * a for a, b in pairs)
    return dict(stage.arguments).get("times") == given["n"] and grown


def _values(stage: Stage, given: MessageFacts) -> bool:
    own = [value for _, value in stage.arguments]
    flat = [n for value in own for n in (value if isinstance(value, tuple) else (value,))]
    return bool(given["values"] == ", ".join(map(str, flat)))


def _argument(stage: Stage, given: MessageFacts) -> bool:
    own = dict(stage.arguments)
    return given["name"] in own and str(own[given["name"]]) == given["value"]


def _parameter(stage: Stage, given: MessageFacts) -> bool:
    return (given["name"], given["shape"]) in {(p.name, numbers_of(p.sizes)) for p in stage.parameters}


def _parameters(trace: Trace, given: MessageFacts) -> bool:
    found = [p for stage in members(trace, given["stage"]) for p in stage.parameters]
    if given["layers"] is not None:
        first, last = given["layers"]
        found = [p for p in found if first <= int(re.findall(r"_l(\d+)", p.name)[0]) <= last]
    return bool(found) and sum(prod(p.sizes) for p in found) == given["count"]


def _in_vain(trace: Trace, given: MessageFacts) -> bool:
    """Whether nothing reads these tensors of a stage, and the model does not return them."""
    stage, names = stage_of(trace, given), given["names"].split(", ")
    if not set(names) <= {tensor.name for tensor in stage.outputs} | {"output"}:
        return False
    if trace.inputs or any(one.sources for one in trace.stages):
        read = {source for one in trace.stages for source in one.sources} | set(trace.results)
        return all(f"{stage.name}.{name}" not in read for name in names)
    later = trace.stages[trace.stages.index(stage) + 1 :]
    givers = {layer.states_from for layer in trace.recurrent}
    if names == ["output"]:  # of a chain, a decoder takes the states of a layer alone, and its target
        return bool(later) and later[0].type in READS_STATES
    return stage.name not in givers and not (later and later[0].type in READS_STATES)


def _steps_less(stage: Stage, _: MessageFacts) -> bool:
    return prod(stage.outputs[0].sizes) <= prod(stage.inputs[0].sizes)


def _all_steps(stage: Stage, _: MessageFacts) -> bool:
    """Whether it takes several sequences, and gives all their steps."""
    every = sum(prod(one.sizes) for one in stage.inputs)
    return len(stage.inputs) > 1 and prod(stage.outputs[0].sizes) == every


ABOUT_A_STAGE: dict[str, Fact] = {
    "stage-class": _class,
    "stage-layers-of": _layers_of,
    "stage-sign": _of_stage(lambda s, g: s.type in SIGNS.get(g["sign"], ())),
    "stage-type": _of_stage(lambda s, g: s.type == g["id"].rpartition(".")[2]),
    "stage-index": _index,
    "stage-in-rounds": lambda trace, given: dict(stage_of(trace, given).arguments).get("index") == "[…]",
    "stage-nth-of-type": _nth,
    "stage-widths": _widths,
    "stage-widths-both": _widths_both,
    "stage-layers": _of_layer(lambda r, g: r.num_layers == g["n"] > 1),
    "stage-both-ways": _of_layer(lambda r, _: r.bidirectional),
    "stage-dropout-between": _of_layer(lambda r, g: r.num_layers > 1 and r.dropout == g["p"] > 0),
    "stage-projects": _of_layer(lambda r, g: r.proj_size == g["n"] == r.tensor("h_n").sizes[-1]),
    "stage-takes-batch-as-time": _batch_as_time,
    "stage-table": _of_stage(_weight, "embedding"),
    "stage-channels": _of_stage(kernels.channels, "conv1d", "conv2d"),
    "stage-kernel": _of_stage(kernels.kernel, "conv1d", "conv2d"),
    "stage-spread": _of_stage(kernels.spread),
    "stage-pools": _of_stage(stage_trials.pools),
    "stage-means": _of_stage(kernels.means, "adaptive_avg_pool1d", "adaptive_avg_pool2d"),
    "stage-groups": _of_stage(_groups, "group_norm"),
    "stage-normed": _of_stage(_normed, "batch_norm1d", "batch_norm2d"),
    "stage-normed-last": _of_stage(_normed_last, "layer_norm"),
    "stage-drops": _of_stage(stage_trials.drops),
    "stage-clips": _of_stage(stage_trials.clips),
    "stage-slopes": _of_stage(stage_trials.slopes),
    "stage-bounded-below": _of_stage(stage_trials.bounded_below),
    "stage-bounded": _of_stage(stage_trials.bounded),
    "stage-sums": _of_stage(stage_trials.sums),
    "stage-log-sums": _of_stage(stage_trials.log_sums),
    "stage-keeps": _of_stage(stage_trials.keeps),
    "stage-last-step": _of_stage(lambda s, g: _steps_less(s, g) and of_axis(g, "T"), "last_step"),
    "stage-heads": _of_stage(lambda s, g: dict(s.arguments)["num_heads"] == g["n"], "self_attention"),
    "stage-attends": _of_stage(lambda s, _: s.inputs[0].sizes == s.outputs[0].sizes, "self_attention"),
    "stage-attends-all": _of_stage(
        lambda s, _: any(one.relation is not None and one.relation.kind == "all" for one in s.reads),
        "self_attention",
    ),
    "stage-scores": _of_stage(lambda s, g: scored(s) == g["score"][1], "attention"),
    "stage-weighs": _of_stage(weighs, "attention"),
    "stage-own-last-step": lambda trace, given: (
        stage_of(trace, given).type == "last_step" and any(one.lengths is not None for one in trace.recurrent)
    ),
    "stage-first-step": _of_stage(_steps_less, "first_step"),
    "stage-over-steps": _of_stage(_over_steps, "pool_steps"),
    "stage-last-state": _of_stage(_steps_less, "last_state"),
    "stage-repeats": _of_stage(_repeats, "repeat"),
    "stage-packs": _of_stage(_steps_less, "pack"),
    "stage-packs-list": _of_stage(_all_steps, "pack"),
    "stage-unpacks": _of_stage(lambda s, _: len(s.outputs[0].sizes) > len(s.inputs[0].sizes), "unpack"),
    "stage-argument": _of_stage(_argument),
    "stage-values": _of_stage(_values),
    "stage-parameter": _of_stage(_parameter),
    "stage-parameters": _parameters,
    "stage-gives-in-vain": _in_vain,
    "stage-each": lambda trace, g: any(
        numbers_of(tensor.sizes) == g["shape"] for one in members(trace, g["stage"]) for tensor in one.outputs
    ),
    "stage-not-followed": _of_stage(
        lambda s, _: not s.sources and not (s.function and s.parameters and s.type in WEIGHTLESS)
    ),
}
"""Facts of one stage, the one that the sentence names."""
