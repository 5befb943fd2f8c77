"""Which stages stand on a bare recurrent layer, and which of its steps and last states each reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lstmviz.figures.shared.head_rows import Row, either
from lstmviz.figures.shared.lattice import GAPS, Lattice
from lstmviz.layout.elide import with_gaps
from lstmviz.network.steps import Relation
from lstmviz.network.structure import Stage, Tensor

MOST = 3
"""So many rows stand on a layer at most."""

Reads = dict[str, Relation]
"""Which steps each step reads: of ``output``, ``h_n``, ``c_n`` of the layer, or of the row below ("")."""


@dataclass(frozen=True, slots=True)
class BareRow:
    """A stage that is drawn, and what it reads through those that are not."""

    stage: Stage
    given: Tensor
    reads: Reads
    steps: bool

    @property
    def weighs(self) -> bool:
        """Whether it weighs the steps of an encoder."""
        return self.stage.type == "attention"


@dataclass(frozen=True, slots=True)
class Head:
    """The rows on a layer, from the lowest; and what the result reads of the highest, if there is one."""

    rows: tuple[BareRow, ...]
    result: Reads | None = None
    tensor: Tensor | None = None
    steps: bool = True
    """Whether the result has steps."""

    @property
    def states(self) -> int:
        """How many last states are led to a row beside the layer."""
        reads = [*(row.reads for row in self.rows), self.result or {}]
        return sum(len(own.read()) for one in reads for base, own in one.items() if base.endswith("_n"))


def head_of(after: Sequence[Row], it: Lattice, *, ends: bool) -> Head | None:
    """Return what is drawn of these rows; None if they are not to be drawn over these cells.

    Stages without weights that leave every step where it is, or take one step, are passed: an arrow says
    which steps are read. With `ends` the highest row gives the model's result.
    """
    lengths = it.layer.lengths
    longest = lengths.index(max(lengths)) if lengths else None
    rows: list[BareRow] = []
    passed: Reads | None = None
    for row in after:
        reads = _through(row, passed, longest)
        if reads is None or row.beside or row.crossed or row.weighs or not _there(reads, it):
            return None
        many = any(len(own.reads(1)) > 1 for base, own in reads.items() if not base.endswith("_n"))
        if row.stage.parameters or row.stage.type == "attention" or many:
            rows.append(BareRow(row.stage, row.given, reads, row.steps))
            passed = None
        else:
            passed = reads
    moved = any(base != "output" or own.kind != "own" for base, own in (passed or {}).items())
    if not (rows or moved) or len(rows) > MOST:
        return None
    if rows and passed is None:
        count = max(own.given for own in rows[-1].reads.values())
        passed = {"": Relation("own", count, count)}
    return Head(tuple(rows), passed if ends else None, after[-1].given, after[-1].steps)


def _through(row: Row, passed: Reads | None, sample: int | None) -> Reads | None:
    """Return what a row reads of what is drawn below it; None if its steps are others than those known."""
    found: Reads = {}
    for base, _ in row.reads:
        own = row.of(base, sample)
        assert own is not None
        below: Mapping[str, Relation | None] = {base: None} if base or passed is None else passed
        for source, before in below.items():
            if before is not None and own.taken != before.given:
                return None
            both = own if before is None else own.after(before)
            if source in found and found[source].given != both.given:
                return None
            found[source] = either(found[source], both) if source in found else both
    return found


def _there(reads: Reads, it: Lattice) -> bool:
    """Whether single steps, and last states, that are read are among those drawn."""
    ways = len(it.lanes)
    for base, own in reads.items():
        if base.endswith("_n"):
            if any((index - 1) // ways not in it.layers for index in own.read()):
                return False
        elif base == "output" and own.kind != "own" and not _told_by_dots({*own.read()}, it.shown):
            return False
    return True


def _told_by_dots(read: Collection[int], shown: Sequence[int]) -> bool:
    """Whether the steps left out between two are read if both of these are, and else not."""
    return all(
        (step in read) == ({one, two} <= {*read})
        for one, two in pairwise(shown)
        for step in range(one + 1, two)
    )


def with_read(after: Sequence[Row], it: Lattice, room: float, *, ends: bool) -> Lattice:
    """Return the cells at steps that tell which ones rows read, where dots would not; else as they are.

    At the first and the last step, at both ends of each row of steps that are read, and at one between rows.
    """
    last = it.layer.computed_steps
    head = head_of(after, replace(it, steps=tuple(range(1, last + 1))), ends=ends)
    if head is None:
        return it
    every = [own for one in (*(row.reads for row in head.rows), head.result or {})
             for base, own in one.items() if base == "output"]  # fmt: skip
    read = set[int]().union(*(own.read() for own in every))
    ends_of = {step for step in read if not {step - 1, step + 1} <= read}
    beyond = {step + 1 for step in read if step < max(read)} - read
    steps = with_gaps(sorted({1, last} | ends_of | beyond))
    tries = (replace(it, steps=steps, gap=gap) for gap in (it.gap, *GAPS))
    return next((one for one in tries if one.width <= room and head_of(after, one, ends=ends)), it)
