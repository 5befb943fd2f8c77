"""Messages with formulas in them: what the catalogue has between asterisks is set as math."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lstmviz.figures.shared.claimed import symbol
from lstmviz.scene.items import MUTED, Tint
from lstmviz.scene.labels import TextLine, asserted, letters, math, row, words
from lstmviz.translation.messages import MARK, Message, bare

WORD, FORMULA = 7.0, 9.0
"""The sizes of the words and of the formulas between them, pt."""


NOTHING: Mapping[str, TextLine] = {}


def mixed(
    said: Message, *, gap: float = 0.0, tint: Tint = MUTED, put: Mapping[str, TextLine] = NOTHING
) -> TextLine:
    """Set a message on one line; with a `gap`, that is the room between words and formulas, pt.

    A formula that is `put` is set as it is given.
    """
    parts: list[TextLine] = []
    for i, text in enumerate(said.text.split(MARK)):
        piece = text.strip() if gap else text
        if piece and i % 2:
            parts.append(put.get(piece) or _formula(piece, tint))
        elif piece:
            parts.append(words(piece, WORD, tint=tint))
    means = bare(said.english) if said.english != said.text else ""
    return replace(row(*parts, gap=gap), means=means).claiming(asserted(said))


def _formula(text: str, tint: Tint) -> TextLine:
    """Set ``W_ih``, ``x W^T``, ``H = 16``."""
    if "^" in text:
        return row(*(_power(part, tint) for part in text.split()), gap=1.5)
    base, _, sub = text.partition("_")
    return symbol(base, sub, size=FORMULA, tint=tint) if sub else letters(text, FORMULA, tint=tint)


def _power(text: str, tint: Tint) -> TextLine:
    base, _, above = text.partition("^")
    return math(base, sup=above, size=FORMULA, tint=tint) if above else letters(base, FORMULA, tint=tint)
