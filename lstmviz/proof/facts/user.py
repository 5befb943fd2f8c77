"""The facts that notes assert of one's own module: what a loop calls, what shares weights, what was lost."""

from __future__ import annotations

from collections import deque

from lstmviz.network.rounds import listed_rounds
from lstmviz.network.structure import Trace, split_name
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.operations import UntriedError


def _cell(trace: Trace, given: MessageFacts) -> bool:
    layer = trace.layers[given["name"]]
    return given["cls"] in {layer.cell, layer.type.upper(), f"{layer.type.upper()}Cell"} and (
        given["n"] == layer.timesteps or any(given["n"] == loop.rounds for loop in trace.loops)
    )


def _cut(trace: Trace, given: MessageFacts) -> bool:
    """Whether a loop that goes round so often hands a layer's states on without derivatives."""
    return any(
        loop.rounds == given["n"]
        and any(one.detached and one.tensor.startswith(f"{given['name']}.") for one in loop.states)
        for loop in trace.loops
    )


def _sources(trace: Trace, name: str) -> tuple[str, ...]:
    stage = trace.stage(name)
    return stage.sources if stage else ()


def _own(trace: Trace, given: MessageFacts) -> bool:
    """Whether what a layer reads is made of its results, in the figure's rounds of one step before."""
    name, through = given["name"], given["through"]
    if name not in trace.layers or name not in trace.behind(_sources(trace, through)):
        return False
    return _rounds_back(trace, through, name) <= 1


def _another(trace: Trace, given: MessageFacts) -> bool:
    name, other, through = given["name"], given["other"], given["through"]
    reads = through in trace.behind(_sources(trace, name))
    known = name != other and {name, other} <= {*trace.layers}
    return (
        reads
        and known
        and other in trace.behind(_sources(trace, through))
        and _rounds_back(trace, through, other) <= 1
    )


def _rounds_back(trace: Trace, name: str, giver: str) -> int:
    """How many rounds before at least a stage gave what another one reads, directly or through others.

    What was not seen to be handed on by a loop counts as of the same round.
    """
    handed = {
        (split_name(state.tensor)[0], stage)
        for loop in trace.loops
        for state in loop.states
        for stage in state.stages
    }
    least = {name: 0}
    open_ = deque([name])
    while open_:
        reader = open_.popleft()
        for owner in {split_name(source)[0] for source in _sources(trace, reader)}:
            count = least[reader] + ((owner, reader) in handed)
            if count < least.get(owner, count + 1):
                least[owner] = count
                open_.append(owner)
    return least.get(giver, 0)


def _starts(trace: Trace, given: MessageFacts) -> bool:
    giver, known = given["giver"], {given["name"], *trace.behind(_sources(trace, given["name"]))}
    read = {source for stage in trace.stages if stage.name in known for source in stage.sources}
    others = {one for one in read if split_name(one)[0] == giver} - {f"{giver}.h_n", f"{giver}.c_n"}
    return f"{giver}.h_n" in read and (given["id"] == "user.starts" or bool(others)) and giver in trace.layers


def _tied(trace: Trace, given: MessageFacts) -> bool:
    names = {stage.name for stage in trace.stages}
    own = {one.name: one for one in trace.stages}[given["name"]]
    return not own.parameters and set(given["others"].split(" and ")) <= names


def _tied_one(trace: Trace, given: MessageFacts) -> bool:
    owners = [one for one in trace.stages if given["name"].startswith(f"{one.name}.")]
    counted = {f"{one.name}.{p.name}" for one in owners for p in one.parameters}
    of = {one.name: one for one in trace.stages}[given["of"]]
    if given["name"].rpartition(".")[2] not in {p.name for p in of.parameters}:
        raise UntriedError("under this name no run shows it")
    return bool(owners) and given["name"] not in counted


def _idle(trace: Trace, given: MessageFacts) -> bool:
    """Whether these are modules of the model, and no stage ran in any of them."""
    names = {name.replace("the module", "") for name in given["names"].split(", ")}
    ran = {name for stage in trace.stages for name in (stage.name, *stage.inside)}
    more = given.get("n", 0) <= len(trace.parts) - len(names)
    return names <= {*trace.parts} and not names & ran and more


def _made_up(trace: Trace, given: MessageFacts) -> bool:
    steps = given.get("steps", trace.input.sizes[0])
    return {given["batch"], steps} <= {*trace.input.sizes}


def _watched(trace: Trace, given: MessageFacts) -> bool:
    """What the watcher of a module alone can know."""
    del trace, given
    raise UntriedError("no run of the figure's own shows it")


ABOUT_USERS: dict[str, Fact] = {
    "cell-called": _cell,
    "reads-its-own": _own,
    "reads-another": _another,
    "detached-between": _cut,
    "kept-between-calls": lambda trace, g: any(one.kept and one.name == g["name"] for one in trace.recurrent),
    "detached-at": lambda trace, given: any(
        one.tensor.startswith(f"{given['name']}.") and listed_rounds(one.cut) == given["rounds"]
        for loop in trace.loops
        for one in loop.states
        if one.cut
    ),
    "starts-from": _starts,
    "input-lost": lambda trace, given: not {one.name: one for one in trace.stages}[given["name"]].sources,
    "result-lost": lambda trace, _: True if not trace.results else _watched(trace, {}),
    "no-weights-of-its-own": _tied,
    "counted-elsewhere": _tied_one,
    "did-not-run": _idle,
    "is-no-layer": lambda trace, g: g["name"] not in trace.layers,
    "sizes-made-up": _made_up,
}
"""Facts of one's own module."""
