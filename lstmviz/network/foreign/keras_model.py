"""A Keras 3 model opened: its twin in torch, held against the model itself on the same inputs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from pathlib import Path

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
        what = "masked steps, or a layer's options, are computed otherwise"
        raise ModelError(f"{name}: its twin in torch gives other numbers, {gap:.2g} apart: {what}")
    own = note("foreign.keras", gap=f"{CLOSE:g}")
    shown = title or (name if name not in {"Sequential", "Functional"} else model.name)
    layers, apart_ = _seen(model)
    original = Original("keras", gap, layers, apart_, made_up=inputs is None)
    return Opened(twin, given, shown, (*said, own, *notes), original)


def _seen(model: Any) -> tuple[tuple[tuple[str, tuple[tuple[str, str], ...]], ...], tuple[str, ...]]:
    """Return what each recurrent layer is, and which layers' weights the twin keeps in other matrices."""
    found, other = {}, []
    for layer in model._flatten_layers():  # noqa: SLF001
        cells = of_cells(layer) if kind(layer) == "RNN" else []
        for one in cells or [layer] * (kind(layer) in CLASSES or kind(layer) == "Bidirectional"):
            found[identifier(one.name, set())] = seen_of(one)
            other += [one.name] * bool(unlike(getattr(one, "forward_layer", one)))
        other += [layer.name] * (kind(layer) in {"MultiHeadAttention", "AdditiveAttention"})
    return tuple(found.items()), tuple(dict.fromkeys(identifier(name, set()) for name in other))


def _run(model: Any, given: tuple[torch.Tensor, ...], name: str) -> list[Any]:
    """Run the model itself, from states of zeros; return its results as arrays."""
    _reset(model)
    try:
        with torch.no_grad():
            result = model(given[0] if len(given) == 1 else list(given), training=False)
    except Exception as error:
        last = str(error).strip().splitlines()[-1] if str(error).strip() else ""
        raise ModelError(f"{name} does not run on these inputs: {type(error).__name__}: {last}") from error
    finally:
        _reset(model)
    results = result.values() if isinstance(result, dict) else result
    parts = list(results) if isinstance(results, list | tuple) or isinstance(result, dict) else [result]
    return [part.detach().cpu().numpy() for part in parts]


def _reset(model: Any) -> None:
    """Put stateful layers back to zeros, so that both runs begin alike."""
    for layer in model._flatten_layers():  # noqa: SLF001
        if getattr(layer, "stateful", False) and getattr(layer, "states", None) is not None:
            layer.reset_state()


def _given(model: Any, inputs: Any, name: str) -> tuple[tuple[torch.Tensor, ...], tuple[str, ...]]:
    """Return the inputs as tensors in the model's order, and a note where their sizes are made up."""
    if inputs is None:
        return _made_up(model, name)
    if isinstance(inputs, Mapping):
        order = [t.name for t in getattr(model, "inputs", None) or []]
        if set(order) != inputs.keys():
            raise ModelError(f"{name} takes {', '.join(order)}; given: {', '.join(map(str, inputs))}")
        inputs = tuple(inputs[key] for key in order)
    parts = inputs if isinstance(inputs, tuple | list) else (inputs,)
    return tuple(torch.as_tensor(np.asarray(p) if not isinstance(p, torch.Tensor) else p) for p in parts), ()


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
        words = _vocabulary(model, tensor)
        noise = torch.randn(shape, generator=luck)
        found.append(torch.randint(1, words, shape, generator=luck) if words else noise)
    return tuple(found), (made_up_note([tuple(tensor.shape) for tensor in found]),)


def _vocabulary(model: Any, tensor: Any) -> int:
    """Return how many tokens there are for an input that an Embedding reads; 0 for any other."""
    for nodes in graph_of(model)._nodes_by_depth.values():  # noqa: SLF001
        for node in nodes:
            if any(t is tensor for t in node.input_tensors) and type(node.operation).__name__ == "Embedding":
                return int(node.operation.input_dim)
    return 0
