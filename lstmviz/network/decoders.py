"""A loop of the user's own that goes on where a layer of torch's ended, or reads its steps in every round."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from lstmviz.network.loop_attention import shares_of
from lstmviz.network.own_loops import recurrent_loops, why_not
from lstmviz.network.own_recurrences import told
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.rounds import Loop
from lstmviz.network.steps import Relation, time_axis
from lstmviz.network.structure import Recurrent, Stage, Trace, split_name

PLACED = frozenset({"getitem", "select", "squeeze", "unsqueeze", "permute", "transpose", "contiguous", "view",
                    "reshape", "expand", "clone", "detach"})  # fmt: skip
"""Calls that take a part out, or put the axes in another order: no number is another one."""
EACH = frozenset(
    {"tanh", "relu", "sigmoid", "gelu", "add", "cat", "dropout", "clone", "detach", "contiguous"}
)
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


def decoders(trace: Trace) -> tuple[Decoder, ...]:
    """Return the decoders of a model, each the first loop that reads what an encoder gives."""
    found = (decoder_of(trace, layer) for layer in trace.recurrent)
    return tuple(one for one in found if one is not None)


def decoder_of(trace: Trace, encoder: Recurrent) -> Decoder | None:
    """Return the loop that begins with an encoder's last states, or reads its output in every round."""
    if any(encoder.name in loop.stages for loop in recurrent_loops(trace)):
        return None
    for loop in trace.loops:
        if not loop.states or encoder.name in loop.stages or why_not(loop):
            continue
        own = told(trace, loop)
        begun = (_handed(trace, encoder, state.letter, state.begun) for state in own.states)
        read = (_memory(trace, encoder, one.base, one.tensor, loop) for one in own.constants)
        handed, memories = tuple(one for one in begun if one), tuple(one for one in read if one)
        if handed or memories:
            own = replace(own, shares=shares_of(trace, loop, own))
            tensors = [one.tensor for one in handed] + [one.tensor for one in memories]
            passed = {name for one in tensors for name in _passed(trace, encoder.name, one)}
            return Decoder(own, encoder, handed, memories, tuple(sorted(passed)))
    return None


def _passed(trace: Trace, encoder: str, tensor: str) -> set[str]:
    """The stages from an encoder to a tensor."""
    name, _ = split_name(tensor)
    stage = trace.stage(name)
    if stage is None or name == encoder:
        return set()
    return {name}.union(*(_passed(trace, encoder, source) for source in stage.sources))


def _handed(trace: Trace, encoder: Recurrent, letter: str, begun: Collection[str]) -> StateTransfer | None:
    """Say with which last states a state begins; None if with something else as well, or with none."""
    if len(begun) != 1:
        return None
    (tensor,) = begun
    ends, passed = _ends(trace, encoder.name, tensor) or ({}, {})
    return StateTransfer(letter, tensor, tuple(ends), tuple(passed)) if ends else None


def _ends(
    trace: Trace, encoder: str, tensor: str
) -> tuple[dict[tuple[str, int], None], dict[str, None]] | None:
    """Return the last states that a tensor is made from, and what is on the way; None if from others too."""
    name, output = split_name(tensor)
    stage = trace.stage(name)
    if stage is None or (name != encoder and trace.loop(name) is not None):
        return None
    if name == encoder:
        given = next((one for one in stage.outputs if one.name == output), None)
        if given is None or output not in {"h_n", "c_n"}:
            return None
        return {(output, index): None for index in range(1, given.sizes[0] + 1)}, {}
    ends: dict[tuple[str, int], None] = {}
    passed: dict[str, None] = {}
    for source in stage.sources:
        below = _ends(trace, encoder, source)
        chosen = None if below is None else _chosen(stage, source, output, list(below[0]))
        if below is None or chosen is None:
            return None
        ends |= dict.fromkeys(chosen)
        passed |= below[1]
    return ends, passed if stage.function and stage.type in PLACED else {**passed, name: None}


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
    found = _steps(trace, encoder.name, tensor)
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


def _steps(trace: Trace, encoder: str, tensor: str) -> tuple[Relation, tuple[str, ...]] | None:
    """Return which steps of an encoder's output each step of a tensor reads, and the stages on the way."""
    name, output = split_name(tensor)
    stage = trace.stage(name)
    if stage is None or (name != encoder and trace.loop(name) is not None):
        return None
    if name == encoder or (
        stage.type == "unpack" and {split_name(one)[0] for one in stage.sources} == {encoder}
    ):
        given = next((one for one in stage.outputs if one.name == output == "output"), None)
        axis = time_axis(given.symbols) if given else None
        if given is None or axis is None:
            return None
        return Relation("own", given.sizes[axis], given.sizes[axis]), ()
    if len(stage.sources) != 1:
        return None
    below, reading = _steps(trace, encoder, stage.sources[0]), stage.reading(stage.sources[0], output)
    if below is None or reading is None or reading.given is None or reading.relation.taken != below[0].given:
        return None
    quiet = stage.function and stage.type in PLACED
    return reading.relation.after(below[0]), below[1] if quiet else (*below[1], name)
