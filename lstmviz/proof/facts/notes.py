"""The facts that the notes of a scene assert: which steps are drawn, and what stands for what else."""

from __future__ import annotations

from typing import Any

from lstmviz.network.stage_types import RESHAPES, TURNS
from lstmviz.network.structure import Stage, Trace
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.work import members


def _steps(trace: Trace, given: MessageFacts) -> bool:
    """Whether some layer, or sample, has so many steps, and these are some of them in their order."""
    said = [int(step) for step in given["steps"].split(", ")] if "steps" in given else [1]
    ends = {n for layer in trace.recurrent for n in (layer.timesteps, *(layer.lengths or ()))}
    return given["n"] in ends and 1 <= said[0] <= said[-1] <= given["n"] and said == sorted({*said})


def _does(stages: list[Stage]) -> list[tuple[Any, ...]]:
    return [
        (stage.type, stage.arguments, tuple(tensor.sizes for tensor in stage.outputs)) for stage in stages
    ]


def _stands(trace: Trace, given: MessageFacts) -> bool:
    """Whether the parts that a drawn one stands for do the same."""
    own = _does(members(trace, given["name"]))
    return bool(own) and all(_does(members(trace, name)) == own for name in given["others"].split(", "))


def _behind(trace: Trace, given: MessageFacts) -> bool:
    """Whether these stages run one after the other, and so many groups like them do."""
    names, told = [stage.name for stage in trace.stages], given["stages"].split(", ")
    at = names.index(told[0])
    types = [stage.type for stage in trace.stages[at:]]
    groups = given.get("n", 1)
    alike = types[: len(told) * groups] == types[: len(told)] * groups
    return bool(names[at : at + len(told)] == told and groups >= 1 and alike)


def _within(trace: Trace, given: MessageFacts) -> bool:
    """Whether a stage makes no new number, so that a box need not name it."""
    stage = trace.stage(given["name"])
    return stage is not None and stage.type in RESHAPES | TURNS | {"getitem"}


def _unshown(trace: Trace, given: MessageFacts) -> bool:
    """Whether a decoder reads an input beside its states."""
    stage = trace.stage(given["layer"])
    inputs = {tensor.name for tensor in trace.inputs}
    return stage is not None and stage.type == "decoder" and given["name"] in inputs & {*stage.sources}


ABOUT_NOTES: dict[str, Fact] = {
    "note-steps": _steps,
    "note-stands": _stands,
    "note-within": _within,
    "note-unshown": _unshown,
    "note-behind": _behind,
}
"""Facts of what a scene notes."""
