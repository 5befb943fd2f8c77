"""One axis of what a cube figure draws: its word, its letter, how long it is, which of it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from lstmviz.figures.base import respell
from lstmviz.figures.shared.claimed import count
from lstmviz.scene.labels import EMPTY, Inline, row, shorten, words
from lstmviz.scene.metrics import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.base import Options
    from lstmviz.layout.solids import Shown

SEPARATORS = "-/. :"
"""Where a label may be taken apart."""


@dataclass(frozen=True, slots=True)
class Along:
    """One axis of X: its word, letter, length and the indices drawn."""

    name: str
    one: str
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

    def tick(self, index: int) -> str:
        """What is written at an index: its label, or its number from 1."""
        return self.labels[index] if self.labels else str(index + 1)

    def said(self, index: int) -> str:
        """An index in a sentence: its label, or ``step 3``."""
        return self.labels[index] if self.labels else f"{self.one} {index + 1}"

    def shared(self, width: float) -> str:
        """What all drawn labels begin with, if only without it they fit cells of this width: ``2024-01-``."""
        texts = [self.tick(k) for k in self.shown if k is not None]
        if not self.labels or len(texts) < 2 or widest(texts) <= width - 1.5:
            return ""
        alike = sum(1 for _ in takewhile(lambda signs: len(set(signs)) == 1, zip(*texts, strict=False)))
        start = texts[0][: max(texts[0].rfind(sign, 0, alike) + 1 for sign in SEPARATORS)]
        rests = [text[len(start) :] for text in texts]
        return start if all(rests) and widest(rests) <= width - 1.5 else ""

    def ticks(self, width: float, size: float = 7) -> list[tuple[int, str]]:
        """Position and text of every drawn index, none wider than `width`."""
        return [
            (i, shorten(self.tick(k), width, size, "bold" if k == self.marked else "sans"))
            for i, k in enumerate(self.shown)
            if k is not None
        ]

    def amount(self, options: Options, size: float = 9) -> Inline:
        """``N = 4``, as the option `shapes` wants it."""
        if options.shapes == "off":
            return EMPTY
        said = "numbers" if self.symbol.isdigit() else options.shapes
        return count("", self.symbol, self.size, size, written=respell(self.symbol, options), said=said)

    def heading(self, options: Options, width: float = 90, shared: str = "") -> Inline:
        """Name, letter and length on one line; what the labels beside it share, after the name."""
        amount = self.amount(options)
        name = row(
            words(shorten(self.name, width - amount.width - 5, 8), 8),
            words(shared, 7) if shared else EMPTY,
            gap=4,
        )
        return row(name, amount, gap=5)


def widest(texts: Sequence[str], size: float = 7, *, bold: bool = True) -> float:
    """The width of the widest of some labels."""
    return max((text_width(t, "bold" if bold else "sans", size) for t in texts), default=0.0)
