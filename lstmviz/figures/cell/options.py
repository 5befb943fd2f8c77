"""What a cell may be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lstmviz.errors import FigureError
from lstmviz.figures.shared import parts
from lstmviz.figures.shared.parts import DrawnLayer


class CellOptions(parts.OneLayer):
    """What a cell may be told."""

    direction: Literal["forward", "reverse"] = Field("forward", description="forward or reverse")
    equations: bool | None = Field(
        None, description="the equations beside the cell (default: where the page has room for them)"
    )


def lane_of(part: DrawnLayer, options: CellOptions) -> str:
    """Return the direction asked for; FigureError if there is none such."""
    if options.direction == "reverse" and not part.layer.bidirectional:
        raise FigureError("cell", f"{part.layer.name} is not bidirectional: it has no reverse direction")
    return "rev" if options.direction == "reverse" else "fwd"
