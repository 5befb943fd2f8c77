"""A recurrent layer's matrices under the sum that they are in; a table of their names and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.base import respell, shape_tag
from lstmviz.figures.shared.claimed import count, sized
from lstmviz.figures.weights.draw import count_of, headed, key_of, numbers_of, paint
from lstmviz.figures.weights.look import Look
from lstmviz.figures.weights.plan import Block, Matrix, WeightedStage
from lstmviz.figures.weights.terms import ruled, term
from lstmviz.figures.weights.values import bar
from lstmviz.layout.boxes import Item, fit, flow, grid, line, padded, row, stack
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, words
from lstmviz.translation.messages import Message, message

NEXT, APART, SETS = 7.0, 15.0, 17.0
"""Between a matrix and its bias, between two such pairs, and between two directions, pt."""
AWAY, RAISED = 8.0, 4.5
"""From a gate to its rows, whose bracket stands between, pt; how far a name is lifted over their letter."""
LINE = 8.6
"""Rows of a gate lower than this have no name beside them, pt."""
OVER, UNDER, SHAPE = 13.0, 11.0, 10.0
"""The room of what stands over a matrix, of its columns' letter, and of a line of a table, pt."""
LEAST, MOST = 108.0, 150.0
"""The room of a count over a part that is less wide, and the most where its name needs it, pt."""


