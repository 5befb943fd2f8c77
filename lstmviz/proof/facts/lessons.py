"""What a model does that was probably not meant, held against its run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmviz.network.steps_read import layer_under, of_all_steps
from lstmviz.proof.layers import ran

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lstmviz.network.structure import Recurrent, Trace

    Given = Mapping[str, Any]


def _layer(trace: Trace, given: Given) -> Recurrent:
    return next(layer for layer in trace.recurrent if layer.name == given["layer"])


def _reverse_read_one(trace: Trace, given: Given) -> bool:
    """Whether the last step alone is taken of a layer whose reverse direction begins there, by a run."""
    layer = _layer(trace, given)
    told = {given["stage"]} if "stage" in given else {stage.name for stage in trace.stages}
    taken = [stage for stage in trace.stages if stage.name in told and stage.type == "last_step"]
    reads = any(layer_under(trace, stage) == layer for stage in taken)
    return reads and layer.bidirectional and layer.timesteps > 1 and _ends_at_the_first(layer)


def _ends_at_the_first(layer: Recurrent) -> bool:
    """Whether the reverse direction ends at the first step, so that the last is the first it reads."""
    run = ran(layer)
    output, h_n, wide = run["output"], run["h_n"], run["h_n"].shape[-1]
    axis = 1 if layer.batch_first and layer.batch_size is not None else 0
    return bool((output.select(axis, 0)[..., wide:] == h_n[-1]).all())


def _batch_for_time(trace: Trace, given: Given) -> bool:
    """Whether the axis that a layer takes for time has as many steps as what it reads has samples."""
    layer = _layer(trace, given)
    stage = trace.stage(layer.name)
    assert stage is not None
    read, axis = stage.inputs[0], given["axis"]
    counted = "N" in read.symbols[axis].split("·") and layer.timesteps == read.sizes[axis]
    told = (int(layer.batch_first), layer.batch_first) == (axis, given["first"])
    return counted and told and given["shape"][1] == f"({', '.join(map(str, read.sizes))})"


def _reads_padding(trace: Trace, given: Given) -> bool:
    """Whether a stage that makes one of all steps reads those that a padded batch does not have."""
    stage = trace.stage(given["stage"])
    reading = of_all_steps(stage) if stage is not None else None
    layer = layer_under(trace, stage) if stage is not None else None
    if reading is None or layer is None or not layer.lengths or min(layer.lengths) == layer.timesteps:
        return False
    return set(reading.relation.read()) >= set(range(min(layer.lengths), layer.timesteps + 1))


ABOUT_LESSONS: dict[str, Callable[[Trace, Given], bool]] = {
    "reverse-read-one": _reverse_read_one,
    "batch-taken-for-time": _batch_for_time,
    "reads-padding": _reads_padding,
}
"""Facts of what was probably not meant."""
