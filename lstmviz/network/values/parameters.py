"""The numbers of one parameter: as the module holds it, and as its state dict keeps it."""

from __future__ import annotations

from operator import attrgetter

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.values.data import Parameter
from lstmviz.network.values.rounding import all_rounded
from lstmviz.network.values.sources import Source


def parameter(source: Source, of: str, name: str) -> Parameter:
    """Return a parameter of a stage as the stage uses it, what is computed from others (weight_norm) too."""
    module = _module(source, of)
    try:
        found: torch.Tensor = attrgetter(name)(module)
    except AttributeError as error:
        raise ModelError(f"{of}.{name} cannot be read from the module") from error
    return _plain(source, of, name, found)


def again(source: Source, of: str, name: str) -> Parameter:
    """Return the same from the state dict, where it has it under this name."""
    module = _module(source, of)
    kept = module.state_dict().get(name)
    return parameter(source, of, name) if kept is None else _plain(source, of, name, kept)


def _module(source: Source, of: str) -> nn.Module:
    module = source.holder(of)
    if module is None:
        raise ModelError(f"{of} is no module whose weights can be read")
    return module


def _plain(source: Source, of: str, name: str, found: torch.Tensor) -> Parameter:
    rows = found.detach().reshape(len(found) if found.dim() else 1, -1)
    return Parameter(of, name, rows.shape[0], rows.shape[1], all_rounded(rows), source.origin)
