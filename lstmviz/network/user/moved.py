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
FEW = 5
"""A long axis is cut to so many."""


def moved(
    module: nn.Module, inputs: Any, trace: Trace, stages: Callable[[Watcher, Any, Any], Trace]
) -> Trace:
    """Return the trace with N and T wherever an axis moves with those of its first recurrent layer.

    Each leading axis of the first input gets another size in a run of its own, and with it
    the same axis of every other input as long; `stages` reads such a run. A long axis is cut
    short, where the model takes that: a loop over a thousand steps is then not run again.
    What is too large to run three times keeps its numbers. Call it within `alone`.
    """
    held = [tensor for stage in trace.stages for tensor in (*stage.outputs, *stage.parameters)]
    numbers = sum(math.prod(tensor.sizes) for tensor in held)
    if (
        not trace.recurrent
        or numbers > MOST
        or any(isinstance(one, PackedSequence) for one in _parts(inputs))
    ):
        return trace
    layer, before = trace.recurrent[0], trace
    letters = {"N": layer.batch_size, "T": layer.timesteps}
    sizes = trace.input.sizes[:2]
    for axis in sorted(range(len(sizes)), key=lambda axis: -sizes[axis]):
        for size in (FEW, sizes[axis] + 1) if sizes[axis] > 2 * FEW else (sizes[axis] + 1,):
            try:
                resized = _resized(inputs, axis, sizes[axis], size)
                again = stages(*run(module, resized, Watcher))
            except (ModelError, RuntimeError):
                continue
            if [s.name for s in again.stages] != [s.name for s in trace.stages]:
                continue
            after = next(one for one in again.recurrent if one.name == layer.name)
            for letter, own in letters.items():
                if own == sizes[axis] and {"N": after.batch_size, "T": after.timesteps}[letter] == size:
                    trace = _lettered(trace, before, again, letter, (own, size))
            if size == FEW:
                inputs, before = resized, again
            break
    return trace


def _parts(inputs: Any) -> Iterator[Any]:
    if isinstance(inputs, dict | tuple | list):
        yield from inputs.values() if isinstance(inputs, dict) else inputs


def _resized(inputs: Any, axis: int, size: int, new: int) -> Any:
    """Return the inputs with `new` along this axis where there was `size`: cut, or the last part again."""

    def changed(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.dim() <= axis or tensor.shape[axis] != size:
            return tensor
        if new < size:
            return tensor.narrow(axis, 0, new).clone()
        return torch.cat([tensor, tensor.narrow(axis, size - 1, new - size)], axis)

    return mapped((inputs,) if isinstance(inputs, torch.Tensor) else inputs, changed)


def _lettered(trace: Trace, before: Trace, after: Trace, letter: str, moved: tuple[int, int]) -> Trace:
    """Put a letter where an axis was as long in two runs as the letter's own, which `moved` tells."""

    def spelt(own: Tensor, one: Tensor, other: Tensor) -> Tensor:
        if not len(own.sizes) == len(one.sizes) == len(other.sizes):
            return own
        axes = zip(own.symbols, own.sizes, one.sizes, other.sizes, strict=True)
        symbols = tuple(letter if s.isdigit() and n == moved[0] and (a, b) == moved else s
                        for s, n, a, b in axes)  # fmt: skip
        return dataclasses.replace(own, symbols=symbols)

    def all_of(held: tuple[Tensor, ...], *runs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        if not all(runs):
            return held
        places = [[min(at, len(run) - 1) for run in runs] for at in range(len(held))]
        return tuple(spelt(one, runs[0][a], runs[1][b]) for one, (a, b) in zip(held, places, strict=True))

    def stage(own: Stage, one: Stage, other: Stage) -> Stage:
        inputs = all_of(own.inputs, one.inputs, other.inputs)
        return dataclasses.replace(
            own, inputs=inputs, outputs=all_of(own.outputs, one.outputs, other.outputs)
        )

    return dataclasses.replace(
        trace,
        stages=tuple(map(stage, trace.stages, before.stages, after.stages)),
        input=spelt(trace.input, before.input, after.input),
        inputs=all_of(trace.inputs, before.inputs, after.inputs),
    )
