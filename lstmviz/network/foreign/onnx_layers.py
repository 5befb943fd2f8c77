"""Operators with weights as torch's modules, with the file's weights in torch's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign.onnx_graph import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.network.foreign.onnx_graph import Graph, Node

Module = TypeVar("Module", bound=nn.Module)
ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
"""Where torch's gates stand in the file: i o f c is read as i f g o, z r h as r z n."""
CLASSES = {"LSTM": nn.LSTM, "GRU": nn.GRU, "RNN": nn.RNN}


def recurrent(node: Node, graph: Graph) -> nn.RNNBase:
    """Return torch's layer with a node's weights; ModelError for what torch's layer does not do."""
    w, r = (graph.constant(name) for name in node.inputs[1:3])
    if w is None or r is None:
        raise ModelError(f"{node.label}: its weights are computed while it runs, and cannot be copied")
    b = graph.constant(_input(node, 3))
    more = _options(node, graph)
    directions, hidden = r.shape[0], r.shape[2]
    layer: nn.RNNBase = CLASSES[node.op](
        w.shape[2], hidden, bias=b is not None, bidirectional=directions == 2,
        batch_first=bool(node.attributes.get("layout", 0)), **more,
    )  # fmt: skip
    state = {}
    for direction in range(directions):
        end = "_reverse" if direction else ""
        state[f"weight_ih_l0{end}"] = _ordered(w[direction], node.op)
        state[f"weight_hh_l0{end}"] = _ordered(r[direction], node.op)
        if b is not None:
            ih, hh = np.split(b[direction], 2)
            state |= {f"bias_ih_l0{end}": _ordered(ih, node.op), f"bias_hh_l0{end}": _ordered(hh, node.op)}
    layer.load_state_dict(state)
    return layer


def _input(node: Node, place: int) -> str:
    return node.inputs[place] if place < len(node.inputs) else ""


def _ordered(rows: Any, op: str) -> torch.Tensor:
    gates = np.split(rows, len(ORDER[op]))
    return torch.from_numpy(np.ascontiguousarray(np.concatenate([gates[i] for i in ORDER[op]])))


def _options(node: Node, graph: Graph) -> dict[str, Any]:
    """Return the options of torch's that a node sets; ModelError for an option that torch has not."""
    said = node.attributes
    peepholes = graph.constant(_input(node, 7))
    used = said.get("activations") or DEFAULTS[node.op]
    usual = DEFAULTS[node.op]
    usual = ("Relu",) if node.op == "RNN" and "Relu" in used else usual
    if node.op == "LSTM" and _input(node, 7) and (peepholes is None or np.any(peepholes)):
        raise _unlike(node, "peepholes (P): its gates read c as well")
    if tuple(used) != usual * (len(used) // len(usual)):
        raise _unlike(node, f"activations {', '.join(used)} (torch has {', '.join(usual)})")
    if said.get("clip"):
        raise _unlike(node, f"clip={said['clip']:g}")
    if said.get("input_forget"):
        raise _unlike(node, "input_forget=1: its input gate is 1 − f")
    if node.op == "GRU" and not said.get("linear_before_reset", 0):
        raise _unlike(node, "linear_before_reset=0: it resets h before W_hn, torch after")
    return {"nonlinearity": "relu"} if usual == ("Relu",) else {}


def _unlike(node: Node, what: str) -> ModelError:
    return ModelError(f"{node.label} has {what}; no layer of torch computes that")


def linear(weight: Any, bias: Any) -> nn.Linear:
    """Return a Linear for a weight of (in, out)."""
    layer = nn.Linear(weight.shape[0], weight.shape[1], bias=bias is not None)
    return _filled(layer, weight=weight.T, bias=bias)


def embedding(table: Any) -> nn.Embedding:
    """Return an Embedding with a table of (vocabulary, size)."""
    return _filled(nn.Embedding(*table.shape), weight=table)


def convolution(node: Node, weight: Any, bias: Any) -> nn.Module:
    """Return a Conv1d or Conv2d; ModelError for padding that torch's does not have."""
    said, sides = node.attributes, weight.ndim - 2
    pads = said.get("pads", (0,) * 2 * sides)
    if sides not in {1, 2} or pads[:sides] != pads[sides:] or said.get("auto_pad", "NOTSET") != "NOTSET":
        raise ModelError(f"{node.label} pads its sides unequally, or by itself; torch's convolution does not")
    groups = said.get("group", 1)
    layer = (nn.Conv1d, nn.Conv2d)[sides - 1](
        weight.shape[1] * groups, weight.shape[0], weight.shape[2:], stride=said.get("strides", 1),
        padding=pads[:sides], dilation=said.get("dilations", 1), groups=groups, bias=bias is not None,
    )  # fmt: skip
    return _filled(layer, weight=weight, bias=bias)


def batch_norm(node: Node, sides: int, values: Sequence[Any]) -> nn.Module:
    """Return a BatchNorm1d or BatchNorm2d with its running statistics."""
    scale, bias, mean, var = values
    layer = (nn.BatchNorm2d if sides == 4 else nn.BatchNorm1d)(
        len(scale), eps=node.attributes.get("epsilon", 1e-5)
    )
    return _filled(layer, weight=scale, bias=bias, running_mean=mean, running_var=var)


def layer_norm(node: Node, scale: Any, bias: Any) -> nn.LayerNorm:
    """Return a LayerNorm over the last axes."""
    layer = nn.LayerNorm(scale.shape, eps=node.attributes.get("epsilon", 1e-5), bias=bias is not None)
    return _filled(layer, weight=scale, bias=bias)


def _filled(layer: Module, **values: Any) -> Module:
    given = {k: torch.tensor(np.array(v)) for k, v in values.items() if v is not None}
    layer.load_state_dict(given, strict=False)
    return layer
