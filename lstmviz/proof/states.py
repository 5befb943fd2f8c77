"""Every state of a recurrent module, step by step, from its own parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from torch import nn

from lstmviz.scene.ids import WAYS


@dataclass(frozen=True, slots=True)
class Cell:
    """One layer in one direction: a module that shares the real one's weights.

    `alone` is of the real module's class, with one layer and one direction;
    called with one step it is the cell.
    """

    layer: int
    direction: int
    alone: nn.RNNBase

    @property
    def way(self) -> str:
        """Its direction, as in a scene's ids."""
        return WAYS[self.direction]


@dataclass(frozen=True, slots=True)
class States:
    """All states of one run, time first.

    Per cell: `inputs` ``(T, N, F)``, `before` and `after`, the states that a
    step starts from and the ones it gives: ``(h, c)``, each ``(T, N, H)``; a
    GRU and an RNN have no c.
    """

    cell: Cell
    inputs: torch.Tensor
    before: tuple[torch.Tensor, ...]
    after: tuple[torch.Tensor, ...]


def directions(module: nn.RNNBase) -> int:
    """Return D: 2 for a bidirectional module, else 1."""
    return 2 if module.bidirectional else 1


def cells(module: nn.RNNBase) -> Iterator[Cell]:
    """Take a module apart: layer by layer, forward before reverse.

    No formula is written again: the parts are torch's own modules. (LSTMCell
    would not do: it has no proj_size.)
    """
    for layer, direction in product(range(module.num_layers), range(directions(module))):
        suffix = f"_l{layer}" + ("_reverse" if direction else "")
        width = getattr(module, f"weight_ih{suffix}").shape[1]
        options: dict[str, Any] = {"proj_size": module.proj_size} if module.proj_size else {}
        if isinstance(module, nn.RNN):
            options["nonlinearity"] = module.nonlinearity
        alone = type(module)(width, module.hidden_size, bias=module.bias, device="meta", **options)
        for name in list(alone._parameters):  # noqa: SLF001 (the public way copies them)
            setattr(alone, name, getattr(module, name.removesuffix("_l0") + suffix))
        yield Cell(layer, direction, alone.eval())


def step_through(
    module: nn.RNNBase, inputs: torch.Tensor, begun: tuple[torch.Tensor, ...]
) -> Iterator[States]:
    """Run a module cell by cell and step by step.

    `inputs` is ``(T, N, F)`` whatever the module's batch_first; `begun` holds
    h_0 (c_0), each ``(L·D, N, H)``. (Runs over the first steps alone would
    not do: a reverse direction reads the whole sequence.)
    """
    below, outputs = inputs, []
    for cell in cells(module):
        index = cell.layer * directions(module) + cell.direction
        states = _walk(cell, below, tuple(state[index] for state in begun))
        yield states
        outputs.append(states.after[0])
        if len(outputs) == directions(module):
            below, outputs = torch.cat(outputs, -1), []


def _walk(cell: Cell, inputs: torch.Tensor, state: tuple[torch.Tensor, ...]) -> States:
    order = range(len(inputs)) if cell.direction == 0 else range(len(inputs) - 1, -1, -1)
    before: dict[int, tuple[torch.Tensor, ...]] = {}
    after: dict[int, tuple[torch.Tensor, ...]] = {}
    for step in order:
        before[step] = state
        state = one_step(cell.alone, inputs[step], state)
        after[step] = state
    return States(cell, inputs, _by_time(before), _by_time(after))


def _by_time(steps: dict[int, tuple[torch.Tensor, ...]]) -> tuple[torch.Tensor, ...]:
    return tuple(torch.stack(parts) for parts in zip(*(steps[t] for t in sorted(steps)), strict=True))


def one_step(
    alone: nn.RNNBase, inputs: torch.Tensor, state: tuple[torch.Tensor, ...]
) -> tuple[torch.Tensor, ...]:
    """Call a cell once: ``(N, F)`` and h (c) of ``(N, H)`` give the next h (c)."""
    begun = tuple(part[None] for part in state)
    _, ended = alone(inputs[None], begun if isinstance(alone, nn.LSTM) else begun[0])
    return tuple(part[0] for part in (ended if isinstance(alone, nn.LSTM) else (ended,)))
