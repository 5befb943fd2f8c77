"""Stages that come again and again: the turns of a user's loop over blocks, each with weights of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.network.structure import Stage

LONGEST = 64
"""So many stages at most are one turn."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Stages from `first` on that run `times` times, `length` of them in each turn.

    Every turn calls the same lines on the same shapes, and reads of the turn
    before what that one read of its own: ``x = block(x)`` in a loop.
    """

    first: int
    length: int
    times: int


def repeats(stages: Sequence[Stage]) -> tuple[Repeat, ...]:
    """Find the turns of loops among the stages of a trace, in their order, none inside another.

    A model without lines of code (one from a spec) has none.
    """
    keys = [_key(stage) for stage in stages]
    place = {stage.name: index for index, stage in enumerate(stages)}
    found = []
    at = 0
    while at < len(stages):
        longest = min(LONGEST, (len(stages) - at) // 2) if stages[at].where else 0
        made = next((r for n in range(1, longest + 1) if (r := _turns(stages, keys, place, at, n))), None)
        found += [made] if made else []
        at += made.length * made.times if made else 1
    return tuple(found)


def _turns(
    stages: Sequence[Stage], keys: Sequence[Any], place: dict[str, int], at: int, length: int
) -> Repeat | None:
    """Return the turns of this length that begin here, if there is more than one.

    Only of the last turn may anything after them read.
    """
    opening = _reads(stages, place, at, at, length)
    again: list[Any] = []
    times = 1
    while keys[at : at + length] == keys[at + times * length : at + (times + 1) * length]:
        reads = _reads(stages, place, at, at + times * length, length)
        again = again or reads
        if reads != again or not _goes_on(opening, reads):
            break
        times += 1
    last = at + (times - 1) * length
    read = {place.get(s.rpartition(".")[0], -1) for stage in stages[last + length :] for s in stage.sources}
    return Repeat(at, length, times) if times > 1 and not read & set(range(at, last)) else None


def _reads(
    stages: Sequence[Stage], place: dict[str, int], first: int, begin: int, length: int
) -> list[tuple[Any, str]]:
    """Return what a turn reads: of stages in the turns how far before it, of others by their name."""
    homes = [s.rpartition(".") for stage in stages[begin : begin + length] for s in stage.sources]
    return [(begin - place[h] if place.get(h, -1) >= first else h, name) for h, _, name in homes]


def _goes_on(opening: Sequence[tuple[Any, str]], reads: Sequence[tuple[Any, str]]) -> bool:
    """Whether a turn reads of the one before what the first read from outside, and else the same."""
    handed = [isinstance(home, int) and home > 0 for home, _ in reads]
    pairs = zip(opening, reads, handed, strict=True)
    return any(handed) and all(isinstance(a[0], str) if over else a == b for a, b, over in pairs)


def _key(stage: Stage) -> Any:
    shapes = tuple(tuple(t.sizes for t in ts) for ts in (stage.inputs, stage.outputs, stage.parameters))
    return (stage.type, stage.where, stage.arguments, stage.times, shapes, len(stage.sources))
