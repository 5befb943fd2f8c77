"""Sliding windows: how the rows of one long table become samples of a cube, and the targets after them."""

from __future__ import annotations

from dataclasses import dataclass

from lstmviz.errors import FigureError
from lstmviz.figures.base import refuse_more
from lstmviz.figures.cube.along import MOST, Along
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.data import Cube
from lstmviz.figures.cube.options import Windows
from lstmviz.layout.elide import Shown, banded
from lstmviz.suggestions import did_you_mean, guess, listed

WHOLE = 14
"""The longest table that is drawn with all its rows."""


@dataclass(frozen=True, slots=True)
class Split:
    """One walk-forward split, in windows from 0: trained on those before `train`, tested on `test`."""

    train: int
    test: range


@dataclass(frozen=True, slots=True)
class Cut:
    """A table of `rows` rows in windows of `steps` rows, each with a target of `horizon` rows after `gap`.

    Rows, windows and samples count from 0; the samples are all windows, or `size` of them after `skipped`.

    >>> cut = Cut(9, 4, 2)
    >>> cut.count, cut.first(2), cut.last(2), cut.uses(7), cut.uses(8), cut.places(3)
    (3, 4, 7, True, False, [(0, 3), (1, 1)])
    >>> ahead = Cut(9, 4, 1, horizon=2, gap=1)
    >>> ahead.count, ahead.target(0), ahead.start, ahead.rest
    (3, range(5, 7), 5, 3)
    """

    rows: int
    steps: int
    stride: int
    horizon: int = 0
    gap: int = 0
    columns: tuple[int, ...] = ()
    """Where the features of the target stand in the table."""
    skipped: int = 0
    size: int | None = None
    """How many windows one mini-batch has, where X is one."""

    @property
    def rest(self) -> int:
        """How many rows a window needs after its own, for its target."""
        return self.gap + self.horizon if self.horizon else 0

    @property
    def start(self) -> int:
        """The row with which the first target begins."""
        return self.steps + self.gap

    @property
    def given(self) -> dict[str, int]:
        """What sentences about it are given, to be held against X."""
        aim = {"horizon": self.horizon, "gap": self.gap} if self.horizon else {}
        part = {} if self.size is None else {"skipped": self.skipped}
        return {"rows": self.rows, "stride": self.stride, **aim, **part}

    @property
    def count(self) -> int:
        """How many windows have all their rows, and those of their target."""
        need = self.steps + self.rest
        return (self.rows - need) // self.stride + 1 if self.rows >= need else 0

    @property
    def samples(self) -> int:
        """How many windows are samples of the cube."""
        return self.count if self.size is None else self.size

    def first(self, sample: int) -> int:
        """The row with which the window of a sample begins."""
        return (self.skipped + sample) * self.stride

    def last(self, sample: int) -> int:
        """The row with which it ends."""
        return self.first(sample) + self.steps - 1

    def target(self, sample: int) -> range:
        """The rows of its target."""
        begin = self.first(sample) + self.start
        return range(begin, begin + self.horizon)

    def uses(self, row: int) -> bool:
        """Whether a row is in any window, or in a target."""
        return self._within(row, 0, self.steps) or self._within(row, self.start, self.horizon)

    def _within(self, row: int, begin: int, length: int) -> bool:
        """Whether a row is among the `length` rows that begin `begin` rows into some window."""
        nearest = min((row - begin) // self.stride, self.count - 1)
        return nearest >= 0 and row - begin - nearest * self.stride < length

    @property
    def spare(self) -> int:
        """How many rows are in none: those at both ends counted, those between by their period."""
        edge = self.steps + self.rest + self.stride
        if self.rows <= 4 * edge:
            return sum(not self.uses(row) for row in range(self.rows))
        periods = (self.rows - 2 * edge) // self.stride
        after = edge + periods * self.stride
        ends = (*range(edge), *range(after, self.rows))
        between = sum(not self.uses(row) for row in range(edge, edge + self.stride))
        return sum(not self.uses(row) for row in ends) + periods * between

    def places(self, row: int, most: int = 4) -> list[tuple[int, int]]:
        """Where a row stands in the cube, as (sample, step), for the first `most` samples."""
        begin = max(0, -((self.steps - 1 - row) // self.stride) - self.skipped)
        found = []
        for sample in range(begin, min(self.samples, row // self.stride - self.skipped + 1)):
            if self.first(sample) <= row <= self.last(sample):
                found.append((sample, row - self.first(sample)))
            if len(found) == most:
                break
        return found

    def splits(self, count: int) -> list[Split]:
        """Walk-forward splits: equal tests at the end, each trained on the windows before it.

        Windows whose targets share rows with those of the test are left out.

        >>> Cut(12, 4, 1, horizon=2).splits(2)
        [Split(train=2, test=range(3, 5)), Split(train=4, test=range(5, 7))]
        """
        if not (size := self.count // (count + 1)):
            return []
        shared = -(-self.horizon // self.stride) - 1
        tests = range(self.count - count * size, self.count, size)
        return [Split(begin - shared, range(begin, begin + size)) for begin in tests]


def cut_of(cube: Cube, windows: Windows) -> Cut:
    """The cut that gives this cube; FigureError if it gives another, or none."""
    if cube.tokens:
        raise FigureError("cube", "windows are cut from a table of numbers, and this model reads tokens")
    if cube.batch is None:
        raise FigureError("cube", "windows make a batch, but this input has none: give input a batch_size")
    if cube.lengths is not None:
        raise FigureError("cube", "every window has all its steps, so there is no padding: leave lengths out")
    size = cube.batch.size
    aim = {name: name in windows.model_fields_set for name in ("gap", "target", "splits")}
    if windows.horizon is None and any(aim.values()):
        given = next(name for name, written in aim.items() if written)
        raise FigureError("cube", f"{given} is about the target of a window: give windows a horizon")
    cut = Cut(
        windows.rows,
        cube.time.size,
        windows.stride,
        windows.horizon or 0,
        windows.gap,
        _columns(cube.features, windows) if windows.horizon else (),
        ((windows.batch or 1) - 1) * size,
        size if windows.batch else None,
    )
    _counted(cut, size, windows)
    return cut


def _counted(cut: Cut, size: int, windows: Windows) -> None:
    """Raise FigureError where the windows are not those of the batch, or too few for the splits."""
    more = f" and {cut.rest} rows after it" if cut.rest else ""
    if not cut.count:
        reason = f"a window of {cut.steps} steps{more} does not fit in a table of {cut.rows} rows"
        raise FigureError("cube", reason)
    if windows.batch is None and cut.count != size:
        few = f", or windows: {{batch: 1}} for one mini-batch of {size}" if size < cut.count else ""
        raise FigureError(
            "cube",
            f"windows of {cut.steps} steps{more}, one every {rows_of(windows.stride)}, cut "
            f"{rows_of(cut.rows)} into {cut.count} samples, but batch_size is {size}: "
            f"write batch_size: {cut.count}{few}",
        )
    if cut.skipped + size > cut.count:
        whole = cut.count // size
        raise FigureError("cube", f"there is no mini-batch {windows.batch}: {cut.count} windows make {whole}")
    if windows.splits:
        splits = cut.splits(windows.splits)
        if not splits or splits[0].train < 1:
            reason = f"{cut.count} windows are too few for {windows.splits} splits"
            raise FigureError("cube", f"{reason}: nothing is left to train on before the first test")


def _columns(features: Along, windows: Windows) -> tuple[int, ...]:
    """Where the target's features stand in the table; FigureError for one that is not there."""
    names = features.labels or ()
    found = []
    for one in windows.target or range(1, features.size + 1):
        if isinstance(one, str) and one not in names:
            near = guess(one, names)
            there = f"there is {listed(names)}" if names else "give their names in input, or count from 1"
            hint = did_you_mean(near) if near else there
            raise FigureError("cube", f"no feature is called {one!r}: {hint}")
        place = names.index(one) if isinstance(one, str) else one - 1
        if place >= features.size:
            raise FigureError("cube", f"there is no feature {one}: there are {features.size}")
        found.append(place)
    if len({*found}) < len(found):
        raise FigureError("cube", "a feature stands in target twice")
    return tuple(found)


def rows_of(count: int) -> str:
    """A number of rows in words."""
    return "row" if count == 1 else f"{count} rows"


def rows_shown(sheet: CubeDrawing, cut: Cut, marked: int) -> Shown:
    """The rows to draw: all, or where the drawn windows and their targets begin and end."""
    if sheet.options.whole:
        refuse_more("cube", cut.rows, "rows", MOST)
    if cut.rows <= WHOLE or sheet.options.whole:
        return tuple(range(cut.rows))
    drawn = [n for n in sheet.cube.samples.shown if n is not None]
    ends = {row for n in drawn for row in (cut.first(n), cut.last(n))}
    if cut.horizon:
        ends |= {row for n in drawn for row in (cut.target(n)[0], cut.target(n)[-1])}
    return banded({0, cut.rows - 1, marked, *ends})
