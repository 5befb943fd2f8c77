"""What stands on a recurrent layer: every stage of the model after it, row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from lstmviz.figures.base import Options, shape_tag
from lstmviz.figures.shared import model_results, output_line
from lstmviz.figures.shared.calls import made
from lstmviz.figures.shared.content import LayerBlock
from lstmviz.figures.shared.head_rows import Head, Row
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.model_results import ModelResult
from lstmviz.figures.shared.output_row import Exit, OutputStand
from lstmviz.figures.shared.stage_labels import (
    HeadRow,
    Spread,
    class_short,
    quiet,
    say,
)
from lstmviz.network.steps import Relation
from lstmviz.network.structure import full_name
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Role, stroke_of
from lstmviz.scene.labels import TextLine, row, words
from lstmviz.scene.near import box_of
from lstmviz.translation.messages import message

TAKEN = re.compile(r"(x|output|all)\d*|result|cell|h|concat|drop|input|[hc]_[0n]")
"""First parts of ids that a grid gives itself."""
HIGH, LOW = 17.0, 14.0
"""Heights of a stage with weights and of an operation, pt."""
APART = 15.0
"""From one row to the next, pt."""

WORDS = 5.0
"""From words to a line that goes up beside them, pt."""
HEADS = 18.0
"""From one head to the one over it, pt: what names its result stands there."""
FAN = 3
"""A step that reads more steps than this is drawn in one node over all steps, with a tap for each."""


def ground(stand: OutputStand) -> HeadRow:
    """The level of `output` itself."""
    return HeadRow("steps", stand.ids, stand.xs, stand.foot, gaps=stand.gaps, whole=True)


def rows(stand: OutputStand, stages: Sequence[Row], options: Options, *, end: bool) -> HeadRow:
    """Draw the stages upward from `output`, and at the model's `end` its result."""
    *_, level = _stages(stand, stages, options, ground(stand), stand.roof, end=end)
    return model_results.draw(stand, level, options) if end and stages else level


def heads(stand: OutputStand, block: LayerBlock, options: Options, *, end: bool) -> HeadRow:
    """Draw what stands on a layer, and at the model's `end` its other heads, each over the one before."""
    if not end or not block.heads:
        return rows(stand, block.after, options, end=end)
    several = [Head(block.after, block.key), *block.heads]
    level, low, said = ground(stand), stand.roof, tuple[Entry, ...]()
    levels = {"": level}
    for place, head in enumerate(several):
        drawn = _stages(stand, head.rows, options, replace(levels[head.on], said=()), low, end=True)
        levels |= dict(zip((row.stage.name for row in head.rows), drawn[1:], strict=True))
        tensor = full_name(head.rows[-1].stage, head.rows[-1].given)
        result = ModelResult(place, tensor, head.key, covered=place + 1 < len(several))
        level = model_results.draw(stand, drawn[-1], options, result)
        low, said = level.top - HEADS, (*said, *level.said)
    return replace(level, said=said)


def _stages(
    stand: OutputStand, stages: Sequence[Row], options: Options, below: HeadRow, low: float, *, end: bool
) -> list[HeadRow]:
    """The rows upward from `low`; the first stands on what is `below`, past what may be between."""
    levels = [below]
    for one in stages:
        shaped = not end or one is not stages[-1]  # the last shape is that of the result
        said = options if shaped else quiet(options)
        levels.append(_row(stand, levels[-1], one, low - APART, said))
        low = levels[-1].top
    return levels


def _read(stand: OutputStand, row: Row, below: HeadRow) -> Relation | None:
    """Which steps of the row below a row reads; None where that has none."""
    if below.spread != "steps":
        return None
    return row.of("output", stand.sample) if below.tensor is None else row.of("")


def _placed(stand: OutputStand, row: Row, below: HeadRow) -> tuple[Spread, dict[int, float]]:
    """How a row spreads, and where its nodes are; 0 is no step."""
    middle = (stand.frame[0] + stand.frame[1]) / 2
    if below.tensor is None and row.states:
        sides = {exit_.left for _, exit_ in exits(stand, row)}
        if len(sides) > 1 or row.of("output") is not None:
            return "one", {0: middle}
        return "one", {0: min(stand.xs.values()) if True in sides else max(stand.xs.values())}
    read = _read(stand, row, below)
    if read is not None:
        return _along(read, row, below, middle)
    if below.spread == "steps":
        return "one", {0: max(stand.xs.values())}
    return (("all" if row.steps else "one"), {0: middle}) if row.weighs else (below.spread, dict(below.xs))


