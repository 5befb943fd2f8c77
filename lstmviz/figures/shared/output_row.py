"""What the stages after a recurrent layer stand on: its output, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field

from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Point, Role

ASIDE = 7.0
"""How far beside a layer lines from its last states go up, pt."""
LANE = 5.0
"""From one of these lines to the next, pt."""


@dataclass(frozen=True, slots=True)
class OutputStand:
    """What the stages stand on: the nodes of `output`, and the room around them."""

    canvas: Canvas
    ids: dict[int, str]
    """The node of each computed step."""
    xs: dict[int, float]
    gaps: tuple[float, ...]
    padded: tuple[float, ...]
    frame: tuple[float, float]
    room: tuple[float, float]
    """Free space left and right of the frame."""
    foot: float
    """The upper edge of the nodes of `output`."""
    roof: float
    """The upper edge of its frame."""
    time: int
    """Which axis is time."""
    packed: bool
    narrow: bool
    sample: int | None = None
    """Which sample of a packed batch is drawn."""
    states: dict[tuple[str, int], Exit] = field(default_factory=dict)
    """From where a line leaves each last state, by tensor and index from 1, to go up beside the layer."""
    reverse: dict[int, str] = field(default_factory=dict)
    """Where two directions give a node each: those of the reverse one."""
    aside: float = 0.0
    """How far from the middle of a step each of both stands."""


@dataclass(frozen=True, slots=True)
class Exit:
    """The node of a last state, the way from it to beside the layer, on which side that is, and its role."""

    id: str
    route: tuple[Point, ...]
    left: bool
    role: Role
