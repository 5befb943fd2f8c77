"""What a run of a module is recorded as: its calls, and where each tensor comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import nn

    from lstmviz.network.user.values import Sizes


Source = tuple[int, str]
"""A tensor by where it comes from: the number of an event, and which of its outputs."""


@dataclass(slots=True)
class Event:
    """One call of a module or a function, with what it took and gave."""

    index: int
    type: str
    name: str
    module: nn.Module | None
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    inputs: tuple[tuple[str, Sizes], ...]
    sources: tuple[Source, ...]
    where: str
    parameters: Mapping[str, torch.Tensor] = field(default_factory=dict)
    result: Any = None
    outputs: tuple[tuple[str, Sizes], ...] = ()
    writes: bool = False
    """Whether it writes into a tensor that was there before."""
    begun: tuple[Source, ...] = ()
    """Where the states come from that a recurrent layer was handed."""
    inside: tuple[str, ...] = ()
    """The user's own modules whose forward made the call, from the outside in."""
    func: Any = None
    """The function of torch that was called, if it was no module."""
