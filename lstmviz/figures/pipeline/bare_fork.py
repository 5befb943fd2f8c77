"""A bare pipeline of several ways from one box on, such as heads that read the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lstmviz.figures.pages import Page
from lstmviz.figures.pipeline.bare_cards import CLOSE, GAP, NARROW, Card, arrow
from lstmviz.figures.shared import bare
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import middle
from lstmviz.scene.items import Box

FORK = 26.0
"""From what all have in common to where the ways begin, more than from box to box, pt."""


def forked(cards: Sequence[Card], page: Page, canvas: Canvas) -> Fork | None:
    """What all have in common, and each way from its last box on, if they part there and stay apart."""
    places = {card.id: place for place, card in enumerate(cards)}
    parting = [place for place, (one, two) in enumerate(pairwise(cards), 1) if two.reads != (one.id,)]
    if not parting or {len(cards[place].reads) for place in parting} != {1}:
        return None
    last = {places[cards[place].reads[0]] for place in parting}
    if len(last) != 1 or (at := last.pop() + 1) > parting[0] or parting[0] == at:
        return None
    starts = [at, *parting, len(cards)]
    fork = Fork(list(cards[:at]), [list(cards[a:b]) for a, b in pairwise(starts)], page, canvas)
    return fork if fork.level or fork.wide <= page.inner - 4 else None


@dataclass
class Fork:
    """Several ways from one box on: they stand under each other, on a narrow page beside each other."""

    trunk: list[Card]
    ways: list[list[Card]]
    page: Page
    canvas: Canvas

    @property
    def level(self) -> bool:
        """Whether the page is wide enough for ways to the right."""
        return self.page.width * self.page.scale > NARROW

    @property
    def sides(self) -> list[float]:
        """How wide each way is that goes upward."""
        return [max(bare.CHIP, *(card.wide for card in way)) for way in self.ways]

    @property
    def wide(self) -> float:
        """How wide they are side by side."""
        return sum(self.sides) + GAP * (len(self.ways) - 1)

    def draw(self) -> None:
        """Place what they have in common, then the ways, it in their middle."""
        columns = max(map(len, self.ways))
        wide = [max(way[k].room for way in self.ways if k < len(way)) for k in range(columns)]
        rooms = [*(card.room for card in self.trunk), *wide]
        least = sum(rooms) + CLOSE * (len(rooms) - 1) + FORK + 4
        if self.level and bare.in_a_row("pipeline", least, self.page):
            self._rightward(rooms)
        else:
            self._upward()

    def _rightward(self, rooms: Sequence[float]) -> None:
        """From left to right."""
        gap = min(GAP, (self.page.inner - 4 - FORK - sum(rooms)) / (len(rooms) - 1))
        at = len(self.trunk)
        starts = [sum(rooms[:k]) + gap * k + (FORK if k >= at else 0.0) for k in range(len(rooms))]
        highest = max(card.high + bare.LEAD * len(card.under) for way in self.ways for card in way)
        down = highest + GAP
        self._place(self.trunk, starts, rooms, down * (len(self.ways) - 1) / 2)
        for k, way in enumerate(self.ways):
            boxes = self._place(way, starts[at:], rooms[at:], down * k)
            self._join(way, boxes)

    def _place(
        self, cards: Sequence[Card], starts: Sequence[float], rooms: Sequence[float], y: float
    ) -> list[Box]:
        """Boxes in a row, each in the middle of its room."""
        boxes = []
        for card, x, room in zip(cards, starts, rooms, strict=False):
            a = x + (room - card.wide) / 2
            boxes.append((a, y - card.high / 2, a + card.wide, y + card.high / 2))
            card.draw(self.canvas, boxes[-1])
            bare.say(self.canvas, card.under, (x + room / 2, boxes[-1][3] + 13))
        for (one, left), (two, right) in pairwise(zip(cards, boxes, strict=True)):
            arrow(self.canvas, (one.id, two.id), [(left[2], y), (right[0], y)])
        return boxes

    def _join(self, way: Sequence[Card], boxes: Sequence[Box]) -> None:
        """From the last box of all to the first of a way."""
        one = self._box(self.trunk[-1])
        (_, y), (_, to), x = middle(one), middle(boxes[0]), one[2] + FORK / 2 + 4
        arrow(self.canvas, (self.trunk[-1].id, way[0].id), [(one[2], y), (x, y), (x, to), (boxes[0][0], to)])

    def _upward(self) -> None:
        """Upward, what is said of boxes that all have in common at their right."""
        centre = self.wide / 2
        top = self._rise(self.trunk, centre, 0.0)
        for card in self.trunk:
            box = self._box(card)
            first = middle(box)[1] + 3.5 - bare.LEAD * (len(card.under) - 1) / 2
            bare.say(self.canvas, card.under, (box[2] + 9, first), "start")
        x = 0.0
        for way, wide in zip(self.ways, self.sides, strict=True):
            self._rise(way, x + wide / 2, top - FORK)
            at, low = x + wide / 2, self._box(way[0])[3]
            bend = (top + low) / 2 + 2
            route = [(centre, top), (centre, bend), (at, bend), (at, low)]
            arrow(self.canvas, (self.trunk[-1].id, way[0].id), route)
            x += wide + GAP

    def _rise(self, cards: Sequence[Card], x: float, y: float) -> float:
        """Boxes one above the other, the lower edge of the first at y; gives the upper edge of the last."""
        half = max(card.wide for card in cards) / 2
        for card in cards:
            card.draw(self.canvas, (x - half, y - card.high, x + half, y))
            y -= card.high + GAP
        for one, two in pairwise(cards):
            arrow(self.canvas, (one.id, two.id), [(x, self._box(one)[1]), (x, self._box(two)[3])])
        return y + GAP

    def _box(self, card: Card) -> Box:
        return next(node.box for node in self.canvas.nodes if node.id == card.id)
