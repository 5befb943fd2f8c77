"""The options of `weights`, and how many numbers there are in all."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from lstmviz.figures.base import Options
from lstmviz.translation.messages import joined, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.base import Subject
    from lstmviz.figures.weights.plan import Part
    from lstmviz.translation.messages import Said

NAMES = {"torch": "torch", "keras": "Keras", "onnx": "ONNX"}


class WeightsOptions(Options):
    """Options of `weights`."""

    order: Literal["torch", "keras", "onnx"] = Field(
        "torch", description="the blocks as torch keeps them, or as Keras or ONNX keeps the same weights"
    )
    values: bool = Field(
        default=False, description="shade every number of a matrix by its value, with a bar of the shades"
    )


def summed(subject: Subject, parts: Sequence[Part], options: WeightsOptions, *, under: bool = False) -> Said:
    """Return how many numbers are learned, or kept by the other framework; its end `under` what is added."""
    if options.order == "torch":
        return message("weights.added" if under else "weights.sum", count=_numbers(subject))
    count = sum(part.total for part in parts)
    return message("weights.kept", count=count, order=options.order, name=NAMES[options.order])


def _numbers(subject: Subject) -> int:
    return sum(prod(p.sizes) for stage in subject.trace.stages for p in stage.parameters)


def aloud(subject: Subject, parts: Sequence[Part], options: WeightsOptions) -> Said:
    """Return what the figure shows, to be read aloud."""
    name = NAMES[options.order]
    said = [message("weights.aloud", name=name, count=len(parts)), summed(subject, parts, options)]
    return joined(". ", *said)
