"""An ONNX model as a torch module: its nodes as lines of code, and its output held against the file's own."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign import onnx_layers as layers
from lstmviz.network.foreign import twins
from lstmviz.network.foreign.onnx_graph import RECURRENT, Graph, Node, identifier
from lstmviz.network.foreign.onnx_lines import Lines
from lstmviz.network.foreign.onnx_loops import rounds_of, write_loop
from lstmviz.network.foreign.onnx_operators import EXPRESSIONS, Operation
from lstmviz.network.foreign.onnx_sequences import Sequences
from lstmviz.network.reach import reached

Evaluate = Callable[[Graph, dict[str, Any]], dict[str, Any]]

FIRST_ALONE = frozenset({"Reshape", "Squeeze", "Unsqueeze", "Slice", "Split", "Expand", "Dropout", "Gather",
                         "Tile", "TopK", "ReverseSequence"})  # fmt: skip
HELD = {"Gemm": ("B", "C"), "MatMul": ("B",), "Add": ("B", "Add B"), "Gather": ("data",), "Conv": ("W", "B"),
        "BatchNormalization": ("scale", "B"), "LayerNormalization": ("Scale", "B")}  # fmt: skip
"""What ONNX calls the weights that its operators read; an Add has those of the product before it as well."""


class Writer(Lines):
    """Writes the forward of a model's twin, node by node."""

    def __init__(self, graph: Graph, evaluate: Evaluate) -> None:
        super().__init__(graph)
        self.evaluate = evaluate
        self.sequences = Sequences(graph)
        self.kept: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {}
        """What the file keeps of each module of `HELD`: names and sizes."""
        self.turned: list[str] = []
        """The modules whose weights the file has as (in, out)."""
        self._needed = self._reaching()

    def written(self) -> nn.Module:
        """Return the module."""
        graph = self.graph
        for taken in graph.taken:
            self.names[taken.name] = identifier(taken.name, self.variables)
        arguments = ", ".join(self.names.values())
        for node in graph.nodes:
            if self._needed & set(node.outputs) and not all(n in graph.fixed for n in node.outputs if n):
                self._node(node)
        results = ", ".join(self.expression(name) for name in graph.results)
        body = [f"def forward(self, {arguments}):", *(f"    {line}" for _, line in self.lines)]
        code = ast.parse("\n".join([*body, f"    return {results}"]))
        numbers = dict(enumerate([n for n, _ in self.lines], 2))
        for part in ast.walk(code):  # an error, or a table, names the node of the file
            number = numbers.get(getattr(part, "lineno", 0))
            if number is not None:
                vars(part).update(lineno=number, end_lineno=number)
        name = re.sub(r"\W", "_", graph.path.stem)
        return self.compiled(code, graph.path.name, name, dict(twins.SPACE))

    def _reaching(self) -> set[str]:
        """Return the values that the results are computed from, folded ones not followed."""

        def reads(name: str) -> list[str]:
            node = None if name in self.graph.fixed else self.graph.made_by.get(name)
            return [one for one in self.sequences.reads(node, name) if one] if node else []

        return {*reached(self.graph.results, reads)}

    def assign(self, node: Node, text: str) -> None:
        """Write one line that gives a node's results."""
        shown = [identifier(name or "_unused", self.variables) for name in node.outputs]
        for name, variable in zip(node.outputs, shown, strict=True):
            self.names[name] = variable
        self.line(f"{', '.join(shown)} = {text}")

    def body(self, graph: Graph, wanted: set[str]) -> None:
        """Write the nodes of a loop's body."""
        outer, number, own = self.graph, self.number, len(self.lines)
        self.graph = graph
        for node in graph.nodes:
            if wanted & set(node.outputs):
                self._node(node)
        self.graph, self.number = outer, number
        self.lines[own:] = [(number, f"    {text}") for _, text in self.lines[own:]]

    def _node(self, node: Node) -> None:
        self.number = node.number
        if node.op == "Loop":
            write_loop(node, rounds_of(node, self.graph, self.evaluate), self._needed, self)
            return
        if node.op in RECURRENT:
            self.sequences.write(node, self)
            return
        if node.outputs[0] in self.sequences.aliases:
            self.names[node.outputs[0]] = self.sequences.aliased(node.outputs[0], self)
            return
        if text := self._with_weights(node):
            self.assign(node, text)
            return
        if node.op not in EXPRESSIONS:
            raise ModelError(f"{node.label} is not followed: it is none of the operators that lstmviz knows")
        args = [self.expression(name) if name else "" for name in self._read(node)]
        self.assign(node, EXPRESSIONS[node.op](Operation(node, self.graph, args)))

    def _read(self, node: Node) -> list[str]:
        """Return the inputs that an expression holds; of the others it reads options."""
        alone = node.op in FIRST_ALONE or node.op.startswith("Reduce")
        picks = node.op == "Gather" and self.graph.constant(node.inputs[1]) is None
        return list(node.inputs[:1] if alone and not picks else node.inputs)

    def _with_weights(self, node: Node) -> str:
        """Return the call of the module that a node with weights is; nothing if it is none."""
        fixed = [self.graph.constant(name) for name in node.inputs]
        named, read = node, node.inputs[0] if node.inputs else ""
        made: nn.Module | None = None
        held, turned = fixed[1:3], node.op in {"MatMul", "Add"}
        if node.op == "Gemm" and _is_linear(node, fixed):
            turned = not node.attributes.get("transB")
            weight = fixed[1] if turned else fixed[1].T
            made = twins.linear(weight.T, fixed[2] if len(fixed) > 2 else None)
        elif node.op == "MatMul" and fixed[1] is not None and np.ndim(fixed[1]) == 2:
            made = None if self._later_bias(node) else twins.linear(fixed[1].T, None)
        elif node.op == "Add" and (product := self._product(node)) is not None:
            named, read = product, product.inputs[0]
            bias = next(value for value in fixed if value is not None)
            held = [self.graph.constant(product.inputs[1]), bias]
            made = twins.linear(held[0].T, bias)
        elif node.op == "Gather" and _is_table(node, fixed):
            read, held, made = node.inputs[1], fixed[:1], twins.embedding(fixed[0])
        else:
            made = self._normed(node, fixed)
        if made is None:
            return ""
        called = self.keep(made, named)
        name = called.removeprefix("self.")
        sizes = ((said, np.shape(value)) for said, value in zip(HELD[node.op], held, strict=False))
        self.kept[name] = tuple(sizes)
        self.turned += [name] * turned
        return f"{called}({self.expression(read)})"

    def _normed(self, node: Node, fixed: list[Any]) -> nn.Module | None:
        """Return the convolution or normalization that a node is."""
        if any(value is None for value in fixed[1:]) or len(fixed) < 2:
            return None
        if node.op == "Conv":
            return layers.convolution(node, fixed[1], fixed[2] if len(fixed) > 2 else None)
        if node.op == "BatchNormalization":
            return layers.batch_norm(node, np.ndim(self.graph.values[node.inputs[0]]), fixed[1:5])
        if node.op == "LayerNormalization" and node.attributes.get("axis", -1) == -1:
            return layers.layer_norm(node, fixed[1], fixed[2] if len(fixed) > 2 else None)
        return None

    def _later_bias(self, node: Node) -> Node | None:
        """Return the Add that gives a product its bias, if that is all that reads it."""
        (name,) = node.outputs
        if self.graph.readers[name] != 1:
            return None
        after = next((n for n in self.graph.nodes if name in n.inputs), None)
        return after if after is not None and self._product(after) is node else None

    def _product(self, node: Node) -> Node | None:
        """Return the product with fixed weights that an Add gives its bias."""
        for name, other in (node.inputs, node.inputs[::-1]) if len(node.inputs) == 2 else ():
            made, bias = self.graph.made_by.get(name), self.graph.constant(other)
            if made is None or made.op != "MatMul" or bias is None or self.graph.readers[name] != 1:
                continue
            weight = self.graph.constant(made.inputs[1])
            if weight is not None and np.ndim(weight) == 2 and np.shape(bias) == (weight.shape[1],):
                return made
        return None


def _is_linear(node: Node, fixed: list[Any]) -> bool:
    said = node.attributes
    plain = said.get("alpha", 1.0) == said.get("beta", 1.0) == 1 and not said.get("transA")
    bias = len(fixed) < 3 or (fixed[2] is not None and np.ndim(fixed[2]) == 1)
    return plain and bias and fixed[1] is not None


def _is_table(node: Node, fixed: list[Any]) -> bool:
    rows = fixed[0] is not None and np.ndim(fixed[0]) == 2 and fixed[1] is None
    return rows and node.attributes.get("axis", 0) == 0
