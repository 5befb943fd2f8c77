"""The bare pipeline: the stages by their names, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.base import Draft
from lstmviz.figures.pipeline import bare_steps
from lstmviz.figures.pipeline.bare_steps import relation_of
from lstmviz.figures.pipeline.branches import branching
from lstmviz.figures.pipeline.description import describe
from lstmviz.figures.pipeline.steps import steps_of
from lstmviz.figures.shared import bare
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import middle
from lstmviz.scene.items import MUTED, fill_of
from lstmviz.translation.messages import joined, message

if TYPE_CHECKING:
    from lstmviz.figures.base import Options, Subject
    from lstmviz.figures.pages import Page
    from lstmviz.figures.pipeline.steps import Step
    from lstmviz.network.steps import Relation
    from lstmviz.network.structure import Trace
    from lstmviz.scene.items import Box, Point, Role
    from lstmviz.translation.messages import Said

MOST = 12
"""So many stages are read at one look."""
HIGH, GAP, PAD, LEAST = 28.0, 20.0, 9.0, 44.0
"""Of a stage: its height, from one to the next, beside its name, and its least width, pt."""
TALL = 44.0
"""The height of the stages of a slide that stand in one row, pt."""
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
    beside: Stop | None = None
    """What a decoder reads besides."""
    states: tuple[Stop, ...] = ()
    """What an encoder hands on: c above h; the stop has no box of its own."""
    steps: Relation | None = None
    """Which steps each step reads, if those are all."""
    told: Said | None = None
    """What is said of that."""

    @property
    def wide(self) -> float:
        """The width of its box."""
        if self.states:
            return max(state.wide for state in self.states)
        least = labels.wide(self.told, bare.WORD) + PAD if self.told else LEAST
        return max(least, labels.wide(self.name, bare.WORD, "bold") + 2 * PAD)

    @property
    def room(self) -> float:
        """Its width with the words under it."""
        return max(self.wide, *(labels.wide(line, bare.WORD) for line in self.more), 0.0)


def unable(subject: Subject) -> str | None:
    """Why a model has no bare pipeline, or None."""
    steps = steps_of(subject.trace)
    odd = any(s.handed or s.source or {t.name for t in s.beside} - {"target"} for s in steps)
    if branching(subject) or (odd and not _one_decoder(steps)):
        return "detail: low draws stages one after the other, and one decoder after its encoder"
    if len(subject.trace.stages) > MOST:
        return f"detail: low draws at most {MOST} stages, and this model has {len(subject.trace.stages)}"
    return None


def compose(subject: Subject, _options: Options, page: Page) -> Draft:
    """From left to right, in rows where the page is wide enough for that, else upward."""
    steps, trace = steps_of(subject.trace), subject.trace
    stops = [Stop("input", "input", message("bare.input"), "input", trace.input.sizes)]
    for step in steps:
        stops.append(_stop(step, trace))
        if step.handed:
            stops.append(_handed(step))
    last = steps[-1]
    stops.append(Stop(last.tensor_id, "output", message("bare.output"), last.name, last.output.sizes))
    canvas = Canvas()
    wide = sum(stop.room + GAP for stop in stops) - GAP + 4
    handed = any(stop.states for stop in stops)
    rows = [stops] if bare.in_a_row("pipeline", wide, page) or handed else _rows(stops, page.inner - 4)
    level = wide <= page.inner if handed else len(rows) == 1 or page.width * page.scale > NARROW
    tall = TALL if page.height is not None and len(rows) == 1 else HIGH
    boxes = _level(canvas, rows, tall) if level else _upward(canvas, stops)
    for (a, one), (b, two) in pairwise(zip(stops, boxes, strict=True)):
        if a.states or b.states:
            _hand_on(canvas, (a, one), (b, two), level=level)
            continue
        route = _across(one, two, boxes) if level else [(middle(one)[0], one[1]), (middle(one)[0], two[3])]
        canvas.edge(ids.arrow(a.id, b.id), (a.id, b.id), "op", route, line=bare.THICK, stroke=MUTED)
    if handed:
        return Draft(canvas, describe(subject, steps))
    told = joined(" → ", *(stop.name for stop in stops))
    return Draft(canvas, message("pipeline.aloud-bare", n=len(steps), names=told))


def _one_decoder(steps: list[Step]) -> bool:
    """Whether the only states that go anywhere are an encoder's, to the decoder right after it."""
    pairs = [(one, two) for one, two in pairwise(steps) if one.handed]
    others = [s for s in steps if s.source or (s.beside and s.type != "decoder")]
    return len(pairs) == 1 and pairs[0][1].type == "decoder" and not others and not steps[-1].handed


