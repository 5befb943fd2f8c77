"""Where tensors come from: kept by tensor, and by storage for what is written in place through a view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch

from lstmviz.network.user.events import INPUT, Cut, Event, Slot, Source
from lstmviz.network.user.values import Place, place, storage


@dataclass(frozen=True, slots=True)
class _Put:
    """A part of a table, and where the value comes from that was put there."""

    base: Place | None
    cut: Cut
    call: int
    value: torch.Tensor
    sources: tuple[Source, ...]


class Origins:
    """Remembers which call made each tensor, and which wrote into its memory since."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Source, ...]] = {}
        self._written: dict[int, tuple[tuple[tuple[Source, Place | None], ...], frozenset[Source]]] = {}
        self._put: dict[int, dict[Place | None, _Put]] = {}
        self._since: dict[int, int] = {}
        """Of what was put into a table, and read there again: the call that put it."""
        self._detached: set[int] = set()
        self._kept: list[Any] = []  # an id is only unique as long as its tensor lives

    def keep(self, value: Any) -> None:
        """Let a value live as long as the run is looked at."""
        self._kept.append(value)

    def mark(self, tensor: torch.Tensor, *sources: Source, detached: bool = False) -> None:
        """Note that a tensor comes from these calls."""
        self._made[id(tensor)] = sources
        if detached:
            self._detached.add(id(tensor))
        self._kept.append(tensor)

    def put(self, call: int, cut: Cut, table: torch.Tensor, part: torch.Tensor, value: torch.Tensor) -> None:
        """Note that a call made one part of a table what a value was; to be told after `wrote`."""
        base, same = place(table), (value.shape, value.dtype) == (part.shape, part.dtype)
        held = self._put.setdefault(storage(table), {})
        for at in [at for at, one in held.items() if one.base != base or not _beside(one.cut, cut)]:
            del held[at]
        if same and (sources := self.of(value)):
            held[place(part)] = _Put(base, cut, call, value, sources)

    def put_at(self, part: torch.Tensor) -> torch.Tensor | None:
        """Return the value that was put where a part of a table is, if it still is that; else None."""
        found = self._put.get(storage(part), {}).get(place(part)) if self._put else None
        return found.value if found is not None and self.of(found.value) == found.sources else None

    def passes(self, part: torch.Tensor, read: torch.Tensor) -> None:
        """Note that a part of a table comes from where the value does that was put there; it is `read` so."""
        found = self._put[storage(part)][place(part)]
        self.mark(read, *found.sources)
        self._since[id(read)] = found.call

    def wrote(self, tensor: torch.Tensor, source: Source, read: tuple[Source, ...], *, part: bool) -> None:
        """Note that a call wrote into a tensor's memory, and what it had read of that before.

        If it was a known `part` of it, `put` says what.
        """
        if not part:
            self._put.pop(storage(tensor), None)
        writes, known = self._written.get(storage(tensor), ((), frozenset()))
        own = place(tensor)
        left = () if _whole(tensor) else tuple(w for w in writes if w[0] not in read and w[1] != own)
        self._written[storage(tensor)] = (*left, (source, own)), known | {*read}

    def of(self, tensor: torch.Tensor) -> tuple[Source, ...]:
        """Return where a tensor comes from; nothing for a constant.

        Of the calls that wrote into its memory these are the ones that no later one has read.
        """
        made = self._made.get(id(tensor), ())
        if not self._written:
            return made
        writes, read = self._written.get(storage(tensor), ((), frozenset()))
        since = self._since.get(id(tensor)) or max((index for index, _ in made), default=INPUT)
        later = tuple(one for one, _ in writes if one[0] > since)
        return (*(one for one in made if one not in read), *later) if later else made

    def detached(self, tensor: torch.Tensor) -> bool:
        """Whether no derivative goes through to where a tensor comes from."""
        return id(tensor) in self._detached

    def slots(self, taken: Iterable[tuple[str, torch.Tensor]]) -> tuple[Slot, ...]:
        """Return which of a call's tensors come from where."""
        return tuple(Slot(name, found, self.detached(t)) for name, t in taken if (found := self.of(t)))


def _beside(one: Cut, two: Cut) -> bool:
    """Whether two parts of a tensor have nothing in common: along some axis one ends before the other."""
    return any(a + m <= b or b + n <= a for (a, m), (b, n) in zip(one, two, strict=True))


def _whole(tensor: torch.Tensor) -> bool:
    """Whether a tensor is all of its memory."""
    try:
        return tensor.numel() * tensor.element_size() >= tensor.untyped_storage().nbytes()
    except (RuntimeError, NotImplementedError):
        return True


