"""What stands on a recurrent layer: the stages that read it, and which of its steps, as measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from lstmviz.figures.shared.head_rows import Climbed, Row, either
from lstmviz.figures.shared.readers import StageReaders
from lstmviz.network.decoders import PLACED
from lstmviz.network.own_loops import recurrent_loops
from lstmviz.network.own_recurrences import with_halves
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.stage_types import TURNS
from lstmviz.network.steps import Relation, StepDependence, relation
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace, split_name
from lstmviz.network.two_ways import both_ways

QUIET = PLACED - TURNS - {"view", "reshape", "expand"}
"""Calls that give no row of their own where they leave every number and its step, and something reads on."""

SUMS = frozenset({"matmul", "bmm", "einsum"})
"""Calls that sum over an axis of what they read: scores of all steps with all become steps again."""


@dataclass(slots=True)
class _Open:
    """A tensor on the way: which steps of each thing below it reads; None: it has none of its own."""

    reads: dict[str, Relation]
    steps: bool
    samples: tuple[Relation, ...] = ()
    crossed: bool = False


def _gives(rows: Iterable[Row]) -> dict[str, _Open]:
    """What is known of what rows give."""
    return {
        f"{row.stage.name}.{row.given.name}": _Open(dict(row.reads), row.steps, row.samples, row.crossed)
        for row in rows
    }


def climb(trace: Trace, layer: Recurrent, result: str = "", rows_of: Collection[str] = ()) -> Climbed:
    """Return what stands on a layer, as far as one row can stand on the other.

    With a `result` of the model, what leads to that one; stages of `rows_of` are rows there too.
    """
    flow, recurrent, open_ = _ground(trace, layer, result)
    flow.stand_on(open_)
    flow.rows_of = frozenset(rows_of)
    again = dict(_parts(flow, open_))
    rows: list[Row] = []
    results = flow.results
    while True:
        over = {recurrent.get(stage.name, "") for stage in _ahead(flow, open_)}
        row = None if over and "" not in over else _joined(flow, open_, recurrent, again)
        loops = over - {""} if isinstance(layer, OwnLoop) or "" not in over else set()
        if row is None and (one := _layer_over(trace, loops)):
            return Climbed(tuple(rows), one)
        row = row or _first(flow, open_, recurrent)
        if row is None:
            ends = bool(rows) and f"{rows[-1].stage.name}.{rows[-1].given.name}" in results
            return Climbed(tuple(rows), "", ends or (not rows and bool(results & open_.keys())))
        rows.append(row)
        given = f"{row.stage.name}.{row.given.name}"
        taken = dict(row.reads)
        count = max(one.given for one in taken.values()) if row.steps else 1
        open_ = {given: _Open({"": Relation("own", count, count)}, steps=row.steps)}


def _layer_over(trace: Trace, loops: Collection[str]) -> str:
    """The one layer that reads what is open: a layer or loop, or the forward one of two directions."""
    if len(loops) == 1:
        return next(iter(loops))
    first = next((own for own in with_halves(trace) if own.name in loops), None)
    both = both_ways(trace, first) if first else None
    return both.name if both and both.reverse and {both.name, both.reverse.name} == {*loops} else ""


def _ground(
    trace: Trace, layer: Recurrent, result: str
) -> tuple[StageReaders, Mapping[str, str], dict[str, _Open]]:
    """Return who reads what, the recurrent layer of each stage that is of one, and what the layer gives."""
    if isinstance(layer, OwnLoop):
        drawn = [loop for loop in trace.loops if loop.name == layer.origin]
        inside = {loop.name: loop.stages for loop in (*recurrent_loops(trace), *drawn, *trace.halves)}
        both = [layer, layer.reverse] if layer.reverse else [layer]
        wholes = [split_name(one.whole.name)[0] for own in both for one in own.given if one.whole is not None]
        homes = {stage: name for name, stages in inside.items() for stage in stages}
        homes |= {one.name: one.name for one in trace.recurrent}
        homes |= {stage: half.name for half in trace.halves for stage in half.stages}
        stages = [stage for own in both for stage in inside[own.origin]]
        return StageReaders(trace, [*wholes, *stages], result), homes, dict(_own(layer))
    homes = {one.name: one.name for one in trace.recurrent}
    bases = {f"{layer.name}.{name}": name for name in ("output", "h_n", "c_n")}
    there = trace.stage(layer.name) is not None
    given = {tensor: _Open({base: _whole(layer, base)}, steps=True) for tensor, base in bases.items()}
    return StageReaders(trace, result=result), homes, given if there else {}


def _own(layer: OwnLoop) -> Iterator[tuple[str, _Open]]:
    """Yield what a loop gives first, call by call and put together, and the states that it ends with."""
    count = layer.timesteps
    own = Relation("own", count, count)
    called = own if layer.way == "fwd" else relation([[step] for step in range(count, 0, -1)], count)
    for one in layer.given[:1]:
        yield one.tensor, _Open({"output": called}, steps=True)
        if one.whole is not None:
            yield one.whole.name, _Open({"output": own}, steps=True)
    for one in layer.reverse.given if layer.reverse else ():
        if one.whole is not None:
            yield one.whole.name, _Open({"reverse": own}, steps=True)
    last = relation([*([] for _ in range(count - 1)), [1]], 1)
    for state in layer.states:
        if state.tensor not in {one.tensor for one in layer.given}:
            yield state.tensor, _Open({f"{state.letter}_n": last}, steps=True)


def _whole(layer: Recurrent, base: str) -> Relation:
    count = layer.timesteps if base == "output" else layer.num_layers * layer.directions
    return Relation("own", count, count)


def _ahead(flow: StageReaders, open_: Iterable[str]) -> list[Stage]:
    found = {stage.name: stage for tensor in open_ for stage in flow.readers(tensor)}
    return list(found.values())


def _parts(flow: StageReaders, ground: Mapping[str, _Open]) -> Iterator[tuple[str, _Open]]:
    """Yield what a layer gives, and what is taken out of it, or only put otherwise."""
    known = dict(ground)
    for stage in flow.stages:
        if stage.function and stage.type in PLACED:
            known |= _gives(_rows(flow, stage, known, ()))
    yield from known.items()


def _joined(
    flow: StageReaders,
    open_: dict[str, _Open],
    recurrent: Collection[str],
    again: Mapping[str, _Open],
    passed: Sequence[Stage] = (),
) -> Row | None:
    """The first stage through which all goes that comes from what is open; before it there are no weights.

    It may read what the layer gave `again`, if all that it gives reads the same of it: one line leads there.
    Else the first that reads every step of it again at that step.
    """
    known = {**again, **open_}
    each: Row | None = None
    passed = [*passed]
    waiting = {stage.name for stage in _ahead(flow, open_)}
    results = flow.results
    for stage in flow.stages:
        if stage.name not in waiting:
            continue
        found = [] if stage.name in recurrent else _rows(flow, stage, known, passed)
        if not found:
            return each
        waiting.discard(stage.name)
        known |= _gives(found)
        row = _alike(found)
        if row is not None and not waiting and stage.name in flow.rows_of:
            return row
        if row is not None and not waiting and not row.crossed and not _quiet(flow, row):
            if _led_to(row):
                return row
            each = each or (row if row.reads_each else None)
        if stage.parameters or any(f"{stage.name}.{tensor.name}" in results for tensor in stage.outputs):
            return each
        passed.append(stage)
        waiting |= {s.name for t in stage.outputs for s in flow.readers(f"{stage.name}.{t.name}")}
    return each


def _quiet(flow: StageReaders, row: Row) -> bool:
    """Whether a stage only names axes otherwise: as many numbers as before, each step its own."""
    stage = row.stage
    if stage.type not in QUIET or prod(stage.inputs[0].sizes) != prod(row.given.sizes):
        return False
    own = all(relation.kind == "own" for _, relation in row.reads) or not row.steps
    return own and bool(flow.readers(f"{stage.name}.{row.given.name}"))


def _led_to(row: Row) -> bool:
    """Whether one line can lead `output` to a row, where it reads it anew."""
    read = row.of("output")
    return not row.weighs or read is None or len({*map(tuple, read.rows())}) == 1


def _first(flow: StageReaders, open_: dict[str, _Open], recurrent: Collection[str]) -> Row | None:
    """Where ways part: the first that can be gone."""
    for stage in _ahead(flow, open_):
        found = [] if stage.name in recurrent else _rows(flow, stage, open_, ())
        if not found or any(row.crossed for row in found):
            continue
        row = _alike(found)
        if row is not None and (not row.states or stage.type not in PLACED):
            return row
        if row := _joined(flow, _gives(found), recurrent, {}, (stage,)) or row:
            return row
    return None


def _alike(rows: Sequence[Row]) -> Row | None:
    """The row of a stage whose results all read the same: of pieces, none stands for the others."""
    return rows[0] if all(row.reads == rows[0].reads for row in rows) else None


def _rows(flow: StageReaders, stage: Stage, known: dict[str, _Open], passed: Sequence[Stage]) -> list[Row]:
    """The stage as a row for each of its tensors that is read on, or returned; else for its first."""

    def used(tensor: Tensor) -> bool:
        name = f"{stage.name}.{tensor.name}"
        return bool(flow.readers(name)) or name in flow.results

    given = [tensor for tensor in stage.outputs if used(tensor)] or stage.outputs[:1]
    return [row for tensor in given if (row := _row(flow, stage, tensor, known, passed)) is not None]


def _row(
    flow: StageReaders, stage: Stage, given: Tensor, known: dict[str, _Open], passed: Sequence[Stage]
) -> Row | None:
    """The stage as a row, if all that it reads is known step by step, and nothing is of the step before."""
    if stage.name in flow.carried:
        return None
    found: dict[str, Relation] = {}
    steps = False
    samples: tuple[Relation, ...] = ()
    beside: list[str] = []
    axis, crossed = None, False
    for source in flow.sources(stage):
        one = known.get(source)
        reading = None if one is None else flow.reading(stage, source, given.name)
        if one is None and reading is None and stage.type == "attention" and found:
            continue  # every step of the encoder: said, not drawn
        if one is None and flow.besides(stage, source, given.name):
            beside.append(source)
            continue
        if one is None or reading is None:
            return None
        own = _along(reading, axis)
        crossed |= own is not reading.relation or (one.crossed and stage.type not in SUMS)
        axis = reading.given if axis is None else axis
        steps |= own.given > 1 or reading.given is not None
        for base, before in one.reads.items():
            both = _after(own, before, steps=one.steps)
            if both is None or (base in found and found[base].given != both.given):
                return None
            found[base] = both if base not in found else either(found[base], both)
        samples = reading.samples or one.samples
    if not found:
        return None
    way = _way(flow, stage, passed)
    flow.told_by[stage.name] = tuple(beside)
    asides = tuple((one.name, flow.told_by[one.name]) for one in way if flow.told_by.get(one.name))
    return Row(stage, tuple(found.items()), steps, given, way, samples, tuple(beside), crossed, asides)


def _way(flow: StageReaders, stage: Stage, passed: Sequence[Stage]) -> tuple[Stage, ...]:
    """Those of the stages passed that lead to this one; one that nothing reads is on no way."""
    read = {split_name(source)[0] for source in flow.sources(stage)}
    for one in reversed(passed):
        if one.name in read:
            read |= {split_name(source)[0] for source in flow.sources(one)}
    return tuple(one for one in passed if one.name in read)


def _along(reading: StepDependence, axis: int | None) -> Relation:
    """What each step on an axis of the result reads: all that any reads, where steps lie on another axis."""
    own = reading.relation
    if axis is None or reading.given in {None, axis} or own.kind == "all":
        return own
    return relation([own.read()] * own.given, own.taken)


def _after(own: Relation, before: Relation, *, steps: bool) -> Relation | None:
    """What is read through a tensor; None if its steps are others than those known."""
    if own.taken == before.given:
        return own.after(before)
    if own.given == before.given == 1 and own.read():  # each of its steps reads the same whole
        return before
    if own.taken == 1 and not steps:
        return own.after(before) if before.given == 1 else None
    return None
