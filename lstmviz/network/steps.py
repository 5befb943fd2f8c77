"""Which steps of a tensor each step of another one reads: plain data, linear in the number of steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["own", "all", "past", "future", "window", "chosen"]
Span = tuple[int, int, int]
"""Steps from the first to the last of them, by so many."""


@dataclass(frozen=True, slots=True)
class Relation:
    """For each of `given` steps of a result the steps that it reads of `taken`; both count from 1.

    *own*: step t reads step t. *all*: every step. *past*: all up to t + `shift`. *future*: all from t on.
    *window*: `width` steps, of which the first is ``(t - 1) * stride + shift + 1``, those outside left out.
    *chosen*: what `chosen` lists for each t. A tensor without time has one step.
    """

    kind: Kind
    given: int
    taken: int
    width: int = 1
    shift: int = 0
    stride: int = 1
    chosen: tuple[tuple[Span, ...], ...] = ()

    def reads(self, step: int) -> tuple[int, ...]:
        """Return the steps that this step of the result reads.

        >>> Relation("window", 4, 5, width=2).reads(2), Relation("past", 3, 3).reads(2)
        ((2, 3), (1, 2))
        """
        match self.kind:
            case "own":
                return (step,)
            case "all":
                return tuple(range(1, self.taken + 1))
            case "past":
                return tuple(range(1, min(step + self.shift, self.taken) + 1))
            case "future":
                return tuple(range(step, self.taken + 1))
            case "window":
                first = (step - 1) * self.stride + self.shift + 1
                return tuple(range(max(1, first), min(first + self.width, self.taken + 1)))
            case "chosen":
                spans = self.chosen[step - 1]
                return tuple(s for first, last, by in spans for s in range(first, last + 1, by))

    def rows(self) -> Iterator[tuple[int, ...]]:
        """Yield what each step of the result reads."""
        return (self.reads(step) for step in range(1, self.given + 1))

    def reading(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield the steps of the result that read any, each with those that it reads."""
        chosen = (step for step, spans in enumerate(self.chosen, 1) if spans)
        steps = chosen if self.kind == "chosen" else range(1, self.given + 1)
        return ((step, row) for step in steps if (row := self.reads(step)))

    def read(self) -> tuple[int, ...]:
        """Return the steps that are read at all."""
        if self.kind == "own":
            return tuple(range(1, self.given + 1))
        if self.kind in {"all", "past", "future"}:
            return tuple(range(1, self.taken + 1))
        return tuple(sorted({step for row in self.rows() for step in row}))

    def after(self, before: Relation) -> Relation:
        """Return what this reads through what it reads: `before` is the relation of that."""
        if before.kind == "own":
            return self
        if self.kind == "own":
            return before
        rows = [sorted({s for middle in row for s in before.reads(middle)}) for row in self.rows()]
        return relation(rows, before.taken)


@dataclass(frozen=True, slots=True)
class StepDependence:
    """What a result of a stage reads of one tensor: the axes that count steps, and the steps' relation.

    An axis is None where the tensor has no steps. Of h_n and c_n (`states`) it is not time that is
    counted but their first axis, layer by layer. `mixes` says that one sample of the result
    depends on several of what is read. `samples` are the relations of the samples one by one, where they
    differ: each ends at its own last step.
    """

    source: str
    output: str
    read: int | None
    given: int | None
    relation: Relation
    states: bool = False
    mixes: bool = False
    samples: tuple[Relation, ...] = ()


_TIME = re.compile(r"\d*T[′₁-₉]?([-+−]\d+)?")


def time_axis(symbols: Sequence[str]) -> int | None:
    """Return the axis that counts steps: it moves with T, or T′, and with nothing else.

    >>> time_axis(("N", "T−1", "H")), time_axis(("N", "H"))
    (1, None)
    """
    return next((axis for axis, symbol in enumerate(symbols) if _TIME.fullmatch(symbol)), None)


def relation(rows: Iterable[Iterable[int]], taken: int) -> Relation:
    """Return the relation with these rows, said as simply as it can be.

    >>> relation([[4], [5]], 5).kind, relation([[1], [1, 2]], 2).kind, relation([[5], [1]], 5).chosen
    ('window', 'past', (((5, 5, 1),), ((1, 1, 1),)))
    """
    all_rows = [tuple(row) for row in rows]
    given = len(all_rows)
    for one in _simple(all_rows, given, taken):
        if all(one.reads(step) == row for step, row in enumerate(all_rows, 1)):
            return one
    return Relation("chosen", given, taken, chosen=tuple(tuple(_spans(row)) for row in all_rows))


def of_one(given: int, readers: Sequence[int]) -> Relation:
    """Return the relation to a tensor without steps that these of a result's steps read.

    >>> of_one(3, [2]).chosen, of_one(2, [1, 2]).kind
    (((), ((1, 1, 1),), ()), 'all')
    """
    if given == 1 or len(readers) == given:
        return relation([[1] if step in readers else [] for step in range(1, given + 1)], 1)
    spans: list[tuple[Span, ...]] = [()] * given
    for step in readers:
        spans[step - 1] = ((1, 1, 1),)
    return Relation("chosen", given, 1, chosen=tuple(spans))


def stretched(few: Relation, more: Relation, given: int, taken: int) -> Relation | None:
    """Return the relation of `taken` steps that shows itself in few, and in one more; None if it is not told.

    A window keeps its distance from the first step or from the last one.

    >>> stretched(Relation("window", 2, 7, shift=5), Relation("window", 2, 8, shift=6), 2, 40).reads(1)
    (39,)
    """
    if few.kind != more.kind or few.kind == "chosen":
        return None
    if few.kind != "window":
        same = few.shift == more.shift
        return Relation(few.kind, given, taken, shift=few.shift) if same else None
    if (few.width, few.stride) != (more.width, more.stride) or more.shift - few.shift not in {0, 1}:
        return None
    shift = few.shift + (more.shift - few.shift) * (taken - few.taken)
    return Relation("window", given, taken, few.width, shift, few.stride)


def _simple(rows: Sequence[tuple[int, ...]], given: int, taken: int) -> Iterator[Relation]:
    """Yield the relations that these rows could be, the simplest first."""
    kinds: tuple[Kind, ...] = ("own", "all", "past", "future") if given == taken else ("all",)
    yield from (Relation(kind, given, taken) for kind in kinds)
    if given == taken:
        yield Relation("past", given, taken, shift=-1)
    yield from _windows(rows, taken)


def _windows(rows: Sequence[tuple[int, ...]], taken: int) -> Iterator[Relation]:
    """Yield the windows that these rows could be: those at the ends may be cut."""
    width = max(map(len, rows), default=0)
    whole = [(t, row) for t, row in enumerate(rows) if len(row) == width]
    if not width or width == taken:
        return
    strides = {(b[1][0] - a[1][0]) // (b[0] - a[0]) for a, b in pairwise(whole)} or {1}
    if len(strides) == 1 and (stride := strides.pop()) > 0:
        at, row = whole[0]
        yield Relation("window", len(rows), taken, width, row[0] - 1 - at * stride, stride)


def _spans(row: Sequence[int]) -> Iterator[Span]:
    """Yield the steps of a row as spans, each as long as it can be."""
    at = 0
    while at < len(row):
        end = at
        by = row[at + 1] - row[at] if at + 1 < len(row) else 1
        while end + 1 < len(row) and row[end + 1] - row[end] == by:
            end += 1
        if end == at + 1 and by > 1:  # two steps far apart are no series
            end = at
        yield (row[at], row[end], by if end > at else 1)
        at = end + 1
