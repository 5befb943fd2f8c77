"""What a model does that was probably not meant: one line each, proven by the run and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.pipeline.axes import wiring_of
from lstmviz.scene.labels import shape
from lstmviz.translation.messages import literal, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmviz.network.structure import Recurrent, Stage, Trace
    from lstmviz.translation.messages import Said

SAID = {"mixes": ("pipeline",), "reverse": ("grid",)}
"""Kinds that say it in a place of their own."""
VALID = frozenset({"last_step", "first_step", "pool_steps", "last_state"})


def lessons(trace: Trace, kind: str = "") -> list[Said]:
    """Return what is to be learned of a model, where a figure of this kind does not say it already."""
    found = [*_times(trace), *_views(trace), *_reverse(trace), *_padding(trace)]
    return [one for name, one in found if kind not in SAID.get(name, ())]


def _times(trace: Trace) -> Iterator[tuple[str, Said]]:
    """The batch of what came before, taken for time."""
    for layer in trace.recurrent:
        stage = trace.stage(layer.name)
        if stage is None or layer.states_from or len(stage.inputs[0].sizes) != 3:
            continue
        axis, read = int(layer.batch_first), stage.inputs[0]
        if "N" in read.symbols[axis].split("·"):
            shown = literal(shape((), read.sizes, mode="numbers").text)
            about = {"layer": layer.name, "axis": axis, "first": layer.batch_first}
            yield "time", message("teach.time-is-batch", name=literal(layer.name), shape=shown, **about)


def _views(trace: Trace) -> Iterator[tuple[str, Said]]:
    """Views that put numbers of several samples into one row."""
    for stage in trace.stages:
        wiring = wiring_of(stage) if stage.type in {"view", "reshape"} else None
        if wiring is not None and wiring.mixed is not None:
            yield "mixes", message("teach.mixes", name=literal(stage.name), stage=stage.name)


def _reverse(trace: Trace) -> Iterator[tuple[str, Said]]:
    """The last step of two directions."""
    for layer, after in _followed(trace):
        if layer.bidirectional and after.type == "last_step":
            yield "reverse", message("teach.reverse", layer=layer.name)


def _padding(trace: Trace) -> Iterator[tuple[str, Said]]:
    """What makes one of all steps, after a padded batch."""
    for layer, after in _followed(trace):
        reading = after.reading(f"{layer.name}.output") or next(iter(after.reads), None)
        if layer.lengths is None or reading is None or after.type in VALID or reading.samples:
            continue
        if reading.read is not None and reading.given is None and reading.relation.kind == "all":
            yield "padding", message("teach.padding", name=literal(after.name), stage=after.name)


def _followed(trace: Trace) -> Iterator[tuple[Recurrent, Stage]]:
    """Each recurrent layer with the stage that reads what it gives, in a chain."""
    stages = [stage for stage in trace.stages if stage.type not in {"pack", "unpack"}]
    names = [stage.name for stage in stages]
    for layer in trace.recurrent if trace.chained else ():
        at = names.index(layer.name) + 1 if layer.name in names else len(names)
        if at < len(stages):
            yield layer, stages[at]
