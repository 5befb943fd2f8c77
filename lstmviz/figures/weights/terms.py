"""The letter of a matrix, and what torch calls it; the lines between its numbers."""

from __future__ import annotations

from functools import lru_cache

from lstmviz.figures.weights.look import Look
from lstmviz.figures.weights.plan import Matrix
from lstmviz.network.structure import Recurrent
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.items import Box, Tint
from lstmviz.scene.labels import TextLine, code, math, row

SEEN = 3.5
"""Numbers of a matrix at least so large have lines between them, pt."""
SIZE = 9.0


def term(
    layer: Recurrent, depth: int, way: str, symbol: tuple[str, str], *, name: str = "", to: float = 0.0
) -> TextLine:
    """Return the letter of a matrix; with a `name` also what torch calls it, `to` pt from where it begins."""
    return _term(layer.name, depth, way, *symbol, name, to)


@lru_cache(1 << 10)
def _term(layer: str, depth: int, way: str, letter: str, which: str, name: str, to: float) -> TextLine:  # noqa: PLR0917
    line = math(letter, which, size=SIZE)
    if name:
        line = row(line, code(name, 7), gap=max(3.0, to - line.width))
    facts = {"layer": layer, "depth": depth, "way": way, "letter": letter, "which": which, "name": name}
    return line.claiming(claim("term", line.text, **facts))


def ruled(canvas: Canvas, matrix: Matrix, look: Look, box: Box) -> None:
    """Draw light lines between the numbers of a matrix, where these are large enough to be seen."""
    if look.scale < SEEN or any(look.cut(matrix)) or look.shades:
        return
    x0, y0, x1, y1 = box
    light = Tint("param.stroke", "ground", 0.5)
    for at in range(1, matrix.columns):
        x = x0 + (x1 - x0) * at / matrix.columns
        canvas.line([(x, y0), (x, y1)], stroke=light, line=0.5, z=26)
    for at in range(1, matrix.rows):
        y = y0 + (y1 - y0) * at / matrix.rows
        canvas.line([(x0, y), (x1, y)], stroke=light, line=0.5, z=26)
