"""The bare pipeline of an encoder and its decoder: the state handed over between them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.errors import FigureError
from lstmviz.figures.pipeline.bare_cards import Card, arrow, cards_of, states, target
from lstmviz.figures.shared import bare
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import middle
from lstmviz.scene.items import INK
from lstmviz.translation.messages import message, user_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lstmviz.figures.pages import Page
    from lstmviz.figures.pipeline.steps import Step
    from lstmviz.network.structure import Trace
    from lstmviz.scene.items import Box, Point
    from lstmviz.translation.messages import Message

RISE, LOW, ROUND = 20.0, 15.0, 18.0
"""From one box up to the next; on a slide; and how far beside them what is answered goes down, pt."""
GAPS = (*((14.0, gap) for gap in (48.0, 40.0, 32.0, 26.0, 20.0)), (6.0, 15.0), (-3.0, 9.0))
"""How much wider both sides are than their words, and the gap beside the state; the best first, pt."""
LEAST, MOST, WIDER = 12.0, 26.0, 20.0
"""From box to box in one row, at least and at most; how much wider both sides are than their words, pt."""
ASIDE = 12.0
"""Beside what comes from below, where another way meets the decoder, pt."""
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


@dataclass(frozen=True, slots=True)
class _Pair:
    """The boxes of the encoder's side, the states between, those of the decoder's side, and what it reads."""

    left: list[Card]
    between: list[Card]
    right: list[Card]
    read: list[Card]
    about: Message

    @property
    def row(self) -> list[list[Card]]:
        """What stands side by side in one row; the states one above the other."""
        return [*([card] for card in self.left), self.between, *([card] for card in self.right)]

    def draw(self, placed: Mapping[str, Box], way: Callable[[Box, Box, bool], list[Point]]) -> Canvas:
        """All boxes where they are `placed`, and the arrows; each goes its `way` from box to box."""
        canvas = Canvas()
        every = (*self.left, *self.between, *self.read, *self.right)
        for card in every:
            card.draw(canvas, placed[card.id])
        for card in (*self.left, *self.right):
            for read in card.reads:
                begins = card is self.right[0]
                arrow(canvas, (read, card.id), way(placed[read], placed[card.id], begins))
        _handed(canvas, (self.left[-1].id, self.right[0].id), self.between, placed)
        return canvas


def draw(trace: Trace, steps: Sequence[Step], page: Page) -> Canvas:
    """All in one row where the page is wide enough for that, else the encoder beside the decoder."""
    cards = cards_of(trace, steps)
    encoder = next(step for step in steps if step.handed)
    decoder = steps[steps.index(encoder) + 1]
    at = next(place for place, card in enumerate(cards) if card.id == encoder.id) + 1
    left, between, read = cards[:at], states(encoder), target(trace, decoder)
    right = [card for card in cards[at:] if card.role != "input"]
    apart = {left[-1].id, *(card.id for card in between)}
    reads = [one for one in right[0].reads if one not in apart] if trace.inputs else [c.id for c in read]
    right[0] = replace(right[0], reads=tuple(reads))
    about = message("bare.handed", layer=decoder.name, giver=user_text(encoder.name))
    pair = _Pair(left, between, right, read, about)
    wide = sum(max(card.wide for card in column) for column in pair.row)
    if bare.in_a_row("pipeline", wide + LEAST * len(pair.row) + 4, page):
        return _level(pair, page.inner - 4 - wide)
    return _upright(pair, page)


def _level(pair: _Pair, spare: float) -> Canvas:
    """From left to right, with what the decoder reads besides under it."""
    gap = min(MOST, spare / len(pair.row))  # that beside the states is half as wide again
    more = min(WIDER, (spare - gap * len(pair.row)) / 2)
    high = sum(card.high for card in pair.between) + BETWEEN * (len(pair.between) - 1)
    large = (pair.left[-1], pair.right[0])
    tall = max(high + BETWEEN, *(card.high + HIGHER for card in large))
    placed: dict[str, Box] = {}
    x = 0.0
    for column in pair.row:
        wide = max(card.wide for card in column) + (more if column[0] in large else 0.0)
        if column == pair.between:
            placed |= _states(column, x, wide, (0.0, -tall / 2, 0.0, tall / 2))
        else:
            half = tall / 2 if column[0] in large else column[0].high / 2
            placed[column[0].id] = (x, -half, x + wide, half)
        x += wide + gap * (1.5 if column == pair.between or column[0] is pair.left[-1] else 1.0)
    decoder = placed[pair.right[0].id]
    for one in pair.read:
        (middle_, _), y = middle(decoder), decoder[3] + RISE
        placed[one.id] = (middle_ - one.wide / 2, y, middle_ + one.wide / 2, y + one.high)
    canvas = pair.draw(placed, _across)
    wide = max(labels.wide(line, bare.WORD) for line in pair.about.text.split("\n"))
    left = min((placed[one.id][0] for one in pair.read), default=decoder[2])
    x = min(middle(placed[pair.between[0].id])[0], left - BETWEEN - wide / 2)
    ways = [at for edge in canvas.edges for at in edge.route]
    under = max((y for x, y in ways if x <= decoder[0]), default=0.0)  # of a way that passes there
    bare.say(canvas, pair.about, (x, max(tall / 2, under) + bare.LEAD + BETWEEN), tint=INK)
    return canvas


def _across(one: Box, two: Box, begins: bool) -> list[Point]:
    """To the right, or up; from further off over the row, or under it to where the decoder `begins`."""
    (a, y), (b, to) = middle(one), middle(two)
    if y > two[3]:
        return [(a, one[1]), (a, two[3])]
    if 0 < two[0] - one[2] <= MOST:
        return [(one[2], y), (two[0], to)]
    if not begins:
        roof = min(one[1], two[1]) - ROUND
        return [(a, one[1]), (a, roof), (b, roof), (b, two[1])]
    b += ASIDE if a > b else -ASIDE
    foot = max(one[3], two[3]) + LOW
    return [(a, one[3]), (a, foot), (b, foot), (b, two[3])]


def _upright(pair: _Pair, page: Page) -> Canvas:
    """The encoder over its input at the left, the decoder at the right, what stands on it above it."""
    left, between, right, read = pair.left, pair.between, pair.right, pair.read
    wide = [max(card.wide for card in column) for column in (left, between, (*right, *read))]
    back = ROUND if any(card.role == "output" and card.id in right[0].reads for card in right) else 0.0
    room = page.inner - 4 - back
    more, gap = next((one for one in GAPS if sum(wide) + 2 * sum(one) <= room), GAPS[-1])
    if more < 0 and page.scale > 1:
        raise FigureError("pipeline", "smaller type leaves room for the arrows beside the states")
    gap = min(MOST, (room - sum(wide) - 2 * more) / 2) if more < 0 else gap
    wide = [wide[0] + more, wide[1] + min(more, 0.0), wide[2] + more]
    starts = (0.0, wide[0] + gap, wide[0] + wide[1] + 2 * gap)
    rise = LOW if page.height is not None else RISE
    placed = _column(left, (0.0, wide[0]), 0.0, rise, larger=left[-1])
    foot = placed[left[-1].id][3]
    placed |= _column(right, (starts[2], starts[2] + wide[2]), foot, rise, larger=right[0])
    for one in read:
        x0, _, x1, y1 = placed[right[0].id]
        placed[one.id] = (x0, y1 + rise, x1, y1 + rise + one.high)
    placed |= _states(between, starts[1], wide[1], placed[left[-1].id])
    canvas = pair.draw(placed, _way)
    sides = (placed[left[-1].id], placed[right[0].id])
    held = [placed[card.id] for card in between]
    _told(canvas, pair.about, sides, (min(box[1] for box in held), max(box[3] for box in held)))
    return canvas


def _told(canvas: Canvas, about: Message, sides: tuple[Box, Box], held: tuple[float, float]) -> None:
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


def _way(one: Box, two: Box, under: bool) -> list[Point]:
    """Up, or round at the right; from the other side up and across, or `under` what stands lowest."""
    (a, y), (b, to) = middle(one), middle(two)
    if one[0] == two[0]:
        out = one[2] + ROUND
        return [(a, one[1]), (a, two[3])] if y > to else [(one[2], y), (out, y), (out, to), (two[2], to)]
    return [(one[2], y), (b, y), (b, two[3])] if under else [(a, one[1]), (a, to), (two[0], to)]


def _handed(canvas: Canvas, ends: tuple[str, str], states: Sequence[Card], placed: Mapping[str, Box]) -> None:
    """The states from the encoder to the decoder, each on a line of its own."""
    one, two = (placed[end] for end in ends)
    for state in states:
        x0, _, x1, _ = placed[state.id]
        y, style = middle(placed[state.id])[1], bare.style("c" if state.role == "cell" else "h")
        for pair, route in (((ends[0], state.id), [(one[2], y), (x0, y)]),
                            ((state.id, ends[1]), [(x1, y), (two[0], y)])):  # fmt: skip
            canvas.edge(ids.arrow(*pair), pair, state.role, route, **style)
