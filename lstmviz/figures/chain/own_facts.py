"""What is said around a loop of one's own: what it reads and hands on, as the code calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lstmviz.figures.base import Options
from lstmviz.figures.chain import own_rows
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.chain.plan import Chain
from lstmviz.figures.shared import claimed, legend, loop_labels, parts
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.loop_labels import subtitle as subtitle  # noqa: PLC0414 (one of the words)
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Tensor
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.translation.messages import Message, message, user_text

LINE = 12.0
"""From one line of facts to the next, pt."""


def around(canvas: Canvas, drawn: Chain, **more: Any) -> float:
    """The tensor that is read under its frame, and the rounds; gives the y where facts may go on."""
    layer, low = drawn.part.loop, chain_rows.frame_box(drawn, "input")
    x0, x1 = low[0], min(max(low[2], low[0] + 200.0), more.get("limit", low[0] + 1e9))
    y = (low[3] if layer.fed or layer.constants else drawn.band[3]) + 12.0
    whole = layer.fed[0].whole if own_rows.framed(layer) else None
    if whole is not None:
        line = parts.named_shape([claimed.called(layer.fed[0].tensor)], whole, drawn.part.options)
        canvas.text(line, x0, y)
        y += LINE
    end = max(low[2], x0 + 78.0, min(x1, x0 + 78.0))
    word = claimed.rounds_word(layer.name) if timeless(layer) else None
    parts.time_arrow(canvas, x0, end, y + 2, layer, name="" if layer.layer else "rounds", word=word)
    return y + 21


def timeless(own: OwnLoop) -> bool:
    """Whether no round has a step of its own of what is read or given: no time passes."""
    return not own.fed and not own.below and not own.given


def view(own: OwnLoop) -> Message | None:
    """What is shown, where it is not unrolled in time."""
    return message("loop.view", loop=own.name) if timeless(own) else None


def below(canvas: Canvas, layers: Sequence[DrawnLayer], y: float, width: float, **more: Any) -> float:
    """Lines of facts from `x0` under a drawing, and how far they reach; `rows` and `said` are more.

    The letters of tensors that are `known` are said already.
    """
    options, several = layers[0].options, len(layers) > 1
    told = [(part, (part.loop.layer or part.loop.name) if several else "") for part in layers]
    tensors = [one for part in layers for one in part.loop.tensors if options.shapes != "off"]
    shapes = [entry for part, name in told for entry in legend.plain(loop_labels.step_shapes(part), name)]
    groups = [
        [*shapes, *more.get("rows", ())],
        _named(told, {id(part): [Entry((labels.words(one, 7),)) for one in loop_labels.remarks(part)]
                      for part, _ in told}),
        _named(told, {id(part): list(loop_labels.key(part)) if options.legend != "off" else []
                        for part, _ in told}),
        _named(told, {id(part): legend.muted(loop_labels.notes(part)) for part, _ in told}),
        _letters(tensors, options, more.get("known", ())),
        legend.muted(more.get("said", ())),
    ]  # fmt: skip
    return legend.write(canvas, groups, (more.get("x0", 0.0), y - legend.LINE), width)


def _letters(tensors: Sequence[Tensor], options: Options, known: Sequence[Tensor]) -> list[Entry]:
    """What letters mean, but those that are said of tensors `known` beside."""
    said = {entry.line.text for entry in legend.letters(known, options)}
    return [entry for entry in legend.letters(tensors, options) if entry.line.text not in said]


def _named(told: Sequence[tuple[DrawnLayer, str]], lines: Mapping[int, Sequence[Entry]]) -> list[Entry]:
    """The lines of several loops under their names; what is the same of all is said once."""
    texts = [{entry.line.text for entry in lines[id(part)]} for part, _ in told]
    same = set.intersection(*texts) if len(told) > 1 else set()
    once = [entry for entry in lines[id(told[0][0])] if entry.line.text in same]
    own = [replace(entry, name=name) for part, name in told for entry in lines[id(part)]
           if entry.line.text not in same]  # fmt: skip
    return [*once, *own]


def unrolled(drawn: Chain) -> Message:
    """The sentences that describe an unrolled loop."""
    return along(drawn.part.loop, drawn.steps)


def along(layer: OwnLoop, steps: Sequence[int]) -> Message:
    """The same of these steps."""
    told = {"where": layer.where, "n": layer.timesteps, "loop": layer.name}
    which = ("unrolled", "some")
    if layer.layer:
        told, which = told | {"name": user_text(layer.layer)}, ("layer", "layer-some")
    first = message(f"loop.aloud-{which[0]}", **told)
    if len(steps) < layer.timesteps:
        first = message(f"loop.aloud-{which[1]}", steps=", ".join(map(str, steps)), **told)
    return loop_labels.aloud(layer, first)


def rolled(part: DrawnLayer) -> Message:
    """The sentences that describe a rolled loop."""
    layer = part.loop
    first = message("loop.aloud-rolled", where=layer.where, n=layer.timesteps, loop=layer.name)
    return loop_labels.aloud(layer, first)


def same(part: DrawnLayer) -> Message:
    """Say that every round has the same weights."""
    return message("loop.same", loop=part.loop.name)
