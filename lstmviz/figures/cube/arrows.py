"""The arrows from a cube to its matrices: one leaves the highlighted step, one the whole."""

from __future__ import annotations

from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.layout.solids import Face, Solid
from lstmviz.scene import ids
from lstmviz.scene.items import Point

TURN = 7.0
"""From the brace under the cube down to the first turn of its arrow, pt."""
BESIDE = 7.0
"""How far beside the cube it goes down, where the slice stands below, pt."""
RISE = 6.0
"""How far over the cube the arrow from its highlighted step runs, pt."""


def leaves_side(sheet: CubeDrawing) -> bool:
    """Whether the highlighted step is the last, so that all of its side is seen, with no words there."""
    return sheet.cube.time.at == sheet.cube.time.count - 1 and "sample" not in sheet.said


def out_of_step(sheet: CubeDrawing, solid: Solid, turn: float, y: float) -> list[Point]:
    """From the highlighted step itself, over the cube to x = `turn`, and down to y there."""
    at = sheet.cube.time.at
    assert at is not None
    if leaves_side(sheet):
        return [(solid.edge_at(y), y)]
    x, top = solid.top.point(at + 0.5, len(solid.features))
    return [(x, top), (x, top - RISE), (turn, top - RISE), (turn, y)]


def brace(sheet: CubeDrawing, solid: Solid, edge: float, y: float) -> None:
    """At y, under the whole cube, where the arrow to all steps leaves it; `edge` is its right border."""
    x0, _, x1, _ = solid.front.box
    sheet.canvas.line([(x0, y - 3), (x0, y), (x1, y), (x1, y - 3)], role="note")
    sheet.canvas.node("input", "input", (x0, solid.box[1], edge, y), tensor="input",
                      shape=sheet.cube.tensor.sizes, outline="none")  # fmt: skip


def arrow_flat(sheet: CubeDrawing, solid: Solid, face: Face, y: float, *, around: bool) -> None:
    """From the middle of the brace at y down to the bracket; perhaps `around` a slice below."""
    canvas = sheet.canvas
    x0, _, x1, _ = solid.front.box
    start = (x0 + x1) / 2
    end = (face.box[0] + face.box[2]) / 2 if around else start  # straight down: the matrix is wider
    low = next(n.box[1] for n in canvas.nodes if n.id == "flat")
    turns = [(start, y + TURN), (x0 - TURN, y + TURN), (x0 - TURN, low - 2 * TURN), (end, low - 2 * TURN)]
    route = [(start, y), *(turns if around else []), (end, low)]
    canvas.edge(ids.flow("input", "flat"), ("input", "flat"), "op", route, line=1.0)


def arrow_down(sheet: CubeDrawing, solid: Solid, face: Face) -> None:
    """An arrow to the slice below the cube, from its step if there is room."""
    canvas = sheet.canvas
    right, middle = solid.box[2], (face.box[1] + face.box[3]) / 2
    turn = right + BESIDE
    if turn <= sheet.inner and not leaves_side(sheet):
        route = [*out_of_step(sheet, solid, turn, middle), (face.box[2], middle)]
    else:
        low = solid.front.box[3] - len(solid.features) * solid.depth[1]
        route = [(right, low), (right, middle), (face.box[2], middle)]
    canvas.edge(ids.flow("input", "slice"), ("input", "slice"), "op", route, line=1.0)
