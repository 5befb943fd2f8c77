"""A padded batch as torch packs it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Packing:
    """How torch packed a batch: the fields of its ``PackedSequence``, without the data.

    The indices are empty where torch has none: the batch was in order (``enforce_sorted=True``).
    """

    batch_sizes: tuple[int, ...]
    sorted_indices: tuple[int, ...] = ()
    unsorted_indices: tuple[int, ...] = ()
