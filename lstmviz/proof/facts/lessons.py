"""What a model does that was probably not meant, held against its run."""

from __future__ import annotations

from dataclasses import replace

import torch

from lstmviz.network.steps_read import layer_under, of_all_steps
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.layers import ends_in, ran
from lstmviz.proof.probe import built


def _reverse_read_one(trace: Trace, given: MessageFacts) -> bool:
    """Whether the last step alone is taken of a layer whose reverse direction begins there, by a run."""
    layer = trace.layers[given["layer"]]
    told = {given["stage"]} if "stage" in given else {stage.name for stage in trace.stages}
    taken = [stage for stage in trace.stages if stage.name in told and stage.type == "last_step"]
    reads = any(layer_under(trace, stage) == layer for stage in taken)
    last = given["last"] == layer.num_layers - 1
    return reads and last and layer.bidirectional and layer.timesteps > 1 and _ends_of_both(layer)


def _ends_of_both(layer: Recurrent) -> bool:
    """Whether h_n holds the reverse direction at the first step, so that the last is the first it reads.

    And the forward one at each sample's last.
    """
    run = ran(layer)
    output, wide, place = run["output"], run["h_n"].shape[-1], len(run["h_n"]) - 2
    return ends_in(layer, output[..., :wide], place) and ends_in(layer, output[..., wide:], place + 1)


def _batch_for_time(trace: Trace, given: MessageFacts) -> bool:
    """Whether the axis that a layer takes for time has as many steps as what it reads has samples."""
    layer = trace.layers[given["layer"]]
    stage = trace.stage(layer.name)
    assert stage is not None
    read, axis = stage.inputs[0], given["axis"]
    counted = "N" in read.symbols[axis].split("·") and layer.timesteps == read.sizes[axis]
    told = (int(layer.batch_first), layer.batch_first) == (axis, given["first"])
    return counted and told and given["shape"][1] == f"({', '.join(map(str, read.sizes))})"


def _reads_padding(trace: Trace, given: MessageFacts) -> bool:
    """Whether a stage that makes one of all steps reads those that a padded batch does not have."""
    stage = trace.stage(given["stage"])
    reading = of_all_steps(stage) if stage is not None else None
    layer = layer_under(trace, stage) if stage is not None else None
    if reading is None or layer is None or not layer.lengths or min(layer.lengths) == layer.timesteps:
        return False
    return set(reading.relation.read()) >= set(range(min(layer.lengths), layer.timesteps + 1))


def _depends_on(trace: Trace) -> set[str]:
    """Whether a step of the layers' outputs depends on the steps "to" it or on "all", by a run of each.

    Five small steps tell that of any number; nothing is found where a layer is none of torch's own.
    """
    if any(r.type == "own" or r.states_from for r in trace.recurrent):
        return set()
    return {_reach(layer) for layer in trace.recurrent}


def _reach(layer: Recurrent) -> str:
    generator = torch.Generator().manual_seed(0)
    module = built(replace(layer, batch_first=False), (2, 8, 2 if layer.proj_size else 0))
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.rand(weight.shape, generator=generator, dtype=weight.dtype) - 0.5)
        x = torch.randn(5, 1, 2, generator=generator, dtype=torch.float64)
        as_is = module(x)[0][2]
        changed = [x + torch.eye(5, dtype=x.dtype)[step, :, None, None] for step in range(5)]
        read = [bool((module(one)[0][2] != as_is).any()) for one in changed]
    return "all" if all(read) else "to" if read == [True] * 3 + [False] * 2 else "others"


def _of_all(trace: Trace, *, padded: bool) -> bool:
    """Whether each output of layers in both directions depends on all steps, those of padding left out."""
    both = all(r.bidirectional for r in trace.recurrent)
    return both and _depends_on(trace) == {"all"} and any(r.lengths for r in trace.recurrent) == padded


def _up_to(trace: Trace) -> bool:
    """Whether each output of layers in one direction depends on the steps up to it."""
    return not any(r.bidirectional for r in trace.recurrent) and _depends_on(trace) == {"to"}


ABOUT_LESSONS: dict[str, Fact] = {
    "reverse-read-one": _reverse_read_one,
    "batch-taken-for-time": _batch_for_time,
    "reads-padding": _reads_padding,
    "output-of-steps-to": lambda trace, _given: _up_to(trace),
    "output-of-all-steps": lambda trace, _given: _of_all(trace, padded=False),
    "output-of-real-steps": lambda trace, _given: _of_all(trace, padded=True),
}
"""Facts of what was probably not meant."""
