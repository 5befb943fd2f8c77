"""Options of the data cube."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lstmviz.figures.base import Options


class Windows(BaseModel):
    """How the cube is cut from one long table."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rows: int = Field(ge=1, le=100_000_000, description="how many rows (steps) the whole table has")
    stride: int = Field(
        1, ge=1, le=1_000_000, description="how many rows one window begins after the one before"
    )
    horizon: int | None = Field(
        None, ge=1, le=10_000, description="how many rows after a window are its target, y"
    )
    gap: int = Field(0, ge=0, le=1_000_000, description="how many rows lie between a window and its target")
    target: tuple[str | Annotated[int, Field(ge=1)], ...] | None = Field(
        None,
        min_length=1,
        description="the features that are the target, by name or counted from 1 (default: all)",
    )
    splits: int | None = Field(
        None, ge=1, le=12, description="how many times to train on what is before and test on what follows"
    )
    batch: int | None = Field(
        None, ge=1, description="which mini-batch of batch_size windows X is, counted from 1 (default: all)"
    )


class CubeOptions(Options):
    """Options of the data cube."""

    view: Literal["solid", "slices", "matrix"] = Field(
        "solid",
        description="the cube with its matrices, the cube pulled apart along time, or the matrices alone",
    )
    windows: Windows | None = Field(
        None, description="how the cube, and its target, are cut from one long table: {rows: 9, horizon: 2}"
    )
    step: int | None = Field(None, ge=1, description="the highlighted step, counted from 1")
    sample: int | None = Field(None, ge=0, description="the highlighted sample, counted from 0")

    def beyond_bare(self) -> list[str]:
        """Return which of its windows' own options a bare drawing does not show."""
        windows = self.windows
        return ["batch"] if windows is not None and windows.batch else []
