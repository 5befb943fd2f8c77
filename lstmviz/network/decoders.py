"""A loop of the user's own that goes on where another recurrence ended, or reads its steps every round."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from lstmviz.network.loop_attention import shares_of
from lstmviz.network.of_trace import of_trace
from lstmviz.network.own_loops import recurrent_loops, why_not
from lstmviz.network.own_recurrences import own_recurrences, told
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.rounds import Loop
from lstmviz.network.steps import Relation, time_axis
from lstmviz.network.structure import Recurrent, Stage, Trace, split_name

PLACED = frozenset({"getitem", "select", "squeeze", "unsqueeze", "permute", "transpose", "contiguous", "view",
                    "reshape", "expand", "clone", "detach"})  # fmt: skip
"""Calls that take a part out, or put the axes in another order: no number is another one."""
EACH = PLACED - {"getitem", "select"} | {"tanh", "relu", "sigmoid", "gelu", "add", "sub", "mul", "exp", "cat",
                                         "stack", "sum", "mean", "dropout"}  # fmt: skip
"""Calls whose result has something of all that they read."""


@dataclass(frozen=True, slots=True)
class StateTransfer:
    """How a state of a decoder begins: with which last states, by tensor and index from 1, through what."""

    letter: str
    tensor: str
    ends: tuple[tuple[str, int], ...]
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """What every round reads of the encoder's output: which steps, and through which stages outside."""

    base: str
    tensor: str
    steps: tuple[int, ...]
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decoder:
    """A loop beside the layer that it goes on from."""

    own: OwnLoop
    encoder: Recurrent
    handed: tuple[StateTransfer, ...]
    memories: tuple[Memory, ...]
    passed: tuple[str, ...]
    """Every stage between the two."""


def in_turn(trace: Trace, through: Collection[str]) -> list[list[Stage]]:
    """Return stages on a way in their order: side by side those of which none reads another."""
    turns: dict[str, int] = {}
    for stage in (one for one in trace.stages if one.name in through):
        read = trace.behind(stage.sources) & turns.keys()
        turns[stage.name] = 1 + max((turns[name] for name in read), default=-1)
    found: list[list[Stage]] = [[] for _ in set(turns.values())]
    for name, turn in turns.items():
        found[turn] += [stage for stage in (trace.stage(name),) if stage]
    return found


@of_trace
def decoders(trace: Trace) -> tuple[Decoder, ...]:
    """Return the decoders of a model, each the first loop that reads what an encoder gives."""
    found = (decoder_of(trace, layer) for layer in (*trace.recurrent, *own_recurrences(trace)))
    return tuple(one for one in found if one is not None)


def stages_in(trace: Trace, encoder: Recurrent) -> frozenset[str]:
    """Return the stages that are an encoder: one layer, or what a loop's rounds call."""
    own = (loop.stages for loop in trace.loops if loop.name == encoder.name)
    return frozenset(next(own, (encoder.name,)))


def decoder_of(trace: Trace, encoder: Recurrent) -> Decoder | None:
    """Return the loop that begins with an encoder's last states, or reads its output in every round."""
    if any(encoder.name in loop.stages for loop in recurrent_loops(trace)):
        return None
    names = [loop.name for loop in trace.loops]
    later = trace.loops[names.index(encoder.name) + 1 :] if encoder.name in names else trace.loops
    for loop in later:
        if not loop.states or encoder.name in loop.stages or why_not(loop):
            continue
        own = told(trace, loop)
        begun = (_handed(trace, encoder, state.letter, state.begun, loop) for state in own.states)
        read = (_memory(trace, encoder, one.base, one.tensor, loop) for one in own.constants)
        handed, memories = tuple(one for one in begun if one), tuple(one for one in read if one)
        if handed or memories:
            own = replace(own, shares=shares_of(trace, loop, own))
            tensors = [one.tensor for one in handed] + [one.tensor for one in memories]
            passed = trace.behind(tensors, stages_in(trace, encoder))
            return Decoder(own, encoder, handed, memories, tuple(sorted(passed)))
    return None


def _handed(
    trace: Trace, encoder: Recurrent, letter: str, begun: Collection[str], loop: Loop
) -> StateTransfer | None:
    """Say with which last states a state begins; None if with something else as well, or with none."""
    if len(begun) != 1:
        return None
    (tensor,) = begun
    if not _of_last_round(trace, encoder, tensor, _readings(trace, tensor, loop)):
        return None
    ends, passed = _ends(trace, encoder, tensor) or ({}, {})
    return StateTransfer(letter, tensor, tuple(ends), tuple(passed)) if ends else None


