"""An ONNX file read and run: its nodes, and every value in it on given inputs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lstmviz.errors import MissingDependencyError, ModelError

INSTALL = "pip install 'lstmviz[onnx]'"
RECURRENT = frozenset({"LSTM", "GRU", "RNN"})
DEFAULTS = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}
"""The activations of each, where a file names none."""
ALPHA = {"HardSigmoid": 0.2, "LeakyRelu": 0.01, "Elu": 1.0, "ThresholdedRelu": 1.0, "Affine": 1.0,
         "ScaledTanh": 1.0}  # fmt: skip
BETA = {"HardSigmoid": 0.5, "Affine": 0.0, "ScaledTanh": 1.0}
"""Numbers that activations take, and what they are where a file gives none."""
LAYOUT = frozenset({"Identity", "Squeeze", "Unsqueeze", "Transpose", "Reshape", "Flatten"})
"""Operators that move numbers and change none."""
UNKNOWN = r"|unk__\d+"
"""What a size is called that nobody has named: it is told by its place, so that two batches are one."""
OF_SHAPES = frozenset({"Shape", "Size"})
"""Operators whose result depends on the sizes of what they read, not on its numbers."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operator: names of what it reads and gives, and its attributes."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    number: int
    captured: tuple[str, ...] = ()
    """Values around it that a body of its own (of a Loop, an If) reads without their being its inputs."""

    @property
    def reads(self) -> tuple[str, ...]:
        """All values that its results depend on."""
        return tuple(name for name in (*self.inputs, *self.captured) if name)

    @property
    def label(self) -> str:
        """What the file calls it, for messages: ``LSTM '/encoder/LSTM'``."""
        return f"{self.op} {self.name!r}" if self.name else f"{self.op} (node {self.number})"


@dataclass(frozen=True)
class Taken:
    """What the model takes: a name, its type in NumPy's words, and its sizes, as far as they are fixed."""

    name: str
    dtype: str
    sizes: tuple[int | str, ...]


@dataclass
class Graph:
    """A model's nodes in their order, its weights, and (after a run) all its values."""

    path: Path
    model: Any
    weights: dict[str, Any]
    nodes: list[Node]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def opset(self) -> int:
        """The version of the standard's own operators."""
        return next((o.version for o in self.model.opset_import if o.domain in {"", "ai.onnx"}), 0)

    @property
    def taken(self) -> list[Taken]:
        """What is to be given: the inputs that are no weights."""
        from onnx import helper  # noqa: PLC0415

        found = []
        for info in self.model.graph.input:
            if info.name not in self.weights:
                tensor = info.type.tensor_type
                dims = [
                    d.dim_value or (f"d{i}" if re.fullmatch(UNKNOWN, d.dim_param) else d.dim_param)
                    for i, d in enumerate(tensor.shape.dim)
                ]
                dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type)).name
                found.append(Taken(info.name, dtype, tuple(dims)))
        return found

    @property
    def results(self) -> list[str]:
        """The names of what the model gives."""
        return [info.name for info in self.model.graph.output]

    @cached_property
    def readers(self) -> Counter[str]:
        """How many nodes read each value; the model's results are read once more."""
        read = Counter(name for node in self.nodes for name in node.reads)
        return read + Counter(self.results)

    @cached_property
    def made_by(self) -> dict[str, Node]:
        """The node that gives each value."""
        return {name: node for node in self.nodes for name in node.outputs if name}

    @cached_property
    def fixed(self) -> frozenset[str]:
        """The values that no number of the inputs changes: weights, and what is computed from sizes alone."""
        found = set(self.weights)
        for node in self.nodes:
            plain = node.op in OF_SHAPES or all(name in found for name in node.reads)
            if plain and not node.op.startswith("Random"):
                found |= {name for name in node.outputs if name}
        return frozenset(found)

    def constant(self, name: str) -> Any:
        """Return a fixed value; None for one that depends on the inputs, or is not there."""
        return self.values[name] if name and name in self.fixed else None


