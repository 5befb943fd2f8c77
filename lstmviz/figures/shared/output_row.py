"""What the stages after a recurrent layer stand on: its output, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmviz.scene.canvas import Canvas


@dataclass(frozen=True, slots=True)
class Stand:
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
