"""The loops of the user's own code told as recurrences: what a trace found, in the words of a drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from lstmviz.network.loop_tensors import gives_its_state, letter_of, step_of, tensor_of, whole_of
from lstmviz.network.of_trace import of_trace
from lstmviz.network.own_loops import bounds, recurrent_loops, stepwise, unmade, way, why_not
from lstmviz.network.recurrence import Fed, OwnLoop, StateVariable, StepOutput
from lstmviz.network.rounds import Loop, Mixed, State, Taken, ahead, how_often
from lstmviz.network.state_names import ident, spelt, unique
from lstmviz.network.structure import Recurrent, Tensor, Trace, split_name
from lstmviz.translation.messages import Note

USUAL = {"hidden": ("h", "hx", "hidden"), "cell": ("c", "cx", "C", "cell")}
"""What is called so has the colour of h, or of c."""
AS_LAYER = frozenset({"user.cell-loop", "user.own-result", "user.other-result", "user.detached", "user.cut"})
"""Notes that a loop is drawn as the layer that it calls, and what that leaves out; a loop drawn has none."""
PUT = frozenset({"stack", "cat"})
"""Functions that put tensors side by side, and change none of their numbers."""


@of_trace
def own_recurrences(trace: Trace) -> tuple[OwnLoop, ...]:
    """The loops of the user's code that can be drawn step by step, as recurrences."""
    return tuple(told(trace, loop) for loop in recurrent_loops(trace) if not why_not(loop))


def with_halves(trace: Trace) -> tuple[OwnLoop, ...]:
    """The same, and the layers of torch's that are the two directions of one."""
    return (*own_recurrences(trace), *(told(trace, half) for half in trace.halves))


def is_beside(note: object, drawn: Collection[str], loops: Collection[str]) -> bool:
    """Whether a note tells a loop as the layer that it calls, and not that layer is drawn.

    `drawn` are the layers and stages that a figure has, `loops` those in the loops that it draws themselves.
    """
    if not isinstance(note, Note) or note.id not in AS_LAYER:
        return False
    name = dict(note.given)["name"]
    return name in loops or name not in drawn


def drawn_among(trace: Trace, places: Collection[str], *, alone: bool) -> tuple[list[str], list[str]]:
    """Return which recurrences a figure draws, by what its ids name, and all that the model has.

    A loop that calls layers of torch's is told as these; where it is drawn itself, they are drawn in it.
    One that cannot be drawn step by step is among those that the model has. Where nothing is named, and
    something is drawn `alone`, that is the only layer, or else the only loop.
    """
    layers = [layer.name for layer in trace.recurrent]
    loops = {one.name: {*one.stages} for one in (*trace.loops, *trace.halves)}
    own = [one.name for one in recurrent_loops(trace) if not loops[one.name] & {*layers}]
    inside = set().union(*(loops.get(name, ()) for name in places))
    drawn = [name for name in (*layers, *own) if name in {*places, *inside}]
    only = layers or own
    return drawn or (only if len(only) == 1 and alone else []), [*layers, *own]


def first_recurrence(trace: Trace, *, halves: bool = False) -> Recurrent | None:
    """The recurrence that a figure shows unasked: the first layer of torch's, else the first loop.

    A loop that calls that layer and hands on more than its states (an answer, a memory) stands for it;
    with `halves` the steps of a layer that is one of two directions do.
    """
    loops = with_halves(trace) if halves else own_recurrences(trace)
    if not trace.recurrent:
        return next(iter(loops), None)
    first = trace.recurrent[0]
    around = {loop.name for loop in (*trace.loops, *trace.halves) if first.name in loop.stages}
    return next((own for own in loops if own.name in around), first)


def tied(trace: Trace) -> set[str]:
    """Return the stages whose weights are those of another one, where they are counted."""
    notes = [one for one in trace.notes if isinstance(one, Note) and one.id == "user.tied"]
    return {dict(one.given)["name"] for one in notes}


