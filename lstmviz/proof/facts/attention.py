"""What is said of a decoder's attention, held against its parameters and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmviz.network.structure import Stage

SCORES = {
    frozenset[str](): "dot",
    frozenset({"keys.weight"}): "general",
    frozenset({"keys.weight", "queries.weight", "v.weight"}): "additive",
}
"""How steps are scored, by the parameters that it takes."""


def scored(stage: Stage) -> str | None:
    """Return how an attention scores, as its parameters show."""
    return SCORES.get(frozenset(parameter.name for parameter in stage.parameters))


def weighs(stage: Stage, given: Mapping[str, Any]) -> bool:
    """Whether its result is what it reads with a mean of the encoder's steps beside it, at every step."""
    del given
    queries, keys, both = stage.inputs[0].sizes, stage.inputs[1].sizes, stage.outputs[0].sizes
    return both == (*queries[:-1], queries[-1] + keys[-1])
