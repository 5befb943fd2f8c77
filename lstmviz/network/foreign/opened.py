"""A model of any library, ready to be run: a torch module, its inputs, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Opened:
    """A module to be run on inputs, under a name, and what figures say of it."""

    module: nn.Module
    inputs: Any
    title: str
    notes: tuple[str, ...] = ()
