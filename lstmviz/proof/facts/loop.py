"""The facts that messages assert of a loop of the user's own code, each a predicate on the loop as it ran."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from lstmviz.network.decoders import decoders, in_turn
from lstmviz.network.operators import for_readers
from lstmviz.network.own_layers import every_loop
from lstmviz.network.recurrence import Fed, OwnLoop, StateVariable
from lstmviz.network.recurrence import StepOutput as GivenOut
from lstmviz.network.rounds import listed_rounds
from lstmviz.network.state_names import spelt
from lstmviz.network.structure import Stage, Trace, full_name
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.work import members, state_in_rounds
from lstmviz.spec.layer_types import CLASSES

OfLoop = Callable[["OwnLoop", MessageFacts], bool]


def _of_loop(fact: OfLoop) -> Fact:
    """Return a fact of the trace: of the loop that the sentence names."""

    def holds(trace: Trace, given: MessageFacts) -> bool:
        return any(fact(own, given) for own in every_loop(trace) if own.name == given["loop"])

    return holds


def _begin(own: OwnLoop, given: MessageFacts, which: Callable[[StateVariable | Fed], bool]) -> bool:
    """Whether these are the names of just those states before the first round of which something holds."""
    return _names(given["names"]) == {f"{state.base}_0" for state in own.starting if which(state)}


def _names(said: Any) -> set[str]:
    """Return the names in a text, or in what a message holds of several: ``h, c and m``."""
    text = said if isinstance(said, str) else ", ".join(part for _, part in said[2])
    return set(text.replace(" and ", ", ").split(", "))


def _called(own: Iterable[Any], given: MessageFacts) -> bool:
    """Whether a letter of the drawing stands for what the code calls so."""
    return any(
        one.base == given["base"] and one.said in {given.get("name", one.base), given.get("name", "")}
        and given.get("tensor", one.tensor) == one.tensor
        for one in own
    )  # fmt: skip


def _window(given: MessageFacts, number: int) -> tuple[int, int]:
    """The first step, from 0, and the length of the window of a round, from 1, as it is said."""
    first, last = (_value(str(given[end]), number) for end in ("first", "last"))
    return first - 1, last - first + 1


def _value(formula: str, t: int) -> int:
    """What a formula such as ``max(1, 2t-3)`` is in round t."""
    if found := re.fullmatch(r"(max|min)\((\d+), (.+)\)", formula):
        return {"max": max, "min": min}[found[1]](int(found[2]), _value(found[3], t))
    parts = re.findall(r"([+-]?)(\d*)(t?)", formula)
    return sum(int(f"{sign}{size or 1}") * (t if by else 1) for sign, size, by in parts if size or by)


def _around(own: OwnLoop, given: MessageFacts) -> bool:
    """Whether a loop is there, goes round so often, and steps are drawn from the first to the last."""
    steps = [int(one) for one in given.get("steps", f"1, {own.timesteps}").split(", ")]
    whole = steps == sorted(steps) and (steps[0], steps[-1]) == (1, own.timesteps)
    return given["where"] == own.where and given["n"] == own.timesteps and whole


OF_LOOPS: dict[str, OfLoop] = {
    "loop-around": _around,
    "loop-of-layer": lambda own, g: g["name"][1] == own.layer != "" and g["where"] == own.where,
    "loop-layer-around": lambda own, g: g["name"][1] == own.layer != "" and _around(own, g),
    "loop-rounds": lambda own, g: g["n"] == own.timesteps,
    "loop-where": lambda own, g: g["where"] == own.where,
    "loop-weights": lambda own, g: g["names"] == ", ".join(own.weights_told) != "",
    "loop-has-weights": lambda own, _: bool(own.parameters or own.weights),
    "loop-no-weights": lambda own, _: not own.parameters and not own.weights,
    "loop-answer": lambda own, g: (
        (g["base"], g["tensor"])
        in {(one.base, one.tensor) for one in own.parts if not isinstance(one, GivenOut)}
    ),
    "loop-turns": lambda own, g: any(
        g["base"] == (one.base if one.turns else f"{one.base}_{one.index}")
        and g["n"] == len(one.rounds)
        and g["rounds"] == listed_rounds([number - 1 for number in one.rounds])
        for one in own.fed
    ),
    "loop-less": lambda own, g: any(
        (g["base"], g["n"]) == (one.base, len(one.less))
        and g["rounds"] == listed_rounds([number - 1 for number in one.less])
        for one in own.fed
    ),
    "loop-inner": lambda own, g: (g["name"][1], g["where"], g["n"]) in own.inner,
    "loop-state": lambda own, g: _called(own.states, g),
    "loop-read": lambda own, g: _called(own.fed, g),
    "loop-chunks": lambda own, g: any(
        (g["base"], g["tensor"], g["n"], g["last"])
        == (one.base, one.tensor, one.size, one.last(own.timesteps))
        for one in own.fed
        if one.size > 1
    ),
    "loop-window": lambda own, g: any(
        (g["base"], g["tensor"]) == (one.base, one.tensor)
        and one.spans == tuple(_window(g, number) for number in range(1, own.timesteps + 1))
        for one in own.fed
    ),
    "loop-all": lambda own, g: (g["base"], g["tensor"]) in {(one.base, one.tensor) for one in own.constants},
    "loop-given": lambda own, g: (g["base"], g["tensor"]) in {(one.base, one.tensor) for one in own.given},
    "loop-reads-nothing": lambda own, _: not own.fed and not own.below,
    "loop-timeless": lambda own, _: not own.fed and not own.below and not own.given,
    "loop-last-read": lambda own, g: (
        not own.given and _names(g["names"]) == {s.base for s in own.states if s.base in own.ends}
    ),
    "loop-zeros": lambda own, g: _begin(own, g, lambda s: s.zeros and not s.begun),
    "loop-constant": lambda own, g: _begin(own, g, lambda s: not s.zeros and not s.begun),
    "loop-begun": lambda own, g: any(
        g["names"] == f"{s.base}_0" and g["giver"] == ", ".join(map(for_readers, s.begun))
        for s in own.starting
    ),
    "loop-takes": lambda own, g: ", ".join(own.takes.get(g["made"].removesuffix("_t"), ())) == g["taken"],
    "loop-inside": lambda own, g: g["where"] == own.where and 0 < g["count"] <= own.calls,
    "loop-fed": lambda own, g: _names(g["names"]) == {one.base for one in own.fed},
    "loop-states": lambda own, g: _names(g["names"]) == {one.base for one in own.states},
    "loop-gives": lambda own, g: _names(g["names"]) == {one.base for one in own.given},
    "loop-shapes": lambda own, g: (
        sorted(re.split(r", (?=\S+ \()", g["shapes"])) == sorted(f"{b} {s}" for b, s in own.shapes.items())
    ),
    "loop-goes-round": lambda own, g: (
        (g["where"], g["n"], g.get("name", own.origin)) == (own.where, own.timesteps, own.origin)
    ),
    "loop-calls": lambda own, g: 0 < g["count"] <= own.calls and not own.unlike,
    "loop-calls-last": lambda own, g: (
        0 < g["count"] <= own.calls and bool(own.unlike) and g["last"] == own.timesteps
    ),
    "loop-scores": lambda own, _: any(one.name == "scores" for one in own.shares),
    "loop-context": lambda own, _: any(one.name == "context" for one in own.shares),
    "loop-share": lambda own, g: any(
        g["names"] == ", ".join(one.stages) and g["of"] == one.name for one in own.shares
    ),
    "loop-cut": lambda own, g: any(
        (g["names"], g["rounds"], g["cuts"]) == (s.base, s.cut_at, len(s.cut)) and s.cut for s in own.states
    ),
    "loop-detached": lambda own, g: _names(g["names"]) == {s.base for s in own.states if s.detached},
}


def _passed(trace: Trace, given: MessageFacts) -> bool:
    """Whether these stages, and no others that compute, lie between an encoder and what its decoder reads."""
    found = decoders(trace)
    ways = {one.through for decoder in found for one in decoder.handed}
    ways |= {one.through for decoder in found for one in decoder.memories}
    ways |= {one.through for layer in trace.recurrent for one in layer.handovers}
    names = [", ".join(map(_type, turn)) for turn in in_turn(trace, given["stages"])]
    quiet = [not any(stage.parameters for stage in turn) for turn in in_turn(trace, given["stages"])]
    short = [name for name, _ in groupby("…" if no else name for no, name in zip(quiet, names, strict=True))]
    said = given["names"] in {("own", " → ".join(names)), ("own", " → ".join(short))}
    return said and given["stages"] in ways


def _type(stage: Stage) -> str:
    own = stage.function and stage.parameters
    return stage.type if own else for_readers(CLASSES.get(stage.type.lower(), stage.type))


def _both(trace: Trace, given: MessageFacts) -> bool:
    """Whether two layers of torch's, of so many steps, are the two directions of one."""
    halves = {one.layer: one for one in trace.halves}
    one, other = halves.get(given["name"]), halves.get(given["other"])
    return one is not None and other is not None and (one.opposite, one.rounds) == (other.name, given["n"])


