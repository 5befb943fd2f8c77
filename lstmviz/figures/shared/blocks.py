"""Tensors as blocks: time (or layers) to the right, batch down, the last axis away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstmviz.layout.elide import Shown, stretches
from lstmviz.layout.solids import Solid, hatch
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, Box, Point, Role, Tint, stroke_of

PALER = 0.65
"""How far the fill of what is left out goes to the ground, where it is filled."""
DEEPER, AMONG_PALE = 0.28, 0.12
"""How far a marked part's fill goes towards its stroke; less where the rest is pale.

Never not at all: in print the input's own fill is the ground.
"""


@dataclass(frozen=True, slots=True)
class Block:
    """A tensor's outline in space; `parts` of its depth are told apart by a seam.

    `double` draws the outline of c, `framed` the thick frame of `output`.
    """

    at: Point
    """The top left corner of the front."""
    cell: tuple[float, float]
    depth: tuple[float, float]
    columns: Shown
    rows: Shown
    role: Role
    parts: int = 1
    double: bool = False
    framed: bool = False
    pale: float = 0.0
    """How far the fills go to the ground, where only a marked part is to stand out."""

    @property
    def solid(self) -> Solid:
        """The faces; the depth is cut into the parts alone."""
        away = (self.depth[0] / self.parts, self.depth[1] / self.parts)
        return Solid(self.at, self.cell, away, self.columns, self.rows, tuple(range(self.parts)))

    @property
    def box(self) -> Box:
        """Everything the block covers."""
        return self.solid.box

    @property
    def front(self) -> Box:
        """The front alone."""
        return self.solid.front.box

    @property
    def level(self) -> float:
        """The height at which arrows meet both its left and its right border."""
        _, y0, _, y1 = self.front
        return (y0 + max(y0 + 2, y1 - self.depth[1])) / 2

    @property
    def silhouette(self) -> list[Point]:
        """The corners of the outline, from the front's lower left, clockwise."""
        (x0, y0, x1, y1), (dx, dy) = self.front, self.depth
        return [
            (x0, y1), (x0, y0), (x0 + dx, y0 - dy), (x1 + dx, y0 - dy), (x1 + dx, y1 - dy), (x1, y1),
        ]  # fmt: skip

    def moved(self, dx: float, dy: float) -> Block:
        """The same block elsewhere."""
        return Block(
            (self.at[0] + dx, self.at[1] + dy), self.cell, self.depth, self.columns, self.rows,
            self.role, self.parts, self.double, self.framed, self.pale,
        )  # fmt: skip


def paint(canvas: Canvas, block: Block, *, bands: bool = False) -> None:
    """The faces, the lines between cells, and the outline; `bands` of what is left out are filled, paler."""
    solid, stroke, fill = block.solid, stroke_of(block.role), f"{block.role}.fill"
    front = Tint(fill, "ground", block.pale) if block.pale else Tint(fill)
    faces = [(solid.front, front)]
    if block.depth[0] > 0:
        faces.append((solid.top, Tint(fill, "ground", max(0.35, block.pale))))
        right = Tint(fill, f"{block.role}.stroke", 0.12)
        faces.append((solid.right, front if block.pale else right))
    left = Tint(fill, "ground", max(PALER, block.pale)) if bands else GROUND
    for face, tint in faces:
        face.paint(canvas, tint, left=left)
        face.grid(canvas, stroke)
    solid.front.dots(canvas, stroke)
    _outline(canvas, block)


