"""The feed-forward network, unit by unit: rows from the input up to the output."""

from __future__ import annotations

from itertools import pairwise

from lstmviz.figures.base import Draft, Options, Subject, refuse_more
from lstmviz.figures.neurons import description as neurons_said
from lstmviz.figures.neurons.draw import Units, draw_units, spread
from lstmviz.figures.neurons.plan import Still, feed_forward, shown_units
from lstmviz.figures.pages import Page
from lstmviz.figures.shared.claimed import lettered, result
from lstmviz.figures.shared.claimed import unit as named_unit
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import TextLine, letters, words
from lstmviz.translation.messages import message

MOST_ROWS = 6
"""More rows than this, and the middle ones are left out."""


def compose(subject: Subject, options: Options, page: Page) -> Draft:
    """Place a chain of linear layers."""
    chain, never = feed_forward(subject), options.whole
    total = len(chain.rows)
    shown = tuple(range(total)) if total <= MOST_ROWS or never else (0, 1, 2, total - 2, total - 1)
    s = Still(Canvas(), chain, options, page, shown, 9.0 if page.narrow else 10.5)
    left, right = neurons_said.left_width(s), neurons_said.right_width(s) if s.wide else 0.0
    span = page.inner - left - right - (32 if s.wide else 16) - 2 * s.r
    units, pitch = _fitted(s, span)
    widest = (max(len(u) for u in units) - 1) * pitch
    centre = left + (14 if s.wide else 10) + s.r + widest / 2
    if page.fixed:
        centre = max(centre, left + 14 + s.r + span / 2)
    placed = _place(s, dict(enumerate(units)), centre, pitch)
    _between(s, placed)
    neurons_said.titles(s, placed)
    if s.wide:
        neurons_said.equations(
            s, placed, max(centre + widest / 2 + s.r + 16, page.inner - right if page.fixed else 0)
        )
    neurons_said.below(s, placed)
    return Draft(s.canvas, neurons_said.describe(chain))


def _fitted(s: Still, span: float) -> tuple[list[tuple[int | None, ...]], float]:
    """As many units of every row as stand in `span` pt beside each other, and their distance."""
    least, usual = 2 * s.r + 3, 40.0 if s.wide else 29.0
    sizes = [entry.size for entry in s.chain.rows]
    if s.options.whole:
        refuse_more("neurons", sum(a * b for a, b in pairwise(sizes)), "lines")
        return [shown_units(size, size) for size in sizes], usual
    slots = max(3, min(8 if s.wide else 6, int(span / least) + 1))
    units = [shown_units(size, slots) for size in sizes]
    widest = max(len(u) for u in units)
    return units, max(least, min(usual, span / max(1, widest - 1)))


def _place(
    s: Still, units: dict[int, tuple[int | None, ...]], centre: float, pitch: float
) -> dict[int, Units]:
    """The rows of units, the lowest at y = 0."""
    placed: dict[int, Units] = {}
    y = 0.0
    for before, index in zip((None, *s.shown), s.shown, strict=False):
        if before is not None:
            y -= _gap(s, before, index)
        entry = s.row(index)
        placed[index] = Units(entry.id, entry.role, units[index], (centre, y), pitch, s.r)
        base, sup = s.letter(index)

        def name(unit: int, base: str = base, sup: str = sup, count: int = entry.size) -> TextLine:
            if count == 1 and base == "y" and not sup:
                return result(9.0)
            for size in (9.0, 8.0, 7.2):
                label = named_unit(base, unit, count, size, sup)
                if label.width <= 2 * s.r - 2.5:
                    return label
            return lettered(letters(base, 9))

        draw_units(s.canvas, placed[index], name, tensor=entry.tensor.name, shape=entry.tensor.sizes)
    return placed


def _gap(s: Still, before: int, index: int) -> float:
    """From one row to the next: room for what stands between them on the left."""
    if index > before + 1:
        return 56.0
    lines = len(neurons_said.operation(s, index))
    least = 92.0 if s.wide and len(s.shown) < 4 else 76.0 if s.wide else 70.0
    return max(least, 34.0 + neurons_said.LINE * lines + (9 if s.options.shapes != "off" else 0))


def _between(s: Still, placed: dict[int, Units]) -> None:
    """The weights: all lines between two rows; one unit's are pointed out."""
    for below, above in pairwise(s.shown):
        low, high = placed[below], placed[above]
        if above > below + 1:
            y = (low.middle[1] + high.middle[1]) / 2
            s.canvas.dots(low.middle[0], y, MUTED, down=True, gap=6, r=1.4)
            said = message("neurons.more", n=above - below - 1, drawn=len(s.shown))
            s.canvas.text(words(said, 7, tint=MUTED), low.middle[0] + 10, y + 2.5)
            continue
        bold = [high.id(high.marked)] if above == 1 and high.marked else []
        spread(s.canvas, low, high, bold)
