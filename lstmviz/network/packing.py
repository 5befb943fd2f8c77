"""How torch packs a padded batch: a real run of pack_padded_sequence on numbers that all differ."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from lstmviz.network.packed import Packing


def packing_of(packed: PackedSequence) -> Packing:
    """Return the fields of a packed sequence as plain data."""
    orders = (packed.sorted_indices, packed.unsorted_indices)
    return Packing(_numbers(packed.batch_sizes), *(() if one is None else _numbers(one) for one in orders))


def _numbers(tensor: torch.Tensor) -> tuple[int, ...]:
    return tuple(map(int, tensor.tolist()))


@lru_cache(16)
def packed_numbers(
    lengths: tuple[int, ...], *, in_order: bool = False
) -> tuple[Packing, tuple[tuple[int, int], ...]]:
    """Pack a batch of these lengths; return its packing, and which sample and step each row of data is.

    Samples and steps are counted from 0. A batch that is `in_order` is packed as it is (enforce_sorted=True).
    """
    steps = max(lengths)
    with torch.device("cpu"):
        numbers = torch.arange(len(lengths) * steps).view(len(lengths), steps)
        packed = pack_padded_sequence(
            numbers, torch.tensor(lengths), batch_first=True, enforce_sorted=in_order
        )
    return packing_of(packed), tuple(divmod(number, steps) for number in _numbers(packed.data))


def packed_by(lengths: tuple[int, ...]) -> Packing:
    """Return how a spec's batch of these lengths is packed, in whatever order they are."""
    return packed_numbers(lengths)[0]
