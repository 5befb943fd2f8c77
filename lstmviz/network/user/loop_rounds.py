"""The rounds of a loop one by one: which calls are in each, what it makes, and from what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, cast

import torch

from lstmviz.network.decoders import PLACED
from lstmviz.network.own_recurrences import PUT
from lstmviz.network.rounds import Made, Mixed, Read, ahead
from lstmviz.network.user.control import Address
from lstmviz.network.user.events import Event, Source, name_in
from lstmviz.network.user.kinds import cell_type, recurrent_type
from lstmviz.network.user.loop_kinds import PIECES, Analysis, Edge, Run
from lstmviz.network.user.mixed_inputs import MixedInput, Part
from lstmviz.network.user.values import leaves

TensorPlace = tuple["Address", str]
"""A tensor that a place in the code takes or gives in every round: the place, and which of its tensors."""
CUTS = frozenset({"getitem", "select", "narrow"})
"""Calls that cut one step out of a tensor."""
ARRANGES = PLACED | PUT | {"flatten", "unflatten", "repeat", "movedim", "t", "chunk", "split", "unbind"}
"""Calls that put numbers elsewhere, and change none."""
RoundInput = tuple[str, str, int]


@dataclass(slots=True)
class Round:
    """One round: its calls, and of each tensor that it makes which call gave it."""

    calls: set[int] = field(default_factory=set)
    made: dict[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoopRun:
    """The rounds of a loop, in the first round of what is around it."""

    name: str
    rounds: tuple[Round, ...]
    reads: Mapping[str, Read]
    """How each tensor is read that is read anew: of several ways the one that is ahead."""
    mixed: Mapping[str, MixedInput] = field(default_factory=dict)
    """What rounds read in turns, by the answer that is read: what feeds it, round by round."""


class Rounds:
    """What the rounds of one run of a loop make, from the calls of the run."""

    def __init__(self, analysis: Analysis, run: Run, numbers: Sequence[int]) -> None:
        self.analysis, self.run, self.numbers = analysis, run, numbers
        self.rounds = {number: Round() for number in numbers}
        self.known: tuple[
            dict[TensorPlace, str], Mapping[TensorPlace, str], dict[tuple[TensorPlace, int], RoundInput]
        ] = ({}, {}, {})
        """The states that rounds hand on, through which arguments they read them, and what else they read."""
        self.mixed: dict[TensorPlace, str] = {}
        """The arguments that rounds read in turns, by the answer that is read."""
        self._first: dict[tuple[Address, int], int] = {}
        self._at: dict[tuple[Address, int], int] = {}
        self._in: dict[int, int] = {}
        turns, address = run.instance
        for one in analysis.seen:
            here = one.turns[: len(turns)] == turns and len(one.turns) > len(turns)
            if here and one.turns[len(turns)][0] == address:
                number = one.turns[len(turns)][1]
                self._first.setdefault((one.place, number), one.event.index)
                self._at[one.place, number] = one.event.index
                self._in[one.event.index] = number
                if number in self.rounds:
                    self.rounds[number].calls.add(one.event.index)

    def every_call(self) -> set[int]:
        """Return the calls of all rounds."""
        return set().union(*(one.calls for one in self.rounds.values()))

    def in_turns(
        self, found: Iterable[MixedInput], full: Callable[[Source], tuple[str, ...]], code: CodeType
    ) -> dict[Mixed, MixedInput]:
        """Return what the rounds read in turns by the names of a trace; to be asked before what they make."""
        told = {self._told(one, full, code): one for one in found}
        self.mixed = {slot: mixed.read for mixed, one in told.items() for slot in one.slots}
        return told

    def _told(self, one: MixedInput, full: Callable[[Source], tuple[str, ...]], code: CodeType) -> Mixed:
        last = max(number for number, turn in one.turns.items() if not isinstance(turn, Part))
        (place, name), read = cast("TensorPlace", one.turns[last]), one.edges[last]
        parts = [turn for turn in one.turns.values() if isinstance(turn, Part)]
        answer = self.call(place, last - 1)
        assert answer is not None
        assert read.giver is not None
        begun = [one.edges[0].source] if 0 in one.edges and 0 not in one.turns else []
        calls = (edge.reader.event.called.get(edge.source, ()) for edge in one.edges.values())
        called = (calls, (part.called for part in parts))
        return Mixed(
            full(read.source)[0], full((answer.index, name))[0], full(parts[0].whole)[0], parts[0].axis,
            tuple(turn.place if isinstance(turn := one.turns.get(n), Part) else None for n in self.numbers),
            dict(read.giver.event.outputs)[read.source[1]],
            tuple(next((said for each in names if (said := name_in(each, code))), "") for names in called),
            tuple(name for source in begun for name in full(source)),
            zeros=not begun and 0 not in one.turns and self.begins_with_zeros(one.slots),
        )  # fmt: skip

    def leave_out(self, places: Collection[Address]) -> None:
        """Take the calls at some places for none of a round's: they only put away what it made."""
        for one in self.rounds.values():
            one.calls -= {index for index in one.calls if self.analysis.seen[index].place in places}

    def call(self, place: Address, number: int, *, first: bool = False) -> Event | None:
        """Return the last (or `first`) call at a place in a round: a loop inside may call it often."""
        index = (self._first if first else self._at).get((place, number))
        return None if index is None else self.analysis.seen[index].event

    def begins_with_zeros(self, slots: Collection[TensorPlace]) -> bool:
        """Whether the first round reads zeros in the place of a state; torch's cells do, if they get none."""
        found = [one for slot in slots for one in self._first_read(slot, {slot})]
        values = [value for _, value in found if value is not None]
        if found and not values:
            return all(bool(recurrent_type(one.module) or cell_type(one.module)) for one, _ in found)
        return bool(values) and not any(map(torch.any, values))

    def _first_read(
        self, slot: TensorPlace, seen: set[TensorPlace]
    ) -> Iterator[tuple[Event, torch.Tensor | None]]:
        """Yield the calls of the first round that read a state, with what stands there; None: nothing.

        What puts constants elsewhere is no call of a run: there it is asked what reads the result.
        """
        place, name = slot
        call = self.call(place, self.numbers[0], first=True)
        later = self.call(place, self.numbers[-1], first=True)
        if call is not None:
            yield call, _value(call, name, later or call)
            return
        for edge in self.analysis.readers[place] if later is not None and later.type in ARRANGES else ():
            after = (edge.reader.place, edge.slot.name)
            if after not in seen:
                seen.add(after)
                yield from self._first_read(after, seen)

    def made(
        self, spots: Mapping[str, TensorPlace], states: Mapping[str, TensorPlace], named: Any
    ) -> Iterator[Made]:
        """Yield what each tensor is made from; `spots` are all that a round makes, `states` are handed on."""
        handed = {spot: tensor for tensor, spot in states.items()}
        self.known = (handed, self._slots(handed), dict(self._steps(named)))
        for tensor, (place, name) in spots.items():
            found: list[frozenset[RoundInput]] = []
            for number in self.numbers:
                index = self._at.get((place, number))
                if index is None:
                    found.append(frozenset({("none", "", 0)}))
                    continue
                self.rounds[number].made[tensor] = (index, name)
                found.append(frozenset(self._takes((index, name), number)))
            yield Made(tensor, tuple(sorted(found[-1])), not (odd := _odd(found)), _fewer(found, odd))

    def _cuts(self, index: int) -> bool:
        """Whether a call of the first round cut a tensor into the steps of all rounds."""
        one = self.analysis.seen[index]
        return one.event.type in PIECES and self.analysis.calls[one.place] == 1

    def _slots(self, spots: Mapping[TensorPlace, str]) -> Mapping[TensorPlace, str]:
        """Return through which arguments of which calls each state is read."""
        found = {}
        for _, _, edge in self.run.handed:
            assert edge.giver is not None
            if (edge.giver.place, edge.source[1]) in spots:
                found[edge.reader.place, edge.slot.name] = spots[edge.giver.place, edge.source[1]]
        return found

    def _steps(self, named: Any) -> Iterator[tuple[tuple[TensorPlace, int], RoundInput]]:
        """Yield what each argument from outside is in each round: a part that is read anew, or a constant."""
        edges: dict[TensorPlace, dict[int, list[Edge]]] = defaultdict(lambda: defaultdict(list))
        for number, edge in self.run.outside:
            edges[edge.reader.place, edge.slot.name][number].append(edge)
        readings = self.analysis.readings(self.run)
        whole: dict[tuple[str, int | None], dict[int, int]] = {}
        for slot, one in sorted(readings.items(), key=lambda item: ahead(item[1].steps)):
            names, axis = named(one)
            rounds = [n for n in sorted(edges[slot]) if n in self.rounds]
            for tensor in names:
                if not one.steps:
                    kind = "step" if one.spans else "constant"
                    yield from (((slot, n), (kind, tensor, 0)) for n in rounds)
                    continue
                taken = dict(zip(rounds[-len(one.steps) :], one.steps, strict=False))
                order = whole.setdefault((tensor, axis), {step: n for n, step in taken.items()})
                first, second = [*order, len(self.numbers)][:2]
                way = -1 if len(order) > 1 and second < first else 1
                for n, step in taken.items():
                    read = order.get(step, order[first] + way * (step - first))
                    yield (slot, n), ("step", tensor, n - read)

    def slots(self, steps: tuple[int, ...]) -> list[TensorPlace]:
        """Return the arguments through which the rounds read these parts of a tensor, one a round."""
        readings = self.analysis.readings(self.run)
        found = [slot for slot, one in readings.items() if one.steps == steps and one.pieces is not None]
        cut = {slot[0] for slot, one in readings.items() if one.steps == steps and one.pieces is None}
        read = (edge for place in cut for edge in self.analysis.readers[place])
        return found + list(dict.fromkeys((edge.reader.place, edge.slot.name) for edge in read))

    def cuts(self, steps: tuple[int, ...]) -> bool:
        """Whether the rounds cut these parts of a tensor out themselves, one each."""
        readings = self.analysis.readings(self.run).values()
        return all(one.pieces is None for one in readings if one.steps == steps)

    def pieces(self, late: tuple[int, ...]) -> list[Source]:
        """Return the part of each round that had been cut before, of which these are read a round late."""
        readings = self.analysis.readings(self.run)
        slots = {slot: one for slot, one in readings.items() if one.steps[:-1] == late}
        found: dict[int, Source] = {}
        for number, edge in self.run.outside:
            slot = (edge.reader.place, edge.slot.name)
            if slot in slots and slots[slot].pieces is not None:
                found[number] = edge.source
            elif slot in slots and edge.reader.event.type in CUTS:
                found.setdefault(number, (edge.reader.event.index, edge.reader.event.outputs[0][0]))
        return [found[number] for number in self.numbers if number in found]

    def _takes(self, source: Source, number: int) -> Iterator[RoundInput]:
        """Yield what a tensor of a round is made from, by the calls of that round."""
        open_, seen = [source[0]], {source[0]}
        while open_:
            for _, (index, _), take in self.taken(open_.pop(), number):
                if take is None:
                    open_ += [index] if index not in seen else []
                    seen.add(index)
                else:
                    yield take

    def taken(self, call: int, number: int) -> Iterator[tuple[str, Source, RoundInput | None]]:
        """Yield what a call of a round takes: through which argument, and what it is; None: of this round."""
        spots, handed, steps = self.known
        one = self.analysis.seen[call]
        turns = {name: tensor for (place, name), tensor in self.mixed.items() if place == one.place}
        yield from ((name, (call, ""), ("mixed", tensor, 0)) for name, tensor in turns.items())
        for slot in one.event.slots:
            where = (one.place, slot.name)
            for index, name in slot.sources if slot.name not in turns else ():
                if self._in.get(index) == number and not self._cuts(index):
                    yield slot.name, (index, name), None
                elif index in self._in and (spot := (self.analysis.seen[index].place, name)) in spots:
                    yield slot.name, (index, name), ("state", spots[spot], number - self._in[index])
                elif (where, number) in steps:
                    yield slot.name, (index, name), steps[where, number]
                elif where in handed:
                    yield slot.name, (index, name), ("state", handed[where], 1)
                else:
                    yield slot.name, (index, name), ("unknown", one.event.name or one.event.type, 0)

    def unlike(self) -> tuple[int, ...]:
        """Return the rounds, from 0, that make other calls than the last; the first may lack some."""
        made = [
            Counter(self.analysis.seen[index].place for index in one.calls) for one in self.rounds.values()
        ]
        return tuple(n for n, calls in enumerate(made) if calls != made[-1] and (n or not calls <= made[-1]))

    def calls(self) -> Iterator[Event]:
        """Yield the calls of the last round in their order."""
        yield from (self.analysis.seen[index].event for index in sorted(self.rounds[self.numbers[-1]].calls))


