"""The shipped fonts for SVG: subsets that a browser loads, and outlines."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import tempfile
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmviz.backends.drawing import Drawing, TextMark
from lstmviz.backends.fonts import cache_folder, font_file
from lstmviz.backends.svg import number
from lstmviz.scene.metrics import FALLBACK, advance, measured

if TYPE_CHECKING:
    from lstmviz.scene.items import Font

STYLES: dict[Font, str] = {"bold": "font-weight:bold;", "italic": "font-style:italic;"}


def embedded(drawing: Drawing, prefix: str) -> tuple[dict[Font, str], str]:
    """The families that each font's texts may need, and the rules that hold them.

    The families are the figure's own (``f3a9c2-sans``), since a page may show
    several figures, each with the characters that it needs.
    """
    needs: dict[Font, set[str]] = {}
    helpers: dict[Font, dict[Font, None]] = {}
    for mark in drawing.marks():
        if isinstance(mark, TextMark):
            for char in mark.text:
                if (having := holder(char, mark.font)) is not None:
                    needs.setdefault(having, set()).add(char)
                    helpers.setdefault(mark.font, {mark.font: None})[having] = None
    faces: dict[Font, str] = {
        font: ",".join(f"{prefix}-{name}" for name in names if name in needs)
        for font, names in helpers.items()
    }
    rules = [_rule(f"{prefix}-{font}", font, "".join(sorted(needs[font]))) for font in sorted(needs)]
    return faces, "".join(rules)


def holder(char: str, font: Font) -> Font | None:
    """The shipped font that has a glyph for a character of a text in `font`."""
    return next((name for name in (font, *FALLBACK) if measured(char, name)), None)


def _rule(family: str, font: Font, characters: str) -> str:
    kind = "woff2" if util.find_spec("brotli") else "woff"
    data = base64.b64encode(subset(font, characters, kind)).decode()
    style = STYLES.get(font, "")
    return (
        f"@font-face{{font-family:{family};{style}src:url(data:font/{kind};base64,{data})format('{kind}')}}"
    )


def subset(font: Font, characters: str, kind: str) -> bytes:
    """A font of only these characters, from the cache folder if it is there."""
    path = font_file(font)
    key = f"{path.name} {path.stat().st_size} {metadata.version('fonttools')} {kind} {characters}"
    folder = cache_folder()
    kept = folder / "fonts" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.{kind}" if folder else None
    with contextlib.suppress(OSError):
        if kept is not None:
            return kept.read_bytes()
    data = _subset(path, characters, kind)
    if kept is not None:
        _keep(kept, data)
    return data


def _subset(path: Path, characters: str, kind: str) -> bytes:
    from fontTools.subset import Options, Subsetter  # noqa: PLC0415  (0.1 s, and seldom needed)
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    options = Options()
    options.flavor = kind
    options.hinting = False
    options.layout_features = []
    options.name_IDs = []
    options.notdef_outline = True
    options.drop_tables = [*options.drop_tables, "FFTM"]
    options.recalc_timestamp = False
    font = TTFont(io.BytesIO(path.read_bytes()), recalcTimestamp=False)
    cutter = Subsetter(options)
    cutter.populate(text=characters)
    cutter.subset(font)
    font.flavor = kind
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _keep(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; a cache that cannot be written is none."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def glyphs(mark: TextMark, x: float, y: float) -> str | None:
    """The outlines of a run with its anchor at x, or None if a glyph is missing."""
    holders = [holder(char, mark.font) for char in mark.text]
    if None in holders:
        return None
    width = sum(advance(c, mark.font) for c in mark.text) * mark.size
    x -= {"start": 0.0, "middle": width / 2, "end": width}[mark.anchor]
    from fontTools.pens.svgPathPen import SVGPathPen  # noqa: PLC0415
    from fontTools.pens.transformPen import TransformPen  # noqa: PLC0415

    pen = SVGPathPen(None, ntos=number)
    for char, font in zip(mark.text, holders, strict=True):
        assert font is not None
        glyph_set, names, em = _font(font)
        scale = mark.size / em
        pen.glyphSet = glyph_set  # where the parts of composed glyphs are looked up
        glyph_set[names[ord(char)]].draw(TransformPen(pen, (scale, 0, 0, -scale, x, y)))
        x += advance(char, mark.font) * mark.size
    return str(pen.getCommands())


@cache
def _font(font: Font) -> tuple[Any, dict[int, str], int]:
    """The glyphs, the names of characters' glyphs and the em of a font."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    opened = TTFont(io.BytesIO(font_file(font).read_bytes()), lazy=True)
    return opened.getGlyphSet(), opened.getBestCmap(), opened["head"].unitsPerEm
