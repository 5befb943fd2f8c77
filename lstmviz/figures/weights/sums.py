"""The options of `weights`, and how many numbers there are in all."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

from pydantic import Field

from lstmviz.figures.base import Options, Subject
from lstmviz.figures.weights.plan import Order, WeightedStage, foreign
from lstmviz.translation.messages import Message, joined, message

NAMES = {"torch": "torch", "keras": "Keras", "onnx": "ONNX"}


class WeightsOptions(Options):
    """Options of `weights`."""

    order: Literal["torch", "keras", "onnx"] | None = Field(
        None,
        description="as torch, Keras or ONNX keeps the weights; else as the model's own library does",
    )
    values: bool = Field(
        default=False, description="shade every number of a matrix by its value, with a bar of the shades"
    )


def summed(subject: Subject, parts: Sequence[WeightedStage], order: Order, *, added: bool = False) -> Message:
    """Return how many numbers are learned, or kept by the other framework; `added` from the parts."""
    if order == "torch":
        count = _numbers(subject)
        terms = [f"{part.count} × " * (part.count > 1) + f"{part.formula.value:,}" for part in parts]
        if added and terms != [f"{count:,}"]:
            return message("weights.added", count=count, terms=" + ".join(terms))
        return message("weights.sum", count=count)
    count = sum(part.total for part in parts if foreign(part))
    return message("weights.kept", count=count, order=order, name=NAMES[order])


def _numbers(subject: Subject) -> int:
    return sum(prod(p.sizes) for stage in subject.trace.stages for p in stage.parameters)


def aloud(subject: Subject, parts: Sequence[WeightedStage], order: Order) -> Message:
    """Return what the figure shows, to be read aloud."""
    own = [part for part in parts if order == "torch" or foreign(part)]
    said = [message("weights.aloud", name=NAMES[order], count=len(own)), summed(subject, parts, order)]
    return joined(". ", *said)
