"""Keras's attention as lines of torch: scores, which of them count, weights, what is read."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign.keras_lines import Lines
from lstmviz.network.foreign.keras_recurrent import array
from lstmviz.network.foreign.twins import filled, linear

MASK = "_keras_mask"
"""The attribute of a tensor that Keras keeps its mask in: the steps that count."""
HEADS = "MultiHeadAttention"
ATTENDING = frozenset({"Attention", "AdditiveAttention", HEADS})
"""Layers that read the masks of all that they are given."""


def given_of(
    layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[list[Any], list[Any], Any, bool]:
    """Return what a call reads: query, value and key; their masks; a mask of pairs; whether it is causal.

    A mask is None where the call does not name it. ModelError for what is not followed.
    """
    bound = inspect.signature(layer.call).bind(*args, **kwargs).arguments
    if bound.get("return_attention_scores"):
        raise ModelError(f"{layer.name} with return_attention_scores=True is not followed")
    causal = bool(bound.get("use_causal_mask"))
    if type(layer).__name__ != HEADS:
        xs = list(bound["inputs"])
        return xs, list(bound.get("mask") or [None] * len(xs)), None, causal
    parts = [part for part in ("query", "value", "key") if bound.get(part) is not None]
    masks = [bound.get(f"{part}_mask") for part in parts]
    return [bound[part] for part in parts], masks, bound.get("attention_mask"), causal


def causal_text(xs: Sequence[str]) -> str:
    """Write which step may read which where none reads a later one: (1, T, S)."""
    return f"torch.ones(1, {xs[0]}.shape[1], {xs[1]}.shape[1], dtype=torch.bool).tril()"


def taken_by(layer: Any) -> str:
    """Write what a layer of attention takes, as Keras names it."""
    masks = "query_mask=None, value_mask=None, key_mask=None, attention_mask=None"
    first = f"query, value, key=None, {masks}" if type(layer).__name__ == HEADS else "inputs, mask=None"
    return f"{first}, return_attention_scores=False, training=None, use_causal_mask=False"


def counted_lines(layer: Any) -> list[str]:
    """Write what comes before attention where a call is seen only when it is made."""
    unpacked = [
        "query, value, key = (*inputs, None)[:3]", "attention_mask = None",
        "query_mask, value_mask, key_mask = (*(mask or ()), None, None, None)[:3]",
    ]  # fmt: skip
    said = f"{layer.name} with return_attention_scores=True is not followed"
    return [
        *([] if type(layer).__name__ == HEADS else unpacked),
        f"if return_attention_scores: raise ModelError({said!r})",
        "given = 2 if key is None else 3",
        "masks = (query_mask, value_mask, key_mask)[:given]",
        "counts, pairs = counted((query, value, key)[:given], masks, attention_mask, use_causal_mask)",
        "masked = pairs is not None",
    ]


def counted(
    xs: Sequence[torch.Tensor], masks: Sequence[Any], pairs: Any, causal: bool
) -> tuple[list[torch.Tensor], torch.Tensor | None]:
    """Return which steps of each tensor count, (N, T), and which pairs: None where nothing is left out."""
    own = [getattr(x, MASK, None) if mask is None else mask for x, mask in zip(xs, masks, strict=True)]
    if all(mask is None for mask in (*own, pairs)) and not causal:
        return [], None
    counts = [
        torch.ones(x.shape[:2], dtype=torch.bool) if m is None else m for x, m in zip(xs, own, strict=True)
    ]
    every = torch.ones(1, xs[0].shape[1], xs[1].shape[1], dtype=torch.bool)
    every = every.tril() if causal else every
    return counts, every if pairs is None else every & pairs.bool()


def written_apart(lines: Lines, layer: Any, xs: Sequence[str]) -> str:
    """Write a layer of attention, of many heads by their projections."""
    if type(layer).__name__ == HEADS:
        return many_heads(lines, layer, xs, whole=False)
    return attention(lines, layer, xs)


def _pairs(lines: Lines, *masks: str) -> str:
    """Write which steps of the query read which of the value; return the text, empty where all do."""
    parts = [*masks, *([lines.pairs] if lines.pairs else [])]
    return lines.let("pairs", " & ".join(parts)) if len(parts) > 1 else "".join(parts)


def attention(lines: Lines, layer: Any, xs: Sequence[str]) -> str:
    """Write an Attention or AdditiveAttention: query, value, and key (the value, where there is none)."""
    q, v, k = xs[0], xs[1], xs[2] if len(xs) > 2 else xs[1]
    additive = type(layer).__name__ == "AdditiveAttention" or layer.score_mode != "dot"
    if not additive:
        scale = f" * {float(array(layer.scale))}" if layer.use_scale else ""
        scores = f"{q} @ {k}.transpose(1, 2){scale}"
    elif type(layer).__name__ == "Attention":
        raise NotImplementedError
    else:
        mixed = lines.let("mixed", f"torch.tanh({q}.unsqueeze(2) + {k}.unsqueeze(1))")
        scores = f"{mixed}.sum(-1)"
        if layer.use_scale:
            scale = array(layer.scale)
            called = lines.add(linear(scale[None], None), f"{layer.name}_scale")
            scores = f"{called}({mixed}).squeeze(-1)"
    scores = lines.let("scores", scores)
    if pairs := _pairs(lines, f"{lines.masks[v]}.unsqueeze(1)" if v in lines.masks else ""):
        scores = lines.let("scores", f"{scores}.masked_fill(~{pairs}, -1e9)")
    weights = lines.let("weights", f"F.softmax({scores}, dim=-1)")
    counts = f" * {lines.masks[q]}.unsqueeze(-1)" if q in lines.masks else ""
    return lines.let(layer.name, f"{weights} @ {v}{counts}")


def many_heads(lines: Lines, layer: Any, xs: Sequence[str], *, whole: bool = True) -> str:
    """Write a MultiHeadAttention: torch's, or projections, attention for each head, and what joins them."""
    given = {"query": xs[0], "key": xs[2] if len(xs) > 2 else xs[1], "value": xs[1]}
    heads, parts = layer.num_heads, {}
    masks = [f"{lines.masks[x]}.unsqueeze({1 if at else -1})" for at, x in enumerate(xs) if x in lines.masks]
    pairs = _pairs(lines, *masks)
    if whole and not pairs and (one := _as_one(layer)) is not None:
        called = lines.add(one, layer.name)
        return lines.let(layer.name, f"{called}({', '.join(given.values())}, need_weights=False)[0]")
    for part, x in given.items():
        dense = getattr(layer, f"{part}_dense")
        bias = array(dense.bias).reshape(-1) if dense.bias is not None else None
        made = linear(array(dense.kernel).reshape(array(dense.kernel).shape[0], -1).T, bias)
        called = lines.let(part, f"{lines.add(made, layer.name + '_' + part)}({x})")
        parts[part] = lines.let(part, f"{called}.unflatten(-1, ({heads}, -1)).transpose(1, 2)")
    q, k, v = (parts[part] for part in given)
    scores = lines.let("scores", f"{q} @ {k}.transpose(2, 3) / {layer.key_dim} ** 0.5")
    if pairs:
        scores = lines.let("scores", f"{scores}.masked_fill(~{pairs}.unsqueeze(1), -1e9)")
    # A step that may read nothing reads all in Keras, and zeros where the layer has a dropout.
    counts = f" * {pairs}.unsqueeze(1)" if pairs and layer.dropout else ""
    joined = lines.let("heads", f"(F.softmax({scores}, dim=-1){counts} @ {v}).transpose(1, 2).flatten(2)")
    out = layer.output_dense
    kernel = array(out.kernel)
    made = linear(kernel.reshape(-1, kernel.shape[-1]).T, array(out.bias) if out.bias is not None else None)
    return lines.let(layer.name, f"{lines.add(made, layer.name + '_output')}({joined})")