def _along(read: Relation, row: Row, below: HeadRow, middle: float) -> tuple[Spread, dict[int, float]]:
    """How a row spreads over the steps below that it reads."""
    if not row.steps:
        steps = read.reads(1)
        alone = len(steps) == 1 and steps[0] in below.xs
        return ("one", {0: below.xs[steps[0]]}) if alone else ("all", {0: middle})
    each = {step: read.reads(step) for step in range(1, read.given + 1)}
    if max(map(len, each.values())) > FAN:
        return "all", {0: middle}
    drawn = {step: own for step, own in each.items() if own and all(one in below.xs for one in own)}
    aligned = read.given == read.taken  # as many steps as below: each stands over its own
    xs = {
        step: below.xs[step] if aligned and step in own else sum(below.xs[one] for one in own) / len(own)
        for step, own in drawn.items()
    }
    close = any(b - a < 1 for a, b in pairwise(sorted(xs.values())))
    return ("all", {0: middle}) if close or not xs else ("steps", xs)


def stage_id(name: str) -> str:
    """A stage's name as the first part of an id, apart from those of the grid."""
    return f"{name}-stage" if TAKEN.fullmatch(name) or ids.prefixed(name) else name


def _row(stand: OutputStand, below: HeadRow, row: Row, low: float, options: Options) -> HeadRow:
    """One stage, its nodes with their lower edge at `low`."""
    stage = row.stage
    spread, xs = _placed(stand, row, below)
    high = HIGH if stage.parameters else LOW
    role: Role = "param" if stage.parameters else "op"
    made = row.given
    label = _label(stand, row, spread)
    more: dict[str, Any] = {"outline": "round", "line": 1.25} if stage.parameters else {"outline": "stadium"}
    more |= {"tensor": f"{stage.name}.{made.name}", "shape": made.sizes}
    nodes: dict[int, str] = {}
    half = 0.0
    for step, x in xs.items():
        half = max(label.width / 2 + 5, 13.0 if stand.narrow else 19.0)
        if spread == "steps":
            half = min(half, _free(stand) / 2 - 1.5)
        if spread == "all":
            half = max(label.width / 2 + 5, (stand.frame[1] - stand.frame[0]) / 2)
        nodes[step] = ids.at(stage_id(stage.name), step=step if spread == "steps" else None)
        stand.canvas.node(nodes[step], role, (x - half, low - high, x + half, low), label, **more)
    whole = below.whole and xs == below.xs
    gaps = below.gaps if xs == below.xs else _gaps(xs)
    level = HeadRow(spread, nodes, xs, low - high, made, below.said, gaps, whole)
    if row.states:
        _from_states(stand, row, level, (xs[0] - half, low - high, xs[0] + half, low))
    _lead(stand, below, level, row, low - high / 2)
    if spread == "steps":
        for x in gaps:
            stand.canvas.dots(x, low - high / 2, stroke_of(role))
    if row.states or (row.weighs and spread != "steps"):
        return _said(level, row, options)
    return say(stand, level, stage, low - high / 2, options)


def _lead(stand: OutputStand, below: HeadRow, level: HeadRow, row: Row, y: float) -> None:
    """Lines into a row with its middle at y: from what is below, and from steps of `output` read anew."""
    low, lowest = 2 * y - level.top, below.tensor is None
    anew = row.weighs
    if low + APART < (stand.roof if lowest else below.top):  # on another head
        anew |= lowest and row.of("output") is not None
        if not lowest:
            output_line.past(stand.canvas, below, level, _read(stand, row, below), y)
        own = row.steps
    else:
        own = row.reads_each
        if not lowest or row.of("output") is not None:
            _join(stand, below, level, row, low)
    if anew:
        draw = output_line.each if own and level.spread == "steps" else output_line.draw
        draw(stand, row, level, y)


def _said(level: HeadRow, row: Row, options: Options) -> HeadRow:
    """What has no room beside a row into which lines come from the sides."""
    line = (_from_ends(row) or written(row), shape_tag(row.given, options))
    return replace(level, said=(*level.said, Entry(line, name=row.stage.name)))


def _from_ends(one: Row) -> TextLine | None:
    """Which last states a last_state holds, of two directions in their order; its name says the rest."""
    if one.stage.type != "last_state":
        return None
    at = sorted(index - 1 for base, own in one.reads if base == "h_n" for index in own.read())
    if len(at) == 1:
        return words(message("stage.last-layer", stage=one.stage.name), 7)
    names = ", ".join(f"h_n[{index}]" for index in at)
    return words(message("stage.side-by-side", names=names, stage=one.stage.name), 7)


