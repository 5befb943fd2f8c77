"""The shipped fonts for SVG: subsets that a browser loads, and outlines."""

from __future__ import annotations

import base64
import io
import json
import re
import string
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib import util
from pathlib import Path
from typing import Any

from lstmviz.backends.drawing import Drawing, TextMark
from lstmviz.backends.fonts import LOCK, font_file, unlogged
from lstmviz.backends.numbers import number
from lstmviz.backends.svgtext import EM, outlined
from lstmviz.scene.items import Font, Point
from lstmviz.scene.metrics import FALLBACK, advance, leftward, measured
from lstmviz.store import code, remembered, version

FOLDER = "fonts"
"""Where subsets and outlines are kept, in the cache folder."""
STYLES: dict[Font, str] = {"bold": "font-weight:bold;", "italic": "font-style:italic;"}


USUAL = (range(0x20, 0x7F), range(0xA0, 0x100), range(0x391, 0x3CA), (0x2212, 0x2299, 0x22C5, 0x2032))
"""The characters whose outlines are read from a font at once: what math mostly needs."""


def embedded(drawing: Drawing, prefix: str) -> tuple[dict[Font, str], str]:
    """The families that each font's texts may need, and the rules that hold them.

    Math that is drawn as outlines needs none. The families are the figure's
    own (``f3a9c2-sans``), since a page may show several figures, each with the
    characters that it needs.
    """
    needs: dict[Font, set[str]] = {}
    helpers: dict[Font, dict[Font, None]] = {}
    for mark in drawing.marks():
        if isinstance(mark, TextMark) and not outlined(mark, outline):
            for char in mark.text:
                if (having := holder(char, mark.font)) is not None:
                    needs.setdefault(having, set()).add(char)
                    helpers.setdefault(mark.font, {mark.font: None})[having] = None
    for characters in needs.values():
        if not characters.isdisjoint(string.digits):
            # Figures of one kind differ in their numbers most: so they share a subset, which takes 50 ms.
            characters.update(string.digits)
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
    key = f"{_made_of(font)} {kind} {characters}"
    return remembered(FOLDER, kind, key, lambda: _subset(font_file(font), characters, kind))


def _made_of(font: Font) -> str:
    """What decides how the glyphs of a font come out."""
    path = font_file(font)
    own = code(Path(__file__).parent, "webfonts.py")
    return f"{path.name} {path.stat().st_size} {version('fonttools')} {own}"


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
    for table in ("GSUB", "GPOS", "GDEF", "kern"):
        # Without features nothing of the layout stays; to read it takes three quarters of the time.
        if table in font:
            del font[table]
    cutter = Subsetter(options)
    cutter.populate(text=characters)
    with LOCK, unlogged():
        cutter.subset(font)
    font.flavor = kind
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def outline(char: str, font: Font) -> str | None:
    """The outline of a character, 1000 units to the em and y down; None without a glyph."""
    known = _outlines(font)
    return known[char] if char in known else _outline(char, font)


@cache
def _outlines(font: Font) -> dict[str, str]:
    """The outlines of the usual characters of a font, from the cache folder if they are there."""

    def make() -> bytes:
        characters = [chr(code) for some in USUAL for code in some if measured(chr(code), font)]
        return json.dumps({char: _outline(char, font) or "" for char in characters}).encode()

    found: dict[str, str] = json.loads(remembered(FOLDER, "json", f"{_made_of(font)} {USUAL}", make))
    return found


@cache
def _outline(char: str, font: Font) -> str | None:
    having = holder(char, font)
    return None if having is None else _short(_drawn([(char, having)], EM, 0.0, 0.0, "{:.0f}".format))


FINE = 100
"""The steps of a pt in which the outlines of whole runs are kept."""
POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3}
"""How many points each piece of a path's command has; fontTools leaves out repeated letters."""


def _short(data: str, per: int = 1) -> str:
    """A path of absolute commands in whole numbers, in relative ones and `per` to the unit: half as long.

    >>> _short("M5 5 15 5L15 20Q9 9 5 20ZM1 2H9V4Z")
    'm5 5l10 0l0 15q-6-11-10 0zm-4-3h8v2z'
    >>> _short("M150 50H200Z", 100)
    'm1.5 0.5h0.5z'
    """
    out, at, start = [], (0, 0), (0, 0)
    for command, numbers in re.findall(r"([MLHVQCZ])([^A-Z]*)", data):
        flat = [int(n) for n in re.findall(r"-?\d+", numbers)]
        if command == "Z":
            out.append("z")
            at = start
        elif command in "HV":
            step = flat[0] - at[command == "V"]
            at = (flat[0], at[1]) if command == "H" else (at[0], flat[0])
            out.append(f"{command.lower()}{number(step / per)}")
        else:
            for piece in range(0, len(flat), 2 * POINTS[command]):
                some = flat[piece : piece + 2 * POINTS[command]]
                letter = "l" if command == "M" and piece else command.lower()
                deltas = " ".join(number((n - at[i % 2]) / per) for i, n in enumerate(some))
                out.append(letter + deltas.replace(" -", "-"))
                at = (some[-2], some[-1])
                start = at if letter == "m" else start
    return "".join(out)


def glyphs(mark: TextMark, x: float, y: float) -> str | None:
    """The outlines of a run with its anchor at x.

    None if a glyph is missing, or where letters join or run to the left: that takes the reader's shaping.
    """
    shape = _shape(mark.text, mark.font, mark.size)
    if shape is None:
        return None
    back = {"start": 0.0, "middle": 0.5, "end": 1.0}[mark.anchor]
    x -= back * sum(advance(c, mark.font) for c in mark.text) * mark.size
    (right, down), path = shape
    return f"M{number(x + right)} {number(y + down)}{path}" if path else ""


@lru_cache(1 << 12)
def _shape(text: str, font: Font, size: float) -> tuple[Point, str] | None:
    """Where the outlines of a run begin, from its own beginning, and how they go on from there."""
    if leftward(text) or any(unicodedata.combining(char) for char in text):
        return None
    holders = [holder(char, font) for char in text]
    if None in holders:
        return None
    glyphs = [(c, f) for c, f in zip(text, holders, strict=True) if f]
    data = _short(_drawn(glyphs, FINE * size, 0.0, 0.0, "{:.0f}".format), FINE)
    begin = re.match(r"m(-?[\d.]+) ?(-?[\d.]+)", data)
    return ((float(begin[1]), float(begin[2])), data[begin.end() :]) if begin else ((0.0, 0.0), "")


def _drawn(
    text: Sequence[tuple[str, Font]], size: float, x: float, y: float, ntos: Callable[[float], str]
) -> str:
    """The outlines of characters side by side from x, on the baseline y, as the ``d`` of a path."""
    from fontTools.pens.svgPathPen import SVGPathPen  # noqa: PLC0415
    from fontTools.pens.transformPen import TransformPen  # noqa: PLC0415

    pen = SVGPathPen(None, ntos=ntos)
    for char, font in text:
        glyph_set, names, em = _font(font)
        scale = size / em
        pen.glyphSet = glyph_set  # where the parts of composed glyphs are looked up
        glyph_set[names[ord(char)]].draw(TransformPen(pen, (scale, 0, 0, -scale, x, y)))
        x += advance(char, font) * size
    return str(pen.getCommands())


@cache
def _font(font: Font) -> tuple[Any, dict[int, str], int]:
    """The glyphs, the names of characters' glyphs and the em of a font."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    opened = TTFont(io.BytesIO(font_file(font).read_bytes()), lazy=True)
    return opened.getGlyphSet(), opened.getBestCmap(), opened["head"].unitsPerEm
