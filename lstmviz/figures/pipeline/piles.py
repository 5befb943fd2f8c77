"""Which stages share a box: what changes no number's place and no shape stands with the stage before it.

After a recurrent layer, whose `output` is drawn, it stands with the stage that reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

from lstmviz.figures.pipeline.options import PipelineOptions
from lstmviz.figures.pipeline.steps import Step
from lstmviz.network.stage_types import PACKS
from lstmviz.spec.layer_types import KEEPS_SHAPE

QUIET = KEEPS_SHAPE - {"self_attention"}
"""Stages after which every number is where it was; an attention mixes steps."""
ALONE = PACKS | {"decoder"}
"""Stages whose tensors have names of their own."""


def piles_of(steps: Sequence[Step], options: PipelineOptions) -> list[list[Step]]:
    """The stages box by box; at `detail: full` each stands alone, with the tensor after it."""
    found: list[list[Step]] = []
    for step in steps:
        under = found[-1] if found and options.detail != "full" else []
        joins = _quiet(step) and bool(under) and _open(under[-1])
        begun = bool(under) and all(map(_quiet, under)) and _open(step, reads=True)
        if joins or begun:
            under.append(step)
        else:
            found.append([step])
    return found


def _quiet(step: Step) -> bool:
    return step.type in QUIET and not step.beside


def _open(step: Step, *, reads: bool = False) -> bool:
    """Whether nothing about a stage needs its box alone; one that `reads` may give an `output`."""
    plain = not (step.wiring or step.beside or step.handed or step.source or step.type in ALONE)
    return plain and (reads or not step.framed)
