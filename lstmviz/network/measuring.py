"""Which steps a call reads: found by calling it again with other numbers at some steps.

Two ways. A call that only moves numbers (slices, stacks, views) is given the number of each step as its
value: what comes out says where it was. Any other call is given other values at some steps, tokens and masks
included, and whatever is then not exactly as before has read them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import torch

from lstmviz.network.changed_values import along, codes_of, other, same, spread
from lstmviz.network.probing import found
from lstmviz.network.steps import Relation, relation

Call = Callable[[torch.Tensor], torch.Tensor]
Table = Callable[..., torch.Tensor]

FAILS = (RuntimeError, ValueError, TypeError, IndexError)
"""What a call may raise that meets other numbers than those that the model gave it."""
WAYS = (1, 2, 0)
"""The ways to change a step, far above all else first: a maximum depends on a step where that one wins."""
LABELS = 2048
"""So many steps can have a number of their own in every type of number, half precision too."""


class TooMuchError(Exception):
    """Measuring this would take much longer than the model itself."""


@dataclass(slots=True)
class Work:
    """How many numbers the calls that measure may still go through."""

    left: float

    def spend(self, numbers: float) -> None:
        """Take from what is left. Raises TooMuchError if it is not enough."""
        if numbers > self.left:
            raise TooMuchError
        self.left -= numbers


@dataclass(frozen=True, slots=True)
class Measured:
    """The axis of a result that counts steps (None: it has none), and what they read.

    `mixes` and `samples` are as in a Reading.
    """

    axis: int | None
    relation: Relation
    mixes: bool = False
    samples: tuple[Relation, ...] = ()


@dataclass(slots=True)
class Meter:
    """One call with one of its tensors free, which has steps along `axis`.

    `samples` is where that tensor has its samples, `grown` the axis of the result that grows with time, if
    they are known. `price` is what a call costs beside the numbers that it takes and gives.
    """

    call: Call
    tensor: torch.Tensor
    axis: int
    work: Work
    price: float = 0.0
    samples: int | None = None
    grown: int | None = None
    base: torch.Tensor | None = None
    ways: tuple[int, ...] = WAYS
    others: dict[int, torch.Tensor] = field(default_factory=dict)

    def measured(self) -> Measured | None:
        """Return what the result's steps read; None if that cannot be found, or costs too much."""
        try:
            self.base = self._run(self.tensor).detach().clone()
            return self._moved() or self._changed()
        except (TooMuchError, *FAILS):
            return None

    @property
    def taken(self) -> int:
        """The number of steps of what is read."""
        return self.tensor.shape[self.axis]

    @property
    def _base(self) -> torch.Tensor:
        assert self.base is not None
        return self.base

    def _run(self, tensor: torch.Tensor) -> torch.Tensor:
        self.work.spend(self.price + tensor.numel())
        result = self.call(tensor.clone())  # a call may write into what it takes
        self.work.spend(result.numel())
        return result

    def _moved(self) -> Measured | None:
        """Read the steps off, if the call does nothing but move numbers."""
        labels = self._labels()
        if labels is None:
            return None
        own, at = labels

        def table(axis: int, labels: torch.Tensor = at, count: int = self.taken) -> torch.Tensor:
            size = self._base.shape[axis]
            rows = spread(torch.arange(size), self._base, axis)
            marks = torch.zeros(size * count, dtype=torch.bool)
            marks[(rows * count + labels - 1)[own]] = True
            return marks.view(size, count)

        axis = self._axis(table)
        rows = _rows(table(axis)) if axis is not None else [sorted(set(at[own].tolist()))]
        return self._beside(Measured(axis, relation(rows, self.taken)), table)

    def _labels(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Return where the result holds what was read, and from which step; None if it computes with it."""
        if self.taken > LABELS:
            return None
        dtype = torch.float32 if self.tensor.dtype is torch.bool else self.tensor.dtype
        codes = codes_of(self.taken, dtype)  # what only moves numbers moves any
        try:
            seen = [self._run(spread(code, self.tensor, self.axis)) for code in codes]
        except FAILS:
            return None
        if any(one.shape != self._base.shape or one.dtype != dtype for one in seen):
            return None
        rest = same(seen[0], seen[1]) & same(seen[0], seen[2])  # of other tensors, or made by the call
        own = ~rest
        numbers = torch.where(own, seen[0], torch.ones_like(seen[0]))
        at = numbers.long()
        if not bool(((numbers == at) & (at >= 1) & (at <= self.taken)).all()):
            return None
        kept = all(bool(((code[at - 1] == one) | rest).all()) for code, one in zip(codes, seen, strict=True))
        there = bool(own.any()) and bool((same(seen[0], self._base) | own).all())
        return (own, at) if kept and there else None

    def _beside(self, seen: Measured, table: Table) -> Measured:
        """Follow the numbers of the samples as well, where a call only moves numbers."""
        if self.samples is None or (count := self.tensor.shape[self.samples]) < 2:
            return seen
        labels = self._run(spread(codes_of(count, self.tensor.dtype)[0], self.tensor, self.samples)).long()
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
            samples = tuple(relation(_rows(row[None]), self.taken) for row in own)
        return Measured(None, relation(read, self.taken), mixes=mixes, samples=samples)

    def _changed(self) -> Measured | None:
        """Change steps, and see what moves; nothing is known of a call that is not the same twice."""
        if not bool(same(self._run(self.tensor), self._base).all()):
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

    def _mask(
        self, steps: Collection[int], sample: int | None = None, helped: set[int] | None = None
    ) -> torch.Tensor:
        """Return where the result is another one when these steps are changed, in one way at least.

        `helped` are the ways that showed what those before them did not.
        """
        mask = torch.zeros_like(self._base, dtype=torch.bool)
        for way in self.ways:
            result = self._run(self._with(steps, sample, way))
            if result.shape != mask.shape:
                return torch.ones_like(mask)
            moved = ~same(result, self._base)
            if helped is not None and way not in helped and bool((moved & ~mask).any()):
                helped.add(way)
            mask |= moved
            if bool(mask.all()):
                break
        return mask

    def _with(self, steps: Collection[int], sample: int | None, way: int) -> torch.Tensor:
        """Return what is read with other values at these steps, of one sample or of all."""
        if way not in self.others:
            self.others[way] = other(self.tensor, way)
        made = self.tensor.clone()
        new, old = self.others[way], made
        if sample is not None and self.samples is not None:
            axis = self.axis - (self.samples < self.axis)
            new, old = new.select(self.samples, sample), made.select(self.samples, sample)
        else:
            axis = self.axis
        if len(steps) == 1:
            at = next(iter(steps)) - 1
            old.select(axis, at).copy_(new.select(axis, at))
        elif len(steps) == self.taken:
            old.copy_(new)
        else:
            index = torch.tensor([step - 1 for step in steps])
            old.index_copy_(axis, index, new.index_select(axis, index))
        return made

    def _axis(self, table: Table) -> int | None:
        """Return the axis of the result along which different steps move different parts."""
        best, most = self.grown, 0.0
        for axis, size in enumerate(self._base.shape):
            if size == 1:
                continue
            rows = table(axis)
            if size > self.taken and axis != self.grown and not _one_each(rows):
                continue  # where there are more places than steps, something else lies beside them
            kinds = int((rows != rows[:1]).any(1).sum())
            fit = kinds + (size == self.taken) / 2 + (axis == self.grown)
            if kinds and fit > most:
                best, most = axis, fit
        return best

    def _checked(self, seen: Measured) -> Measured:
        """Change one sample alone: are an axis's steps samples as well, or are samples mixed?"""
        if self.samples is None or (count := self.tensor.shape[self.samples]) < 2:
            return seen
        every = range(1, self.taken + 1)
        one, both = self._mask(every, 0), self._mask(every)
        partly = [axis for axis in range(one.dim()) if not torch.equal(along(one, axis), along(both, axis))]
        rows = [axis for axis in partly if one.shape[axis] == count]
        apart = any(along(one, axis).nonzero().flatten().tolist() == [0] for axis in rows)
        if seen.axis in partly:
            read = [list(seen.relation.read())]
            return Measured(None, relation(read, self.taken), mixes=bool(rows) and not apart)
        mixes = not apart and bool(both.any()) and bool(rows or not partly)
        return Measured(seen.axis, seen.relation, mixes=mixes)


def steps_cut(
    call: Callable[[torch.Tensor], list[torch.Tensor]], tensor: torch.Tensor, axis: int, work: Work
) -> list[int] | None:
    """Return which one step each result of a call is, from 1, where it does nothing but cut them apart.

    None if the results are something else, or differ in their sizes. Raises TooMuchError.
    """
    taken = tensor.shape[axis]
    steps: torch.Tensor | None = None
    for code in codes_of(taken, tensor.dtype) if taken <= LABELS else ():
        work.spend(2 * tensor.numel())
        made = call(spread(code, tensor, axis).clone())
        if len({(one.shape, one.dtype) for one in made}) > 1 or made[0].dtype != tensor.dtype:
            return None
        seen = torch.stack(made).flatten(1)
        if steps is None:
            steps = seen[:, 0].long()
            if not bool(((steps >= 1) & (steps <= taken)).all()):
                return None
        if not bool((seen == code[steps - 1][:, None]).all()):
            return None
    return None if steps is None else steps.tolist()


def _one_each(rows: torch.Tensor) -> bool:
    """Whether each step moves one place of an axis, and each place is one step's: they lie behind others."""
    return bool((rows.sum(0) == 1).all()) and bool((rows.sum(1) <= 1).all())


def _rows(table: torch.Tensor) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(table.shape[0])]
    for row, step in table.nonzero().tolist():
        rows[row].append(step + 1)
    return rows
