"""Which steps of a long sequence are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise


def shown_steps(timesteps: int, slots: int, *, keep: Iterable[int] = (), cost: int = 1) -> list[int | None]:
    """The steps to draw, from 1; None marks where some are left out.

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
