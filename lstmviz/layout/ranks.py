"""A graph in ranks: what stands how high, and the lanes of lines that pass by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter

from lstmviz.records import record

Path = tuple[str, ...]
"""Nested groups by name, from the outside in."""
LANE = 6.0
"""The width that a line takes where it passes a rank, pt."""
ROUNDED = 1.0
"""Places come on half points: so much less may be between two neighbours, pt."""


@record(frozen=True, slots=True)
class Piece:
    """Something to be placed, with its size in pt.

    `least` is the width that is kept free for it, `head` how far below its top
    lines leave it, `foot` the width in which they enter it, if that is less.
    """

    id: str
    wide: float
    high: float
    inside: Path = ()
    least: float = 0.0
    head: float = 0.0
    foot: float = 0.0

    @property
    def room(self) -> float:
        """The width that it takes among others."""
        return max(self.wide, self.least)


@record(frozen=True, slots=True)
class Net:
    """All lines that leave a piece at one place, `offset` pt right of its middle."""

    id: str
    source: str
    targets: tuple[str, ...]
    offset: float = 0.0
    badge: float = 0.0
    """The width of what stands on the lane of a net that leads back."""


@record(frozen=True, slots=True)
class Lane:
    """Where a net passes a rank, or, of one that leads back, runs beside it."""

    id: str
    net: str
    rank: int
    room: float
    inside: Path


@dataclass(frozen=True)
class Ranked:
    """Pieces and lanes by rank. `ahead` holds the nets that go up, `back` those that lead back."""

    pieces: Mapping[str, Piece]
    rank: Mapping[str, int]
    ahead: tuple[Net, ...]
    back: tuple[Net, ...]
    lanes: Mapping[tuple[str, int], Lane]

    @property
    def top(self) -> int:
        """The highest rank."""
        return max(self.rank.values(), default=0)

    @cached_property
    def _on(self) -> Mapping[int, list[Piece]]:
        found: dict[int, list[Piece]] = defaultdict(list)
        for piece in self.pieces.values():
            found[self.rank[piece.id]].append(piece)
        return found

    @cached_property
    def _passing(self) -> Mapping[int, list[Lane]]:
        found: dict[int, list[Lane]] = defaultdict(list)
        for lane in self.lanes.values():
            found[lane.rank].append(lane)
        return found

    @cached_property
    def _spans(self) -> Mapping[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for piece in self.pieces.values():
            rank = self.rank[piece.id]
            for group in piece.inside:
                low, high = found.get(group, (rank, rank))
                found[group] = (min(low, rank), max(high, rank))
        return found

    def on(self, rank: int) -> Sequence[Piece]:
        """Return the pieces of a rank."""
        return self._on.get(rank, ())

    def passing(self, rank: int) -> Sequence[Lane]:
        """Return the lanes that pass a rank."""
        return self._passing.get(rank, ())

    def reach(self, net: Net) -> int:
        """Return the highest rank to which a net goes."""
        return max(self.rank[target] for target in net.targets)

    def members(self, group: str) -> list[Piece | Lane]:
        """Return everything inside a group, at any depth."""
        everything: list[Piece | Lane] = [*self.pieces.values(), *self.lanes.values()]
        return [member for member in everything if group in member.inside]

    def span(self, group: str) -> tuple[int, int]:
        """Return the lowest and the highest rank of a group's pieces."""
        return self._spans[group]

    def least(self, gap: float, channel: float) -> tuple[float, float]:
        """Return a width and a height that no way of placing this stays below."""
        ranks = range(self.top + 1)
        high = sum(max((piece.high for piece in self.on(rank)), default=0.0) for rank in ranks)
        return max(self._width(rank, gap) for rank in ranks), high + channel * self.top

    def _width(self, rank: int, gap: float) -> float:
        """Return the least width of a rank: the ends of a row may stand in room that is only kept free."""
        pieces, lanes = self.on(rank), self.passing(rank)
        spare = sorted([(p.room - p.wide) / 2 for p in pieces] + [lane.room / 2 for lane in lanes])
        rooms = sum(piece.room for piece in pieces) + sum(lane.room for lane in lanes)
        count = len(pieces) + len(lanes)
        return rooms + (gap - ROUNDED) * (count - 1) - sum(spare[-2:])


