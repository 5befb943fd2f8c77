"""First states that are made from another layer's last ones: through weights, or a few operations.

Which entry of h_0 (c_0) is made from which of h_n (c_n) is found by changing these one by one.
"""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lstmviz.errors import ModelError
from lstmviz.network.decoders import PLACED, stages_before
from lstmviz.network.handovers import StateHandover
from lstmviz.network.structure import split_name
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.changer import Change
from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.recurrent import entries, states_of
from lstmviz.network.user.running import run
from lstmviz.network.user.values import mapped

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
    """A watcher that keeps the states which a call is handed, where one value of another call is changed."""

    def __init__(self, model: nn.Module, inputs: Any, taker: int, change: Change | None = None) -> None:
        super().__init__(model, inputs)
        self._taker, self._change = taker, change
        self.parts: Parts = {}

    def altered(self, event: Event, result: Any) -> Any:
        """Return what a call gave, with the change if it is its own."""
        if event.index == self._taker:
            self.parts = {key: part.detach().clone() for key, part in entries(states_of(event), event)}
        if (change := self._change) is None or event.index != change.source[0]:
            return result
        chosen = {id(one) for name, one in outputs_of(event.module, result) if name == change.source[1]}
        return mapped(result, lambda one: change.of(one) if id(one) in chosen else one)


def with_made(
    asking: Asking, inputs: Any, trace: Trace, groups: Sequence[Group], watcher: CallRecorder
) -> Trace:
    """Return the trace of what a watcher saw whose layers know what their first states are made from.

    Call it within `alone`.
    """
    maker = _Maker(asking, inputs, trace, {group.name: group for group in groups}, watcher)
    layers = []
    for layer in trace.recurrent:
        found: tuple[StateHandover, ...] = ()
        if layer.states_given and not layer.handovers:
            with contextlib.suppress(ModelError, RuntimeError):
                found = tuple(maker.made(layer))
        layers.append(dataclasses.replace(layer, handovers=found, all_handed=False) if found else layer)
    return dataclasses.replace(trace, recurrent=tuple(layers))


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
        """Yield what a layer's first states are made from: last ones of a layer that it does not read."""
        homes = {e.index: name for name, g in self.groups.items() for e in (*g.events, *g.absorbed)}
        taker = self.groups[layer.name].first
        ways: dict[str, tuple[str, ...]] = {}
        givers: set[str] = set()
        begun: set[str] = set()
        for letter, state in zip("hc", states_of(taker), strict=False):
            tensors = [f"{homes[i]}.{name}" for i, name in self.watcher.sources(state) if i in homes]
            found = _way(self.trace, tensors)
            if found is None:
                return
            givers |= found[0]
            begun |= {*tensors}
            ways[letter] = tuple(stage.name for stage in self.trace.stages if stage.name in found[1])
        stage = self.trace.stage(layer.name)
        others = [one for one in stage.sources if one not in begun] if stage else []
        if len(givers) == 1 and not {layer.name, *givers} & stages_before(self.trace, others):
            yield from self._entries(self.trace.layers[givers.pop()], taker.index, ways)

    def _entries(
        self, giver: Recurrent, taker: int, ways: Mapping[str, tuple[str, ...]]
    ) -> Iterator[StateHandover]:
        """Yield which entries move with which; none at all if one that is not zeros moves with none."""
        last = self.groups[giver.name].events[-1]
        plain = self._begun(taker, None)
        moved = {}
        for letter in giver.state_letters:
            name = f"{letter}_n" if f"{letter}_n" in dict(last.outputs) else letter
            for index in range(giver.num_layers * giver.directions):
                change = Change((last.index, name), place=index if name in ENDS else None)
                after = self._begun(taker, change)
                moved[letter, index] = {key for key, part in after.items() if not part.equal(plain[key])}
        told = set().union(*moved.values())
        if not any(bool(part.any()) for key, part in plain.items() if key not in told):
            yield from (StateHandover(giver.name, first, place, ways[first[0]])
                        for first in plain for place, keys in moved.items() if first in keys)  # fmt: skip

    def _begun(self, taker: int, change: Change | None) -> Parts:
        """Return the states that a call is handed, in a run with this change."""

        def watch(model: nn.Module, given: Any) -> _Begun:
            return _Begun(model, given, taker, change)

        return run(self.asking.generic, self.inputs, watch, generic=True)[0].parts
