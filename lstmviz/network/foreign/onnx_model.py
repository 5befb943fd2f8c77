"""An ONNX file opened: its twin in torch, held against the reference evaluator on the same inputs."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign.numbers import CLOSE, FREE, apart, made_up_note
from lstmviz.network.foreign.onnx_graph import RECURRENT, Graph, identifier, past_joints, read_graph
from lstmviz.network.foreign.onnx_layers import refuse_activations
from lstmviz.network.foreign.onnx_lines import module_name
from lstmviz.network.foreign.onnx_twin import Writer
from lstmviz.network.foreign.opened import Opened
from lstmviz.network.original import Original
from lstmviz.network.user.input_spelling import SpelledInput
from lstmviz.network.user.made_up import IN_A_SHELL
from lstmviz.translation.messages import note


def open_onnx(path: Path, inputs: Any = None) -> Opened:
    """Read an ONNX file and make its twin; ModelError unless both give the same on these inputs."""
    graph = read_graph(path)
    refuse_activations(graph)
    _refuse_halves(graph)
    given, made_up = _given(graph, inputs)
    try:
        graph.values = evaluated(graph, given)
    except ModelError as error:
        if inputs is not None:
            raise
        given, made_up, graph.values = _fitting(graph, error)
    graph = past_joints(graph)
    writer = Writer(graph, evaluated)
    twin = writer.written()
    tensors = tuple(torch.from_numpy(np.array(given[taken.name])) for taken in graph.taken)
    gap = apart(twin, tensors, [graph.values[name] for name in graph.results], path.name)
    gap = max(gap, _elsewhere(graph, twin, given))
    if gap > CLOSE:
        raise ModelError(f"{path.name}: its nodes give other numbers in torch than in ONNX, {gap:.2g} apart")
    said = note("foreign.onnx", opset=graph.opset, gap=f"{CLOSE:g}")
    runtime = _in_the_runtime(graph, given)
    heard = [] if runtime <= CLOSE else [note("foreign.runtime", gap=f"{runtime:.2g}")]
    kept, turned = tuple(writer.kept.items()), tuple(writer.turned)
    own = Original(
        "onnx", gap, _options(graph), (), graph.opset, runtime, inputs is None, kept, turned,
    )  # fmt: skip
    return Opened(twin, tensors, path.stem, (*writer.notes, said, *heard, *made_up), own)


def _refuse_halves(graph: Graph) -> None:
    """ModelError for weights in half precision: they are too coarse to hold two runs against each other."""
    for name, value in graph.weights.items():
        if value.dtype.itemsize == 2 and value.dtype.kind not in "iu":
            said = (
                f"{graph.path.name} keeps its numbers in {value.dtype} ({name}), and is compared in float32"
            )
            raise ModelError(said, hint="convert the file to float32 before it is drawn")


def _options(graph: Graph) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return what the file says of each recurrent node, under the name of its module."""
    found = {}
    for node in graph.nodes:
        if node.op in RECURRENT:
            said = {key: _said(value) for key, value in node.attributes.items()}
            peepholes = len(node.inputs) > 7 and bool(node.inputs[7])
            found[identifier(module_name(node, graph), set())] = (
                ("op", node.op),
                *said.items(),
                ("P", str(peepholes)),
            )
    return tuple(found.items())


