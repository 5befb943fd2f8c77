"""A shape as a row of cells, one for each axis: its letter over its size."""

from __future__ import annotations

from lstmviz.figures.base import Options, respell
from lstmviz.figures.shared.claimed import sized, ticked
from lstmviz.network.structure import Tensor
from lstmviz.records import record
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, MUTED, Box, Point, Role, stroke_of
from lstmviz.scene.labels import TextLine, letters, row, words
from lstmviz.translation.messages import message, user_text

HIGH = 22.0
"""The height of a row of cells with both letter and size, pt."""
LOW = 13.0
"""Its height with one of them."""


@record(frozen=True, slots=True)
class Cells:
    """A row of axis cells without a place yet."""

    symbols: tuple[TextLine | None, ...]
    sizes: tuple[TextLine | None, ...]
    widths: tuple[float, ...]

    @property
    def width(self) -> float:
        """The width of the whole row."""
        return sum(self.widths)

    @property
    def height(self) -> float:
        """The height of the row; 0 if it says nothing."""
        if any(s and n for s, n in zip(self.symbols, self.sizes, strict=True)):
            return HIGH
        return LOW if self.widths else 0.0

    def middles(self, x: float) -> list[float]:
        """The middle of every cell, in a row that begins at x."""
        found = []
        for width in self.widths:
            found.append(x + width / 2)
            x += width
        return found


def cells_of(tensor: Tensor, options: Options, *, wide: float = 22.0) -> Cells:
    """The cells of a tensor's shape, as much as the option `shapes` lets them say."""
    if options.shapes == "off":
        return Cells((), (), ())
    pairs = [_cell(tensor, axis, options) for axis in range(len(tensor.sizes))]
    widths = tuple(max(wide, *(i.width + 6 for i in pair if i)) for pair in pairs)
    return Cells(tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), widths)


def _cell(tensor: Tensor, axis: int, options: Options) -> tuple[TextLine | None, TextLine | None]:
    symbol, size = tensor.symbols[axis], tensor.sizes[axis]
    number, named = sized(words(str(size), 7), tensor, axis), symbol != str(size)
    if options.shapes == "numbers" or not named:
        return None, number
    letter = sized(spelt(symbol, options), tensor, axis, symbol=respell(symbol, options))
    return letter, number if options.shapes == "both" else None


def spelt(symbol: str, options: Options, size: float = 9) -> TextLine:
    """An axis in the reader's letters; words stay upright: ``Σ lengths``."""
    first, _, word = symbol.partition(" ")
    if not word:
        return letters(respell(symbol, options), size)
    return row(letters(first, size), words(word, size - 2), gap=1.5)


def draw(canvas: Canvas, cells: Cells, at: Point, role: Role) -> Box:
    """Draw the row with its top left corner at `at`; gives the box it covers."""
    x, y = at
    high = cells.height
    box = (x, y, x + cells.width, y + high)
    if not cells.widths:
        return box
    canvas.box(box, role=role, fill=GROUND, stroke=stroke_of(role), z=30)
    for i, middle in enumerate(cells.middles(x)):
        left = middle - cells.widths[i] / 2
        if i:
            canvas.line([(left, y), (left, y + high)], stroke=stroke_of(role), role=role, z=31)
        symbol, size = cells.symbols[i], cells.sizes[i]
        cell = (left, y, left + cells.widths[i], y + high)
        if symbol and size:
            canvas.text(symbol, middle, y + 9.2, "middle", role=role, at=cell)
            canvas.text(size, middle, y + 18.8, "middle", role=role, at=cell)
        elif symbol or size:
            one = symbol or size
            assert one is not None
            canvas.text(one, middle, y + high / 2 + one.ascent / 2, "middle", role=role, at=cell)
    return box


def count_axes(canvas: Canvas, cells: Cells, at: Point) -> None:
    """``dim 0 1 2`` above a row of cells whose top left corner is `at`, the word with the first number."""
    for i, middle in enumerate(cells.middles(at[0])):
        said = user_text(str(i)) if i else message("axis.dim-at", n=i)
        line = ticked(words(said, 7, tint=MUTED), i, len(cells.widths))
        half = cells.widths[i] / 2
        over = (middle - half, at[1], middle + half, at[1])
        canvas.text(line, middle, at[1] - 3.2, "middle", role="axis", at=over)
