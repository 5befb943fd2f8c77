"""Twins: a foreign model as a torch module with its weights, whose forward is lines of code."""

from __future__ import annotations

from ast import Module as Code
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmviz.network.foreign.onnx_graph import identifier

Made = TypeVar("Made", bound=nn.Module)
SPACE: dict[str, Any] = {"torch": torch, "F": F, "pack_padded_sequence": pack_padded_sequence,
                         "pad_packed_sequence": pad_packed_sequence}  # fmt: skip
"""What the lines of every twin may name."""


class Twin(nn.Module):
    """What a model computes, in torch."""


class Writer:
    """Makes the modules of a twin, and its forward."""

    def __init__(self) -> None:
        self.module: nn.Module = Twin()
        self.notes: list[str] = []
        self.variables = {"self", "torch", "F"}
        self._modules = set(dir(nn.Module))

    def add(self, module: nn.Module, name: str) -> str:
        """Keep a module under a name like this one; return how it is called."""
        found = identifier(name, self._modules)
        self.module.add_module(found, module)
        return f"self.{found}"

    def compiled(self, code: str | Code, file: str, title: str, space: dict[str, Any]) -> nn.Module:
        """Return the module, of a class of this title with the ``forward`` that the code defines."""
        exec(compile(code, file, "exec"), space)  # noqa: S102  (of our own making)
        self.module.__class__ = type(title, (Twin,), {"forward": space.pop("forward")})
        return self.module.eval()


def filled(module: Made, **values: Any) -> Made:
    """Return a module with these arrays as its parameters and statistics; where one is None, torch's own."""
    given = {name: torch.tensor(np.array(value)) for name, value in values.items() if value is not None}
    module.load_state_dict(given, strict=False)
    return module


def linear(weight: Any, bias: Any) -> nn.Linear:
    """Return a Linear for a weight of (out, in)."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    return filled(layer, weight=weight, bias=bias)


def embedding(table: Any) -> nn.Embedding:
    """Return an Embedding with a table of (vocabulary, size)."""
    return filled(nn.Embedding(*table.shape), weight=table)
