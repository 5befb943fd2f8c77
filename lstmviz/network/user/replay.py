"""A call of a run, made again with other numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.values import mapped


@dataclass(slots=True)
class Again:
    """A call that can be made again with one of its tensors exchanged.

    What it gives for the same numbers is kept: a call of many results is asked about each.
    """

    call: Callable[..., Any]
    given: Any
    module: nn.Module | None
    writes: bool = False
    luck: torch.Tensor | None = None
    several: bool = False
    known: dict[bytes, list[torch.Tensor]] = field(default_factory=dict)

    def of(self, tensor: torch.Tensor, place: int, *, whole: bool) -> Callable[[torch.Tensor], torch.Tensor]:
        """Return the call as a function of one tensor, that gives one of its results."""

        def call(value: torch.Tensor) -> torch.Tensor:
            new = {id(tensor): value.squeeze(0) if whole else value}
            if not self.several:
                return self._made(new)[place]
            numbers = value.contiguous().flatten().view(torch.uint8).numpy().tobytes()
            if numbers not in self.known:
                self.known[numbers] = self._made(new)
            return self.known[numbers][place]

        return call

    def every(self, tensor: torch.Tensor) -> Callable[[torch.Tensor], list[torch.Tensor]]:
        """Return the call as a function of one tensor, that gives all its results."""
        return lambda value: self._made({id(tensor): value})

    def of_parts(self, parts: Sequence[torch.Tensor], place: int) -> Callable[[torch.Tensor], torch.Tensor]:
        """Return the call as a function of several of its tensors, stacked."""
        return lambda value: self._made({id(p): v for p, v in zip(parts, value, strict=True)})[place]

    def _made(self, new: dict[int, torch.Tensor]) -> list[torch.Tensor]:
        args, kwargs = mapped(
            self.given, lambda t: new[id(t)] if id(t) in new else t.clone() if self.writes else t
        )
        if self.luck is not None:
            torch.set_rng_state(self.luck)
        result = self.call(*args, **kwargs)
        return [args[0]] if self.writes else [tensor for _, tensor in outputs_of(self.module, result)]