def _handed(step: Step) -> Stop:
    """The last states of an encoder, c above h."""
    states = tuple(
        Stop(f"{step.tensor_id}.{one.name}", "cell" if one.name[0] == "c" else "hidden",
             message(f"bare.short-{one.name[0]}"), one.name, one.sizes)
        for one in sorted(step.handed, key=lambda t: t.name)
    )  # fmt: skip
    return Stop(step.tensor_id, "hidden", states[0].name, step.name, step.output.sizes, states=states)


def _hand_on(canvas: Canvas, before: tuple[Stop, Box], after: tuple[Stop, Box], *, level: bool) -> None:
    """The states of an encoder from it, or to the decoder: each on a line of its own."""
    (a, one), (b, two) = before, after
    held, box = (a, one) if a.states else (b, two)
    for state, (x0, y0, x1, y1) in zip(held.states, _places(held, box, level=level), strict=True):
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        ends = (state.id, b.id) if a.states else (a.id, state.id)
        if level:
            route = [(x1, y), (two[0], y)] if a.states else [(one[2], y), (x0, y)]
        else:
            route = [(x, y0), (x, two[3])] if a.states else [(x, one[1]), (x, y1)]
        style = bare.style("c" if state.role == "cell" else "h")
        canvas.edge(ids.arrow(ends[0], ends[1]), ends, state.role, route, **style)


def _places(stop: Stop, box: Box, *, level: bool) -> list[Box]:
    """Where states stand in their box: one above the other, or side by side."""
    x0, y0, x1, y1 = box
    count, gap = len(stop.states), 8.0
    if level:
        high = (y1 - y0 - gap * (count - 1)) / count
        return [(x0, y0 + k * (high + gap), x1, y0 + k * (high + gap) + high) for k in range(count)]
    each = (x1 - x0 - gap * (count - 1)) / count
    return [(x0 + k * (each + gap), y0, x0 + k * (each + gap) + each, y1) for k in range(count)]


def _stop(step: Step, trace: Trace) -> Stop:
    layer = next((one for one in trace.recurrent if one.name == step.name), None)
    count = layer.num_layers if layer is not None else 1
    more = [message("stage.layers", n=count, stage=step.stage)] if count > 1 else []
    two = layer is not None and layer.bidirectional
    more += [message("stage.both-ways", stage=step.stage)] if two else []
    name = message("stage.class", name=step.title.english.replace("_", " "), stage=step.stage)
    if step.handed:  # what it is for is larger than what it is
        name, more = message("bare.encoder"), [name, *more]
    role: Role = "param" if trace.stage(step.name) and step.role == "param" else "op"
    read = [Stop(ids.named("input", step.name, t.name), "input", message("bare.target"), t.name, t.sizes)
            for t in step.beside]  # fmt: skip
    beside = read[0] if read else None
    steps = relation_of(trace.stage(step.stage))
    told = message("stage.attends", stage=step.stage) if steps else None
    return Stop(step.id, role, name, step.name, step.output.sizes, tuple(more), beside, (), steps, told)


def _rows(stops: list[Stop], room: float) -> list[list[Stop]]:
    """The stops in as few rows as hold them, filled evenly."""
    for count in range(1, len(stops) + 1):
        ends = [round(len(stops) * k / count) for k in range(count + 1)]
        rows = [stops[a:b] for a, b in pairwise(ends)]
        aside = 0.0 if count == 1 else 2 * TURN
        if all(sum(s.room for s in row) + GAP * (len(row) - 1) + aside <= room for row in rows):
            break
    return rows


