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
WHOLE = 2
"""How much is left out at most of a long model: the tensors within each block of layers of one size."""
ALONE = PACKS | {"decoder"}
"""Stages whose tensors have names of their own."""


def piles_of(steps: Sequence[Step], options: PipelineOptions, tight: int = 0) -> list[list[Step]]:
    """The stages box by box; at `detail: full` each stands alone, with the tensor after it.

    Where there is little room (`tight`) a stage stands with the one before it whose shape it keeps;
    where there is less (2), so does a pooling with what it pools.
    """
    found: list[list[Step]] = []
    for step in steps:
        under = found[-1] if found and options.detail != "full" else []
        joins = bool(under) and _open(under[-1]) and (_quiet(step) or _goes_on(under, step, tight))
        begun = bool(under) and all(map(_quiet, under)) and _open(step, reads=True)
        if joins or begun:
            under.append(step)
        else:
            found.append([step])
    return found


def _goes_on(under: Sequence[Step], step: Step, tight: int) -> bool:
    """Whether a stage stands with those `under` it, one of which has weights, for want of room."""
    if not tight or not _open(step) or "_pool" in under[-1].type or all(one.role == "op" for one in under):
        return False
    return step.output.sizes == under[-1].output.sizes or (tight == WHOLE and "_pool" in step.type)


def _quiet(step: Step) -> bool:
    return step.type in QUIET and not step.beside


def _open(step: Step, *, reads: bool = False) -> bool:
    """Whether nothing about a stage needs its box alone; one that `reads` may give an `output`."""
    plain = not (step.wiring or step.beside or step.handed or step.source or step.type in ALONE)
    return plain and (reads or not step.framed)
