"""What stands under a drawing at ``detail: full``, and in the caption of a snippet else."""

from __future__ import annotations

from collections.abc import Iterable

from lstmviz.figures.base import Options
from lstmviz.scene.canvas import Canvas
from lstmviz.translation.messages import Message


def under_figure(canvas: Canvas, said: Iterable[Message], options: Options) -> list[Message]:
    """What is to be written under a drawing: all at ``detail: full``, else nothing: the caption has it."""
    if options.detail == "full":
        return list(said)
    canvas.caption += said
    return []
