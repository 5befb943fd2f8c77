"""One thing at a time: the same scene with all else set back to grey, for slides that follow each other.

Nothing moves and nothing is left out: only paint changes, so that two such slides lie on each other exactly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeVar

from lstmviz.scene.items import GROUND, Edge, Frame, Label, Node, Polygon, Text, Tint
from lstmviz.scene.scene import Scene

Item = TypeVar("Item", Node, Frame)

Emphasis = Literal["time", "states", "shapes"]
PALE, LINE, WORD = (Tint("muted", "ground", by) for by in (0.92, 0.6, 0.4))
"""What is set back: areas, lines, words."""
STATES = frozenset({"hidden", "cell", "output"})
SHAPES = frozenset({"shape", "table", "count", "axis"})
"""The kinds of claims that a word makes of shapes."""
KEPT = {"time": frozenset({"hidden", "cell", "param"}), "states": STATES, "shapes": frozenset[str]()}
"""The roles of the boxes that are not set back: of time, those that a state passes."""
FORMS = {"time": frozenset({"hidden", "cell", "axis"}), "states": STATES, "shapes": frozenset({"axis"})}
"""The roles of the painted forms, dots for example, that are not set back."""


def emphasised(scene: Scene, what: Emphasis) -> Scene | None:
    """Return the scene with all but one thing set back; None if it has nothing of that."""
    along = {edge.id for edge in scene.edges if _along(edge)}
    passed = {end for edge in scene.edges if edge.id in along for end in (edge.source, edge.target)}
    nodes = {n.id for n in scene.nodes if n.role in KEPT[what] and (what != "time" or n.id in passed)}

    def edge_of(edge: Edge) -> Edge:
        stays = edge.id in along if what == "time" else edge.role in KEPT[what]
        return edge if stays else replace(edge, stroke=LINE)

    def node_of(node: Node) -> Node:
        if node.id in nodes:
            return node
        label = node.label if node.label is None or _says(node.label, what) else _faint(node.label)
        return replace(_set_back(node), label=label)

    def text_of(text: Text) -> Text:
        stays = _says(text.label, what) or text.role in FORMS[what]
        return text if stays else replace(text, label=_faint(text.label))

    labels = [*(t.label for t in scene.texts), *(n.label for n in scene.nodes if n.label)]
    there = {"time": along, "states": nodes, "shapes": [one for one in labels if _says(one, what)]}
    if not there[what]:
        return None
    return replace(
        scene,
        nodes=tuple(map(node_of, scene.nodes)),
        edges=tuple(map(edge_of, scene.edges)),
        frames=tuple(f if what == "states" and f.role in STATES else _set_back(f) for f in scene.frames),
        texts=tuple(map(text_of, scene.texts)),
        polygons=tuple(form if _of(form) & FORMS[what] else _form(form) for form in scene.polygons),
    )


def _along(edge: Edge) -> bool:
    """Whether an arrow hands a state on: back to where it came from, or sideways, be it with a bend."""
    if edge.role not in {"hidden", "cell"}:
        return False
    (x0, y0), (x1, y1) = edge.route[0], edge.route[-1]
    level = edge.route[1][1] == y0 and edge.route[-2][1] == y1
    return edge.source == edge.target or level or abs(x1 - x0) > abs(y1 - y0)


def _says(label: Label, what: Emphasis) -> bool:
    """Whether a word says a shape, where shapes are told."""
    return what == "shapes" and any(claim.kind in SHAPES for claim in label.claims)


def _of(form: Polygon) -> set[str]:
    """Return the roles whose paint a form has."""
    painted = {tint.name.partition(".")[0] for tint in (form.fill, form.stroke) if tint is not None}
    return painted | {form.role}


def _faint(label: Label) -> Label:
    return replace(label, runs=tuple(replace(run, tint=WORD) for run in label.runs))


def _set_back(item: Item) -> Item:
    """A box in grey; what shows the ground, or nothing, goes on showing it."""
    bare = item.fill in {GROUND, None} and not hasattr(item, "outline")
    return replace(item, stroke=LINE, fill=item.fill if bare or item.fill == GROUND else PALE)


def _form(form: Polygon) -> Polygon:
    """A painted form in grey; what covers with the ground goes on covering, and a dot is a line's."""
    dot = form.fill is not None and (form.fill.name == "muted" or form.fill.name.endswith("stroke"))
    fill = form.fill if form.fill in {GROUND, None} else LINE if dot else PALE
    return replace(form, fill=fill, stroke=LINE if form.stroke else None)