def _outline(canvas: Canvas, block: Block) -> None:
    solid, stroke = block.solid, stroke_of(block.role)
    (x0, y0, x1, y1), (dx, dy) = block.front, block.depth
    if dx > 0:
        for ends in ([(x0, y0), (x1, y0)], [(x1, y0), (x1, y1)], [(x1, y0), (x1 + dx, y0 - dy)]):
            canvas.line(ends, stroke=stroke, line=0.75, role=block.role, z=6)
        for part in range(1, block.parts):
            seam = [
                solid.top.point(0, part),
                solid.right.point(0, part),
                solid.right.point(len(block.rows), part),
            ]
            canvas.line(seam, stroke=stroke, line=1.25, role=block.role, z=6)
    ring = block.silhouette if dx > 0 else [(x0, y1), (x0, y0), (x1, y0), (x1, y1)]
    if block.framed:
        canvas.form(ring, role="output", stroke=stroke_of("output"), line=2.25, z=15)
    elif block.double:
        canvas.form(ring, role=block.role, stroke=stroke, line=2.4, z=15)
        canvas.form(ring, role=block.role, stroke=GROUND, line=0.8, z=15)
    else:
        canvas.form(ring, role=block.role, stroke=stroke, line=1.25, z=15)


@dataclass(frozen=True, slots=True)
class Patch:
    """Some of a block's cells: columns, rows and parts of the depth, each first and after the last."""

    columns: tuple[int, int]
    rows: tuple[int, int]
    parts: tuple[int, int] = (0, 1)


def mark(canvas: Canvas, block: Block, patch: Patch, *, outlined: bool = False, bands: bool = False) -> None:
    """Deepen the fill of what is seen of a patch; outline it where asked, over the `bands` in it as well."""
    deeper = AMONG_PALE if block.pale else DEEPER
    fill = Tint(f"{block.role}.fill", f"{block.role}.stroke", deeper)
    for face in _seen(block, patch, bands=True) if bands else ():
        canvas.form(face, role=block.role, fill=Tint(f"{block.role}.fill"), z=3)
    for face in _seen(block, patch):
        canvas.form(face, role=block.role, fill=fill, z=3)
    for face in _seen(block, patch, bands=bands) if outlined else ():
        # rounded a little: the sharp corners of a top would stick out
        canvas.form(face, role=block.role, stroke=stroke_of(block.role), line=1.25, radius=0.8, z=7)


def _seen(block: Block, patch: Patch, *, bands: bool = False) -> list[Sequence[Point]]:
    """What is seen of a patch, without the bands of what is left out, or with them."""
    solid = block.solid
    (c0, c1), (r0, r1), (p0, p1) = patch.columns, patch.rows, patch.parts
    columns, rows = _within(block.columns, c0, c1), _within(block.rows, r0, r1)
    if bands:
        columns, rows = [(c0, c1)], [(r0, r1)]
    faces: list[Sequence[Point]] = []
    if p0 == 0:
        faces += [solid.front.patch(*c, *r) for c in columns for r in rows]
    if block.depth[0] > 0 and r0 == 0:
        faces += [solid.top.patch(*c, p0, p1) for c in columns]
    if block.depth[0] > 0 and c1 == len(block.columns):
        faces += [solid.right.patch(*r, p0, p1) for r in rows]
    return faces


def _within(along: Shown, first: int, last: int) -> list[tuple[int, int]]:
    """The runs of drawn indices between two positions."""
    return stretches(tuple(k if first <= i < last else None for i, k in enumerate(along)))


def hatch_padding(canvas: Canvas, block: Block, ends: Sequence[int | None]) -> None:
    """Hatch the cells of each row from its end on; `ends` are column positions, one for each row."""
    solid, wide = block.solid, len(block.columns)
    for j, end in enumerate(ends):
        if end is None or end >= wide:
            continue
        kept = tuple(None if i < end or c is None else c for i, c in enumerate(block.columns))
        for a, b in stretches(kept):
            hatch(canvas, solid.front.patch(a, b, j, j + 1), z=3)
            if j == 0 and block.depth[0] > 0:
                hatch(canvas, solid.top.patch(a, b, 0, block.parts), z=3)
        if block.depth[0] > 0:
            hatch(canvas, solid.right.patch(j, j + 1, 0, block.parts), z=3)
