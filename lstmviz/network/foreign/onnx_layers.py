"""Operators with weights as torch's modules, with the file's weights in torch's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign import loops
from lstmviz.network.foreign.loops import Lane, in_torchs_order
from lstmviz.network.foreign.onnx_graph import ALPHA, DEFAULTS, RECURRENT, Graph, Node, with_numbers
from lstmviz.network.foreign.twins import filled

ORDER = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
"""Where torch's gates stand in the file: i o f c is read as i f g o, z r h as r z n."""
KNOWN = ("Sigmoid", "Tanh", "Relu", "Softsign", "Softplus", *ALPHA)
"""Activations that are followed."""


def recurrent(node: Node, graph: Graph, *, batch_first: bool) -> nn.Module:
    """Return torch's layer with a node's weights, or a loop for what torch's layer does not do."""
    w, r = (graph.constant(name) for name in node.inputs[1:3])
    b, p = (graph.constant(_input(node, place)) for place in (3, 7))
    if w is None or r is None or (_input(node, 7) and p is None):
        raise ModelError(f"{node.label}: its weights are computed while it runs, and cannot be copied")
    lanes = []
    for at in range(r.shape[0]):
        biases = (None, None) if b is None else np.split(b[at], 2)
        weights = [
            None if rows is None else in_torchs_order(rows, ORDER[node.op])
            for rows in (w[at], r[at], *biases)
        ]
        p_i, p_o, p_f = (None,) * 3 if p is None or not np.any(p) else np.split(p[at], 3)
        lanes.append(
            Lane(
                weights,
                **_activations(node, at),
                peepholes=() if p_i is None else (p_i, p_f, p_o),
                clip=float(node.attributes.get("clip", 0.0)),
                coupled=bool(node.attributes.get("input_forget", 0)),
                reset_first=node.op == "GRU" and not node.attributes.get("linear_before_reset", 0),
                back=at == 1,
            )
        )
    return loops.layer_of(node.op, lanes, batch_first=batch_first)


def _input(node: Node, place: int) -> str:
    return node.inputs[place] if place < len(node.inputs) else ""


def refuse_activations(graph: Graph) -> None:
    """Name the activation of a recurrent node that is not followed: ModelError."""
    for node in graph.nodes:
        for name in node.attributes.get("activations", ()) if node.op in RECURRENT else ():
            if name not in KNOWN:
                said = f"{node.label} has the activation {name}, which is not followed"
                raise ModelError(f"{said} (known: {', '.join(KNOWN)})")


def _activations(node: Node, direction: int) -> dict[str, Any]:
    """Return the activations of one direction, in small letters, and their numbers."""
    usual = DEFAULTS[node.op]
    used = with_numbers(node.attributes, usual * 2)[direction * len(usual) : (direction + 1) * len(usual)]
    return {"activations": tuple(name.lower() for name, *_ in used),
            "numbers": tuple((alpha, beta) for _, alpha, beta in used)}  # fmt: skip


def unlike(node: Node, graph: Graph) -> str:
    """Return the options, in ONNX's words, of which torch's layer has none like them."""
    said, found = node.attributes, []
    peepholes = graph.constant(_input(node, 7))
    if peepholes is not None and np.any(peepholes):
        found.append("peepholes (P)")
    used = tuple(said.get("activations") or DEFAULTS[node.op])
    relus = node.op == "RNN" and set(used) == {"Relu"}
    if used != DEFAULTS[node.op] * (len(used) // len(DEFAULTS[node.op])) and not relus:
        found.append(f"activations {', '.join(used)}")
    if said.get("clip"):
        found.append(f"clip={said['clip']:g}")
    if said.get("input_forget"):
        found.append("input_forget=1")
    if node.op == "GRU" and not said.get("linear_before_reset", 0):
        found.append("linear_before_reset=0")
    return ", ".join(found)


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
    return filled(layer, weight=weight, bias=bias)


def batch_norm(node: Node, sides: int, values: Sequence[Any]) -> nn.Module:
    """Return a BatchNorm1d or BatchNorm2d with its running statistics."""
    scale, bias, mean, var = values
    layer = (nn.BatchNorm2d if sides == 4 else nn.BatchNorm1d)(
        len(scale), eps=node.attributes.get("epsilon", 1e-5)
    )
    return filled(layer, weight=scale, bias=bias, running_mean=mean, running_var=var)


def layer_norm(node: Node, scale: Any, bias: Any) -> nn.LayerNorm:
    """Return a LayerNorm over the last axes."""
    layer = nn.LayerNorm(scale.shape, eps=node.attributes.get("epsilon", 1e-5), bias=bias is not None)
    return filled(layer, weight=scale, bias=bias)
