"""Where a chunk of parallel streams begins: the line over which values go on, and no gradient goes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lstmviz.figures.base import Subject
from lstmviz.figures.shared.swatches import arrow
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import bounds
from lstmviz.scene.items import INK, MUTED, Box
from lstmviz.scene.labels import words, wrap
from lstmviz.scene.near import box_of
from lstmviz.translation.messages import Message, message

DASH = (3.0, 2.2)
LINE = 9.0
BEYOND = 7.0
"""How far the line reaches over what it cuts, pt."""


ASIDE, WIDE, LEAST = 30.0, 34.0, 300.0
"""From the states to the chunk beside them, how wide that is, and the least room for both, pt."""


def cut(canvas: Canvas, subject: Subject, *, beside: bool = False) -> None:
    """Draw a dashed line where a chunk begins; with the chunks `beside` it also where it ends.

    Without them it stands between the first states and the first cells of each layer that is drawn.
    """
    if subject.data is None or subject.data.stateful is None:
        return
    if beside and any(ids.read(node.id).form in ids.LAST for node in canvas.nodes):
        _beside(canvas, subject)
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


def _beside(canvas: Canvas, subject: Subject) -> None:
    """Draw the chunk before, which hands first states over, and the next one, which last ones go to."""
    layer = subject.trace.recurrent[0]
    about = {"layer": layer.name, "streams": layer.batch_size or 1}
    nodes = [(ids.read(node.id), node) for node in canvas.nodes]
    for forms, name, way in ((ids.FIRST, "before", -1.0), (ids.LAST, "next", 1.0)):
        chips = [(one, node.box) for one, node in nodes if one.form in forms]
        edge = min(box[0] for _, box in chips) if way < 0 else max(box[2] for _, box in chips)
        low, high = min(box[1] for _, box in chips), max(box[3] for _, box in chips)
        if way < 0:  # the axis of depth stands there
            axes = [box for box in (bounds(form.points) for form in canvas.polygons) if box[0] == box[2]]
            edge = min([edge, *(box[0] - 2 for box in axes if box[1] < high and low < box[3])])
        near, far = edge + way * ASIDE, edge + way * (ASIDE + WIDE)
        chunk = (min(near, far), low, max(near, far), high)
        canvas.box(chunk, role="op", stroke=MUTED, line=1.0, radius=4.0)
        lines = wrap(message(f"layer.chunk-{name}", **about), WIDE, 7)
        for k, line in enumerate(lines):
            y = (low + high) / 2 + 2.6 + LINE * (k - (len(lines) - 1) / 2)
            canvas.text(words(line, 7, tint=MUTED), (near + far) / 2, y, "middle")
        for one, box in chips:
            ends = (near, box[0]) if way < 0 else (box[2], near)
            look = {"lines": (-1.1, 1.1), "line": 0.9} if one.base.startswith("c") else {}
            role = "cell" if look else "hidden"
            arrow(canvas, ends, (box[1] + box[3]) / 2, role, **look)  # type: ignore[arg-type]
        wall = edge + way * ASIDE / 2
        canvas.line([(wall, low - BEYOND), (wall, high + BEYOND)],
                    stroke=INK, line=1.0, dash=DASH, role="op", z=25)  # fmt: skip


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


def told(canvas: Canvas, subject: Subject) -> list[Message]:
    """Say what the line is, where one is drawn."""
    streams = subject.data.stateful if subject.data else None
    if streams is None or not any(_groups(canvas)):
        return []
    layer = subject.trace.recurrent[0].name
    return [message("layer.chunk", layer=layer, chunk=streams.chunk, streams=streams.parallel)]
