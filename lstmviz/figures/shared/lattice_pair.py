"""A bare encoder and its decoder: two lattices, the last states of one led to where the other begins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from lstmviz.errors import FigureError
from lstmviz.figures.base import Subject
from lstmviz.figures.pages import MARGIN, Page
from lstmviz.figures.pages import page as text_page
from lstmviz.figures.shared import bare, parts
from lstmviz.figures.shared import transfers as handed
from lstmviz.figures.shared.bare_head import Head, head_of
from lstmviz.figures.shared.content import LayerBlock
from lstmviz.figures.shared.lattice import LED, Lattice, lattice
from lstmviz.figures.shared.lattice_attention import BESIDE, attention_of, bar, lead
from lstmviz.figures.shared.lattice_draw import draw
from lstmviz.figures.shared.lattice_head import slimmed
from lstmviz.figures.shared.made_states import StateTransfer, ways
from lstmviz.figures.shared.own_answers import lead_back
from lstmviz.figures.shared.step_words import words_of
from lstmviz.figures.shared.transfers import Side
from lstmviz.network.second_input import output_unread
from lstmviz.network.structure import Stage
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, Anchor, Point
from lstmviz.translation.messages import message, user_text

WEIGHED = "detail: low does not show this attention; detail: normal does"
LANE, CLEAR = 8.0, 7.0
"""From one state's way to the next, and beside them, pt."""
CLOSE = (4.0, 4.5)
"""The same two where the page has no room for that, pt."""
ACROSS = 34.0
"""From a two-way encoder to its decoder, side by side, pt."""
BETWEEN = 12.0
"""Beside a word on the decoder: its box, and half of the room to the next, pt."""
TITLE, BOLD = 13.0, 1.8
"""The size of the names of both over one layer, pt; and how much thicker what is handed over is drawn."""
ALONE = "bare.short-h"
"""What the only state that is handed over is called."""
NARROW = 380.0
"""On a page no wider than this the decoder stands under its encoder, pt."""


def pair(
    subject: Subject, sides: tuple[Side, Side], page: Page, decoder: LayerBlock, *, whole: bool
) -> Canvas:
    """Side by side where that fits and both have as many layers, else the decoder under its encoder.

    What stands on the `decoder` is drawn too, if the page is high enough; FigureError if it weighs the
    encoder's steps and cannot be drawn.
    """
    level = not any(side.layer.bidirectional for side in sides)
    level = level and len(sides[0].depths) == len(sides[1].depths)
    level = level and sides[1].layer.all_handed  # states that do not go on have no start beside them
    half = replace(page, width=(page.width - LED) / 2 + 8.0)
    two = [_lattice(subject, side, half, whole=whole) for side in sides]
    fits = two[0].width + LED + two[1].width <= page.inner - 4
    if not page.small and _weighs(decoder) and _close(two[1], decoder):
        raise FigureError("grid", "smaller type holds what stands on the decoder")
    beside = level and (fits or (not page.small and page.width * page.scale > NARROW))
    if _crosses(sides) and page.width * page.scale > NARROW:
        aside = replace(page, width=page.width - ACROSS)
        two = [
            _lattice(subject, side, replace(half, width=aside.width / 2 + 8.0), whole=whole) for side in sides
        ]
        canvas = _across(two, decoder)
    elif beside:
        canvas = _beside(two, decoder)
    else:
        canvas = _stacked(subject, sides, page, decoder, whole=whole)
    lead_back(canvas, subject.trace, sides[1].layer, sides[1].prefix)
    _, top, _, foot = canvas.extent()
    if page.small and not page.holds(foot - top + 2 * MARGIN) and decoder.after and not _weighs(decoder):
        return pair(subject, sides, page, replace(decoder, after=()), whole=whole)
    return canvas


def _crosses(sides: tuple[Side, Side]) -> bool:
    """Whether one layer's two directions begin layers of a decoder, so that one state goes over all."""
    one, two = sides
    ways = one.layer.bidirectional and not two.layer.bidirectional
    own = not any(state.through for state in two.layer.handovers)
    return ways and own and len(one.depths) == 1 and len(two.depths) <= one.layer.directions


def _across(two: Sequence[Lattice], decoder: LayerBlock) -> Canvas:
    """Side by side: the forward states straight on, the reverse ones round over the encoder."""
    head = _head(two[1], decoder)
    two = _slim(two[0], two[1], head)
    first, second = _drawn(two[0], weighed=head), _drawn(two[1], head)
    for it, canvas, name in zip(two, (first, second), ("encoder", "decoder"), strict=True):
        _name(canvas, name, (_middle(it), bare.CHIP / 2 + 36.0), "middle")
    top = first.extent()[1] - LANE
    first_level, second_level = (it.level(it.layers[0], "fwd") for it in two)
    second.move(two[0].width + ACROSS, first_level - second_level)
    first.merge(second)
    ends = _ends(two)
    forward = [end for end in ends if end.way == "rl"]
    handed.straight(first, forward, style=bare.style)
    handed.over(first, [end for end in ends if end not in forward], top, LANE, style=bare.style)
    bare.key(first, parts.states_of(two[0].layer), (0.0, bare.CHIP / 2 + 54.0))
    return first


def _close(it: Lattice, decoder: LayerBlock) -> bool:
    """Whether what stands on neighbouring steps has too little room between."""
    wide = max(bare.word(user_text(row.stage.type)).width for row in decoder.after) + 2 * BETWEEN
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


def _lattice(subject: Subject, side: Side, page: Page, *, whole: bool) -> Lattice:
    words = words_of(subject, side.layer)
    it = lattice(side.layer, side.prefix, [*side.depths], page, whole=whole, most=2, words=words)
    return replace(it, quiet=it.top and output_unread(subject.trace, side.layer.name))


