"""EPS, written from the display list: each glyph once as a procedure, so that no program needs a font."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lstmviz.backends.drawing import Mark, PathMark, TextMark
from lstmviz.backends.numbers import number, pair
from lstmviz.backends.order import Order
from lstmviz.backends.svgtext import EM
from lstmviz.backends.webfonts import glyphs, outline
from lstmviz.scene.geometry import Path
from lstmviz.scene.metrics import advance, text_width

PROLOG = """\
/m {rmoveto} bind def /l {rlineto} bind def /c {rcurveto} bind def /z {closepath} bind def
/h {0 rlineto} bind def /v {0 exch rlineto} bind def
/M {moveto} bind def /L {lineto} bind def /C {curveto} bind def
/F {setrgbcolor gsave fill grestore} bind def /S {setrgbcolor setlinewidth gsave stroke grestore} bind def
/P {setrgbcolor} bind def
/G {gsave translate dup scale newpath 0 0 moveto load exec fill grestore} bind def
"""
"""Names for PostScript's operators: small letters go on from a point (glyphs), F and S paint a path
in a colour, ``/g1 size x y G`` paints a glyph."""
BACK = {"start": 0.0, "middle": 0.5, "end": 1.0}


def write(order: Order) -> bytes:
    """Return a figure as EPS with its own box, title and hash; texts are outlines."""
    writer = _Writer()
    ground = [] if order.transparent else [_ground(order)]
    body = [*ground, *(line for mark in order.drawing.marks() for line in writer.mark(mark))]
    glyph_defs = [f"/{name} {{{code}}} bind def" for code, name in writer.names.items()]
    width, height = order.drawing.width, order.drawing.height
    title = " ".join(order.scene.title.encode("ascii", "replace").decode().split())
    head = [
        "%!PS-Adobe-3.0 EPSF-3.0", "%%Creator: lstmviz", f"%%Title: {title}",
        f"%%BoundingBox: 0 0 {-int(-width // 1)} {-int(-height // 1)}",
        f"%%HiResBoundingBox: 0 0 {number(width)} {number(height)}", "%%EndComments",
        "%%BeginProlog", f"% lstmviz sha256:{order.digest}",
    ]  # fmt: skip
    setup = f"gsave 0 {number(height)} translate 1 -1 scale"
    lines = [*head, f"{len(glyph_defs) + 20} dict begin", PROLOG, *glyph_defs, "%%EndProlog", setup, *body]
    return "\n".join([*lines, "grestore end", "%%EOF", ""]).encode("ascii")


def _ground(order: Order) -> str:
    width, height = number(order.drawing.width), number(order.drawing.height)
    return f"newpath 0 0 M {width} 0 L {width} {height} L 0 {height} L z {_colour(order.drawing.ground)} F"


def _colour(colour: str) -> str:
    """Return red, green and blue from 0 to 1.

    >>> _colour("#ff8000")
    '1 0.502 0'
    """
    return " ".join(f"{int(colour[i : i + 2], 16) / 255:.3g}" for i in (1, 3, 5))


class _Writer:
    """Writes marks, and keeps the glyphs that they use."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def mark(self, mark: Mark) -> Iterator[str]:
        """Yield the lines of one mark."""
        if isinstance(mark, PathMark):
            yield from ("newpath", *map(_path, mark.paths))
            if mark.fill:
                yield f"{_colour(mark.fill)} F"
            if mark.stroke:
                yield f"{number(mark.width)} {_colour(mark.stroke)} S"
        elif glyphs(mark, 0.0, 0.0) is None:
            yield _shaped(mark)
        else:
            yield f"{_colour(mark.colour)} P"
            yield from self._text(mark)

    def _text(self, mark: TextMark) -> Iterator[str]:
        """Yield the glyphs of a run one by one."""
        x = mark.x - BACK[mark.anchor] * text_width(mark.text, mark.font, mark.size)
        for char in mark.text:
            if data := outline(char, mark.font):
                name = self.names.setdefault(_procedure(data), f"g{len(self.names)}")
                yield f"/{name} {mark.size / EM:.6g} {number(x)} {number(mark.y)} G"
            x += advance(char, mark.font) * mark.size


def _path(path: Path) -> str:
    """Return the operators of a path."""
    parts = [f"{pair(path.start)} M"]
    parts += [
        f"{' '.join(pair(p) for p in segment)} {'C' if len(segment) == 3 else 'L'}"
        for segment in path.segments
    ]
    return " ".join([*parts, "z"] if path.closed else parts)


def _procedure(data: str) -> str:
    """Return the operators of a glyph's outline, whose quadratic curves become cubic ones.

    >>> _procedure("m5 5q-6-11-10 0z")
    '5 5 m -4 -7.33 -7.33 -7.33 -10 0 c z'
    """
    parts = []
    for command, said in re.findall(r"([mlhvqcz])([^a-z]*)", data):
        flat = [float(n) for n in re.findall(r"-?[\d.]+", said)]
        flat = _cubic((0.0, 0.0), flat) if command == "q" else flat
        parts.append(" ".join([*map(number, flat), command.replace("q", "c")]))
    return " ".join(parts)


def _cubic(begin: tuple[float, float], flat: list[float]) -> list[float]:
    """Return the points of a cubic curve that is this quadratic one."""
    (x0, y0), (x1, y1, x, y) = begin, flat
    return [(x0 + 2 * x1) / 3, (y0 + 2 * y1) / 3, (2 * x1 + x) / 3, (2 * y1 + y) / 3, x, y]


def _shaped(mark: TextMark) -> str:
    """Return a run that takes another font, or shaping: Matplotlib looks for one on the system."""
    from matplotlib.textpath import TextPath  # noqa: PLC0415  (for these alone)

    from lstmviz.backends.matplotlib import Face  # noqa: PLC0415

    found = TextPath((0, 0), mark.text, mark.size, Face(mark, 1.0))
    x = mark.x - BACK[mark.anchor] * text_width(mark.text, mark.font, mark.size)
    parts, at = [], (0.0, 0.0)
    for points, code in found.iter_segments(simplify=False):
        flat = [float(n) for n in points]
        flat, at = _cubic(at, flat) if int(code) == 3 else flat, (flat[-2], flat[-1])
        said = [number(x + n if i % 2 == 0 else mark.y - n) for i, n in enumerate(flat)]
        parts.append("z" if int(code) == 79 else f"{' '.join(said)} {'.MLCC'[int(code)]}")
    return f"newpath {' '.join(parts)} {_colour(mark.colour)} F"