def ranked(pieces: Sequence[Piece], nets: Sequence[Net], *, pull: bool = True) -> Ranked:
    """The pieces, in the order in which they run, with their ranks and lanes.

    What closes a circle leads back: a line to what runs earlier, if that is
    what its source comes from. What reads nothing is pulled up to right below
    its first reader, or stands at the foot of everything.
    """
    back = _leading_back(pieces, nets)
    ahead, behind = [], []
    for net in nets:
        later = tuple(t for t in net.targets if (net.source, t) not in back)
        if later:
            ahead.append(replace(net, targets=later))
        behind += [
            replace(net, id=f"{net.id}<{t}", targets=(t,)) for t in net.targets if (net.source, t) in back
        ]
    rank = _ranks(pieces, ahead, pull=pull)
    found = Ranked({piece.id: piece for piece in pieces}, rank, tuple(ahead), tuple(behind), {})
    lanes = {(lane.net, lane.rank): lane for lane in (*_ahead(found), *_back(found))}
    return replace(found, lanes=lanes)


def _leading_back(pieces: Sequence[Piece], nets: Sequence[Net]) -> set[tuple[str, str]]:
    """The lines, as (source, target), that close a circle."""
    place = {piece.id: number for number, piece in enumerate(pieces)}
    lines = [(net.source, target) for net in nets for target in net.targets]
    after: dict[str, list[str]] = {piece.id: [] for piece in pieces}
    for source, target in lines:
        if place[target] > place[source]:
            after[source].append(target)
    back = set()
    for source, target in lines:
        if place[target] > place[source]:
            continue
        if source in _reached(target, after):
            back.add((source, target))
        else:
            after[source].append(target)
    return back


def _reached(start: str, after: Mapping[str, list[str]]) -> set[str]:
    """Everything that comes from a piece, itself included."""
    seen, open_ = {start}, [start]
    while open_:
        for target in after[open_.pop()]:
            if target not in seen:
                seen.add(target)
                open_.append(target)
    return seen


def _ranks(pieces: Sequence[Piece], ahead: Sequence[Net], *, pull: bool) -> dict[str, int]:
    """Return for every piece a rank above all that it reads, and near to what reads it."""
    reads: dict[str, list[str]] = {piece.id: [] for piece in pieces}
    for net in ahead:
        for target in net.targets:
            reads[target].append(net.source)
    rank: dict[str, int] = {piece.id: 0 for piece in pieces}
    for target in TopologicalSorter(reads).static_order():
        rank[target] = max((rank[source] + 1 for source in reads[target]), default=0)
    _raise(rank, pieces, ahead, pull=pull)
    return rank


def _raise(rank: dict[str, int], pieces: Sequence[Piece], ahead: Sequence[Net], *, pull: bool) -> None:
    """Lift every piece towards its readers, as long as no line gets longer by it than others get shorter."""
    leaving: dict[str, list[Net]] = defaultdict(list)
    coming: dict[str, list[Net]] = defaultdict(list)
    for net in ahead:
        leaving[net.source].append(net)
        for target in dict.fromkeys(net.targets):
            coming[target].append(net)
    for piece in sorted(pieces, key=lambda p: -rank[p.id]):
        out, into = leaving[piece.id], coming[piece.id]
        if not out or not (pull or into):
            continue
        top = min(rank[target] for net in out for target in net.targets) - 1
        far = [
            max(rank[t] for t in net.targets if t != piece.id) if len(net.targets) > 1 else 0 for net in into
        ]
        longer = sum(reach < top for reach in far)
        if longer <= len(out):
            rank[piece.id] = top


def shared(paths: Iterable[Path]) -> Path:
    """The groups that all paths have in common.

    >>> shared([("a", "b", "c"), ("a", "b"), ("a", "d")])
    ('a',)
    """
    first, *rest = paths
    found = 0
    while found < len(first) and all(path[: found + 1] == first[: found + 1] for path in rest):
        found += 1
    return first[:found]


def _ahead(found: Ranked) -> Iterator[Lane]:
    for net in found.ahead:
        for rank in range(found.rank[net.source] + 1, found.reach(net)):
            ends = [net.source, *(t for t in net.targets if found.rank[t] > rank)]
            inside = shared(found.pieces[end].inside for end in ends)
            yield Lane(f"{net.id}@{rank}", net.id, rank, LANE, inside)


def _back(found: Ranked) -> Iterator[Lane]:
    for net in found.back:
        (target,) = net.targets
        low, high = found.rank[target], found.rank[net.source]
        inside = shared([found.pieces[net.source].inside, found.pieces[target].inside])
        for rank in range(low, high + 1):
            wide = max(LANE, net.badge if rank == (low + high) // 2 else 0.0)
            yield Lane(f"{net.id}@{rank}", net.id, rank, wide, inside)
