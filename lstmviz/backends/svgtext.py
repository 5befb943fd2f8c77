"""Labels in the finished SVG: real text, and outlines of what a reader has no font for.

DejaVu, or what comes near it, is on every machine; STIX, in which math is set,
is not, and only a browser loads an embedded font. So math is drawn as outlines,
each glyph once in ``<defs>``, and its text lies over them unpainted: it can be
selected, searched and read aloud as before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from lstmviz.backends.numbers import brief, number
from lstmviz.scene.metrics import advance, leftward, text_width

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lstmviz.backends.drawing import TextMark
    from lstmviz.scene.items import Font

CHAINS: dict[Font, str] = {
    "sans": "'DejaVu Sans',{}Verdana,sans-serif",
    "bold": "'DejaVu Sans',{}Verdana,sans-serif",
    "mono": "'DejaVu Sans Mono',{}Menlo,Consolas,monospace",
    "roman": "STIXGeneral,{}'STIX Two Text','Times New Roman',serif",
    "italic": "STIXGeneral,{}'STIX Two Text','Times New Roman',serif",
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
PLACE = frozenset({"x", "y"})
SPACE = 0.12
"""A gap between two runs, in em, that a reader of the text alone takes for a space."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a label where a backend painted it, in the classes of its paint."""

    mark: TextMark
    x: float
    y: float
    names: str = ""

    def started(self) -> Piece:
        """The same run with its start at x."""
        width = text_width(self.mark.text, self.mark.font, self.mark.size)
        back = {"start": 0.0, "middle": width / 2, "end": width}[self.mark.anchor]
        return replace(self, x=self.x - back, mark=replace(self.mark, anchor="start"))


class Lettering:
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

    def chain(self, font: Font) -> str:
        """The families of a font, in order of preference."""
        embedded = self.faces.get(font)
        return CHAINS[font].format((f"{embedded}," if embedded else "") + (CHINESE if self.chinese else ""))

    def label(self, pieces: Sequence[Piece], names: str = "") -> str:
        """A label of one or more runs: its outlines, and one text over all of them."""
        drawn = [self._outlined(piece.mark) for piece in pieces]
        if len(pieces) == 1 and not drawn[0]:
            own = joined(names, pieces[0].names)
            return (
                f"<text{own}{_written(self._set(pieces[0], seen=True))}>{escape(pieces[0].mark.text)}</text>"
            )
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
        sets = [self._set(p, seen=not art) for p, art in zip(starts, drawn, strict=True)]
        shared = {k: v for k, v in sets[0].items() if k not in PLACE and all(s.get(k) == v for s in sets)}
        spans = "".join(
            f"<tspan{joined(p.names)}{_written({k: v for k, v in s.items() if k not in shared})}>"
            f"{escape(p.mark.text)}{gap}</tspan>"
            for p, s, gap in zip(starts, sets, _gaps(starts), strict=True)
        )
        return f"{_written(shared)}>{spans}</text>"

    def _set(self, piece: Piece, *, seen: bool) -> dict[str, str]:
        """Where a run stands and how it is set, as attributes; `seen` if it is painted."""
        mark = piece.mark
        chain = self.chain(mark.font) if seen else UNSEEN
        attributes = {
            "x": number(piece.x),
            "y": number(piece.y),
            "text-anchor": "" if mark.anchor == "start" else mark.anchor,
            "font-size": number(mark.size),
            "font-family": "" if chain == self.chain("sans") else chain,
            "font-weight": "bold" if mark.font == "bold" else "",
            "font-style": "italic" if mark.font == "italic" else "",
            "fill": brief(mark.colour),
            "fill-opacity": "" if seen else "0",
            # As Pango and Matplotlib have it: the first letter says which way the whole runs. `direction`
            # would say it too, but turns the anchor around, and CairoSVG knows neither.
            "unicode-bidi": "plaintext" if leftward(mark.text) else "",
        }
        return {name: value for name, value in attributes.items() if value}

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
            for char in piece.mark.text:
                assert self.outline is not None
                if data := self.outline(char, piece.mark.font):
                    name = self.used.setdefault(data, f"{self.prefix}.{len(self.used)}")
                    at = f' x="{x:.0f}"' if round(x) else ""
                    uses.append(f'<use{at} xlink:href="#{name}"/>')
                x += advance(char, piece.mark.font) * EM
        place = f"translate({number(first.x)} {number(first.y)})scale({scale:.6g})"
        paint = f'{joined(first.names)} fill="{brief(first.mark.colour)}"'
        return f'<g{paint} transform="{place}">{"".join(uses)}</g>'


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


def _gaps(starts: Sequence[Piece]) -> list[str]:
    """A space after each run whose next one stands apart from it, or on another line."""
    gaps = []
    for here, after in pairwise(starts):
        end = here.x + text_width(here.mark.text, here.mark.font, here.mark.size)
        gaps.append(" " if after.x - end > SPACE * max(here.mark.size, after.mark.size) else "")
    return [*gaps, ""]
