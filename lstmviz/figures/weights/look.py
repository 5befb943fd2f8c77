"""How large matrices are drawn: the scale of all, and which sides are not to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lstmviz.figures.base import Options
from lstmviz.figures.shared.common import ends
from lstmviz.figures.weights.plan import Matrix, Order, WeightedStage, gates_of
from lstmviz.scene.items import Point
from lstmviz.scene.plots import Heat

BLOCK, CLOSE, NARROW = 26.0, 20.0, 300.0
"""The side of the block of a gate that has as many rows as columns, pt; and in less room than the last."""
LEAST, ONE, TALL = 2.5, 3.4, 4 * BLOCK + 4
"""The shortest side, the shortest of one number, and the greatest height of a matrix, pt."""
MOST_WIDE, CUT = 110.0, 48.0
"""The greatest width of a matrix, and the height of one without gates that is cut, pt."""


@dataclass(frozen=True, slots=True)
class Look:
    """How all of it is drawn: the scale in pt for each number, and the room there is."""

    options: Options
    order: Order
    scale: float
    room: float
    most: Point = (MOST_WIDE, TALL)
    """The greatest width and height of a matrix, pt."""
    shades: Mapping[str, Heat] = field(default_factory=dict)
    """The numbers of matrices under their ids, where they are to be shaded."""

    @property
    def wide(self) -> float:
        """The greatest width of a matrix, pt."""
        return min(self.most[0], self.room - 50)

    def sides(self, matrix: Matrix) -> tuple[float, float]:
        """Return width and height of a matrix, pt: to scale, but for the very short and the very long."""
        least = LEAST if not matrix.blocks or not matrix.across else 11.0
        width = min(max(matrix.columns * self.scale, ONE if matrix.columns == 1 else LEAST), self.wide)
        tall = self.most[1] * (2 if matrix.key.endswith("B") else 1)
        if not matrix.blocks and matrix.rows * self.scale > tall:
            tall = min(tall, CUT)
        return width, min(max(matrix.rows * self.scale, ONE if matrix.rows == 1 else least, least), tall)

    def stretched(self, matrix: Matrix) -> bool:
        """Tell whether a side of more than one number is longer than to scale."""
        return any(n > 1 and n * self.scale < LEAST - 1e-6 for n in (matrix.rows, matrix.columns))

    def cut(self, matrix: Matrix) -> tuple[bool, bool]:
        """Tell whether the matrix is too long for the page, across and down."""
        width, height = self.sides(matrix)
        return matrix.columns * self.scale > width + 1e-6, matrix.rows * self.scale > height + 1e-6


def scale_of(parts: Sequence[WeightedStage], room: float) -> float:
    """Return how many pt a number has: the block of a gate is a square of a given side where it can be."""
    hidden = max((part.layer.hidden_size for part in parts if part.layer), default=0)
    sides = sorted(max(m.rows, m.columns) for part in parts for one in part.sets for m in one)
    gates = max((len(gates_of(part)) for part in parts if part.layer), default=0)
    block = (BLOCK if room > NARROW else CLOSE) * min(2.0, 4 / max(1, gates))
    own = block / hidden if hidden else min(6.0, min(TALL, room / 2) / sides[len(sides) // 2])
    return ends("weights", own, own)[0]