def _said(value: Any) -> str:
    """Write an attribute of a node as a note does."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _elsewhere(graph: Graph, twin: nn.Module, given: dict[str, Any]) -> float:
    """Return how far the twin is from the file on other inputs of the same sizes.

    A value that depends on the inputs and was taken for a fixed one shows here alone. Inputs on which the
    file does not run say nothing.
    """
    other = {name: np.roll(array, 1) if array.dtype.kind in "iub" else array + array.dtype.type(0.5)
             for name, array in given.items()}  # fmt: skip
    try:
        wanted = evaluated(graph, other)
    except ModelError:
        return 0.0
    tensors = tuple(torch.from_numpy(other[taken.name]) for taken in graph.taken)
    return apart(twin, tensors, [wanted[name] for name in graph.results], graph.path.name)


def evaluated(graph: Graph, inputs: dict[str, Any]) -> dict[str, Any]:
    """Run a model and return every value in it; ModelError if it cannot.

    By the reference evaluator of the onnx package; what that cannot, by onnxruntime, where it is installed.
    """
    error: Exception | None = None
    for run in (_reference, *([_runtime] if _has_runtime() else [])):
        try:
            return run(graph, inputs)
        except Exception as cause:  # noqa: BLE001  (whatever either says of the file)
            error = error or cause
    said = f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[-1]}"
    hint = None if _has_runtime() else "onnxruntime may run it: pip install onnxruntime"
    raise ModelError(f"{graph.path.name} does not run on these inputs: {said}", hint=hint) from error


def _has_runtime() -> bool:
    return importlib.util.find_spec("onnxruntime") is not None


def _in_the_runtime(graph: Graph, given: dict[str, Any]) -> float:
    """Return how far onnxruntime's numbers are from the standard's; 0 where it does not run the file."""
    try:
        found = _runtime(graph, given) if _has_runtime() else graph.values
    except Exception:  # noqa: BLE001  (a runtime leaves out what it likes)
        return 0.0
    pairs = [
        (np.asarray(values[name], np.float64) for values in (found, graph.values)) for name in graph.results
    ]
    return max(float(np.max(np.abs(a - b), initial=0.0)) for a, b in pairs)


def _reference(graph: Graph, inputs: dict[str, Any]) -> dict[str, Any]:
    from onnx.reference import ReferenceEvaluator  # noqa: PLC0415  (an extra)

    from lstmviz.network.foreign.onnx_reference import OPS  # noqa: PLC0415  (imports onnx)

    return dict(ReferenceEvaluator(graph.model, new_ops=list(OPS)).run(None, inputs, intermediate=True))


def _runtime(graph: Graph, inputs: dict[str, Any]) -> dict[str, Any]:
    """Run a model whose every value is a result."""
    onnxruntime: Any = importlib.import_module("onnxruntime")

    model = type(graph.model)()
    model.CopyFrom(graph.model)
    known = {one.name for one in model.graph.output}
    names = [name for node in graph.nodes for name in node.outputs if name and name not in known]
    model.graph.output.extend(type(model.graph.output[0])(name=name) for name in names)
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 4
    quiet.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), quiet, providers=["CPUExecutionProvider"]
    )
    given = {one.name: inputs[one.name] for one in session.get_inputs()}
    found = dict(zip((one.name for one in session.get_outputs()), session.run(None, given), strict=True))
    return {**graph.weights, **inputs, **found}


def _given(graph: Graph, inputs: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the inputs by their names as NumPy arrays, and a note where their sizes are made up."""
    taken = graph.taken
    names = [one.name for one in taken]
    if inputs is None:
        return _made_up(graph)
    if isinstance(inputs, Mapping):
        by_name = dict(inputs)
    else:
        parts = inputs if isinstance(inputs, tuple | list) else (inputs,)
        if len(parts) > len(names):
            raise ModelError(
                f"{graph.path.name} takes {len(names)} inputs ({', '.join(names)}), not {len(parts)}"
            )
        by_name = dict(zip(names, parts, strict=False))
    if by_name.keys() != set(names):
        raise ModelError(f"{graph.path.name} takes {', '.join(names)}; given: {', '.join(map(str, by_name))}")
    return {one.name: _array(by_name[one.name], one.dtype, one.name) for one in taken}, ()


def _array(value: Any, dtype: str, name: str) -> Any:
    """Return an input as an array of the type that the file asks for."""
    array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
    whole = np.issubdtype(np.dtype(dtype), np.integer)
    if whole and array.dtype.kind == "f" and np.any(array != np.round(array)):
        raise ModelError(f"{name} is {dtype}, and was given numbers that are not whole", hint="--dtype long")
    return array.astype(dtype)