def told(trace: Trace, loop: Loop) -> OwnLoop:
    """Tell a loop as a recurrence."""
    states = tuple(_states(trace, loop))
    used = {state.base for state in states}
    fed = tuple(_fed(trace, loop, used))
    given = tuple(_given(trace, loop, states, used | {one.base for one in fed}))
    used |= {one.base for one in fed} | {one.base for one in given}
    fed = tuple(_answering(one, given) for one in fed)
    constants = tuple(_constants(trace, loop, used))
    every: tuple[StateVariable | Fed | StepOutput, ...] = (*states, *fed, *given, *constants)
    tensors = [one.each for one in every if one.each is not None]
    steps: tuple[Fed | StepOutput, ...] = (*fed, *given)
    tensors += [one.whole for one in steps if one.whole is not None]
    stages = [stage for name in loop.stages if (stage := trace.stage(name))]
    return OwnLoop(
        name=loop.name, type="own", input_size=0, hidden_size=0, num_layers=1, bias=True,
        batch_first=False, dropout=0.0, bidirectional=False, proj_size=0, nonlinearity="",
        timesteps=loop.rounds, batch_size=None, lengths=None, states_given=False, handed=True,
        tensors=tuple(tensors),
        parameters=tuple(p for stage in stages for p in stage.parameters),
        states=states, fed=fed, given=given, constants=constants, where=loop.where,
        way="rev" if any(way(read, loop.rounds) == "rev" for read in stepwise(loop)) else "fwd",
        weights=tuple(stage.name for stage in stages if stage.parameters or stage.name in tied(trace)),
        products=tuple(stage.name for stage in stages if stage.function and stage.parameters),
        made=tuple(_made(loop, states, fed, given, constants)), calls=len(loop.body),
        layer=loop.layer, cell=trace.layers[loop.layer].type.upper() if loop.layer else "",
        unlike=loop.unlike, ends=tuple(_ends(loop, states)),
        rounds=letter_of(trace, loop.rounds),
        inner=tuple((one.name, one.where, how_often(one)) for one in trace.loops if one.inside == loop.name),
    )  # fmt: skip


def _states(trace: Trace, loop: Loop) -> Iterator[StateVariable]:
    """Yield the states, those like c above those like h; what has its name keeps its colour unmarked."""
    read = {tensor for tensor, _ in loop.results}
    names = unique([spelt(state.name) for state in loop.states], "s")
    roles = [_role(base, state, read, alone=len(names) == 1)
             for base, state in zip(names, loop.states, strict=True)]  # fmt: skip
    counts = dict.fromkeys(USUAL, 0 if len(names) == 1 else 1)
    marks: list[int] = []
    for base, role in zip(names, roles, strict=True):
        first = base == next((b for b in names if b in USUAL[role]), None)
        marks.append(0 if first else counts[role])
        counts[role] += not first
    chunks = {read.tensor for read in loop.reads if read.size > 1}
    found = [
        StateVariable(
            ident(base), base, role, mark, state.name, state.tensor,
            tensor_of(trace, state.tensor, None if state.tensor in chunks else state.sizes),
            state.begun, state.zeros, state.detached, tuple(number + 1 for number in state.cut),
        )
        for base, role, mark, state in zip(names, roles, marks, loop.states, strict=True)
    ]  # fmt: skip
    yield from sorted(found, key=lambda one: (one.role == "hidden", -one.mark))


def _role(base: str, state: State, read: Collection[str], *, alone: bool) -> Literal["hidden", "cell"]:
    if base in USUAL["cell"]:
        return "cell"
    return "hidden" if base in USUAL["hidden"] or alone or state.tensor in read else "cell"


