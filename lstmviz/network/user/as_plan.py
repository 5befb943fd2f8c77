"""A user's model in the language of a spec, as far as that can say it."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from lstmviz.errors import ModelError
from lstmviz.network.frames import FRAMES
from lstmviz.network.plan import ModelPlan, PlanLayer
from lstmviz.network.stage_types import PACKS, TURNS
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.network.trace import own_layers, sizes_of, stages_of
from lstmviz.network.user.arranging import OVER_TIME
from lstmviz.network.user.spec_input import BeyondSpecError, input_of, why_unread
from lstmviz.spec.layer_types import LAYER_TYPES, RECURRENT, LayerType


def _needed(row: LayerType) -> str:
    """Return the argument without which a call is not this layer; empty if it has defaults for all."""
    own = row.options.arguments()
    said = [name for name in row.always if name in own and name not in row.unsaid]
    return next(iter((*said, *(name for name, field in own.items() if field.is_required()))), "")


NEEDS = {
    name: _needed(row)
    for name, row in LAYER_TYPES.items()
    if (row.torch or name in {"view", "reshape", "permute"}) and name not in RECURRENT
}
"""The layers of a spec whose options are the arguments that a trace keeps, and which must be there."""
OWN = ("last_step", "last_state", "pool_steps", "self_attention", "repeat")
"""Layers of a spec alone, in whose words a trace was put; torch's `repeat` takes other arguments."""
DERIVED = ("num_embeddings", *(name for row in LAYER_TYPES.values() for name in row.derived))


def plan_from(trace: Trace, *, weights: bool = True) -> tuple[ModelPlan, Tensor, tuple[Stage, ...]]:
    """Return the plan of a spec that is this model, with its input and stages in letters.

    It is the same model only if it runs to the same stages with the same
    shapes, and has the same weights: that is tried. Raises BeyondSpecError.
    """
    written = _Written(trace)
    layers = tuple(written.layers())
    if written.reasons:
        raise BeyondSpecError(*dict.fromkeys(written.reasons))
    given = input_of(trace)
    plan = ModelPlan(**given, layers=layers)
    try:
        plain = tuple((o.place, o.name, o.type, tuple(o.options.items()), o.reads) for o in layers)
        again = _run(tuple(given.items()), plain)
    except ModelError as error:
        stage = written.at.get(".".join((error.place or "").split(".")[:2]))
        raise BeyondSpecError(f"{_called(stage)}as a spec it does not run: {error}") from error
    differing = next(
        _differences(trace, again[1], ("outputs", "parameters") if weights else ("outputs",)), None
    )
    if differing:
        raise BeyondSpecError(differing)
    return plan, *again


@functools.lru_cache(maxsize=32)
def _run(
    given: tuple[tuple[str, Any], ...],
    layers: tuple[tuple[str, str, str, tuple[tuple[str, Any], ...], str], ...],
) -> tuple[Tensor, tuple[Stage, ...]]:
    """Run a plan, or remember the run: figures of one model follow one another."""
    made = tuple(
        PlanLayer(place, name, type_, dict(said), reads) for place, name, type_, said, reads in layers
    )
    return stages_of(ModelPlan(**dict(given), layers=made))[:2]


def in_letters(trace: Trace) -> Trace:
    """Return the trace in letters, and their numbers, if a spec could say the model; else as it is.

    The letters are found by small runs of a model of the same layers.
    """
    try:
        plan, theirs, others = plan_from(trace, weights=False)
    except BeyondSpecError:
        return trace
    if plan.kept:  # its stages are those of a chain no more
        return trace
    stages = tuple(
        dataclasses.replace(
            own,
            inputs=_spelt(own.inputs, other.inputs),
            outputs=_spelt(own.outputs, other.outputs),
            parameters=_spelt(own.parameters, other.parameters),
        )
        for own, other in zip(trace.stages, own_layers(others, trace.recurrent), strict=True)
    )
    (given,) = _spelt((trace.input,), (theirs,))
    inputs = tuple(given if one.name == given.name else one for one in trace.inputs)
    sizes = tuple(sizes_of(plan).items())
    return dataclasses.replace(trace, stages=stages, input=given, inputs=inputs, sizes=sizes)


