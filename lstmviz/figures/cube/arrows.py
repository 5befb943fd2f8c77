"""The arrows from a cube to its matrices: one leaves the highlighted step, one the whole."""

from __future__ import annotations

from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.layout.solids import Face, Solid
from lstmviz.scene import ids

TURN = 7.0
"""From the brace under the cube down to the first turn of its arrow, pt."""
BESIDE = 7.0
"""How far beside the cube it goes down, where the slice stands below, pt."""
RISE = 6.0
"""How far over the cube the arrow from its highlighted step runs, pt."""
INTO = 9.0
"""How long the last part of the arrow into a slice below is, pt."""


def arrow_slice(sheet: CubeDrawing, solid: Solid, face: Face, *, beside: bool) -> None:
    """From the top of the highlighted step over the cube, and down into the bracket of the slice."""
    at, (_, y0, x1, _) = sheet.cube.time.at, solid.box
    assert at is not None
    low = next(n.box[1] for n in sheet.canvas.nodes if n.id == "slice")
    middle = (face.box[0] + face.box[2]) / 2
    x, _ = solid.top.point(at + 0.5, len(solid.features))
    route = [(x, y0), (x, y0 - RISE)]
    turn = x1 + BESIDE
    if beside:
        route += [(middle, y0 - RISE), (middle, low)]
    elif turn <= sheet.inner:
        route += [(turn, y0 - RISE), (turn, low - INTO), (middle, low - INTO), (middle, low)]
    else:
        back = solid.front.box[3] - len(solid.features) * solid.depth[1]
        route = [(x1, back), (x1, low - INTO), (middle, low - INTO), (middle, low)]
    sheet.canvas.edge(ids.flow("input", "slice"), ("input", "slice"), "op", route, line=1.0)


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
