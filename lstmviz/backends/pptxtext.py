"""A label's runs as PowerPoint's text boxes: as few as keep every sign in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from xml.sax.saxutils import escape

from lstmviz.backends.drawing import Mark, TextMark
from lstmviz.scene.items import Box, Font
from lstmviz.scene.metrics import text_width


class Face(NamedTuple):
    """A font as PowerPoint asks for it, with the room above and below its baseline, in em."""

    name: str
    panose: str
    ascent: float = 0.928
    descent: float = 0.236
    more: str = ""


# Mathematics is in Times New Roman, which is on every machine with PowerPoint and as wide as STIX.
FACES: dict[Font, Face] = {
    "sans": Face("DejaVu Sans", "020B0603030804020204"),
    "bold": Face("DejaVu Sans", "020B0803030604020204", more=' b="1"'),
    "mono": Face("DejaVu Sans Mono", "020B0609030804020204"),
    "roman": Face("Times New Roman", "02020603050405020304", 0.891, 0.216),
    "italic": Face("Times New Roman", "02020503050405090304", 0.891, 0.216, ' i="1"'),
}
SCRIPT = 2 / 3
"""How large PowerPoint draws a sub- or superscript of a size."""


@dataclass(frozen=True, slots=True)
class Words:
    """One text box: where it is, what its line stands on, its runs as XML and as text."""

    box: Box
    align: str
    anchor: str
    runs: str
    text: str


def boxes(marks: Sequence[Mark], middle: float | None = None) -> list[Words]:
    """The text boxes of a label; a single one at the `middle` of its node is centred."""
    lines: list[list[TextMark]] = []
    for mark in marks:
        if isinstance(mark, TextMark):
            if lines and _joins(lines[-1], mark):
                lines[-1].append(mark)
            else:
                lines.append([mark])
    return [_words(line, middle if len(lines) == 1 else None) for line in lines]


def _joins(line: Sequence[TextMark], mark: TextMark) -> bool:
    """Whether a run goes on where a line ends: beside it, or as its one script."""
    base, last = line[0], line[-1]
    gap = _left(mark) - _right(last)
    if last.y != base.y:
        return mark.y == last.y and abs(gap) <= 0.15 * base.size
    if mark.y == base.y:
        return -0.05 * base.size <= gap <= 0.45 * base.size
    script = mark.size < 0.9 * base.size and abs(mark.y - base.y) < 0.7 * base.size
    return script and abs(gap) <= 0.15 * base.size


def _words(line: Sequence[TextMark], middle: float | None) -> Words:
    base, last = line[0], line[-1]
    left, right = _left(base), _right(last)
    centred = middle is not None and abs((left + right) / 2 - middle) < 0.5
    align = "ctr" if centred or base.anchor == "middle" else "r" if base.anchor == "end" else "l"
    on_line = [mark for mark in line if mark.y == base.y]
    top = base.y - max(FACES[mark.font].ascent * mark.size for mark in on_line)
    bottom = base.y + max(FACES[mark.font].descent * mark.size for mark in on_line)
    # A subscript may deepen its line, so that it hangs from its top; any other stands on its bottom.
    anchor = "t" if any(mark.y > base.y for mark in line) else "b"
    texts = [mark.text for mark in line]
    for at, (before, mark) in enumerate(pairwise(line), 1):
        gap = _left(mark) - _right(before)
        if before.y == mark.y and gap > 0.15 * mark.size:
            # A space is as wide as its font has it: code's is twice as wide as that of words.
            own, other = (abs(text_width(" ", one.font, one.size) - gap) for one in (mark, before))
            texts[at - 1] += " " if other < own else ""
            texts[at] = texts[at] if other < own else " " + texts[at]
    runs = "".join(_run(mark, base, text) for mark, text in zip(line, texts, strict=True))
    return Words((left, top, right, bottom), align, anchor, runs, "".join(texts))


def _run(mark: TextMark, base: TextMark, text: str) -> str:
    """One run; a script is raised or lowered by a share of its size."""
    face = FACES[mark.font]
    size, raised = mark.size, ""
    if mark.y != base.y:
        size = mark.size / SCRIPT
        raised = f' baseline="{round((base.y - mark.y) / size * 100_000)}"'
    family = f'typeface="{face.name}" panose="{face.panose}"'
    return (
        f'<a:r><a:rPr lang="en-US" sz="{max(100, round(size * 100))}"{face.more}{raised} dirty="0">'
        f'<a:solidFill><a:srgbClr val="{mark.colour[1:].upper()}"/></a:solidFill>'
        f"<a:latin {family}/><a:cs {family}/></a:rPr><a:t>{escape(text)}</a:t></a:r>"
    )


def _left(mark: TextMark) -> float:
    width = text_width(mark.text, mark.font, mark.size)
    return mark.x - {"start": 0.0, "middle": width / 2, "end": width}[mark.anchor]


def _right(mark: TextMark) -> float:
    return _left(mark) + text_width(mark.text, mark.font, mark.size)
