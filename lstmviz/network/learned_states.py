"""Layers that begin with states which are learned: parameters of the model, and nothing that it is given."""

from __future__ import annotations

from dataclasses import replace

from lstmviz.network.structure import Recurrent, Trace, split_name


def with_learned(trace: Trace) -> Trace:
    """Return a trace whose layers say whether all states that they begin with are learned."""
    layers = (replace(layer, learned=_begins_learned(trace, layer)) for layer in trace.recurrent)
    return replace(trace, recurrent=tuple(layers))


def _begins_learned(trace: Trace, layer: Recurrent) -> bool:
    stage = trace.stage(layer.name) if layer.states_given else None
    own = [
        state for loop in trace.loops for state in loop.states if split_name(state.tensor)[0] == layer.name
    ]
    begun = [one for state in own for one in state.begun] if own else stage.sources[1:] if stage else ()
    return stage is not None and bool(begun) and all(_of_parameters(trace, one) for one in begun)


def _of_parameters(trace: Trace, tensor: str) -> bool:
    """Whether a tensor comes from parameters alone."""
    stage = trace.stage(split_name(tensor)[0])
    if stage is None or stage.name in trace.layers or not (stage.sources or stage.parameters):
        return False
    return all(_of_parameters(trace, one) for one in stage.sources)
