"""Each part of a model: its matrices, and beside them their names, their shapes and how they are counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.base import respell, shape_tag
from lstmviz.figures.shared.claimed import count, sized
from lstmviz.figures.weights.draw import count_of, headed, key_of, numbers_of, paint, write_blocks
from lstmviz.figures.weights.look import NARROW, Look
from lstmviz.figures.weights.plan import Block, Matrix, WeightedStage
from lstmviz.figures.weights.terms import ruled, term
from lstmviz.figures.weights.values import bar
from lstmviz.layout.boxes import Item, flow, line, padded, row, stack, within
from lstmviz.network.structure import Tensor
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, words
from lstmviz.scene.labels import row as inline
from lstmviz.translation.messages import Message, message

NEXT, BESIDE, APART, PARTS = 9.0, 24.0, 30.0, (20.0, 14.0)
"""Between matrices; from them to their names, at least and at most; between parts, across and down, pt."""
AWAY, RAISED = 8.0, 4.5
"""From a gate to its rows, whose bracket stands between, pt; how far a name is lifted over their number."""
LINE = 8.6
"""Rows of a gate lower than this have no name beside them, pt."""
OVER, UNDER, ROW = 13.0, 11.0, 11.0
"""The room of a matrix's name over it, of its columns' number, and of a line of a table, pt."""
CELLS, NAME = (9.0, 14.0), 19.0
"""Between the columns of a table, and from a matrix's letter to where what torch calls it begins, pt."""
COUNT = 150.0
"""The room of a count under names that are less wide, pt."""


