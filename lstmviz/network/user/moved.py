"""The letters N and T in a user's module that branches: the module runs again with one size changed."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.utils.rnn import PackedSequence

from lstmviz.errors import ModelError
from lstmviz.network.user.running import run
from lstmviz.network.user.values import mapped
from lstmviz.network.user.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import nn

    from lstmviz.network.structure import Stage, Tensor, Trace

MOST = 2**23
"""So many numbers, parameters and results of all stages, are run three times."""


def moved(
    module: nn.Module, inputs: Any, trace: Trace, stages: Callable[[Watcher, Any, Any], Trace]
) -> Trace:
    """Return the trace with N and T wherever an axis moves with those of its first recurrent layer.

    Each leading axis of the first input is made longer by one in a run of its own, and with it
    the same axis of every other input as long; `stages` reads such a run. What is too large to
    run three times keeps its numbers. Call it within `alone`.
    """
    held = [tensor for stage in trace.stages for tensor in (*stage.outputs, *stage.parameters)]
    numbers = sum(math.prod(tensor.sizes) for tensor in held)
    if (
        not trace.recurrent
        or numbers > MOST
        or any(isinstance(one, PackedSequence) for one in _parts(inputs))
    ):
        return trace
    layer = trace.recurrent[0]
    letters = {"N": layer.batch_size, "T": layer.timesteps}
    for axis in range(min(2, len(trace.input.sizes))):
        try:
            longer = _longer(inputs, axis, trace.input.sizes[axis])
            again = stages(*run(module, longer, Watcher))
        except (ModelError, RuntimeError):
            continue
        if [s.name for s in again.stages] != [s.name for s in trace.stages]:
            continue
        after = next(one for one in again.recurrent if one.name == layer.name)
        for letter, size in letters.items():
            if {"N": after.batch_size, "T": after.timesteps}[letter] == (size or 0) + 1:
                trace = _lettered(trace, again, letter, size or 0)
    return trace


def _parts(inputs: Any) -> Iterator[Any]:
    if isinstance(inputs, dict | tuple | list):
        yield from inputs.values() if isinstance(inputs, dict) else inputs


def _longer(inputs: Any, axis: int, size: int) -> Any:
    """Return the inputs with this axis one longer where it is so long: the last part comes again."""

    def grown(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.dim() <= axis or tensor.shape[axis] != size:
            return tensor
        return torch.cat([tensor, tensor.narrow(axis, size - 1, 1)], axis)

    return mapped((inputs,) if isinstance(inputs, torch.Tensor) else inputs, grown)


def _lettered(trace: Trace, again: Trace, letter: str, size: int) -> Trace:
    """Put a letter where an axis of its size became one longer."""

    def spelt(own: Tensor, other: Tensor) -> Tensor:
        if len(own.sizes) != len(other.sizes):
            return own
        axes = zip(own.symbols, own.sizes, other.sizes, strict=True)
        symbols = tuple(letter if s.isdigit() and n == size and m == size + 1 else s for s, n, m in axes)
        return dataclasses.replace(own, symbols=symbols)

    def all_of(own: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(map(spelt, own, other)) if len(own) == len(other) else own

    def stage(own: Stage, other: Stage) -> Stage:
        inputs, outputs = all_of(own.inputs, other.inputs), all_of(own.outputs, other.outputs)
        return dataclasses.replace(own, inputs=inputs, outputs=outputs)

    return dataclasses.replace(
        trace,
        stages=tuple(map(stage, trace.stages, again.stages)),
        input=spelt(trace.input, again.input),
        inputs=all_of(trace.inputs, again.inputs),
    )