def _level(canvas: Canvas, rows: list[list[Stop]], least: float) -> list[Box]:
    """From left to right, row by row, `least` high and higher."""
    y = 0.0
    boxes: list[Box] = []
    for row in rows:
        x, tall = 0.0, max(least, _tall(row))
        for k, stop in enumerate(row):
            side = (stop.room - stop.wide) / 2
            high = tall if any(s.states for s in row[max(0, k - 1) : k + 2]) else least
            top = y + (tall - high) / 2
            boxes.append((x + side, top, x + side + stop.wide, top + high))
            _draw(canvas, stop, boxes[-1], level=True)
            if stop.more:
                bare.say(canvas, stop.more, (x + stop.room / 2, top + high + 13))
            if stop.steps and stop.told:
                bare_steps.draw(canvas, stop.steps, boxes[-1], stop.told)
            x += stop.room + GAP
        under = max(bare_steps.HIGH if s.steps else bare.LEAD * len(s.more) for s in row)
        y += tall + under + BETWEEN
    return boxes


def _tall(row: list[Stop]) -> float:
    """The height of a row: states stand one above the other."""
    return max(HIGH, *(HIGH * len(stop.states) + 8.0 * (len(stop.states) - 1) for stop in row))


def _across(one: Box, two: Box, boxes: list[Box]) -> list[Point]:
    """The way to the right; round the row's end to the beginning of the next."""
    (_, y0), (_, y1) = middle(one), middle(two)
    if y0 == y1:
        return [(one[2], y0), (two[0], y1)]
    right, between = max(box[2] for box in boxes) + TURN, two[1] - BETWEEN / 2 + 2
    left = two[0] - TURN
    return [(one[2], y0), (right, y0), (right, between), (left, between), (left, y1), (two[0], y1)]


def _upward(canvas: Canvas, stops: list[Stop]) -> list[Box]:
    count = max(1, *(len(stop.states) for stop in stops))
    wide = max(stop.wide * (count if stop.states else 1) for stop in stops) + 8.0 * (count - 1)
    boxes: list[Box] = []
    for i, stop in enumerate(stops):
        y = -i * (HIGH + GAP)
        boxes.append((0.0, y, wide, y + HIGH))
        _draw(canvas, stop, boxes[-1], level=False)
        if stop.more and stop.beside is None:
            bare.say(canvas, stop.more, (wide + 9, y + (12.0 if len(stop.more) > 1 else 17.5)), "start")
    return boxes


def _draw(canvas: Canvas, stop: Stop, box: Box, *, level: bool) -> None:
    """A module in a rounded box, what has no weights in a stadium, a tensor in a sharp one."""
    if stop.states:
        for state, place in zip(stop.states, _places(stop, box, level=level), strict=True):
            _draw(canvas, state, place, level=level)
        return
    if stop.beside is not None:
        _beside(canvas, stop, stop.beside, box, level=level)
    outline = {"param": "round", "op": "stadium"}.get(stop.role, "rect")
    name = labels.words(stop.name, bare.WORD, font="bold" if stop.role == "param" else "sans")
    look = {"outline": outline, "line": 2.4 if stop.role == "output" else 1.4}
    if stop.role == "output":
        look["fill"] = fill_of("output")
    canvas.node(stop.id, stop.role, box, name, tensor=stop.tensor, shape=stop.shape, **look)


def _beside(canvas: Canvas, stop: Stop, read: Stop, box: Box, *, level: bool) -> None:
    """What a decoder reads besides: above it, or at its right where the flow goes upward."""
    (x, y), wide = middle(box), read.wide
    if level:
        place = (x - wide / 2, box[1] - GAP - HIGH, x + wide / 2, box[1] - GAP)
        route = [(x, place[3]), (x, box[1])]
    else:
        place = (box[2] + GAP, y - HIGH / 2, box[2] + GAP + wide, y + HIGH / 2)
        route = [(place[0], y), (box[2], y)]
    _draw(canvas, read, place, level=level)
    canvas.edge(ids.arrow(read.id, stop.id), (read.id, stop.id), "input", route, line=bare.THICK)