def _ends(two: Sequence[Lattice]) -> list[StateTransfer]:
    """The states handed over between the layers that are drawn."""
    return handed.between(*(handed.Side(it.layer, it.prefix, it.layers) for it in two))


def _beside(two: Sequence[Lattice], decoder: LayerBlock) -> Canvas:
    head = _head(two[1], decoder)
    alone = not two[0].layer.has_cell_state
    ends = ALONE if alone else "bare.states"
    two = _slim(
        replace(two[0], ends=ends, timed=False, unnamed=True),
        replace(two[1], begun=True, timed=False, unnamed=True),
        head,
    )
    first, second = _drawn(two[0], weighed=head), _drawn(two[1], head)
    for it, canvas, name in zip(two, (first, second), ("encoder", "decoder"), strict=True):
        _name(canvas, name, (_middle(it), bare.CHIP / 2 + 36.0), "middle", size=TITLE)
    second.move(two[0].width + LED, 0.0)
    first.merge(second)
    passed = _ends(two)
    handed.straight(first, passed, style=_passed_on)
    _embolden(first, {name for one in passed for name in (one.source, one.target)})
    start, end = min(two[0].columns.values()), two[0].width + LED + max(two[1].columns.values())
    bare.time_axis(first, start - 13, end + 13, bare.CHIP / 2 + 14.0)
    if (stage := attention_of(head)) is not None:
        lead(first, stage, beside=True)
    _told(first, two, stage)
    return first


def _stacked(
    subject: Subject, sides: tuple[Side, Side], page: Page, decoder: LayerBlock, *, whole: bool
) -> Canvas:
    count = ways(handed.between(*sides))
    for lane, clear in ((LANE, CLEAR), CLOSE):
        lanes = handed.Lanes(count, lane, clear, pad=0.0)
        room = replace(page, width=page.width - lanes.room - 3 - (BESIDE if _weighs(decoder) else 0.0))
        two = [_lattice(subject, side, room, whole=whole) for side in sides]
        if not page.small or all(it.width <= room.inner - 4 for it in two):
            break
    head = _head(two[1], decoder)
    two = _slim(two[0], two[1], head)
    first, second = _drawn(two[0], weighed=head), _drawn(two[1], head)
    for it, canvas, name in zip(two, (first, second), ("encoder", "decoder"), strict=True):
        _name(canvas, name, (_middle(it), min(node.box[1] for node in canvas.nodes) - 9.0), "middle")
    ends = _ends(two)
    about = message("bare.handed", layer=two[1].layer.name, giver=user_text(two[1].layer.giver))
    told = [bare.word(about.part(line, about.text.index(line)), tint=INK) for line in about.text.split("\n")]
    handed.stacked(
        first,
        second,
        ends,
        replace(lanes, count=ways(ends)),
        subject.trace,
        style=bare.style,
        told=told,
        size=bare.WORD,
    )
    if (stage := attention_of(head)) is not None:
        lead(first, stage, beside=False)
    bare.key(first, parts.states_of(two[0].layer), (0.0, first.extent()[3] + 13.0))
    return first


def _drawn(it: Lattice, head: Head | None = None, *, weighed: Head | None = None) -> Canvas:
    """One of the two with its `head`, or with what gathers steps that are `weighed`."""
    canvas = draw(it, head or (Head(()) if weighed else None), key=False)
    if (stage := attention_of(weighed)) is not None:
        bar(canvas, it, stage)
    return canvas


def _slim(encoder: Lattice, decoder: Lattice, head: Head | None) -> list[Lattice]:
    slim = attention_of(head) is not None
    last = decoder.ends if head and head.states else ""
    return [replace(encoder, slim=slim, led=tuple(encoder.shown)), slimmed(replace(decoder, ends=last), head)]


def _embolden(canvas: Canvas, states: Collection[str]) -> None:
    """Draw what leaves these states thicker: what the figure is about."""
    canvas.edges = [
        replace(edge, line=edge.line * BOLD) if edge.source in states else edge for edge in canvas.edges
    ]


def _passed_on(base: str) -> dict[str, Any]:
    """How a line looks that goes on as another."""
    return bare.style(base) | {"head": "none"}


def _middle(it: Lattice) -> float:
    return sum(it.columns.values()) / len(it.columns)


def _name(canvas: Canvas, name: str, at: Point, anchor: Anchor, *, size: float = bare.WORD) -> None:
    """What one of the two is."""
    canvas.text(labels.words(message(f"bare.{name}"), size, font="bold"), *at, anchor)


def _told(canvas: Canvas, two: Sequence[Lattice], weighing: Stage | None) -> None:
    """What the decoder weighs, and the key: over the encoder where that is free, else under all."""
    states, (_, high, _, low) = parts.states_of(two[0].layer), canvas.extent()
    told, y = Canvas(), high + 10.0
    if weighing is not None:
        bare.say(told, message("bare.weighed", stage=weighing.name), (0.0, y), "start", tint=INK)
    if two[0].ends == ALONE:  # its one state is named where it is handed over
        canvas.merge(told)
        return
    bare.key(told, states, (0.0, y + 2.4 * bare.LEAD))
    if not told.texts:  # a sheet has one key for all its panels
        return
    right, top = two[0].width, min(node.box[1] for node in canvas.nodes if node.box[0] < two[0].width)
    if told.extent()[2] < right + 8 and told.extent()[3] + bare.CHIP < top:
        canvas.merge(told)
    else:
        bare.key(canvas, states, (0.0, low + 13.0))
