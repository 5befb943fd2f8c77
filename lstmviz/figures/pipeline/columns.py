"""A long pipeline in several columns side by side: each flows up, and goes on at the foot of the next."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

from lstmviz.figures.pipeline.boxes import StageBox, shared_box
from lstmviz.figures.pipeline.column import draw_item, even, room_of
from lstmviz.figures.pipeline.options import PipelineOptions
from lstmviz.figures.pipeline.parts import Item, PipelineLook, PipelinePlan, Tag
from lstmviz.figures.pipeline.pictures import scale_of
from lstmviz.figures.pipeline.piles import WHOLE, piles_of
from lstmviz.figures.pipeline.plan import Maker, once
from lstmviz.figures.pipeline.steps import Step, in_vain
from lstmviz.network.structure import Tensor
from lstmviz.scene.items import Box, Point

TALL = 570.0
"""What is taller than this in one column, or in rows, is set in several columns, pt."""
WORDS_BELOW = 62.0
"""What the title over a drawing and the key under it take of a page, pt."""
WIDE = 108.0
"""The least width of one of several columns, pt."""
WORDS = 86.0
"""The width of the words in a stage, pt."""
GAP = 10.0
FOOT = 14.0
"""How far above the foot of everything a column begins to which the flow comes from the one before."""
CLEAR = 6.5
"""The room in which the line to the next column runs, pt."""


def plain(steps: list[Step]) -> bool:
    """Whether nothing is read or handed on beside the main line."""
    return not any(step.beside or step.handed or step.source for step in steps)


def columns_within(
    given: Tensor, steps: list[Step], options: PipelineOptions, width: float, most: float
) -> PipelinePlan | None:
    """Draw the stages in columns no higher than `most`, if need be with fewer tensors between them.

    None if there is no room for two columns.
    """
    plan = None
    for tight in range(WHOLE + 1 if options.detail != "full" else 1):
        tried = plan_of(given, steps, options, width, tight)
        if tried is None:
            continue
        plan = tried
        draw_columns(plan)
        _, top, _, foot = plan.canvas.extent()
        if foot - top <= most:
            break
    return plan


def plan_of(
    given: Tensor, steps: list[Step], options: PipelineOptions, width: float, tight: int = 0
) -> PipelinePlan | None:
    """The stages laid out for as many columns as fit; None if there is no room for two."""
    look = PipelineLook(upward=True, pictures=False, dense=False)
    made = Maker(options, scale_of([given], upward=True), look)
    items = [made.given(given, steps)]
    if tight == WHOLE and options.shapes == "both":
        numbers = options.model_copy(update={"shapes": "numbers"})
        made = replace(made, options=numbers, look=replace(look, dense=True))
    how: dict[str, Any] = {"upward": True, "dense": True, "count": options.parameters, "room": WORDS}
    brief = [_brief(step, wired=options.detail != "full") for step in steps]
    for pile in piles_of(brief, options, tight):
        box = shared_box(pile, options, **how)
        items.append(Item(box.step.id, box.step.role, box.step.output, box))
        items.append(made.after(pile[-1], last=pile[-1] is brief[-1]))
    widest = max(item.body.size[0] for item in items if isinstance(item.body, StageBox | Tag))
    if width < 2 * max(WIDE, widest + CLEAR):
        return None
    return PipelinePlan(options, width, even(once(items, options)), look)


def _brief(step: Step, *, wired: bool) -> Step:
    """A stage with what nothing reads among its words, and without a drawing of how it is `wired`."""
    told = (*step.told, in_vain(step)) if step.unused else step.told
    return replace(step, told=told, unused="", wiring=step.wiring if wired else None)


def draw_columns(plan: PipelinePlan) -> None:
    """Draw everything, down to y = 0."""
    columns = split(plan)
    pitch = plan.width / len(columns)
    boxes: dict[str, Box] = {}
    middles = [pitch * (number + 0.5) for number in range(len(columns))]
    for number, (x, column) in enumerate(zip(middles, columns, strict=True)):
        y = -FOOT if number else 0.0
        for item in column:
            high, above, below = room_of(item)
            boxes[item.id] = draw_item(plan, item, (x, y - below - high / 2))
            y -= high + above + below + GAP
        for a, b in pairwise(column):
            plan.link(a, b, partial(_straight, x, boxes[a.id][1], boxes[b.id][3]))
    for (x, one), (further, two) in pairwise(zip(middles, columns, strict=True)):
        ends = (x, boxes[one[-1].id][1]), (further, boxes[two[0].id][3])
        name = one[-1].body.head if isinstance(one[-1].body, Tag) else 0.0
        plan.link(one[-1], two[0], partial(_over, *ends, max(7.0, name + 3.0)))


def _straight(x: float, y0: float, y1: float, _aside: float) -> list[Point]:
    return [(x, y0), (x, y1)]


def _over(start: Point, end: Point, rise: float, _aside: float) -> list[Point]:
    """Up over the name that stands there, down between the columns, and up again into the next."""
    (x0, y0), (x1, y1) = start, end
    between, top, foot = (x0 + x1) / 2, y0 - rise, y1 + FOOT - 2
    return [(x0, y0), (x0, top), (between, top), (between, foot), (x1, foot), (x1, y1)]


def _groups(items: list[Item]) -> list[list[Item]]:
    """What is not to be parted: stages with the tensor after them."""
    groups: list[list[Item]] = [[]]
    for item in items:
        groups[-1].append(item)
        if isinstance(item.body, Tag):
            groups.append([])
    return [group for group in groups if group]


def split(plan: PipelinePlan) -> list[list[Item]]:
    """The items in columns of much the same height; a column ends with a tensor."""
    widest = max(item.body.size[0] for item in plan.items if isinstance(item.body, StageBox | Tag))
    most = int(plan.width // max(WIDE, widest + CLEAR))
    heights = {item.id: sum(room_of(item)) + GAP for item in plan.items}
    most = min(most, max(2, round(sum(heights.values()) / (TALL / 2))))
    limit = sum(heights.values()) / most
    while True:
        columns: list[list[Item]] = [[]]
        height = 0.0
        for group in _groups(plan.items):
            more = sum(heights[item.id] for item in group)
            if height + more > limit and columns[-1]:
                columns.append([])
                height = FOOT
            columns[-1] += group
            height += more
        if len(columns) <= most:
            return columns
        limit *= 1.02
