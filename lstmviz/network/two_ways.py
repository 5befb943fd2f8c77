"""Two loops of the user's code that are the directions of one layer: found by what they read, and when.

The steps of torch's layers told as the rounds of a loop: one may be one direction of a layer of two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from lstmviz.network.own_layers import layers_of
from lstmviz.network.own_loops import recurrent_loops, rounds_of, turned, why_not
from lstmviz.network.own_recurrences import told, with_halves
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.rounds import Call, Loop, Made, Read, State
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace, split_name


def with_opposites(trace: Trace) -> Trace:
    """Return a trace in which loops that only call a cell of torch's know the other direction of a layer.

    So do layers of torch's: each then has its steps told as rounds.
    """
    known = recurrent_loops(trace)
    cells = [loop for loop in trace.loops if loop.states and loop not in known and not why_not(loop)]
    trace = replace(trace, halves=tuple(layers_as_loops(trace)))
    ahead = _pairs(trace, cells) | _pairs(trace, trace.halves)
    behind = {other: one for one, other in ahead.items()}
    both = ahead | behind
    loops = (replace(loop, opposite=both.get(loop.name, "")) for loop in trace.loops)
    called = {one: f"{one}-forward" for one in ahead} | {one: f"{one}-reverse" for one in behind}
    halves = (replace(half, name=called[half.name], opposite=called[both[half.name]])
              for half in trace.halves if half.name in both)  # fmt: skip
    return replace(trace, loops=tuple(loops), halves=tuple(halves))


def _pairs(trace: Trace, among: Sequence[Loop]) -> dict[str, str]:
    """Return which of these go through what another one goes through from its end, and which that is."""
    every = [told(trace, loop) for loop in among] if len(among) > 1 else []
    return {ahead.name: behind.name for ahead in every for behind in every
            if ahead is not behind and _plain(trace, ahead) and _reverse(trace, ahead, behind)}  # fmt: skip


def both_ways(trace: Trace, own: OwnLoop) -> OwnLoop:
    """Return the forward direction of the layer of which a loop is one direction; the loop if it is none.

    Two loops are one layer if they read every step of one tensor, one from the first on and one from the
    last, neither reads what the other made, and one stage reads what both gave, each step its own.
    """
    for other in with_halves(trace) if _plain(trace, own) else ():
        for ahead, behind in ((own, other), (other, own)):
            if own.name != other.name and (reverse := _reverse(trace, ahead, behind)) is not None:
                return replace(ahead, reverse=reverse)
    return own


def as_direction(trace: Trace, own: OwnLoop) -> OwnLoop:
    """Return a loop as the direction of a layer, by the steps of what that reads; itself if it is none."""
    both = both_ways(trace, own)
    return both.reverse if both.reverse is not None and both.reverse.name == own.name else both


def turning(trace: Trace, own: OwnLoop) -> tuple[str, ...]:
    """Return the stages that turn round what a reverse direction reads, and gave; none if its loop does."""
    back = trace.stage(next(split_name(one.whole.name)[0] for one in own.given if one.whole is not None))
    forward = next((one for one in with_halves(trace) if one.name == own.ahead), None)
    if back is None or forward is None or own.fed[0].tensor == forward.fed[0].tensor:
        return ()
    return (split_name(own.fed[0].tensor)[0], *(split_name(source)[0] for source in back.sources), back.name)


def _plain(trace: Trace, own: OwnLoop) -> bool:
    """Whether a loop does no more than to read one tensor step by step, and to give one, in one layer."""
    once = len(own.fed) == len(own.given) == 1 and not (
        own.constants or own.shares or own.inner or own.unlike
    )
    if not once or own.fed[0].answer or own.fed[0].whole is None or own.fed[0].first or own.given[0].last:
        return False
    return own.given[0].whole is not None and len(layers_of(trace, own)) == 1 and own.timesteps > 1


def _reverse(trace: Trace, ahead: OwnLoop, behind: OwnLoop) -> OwnLoop | None:
    """Return a loop as the reverse direction of another one; None if it is not."""
    alike = _plain(trace, behind) and len(ahead.states) == len(behind.states)
    if not alike or ahead.way != "fwd" or ahead.timesteps != behind.timesteps:
        return None
    found = behind
    if behind.way == "fwd":  # over what was turned round, and turned back
        source, back = turned(trace, behind.fed[0].tensor), _turned_back(trace, behind)
        if not source or back is None:
            return None
        found = replace(behind, way="rev", given=(replace(behind.given[0], whole=back),))
    else:
        source = behind.fed[0].tensor
    whole, (first, second) = ahead.fed[0].whole, (_wholes(ahead), _wholes(found))
    every = whole is not None and whole.sizes[ahead.fed[0].axis or 0] == ahead.timesteps
    if source != ahead.fed[0].tensor or not every:
        return None
    if _before(trace, ahead) & _stages(trace, behind) or _before(trace, behind) & _stages(trace, ahead):
        return None
    count = ahead.timesteps
    joined = _step_by_step(trace, first, count) & _step_by_step(trace, second, count)
    return replace(found, ahead=ahead.name) if joined else None


def _turned_back(trace: Trace, own: OwnLoop) -> Tensor | None:
    """Return what turns round what holds a loop's steps, in the order of the rounds till then."""
    readers = [stage for stage in trace.stages if {*stage.sources} & _wholes(own)]
    back = [stage for stage in readers if turned(trace, f"{stage.name}.{stage.outputs[0].name}")]
    if len(readers) != 1 or not back:
        return None
    made = back[0].outputs[0]
    return replace(made, name=f"{back[0].name}.{made.name}")


