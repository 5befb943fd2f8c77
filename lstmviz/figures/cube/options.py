"""Options of the data cube."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lstmviz.figures.base import Options


class Windows(BaseModel):
    """How the cube is cut from one long table."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rows: int = Field(ge=1, le=100_000_000, description="how many rows (steps) the whole table has")
    stride: int = Field(
        1, ge=1, le=1_000_000, description="how many rows one window begins after the one before"
    )


class CubeOptions(Options):
    """Options of the data cube."""

    view: Literal["solid", "slices", "matrix"] = Field(
        "solid",
        description="the cube with its matrices, the cube pulled apart along time, or the matrices alone",
    )
    windows: Windows | None = Field(
        None, description="how the cube is cut from one long table: {rows: 9, stride: 1}"
    )
    step: int | None = Field(None, ge=1, description="the highlighted step, counted from 1")
    sample: int | None = Field(None, ge=1, description="the highlighted sample, counted from 1")