def _cut_here(trace: Trace, given: MessageFacts) -> bool:
    """Whether a loop, or a layer of torch's that one calls, begins a step with a state that is detached."""
    return any(
        (given["loop"], given["names"]) == (one.name, state.base)
        and (given["step"] in state.cut or state.detached)
        and 1 <= given["step"] <= one.timesteps
        for one in (*every_loop(trace), *trace.recurrent)
        for state in one.carried
    )


def _lags(trace: Trace, tensor: str) -> set[int]:
    """By how many rounds later what is made in a round takes a state, or what is made of the two."""
    takes = (one for loop in trace.loops for made in loop.made for one in made.takes)
    return {lag for kind, source, lag in takes if (kind, source) == ("state", state_in_rounds(trace, tensor))}


def _later(trace: Trace, given: MessageFacts) -> bool:
    """Whether each of these states is read so many rounds later, and what gives it is what is named."""
    said = {int(number) for number in re.findall(r"\d+", str(given["rounds"]))}
    made = {full_name(one, t) for one in members(trace, given["stage"]) for t in one.outputs}
    return {*given["tensors"]} <= made and all(_lags(trace, tensor) == said for tensor in given["tensors"])


ABOUT_LOOPS = {
    "read-next-round": lambda trace, given: not any(_lags(trace, one) - {1} for one in given["tensors"]),
    "read-later-round": lambda trace, given: any(_lags(trace, one) - {1} for one in given["tensors"]),
    "read-rounds-later": _later,
    **{name: _of_loop(fact) for name, fact in OF_LOOPS.items()},
    "passed-through": _passed,
    "loop-both": _both,
    "loop-cut-here": _cut_here,
    "loop-has-cuts": lambda trace, _: any(s.cut or s.detached for one in trace.loops for s in one.states),
}
"""Facts of one loop, the one that the sentence names, and of the way to it."""