def _spelt(own: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return tensors in the letters of those of the same place or name, where the sizes are the same."""
    named = {tensor.name: tensor for tensor in other}
    pairs = [(one, named.get(one.name) or (other[i] if i < len(other) else one)) for i, one in enumerate(own)]
    return tuple(
        dataclasses.replace(one, symbols=known.symbols) if known.sizes == one.sizes else one
        for one, known in pairs
    )


class _Written:
    """Turns the stages of a trace into layers of a spec, and collects what stands in the way."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.recurrent = {layer.name: layer for layer in trace.recurrent}
        self.reasons: list[str] = []
        self.names: set[str] = set()
        self.places = {"input": "input"}
        """Where in the spec what gives each tensor stands."""
        self.at: dict[str, Stage] = {}
        """The stage that each place of the spec says."""
        self.branches, self.reads, self.other = False, "", ""
        self.giver = ""
        """The stage before, but for an unpack: whose states a last_state is."""

    def layers(self) -> Iterator[PlanLayer]:
        """Yield the layers one by one."""
        stages = self.trace.stages
        before = "input"
        if not stages:
            self.reasons.append("nothing ran that could be seen")
            return
        skipped = self._arranged()
        for stage in stages:
            if not self._reads(stage, before):
                return
            before = f"{stage.name}.output"
            self.giver = self.giver if stage.type == "unpack" else stage.name
            if stage.type in PACKS or stage.name in skipped:
                continue
            made = self._layer(stage)
            if made is None:
                return
            place = f"layers.{len(self.names)}"
            self.places[before], self.at[place] = place, stage
            yield PlanLayer(place, self._name(stage.name), *made, self.reads)
        states = {r for r in self.trace.results if not r.endswith(".output")}
        read = {source for stage in stages for source in stage.sources}
        ends = {f"{stage.name}.output" for stage in stages} - read if self.branches else {before}
        if self.trace.results and {*self.trace.results} - states != ends:
            self._no(
                stages[-1], f"the model returns {' and '.join(self.trace.results)}, a spec its last stage"
            )

    def _no(self, stage: Stage, why: str) -> None:
        self.reasons.append(f"{_called(stage)}{why}")

    def _name(self, name: str) -> str:
        """Spell a name as a spec may: without dots."""
        name, count = name.replace(".", "-"), 1
        while name in self.names:
            count += 1
            name = f"{name.rpartition('-')[0] if count > 2 else name}-{count}"
        self.names.add(name)
        return name

    def _reads(self, stage: Stage, before: str) -> bool:
        """Whether a stage reads what the one before gave, as in a spec; a decoder reads states instead."""
        layer, self.reads = self.recurrent.get(stage.name), ""
        sources = stage.sources
        if layer is not None and layer.states_from:
            if self.giver == layer.states_from:
                return True
            self._no(stage, f"a spec's decoder follows its encoder, and this one comes after {before}")
            return False
        if layer is not None and layer.states_given:
            sources = tuple(s for s in sources if s == before or not s.startswith("input"))
        states = f"{self.giver}.h_n"
        if sources == (before,) or (stage.type == "last_state" and sources == (states,)):
            return True
        if self._from(stage, sources, before):
            self.branches = True
            return True
        read = " and ".join(stage.sources) or "what could not be followed"
        self._no(stage, f"it reads {read}{why_unread(self.trace, stage)}")
        return False

    def _from(self, stage: Stage, sources: tuple[str, ...], before: str) -> bool:
        """Whether a stage reads an earlier layer, instead of the one before or beside it."""
        self.other = ""
        earlier = [source for source in sources if source in self.places]
        if len(sources) == 1 and earlier and stage.type not in {"last_state", "decoder"}:
            self.reads = self.places[sources[0]]
            return True
        if len(sources) == 2 and stage.type in {"add", "cat"} and before in sources:
            others = [source for source in sources if source != before]
            joins = stage.type == "add" or (
                sources[0] == before
                and dict(stage.arguments).get("dim") in {-1, len(stage.outputs[0].sizes) - 1}
            )
            self.other = self.places.get(others[0], "") if others and joins else ""
        return bool(self.other)

    def _layer(self, stage: Stage) -> tuple[str, Mapping[str, Any]] | None:
        """Return a stage's type and options in a spec."""
        layer = self.recurrent.get(stage.name)
        if stage.times > 1:
            self._no(stage, f"it runs {stage.times} times with the same weights")
        elif layer is not None:
            return self._decoder(stage, layer) if layer.states_from else (layer.type, _recurrent(layer))
        elif stage.type in {"add", "cat"} and self.other:
            return {"add": "add", "cat": "concat"}[stage.type], {"layer": self.other}
        elif stage.type in OWN and (stage.type != "repeat" or "times" in dict(stage.arguments)):
            return stage.type, dict(stage.arguments)
        elif NEEDS.get(stage.type) in {"", *dict(stage.arguments)}:
            return stage.type, _options(stage)
        else:
            self._no(stage, f"a spec has no layer {stage.type}")
        return None

    def _decoder(self, stage: Stage, layer: Recurrent) -> tuple[str, Mapping[str, Any]] | None:
        if layer.bidirectional or layer.dropout or not layer.bias or layer.proj_size or layer.lengths:
            self._no(stage, "a spec's decoder has one direction, biases, and no dropout or projection")
            return None
        found = {"cell": layer.type, "hidden_size": layer.hidden_size, "num_layers": layer.num_layers,
                 "steps": layer.timesteps, "features": layer.input_size}  # fmt: skip
        return "decoder", found

    def _arranged(self) -> set[str]:
        """Name the exchanges of axes, and the views of images of all steps, that a spec makes itself."""
        stages, lead = self.trace.stages, self.trace.input.sizes[:2]
        found: set[str] = set()
        for before, stage, after in zip(stages, stages[1:], stages[2:], strict=False):
            exchanges = {before.type, after.type} <= TURNS
            if stage.type in OVER_TIME and exchanges and before.name not in found:
                found |= {before.name, after.name}
        if len(self.trace.input.sizes) == FRAMES:
            merged = (math.prod(lead),)
            views = [stage for stage in stages if stage.type == "view"]
            ways = ((stage, stage.inputs[0].sizes, stage.outputs[0].sizes) for stage in views)
            found |= {s.name for s, one, two in ways if (one[:2], two[:1]) == (lead, merged) or
                      (one[:1], two[:2]) == (merged, lead)}  # fmt: skip
        return found


def _called(stage: Stage | None) -> str:
    """Return what a sentence about a stage begins with: its name, and its line."""
    if stage is None:
        return ""
    return f"{stage.name} ({stage.where}): " if stage.where else f"{stage.name}: "


def _recurrent(layer: Recurrent) -> Mapping[str, Any]:
    names = ["hidden_size", "num_layers", "bias", "dropout", "bidirectional"]
    names += {"lstm": ["proj_size"], "rnn": ["nonlinearity"]}.get(layer.type, [])
    return MappingProxyType({name: getattr(layer, name) for name in names})


def _options(stage: Stage) -> Mapping[str, Any]:
    """Return the arguments that a spec writes; a bias that is not there is one of them."""
    found = {name: value for name, value in stage.arguments if name not in DERIVED}
    if stage.type == "linear" and "bias" not in {p.name for p in stage.parameters}:
        found["bias"] = False
    return MappingProxyType(found)


def _differences(trace: Trace, again: tuple[Stage, ...], parts: tuple[str, ...]) -> Iterator[str]:
    """Say where the model of the spec runs otherwise than the user's."""
    for own, other in zip(trace.stages, again, strict=False):
        decoder = other.type == "decoder" and own.type in RECURRENT
        if own.type != other.type and not decoder:
            yield f"{_called(own)}where it is {own.type}, a spec's model has {other.type}"
        for what in parts:
            mine, theirs = _sizes(getattr(own, what)), _sizes(getattr(other, what))
            if mine not in (theirs, _of_cell(theirs)):
                said = f"its {what} are {_said(mine)}, and in a spec they would be {_said(theirs)}"
                yield f"{_called(own)}{said}"
    if len(trace.stages) != len(again):
        yield f"it has {len(trace.stages)} stages, and as a spec it would have {len(again)}"


def _sizes(tensors: tuple[Tensor, ...]) -> dict[str, tuple[int, ...]]:
    return {tensor.name: tensor.sizes for tensor in tensors}


def _of_cell(named: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The same of torch's cell in a loop: its states have no axis of layers."""
    one = {name: sizes[1:] for name, sizes in named.items() if name in {"h_n", "c_n"} and sizes[0] == 1}
    return named | one


def _said(named: dict[str, tuple[int, ...]]) -> str:
    return ", ".join(f"{name} {sizes}" for name, sizes in named.items()) or "none"
