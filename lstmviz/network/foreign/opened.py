"""A model of any library, ready to be run: a torch module, its inputs, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lstmviz.network.original import Original
from lstmviz.network.structure import Trace

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Opened:
    """A module to be run on inputs, under a name, and what figures say of it."""

    module: nn.Module
    inputs: Any
    title: str
    notes: tuple[str, ...] = ()
    original: Original | None = None

    def told(self, seen: Trace) -> Trace:
        """Return what a run of the module showed, with what is known of the model."""
        return replace(seen, notes=(*seen.notes, *self.notes), original=self.original)
