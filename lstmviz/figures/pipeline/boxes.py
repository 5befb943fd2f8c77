"""The box of a stage, or of several that share one: what is written in it, and its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lstmviz.figures.base import Options
from lstmviz.figures.pipeline import axes as pipeline_axes
from lstmviz.figures.pipeline.axes import drawn, line_of
from lstmviz.figures.pipeline.steps import Step, counted_weights, in_vain
from lstmviz.figures.shared.called_names import called_in
from lstmviz.records import record
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Box, Point, fill_of, stroke_of
from lstmviz.scene.labels import TextLine, row, wide, words, wrap
from lstmviz.translation.messages import joined, message, user_text

LINE = 9.5
"""From one line to the next, pt."""
APART = 5.0
"""The room over and under the lines of each of several stages in a box together, pt."""
DENSE = 122.0
"""The longest first line of a stage in a column that is set tightly, pt."""
NARROW = 90.0
"""The same of a stage in a row."""
ACTIVATIONS = frozenset({"relu", "tanh", "sigmoid"})
"""What is known by its name, and stands in the first line of what it is done to: ``Conv2d + ReLU``."""
WEIGHED = "stage.parameter"
"""The message of a parameter's shape: of a stage that has several, drawn at ``detail: full``."""


@record(frozen=True, slots=True)
class StageBox:
    """The box of a stage with its lines laid out."""

    step: Step
    lines: tuple[TextLine, ...]
    wires: pipeline_axes.Drawn | None
    upward: bool
    least: Point = (0.0, 0.0)
    under: tuple[TextLine, ...] = ()
    """What is said beside or below the box: states that nothing reads."""
    shared: tuple[tuple[TextLine, ...], ...] = ()
    """The lines of each of several stages that share the box, in the order in which they run."""

    @property
    def size(self) -> Point:
        """Width and height, pt."""
        wide = max(line.width for line in self.lines)
        high = LINE * len(self.lines) + (APART * len(self.shared) or 7.0)
        if self.wires is not None:
            w, h = self.wires.size
            wide, high = (wide + w + 12, max(high, h + 7)) if self.upward else (max(wide, w), high + h + 3)
        return max(wide + 12, 38.0, self.least[0]), max(high, self.least[1])

    def draw(self, canvas: Canvas, at: Point) -> Box:
        """Draw it with its middle at `at`; gives its box."""
        (x, y), (w, h) = at, self.size
        box = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        if self.shared:
            return self._draw_shared(canvas, box)
        plain = self.step.role == "op" and len(self.lines) < 3 and self.wires is None
        radius = min(h / 2, 8.0) if plain else 6.0 if self.step.role == "op" else 5.0
        pen = 1.25 if self.step.role == "param" else 1.0
        if self.wires is not None:  # its wires are painted before nodes are
            canvas.box(box, role="op", fill=fill_of("op"), radius=radius, z=30)
        canvas.node(self.step.id, self.step.role, box, outline="round", radius=radius, line=pen,
                    hollow=self.wires is not None)  # fmt: skip
        block = LINE * len(self.lines)
        middle, top = x, y - block / 2
        if self.wires is not None and self.upward:
            middle = box[0] + 6 + max(line.width for line in self.lines) / 2
            self.wires.draw(canvas, (box[2] - 6 - self.wires.size[0] / 2, y))
        elif self.wires is not None:
            top = box[1] + 3.5
            self.wires.draw(canvas, (x, box[3] - 4.5 - self.wires.size[1] / 2))
        for k, line in enumerate(self.lines):
            canvas.text(line, middle, top + LINE * (k + 1) - 2.2, "middle", role=self.step.role)
        return box

    def _draw_shared(self, canvas: Canvas, box: Box) -> Box:
        """Draw several stages on each other the way that the flow goes, a line between two."""
        role, x = self.step.role, (box[0] + box[2]) / 2
        canvas.box(box, role=role, fill=fill_of(role), radius=5.0, z=30)
        pen = 1.25 if role == "param" else 1.0
        canvas.node(self.step.id, role, box, outline="round", radius=5.0, line=pen, hollow=True)
        y, way = (box[3], -1) if self.upward else (box[1], 1)
        for number, lines in enumerate(self.shared):
            if number:
                canvas.line([(box[0], y), (box[2], y)], stroke=stroke_of(role), line=0.5, role=role, z=31)
            high = LINE * len(lines) + APART
            first = y + way * high / 2 - LINE * len(lines) / 2 - 2.2
            for k, line in enumerate(lines):
                canvas.text(line, x, first + LINE * (k + 1), "middle", role=role, at=box)
            y += way * high
        return box


