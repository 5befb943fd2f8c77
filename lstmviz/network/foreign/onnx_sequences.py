"""LSTM, GRU and RNN of ONNX as calls of torch's layers: what the call folds in, and what is written out.

ONNX gives Y as (T, D, N, H), torch `output` as (T, N, D·H): the transposes and reshapes that exporters put
around a layer are followed on the places of its numbers, and what is `output` again is not written.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmviz.errors import ModelError
from lstmviz.network.foreign import onnx_layers as layers
from lstmviz.network.foreign.onnx_graph import LAYOUT, RECURRENT, Graph, Node, identifier
from lstmviz.network.foreign.onnx_lines import Lines
from lstmviz.translation.messages import note

TIME, BATCH = "time", "batch"
SWAP: tuple[int, ...] = (1, 0, 2)


class Sequences:
    """The recurrent nodes of a graph, and which values are an `output` of theirs, time or batch first."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = [node for node in graph.nodes if node.op in RECURRENT]
        self.aliases: dict[str, tuple[Node, str]] = {}
        for node in self.nodes:
            self._follow(node)
        self.batch_first = self._batch_first()

    def reads(self, node: Node, name: str) -> list[str]:
        """Return the values that one of a node's results is computed from, as the twin computes it."""
        if name in self.aliases:
            return list(self.aliases[name][0].outputs[:1])
        if node.op in RECURRENT:
            return [self._x(node), *node.inputs[4:7]]
        return list(node.reads)

    def _follow(self, node: Node) -> None:
        """Note what moves the numbers of Y about until they stand as in torch's output."""
        y = node.outputs[0]
        shape = np.shape(self.graph.values[y]) if y else ()
        if not y:
            return
        first, second, directions, hidden = self._axes(node, shape)
        split: Any = np.arange(first * second * directions * hidden)
        split = split.reshape(first, second, directions, hidden)
        places = split.reshape(first, second, directions * hidden)
        moved = split.transpose(1, 0, 2, 3) if node.attributes.get("layout") else split.transpose(0, 2, 1, 3)
        open_: dict[str, Any] = {y: moved}
        while open_:
            name, at = open_.popitem()
            swapped: Any = places.transpose(SWAP)
            for layout, wanted in ((TIME, places), (BATCH, swapped)):
                if at.shape == wanted.shape and np.array_equal(at, wanted):
                    self.aliases.setdefault(name, (node, layout))
            for after in self.graph.nodes:
                if after.op in LAYOUT and after.inputs[0] == name:
                    open_[after.outputs[0]] = _moved(after, at, self.graph)

    def _axes(self, node: Node, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """Return T, N, D, H of a Y."""
        if node.attributes.get("layout"):
            return shape[1], shape[0], shape[2], shape[3]
        return shape[0], shape[2], shape[1], shape[3]

    def _x(self, node: Node) -> str:
        """Return what a node reads, past a transpose that batch_first does without."""
        name = node.inputs[0]
        made = self.graph.made_by.get(name)
        first = self.__dict__.get("batch_first", {}).get(id(node))
        return made.inputs[0] if first and made is not None and _swaps(made) else name

    def _batch_first(self) -> dict[int, bool]:
        """Say which layers are batch-first: their input is, and nothing needs their output otherwise."""
        found = {id(node): True for node in self.nodes}
        changed = True
        while changed:
            changed = False
            for node in self.nodes:
                if not node.attributes.get("layout") and found[id(node)]:
                    found[id(node)] = self._is_given(node, found) and self._serves(node, found)
                    changed = changed or not found[id(node)]
        return found

    def _is_given(self, node: Node, found: dict[int, bool]) -> bool:
        """Whether what a layer reads was batch-first before a transpose, or is the output of such a layer."""
        above = self.aliases.get(node.inputs[0])
        if above is not None and above[1] == TIME:
            return found[id(above[0])]
        return _swaps(self.graph.made_by.get(node.inputs[0]))

    def _serves(self, node: Node, found: dict[int, bool]) -> bool:
        """Whether all that reads a layer's output, time first, is a layer that is batch-first itself."""
        for name, (layer, layout) in self.aliases.items():
            if layer is not node or layout != TIME:
                continue
            if name in self.graph.results:
                return False
            for after in self.graph.nodes:
                folded = after.op in LAYOUT or all(n in self.graph.fixed for n in after.outputs)
                if name not in after.inputs or folded:
                    continue
                if after.op not in RECURRENT or after.inputs[0] != name or not found[id(after)]:
                    return False
        return True

    def aliased(self, name: str, writer: Lines) -> str:
        """Return how an `output` that was moved about is written."""
        node, layout = self.aliases[name]
        output = writer.names[f"output of {node.number}"]
        own = BATCH if self.batch_first[id(node)] else TIME
        return output if layout == own else f"{output}.transpose(0, 1)"

    def write(self, node: Node, writer: Lines) -> None:
        """Write the call of a recurrent layer, and Y, Y_h and Y_c as far as they are read."""
        first = self.batch_first[id(node)]
        layer, other = layers.recurrent(node, self.graph, batch_first=first), layers.unlike(node, self.graph)
        called = writer.keep(layer, node)
        stem = called.removeprefix("self.")
        x = self._source(node, writer)
        axis = 1 if first else 0
        back = node.attributes.get("direction", "forward") == "reverse"
        x = f"{x}.flip({axis})" if back else x
        given = self._states(node, writer)
        names = [f"{stem}_{end}" for end in ("output", "h_n", "c_n")[: 3 if node.op == "LSTM" else 2]]
        output, *states = (identifier(name, writer.variables) for name in names)
        results = f"{output}, ({', '.join(states)})" if len(states) > 1 else f"{output}, {states[0]}"
        lengths = self._lengths(node, writer)
        if other:
            writer.notes.append(note("foreign.onnx-loop", name=stem, options=other))
        if lengths and other:
            raise ModelError(f"{node.label} has {other}, and lengths: no layer of torch computes that")
        if lengths and back:
            raise ModelError(
                f"{node.label} runs in reverse over sequences of several lengths; torch's layer does not"
            )
        if lengths:
            said = f"batch_first={first}, "
            x = f"pack_padded_sequence({x}, {lengths}, {said}enforce_sorted=False)"
        writer.line(f"{results} = {called}({x}{given})")
        if lengths:
            total = self.graph.values[node.inputs[0]].shape[1 if node.attributes.get("layout") else 0]
            writer.line(f"{output}, _ = pad_packed_sequence({output}, {said}total_length={total})")
        if back:
            writer.line(f"{output} = {output}.flip({axis})")
        self._results(node, writer, output, states)

    def _results(self, node: Node, writer: Lines, output: str, states: list[str]) -> None:
        """Give the node's results their expressions."""
        writer.names[f"output of {node.number}"] = output
        y, *ends = node.outputs
        layout = bool(node.attributes.get("layout"))
        if y:
            directions = np.shape(self.graph.values[y])[2 if layout else 1]
            time_first = f"{output}.transpose(0, 1)" if self.batch_first[id(node)] != layout else output
            apart = f"{time_first}.unflatten(-1, ({directions}, -1))"
            usual = apart if layout else f"{apart}.transpose(1, 2)"
            writer.names[y] = self.aliased(y, writer) if y in self.aliases else usual
        for name, state in zip(ends, states, strict=False):
            writer.names[name] = f"{state}.transpose(0, 1)" if layout else state

    def _source(self, node: Node, writer: Lines) -> str:
        """Return what a layer reads, in its own layout."""
        name = self._x(node)
        if name in self.aliases and self.batch_first[id(node)] and not node.attributes.get("layout"):
            above, layout = self.aliases[name]
            if layout == TIME and self.batch_first[id(above)]:
                return writer.names[f"output of {above.number}"]
        return writer.expression(name)

    def _states(self, node: Node, writer: Lines) -> str:
        """Return h_0 (and c_0) as arguments; nothing where they are zeros."""
        names = [name for name in node.inputs[5 : 7 if node.op == "LSTM" else 6] if name]
        values = [self.graph.constant(name) for name in names]
        if not names or all(value is not None and not np.any(value) for value in values):
            return ""
        if len(names) < (2 if node.op == "LSTM" else 1):
            raise ModelError(f"{node.label} is given one of its two states alone")
        said = [writer.expression(name) for name in names]
        said = [f"{s}.transpose(0, 1)" if node.attributes.get("layout") else s for s in said]
        return f", ({', '.join(said)})" if len(said) > 1 else f", {said[0]}"

    def _lengths(self, node: Node, writer: Lines) -> str:
        """Return the lengths of the sequences; nothing where all are full."""
        name = node.inputs[4] if len(node.inputs) > 4 else ""
        if not name:
            return ""
        value = self.graph.constant(name)
        if value is None:
            return f"{writer.expression(name)}.long()"
        steps = self.graph.values[node.inputs[0]].shape[1 if node.attributes.get("layout") else 0]
        lengths = [int(n) for n in value]
        return "" if set(lengths) == {steps} else str(lengths)


def _swaps(node: Node | None) -> bool:
    return node is not None and node.op == "Transpose" and tuple(node.attributes.get("perm", ())) == SWAP


def _moved(node: Node, at: Any, graph: Graph) -> Any:
    """Move the places of numbers about as a node moves the numbers."""
    if node.op == "Transpose":
        return at.transpose(node.attributes.get("perm") or range(at.ndim)[::-1])
    return at.reshape(np.shape(graph.values[node.outputs[0]]))
