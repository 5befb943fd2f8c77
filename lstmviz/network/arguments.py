"""The constructor arguments of a module that a figure may print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

Arguments = tuple[tuple[str, Any], ...]

# In torch's order: what is always said, then what is said when it is not the default.
_RECURRENT = (
    ("input_size", "hidden_size", "num_layers"),
    {
        "nonlinearity": "tanh",
        "bias": True,
        "batch_first": False,
        "dropout": 0.0,
        "bidirectional": False,
        "proj_size": 0,
    },
)
_CONV = (
    ("in_channels", "out_channels", "kernel_size"),
    {"stride": 1, "padding": 0, "dilation": 1, "bias": True},
)
_SAID: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "lstm": _RECURRENT,
    "gru": _RECURRENT,
    "rnn": _RECURRENT,
    "linear": (("in_features", "out_features"), {"bias": True}),
    "embedding": (("num_embeddings", "embedding_dim"), {"padding_idx": None}),
    "dropout": (("p",), {}),
    "conv1d": _CONV,
    "conv2d": _CONV,
    "max_pool2d": (("kernel_size", "stride"), {"padding": 0}),
    "avg_pool2d": (("kernel_size", "stride"), {"padding": 0}),
    "flatten": (("start_dim", "end_dim"), {}),
    "layer_norm": (("normalized_shape",), {"eps": 1e-5}),
    "batch_norm2d": (("num_features",), {}),
    "softmax": (("dim",), {}),
}


def arguments_of(type_: str, module: nn.Module) -> Arguments:
    """Read a module's arguments back from the module that torch made."""
    if type_ in ("view", "reshape"):
        return (("sizes", module.arguments),)
    if type_ == "permute":
        return (("dims", module.arguments),)
    always, unusual = _SAID.get(type_, ((), {}))
    said = [(name, _read(module, name)) for name in always]
    read = [(name, _read(module, name, default), default) for name, default in unusual.items()]
    said += [(name, value) for name, value, default in read if value != default]
    return tuple(said)


def _read(module: nn.Module, name: str, default: Any = None) -> Any:
    value = getattr(module, name, default)
    if name == "bias" and not isinstance(value, bool):
        return value is not None  # Linear keeps the parameter under the argument's name
    if isinstance(value, tuple):  # torch spells a kernel of 3 as (3, 3)
        return value[0] if len(set(value)) == 1 else value
    return value
