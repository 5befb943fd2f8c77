"""Keras's LSTM, GRU, SimpleRNN and Bidirectional as torch's layers, with Keras's weights in torch's order."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign import loops
from lstmviz.network.foreign.loops import Lane

CLASSES = {"LSTM": "LSTM", "GRU": "GRU", "SimpleRNN": "RNN"}
"""Keras's layers under torch's names."""
CELLS = {"LSTMCell": "LSTM", "GRUCell": "GRU", "SimpleRNNCell": "SimpleRNN"}
"""Keras's cells under the names of the layers that run them."""
ORDER = {"LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2), "SimpleRNN": (0,)}
"""Where torch's gates stand in Keras's weights: z, r, h of a GRU is read as r, z, n."""
SAID = ("return_sequences", "return_state", "go_backwards", "stateful")
"""Options that a note names where they are on."""


def kind(layer: Any) -> str:
    """Return the name of Keras's class that a layer is, or is made from."""
    known = (*CLASSES, "Bidirectional")
    return next((c.__name__ for c in type(layer).__mro__ if c.__name__ in known), type(layer).__name__)


def of_cells(layer: Any) -> list[Any]:
    """Return the layers that an RNN of Keras's own cells is, one for each cell; none for a user's."""
    cells = getattr(layer.cell, "cells", [layer.cell])
    if any(type(cell).__name__ not in CELLS for cell in cells):
        return []
    found = []
    for at, cell in enumerate(cells):
        last, name = at == len(cells) - 1, CELLS[type(cell).__name__]
        own = layer.name if len(cells) == 1 else f"{layer.name}_{at}"
        said = {"name": own, "cell": cell, "units": cell.units,
                "return_sequences": layer.return_sequences or not last, "return_state": layer.return_state,
                "go_backwards": layer.go_backwards and not at, "stateful": layer.stateful}  # fmt: skip
        options = ("activation", "recurrent_activation", "reset_after")
        said |= {key: getattr(cell, key) for key in options if hasattr(cell, key)}
        found.append(type(name, (), said)())
    return found


def layer_of(layer: Any, backward: Any = None) -> nn.Module:
    """Return torch's layer, or a loop for what torch's layer does not do."""
    name = kind(layer)
    both = [layer] if backward is None else [layer, backward]
    if len({(kind(one), one.units) for one in both}) > 1:
        said = " and ".join(f"{kind(one)}(units={one.units})" for one in both)
        raise ModelError(f"a Bidirectional of {said}, which are not of one kind and size, is not followed")
    lanes = [_lane(one, name, back=at == 1) for at, one in enumerate(both)]
    return loops.layer_of(CLASSES[name], lanes, batch_first=True)


def cell_of(cell: Any) -> nn.Module:
    """Return torch's cell, or one step of a loop, for a cell of Keras's own."""
    name = CELLS[type(cell).__name__]
    return loops.cell_of(CLASSES[name], _lane(cell, name, back=False))


def _lane(layer: Any, name: str, *, back: bool) -> Lane:
    """Return one direction, with its weights in torch's order."""
    kernel, recurrent, *bias = (array(v) for v in _weights(getattr(layer, "cell", layer)))
    weights = [kernel.T, recurrent.T, None, None]
    if bias:
        weights[2:] = bias[0] if np.ndim(bias[0]) == 2 else (bias[0], np.zeros_like(bias[0]))
    ordered = [None if rows is None else loops.in_torchs_order(rows, ORDER[name]) for rows in weights]
    gates, new = (getattr(layer, key, None) for key in ("recurrent_activation", "activation"))
    used = [_named(one) for one in (gates, new, new if name == "LSTM" else None) if one is not None]
    return Lane(ordered, tuple(used), reset_first=not getattr(layer, "reset_after", True), back=back)


def _weights(cell: Any) -> list[Any]:
    return [cell.kernel, cell.recurrent_kernel, *([cell.bias] if cell.use_bias else [])]


def array(value: Any) -> Any:
    """Return one of Keras's weights as an array."""
    tensor = value.value if hasattr(value, "value") else value
    return tensor.detach().cpu().numpy() if isinstance(tensor, torch.Tensor) else np.asarray(tensor)


def _named(activation: Any) -> str:
    return str(getattr(activation, "__name__", type(activation).__name__))


def directions(layer: Any) -> list[Any]:
    """Return the layer itself, or both of a Bidirectional."""
    return [layer.forward_layer, layer.backward_layer] if kind(layer) == "Bidirectional" else [layer]


def unlike(layer: Any) -> str:
    """Return the options, in Keras's words, of which torch's layer has none like them."""
    said = [_otherwise(one) for one in directions(layer)]
    if len({_named(one.activation) for one in directions(layer)}) > 1:  # tanh one way and relu the other
        said += [f"activation={_named(one.activation)!r}" for one in directions(layer)]
    return ", ".join(dict.fromkeys(filter(None, said)))


def _otherwise(layer: Any) -> str:
    said = []
    for option, usual in (("activation", {"tanh"}), ("recurrent_activation", {"sigmoid"})):
        used = _named(getattr(layer, option)) if hasattr(layer, option) else ""
        if used and used not in usual | ({"relu"} if kind(layer) == "SimpleRNN" else set()):
            said.append(f"{option}={used!r}")
    if not getattr(layer, "reset_after", True):
        said.append("reset_after=False")
    return ", ".join(said)


def in_kerass_words(layer: Any) -> str:
    """Say what a recurrent layer is in Keras.

    One in both directions is said with its wrapper: ``Bidirectional(LSTM(units=8))``, and with its
    `backward_layer` where that is no copy of the other.
    """
    if kind(layer) == "Bidirectional":
        forth, back = map(in_kerass_words, directions(layer))
        back = back.replace(", go_backwards=True", "")
        other = f", backward_layer={back}" if back != forth else ""
        return f"Bidirectional({forth}, merge_mode={layer.merge_mode!r}{other})"
    cell = type(getattr(layer, "cell", None)).__name__
    on = "".join(f", {option}=True" for option in SAID if getattr(layer, option, False))
    other = _otherwise(layer)
    if kind(layer) == "SimpleRNN" and _named(layer.activation) == "relu":
        other = "activation='relu'"
    said = f"units={layer.units}{on}{', ' if other else ''}{other}"
    return f"RNN({cell}({said}))" if not hasattr(layer, "call") else f"{kind(layer)}({said})"


SEEN = ("units", *SAID, "activation", "recurrent_activation", "reset_after", "merge_mode")
"""What is read off a layer itself, to hold the words that are said of it against."""
BACK = "backward_layer"


def seen_of(layer: Any) -> tuple[tuple[str, str], ...]:
    """Return the classes of a recurrent layer, from the outside in, and its options as Python writes them.

    Those of a backward direction that is no copy of the forward one have `BACK` before their names.
    """
    inner, *back = directions(layer)
    cell = type(getattr(inner, "cell", None)).__name__
    own = (kind(inner),) if hasattr(inner, "call") else ("RNN", cell)
    classes = ("Bidirectional", *own) if inner is not layer else own
    used = {key: getattr(one, key) for one in (inner, layer) for key in SEEN if hasattr(one, key)}
    used |= {key: getattr(inner, key) for key in SAID if hasattr(inner, key)}
    other = {key: getattr(one, key) for one in back for key in SEEN if hasattr(one, key)}
    other |= {"go_backwards": inner.go_backwards} if back else {}
    if any(used[key] is not value and used[key] != value for key, value in other.items()):
        used |= {f"{BACK} {key}": value for key, value in other.items()}
    options = {key: repr(_named(v)) if callable(v) else repr(v) for key, v in used.items()}
    return (("class", " ".join(classes)), *options.items())
