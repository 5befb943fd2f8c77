"""E, what an embedding gives for each token, is E as well in the recurrent layer that reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.spec.layer_types import KEEPS_SHAPE

if TYPE_CHECKING:
    from lstmviz.network.structure import Recurrent, Tensor, Trace

PASSED_ON = KEEPS_SHAPE | {"transpose", "permute", "pack", "contiguous"}
"""Stages that leave a step's numbers as many as they are."""


def with_embeddings(trace: Trace) -> Trace:
    """Return the trace with E for F in all layers whose steps are embedded tokens."""
    layers = tuple(_lettered(layer) if _reads_tokens(trace, layer) else layer for layer in trace.recurrent)
    return trace if layers == trace.recurrent else replace(trace, recurrent=layers)


def _reads_tokens(trace: Trace, layer: Recurrent) -> bool:
    """Whether nothing but what keeps a step's numbers stands between an embedding and the layer."""
    before = [stage.type for stage in trace.leading(layer.name)]
    while before and before[-1] in PASSED_ON:
        before.pop()
    return before[-1:] == ["embedding"]


def _lettered(layer: Recurrent) -> Recurrent:
    tensors, parameters = (tuple(map(_spelt, some)) for some in (layer.tensors, layer.parameters))
    return replace(layer, tensors=tensors, parameters=parameters)


def _spelt(tensor: Tensor) -> Tensor:
    return replace(tensor, symbols=tuple("E" if symbol == "F" else symbol for symbol in tensor.symbols))
