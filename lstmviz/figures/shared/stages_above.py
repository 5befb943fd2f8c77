"""What stands on a recurrent layer: every stage of the model after it, row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from lstmviz.figures.base import shape_tag
from lstmviz.figures.shared.calls import call, class_of, made
from lstmviz.figures.shared.claimed import named_state
from lstmviz.figures.shared.legend import Entry, fitted
from lstmviz.layout.solids import hatch_box
from lstmviz.scene.items import MUTED, fill_of, stroke_of
from lstmviz.scene.labels import EMPTY, Inline, code, letters, math, row, shorten, words
from lstmviz.spec.layer_types import EACH_STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.base import Options
    from lstmviz.figures.shared.output_row import Stand
    from lstmviz.network.structure import Stage, Tensor
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Point, Role

EACH = EACH_STEP
"""Stages that do the same to every step by itself."""
TAKEN = frozenset({"x", "y", "cell", "h", "output", "concat", "drop", "input", "h_0", "c_0", "h_n", "c_n"})
"""First parts of ids that a grid gives itself."""
HIGH, LOW = 17.0, 14.0
"""Heights of a stage with weights and of an operation, pt."""
APART = 15.0
"""From one row to the next, pt."""

Spread = Literal["steps", "one", "all"]
"""A node per step, one node at one step, or one node over all steps."""


@dataclass(frozen=True, slots=True)
class Level:
    """The row that was drawn last: its nodes by step (0: over all), and its upper edge."""

    spread: Spread
    ids: dict[int, str]
    top: float
    tensor: Tensor | None = None
    said: tuple[Entry, ...] = ()
    """What the rows have no room to say themselves."""


def ground(stand: Stand) -> Level:
    """The level of `output` itself."""
    return Level("steps", stand.ids, stand.foot)


def spread_after(stage: Stage, before: Spread, time: int) -> Spread:
    """How a stage's result spreads over the steps."""
    if stage.type == "last_step":
        return "one"
    if before != "steps":
        return before
    (given, made), axes = (stage.inputs[0].sizes, stage.outputs[0].sizes), len(stage.inputs[0].sizes)
    along = dict(stage.arguments).get("dim", -1) if stage.type == "softmax" else -1
    own = stage.type in EACH and along % axes != time and given[:-1] == made[:-1]
    return "steps" if own else "all"


def rows(stand: Stand, stages: Sequence[Stage], options: Options, *, end: bool) -> Level:
    """Draw the stages upward from `output`, and at the model's `end` its result."""
    level = ground(stand)
    for i, stage in enumerate(stages):
        low = (stand.roof if i == 0 else level.top) - APART
        shaped = not end or stage is not stages[-1]  # the last shape is that of the result
        level = _row(stand, level, stage, low, options if shaped else quiet(options))
    return _result(stand, level, options) if end and stages else level


def quiet(options: Options) -> Options:
    """The same options, but no shapes are said."""
    return options.model_copy(update={"shapes": "off"})


def stage_id(name: str) -> str:
    """A stage's name as the first part of an id, apart from those of the grid."""
    return f"{name}-stage" if name in TAKEN or "/" in name else name


def _row(stand: Stand, below: Level, stage: Stage, low: float, options: Options) -> Level:
    """One stage, its nodes with their lower edge at `low`."""
    spread = spread_after(stage, below.spread, stand.time)
    high = HIGH if stage.parameters else LOW
    role: Role = "param" if stage.parameters else "op"
    made = stage.outputs[0]
    label = _label(stand, stage, spread)
    more: dict[str, Any] = {"outline": "round", "line": 1.25} if stage.parameters else {"outline": "stadium"}
    more |= {"tensor": f"{stage.name}.output", "shape": made.sizes}
    ids: dict[int, str] = {}
    for step, x in _places(stand, below, spread).items():
        half = max(label.width / 2 + 5, 13.0 if stand.narrow else 19.0)
        if spread == "steps":
            half = min(half, _free(stand) / 2 - 1.5)
        if spread == "all":
            half = max(label.width / 2 + 5, (stand.frame[1] - stand.frame[0]) / 2)
        ids[step] = stage_id(stage.name) + (f".t{step}" if spread == "steps" else "")
        stand.canvas.node(ids[step], role, (x - half, low - high, x + half, low), label, **more)
    level = Level(spread, ids, low - high, made, below.said)
    _join(stand, below, level, low)
    if spread == "steps":
        for x in stand.gaps:
            stand.canvas.dots(x, low - high / 2, stroke_of(role))
    return _say(stand, level, stage, low - high / 2, options)


def _label(stand: Stand, stage: Stage, spread: Spread) -> Inline:
    """What stands in a stage's node: its class, or all of it where the node is wide."""
    if stage.type == "last_step":
        return code("last_step", 7)
    if spread == "all":
        return made(stage).line()
    return words(shorten(class_of(stage), _free(stand) - 6, 7), 7)


def _free(stand: Stand) -> float:
    """The distance between neighbouring columns."""
    return min((b - a for a, b in pairwise(sorted([*stand.xs.values(), *stand.padded]))), default=120.0)


def _places(stand: Stand, below: Level, spread: Spread) -> dict[int, float]:
    """Where the nodes of a row stand, by step; 0 is no step."""
    if spread == "steps":
        return {step: stand.xs[step] for step in below.ids}
    if spread == "all":
        return {0: (stand.frame[0] + stand.frame[1]) / 2}
    return {0: stand.xs[max(stand.xs)]}


