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
ENTRY = BESIDE + 5
"""The room beside the flattened matrix for the arrow that enters it, pt."""
RISE = 6.0
"""How far over the cube the arrow from its highlighted step runs, pt."""


def _at_end(sheet: Sheet) -> bool:
    """Whether the highlighted step is the last, so that all of its side is seen."""
    return sheet.cube.time.at == sheet.cube.time.count - 1


def level(sheet: Sheet, solid: Solid) -> float:
    """The height at which what leaves the cube as a whole leaves its side: below the slice's arrow."""
    return (0.5 if _at_end(sheet) else 0.75) * solid.front.box[3]


def out_of_step(sheet: Sheet, solid: Solid, turn: float, y: float) -> list[Point]:
    """From the highlighted step itself, over the cube to x = `turn`, and down to y there."""
    at = sheet.cube.time.at
    assert at is not None
    if _at_end(sheet):
        return [(solid.edge_at(y), y)]
    x, top = solid.top.point(at + 0.5, len(solid.features))
    return [(x, top), (x, top - RISE), (turn, top - RISE), (turn, y)]


def arrow_down(sheet: Sheet, solid: Solid, face: Face, target: str) -> None:
    """An arrow to a matrix below: to all steps from the cube's foot, to the slice from its step if it may.

    All steps are entered at their side, where there is room: from above it would point at one of them.
    """
    canvas = sheet.canvas
    _, _, x1, y1 = solid.front.box
    x = x1 + len(solid.features) * solid.depth[0] / 2
    leave: list[Point] = []
    if not any(n.id == "input" for n in canvas.nodes):
        canvas.node(
            "input", "input", solid.box, tensor="input", shape=sheet.cube.tensor.sizes, outline="none"
        )
    elif not _at_end(sheet) and any(n.id == "slice" and n.box[1] < y1 for n in canvas.nodes):
        # the slice stands beside the cube: its arrow ends higher up
        y, turn = level(sheet, solid), solid.box[2] + BESIDE
        leave = [(solid.edge_at(y), y), (turn, y)]
    x = min(x, next(n.box[2] for n in canvas.nodes if n.id == "input"))
    leave = leave or [(x, y1)]
    down = leave[-1][0]
    route: list[Point] = [*leave, (down, face.box[1])]
    beside = face.box[2] + ENTRY
    if beside <= sheet.inner + 1e-9:
        above, middle = face.box[1] - BESIDE, (face.box[1] + face.box[3]) / 2
        route = [*leave, (down, above), (beside, above), (beside, middle), (face.box[2], middle)]
    cuts: tuple[tuple[float, float], ...] = ()
    if target == "slice":
        middle, turn = (face.box[1] + face.box[3]) / 2, solid.box[2] + BESIDE
        route = [(x, y1), (x, middle), (face.box[2], middle)]
        if turn <= sheet.inner and not _at_end(sheet):
            route = [*out_of_step(sheet, solid, turn, middle), (face.box[2], middle)]
            if face.box[2] < x - CLEAR:  # the arrow to all steps passes between
                cuts = (cut_at(route, (x, middle)),)
    canvas.edge(ids.flow("input", target), ("input", target), "op", route, line=1.0, cuts=cuts)


def fork(sheet: Sheet, solid: Solid, face: Face, x: float, y: float) -> None:
    """The arrow that leaves the whole cube at its side and goes under the slice to the flattened matrix."""
    middle, low = solid.front.box[3] / 2, level(sheet, solid)
    start = solid.edge_at(low)
    turn = max(start, solid.box[2]) + 10
    route: list[Point] = [
        (start, low),
        (turn, low),
        (turn, y),
        (x, y),
        (x, middle),
        (face.box[0], middle),
    ]
    sheet.canvas.edge(ids.flow("input", "flat"), ("input", "flat"), "op", route, line=1.0)