def _as_one(layer: Any) -> nn.MultiheadAttention | None:
    """Return torch's module with the weights of a MultiHeadAttention, or None where torch has no such one.

    Torch's heads share the features of the query among them, and its result has as many.
    """
    kernels = {part: array(getattr(layer, f"{part}_dense").kernel) for part in ("query", "key", "value")}
    features, out = kernels["query"].shape[0], array(layer.output_dense.kernel)
    sizes = {layer.num_heads * one.shape[-1] for one in kernels.values()} | {out.shape[-1]}
    if sizes != {features} or out.ndim != 3 or any(one.ndim != 3 for one in kernels.values()):
        return None
    others = {"kdim": kernels["key"].shape[0], "vdim": kernels["value"].shape[0]}
    bias = layer.output_dense.bias is not None
    made = nn.MultiheadAttention(features, layer.num_heads, bias=bias, batch_first=True, **others)
    flat = {part: one.reshape(one.shape[0], -1).T for part, one in kernels.items()}
    values = {f"{part[0]}_proj_weight": one for part, one in flat.items()}
    if {*others.values()} == {features}:
        values = {"in_proj_weight": np.concatenate([*flat.values()])}
    values["out_proj.weight"] = out.reshape(-1, features).T
    if bias:
        biases = [array(getattr(layer, f"{part}_dense").bias).reshape(-1) for part in kernels]
        values |= {"in_proj_bias": np.concatenate(biases), "out_proj.bias": array(layer.output_dense.bias)}
    return filled(made, **values)
