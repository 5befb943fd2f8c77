"""Calls that belong together as one stage, and the loops that ran them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.control import Address, placed
from lstmviz.network.user.events import Event, Source
from lstmviz.network.user.kinds import cell_type, described, recurrent_type, torch_name
from lstmviz.network.user.loop_kinds import Analysis, Instance, Key
from lstmviz.network.user.mixed_inputs import MixedInput, set_apart
from lstmviz.network.user.recurrent import Ran

VARIES = "[…]"
"""The index of what each round of a loop cuts out at another place."""
OTHER = "…"
"""A number that is another one in other rounds."""


@dataclass(frozen=True, slots=True)
class Table:
    """A tensor that a loop's calls write step by step, along one axis of so many steps."""

    axis: int
    size: int
    steps: tuple[int, ...]
    """Which step, from 1, each call writes."""

    def turn(self, step: int) -> int | None:
        """Return the call that writes a step, from 0; None if none does."""
        return self.steps.index(step) if step in self.steps else None


@dataclass(slots=True)
class Group:
    """The calls that are one stage of the trace."""

    events: list[Event]
    ran: Ran | None = None
    """Of a recurrent layer, also of one that the user's loop runs step by step."""
    absorbed: list[Event] = field(default_factory=list)
    """The calls that only cut steps out of the input, or put those of the output together."""
    name: str = ""
    turns: tuple[Address, ...] = ()
    """The loops around it, the outermost first."""
    stretch: tuple[int, ...] = ()
    """Of each of these loops, the stretch of rounds in which it ran."""
    looped: bool = False
    """Whether it is a recurrent layer that the user's own loop runs step by step."""
    own: set[int] = field(default_factory=set)
    """The numbers of its calls."""

    @property
    def first(self) -> Event:
        """The first of its calls."""
        return self.events[0]

    @property
    def table(self) -> Table | None:
        """Where a loop's calls write into one tensor, each its own step: ``ys[t] = y``; else None."""
        parts = [event.cuts.get("output") if event.writes else None for event in self.events]
        if len(parts) == 1 or not all(parts):
            return None
        along = list(zip(*(part for part in parts if part), strict=True))
        moving = [axis for axis, places in enumerate(along) if len(set(places)) > 1]
        if len(moving) != 1 or any(length != 1 for _, length in along[moving[0]]):
            return None
        steps = tuple(start + 1 for start, _ in along[moving[0]])
        size = self.events[-1].outputs[0][1][moving[0]]
        return Table(moving[0], size, steps) if len(set(steps)) == len(steps) else None

    def output(self, sources: Iterable[Source]) -> tuple[str, ...]:
        """Return under which names of torch's API these of its tensors are known."""
        sources = tuple(sources)
        given = [source for source in sources if source[0] in self.own]
        if not self.looped:
            return tuple(dict.fromkeys(name for _, name in given))
        last = self.events[-1].index
        together = {e.index for e in self.absorbed}
        hidden = {index for index, name in given if name in {"h", "h_n"}}
        whole = any(index in together for index, _ in sources) or any(name == "output" for _, name in given)
        found = ["output"] if whole or hidden - {last} else []
        found += ["h_n"] if hidden == {last} else []
        return (*found, *dict.fromkeys("c_n" for _, name in given if name.startswith("c")))


@dataclass(slots=True)
class Grouping:
    """A run's calls as stages, with what is known of its loops."""

    groups: list[Group]
    analysis: Analysis
    codes: Mapping[Address, CodeType]
    """Whose code each loop is in."""
    mixed: Mapping[Instance, tuple[MixedInput, ...]]
    """What the rounds of a loop read now of a target, now of their own answers."""


def grouped(watcher: CallRecorder, returned: Iterable[Source]) -> Grouping:
    """Put the calls of a run together to stages, in the order in which they began."""
    seen, codes = placed(watcher.callers.root)
    analysis = Analysis(seen, returned)
    mixed = set_apart(analysis)
    pieces = _pieces(analysis)
    groups: dict[Key, Group] = {}
    for one in seen:
        if one.event.index not in pieces:
            key = analysis.key(one)
            turns = tuple(address for address, _ in one.turns)
            group = groups.setdefault(key, Group([], turns=turns, stretch=key[1]))
            group.events.append(one.event)
            group.own.add(one.event.index)
    for event in watcher.events:
        event.sources = _past(event.sources, pieces)
        event.begun = _past(event.begun, pieces)
    return Grouping(list(groups.values()), analysis, codes, mixed)


def _past(sources: tuple[Source, ...], pieces: Mapping[int, Event]) -> tuple[Source, ...]:
    """Return where tensors come from, with what is cut into pieces in the place of these."""
    if not any(index in pieces for index, _ in sources):
        return sources
    found = (pieces[one[0]].sources if one[0] in pieces else (one,) for one in sources)
    return tuple(dict.fromkeys(source for each in found for source in each))


def _pieces(analysis: Analysis) -> dict[int, Event]:
    """Return the calls that cut a tensor into steps which loops alone read, one a round, in their order."""
    read: dict[int, set[tuple[Address, str]]] = defaultdict(set)
    late: dict[int, set[tuple[Address, str]]] = defaultdict(set)
    back: dict[int, set[tuple[Address, str]]] = defaultdict(set)
    for run in analysis.runs.values():
        for slot, reading in analysis.readings(run).items() if run.instance[1] not in analysis.apart else ():
            steps = tuple(range(reading.many))
            orders = {steps[::-1]: back, steps[:-1]: late, steps: read}
            if reading.pieces is not None and reading.steps in orders:
                orders[reading.steps][reading.pieces].add(slot)
    # What is read once more in the round after is handed on; the other direction may read it, too.
    for index in read:
        read[index] |= late[index] | back[index]
    others = {source[0] for source, _ in analysis.ends}
    for edge in analysis.edges:
        index = edge.source[0]
        if index in read and (edge.reader.place, edge.slot.name) not in read[index]:
            others.add(index)
    return {index: analysis.seen[index].event for index in read.keys() - others}


def _numbers(event: Event) -> tuple[float, ...]:
    """The numbers that a call takes besides its tensors."""
    return tuple(one for one in (*event.args, *event.kwargs.values()) if type(one) in {int, float})


def types_of(group: Group) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """Return the type of a stage, and the arguments that a figure may print."""
    type_, arguments = described(group.first)
    module = group.first.module
    if module is None and len({_numbers(event) for event in group.events}) > 1:
        others = [dict(described(event)[1]) for event in group.events]
        arguments = tuple(
            (name, value if all(one.get(name) == value for one in others) else OTHER)
            for name, value in arguments
        )
    if type_ in {"getitem", "setitem"} and any(described(one)[1] != arguments for one in group.events):
        arguments = (("index", VARIES),)
    if group.ran is None and module is not None and (recurrent_type(module) or cell_type(module)):
        return torch_name(module), arguments
    if group.ran is not None and group.looped and cell_type(module):
        facts = group.ran.facts
        return group.ran.type, (("input_size", facts["input_size"]), ("hidden_size", facts["hidden_size"]))
    return type_, arguments
