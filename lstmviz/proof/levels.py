"""A row of nodes that stands on another in a drawing, with the stage that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmviz.proof.stage_runs import Run


@dataclass(slots=True)
class Level:
    """A row of a drawing: the nodes of one stage, by step; 0 is a node over all steps."""

    ids: dict[int, str]
    ran: Run | None = None
    """None for a row that repeats the one below: the result y, the x of the layer above."""
    states: dict[tuple[str, int], str] = field(default_factory=dict)
    """Of a layer: the nodes of its last states, by tensor and index from 1."""
    given: frozenset[str] = frozenset()
    """Of a loop: the tensors that its nodes stand for, whatever else of it is read."""