def cut(whole: Any, part: torch.Tensor) -> Cut | None:
    """Return which part of a tensor another one is, axis by axis; None if it is none.

    >>> whole = torch.zeros(4, 5, 3)
    >>> cut(whole, whole[:, 2]), cut(whole, whole[1, :2])
    (((0, 4), (2, 1), (0, 3)), ((1, 1), (0, 2), (0, 3)))
    """
    if not isinstance(whole, torch.Tensor) or whole.layout is not torch.strided or not part.numel():
        return None
    if part.layout is not torch.strided or storage(part) != storage(whole):
        return None
    left = part.storage_offset() - whole.storage_offset()
    starts = {}
    for axis in sorted(range(whole.dim()), key=whole.stride, reverse=True):
        if whole.stride(axis) == 0 or left < 0:
            return None
        starts[axis] = left // whole.stride(axis) if whole.shape[axis] > 1 else 0
        left -= starts[axis] * whole.stride(axis)
    lengths = _lengths(whole, part)
    if left or lengths is None or any(starts[a] + n > whole.shape[a] for a, n in enumerate(lengths)):
        return None
    return tuple((starts[axis], length) for axis, length in enumerate(lengths))


def _lengths(whole: torch.Tensor, part: torch.Tensor) -> list[int] | None:
    """Return how long a part is along each axis of the whole; axes that are gone are 1."""
    rest = [(int(n), s) for n, s in zip(part.shape, part.stride(), strict=True) if n > 1]
    lengths = []
    for size, stride in zip(whole.shape, whole.stride(), strict=True):
        if rest and rest[0][1] == stride and rest[0][0] <= size and size > 1:
            lengths.append(rest.pop(0)[0])
        else:
            lengths.append(1)
    return None if rest else lengths


def written_part(event: Event) -> dict[str, Cut]:
    """Return which part of a tensor ``table[index] = …`` writes, where the index is plain."""
    table, index = event.args[:2]
    parts = index if isinstance(index, tuple) else (index,)
    plain = all(isinstance(part, int | slice | None) or part is Ellipsis for part in parts)
    part = cut(table, table[index]) if plain else None
    return {"output": part} if part else {}


def moving_part(
    cuts: Sequence[tuple[tuple[int, int], ...] | None],
) -> tuple[int, tuple[int, ...], int] | None:
    """Return the one axis along which parts move from round to round, which each is, and its steps."""
    known = [cut for cut in cuts if cut is not None]
    if not known or len(known) != len(cuts) or len({len(cut) for cut in known}) > 1:
        return None
    axes = [axis for axis in range(len(known[0])) if len({cut[axis][0] for cut in known}) > 1]
    if len(axes) != 1:
        return None
    size = max(1, known[0][axes[0]][1])
    return axes[0], tuple(cut[axes[0]][0] // size for cut in known), size


def lie_apart(cuts: Sequence[tuple[tuple[int, int], ...] | None], axis: int) -> bool:
    """Whether the parts of the rounds have no step in common: no window slides on."""
    starts = sorted({cut[axis] for cut in cuts if cut is not None})
    return all(start + size <= after for (start, size), (after, _) in pairwise(starts))


def windows(rounds: Sequence[Sequence[Cut | None]]) -> tuple[int, tuple[tuple[int, int], ...]] | None:
    """Return the one axis along which the parts of a tensor that rounds read differ, and each round's steps.

    The parts of a round must lie side by side: they are one window, told by its first step and its length.
    """
    every = [cut for found in rounds for cut in found if cut is not None]
    if not all(cut for found in rounds for cut in found) or len({len(cut) for cut in every}) != 1:
        return None
    axes = [axis for axis, places in enumerate(zip(*every, strict=True)) if len({*places}) > 1]
    spans = []
    for found in rounds if len(axes) == 1 else ():
        steps = {step for cut in found if cut for step in range(cut[axes[0]][0], sum(cut[axes[0]]))}
        if not steps or max(steps) - min(steps) + 1 != len(steps):
            return None
        spans.append((min(steps), len(steps)))
    return (axes[0], tuple(spans)) if spans else None


def shorter(cuts: Sequence[Cut | None], axis: int) -> list[bool]:
    """Say of each part of a tensor whether another one is longer along some other axis than this one."""
    most = [max(n for _, n in places) for places in zip(*(cut for cut in cuts if cut), strict=True)]
    return [any(n < most[at] for at, (_, n) in enumerate(cut or ()) if at != axis) for cut in cuts]
