"""Oblique solids: grids of cells as faces, and boxes made of three faces."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from lstmviz.layout.elide import Shown, bands, stretches
from lstmviz.records import record
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, Box, Point, Tint

HATCH_STEP = 3.2
"""Distance between the lines of a hatch, along x, pt."""


def hatch(canvas: Canvas, corners: Sequence[Point], *, z: int = 20, fill: Tint = GROUND) -> None:
    """Hatch a convex form at 45°, across the edges that run away; neighbours' lines meet."""
    canvas.form(corners, role="op", fill=fill, z=z)
    low = min(x - y for x, y in corners)
    high = max(x - y for x, y in corners)
    k = int(low // HATCH_STEP) + 1
    while k * HATCH_STEP < high:
        ends = _crossings(corners, k * HATCH_STEP)
        if len(ends) == 2 and abs(ends[0][0] - ends[1][0]) > 0.8:
            canvas.line(ends, stroke=Tint("hatch"), line=0.75, role="op", z=z)
        k += 1


def _crossings(corners: Sequence[Point], total: float) -> list[Point]:
    """Where the line x - y = total meets the border of a convex form."""
    found: list[Point] = []
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        p, q = a[0] - a[1] - total, b[0] - b[1] - total
        if (p < 0) != (q < 0):
            k = p / (p - q)
            found.append((a[0] + k * (b[0] - a[0]), a[1] + k * (b[1] - a[1])))
    return found


@record(frozen=True, slots=True)
class Face:
    """A grid of cells on a parallelogram: `us` along u, `vs` along v."""

    origin: Point
    u: Point
    v: Point
    us: Shown
    vs: Shown

    def point(self, i: float, j: float) -> Point:
        """The corner i cells along u and j along v."""
        (x, y), (ux, uy), (vx, vy) = self.origin, self.u, self.v
        return (x + i * ux + j * vx, y + i * uy + j * vy)

    def patch(self, i0: float, i1: float, j0: float, j1: float) -> list[Point]:
        """The corners of a block of cells, in order."""
        return [self.point(i0, j0), self.point(i1, j0), self.point(i1, j1), self.point(i0, j1)]

    @property
    def whole(self) -> list[Point]:
        """The corners of the face."""
        return self.patch(0, len(self.us), 0, len(self.vs))

    @property
    def box(self) -> Box:
        """The face's own rectangle, where u runs right and v down."""
        (x0, y0), (x1, y1) = self.point(0, 0), self.point(len(self.us), len(self.vs))
        return (x0, y0, x1, y1)

    def paint(
        self,
        canvas: Canvas,
        fill: Tint,
        *,
        column: int | None = None,
        deep: Tint = GROUND,
        left: Tint = GROUND,
    ) -> None:
        """Fill the cells, one column differently; bands are the ground, of a marked part `left`."""
        canvas.form(self.whole, role="input", fill=fill, z=2)
        if column is not None:
            patch = self.patch(column, column + 1, 0, len(self.vs))
            canvas.form(patch, role="input", fill=deep, z=2)
        around = left if column is None else GROUND
        for i in bands(self.us):
            canvas.form(self.patch(i, i + 1, 0, len(self.vs)), role="input", fill=around, z=2)
        for j in bands(self.vs):
            canvas.form(self.patch(0, len(self.us), j, j + 1), role="input", fill=around, z=2)
            if column is not None:
                canvas.form(self.patch(column, column + 1, j, j + 1), role="input", fill=left, z=2)

    def grid(self, canvas: Canvas, stroke: Tint) -> None:
        """The lines between cells; those that bound a band run on through the others, none inside it."""
        us, vs = set(bands(self.us)), set(bands(self.vs))
        for i in range(1, len(self.us)):
            for a, b in [(0, len(self.vs))] if us & {i - 1, i} else stretches(self.vs):
                canvas.line([self.point(i, a), self.point(i, b)], stroke=stroke, line=0.5, role="input", z=4)
        for j in range(1, len(self.vs)):
            for a, b in [(0, len(self.us))] if vs & {j - 1, j} else stretches(self.us):
                canvas.line([self.point(a, j), self.point(b, j)], stroke=stroke, line=0.5, role="input", z=4)

    def dots(self, canvas: Canvas, tint: Tint) -> None:
        """Three dots in a cell in the middle of every band, along the axis that is cut: on no line."""
        middles = [(i + 0.5, _middle(self.vs), self.u) for i in bands(self.us)]
        middles += [(_middle(self.us), j + 0.5, self.v) for j in bands(self.vs)]
        for i, j, (dx, dy) in middles:
            x, y = self.point(i, j)
            r = min(0.8, 0.1 * hypot(dx, dy))
            for k in (-0.28, 0.0, 0.28):
                canvas.dot(x + k * dx, y + k * dy, r, tint, role="input", z=5)


def _middle(along: Shown) -> float:
    """The middle of the cell nearest to the middle, of two the later; of one that is drawn.

    >>> _middle((0, 1, 2)), _middle((0, 1, 2, 3)), _middle((0, 1, None, 9))
    (1.5, 2.5, 1.5)
    """
    near = [(abs(i + 0.5 - len(along) / 2), -i) for i, index in enumerate(along) if index is not None]
    return 0.5 - min(near)[1]


@record(frozen=True, slots=True)
class Solid:
    """A box of cells in oblique projection: time right, batch down, features away."""

    at: Point
    cell: tuple[float, float]
    depth: tuple[float, float]
    times: Shown
    samples: Shown
    features: Shown

    @property
    def front(self) -> Face:
        """Time × batch."""
        return Face(self.at, (self.cell[0], 0), (0, self.cell[1]), self.times, self.samples)

    @property
    def top(self) -> Face:
        """Time × features."""
        return Face(self.at, (self.cell[0], 0), self._away, self.times, self.features)

    @property
    def right(self) -> Face:
        """Batch × features."""
        corner = self.front.point(len(self.times), 0)
        return Face(corner, (0, self.cell[1]), self._away, self.samples, self.features)

    @property
    def box(self) -> Box:
        """Everything the solid covers."""
        x0, _, _, y1 = self.front.box
        x1, y0 = self.right.point(0, len(self.features))
        return (x0, y0, x1, y1)

    @property
    def _away(self) -> Point:
        return (self.depth[0], -self.depth[1])


def hatch_box(canvas: Canvas, box: Box, pitch: float) -> None:
    """Lines at 45° inside a box: padding."""
    x0, y0, x1, y1 = box
    at = x0 - (y1 - y0) + pitch
    while at < x1:
        a = (max(at, x0), y1 - (max(at, x0) - at))
        end = min(at + (y1 - y0), x1)
        canvas.line([a, (end, y1 - (end - at))], stroke=Tint("hatch"), line=0.75)
        at += pitch
