"""Labels in the finished SVG: real text, and outlines of what a reader has no font for.

DejaVu, or what comes near it, is on every machine; STIX, in which math is set,
is not, and only a browser loads an embedded font. So math is drawn as outlines,
each glyph once in ``<defs>``, and its text lies over them unpainted: it can be
selected, searched and read aloud as before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby, pairwise
from xml.sax.saxutils import escape, quoteattr

from lstmviz.backends.drawing import TextMark
from lstmviz.backends.numbers import brief, number
from lstmviz.records import record
from lstmviz.scene.items import Anchor, Font
from lstmviz.scene.metrics import advance, leftward, text_width

TIMES = "'Times New Roman','Liberation Serif','Nimbus Roman',FreeSerif,'DejaVu Serif Condensed'"
"""As wide as STIX, and the narrowest of those that are everywhere."""
CHAINS: dict[Font, str] = {
    "sans": "'DejaVu Sans',{}Verdana,sans-serif",
    "bold": "'DejaVu Sans',{}Verdana,sans-serif",
    "mono": "'DejaVu Sans Mono',{}Menlo,Consolas,monospace",
    "roman": f"STIXGeneral,{{}}'STIX Two Text',{TIMES},serif",
    "italic": f"STIXGeneral,{{}}'STIX Two Text',{TIMES},serif",
}
"""Families by preference: the installed font, the embedded one, what comes near."""
CHINESE = (
    "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Hiragino Sans GB',"
    "'Microsoft YaHei','WenQuanYi Micro Hei','WenQuanYi Zen Hei',SimHei,"
)
"""Families of the systems there are, after the embedded one, for figures with Chinese in them."""
UNSEEN = "STIXGeneral,serif"
"""The families of text that lies over its outlines: only where it is counts."""
MATH: frozenset[Font] = frozenset({"roman", "italic"})
EM = 1000
"""The units of an em in which outlines are kept."""
SPACE = 0.12
"""A gap between two runs, in em, that a reader of the text alone takes for a space."""
LINE = 0.9
"""How far below another, in em, a run stands on the next line; an index below one above stands nearer."""

Style = tuple["Font", float, "Anchor", str, bool, bool]
"""Font, size, anchor and colour of a run, whether it runs to the left, and whether it is painted."""


@record(frozen=True, slots=True)
class Piece:
    """A run of a label where a backend painted it, in the classes of its paint."""

    mark: TextMark
    x: float
    y: float
    names: str = ""

    def started(self) -> Piece:
        """The same run with its start at x."""
        mark = self.mark
        if mark.anchor == "start":
            return self
        width = text_width(mark.text, mark.font, mark.size)
        back = width / 2 if mark.anchor == "middle" else width
        return Piece(replace(mark, anchor="start"), self.x - back, self.y, self.names)


class LabelWriter:
    """Writes labels, and keeps the outlines that they use.

    `faces` are the embedded families of each font. `outline` gives a character
    of math as the ``d`` of a path, `EM` units to the em and y down, or None
    where no shipped font has it; without `outline` all text is plain text.
    `chinese` texts name fonts for it.
    """

    def __init__(
        self,
        prefix: str,
        faces: Mapping[Font, str],
        outline: Callable[[str, Font], str | None] | None,
        *,
        chinese: bool = False,
    ) -> None:
        self.prefix = prefix
        self.faces = faces
        self.chinese = chinese
        self.outline = outline
        self.used: dict[str, str] = {}
        self.sets: dict[Style, dict[str, str]] = {}
        self.common: dict[tuple[Style, ...], tuple[str, tuple[str, ...]]] = {}
        self.lines: dict[tuple[str, Font], tuple[tuple[str, float], ...]] = {}

    def chain(self, font: Font) -> str:
        """The families of a font, in order of preference."""
        embedded = self.faces.get(font)
        return CHAINS[font].format((f"{embedded}," if embedded else "") + (CHINESE if self.chinese else ""))

    def label(self, pieces: Sequence[Piece], names: str = "") -> str:
        """A label of one or more runs: its outlines, and one text over all of them."""
        drawn = [self._outlined(piece.mark) for piece in pieces]
        if len(pieces) == 1 and not drawn[0]:
            piece = pieces[0]
            how = _written(self._set(_style(piece, seen=True)))
            own = joined(names, piece.names)
            return f"<text{own}{_place(piece)}{how}>{escape(piece.mark.text)}</text>"
        starts = [p.started() for p in pieces]
        text = self._text(starts, drawn)
        if not any(drawn):
            return f"<text{joined(names)}{text}"
        art = [p for p, art in zip(starts, drawn, strict=True) if art]
        both = "".join(self._art(list(some)) for _, some in groupby(art, _pen)) + f"<text{text}"
        return f"<g{joined(names)}>{both}</g>" if names else both

    def defs(self) -> str:
        """The outlines that the labels used."""
        glyphs = "".join(f'<path id="{name}" d="{data}"/>' for data, name in self.used.items())
        return f"<defs>{glyphs}</defs>\n" if glyphs else ""

    def _text(self, starts: Sequence[Piece], drawn: Sequence[bool]) -> str:
        """The runs after ``<text``, with what all of them have in common said once."""
        styles = tuple([_style(p, seen=not art) for p, art in zip(starts, drawn, strict=True)])
        if styles not in self.common:
            self.common[styles] = self._apart(styles)
        shared, own = self.common[styles]
        if self.outline:
            gaps, places = _gaps(starts, " "), [_place(p) for p in starts]
        else:
            gaps = _gaps(starts, "\u00a0")  # Inkscape and LibreOffice drop another space at the end of a run
            places = _flowing(starts, gaps)
        spans = [
            f"<tspan{joined(p.names)}{place}{how}>{escape(p.mark.text)}{gap}</tspan>"
            for p, place, how, gap in zip(starts, places, own, gaps, strict=True)
        ]
        return f"{shared}>{''.join(spans)}</text>"

    def _apart(self, styles: Sequence[Style]) -> tuple[str, tuple[str, ...]]:
        """The attributes that styles have in common, and those that each has for itself."""
        sets = [self._set(style) for style in styles]
        shared = {k: v for k, v in sets[0].items() if all(s.get(k) == v for s in sets)}
        own = (_written({k: v for k, v in s.items() if k not in shared}) for s in sets)
        return _written(shared), tuple(own)

    def _set(self, style: Style) -> dict[str, str]:
        """How a run is set, as attributes."""
        if style in self.sets:
            return self.sets[style]
        font, size, anchor, colour, backwards, seen = style
        chain = self.chain(font) if seen else UNSEEN
        attributes = {
            "text-anchor": "" if anchor == "start" else anchor,
            "font-size": number(size),
            "font-family": "" if chain == self.chain("sans") else chain,
            "font-weight": "bold" if font == "bold" else "",
            "font-style": "italic" if font == "italic" else "",
            "fill": brief(colour),
            "fill-opacity": "" if seen else "0",
            # As Pango and Matplotlib have it: the first letter says which way the whole runs. `direction`
            # would say it too, but turns the anchor around, and CairoSVG knows neither.
            "unicode-bidi": "plaintext" if backwards else "",
        }
        self.sets[style] = {name: value for name, value in attributes.items() if value}
        return self.sets[style]

    def _outlined(self, mark: TextMark) -> bool:
        """Whether a run is drawn as outlines."""
        return self.outline is not None and outlined(mark, self.outline)

    def _art(self, pieces: Sequence[Piece]) -> str:
        """The outlines of runs of one size and colour on one baseline."""
        first = pieces[0]
        scale = first.mark.size / EM
        uses = []
        for piece in pieces:
            x = (piece.x - first.x) / scale
            for name, along in self._line(piece.mark.text, piece.mark.font):
                at = f' x="{x + along:.0f}"' if round(x + along) else ""
                uses.append(f'<use{at} xlink:href="#{name}"/>')
        place = f"translate({number(first.x)} {number(first.y)})scale({scale:.6g})"
        paint = f'{joined(first.names)} fill="{brief(first.mark.colour)}"'
        return f'<g{paint} transform="{place}">{"".join(uses)}</g>'

    def _line(self, text: str, font: Font) -> tuple[tuple[str, float], ...]:
        """The glyphs that a run of math is drawn with, and where each begins, in units of the em."""
        if (text, font) not in self.lines:
            assert self.outline is not None
            found, x = [], 0.0
            for char in text:
                if data := self.outline(char, font):
                    found.append((self.used.setdefault(data, f"{self.prefix}.{len(self.used)}"), x))
                x += advance(char, font) * EM
            self.lines[text, font] = tuple(found)
        return self.lines[text, font]


def _style(piece: Piece, *, seen: bool) -> Style:
    """What decides how a run is set; `seen` if it is painted."""
    mark = piece.mark
    return mark.font, mark.size, mark.anchor, mark.colour, leftward(mark.text), seen


def _place(piece: Piece) -> str:
    return f' x="{number(piece.x)}" y="{number(piece.y)}"'


def _flowing(starts: Sequence[Piece], gaps: Sequence[str]) -> list[str]:
    """Where runs of plain text begin: what follows math on a line, at the end of the run before.

    In the fonts that they were measured for all stand where they should. In wider ones they move
    along, and no letter of a formula stands over another.
    """
    if any(leftward(p.mark.text) for p in starts):  # what reads to the left would change places with the rest
        return [_place(p) for p in starts]
    places: list[str] = []
    x = y = size = 0.0
    flows = False
    for piece, gap in zip(starts, gaps, strict=True):
        mark = piece.mark
        if abs(piece.y - y) > LINE * max(size, mark.size):
            flows, size = False, 0.0
        if flows:
            moves = {"dx": number(piece.x - x), "dy": number(piece.y - y)}
            places.append("".join(f' {name}="{by}"' for name, by in moves.items() if by != "0"))
            x += float(moves["dx"])
        else:
            places.append(_place(piece))
            x = piece.x
        x, y = x + text_width(mark.text + gap, mark.font, mark.size), piece.y
        flows, size = flows or mark.font in MATH, max(size, mark.size)
    return places


def outlined(mark: TextMark, outline: Callable[[str, Font], str | None]) -> bool:
    """Whether a run is math of which every glyph has an outline."""
    return mark.font in MATH and _drawable(mark.text, mark.font, outline)


@lru_cache(1 << 12)
def _drawable(text: str, font: Font, outline: Callable[[str, Font], str | None]) -> bool:
    return all(outline(char, font) is not None for char in text)


def _pen(piece: Piece) -> tuple[float, float, str, str]:
    """What runs have in common that are drawn together."""
    return (piece.y, piece.mark.size, piece.mark.colour, piece.names)


def _written(attributes: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def joined(*names: str) -> str:
    """A class attribute; nothing without a class."""
    found = " ".join(filter(None, names))
    return f' class="{found}"' if found else ""


def _gaps(starts: Sequence[Piece], space: str) -> list[str]:
    """A `space` after each run whose next one stands apart from it, or on another line."""
    gaps = []
    for here, after in pairwise(starts):
        end = here.x + text_width(here.mark.text, here.mark.font, here.mark.size)
        gaps.append(space if after.x - end > SPACE * max(here.mark.size, after.mark.size) else "")
    return [*gaps, ""]
