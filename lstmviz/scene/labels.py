"""Laid-out text: words, API names, math with stacked scripts, shape tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Literal

from lstmviz.records import record
from lstmviz.scene.breaking import clauses as clauses  # noqa: PLC0414  (the figures take them from here)
from lstmviz.scene.breaking import shorten as shorten  # noqa: PLC0414
from lstmviz.scene.breaking import wrap as wrap  # noqa: PLC0414
from lstmviz.scene.claims import Claim, claim
from lstmviz.scene.items import INK, Anchor, Box, Font, Label, Run, Tint
from lstmviz.scene.metrics import CJK, text_width
from lstmviz.translation.messages import Message, bare

ASCENT: dict[Font, float] = {"sans": 0.73, "bold": 0.73, "mono": 0.73, "roman": 0.67, "italic": 0.67}
"""Height of a capital above the baseline, in em."""
DESCENT = 0.22
"""Depth of a p below the baseline, in em; counts for overlap, not for centring."""
SCRIPT, DROP, RISE = 0.70, 0.25, 0.40
"""Size of sub- and superscripts, how far they drop and rise, in em of the base."""
SHORT = frozenset("acemnorsuvwxyz")
"""Letters without an ascender: an arrow over them sits lower."""

ShapeMode = Literal["both", "symbols", "numbers", "off"]


@record(frozen=True, slots=True)
class TextLine:
    """A line of text laid out from x = 0 on the baseline y = 0, in pt.

    `ascent` and `descent` are what counts for centring in a box. `means` is the
    English of a text that was translated, `claims` what it asserts of the model.
    """

    text: str
    runs: tuple[Run, ...]
    width: float
    ascent: float
    descent: float = 0.0
    means: str = ""
    claims: tuple[Claim, ...] = ()

    def at(self, x: float, y: float, anchor: Anchor = "start") -> Label:
        """The label with its baseline at y and x as its start, middle or end."""
        if len(self.runs) == 1 and self.runs[0].x == 0:
            one = self.runs[0]
            moved = Run(x, one.y + y, one.text, one.font, one.size, anchor, one.tint)
            return Label(self.text, (moved,), self.means, self.claims)
        left = x - {"start": 0.0, "middle": self.width / 2, "end": self.width}[anchor]
        return Label(self.text, _shifted(self.runs, left, y), self.means, self.claims)

    def centred(self, box: Box) -> Label:
        """The label in the middle of a box."""
        x0, y0, x1, y1 = box
        return self.at((x0 + x1) / 2, (y0 + y1) / 2 + (self.ascent - self.descent) / 2, "middle")

    def tinted(self, tint: Tint) -> TextLine:
        """The same in another colour."""
        return replace(self, runs=tuple(replace(r, tint=tint) for r in self.runs))

    def claiming(self, *claims: Claim) -> TextLine:
        """The same, asserting these of the model as well."""
        every = (*self.claims, *claims)
        return TextLine(self.text, self.runs, self.width, self.ascent, self.descent, self.means, every)


EMPTY = TextLine("", (), 0.0, 0.0)


def words(text: str | Message, size: float = 7, *, font: Font = "sans", tint: Tint = INK) -> TextLine:
    """A run of one font: a text as it is, or a message in the reader's language."""
    if isinstance(text, Message):
        run = Run(0.0, 0.0, text.text, font, size, "start", tint)
        means = text.english if text.english != text.text else ""
        claims = tuple(map(asserted, text.messages())) if text.text else ()
        width = text_width(text.text, font, size)
        return TextLine(text.text, (run,), width, ASCENT[font] * size, means=means, claims=claims)
    run = Run(0.0, 0.0, text, font, size, "start", tint)
    return TextLine(text, (run,), text_width(text, font, size), ASCENT[font] * size)


def asserted(said: Message) -> Claim:
    """What a message, or a part of it, asserts; a text of the user's own is `own`, and asserts nothing."""
    shown = bare(said.text.removesuffix("…"))
    span = (said.start, said.start + len(shown))
    if not said.id:
        return Claim("own", shown, (("span", span),))
    return Claim("sentence", shown, (("id", said.id), ("given", said.given), ("span", span)))


def wide(text: str | Message, size: float, font: Font = "sans") -> float:
    """How wide `words` will be, pt."""
    return text_width(text.text if isinstance(text, Message) else text, font, size)


def code(text: str, size: float = 7, *, tint: Tint = INK) -> TextLine:
    """An API name or an expression in code, mono."""
    return words(text, size, font="mono", tint=tint)


@lru_cache(1 << 12, typed=True)
def letters(text: str, size: float, *, tint: Tint = INK) -> TextLine:
    """Math on one line: Latin letters italic, everything else upright."""
    runs: list[Run] = []
    x = 0.0
    for italic, chars in groupby(text.replace("-", "−"), lambda c: c.isascii() and c.isalpha()):
        part, font = "".join(chars), "italic" if italic else "roman"
        runs.append(Run(x, 0.0, part, font, size, "start", tint))  # type: ignore[arg-type]
        x += text_width(part, font, size)  # type: ignore[arg-type]
    return TextLine(text, tuple(runs), x, ASCENT["italic"] * size)


