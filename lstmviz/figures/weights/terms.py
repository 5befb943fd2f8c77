"""What a matrix adds to a step, and what torch calls it; the lines between its numbers."""

from __future__ import annotations

from functools import lru_cache

from lstmviz.figures.weights.look import Look
from lstmviz.figures.weights.plan import Matrix
from lstmviz.network.structure import Recurrent
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.items import Box, Tint
from lstmviz.scene.labels import TextLine, code, letters, math, row

SEEN = 3.5
"""Numbers of a matrix at least so large have lines between them, pt."""
SIZE = 9.0


def term(
    layer: Recurrent, depth: int, way: str, symbol: tuple[str, str], *, plus: bool = False, name: str = ""
) -> TextLine:
    """Return what a matrix adds, ``+ W_hh h_t-1``; with a `name` its letter and what torch calls it.

    In a layer that runs in reverse the state before a step is that of the step after it.
    """
    return _term(layer.name, depth, way, *symbol, plus and not name, name)


@lru_cache(1 << 10)
def _term(layer: str, depth: int, way: str, letter: str, which: str, plus: bool, name: str) -> TextLine:  # noqa: PLR0917
    reads = ""
    parts = [letters("+", SIZE)] if plus else []
    parts.append(math(letter, which, size=SIZE))
    if name:
        parts.append(code(name, 7))
    elif letter == "W" and which in {"ih", "hh"}:
        reads = "x_t" if which == "ih" else f"h_{'t+1' if way == 'rev' else 't-1'}"
        base, _, step = reads.partition("_")
        parts.append(math(base, step, size=SIZE))
    line = row(*parts, gap=4.0 if name else 2.0)
    facts = {"layer": layer, "depth": depth, "way": way, "letter": letter, "which": which}
    return line.claiming(claim("term", line.text, **facts, reads=reads, plus=plus, name=name))


def ruled(canvas: Canvas, matrix: Matrix, look: Look, box: Box) -> None:
    """Draw light lines between the numbers of a matrix, where these are large enough to be seen."""
    if look.scale < SEEN or any(look.cut(matrix)) or look.shades:
        return
    x0, y0, x1, y1 = box
    light = Tint("param.stroke", "ground", 0.3)
    for at in range(1, matrix.columns):
        x = x0 + (x1 - x0) * at / matrix.columns
        canvas.line([(x, y0), (x, y1)], stroke=light, line=0.5, z=26)
    for at in range(1, matrix.rows):
        y = y0 + (y1 - y0) * at / matrix.rows
        canvas.line([(x0, y), (x1, y)], stroke=light, line=0.5, z=26)
