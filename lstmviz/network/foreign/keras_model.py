"""A Keras 3 model opened: its twin in torch, held against the model itself on the same inputs."""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lstmviz.errors import MissingDependencyError, ModelError
from lstmviz.network.foreign.keras_recurrent import CLASSES, kind, of_cells, seen_of, unlike
from lstmviz.network.foreign.keras_twin import graph_of, graph_twin, subclass_twin
from lstmviz.network.foreign.numbers import CLOSE, FREE, apart, made_up_note
from lstmviz.network.foreign.onnx_graph import identifier
from lstmviz.network.foreign.opened import Opened
from lstmviz.network.original import Original
from lstmviz.network.user.made_up import IN_A_SHELL
from lstmviz.translation.messages import note

INSTALL = "pip install 'lstmviz[keras]'"
BACKEND = "KERAS_BACKEND"


def is_keras(source: Any) -> bool:
    """Whether an object is a model or layer of Keras 3, found without importing it."""
    return any(cls.__module__.partition(".")[0] == "keras" for cls in type(source).__mro__)


def load(path: Path) -> Any:
    """Read a .keras file on the torch backend; ModelError, MissingDependencyError."""
    if "keras" not in sys.modules:
        os.environ.setdefault(BACKEND, "torch")
    try:
        import keras  # noqa: PLC0415  (an extra, and seconds)
    except ImportError as error:
        raise MissingDependencyError("keras", INSTALL) from error
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    try:
        return keras.saving.load_model(str(path), compile=False)
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise ModelError(f"{path.name} is no model that Keras can read: {first}") from error


def open_keras(model: Any, inputs: Any = None, title: str = "") -> Opened:
    """Make a model's twin; ModelError unless both give the same on these inputs."""
    import keras  # noqa: PLC0415  (it is imported already)

    name = title or type(model).__name__
    if keras.config.backend() != "torch":
        hint = f"set {BACKEND}=torch before keras is imported, or save the model and draw model.keras"
        raise ModelError(f"{name} runs on Keras's {keras.config.backend()} backend", hint=hint)
    given, notes = _given(model, inputs, name)
    wanted = _run(model, given, name)
    twin, said = (subclass_twin if graph_of(model) is None else graph_twin)(model)
    gap = apart(twin, given, wanted, name)
    if gap > CLOSE:
        what = f"gives other numbers, {gap:.2g} apart: {_suspects(model)}"
        raise ModelError(f"{name}: its twin in torch {what}")
    own = note("foreign.keras", gap=f"{CLOSE:g}")
    shown = title or (name if name not in {"Sequential", "Functional"} else model.name)
    layers, apart_ = _seen(model)
    original = Original("keras", gap, layers, apart_, made_up=inputs is None)
    return Opened(twin, given, shown, (*said, own, *notes), original)


def _suspects(model: Any) -> str:
    """Say which layers have options that are not Keras's usual ones, and may be computed otherwise."""
    found: list[str] = []
    for layer in model._flatten_layers(include_self=False):  # noqa: SLF001
        plain = inspect.signature(type(layer).__init__).parameters
        usual: dict[str, Any] = {
            key: p.default for key, p in plain.items() if isinstance(p.default, bool | float | str)
        }
        usual |= {"mask_value": None, "dtype": "float32"}
        options = {key: value for key, value in vars(layer).items() if isinstance(value, bool | float | str)}
        options |= {"dtype": layer.dtype_policy.name} if layer.weights else {}
        on = [f"{key}={options[key]!r}" for key in usual if key in options and options[key] != usual[key]]
        found += [f"{layer.name} with {', '.join(on)}"] * bool(on)
    masks = any("mask_" in one for one in found)
    middle = "; a mask may leave out steps at the end of a sequence, not in its middle" if masks else ""
    return f"what is not Keras's usual is {', '.join(found)}{middle}" if found else "no option says why"


def _seen(model: Any) -> tuple[tuple[tuple[str, tuple[tuple[str, str], ...]], ...], tuple[str, ...]]:
    """Return what each recurrent layer is, and which layers' weights the twin keeps in other matrices."""
    found, other = {}, []
    for layer in model._flatten_layers():  # noqa: SLF001
        cells = of_cells(layer) if kind(layer) == "RNN" else []
        for one in cells or [layer] * (kind(layer) in CLASSES or kind(layer) == "Bidirectional"):
            found[identifier(one.name, set())] = seen_of(one)
            other += [one.name] * bool(unlike(one))
        other += [layer.name] * (kind(layer) in {"MultiHeadAttention", "AdditiveAttention"})
    return tuple(found.items()), tuple(dict.fromkeys(identifier(name, set()) for name in other))