@lru_cache(1 << 12, typed=True)
def math(
    base: str, sub: str = "", sup: str = "", *, arrow: str = "", size: float = 9.5, tint: Tint = INK
) -> TextLine:
    """A variable with stacked scripts; `arrow` is ``→`` or ``←`` over it.

    Scripts start at the same x, as in print, since a browser's own
    ``baseline-shift`` neither stacks nor works everywhere.
    """
    body = letters(base, size, tint=tint)
    height = (0.45 if base in SHORT else 0.68) * size
    runs, shift, over = list(body.runs), 0.0, 0.0
    stem = letters(base.rstrip("′"), size).width
    if arrow:  # over the letter, not over its prime
        tip = max(5.2, stem / 0.838)
        x = stem / 2 - 0.838 * tip / 2 + 0.06 * size
        runs.append(Run(x, -height + 0.315 * tip - 0.2 * size, arrow, "sans", tip, "start", tint))
        over = height + 0.2 * size + 0.2 * tip
        shift = max(0.0, x + 0.838 * tip - body.width - 0.04 * size)
    text, right, top, below = base, body.width + shift, height, 0.0
    if sub:
        low = letters(sub, size * SCRIPT, tint=tint)
        runs += _shifted(low.runs, stem + 0.02 * size, DROP * size)  # below the prime, where there is one
        text, right, below = f"{text}_{sub}", max(right, stem + low.width), DROP * size
    if sup:
        high = letters(sup, size * SCRIPT, tint=tint)
        runs += _shifted(high.runs, body.width + shift + 0.05 * size, -RISE * size)
        text, right = f"{text}^{sup}", max(right, body.width + shift + high.width + 0.03 * size)
        top = RISE * size + ASCENT["roman"] * size * SCRIPT
    return TextLine(
        _arrowed(text, arrow), tuple(runs), right + 0.04 * size, max(top, over, 0.5 * size), below
    )


def _arrowed(text: str, arrow: str) -> str:
    return f"{arrow}{text}" if arrow else text


def _shifted(runs: Sequence[Run], dx: float, dy: float) -> tuple[Run, ...]:
    return tuple([Run(r.x + dx, r.y + dy, r.text, r.font, r.size, r.anchor, r.tint) for r in runs])


def row(*parts: TextLine, gap: float = 0.0) -> TextLine:
    """Parts side by side on one baseline, `gap` pt apart."""
    runs: list[Run] = []
    x = 0.0
    live = [p for p in parts if p.runs]
    for i, part in enumerate(live):
        x += gap if i else 0.0
        runs += _shifted(part.runs, x, 0.0)
        x += part.width
    between = " " if gap else ""
    return TextLine(
        between.join(p.text for p in live),
        tuple(runs),
        x,
        max((p.ascent for p in live), default=0.0),
        max((p.descent for p in live), default=0.0),
        between.join(p.means or p.text for p in live) if any(p.means for p in live) else "",
        tuple(claim for p in live for claim in p.claims),
    )


def stacked(lines: Sequence[TextLine], pitch: float) -> TextLine:
    """Lines below one another, each in the middle: a label of a box."""
    wide = max(line.width for line in lines)
    runs = tuple(
        replace(run, x=run.x + (wide - line.width) / 2, y=run.y + i * pitch)
        for i, line in enumerate(lines)
        for run in line.runs
    )
    below = pitch * (len(lines) - 1)
    return TextLine(
        " ".join(line.text for line in lines),
        runs,
        wide,
        lines[0].ascent,
        below + lines[-1].descent,
        " ".join(line.means or line.text for line in lines),
        tuple(claim for line in lines for claim in line.claims),
    )


def shape(
    symbols: Sequence[str],
    sizes: Sequence[int],
    *,
    mode: ShapeMode = "both",
    size: float = 9,
    tint: Tint = INK,
    of: str = "",
    stage: str = "",
    means: Sequence[str] = (),
) -> TextLine:
    """A shape tag: ``(N, T, H) = (6, 5, 16)``, or a half of it.

    It asserts that the tensor `of` (or some tensor, if none is named) of a `stage` has it;
    `means` are its symbols where `symbols` are a reader's own letters for them.
    """
    numbers = _tuple([str(n) for n in sizes])
    names = _tuple(list(symbols))
    said = "numbers" if mode == "both" and names == numbers else mode
    text = {"both": f"{names} = {numbers}", "symbols": names, "numbers": numbers, "off": ""}[said]
    if not text:
        return EMPTY
    facts = {"symbols": tuple(means or symbols), "written": tuple(symbols), "sizes": tuple(sizes)}
    return letters(text, size, tint=tint).claiming(
        claim("shape", text, tensor=of, of=stage, said=said, **facts)
    )


def _tuple(parts: list[str]) -> str:
    """Python's own way to write a tuple: ``(6,)`` for one axis."""
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


_IDEOGRAPH = re.compile(f"[{CJK}]")
TALL = 0.85
"""Height of a Chinese character above the baseline, in em."""


def run_box(run: Run) -> Box:
    """Where a run's ink may be."""
    width = text_width(run.text, run.font, run.size)
    ascent = TALL if not run.text.isascii() and _IDEOGRAPH.search(run.text) else ASCENT[run.font]
    x = run.x if run.anchor == "start" else run.x - (width / 2 if run.anchor == "middle" else width)
    return (x, run.y - ascent * run.size, x + width, run.y + DESCENT * run.size)