def _made_up(graph: Graph, known: Mapping[str, int] | None = None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return inputs whose open sizes are made up, and a note that says so."""
    free = iter(n for n in (*FREE, *range(12, 99)) if n not in {s for t in graph.taken for s in t.sizes})
    sizes: dict[str, int] = _of_lengths(graph) | dict(known or {})
    luck, found = np.random.default_rng(0), {}
    for one in graph.taken:
        for size in one.sizes:
            if isinstance(size, str) and size not in sizes:
                sizes[size] = next(free)
        shape = [sizes[s] if isinstance(s, str) else s for s in one.sizes]
        numbers: Any = luck.standard_normal(shape)
        if np.issubdtype(np.dtype(one.dtype), np.integer):
            numbers = luck.integers(0, _vocabulary(graph, one.name), shape) + _counts_steps(graph, one.name)
        found[one.name] = numbers.astype(one.dtype)
    return found, (made_up_note([array.shape for array in found.values()]),)


def _fitting(graph: Graph, error: ModelError) -> tuple[dict[str, Any], tuple[str, ...], dict[str, Any]]:
    """Return made-up inputs that a file runs on, with its values.

    An open size may have to be one of the fixed ones beside it: states of two samples, a batch that is 1.
    """
    taken = graph.taken
    first = next((size for one in taken for size in one.sizes if isinstance(size, str)), "")
    fixed = dict.fromkeys(size for one in taken for size in one.sizes if isinstance(size, int))
    for size in (*fixed, 1) if first else ():
        given, made_up = _made_up(graph, {first: size})
        try:
            return given, made_up, evaluated(graph, given)
        except ModelError:
            continue
    shapes = ", ".join(f"{one.name} ({', '.join(map(str, one.sizes))})" for one in taken)
    raise ModelError(f"{error}; it takes {shapes}", hint=error.hint or IN_A_SHELL) from error


def _of_lengths(graph: Graph) -> dict[str, int]:
    """Return how large the batch is where a file has the lengths of its sequences in it, by its name."""
    by_name = {one.name: one.sizes for one in graph.taken}
    found = {}
    for node in (one for one in graph.nodes if one.op in RECURRENT and len(one.inputs) > 4):
        lengths, sizes = graph.weights.get(node.inputs[4]), by_name.get(node.inputs[0], ())
        batch = sizes[0 if node.attributes.get("layout") else 1 :][:1]
        if lengths is not None and batch and isinstance(batch[0], str):
            found[batch[0]] = len(lengths)
    return found


def _counts_steps(graph: Graph, name: str) -> bool:
    """Whether an input has the lengths of sequences, sorted or as they are: none is 0."""
    for node in (one for one in graph.nodes if one.op in RECURRENT and len(one.inputs) > 4):
        at = node.inputs[4]
        while (made := graph.made_by.get(at)) is not None and made.inputs:
            at = made.inputs[0]
        if at == name:
            return True
    return False


def _vocabulary(graph: Graph, name: str) -> int:
    """Return how many rows the table has that an input picks from; 2 where there is none."""
    for node in graph.nodes:
        if node.op == "Gather" and node.inputs[1] == name and node.inputs[0] in graph.weights:
            return int(graph.weights[node.inputs[0]].shape[0])
    return 2


TYPES = {
    "float32": "float",
    "float64": "double",
    "float16": "half",
    "int64": "long",
    "int32": "int",
    "bool": "bool",
}
"""NumPy's types in the words of the command line."""


def types_of(path: Path) -> list[tuple[str, str]]:
    """Return the names and NumPy's types of the inputs that a file asks for."""
    return [(one.name, one.dtype) for one in read_graph(path).taken]


def typed(taken: Sequence[tuple[str, str]], given: Sequence[SpelledInput]) -> list[SpelledInput]:
    """Give inputs that were said by their sizes alone the type that the model asks for."""
    types = {name: TYPES.get(dtype, "") for name, dtype in taken}
    by_place = [TYPES.get(dtype, "") for _, dtype in taken]
    found = []
    for place, one in enumerate(given):
        wanted = types.get(one.name, "") if one.name else (by_place[place] if place < len(by_place) else "")
        untyped = "sizes" in one.tree and one.tree.get("dtype") in {"", "float"}  # float is what nobody said
        found.append(replace(one, tree={**one.tree, "dtype": wanted}) if untyped else one)
    return found