def _gaps(xs: dict[int, float]) -> tuple[float, ...]:
    """The middles between neighbouring nodes with steps between them."""
    return tuple((xs[a] + xs[b]) / 2 for a, b in pairwise(sorted(xs)) if b - a > 1)


def _label(stand: OutputStand, one: Row, spread: Spread) -> TextLine:
    """What stands in a stage's node: its class, or all of it where the node is wide."""
    stage = one.stage
    if stage.type == "last_step":
        word = "stage.own-last-step-word" if stand.packed else "stage.last-step-word"
        return words(message(word, stage=stage.name), 7)
    if spread == "all":
        return written(one)
    return class_short(stage, _free(stand) - 6)


def written(one: Row) -> TextLine:
    """The stage as code makes it, and what is done on the way to it: ``cat(dim=1) of mean, max``."""
    line = made(one.stage).line()
    if not one.through:
        return line
    return row(line, words(message("stage.of", names=", ".join(one.through), stage=one.stage.name), 7), gap=4)


def exits(stand: OutputStand, row: Row) -> list[tuple[str, Exit]]:
    """The last states that a row reads, with the ways out of them; none of those that have no way."""
    found = [(base, index) for base, own in row.reads if base.endswith("_n") for index in own.read()]
    return [(base, stand.states[base, index]) for base, index in found if (base, index) in stand.states]


def _from_states(stand: OutputStand, row: Row, level: HeadRow, box: Box) -> None:
    """Lines from last states, beside the layer, to the sides of a node."""
    ways, y = [way for _, way in exits(stand, row)], (box[1] + box[3]) / 2
    for way in ways:
        edge = box[0] if way.left else box[2]
        past = max(_past_words(stand.canvas, other, y) for other in ways if other.left == way.left)
        x = way.route[-1][0] + (-past if way.left else past)
        route = [*way.route[:-1], (x, way.route[-1][1]), (x, y), (edge, y)]
        for before in [one for one in stand.canvas.edges if one.source == way.id][-1:]:
            stand.canvas.dot(*before.route[-2], 1.9, stroke_of(way.role), role=way.role)
        name = ids.arrow(way.id, level.ids[0], way.role)
        stand.canvas.edge(name, (way.id, level.ids[0]), way.role, route, double=way.role == "cell")


def _past_words(canvas: Canvas, way: Exit, y: float) -> float:
    """How much farther out a line goes up than its way says, so as to pass the words that stand there."""
    x, low = way.route[-1]
    boxes = [box_of(text.label) for text in canvas.texts]
    beside = [box for box in boxes if box[1] < low and box[3] > y and box[0] - WORDS < x < box[2] + WORDS]
    return max((x - box[0] if way.left else box[2] - x for box in beside), default=-WORDS) + WORDS


def _free(stand: OutputStand) -> float:
    """The distance between neighbouring columns."""
    return min((b - a for a, b in pairwise(sorted([*stand.xs.values(), *stand.padded]))), default=120.0)


def _join(stand: OutputStand, below: HeadRow, level: HeadRow, row: Row | None, low: float) -> None:
    """Lines from one row to the next: from every step that is read, and no other; a result reads its own."""
    if stand.reverse and row is not None and below.tensor is None:
        _join_both(stand, below, level, row, low)
        return
    read = None if row is None else _read(stand, row, below)
    for step, x in level.xs.items():
        if below.spread != "steps":
            steps: Sequence[int] = (0,)
        elif read is None:
            steps = (step,)
        else:
            steps = [one for one in read.reads(step or 1) if one in below.ids]
            if row is not None and row.steps and not step:  # one node for all steps of the result
                steps = [one for one in read.read() if one in below.ids]
        for one in steps:
            start = below.xs[one]
            end = start if level.spread == "all" else x
            output_line.join(
                stand.canvas, (below.ids[one], level.ids[step]), [(start, below.top), (end, low)]
            )


def _join_both(stand: OutputStand, below: HeadRow, level: HeadRow, row: Row, low: float) -> None:
    """Lines from both directions of a layer, that stand beside each other."""
    for base, nodes, aside in (("output", below.ids, -stand.aside), ("reverse", stand.reverse, stand.aside)):
        if (read := row.of(base)) is None:
            continue
        for step, x in level.xs.items():
            steps = read.reads(step) if step else read.read()
            for one in [one for one in steps if one in nodes]:
                start = below.xs[one] + aside
                end = start if level.spread == "all" else x + aside / 2
                output_line.join(
                    stand.canvas, (nodes[one], level.ids[step]), [(start, below.top), (end, low)]
                )
