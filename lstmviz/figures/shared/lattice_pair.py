"""A bare encoder and its decoder: two lattices, the last states of one led to where the other begins."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.errors import FigureError
from lstmviz.figures.pages import MARGIN
from lstmviz.figures.pages import page as text_page
from lstmviz.figures.shared import bare, parts
from lstmviz.figures.shared import transfers as handed
from lstmviz.figures.shared.bare_head import head_of
from lstmviz.figures.shared.lattice import lattice
from lstmviz.figures.shared.lattice_attention import BESIDE, attention_of, bar, lead
from lstmviz.figures.shared.lattice_draw import draw
from lstmviz.scene.items import INK
from lstmviz.translation.messages import literal, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.pages import Page
    from lstmviz.figures.shared.bare_head import Head
    from lstmviz.figures.shared.content import LayerBlock
    from lstmviz.figures.shared.lattice import Lattice
    from lstmviz.figures.shared.transfers import Side, StateTransfer
    from lstmviz.network.structure import Trace
    from lstmviz.scene.canvas import Canvas

WEIGHED = "detail: low does not show this attention; detail: normal does"
APART, LANE, CLEAR = 30.0, 8.0, 7.0
"""Between the two side by side; from one state's way to the next, and beside them, pt."""
CLOSE = (4.0, 4.5)
"""The same two where the page has no room for that, pt."""
BETWEEN = 12.0
"""Beside a word on the decoder: its box, and half of the room to the next, pt."""
NARROW = 380.0
"""On a page no wider than this the decoder stands on top, pt."""


def pair(trace: Trace, sides: tuple[Side, Side], page: Page, decoder: LayerBlock, *, whole: bool) -> Canvas:
    """Side by side where that fits and both have as many layers, else the decoder on top.

    What stands on the `decoder` is drawn too, if the page is high enough; FigureError if it weighs the
    encoder's steps and cannot be drawn.
    """
    level = not any(side.layer.bidirectional for side in sides)
    level = level and len(sides[0].depths) == len(sides[1].depths)
    half = replace(page, width=(page.width - APART) / 2 + 8.0)
    two = [_lattice(trace, side, half, whole=whole) for side in sides]
    fits = two[0].width + APART + two[1].width <= page.inner - 4
    if page.scale > 1 and _weighs(decoder) and _close(two[1], decoder):
        raise FigureError("grid", "smaller type holds what stands on the decoder")
    beside = level and (fits or (page.scale > 1 and page.width * page.scale > NARROW))
    canvas = _beside(two, decoder) if beside else _stacked(trace, sides, page, decoder, whole=whole)
    _, top, _, foot = canvas.extent()
    if page.scale <= 1 and not page.holds(foot - top + 2 * MARGIN) and decoder.after and not _weighs(decoder):
        return pair(trace, sides, page, replace(decoder, after=()), whole=whole)
    return canvas


def _close(it: Lattice, decoder: LayerBlock) -> bool:
    """Whether what stands on neighbouring steps has too little room between."""
    wide = max(bare.word(literal(row.stage.type)).width for row in decoder.after) + 2 * BETWEEN
    return any(b - a < wide for a, b in pairwise(it.columns.values()))


def _weighs(decoder: LayerBlock) -> bool:
    return any(row.stage.type == "attention" for row in decoder.after)


def drawable(decoder: LayerBlock) -> bool:
    """Whether the attention of a decoder is drawn: without it, it would be another model."""
    layer = decoder.layer
    it = lattice(layer, "", range(layer.num_layers), text_page("text"), whole=False, most=2)
    return attention_of(head_of(decoder.after, it, ends=False)) is not None


def _head(it: Lattice, decoder: LayerBlock) -> Head | None:
    head = head_of(decoder.after, it, ends=decoder.result) if it.top and decoder.after else None
    if it.top and _weighs(decoder) and attention_of(head) is None:
        raise FigureError("grid", WEIGHED)
    return head


def _lattice(trace: Trace, side: Side, page: Page, *, whole: bool) -> Lattice:
    it = lattice(side.layer, side.prefix, [*side.depths], page, whole=whole, most=2)
    return replace(it, quiet=it.top and trace.unread(side.layer.name))


def _ends(two: Sequence[Lattice]) -> list[StateTransfer]:
    """The states handed over between the layers that are drawn."""
    return handed.between(*(handed.Side(it.layer, it.prefix, it.layers) for it in two))


def _beside(two: Sequence[Lattice], decoder: LayerBlock) -> Canvas:
    head = _head(two[1], decoder)
    first, second = _drawn(two[0], weighed=head), _drawn(two[1], head)
    for it, canvas, name in zip(two, (first, second), ("encoder", "decoder"), strict=True):
        _name(canvas, it, name, bare.CHIP / 2 + 36.0)
    second.move(two[0].width + APART, 0.0)
    first.merge(second)
    handed.straight(first, _ends(two), style=bare.style)
    if (stage := attention_of(head)) is not None:
        lead(first, stage, beside=True)
    return _keyed(first, two)


def _stacked(
    trace: Trace, sides: tuple[Side, Side], page: Page, decoder: LayerBlock, *, whole: bool
) -> Canvas:
    count = Counter(end.way for end in handed.between(*sides))
    for lane, clear in ((LANE, CLEAR), CLOSE):
        lanes = handed.Lanes(count, lane, clear)
        room = replace(page, width=page.width - lanes.room - 3 - (BESIDE if _weighs(decoder) else 0.0))
        two = [_lattice(trace, side, room, whole=whole) for side in sides]
        if page.scale > 1 or all(it.width <= room.inner - 4 for it in two):
            break
    head = _head(two[1], decoder)
    first, second = _drawn(two[0], weighed=head), _drawn(two[1], head)
    for it, canvas, name in zip(two, (first, second), ("encoder", "decoder"), strict=True):
        _name(canvas, it, name, min(node.box[1] for node in canvas.nodes) - 9.0)
    low = first.extent()[3]
    ends = _ends(two)
    handed.stacked(
        first, second, ends, replace(lanes, count=Counter(end.way for end in ends)), style=bare.style
    )
    if (stage := attention_of(head)) is not None:
        lead(first, stage, beside=False)
    bare.key(first, parts.states_of(two[0].layer), (0.0, low + 13.0))
    return first


def _drawn(it: Lattice, head: Head | None = None, *, weighed: Head | None = None) -> Canvas:
    """One of the two with its `head`, or with what gathers steps that are `weighed`."""
    canvas = draw(it, head, key=False)
    if (stage := attention_of(weighed)) is not None:
        bar(canvas, it, stage)
    return canvas


def _name(canvas: Canvas, it: Lattice, name: str, y: float) -> None:
    """What one of the two is, in the middle of its steps."""
    line = bare.word(message(f"bare.{name}"), tint=INK, bold=True)
    canvas.text(line, sum(it.columns.values()) / len(it.columns), y, "middle")


def _keyed(canvas: Canvas, two: Sequence[Lattice]) -> Canvas:
    bare.key(canvas, parts.states_of(two[0].layer), (0.0, canvas.extent()[3] + 13.0))
    return canvas
