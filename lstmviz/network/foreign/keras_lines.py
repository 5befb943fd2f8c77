"""What writes the code of a Keras model's twin: its lines, and the modules and functions that they call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from lstmviz.network.foreign import twins
from lstmviz.network.foreign.onnx_graph import identifier


class Lines(twins.Writer):
    """The code that is written."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.lines: list[str] = []
        self.masks: dict[str, str] = {}
        """The variables of tensors that have a mask, and its variable: which steps count."""
        self.pairs = ""
        """For attention: which step of the query may read which of the value, (N or 1, T, S); else empty."""
        self.shared: dict[int, str] = {}
        """How each recurrent layer that was met is called, by its id."""
        self.functions: dict[str, Callable[..., Any]] = {}

    def let(self, name: str, text: str) -> str:
        """Write a line that gives a variable; return it."""
        variable = identifier(name, self.variables)
        self.lines.append(f"{variable} = {text}")
        return variable

    def call(self, module: nn.Module, name: str, given: str) -> str:
        """Write the call of a module that is kept; return its result."""
        return self.let(name, f"{self.add(module, name)}({given})")

    def function(self, function: Callable[..., Any], name: str, said: str) -> str:
        """Write the call of a function as it is: one of keras.ops in a graph, an activation of a user's."""
        called = identifier(f"call_{name}", self.variables)
        self.functions[called] = function
        return self.let(name, f"{called}({said})")

    def layer(self, layer: Any, xs: list[str], states: list[str], said: str = "") -> list[str]:
        """Write the call of one layer; return its results. `said` are its arguments in a graph."""
        raise NotImplementedError
