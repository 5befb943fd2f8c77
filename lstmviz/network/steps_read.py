"""Which recurrent layer's steps a stage reads, one by one: through what does the same to every step."""

from __future__ import annotations

from lstmviz.network.stage_types import PACKS
from lstmviz.network.steps import StepDependence, time_axis
from lstmviz.network.structure import Recurrent, Stage, Trace, split_name

MASKING = frozenset({"masked_fill", "where", "mul"})
"""Stages that may put out single steps: what reads them need not read what these held."""


def layer_under(trace: Trace, stage: Stage) -> Recurrent | None:
    """Return the recurrent layer whose every step is a step of what a stage reads; None if there is none."""
    layers = trace.layers
    before = stage_before(trace, stage)
    while before is not None and before.name not in layers:
        reading = next(iter(before.reads), None)
        own = reading is not None and reading.relation.kind == "own" and reading.given is not None
        if (not own and before.type not in PACKS) or before.type in MASKING:
            return None
        before = stage_before(trace, before)
    return layers[before.name] if before is not None else None


def stage_before(trace: Trace, stage: Stage) -> Stage | None:
    """Return the stage whose output another reads first; None if that is the model's input, or several."""
    name, output = split_name(stage.sources[0]) if len(stage.sources) == 1 else ("", "")
    return trace.stage(name) if output == "output" else None


def of_all_steps(stage: Stage) -> StepDependence | None:
    """Return how a stage reads all steps, the same of every sample, to make one; None if it does not.

    Steps that become rows beside the samples, (T, N, H) to (T·N, H), are not made into one.
    """
    if not stage.outputs or time_axis(stage.outputs[0].symbols) is not None:
        return None
    if "N" in stage.inputs[0].symbols and "N" not in stage.outputs[0].symbols:
        return None
    found = (one for one in stage.reads if one.read is not None and one.given is None)
    return next((one for one in found if one.relation.kind == "all" and not one.samples), None)
