"""A bare encoder and its decoder: two lattices, the last states of one led to where the other begins."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.figures.shared import bare, parts
from lstmviz.figures.shared import transfers as handed
from lstmviz.figures.shared.lattice import lattice
from lstmviz.figures.shared.lattice_draw import draw
from lstmviz.scene.items import INK
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.pages import Page
    from lstmviz.figures.shared.lattice import Lattice
    from lstmviz.figures.shared.transfers import Side, StateTransfer
    from lstmviz.scene.canvas import Canvas

APART, LANE, CLEAR = 30.0, 8.0, 7.0
"""Between the two side by side; from one state's way to the next, and beside them, pt."""
NARROW = 380.0
"""On a page no wider than this the decoder stands on top, pt."""


def pair(sides: tuple[Side, Side], page: Page, *, whole: bool) -> Canvas:
    """Side by side where that fits and both have as many layers, else the decoder on top."""
    level = not any(side.layer.bidirectional for side in sides)
    level = level and len(sides[0].depths) == len(sides[1].depths)
    half = replace(page, width=(page.width - APART) / 2 + 8.0)
    two = [_lattice(side, half, whole=whole) for side in sides]
    fits = two[0].width + APART + two[1].width <= page.inner - 4
    if level and (fits or (page.scale > 1 and page.width * page.scale > NARROW)):
        return _beside(two)
    return _stacked(sides, page, whole=whole)


def _lattice(side: Side, page: Page, *, whole: bool) -> Lattice:
    return lattice(side.layer, side.prefix, [*side.depths], page, whole=whole, most=2)


def _ends(two: Sequence[Lattice]) -> list[StateTransfer]:
    """The states handed over between the layers that are drawn."""
    return handed.between(*(handed.Side(it.layer, it.prefix, it.layers) for it in two))


def _beside(two: Sequence[Lattice]) -> Canvas:
    first, second = (_drawn(it, name) for it, name in zip(two, ("encoder", "decoder"), strict=True))
    second.move(two[0].width + APART, 0.0)
    first.merge(second)
    handed.straight(first, _ends(two), style=bare.style)
    return _keyed(first, two)


def _stacked(sides: tuple[Side, Side], page: Page, *, whole: bool) -> Canvas:
    lanes = handed.Lanes(Counter(end.way for end in handed.between(*sides)), LANE, CLEAR)
    room = replace(page, width=page.width - lanes.room - 3)
    two = [_lattice(side, room, whole=whole) for side in sides]
    first, second = (_drawn(it, name) for it, name in zip(two, ("encoder", "decoder"), strict=True))
    low = first.extent()[3]
    ends = _ends(two)
    handed.stacked(
        first, second, ends, replace(lanes, count=Counter(end.way for end in ends)), style=bare.style
    )
    bare.key(first, parts.states_of(two[0].layer), (0.0, low + 13.0))
    return first


def _drawn(it: Lattice, name: str) -> Canvas:
    """One of the two, with its name on top."""
    canvas = draw(it, key=False)
    line = bare.word(message(f"bare.{name}"), tint=INK, bold=True)
    middle = sum(it.columns.values()) / len(it.columns)
    canvas.text(line, middle, it.roof - bare.CHIP / 2 - 9.0, "middle")
    return canvas


def _keyed(canvas: Canvas, two: Sequence[Lattice]) -> Canvas:
    bare.key(canvas, parts.states_of(two[0].layer), (0.0, canvas.extent()[3] + 13.0))
    return canvas
