"""A row of nodes that stands on another in a drawing, with the stage that made it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lstmviz.network.structure import Trace

if TYPE_CHECKING:
    from lstmviz.proof.stage_runs import Run


@dataclass(slots=True)
class Level:
    """A row of a drawing: the nodes of one stage, by step; 0 is a node over all steps."""

    ids: dict[int, str]
    ran: Run | None = None
    """None for a row that repeats the one below: the result y, the x of the layer above."""
    states: dict[tuple[str, int], str] = field(default_factory=dict)
    """Of a layer: the nodes of its last states, by tensor and index from 1."""
    given: frozenset[str] = frozenset()
    """Of a loop: the tensors that its nodes stand for, whatever else of it is read."""


def ending(trace: Trace, hidden: Sequence[Run], reached: Collection[str]) -> Run | None:
    """Return the stage that makes the model's result of tensors that a drawing reached; None if they are it.

    It is one of those that are not drawn, run together with the others on the way to it.
    """
    runs = {run.name: run for run in hidden}
    found: dict[str, Run | None] = dict.fromkeys(reached)
    there = {*reached}
    before = "input"
    for stage in trace.stages:
        if stage.name in runs and there & {*(stage.sources or (before,))}:
            given = {f"{stage.name}.{tensor.name}" for tensor in stage.outputs}
            there |= given
            found |= dict.fromkeys(given, runs[stage.name])
        before = f"{stage.name}.{stage.outputs[0].name}"
    results = trace.results or (f"{trace.stages[-1].name}.output",)  # of a chain, what its last stage gives
    last = next((found[name] for name in results if name in found), None)
    return last.beside([run for run in hidden if run is not last]) if last is not None else None
