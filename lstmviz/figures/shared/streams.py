"""Where a chunk of parallel streams begins: the line over which values go on, and no gradient goes back."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lstmviz.scene import ids
from lstmviz.scene.items import INK
from lstmviz.scene.near import box_of
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmviz.figures.base import Subject
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Box
    from lstmviz.translation.messages import Said

DASH = (3.0, 2.2)
BEYOND = 7.0
"""How far the line reaches over what it cuts, pt."""


def cut(canvas: Canvas, subject: Subject) -> None:
    """Draw a dashed line between the first states and the first cells of each layer that is drawn."""
    if subject.data is None or subject.data.stateful is None:
        return
    for begun, cells in _groups(canvas):
        left = max(box[2] for box in begun)
        right = min(box[0] for box in cells)
        low = min(box[1] for box in (*begun, *cells)) - BEYOND
        high = max(box[3] for box in (*begun, *cells)) + BEYOND
        if left < right:
            x = left + 0.3 * (right - left)  # before the name of the layer
            words = [box_of(text.label) for text in canvas.texts]
            low = max([low, *(box[3] + 1 for box in words if _crosses(box, x) and box[3] < _middle(cells))])
            high = min([high, *(box[1] - 1 for box in words if _crosses(box, x) and box[1] > _middle(cells))])
            canvas.line([(x, low), (x, high)], stroke=INK, line=1.0, dash=DASH, role="op", z=25)


def _crosses(box: Box, x: float) -> bool:
    return box[0] - 1 < x < box[2] + 1


def _middle(cells: list[Box]) -> float:
    return (cells[0][1] + cells[0][3]) / 2


def _groups(canvas: Canvas) -> Iterator[tuple[list[Box], list[Box]]]:
    """The boxes of first states, and those of cells, layer by layer."""
    begun: dict[str, list[Box]] = defaultdict(list)
    cells: dict[str, list[Box]] = defaultdict(list)
    for node in canvas.nodes:
        one = ids.read(node.id)
        if one.form in ids.FIRST:
            begun[one.prefix].append(node.box)
        elif one.is_cell and node.box is not None:
            cells[one.prefix].append(node.box)
    yield from ((begun[prefix], cells[prefix]) for prefix in begun if cells[prefix])


def told(canvas: Canvas, subject: Subject) -> list[Said]:
    """Say what the line is, where one is drawn."""
    streams = subject.data.stateful if subject.data else None
    if streams is None or not any(_groups(canvas)):
        return []
    layer = subject.trace.recurrent[0].name
    return [message("layer.chunk", layer=layer, chunk=streams.chunk, streams=streams.parallel)]
