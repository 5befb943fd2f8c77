"""Keras's LSTM, GRU, SimpleRNN and Bidirectional as torch's layers, with Keras's weights in torch's order."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from lstmviz.errors import ModelError

CLASSES: dict[str, type[nn.RNNBase]] = {"LSTM": nn.LSTM, "GRU": nn.GRU, "SimpleRNN": nn.RNN}
ORDER = {"LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2), "SimpleRNN": (0,)}
"""Where torch's gates stand in Keras's weights: z, r, h of a GRU is read as r, z, n."""
USUAL = {"LSTM": ("tanh", "sigmoid"), "GRU": ("tanh", "sigmoid")}
SAID = ("return_sequences", "return_state", "go_backwards", "stateful")
"""Options that a note names where they are on."""


def kind(layer: Any) -> str:
    """Return the name of Keras's class that a layer is, or is made from."""
    known = (*CLASSES, "Bidirectional")
    return next((c.__name__ for c in type(layer).__mro__ if c.__name__ in known), type(layer).__name__)


def layer_of(layer: Any, backward: Any = None) -> nn.RNNBase:
    """Return torch's layer; ModelError, with the option, for what torch's layer does not do."""
    name = kind(layer)
    both = [layer] if backward is None else [layer, backward]
    if {kind(one) for one in both} != {name} or len({one.units for one in both}) > 1:
        raise ModelError(f"{layer.name}: its two directions are not alike; no layer of torch computes that")
    more = _options(layer, name)
    cell = layer.cell
    made = CLASSES[name](
        cell.kernel.shape[0], layer.units, bias=cell.use_bias, batch_first=True,
        bidirectional=backward is not None, **more,
    )  # fmt: skip
    state: dict[str, torch.Tensor] = {}
    for end, one in zip(("", "_reverse"), both, strict=False):
        _options(one, name)
        kernel, recurrent, *bias = (array(v) for v in _weights(one.cell))
        state[f"weight_ih_l0{end}"] = _ordered(kernel.T, name)
        state[f"weight_hh_l0{end}"] = _ordered(recurrent.T, name)
        if bias:
            ih, hh = bias[0] if np.ndim(bias[0]) == 2 else (bias[0], np.zeros_like(bias[0]))
            state |= {f"bias_ih_l0{end}": _ordered(ih, name), f"bias_hh_l0{end}": _ordered(hh, name)}
    made.load_state_dict(state)
    return made


def _weights(cell: Any) -> list[Any]:
    return [cell.kernel, cell.recurrent_kernel, *([cell.bias] if cell.use_bias else [])]


def array(value: Any) -> Any:
    """Return one of Keras's weights as an array."""
    tensor = value.value if hasattr(value, "value") else value
    return tensor.detach().cpu().numpy() if isinstance(tensor, torch.Tensor) else np.asarray(tensor)


def _ordered(rows: Any, name: str) -> torch.Tensor:
    gates = np.split(rows, len(ORDER[name]))
    return torch.tensor(np.concatenate([gates[i] for i in ORDER[name]]))


def _options(layer: Any, name: str) -> dict[str, Any]:
    """Return the options of torch's; ModelError for an option that torch has not."""
    used = [
        getattr(layer, key).__name__ for key in ("activation", "recurrent_activation") if hasattr(layer, key)
    ]
    if name == "SimpleRNN":
        if used[0] not in {"tanh", "relu"}:
            raise _unlike(layer, f"activation={used[0]!r} (torch has tanh and relu)")
        return {"nonlinearity": used[0]}
    for option, value, usual in zip(("activation", "recurrent_activation"), used, USUAL[name], strict=True):
        if value != usual:
            raise _unlike(layer, f"{option}={value!r} (torch has {usual})")
    if name == "GRU" and not layer.reset_after:
        raise _unlike(layer, "reset_after=False: h is reset before it meets its weights, in torch after")
    return {}


def _unlike(layer: Any, what: str) -> ModelError:
    return ModelError(f"{kind(layer)} {layer.name!r} has {what}; no layer of torch computes that")


def in_kerass_words(layer: Any) -> str:
    """Say what a recurrent layer is in Keras.

    One in both directions is said with its wrapper: ``Bidirectional(LSTM(units=8))``.
    """
    if kind(layer) == "Bidirectional":
        return f"Bidirectional({in_kerass_words(layer.forward_layer)}, merge_mode={layer.merge_mode!r})"
    on = "".join(f", {option}=True" for option in SAID if getattr(layer, option, False))
    return f"{kind(layer)}(units={layer.units}{on})"
