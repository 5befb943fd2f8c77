"""What is said around a loop of one's own: what it reads and hands on, as the code calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmviz.figures.chain import own_rows
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.shared import legend, own_words, parts
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.own_words import subtitle as subtitle  # noqa: PLC0414 (one of the words)
from lstmviz.scene import labels
from lstmviz.scene.items import MUTED
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.chain.plan import Chain
    from lstmviz.figures.shared.parts import Part
    from lstmviz.scene.canvas import Canvas

LINE = 12.0
"""From one line of facts to the next, pt."""


def around(canvas: Canvas, drawn: Chain, **more: Any) -> float:
    """The tensor that is read under its frame, and the rounds; gives the y where facts may go on."""
    layer, low = own_words.layer_of(drawn.part), chain_rows.frame_box(drawn, "input")
    x0, x1 = low[0], min(max(low[2], low[0] + 200.0), more.get("limit", low[0] + 1e9))
    y = (low[3] if layer.fed else drawn.band[3]) + 12.0
    whole = layer.fed[0].whole if own_rows.framed(layer) else None
    if whole is not None:
        line = parts.named_shape([labels.code(layer.fed[0].tensor, 7)], whole, drawn.part.options)
        canvas.text(line, x0, y)
        y += LINE
    parts.time_arrow(canvas, x0, max(low[2], x0 + 78.0, min(x1, x0 + 78.0)), y + 2, layer, name="rounds")
    return y + 21


def below(canvas: Canvas, layers: Sequence[Part], y: float, width: float, **more: Any) -> None:
    """Lines of facts from `x0` under a drawing; `loop` explains the delay."""
    part = layers[0]
    layer = own_words.layer_of(part)
    quiet = [message("loop.delay")] if more.get("loop") else []
    tensors = [one for one in layer.tensors if part.options.shapes != "off"]
    groups = [
        legend.plain(own_words.step_shapes(part)),
        [Entry((labels.words(said, 7),)) for said in own_words.remarks(part)],
        [] if part.options.legend == "off" else list(own_words.key(part)),
        [Entry((labels.words(said, 7, tint=MUTED),)) for said in own_words.notes(part)],
        [*legend.letters(tensors, part.options), *legend.muted(quiet)],
    ]
    legend.write(canvas, groups, (more.get("x0", 0.0), y - legend.LINE), width)


def unrolled(drawn: Chain) -> str:
    """The sentences that describe an unrolled loop."""
    layer, shown = own_words.layer_of(drawn.part), ", ".join(map(str, drawn.steps))
    some = f" (drawn: {shown})" if drawn.gaps else ""
    return (
        f"The loop at {layer.where}, unrolled over {layer.timesteps} rounds{some}. {own_words.reads(layer)} "
        f"Shapes of one round: {own_words.shapes(layer)}."
    )


def rolled(part: Part) -> str:
    """The sentences that describe a rolled loop."""
    layer = own_words.layer_of(part)
    return (
        f"One round of the loop at {layer.where}, which goes round {layer.timesteps} times: each state comes "
        f"back delayed by one round. {own_words.reads(layer)} Shapes of one round: {own_words.shapes(layer)}."
    )