def _run(model: Any, given: tuple[torch.Tensor, ...], name: str) -> list[Any]:
    """Run the model itself, from states of zeros; return its results as arrays."""
    _reset(model)
    try:
        with torch.no_grad():
            one = graph_of(model) is not None and len(given) > 1
            result = model(list(given), training=False) if one else model(*given, training=False)
    except Exception as error:
        raise ModelError(f"{name} does not run on these inputs: {_first(error)}") from error
    finally:
        _reset(model)
    results = result.values() if isinstance(result, dict) else result
    parts = list(results) if isinstance(results, list | tuple) or isinstance(result, dict) else [result]
    return [part.detach().cpu().numpy() for part in parts]


def _first(error: Exception) -> str:
    """Return what Keras says, without the call that it says it of and the colours of a terminal."""
    lines = re.sub(r"\x1b\[\d*m", "", str(error)).strip().splitlines()
    said = [line for line in lines if line and not line.startswith("Exception encountered")]
    return f"{type(error).__name__}: {said[0] if said else ''}"


def _reset(model: Any) -> None:
    """Put stateful layers back to zeros, so that both runs begin alike."""
    for layer in model._flatten_layers():  # noqa: SLF001
        if getattr(layer, "stateful", False) and getattr(layer, "states", None) is not None:
            layer.reset_state()


def _given(model: Any, inputs: Any, name: str) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """Return the inputs as tensors in the model's order, and a note where their sizes are made up."""
    if inputs is None:
        return _made_up(model, name)
    graph = graph_of(model)
    order = (
        [t.name for t in graph.inputs]
        if graph is not None
        else list(inspect.signature(model.call).parameters)
    )
    if isinstance(inputs, Mapping) and (graph is not None or inputs.keys() <= set(order)):
        if graph is not None and set(order) != inputs.keys():
            raise ModelError(f"{name} takes {', '.join(order)}; given: {', '.join(map(str, inputs))}")
        inputs = tuple(inputs[key] for key in order if key in inputs)
    parts = inputs if isinstance(inputs, tuple | list) else (inputs,)
    if len(parts) == 1 and graph is not None and isinstance(parts[0], tuple | list):
        parts = parts[0]  # Keras takes several as one list
    if len(parts) > 1 and graph is None and len([key for key in order if key not in APART]) == 1:
        parts = (list(parts),)
    return tuple(_tensors(part) for part in parts), ()


APART = {"training", "mask"}
"""What a call takes that is no input."""


def _tensors(part: Any) -> Any:
    """Return an input as a tensor, and lists or dictionaries of them as such."""
    if isinstance(part, Mapping):
        return {key: _tensors(value) for key, value in part.items()}
    if isinstance(part, torch.Tensor):
        return part
    several = isinstance(part, list | tuple) and any(hasattr(one, "shape") for one in part)
    return [_tensors(one) for one in part] if several else torch.as_tensor(np.asarray(part))


def _made_up(model: Any, name: str) -> tuple[tuple[torch.Tensor, ...], tuple[str, ...]]:
    """Return inputs whose open sizes are made up, and a note that says so."""
    taken = getattr(model, "inputs", None)
    if not taken:
        said = f"{name} is a model without a declared input: it takes inputs=(x,)"
        raise ModelError(said, hint=IN_A_SHELL)
    free = iter(n for n in (*FREE, *range(12, 99)) if n not in {s for t in taken for s in t.shape})
    letters = ("N", "T", *(f"d{i}" for i in range(2, 9)))
    luck, sizes, found = torch.Generator().manual_seed(0), {}, []
    for tensor in taken:
        for axis, size in enumerate(tensor.shape):
            if size is None and letters[axis] not in sizes:
                sizes[letters[axis]] = next(free)
        shape = [sizes[letters[i]] if size is None else size for i, size in enumerate(tensor.shape)]
        words = max(_reading(model, tensor, "input_dim"), default=0)
        noise = torch.randn(shape, generator=luck)
        made = torch.randint(1, words, shape, generator=luck) if words else noise
        for left_out in _reading(model, tensor, "mask_zero", "mask_value"):  # a sequence that ends before
            made[0, -1] = left_out if isinstance(left_out, float) else 0
        found.append(made)
    return tuple(found), (made_up_note([tuple(tensor.shape) for tensor in found]),)


def types_of(model: Any) -> list[tuple[str, str]]:
    """Return the names and NumPy's types of the inputs that a model declares; tokens are whole."""
    taken = getattr(model, "inputs", None) or []
    return [(t.name, "int64" if _reading(model, t, "input_dim") else str(t.dtype)) for t in taken]


def _reading(model: Any, tensor: Any, *options: str) -> list[Any]:
    """Return what the layers that read an input have under these options, where that is on or a number."""
    nodes = [node for level in graph_of(model)._nodes_by_depth.values() for node in level]  # noqa: SLF001
    layers = [node.operation for node in nodes if any(t is tensor for t in node.input_tensors)]
    found = [getattr(layer, option, None) for layer in layers for option in options]
    return [value for value in found if value is not None and value is not False]