def stage_box(
    step: Step,
    options: Options,
    *,
    upward: bool,
    dense: bool = False,
    count: bool = False,
    least: Point = (0, 0),
    room: float | None = None,
    done: Sequence[Step] = (),
) -> StageBox:
    """Lay out a stage: its title, with those of the activations `done` to it, its own name, what it does, its
    parameters. At `detail: full` the axes that it rearranges are wired, else they stand on a line.
    """
    longest = min(DENSE if upward else NARROW, room + 6 if room else DENSE)
    room = room or (104.0 if upward else 84.0)
    module = step.role == "param"
    title = message("bare.encoder") if step.handed else step.title
    title = message("bare.decoder") if step.type == "decoder" else title
    lines = [words(title, 8, font="bold" if module else "sans")]
    if (name := _called(step)) != "":
        lines += called_in(name, room)
    full = options.detail == "full"
    lines[0] = row(lines[0], *(words(part, 8) for one in done for part in (user_text("+"), one.title)), gap=3)
    told = [joined(", ", step.title, step.told[0]), *step.told[1:]] if step.handed else step.told
    told = [one for one in told if full or (one.id != WEIGHED and step.wiring is None)]
    lines += [line_of(step.wiring, options)] if step.wiring is not None and not full else []
    told += [counted_weights(step)] if count and step.parameters else []
    lines += [words(t, 7) for text in told for t in wrap(text, room, 7)]
    if dense and len(lines) > 1 and row(*lines[:2], gap=6).width <= longest:
        lines[:2] = [row(*lines[:2], gap=6)]
    wires = drawn(step.wiring, options, upward=upward) if step.wiring is not None and full else None
    about = {"stage": step.stage, "names": step.unused}
    vain = [message("stage.vain-names", **about), message("stage.unused", **about)] if step.unused else []
    if step.type == "decoder" and vain:  # h_n of another is what it begins with
        vain[0] = message("stage.own-vain-names", **about)
    if step.beside:
        lines += [words(one, 7) for one in ([in_vain(step)] if vain and upward else vain)]
        vain = []
    elif step.handed:
        vain = [message("stage.output-unused", names="output", stage=step.stage)]
    under = tuple(words(one, 7, tint=MUTED) for one in vain)
    return StageBox(step, tuple(lines), wires, upward, least, under)


def shared_box(steps: Sequence[Step], options: Options, *, upward: bool, **how: Any) -> StageBox:
    """Lay out one stage, or several in a box, each as briefly as there is room for."""
    if len(steps) == 1:
        return stage_box(steps[0], options, upward=upward, **how)
    parts: list[list[Step]] = []
    for step in steps:
        if parts and options.detail != "full" and _beside(parts[-1], step, how.get("room") or DENSE):
            parts[-1].append(step)
        else:
            parts.append([step])
    how |= {"dense": True}
    boxes = [stage_box(head, options, upward=upward, done=done, **how) for head, *done in parts]
    roles = {step.role for step in steps}
    last = replace(steps[-1], role="param" if "param" in roles else "op")
    shared = tuple(box.lines for box in boxes)
    lines = tuple(line for part in (shared[::-1] if upward else shared) for line in part)
    under = tuple(line for box in boxes for line in box.under)
    return StageBox(last, lines, None, upward, boxes[-1].least, under, shared)


def _beside(before: Sequence[Step], step: Step, room: float) -> bool:
    """Whether the title of an activation stands beside that of what it is done to."""
    named = before[0].role == "param" and step.type in ACTIVATIONS and not (_called(step) or step.of_rounds)
    return named and sum(wide(one.title, 8) + 12 for one in (*before, step)) <= room + 12


def _called(step: Step) -> str:
    """A stage's own name, where it says more than the title."""
    if step.called is not None:
        return step.called
    if step.handed and step.name == message("bare.encoder").english.lower():
        return ""
    base = step.name.rpartition("-")[0] if step.name.rpartition("-")[2].isdigit() else step.name
    return "" if base in {step.type, step.title.english.lower()} or "." in step.name else step.name