@dataclass(frozen=True, slots=True)
class Panels:
    """How the parts are drawn: whether gates have their names in words."""

    look: Look
    words: bool = True

    def ways(self, parts: Sequence[WeightedStage]) -> Iterator[Item]:
        """Yield the ways to arrange all parts, the best first.

        Each in a row of its own, with all matrices and all names in one column; else as many in a row as
        there is room for, with the names beside the matrices, or below.
        """
        room = self.look.room
        drawn = [[*self._drawn(part)] for part in parts]
        left = max(one.sides[0] for sets in drawn for one in sets)
        level = [[_whole(padded(one, left=left, least=True)) for one in sets] for sets in drawn]
        wide = max(one.width for sets in level for one in sets)
        told = self._told(parts, room - wide - BESIDE)
        rest = room - wide - told[0][0].width
        if rest >= BESIDE:
            gap = min(rest, APART)
            level = [[within(one, wide) for one in sets] for sets in level]
            each = [stack(*(row(*one, gap=gap, align="middle") for one in zip(*both, strict=True)), gap=8)
                    for both in zip(level, told, strict=True)]  # fmt: skip
            yield stack(*map(self._panel, parts, each), gap=PARTS[1])
        if wide <= room:  # one below the other their matrices begin at one place, and their tables end at one
            level = [[_whole(padded(one, left=left, least=True)) for one in sets] for sets in drawn]
            told = self._told(parts, min(room, NARROW), least=min(room, NARROW))
            yield stack(*map(self._panel, parts, self._below(level, told)), gap=PARTS[1])
        told = self._told(parts, min(room, COUNT))
        for under in (False, True):
            panels = map(self._panel, parts, self._below(drawn, told, under=under))
            yield flow(panels, room, gap=PARTS[0], step=PARTS[1], align="start")

    def _below(
        self, drawn: Sequence[Sequence[Item]], told: Sequence[Sequence[Item]], *, under: bool = True
    ) -> Iterator[Item]:
        """Yield each part's matrices with their table under them, or at their side where there is room."""
        for sets, tables in zip(drawn, told, strict=True):
            many = (
                stack(_whole(one), table, gap=5)
                if under or one.width + BESIDE + table.width > self.look.room
                else row(_whole(one), table, gap=BESIDE, align="middle")
                for one, table in zip(sets, tables, strict=True)
            )
            yield stack(*many, gap=8)

    def named(self, part: WeightedStage) -> bool:
        """Tell whether gates stand beside their rows: there are some, and these are as high as a name."""
        first = part.sets[0][0]
        many = sum(bool(block.gate.strip()) for block in first.blocks)
        return many > 0 and not first.across and self.look.sides(first)[1] >= LINE * many

    def _panel(self, part: WeightedStage, body: Item) -> Item:
        """Return a part under its name, what it reads and what its directions are."""
        told = [words(said, 7, tint=MUTED) for said in self._said(part)]
        name = headed(part, self.look.room, *told)
        if name.width > max(body.width, COUNT):
            name = stack(headed(part, self.look.room), *map(line, told))
        return _whole(stack(name, body, gap=3))

    def _sets(self, part: WeightedStage) -> Sequence[Sequence[Matrix]]:
        """Return the matrices that are drawn: those of one direction, but where each number is seen."""
        return part.sets if self.look.shades else part.sets[:1]

    def _said(self, part: WeightedStage) -> Iterator[Message]:
        """Yield what W_ih of a layer reads that stands on another, and what both its directions are."""
        if part.layer is not None and part.depth:
            ways = "-both" if part.layer.bidirectional else ""
            name = f"weights.reads-{'each' if part.count > 1 else 'below'}{ways}"
            yield message(name, layer=part.stage, n=part.depth - 1)
        if len(part.sets) > len(self._sets(part)) and not part.depth:
            own = "weights.second-set" if self.look.order == "torch" else "weights.both-ways"
            yield message(own, layer=part.stage)

    def _drawn(self, part: WeightedStage) -> Iterator[Item]:
        """Yield the matrices of each direction that is drawn, side by side; Keras's lie under each other."""
        for at, matrices in enumerate(self._sets(part)):
            each = [self._matrix(part, one, at, first=k == 0) for k, one in enumerate(matrices)]
            lying = stack(*map(_whole, each), gap=3) if matrices[0].across else None
            drawn = lying or flow(each, self.look.room, gap=NEXT, step=4, align="start")
            if len(self._sets(part)) > 1:
                said = message("weights.other-set" if at else "weights.first-set", layer=part.stage)
                drawn = stack(line(words(said, 7, tint=MUTED)), drawn, gap=2)
            yield drawn

    def _matrix(self, part: WeightedStage, matrix: Matrix, at: int, *, first: bool) -> Item:
        """Return a matrix under its name, over its columns; at the left of the `first` what its rows are."""
        over = key_of(part, matrix, self.look)
        if matrix.symbol[0] and part.layer is not None:
            over = term(part.layer, part.depth, part.layer.ways[at], matrix.symbol)
        width, height = self.look.sides(matrix)
        gates = [self._gate(part, block) for block in matrix.blocks] if first and self.named(part) else []
        columns = self._side(matrix.tensor, 1)
        rows = self._rows(part, matrix) if first else EMPTY
        named = matrix.across or (
            self.look.options.detail == "full" and len(matrix.blocks) > 1 < matrix.columns
        )
        lift = RAISED if rows.runs and gates else 0.0

        def draw(canvas: Canvas, x: float, y: float) -> None:
            middle, box = x + width / 2, (x, y, x + width, y + height)
            if matrix.across:
                canvas.text(over, x, y - 4, role="param", at=box)
            else:
                canvas.text(over, middle, y - 5, "middle", role="param", at=box)
            inner = paint(canvas, part, matrix, self.look, box) or [box]
            if named:
                write_blocks(canvas, part, matrix, inner, self.look)
            else:
                ruled(canvas, matrix, self.look, box)
            if columns.runs:
                canvas.text(columns, middle, y + height + 8.5, "middle", role="param", at=box)
            for one in inner if rows.runs else ():
                _bracket(canvas, one)
            if rows.runs:
                foot = (inner[0][1] + inner[0][3]) / 2 + 2.8 + 1.1 * lift
                canvas.text(rows, box[0] - AWAY, foot, "end", role="param", at=inner[0])
            for gate, one in zip(gates, inner, strict=False):
                foot = (one[1] + one[3]) / 2 + (gate.ascent - gate.descent) / 2 - lift * (one is inner[0])
                canvas.text(gate, box[0] - AWAY, foot, "end", role="gate", at=one)

        out = max(0.0, *((one.width - width) / 2 for one in (over, columns)))
        aside = max((one.width + AWAY for one in (*gates, rows) if one.runs), default=0.0)
        right = max(0.0, over.width - width) if matrix.across else out
        left = max(aside, 0.0 if matrix.across else out)
        return Item(width, height, draw, (left, OVER, right, UNDER if columns.runs else 0.0))

    def _side(self, tensor: Tensor | None, axis: int) -> TextLine:
        """Return the letter and the number of a matrix's rows or columns, as the options want them."""
        mode = self.look.options.shapes
        if tensor is None or len(tensor.sizes) != 2 or mode == "off":
            return EMPTY
        said = str(tensor.sizes[axis])
        written = respell(tensor.symbols[axis], self.look.options)
        number = sized(letters(said, 8.5, tint=MUTED), tensor, axis)
        if mode == "numbers" or written == said:
            return number
        letter = sized(letters(written, 8.5, tint=MUTED), tensor, axis, symbol=written)
        return letter if mode == "symbols" else inline(letter, letters("=", 8.5, tint=MUTED), number, gap=2.5)

    def _rows(self, part: WeightedStage, matrix: Matrix) -> TextLine:
        """Return how many rows the first gate has; of a matrix without gates all of them."""
        mode, layer = self.look.options.shapes, part.layer
        if layer is None:
            high = self.look.sides(matrix)[1]
            return self._side(matrix.tensor, 0) if high >= LINE else EMPTY
        lines = 2 if self.named(part) else 1
        blocks = max(1, len(matrix.blocks))
        if mode == "off" or matrix.across or self.look.sides(matrix)[1] < lines * LINE * blocks:
            return EMPTY
        written = respell(layer.units, self.look.options)
        return count(layer.name, layer.units, layer.hidden_size, 8.5, tint=MUTED, said=mode, written=written)

    def _told(self, parts: Sequence[WeightedStage], room: float, least: float = 0.0) -> list[list[Item]]:
        """Return names, shapes and counts of each set of matrices, and under the last what these come to.

        The columns of all tables stand at one place; each is at least so wide.
        """
        cells = [[[*self._cells(part, at)] for at in range(len(self._sets(part)))] for part in parts]
        every = [one for sets in cells for table in sets for one in table]
        wide = [max(one.width for one in column) for column in zip(*every, strict=True)]
        needed = sum(wide) + sum(CELLS) if wide else 0.0
        look = replace(self.look, room=max(room, needed))
        totals = [count_of(part, look) for part in parts]
        all_ = max(least, needed, *(one.width for one in totals))
        found = []
        for part, sets, total in zip(parts, cells, totals, strict=True):
            tables = [
                within(stack(*(_line(one, wide, all_ - needed) for one in table)), all_) for table in sets
            ]
            scale = bar(part, self.look.shades)
            shades = padded(scale, above=6) if scale is not None else line(EMPTY)
            tables[-1] = _whole(stack(tables[-1], within(total, all_, "end"), shades, gap=2))
            found.append(tables)
        return found

    def _cells(self, part: WeightedStage, at: int) -> Iterator[tuple[Item, Item, Item]]:
        for one in self._sets(part)[at]:
            if one.tensor is None:
                continue
            name = line(key_of(part, one, self.look), step=ROW)
            if part.layer is not None:
                way, own = part.layer.ways[at], one.tensor.name
                name = line(term(part.layer, part.depth, way, one.symbol, name=own, to=NAME), step=ROW)
            shape = EMPTY
            if self.look.options.shapes != "off":
                shape = shape_tag(one.tensor, self.look.options, size=8.5)
            yield name, line(shape, step=ROW), line(numbers_of(part, one), step=ROW)

    def _gate(self, part: WeightedStage, block: Block) -> TextLine:
        """Return what stands beside the rows of a gate."""
        name = block.gate if self.words else "letter"
        said = message(f"weights.gate-{name}", layer=part.stage, gate=block.gate)
        return words(said, 7.5, tint=stroke_of("gate"))


def _line(cells: Sequence[Item], wide: Sequence[float], more: float) -> Item:
    """Return one line of a table whose columns are so wide, with `more` room before the last."""
    name, shape, numbers = cells
    last = row(within(shape, wide[1]), within(numbers, wide[2], "end"), gap=CELLS[1] + more)
    return row(within(name, wide[0]), last, gap=CELLS[0])


def _bracket(canvas: Canvas, box: tuple[float, float, float, float]) -> None:
    """Draw that the rows of a gate are together, at their left."""
    x, (y0, y1) = box[0] - 2.5, (box[1] + 0.6, box[3] - 0.6)
    canvas.line([(x, y0), (x - 2, y0), (x - 2, y1), (x, y1)], line=0.6)


def _whole(item: Item) -> Item:
    """Return the item with its sides in its core: what is placed with it stands beside all of it."""
    return Item(item.width, item.height, item.place)
