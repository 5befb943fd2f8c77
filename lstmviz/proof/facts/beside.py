"""The facts that messages assert of what a figure of steps leaves out, marks, or hands over."""

from __future__ import annotations

from collections.abc import Iterator

from lstmviz.network.operators import for_readers
from lstmviz.network.reach import reached
from lstmviz.network.rounds import listed_steps
from lstmviz.network.second_input import order_before, reads_target, second_origin, taken_in_turn
from lstmviz.network.stage_types import PACKS
from lstmviz.network.structure import Recurrent, Tensor, Trace, split_name
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.work import spelt


def _steps(trace: Trace, given: MessageFacts) -> bool:
    same = given["name"] == ("own", given["layer"])
    return same and trace.layers[given["layer"]].timesteps == int(given["n"])


def _backwards(trace: Trace, given: MessageFacts) -> bool:
    """Whether a layer, or a loop, meets the steps of a tensor in the opposite order."""
    layer, of = given["layer"], given["tensor"]
    if (given["name"], given["of"]) != (("own", layer), ("own", of)):
        return False
    loops = (*trace.loops, *trace.halves)
    met = [
        tuple(step + 1 for step in read.steps)
        for loop in loops
        for read in loop.reads
        if read.tensor == of and (layer == loop.name or layer in loop.stages)
    ]
    read = {source for stage in trace.stages if stage.name == layer for source in stage.sources[:1]}
    read |= {one.tensor for loop in loops if loop.name == layer for one in loop.reads}
    for stage in trace.stages:
        reading = stage.reading(of) if f"{stage.name}.output" in read else None
        if reading and reading.relation:
            met.append(tuple(step for row in reading.relation.rows() for step in row))
    return any(len(steps) > 1 and steps == tuple(range(len(steps), 0, -1)) for steps in met)


def _followed(trace: Trace, given: MessageFacts) -> bool:
    types = [s.type for s in trace.following(given["layer"]) if s.type not in PACKS]
    return bool(types) and given["types"] == " → ".join(types)


def _reads(trace: Trace, given: MessageFacts) -> bool:
    """Whether a stage reads these, itself or through functions without weights."""
    stage = trace.stage(given["stage"])
    if stage is None or given["name"] != ("own", for_readers(stage.name)):
        return False

    def passed(tensor: str) -> tuple[str, ...]:
        before = trace.stage(split_name(tensor)[0])
        return before.sources if before and before.function and not before.parameters else ()

    return {*given["sources"].split(", ")} <= {*map(for_readers, reached(stage.sources, passed))}


def _states_alone(trace: Trace, given: MessageFacts) -> bool:
    """Whether a decoder starts from another layer's states, and reads no tensor of it besides."""
    decoder, encoder = trace.layers[given["decoder"][1]], given["encoder"][1]
    stage = trace.stage(decoder.name)
    skipped = given.get("skipped", ("own", ""))[1]
    passed = [] if not skipped else skipped.split(" → ")
    sources = stage.sources if stage else ()
    read = f"{encoder}.output" in sources or {*passed} & trace.behind(sources)
    return decoder.giver == encoder and not read and all(trace.stage(name) for name in passed)


def _begins(trace: Trace, given: MessageFacts) -> bool:
    """Whether these entries of a layer's last states begin that layer of the one that it starts."""
    layer = trace.layers[given["layer"]]
    places = {one.partition("[")[2].rstrip("]") for one in given["names"].split(", ")}
    tensors = [one.partition("[")[0] for one in given["names"].split(", ")]
    first = layer.directions * given["n"]
    fits = len(places) == 1 and int(next(iter(places))) in range(first, first + layer.directions)
    named = given["name"] == ("own", layer.name) and tensors == [*layer.states_at("n")]
    counted = given["count"] == len(tensors) and 0 <= given["n"] < layer.num_layers
    return bool(layer.states_from) and fits and named and counted


def _letters(trace: Trace, given: MessageFacts) -> bool:
    """Whether some shape of this layer's stage, or of its own, has these letters."""
    layer, stage = trace.layers[given["layer"]], trace.stage(given["layer"])
    tensors = [*layer.tensors, *((*stage.inputs, *stage.outputs) if stage else ())]
    found = {symbol.lstrip("0123456789") for tensor in tensors for symbol in tensor.symbols}
    said = spelt(given["letters"], ", ".join(given["symbols"]))
    return set(given["symbols"]) <= found and said and given["name"] == ("own", layer.name)


def _begun_from(trace: Trace, given: MessageFacts) -> bool:
    layer = trace.layers[given["layer"]]
    names = ", ".join(layer.states_at("0"))
    return bool(given["giver"] == ("own", layer.states_from) and given["names"] == names)


