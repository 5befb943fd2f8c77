"""A decoder's answers led back: the one of each step to what the next step reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lstmviz.figures.shared.stages_above import stage_id
from lstmviz.layout.crossings import cuts_at_box, cuts_at_lines, merged
from lstmviz.network.second_input import later_answers
from lstmviz.network.structure import Recurrent, Trace, split_name
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Point
from lstmviz.scene.near import box_of

ROOM = 9.0
"""What the way down takes of the room between two columns, pt."""
BESIDE = 12.0
"""What stands no further right of an answer is of the same step, pt."""
CLEAR, HALF, JOG = 2.5, 2.2, 5.0
"""From a column to the way down; half the opening at a line that it crosses; where it turns, pt."""


def answered(trace: Trace, decoder: Recurrent) -> str:
    """Return the stage whose answer of the step before a decoder reads; empty if it reads none."""
    found = {stage.name: split_name(read.source)[0] for stage, read in later_answers(trace)}
    return found.get(decoder.name, "")


def _way(top: Box, low: Box, output: Box, boxes: Sequence[Box]) -> list[Point]:
    """Down beside the stages that make an answer, then close to the cell, where names stand between two."""
    middle = (top[0] + top[2]) / 2
    column = [box for box in boxes if abs((box[0] + box[2]) / 2 - middle) < 0.5 and box[3] >= top[1]]
    above = [box for box in column if box[3] < output[1]]
    high = max((box[2] for box in above), default=top[2]) + CLEAR
    lane = max(box[2] for box in column if box not in above) + CLEAR
    y, foot = (top[1] + top[3]) / 2, (low[1] + low[3]) / 2
    turn = max((box[3] for box in above), default=y) + JOG
    for box in sorted(boxes):  # what stands beside the column, where a round's parts are told apart
        lane = box[2] + CLEAR if turn < box[3] and box[1] < foot and box[0] < lane < box[2] + CLEAR else lane
    ways = [(top[2], y), (high, y), (high, turn), (lane, turn), (lane, foot), (low[0], foot)]
    if abs(high - lane) <= CLEAR:
        ways = [ways[0], (max(high, lane), y), (max(high, lane), foot), ways[-1]]
    return _round(ways, top, low, boxes)


def _round(ways: list[Point], top: Box, low: Box, boxes: Sequence[Box]) -> list[Point]:
    """The same way, over what stands right of the answer, and under what stands left of what is read."""
    right = [box[2] for box in boxes if _beside(box, top) and top[2] < box[2] and box[0] < top[2] + BESIDE]
    if right:
        x, lane, over = (top[0] + top[2]) / 2, max(right) + CLEAR, top[1] - JOG
        rest = [point for point in ways if point[1] > top[3] + JOG]
        lane = max(lane, rest[0][0])
        ways = [(x, top[1]), (x, over), (lane, over), (lane, rest[0][1]), *rest[1:]]
    if any(_beside(box, low) and ways[-2][0] < box[2] and box[0] < low[0] for box in boxes):
        x, under = (low[0] + low[2]) / 2, low[3] + JOG
        ways = [*ways[:-2], (ways[-2][0], under), (x, under), (x, low[3])]
    return ways


def _beside(box: Box, other: Box) -> bool:
    """Whether a box stands in the row of another one."""
    return box != other and abs((box[1] + box[3]) - (other[1] + other[3])) < 1.0  # twice the middle


def lead_back(canvas: Canvas, trace: Trace, decoder: Recurrent, prefix: str) -> None:
    """Draw a dotted line from each answer down to what the next step reads, where both are drawn."""
    giver = answered(trace, decoder)
    if not giver:
        return
    last = ids.RESULT if f"{giver}.output" in trace.results else stage_id(giver)
    own = giver == decoder.name
    steps = range(1, decoder.timesteps + 1)
    lead(canvas, prefix, steps, (("output" if own else last, prefix if own else ""), "x"))


def lead(canvas: Canvas, prefix: str, steps: Sequence[int], ends: tuple[tuple[str, str], str]) -> None:
    """Draw dotted lines from each answer, an id and what it begins with, to what the next step reads."""
    boxes = {node.id: node.box for node in canvas.nodes}
    (giver, before), read = ends
    across = list(canvas.edges)
    for step, after in pairwise(steps):
        source = ids.at(giver, step=step, prefix=before)
        target = ids.at(read, step=after, prefix=prefix)
        if after != step + 1 or source not in boxes or target not in boxes:
            continue
        route = _way(
            boxes[source],
            boxes[target],
            boxes[ids.at("output", step=step, prefix=prefix)],
            list(boxes.values()),
        )
        cuts = [cut for edge in across for cut in cuts_at_lines(route, edge.route, HALF)]
        cuts += [cut for text in canvas.texts for cut in cuts_at_box(route, box_of(text.label))]
        canvas.edge(
            ids.arrow(source, target, "output"), (source, target), "output", route,
            line=1.0, dashed=True, radius=3.0, cuts=merged(cuts),
        )  # fmt: skip
