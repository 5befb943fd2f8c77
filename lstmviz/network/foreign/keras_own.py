"""Parts of a Keras model's twin: what a user wrote under its own call, a user's cell step by step."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn


class Twin(nn.Module):
    """What a model's layers compute, in torch."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A model of a user's, which a copy of its twin keeps: Keras would make another of its class's name."""

    model: Any

    def __deepcopy__(self, _: Any) -> Kept:
        return self


class Own(Twin):
    """A layer or model of a user's under its own call; what is no layer is the user's own attribute."""

    def __getattr__(self, name: str) -> Any:
        """Return a twin of a layer, or what the user's own has under this name."""
        if name in self._modules or name in self._parameters:
            return super().__getattr__(name)
        return getattr(self.__dict__["kept"].model, name)


class Cells(nn.Module):
    """Keras's RNN over a cell of a user's, step by step; `last` gives the last step alone."""

    def __init__(self, cell: nn.Module, sizes: list[int], *, last: bool, states: bool) -> None:
        super().__init__()
        self.cell, self.sizes, self.last, self.states = cell, sizes, last, states

    def forward(self, x: torch.Tensor) -> Any:
        """Return what the cell gives, and the last states where they are asked for."""
        states, found = [x.new_zeros(x.shape[0], size) for size in self.sizes], []
        for t in range(x.shape[1]):
            h, states = self.cell(x[:, t], states)
            found.append(h)
        result = found[-1] if self.last else torch.stack(found, 1)
        return (result, *states) if self.states else result


def of_users(layer: Any) -> bool:
    """Whether a layer is no layer of Keras's own."""
    return type(layer).__module__.partition(".")[0] != "keras" and hasattr(layer, "call")


def with_own_call(twin: nn.Module, model: Any, function: Any = None) -> nn.Module:
    """Give a module a function as its forward, or else the call of the user's model whose twin it is."""
    twin.__dict__["kept"] = Kept(model)
    forward = _own_call(type(model).call) if function is None else lambda _, *xs: function(*xs)
    twin.__class__ = type(type(model).__name__, (Own,), {"forward": forward})
    return twin.eval()


def _own_call(call: Any) -> Any:
    """Return a model's call under the name of forward."""
    return types.FunctionType(call.__code__, call.__globals__, "forward", call.__defaults__, call.__closure__)


def begun_text(states: list[str], *, both: bool) -> str:
    """Return h_0 and c_0 as an argument, for states as Keras takes them, (N, units) each."""
    if not states:
        return ""
    per = len(states) // (2 if both else 1)
    if both:
        parts = [f"torch.stack([{', '.join(states[place::per])}])" for place in range(per)]
    else:  # the last state of a layer, taken out of its h_n and put back, is h_n
        parts = [s[:-4] if s.endswith("_n[-1]") else f"{s}.unsqueeze(0)" for s in states]
    return f", ({', '.join(parts)})" if len(parts) > 1 else f", {parts[0]}"


def mask_text(layer: Any, x: str) -> str:
    """Write which steps count after an Embedding with mask_zero or a Masking; nothing for other layers."""
    if getattr(layer, "mask_zero", False):
        return f"({x} != 0)"
    return f"({x} != {layer.mask_value}).any(-1)" if hasattr(layer, "mask_value") else ""


def key_text(key: Any) -> str:
    """Write an index as it stands in brackets."""
    parts = key if isinstance(key, tuple) else (key,)
    said = []
    for part in parts:
        if isinstance(part, slice):
            ends = ["" if n is None else str(n) for n in (part.start, part.stop)]
            said.append(":".join(ends) + (f":{part.step}" if part.step not in {None, 1} else ""))
        else:
            said.append("..." if part is Ellipsis else repr(part))
    return ", ".join(said)
