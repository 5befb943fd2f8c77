"""Keras's layers without a state as lines of torch, one row each.

A row raises NotImplementedError where torch has no such option; then Keras's own code is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from lstmviz.network.foreign.keras_attention import attention, many_heads
from lstmviz.network.foreign.keras_lines import Lines
from lstmviz.network.foreign.keras_recurrent import array
from lstmviz.network.foreign.twins import embedding, filled, linear

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


def dense(lines: Lines, layer: Any, x: str) -> str:
    """Write a Dense, and its activation."""
    made = linear(array(layer.kernel).T, array(layer.bias) if layer.use_bias else None)
    return activated(lines, layer.activation, lines.call(made, layer.name, x))


def activated(lines: Lines, activation: Any, x: str) -> str:
    """Write an activation: torch's, or the function itself."""
    name = getattr(activation, "__name__", type(activation).__name__)
    if name == "linear":
        return x
    if name not in ACTIVATIONS:
        return lines.function(activation, name, x)
    return lines.let(name, ACTIVATIONS[name].format(x))


def layer_norm(lines: Lines, layer: Any, x: str) -> str:
    """Write a LayerNormalization over the last axis."""
    values = _scaled(layer)
    (size,) = next(one.shape for one in values.values() if one is not None)
    return lines.call(filled(nn.LayerNorm(size, eps=layer.epsilon), **values), layer.name, x)


def _scaled(layer: Any) -> dict[str, Any]:
    """Return the weight and the bias of a normalization."""
    return {
        "weight": array(layer.gamma) if layer.scale else None,
        "bias": array(layer.beta) if layer.center else None,
    }


def batch_norm(lines: Lines, layer: Any, x: str) -> str:
    """Write a BatchNormalization of a sequence or of features, whose last axis torch has second."""
    mean, var = array(layer.moving_mean), array(layer.moving_variance)
    made = nn.BatchNorm1d(len(mean), eps=layer.epsilon)
    filled(made, running_mean=mean, running_var=var, **_scaled(layer))
    return _moved(lines, layer, lines.add(made, layer.name), x, len(layer.input.shape) - 2)


def conv(rank: int) -> Callable[[Lines, Any, str], str]:
    """Write a Conv1D or Conv2D, whose channels torch has second."""

    def written(lines: Lines, layer: Any, x: str) -> str:
        kernel, kind = array(layer.kernel), {1: nn.Conv1d, 2: nn.Conv2d}[rank]
        reads, gives = kernel.shape[-2] * layer.groups, kernel.shape[-1]
        more = {"dilation": _once(layer.dilation_rate), "groups": layer.groups, "bias": layer.use_bias}
        made = kind(reads, gives, _once(layer.kernel_size), stride=_once(layer.strides), **more)
        axes = (rank + 1, rank, *range(rank))
        filled(made, weight=kernel.transpose(axes), bias=array(layer.bias) if layer.use_bias else None)
        wide = [d * (k - 1) for d, k in zip(layer.dilation_rate, layer.kernel_size, strict=True)]
        if layer.padding == "causal":
            x = lines.let("padded", f"F.pad({x}, (0, 0, {wide[0]}, 0))")
        elif layer.padding == "same" and any(wide):
            if any(step > 1 for step in layer.strides):
                raise NotImplementedError
            sides = ", ".join(f"{n // 2}, {n - n // 2}" for n in reversed(wide))
            x = lines.let("padded", f"F.pad({x}, (0, 0, {sides}))")
        return activated(lines, layer.activation, _moved(lines, layer, lines.add(made, layer.name), x, rank))

    return written


def pool(name: str, rank: int) -> Callable[[Lines, Any, str], str]:
    """Write a pooling over time, or over height and width."""

    def written(lines: Lines, layer: Any, x: str) -> str:
        if layer.padding != "valid":
            raise NotImplementedError
        made = getattr(nn, f"{name}Pool{rank}d")(_once(layer.pool_size), _once(layer.strides))
        return _moved(lines, layer, lines.add(made, layer.name), x, rank)

    return written


