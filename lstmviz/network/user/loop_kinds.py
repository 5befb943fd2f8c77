"""Which loops of a run are recurrences, or the same done to every step; and which calls are one stage then.

What a round reads from outside is the same in every round, one part each round, or written by a
round before: a state. A loop that is none of that is taken apart, and shown as it ran.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lstmviz.network.rounds import Taken, Way
from lstmviz.network.user.control import Address, Seen
from lstmviz.network.user.events import INPUT, Slot, Source
from lstmviz.network.user.origins import lie_apart, moving_part, shorter, windows
from lstmviz.records import record

Instance = tuple[tuple[tuple["Address", int], ...], "Address"]
"""One run of a loop: the rounds around it, and the loop."""
Key = tuple["Address", tuple[int, ...]]
"""What is one stage: a place, and of each loop around it which of its stretches of rounds."""
PIECES = frozenset({"unbind", "iter", "split", "chunk", "tensor_split"})
"""Calls that cut a tensor into all of its steps."""


@record(frozen=True, slots=True)
class Edge:
    """A call that takes a tensor: through which argument, and from which call."""

    reader: Seen
    slot: Slot
    source: Source
    giver: Seen | None


@dataclass(slots=True)
class Run:
    """One run of a loop: what its rounds take from each other, and from outside."""

    instance: Instance
    rounds: int = 0
    handed: list[tuple[int, int, Edge]] = field(default_factory=list)
    outside: list[tuple[int, Edge]] = field(default_factory=list)
    given: list[tuple[int, Edge]] = field(default_factory=list)
    """What is read outside: of which round, by whom."""
    weights: bool = False
    ends: list[int] = field(default_factory=list)
    """For each round, in which stretch of rounds that hand something on it is."""


@record(frozen=True, slots=True)
class RoundReading:
    """How the rounds of a loop take a tensor through one argument of one call."""

    how: Way
    sources: tuple[Source, ...]
    axis: int | None = None
    steps: tuple[int, ...] = ()
    pieces: int | None = None
    """The call that had cut the tensor into its steps."""
    many: int = 0
    """How many it had made of it."""
    size: int = 1
    """How many steps of the tensor a part has; the last one may have fewer."""
    rounds: tuple[int, ...] = ()
    """The rounds that read it, where not all do."""
    spans: tuple[tuple[int, int], ...] = ()
    """Of windows that have steps in common: the first step of each, and how many it has."""
    less: tuple[int, ...] = ()
    """The rounds that read not all of their part: of a batch that shrinks fewer samples."""


class Analysis:
    """The loops of a run, and which of them are taken apart."""

    def __init__(self, seen: Sequence[Seen], returned: Iterable[Source]) -> None:
        self.seen = seen
        self.runs: dict[Instance, Run] = {}
        self.apart: set[Address] = set()
        self._collectors: dict[Address, bool] = {}
        self._tables: dict[tuple[Address, str], bool] = {}
        self._readings: dict[Instance, Mapping[tuple[Address, str], RoundReading]] = {}
        self.calls = Counter(one.place for one in seen)
        self.readers: dict[Address, list[Edge]] = defaultdict(list)
        self.edges = list(self._edges())
        self.ends = [(source, seen[source[0]]) for source in returned if source[0] != INPUT]
        for one in seen:
            self._enter(one)
        for edge in self.edges:
            self._sort(edge)
        for run in self.runs.values():
            run.ends = self._stretches(run)
        while more := {run.instance[1] for run in self.runs.values() if self._is_none(run)} - self.apart:
            self.apart |= more

    def _edges(self) -> Iterator[Edge]:
        for one in self.seen:
            for slot in one.event.slots:
                for source in slot.sources:
                    giver = None if source[0] == INPUT else self.seen[source[0]]
                    edge = Edge(one, slot, source, giver)
                    if giver is not None:
                        self.readers[giver.place].append(edge)
                    yield edge

    def _enter(self, one: Seen) -> None:
        for depth, (address, number) in enumerate(one.turns):
            instance = (one.turns[:depth], address)
            run = self.runs.setdefault(instance, Run(instance))
            run.rounds = max(run.rounds, number + 1)
            run.weights = run.weights or bool(one.event.parameters)

    def _sort(self, edge: Edge) -> None:
        """Put what is read to the loops that it is handed on in, comes into or leaves."""
        mine, theirs = edge.reader.turns, edge.giver.turns if edge.giver else ()
        if theirs and self._is_cut_before(edge):
            theirs = theirs[:-1]
        depth = 0
        while depth < min(len(mine), len(theirs)) and mine[depth] == theirs[depth]:
            depth += 1
        within = depth < min(len(mine), len(theirs)) and mine[depth][0] == theirs[depth][0]
        if within:
            run = self.runs[mine[:depth], mine[depth][0]]
            run.handed.append((theirs[depth][1], mine[depth][1], edge))
        for level in range(depth + within, len(mine)):
            self.runs[mine[:level], mine[level][0]].outside.append((mine[level][1], edge))
        for level in range(depth + within, len(theirs)):
            self.runs[theirs[:level], theirs[level][0]].given.append((theirs[level][1], edge))

    def _is_cut_before(self, edge: Edge) -> bool:
        """Whether a tensor was cut into steps within the first round, for all of them: by a generator."""
        assert edge.giver is not None
        once = self.calls[edge.giver.place] == 1
        return once and edge.giver.event.type in PIECES and edge.giver.turns[-1][1] == 0

    def collects(self, edge: Edge) -> bool:
        """Whether a call only adds what a round gave to a table or list that nothing in the loop reads."""
        if edge.giver is None or not edge.giver.turns:
            return False
        if edge.giver.place != edge.reader.place:
            return self._begins_table(edge)
        new = edge.reader.event
        if not new.writes and edge.giver.event.outputs == new.outputs:
            return False
        place = edge.giver.place
        if place not in self._collectors:
            self._collectors[place] = not any(map(self._looks_back, self.readers[place]))
        return self._collectors[place]

    def _begins_table(self, edge: Edge) -> bool:
        """Whether a round's part is itself the table that later rounds add to: ``y if ys is None else …``."""
        assert edge.giver is not None
        around = edge.giver.turns[-1][0]
        inside = edge.reader.place[: len(around)] == around and edge.giver.turns != edge.reader.turns
        added = edge.reader.place, edge.slot.name
        if inside and added not in self._tables:
            later = (one for one in self.readers[added[0]] if (one.reader.place, one.slot.name) == added)
            self._tables[added] = any(map(self.collects, later))
        return inside and self._tables[added]

    def _looks_back(self, edge: Edge) -> bool:
        """Whether a call within the loop reads of a table more than was just written there."""
        assert edge.giver is not None
        around = edge.giver.turns[-1][0]
        if edge.reader.place == edge.giver.place or edge.reader.place[: len(around)] != around:
            return False
        written = edge.giver.event.cuts.get("output")
        return written is None or edge.reader.event.cuts.get("") != written

    def states(self, run: Run) -> list[tuple[int, int, Edge]]:
        """Return what the rounds of a loop hand on, results that pile up left out."""
        return [one for one in run.handed if not self.collects(one[2])]

    def _stretches(self, run: Run) -> list[int]:
        """Number the rounds by stretches that hand something on; without states all are one."""
        states = self.states(run)
        if not states:
            return [0] * run.rounds
        over = [0] * (run.rounds + 1)
        for old, new, _ in states:
            over[old + 1] += 1
            over[min(new + 1, run.rounds)] -= 1
        found, number, passing = [], 0, 0
        for place in range(run.rounds):
            passing += over[place]
            number += place > 0 and passing <= 0
            found.append(number)
        return found

    def stretch(self, one: Seen) -> tuple[int, ...]:
        """Return of each loop around a call the stretch of rounds it is in; of one taken apart the round."""
        return tuple(
            number if address in self.apart else self.runs[one.turns[:depth], address].ends[number]
            for depth, (address, number) in enumerate(one.turns)
        )

    def key(self, one: Seen) -> Key:
        """Return what the calls of one stage have in common."""
        return one.place, self.stretch(one)

    def _is_none(self, run: Run) -> bool:
        """Whether a loop is no recurrence, nor the same done to every step."""
        states = bool(self.states(run))
        if states and run.weights:
            return False
        if any(reading.how in {"window", "other"} for reading in self.readings(run).values()):
            return True
        return not states and "some" in self.taken(run).values()

    def readings(self, run: Run) -> Mapping[tuple[Address, str], RoundReading]:
        """Return how the rounds of a run take each tensor from outside that no state takes the place of."""
        if (known := self._readings.get(run.instance)) is not None:
            return known
        handed = {(e.reader.place, e.slot.name) for _, _, e in run.handed}
        first: dict[int, int] = {}
        for number, end in enumerate(run.ends):
            first.setdefault(end, number)
        taken: dict[tuple[Address, str], dict[int, list[Edge]]] = defaultdict(lambda: defaultdict(list))
        for number, edge in run.outside:
            slot = (edge.reader.place, edge.slot.name)
            if slot in handed and number == first[run.ends[number]]:
                continue  # what a state begins with
            taken[slot][number].append(edge)
        self._readings[run.instance] = {slot: self._reading(run, rounds) for slot, rounds in taken.items()}
        return self._readings[run.instance]

    def _reading(self, run: Run, rounds: Mapping[int, Sequence[Edge]]) -> RoundReading:
        edges = [edges[0] for edges in rounds.values()]
        sources = tuple(dict.fromkeys(e.source for found in rounds.values() for e in found))
        if len(sources) == 1:
            return self._of_one(run, rounds, sources)
        if any(len({e.source for e in found}) != 1 for found in rounds.values()):
            same = len({tuple(e.source for e in found) for found in rounds.values()}) == 1
            return RoundReading("constant" if same else "other", sources)
        giver = edges[0].giver
        if giver is None or any(e.giver is None for e in edges):
            return RoundReading("other", sources)
        if giver.event.type in PIECES and all(e.giver is giver for e in edges):
            moving = moving_part([giver.event.cuts.get(e.source[1].removeprefix("output.")) for e in edges])
            if moving is not None:
                cut_from = giver.event.slots[0].sources if giver.event.slots else ()
                axis, steps, size = moving
                return RoundReading(
                    "step", cut_from, axis, steps, giver.event.index, len(giver.event.cuts), size
                )
        steps = self._steps_of_loop(run, edges)
        return RoundReading("step", sources[:1], None, steps) if steps else RoundReading("other", sources)

    def _of_one(
        self, run: Run, rounds: Mapping[int, Sequence[Edge]], sources: tuple[Source, ...]
    ) -> RoundReading:
        """Return how the rounds take one tensor: the same part of it, a part each, or windows."""
        every = [[next(iter(e.reader.event.cuts.values()), None) for e in found] for found in rounds.values()]
        cuts = [found[0] for found in every]
        cuts_out = next(iter(rounds.values()))[0].slot.name in {"", "0"}
        if not cuts_out or all(cut == cuts[0] for found in every for cut in found):
            return RoundReading("constant", sources)
        moving, several = moving_part(cuts), any(cut != found[0] for found in every for cut in found)
        if moving is not None and lie_apart(cuts, moving[0]) and not several:
            axis, steps, size = moving
            numbers = tuple(rounds) if len(rounds) < run.rounds and not {*run.ends} - {0} else ()
            less = tuple(number for number, short in zip(rounds, shorter(cuts, axis), strict=True) if short)
            return RoundReading("step", sources, axis, steps, size=size, rounds=numbers, less=less)
        # a loop in a round may cut out several
        axis_, spans = (windows(every) if len(rounds) == run.rounds else None) or (None, ())
        return RoundReading("window" if spans else "other", sources, axis_, spans=spans)

    def _steps_of_loop(self, run: Run, edges: Sequence[Edge]) -> tuple[int, ...]:
        """Return which rounds of another loop's the rounds of this one read, one each; else nothing."""
        givers = [edge.giver for edge in edges if edge.giver is not None]
        common = len(run.instance[0])
        turns = {one.turns[common][0] if len(one.turns) == common + 1 else None for one in givers}
        if len({self.key(one) for one in givers}) != 1 or None in turns or turns & self.apart:
            return ()
        if len({edge.source[1] for edge in edges}) != 1:
            return ()
        return tuple(one.turns[common][1] for one in givers)

    def taken(self, run: Run, live: Container[int] | None = None) -> Mapping[tuple[Address, str], Taken]:
        """Return of each tensor that is read outside a run which rounds' are read, by `live` calls."""
        rounds: dict[tuple[Address, str], dict[object, set[int]]] = defaultdict(lambda: defaultdict(set))
        for number, edge in run.given:
            assert edge.giver is not None
            if live is None or edge.reader.event.index in live:
                rounds[edge.giver.place, edge.source[1]][self.key(edge.reader)].add(number)
        depth = len(run.instance[0])
        for source, one in self.ends:
            if (
                one.turns[:depth] == run.instance[0]
                and len(one.turns) > depth
                and one.turns[depth][0] == run.instance[1]
            ):
                rounds[one.place, source[1]]["returned"].add(one.turns[depth][1])
        return {tensor: _taken(list(readers.values()), run) for tensor, readers in rounds.items()}


def _taken(readers: Sequence[set[int]], run: Run) -> Taken:
    """Whether each of some readers takes every round's of a stretch, or all take the last one's."""
    wholes: dict[int, set[int]] = defaultdict(set)
    for number, end in enumerate(run.ends):
        wholes[end].add(number)
    if all(read == set().union(*(wholes[run.ends[n]] for n in read)) for read in readers):
        return "every"
    last = {max(whole) for whole in wholes.values()}
    return "last" if all(read <= last for read in readers) else "some"