def _states_as_before(trace: Trace, given: MessageFacts) -> bool:
    """Whether a layer's last states are as large as those of the layer that it begins with."""
    layer = trace.layers[given["layer"]]
    other = trace.layers.get(layer.giver or "")
    both = [{t.name: t.sizes for t in one.tensors if t.name[1:] == "_n"} for one in (layer, other) if one]
    return len(both) == 2 and both[0] == both[1]


def _is_padding(trace: Trace, given: MessageFacts) -> bool:
    lengths = trace.layers[given["layer"]].lengths or ()
    return bool(given["step"] > lengths[given["sample"]])


def _step(trace: Trace, given: MessageFacts) -> bool:
    """Whether a layer has this step, and what it reads of others is said of the steps beside it."""
    parts = [part for part in (given["before"], given["after"]) if part != ("own", "")]
    if any(part[0] != "said" for part in parts):
        return False
    inner = [dict(part[2]) for part in parts]
    same = all((one["step"], one["layer"]) == (given["step"], given["layer"]) for one in inner)
    return same and 1 <= int(given["step"]) <= trace.layers[given["layer"]].timesteps


def _state(trace: Trace, given: MessageFacts) -> bool:
    layer, step = trace.layers[given["layer"]], given["step"]
    if not 1 <= step <= layer.timesteps:
        return False
    if given["id"] == "grid.before-reverse":
        return layer.bidirectional and bool(given["n"] == step + 1 <= layer.timesteps)
    both = given["both"][1] == f"grid.{layer.state_letters}"
    first = given["id"] == "grid.before-first"
    return bool(both) and bool(step == 1 if first else given["n"] == step - 1 >= 1)


def _second(trace: Trace, given: MessageFacts) -> bool:
    """Whether a decoder's second input comes to it so; as it is given, then in its own sizes."""
    decoder = trace.layers[given["decoder"]]
    how, names = second_origin(trace, decoder)
    said = given["id"].partition(".")[2].replace("unknown", "made")
    same = how != "as-given" or any(
        one.sizes == decoder.tensor("input").sizes for one in _givers(trace, decoder)
    )
    told = given.get("names", ("own", ""))[1]
    told_of = given.get("encoder", ("own", decoder.giver))[1] == decoder.giver
    return bool(decoder.giver) and said == how and told == ", ".join(names) and same and told_of


def _made_before(trace: Trace, given: MessageFacts) -> bool:
    """Whether a stage of this name or index, no recurrent layer, is on the way from the data to a layer."""
    layer, maker = trace.stage(given["layer"]), trace.stage(given["stage"])
    before = trace.behind(layer.sources[:1] if layer else ())
    if maker is None or maker.name not in before - {*trace.layers}:
        return False
    index = maker.type == "getitem" and dict(maker.arguments).get("index")
    called = {maker.name, f"{maker.sources[0]}[…]" if index else ""}
    return bool(given["maker"][1] in {index, *map(for_readers, called)})


def _order(trace: Trace, given: MessageFacts) -> bool:
    """Whether the x of a layer are these steps of an input, one after the other."""
    source, steps, _ = order_before(trace, trace.layers[given["layer"]])
    return steps != () and (given["source"], given["order"]) == (("own", source), listed_steps(steps))


def _in_turn(trace: Trace, given: MessageFacts) -> bool:
    """Whether these tensors, and no others, come to a cell in a loop beside its states."""
    found = taken_in_turn(trace, trace.layers[given["layer"]])
    return len(found) > 1 and given["names"][1] == ", ".join(found)


def _givers(trace: Trace, decoder: Recurrent) -> Iterator[Tensor]:
    """Yield the inputs of a model; of a spec's, what its decoder reads."""
    yield from trace.inputs
    stage = trace.stage(decoder.name)
    yield from stage.inputs if stage is not None else ()


ABOUT_REST: dict[str, Fact] = {
    "goes-from-the-end": _backwards,
    "layer-steps": _steps,
    "followed-by": _followed,
    "reads-these": _reads,
    "reads-states-alone": _states_alone,
    "begins-layer": _begins,
    "letters-of": _letters,
    "begun-from": _begun_from,
    "states-as-before": _states_as_before,
    "second-read": _second,
    "begins-and-reads": lambda t, given: (
        given["giver"] == ("own", t.layers[given["layer"]].states_from)
        and reads_target(t, t.layers[given["layer"]])
    ),
    "made-before": _made_before,
    "in-this-order": _order,
    "read-in-turn": _in_turn,
    "asks-for-one": lambda _, given: (
        given["first"] in [dict(facts)["name"] for _, _, facts in given["names"][2]]
    ),
    "drawn-in-pipeline": lambda t, given: all(
        t.stage(dict(facts)["stage"]) for *_, facts in given["what"][2]
    ),
    "step-is-padding": _is_padding,
    "step-of-layer": _step,
    "state-of-step": _state,
}
"""Facts of what stands beside what is drawn."""