def _fed(trace: Trace, loop: Loop, used: Collection[str]) -> Iterator[Fed]:
    reads = sorted(stepwise(loop), key=lambda read: ahead(read.steps))
    leading = {read.tensor: read for read in reads[::-1]}
    names = dict(zip(reads, unique([spelt(read.name) for read in reads], "x", used), strict=True))
    for read in stepwise(loop):
        whole, first = whole_of(trace, read.tensor), leading[read.tensor]
        each = whole if read.axis is None or read.size > 1 or read.spans else step_of(whole, read.axis)
        straight = way(read, loop.rounds) == "fwd"
        base = names[read] if read.name != first.name else names[first]
        yield Fed(
            ident(names[read]), base, read.name, read.tensor, each, whole if read.axis is not None else None,
            read.ahead if straight and read.steps else 0, read.axis,
            rounds=tuple(number + 1 for number in read.rounds), size=read.size, spans=read.spans,
            less=tuple(number + 1 for number in read.less),
            lag=(first.ahead - read.ahead) * read.way if read.steps else 0,
            window=bounds(read) if read.spans else None,
        )  # fmt: skip
    used = {*used, *names.values()}
    for one in loop.mixed:
        found = unique([*map(spelt, reversed(one.called))], "x", used)
        used |= {*found}
        yield from _in_turns(trace, one, found)


def _answering(one: Fed, given: Sequence[StepOutput]) -> Fed:
    """Return what is read with its answer by the name of what is given, if that is a state of a cell's."""
    state = next((g for g in given if g.state and g.tensor.replace(".h_n", ".output") == one.answer), None)
    if state is None:
        return one
    if one.tensor == one.answer:
        one = replace(one, tensor=state.tensor, each=state.each)
    return replace(one, answer=state.tensor)


def _in_turns(trace: Trace, one: Mixed, names: Sequence[str]) -> Iterator[Fed]:
    """Yield the target, and the answer, that rounds read in turns."""
    whole = whole_of(trace, one.tensor)
    own = tuple(number for number, part in enumerate(one.parts, 1) if part is None)
    target = {number: part for number, part in enumerate(one.parts, 1) if part is not None}
    shift = next(part - number + 1 for number, part in target.items())
    each = tensor_of(trace, one.read, one.sizes)
    said = one.called[::-1]
    yield Fed(ident(names[0]), names[0], said[0], one.tensor, step_of(whole, one.axis), whole, shift,
              one.axis, turns=one.read, rounds=tuple(target))  # fmt: skip
    yield Fed(ident(names[1]), names[1], said[1], one.read, each, first=-1, answer=one.answer,
              turns=one.read, rounds=own, begun=one.begun, zeros=one.zeros)  # fmt: skip


def _given(
    trace: Trace, loop: Loop, states: Sequence[StateVariable], used: Collection[str]
) -> Iterator[StepOutput]:
    """Yield what is read outside of more rounds than the last, or of what is no state."""
    own = {
        state.tensor.replace(".h_n", ".output"): state
        for state in states
        if gives_its_state(trace, loop, state)
    }
    own |= {state.tensor: state for state in states}
    made = {one.tensor for one in loop.made if not unmade(one, {})}
    filled: dict[str, Taken] = {one.part: "every" for one in loop.filled}
    tables = {one.tensor for one in loop.filled}
    taken_of = filled | {tensor: taken for tensor, taken in loop.results if tensor not in {*tables, *filled}}
    results = [(tensor, taken) for tensor, taken in taken_of.items() if tensor in made or tensor in own]
    free = [tensor for tensor, _ in results if tensor not in own]
    called = dict(loop.called)
    listed = (called.get(tensor, "").partition("[")[0] for tensor in free)  # not ys[2], which names one step
    names = unique([spelt(name) for name in listed], "y", used)
    named = dict(zip(free, names, strict=True))
    for tensor, taken in results:
        state = own.get(tensor)
        if state is not None and state.each is not None:
            if taken != "last":
                whole = _together(trace, loop, state.tensor)
                yield StepOutput(
                    state.letter, state.base, state.tensor, state.each, state.letter, whole=whole
                )
            continue
        last, whole = taken == "last", _together(trace, loop, tensor)
        each = whole_of(trace, tensor)
        uneven = split_name(tensor)[0] in loop.uneven
        yield StepOutput(
            ident(named[tensor]), named[tensor], tensor, each, last=last, uneven=uneven, whole=whole
        )


