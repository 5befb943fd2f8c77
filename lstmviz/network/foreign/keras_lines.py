"""What writes the code of a Keras model's twin, as the rows of its layers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn


class Lines(Protocol):
    """The code that is written."""

    masks: dict[str, str]
    """The variables of tensors that have a mask, and its variable: which steps count."""
    pairs: str
    """For attention: which step of the query may read which of the value, (N or 1, T, S); empty for all."""

    def add(self, module: nn.Module, name: str) -> str:
        """Keep a module; return how it is called."""

    def let(self, name: str, text: str) -> str:
        """Write a line that gives a variable; return it."""

    def call(self, module: nn.Module, name: str, given: str) -> str:
        """Write the call of a module that is kept; return its result."""

    def function(self, function: Callable[..., Any], name: str, said: str) -> str:
        """Write the call of a function as it is; return its result."""

    def layer(self, layer: Any, xs: list[str], states: list[str]) -> list[str]:
        """Write the call of a layer; return its results."""
