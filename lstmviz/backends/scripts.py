"""Which characters of a figure no font of this machine has, in words.

The shipped fonts have Latin, Greek, Cyrillic, Arabic, Hebrew and signs; for
other scripts the painters use what the system has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lstmviz.backends.fonts import SYSTEM
from lstmviz.scene.items import Run
from lstmviz.scene.metrics import covered
from lstmviz.scene.scene import Scene

SCRIPTS: tuple[tuple[str, str, str], ...] = (
    (
        "Chinese",
        "\u2e80-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff",
        "cjk",
    ),
    ("Japanese", "\u3040-\u30ff\u31f0-\u31ff", "cjk"),
    ("Korean", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af", "cjk"),
    ("emoji", "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff", "emoji"),
    ("Hebrew", "\u0590-\u05ff", "core"),
    ("Arabic", "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff", "core"),
    ("Devanagari", "\u0900-\u097f", "core"),
)
"""A script, the characters that show it, and where its font is."""
PACKAGES = {
    "cjk": ("fonts-noto-cjk", "Noto Sans CJK"),
    "emoji": ("fonts-noto-color-emoji", "Noto Emoji"),
    "core": ("fonts-noto-core", "Noto Sans"),
}
SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
SHOWN = 4
"""So many of the characters are named."""


def missing(scene: Scene) -> str | None:
    """One line on what cannot be shown and how to get it; None if all can be."""
    lacking = {c for run in _runs(scene) for c in run.text if _visible(c) and not covered(c, run.font)}
    if lacking:
        lacking -= on_system(frozenset(lacking))
    if not lacking:
        return None
    found = [script_of(char) for char in sorted(lacking)]
    what = " and ".join(dict.fromkeys(name for name, _ in found))
    wanted = dict.fromkeys(package for _, package in found)
    packages = " ".join(PACKAGES[p][0] for p in wanted)
    fonts = " and ".join(PACKAGES[p][1] for p in wanted)
    return (
        f"no font on this machine has {what} ({_some(sorted(lacking))}): apt-get install {packages}, "
        f"or get {fonts} from fonts.google.com/noto; "
        "until then PNG and PDF show boxes, and SVG needs the reader's own font"
    )


def script_of(char: str) -> tuple[str, str]:
    """The script of a character, and which of the packages has it.

    >>> script_of("天"), script_of("क"), script_of("ก")
    (('Chinese', 'cjk'), ('Devanagari', 'core'), ('Thai', 'core'))
    """
    for name, ranges, package in SCRIPTS:
        if any(low <= char <= high for low, high in _ends(ranges)):
            return name, package
    return unicodedata.name(char, "unnamed").split()[0].title(), "core"


def _ends(ranges: str) -> Iterator[tuple[str, str]]:
    """The first and last characters of ranges written as ``a-z0-9``."""
    yield from zip(ranges[::3], ranges[2::3], strict=True)


def _some(chars: list[str]) -> str:
    return " ".join(chars[:SHOWN]) + (" …" if len(chars) > SHOWN else "")


def _runs(scene: Scene) -> Iterator[Run]:
    for label in [t.label for t in scene.texts] + [n.label for n in scene.nodes if n.label]:
        yield from label.runs


def _visible(char: str) -> bool:
    """Whether a character has a look of its own: joiners and selectors have none."""
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Cn", "Co", "Mn", "Me", "Zl", "Zp", "Zs"}


@cache
def on_system(chars: frozenset[str]) -> frozenset[str]:
    """Those of some characters that a font of the system has."""
    left = set(chars)
    for file in _files():
        if not left:
            break
        left = {c for c in left if ord(c) not in _characters(file)}
    return chars - left


def _files() -> Iterator[Path]:
    """The system's font files, those likely to help first."""
    for name in SYSTEM:
        try:
            folder = Path(name).expanduser()
            found = [p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES]
        except (OSError, RuntimeError):
            continue
        yield from sorted(found, key=lambda p: ("noto" not in p.name.lower(), str(p)))


@cache
def _characters(file: Path) -> Iterable[int]:
    """The characters of a font file; none of a broken one."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415  (only for scripts that the shipped fonts lack)

    options: dict[str, Any] = {"fontNumber": 0} if file.suffix.lower() in {".ttc", ".otc"} else {}
    try:
        with file.open("rb") as stream, TTFont(stream, lazy=True, **options) as font:
            return frozenset(font.getBestCmap() or ())
    except Exception:  # noqa: BLE001  (fontTools raises what it likes for what is no font)
        return frozenset()
