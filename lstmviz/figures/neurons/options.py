"""Options of networks drawn unit by unit."""

from __future__ import annotations

from pydantic import Field

from lstmviz.figures.base import LayerOptions


class NeuronsOptions(LayerOptions):
    """Options of `neurons`."""

    steps: int | None = Field(None, ge=1, le=100, description="how many time steps are drawn")
