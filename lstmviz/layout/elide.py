"""Which of many are drawn: the first, the last and what is to be kept; None where some are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Shown = tuple[int | None, ...]
"""The indices drawn along an axis; None is a band where some are left out."""


def ends(count: int, most: int, head: int, tail: int = 1) -> Shown:
    """The numbers to draw, from 1: all, or the first `head` and the last `tail` of more than `most`.

    >>> ends(3, 3, 2), ends(96, 3, 2), ends(784, 6, 3, 2)
    ((1, 2, 3), (1, 2, None, 96), (1, 2, 3, None, 783, 784))
    """
    if count <= most:
        return tuple(range(1, count + 1))
    return (*range(1, head + 1), None, *range(count - tail + 1, count + 1))


def with_gaps(steps: Sequence[int]) -> Shown:
    """The numbers to draw, in order; None where some are left out between two.

    >>> with_gaps([1, 2, 6])
    (1, 2, None, 6)
    """
    gaps = ((None, two) if two - one > 1 else (two,) for one, two in pairwise(steps))
    return (*steps[:1], *(step for part in gaps for step in part))


def shown(size: int, most: int, keep: int | None = None, *, head: int = 3) -> Shown:
    """The indices to draw: all, or the first `head`, the kept one and the last.

    The kept index takes the place of the last of the head. A band never
    stands for a single index.

    >>> shown(4, 6), shown(96, 6), shown(96, 6, 47)
    ((0, 1, 2, 3), (0, 1, 2, None, 95), (0, 1, None, 47, None, 95))
    """
    if size <= most:
        return tuple(range(size))
    first = range(head) if keep is None or keep < head else range(head - 1)
    return banded({*first, size - 1} | (set() if keep is None else {keep}))


def banded(indices: Iterable[int]) -> Shown:
    """Indices in order, with a band wherever more than one is left out between two.

    >>> banded({0, 2, 9})
    (0, 1, 2, None, 9)
    """
    out: list[int | None] = []
    for index in sorted(indices):
        gap = index - (out[-1] if out and out[-1] is not None else index - 1)
        if gap == 2:
            out.append(index - 1)
        elif gap > 2:
            out.append(None)
        out.append(index)
    return tuple(out)


def offsets(along: Shown, pitch: float, gap: float) -> list[float]:
    """Where each of the indices begins, and where they end; a band takes less.

    >>> offsets((0, 1, None, 9), 10, 4)
    [0.0, 10.0, 20.0, 24.0, 34.0]
    """
    found = [0.0]
    for index in along:
        found.append(found[-1] + (gap if index is None else pitch))
    return found


def bands(along: Shown) -> list[int]:
    """The positions where indices are left out."""
    return [i for i, index in enumerate(along) if index is None]


def stretches(along: Shown) -> list[tuple[int, int]]:
    """The runs of positions between the bands, as (first, after the last).

    >>> stretches((0, 1, None, 9))
    [(0, 2), (3, 4)]
    """
    runs: list[tuple[int, int]] = []
    start = 0
    for i in [*bands(along), len(along)]:
        if i > start:
            runs.append((start, i))
        start = i + 1
    return runs


def shown_steps(timesteps: int, slots: int, *, keep: Iterable[int] = (), cost: int = 1) -> list[int | None]:
    """The steps to draw, from 1, as many as stand in `slots`.

    The first, the last and those to `keep` are always there; more follow from
    the left while there are `slots`, of which a gap takes `cost`.

    >>> shown_steps(3, 4), shown_steps(96, 4), shown_steps(96, 6, keep=[40])
    ([1, 2, 3], [1, 2, None, 96], [1, 2, None, 40, None, 96])
    """
    if timesteps <= slots:
        return list(range(1, timesteps + 1))
    shown = {1, timesteps, *keep}
    for step in sorted({*range(2, slots + 2), *(k + near for k in shown for near in (-1, 1))}):
        if 1 < step < timesteps and places({*shown, step}, cost) <= slots:
            shown.add(step)
    steps = sorted(shown)
    later = [[b] if b - a == 1 else [None, b] for a, b in pairwise(steps)]
    return [1, *(step for part in later for step in part)]


def places(steps: Iterable[int], cost: int = 1) -> int:
    """How many slots these steps take, with their gaps."""
    ordered = sorted(steps)
    return len(ordered) + cost * sum(b - a > 1 for a, b in pairwise(ordered))
