"""The facts that messages assert of convolutions and of what pools: their channels, kernels and steps."""

from __future__ import annotations

from typing import Any

from lstmviz.network.structure import Stage
from lstmviz.proof.facts.fact import MessageFacts


def channels(stage: Stage, given: MessageFacts) -> bool:
    """Whether a convolution reads and makes so many channels."""
    own = dict(stage.arguments)
    axis = -2 if stage.type == "conv1d" else -3
    read, made = stage.inputs[0].sizes[axis], stage.outputs[0].sizes[axis]
    said = (given["first"], given["last"])
    return said == (own["in_channels"], own["out_channels"]) and said == (read, made)


def _window(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "×".join(map(str, value if isinstance(value, tuple | list) else (value, value)))


def kernel(stage: Stage, given: MessageFacts) -> bool:
    """Whether a kernel is so long, or so high and wide."""
    flat = stage.type.endswith("1d")
    own = dict(stage.arguments)["kernel_size"]
    said = given["size"] == (str(own) if flat else _window(own))
    return bool(said and (given["id"] == "stage.kernel") == flat)


def spread(stage: Stage, given: MessageFacts) -> bool:
    """Whether a stride, padding or dilation is this one."""
    own = dict(stage.arguments)[given["id"].rpartition(".")[2]]
    wide = isinstance(own, tuple | list)
    return bool(given["size"] == (_window(own) if wide else str(own)))


def means(stage: Stage, given: MessageFacts) -> bool:
    """Whether it makes so many means of what it reads."""
    own, flat = dict(stage.arguments)["output_size"], stage.type.endswith("1d")
    made = stage.outputs[0].sizes
    counted = made[-1:] if flat else made[-2:]
    return bool(given["size"] == (str(own) if flat else _window(own))) and all(
        str(n) in given["size"] for n in counted
    )
