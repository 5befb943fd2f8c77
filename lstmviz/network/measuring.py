"""Which steps a call reads: found by calling it again with other numbers at some steps.

Two ways. A call that only moves numbers (slices, stacks, views) is given the number of each step as its
value: what comes out says where it was. Any other call is given other values at some steps, tokens and masks
included, and whatever is then not exactly as before has read them.

A relation between steps found by changing steps: few runs, whatever the number of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import torch

from lstmviz.network.moved_numbers import (
    FAILS,
    LABELS,
    Measured,
    TooMuchError,
    along,
    codes_of,
    place_along,
    rows_of,
    spread,
)
from lstmviz.network.step_changes import WAYS, Changes, Table
from lstmviz.network.steps import Kind, Relation, relation


@dataclass(slots=True)
class Meter(Changes):
    """One call with one of its tensors free, which has steps: what its result's steps read of them."""

    def measured(self) -> Measured | None:
        """Return what the result's steps read; None if that cannot be found, or costs too much."""
        try:
            self._begin()
            ways = (self._own, self._moved) if self.tensor.is_floating_point() else (self._moved, self._own)
            return self._as_likely() or ways[0]() or ways[1]() or self._changed()
        except (TooMuchError, *FAILS):
            return None

    def _moved(self) -> Measured | None:
        """Read the steps off, if the call does nothing but move numbers."""
        if self.taken > LABELS:
            return None
        beside: torch.Tensor | None = None
        own: torch.Tensor | None = None
        if self.view and (places := self._places()) is not None:
            at = place_along(self.tensor, places, self.axis)
            beside = None if self.samples is None else place_along(self.tensor, places, self.samples)
        elif (labels := self._labels()) is not None:
            own, at = labels
        else:
            return None

        def table(axis: int, labels: torch.Tensor = at, count: int = self.taken) -> torch.Tensor:
            shape = [-1 if one == axis else 1 for one in range(labels.dim())]
            size = self._base.shape[axis]
            marked = torch.arange(-1, size * count - 1, count).view(shape) + labels
            marks = torch.zeros(size * count, dtype=torch.bool)
            return marks.index_fill_(0, _those(marked, own), value=True).view(size, count)

        axis = self._axis(table)
        rows = rows_of(table(axis)) if axis is not None else [sorted(set(_those(at, own).tolist()))]
        return self._beside(Measured(axis, relation(rows, self.taken)), table, beside)

    def _places(self) -> torch.Tensor | None:
        """Return which number of what is read each number of the result is, from 0; None if it is no part."""
        try:
            places = self._run(torch.arange(self.tensor.numel()).view(self.tensor.shape))
        except FAILS:
            return None
        return places if self.view and places.dtype is torch.long else None

    def _labels(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Return where the result holds what was read, and from which step; None if it computes with it."""
        dtype = torch.float32 if self.tensor.dtype is torch.bool else self.tensor.dtype
        codes = codes_of(self.taken, dtype)  # what only moves numbers moves any
        seen: list[torch.Tensor] = []
        try:
            for code in codes:
                seen.append(self._run(spread(code, self.tensor, self.axis)))
                if len(seen) == 1 and not self._may_label(seen[0]):
                    return None
        except FAILS:
            return None
        if any(one.shape != self._base.shape or one.dtype != dtype for one in seen):
            return None
        own = self._differs(seen[0], seen[1]) | self._differs(seen[0], seen[2])
        rest = ~own  # of other tensors, or made by the call
        at = seen[0].where(own, 1).long()
        if not bool(((at >= 1) & (at <= self.taken)).all()):
            return None
        kept = all(bool(((code[at - 1] == one) | rest).all()) for code, one in zip(codes, seen, strict=True))
        there = bool(own.any()) and not bool((self._differs(seen[0], self._base) & rest).any())
        return (own, at) if kept and there else None

    def _may_label(self, seen: torch.Tensor) -> bool:
        """Whether all that moved when steps were numbered are numbers of steps."""
        moved = seen[self._differs(seen, self._base)] if seen.shape == self._base.shape else seen[:0]
        return bool(((moved >= 1) & (moved <= self.taken) & (moved == moved.floor())).all())

    def _beside(self, seen: Measured, table: Table, labels: torch.Tensor | None) -> Measured:
        """Follow the numbers of the samples as well, where a call only moves numbers."""
        if self.samples is None or (count := self.tensor.shape[self.samples]) < 2:
            return seen
        if labels is None:
            numbers = codes_of(count, self.tensor.dtype)[0]
            labels = self._run(spread(numbers, self.tensor, self.samples)).long()
        if not bool(((labels >= 1) & (labels <= count)).all()):  # beside numbers of other tensors
            return self._checked(seen)
        tables = [table(axis, labels, count) for axis in range(self._base.dim())]
        partly = [axis for axis, one in enumerate(tables) if bool((one != one[:1]).any())]
        rows = [axis for axis in partly if len(tables[axis]) == count]
        apart = any(torch.equal(tables[axis], torch.eye(count, dtype=torch.bool)) for axis in rows)
        mixes = not apart and (bool(rows) or not partly)
        if seen.axis is not None and seen.axis not in partly:
            return Measured(seen.axis, seen.relation, mixes=mixes)
        read = [list(seen.relation.read())]  # along an axis of samples too no step has a place of its own
        own = table(rows[0]) if apart else None
        samples: tuple[Relation, ...] = ()
        if own is not None and bool((own != own[:1]).any()):
            samples = tuple(relation(rows_of(row[None]), self.taken) for row in own)
        return Measured(None, relation(read, self.taken), mixes=mixes, samples=samples)

    def _changed(self) -> Measured | None:
        """Change steps, and see what moves; nothing is known of a call that is not the same twice."""
        self.changed = True
        again = self._run(self.tensor)
        if again.shape != self._base.shape or bool(self._differs(again, self._base).any()):
            return None
        few = sorted({1, 2, (self.taken + 1) // 2, self.taken} & set(range(1, self.taken + 1)))
        helped: set[int] = set()
        known = {step: self._mask((step,), helped=helped) for step in few}
        self.ways = tuple(way for way in WAYS if way in helped) or WAYS

        def table(axis: int) -> torch.Tensor:
            return torch.stack([along(mask, axis) for mask in known.values()], 1)

        axis = self._axis(table)

        def probe(steps: Collection[int]) -> frozenset[int]:
            (step, *rest) = steps
            mask = known[step] if not rest and step in known else self._mask(steps)
            if axis is None:
                return frozenset([1] if bool(mask.any()) else [])
            return frozenset((along(mask, axis).nonzero().flatten() + 1).tolist())

        result = found(probe, 1 if axis is None else self._base.shape[axis], self.taken)
        return None if result is None else self._checked(Measured(axis, result))


Probe = Callable[[Collection[int]], frozenset[int]]

ONE_BY_ONE = 12
"""So many steps are changed one at a time; more in groups."""
MOST = 400
"""Where groups do not tell, so many steps are still changed one at a time."""


def found(probe: Probe, given: int, taken: int) -> Relation | None:
    """Return the relation that `probe` shows; None if it would take too many runs.

    A probe changes steps (from 1) of what is read, and says which steps of the result are not as before.
    Up to `ONE_BY_ONE` steps are changed one at a time. Of more, the steps whose number has a certain binary
    digit are changed together: log₂ T runs for each digit's 0 and 1 name the step of every row that reads
    one. A row that reads more is guessed from a few single changes, and every run must be as the guess
    foretells.
    """
    if taken <= ONE_BY_ONE or (given == 1 and taken <= MOST):
        return _singly(probe, given, taken)
    digits = [_digit(probe, bit, taken) for bit in range(taken.bit_length())]
    single = _decoded(digits, given, taken)
    if single is not None:
        return single
    near = {1, 2, 3, taken // 2, taken // 2 + 1, taken - 1, taken}
    columns = {step: probe((step,)) for step in sorted(near)}
    for guess in _guesses(columns, given, taken):
        rows = [frozenset(row) for row in guess.rows()]
        told = [*(((step,), moved) for step, moved in columns.items()), *_groups(digits, taken)]
        if all(
            moved == frozenset(t for t, row in enumerate(rows, 1) if not row.isdisjoint(steps))
            for steps, moved in told
        ):
            return guess
    return _singly(probe, given, taken) if taken <= MOST else None


def _singly(probe: Probe, given: int, taken: int) -> Relation:
    rows: list[list[int]] = [[] for _ in range(given)]
    for step in range(1, taken + 1):
        for moved in probe((step,)):
            rows[moved - 1].append(step)
    return relation(rows, taken)


Digit = tuple[frozenset[int], frozenset[int]]
"""What moves with the steps that have a binary digit, and with those that do not."""


def _with(bit: int, taken: int, *, has: bool) -> list[int]:
    return [step for step in range(1, taken + 1) if bool(step >> bit & 1) == has]


def _digit(probe: Probe, bit: int, taken: int) -> Digit:
    return probe(_with(bit, taken, has=True)), probe(_with(bit, taken, has=False))


def _groups(digits: list[Digit], taken: int) -> Iterator[tuple[list[int], frozenset[int]]]:
    for bit, both in enumerate(digits):
        for has, moved in zip((True, False), both, strict=True):
            yield _with(bit, taken, has=has), moved


def _decoded(digits: list[Digit], given: int, taken: int) -> Relation | None:
    """Read the one step of every row from its digits; None if some row reads several."""
    rows: list[list[int]] = []
    for t in range(1, given + 1):
        ones = [t in one for one, _ in digits]
        zeros = [t in zero for _, zero in digits]
        if not any(ones) and not any(zeros):
            rows.append([])
        elif all(a != b for a, b in zip(ones, zeros, strict=True)):
            rows.append([sum(1 << bit for bit, one in enumerate(ones) if one)])
        else:
            return None
    return relation(rows, taken)


def _guesses(columns: dict[int, frozenset[int]], given: int, taken: int) -> Iterator[Relation]:
    """Yield what the relation may be, from which steps of the result a few single steps move."""
    plain: tuple[Kind, ...] = ("past", "future", "all") if given == taken else ("all",)
    yield from (Relation(kind, given, taken) for kind in plain)
    middle = taken // 2
    if columns[middle]:
        last, width = max(columns[middle]), len(columns[middle])
        yield Relation("window", given, taken, width, middle - last, 1)


def _those(labels: torch.Tensor, own: torch.Tensor | None) -> torch.Tensor:
    """Return the labels where a result holds what was read, in one row; None: everywhere."""
    return labels.flatten() if own is None else labels[own]
