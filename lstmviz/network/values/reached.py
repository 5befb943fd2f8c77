"""What reaches a recurrent layer while a model runs: one sample's steps, its first states, the output."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from lstmviz.errors import ModelError
from lstmviz.network.structure import Recurrent
from lstmviz.network.values.sources import Source

Tensor = torch.Tensor


def reached(
    source: Source, module: nn.Module, layer: Recurrent, run: Callable[[], int]
) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
    """Return what one sample is to the module: its steps (T, F), the first states (L·D, H), the output.

    `run` runs the model, and gives the sample's row in the module's batch.
    """
    seen: list[Any] = []
    hook = module.register_forward_hook(
        lambda _m, args, kwargs, result: seen.append((args, kwargs, result)), with_kwargs=True
    )
    try:
        row = run()
    finally:
        hook.remove()
    if not seen:
        raise ModelError(f"{layer.name} does not run as a module")
    if layer.cell:
        return _of_cell(seen, layer, row)
    whole = [one for one in seen if layer.lengths or len(_of_row(one[2][0], layer, row)) == layer.timesteps]
    if not whole:
        raise ModelError(f"{layer.name} runs {len(seen)} times, some steps at a time")
    calls = whole[: source.chunks] if source.chunks > 1 else [whole[-1 if layer.lengths else 0]]
    args, kwargs, _ = calls[0]
    value = torch.cat([_of_row(a[0] if a else k["input"], layer, row) for a, k, _ in calls])
    states = args[1] if len(args) > 1 else kwargs.get("hx")
    wide = (layer.proj_size or layer.hidden_size, layer.hidden_size)
    stacked = layer.num_layers * layer.directions
    if states is None:
        states = tuple(value.new_zeros(stacked, n) for n in wide[: 1 + layer.has_cell_state])
    states = states if isinstance(states, tuple) else (states,)
    begun = tuple(s.detach()[:, row] if s.dim() == 3 else s.detach() for s in states)
    return value, begun, torch.cat([_of_row(result[0], layer, row) for *_, result in calls])


def _of_cell(calls: list[Any], layer: Recurrent, row: int) -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
    """Return the same of a cell that a loop calls: all its calls together, in their order."""
    if len(calls) != layer.timesteps:
        raise ModelError(f"{layer.name} is called {len(calls)} times, and there are {layer.timesteps} steps")

    def of(value: Tensor) -> Tensor:
        return (value[row] if value.dim() > 1 else value).detach()[None]

    value = torch.cat([of(args[0] if args else kwargs["input"]) for args, kwargs, _ in calls])
    args, kwargs, _ = calls[0]
    states = args[1] if len(args) > 1 else kwargs.get("hx")
    if states is None:
        states = (value.new_zeros(layer.hidden_size),) * (1 + layer.has_cell_state)
    begun = tuple(map(of, states if isinstance(states, tuple) else (states,)))
    ended = [result[0] if isinstance(result, tuple) else result for *_, result in calls]
    return value, begun, torch.cat([of(h) for h in ended])


def _of_row(value: Tensor | PackedSequence, layer: Recurrent, row: int) -> Tensor:
    """Return one sample of a sequence, (T, F), without its padding where it was packed."""
    first = layer.batch_first
    if isinstance(value, PackedSequence):
        padded, lengths = pad_packed_sequence(value, batch_first=first)
        return (padded[row] if first else padded[:, row])[: int(lengths[row])].detach()
    if value.dim() == 3:
        value = value[row] if first else value[:, row]
    return value.detach()


def in_time(source: Source, layer: Recurrent, sample: int, given: Tensor) -> None:
    """ModelError if a loop over a cell reads the last step first: its calls are not in the order of time."""
    changed = source.steps(sample)[None].clone()
    changed[:, -1] = changed[:, -1] * -1.5 + 0.7

    def run() -> int:
        with contextlib.suppress(ModelError):  # what the model gives is not asked for
            source.run(source.trace.stages[-1].name, sample, changed)
        return 0

    other, *_ = reached(source, source.recurrent(layer.name), layer, run)
    moved = (other != given).any(-1)
    if moved[0] and not moved[-1]:
        raise ModelError(f"the loop over {layer.name} goes from the last step to the first")
