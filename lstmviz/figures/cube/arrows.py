"""The arrows from a cube to its matrices: one leaves the highlighted step, one the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.shared.parts import CLEAR, cut_at
from lstmviz.scene import ids

if TYPE_CHECKING:
    from lstmviz.figures.cube.context import Sheet
    from lstmviz.layout.solids import Face, Solid
    from lstmviz.scene.items import Point

BESIDE = 7.0
"""How far beside the cube it goes down, where the slice stands below, pt."""
RISE = 6.0
"""How far over the cube the arrow from its highlighted step runs, pt."""


def at_end(sheet: Sheet) -> bool:
    """Whether the highlighted step is the last, so that all of its side is seen."""
    return sheet.cube.time.at == sheet.cube.time.count - 1


def out_of_step(sheet: Sheet, solid: Solid, turn: float, y: float) -> list[Point]:
    """From the highlighted step itself, over the cube to x = `turn`, and down to y there."""
    at = sheet.cube.time.at
    assert at is not None
    if at_end(sheet):
        return [(solid.edge_at(y), y)]
    x, top = solid.top.point(at + 0.5, len(solid.features))
    return [(x, top), (x, top - RISE), (turn, top - RISE), (turn, y)]


def arrow_down(sheet: Sheet, solid: Solid, face: Face, target: str) -> None:
    """An arrow to a matrix below: to the bracket over all steps, or to the slice, from its step if it may."""
    canvas = sheet.canvas
    _, _, x1, y1 = solid.front.box
    if not any(n.id == "input" for n in canvas.nodes):
        canvas.node(
            "input", "input", solid.box, tensor="input", shape=sheet.cube.tensor.sizes, outline="none"
        )
    x = next(n.box[2] for n in canvas.nodes if n.id == "input")  # where the foot of its side ends
    low = y1 - (x - x1) * solid.depth[1] / solid.depth[0]
    route = [(x, low), (x, next(n.box[1] for n in canvas.nodes if n.id == target))]
    cuts: tuple[tuple[float, float], ...] = ()
    if target == "slice":
        middle, turn = (face.box[1] + face.box[3]) / 2, solid.box[2] + BESIDE
        route = [(x, low), (x, middle), (face.box[2], middle)]
        if turn <= sheet.inner and not at_end(sheet):
            route = [*out_of_step(sheet, solid, turn, middle), (face.box[2], middle)]
            if face.box[2] < x - CLEAR:  # the arrow to all steps passes between
                cuts = (cut_at(route, (x, middle)),)
    canvas.edge(ids.flow("input", target), ("input", target), "op", route, line=1.0, cuts=cuts)
