"""Lines upward: to the next row, and to what reads steps of `output` anew: attention, and residuals."""

from __future__ import annotations

from collections.abc import Iterable

from lstmviz.figures.shared.claimed import called
from lstmviz.figures.shared.head_rows import Row
from lstmviz.figures.shared.output_row import ASIDE, OutputStand
from lstmviz.figures.shared.stage_labels import HeadRow
from lstmviz.layout.crossings import cuts_at_lines, merged
from lstmviz.network.steps import Relation
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Point, stroke_of

RAIL, HIGH, GAP, CLEAR = 6.5, 12.0, 9.0, 2.2
"""From the frame of `output` up to the line; the chip's height; from it to what reads it; an opening, pt."""
PAST = 8.0
"""How far beside its middle a step is led past what was made of it, pt."""


def draw(stand: OutputStand, row: Row, level: HeadRow, y: float) -> None:
    """Lead every step that is read onto a line over `output`, and the line beside the rows into that at y.

    What reads it higher up has its line outside of all that is there.
    """
    canvas, rail = stand.canvas, stand.roof - RAIL
    boxes = {node.id: node.box for node in canvas.nodes if node.id in level.ids.values()}
    read = row.of("output", stand.sample)
    steps = [step for step in sorted(stand.xs) if read is not None and step in read.read()]
    label = called("output")
    left = max(box[2] for box in boxes.values()) + GAP
    right = left + label.width + 8
    lines = [x for edge in canvas.edges if edge.source in stand.ids.values() for x, _ in edge.route[2:4]]
    rows = [node.box[2] + GAP / 2 for node in canvas.nodes if node.box[3] < stand.roof]
    aside = max(stand.frame[1] + ASIDE, right + GAP, *lines, *rows)
    hub = ids.constant(0, prefix=ids.inside(ids.read(next(iter(boxes))).base))
    chip = (left, y - HIGH / 2, right, y + HIGH / 2)
    canvas.node(hub, "output", chip, label, line=1.0)
    others = [edge.route for edge in canvas.edges if edge.role in {"hidden", "cell"}]
    for step in steps:
        x, source = stand.xs[step], stand.ids[step]
        route = [(x, stand.foot), (x, rail), (aside, rail), (aside, y), (right, y)]
        cuts = merged([cut for other in others for cut in cuts_at_lines(route, other, CLEAR)])
        canvas.edge(ids.arrow(source, hub), (source, hub), "output", route, line=1.25, cuts=cuts)
        canvas.dot(x, rail, 1.9, stroke_of("output"), role="output")
    for name, box in boxes.items():
        canvas.edge(ids.arrow(hub, name), (hub, name), "output", [(left, y), (box[2], y)], line=1.25)


def each(stand: OutputStand, _row: Row, level: HeadRow, y: float) -> None:
    """Lead every step of `output` past what was made of it into the node of that step at y."""
    canvas = stand.canvas
    boxes = {node.id: node.box for node in canvas.nodes}
    for step, name in level.ids.items():
        x, source = stand.xs[step], stand.ids[step]
        start = x + min(PAST, (boxes[source][2] - boxes[source][0]) / 2 - 3)
        aside, bend = _past(boxes.values(), x, (y, stand.roof)), stand.roof - RAIL
        route = [(start, stand.foot), (start, bend), (aside, bend), (aside, y), (boxes[name][2], y)]
        canvas.edge(ids.arrow(source, name), (source, name), "output", route, line=1.25)


def past(canvas: Canvas, below: HeadRow, level: HeadRow, read: Relation | None, y: float) -> None:
    """Lead the nodes of a row past what stands on it, each into its own of a higher row, its middle at y."""
    boxes = {node.id: node.box for node in canvas.nodes}
    for step, name in level.ids.items():
        source = below.ids[0 if read is None else read.reads(step or 1)[0]]
        foot = boxes[source]
        start = min((foot[0] + foot[2]) / 2 + PAST, foot[2] - 3)
        aside, bend = _past(boxes.values(), start, (y, below.top)), below.top - RAIL
        route = [(start, below.top), (start, bend), (aside, bend), (aside, y), (boxes[name][2], y)]
        canvas.edge(ids.arrow(source, name), (source, name), "output", route, line=1.25)


def _past(boxes: Iterable[Box], x: float, between: tuple[float, float]) -> float:
    """Where a line can go up right of all that stands over x between two heights: amid a small gap."""
    high, low = between
    there = [box for box in boxes if high - HIGH <= box[1] < low]
    right = max(box[2] for box in there if box[0] < x < box[2])
    free = min((box[0] - right for box in there if box[0] > right), default=GAP + 2)
    return right + min(GAP / 2 + 1, free / 2)


def join(canvas: Canvas, ends: tuple[str, str], route: list[Point]) -> None:
    """A line upward between two nodes."""
    canvas.edge(ids.arrow(ends[0], ends[1], "output"), ends, "output", route)
