"""Options of the pipeline."""

from __future__ import annotations

from pydantic import Field

from lstmviz.figures.base import Options


class PipelineOptions(Options):
    """Options of `pipeline`."""

    depth: int | None = Field(
        None,
        ge=1,
        description="how many levels are opened: from 2 on, recurrent stages layer by layer; of your own "
        "module, its modules' modules (default: stage by stage, as far as the page holds it)",
    )
    parameters: bool = Field(
        default=False, description="say how many parameters each stage has, and all together"
    )
