"""The states of a layer on their lines: where they pass a cell, how their lines look, what the rows hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lstmviz.figures.shared.claimed import letter
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.recurrence import OwnLoop, StateVariable
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.scene import ids
from lstmviz.scene.items import Point

APART = 18.0
"""Between the lines of two states, pt."""
GAP = 4.0
"""Between two chips of one step, pt."""
SPREAD = 9.0
"""Between two lines that enter or leave a cell on one side, pt."""
SIDE = 30.0
"""So much of a cell's side has room for the lines that enter or leave it, pt."""


def ports(layer: Recurrent) -> list[tuple[StateVariable, float]]:
    """Each state, from the top down, and how far below a cell's middle it passes, pt."""
    states = layer.carried
    return [(state, APART * (i - (len(states) - 1) / 2)) for i, state in enumerate(states)]


def high(layer: Recurrent, usual: float) -> float:
    """How high a cell is, so that all its states have room at its sides, pt."""
    return max(usual, APART * len(layer.carried) + 6)


def inputs(part: DrawnLayer, step: int | str) -> list[tuple[str, str, str, Tensor]]:
    """What a step reads anew: id, letter, index and the tensor that its item names."""
    layer = part.layer
    if not isinstance(layer, OwnLoop):
        return [("x", letter(layer), str(step), layer.tensor("input"))]
    found = []
    for place, one in enumerate(layer.fed):
        index = str(step + one.first) if isinstance(step, int) else one.index
        tensor = replace(one.each if one.whole is None else one.whole, name=one.tensor)
        found.append((ids.numbered("x", place), one.base, index, tensor))
    return found


def places(wide: Sequence[float], x: float, cell: float) -> Iterator[tuple[float, float, float]]:
    """Yield of each chip its middle, its width, and where on the cell its line is."""
    left, last = x - (sum(wide) + GAP * (len(wide) - 1)) / 2, len(wide) - 1
    apart = min(SPREAD, SIDE / max(last, 1))
    for place, one in enumerate(wide):
        yield left + one / 2, one, cell + apart * (place - last / 2)
        left += one + GAP


def bent(start: Point, end: Point, y: float) -> list[Point]:
    """A line up, with a step aside at a level where it needs one."""
    if abs(start[0] - end[0]) < 0.01:
        return [start, (start[0], end[1])]
    return [start, (start[0], y), (end[0], y), end]
