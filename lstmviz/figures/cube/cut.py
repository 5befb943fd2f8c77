"""Sliding windows: how the rows of one long table become the samples of a cube."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmviz.errors import FigureError
from lstmviz.layout.solids import Shown, banded

if TYPE_CHECKING:
    from lstmviz.figures.cube.context import Sheet
    from lstmviz.figures.cube.data import Cube
    from lstmviz.figures.cube.options import Windows

WHOLE = 14
"""The longest table that is drawn with all its rows."""
MOST = 400
"""The longest that `elide: never` draws."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A table of `rows` rows in windows of `steps` rows; rows and windows count from 0.

    >>> cut = Cut(9, 4, 2)
    >>> cut.count, cut.first(2), cut.last(2), cut.uses(7), cut.uses(8), cut.places(3)
    (3, 4, 7, True, False, [(0, 3), (1, 1)])
    """

    rows: int
    steps: int
    stride: int

    @property
    def count(self) -> int:
        """How many whole windows there are."""
        return (self.rows - self.steps) // self.stride + 1 if self.rows >= self.steps else 0

    def first(self, window: int) -> int:
        """The row with which a window begins."""
        return window * self.stride

    def last(self, window: int) -> int:
        """The row with which it ends."""
        return self.first(window) + self.steps - 1

    def uses(self, row: int) -> bool:
        """Whether a row is in any window."""
        nearest = min(row // self.stride, self.count - 1)
        return row <= self.last(nearest)

    @property
    def spare(self) -> int:
        """How many rows are in none."""
        gaps = max(0, self.stride - self.steps) * (self.count - 1)
        return gaps + self.rows - 1 - self.last(self.count - 1)

    def places(self, row: int, most: int = 4) -> list[tuple[int, int]]:
        """Where a row stands in the cube, as (sample, step), for the first `most` samples."""
        begin = max(0, -((self.steps - 1 - row) // self.stride))
        found = []
        for window in range(begin, min(self.count, row // self.stride + 1)):
            if self.first(window) <= row <= self.last(window):
                found.append((window, row - self.first(window)))
            if len(found) == most:
                break
        return found


def cut_of(cube: Cube, windows: Windows) -> Cut:
    """The cut that gives this cube; FigureError if it gives another, or none."""
    steps, rows = cube.time.size, windows.rows
    if cube.tokens:
        raise FigureError("cube", "windows are cut from a table of numbers, and this model reads tokens")
    if cube.batch is None:
        raise FigureError("cube", "windows make a batch, but this input has none: give input a batch_size")
    if cube.lengths is not None:
        raise FigureError("cube", "every window has all its steps, so there is no padding: leave lengths out")
    cut = Cut(rows, steps, windows.stride)
    if not cut.count:
        raise FigureError("cube", f"a window of {steps} steps does not fit in a table of {rows} rows")
    if cut.count != cube.batch.size:
        raise FigureError(
            "cube",
            f"windows of {steps} steps, one every {_rows(windows.stride)}, cut {_rows(rows)} into "
            f"{cut.count} samples, but batch_size is {cube.batch.size}: write batch_size: {cut.count}",
        )
    return cut


def _rows(count: int) -> str:
    return "row" if count == 1 else f"{count} rows"


def rows_shown(sheet: Sheet, cut: Cut, marked: int) -> Shown:
    """The rows to draw: all, or where the drawn windows begin and end."""
    if sheet.options.elide == "never" and cut.rows > MOST:
        raise FigureError("cube", f"elide: never draws at most {MOST} rows, not {cut.rows}")
    if cut.rows <= WHOLE or sheet.options.elide == "never":
        return tuple(range(cut.rows))
    drawn = [n for n in sheet.cube.samples.shown if n is not None]
    ends = {row for n in drawn for row in (cut.first(n), cut.last(n))}
    return banded({0, cut.rows - 1, marked, *ends})
