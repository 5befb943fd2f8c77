"""What a decoder reads at each step beside the states that it starts from, as the run showed it."""

from __future__ import annotations

from collections.abc import Iterator

from lstmviz.network.decoders import PLACED
from lstmviz.network.own_loops import from_the_end
from lstmviz.network.steps import Relation, StepDependence
from lstmviz.network.structure import Recurrent, Stage, Trace, split_name
from lstmviz.spec.layer_types import EACH_STEP

PASSED_ON = frozenset(
    {
        "getitem",
        "select",
        "narrow",
        "unsqueeze",
        "squeeze",
        "unbind",
        "iter",
        "split",
        "chunk",
        "cat",
        "stack",
    }
)
"""Calls that pass on the very numbers that they read."""
ARRANGED = PASSED_ON | PLACED | {"flip", "repeat", "index_select", "flatten", "unflatten"}
"""Those, and such as put them in another order."""


def second_reading(stage: Stage) -> StepDependence | None:
    """Return how a decoder's steps read its target, or its own answers; None if it was not measured."""
    own = stage.inputs[0].name == "answers" and bool(stage.sources)
    return stage.reading(stage.sources[0] if own else "target")


def later_answers(trace: Trace) -> Iterator[tuple[Stage, StepDependence]]:
    """Yield the decoders that read their own answer of the step before, and how."""
    for stage in trace.stages:
        read = second_reading(stage) if stage.inputs and stage.inputs[0].name == "answers" else None
        if read is not None and read.relation.shift == -1:
            yield stage, read


def given_beside(trace: Trace, decoder: str) -> tuple[str, ...]:
    """Return the tensors that a decoder is given from outside the model, beside the model's first input."""
    stage = trace.stage(decoder)
    sources = stage.sources if stage else ()
    return tuple(one for one in sources if one != "input" and trace.stage(split_name(one)[0]) is None)


def second_origin(trace: Trace, decoder: Recurrent) -> tuple[str, tuple[str, ...]]:
    """Return how x′ is read, ``as-given``, ``later``, ``made`` from other tensors (and which), or ``untold``.

    A decoder that reads its ``own`` answers: and those of which stage. What its encoder reads as well is
    the ``same``.

    A spec's decoder is handed its target as it is. In a user's own module the relations
    of steps are followed from what the decoder reads back to the model's inputs.
    """
    stage = trace.stage(decoder.name)
    if stage is None:
        return "as-given", ()
    target = second_reading(stage)
    shifted = target is not None and target.relation.shift == -1
    if stage.inputs[0].name == "answers":
        return ("own", stage.sources[:1]) if shifted else ("untold", ())
    if not stage.sources or target is not None:
        lost = target is None and any(tensor.name == "target" for tensor in stage.inputs)
        return "untold" if lost else "later" if shifted else "as-given", ()
    found = list(_origins_of(trace, stage))
    inputs = {tensor.name for tensor in trace.inputs}
    whole = {name for name, _ in found} <= inputs  # nothing on the way computes with it
    kinds = {relation.kind if relation else "own" for _, relation in found}
    if whole and kinds == {"own"} and len(found) == 1:
        giver = trace.stage(decoder.giver)
        read = {name for name, _ in _origins_of(trace, giver)} if giver else set()
        return ("same", (found[0][0],)) if found[0][0] in read else ("as-given", ())
    if whole and any(relation and _is_later(relation) for _, relation in found):
        return "later", ()
    return "made", tuple(dict.fromkeys(name for name, _ in found))


def reads_target(trace: Trace, decoder: Recurrent) -> bool:
    """Return whether a decoder reads what it is given from outside, and its encoder does not read as well."""
    return second_origin(trace, decoder)[0] not in {"same", "made"}


def maker_before(trace: Trace, layer: Recurrent) -> Stage | None:
    """Return the stage that makes a layer's x, where a step of it is not known to be that step of the data.

    None also for what stands on another recurrent layer.
    """
    ran = {one.name for one in trace.recurrent}
    now = trace.stage(layer.name)
    while now is not None and now.sources:
        name, output = split_name(now.sources[0])
        before = None if name in ran else trace.stage(name)
        if before is None:
            return None
        read = before.reading(before.sources[0], output) if before.sources else None
        own = read is not None and read.relation.kind == "own" and None not in {read.read, read.given}
        kept = own and len(before.sources) == 1
        if not kept and before.type not in {*EACH_STEP, "embedding", "pack"}:
            return before
        now = before
    return None


def order_before(trace: Trace, layer: Recurrent) -> tuple[str, tuple[int, ...], tuple[Stage, ...]]:
    """Return of which input, and of which step, each x_t is, where that is not step t; and what makes it so.

    Nothing where they are in order, or a step is of several.
    """
    steps, on_the_way = tuple(range(1, layer.timesteps + 1)), []
    stage = trace.stage(layer.name)
    source = stage.sources[0] if stage and stage.sources else ""
    while before := trace.stage(split_name(source)[0]):
        read = before.reading(before.sources[0], split_name(source)[1]) if before.sources else None
        rows = list(read.relation.rows()) if read is not None and read.relation.taken > 1 else []
        if before.name in trace.layers or len(rows) < max(steps) or any(len(one) != 1 for one in rows):
            return "", (), ()
        on_the_way += [before] if read is not None and read.relation.kind != "own" else []
        steps, source = tuple(rows[step - 1][0] for step in steps), before.sources[0]
    return (source, steps, tuple(on_the_way)) if on_the_way else ("", (), ())


