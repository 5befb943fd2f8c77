"""What is said of a model without a recurrent layer of torch's, whose own loops hand states on."""

from __future__ import annotations

from collections.abc import Sequence

from lstmviz.network.own_loops import recurrent_loops, why_not
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.network.rounds import Loop
from lstmviz.network.structure import Trace

NONE = "this model has no recurrent layer"
COMPILED = "Scripted"
"""The type of a stage that is a module which torch.jit compiled."""
UNSEEN = (
    "was compiled by torch.jit, and what it calls runs unseen; "
    "draw the module as it was before torch.jit.script or torch.jit.trace"
)


def lacking(trace: Trace) -> str | None:
    """Return why no recurrent layer can be shown; None if there is one."""
    if trace.recurrent:
        return None
    found = recurrent_loops(trace)
    if not found:
        closed = [stage.name for stage in trace.stages if stage.type == COMPILED]
        return f"{NONE} that can be seen: {listed(closed)} {UNSEEN}" if closed else NONE
    told = f"{NONE} of torch's; {_told(found[0], trace)}"
    if own_recurrences(trace):
        return f"{told}: drawn by pipeline, rolled, unrolled, unfold, grid and cell"
    return f"{told}, and {why_not(found[0])}: drawn by pipeline alone"


def _told(loop: Loop, trace: Trace) -> str:
    """Say what a loop runs, and what it hands on: ``a loop of 6 rounds over cell and norm, state h``."""
    stages = [stage for name in loop.stages if (stage := trace.stage(name))]
    weights = [stage.name for stage in stages if stage.parameters]
    over = f" over {listed(weights)}" if weights else ""
    states = [state.name for state in loop.states]
    return f"a loop of {loop.rounds} rounds{over}, state{'s' * (len(states) > 1)} {listed(states)}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: ``h, c and m``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