def _once(sizes: Sequence[int]) -> Any:
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)


def _moved(lines: Lines, layer: Any, called: str, x: str, rank: int) -> str:
    """Write the call of what has its channels second; a rank of 0 has no other axes."""
    if rank == 0:
        return lines.let(layer.name, f"{called}({x})")
    there, back = ("transpose(1, 2)",) * 2 if rank == 1 else ("permute(0, 3, 1, 2)", "permute(0, 2, 3, 1)")
    moved = lines.let("channels", f"{called}({x}.{there})")
    return lines.let(layer.name, f"{moved}.{back}")


def time_distributed(lines: Lines, layer: Any, x: str) -> str:
    """Write a TimeDistributed: as it is for what works on the last axis, else on one batch of all steps."""
    inner = layer.layer
    name = type(inner).__name__
    if name in SILENT:
        return x
    if name in {"Dense", "Activation", "ReLU", "LayerNormalization", "Embedding"}:
        return ONE[name](lines, inner, x)
    (each,) = lines.layer(inner, [lines.let("steps", f"{x}.flatten(0, 1)")], [])
    return lines.let(layer.name, f"{each}.unflatten(0, {x}.shape[:2])")


def _text(template: str) -> Callable[[Lines, Any, str], str]:
    return lambda lines, layer, x: lines.let(layer.name, template.format(x=x, layer=layer))


def _over_all(name: str) -> Callable[[Lines, Any, str], str]:
    """Write a pooling over all steps, or all places of an image."""

    def written(lines: Lines, layer: Any, x: str) -> str:
        axes = "(1, 2)" if type(layer).__name__.endswith("2D") else "1"
        return lines.let(layer.name, f"{x}.{name}({axes}{', keepdim=True' if layer.keepdims else ''})")

    return written


ONE: Mapping[str, Callable[[Lines, Any, str], str]] = {
    "Dense": dense,
    "Embedding": lambda lines, layer, x: lines.call(embedding(array(layer.embeddings)), layer.name, x),
    "LayerNormalization": layer_norm, "BatchNormalization": batch_norm,
    "Conv1D": conv(1), "MaxPooling1D": pool("Max", 1), "AveragePooling1D": pool("Avg", 1),
    "Conv2D": conv(2), "MaxPooling2D": pool("Max", 2), "AveragePooling2D": pool("Avg", 2),
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
    "GlobalAveragePooling1D": _over_all("mean"), "GlobalMaxPooling1D": _over_all("amax"),
    "GlobalAveragePooling2D": _over_all("mean"), "GlobalMaxPooling2D": _over_all("amax"),
    "Masking": lambda lines, layer, x: lines.let(
        layer.name, f"{x} * ({x} != {layer.mask_value}).any(-1, keepdim=True)"),
}  # fmt: skip
"""Layers that read one tensor."""


def _joined(text: Callable[[Any, Sequence[str]], str]) -> Callable[[Lines, Any, Sequence[str]], str]:
    return lambda lines, layer, xs: lines.let(layer.name, text(layer, xs))


SEVERAL: Mapping[str, Callable[[Lines, Any, Sequence[str]], str]] = {
    "Concatenate": _joined(lambda layer, xs: f"torch.cat([{', '.join(xs)}], dim={layer.axis})"),
    "Add": _joined(lambda _, xs: " + ".join(xs)), "Multiply": _joined(lambda _, xs: " * ".join(xs)),
    "Subtract": _joined(lambda _, xs: " - ".join(xs)),
    "Average": _joined(lambda _, xs: f"({' + '.join(xs)}) / {len(xs)}"),
    "Maximum": _joined(lambda _, xs: f"torch.maximum({', '.join(xs)})"),
    "Minimum": _joined(lambda _, xs: f"torch.minimum({', '.join(xs)})"),
    "Attention": attention, "AdditiveAttention": attention, "MultiHeadAttention": many_heads,
}  # fmt: skip
"""Layers that read several."""
