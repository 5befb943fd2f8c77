"""Where things stand: line ends on the boxes that they join, labels on theirs, all of it on the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from lstmviz.proof.page_text import labels_of
from lstmviz.proof.verdict import against
from lstmviz.scene.geometry import bounds, inflate, inside, middle
from lstmviz.scene.items import Box, Edge, Node, Point, Polygon, Text
from lstmviz.scene.near import box_of, to_box
from lstmviz.scene.scene import Scene

TOUCH = 0.1
"""An end lies on its box's border but for rounding, beside half the line's width, pt."""
BY, TYPE = 16.0, 9.5
"""A text beside what it is about stands at most so far from it, pt: a line of type and the gap before it;
in larger type than so much, as much farther."""
ASIDE = 3.5
"""A node's label has its middle on that of its box, or so far beside it, pt: half an arrow over a letter; in
larger type than `TYPE`, as much farther."""


def geometry_faults(scene: Scene) -> Iterator[str]:
    """Say what stands at another place than what it belongs to."""
    nodes = {node.id: node for node in scene.nodes}
    for edge in scene.edges:
        yield from line_faults(edge, nodes)
    for node in scene.nodes:
        if node.label and any(run.text.strip() for run in node.label.runs) and not covers(node):
            yield f"the label {node.label.text!r} does not stand on {node.id}"
    yield from strayed(scene)
    yield from _off_page(scene)


def line_faults(edge: Edge, nodes: Mapping[str, Node]) -> Iterator[str]:
    """Say which end of an arrow does not touch the box that it comes from or points at."""
    for name, at in ((edge.source, edge.route[0]), (edge.target, edge.route[-1])):
        if name not in nodes:
            yield against(edge, f"ends at nothing: there is no {name}")
        elif not touches(at, nodes[name], edge.line):
            yield against(edge, f"does not touch {name}")


def touches(at: Point, node: Node, line: float) -> bool:
    """Whether a point lies on a node's border; of a circle also on the box around it."""
    near = line / 2 + TOUCH
    if abs(_to_border(at, node.box)) <= near:
        return True
    x, y = middle(node.box)
    radius = (node.box[2] - node.box[0]) / 2
    return node.outline == "circle" and abs(math.hypot(at[0] - x, at[1] - y) - radius) <= near


def _to_border(at: Point, box: Box) -> float:
    """How far a point is from a box's border, pt; negative inside."""
    x, y = at
    across, down = max(box[0] - x, x - box[2]), max(box[1] - y, y - box[3])
    return max(across, down) if across <= 0 or down <= 0 else math.hypot(across, down)


def covers(node: Node) -> bool:
    """Whether a node's label stands on the middle of its box: by its own middle, however wide it is."""
    assert node.label
    (x, y), (to_x, to_y) = middle(box_of(node.label)), middle(node.box)
    larger = max([1.0, *(run.size / TYPE for run in node.label.runs)])
    return max(abs(x - to_x), abs(y - to_y)) <= ASIDE * larger


def strayed(scene: Scene) -> Iterator[str]:
    """Say which texts do not stand by what they are about, and which are about nothing that is drawn."""
    texts = [text for text in scene.texts if text.at is not None]
    if not texts:
        return
    drawn = [item.box for item in scene.nodes] + [item.box for item in scene.frames]
    drawn += [bounds(form.points) for form in scene.polygons if len(form.points) > 1]
    maps = [plot.box for plot in scene.plots]
    boxes = [*(frame.box for frame in scene.frames), *(node.box for node in scene.nodes)]
    plates = {bounds(form.points) for form in scene.polygons if len(form.points) == 4} - {*boxes, *maps}
    for text in texts:
        assert text.at is not None
        most = BY * max(1.0, text.label.runs[0].size / TYPE) if text.at not in plates else TOUCH
        far = to_box(box_of(text.label), text.at) > most  # a box painted for a text alone holds it
        if far or _off_the_corner(text):
            yield f"the label {text.label.text!r} does not stand by what it is about"
        elif not any(inside(text.at, inflate(box, TOUCH)) for box in drawn):
            yield f"the label {text.label.text!r} is about nothing that is drawn"
        elif any(_on(text, item.box) for item in (*scene.nodes, *scene.plots)):
            yield f"the label {text.label.text!r} stands on something else than what it is about"
        elif any(_nearer(text, box) for box in (*(boxes if text.at in boxes else ()), *maps)):
            yield f"the label {text.label.text!r} stands by something else than what it is about"


def _off_the_corner(text: Text) -> bool:
    """Whether a text stands neither over or under what it is about, nor to its left or right."""
    assert text.at is not None
    here, there = box_of(text.label), text.at
    return all(here[low + 2] < there[low] or there[low + 2] < here[low] for low in (0, 1))


def _nearer(text: Text, box: Box) -> bool:
    """Whether a text stands nearer to a box than to what it is about, which is beside that."""
    assert text.at is not None
    here = box_of(text.label)
    return _apart(text.at, box) and to_box(here, box) < to_box(here, text.at) - TOUCH


def _on(text: Text, box: Box) -> bool:
    """Whether a text stands in a box, and what it is about is at another place."""
    assert text.at is not None
    here = box_of(text.label)
    return _apart(text.at, box) and to_box(here, box) == 0 < to_box(here, text.at)


def _apart(box: Box, other: Box) -> bool:
    """Whether two boxes have nothing in common, `TOUCH` of the first left out on every side."""
    own = inflate(box, -TOUCH)
    return own[2] <= other[0] or other[2] <= own[0] or own[3] <= other[1] or other[3] <= own[1]


def _off_page(scene: Scene) -> Iterator[str]:
    """Say what stands outside the page."""
    boxes = [(f"the label {one.text!r}", box_of(one)) for one in labels_of(scene) if one.text.strip()]
    boxes += [(node.id, node.box) for node in scene.nodes]
    boxes += [(frame.id, frame.box) for frame in scene.frames]
    boxes += [(f"the arrow {e.source} → {e.target} ({e.role})", bounds(e.route)) for e in scene.edges]
    for name, (x0, y0, x1, y1) in boxes:
        if min(x0, y0, scene.width - x1, scene.height - y1) < -TOUCH:
            yield f"{name} stands outside the page"


def stacked(box: Box, forms: Iterable[Polygon]) -> int:
    """How many equal forms stand one behind the other, from a box's lower left corner up to its top."""
    left, top, _, bottom = box  # the right is where an arrow meets them: not that of the last
    places = set()
    for form in forms:
        thick = max(0.0, (form.line - 1.0) / 2)  # a result's line reaches inward: as far out as one of 1 pt
        x0, y0, _, y1 = inflate(bounds(form.points), thick)
        far, near = bottom - y1, y0 - top
        if min(far, near) >= -TOUCH and math.isclose(x0 - left, far, abs_tol=TOUCH):
            places.add((round(far, 1), round(near, 1)))
    deep = min(map(sum, places), default=0.0)
    return sum(far + near <= deep + 2 * TOUCH for far, near in places)
