"""How wide text is, from the shipped fonts' own tables.

`metrics.json` holds the advance widths (in 1/1000 em) of the five fonts that
figures use, so that measuring needs neither a font file nor a library. It is
made from Matplotlib's fonts by ``python -m lstmviz.scene.metrics``.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache, lru_cache
from importlib import resources, util
from pathlib import Path

from lstmviz.scene.items import Font

FILES: dict[Font, str] = {
    "sans": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
    "roman": "STIXGeneral.ttf",
    "italic": "STIXGeneralItalic.ttf",
}
CJK = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Characters of Chinese and Japanese, between which a line may end, as a range of a regular expression."""
FALLBACK: tuple[Font, ...] = ("sans", "bold", "roman")
"""Fonts asked for a glyph that a run's own font lacks."""


@cache
def _widths() -> dict[str, dict[str, int]]:
    text = resources.files("lstmviz.scene").joinpath("metrics.json").read_text("utf-8")
    data: dict[str, dict[str, int]] = json.loads(text)
    return data


def measured(char: str, font: Font) -> bool:
    """Whether a font itself has a glyph for this character."""
    return char in _widths()[font]


@lru_cache(1 << 12)
def covered(char: str, font: Font) -> bool:
    """Whether the shipped fonts have a glyph for this character."""
    return any(measured(char, f) for f in (font, *FALLBACK))


@lru_cache(1 << 12)
def advance(char: str, font: Font) -> float:
    """The advance width of one character, in em."""
    for name in (font, *FALLBACK):
        width = _widths()[name].get(char)
        if width is not None:
            return width / 1000
    if unicodedata.combining(char) or unicodedata.category(char) in {"Cf", "Mn", "Me"}:
        return 0.0
    return 1.0 if unicodedata.east_asian_width(char) in "WF" else 0.65


def leftward(text: str) -> bool:
    """Whether any of a text runs from right to left, as Hebrew and Arabic do.

    >>> leftward("T = 3"), leftward("יום 3")
    (False, True)
    """
    return not text.isascii() and any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text)


def text_width(text: str, font: Font, size: float) -> float:
    """The width of a run in pt.

    >>> round(text_width("LSTM", "sans", 8), 2)
    21.33
    """
    return _advances(text, font) * size


@lru_cache(1 << 14)
def _advances(text: str, font: Font) -> float:
    return sum(advance(c, font) for c in text)


def _make() -> None:
    """Read the widths out of Matplotlib's fonts and write `metrics.json`."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  (only to make the table)

    spec = util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "mpl-data/fonts/ttf"
    table: dict[str, dict[str, int]] = {}
    for name, file in FILES.items():
        font = TTFont(folder / file)
        em, widths = font["head"].unitsPerEm, font["hmtx"].metrics
        table[name] = {
            chr(code): round(widths[glyph][0] * 1000 / em)
            for code, glyph in sorted(font.getBestCmap().items())
            if (code < 0x2E80 and (code < 0x0590 or code >= 0x2000))
            or name == "sans"  # scripts: once is enough
        }
    text = json.dumps(table, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    Path(__file__).with_name("metrics.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    _make()
