"""The facts that messages assert of what a view does to the axes, tried on numbers that all differ."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from math import prod
from typing import Any

import torch
from torch import nn

from lstmviz.network.operators import for_readers
from lstmviz.network.stage_types import RESHAPES
from lstmviz.network.structure import Stage, Tensor, Trace
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.work import spelt, stage_of
from lstmviz.proof.operations import UntriedError

MOST = 2**22
"""Larger tensors are not tried."""


def _spells(said: Any, names: tuple[str, ...]) -> bool:
    """Whether ``T, N and H``, as a message holds it, names these axes, or a reader's own letters do."""
    told = dict(said[2])
    rest, last = told["rest"], told["last"]
    return spelt(rest, ", ".join(names[:-1])) and spelt(last, names[-1])


def _runs(tensor: Tensor, names: list[str]) -> Iterator[tuple[int, int]]:
    """Yield how many numbers there are before, and in, axes of these letters that stand side by side.

    Axes of size 1 may stand between.
    """
    axes = [(s, n) for s, n in zip(tensor.symbols, tensor.sizes, strict=True) if n > 1 or s in names]
    for at in range(len(axes) - len(names) + 1):
        if [s for s, _ in axes[at : at + len(names)]] == names:
            yield prod(n for _, n in axes[:at]), prod(n for _, n in axes[at : at + len(names)])


def _regroups(trace: Trace, given: MessageFacts) -> bool:
    """Whether the same numbers stand on these axes before and after, in the order of memory."""
    stage, old, new = stage_of(trace, given), list(given["old"]), list(given["new"])
    same = set(_runs(stage.inputs[0], old)) & set(_runs(stage.outputs[0], new))
    return stage.type in RESHAPES and bool(same)


def _merge(trace: Trace, given: MessageFacts) -> bool:
    old, said = given["old"], given["fastest"]
    alike = len(set(old)) < len(old)
    fastest = said[:1] == ("said",) if alike else spelt(said, old[-1])
    return fastest and len(given["new"]) == 1 and _spells(given["axes"], old) and _regroups(trace, given)


def _split(trace: Trace, given: MessageFacts) -> bool:
    one = len(given["old"]) == 1 and spelt(given["axis"], given["old"][0])
    return one and _spells(given["axes"], given["new"]) and _regroups(trace, given)


def _become(trace: Trace, given: MessageFacts) -> bool:
    told = _spells(given["before"], given["old"]) and _spells(given["after"], given["new"])
    return told and _regroups(trace, given)


def _numbers(stage: Stage) -> torch.Tensor:
    if prod(stage.inputs[0].sizes) > MOST:
        raise UntriedError(f"what {stage.name} reads is too large")
    return torch.arange(prod(stage.inputs[0].sizes)).reshape(stage.inputs[0].sizes)


def _flattens(trace: Trace, given: MessageFacts) -> bool:
    """Whether it makes one axis of all from a first one on."""
    stage = stage_of(trace, given)
    own, before = dict(stage.arguments), torch.Size(stage.inputs[0].sizes)
    said = (own.get("start_dim"), own.get("end_dim")) == (given["first"], -1)
    return said and stage.outputs[0].sizes == (*before[: given["first"]], before[given["first"] :].numel())


def _no_transpose(trace: Trace, given: MessageFacts) -> bool:
    """Whether its result has the shape of a transpose, and other numbers in its places."""
    stage = stage_of(trace, given)
    value = _numbers(stage)
    made = value.reshape(stage.outputs[0].sizes)
    turned = (value.permute(axes) for axes in permutations(range(value.dim())) if value.dim() < 7)
    alike = [one for one in turned if one.shape == made.shape and one.shape != value.shape]
    return stage.type in RESHAPES and all(not bool((one == made).all()) for one in alike)


def _samples(stage: Stage) -> tuple[torch.Tensor, int]:
    """Return which sample each number that a stage reads is of, and where their axis is."""
    sizes = stage.inputs[0].sizes
    axis = stage.inputs[0].symbols.index("N")
    of = torch.arange(sizes[axis]).reshape([-1 if k == axis else 1 for k in range(len(sizes))])
    return of.expand(sizes), axis


def _mixed(rows: torch.Tensor) -> bool:
    """Whether some row holds numbers of several samples."""
    flat = rows.reshape(len(rows), -1)
    return bool((flat != flat[:, :1]).any())


def _mixes(trace: Trace, given: MessageFacts) -> bool:
    stage = stage_of(trace, given)
    of, _ = _samples(stage)
    after = stage.outputs[0]
    rows = of.reshape(after.sizes).movedim(after.symbols.index("N"), 0)
    return stage.type in RESHAPES and _mixed(rows)


def _mixes_vectors(trace: Trace, given: MessageFacts) -> bool:
    """Whether the last axis of what a view gives runs over several samples, and is not their own."""
    stage = stage_of(trace, given)
    of, _ = _samples(stage)
    after, readers = stage.outputs[0], trace.stages[trace.stages.index(stage) + 1 :]
    read = after.symbols[-1] != "N" and any(one.parameters for one in readers)
    return stage.type in RESHAPES and read and _mixed(of.reshape(-1, after.sizes[-1]))


def _apart(trace: Trace, given: MessageFacts) -> bool:
    """Whether the call that is proposed gives the shape, and a row for each sample."""
    stage = stage_of(trace, given)
    of, _ = _samples(stage)
    after = stage.outputs[0].sizes
    if not spelt(given["batch"], "N"):
        return False
    sizes = [after[0], *map(int, given["rest"].split(", "))]
    made = of.transpose(0, given["dim"]).reshape(sizes)
    return tuple(made.shape) == after and not _mixed(made)


def _linear(trace: Trace, given: MessageFacts) -> bool:
    """Whether a Linear between two views gives what it gives without them."""
    first, last = (trace.stage(name) for name in given["views"])
    stage = stage_of(trace, given)
    if first is None or last is None or stage.type != "linear" or {first.type, last.type} - RESHAPES:
        return False
    linear = nn.Linear(first.inputs[0].sizes[-1], last.outputs[0].sizes[-1])
    value = torch.randn(first.inputs[0].sizes, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        through = linear(value.reshape(first.outputs[0].sizes)).reshape(last.outputs[0].sizes)
        return through.shape == linear(value).shape and torch.allclose(through, linear(value), atol=1e-5)


def _first_of(trace: Trace, given: MessageFacts) -> bool:
    """Whether of all inputs and stages this one is the first whose tensors have a letter."""
    called, inputs = dict(trace.names), (trace.input, *trace.inputs)
    found: list[tuple[tuple[str, ...], Tensor]] = [
        ((one.name, called.get(one.name, "")), one) for one in inputs
    ]
    for stage in trace.stages:
        found += [((for_readers(stage.name), *stage.inside), tensor) for tensor in stage.outputs]
    parts = ((names, {part for symbol in one.symbols for part in symbol.split("·")}) for names, one in found)
    return given["of"] in next((names for names, letters in parts if given["symbol"] in letters), ())


ABOUT_AXES: dict[str, Fact] = {
    "axis-first-of": _first_of,
    "axes-merge": _merge,
    "axes-split": _split,
    "axes-become": _become,
    "stage-flattens": _flattens,
    "no-transpose": _no_transpose,
    "mixes-samples": _mixes,
    "mixes-vectors": _mixes_vectors,
    "keeps-samples-apart": _apart,
    "views-change-nothing": _linear,
}
"""Facts of stages that rearrange axes."""
