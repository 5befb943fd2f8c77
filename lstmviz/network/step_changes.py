"""One call made again with other numbers at some steps: whatever is then not exactly as before reads them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import torch

from lstmviz.network.moved_numbers import LABELS, Measured, Work, along, is_part, one_each, other, same
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
class Changes:
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
    holes: bool = False
    """Whether NaN is among the numbers of the result."""
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

    @property
    def _base(self) -> torch.Tensor:
        assert self.base is not None
        return self.base

    def _begin(self) -> None:
        """Make the call as it was."""
        self.base = self._run(self.tensor).detach().clone()
        self.holes = bool((self.base != self.base).any())

    def _differs(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return where two results are not the very same, of one shape; NaN may be what the call gives."""
        return ~same(one, other) if self.holes else one != other

    def _run(self, tensor: torch.Tensor) -> torch.Tensor:
        self.work.spend(self.price + tensor.numel())
        given = tensor.clone()  # a call may write into what it takes
        result = self.call(given)
        self.work.spend(result.numel())
        self.view = is_part(result, given)
        return result

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
        mask = None
        for way in self.ways:
            result = self._run(self._with(steps, sample, way))
            if result.shape != self._base.shape:
                return torch.ones_like(self._base, dtype=torch.bool)
            moved = self._differs(result, self._base)
            if helped is not None and way not in helped:
                new = moved if mask is None else moved & ~mask
                helped.update({way} if bool(new.any()) else ())
            mask = moved if mask is None else mask | moved
            if bool(mask.all()):
                break
        assert mask is not None
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

    def _own(self) -> Measured | None:
        """Return that each step of the result reads its own, of a call known to do so.

        None where it is not known, or some of the result is read of no step: a mask, say.
        """
        if self.taken == 1 or self.mixed is None or self.mixed[0] & {self.axis, self.samples}:
            return None
        axes, kept = self.mixed
        self.changed = True
        self.whole = self._mask(range(1, self.taken + 1))
        if not bool(self.whole.all()):
            return None
        behind = [axis for axis in range(self.axis, self.tensor.dim()) if kept or axis not in axes]
        return Measured(self._base.dim() - len(behind), Relation("own", self.taken, self.taken))

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
