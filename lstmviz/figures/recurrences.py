"""What is said of a model without a recurrent layer of torch's, whose own loops hand states on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmviz.network.rounds import Loop
    from lstmviz.network.structure import Trace

NONE = "this model has no recurrent layer"


def lacking(trace: Trace) -> str | None:
    """Return why no recurrent layer can be shown; None if there is one."""
    if trace.recurrent:
        return None
    found = [loop for loop in trace.loops if loop.states]
    if not found:
        return NONE
    return f"{NONE} of torch's; {_told(found[0], trace)}: drawn by pipeline alone for now"


def _told(loop: Loop, trace: Trace) -> str:
    """Say what a loop runs, and what it hands on: ``a loop of 6 rounds over cell and norm, state h``."""
    stages = [stage for name in loop.stages if (stage := trace.stage(name))]
    weights = [stage.name for stage in stages if stage.parameters]
    over = f" over {_listed(weights)}" if weights else ""
    states = [state.name for state in loop.states]
    return f"a loop of {loop.rounds} rounds{over}, state{'s' * (len(states) > 1)} {_listed(states)}"


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
