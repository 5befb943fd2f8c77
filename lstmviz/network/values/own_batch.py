"""The inputs of a user's own module: copies of one sample, alone or among the others of its batch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from lstmviz.errors import ModelError
from lstmviz.network.structure import Trace
from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.values.sources import tensor_of

Tensor = torch.Tensor
SEQUENCE = 3
"""So many axes a batch of sequences has."""


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


def halves(count: int) -> Iterator[Tensor]:
    """Yield which of so many places to change together: of every two, each is once changed and the other not.

    >>> [half.tolist() for half in halves(3)]
    [[False, True, False], [True, False, True], [False, False, True], [True, True, False]]
    """
    places = torch.arange(count)
    for bit in range((count - 1).bit_length()):
        half = (places >> bit) % 2 == 1
        yield from (half, ~half)


def unlike(sizes: Collection[int], more: int) -> int:
    """Return how many copies no axis is as long as, alone or with so many more samples: few, as they all run.

    >>> unlike({2, 3, 6}, 2)
    5
    """
    return next(count for count in itertools.count(2) if not {count, count + more} & {*sizes})


def with_axes(trace: Trace, inputs: Any, call: Callable[[Any], Any]) -> Trace:
    """Find which axis of an input is the batch: one along which every place of a result reads its own alone.

    The other of the first two is time, in all that keeps both where they are. ModelError if there is none.
    """
    symbols = trace.input.symbols
    plain = tensor_of(call(inputs))
    for axis in (symbols.index("N"),) if "N" in symbols[:2] else (0, 1):
        if _reads_itself(inputs, axis, plain, call):
            return _lettered(trace, ("N", "T") if axis == 0 else ("T", "N"))
    raise ModelError("which axis is the batch could not be found")


def _reads_itself(inputs: Any, axis: int, plain: Tensor, call: Callable[[Any], Any]) -> bool:
    """Whether no place along an axis moves another: of every two, one is changed while the other is not."""
    given = next(tensor for _, tensor in leaves(inputs))
    if given.shape[axis : axis + 1] != plain.shape[axis : axis + 1]:
        return False
    for changes in halves(given.shape[axis]):
        mixed, places = given.clone(), changes.nonzero().flatten()
        mixed.index_copy_(axis, places, other_than(given.index_select(axis, places), given))
        made = tensor_of(call(_first_replaced(inputs, mixed)))
        if made.shape != plain.shape or bool(
            (made != plain).index_select(axis, (~changes).nonzero().flatten()).any()
        ):
            return False
    return True


def _first_replaced(inputs: Any, other: Tensor) -> Any:
    """Return the inputs with another tensor in the place of the first."""
    rest = iter([other, *(tensor for _, tensor in list(leaves(inputs))[1:])])
    return mapped(inputs, lambda _: next(rest))


def _lettered(trace: Trace, letters: tuple[str, str]) -> Trace:
    """Return the trace with these letters for the first two axes of what has them as the input does."""
    sizes = trace.input.sizes[:2]

    def named(tensor: Any) -> Any:
        same = tensor.sizes[:2] == sizes and len(tensor.sizes) == SEQUENCE
        return replace(tensor, symbols=(*letters, *tensor.symbols[2:])) if same else tensor

    stages = tuple(replace(stage, outputs=tuple(map(named, stage.outputs))) for stage in trace.stages)
    inputs = tuple(map(named, trace.inputs))
    return replace(trace, input=named(trace.input), inputs=inputs, stages=stages)
