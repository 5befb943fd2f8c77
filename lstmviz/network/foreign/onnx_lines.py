"""What writes the code of an ONNX model's twin: its lines, and the modules and values in them."""

from __future__ import annotations

import ast

import numpy as np
import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign import twins
from lstmviz.network.foreign.onnx_graph import Graph, Node, identifier
from lstmviz.network.foreign.onnx_operators import literal

SCOPES = "pkg.torch.onnx.name_scopes"
"""Where torch's newer exporter says which module a node was."""


class Lines(twins.Writer):
    """The code that is written, each line as one of the node of this `number`."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph, self.number = graph, 0
        self.lines: list[tuple[int, str]] = []
        self.names: dict[str, str] = {}
        """How the values of the file are written."""

    def expression(self, name: str) -> str:
        """Return how a value is written: its variable, a number, or a tensor that is kept."""
        if name in self.names:
            return self.names[name]
        value = self.graph.constant(name)
        if value is None:
            raise ModelError(f"{self.graph.path.name}: nothing gives {name!r}")
        short = literal(value)
        if short is None:
            kept = identifier(name, self._modules)
            tensor = torch.from_numpy(np.array(value))
            if tensor.is_floating_point() and name in self.graph.weights:
                self.module.register_parameter(kept, nn.Parameter(tensor))
            else:
                self.module.register_buffer(kept, tensor)
            short = f"self.{kept}"
        self.names[name] = short
        return short

    def keep(self, module: nn.Module, node: Node) -> str:
        """Keep a module under a name like the file's own; return how it is called."""
        return self.add(module, module_name(node, self.graph))

    def line(self, text: str) -> None:
        """Write a line, as one of the node that is written just now."""
        self.lines.append((self.number, text))

    def body(self, graph: Graph, wanted: set[str]) -> None:
        """Write the nodes of a loop's body, indented, as lines of the node that the loop is."""
        raise NotImplementedError


def module_name(node: Node, graph: Graph) -> str:
    """Return what the file calls a module: by its weight, by the module it was exported from, by its node."""
    for name in node.inputs[1:2] if node.op != "Gather" else node.inputs[:1]:
        path, _, last = name.rpartition(".")
        if path and last in {"weight", "weight_ih_l0"}:
            return path
    proto = graph.model.graph.node[node.number - 1]
    scopes = next((p.value for p in proto.metadata_props if p.key == SCOPES), "")
    if scopes:
        inside = [scope for scope in ast.literal_eval(scopes) if scope]
        if len(inside) > 1:
            return str(inside[-2])
    parts = [part for part in node.name.split("/") if part]
    return parts[-2] if len(parts) > 1 else parts[0] if parts else node.op.lower()
