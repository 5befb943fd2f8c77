"""The inputs of a user's own module: copies of one sample, alone or among the others of its batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lstmviz.network.user.values import leaves, mapped

Tensor = torch.Tensor


@dataclass(frozen=True, slots=True)
class OwnBatch:
    """All inputs, and along which axis of each the samples are; None for what all samples share.

    If others are `around` a sample's copies, they stand there as in the batch: it is padded as they need it.
    """

    inputs: Any
    axes: Mapping[str, int | None]
    around: bool = False

    def copies(
        self,
        sample: int,
        count: int,
        fed: Tensor | None = None,
        *,
        alone: bool = False,
        changed: bool = False,
    ) -> Any:
        """Return the inputs with copies of a sample, which read what is `fed`, or other values."""
        names = iter(names_of(self.inputs))

        def copied(tensor: Tensor) -> Tensor:
            first, axis = (name := next(names)) == "input", self.axes[name]
            if axis is None:
                return fed if first and fed is not None else tensor
            own = tensor.narrow(axis, sample, 1).repeat_interleave(count, axis)
            if first and changed:
                own = other_than(own, tensor)
            own = fed if first and fed is not None else own
            if alone or not self.around:
                return own
            after = tensor.narrow(axis, sample + 1, tensor.shape[axis] - sample - 1)
            return torch.cat([tensor.narrow(axis, 0, sample), own, after], axis)

        return mapped(self.inputs, copied)

    def along(self, change: Callable[[Tensor, int], Tensor]) -> Any:
        """Return the inputs, each changed along its batch axis where it has one."""
        axes = iter([self.axes[name] for name in names_of(self.inputs)])
        return mapped(self.inputs, lambda one: one if (axis := next(axes)) is None else change(one, axis))


def names_of(inputs: Any) -> list[str]:
    """Return what each tensor of the inputs is called in a trace: the first one is the input."""
    return ["input", *(f"input.{name}" for name, _ in list(leaves(inputs))[1:])]


def other_than(given: Tensor, among: Tensor) -> Tensor:
    """Return other values: of tokens, which stay in the range of those `among` them, small for large."""
    return given * -1.5 + 0.7 if given.is_floating_point() else among.max() + among.min() - given


def block_of(rows: Tensor) -> int | None:
    """Return where the only stretch of rows that are true begins; None if they are not side by side.

    >>> block_of(torch.tensor([False, True, True])), block_of(torch.tensor([True, False, True]))
    (1, None)
    """
    at: list[int] = rows.nonzero().flatten().tolist()
    return at[0] if at and at[-1] - at[0] + 1 == len(at) else None


def unlike(sizes: Collection[int], more: int) -> int:
    """Return how many copies no axis is as long as, alone or with so many more samples: few, as they all run.

    >>> unlike({2, 3, 6}, 2)
    5
    """
    return next(count for count in itertools.count(2) if not {count, count + more} & {*sizes})
