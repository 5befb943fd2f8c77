"""What a pipeline shows, to be read aloud."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.base import Subject
from lstmviz.figures.pipeline.steps import Step
from lstmviz.figures.shared.sentences import shape_said
from lstmviz.translation.messages import Message, joined, message


def describe(subject: Subject, steps: list[Step]) -> Message:
    """The stages in their order, each with the shape after it, to be read aloud."""
    told = [
        message("pipeline.aloud", n=len(steps), stages=tuple(step.stage for step in steps)),
        message("pipeline.aloud-input", shape=shape_said(subject.trace.input)),
    ]
    for step in steps:
        given: dict[str, Any] = {"title": step.title, "stage": step.stage}
        if step.told:
            about = message("pipeline.aloud-gives-told", told=joined(", ", *step.told),
                            shape=shape_said(step.output), **given)  # fmt: skip
        else:
            about = message("pipeline.aloud-gives", shape=shape_said(step.output), **given)
        told.append(about)
    for step in (one for one in steps if one.beside):
        shapes = [message("pipeline.tensor", name=t.name, shape=shape_said(t), stage=step.stage)
                  for t in step.beside]  # fmt: skip
        listed = joined(", ", *shapes, other=", ")
        told.append(message("pipeline.aloud-reads", title=step.title, shapes=listed, stage=step.stage))
    for step in (one for one in steps if one.handed):
        names = ", ".join(t.name for t in step.handed)
        told.append(message("pipeline.aloud-hands", title=step.title, names=names, stage=step.stage))
    return joined(" ", *told)
