"""The bare pipeline of an encoder and its decoder: the state handed over between them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.errors import FigureError
from lstmviz.figures.pipeline.bare_cards import Card, arrow, cards_of, states, target
from lstmviz.figures.pipeline.bare_strips import cut_in_steps
from lstmviz.figures.shared import bare
from lstmviz.figures.shared.lattice import FEW, WORDED
from lstmviz.figures.shared.step_words import NO_WORDS, words_of
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import middle
from lstmviz.scene.items import INK, MUTED, stroke_of
from lstmviz.translation.messages import message, user_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lstmviz.figures.base import Subject
    from lstmviz.figures.pages import Page
    from lstmviz.figures.pipeline.steps import Step
    from lstmviz.network.structure import Trace
    from lstmviz.scene.items import Box, Point
    from lstmviz.translation.messages import Message

RISE, ROUND = 20.0, 18.0
"""From one box up to the next, and how far beside them what is answered goes down, pt."""
GAPS = (*((18.0, gap) for gap in (60.0, 52.0, 44.0, 36.0, 28.0)), (8.0, 20.0), (2.0, 15.0), (-3.0, 9.0))
"""How much wider both sides are than their words, and the gap beside the state; the best first, pt."""
MOST = 28.0
"""The gap beside the state at most where both sides are narrower than their words, pt."""
BETWEEN, HIGHER = 8.0, 18.0
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

    def draw(self, placed: Mapping[str, Box], way: Callable[[Box, Box, bool], list[Point]]) -> Canvas:
        """All boxes where they are `placed`, and the arrows; each goes its `way` from box to box."""
        canvas = Canvas()
        every = (*self.left, *self.between, *self.read, *self.right)
        for card in every:
            card.draw(canvas, placed[card.id])
        given = {card.id for card in every if card.role == "input"}
        for card in (*self.left, *self.right):
            for read in card.reads:
                begins = card is self.right[0]
                route = way(placed[read], placed[card.id], begins)
                whose = "input" if read in given else card.role
                tint = stroke_of(whose) if whose in {"input", "output"} else MUTED
                arrow(canvas, (read, card.id), route, tint)
        _handed(canvas, (self.left[-1].id, self.right[0].id), self.between, placed)
        return canvas


def draw(subject: Subject, steps: Sequence[Step], page: Page) -> Canvas:
    """The encoder over its input at the left, the decoder at the right, what stands on it above it.

    Tensors with steps are cut into them: as many as there is room for.
    """
    pair = _pair(subject.trace, steps)
    layers = [subject.trace.layers[card.tensor] for card in (pair.left[-1], pair.right[0])]
    both, none = [words_of(subject, layer) for layer in layers], [NO_WORDS, NO_WORDS]
    longest = max(layer.timesteps for layer in layers)
    whole = longest <= (WORDED if any(one.any for one in both) else FEW + 1)
    tries = [(longest if whole else FEW, both)]
    if page.small:
        tries += [(most, words) for words in (both, none) for most in (FEW, FEW - 1)]
    for most, words in tries:
        cut = replace(
            pair,
            left=cut_in_steps(pair.left, layers[0], words[0], most, pair.left[-1]),
            read=cut_in_steps(pair.read, layers[1], words[1], most, pair.right[0]),
            right=cut_in_steps(pair.right, layers[1], words[1], most),
        )
        if _room(cut, page, *GAPS[-1]) >= 0:
            break
    else:
        if page.scale > 1:
            raise FigureError("pipeline", "smaller type leaves room for the arrows beside the states")
    return _upright(cut, page)


def _pair(trace: Trace, steps: Sequence[Step]) -> _Pair:
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
    return _Pair(left, between, right, read, about)


def _widths(pair: _Pair) -> list[float]:
    """How wide the encoder's side is, the states, and the decoder's side."""
    columns = (pair.left, pair.between, (*pair.right, *pair.read))
    return [max(card.wide for card in column) for column in columns]


def _room(pair: _Pair, page: Page, more: float, gap: float) -> float:
    """How much of the page is left beside both sides, the states, and what is answered."""
    answered = any(card.role == "output" and card.id in pair.right[0].reads for card in pair.right)
    return page.inner - 4 - (ROUND if answered else 0.0) - sum(_widths(pair)) - 2 * (more + gap)


def _upright(pair: _Pair, page: Page) -> Canvas:
    """Both columns with the states between them."""
    left, between, right, read = pair.left, pair.between, pair.right, pair.read
    wide = _widths(pair)
    more, gap = next((one for one in GAPS if _room(pair, page, *one) >= 0), GAPS[-1])
    gap = min(MOST, gap + _room(pair, page, more, gap) / 2) if more < 0 else gap
    wide = [wide[0] + more, wide[1] + min(more, 0.0), wide[2] + more]
    starts = (0.0, wide[0] + gap, wide[0] + wide[1] + 2 * gap)
    placed = _column(left, (0.0, wide[0]), 0.0, larger=left[-1])
    foot = placed[left[-1].id][3]
    placed |= _column(right, (starts[2], starts[2] + wide[2]), foot, larger=right[0])
    for one in read:
        x0, _, x1, y1 = placed[right[0].id]
        placed[one.id] = (x0, y1 + RISE, x1, y1 + RISE + one.high)
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


def _column(cards: Sequence[Card], sides: tuple[float, float], y: float, *, larger: Card) -> dict[str, Box]:
    """Boxes one above the other, the lower edge of the first at y."""
    found: dict[str, Box] = {}
    for card in cards:
        high = card.high + (HIGHER if card is larger else 0.0)
        found[card.id] = (sides[0], y - high, sides[1], y)
        y -= high + RISE
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