def _odd(found: Sequence[frozenset[RoundInput]]) -> list[int]:
    """Return the rounds that take other than the last; before the first, a lag reaches nothing."""
    usual = found[-1]
    return [
        n
        for n, takes in enumerate(found)
        if not takes <= usual
        or not all(lag > n or (kind == "state" and n == 0) for kind, _, lag in usual - takes)
    ]


def _fewer(found: Sequence[frozenset[RoundInput]], odd: Sequence[int]) -> tuple[int, ...]:
    """Return the odd rounds if all of them take less than the last one, and nothing that it does not take."""
    nothing = frozenset({("none", "", 0)})
    return tuple(odd) if all(found[n] - nothing < found[-1] for n in odd) else ()


def _value(event: Event, name: str, later: Event) -> torch.Tensor | None:
    """Return what a call took at a place among its arguments; None if there is neither tensor nor number.

    Python turns ``0 + x`` round: where a `later` call of the same place takes tensors alone, a number is it.
    """
    if all(isinstance(one, torch.Tensor) for one in later.args):
        number = next((one for one in event.args if type(one) in {int, float}), None)
        if number is not None:
            return torch.tensor(number)
    taken = [event.args[0] if len(event.args) == 1 else list(event.args), dict(event.kwargs)]
    return next((tensor for part in taken for called, tensor in leaves(part) if called == name), None)
