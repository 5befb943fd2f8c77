"""What rounds read in turns, a step of a target or the answer of the round before: teacher forcing by chance.

``x = target[:, t] if random() < 0.5 else y``: the calls that read it are the same in all rounds, what feeds
them is not. It is one input then, told round by round, and neither of both is a state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import CodeType

from lstmviz.network.user.control import Address
from lstmviz.network.user.events import Event, Source
from lstmviz.network.user.loop_kinds import PIECES, Analysis, Edge, Instance, Run

Spot = tuple["Address", str]
Fed = dict[int, "Edge"]
"""What feeds one argument of a call, round by round."""


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a tensor from outside: `place` along `axis`."""

    whole: Source
    axis: int
    place: int
    called: tuple[tuple[CodeType, str], ...] = field(default=(), compare=False)
    """What the functions that were running call that tensor, from the outside in."""


@dataclass(frozen=True, slots=True)
class MixedInput:
    """What the calls at `slots` read: `edges` round by round, and `turns`, what each of them is.

    That is a part of the target, or the spot of the answer of the round before; the first round may read
    something else, or nothing. `passed` are the places of the calls that cut the step out, or take the best
    token.
    """

    slots: tuple[Spot, ...]
    edges: Fed
    turns: dict[int, Part | Spot]
    passed: frozenset[Address] = frozenset()

    @property
    def sources(self) -> dict[int, Source]:
        """What feeds it, round by round."""
        return {number: edge.source for number, edge in self.edges.items()}


@dataclass(slots=True)
class _Rounds:
    """The rounds of one loop: what their calls take, by the place of the call and of the argument."""

    analysis: Analysis
    run: Run
    fed: dict[Spot, dict[int, list[Edge]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    passed: set[Address] = field(default_factory=set)

    def mixed(self) -> Iterator[MixedInput]:
        """Yield what is read now of a target, now of the answers; what reads the same is one."""
        found: dict[tuple[Source, ...], MixedInput] = {}
        for slot, rounds in self.fed.items():
            fed = {number: edges[0] for number, edges in rounds.items() if len(edges) == 1}
            later = {edge.giver.place if edge.giver else None for number, edge in fed.items() if number}
            if len(later) < 2 or not {*range(1, self.run.rounds)} <= {*fed}:
                continue
            passed: set[Address] = set()
            key = tuple(edge.source for edge in fed.values())
            if key in found:
                one = found[key]
                found[key] = replace(one, slots=(*one.slots, slot))
            elif turns := self._turns(fed, passed):
                found[key] = MixedInput((slot,), fed, turns)
                self.passed |= passed
        slots = {slot for one in found.values() for slot in one.slots}
        alone = all(
            place in self.passed or (place, name) in slots or not self._reads_passed(edges)
            for (place, name), rounds in self.fed.items()
            for edges in rounds.values()
        )
        yield from found.values() if alone else ()

    def set_apart(self) -> tuple[MixedInput, ...]:
        """Take what feeds the mixed inputs out of what the rounds hand on, and read beside."""
        found = tuple(replace(one, passed=frozenset(self.passed)) for one in self.mixed())
        slots = {slot for one in found for slot in one.slots}

        def kept(edge: Edge) -> bool:
            return (edge.reader.place, edge.slot.name) not in slots and edge.reader.place not in self.passed

        if found:
            self.run.handed = [one for one in self.run.handed if kept(one[2])]
            self.run.outside = [one for one in self.run.outside if kept(one[1])]
        return found

    def _reads_passed(self, edges: list[Edge]) -> bool:
        return any(edge.giver is not None and edge.giver.place in self.passed for edge in edges)

    def _turns(self, fed: Fed, passed: set[Address]) -> dict[int, Part | Spot]:
        """Return what each round reads; nothing if that is not one target and one answer, step by step."""
        found = {number: self._origin(edge.source, number, passed) for number, edge in fed.items()}
        turns = {number: turn for number, turn in found.items() if turn is not None}
        steps = {
            number: (t.whole, t.axis, t.place - number) for number, t in turns.items() if isinstance(t, Part)
        }
        if 0 in steps and steps[0] not in [step for number, step in steps.items() if number]:
            del turns[0], steps[0]
        answers = {t for t in turns.values() if not isinstance(t, Part)}
        whole = found.keys() - turns.keys() <= {0}
        return turns if whole and len({*steps.values()}) == len(answers) == 1 else {}

    def _origin(self, source: Source, number: int, passed: set[Address]) -> Part | Spot | None:
        """Follow a tensor back to a part of one from outside, or to what the round before gave.

        Where that gave nothing, it is what had made it by learned weights.
        """
        learned: tuple[Spot, set[Address]] | None = None
        way: set[Address] = set()
        while (at := self._number(source)) is not None:
            giver = self.analysis.seen[source[0]]
            if at == number - 1 and self._is_given(source):
                passed |= way
                return giver.place, source[1]
            if at == number - 1 and learned is None and giver.event.parameters:
                learned = (giver.place, source[1]), {*way}
            if len(giver.event.sources) != 1 or at not in {number, number - 1}:
                passed |= learned[1] if learned else set()
                return learned[0] if learned else None
            way.add(giver.place)
            (before,) = giver.event.sources
            if self._number(before) is None:
                passed |= way
                return _part(giver.event, "", before)
            source = before
        passed |= way
        cut = self.analysis.seen[source[0]].event if source[0] >= 0 else None
        if cut is None or not cut.cuts or len(cut.sources) != 1 or (cut.type not in PIECES and number):
            return None
        return _part(cut, source[1].removeprefix("output.") if cut.type in PIECES else "", cut.sources[0])

    def _number(self, source: Source) -> int | None:
        """The round that made a tensor; None if that came from outside."""
        one = self.analysis.seen[source[0]] if source[0] >= 0 else None
        if one is None or not one.turns or one.turns[0][0] != self.run.instance[1]:
            return None
        return one.turns[0][1]

    def _is_given(self, source: Source) -> bool:
        """Whether a tensor of a round is read outside of the loop, or put into a table that is."""
        readers = [
            e for e in self.analysis.readers[self.analysis.seen[source[0]].place] if e.source == source
        ]
        for edge in readers:
            outside = not edge.reader.turns or edge.reader.turns[0][0] != self.run.instance[1]
            table = self.analysis.readers[edge.reader.place]
            if outside or any(
                e.reader.place == edge.reader.place and self.analysis.collects(e) for e in table
            ):
                return True
        return False


def _part(event: Event, name: str, whole: Source) -> Part | None:
    """Return which step of a tensor a call cuts out; None if it is not one step."""
    cut, sizes = event.cuts.get(name), event.inputs[0][1]
    axes = [axis for axis, (_, length) in enumerate(cut or ()) if length != sizes[axis]]
    if cut is None or len(axes) != 1 or cut[axes[0]][1] != 1:
        return None
    return Part(whole, axes[0], cut[axes[0]][0], tuple(event.called.get(whole, ())))


def set_apart(analysis: Analysis) -> Mapping[Instance, tuple[MixedInput, ...]]:
    """Return the mixed inputs of each loop; what feeds them is no state then, and nothing else is read."""
    rounds: dict[Address, _Rounds] = {}
    for (around, address), run in analysis.runs.items():
        if not around and run.handed and len({*run.ends}) == 1:
            rounds[address] = _Rounds(analysis, run)
    for edge in analysis.edges:
        for address, number in edge.reader.turns[:1]:
            if address in rounds:
                rounds[address].fed[edge.reader.place, edge.slot.name][number].append(edge)
    return {one.run.instance: found for one in rounds.values() if (found := one.set_apart())}
