"""A loop whose rounds call several cells, each on what the one before gave: its states layer by layer.

``for x_t in x: for cell in cells: …`` hands on the states of all layers at once; here they are told apart by
what a round makes each from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from lstmviz.network.decoders import decoders
from lstmviz.network.of_trace import of_trace
from lstmviz.network.own_loops import rounds_of
from lstmviz.network.own_recurrences import own_recurrences, with_halves
from lstmviz.network.reach import reached
from lstmviz.network.recurrence import OwnLoop, StateVariable, StepOutput
from lstmviz.network.rounds import Call, Loop
from lstmviz.network.state_names import ident, unique
from lstmviz.network.structure import Trace
from lstmviz.scene import ids

RoundInput = tuple[str, str, int]
INNER = "inner"
PAIR = 2
CUT = frozenset({"getitem", "select", "squeeze"})
"""Calls that take a step out of a tensor."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What a round makes a state from, up to other states' new values: what it takes, and by which calls."""

    takes: frozenset[RoundInput]
    stages: tuple[str, ...]


@of_trace
def every_loop(trace: Trace) -> tuple[OwnLoop, ...]:
    """Return all that can be drawn as a loop: the loops, and the layers of those that have several."""
    loops = with_halves(trace)
    layers = [layer for own in loops for layer in layers_of(trace, own) if layer is not own]
    beside = [one.own for one in decoders(trace)]
    return (*(own for own in loops if own.name not in {one.name for one in beside}), *beside, *layers)


def ids_before(trace: Trace, name: str) -> str:
    """Return what the ids of a loop, or of a layer of one, begin with: nothing if it alone is recurrent."""
    alone = [one.name for one in own_recurrences(trace)] == [name] and not trace.recurrent
    return "" if alone else ids.inside(name)


def alphabet_of(trace: Trace, name: str | None) -> dict[str, str]:
    """Return the letters of the layer or loop of a name by those that one alone would have."""
    every = (*trace.recurrent, *(every_loop(trace) if trace.loops or trace.halves else ()))
    return next((one.alphabet for one in every if one.name == name), {})


def layers_of(trace: Trace, own: OwnLoop) -> tuple[OwnLoop, ...]:
    """Return the layers that a round calls one on the other, the lowest first; the loop if it has one.

    They are layers if each reads of the others nothing but the new state of the one below, and does the same.
    """
    loop = rounds_of(trace, own.name)
    if loop is None or len(own.states) < PAIR or own.constants:
        return (own,)
    results = [one.tensor for one in own.given if not one.state]
    states = {state.tensor for state in own.states}
    made = {tensor: made_from(loop, states, tensor) for tensor in (*(s.tensor for s in own.states), *results)}
    chain = _chain(own, made)
    calls = [_types(trace, _stages(made, part)) for part in chain]
    if len(chain) < PAIR or any(one != calls[0] for one in calls) or not all(calls):
        return (own,)
    handed = [_handed(made, low, high) for low, high in pairwise(chain)]
    layers = _Layers(own, loop, made, chain, handed)
    return tuple(layers.layer(depth) for depth in range(len(chain)))


def made_from(loop: Loop, states: Collection[str], tensor: str) -> _Made:
    """Follow a tensor of a round back through its calls to what enters them, or to new values of `states`."""
    calls: dict[str, list[Call]] = defaultdict(list)
    for call in loop.body:
        calls[call.stage].append(call)
    takes: set[RoundInput] = set()
    seen: dict[str, None] = {}
    open_ = [giver_of(tensor)]
    while open_:
        stage = open_.pop()
        if stage in seen:
            continue
        seen[stage] = None
        for _, kind, name, lag in (taken for call in calls[stage] for taken in call.taken):
            if kind == INNER and name not in states:
                open_.append(giver_of(name))
            else:
                takes.add(("state", name, 0) if kind == INNER else (kind, name, lag))
    return _Made(frozenset(takes), tuple(call.stage for call in loop.body if call.stage in seen))


def giver_of(tensor: str) -> str:
    """The stage of a tensor: ``chunk`` of ``chunk.output.1``."""
    return re.sub(r"\.\d+$", "", tensor).rpartition(".")[0]


def _types(trace: Trace, stages: Sequence[str]) -> list[str]:
    """What the calls of a layer are; where its step is cut out of a tensor does not count."""
    found = (stage.type for name in stages if (stage := trace.stage(name)))
    return sorted(one for one in found if one not in CUT)


def _stages(made: Mapping[str, _Made], part: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(stage for tensor in part for stage in made[tensor].stages))


