"""The recurrent layers of a run: torch's own, and those that a loop of the user's runs step by step."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch

from lstmviz.network.user.events import Event, Source
from lstmviz.network.user.kinds import cell_type, recurrent_type, torch_name
from lstmviz.network.user.loop_kinds import RoundReading
from lstmviz.network.user.loops import Group, Grouping
from lstmviz.network.user.recurrent import Ran, facts_of, parameters_of, ran, states_of
from lstmviz.network.user.values import Sizes, leaves, sizes
from lstmviz.translation.messages import note


def add_layers(grouping: Grouping, notes: list[str]) -> None:
    """Say of every stage that is a recurrent layer what it took and gave; one that is none else is noted."""
    around = _Around(grouping)
    for group in list(grouping.groups):
        if group.first.module is None:
            continue
        if recurrent_type(group.first.module):
            _add_layer(group, around, notes)
        elif cell_type(group.first.module):
            _add_cell(group, around)


def _add_layer(group: Group, around: _Around, notes: list[str]) -> None:
    runs = [ran(event) for event in group.events]
    first = runs[0]
    if first is None:
        notes.append(note("user.no-layer", name=group.first.name or "the module"))
    elif len(runs) == 1:
        group.ran = first
    elif _handed_on(group) and not around.between(group, first) and not around.remade(group, first):
        steps = sum(one.timesteps for one in runs if one)
        alike = {(one.batch_size, one.lengths) if one else None for one in runs}
        if alike == {(first.batch_size, None)}:
            group.ran, group.looped = _stepped(first, steps), True
            around.absorb(group)
    elif len({tuple(one.tensors.items()) if one else () for one in runs}) == 1 and not around.goes_on(group):
        group.ran = first


def _stepped(one: Ran, steps: int) -> Ran:
    """Return a layer that a loop calls piece by piece as if it had been called once."""
    time = 1 if one.facts["batch_first"] and one.batch_size is not None else 0
    tensors = dict(one.tensors)
    for name in ("input", "output"):
        shape = list(tensors[name])
        shape[time] = steps
        tensors[name] = tuple(shape)
    return dataclasses.replace(one, timesteps=steps, tensors=tensors)


def _add_cell(group: Group, around: _Around) -> None:
    type_ = cell_type(group.first.module)
    alike = len({(event.inputs[:1], event.outputs) for event in group.events}) == 1
    several = len(group.events) > 1
    if type_ is None or not alike or (several and (not _handed_on(group) or around.between(group))):
        return
    group.looped = True
    axis = around.absorb(group)
    below = around.below(group) if axis is None else None
    if below is not None and below.looped and below.ran is not None:
        axis = int(below.ran.facts["batch_first"])  # nothing says it: laid out as what lies below
    group.ran = _cell(group.events, type_, batch_first=axis == 1)


def _handed_on(group: Group) -> bool:
    """Whether each call of a layer begins with the very states that the one before it ended with."""
    return all(
        after.begun == tuple((before.index, name) for name, _ in before.outputs if name != "output")
        for before, after in pairwise(group.events)
    )


def _ended(event: Event) -> list[torch.Tensor]:
    return [tensor for _, tensor in leaves(event.result)]


def _cell(run: Sequence[Event], type_: str, *, batch_first: bool) -> Ran:
    first, steps = run[0], len(run)
    given = first.args[0] if first.args else first.kwargs["input"]
    batched = given.dim() == 2
    facts = facts_of(first.module, type_) | {"batch_first": batch_first and batched}
    if type_ == "rnn":
        facts["nonlinearity"] = getattr(first.module, "nonlinearity", "tanh")

    def over_time(shape: Sizes) -> Sizes:
        return (shape[0], steps, *shape[1:]) if facts["batch_first"] else (steps, *shape)

    states = [(1, *sizes(state)) for state in _ended(first)]
    tensors = {
        "input": over_time(sizes(given)),
        **dict(zip(("h_0", "c_0"), states, strict=False)),
        "output": over_time(sizes(_ended(first)[0])),
        **dict(zip(("h_n", "c_n"), states, strict=False)),
    }
    assert first.module is not None
    own = {f"{name}_l0": sizes(getattr(first.module, name)) for name, _ in first.module.named_parameters()
           if hasattr(first.module, name)}  # fmt: skip
    parameters = own if len(own) in {2, 4} else parameters_of(first.module, type_, facts)
    return Ran(type_, facts, steps, given.shape[0] if batched else None, None, tensors, parameters,
               not states_of(first), torch_name(first.module))  # fmt: skip


class _Around:
    """What stands around the layers that loops run: what cuts their steps out, and puts them together."""

    def __init__(self, grouping: Grouping) -> None:
        self.grouping = grouping
        self.home = {event.index: group for group in grouping.groups for event in group.events}
        self.readers: dict[Source, list[tuple[Event, str]]] = defaultdict(list)
        for edge in grouping.analysis.edges:
            self.readers[edge.source].append((edge.reader.event, edge.slot.name))

    def absorb(self, group: Group) -> int | None:
        """Take the calls that cut steps out or put them together into the layer; return the axis of time."""
        cuts, axis = self._cuts(group)
        put = [event for event in self._put_together(group) if axis in {None, _dim(event)}]  # else it turns
        group.absorbed = [*cuts, *put]
        gone = {id(self.home[event.index]) for event in group.absorbed}
        self.grouping.groups = [one for one in self.grouping.groups if id(one) not in gone]
        for event in group.absorbed:
            self.home[event.index] = group
        return axis if axis is not None else next((_dim(event) for event in put), None)

    def between(self, group: Group, ran: Ran | None = None) -> bool:
        """Whether between its calls is read what one layer with an output of all steps would not give.

        That is c of a step that is not the last, h_n of one, and the reverse direction of a step. A layer
        whose calls read as input what the ones before gave has no input that one call could read.
        """
        if ran is not None and ran.facts["bidirectional"]:
            return True
        apart = {"c", "c_n", "h_n"}
        begun = {source for event in group.events for source in event.begun}
        given = ((event.index, name) for event in group.events[:-1] for name, _ in event.outputs)
        return any(
            (slot == _input_slot(reader) if reader.index in group.own else source[1] in apart)
            or (source[1] in apart and source not in begun)
            for source in given
            for reader, slot in self.readers[source]
        )

    def goes_on(self, group: Group) -> bool:
        """Whether a call begins with what was made of the states that the one before it ended with."""
        return self._leads_back(group, [source for event in group.events[1:] for source in event.begun])

    def remade(self, group: Group, ran: Ran) -> bool:
        """Whether a call reads several steps at once that are made, too, of what calls before it gave."""
        slots = [one for event in group.events[1:] for one in event.slots if one.name == _input_slot(event)]
        return ran.timesteps > 1 and self._leads_back(
            group, [source for one in slots for source in one.sources]
        )

    def _leads_back(self, group: Group, open_: list[Source]) -> bool:
        """Whether one of these is made of what a group gave."""
        before = {event.index for event in group.events}
        seen: set[int] = set()
        while open_:
            index, _ = open_.pop()
            if index in before:
                return True
            if index >= 0 and index not in seen:
                seen.add(index)
                open_ += self.grouping.analysis.seen[index].event.sources
        return False

    def below(self, group: Group) -> Group | None:
        """Return what gives each call of a layer its input, if one stage does."""
        slot = _input_slot(group.first)
        sources = [one.sources for event in group.events for one in event.slots if one.name == slot]
        makers = {id(self.home.get(found[0][0])) for found in sources if len(found) == 1}
        return self.home.get(sources[0][0][0]) if sources and sources[0] and len(makers) == 1 else None

    def _cuts(self, group: Group) -> tuple[list[Event], int | None]:
        """Return the calls that cut the steps out of a sequence, if nothing else reads them, and the axis."""
        slot = _input_slot(group.first)
        sources = [one.sources for event in group.events for one in event.slots if one.name == slot]
        reading = self._reading(group, slot)
        if reading is not None:
            return [], reading.axis if reading.how == "step" else None
        maker = self.below(group)
        if maker is None or len(sources) != len(group.events) or maker.turns != group.turns:
            return [], None
        cut = self._reading(maker, "") or self._reading(maker, "0")
        if cut is None or cut.how != "step" or not all(event.cuts for event in maker.events):
            return [], None
        alone = all(
            event.index in group.own and name == slot
            for one in maker.events
            for event, name in self.readers[one.index, "output"]
        )
        whole = cut.axis is not None and cut.steps == tuple(range(maker.first.inputs[0][1][cut.axis]))
        plain = alone and whole and len(maker.events) == len(group.events)
        return (maker.events if plain else []), cut.axis

    def _reading(self, group: Group, slot: str) -> RoundReading | None:
        """Return how the innermost loop around a stage reads through one of its arguments."""
        one = self.grouping.analysis.seen[group.first.index]
        if not one.turns or one.turns[-1][0] in self.grouping.analysis.apart:
            return None
        run = self.grouping.analysis.runs[one.turns[:-1], one.turns[-1][0]]
        return self.grouping.analysis.readings(run).get((one.place, slot))

    def _put_together(self, group: Group) -> list[Event]:
        """Return the call that puts the outputs of all steps together, if it takes nothing else."""
        name = "h" if cell_type(group.first.module) else "output"
        steps = tuple((event.index, name) for event in group.events)
        kind = "stack" if name == "h" else "cat"
        return [
            event
            for event, _ in self.readers[steps[-1]]
            if event.type == kind and event.sources == steps and len(event.inputs) == len(steps)
            and _dim(event) in {0, 1} and len(self.home[event.index].events) == 1
        ]  # fmt: skip


def _input_slot(event: Event) -> str:
    """Return the name of the argument that is a layer's input."""
    if not event.args:
        return "input"
    return "0" if len(event.args) > 1 else ""


def _dim(event: Event) -> Any:
    return event.kwargs.get("dim", event.args[1] if len(event.args) > 1 else 0)
