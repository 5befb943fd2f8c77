"""torch's refusals, said in the field's language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lstmviz.errors import ModelError
from lstmviz.network.plan import PlanLayer

if TYPE_CHECKING:
    from lstmviz.network.flow import RunningValue


def refusal(layer: PlanLayer, before: str, flow: RunningValue, cause: Exception) -> ModelError:
    """Say why `layer` refused what the layer named `before` gave."""
    message, hint = _sentence(layer, before, flow, cause)
    return ModelError(message, place=layer.place, hint=hint)


def unbuildable(layer: PlanLayer, cause: Exception) -> ModelError:
    """Say why torch would not even make the module of `layer`."""
    return ModelError(f"{layer.type} cannot be built: {first_line(cause)}", place=layer.place)


def _sentence(layer: PlanLayer, before: str, flow: RunningValue, cause: Exception) -> tuple[str, str | None]:
    shape = tuple(flow.data.shape)
    if layer.type in ("view", "reshape"):
        return _view(layer, before, shape, cause)
    if layer.type == "permute":
        dims = tuple(layer.options["dims"])
        return f"permute{dims} cannot order the {len(shape)} axes of {before}, {shape}", None
    if layer.type == "decoder":
        return _decoder(layer, flow), "give both sides the same hidden_size, num_layers and directions"
    tokens = not flow.data.is_floating_point()
    if tokens and layer.type != "embedding":
        return f"{layer.type} takes real numbers, but {before} is token numbers", "put an embedding before it"
    return _by_message(layer, before, shape, cause), None


def _by_message(layer: PlanLayer, before: str, shape: tuple[int, ...], cause: Exception) -> str:
    said = str(cause)
    if "Dimension out of range" in said:
        return f"{layer.type} asks for an axis that {before} does not have, {shape}"
    if "Kernel size can't be greater" in said or "Output size is too small" in said:
        kernel = layer.options["kernel_size"]
        room = f"{shape[-1]} steps" if layer.type == "conv1d" else " × ".join(map(str, shape[-2:]))
        return f"{layer.type} with kernel_size {kernel} does not fit into {room}"
    return f"{layer.type} cannot take what {before} gives, {shape}: {first_line(cause)}"


def _view(layer: PlanLayer, before: str, shape: tuple[int, ...], cause: Exception) -> tuple[str, str | None]:
    sizes = tuple(layer.options["sizes"])
    said = f"{layer.type}({', '.join(map(str, sizes))})"
    if "stride" in str(cause):
        return (
            f"{said} cannot be: what {before} gives, {shape}, does not lie in memory in this order",
            "use reshape, which copies",
        )
    count = math.prod(shape)
    return (
        f"{said} cannot hold the {' × '.join(map(str, shape))} = {count} numbers that {before} gives",
        "one size may be -1: it follows from the others",
    )


def _decoder(layer: PlanLayer, flow: RunningValue) -> str:
    states = tuple(flow.ended[0].shape)
    size, stacked = layer.options["hidden_size"], layer.options["num_layers"]
    return (
        f"a decoder with hidden_size {size} and num_layers {stacked} cannot start from "
        f"the h_n of {flow.source}, {states}"
    )


def first_line(cause: Exception) -> str:
    """Return the first line of torch's own message, without its full stop."""
    lines = str(cause).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(cause).__name__
