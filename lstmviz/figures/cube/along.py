"""One axis of what a cube figure draws: its word, its letter, how long it is, which of it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lstmviz.figures.base import Options, respell
from lstmviz.figures.shared.claimed import count, ticked
from lstmviz.figures.shared.place_names import start_of
from lstmviz.layout.elide import Shown
from lstmviz.scene.items import Font
from lstmviz.scene.labels import EMPTY, TextLine, row, shorten, words
from lstmviz.translation.messages import Message, message, user_text

START = 50.0
"""The room for what all names on an axis begin with, pt: for a date and its hour."""


MOST = 400
"""The most rows, or indices of one axis, that `elide: never` draws."""


@dataclass(frozen=True, slots=True)
class Along:
    """One axis of X: its word, letter, length and the indices drawn.

    `word` is that of the catalogue, or ``own``; `one` what a place on it is called; `what` is time, batch or
    features of `of`, a tensor.
    """

    name: Message
    word: str
    one: str
    what: str
    of: str
    symbol: str
    size: int
    labels: tuple[str, ...] | None
    shown: Shown
    marked: int | None = None

    @property
    def count(self) -> int:
        """How many cells are drawn along it."""
        return len(self.shown)

    @property
    def at(self) -> int | None:
        """Where the highlighted index stands among those drawn."""
        return None if self.marked is None else self.shown.index(self.marked)

    @property
    def start(self) -> int:
        """The number of its first place: samples count from 0, as in every kind, all else from 1."""
        return 0 if self.what == "batch" else 1

    def tick(self, index: int) -> str:
        """What is written at an index: its label, or its number."""
        return self.labels[index] if self.labels else str(index + self.start)

    def line(self, index: int, text: str, size: float = 7, *, font: Font = "sans") -> TextLine:
        """A text that stands at an index: the user's, or its number."""
        if self.labels:
            return words(user_text(text), size, font=font)
        return ticked(words(text, size, font=font), index + self.start, self.size)

    def tell(self, id: str, **given: Any) -> Message:
        """Return a message about this axis."""
        return message(f"cube.{id}", **given, what=self.what, of=self.of)

    def said(self, index: int) -> Message:
        """An index in a sentence: its label, or ``step 3``."""
        if self.labels:
            return user_text(self.labels[index])
        return self.tell(self.one, **{self.one: index + self.start})

    def counted(self) -> Message:
        """How many there are: ``5 steps``."""
        named = {"name": self.name} if self.word == "own" else {}
        return self.tell(f"count-{self.word}", n=self.size, **named)

    def shared(self, width: float) -> str:
        """What all drawn labels begin with, if only without it they fit cells of this width: ``2024-01-``."""
        texts = [self.tick(k) for k in self.shown if k is not None]
        return start_of(texts, width - 1.5, bold=True) if self.labels else ""

    def ticks(self, width: float, size: float = 7) -> list[tuple[int, str]]:
        """Position and text of every drawn index, none wider than `width`."""
        return [
            (i, shorten(user_text(self.tick(k)), width, size, "bold" if k == self.marked else "sans").text)
            for i, k in enumerate(self.shown)
            if k is not None
        ]

    def amount(self, options: Options, size: float = 9) -> TextLine:
        """``N = 4``, as the option `shapes` wants it."""
        if options.shapes == "off":
            return EMPTY
        said = "numbers" if self.symbol.isdigit() else options.shapes
        return count("", self.symbol, self.size, size, written=respell(self.symbol, options), said=said)

    def heading(self, options: Options, width: float = 90, shared: str = "") -> TextLine:
        """Name, letter and length on one line; what the labels beside it share, after the name."""
        amount = self.amount(options)
        name = words(shorten(self.name, width - amount.width - 5, 8), 8)
        name = row(
            name,
            words(shorten(user_text(shared), max(START, width - name.width), 7), 7) if shared else EMPTY,
            gap=4,
        )
        return row(name, amount, gap=5)
