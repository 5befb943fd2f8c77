"""What modules and functions are called in a trace, and the arguments that a figure may print."""

from __future__ import annotations

import functools
import inspect
from types import FrameType
from typing import Any

import torch
from torch import nn

from lstmviz.network.arguments import arguments_of
from lstmviz.network.user.call_arguments import call_arguments, unnamed_softmax
from lstmviz.network.user.events import Event
from lstmviz.network.user.scripted import Scripted
from lstmviz.network.user.signatures import name_of
from lstmviz.network.user.values import leaves
from lstmviz.spec.layer_types import CLASSES, LAYER_TYPES

TORCHS = ("torch.nn.modules", "torch.ao.")
"""Where torch's own modules are."""
CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
LAYERS = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn"}
CELLS = {"LSTMCell": "lstm", "GRUCell": "gru", "RNNCell": "rnn"}
TYPES = {own: name for name, own in CLASSES.items() if not LAYER_TYPES[name].in_its_way}
"""torch's modules under the names that a spec has for them."""
_OPS = {"pack_padded_sequence": "pack", "pack_sequence": "pack", "pad_packed_sequence": "unpack"}


_PARTS = ("_g", "_v", "_orig")
"""What torch.nn.utils.weight_norm, spectral_norm and prune put after the names of what they compute from."""


def is_leaf(module: nn.Module) -> bool:
    """Whether a module is shown whole: torch's own, and whatever is a recurrent layer."""
    if isinstance(module, nn.RNNBase | nn.RNNCellBase | Scripted):
        return True
    # Not by its attribute: a scripted module's cannot be asked for of its class.
    forward = getattr(inspect.getattr_static(type(module), "forward", None), "__module__", "") or ""
    return forward.startswith(TORCHS) and not isinstance(module, CONTAINERS)


def parameters_of(module: nn.Module) -> dict[str, torch.Tensor]:
    """Return a module's parameters by name; those that others are computed into, as they are used."""
    if not module._modules and not any(name.endswith(_PARTS) for name in module._parameters):  # noqa: SLF001
        return {name: p for name, p in module._parameters.items() if p is not None}  # noqa: SLF001
    computed = getattr(module, "parametrizations", {})
    own = {name: p for name, p in module.named_parameters() if not name.startswith("parametrizations.")}
    # these keep the tensor itself under its own name
    parts = {name: name.removesuffix(end) for end in _PARTS for name in own if name.endswith(end)}
    made = {name for name in parts.values() if isinstance(vars(module).get(name), torch.Tensor)}
    own = {name: p for name, p in own.items() if parts.get(name) not in made}
    return {name: getattr(module, name) for name in (*computed, *sorted(made))} | own


def torch_name(module: nn.Module) -> str:
    """Return the name of torch's class that a module is, or is made from.

    >>> torch_name(nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)))
    'Linear'
    """
    cls: Any = type(module)
    return _torch_name(cls) or str(
        getattr(module, "original_name", type(module).__name__)
    )  # of a scripted one


@functools.lru_cache(maxsize=1024)
def _torch_name(cls: Any) -> str:
    own = (one for one in cls.__mro__ if one is not nn.Module)
    return next((one.__name__ for one in own if one.__module__.startswith(TORCHS)), "")


def recurrent_type(module: nn.Module | None) -> str | None:
    """Return lstm, gru or rnn for a recurrent layer, by its class or (quantized) by its name."""
    if module is None:
        return None
    if isinstance(module, nn.RNNBase):
        return str(module.mode).lower().partition("_")[0]
    known = LAYERS.get(torch_name(module))
    return known if known and hasattr(module, "hidden_size") else None


def cell_type(module: nn.Module | None) -> str | None:
    """Return lstm, gru or rnn for a cell."""
    return None if module is None else CELLS.get(torch_name(module))


def outputs_of(module: nn.Module | None, result: Any) -> list[tuple[str, torch.Tensor]]:
    """Name what a call gives: a recurrent layer's output, h_n (c_n), a cell's h (c)."""
    if module is None and isinstance(result, torch.Tensor):
        return [("output", result)]
    if recurrent_type(module) and isinstance(result, tuple) and len(result) == 2:
        states = [tensor for _, tensor in leaves(result[1])]
        return [("output", next(t for _, t in leaves(result[0]))), *zip(("h_n", "c_n"), states, strict=False)]
    if cell_type(module):
        return list(zip(("h", "c"), [tensor for _, tensor in leaves(result)], strict=False))
    found = list(leaves(result))
    return [(f"output.{n}" if len(found) > 1 else "output", t) for n, t in found]


def op_name(func: Any, call: FrameType | None) -> str:
    """Return what a function is called: as the user's code called it.

    >>> op_name(torch.Tensor.__getitem__, None), op_name(torch.Tensor.add_, None)
    ('getitem', 'add')
    """
    if call is not None:
        name = call.f_code.co_name
        return _OPS.get(name, name.strip("_"))
    return name_of(func)


def described(event: Event) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """Return a call's type, and the arguments that a figure may print."""
    if event.module is not None:
        name = torch_name(event.module)
        type_ = recurrent_type(event.module) or cell_type(event.module) or TYPES.get(name, name)
        return type_, tuple(
            _resolved(name, value, event) for name, value in arguments_of(type_, event.module)
        )
    return event.type, tuple(call_arguments(event))


def _resolved(name: str, value: Any, event: Event) -> tuple[str, Any]:
    """Return an argument of a module; a softmax that was not told its axis has one all the same."""
    unnamed = name == "dim" and value is None and event.inputs
    return name, unnamed_softmax(len(event.inputs[0][1])) if unnamed else value