def _wholes(own: OwnLoop) -> set[str]:
    return {one.whole.name for one in own.given if one.whole is not None}


def _stages(trace: Trace, own: OwnLoop) -> set[str]:
    loop = rounds_of(trace, own.name)
    return set(loop.stages) if loop else set()


def _before(trace: Trace, own: OwnLoop) -> set[str]:
    """Return the stages on whose tensors a loop depends: what it reads and begins with, and what these do."""
    loop = rounds_of(trace, own.name)
    assert loop is not None
    read = [read.tensor for read in loop.reads] + [one for state in loop.states for one in state.begun]
    read += [source for stage in trace.stages if stage.name in loop.stages for source in stage.sources]
    return trace.behind(read) - {*loop.stages}


def _step_by_step(trace: Trace, tensors: Collection[str], count: int) -> set[str]:
    """Return the stages that read these tensors, or what is made of them so, each step its own."""
    found: set[str] = set()
    known = {*tensors}
    for stage in trace.stages:
        if known & {*stage.sources} and _own_steps(stage, known, count):
            found.add(stage.name)
            known |= {f"{stage.name}.{one.name}" for one in stage.outputs}
    return found


def _own_steps(stage: Stage, known: Collection[str], count: int) -> bool:
    """Whether a stage reads of what is known every step, and each for the same one of what it gives."""
    readings = [stage.reading(source) for source in stage.sources if source in known]
    own = [one is not None and one.relation.kind == "own" and one.relation.given == count for one in readings]
    return all(own)


def layers_as_loops(trace: Trace) -> Iterator[Loop]:
    """Yield what runs through all steps once, in one layer and direction, from zeros or a state each."""
    for layer in trace.recurrent:
        single = layer.num_layers == layer.directions == 1 and layer.timesteps > 1
        if single and not (layer.cell or layer.lengths or layer.giver or layer.cuts):
            yield from _told(trace, layer)


def _told(trace: Trace, layer: Recurrent) -> Iterator[Loop]:
    stage, name, steps = trace.stage(layer.name), layer.name, layer.timesteps
    letters, count = layer.state_letters, len(layer.state_letters)
    source, *begun = stage.sources if stage else ("",)
    if stage is None or stage.times > 1 or len(begun) not in {0, count} or bool(begun) != layer.states_given:
        return
    ends = [f"{name}.{letter}_n" for letter in letters]
    takes = (*(("state", end, 1) for end in ends), ("step", source, 0))
    states = (
        State(letter, end, (name,), layer.tensor(f"{letter}_n").sizes[1:], tuple(begun[k : k + 1]),
              zeros=not begun)
        for k, (letter, end) in enumerate(zip(letters, ends, strict=True))
    )  # fmt: skip
    read = Read(source, (name,), "step", layer.time_axis, tuple(range(steps)))
    yield Loop(
        name, stage.where, steps, (name,), (read,), tuple(states), ((f"{name}.output", "every"),),
        made=tuple(Made(end, takes) for end in ends),
        body=(Call(name, tuple((str(k), *take) for k, take in enumerate(takes))),), often=(steps, steps),
        layer=name,
    )  # fmt: skip
