"""What the calls of a run read, as data: of which tensor which steps."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from lstmviz.network.moved_numbers import Measured
from lstmviz.network.steps import Relation
from lstmviz.network.user.events import Event, Source


@dataclass(frozen=True, slots=True)
class Counted:
    """Where a tensor has its steps, its samples; of h_n and c_n (`states`) the steps are layers."""

    axis: int
    samples: int | None = None
    states: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """What one result of a call reads of one tensor; without `axis` that has no steps."""

    source: Source
    output: str
    axis: int | None
    measured: Measured
    states: bool = False


ALONE = Measured(None, Relation("own", 1, 1))
"""What is read of a tensor without steps by a call that gives none."""


def price_of(event: Event) -> float:
    """Return about how many numbers a call goes through."""
    taken = [math.prod(shape) for _, shape in event.inputs]
    weights = sum(p.numel() for p in event.parameters.values())
    rows = taken[0] / event.inputs[0][1][-1] if taken and event.inputs[0][1] and event.inputs[0][1][-1] else 1
    return sum(taken) + sum(math.prod(shape) for _, shape in event.outputs) + rows * weights


def lengthened(measured: Measured, taken: int) -> Measured | None:
    """Return the relation of a few steps as that of all; None if it is none that could go on."""
    kind = measured.relation.kind
    if kind not in {"own", "all", "past", "future"}:
        return None
    given = 1 if measured.axis is None else taken
    return dataclasses.replace(measured, relation=Relation(kind, given, taken))


def through(last: Read, first: Read) -> Read:
    """Return what a function made of several reads, through its own results on the way."""
    both = last.measured.relation.after(first.measured.relation)
    mixes = last.measured.mixes or first.measured.mixes
    return Read(
        first.source, last.output, first.axis, Measured(last.measured.axis, both, mixes), first.states
    )
