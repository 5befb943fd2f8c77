"""The bare pipeline of an encoder and its decoder: side by side, the state between them."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.pipeline.bare_cards import Card, arrow, cards_of, states, target
from lstmviz.figures.shared import bare
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import middle
from lstmviz.scene.items import INK
from lstmviz.translation.messages import literal, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.pages import Page
    from lstmviz.figures.pipeline.steps import Step
    from lstmviz.network.structure import Trace
    from lstmviz.scene.items import Box, Point
    from lstmviz.translation.messages import Said

RISE, LOW, ROUND = 20.0, 15.0, 18.0
"""From one box up to the next; on a slide; and how far beside them what is answered goes down, pt."""
GAPS = (*((14.0, gap) for gap in (48.0, 40.0, 32.0, 26.0, 20.0)), (6.0, 15.0), (0.0, 12.0), (0.0, 9.0))
"""How much wider both sides are than their words, and the gap beside the state; the best first, pt."""
BETWEEN, HIGHER = 8.0, 14.0
"""From one state to the next, and by how much an encoder and a decoder are higher than other boxes, pt."""
CLEAR = 4.0
"""From words down to an arrow that passes under them, pt."""


def fits(steps: Sequence[Step]) -> bool:
    """Whether the only states that go anywhere are an encoder's, to the decoder right after it."""
    pairs = [(one, two) for one, two in pairwise(steps) if one.handed]
    others = [step for step in steps if step.source]
    beside = [step for step in steps if step.beside and step.type != "decoder"]
    return len(pairs) == 1 and pairs[0][1].type == "decoder" and not others and not beside


def draw(trace: Trace, steps: Sequence[Step], page: Page) -> Canvas:
    """The encoder over its input at the left, the decoder at the right, what stands on it above it."""
    canvas = Canvas()
    cards = cards_of(trace, steps)
    encoder = next(step for step in steps if step.handed)
    decoder = steps[steps.index(encoder) + 1]
    at = next(place for place, card in enumerate(cards) if card.id == encoder.id) + 1
    left, between, read = cards[:at], states(encoder), target(trace, decoder)
    right = [card for card in cards[at:] if card.role != "input"]
    apart = {left[-1].id, *(card.id for card in between)}
    reads = [one for one in right[0].reads if one not in apart] if trace.inputs else [c.id for c in read]
    right[0] = replace(right[0], reads=tuple(reads))
    wide = [max(card.wide for card in column) for column in (left, between, right)]
    more, gap = next((one for one in GAPS if sum(wide) + 2 * sum(one) <= page.inner - 4), GAPS[-1])
    wide = [wide[0] + more, wide[1], wide[2] + more]
    starts = (0.0, wide[0] + gap, wide[0] + wide[1] + 2 * gap)
    rise = LOW if page.height is not None else RISE
    placed = _column(left, (0.0, wide[0]), 0.0, rise, larger=left[-1])
    foot = placed[left[-1].id][3]
    placed |= _column(right, (starts[2], starts[2] + wide[2]), foot, rise, larger=right[0])
    for one in read:
        x0, _, x1, y1 = placed[right[0].id]
        placed[one.id] = (x0, y1 + rise, x1, y1 + rise + one.high)
    placed |= _states(between, starts[1], wide[1], placed[left[-1].id])
    for card in (*left, *between, *read, *right):
        card.draw(canvas, placed[card.id])
    _lines(canvas, left, placed)
    _lines(canvas, right, placed)
    _handed(canvas, (left[-1].id, right[0].id), between, placed)
    about = message("bare.handed", layer=decoder.name, giver=literal(encoder.name))
    sides = (placed[left[-1].id], placed[right[0].id])
    held = [placed[card.id] for card in between]
    _told(canvas, about, sides, (min(box[1] for box in held), max(box[3] for box in held)))
    return canvas


def _told(canvas: Canvas, about: Said, sides: tuple[Box, Box], held: tuple[float, float]) -> None:
    """What becomes of the states, under them where no arrow passes, else over them, or over the encoder."""
    encoder, decoder = sides
    x, top, low = (encoder[2] + decoder[0]) / 2, min(encoder[1], held[0]), held[1] + bare.LEAD + 2
    wide = max(labels.wide(line, bare.WORD) for line in about.text.split("\n"))
    ways = [at for edge in canvas.edges for at in edge.route]
    above = min((x for x, y in ways if y < top), default=math.inf)  # where arrows take the room
    under = min((y for x, y in ways if y > held[1] and encoder[2] <= x <= decoder[0]), default=math.inf)
    between = wide + 2 * BETWEEN <= decoder[0] - encoder[2]
    if between and under > low + bare.LEAD + CLEAR:
        bare.say(canvas, about, (x, low), tint=INK)
    elif between and decoder[0] < above:
        bare.say(canvas, about, (x, top - bare.LEAD - 8), tint=INK)
    elif wide + BETWEEN < decoder[0] < above:
        bare.say(canvas, about, (decoder[0] - BETWEEN, top - bare.LEAD - 8), "end", tint=INK)


def _column(
    cards: Sequence[Card], sides: tuple[float, float], y: float, rise: float, *, larger: Card
) -> dict[str, Box]:
    """Boxes one above the other, the lower edge of the first at y, so far apart."""
    found: dict[str, Box] = {}
    for card in cards:
        high = card.high + (HIGHER if card is larger else 0.0)
        found[card.id] = (sides[0], y - high, sides[1], y)
        y -= high + rise
    return found


def _states(cards: Sequence[Card], x: float, wide: float, beside: Box) -> dict[str, Box]:
    """The states one above the other, level with the encoder."""
    high = sum(card.high for card in cards) + BETWEEN * (len(cards) - 1)
    y = middle(beside)[1] - high / 2
    found: dict[str, Box] = {}
    for card in cards:
        found[card.id] = (x, y, x + wide, y + card.high)
        y += card.high + BETWEEN
    return found


def _lines(canvas: Canvas, cards: Sequence[Card], placed: dict[str, Box]) -> None:
    """From box to box upward; round to the decoder what it answers; and what is read of the other side."""
    for card in cards:
        box = placed[card.id]
        for read in card.reads:
            arrow(canvas, (read, card.id), _way(placed[read], box, under=card is cards[0]))


def _way(one: Box, two: Box, *, under: bool) -> list[Point]:
    """Up, or round at the right; from the other side up and across, or `under` what stands lowest."""
    (a, y), (b, to) = middle(one), middle(two)
    if one[0] == two[0]:
        out = one[2] + ROUND
        return [(a, one[1]), (a, two[3])] if y > to else [(one[2], y), (out, y), (out, to), (two[2], to)]
    return [(one[2], y), (b, y), (b, two[3])] if under else [(a, one[1]), (a, to), (two[0], to)]


def _handed(canvas: Canvas, ends: tuple[str, str], states: Sequence[Card], placed: dict[str, Box]) -> None:
    """The states from the encoder to the decoder, each on a line of its own."""
    one, two = (placed[end] for end in ends)
    for state in states:
        x0, _, x1, _ = placed[state.id]
        y, style = middle(placed[state.id])[1], bare.style("c" if state.role == "cell" else "h")
        for pair, route in (((ends[0], state.id), [(one[2], y), (x0, y)]),
                            ((state.id, ends[1]), [(x1, y), (two[0], y)])):  # fmt: skip
            canvas.edge(ids.arrow(*pair), pair, state.role, route, **style)
