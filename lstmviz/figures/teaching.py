"""What a model does that was probably not meant: one line each, proven by the run and never guessed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from math import prod

from lstmviz.figures.pipeline.axes import Wiring, wiring_of
from lstmviz.figures.shared.lessons import ragged
from lstmviz.network.stage_types import RESHAPES
from lstmviz.network.steps_read import layer_under, of_all_steps
from lstmviz.network.structure import Stage, Trace
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import sentences_on
from lstmviz.scene.labels import shape
from lstmviz.translation.messages import Message, message, user_text

SAID = {"mixes": ("pipeline",)}
"""Kinds that say it in a place of their own."""
VALID = frozenset({"last_step", "first_step", "pool_steps", "last_state"})


def lessons(trace: Trace, *kinds: str, drawn: Canvas | None = None) -> list[Message]:
    """Return what is to be learned of a model, where no figure of these kinds says it.

    Of a step that is taken a figure speaks where the stage that takes it is among what is `drawn`.
    """
    shown = None if drawn is None else {*_boxes(drawn)}
    found = [*_times(trace), *_views(trace), *_reverse(trace, shown), *_padding(trace)]
    return [one for name, one in found if not {*kinds} & {*SAID.get(name, ())}]


def _boxes(drawn: Canvas) -> Iterator[str]:
    """Yield the stages that have a box of their own, or are named in one that they share."""
    yield from (node.id.rpartition(".")[2] for node in drawn.nodes)
    named = (dict(given) for id_, given in sentences_on(drawn.texts) if id_ == "stage.class")
    yield from (given["stage"] for given in named)


def learned(traces: Iterable[Trace]) -> tuple[str, ...]:
    """Return what is to be learned of the models of a figure, each once, in English."""
    return tuple(dict.fromkeys(one.english for trace in traces for one in lessons(trace)))


def _times(trace: Trace) -> Iterator[tuple[str, Message]]:
    """The batch of what came before, taken for time."""
    for layer in trace.recurrent:
        stage = trace.stage(layer.name)
        if stage is None or layer.states_from or len(stage.inputs[0].sizes) != 3:
            continue
        axis, read = int(layer.batch_first), stage.inputs[0]
        if "N" in read.symbols[axis].split("·"):
            shown = user_text(shape((), read.sizes, mode="numbers").text)
            about = {"layer": layer.name, "axis": axis, "first": layer.batch_first}
            yield "time", message("teach.time-is-batch", name=user_text(layer.name), shape=shown, **about)


def _views(trace: Trace) -> Iterator[tuple[str, Message]]:
    """Views that put numbers of several samples into one row, or one vector that a layer reads."""
    for at, stage in enumerate(trace.stages):
        wiring = wiring_of(stage) if stage.type in RESHAPES else None
        if wiring is not None and wiring.mixed is not None:
            yield "mixes", message("teach.mixes", name=user_text(stage.name), stage=stage.name)
        elif wiring is not None and _of_several(wiring, trace.stages[at + 1 :]):
            yield "vectors", message("teach.mixes-vectors", name=user_text(stage.name), stage=stage.name)


def _of_several(wiring: Wiring, after: Sequence[Stage]) -> bool:
    """Whether vectors of the last axis hold numbers of several samples, and weights read them.

    Those of one sample lie in blocks: a vector is of one if the blocks are whole vectors. A view of
    (N, T, 1) as (N·T) alone is no vector: nothing reads it.
    """
    before, last = wiring.before, wiring.after
    if "N" not in before.symbols or before.sizes[at := before.symbols.index("N")] < 2 or not last.sizes:
        return False
    several = prod(before.sizes[at + 1 :]) % last.sizes[-1] != 0
    return several and last.symbols[-1] != "N" and any(stage.parameters for stage in after)


def _reverse(trace: Trace, shown: Collection[str] | None) -> Iterator[tuple[str, Message]]:
    """The last step of two directions, if its stage is among what is shown, or all is told."""
    for stage in trace.stages:
        there = stage.type == "last_step" and (shown is None or stage.name in shown)
        layer = layer_under(trace, stage) if there else None
        if layer is not None and layer.bidirectional and layer.timesteps > 1:
            about = {"layer": layer.name, "stage": stage.name, "last": layer.num_layers - 1}
            yield "reverse", message("teach.reverse" + "-of" * (layer.num_layers > 1), **about)


def _padding(trace: Trace) -> Iterator[tuple[str, Message]]:
    """What makes one of all steps, after a padded batch."""
    for stage in trace.stages:
        layer = layer_under(trace, stage) if of_all_steps(stage) is not None else None
        if layer is not None and stage.type not in VALID and ragged(layer):
            yield "padding", message("teach.padding", name=user_text(stage.name), stage=stage.name)