SIGNS = {"mul": "⊙", "add": "+", "sub": "−", "div": "÷", "sigmoid": "σ", "tanh": "tanh", "relu": "ReLU",
         "softmax": "softmax", "exp": "exp", "softplus": "softplus"}  # fmt: skip
"""What a call of a type is written as; that it does so is tried on the run's numbers."""


def call_fault(facts: MessageFacts, trace: Trace) -> str | None:
    """Say what is wrong with a text about a call of a loop's round; None if the run bears it out."""
    loop = next((one for one in trace.loops if one.name == facts["loop"]), None)
    stage = trace.stage(facts["stage"])
    if loop is None or stage is None or facts["stage"] not in loop.stages:
        return f"no round of {facts['loop']} calls {facts['stage']}"
    said, called = facts["said"], dict(loop.called)
    weights = {name for one in stage.parameters for name in (one.name, f"{stage.name}.{one.name}")}
    number = facts["tensor"].rpartition(".")[2]
    parts = said.split()
    true = {
        "name": said in {spelt(called.get(facts["tensor"], "")), f"[{number}]"},
        "type": said == stage.type,
        "stage": said == stage.name,
        "weight": said in weights,
        "module": parts[0] == CLASSES.get(stage.type, stage.type)
        and {*re.findall(r"\d+", " ".join(parts[1:]))} <= {str(value) for _, value in stage.arguments},
        "sign": SIGNS.get(stage.type) in parts
        and {*parts} - {SIGNS[stage.type], "…"} <= {str(v) for _, v in stage.arguments} | _short(weights),
    }[facts["what"]]
    return None if true else f"{facts['stage']} is a {stage.type}"


def _short(names: Iterable[str]) -> set[str]:
    return {name.rpartition(".")[2] for name in names}
