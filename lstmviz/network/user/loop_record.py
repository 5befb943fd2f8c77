"""The loops of a run written down for the trace: rounds, what they read, and the states handed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lstmviz.network.rounds import Call, Loop, Made, Read, State, Taken, ahead
from lstmviz.network.user.control import Address, Seen, where
from lstmviz.network.user.events import INPUT, Source
from lstmviz.network.user.filled import fillings, named
from lstmviz.network.user.handed_pieces import handed_on
from lstmviz.network.user.loop_kinds import PIECES, Edge, RoundReading, Run
from lstmviz.network.user.loop_names import Given, name_of, state_names
from lstmviz.network.user.loop_rounds import LoopRun, Rounds, TensorPlace
from lstmviz.network.user.loops import Group, Grouping
from lstmviz.network.user.paths import around
from lstmviz.network.user.writing import Writer


@dataclass(slots=True)
class _Found:
    """One loop: where it is, in which stretch of rounds, and its runs, one for each round around it."""

    address: Address
    stretch: tuple[int, ...]
    runs: list[Run]
    name: str = ""


def loops_of(grouping: Grouping, writer: Writer) -> tuple[tuple[Loop, LoopRun], ...]:
    """Return the loops of a run, an outer one before those inside it, each with its rounds as they ran."""
    found = sorted(_found(grouping), key=lambda one: len(one.stretch))
    found = [one for one in found if max(map(len, _numbers(one))) > 1]
    order = {id(group): place for place, group in enumerate(writer.groups)}
    held = {id(one): [g for g in writer.groups if _is_in(g, one)] for one in found}
    found = [one for one in found if held[id(one)]]
    found.sort(key=lambda one: (order[id(held[id(one)][0])], len(one.stretch)))
    for place, one in enumerate(found):
        one.name = "loop" if place == 0 else f"loop-{place + 1}"
    return tuple(_Written(one, held[id(one)], grouping, writer).loop(found) for one in found)


def _found(grouping: Grouping) -> Iterator[_Found]:
    analysis = grouping.analysis
    made: dict[tuple[Address, tuple[int, ...]], _Found] = {}
    for run in analysis.runs.values():
        turns, address = run.instance
        if address in analysis.apart:
            continue
        outer = tuple(
            number if one in analysis.apart else analysis.runs[turns[:depth], one].ends[number]
            for depth, (one, number) in enumerate(turns)
        )
        for end in dict.fromkeys(run.ends):
            stretch = (*outer, end)
            made.setdefault((address, stretch), _Found(address, stretch, [])).runs.append(run)
    yield from made.values()


def _numbers(one: _Found) -> list[list[int]]:
    """Return the rounds of each run of a loop that are in its stretch."""
    return [[n for n, end in enumerate(run.ends) if end == one.stretch[-1]] for run in one.runs]


def _is_in(group: Group, one: _Found) -> bool:
    depth = len(one.stretch)
    inside = len(group.turns) >= depth and group.turns[depth - 1] == one.address
    return inside and group.stretch[:depth] == one.stretch


class _Written:
    """Writes one loop down."""

    def __init__(self, found: _Found, groups: Sequence[Group], grouping: Grouping, writer: Writer) -> None:
        self.found, self.groups = found, groups
        self.analysis, self.codes, self.writer = grouping.analysis, grouping.codes, writer
        self.numbers = _numbers(found)
        self.rounds = Rounds(self.analysis, found.runs[0], self.numbers[0])
        self.fillings = list(fillings(self.analysis, found.runs[0], self.numbers[0]))
        mixed = grouping.mixed.get(found.runs[0].instance, ())
        self.mixed = self.rounds.in_turns(mixed, writer.full, self.codes[found.address])
        self.rounds.leave_out({place for one in self.fillings for place in one.beside})

    def loop(self, every: Sequence[_Found]) -> tuple[Loop, LoopRun]:
        """Return the loop as it is in a trace, and as it ran; `every` loop may be the one around it."""
        depth = len(self.found.stretch)
        outer = [one for one in every if len(one.stretch) < depth and _is_in(self.groups[0], one)]
        states = list(self._states())
        loop = Loop(
            name=self.found.name,
            where=where(self.codes[self.found.address], self.found.address[-1][0]),
            rounds=len(self.numbers[0]),
            often=(min(map(len, self.numbers)), max(map(len, self.numbers))),
            stages=tuple(group.name for group in self.groups),
            reads=tuple(self._reads()),
            states=tuple(state for _, state in states),
            results=tuple(self._results()),
            partial=tuple(self._partial()),
            uneven=tuple(g.name for g in self.groups if len({e.outputs for e in g.events}) > 1),
            inside=max(outer, key=lambda one: len(one.stretch)).name if outer else "",
            made=self._made({state.tensor: spot for spot, state in states}),
            body=tuple(self._body()),
            called=tuple(self._called()),
            filled=tuple(named(self.fillings, self.rounds, self.numbers[0][-1], self.writer.full)),
            unlike=self.rounds.unlike(),
            mixed=tuple(self.mixed),
            within=around(self.groups, self.rounds.every_call(), self.writer.inside),
        )
        loop = handed_on(loop, self.rounds)
        reads = {read.tensor: read for read in sorted(loop.reads, key=lambda one: ahead(one.steps))[::-1]}
        mixed = {told.read: one for told, one in self.mixed.items()}
        return loop, LoopRun(loop.name, tuple(self.rounds.rounds.values()), reads, mixed)

    def _made(self, states: dict[str, TensorPlace]) -> tuple[Made, ...]:
        spots, known = dict(states), {*states.values()}
        filled = {one.table: one.part for one in self.fillings}
        for table in self.analysis.taken(self.found.runs[0], self.writer.home):
            spot = filled.get(table, table)
            index = self.rounds.call(spot[0], self.numbers[0][-1])
            names = () if index is None or spot in known else self.writer.full((index.index, spot[1]))
            spots |= dict.fromkeys(names, spot)

        def whole(one: RoundReading) -> tuple[tuple[str, ...], int | None]:
            sources, axis = self._whole(one)
            return tuple(dict.fromkeys(n for source in sources for n in self.writer.full(source))), axis

        return tuple(self.rounds.made(spots, states, whole))

    def _body(self) -> Iterator[Call]:
        """Yield the calls of the last round with what they take; what only cuts steps out is no call."""
        number = self.numbers[0][-1]
        cuts: dict[int, list[tuple[str, str, int]]] = {}
        passed = {place for one in self.mixed.values() for place in one.passed}
        for event in self.rounds.calls():
            if self.analysis.seen[event.index].place in passed:
                continue  # it only takes what is read in turns out of what that is
            taken = []
            for slot, source, take in self.rounds.taken(event.index, number):
                inner = self.writer.full(source) if take is None and source[0] not in cuts else ()
                taken += [(slot, "inner", name, 0) for name in inner]
                taken += [(slot, *take)] if take is not None else []
                taken += [(slot, *one) for one in cuts.get(source[0], ()) if take is None]
            home = self.writer.home.get(event.index)
            if home is not None and home.ran is not None and event.module is None:  # a layer's own cut
                cuts[event.index] = [one[1:] for one in taken]
                continue
            turned = getattr(event.func, "__name__", "").startswith("__r")
            if stage := self._stage(event.index):
                yield Call(stage, tuple(taken), turned)

    def _called(self) -> Iterator[tuple[str, str]]:
        """Yield the names of tensors in the innermost function that has one for them."""
        found: dict[str, str] = {}
        own = {index for one in self.rounds.rounds.values() for index in one.calls}
        for index in sorted(own):
            for source, names in self.analysis.seen[index].event.called.items():
                for tensor in self.writer.full(source) if source[0] in own else ():
                    found.setdefault(tensor, names[-1][1])
        yield from found.items()

    def _stage(self, index: int) -> str:
        home = self.writer.home.get(index)
        return home.name if home else ""

    def _reads(self) -> Iterator[Read]:
        merged: dict[Read, dict[str, None]] = defaultdict(dict)
        called: dict[Read, str] = {}
        code = self.codes[self.found.address]
        run = self.found.runs[0]
        edges: dict[TensorPlace, list[Edge]] = defaultdict(list)
        for _, edge in run.outside:
            edges[edge.reader.place, edge.slot.name].append(edge)
        for slot, one in self.analysis.readings(run).items():
            sources, axis = self._whole(one)
            for tensor in dict.fromkeys(name for source in sources for name in self.writer.full(source)):
                stages = dict.fromkeys(self._stages(edges[slot][-1].reader))
                numbers, less = (
                    tuple(number - self.numbers[0][0] for number in some) for some in (one.rounds, one.less)
                )
                key = Read(tensor, (), one.how, axis, one.steps, "", one.size, numbers, one.spans, less)
                merged[key].update(stages)
                if name := next((n for edge in edges[slot] if (n := name_of(edge, code))), ""):
                    called.setdefault(key, name)
        for key, found in merged.items():
            if found:
                yield replace(key, stages=tuple(found), name=called.get(key, ""))

    def _stages(self, reader: Seen) -> Iterator[str]:
        """Yield the stage of a call; of one that only cuts a tensor into steps, those that read the steps."""
        if stage := self._stage(reader.event.index):
            yield stage
        elif reader.event.type in PIECES:
            for edge in self.analysis.readers[reader.place]:
                yield from self._stages(edge.reader)

    def _whole(self, one: RoundReading) -> tuple[tuple[Source, ...], int | None]:
        """Return what is read, and its axis; of a piece of a piece, what was cut first."""
        sources, axis = one.sources, one.axis
        while axis is not None and len(sources) == 1 and sources[0][0] != INPUT:
            cut = self.analysis.seen[sources[0][0]].event
            if cut.type not in PIECES or self._stage(cut.index):
                break
            first = next(iter(cut.cuts.values()), ())
            gone = (
                next((a for a, (_, n) in enumerate(first) if n == 1), 0)
                if cut.type in {"unbind", "iter"}
                else None
            )
            axis += gone is not None and axis >= gone
            sources = cut.slots[0].sources
        return sources, axis

    def _states(self) -> Iterator[tuple[TensorPlace, State]]:
        edges: dict[Given, list[tuple[int, Edge]]] = defaultdict(list)
        for run, numbers in zip(self.found.runs, self.numbers, strict=True):
            for old, new, edge in self.analysis.states(run):
                if old in numbers and new in numbers:
                    edges[self._stage(edge.source[0]), edge.source[1]].append((new, edge))
        edges = {key: found for key, found in edges.items() if key[0]}
        names = state_names(edges, dict(self._called()), self.codes[self.found.address], self.writer.full)
        for key, found in edges.items():
            stages = dict.fromkeys(self._stage(edge.reader.event.index) for _, edge in found)
            giver = found[0][1].giver
            assert giver is not None
            shape = dict(giver.event.outputs)[key[1]]
            tensor = self.writer.state(found[0][1].source)
            every = (edge.giver for _, edge in found if edge.giver is not None)
            uneven = any(dict(one.event.outputs)[key[1]] != shape for one in every)
            slots = {(e.reader.place, e.slot.name) for _, e in found}
            begins = [begun for slot in sorted(slots) if (begun := self._begun(slot)) is not None]
            begun = tuple(dict.fromkeys(name for one in begins for name in one))
            passed = {new for new, edge in found if not edge.slot.detached}
            cut = tuple(sorted({new - self.numbers[0][0] for new, _ in found if new not in passed}))
            given = tuple(s for s in stages if s)
            zeros = not begun and self.rounds.begins_with_zeros(slots)
            yield (
                (giver.place, key[1]),
                State(
                    names[key],
                    tensor,
                    given,
                    shape,
                    begun,
                    not passed,
                    zeros,
                    uneven,
                    len({*begins}) > 1,
                    cut if passed else (),
                ),
            )

    def _begun(self, slot: TensorPlace) -> tuple[str, ...] | None:
        """Return what the first round reads in the place of a state; None if it reads none there."""
        call = self.rounds.call(slot[0], self.numbers[0][0], first=True)
        if call is None:
            return None
        sources = {s for one in call.slots if one.name == slot[1] for s in one.sources}
        outside = {edge.source for number, edge in self.found.runs[0].outside if number == self.numbers[0][0]}
        if sources - outside:
            return None
        return tuple(sorted({name for source in sources for name in self.writer.full(source)}))

    def _results(self) -> Iterator[tuple[str, Taken]]:
        said: dict[str, Taken] = {}
        for run in self.found.runs[:1]:
            for (place, name), taken in self.analysis.taken(run, self.writer.home).items():
                calls = [one.event.index for one in self.analysis.seen if one.place == place]
                for tensor in self.writer.full((calls[-1 if taken == "last" else 0], name)):
                    said[tensor] = taken if said.get(tensor, taken) == taken else "some"
        yield from said.items()

    def _partial(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        numbers, depth = self.numbers[0], len(self.found.stretch) - 1
        turns = self.found.runs[0].instance[0]
        for group in self.groups:
            seen = [self.analysis.seen[event.index] for event in group.events]
            rounds = {one.turns[depth][1] for one in seen if one.turns[:depth] == turns}
            if rounds != set(numbers):
                yield group.name, tuple(sorted(n - numbers[0] for n in rounds))
