"""The bare pipeline: the stages by their names, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.base import Draft
from lstmviz.figures.pipeline.branches import branching
from lstmviz.figures.pipeline.steps import steps_of
from lstmviz.figures.shared import bare
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import middle
from lstmviz.scene.items import MUTED, fill_of
from lstmviz.translation.messages import joined, message

if TYPE_CHECKING:
    from lstmviz.figures.base import Options, Subject
    from lstmviz.figures.pages import Page
    from lstmviz.figures.pipeline.steps import Step
    from lstmviz.network.structure import Trace
    from lstmviz.scene.items import Box, Point, Role
    from lstmviz.translation.messages import Said

MOST = 12
"""So many stages are read at one look."""
HIGH, GAP, PAD, LEAST = 28.0, 20.0, 9.0, 44.0
"""Of a stage: its height, from one to the next, beside its name, and its least width, pt."""
TURN, BETWEEN = 15.0, 34.0
"""Beside the boxes, for the way to the next row; and the free space between two rows, pt."""
NARROW = 380.0
"""On a page no wider than this the stages stand upward, pt."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Something on the way: its node, its name, and more words about it."""

    id: str
    role: Role
    name: Said
    tensor: str
    shape: tuple[int, ...]
    more: tuple[Said, ...] = ()

    @property
    def wide(self) -> float:
        """The width of its box."""
        return max(LEAST, labels.wide(self.name, bare.WORD, "bold") + 2 * PAD)

    @property
    def room(self) -> float:
        """Its width with the words under it."""
        return max(self.wide, *(labels.wide(line, bare.WORD) for line in self.more), 0.0)


def unable(subject: Subject) -> str | None:
    """Why a model has no bare pipeline, or None."""
    if branching(subject) or any(s.beside or s.handed for s in steps_of(subject.trace)):
        return "detail: low draws models in which every stage reads the one before it alone"
    if len(subject.trace.stages) > MOST:
        return f"detail: low draws at most {MOST} stages, and this model has {len(subject.trace.stages)}"
    return None


def compose(subject: Subject, _options: Options, page: Page) -> Draft:
    """From left to right, in rows where the page is wide enough for that, else upward."""
    steps, trace = steps_of(subject.trace), subject.trace
    stops = [Stop("input", "input", message("bare.input"), "input", trace.input.sizes)]
    stops += [_stop(step, trace) for step in steps]
    last = steps[-1]
    stops.append(Stop(last.tensor_id, "output", message("bare.output"), last.name, last.output.sizes))
    canvas = Canvas()
    wide = sum(stop.room + GAP for stop in stops) - GAP + 4
    rows = [stops] if bare.in_a_row("pipeline", wide, page) else _rows(stops, page.inner - 4)
    level = len(rows) == 1 or page.width * page.scale > NARROW
    boxes = _level(canvas, rows) if level else _upward(canvas, stops)
    for (a, one), (b, two) in pairwise(zip(stops, boxes, strict=True)):
        route = _across(one, two, boxes) if level else [(middle(one)[0], one[1]), (middle(one)[0], two[3])]
        canvas.edge(f"{a.id}--{b.id}", (a.id, b.id), "op", route, line=bare.THICK, stroke=MUTED)
    told = joined(" → ", *(stop.name for stop in stops))
    return Draft(canvas, message("pipeline.aloud-bare", n=len(steps), names=told))


def _stop(step: Step, trace: Trace) -> Stop:
    layer = next((one for one in trace.recurrent if one.name == step.name), None)
    count = layer.num_layers if layer is not None else 1
    more = [message("stage.layers", n=count, stage=step.stage)] if count > 1 else []
    two = layer is not None and layer.bidirectional
    more += [message("stage.both-ways", stage=step.stage)] if two else []
    name = message("stage.class", name=step.title.english.replace("_", " "), stage=step.stage)
    role: Role = "param" if trace.stage(step.name) and step.role == "param" else "op"
    return Stop(step.id, role, name, step.name, step.output.sizes, tuple(more))


def _rows(stops: list[Stop], room: float) -> list[list[Stop]]:
    """The stops in as few rows as hold them, filled evenly."""
    for count in range(1, len(stops) + 1):
        size = -(-len(stops) // count)
        rows = [stops[i : i + size] for i in range(0, len(stops), size)]
        aside = 0.0 if count == 1 else 2 * TURN
        if all(sum(s.room for s in row) + GAP * (len(row) - 1) + aside <= room for row in rows):
            break
    return rows


def _level(canvas: Canvas, rows: list[list[Stop]]) -> list[Box]:
    """From left to right, row by row."""
    y = 0.0
    boxes: list[Box] = []
    for row in rows:
        x = 0.0
        for stop in row:
            side = (stop.room - stop.wide) / 2
            boxes.append((x + side, y, x + side + stop.wide, y + HIGH))
            _draw(canvas, stop, boxes[-1])
            if stop.more:
                bare.say(canvas, stop.more, (x + stop.room / 2, y + HIGH + 13))
            x += stop.room + GAP
        y += HIGH + bare.LEAD * max(len(s.more) for s in row) + BETWEEN
    return boxes


def _across(one: Box, two: Box, boxes: list[Box]) -> list[Point]:
    """The way to the right; round the row's end to the beginning of the next."""
    (_, y0), (_, y1) = middle(one), middle(two)
    if y0 == y1:
        return [(one[2], y0), (two[0], y1)]
    right, between = max(box[2] for box in boxes) + TURN, two[1] - BETWEEN / 2 + 2
    left = two[0] - TURN
    return [(one[2], y0), (right, y0), (right, between), (left, between), (left, y1), (two[0], y1)]


def _upward(canvas: Canvas, stops: list[Stop]) -> list[Box]:
    wide = max(stop.wide for stop in stops)
    boxes: list[Box] = []
    for i, stop in enumerate(stops):
        y = -i * (HIGH + GAP)
        boxes.append((0.0, y, wide, y + HIGH))
        _draw(canvas, stop, boxes[-1])
        if stop.more:
            bare.say(canvas, stop.more, (wide + 9, y + (12.0 if len(stop.more) > 1 else 17.5)), "start")
    return boxes


def _draw(canvas: Canvas, stop: Stop, box: Box) -> None:
    """A module in a rounded box, what has no weights in a stadium, a tensor in a sharp one."""
    outline = {"param": "round", "op": "stadium"}.get(stop.role, "rect")
    name = labels.words(stop.name, bare.WORD, font="bold" if stop.role == "param" else "sans")
    look = {"outline": outline, "line": 2.4 if stop.role == "output" else 1.4}
    if stop.role == "output":
        look["fill"] = fill_of("output")
    canvas.node(stop.id, stop.role, box, name, tensor=stop.tensor, shape=stop.shape, **look)
