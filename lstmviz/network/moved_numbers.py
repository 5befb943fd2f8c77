"""Calls that do nothing but move numbers, told from where numbers come out that stand for steps.

Other numbers for tensors, and where two results differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch

from lstmviz.network.steps import Relation

FAILS = (RuntimeError, ValueError, TypeError, IndexError)
"""What a call may raise that meets other numbers than those that the model gave it."""
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


def is_part(result: torch.Tensor, given: torch.Tensor) -> bool:
    """Whether a result is a part of the memory of what was given, in which nothing was written."""
    try:
        mine, own = (one.untyped_storage().data_ptr() for one in (result, given))
    except FAILS:  # sparse, quantized …
        return False
    return mine == own and not given._version  # noqa: SLF001


def one_each(rows: torch.Tensor) -> bool:
    """Whether each step moves one place of an axis, and each place is one step's: they lie behind others."""
    return bool((rows.sum(0) == 1).all()) and bool((rows.sum(1) <= 1).all())


def place_along(tensor: torch.Tensor, places: torch.Tensor, axis: int) -> torch.Tensor:
    """Return where along an axis of a tensor its numbers are, from 1, which are counted from 0."""
    behind = math.prod(tensor.shape[axis + 1 :])
    return places.div(behind, rounding_mode="floor") % tensor.shape[axis] + 1


def rows_of(table: torch.Tensor) -> list[list[int]]:
    """Return which steps, from 1, are marked in each row."""
    rows: list[list[int]] = [[] for _ in range(table.shape[0])]
    for row, step in table.nonzero().tolist():
        rows[row].append(step + 1)
    return rows


def along(mask: torch.Tensor, axis: int) -> torch.Tensor:
    """Return for each place along an axis whether anything is marked there."""
    others = [one for one in range(mask.dim()) if one != axis]
    return mask.any(others) if others else mask


def same(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return where two results of one shape are the very same, NaN too."""
    return (one == other) | ((one != one) & (other != other))  # noqa: PLR0124


def spread(values: torch.Tensor, like: torch.Tensor, axis: int) -> torch.Tensor:
    """Return values along an axis, the same everywhere else."""
    shape = [1] * like.dim()
    shape[axis] = like.shape[axis]
    return values.view(shape).expand(like.shape)


@lru_cache(maxsize=32)
def codes_of(count: int, dtype: torch.dtype) -> list[torch.Tensor]:
    """Return numbers for steps: rising, falling below zero, in no order; what only moves them keeps all."""
    steps = torch.arange(1, count + 1)
    mixed = 3 * (steps % count + 1) + steps * steps % 2 + count
    return [code.to(dtype) for code in (steps, -steps - 2, mixed)]


def other(tensor: torch.Tensor, way: int) -> torch.Tensor:
    """Return other values that may stand there: near, far above, far below; tokens that there are."""
    if tensor.dtype is torch.bool:
        return ~tensor
    if tensor.is_floating_point() or tensor.is_complex():
        luck = torch.Generator().manual_seed(way)
        noise = torch.rand(tensor.shape, generator=luck, dtype=torch.float32).to(tensor.dtype)
        if way == 0:
            return tensor + noise - 0.5 * noise.flip(0) + 0.1
        far = (tensor.abs().amax() + 1) * (2 + noise)
        return far if way == 1 else -far
    most = int(tensor.max())
    if most == 0:
        return tensor + 1
    return (most - tensor) if way == 2 else (tensor + 1 + way * (most // 2)) % (most + 1)
