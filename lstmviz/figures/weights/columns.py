"""Matrices in columns that all parts share: the count over them, the name over each, its shape under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lstmviz.figures.base import shape_tag
from lstmviz.figures.weights.draw import Look, count_of, headed, key_of, paint
from lstmviz.figures.weights.values import bar
from lstmviz.layout.boxes import Item, fit, flow, line, mosaic, padded, row, stack
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, words
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.weights.plan import Block, Matrix, WeightedStage
    from lstmviz.scene.canvas import Canvas

NEXT, APART, AWAY, MOST = 8.0, 26.0, 6.0, 12.0
"""Between two columns, and two directions; from a gate to its rows, and the most of it, where others are
wider, pt."""
LINE = 8.6
"""Rows of a gate lower than this have no name beside them, pt."""
NAME, SHAPE = 12.0, 10.0
"""The room of a name over a matrix, and of a line of its shape under it, pt."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide the columns of recurrent layers are at least, and what stands at their left."""

    look: Look
    words: bool = True
    """Whether gates have their names beside their rows; else their letters."""
    least: tuple[float, ...] = ()
    left: float = 0.0
    first: float = 0.0
    """How wide the widest matrix beside gates is: all gates stand at the left of one line, pt."""

    def panel(self, part: WeightedStage) -> Item:
        """Return a part of the model: its name, how many numbers it has, its matrices by direction."""
        first, *others = (self._set(part, at) for at in range(len(part.sets)))
        drawn = padded(first, left=self.left, least=True) if part.layer else first
        if others:
            side = row(_whole(drawn), _whole(self._set(part, 1, beside=True)), gap=APART)
            under = stack(drawn, padded(others[0], left=self.left, least=True), gap=6)
            drawn = side if side.width <= self.look.room and not self.look.shades else under
        scale = bar(part, self.look.shades)
        if scale is not None:
            drawn = fit(self.look.room, row(_whole(drawn), scale, gap=12), stack(_whole(drawn), scale, gap=2))
        head = stack(headed(part, self.look.room), count_of(part, self.look), gap=1)
        return stack(_whole(head), _whole(drawn), gap=5)

    def _set(self, part: WeightedStage, at: int, *, beside: bool = False) -> Item:
        """Return the matrices of one direction; the names of the second are not written again."""
        named = at == 0 or bool(self.look.shades)
        drawn = [self._matrix(part, m, k, named=named, gates=not beside, over=named or beside)
                 for k, m in enumerate(part.sets[at])]  # fmt: skip
        whole = flow(drawn, self.look.room, gap=NEXT, step=8, align="start")
        if len(part.sets) == 1:
            return whole
        said = message("weights.second-set" if at else "weights.first-set", layer=part.stage)
        return stack(line(words(said, 7, tint=MUTED)), whole)

    def _matrix(
        self, part: WeightedStage, matrix: Matrix, at: int, *, named: bool = True, gates: bool = True,
        over: bool = True,
    ) -> Item:  # fmt: skip
        """Return a matrix in its column, between its name and its shape; `over` it is room for one."""
        name, shape = key_of(part, matrix, self.look) if named else EMPTY, self._shape(matrix)
        width, height = self.look.sides(matrix)
        least = self.least[at] if part.layer is not None and at < len(self.least) and gates else 0.0
        wide = max(width, name.width, least, *(one.width for one in shape))
        first = gates and at == 0 and self.named(part)
        rows = [self._gate(part, block) for block in matrix.blocks] if first else []
        away = min(MOST, AWAY + max(0.0, self.first - width) / 2)

        def draw(canvas: Canvas, x: float, y: float) -> None:
            middle = x + wide / 2
            box = (middle - width / 2, y, middle + width / 2, y + height)
            if named:
                canvas.text(name, middle, y - 4, "middle", role="param", at=box)
            inner = paint(canvas, part, matrix, self.look, box)
            gates_end = middle - width / 2 - away
            for gate, one in zip(rows, inner, strict=False):
                foot = (one[1] + one[3]) / 2 + (gate.ascent - gate.descent) / 2
                canvas.text(gate, gates_end, foot, "end", role="gate", at=one)
            for k, text in enumerate(shape):
                canvas.text(text, middle, y + height + SHAPE * (k + 1), "middle", role="param")

        aside = max((gate.width + away for gate in rows), default=0.0) - (wide - width) / 2
        return Item(wide, height, draw, (max(0.0, aside), NAME * over, 0.0, SHAPE * len(shape) + 2))

    def named(self, part: WeightedStage) -> bool:
        """Tell whether gates stand beside their rows: there are some, and these are as high as a name."""
        first = part.sets[0][0]
        count = sum(bool(block.gate.strip()) for block in first.blocks)
        return count > 0 and self.look.sides(first)[1] >= LINE * count

    def _shape(self, matrix: Matrix) -> list[TextLine]:
        """Return the shape in letters, and under it in numbers, as far as the options let them be said."""
        assert matrix.tensor is not None
        asked = self.look.options.shapes
        tags = [shape_tag(matrix.tensor, self.look.options, size=8, mode=mode)
                for mode in ("symbols", "numbers") if asked in {"both", mode}]  # fmt: skip
        return tags[-1:] if len({tag.text for tag in tags}) == 1 else tags

    def _gate(self, part: WeightedStage, block: Block) -> TextLine:
        """Return what stands beside the rows of a gate."""
        name = block.gate if self.words else "letter"
        said = message(f"weights.gate-{name}", layer=part.stage, gate=block.gate)
        return words(said, 7.5, tint=stroke_of("gate"))


def columns_for(parts: Sequence[WeightedStage], look: Look) -> Columns:
    """Return columns as wide as what stands in them; gates in words where all then fits in one row."""
    layers = [part for part in parts if part.layer is not None]
    first = max((look.sides(part.sets[0][0])[0] for part in layers), default=0.0)
    plain = Columns(look, first=first)
    for one in (plain, replace(plain, words=False)):
        drawn = [[one._matrix(part, m, at) for at, m in enumerate(part.sets[0])] for part in layers]  # noqa: SLF001
        count = min((len(cells) for cells in drawn), default=0)
        least = tuple(max(cells[at].wide for cells in drawn) for at in range(count))
        left = max((cells[0].sides[0] for cells in drawn), default=0.0)
        wide = left + sum(least) + NEXT * max(0, count - 1)
        found = replace(one, least=least, left=left)
        if wide <= look.room:
            return found
    return replace(found, left=0.0)


def _whole(item: Item) -> Item:
    """Return the item with its sides in its core: what is placed with it stands beside all of it."""
    return mosaic("item", {"item": item})