def past_joints(graph: Graph) -> Graph:
    """Return a graph that was run, in which what a Slice takes whole out of a Concat is read where it was.

    Exporters join the last states of stacked layers so, and take them apart again.
    """
    same: dict[str, str] = {}
    for node in graph.nodes:
        joined = graph.made_by.get(node.inputs[0]) if node.op == "Slice" else None
        if joined is None or joined.op != "Concat" or len(node.inputs) > 4:
            continue
        options = [graph.constant(name) for name in node.inputs[1:]]
        starts, ends, axes = (
            options if len(options) == 3 else map(node.attributes.get, ("starts", "ends", "axes"))
        )
        axis, end = joined.attributes["axis"], 0
        if starts is None or ends is None or axes is None or list(axes) != [axis]:
            continue
        for name in joined.inputs:
            begin, end = end, end + np.shape(graph.values[name])[axis]
            if (begin, end) == (int(starts[0]), int(ends[0])):
                same[node.outputs[0]] = name
    nodes = [replace(n, inputs=tuple(same.get(name, name) for name in n.inputs)) for n in graph.nodes]
    return replace(graph, nodes=nodes)


def read_graph(path: Path) -> Graph:
    """Read an ONNX file; ModelError for what is none, MissingDependencyError without the package."""
    try:
        import onnx  # noqa: PLC0415
    except ImportError as error:
        raise MissingDependencyError("onnx", INSTALL) from error
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise ModelError(f"{path.name} is no ONNX model: {first}") from error
    return graph_of(path, model)


def graph_of(path: Path, model: Any) -> Graph:
    """Return a model that was read, as nodes and weights."""
    from onnx import helper, numpy_helper  # noqa: PLC0415

    weights = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
    nodes = []
    for number, proto in enumerate(model.graph.node, 1):
        attributes = {a.name: _plain(helper.get_attribute_value(a)) for a in proto.attribute}
        names, captured = (tuple(proto.input), tuple(proto.output)), tuple(dict.fromkeys(_captured(proto)))
        nodes.append(Node(proto.op_type, proto.name, *names, attributes, number, captured))
    return Graph(path, model, weights, nodes)


def with_numbers(attributes: Mapping[str, Any], usual: Sequence[str]) -> list[tuple[str, float, float]]:
    """Return the activations that a node's attributes name, each with its alpha and beta.

    >>> with_numbers({"activations": ("Tanh", "LeakyRelu"), "activation_alpha": (0.3,)}, ())
    [('Tanh', 0.0, 0.0), ('LeakyRelu', 0.3, 0.0)]
    """
    alphas, betas = (list(attributes.get(f"activation_{key}") or ()) for key in ("alpha", "beta"))
    found = []
    for name in attributes.get("activations") or usual:
        alpha = alphas.pop(0) if name in ALPHA and alphas else ALPHA.get(name, 0.0)
        beta = betas.pop(0) if name in BETA and betas else BETA.get(name, 0.0)
        found.append((name, alpha, beta))
    return found


def _captured(proto: Any) -> Iterator[str]:
    """Yield the values around a node that its bodies read."""
    for body in (a.g for a in proto.attribute if a.HasField("g")):
        own = {one.name for one in (*body.input, *body.initializer)}
        for node in body.node:
            yield from (name for name in (*node.input, *_captured(node)) if name and name not in own)
            own |= set(node.output)
        yield from (one.name for one in body.output if one.name not in own)


def _plain(value: Any) -> Any:
    """Return an attribute with text as text, and lists of it."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list | tuple):
        return tuple(_plain(one) for one in value)
    return value


_KEYWORDS = frozenset({"self", "torch", "lambda", "in", "is", "not", "and", "or", "if", "from", "return"})


def identifier(name: str, taken: set[str]) -> str:
    """Return a name of Python's for one of the file's, and note it as taken.

    >>> identifier("/encoder/LSTM_output_0", set())
    'encoder_LSTM_output_0'
    """
    plain = re.sub(r"\W+", "_", name).strip("_") or "value"
    plain = f"v_{plain}" if plain[0].isdigit() or plain in _KEYWORDS else plain
    found, count = plain, 1
    while found in taken:
        count += 1
        found = f"{plain}_{count}"
    taken.add(found)
    return found
