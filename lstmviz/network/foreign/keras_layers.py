"""Keras's layers without a state as lines of torch, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.foreign.keras_recurrent import array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ACTIVATIONS = {
    "relu": "torch.relu({})", "tanh": "torch.tanh({})", "sigmoid": "torch.sigmoid({})",
    "softmax": "F.softmax({}, dim=-1)", "log_softmax": "F.log_softmax({}, dim=-1)", "elu": "F.elu({})",
    "selu": "F.selu({})", "softplus": "F.softplus({})", "gelu": "F.gelu({})", "silu": "F.silu({})",
    "swish": "F.silu({})", "leaky_relu": "F.leaky_relu({}, 0.2)", "exponential": "torch.exp({})",
}  # fmt: skip
SILENT = frozenset(
    {"Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "ActivityRegularization"}
)
"""Layers that do nothing when a model is only run."""


class Lines(Protocol):
    """The code that is written."""

    def add(self, module: nn.Module, name: str) -> str:
        """Keep a module; return how it is called."""

    def let(self, name: str, text: str) -> str:
        """Write a line that gives a variable; return it."""


def dense(lines: Lines, layer: Any, x: str) -> str:
    """Write a Dense, and its activation."""
    kernel = array(layer.kernel)
    made = nn.Linear(kernel.shape[0], kernel.shape[1], bias=layer.use_bias)
    values = {"weight": torch.tensor(kernel.T)} | (
        {"bias": torch.tensor(array(layer.bias))} if layer.use_bias else {}
    )
    made.load_state_dict(values)
    return activated(lines, layer.activation, lines.let(layer.name, f"{lines.add(made, layer.name)}({x})"))


def activated(lines: Lines, activation: Any, x: str) -> str:
    """Write an activation; ModelError for one that is not known."""
    name = getattr(activation, "__name__", type(activation).__name__)
    if name == "linear":
        return x
    if name not in ACTIVATIONS:
        raise ModelError(f"the activation {name!r} is not followed (known: {', '.join(ACTIVATIONS)})")
    return lines.let(name, ACTIVATIONS[name].format(x))


def embedding(lines: Lines, layer: Any, x: str) -> str:
    """Write an Embedding."""
    table = array(layer.embeddings)
    made = nn.Embedding(*table.shape)
    made.load_state_dict({"weight": torch.tensor(table)})
    return lines.let(layer.name, f"{lines.add(made, layer.name)}({x})")


def layer_norm(lines: Lines, layer: Any, x: str) -> str:
    """Write a LayerNormalization over the last axis."""
    scale = array(layer.gamma) if layer.scale else None
    size = next(v for v in (scale, array(layer.beta) if layer.center else None) if v is not None).shape[0]
    made = nn.LayerNorm(size, eps=layer.epsilon)
    values = {"weight": torch.tensor(scale)} if scale is not None else {}
    made.load_state_dict(
        values | {"bias": torch.tensor(array(layer.beta))} if layer.center else values, strict=False
    )
    return lines.let(layer.name, f"{lines.add(made, layer.name)}({x})")


def batch_norm(lines: Lines, layer: Any, x: str) -> str:
    """Write a BatchNormalization of a sequence or of features, whose last axis torch has second."""
    mean = torch.tensor(array(layer.moving_mean))
    made = nn.BatchNorm1d(len(mean), eps=layer.epsilon)
    values = {"running_mean": mean, "running_var": torch.tensor(array(layer.moving_variance))}
    values |= {"weight": torch.tensor(array(layer.gamma))} if layer.scale else {}
    values |= {"bias": torch.tensor(array(layer.beta))} if layer.center else {}
    made.load_state_dict(values, strict=False)
    return _channels_second(
        lines, layer, f"{lines.add(made, layer.name)}", x, sequence=len(layer.input.shape) == 3
    )


def conv1d(lines: Lines, layer: Any, x: str) -> str:
    """Write a Conv1D, whose channels torch has second."""
    kernel = array(layer.kernel)
    width, step, apart = layer.kernel_size[0], layer.strides[0], layer.dilation_rate[0]
    made = nn.Conv1d(kernel.shape[1] * layer.groups, kernel.shape[2], width, stride=step, dilation=apart,
                     groups=layer.groups, bias=layer.use_bias)  # fmt: skip
    values = {"weight": torch.tensor(kernel.transpose(2, 1, 0).copy())}
    values |= {"bias": torch.tensor(array(layer.bias))} if layer.use_bias else {}
    made.load_state_dict(values)
    more = apart * (width - 1)
    if layer.padding == "causal":
        x = lines.let("padded", f"F.pad({x}, (0, 0, {more}, 0))")
    elif layer.padding == "same" and more:
        if step > 1:
            raise ModelError(f"{layer.name}: padding='same' with strides is not followed")
        x = lines.let("padded", f"F.pad({x}, (0, 0, {more // 2}, {more - more // 2}))")
    found = _channels_second(lines, layer, lines.add(made, layer.name), x, sequence=True)
    return activated(lines, layer.activation, found)


def pool1d(name: str) -> Callable[[Lines, Any, str], str]:
    """Write a MaxPooling1D or AveragePooling1D."""

    def written(lines: Lines, layer: Any, x: str) -> str:
        if layer.padding != "valid":
            raise ModelError(f"{layer.name}: padding={layer.padding!r} is not followed")
        made = (nn.MaxPool1d if name == "max" else nn.AvgPool1d)(layer.pool_size[0], layer.strides[0])
        return _channels_second(lines, layer, lines.add(made, layer.name), x, sequence=True)

    return written


def _channels_second(lines: Lines, layer: Any, called: str, x: str, *, sequence: bool) -> str:
    if not sequence:
        return lines.let(layer.name, f"{called}({x})")
    moved = lines.let("channels", f"{called}({x}.transpose(1, 2))")
    return lines.let(layer.name, f"{moved}.transpose(1, 2)")


def time_distributed(lines: Lines, layer: Any, x: str) -> str:
    """Write a TimeDistributed of what works on the last axis anyway."""
    inner = layer.layer
    name = type(inner).__name__
    if name in {"Dense", "Activation", "LayerNormalization", "Embedding"} or name in SILENT:
        return ONE[name](lines, inner, x) if name not in SILENT else x
    raise ModelError(f"TimeDistributed({name}) {layer.name!r} is not followed")


def _text(template: str) -> Callable[[Lines, Any, str], str]:
    return lambda lines, layer, x: lines.let(layer.name, template.format(x=x, layer=layer))


def _over_time(name: str) -> Callable[[Lines, Any, str], str]:
    return lambda lines, layer, x: lines.let(
        layer.name, f"{x}.{name}(1{', keepdim=True' if layer.keepdims else ''})"
    )


ONE: Mapping[str, Callable[[Lines, Any, str], str]] = {
    "Dense": dense, "Embedding": embedding,
    "LayerNormalization": layer_norm, "BatchNormalization": batch_norm,
    "Conv1D": conv1d, "MaxPooling1D": pool1d("max"), "AveragePooling1D": pool1d("avg"),
    "TimeDistributed": time_distributed,
    "Activation": lambda lines, layer, x: activated(lines, layer.activation, x),
    "ReLU": _text("torch.relu({x})"), "Softmax": _text("F.softmax({x}, dim={layer.axis})"),
    "LeakyReLU": _text("F.leaky_relu({x}, {layer.negative_slope})"),
    "ELU": _text("F.elu({x}, {layer.alpha})"),
    "Flatten": _text("{x}.flatten(1)"), "RepeatVector": _text("{x}.unsqueeze(1).repeat(1, {layer.n}, 1)"),
    "Reshape": lambda lines, layer, x: lines.let(
        layer.name, f"{x}.reshape(-1, {', '.join(map(str, layer.target_shape))})"),
    "Permute": lambda lines, layer, x: lines.let(
        layer.name, f"{x}.permute(0, {', '.join(map(str, layer.dims))})"),
    "GlobalAveragePooling1D": _over_time("mean"), "GlobalMaxPooling1D": _over_time("amax"),
    "Masking": lambda lines, layer, x: lines.let(
        layer.name, f"{x} * ({x} != {layer.mask_value}).any(-1, keepdim=True)"),
}  # fmt: skip
"""Layers that read one tensor."""
SEVERAL: Mapping[str, Callable[[Any, Sequence[str]], str]] = {
    "Concatenate": lambda layer, xs: f"torch.cat([{', '.join(xs)}], dim={layer.axis})",
    "Add": lambda _, xs: " + ".join(xs), "Multiply": lambda _, xs: " * ".join(xs),
    "Subtract": lambda _, xs: " - ".join(xs), "Average": lambda _, xs: f"({' + '.join(xs)}) / {len(xs)}",
    "Maximum": lambda _, xs: f"torch.maximum({', '.join(xs)})",
    "Minimum": lambda _, xs: f"torch.minimum({', '.join(xs)})",
}  # fmt: skip
"""Layers that read several, and have no weights."""
