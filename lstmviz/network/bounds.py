"""What is refused before anything is allocated, on plain integers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from lstmviz.errors import ModelError
from lstmviz.network.plan import SIZES, ModelPlan, PlanLayer
from lstmviz.spec.layer_types import RECURRENT

MAX_SIZE = 10_000_000
MAX_LAYERS = 100
MAX_STACKED = 2 * MAX_LAYERS
"""Of all recurrent layers of a model, each direction counted."""
MAX_NUMBERS = 2**50
"""Of one tensor: beyond, even counting its numbers overflows somewhere."""


def check_bounds(plan: ModelPlan) -> None:
    """Refuse sizes that could not be run, or that contradict each other.

    Raises ModelError with the place of the number. torch is not needed, and
    nothing is allocated: building the module comes after.
    """
    for name in SIZES:
        _positive(getattr(plan, name), f"input.{name}", name)
    _lengths(plan)
    if math.prod(plan.input_shape) > MAX_NUMBERS:
        raise ModelError(f"an input of {_times(plan.input_shape)} numbers is too large", place="input")
    if len(plan.layers) > MAX_LAYERS:
        raise ModelError(f"{len(plan.layers)} layers are too many; {MAX_LAYERS} are the most", place="layers")
    for layer in plan.layers:
        _layer(layer)
    _stacked(plan)


def _positive(size: int | None, place: str, name: str) -> None:
    if size is None:
        return
    if size < 1:
        raise ModelError(f"{name} must be at least 1, not {size}", place=place)
    _small(size, place, name)


def _small(size: int, place: str, name: str) -> None:
    if abs(size) > MAX_SIZE:
        raise ModelError(
            f"{name} {size} is too large; {MAX_SIZE} is the most",
            place=place,
            hint="the figure looks the same with a smaller size",
        )


def _lengths(plan: ModelPlan) -> None:
    if plan.lengths is None:
        return
    place = "input.lengths"
    if plan.batch_size is None or plan.timesteps is None:
        raise ModelError("lengths need a batch_size and timesteps", place=place)
    if len(plan.lengths) != plan.batch_size:
        raise ModelError(f"{len(plan.lengths)} lengths for a batch of {plan.batch_size} samples", place=place)
    for index, length in enumerate(plan.lengths):
        if not 1 <= length <= plan.timesteps:
            raise ModelError(
                f"a length of {length} is not within 1 and {plan.timesteps} time steps",
                place=f"{place}.{index}",
            )


def _layer(layer: PlanLayer) -> None:
    for name, value in layer.options.items():
        for number in _integers(value):
            _small(number, f"{layer.place}.{layer.type}.{name}", name)
    stacked = layer.options.get("num_layers")
    if isinstance(stacked, int) and stacked > MAX_LAYERS:
        raise ModelError(
            f"num_layers {stacked} is too many; {MAX_LAYERS} are the most",
            place=f"{layer.place}.{layer.type}.num_layers",
        )
    if layer.type in RECURRENT:
        _projection(layer)


def _stacked(plan: ModelPlan) -> None:
    """Refuse a model of recurrent layers that are many together, though none is by itself."""
    options = [layer.options for layer in plan.layers if layer.type in (*RECURRENT, "decoder")]
    count = sum((one.get("num_layers") or 1) * (2 if one.get("bidirectional") else 1) for one in options)
    if count > MAX_STACKED:
        raise ModelError(
            f"{count} recurrent layers (num_layers × directions, summed) are too many; "
            f"{MAX_STACKED} are the most",
            place="layers",
            hint="the figure looks the same with fewer",
        )


def _projection(layer: PlanLayer) -> None:
    proj, hidden = layer.options.get("proj_size") or 0, layer.options["hidden_size"]
    place = f"{layer.place}.{layer.type}.proj_size"
    if proj and layer.type != "lstm":
        raise ModelError(f"only an lstm has a proj_size; {layer.type} does not", place=place)
    if proj and proj >= hidden:
        raise ModelError(f"proj_size {proj} must be smaller than hidden_size {hidden}", place=place)


def largest(plan: ModelPlan) -> int:
    """Return the largest number in a plan, whatever it is the size of."""
    numbers = [*plan.input_shape, plan.vocabulary or 0]
    for layer in plan.layers:
        numbers += [abs(number) for value in layer.options.values() for number in _integers(value)]
    return max(numbers, default=0)


def _integers(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _integers(item)


def _times(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))