def _ends(
    trace: Trace, encoder: Recurrent, tensor: str
) -> tuple[dict[tuple[str, int], None], dict[str, None]] | None:
    """Return the last states that a tensor is made from, and what is on the way; None if from others too."""
    name, output = split_name(tensor)
    stage, own = trace.stage(name), encoder if isinstance(encoder, OwnLoop) else None
    if own is not None and name in stages_in(trace, own):
        letters = [state.letter for state in own.states if state.tensor == tensor]
        return ({(f"{letters[0]}_n", 1): None}, {}) if letters else None
    if stage is None or (name != encoder.name and trace.loop(name) is not None):
        return None
    if name == encoder.name:
        if output not in {one.name for one in stage.outputs} & {"h_n", "c_n"}:
            return None
        return {(output, index): None for index in range(1, encoder.tensor(output).sizes[0] + 1)}, {}
    ends: dict[tuple[str, int], None] = {}
    passed: dict[str, None] = {}
    for source in stage.sources:
        below = _ends(trace, encoder, source)
        reading = stage.reading(source, output)
        last = _of_last_round(trace, encoder, source, [reading.relation] if reading else [])
        chosen = _chosen(stage, source, output, list(below[0])) if below and last else None
        if below is None or chosen is None:
            return None
        ends |= dict.fromkeys(chosen)
        passed |= below[1]
    return ends, passed if stage.function and stage.type in PLACED else {**passed, name: None}


def _of_last_round(trace: Trace, encoder: Recurrent, tensor: str, read: Iterable[Relation]) -> bool:
    """Whether what a loop's rounds gave is read of the last one alone; what a layer gave is no matter."""
    rounds = isinstance(encoder, OwnLoop) and split_name(tensor)[0] in stages_in(trace, encoder)
    return not rounds or {one.read() for one in read} == {(encoder.timesteps,)}


def _chosen(
    stage: Stage, source: str, output: str, ends: list[tuple[str, int]]
) -> list[tuple[str, int]] | None:
    """Which of several last states a stage reads of a tensor made from them; None if that is not known."""
    reading = stage.reading(source, output)
    if reading is not None and reading.states:
        return [ends[index - 1] for index in reading.relation.read()]
    if len(ends) == 1 or stage.parameters or stage.type in EACH:
        return ends
    if reading is not None and reading.read == 0 and reading.relation.taken == len(ends):
        return [ends[index - 1] for index in reading.relation.read()]
    return None


def _memory(trace: Trace, encoder: Recurrent, base: str, tensor: str, loop: Loop) -> Memory | None:
    """Say which steps of the encoder's output the rounds read through a tensor; None if it is not known."""
    found = _steps(trace, encoder, tensor)
    if found is None:
        return None
    whole, passed = found
    read = {step for one in _readings(trace, tensor, loop) for step in one.after(whole).read()
            if one.taken == whole.given}  # fmt: skip
    return Memory(base, tensor, tuple(sorted(read)), passed) if read else None


def _readings(trace: Trace, tensor: str, loop: Loop) -> Iterable[Relation]:
    """Yield what the calls of the rounds read of a tensor, step by step."""
    for name in loop.stages:
        stage = trace.stage(name)
        yield from (one.relation for one in (stage.reads if stage else ()) if one.source == tensor)


def _steps(trace: Trace, encoder: Recurrent, tensor: str) -> tuple[Relation, tuple[str, ...]] | None:
    """Return which steps of an encoder's output each step of a tensor reads, and the stages on the way."""
    name, output = split_name(tensor)
    stage = trace.stage(name)
    if stage is None:
        return None
    if (whole := _given_by(encoder, stage, tensor)) is not None:
        return whole, ()
    if name == encoder.name or trace.loop(name) is not None or len(stage.sources) != 1:
        return None
    below, reading = _steps(trace, encoder, stage.sources[0]), stage.reading(stage.sources[0], output)
    if below is None or reading is None or reading.given is None or reading.relation.taken != below[0].given:
        return None
    quiet = stage.function and stage.type in PLACED
    return reading.relation.after(below[0]), below[1] if quiet else (*below[1], name)


def _given_by(encoder: Recurrent, stage: Stage, tensor: str) -> Relation | None:
    """Return each step for its own where a tensor is all that an encoder gives; else None."""
    if isinstance(encoder, OwnLoop):
        whole = tensor in {one.whole.name for one in encoder.given if one.whole is not None}
        return Relation("own", encoder.timesteps, encoder.timesteps) if whole else None
    unpacked = stage.type == "unpack" and {split_name(one)[0] for one in stage.sources} == {encoder.name}
    output = split_name(tensor)[1] if unpacked or stage.name == encoder.name else ""
    given = next((one for one in stage.outputs if one.name == output == "output"), None)
    axis = time_axis(given.symbols) if given else None
    return Relation("own", given.sizes[axis], given.sizes[axis]) if given and axis is not None else None
