"""First states that are another layer's last ones, or made from them: through weights, or a few operations.

Which entry of h_0 (c_0) is made from which of h_n (c_n) is found by changing these one by one.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lstmviz.errors import ModelError
from lstmviz.network.decoders import PLACED
from lstmviz.network.handovers import StateHandover, in_order
from lstmviz.network.second_input import ARRANGED
from lstmviz.network.structure import split_name
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.changer import Change
from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.recurrent import entries, states_of
from lstmviz.network.user.running import run
from lstmviz.network.user.values import mapped
from lstmviz.translation.messages import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import torch
    from torch import nn

    from lstmviz.network.structure import Recurrent, Trace
    from lstmviz.network.user.events import Event
    from lstmviz.network.user.loops import Group
    from lstmviz.network.user.stage_steps import Asking

    Parts = dict[tuple[str, int], torch.Tensor]
    """Entries of states by their letter and index."""

ENDS = frozenset({"h_n", "c_n"})


class _Begun(CallRecorder):
    """A watcher that keeps the states which a call is handed, and those that a changed one gives."""

    def __init__(self, model: nn.Module, inputs: Any, taker: int, change: Change) -> None:
        super().__init__(model, inputs)
        self._taker, self._change = taker, change
        self.begun: Parts = {}
        self.ended: Parts = {}

    def altered(self, event: Event, result: Any) -> Any:
        """Return what a call gave, with the change if it is its own."""
        if event.index == self._taker:
            self.begun = {key: part.detach().clone() for key, part in entries(states_of(event), event)}
        if event.index != self._change.source[0]:
            return result
        named = list(outputs_of(event.module, result))
        states = [one for name, one in named if name in {*ENDS, "h", "c"}]
        self.ended = {key: part.detach().clone() for key, part in entries(states, event)}
        chosen = {id(one) for name, one in named if name == self._change.source[1]}
        return mapped(result, lambda one: self._change.of(one) if id(one) in chosen else one)


def with_made(
    asking: Asking, inputs: Any, trace: Trace, groups: Sequence[Group], watcher: CallRecorder
) -> Trace:
    """Return the trace of what a watcher saw whose layers know from which last states they begin.

    With a note of each that begins with all of another's, and reads its output as well, or its own answers.
    Call it within `alone`.
    """
    maker = _Maker(asking, inputs, trace, {group.name: group for group in groups}, watcher)
    layers, notes = [], [*trace.notes]
    for layer in trace.recurrent:
        found: tuple[StateHandover, ...] = ()
        if layer.states_given:
            with contextlib.suppress(ModelError, RuntimeError):
                found = tuple(maker.made(layer))
        giver = trace.layers[found[0].giver] if found else layer
        whole = bool(found) and found == in_order(giver.name, {one.name: one.sizes for one in giver.tensors})
        whole = whole and layer.state_letters == giver.state_letters
        whole = whole and layer.tensor("h_0").sizes == giver.tensor("h_n").sizes
        how = maker.besides(layer, giver) if found else ""
        notes += [note(how, name=layer.name, giver=giver.name)] if how and whole else []
        given = layer.states_given and not whole
        begun = dataclasses.replace(layer, handovers=found, all_handed=whole, states_given=given)
        layers.append(begun if found and not how else layer)
    return dataclasses.replace(trace, recurrent=tuple(layers), notes=tuple(dict.fromkeys(notes)))


def _way(trace: Trace, tensors: Iterable[str]) -> tuple[set[str], set[str]] | None:
    """Return the layers whose last states tensors are made from, and by which stages.

    None if they are made from anything else as well.
    """
    givers: set[str] = set()
    passed: set[str] = set()
    open_ = [*tensors]
    while open_:
        name, output = split_name(open_.pop())
        stage = trace.stage(name)
        if name in trace.layers and output in ENDS:
            givers.add(name)
        elif stage is None or name in trace.layers or trace.loop(name) is not None or not stage.sources:
            return None
        else:
            passed |= set() if stage.function and stage.type in PLACED else {name}
            open_ += stage.sources
    return givers, passed


@dataclass(frozen=True, slots=True)
class _Maker:
    """Finds what first states are made from, in runs of a module."""

    asking: Asking
    inputs: Any
    trace: Trace
    groups: Mapping[str, Group]
    watcher: CallRecorder

    def made(self, layer: Recurrent) -> Iterator[StateHandover]:
        """Yield from which last states of one other layer a layer's first ones are, or are made."""
        taker = self.groups[layer.name].first
        ways: dict[str, tuple[str, ...]] = {}
        givers: set[str] = set()
        for letter, state in zip("hc", states_of(taker), strict=False):
            found = _way(self.trace, self._named(state))
            if found is None:
                return
            givers |= found[0]
            ways[letter] = tuple(stage.name for stage in self.trace.stages if stage.name in found[1])
        if len(givers) == 1:
            yield from self._entries(self.trace.layers[givers.pop()], taker.index, ways)

    def besides(self, layer: Recurrent, giver: Recurrent) -> str:
        """Return the note of what a layer reads that is no pair's: its giver's output, or its own answers."""
        begun = {one for state in states_of(self.groups[layer.name].first) for one in self._named(state)}
        stage = self.trace.stage(layer.name)
        others = {one for one in stage.sources if one not in begun} if stage else set()
        before = self.trace.behind(others)
        read = others.union(*(one.sources for one in self.trace.stages if one.name in before))
        reads = any(split_name(one)[0] == giver.name and split_name(one)[1] not in ENDS for one in read)
        return "user.starts-and-reads" if reads else "user.starts" if layer.name in before else ""

    def _named(self, state: torch.Tensor) -> list[str]:
        homes = {e.index: name for name, g in self.groups.items() for e in (*g.events, *g.absorbed)}
        return [f"{homes[i]}.{name}" for i, name in self.watcher.sources(state) if i in homes]

    def _entries(
        self, giver: Recurrent, taker: int, ways: Mapping[str, tuple[str, ...]]
    ) -> Iterator[StateHandover]:
        """Yield which entries move with which; none at all if one that is not zeros moves with none."""
        last = self.groups[giver.name].events[-1]
        plain, ended = self._begun(taker, Change((last.index, "")))
        moved = {}
        for place in ended:
            name = f"{place[0]}_n" if f"{place[0]}_n" in dict(last.outputs) else place[0]
            change = Change((last.index, name), place=place[1] if name in ENDS else None)
            after, _ = self._begun(taker, change)
            moved[place] = {key for key, part in after.items() if not part.equal(plain[key])}
        if any(bool(part.any()) for key, part in plain.items() if key not in set().union(*moved.values())):
            return
        for first, part in plain.items():
            found = [place for place, keys in moved.items() if first in keys]
            stages = [self.trace.stage(name) for name in ways[first[0]]]
            same = all(stage is not None and stage.type in ARRANGED for stage in stages)
            same = same and len(found) == 1 and part.equal(ended[found[0]])
            through = () if same else ways[first[0]]
            yield from (StateHandover(giver.name, first, place, through) for place in found)

    def _begun(self, taker: int, change: Change) -> tuple[Parts, Parts]:
        """Return the states that a call is handed in a run with this change, and those of what is changed."""

        def watch(model: nn.Module, given: Any) -> _Begun:
            return _Begun(model, given, taker, change)

        watcher = run(self.asking.generic, self.inputs, watch, generic=True)[0]
        return watcher.begun, watcher.ended