def read_backwards(trace: Trace, layer: Recurrent) -> str:
    """Return the tensor that the calls of a cell read from its last step to its first, none between."""
    return from_the_end(trace, layer.name) if layer.cell and maker_before(trace, layer) is None else ""


def missing_maker(trace: Trace, layer: Recurrent) -> str:
    """Return the stage that makes what a cell in a loop reads, if it does so in some rounds alone.

    In the others the cell reads a constant. Nothing if each of its rounds has a maker.
    """
    stage, loop = trace.stage(layer.name), trace.loop(layer.name)
    if stage is None or loop is None or not layer.cell or len(stage.sources) != 1:
        return ""
    maker, partial = split_name(stage.sources[0])[0], dict(loop.partial)
    rounds = {*partial.get(layer.name, range(loop.rounds))}
    begun = {name for state in loop.states for name in state.begun}
    known = maker in partial and stage.sources[0] not in begun
    return maker if known and rounds - {*partial[maker]} else ""


def taken_in_turn(trace: Trace, layer: Recurrent) -> tuple[str, ...]:
    """Return what a cell in a loop reads, if that is one tensor in one round and another in the next."""
    stage, loop = trace.stage(layer.name), trace.loop(layer.name)
    if stage is None or loop is None or not layer.cell:
        return ()
    own = [state for state in loop.states if split_name(state.tensor)[0] == layer.name]
    begun = {name for state in own for name in state.begun}
    read = [one for one in stage.sources if one not in begun and split_name(one)[0] != layer.name]
    ways = [one.relation for one in stage.reads if one.source in read]
    if not loop.mixed and any(way.given == layer.timesteps and all(way.rows()) for way in ways):
        return ()  # it reads that in every round: the others are what its states begin with
    origins = dict.fromkeys(name for one in read for name, _ in _origins(trace, one, None, frozenset()))
    itself = [one.read for one in loop.mixed if split_name(one.read)[0] == layer.name]
    return (*origins, *itself) if len(origins) + len(itself) > 1 else ()


def starts_with(trace: Trace, decoder: Recurrent) -> list[str]:
    """Return the tensors that the first step of a decoder reads, and no other: the last step of each."""
    stage = trace.stage(decoder.name)
    found = [] if stage is None else list(_origins_of(trace, stage))
    return [
        name
        for name, way in found
        if way is not None and not _is_later(way) and way.reads(1) == (way.taken,) == way.read()
    ]


def _origins_of(trace: Trace, stage: Stage) -> Iterator[tuple[str, Relation | None]]:
    """Yield what a decoder reads beside its states, back to the model's inputs, and how."""
    for source in stage.sources:
        if not _of_states(trace, source, stage.name):
            yield from _origins(trace, source, None, frozenset())


def _of_states(trace: Trace, source: str, decoder: str) -> bool:
    """Whether a tensor is last states of a layer, or was put together from such, and from nothing else.

    Or it is what the decoder begins with, made from them.
    """
    name, output = split_name(source)
    if output in {"h_n", "c_n"}:
        return True
    stage, layer = trace.stage(name), trace.layers.get(decoder)
    through = {one for state in (layer.handovers if layer else ()) for one in state.through}
    arranged = stage is not None and (stage.type in ARRANGED or name in through) and bool(stage.sources)
    return arranged and stage is not None and all(_of_states(trace, one, decoder) for one in stage.sources)


def stages_to(trace: Trace, decoder: Recurrent) -> set[str]:
    """Return the stages that make, or take out of an encoder's last states, the first ones of its decoder."""
    stage = trace.stage(decoder.name) if decoder.giver else None
    begun = [one for one in (stage.sources if stage else ()) if _of_states(trace, one, decoder.name)]
    return trace.behind(begun, [decoder.giver])


def _is_later(relation: Relation) -> bool:
    return relation.kind == "window" and (relation.width, relation.shift, relation.stride) == (1, -1, 1)


def _origins(
    trace: Trace, source: str, after: Relation | None, seen: frozenset[str]
) -> Iterator[tuple[str, Relation | None]]:
    """Yield the inputs of the model behind a tensor, each with the relation of steps on the way to it.

    Where numbers are computed, or no relation was measured, the tensor itself is named.
    """
    name, output = split_name(source)
    stage: Stage | None = trace.stage(name)
    if stage is None or source in seen or stage.type not in PASSED_ON:
        yield source, after
        return
    readings = [one for one in stage.reads if one.output == output]
    if not readings or any(one.states for one in readings):
        yield source, after
        return
    for one in readings:
        way = one.relation if after is None or after.kind == "own" else after.after(one.relation)
        yield from _origins(trace, one.source, way, seen | {source})


def output_unread(trace: Trace, layer: str) -> bool:
    """Return whether a decoder starts from a layer's last states, and nothing reads its output."""
    begins = any(one.giver == layer for one in trace.recurrent)
    read = any(f"{layer}.output" in stage.sources or stage.type == "attention" for stage in trace.stages)
    return begins and not read