@dataclass(frozen=True, slots=True)
class Panels:
    """How the parts are drawn: whether gates have their names in words, and every part its own."""

    look: Look
    words: bool = True
    each: bool = True
    under: bool = True
    """Whether names and shapes stand under the matrices, and not beside them."""

    def of(self, parts: Sequence[WeightedStage]) -> list[Item]:
        """Return the parts of the model, each with its name, its count and its matrices.

        Parts in one row have their matrices at one height, and names of gates at the first layer alone;
        stages without steps that follow each other stand there under each other, as high as the layers are.
        """
        first = next((part for part in parts if part.layer), None)
        bodies = [_whole(self._body(part, gates=self.each or part is first)) for part in parts]
        heads = [self._head(part, body.width) for part, body in zip(parts, bodies, strict=True)]
        if self.each:
            return [_whole(stack(head, body, gap=4)) for head, body in zip(heads, bodies, strict=True)]
        level = max(head.height for head in heads)
        most = level + max((b.height for p, b in zip(parts, bodies, strict=True) if p.layer), default=0.0)
        columns: list[Item] = []
        for at, (part, head, body) in enumerate(zip(parts, heads, bodies, strict=True)):
            under = _whole(stack(head, body, gap=4))
            after = at > 0 and part.layer is None and parts[at - 1].layer is None
            if after and columns[-1].height + 14 + under.height <= most:
                columns[-1] = stack(columns[-1], under, gap=14)
            else:
                aside = padded(head, below=level - head.height)
                columns.append(_whole(stack(aside, body, gap=4)))
        return columns

    def _head(self, part: WeightedStage, wide: float) -> Item:
        """Return the name of a part, what x is in it where that is another layer's h, and its count."""
        name = headed(part, self.look.room if self.each else MOST)
        room = self.look.room if self.each else max(wide, LEAST, name.width)
        if part.depth:
            below = words(_reads_below(part), 7, tint=MUTED)
            fits = name.width + below.width + 8 <= room
            name = headed(part, room, below) if fits else stack(name, line(below))
        return _whole(stack(name, count_of(part, replace(self.look, room=room)), gap=1))

    def _body(self, part: WeightedStage, *, gates: bool) -> Item:
        """Return the matrices of both directions, each with its table; the bar of their shades."""
        ways = range(len(part.sets))
        drawn = row(*(_whole(self._set(part, at, gates=gates and not at)) for at in ways), gap=SETS)
        if drawn.width > self.look.room:
            drawn = stack(*(_whole(self._set(part, at, gates=gates)) for at in ways), gap=10)
        scale = bar(part, self.look.shades, lying=not self.each)
        if scale is None:
            return drawn
        under = stack(_whole(drawn), scale, gap=5)
        return fit(self.look.room, row(_whole(drawn), scale, gap=12), under) if self.each else under

    def _set(self, part: WeightedStage, at: int, *, gates: bool) -> Item:
        """Return the matrices of one direction, and their names and shapes beside them, or `under` them."""
        if part.layer is None:
            each = [self._plain(part, one) for one in part.sets[at]]
            return flow(each, self.look.room, gap=NEXT, step=6, align="start")
        pairs: list[list[Item]] = []
        for k, one in enumerate(self._in_pairs(part.sets[at])):
            bias = one.symbol[0] == "b"
            drawn = self._matrix(part, one, at, first=gates and not pairs, plus=bias or self._added(part, k))
            if bias and pairs:
                pairs[-1].append(drawn)
            else:
                pairs.append([drawn])
        each = [row(*pair, gap=NEXT) for pair in pairs]
        drawn = flow(each, self.look.room, gap=APART, step=4, align="start")
        table = self._table(part, at)
        beside = _whole(drawn) if table.empty else row(_whole(drawn), padded(table, above=OVER), gap=16)
        many = len(part.sets) > 1
        under = self.under or many or beside.width > self.look.room
        whole = stack(_whole(drawn), table, gap=6) if under else beside
        if not many:
            return whole
        said = message("weights.other-set" if at else "weights.first-set", layer=part.stage)
        return stack(line(words(said, 7, tint=MUTED)), _whole(whole), gap=2)

    def _in_pairs(self, matrices: Sequence[Matrix]) -> list[Matrix]:
        """Return the matrices in the order of the sum: each before its bias."""
        order = ("ih", "hh", "hr", "")
        return sorted(matrices, key=lambda one: (order.index(one.symbol[1]), one.symbol[0]))

    def _added(self, part: WeightedStage, at: int) -> bool:
        """Whether a matrix stands in one sum with all before it: a GRU's candidate multiplies in between."""
        matrix = self._in_pairs(part.sets[0])[at]
        return at > 0 and matrix.symbol[1] == "hh" and part.layer is not None and part.layer.type != "gru"

    def _matrix(self, part: WeightedStage, matrix: Matrix, at: int, *, first: bool, plus: bool) -> Item:
        """Return a matrix under what it adds, over the letter of its columns; the gates at the `first`."""
        over = self._term(part, matrix, at, plus=plus)
        width, height = self.look.sides(matrix)
        wide = max(width, over.width)
        gates = [self._gate(part, block) for block in matrix.blocks] if first and self.named(part) else []
        columns = self._columns(matrix)
        rows = self._rows(part) if first and matrix.blocks else EMPTY
        lift = RAISED if rows.runs and gates else 0.0

        def draw(canvas: Canvas, x: float, y: float) -> None:
            middle = x + wide / 2
            box = (middle - width / 2, y, middle + width / 2, y + height)
            canvas.text(over, middle, y - 5, "middle", role="param", at=box)
            inner = paint(canvas, part, matrix, self.look, box) or [box]
            ruled(canvas, matrix, self.look, box)
            if columns.runs:
                canvas.text(columns, middle, y + height + 8.5, "middle", role="param", at=box)
            if rows.runs:
                _bracket(canvas, rows, inner[0], lift)
            for gate, one in zip(gates, inner, strict=False):
                foot = (one[1] + one[3]) / 2 + (gate.ascent - gate.descent) / 2 - lift * (one is inner[0])
                canvas.text(gate, box[0] - AWAY, foot, "end", role="gate", at=one)

        left = max((gate.width + AWAY for gate in gates), default=rows.width + AWAY if rows.runs else 0.0)
        return Item(wide, height, draw, (max(0.0, left - (wide - width) / 2), OVER, 0.0, UNDER))

    def _term(self, part: WeightedStage, matrix: Matrix, at: int, *, plus: bool) -> TextLine:
        assert part.layer is not None
        if not matrix.symbol[0]:
            return key_of(part, matrix, self.look)
        return term(part.layer, part.depth, part.layer.ways[at], matrix.symbol, plus=plus)

    def _columns(self, matrix: Matrix) -> TextLine:
        """Return the letter of a matrix's columns, or their number."""
        tensor, mode = matrix.tensor, self.look.options.shapes
        if tensor is None or len(tensor.sizes) < 2 or mode == "off":
            return EMPTY
        written = "" if mode == "numbers" else respell(tensor.symbols[1], self.look.options)
        said = written or str(tensor.sizes[1])
        return sized(letters(said, 8.5, tint=MUTED), tensor, 1, symbol=written)

    def _rows(self, part: WeightedStage) -> TextLine:
        """Return the letter of one gate's rows, or their number."""
        mode, layer = self.look.options.shapes, part.layer
        first = part.sets[0][0]
        lines = 2 if self.named(part) else 1
        if mode == "off" or layer is None or self.look.sides(first)[1] < lines * LINE * len(first.blocks):
            return EMPTY
        said = "numbers" if mode == "numbers" else "symbols"
        written = respell(layer.units, self.look.options)
        return count(layer.name, layer.units, layer.hidden_size, 8.5, tint=MUTED, said=said, written=written)

    def _table(self, part: WeightedStage, at: int) -> Item:
        """Return the names of a layer's matrices, and their shapes in letters and in numbers."""
        assert part.layer is not None
        cells = []
        for one in self._in_pairs(part.sets[at]):
            if one.tensor is None:
                continue
            which = term(part.layer, part.depth, part.layer.ways[at], one.symbol, name=one.tensor.name)
            mode = self.look.options.shapes
            tag = shape_tag(one.tensor, self.look.options, size=8.5) if mode != "off" else EMPTY
            cells.append([line(one_, step=SHAPE) for one_ in (which, tag, numbers_of(part, one))])
        return grid(cells, gap=(6.0, 1.0), align=("start", "start", "end")) if cells else line(EMPTY)

    def _plain(self, part: WeightedStage, matrix: Matrix) -> Item:
        """Return a matrix of a stage without steps between its name and its shape."""
        name, shape = key_of(part, matrix, self.look), self._shape(part, matrix)
        width, height = self.look.sides(matrix)
        wide = max(width, name.width, *(one.width for one in shape), 0.0)

        def draw(canvas: Canvas, x: float, y: float) -> None:
            middle = x + wide / 2
            box = (middle - width / 2, y, middle + width / 2, y + height)
            canvas.text(name, middle, y - 4, "middle", role="param", at=box)
            paint(canvas, part, matrix, self.look, box)
            ruled(canvas, matrix, self.look, box)
            for k, text in enumerate(shape):
                canvas.text(text, middle, y + height + SHAPE * (k + 1), "middle", role="param")

        return Item(wide, height, draw, (0.0, OVER, 0.0, SHAPE * len(shape) + 2))

    def named(self, part: WeightedStage) -> bool:
        """Tell whether gates stand beside their rows: there are some, and these are as high as a name."""
        first = part.sets[0][0]
        many = sum(bool(block.gate.strip()) for block in first.blocks)
        return many > 0 and self.look.sides(first)[1] >= LINE * many

    def _shape(self, part: WeightedStage, matrix: Matrix) -> list[TextLine]:
        """Return the shape, as far as the options let it be said, and under it how many numbers these are."""
        if matrix.tensor is None:
            return []
        tag = shape_tag(matrix.tensor, self.look.options, size=8.5)
        shown = [tag] if self.look.options.shapes != "off" else []
        return [*shown, numbers_of(part, matrix)]

    def _gate(self, part: WeightedStage, block: Block) -> TextLine:
        """Return what stands beside the rows of a gate."""
        name = block.gate if self.words else "letter"
        said = message(f"weights.gate-{name}", layer=part.stage, gate=block.gate)
        return words(said, 7.5, tint=stroke_of("gate"))


def _reads_below(part: WeightedStage) -> Message:
    """Return what x is of a layer that stands on another one."""
    assert part.layer is not None
    about = {"layer": part.stage, "n": part.depth - 1}
    ways = "-both" if part.layer.bidirectional else ""
    return message(f"weights.reads-{'each' if part.count > 1 else 'below'}{ways}", **about)


def _bracket(canvas: Canvas, rows: TextLine, box: tuple[float, float, float, float], down: float) -> None:
    """Draw how many rows a gate has, at the left of the first one's, so far under its middle."""
    x, (y0, y1) = box[0] - 2.5, (box[1] + 0.6, box[3] - 0.6)
    canvas.line([(x, y0), (x - 2, y0), (x - 2, y1), (x, y1)], line=0.6)
    canvas.text(rows, box[0] - AWAY, (y0 + y1) / 2 + 2.8 + 1.1 * down, "end", role="param", at=box)


def _whole(item: Item) -> Item:
    """Return the item with its sides in its core: what is placed with it stands beside all of it."""
    return Item(item.width, item.height, item.place)
