"""The real modules behind a network drawn unit by unit: built with weights that hide no dependence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch
from torch import nn

from lstmviz.network.stage_types import PACKS, RESHAPES
from lstmviz.network.structure import Recurrent, Stage, Trace
from lstmviz.proof.probe import built
from lstmviz.proof.states import Cell, one_step
from lstmviz.spec.layer_types import CURVES

NUMBERS = 1_000_000
"""More weights than this, and a narrower module of the same form is taken."""

LEAST = 8
"""How wide that is at least: wider than any row of which units are left out."""

ON_UNITS = PACKS | RESHAPES | {*CURVES, "dropout", "identity", "last_step"}
"""What may stand between a recurrent layer and the linear ones drawn on it."""

_Module = TypeVar("_Module", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Modules:
    """The real modules of a figure, in float64 and evaluation mode.

    `rows` are the linear layers by name, in the order in which they run: all
    of a feed-forward model, those on top of a recurrent one. `last` says that
    only the last time step reaches them.
    """

    recurrent: nn.RNNBase | None
    rows: tuple[tuple[str, nn.Linear], ...]
    last: bool = False
    seen: dict[tuple[Any, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    """What was found by running them; their weights do not change."""

    def once(self, key: tuple[Any, ...], find: Callable[[], Any]) -> Any:
        """What was found before under this key, or is found now."""
        if key not in self.seen:
            self.seen[key] = find()
        return self.seen[key]

    def jacobian(self, cell: Cell, step: int, units: list[int]) -> list[torch.Tensor]:
        """`jacobian`, once for every cell, step and choice of units."""
        key = ("jacobian", cell.layer, step, *units)
        return self.once(key, lambda: jacobian(cell, step, units))  # type: ignore[no-any-return]


def modules_of(trace: Trace, layer: Recurrent | None) -> Modules:
    """Build the modules that a trace tells of, at their own sizes unless these are huge.

    All weights are positive, so that a derivative of zero means that there is
    no dependence. Random numbers come from a generator of their own.
    """
    generator = torch.Generator().manual_seed(0)
    rest = trace.following(layer.name) if layer else trace.stages
    stop = (
        next((i for i, stage in enumerate(rest) if not _on_units(stage)), len(rest)) if layer else len(rest)
    )
    kept = [stage for stage in rest[:stop] if stage.type == "linear"]
    rows = []
    for stage in kept:
        given = dict(stage.arguments)
        wide, high = (_narrow(given[n], given) for n in ("in_features", "out_features"))
        bias = any(p.name == "bias" for p in stage.parameters)
        rows.append((stage.name, _weighed(nn.Linear(wide, high, bias=bias, dtype=torch.float64), generator)))
    last = any(stage.type == "last_step" for stage in rest[:stop])
    return Modules(_recurrent(layer, generator) if layer else None, tuple(rows), last)


def _on_units(stage: Stage) -> bool:
    """Whether a stage leaves the units of a row, or makes a row of them."""
    same = stage.inputs[0].sizes[-1:] == stage.outputs[0].sizes[-1:]
    if stage.type == "linear":
        return any(p.name == "weight" for p in stage.parameters)
    return stage.type in ON_UNITS and same


def _narrow(size: int, given: dict[str, int]) -> int:
    huge = given["in_features"] * given["out_features"] > NUMBERS
    return min(size, LEAST) if huge else size


def _recurrent(layer: Recurrent, generator: torch.Generator) -> nn.RNNBase:
    wide, hidden = layer.input_size, layer.hidden_size
    if layer.num_layers * hidden * (hidden + wide) * 8 > NUMBERS:
        wide, hidden = min(wide, LEAST), min(hidden, LEAST)
    made = built(replace(layer, batch_first=False), (wide, hidden, 0))  # it is run time first
    return _weighed(made, generator)


def _weighed(module: _Module, generator: torch.Generator) -> _Module:
    """Give all weights positive values, rows that sum to 0.5: nothing cancels or saturates."""
    with torch.no_grad():
        for weights in module.parameters():
            fresh = torch.rand(weights.shape, generator=generator, dtype=weights.dtype) + 0.1
            weights.copy_(fresh * 0.5 / (fresh.sum(-1, keepdim=True) if fresh.dim() > 1 else 1.0))
    return module.eval()


def jacobian(cell: Cell, step: int, units: list[int]) -> list[torch.Tensor]:
    """Where h and c of a cell's units depend on its input, on h and on c of the step before.

    One mask of (unit, source) for each, at random positive values of that
    step, every one a leaf of its own.
    """
    module = cell.alone
    generator = torch.Generator().manual_seed(1000 * cell.layer + step)
    sizes = [module.input_size, module.hidden_size] + [module.hidden_size] * isinstance(module, nn.LSTM)
    leaves = [
        (torch.rand(1, n, generator=generator, dtype=torch.float64) + 0.1).requires_grad_() for n in sizes
    ]
    after = one_step(module, leaves[0], tuple(leaves[1:]))
    masks = [torch.zeros(len(units), n, dtype=torch.bool) for n in sizes]
    for state in after:
        for row, unit in enumerate(units):
            found = torch.autograd.grad(state[0, unit], leaves, retain_graph=True, allow_unused=True)
            for mask, part in zip(masks, found, strict=True):
                if part is not None:
                    mask[row] |= part[0] != 0
    return masks
