"""Parts of a Keras model's twin: what a user wrote under its own call, a user's cell step by step."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import nn

from lstmviz.network.foreign.keras_recurrent import cell_of
from lstmviz.network.foreign.twins import Twin


@dataclass(frozen=True, slots=True)
class Kept:
    """A model of a user's, which a copy of its twin keeps: Keras would make another of its class's name."""

    model: Any

    def __deepcopy__(self, _: Any) -> Kept:
        return self


class OwnTwin(Twin):
    """A layer or model of a user's under its own call; what is no layer is the user's own attribute."""

    def __getattr__(self, name: str) -> Any:
        """Return a twin of a layer, or what the user's own has under this name."""
        if name in self._modules or name in self._parameters:
            return super().__getattr__(name)
        model = self.__dict__["kept"].model
        own = next((vars(cls)[name] for cls in type(model).__mro__ if name in vars(cls)), None)
        if isinstance(own, types.FunctionType) and not own.__module__.startswith("keras."):
            return types.MethodType(own, self)  # it calls the twins, not the model's layers
        return getattr(model, name)


class Cells(nn.Module):
    """Keras's RNN over cells with a call of their own, step by step, from states of zeros."""

    def __init__(self, layer: Any, cells: list[nn.Module]) -> None:
        super().__init__()
        self.last, self.states, self.back = not layer.return_sequences, layer.return_state, layer.go_backwards
        own = getattr(layer.cell, "cells", [layer.cell])
        self.cell = cells[0] if len(cells) == 1 else nn.ModuleList(cells)
        self.sizes = [flat(cell.state_size) for cell in own]

    @property
    def gives(self) -> int:
        """How many tensors it gives."""
        return 1 + (sum(map(len, self.sizes)) if self.states else 0)

    def forward(self, x: torch.Tensor, mask: Any = None) -> Any:
        """Return what the last cell gives, and the last states where they are asked for."""
        cells = self.cell if isinstance(self.cell, nn.ModuleList) else [self.cell]
        states = [[x.new_zeros(x.shape[0], size) for size in sizes] for sizes in self.sizes]
        found: list[torch.Tensor] = []
        for t in range(x.shape[1])[:: -1 if self.back else 1]:
            h, before = x[:, t], [s for own in states for s in own]
            for at, cell in enumerate(cells):
                h, own = cell(h, states[at])
                states[at] = flat(own)
            if mask is not None:  # what does not count leaves all as it was
                counts = mask[:, t].unsqueeze(-1)
                h = torch.where(counts, h, found[-1] if found else torch.zeros_like(h))
                kept = (torch.where(counts, s, b) for s, b in zip(flat(states), before, strict=True))
                states = regrouped(kept, [len(sizes) for sizes in self.sizes])
            found.append(h)
        result = found[-1] if self.last else torch.stack(found, 1)
        return (result, *flat(states)) if self.states else result


class CellTwin(nn.Module):
    """A cell of Keras's own that a user's code steps itself: one step of the layer that it is."""

    def __init__(self, cell: Any) -> None:
        super().__init__()
        self.step, self.long = cell_of(cell), hasattr(cell, "unit_forget_bias")
        self.state_size = flat(cell.state_size)

    def forward(self, inputs: torch.Tensor, states: Any, training: Any = None) -> Any:  # noqa: ARG002
        """Return h, and the states after this step."""
        given = flat(states)
        found = self.step(inputs, tuple(given) if self.long else given[0])
        h = found[0] if self.long else found
        return h, list(found) if self.long else [h]


def flat(tree: Any) -> list[Any]:
    """Return the leaves of lists in lists."""
    return [leaf for part in tree for leaf in flat(part)] if isinstance(tree, list | tuple) else [tree]


def regrouped(leaves: Iterable[Any], counts: Iterable[int]) -> list[list[Any]]:
    """Return leaves as lists of these lengths."""
    rest = iter(leaves)
    return [list(islice(rest, count)) for count in counts]


def of_users(layer: Any) -> bool:
    """Whether a layer is no layer of Keras's own."""
    return type(layer).__module__.partition(".")[0] != "keras" and hasattr(layer, "call")


def with_own_call(twin: nn.Module, model: Any, function: Any = None) -> nn.Module:
    """Give a module a function as its forward, or else the call of the user's model whose twin it is."""
    twin.__dict__["kept"] = Kept(model)
    forward = _own_call(type(model).call) if function is None else lambda _, *xs: function(*xs)
    twin.__class__ = type(type(model).__name__, (OwnTwin,), {"forward": forward})
    return twin.eval()


def _own_call(call: Any) -> Any:
    """Return a model's call under the name of forward."""
    return types.FunctionType(call.__code__, call.__globals__, "forward", call.__defaults__, call.__closure__)


def begun_text(states: Sequence[str], *, both: bool) -> str:
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


def arguments_text(args: Sequence[Any], kwargs: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Write the arguments of a call in a graph: tensors by their variables, all else as Python does."""

    def said(value: Any) -> str:
        if id(value) in names:
            return names[id(value)]
        if isinstance(value, list | tuple):
            inner = "".join(f"{said(one)}, " for one in value)
            return f"[{inner}]" if isinstance(value, list) else f"({inner})"
        return repr(value)

    return ", ".join((*map(said, args), *(f"{key}={said(value)}" for key, value in kwargs.items())))
