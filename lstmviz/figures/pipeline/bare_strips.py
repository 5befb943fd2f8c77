"""The sequences of a bare encoder and decoder: the user's words step by step, else what they are."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.shared import bare
from lstmviz.figures.shared.lattice import WORDED, few
from lstmviz.figures.shared.step_words import StepWords
from lstmviz.layout.boxes import Item, beside, line, node
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Role, fill_of, stroke_of
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import message

CELL, ASIDE = (24.0, 20.0), 9.0
"""The least width of a step and its height; and the room beside a word, pt."""
BOX, PAD = (52.0, 34.0), (8.0, 6.5)
"""The least size of a sequence that has no words, and the room around what it is, pt."""


def sequence(
    tensor: tuple[str, str, Tensor], layer: Recurrent, words: StepWords, *, given: bool, level: bool
) -> Item:
    """Return what goes in, or is `given`: its words under each other, or `level`; without any, what it is.

    `tensor` is its node's id, its full name, and itself; `layer` has its steps.
    """
    node_id, name, whole = tensor
    role: Role = "output" if given else "input"
    look = {"tensor": name, "shape": whole.sizes, "line": 2.4 if given else 1.4}
    steps = any(symbol[:1] == "T" for symbol in whole.symbols) and layer.timesteps in whole.sizes[:2]
    said = message(f"bare.{role}-sequence", of=name) if steps else message(f"bare.{role}")
    some = steps and (words.given if given else words.read)
    if not some:
        label = labels.stacked([labels.words(one, bare.WORD) for one in bare.lines_of(said)], bare.LEAD + 1)
        return node(node_id, role, label, pad=PAD, least=BOX, fill=fill_of(role), **look)
    most = WORDED - level
    picked = few(layer.timesteps, 3 if layer.timesteps > most else most)
    cells = [words.label(step, out=given) if step else None for step in picked]
    strip = _strip(node_id, role, cells, level=level, **look)
    under = labels.words(message(f"bare.{role}"), bare.WORD, tint=stroke_of(role))
    return beside(strip, line(under, step=bare.LEAD), "above" if given and level else "below", gap=4)


def _strip(node_id: str, role: Role, cells: list[TextLine | None], *, level: bool, **look: Any) -> Item:
    """Cells side by side if `level`, else under each other; dots where there is none."""
    wide = [max(CELL[0], one.width + ASIDE) if one else CELL[0] for one in cells]
    wide = wide if level else [max(wide)] * len(cells)
    high = CELL[1]

    def draw(canvas: Canvas, x: float, y: float) -> None:
        at, top = x, y
        for cell, width in zip(cells, wide, strict=True):
            box = (at, top, at + width, top + high)
            canvas.box(box, role=role, fill=fill_of(role), stroke=stroke_of(role), line=1.0)
            if cell is None:
                canvas.dots(at + width / 2, top + high / 2, stroke_of(role), r=1.3, down=not level)
            else:
                canvas.text(cell, at + width / 2, top + high / 2 + 3.8, "middle")
            at, top = (at + width, top) if level else (at, top + high)
        ends = (at, y + high) if level else (x + wide[0], top)
        canvas.node(node_id, role, (x, y, *ends), hollow=True, **look)

    size = (sum(wide), high) if level else (wide[0], high * len(cells))
    return Item(*size, draw)