def _join(stand: Stand, below: Level, level: Level, low: float) -> None:
    """Lines from one row to the next: step by step, from the last step, or from all."""
    if below.spread == "steps":
        steps = [max(stand.xs)] if level.spread == "one" else list(below.ids)
        pairs = [(below.ids[step], level.ids.get(step, level.ids.get(0, "")), step) for step in steps]
    else:
        pairs = [(below.ids[0], level.ids[0], 0)]
    for source, target, step in pairs:
        x = stand.xs[step] if step else _places(stand, below, level.spread)[0]
        join(stand.canvas, (source, target), [(x, below.top), (x, low)])


def join(canvas: Canvas, ends: tuple[str, str], route: list[Point]) -> None:
    """A line upward between two nodes."""
    canvas.edge(f"{ends[0]}--{ends[1]}.output", ends, "output", route)


def _say(stand: Stand, level: Level, stage: Stage, y: float, options: Options) -> Level:
    """A stage's constructor call and the shape of its result, beside its row."""
    tint = stroke_of("param") if stage.parameters else MUTED
    said = made(stage).line(tint=tint)
    if stage.type == "last_step":
        own = "each sample's own last step" if stand.packed else "the last step alone"
        said = words(own, 7, tint=MUTED)
    elif call(stage) == class_of(stage):
        said = EMPTY  # the node says it
    same = stage.inputs[0].sizes == stage.outputs[0].sizes
    tag = EMPTY if same else shape_tag(stage.outputs[0], options)
    if level.spread == "one":
        return _beside(stand, level, y, said, None if same else (stage.outputs[0], options))
    lines = [tag] if level.spread == "all" else [said, tag]
    over = max(0.0, made(stage).line().width / 2 + 5 - (stand.frame[1] - stand.frame[0]) / 2)
    edge = over if level.spread == "all" else 0.0  # of a node wider than the frame
    if max(line.width for line in lines) <= stand.room[0] - edge - 9:
        _column(stand.canvas, stand.frame[0] - edge - 9, y, lines, "end")
        return level
    if not said.runs and not tag.runs:
        return level
    return replace(level, said=(*level.said, Entry((said, tag), name=shorten(stage.name, 80, 7, "bold"))))


def _beside(
    stand: Stand, level: Level, y: float, made: Inline, shape: tuple[Tensor, Options] | None
) -> Level:
    """A stage's words and its shape on the freer side of a single column."""
    x = stand.xs[max(stand.xs)]
    left, right = x - stand.frame[0] + stand.room[0], stand.frame[1] - x + stand.room[1]
    half = 31.0
    room = max(left, right) - half
    tags = _broken(*shape, room) if shape else []
    wide = [*fitted(made, room), *tags]
    fitting = wide if len(wide) < 3 else tags
    if right >= left:
        _column(stand.canvas, x + half, y, fitting, "start")
    else:
        _column(stand.canvas, x - half, y, fitting, "end")
    return level


def _broken(tensor: Tensor, options: Options, room: float) -> list[Inline]:
    """A shape on one line, or its letters over its numbers."""
    whole = shape_tag(tensor, options)
    if whole.width <= room or options.shapes != "both":
        return [whole]
    return [
        shape_tag(tensor, options, mode="symbols"),
        row(letters("=", 9), shape_tag(tensor, options, mode="numbers"), gap=3),
    ]


def _column(canvas: Canvas, x: float, y: float, lines: list[Inline], anchor: Literal["start", "end"]) -> None:
    """Lines under each other, in the middle of a row."""
    live = [line for line in lines if line.runs]
    for i, line in enumerate(live):
        canvas.text(line, x, y + 2.6 + (i - (len(live) - 1) / 2) * 9.5, anchor)


def _result(stand: Stand, below: Level, options: Options) -> Level:
    """The model's result y on top: a chip per step in a frame, or one chip."""
    assert below.tensor is not None
    sizes, low = below.tensor.sizes, below.top - APART
    xs = _places(stand, below, below.spread)
    steps = below.spread == "steps"
    if steps:
        low -= 4
        members = tuple(f"y.t{step}" for step in xs)
        box = (stand.frame[0], low - 20, stand.frame[1], low + 4)
        stand.canvas.frame(
            "y", "output", box, shape=sizes, members=members, line=1.0, fill=fill_of("output", 0.72)
        )
    half = 10.0 if stand.narrow else 13.0
    ids = {step: f"y.t{step}" if steps else "y" for step in xs}
    for step, x in xs.items():
        size = 9 if stand.narrow else 10.5
        label = named_state("", "y", str(step), size=size) if steps else math("y", size=size)
        box = (x - half, low - 16, x + half, low)
        if below.spread == "all":
            box = (stand.frame[0], low - 16, stand.frame[1], low)
        stand.canvas.node(ids[step], "output", box, label, shape=sizes)
    for x in stand.padded if steps else ():
        box = (x - half, low - 16, x + half, low)
        hatch_box(stand.canvas, box, 4.2)
        stand.canvas.box(box, stroke=stroke_of("output"), line=0.75)
    level = replace(below, ids=ids, top=low - 16)
    _join(stand, below, level, low)
    tag = shape_tag(below.tensor, options)
    name = row(math("y", size=10), tag, gap=5)
    if steps:
        for x in stand.gaps:
            stand.canvas.dots(x, low - 8, stroke_of("output"))
        stand.canvas.text(name, stand.frame[0], low - 26.5, role="output")
        return level
    if below.spread == "one":
        return _beside(stand, level, low - 8, EMPTY, (below.tensor, options))
    stand.canvas.text(name, stand.frame[0], low - 22.5, role="output")
    return level