def _chain(own: OwnLoop, made: Mapping[str, _Made]) -> list[list[str]]:
    """Return the states in layers, the lowest first; nothing if they do not stand on each other so."""
    names = [state.tensor for state in own.states]
    uses = {one: {name for kind, name, _ in made[one].takes if kind == "state"} for one in names}
    reach = {one: reached(uses[one], uses.__getitem__) for one in names}
    parts: list[list[str]] = []
    for one in names:
        part = [other for other in names if other == one or (other in reach[one] and one in reach[other])]
        parts += [part] if part not in parts else []
    parts.sort(key=lambda part: len(reach[part[0]]))
    for depth, part in enumerate(parts):
        others = {take for one in part for take in made[one].takes if take[1] not in part}
        below = {take for take in others if depth and take[0] == "state" and take[1] in parts[depth - 1]}
        anew = {take for take in others if take[0] == "step"}
        fits = others == anew if not depth else others == below and len(below) == 1
        if not fits or any(lag for kind, _, lag in below if kind == "state"):
            return []
    return parts


def _handed(made: Mapping[str, _Made], low: Sequence[str], high: Sequence[str]) -> str:
    """The state whose new value the layer above reads."""
    return next(name for one in high for kind, name, lag in made[one].takes if name in low and not lag)


@dataclass(frozen=True, slots=True)
class _Layers:
    """The layers of a loop: their states, and which new state each hands to the next."""

    own: OwnLoop
    loop: Loop
    made: Mapping[str, _Made]
    chain: Sequence[Sequence[str]]
    handed: Sequence[str]

    def layer(self, depth: int) -> OwnLoop:
        """One layer of a loop, told as a loop of its own; what the round does beside is of the highest."""
        own, part, last = self.own, self.chain[depth], depth + 1 == len(self.chain)
        up = "" if last else self.handed[depth]
        named = _named([state for state in own.states if state.tensor in part], up)
        states = tuple(sorted(named, key=lambda one: (one.role == "hidden", -one.mark)))
        given = tuple(_given(own.given if last else (), {state.tensor: state for state in states}, up))
        tensors = [*part, *(one.tensor for one in given if not one.state)]
        stages = self._stages(depth)
        return replace(
            own, name=f"{own.name}.{depth}", loop=own.name, states=states, fed=() if depth else own.fed,
            given=given, weights=tuple(stage for stage in own.weights if stage in stages), stages=stages,
            highest=last, below=self.handed[depth - 1] if depth else "", calls=len(stages), made=(),
            taken=tuple((one, tuple(sorted(_through(self.made, part, one)))) for one in tensors),
        )  # fmt: skip

    def _stages(self, depth: int) -> tuple[str, ...]:
        if depth + 1 < len(self.chain):
            return tuple(_stages(self.made, self.chain[depth]))
        lower = {stage for one in self.chain[:-1] for stage in _stages(self.made, one)}
        return tuple(dict.fromkeys(call.stage for call in self.loop.body if call.stage not in lower))


def _through(made: Mapping[str, _Made], part: Sequence[str], tensor: str) -> set[RoundInput]:
    """What a tensor is made from through the new states of its own layer."""

    def inner(take: RoundInput) -> bool:
        kind, name, lag = take
        return kind == "state" and not lag and name in part

    every = reached([tensor], lambda one: [take[1] for take in made[one].takes if inner(take)])
    return {take for one in every for take in made[one].takes if not inner(take)}


def _given(given: Sequence[StepOutput], states: Mapping[str, StateVariable], up: str) -> Iterator[StepOutput]:
    """What a layer gives: its new state to the layer above; the highest what the loop gives."""
    for one in given:
        state = states.get(one.tensor)
        yield one if state is None else replace(one, letter=state.letter, base=state.base, state=state.letter)
    for state in states.values():
        if state.tensor == up and state.each is not None:
            yield StepOutput(state.letter, state.base, state.tensor, state.each, state.letter)


def _named(states: Sequence[StateVariable], up: str) -> Iterator[StateVariable]:
    """The states of one layer under letters of their own: that of the list that the code keeps them in."""
    stems = [re.sub(r"\[\d+\]$", "", state.said).removeprefix("self.") for state in states]
    short = [stem[:-1] if re.fullmatch("[a-z]s", stem) else stem for stem in stems]
    alone = len(states) == 1
    names = unique([stem if len(stem) < PAIR else "" for stem in short], "h" if alone else "s")
    seen: dict[str, int] = defaultdict(int)
    for state, base in reversed(list(zip(states, names, strict=True))):
        cell = base == "c" or (not alone and state.tensor != up and base != "h" and state.role == "cell")
        role: Literal["hidden", "cell"] = "cell" if cell else "hidden"
        plain = base in {"h", "c"}
        yield replace(state, base=base, letter=ident(base), role=role, mark=0 if plain else seen[role] + 1)
        seen[role] += not plain
