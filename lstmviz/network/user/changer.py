"""A run with one value changed: whatever moves has read it, also where there is no derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.user.watch import INPUT, Watcher

if TYPE_CHECKING:
    from torch import nn

    from lstmviz.network.user.events import Event, Source


class Changer(Watcher):
    """A watcher that changes one value of the run, and keeps what every call gave."""

    def __init__(self, model: nn.Module, inputs: Any, source: Source | None) -> None:
        self._source = source
        self.results: dict[int, list[torch.Tensor]] = {}
        if source is not None and source[0] == INPUT:
            chosen = dict(leaves(inputs))[source[1]]
            inputs = mapped(inputs, lambda tensor: _changed(tensor) if tensor is chosen else tensor)
        super().__init__(model, inputs)

    def altered(self, event: Event, result: Any) -> Any:
        """Return the result with the one value changed, if it is of this call."""
        if self._source is None or self._source[0] != event.index:
            return result
        named = outputs_of(event.module, result)
        chosen = {id(tensor) for name, tensor in named if name == self._source[1]}
        return mapped(result, lambda tensor: _changed(tensor) if id(tensor) in chosen else tensor)

    def _ended(self, event: Event, result: Any) -> None:
        super()._ended(event, result)
        self.results[event.index] = [tensor.detach().clone() for _, tensor in leaves(result)]


def _changed(tensor: torch.Tensor) -> torch.Tensor:
    """Return other numbers that are allowed where these were: tokens stay below the largest of them."""
    if tensor.dtype is torch.bool:
        return ~tensor
    if tensor.is_floating_point():
        return tensor * -1.37 + 0.61
    return (tensor + 1) % (tensor.max() + 1)
