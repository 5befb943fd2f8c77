"""What is written beside a stage that stands on a recurrent layer: its call, the shape of its result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lstmviz.figures.base import Options, shape_tag
from lstmviz.figures.shared.calls import call, class_of, made
from lstmviz.figures.shared.legend import Entry, fitted
from lstmviz.figures.shared.output_row import OutputStand
from lstmviz.network.operators import for_readers
from lstmviz.network.structure import Stage, Tensor
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, row, shorten, words
from lstmviz.translation.messages import message

Spread = Literal["steps", "one", "all"]
"""A node per step, one node at one step, or one node over all steps."""


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The row that was drawn last: its nodes by step (0: none of its own), where they are, its upper edge.

    `whole` says that its steps are those of `output`, the padded ones too.
    """

    spread: Spread
    ids: dict[int, str]
    xs: dict[int, float]
    top: float
    tensor: Tensor | None = None
    said: tuple[Entry, ...] = ()
    """What the rows have no room to say themselves."""
    gaps: tuple[float, ...] = ()
    whole: bool = False


def quiet(options: Options) -> Options:
    """The same options, but no shapes are said."""
    return options.model_copy(update={"shapes": "off"})


def say(stand: OutputStand, level: HeadRow, stage: Stage, y: float, options: Options) -> HeadRow:
    """A stage's constructor call and the shape of its result, beside its row."""
    tint = stroke_of("param") if stage.parameters else MUTED
    said = made(stage).line(tint=tint)
    if stage.type == "last_step":
        own = words(message("stage.own-last-step", stage=stage.name), 7, tint=MUTED)
        said = own if stand.packed else EMPTY
    elif call(stage) == class_of(stage):
        said = EMPTY  # the node says it
    same = stage.inputs[0].sizes == stage.outputs[0].sizes
    tag = EMPTY if same else shape_tag(stage.outputs[0], options)
    if level.spread == "one":
        return beside(stand, level, y, said, None if same else (stage.outputs[0], options))
    lines = [tag] if level.spread == "all" else [said, tag]
    over = max(0.0, made(stage).line().width / 2 + 5 - (stand.frame[1] - stand.frame[0]) / 2)
    edge = over if level.spread == "all" else 0.0  # of a node wider than the frame
    if max(line.width for line in lines) <= stand.room[0] - edge - 9:
        column(stand.canvas, stand.frame[0] - edge - 9, y, lines, "end")
        return level
    if not tag.runs and (not said.runs or options.detail != "full"):
        return level  # its node names it, and a frame has its shape
    return replace(level, said=(*level.said, Entry((said, tag), name=for_readers(stage.name))))


def class_short(stage: Stage, room: float) -> TextLine:
    """A stage's class, as much of it as fits `room` pt."""
    return words(shorten(message("stage.class", name=class_of(stage), stage=stage.name), room, 7), 7)


def beside(
    stand: OutputStand, level: HeadRow, y: float, made: TextLine, shape: tuple[Tensor, Options] | None
) -> HeadRow:
    """A stage's words and its shape on the freer side of a single column."""
    x = level.xs[0]
    left, right = x - stand.frame[0] + stand.room[0], stand.frame[1] - x + stand.room[1]
    half = 31.0
    room = max(left, right) - half
    tags = broken(*shape, room) if shape else []
    wide = [*fitted(made, room), *tags]
    fitting = wide if len(wide) < 3 else tags
    if right >= left:
        column(stand.canvas, x + half, y, fitting, "start")
    else:
        column(stand.canvas, x - half, y, fitting, "end")
    return level


def broken(tensor: Tensor, options: Options, room: float) -> list[TextLine]:
    """A shape on one line, or its letters over its numbers."""
    whole = shape_tag(tensor, options)
    if whole.width <= room or options.shapes != "both":
        return [whole]
    return [
        shape_tag(tensor, options, mode="symbols"),
        row(letters("=", 9), shape_tag(tensor, options, mode="numbers"), gap=3),
    ]


def column(
    canvas: Canvas, x: float, y: float, lines: list[TextLine], anchor: Literal["start", "end"]
) -> None:
    """Lines under each other, in the middle of a row."""
    live = [line for line in lines if line.runs]
    for i, line in enumerate(live):
        canvas.text(line, x, y + 2.6 + (i - (len(live) - 1) / 2) * 9.5, anchor)
