"""Which steps a call reads: found by calling it again with other numbers at some steps.

Two ways. A call that only moves numbers (slices, stacks, views) is given the number of each step as its
value: what comes out says where it was. Any other call is given other values at some steps, tokens and masks
included, and whatever is then not exactly as before has read them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import torch

from lstmviz.network.changed_values import along, codes_of, other, same, spread
from lstmviz.network.moved_numbers import (
    FAILS,
    LABELS,
    Measured,
    TooMuchError,
    Work,
    is_part,
    one_each,
    place_along,
    rows_of,
)
from lstmviz.network.probing import found
from lstmviz.network.steps import Kind, Relation, relation

Call = Callable[[torch.Tensor], torch.Tensor]
Table = Callable[..., torch.Tensor]

MOVES: Mapping[Kind, Callable[[int, int], bool]] = {
    "all": lambda t, step: True,  # noqa: ARG005
    "past": operator.ge,
    "own": operator.eq,
}
"""Whether a step t of a result moves with a step of what is read."""
WAYS = (1, 2, 0)
"""The ways to change a step, far above all else first: a maximum depends on a step where that one wins."""


@dataclass(slots=True)
class Meter:
    """One call with one of its tensors free, which has steps along `axis`.

    `samples` is where that tensor has its samples, `grown` the axis of the result that grows with time, if
    they are known. `price` is what a call costs beside the numbers that it takes and gives. `mixed` are the
    axes of the tensor that the call is known to put together, and whether its result still has them.
    `likely` is what it is known to do with steps, of `MOVES`, if it does so with a few of them.
    """

    call: Call
    tensor: torch.Tensor
    axis: int
    work: Work
    price: float = 0.0
    samples: int | None = None
    grown: int | None = None
    mixed: tuple[frozenset[int], bool] | None = None
    likely: Kind | None = None
    base: torch.Tensor | None = None
    ways: tuple[int, ...] = WAYS
    others: dict[int, torch.Tensor] = field(default_factory=dict)
    changed: bool = False
    """Whether numbers had to be changed: the call does not only move them."""
    view: bool = False
    """Whether the last result was a part of the memory of what the call took."""
    whole: torch.Tensor | None = None
    """What moves when all steps are changed."""
    taken: int = field(init=False)
    """The number of steps of what is read."""

    def __post_init__(self) -> None:
        """Count the steps."""
        self.taken = self.tensor.shape[self.axis]

    def measured(self) -> Measured | None:
        """Return what the result's steps read; None if that cannot be found, or costs too much."""
        try:
            self.base = self._run(self.tensor).detach().clone()
            return self._as_likely() or self._moved() or self._changed()
        except (TooMuchError, *FAILS):
            return None

    @property
    def _base(self) -> torch.Tensor:
        assert self.base is not None
        return self.base

    def _run(self, tensor: torch.Tensor) -> torch.Tensor:
        self.work.spend(self.price + tensor.numel())
        given = tensor.clone()  # a call may write into what it takes
        result = self.call(given)
        self.work.spend(result.numel())
        self.view = is_part(result, given)
        return result

    def _moved(self) -> Measured | None:
        """Read the steps off, if the call does nothing but move numbers."""
        if self.taken > LABELS:
            return None
        beside: torch.Tensor | None = None
        if self.view and (places := self._places()) is not None:
            own, at = torch.ones_like(places, dtype=torch.bool), place_along(self.tensor, places, self.axis)
            beside = None if self.samples is None else place_along(self.tensor, places, self.samples)
        elif (labels := self._labels()) is not None:
            own, at = labels
        else:
            return None

        def table(axis: int, labels: torch.Tensor = at, count: int = self.taken) -> torch.Tensor:
            size = self._base.shape[axis]
            rows = spread(torch.arange(size), self._base, axis)
            marks = torch.zeros(size * count, dtype=torch.bool)
            marks[(rows * count + labels - 1)[own]] = True
            return marks.view(size, count)

        axis = self._axis(table)
        rows = rows_of(table(axis)) if axis is not None else [sorted(set(at[own].tolist()))]
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
        rest = same(seen[0], seen[1]) & same(seen[0], seen[2])  # of other tensors, or made by the call
        own = ~rest
        numbers = torch.where(own, seen[0], torch.ones_like(seen[0]))
        at = numbers.long()
        if not bool(((numbers == at) & (at >= 1) & (at <= self.taken)).all()):
            return None
        kept = all(bool(((code[at - 1] == one) | rest).all()) for code, one in zip(codes, seen, strict=True))
        there = bool(own.any()) and bool((same(seen[0], self._base) | own).all())
        return (own, at) if kept and there else None

    def _may_label(self, seen: torch.Tensor) -> bool:
        """Whether all that moved when steps were numbered are numbers of steps."""
        moved = seen[~same(seen, self._base)] if seen.shape == self._base.shape else seen[:0]
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
        if (axis := self._own_axis()) is not None:
            return Measured(axis, Relation("own", self.taken, self.taken))
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

    def _as_likely(self) -> Measured | None:
        """Change a few steps; None if anything else moves than the call is known to move with them."""
        if self.likely is None or self.taken < len(WAYS) or self.taken > LABELS:
            return None
        self.ways = WAYS[:1]
        masks = {step: self._mask((step,)) for step in (1, (self.taken + 1) // 2, self.taken)}
        self.ways = WAYS
        axis = self._axis(lambda axis: torch.stack([along(mask, axis) for mask in masks.values()], 1))
        given = 1 if axis is None else self._base.shape[axis]
        if self.likely != "all" and given != self.taken:
            return None
        for step, mask in masks.items():
            moved = [bool(mask.any())] if axis is None else along(mask, axis).tolist()
            if moved != [MOVES[self.likely](t, step) for t in range(1, given + 1)]:
                return None
        self.changed = True
        return self._checked(Measured(axis, Relation(self.likely, given, self.taken)))

    def _mask(
        self, steps: Collection[int], sample: int | None = None, helped: set[int] | None = None
    ) -> torch.Tensor:
        """Return where the result is another one when these steps are changed, in one way at least.

        `helped` are the ways that showed what those before them did not.
        """
        every = len(steps) == self.taken and sample is None
        if every and self.whole is not None:
            return self.whole
        if not every and (there := self._there(steps, sample)) is not None:
            self.whole = self._mask(range(1, self.taken + 1))
            return self.whole & there
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

    def _there(self, steps: Collection[int], sample: int | None) -> torch.Tensor | None:
        """Return which places of the result are those of steps, of one sample or of all.

        None where the call may put them together.
        """
        if self.mixed is None or self.mixed[0] & {self.axis, self.samples}:
            return None
        axes, kept = self.mixed
        at = torch.zeros([n if axis in {self.axis, self.samples} else 1
                          for axis, n in enumerate(self.tensor.shape)], dtype=torch.bool)  # fmt: skip
        part = at if sample is None or self.samples is None else at.narrow(self.samples, sample, 1)
        part.index_fill_(self.axis, torch.tensor([step - 1 for step in steps]), value=True)
        at = at if kept else at.squeeze(tuple(axes))
        return at.expand(self._base.shape)

    def _own_axis(self) -> int | None:
        """Return the axis of the result each step of which reads its own, of a call known to do so.

        None where it is not known, or some of the result is read of no step: a mask, say.
        """
        there = self._there((1,), None) if self.taken > 1 else None
        if there is None or self.mixed is None:
            return None
        axes, kept = self.mixed
        self.whole = self._mask(range(1, self.taken + 1))
        behind = [axis for axis in range(self.axis, self.tensor.dim()) if kept or axis not in axes]
        return self._base.dim() - len(behind) if bool(self.whole.all()) else None

    def _with(self, steps: Collection[int], sample: int | None, way: int) -> torch.Tensor:
        """Return what is read with other values at these steps, of one sample or of all."""
        if way not in self.others:
            self.others[way] = other(self.tensor, way)
        made = self.tensor.clone()
        new, old, axis = self.others[way], made, self.axis
        if sample is not None and self.samples is not None:
            axis -= self.samples < axis
            new, old = new.select(self.samples, sample), made.select(self.samples, sample)
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
            if size > self.taken and axis != self.grown and not one_each(rows):
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
