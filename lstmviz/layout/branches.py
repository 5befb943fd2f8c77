"""A branching graph placed: pieces in ranks from below upward, lines in lanes and channels, frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lstmviz.layout.channels import PLAIN, TRACK, Wire, assign, entries
from lstmviz.layout.dot import columns
from lstmviz.layout.ranks import Lane, Net, Piece, Ranked, ranked
from lstmviz.scene.items import Box, Point

FOOT, HEAD = 5.0, 11.0
"""The free height of a channel below its first track and above its last, pt."""
CLOSE, ENTER, OPEN = 16.0, 11.0, 6.0
"""The upper border of a group leaves room for its name, the lower one for the tips of lines."""
PAD = 6.0
"""From a group's border to what is in it, sideways."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where everything is, pt, y down.

    `routes` gives, for a net and a target, the corners of the line. `badges`
    are the middles of what stands on the lanes of nets that lead back; `names`
    where the name of a group begins, its baseline.
    """

    boxes: Mapping[str, Box]
    routes: Mapping[tuple[str, str], list[Point]]
    frames: Mapping[str, Box]
    badges: Mapping[tuple[str, str], Point]
    names: Mapping[str, Point]


def arranged(
    pieces: Sequence[Piece], nets: Sequence[Net], *, names: Mapping[str, float], pull: bool
) -> Ranked:
    """Put pieces, given in the order in which they run, and the lines between them into ranks.

    `names` are the groups with the widths of their names. With `pull` what reads nothing stands
    right below its first reader.
    """
    return ranked(list(_roomy(pieces, names)), nets, pull=pull)


def place(found: Ranked, *, names: Mapping[str, float], gap: float, channel: float = PLAIN) -> Placed:
    """Place what was arranged; `gap` is the room between neighbours, `channel` that of lines straight up."""
    return RankStack(found, straightened(found, columns(found, gap)), channel).placed(names)


def straightened(found: Ranked, x: Mapping[str, float]) -> dict[str, float]:
    """The columns with every lane on one x from end to end, where there is room for that."""
    out = dict(x)
    ways: dict[str, list[Lane]] = defaultdict(list)
    for lane in found.lanes.values():
        ways[lane.net].append(lane)
    for net in (*found.ahead, *found.back):
        way = ways[net.id]
        tried = sorted({out[lane.id] for lane in way}, key=lambda at: abs(at - out[way[0].id]))
        fitting = [at for at in tried if all(_free(found, out, lane, at) for lane in way)]
        if fitting:
            out |= {lane.id: fitting[0] for lane in way}
    return out


def _free(found: Ranked, x: Mapping[str, float], lane: Lane, at: float) -> bool:
    """Whether a lane may run at another x: between the same neighbours, and clear of them."""
    lanes = [other for other in found.passing(lane.rank) if other.net != lane.net]
    items: list[Piece | Lane] = [*found.on(lane.rank), *lanes]
    return all(
        (x[item.id] < at) == (x[item.id] < x[lane.id])
        and abs(x[item.id] - at) >= (item.room + lane.room) / 2 + (2 if item.inside == lane.inside else 8)
        for item in items
    )


def _roomy(pieces: Sequence[Piece], names: Mapping[str, float]) -> Iterator[Piece]:
    """The pieces, the widest of a group at least as wide as its name."""
    least: dict[str, float] = {}
    for group, wide in names.items():
        own = [piece for piece in pieces if group in piece.inside]
        widest = max(own, key=lambda piece: piece.wide, default=None)
        if widest is not None and wide > widest.wide:
            least[widest.id] = max(wide, least.get(widest.id, 0.0))
    for piece in pieces:
        yield replace(piece, least=max(piece.least, least.get(piece.id, 0.0)))


class RankStack:
    """Stacks ranks and channels from below upward; heights grow upward until they are placed."""

    def __init__(self, found: Ranked, x: Mapping[str, float], channel: float) -> None:
        self.found, self.channel = found, channel
        self.x = x
        paths = {g: piece.inside for piece in found.pieces.values() for g in piece.inside}
        self.groups = list(dict.fromkeys(g for piece in found.pieces.values() for g in piece.inside))
        self.around = {g: paths[g][: paths[g].index(g)] for g in self.groups}
        self.ends: dict[tuple[int, int], list[str]] = defaultdict(list)
        for group in self.groups:
            for end in (0, 1):
                self.ends[found.span(group)[end], end].append(group)
        self.entry: dict[tuple[str, str], float] = {}
        self.wires: list[dict[str, Wire]] = []
        self.low: list[float] = []
        self.high: list[float] = []
        level = 0.0
        for rank in range(found.top + 2):
            self.wires.append({wire.net: wire for wire in self._channel(rank)})
            level = self._stacked(rank, level)
            self.low.append(level)
            level += max((piece.high for piece in found.on(rank)), default=0.0)
            self.high.append(level)

    def _stacked(self, rank: int, level: float) -> float:
        """A channel from below upward: turns inside groups that end, lines, turns inside those that begin."""
        wires = self.wires[rank]
        ending, starting = (set(self._ending(r, end)) for r, end in ((rank - 1, 1), (rank, 0)))
        turns = {net.id: set(self.found.lanes[net.id, min(rank, self._reach(net))].inside)
                 for net in self.found.back if net.id in wires}  # fmt: skip
        upper = [wires[n] for n, groups in turns.items() if wires[n].turns == "down" and groups & ending]
        lower = [wires[n] for n, groups in turns.items() if wires[n].turns == "up" and groups & starting]
        rest = [wire for wire in wires.values() if wire not in upper and wire not in lower]
        level = self._tracks(upper, level, after=2.0) + self._closing(rank - 1)
        inner = 0 < rank <= self.found.top
        level = self._tracks(
            rest, level, after=HEAD if inner or rank == 0 else 2.0, none=self.channel * inner
        )
        return self._tracks(lower, level + self._opening(rank), after=HEAD)

    def _reach(self, net: Net) -> int:
        return self.found.rank[net.source]

    def _tracks(self, wires: Sequence[Wire], level: float, *, after: float, none: float = 0.0) -> float:
        """Put wires on tracks from a height on; return the height above them."""
        count = assign(wires)
        for wire in wires:
            if wire.track is not None:
                wire.height = level + FOOT + wire.track * TRACK
        return level + (FOOT + (count - 1) * TRACK + after if count else none)

    def _closing(self, rank: int) -> float:
        return max((self._level(g, 1) * CLOSE for g in self._ending(rank, 1)), default=0.0)

    def _opening(self, rank: int) -> float:
        levels = [self._level(g, 0) for g in self._ending(rank, 0)]
        return ENTER + (max(levels) - 1) * OPEN if levels else 0.0

    def _ending(self, rank: int, end: int) -> list[str]:
        return self.ends.get((rank, end), [])

    def _level(self, group: str, end: int) -> int:
        """How many borders stand between a group's pieces and outside, at its lower or upper end."""
        rank = self.found.span(group)[end]
        inner = [g for g in self._ending(rank, end) if g != group and self._holds(group, g)]
        return 1 + max((self._level(g, end) for g in inner), default=0)

    def _holds(self, outer: str, inner: str) -> bool:
        return outer in self.around[inner]

    def _lane(self, net: Net, rank: int) -> float:
        return self.x[self.found.lanes[net.id, rank].id]

    def _port(self, net: Net) -> float:
        return self.x[net.source] + net.offset

    def _channel(self, rank: int) -> Iterator[Wire]:
        """The nets that run between a rank and the one below it."""
        found = self.found
        coming: dict[tuple[str, str], float] = {}
        wires: dict[str, Wire] = {}
        for net in found.ahead:
            start, reach = found.rank[net.source], found.reach(net)
            if start < rank <= reach:
                x = self._port(net) if start == rank - 1 else self._lane(net, rank - 1)
                wires[net.id] = Wire(net.id, [x], [self._lane(net, rank)] if rank < reach else [])
                coming |= {(net.id, t): x for t in net.targets if found.rank[t] == rank}
        for net in found.back:
            low, high = found.rank[net.targets[0]], found.rank[net.source]
            if low <= rank <= high + 1:
                below = [] if rank == low else [self._lane(net, rank - 1)]
                above = [self._lane(net, rank)] if rank <= high else []
                below += [self._port(net)] if rank == high + 1 else []
                turns: Literal["", "up", "down"] = "down" if rank == high + 1 else "up" if rank == low else ""
                wires[net.id] = Wire(net.id, below, above, turns=turns)
            if rank == low:
                coming[net.id, net.targets[0]] = self._lane(net, rank)
        for piece in found.on(rank):
            into = [pair for pair in coming if pair[1] == piece.id]
            places = entries(self.x[piece.id], piece.foot or piece.wide, [coming[pair] for pair in into])
            for pair, x in zip(into, places, strict=True):
                self.entry[pair] = x
                wires[pair[0]].above.append(x)
        yield from wires.values()

    def placed(self, names: Mapping[str, float]) -> Placed:
        """Everything with its place, y down."""
        boxes = {piece.id: self._box(piece) for piece in self.found.pieces.values()}
        routes = {(net.id, t): self._along(net, t) for net in self.found.ahead for t in net.targets}
        badges = {}
        for net in self.found.back:
            pair = (net.id.rpartition("<")[0], net.targets[0])
            routes[pair], badges[pair] = self._along(net, net.targets[0]), self._badge(net)
        frames: dict[str, Box] = {}
        for group in reversed(self.groups):  # the inner ones first
            frames[group] = self._frame(group, frames)
        written = {g: self._name(g, frames[g], names[g]) for g in self.groups if g in names}
        return Placed(boxes, routes, frames, badges, written)

    def _box(self, piece: Piece) -> Box:
        x, low = self.x[piece.id], self.low[self.found.rank[piece.id]]
        return (x - piece.wide / 2, -low - piece.high, x + piece.wide / 2, -low)

    def _across(self, net: str, rank: int, x0: float, x1: float) -> list[Point]:
        """The corners of a net in a channel, from one x to another."""
        wire = self.wires[rank][net]
        if abs(x0 - x1) < 0.01 or wire.track is None:
            return []
        return [(x0, -wire.height), (x1, -wire.height)]

    def _start(self, net: Net) -> Point:
        piece = self.found.pieces[net.source]
        return (self._port(net), self._box(piece)[1] + piece.head)

    def _along(self, net: Net, target: str) -> list[Point]:
        """The way of a net to a target, ahead or back, from rank to rank."""
        x, route = self._port(net), [self._start(net)]
        start, end = self.found.rank[net.source] + 1, self.found.rank[target]
        back = end < start
        for rank in range(start, end - 1, -1) if back else range(start, end + 1):
            after = self.entry[net.id, target] if rank == end else self._lane(net, rank - back)
            route += self._across(net.id, rank, x, after)
            x = after
        return [*route, (x, -self.low[end])]

    def _badge(self, net: Net) -> Point:
        low, high = self.found.rank[net.targets[0]], self.found.rank[net.source]
        rank = (low + high) // 2
        return (self._lane(net, rank), -(self.low[rank] + self.high[rank]) / 2)

    def _frame(self, group: str, inner: Mapping[str, Box]) -> Box:
        low, high = self.found.span(group)
        ends = [(self.x[m.id] - m.room / 2, self.x[m.id] + m.room / 2) for m in self.found.members(group)]
        ends += [(box[0], box[2]) for name, box in inner.items() if self._holds(group, name)]
        foot = ENTER - 2 + (self._level(group, 0) - 1) * OPEN
        head = self._level(group, 1) * CLOSE - 2
        return (min(a for a, _ in ends) - PAD, -self.high[high] - head,
                max(b for _, b in ends) + PAD, -self.low[low] + foot)  # fmt: skip

    def _name(self, group: str, box: Box, wide: float) -> Point:
        """Where a name fits between the lines that leave the group upward; else on the left."""
        rank = self.found.span(group)[1] + 1
        lines = sorted(x for wire in self.wires[rank].values() for x in wire.below if box[0] < x < box[2])
        for left, right in zip([box[0] + 2, *lines], [*lines, box[2] - 2], strict=True):
            if right - left >= wide + 6:
                return (left + 4, box[1] + 9.5)
        return (box[0] + 5, box[1] + 9.5)
