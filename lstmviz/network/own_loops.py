"""Which loops of the user's code can be drawn step by step, as recurrences; and why others cannot."""

from __future__ import annotations

from collections.abc import Mapping

from lstmviz.network.rounds import Loop, Made, Read, bound, listed_rounds
from lstmviz.network.structure import Trace, split_name


def recurrent_loops(trace: Trace) -> list[Loop]:
    """The loops that hand states, or answers, on, and are no layer of torch's, or one direction of one."""
    layers = {layer.name for layer in trace.recurrent}
    return [
        loop
        for loop in trace.loops
        if loop.states
        and (
            loop.mixed or loop.opposite or any(split_name(one.tensor)[0] not in layers for one in loop.states)
        )
    ]


def rounds_of(trace: Trace, name: str) -> Loop | None:
    """The loop of a name, or the layer whose steps are told as one."""
    return next((loop for loop in (*trace.loops, *trace.halves) if loop.name == name), None)


def why_not(loop: Loop) -> str:
    """Say why a loop cannot be drawn step by step; nothing if it can."""
    if loop.inside:
        return "one loop runs in the rounds of another"
    if uneven := sorted(split_name(state.tensor)[0] for state in loop.states if state.uneven):
        return f"what {uneven[0]} gives is not of one size in all rounds"
    if apart := [state for state in loop.states if state.apart]:
        one = apart[0]
        begun = " and ".join(one.begun if len(one.begun) > 1 else [*one.begun, "a constant"])
        return f"the first round reads {begun}, each in another place, where the others read {one.name}"
    given = {name for name, _ in loop.results} | {one.part for one in loop.filled}
    if unknown := [one.answer for one in loop.mixed if one.answer not in given]:
        return f"some rounds read {unknown[0]} of the round before, and it is not given"
    names = {state.tensor: state.name or state.tensor for state in loop.states}
    states = (one for one in loop.made if one.tensor in names)
    return next((why for one in states if (why := unmade(one, names))), "") or _grown(loop) or _unread(loop)


def _grown(loop: Loop) -> str:
    """Say which state not every round makes: of a list that grows, or that some rounds leave as it is."""
    some = dict(loop.partial)
    grown = [one.name or one.tensor for one in loop.states if split_name(one.tensor)[0] in some]
    return f"not every round makes {grown[0]}" if grown else ""


def unmade(one: Made, names: Mapping[str, str]) -> str:
    """Say why it cannot be drawn from what a round makes a tensor; nothing if it can.

    A state stops the drawing then; what is no state is left out of it, and named.
    """
    said = names.get(one.tensor, one.tensor)
    if one.fewer:
        rounds, make = ("rounds", "make") if len(one.fewer) > 1 else ("round", "makes")
        return f"{rounds} {listed_rounds(one.fewer)} {make} {said} from less than the last one"
    if not one.same:
        return f"not every round makes {said} from the same"
    for kind, name, lag in one.takes:
        if kind in {"unknown", "none"}:
            return f"what {said} is made from could not be followed"
        if kind in {"state", "mixed"} and lag != (kind == "state"):
            lags = sorted(far for _, other, far in one.takes if other == name and far > 1)
            far = str(lags[0]) if len(lags) == 1 else f"{lags[0]} to {lags[-1]}" if lags else "other"
            return f"a round reads {names.get(name, name)} of {far} rounds before"
    return ""


def _unread(loop: Loop) -> str:
    """Say what of the tensors that the rounds read is in no order; nothing if all are read step by step."""
    reads = stepwise(loop)
    ways = [way(read, loop.rounds) for read in reads]
    if not all(ways):
        return f"its rounds read {reads[ways.index('')].tensor} in another order than step by step"
    windows = {read.tensor for read in reads if read.spans}
    if several := [name for name in windows if [read.tensor for read in reads].count(name) > 1]:
        return f"its rounds read several windows of {several[0]}"
    return "its rounds read one tensor forwards and another backwards" if len(set(ways)) > 1 else ""


def stepwise(loop: Loop) -> list[Read]:
    """What the rounds do not read all of, every one."""
    return [read for read in loop.reads if read.how != "constant"]


def way(read: Read, rounds: int) -> str:
    """Which way the rounds go through what they read: one part after the other, forwards or backwards."""
    steps, numbers = read.steps, read.rounds
    if read.spans:
        (start, size), (last, longest) = read.spans[0], read.spans[-1]
        back = 2 * last + longest < 2 * start + size
        return ("rev" if back else "fwd") if len(read.spans) == rounds and all(bounds(read)) else ""
    if read.how != "step" or len(numbers or range(rounds)) != len(steps):
        return ""
    if steps == tuple(range(steps[0], steps[0] + len(steps))):
        return "fwd" if not numbers or numbers == tuple(range(numbers[0], rounds)) else ""
    return "rev" if steps == tuple(range(rounds))[::-1] else ""


def bounds(read: Read) -> tuple[str, str]:
    """The first and the last step of the window that round t reads, from 1, as formulas."""
    ends = [start + size for start, size in read.spans]
    return bound([start + 1 for start, _ in read.spans], max(ends)), bound(ends, max(ends))


def from_the_end(trace: Trace, name: str) -> str:
    """Return the tensor that a layer, or a loop, goes through from its last step to its first.

    Its rounds read it so, or it reads what was turned round. Nothing if there is none.
    """
    loops = (*trace.loops, *trace.halves)
    loop = next((loop for loop in loops if name == loop.name or name in loop.stages), None)
    reads = stepwise(loop) if loop else []
    for read in reads:
        if loop and loop.rounds > 1 and way(read, loop.rounds) == "rev":
            return read.tensor
    stage = trace.stage(name)
    sources = [read.tensor for read in reads] or list(stage.sources[:1] if stage else ())
    return next((found for found in (turned(trace, source) for source in sources) if found), "")


def turned(trace: Trace, tensor: str) -> str:
    """Return the tensor of which this one is the steps from the last to the first; nothing if of none."""
    stage = trace.stage(split_name(tensor)[0])
    reading = stage.reading(stage.sources[0]) if stage and len(stage.sources) == 1 else None
    relation = reading.relation if reading else None
    steps = list(relation.rows()) if relation else []
    straight = len(steps) > 1 and steps == [(step,) for step in range(len(steps), 0, -1)]
    return stage.sources[0] if stage and straight else ""
