"""A module's weights from a file: a state dict of torch's or safetensors', read as data only."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lstmviz.errors import MissingDependencyError, ModelError


def load_weights(module: nn.Module, path: Path) -> None:
    """Load a state dict into a module; nothing in the file is run.

    A checkpoint that keeps it under ``state_dict`` (Lightning), ``model`` or ``model_state_dict`` will do,
    and one of a module that ran in parallel, whose names all begin with ``module.``.
    Raises ModelError, with both shapes, if it does not fit.
    """
    state = state_of(path)
    faults = list(_misfits(module.state_dict(), state))
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ModelError(f"{path} does not fit {type(module).__name__}: {faults[0]}{more}")
    module.load_state_dict(dict(state))


def state_of(path: Path, name: str = "") -> Mapping[str, torch.Tensor]:
    """Return the state dict in a file, called by its `name`; ModelError if there is none."""
    name = name or str(path)
    state = _read(path, name)
    for key in ("state_dict", "model", "model_state_dict"):
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    if not isinstance(state, Mapping) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise ModelError(f"{name} holds no state dict (torch.save(model.state_dict(), {name!r}) makes one)")
    parallel = state and all(key.startswith("module.") for key in state)
    return {key.removeprefix("module."): value for key, value in state.items()} if parallel else state


def _misfits(own: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]) -> Iterator[str]:
    for name, tensor in own.items():
        if name not in state:
            yield f"it has no {name}"
        elif state[name].shape != tensor.shape:
            yield f"{name} is {tuple(state[name].shape)} there and {tuple(tensor.shape)} in the module"
    yield from (f"{name} is not in the module" for name in state if name not in own)


def _read(path: Path, name: str) -> Any:
    if not path.is_file():
        raise ModelError(f"there is no file {name}")
    if path.suffix == ".safetensors":
        try:
            from safetensors.torch import load_file as read  # noqa: PLC0415  (an extra: few have it)
        except ImportError as error:
            raise MissingDependencyError("safetensors", "pip install safetensors") from error
    else:
        read = partial(torch.load, map_location="cpu", weights_only=True)
    try:
        with warnings.catch_warnings():  # of how a file was packed, which torch then refuses
            warnings.simplefilter("ignore")
            return read(path)
    except Exception as error:
        hint = f"torch.save(model.state_dict(), {name!r}) makes a file of weights"
        if "Unsupported global" in str(error):  # a whole module, or other objects, which would run code
            raise ModelError(f"{name} holds more than weights, and is not run", hint=hint) from error
        raise ModelError(f"{name} cannot be read as weights: it is no file of tensors", hint=hint) from error