def _ends(loop: Loop, states: Sequence[StateVariable]) -> Iterator[str]:
    """Yield the states whose last ones are read outside, if nothing else of the loop is."""
    own = {name: one for one in states for name in (one.tensor, one.tensor.replace(".h_n", ".output"))}
    if all(tensor in own and taken == "last" for tensor, taken in loop.results):
        read = {own[tensor].base for tensor, _ in loop.results}
        yield from (one.base for one in states if one.base in read)


def _together(trace: Trace, loop: Loop, tensor: str) -> Tensor | None:
    """The tensor of a stage after a loop that only puts what its rounds gave side by side, step by step."""
    for one in loop.filled:
        table, straight = (
            whole_of(trace, one.tensor),
            tuple(range(loop.rounds)) in {one.steps, one.steps[::-1]},
        )
        same = one.part in {tensor, tensor.replace(".h_n", ".output")}
        if same and straight and table.sizes[one.axis] == loop.rounds:
            return table
    order = [[step] for step in range(1, loop.rounds + 1)]
    order = order[::-1] if any(way(read, loop.rounds) == "rev" for read in stepwise(loop)) else order
    layer = next((one for one in trace.recurrent if one.name == split_name(tensor)[0]), None)
    each = whole_of(trace, tensor)
    if (
        layer is not None and (layer.cell or loop.layer) and layer.timesteps == loop.rounds
    ):  # a stage has put them together
        tensor = f"{layer.name}.output"
        each = step_of(replace(layer.tensor("output"), name=tensor), 1 if layer.batch_first else 0)
        if order[0] == [1]:
            return replace(layer.tensor("output"), name=tensor)
    for stage in trace.stages:
        read = stage.reading(tensor) if stage.sources == (tensor,) and stage.name not in loop.stages else None
        if read is None or read.given is None or not stage.function or len(stage.outputs) > 1:
            continue
        whole = stage.outputs[0]
        free = whole.sizes[: read.given] + whole.sizes[read.given + 1 :]
        single = (*whole.sizes[: read.given], 1, *whole.sizes[read.given + 1 :])
        straight = [[*row] for row in read.relation.rows()] == order and stage.type in PUT
        if straight and each.sizes == (single if stage.type == "cat" else free):
            return replace(whole, name=f"{stage.name}.output")
    return None


def _made(
    loop: Loop,
    states: Sequence[StateVariable],
    fed: Sequence[Fed],
    given: Sequence[StepOutput],
    constants: Sequence[Fed],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield from what a round makes each of its tensors, in the letters of the drawing."""
    named = {("state", state.tensor, 1): f"{state.base}_t-1" for state in states}
    lagging = Counter((one.tensor, one.base) for one in fed)
    named |= {
        one.take: f"{one.base}_{one.index if lagging[one.tensor, one.base] > 1 else 't'}" for one in fed
    }
    turns = {one.turns: [each for each in fed if each.turns == one.turns] for one in fed if one.turns}
    named |= {
        ("mixed", key, 0): "/".join(f"{one.base}_{one.index}" for one in pair) for key, pair in turns.items()
    }
    named |= {("constant", one.tensor, 0): one.base for one in constants}
    bases = {one.tensor: one.base for one in given} | {one.tensor: one.base for one in states}
    for one in loop.made:
        if one.tensor in bases:
            yield bases[one.tensor], tuple(said for take, said in named.items() if take in one.takes)


def _constants(trace: Trace, loop: Loop, used: Collection[str]) -> Iterator[Fed]:
    """Yield what every round reads all of, and makes something from."""
    taken = {name for one in loop.made for kind, name, _ in one.takes if kind == "constant"}
    reads = {read.tensor: read for read in loop.reads if read.how == "constant" and read.tensor in taken}
    names = unique([spelt(read.name) for read in reads.values()], "a", used)
    for base, (tensor, read) in zip(names, reads.items(), strict=True):
        whole = whole_of(trace, tensor)
        yield Fed(ident(base), base, read.name, tensor, whole, whole)
