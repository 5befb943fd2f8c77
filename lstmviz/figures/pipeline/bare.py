"""The bare pipeline: boxes by their names; of an image its maps; an encoder beside its decoder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lstmviz.figures.base import Draft, Options, Subject
from lstmviz.figures.pages import MARGIN, Page
from lstmviz.figures.pipeline import bare_pair, bare_steps
from lstmviz.figures.pipeline.bare_cards import CLOSE, GAP, NARROW, Card, arrow, cards_of
from lstmviz.figures.pipeline.bare_fork import forked
from lstmviz.figures.pipeline.description import describe
from lstmviz.figures.pipeline.steps import Step, steps_of
from lstmviz.figures.shared import bare
from lstmviz.figures.volumes import bare as maps
from lstmviz.figures.volumes.figure import VOLUMES
from lstmviz.network.structure import Trace
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import middle
from lstmviz.scene.items import Box, Point

MORE = "detail: normal draws them all"
MOST = 12
"""So many boxes are read at one look."""
WIDER = 44.0
"""From one box to the next on a slide that has room, pt."""
TALL = 44.0
"""The height of the boxes of a slide that stand in one row, pt."""
TURN, BETWEEN = 15.0, 34.0
"""Beside the boxes, for the way to the next row; and the free space between two rows, pt."""
ARC, APART, BESIDE = 14.0, 9.0, 5.0
"""How far beside the boxes a line passes others; from one such line to the next; and where it meets a box
beside its middle, pt."""


def unable(subject: Subject) -> str | None:
    """Why a model has no bare pipeline, or None."""
    trace = subject.trace
    if VOLUMES.refuse(subject) is None:
        return None
    steps = steps_of(trace)
    if (why := _beyond(trace, steps)) is not None or any(step.handed for step in steps):
        return why
    if (count := len(cards_of(trace, steps)) - 2) > MOST:
        return f"detail: low draws at most {MOST} boxes, and this model takes {count}"
    return None


def _beyond(trace: Trace, steps: Sequence[Step]) -> str | None:
    """Say what of a model is more than boxes one after the other, or None."""
    own = [cls for _, cls in trace.modules if cls not in {"Sequential", "ModuleList"}]
    lost = [stage.name for stage in trace.stages if trace.inputs and not stage.sources]
    layers = {layer.name for layer in trace.recurrent}
    handed = any(step.handed or step.source for step in steps) and not bare_pair.fits(trace, steps)
    low = "detail: low draws"
    if own:
        return f"{low} no modules with parts of their own, and {own[0]} is one; {MORE}"
    if any(set(loop.stages) - layers for loop in trace.loops):
        return f"{low} no loops of one's own; {MORE}"
    if lost:
        return f"{low} what comes of the input, and {lost[0]} reads none of it; {MORE}"
    return f"{low} one decoder after its encoder, and states go another way here; {MORE}" if handed else None


def compose(subject: Subject, options: Options, page: Page) -> Draft:
    """From left to right, in rows where the page is wide enough for that, else upward; an image as maps."""
    trace = subject.trace
    if VOLUMES.refuse(subject) is None:
        return maps.compose(subject, options, page)
    steps = steps_of(trace)
    if any(step.handed for step in steps):
        return Draft(bare_pair.draw(subject, steps, page), describe(subject, steps))
    upward = page.width * page.scale <= NARROW
    way = _Way(trace, cards_of(trace, steps, upward=upward), page)
    way.draw()
    return Draft(way.canvas, describe(subject, steps))


@dataclass
class _Way:
    """The boxes of a model in their order, and where they stand."""

    trace: Trace
    cards: list[Card]
    page: Page
    canvas: Canvas = field(default_factory=Canvas)

    def draw(self) -> None:
        """Place the boxes, then the arrows between them."""
        page, cards = self.page, self.cards
        rooms = sum(card.room for card in cards)
        jumps = any({*two.reads} != {one.id} for one, two in pairwise(cards))
        if (fork := forked(cards, page, self.canvas)) is not None:
            fork.draw()
            return
        alone = bare.in_a_row("pipeline", rooms + CLOSE * (len(cards) - 1) + 4, page)
        rows = [cards] if alone else _rows(cards, page.inner - 4)
        level = len(rows) == 1 or (page.width * page.scale > NARROW and not jumps)
        boxes = self._level(rows) if level else self._upward()
        self._arrows(boxes, level=level)

    def _level(self, rows: Sequence[list[Card]]) -> list[Box]:
        """From left to right, row by row."""
        y = 0.0
        boxes: list[Box] = []
        alone = len(rows) == 1
        slide = self.page.height is not None and alone
        for row in rows:
            spare = self.page.inner - 4 - sum(card.room for card in row)
            gap = spare / max(1, len(row) - 1) if alone else GAP
            gap = min(WIDER if slide else GAP, max(CLOSE, gap))
            high = max(TALL if slide else 0.0, *(card.high for card in row))
            x = 0.0
            for card in row:
                side = (card.room - card.wide) / 2
                boxes.append((x + side, y, x + side + card.wide, y + high))
                card.draw(self.canvas, boxes[-1])
                bare.say(self.canvas, card.under, (x + card.room / 2, y + high + 13))
                x += card.room + gap
            attends = next(((c, b) for c, b in zip(row, boxes[-len(row) :], strict=True) if c.steps), None)
            if attends and attends[0].steps:
                bare_steps.draw(self.canvas, attends[0].steps, ids.rest(attends[0].id), attends[1], x - gap)
            under = max(bare_steps.HIGH if c.steps else bare.LEAD * len(c.under) for c in row)
            y += high + under + BETWEEN
        return boxes

    def _upward(self) -> list[Box]:
        """One above the other; more words at the right."""
        wide, y = max(card.wide for card in self.cards), 0.0
        spare = (self.page.most or math.inf) - sum(card.high for card in self.cards) - 2 * MARGIN - 2
        gap = max(CLOSE, min(GAP, spare / max(1, len(self.cards) - 1)))
        boxes: list[Box] = []
        for card in self.cards:
            boxes.append((0.0, y - card.high, wide, y))
            card.draw(self.canvas, boxes[-1])
            first = y - card.high / 2 + 3.5 - bare.LEAD * (len(card.under) - 1) / 2
            bare.say(self.canvas, card.under, (wide + 9, first), "start")
            y -= card.high + gap
        return boxes

    def _arrows(self, boxes: Sequence[Box], *, level: bool) -> None:
        """From every box to those that read it: to the next one, or beside those between."""
        places = {card.id: place for place, card in enumerate(self.cards)}
        far = 0
        for (_, one), (card, two) in pairwise(zip(self.cards, boxes, strict=True)):
            for read in card.reads:
                before = boxes[places[read]]
                if before == one:
                    route = _across(one, two, boxes) if level else _up(one, two)
                else:
                    out = ARC + APART * far
                    far += 1
                    route = _over(before, two, out) if level else _beside(before, two, out)
                arrow(self.canvas, (read, card.id), route)


def _rows(cards: list[Card], room: float) -> list[list[Card]]:
    """The boxes in as few rows as hold them, filled evenly."""
    for count in range(1, len(cards) + 1):
        ends = [round(len(cards) * k / count) for k in range(count + 1)]
        rows = [cards[a:b] for a, b in pairwise(ends)]
        aside = 0.0 if count == 1 else 2 * TURN
        if all(sum(c.room for c in row) + GAP * (len(row) - 1) + aside <= room for row in rows):
            break
    return rows


def _across(one: Box, two: Box, boxes: Sequence[Box]) -> list[Point]:
    """The way to the right; round the row's end to the beginning of the next."""
    (_, y0), (_, y1) = middle(one), middle(two)
    if one[1] == two[1]:
        return [(one[2], y0), (two[0], y0)]
    right, between = max(box[2] for box in boxes) + TURN, two[1] - BETWEEN / 2 + 2
    left = two[0] - TURN
    return [(one[2], y0), (right, y0), (right, between), (left, between), (left, y1), (two[0], y1)]


def _up(one: Box, two: Box) -> list[Point]:
    x = (one[0] + one[2]) / 2
    return [(x, one[1]), (x, two[3])]


def _over(one: Box, two: Box, out: float) -> list[Point]:
    """The way over the boxes between."""
    a, b, y = middle(one)[0] + BESIDE, middle(two)[0] - BESIDE, min(one[1], two[1]) - out
    return [(a, one[1]), (a, y), (b, y), (b, two[1])]


def _beside(one: Box, two: Box, out: float) -> list[Point]:
    """The way at the left of the boxes between."""
    a, b = middle(one)[1] - BESIDE, middle(two)[1] + BESIDE
    return [(one[0], a), (one[0] - out, a), (one[0] - out, b), (two[0], b)]
