"""Options of the grid."""

from __future__ import annotations

from pydantic import Field

from lstmviz.figures.base import LayerOptions


class GridOptions(LayerOptions):
    """Options of `grid`."""

    sample: int | None = Field(None, ge=0, description="whose padding is shown, counted from 0")
    highlight: int | None = Field(None, ge=1, description="a step to mark, counted from 1")
