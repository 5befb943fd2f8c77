"""Tensors of a bare encoder and decoder in their steps: words where the user has some, else letters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.figures.shared import bare, claimed
from lstmviz.figures.shared.lattice import FEW, few
from lstmviz.scene import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.pipeline.bare_cards import Card
    from lstmviz.figures.shared.step_words import StepWords
    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.labels import TextLine


def cut_in_steps(
    cards: Sequence[Card], layer: Recurrent, words: StepWords, most: int, reader: Card | None = None
) -> list[Card]:
    """Return the boxes, with at most so many steps in what a `reader` reads, or in what comes out.

    Only what has as many steps as the layer that reads or gives it.
    """
    role = "input" if reader else "output"
    found = [card for card in cards if card.role == role]
    if len(found) != 1 or layer.timesteps not in found[0].shape[:2]:
        return list(cards)
    direct = reader is not None and found[0].id in reader.reads

    def label(step: int) -> TextLine:
        if word := words.label(step, out=not reader):
            return word
        if reader and not direct:
            return labels.words("", bare.WORD)
        base, of = (claimed.letter(layer), layer.name) if reader else ("y", "")
        return claimed.named_state(of, base, str(step), size=bare.MATH)

    cells = tuple(
        label(step) if step else None
        for step in few(layer.timesteps, most + (most == FEW and layer.timesteps == FEW + 1))
    )
    return [replace(card, cells=cells) if card is found[0] else card for card in cards]
