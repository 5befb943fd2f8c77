"""A Loop of ONNX as a loop of Python: what is handed on from round to round, and what each round gives.

What the file hands on unchanged (weights, as tf2onnx does) is what it was before the loop; a count that is
handed on stays a plain number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmviz.errors import ModelError
from lstmviz.network.foreign.onnx_graph import RECURRENT, Graph, Node, graph_of, identifier
from lstmviz.network.foreign.onnx_lines import Lines
from lstmviz.network.reach import reached


@dataclass(frozen=True)
class Rounds:
    """The body of a Loop, and what goes through it: (name in it, name of its next value, first value)."""

    graph: Graph
    count: str
    handed: list[tuple[str, str, str]]
    same: dict[str, str]
    """What is handed on as it is, and what it was before the loop."""
    given: list[str]
    """What each round gives, which is stacked."""

    def needed(self, wanted: set[str]) -> set[str]:
        """Return the values of the body that these are computed from, in this round or one before."""
        made, after = self.graph.made_by, {name: later for name, later, _ in self.handed}

        def reads(name: str) -> list[str]:
            read = made[name].reads if name in made else [after[name]] if name in after else []
            return [one for one in read if one not in self.graph.fixed]

        return {*reached(wanted - {*self.graph.fixed}, reads)}


def rounds_of(
    node: Node, outer: Graph, evaluate: Callable[[Graph, dict[str, Any]], dict[str, Any]]
) -> Rounds:
    """Return a Loop's body with the values of its first round; ModelError for one that is not followed."""
    if outer.constant(node.inputs[0]) is None:
        raise ModelError(f"{node.label}: how often it goes round is computed from the data")
    proto = node.attributes["body"]
    names, results = [one.name for one in proto.input], [one.name for one in proto.output]
    handed = list(zip(names[2:], results[1:], node.inputs[2:], strict=False))
    given: dict[str, Any] = {names[0]: np.array(0, np.int64), names[1]: np.array(True)}
    given |= {name: outer.values[first] for name, _, first in handed}
    given |= {name: outer.values[name] for name in node.captured}
    graph = graph_of(outer.path, _as_model(proto, given, outer))
    if any(one.op in RECURRENT for one in graph.nodes):
        raise ModelError(f"{node.label} holds a recurrent layer, which is not followed")
    graph.values = given | evaluate(graph, given)
    same = {name: first for name, later, first in handed if name in {later, _moves(graph, later)}}
    known = {**same, **{name: name for name in node.captured}}
    graph.weights |= {name: given[name] for name, first in known.items() if first in outer.fixed}
    return Rounds(graph, names[0], handed, same, results[1 + len(handed) :])


def _moves(graph: Graph, name: str) -> str:
    """Return what an Identity gives under another name."""
    made = graph.made_by.get(name)
    return made.inputs[0] if made is not None and made.op == "Identity" else ""


def _as_model(proto: Any, given: dict[str, Any], outer: Graph) -> Any:
    """Return a body as a model of its own, which takes all that it reads."""
    from onnx import helper  # noqa: PLC0415  (an extra)

    taken = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.asarray(value).dtype),
                                           np.shape(value)) for name, value in given.items()]  # fmt: skip
    graph = helper.make_graph(proto.node, "body", taken, proto.output, proto.initializer)
    return helper.make_model(graph, opset_imports=outer.model.opset_import, ir_version=outer.model.ir_version)


def write_loop(node: Node, rounds: Rounds, wanted: set[str], lines: Lines) -> None:
    """Write a Loop, whose results `wanted` are read."""
    outer, around = lines.graph, dict(lines.names)
    many = len(rounds.handed)
    gives = [
        (later, name)
        for name, later in zip(node.outputs[many:], rounds.given, strict=False)
        if name in wanted
    ]
    last = [rounds.handed[at] for at, name in enumerate(node.outputs[:many]) if name in wanted]
    needed = rounds.needed({later for later, _ in gives} | {later for _, later, _ in last})
    handed = [one for one in rounds.handed if one[0] in needed and one[0] not in rounds.same]
    lines.names |= {name: lines.expression(first) for name, first in rounds.same.items() if name in needed}
    for name, _, first in handed:
        variable = identifier(name, lines.variables)
        lines.line(f"{variable} = {_begun(first, lines)}")
        lines.names[name] = variable
    lists = [identifier(f"{name}_of_rounds", lines.variables) for _, name in gives]
    for one in lists:
        lines.line(f"{one} = []")
    lines.names[rounds.count] = turn = identifier("turn", lines.variables)
    lines.line(f"for {turn} in range({_often(node, lines)}):")
    lines.body(rounds.graph, needed)
    lines.graph = rounds.graph
    for (later, _), one in zip(gives, lists, strict=True):
        lines.line(f"    {one}.append({lines.expression(later)})")
    if handed:
        now, then = [lines.names[name] for name, _, _ in handed], [lines.expression(one[1]) for one in handed]
        lines.line(f"    {', '.join(now)} = {', '.join(then)}")
    lines.graph = outer
    found = {node.outputs[rounds.handed.index(one)]: lines.names.get(one[0]) or lines.expression(one[2])
             for one in last}  # fmt: skip
    for (_, name), one in zip(gives, lists, strict=True):
        found[name] = identifier(name, lines.variables)
        lines.line(f"{found[name]} = torch.stack({one})")
    lines.names = {**around, **found}


def _often(node: Node, lines: Lines) -> str:
    """Return how often a Loop goes round: as long as the axis of an input is, where it is that."""
    count = int(lines.graph.constant(node.inputs[0]))
    return str(count) if node.inputs[0] in lines.graph.weights else _size(count, lines)


def _begun(name: str, lines: Lines) -> str:
    """Return the value that the first round reads; zeros of computed sizes are made anew."""
    value = lines.graph.constant(name)
    if value is None or name in lines.graph.weights or not np.ndim(value) or np.any(value):
        return lines.expression(name)
    sizes = ", ".join(_size(size, lines) for size in np.shape(value))
    return f"torch.zeros({sizes}, dtype=torch.{value.dtype})"


def _size(size: int, lines: Lines) -> str:
    """Return a size as that of an input's open axis, where one alone is as long; else the number."""
    found = [
        f"{lines.names[one.name]}.shape[{axis}]"
        for one in lines.graph.taken
        for axis, said in enumerate(one.sizes)
        if isinstance(said, str) and lines.graph.values[one.name].shape[axis] == size
    ]
    return found[0] if len(found) == 1 else str(size)
