"""The bare feed-forward network: rows of units, their lines, and what each row is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.neurons import bare_steps
from lstmviz.figures.neurons import description as neurons_said
from lstmviz.figures.neurons.description import of
from lstmviz.figures.neurons.draw import Units, draw_units, fan
from lstmviz.figures.neurons.options import NeuronsOptions
from lstmviz.figures.neurons.plan import Row, Still, feed_forward, shown_units
from lstmviz.figures.neurons.unrolled import layer_of
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare
from lstmviz.figures.shared.claimed import unit as named_unit
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Tint, stroke_of
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import message

ROWS, UNITS = 4, 5
"""So many rows, and so many places in each, say it."""
NAMES = (10.0, 9.0, 8.0)
"""The sizes of units' names, the best first, pt."""
RADIUS, PITCH, RISE, MORE = 10.0, 30.0, 66.0, 44.0
"""Of a unit; from one to the next, from one row to the next, and more where rows are left out, pt."""
SPREAD = 44.0
"""From one unit to the next at most, as far as a slide has room for that, pt."""
WORDS = 74.0
"""The room at the left for what a row is, pt."""
FAINT = Tint("param.stroke", "ground", 0.35)


def unable(subject: Subject) -> str | None:
    """Why a model has no bare network of units, or None."""
    if not subject.trace.recurrent and feed_forward(subject).stopped is not None:
        return "detail: low draws networks of linear layers alone"
    return None


def compose(subject: Subject, options: NeuronsOptions, page: Page) -> Draft:
    """One network, or one per step."""
    if subject.trace.recurrent:
        return bare_steps.compose(subject, layer_of(subject, options), options, page)
    return _one(subject, options, page)


def _one(subject: Subject, options: NeuronsOptions, page: Page) -> Draft:
    """The input below, the output above, the first hidden layers and the last one between."""
    chain = feed_forward(subject)
    total = len(chain.rows)
    shown = range(total) if total <= ROWS else (0, 1, total - 2, total - 1)
    canvas, placed, y = Canvas(), dict[int, Units](), 0.0
    still = Still(canvas, chain, options, page, tuple(shown), RADIUS)
    pitch = PITCH
    if page.height is not None:
        pitch = max(PITCH, min(SPREAD, (page.inner - 4 - WORDS - 2 * RADIUS) / (UNITS - 1)))
    middle = WORDS + (UNITS - 1) / 2 * pitch + RADIUS
    for before, index in zip((None, *shown), shown, strict=False):
        y -= 0.0 if before is None else RISE + (MORE if index > before + 1 else 0.0)
        row = chain.rows[index]
        units = Units(row.id, row.role, shown_units(row.size, UNITS), (middle, y), pitch, RADIUS)
        placed[index] = units
        draw_units(canvas, units, _named(still, units, index), tensor=row.tensor.name, shape=row.tensor.sizes)
        _word(canvas, row, of(chain, index), y, None in units.shown)
    for low, high in pairwise(shown):
        below, above = placed[low], placed[high]
        if high == low + 1:
            fan(canvas, below.top(), above.foot(), stroke=FAINT, line=0.9)
            ends = ((WORDS - 22, below.middle[1] - 15.0), (WORDS - 22, above.middle[1] + 17.0))
            canvas.line(ends, line=1.2, head=6.0, role="axis")
        else:
            at = (below.middle[1] + above.middle[1]) / 2
            canvas.dots(middle, at, MUTED, down=True, gap=8, r=1.8)
            said = message("neurons.few", n=high - low - 1, drawn=len(shown))
            bare.say(canvas, said, (middle + 12, at + 3.5), "start")
    return Draft(canvas, neurons_said.describe(chain))


def _named(s: Still, units: Units, index: int) -> Callable[[int], TextLine | None]:
    """The names of a row's units, all of one size; none where the last one's would not stand in it."""
    base, sup = s.letter(index)
    count = s.row(index).size
    for size in NAMES:
        if named_unit(base, count, count, size, sup).width <= 2 * units.reach - 4:
            return lambda unit: named_unit(base, unit, count, size, sup)
    return lambda _: None


def _word(canvas: Canvas, row: Row, stage: str, y: float, more: bool) -> None:
    """What a row is, and how many units it has where not all are drawn."""
    what = {"input": "input", "output": "output"}.get(row.role, "hidden-layer")
    bare.say(
        canvas,
        message(f"neurons.{what}", of=stage),
        (WORDS - 8, y + (-2.0 if more else 3.5)),
        "end",
        tint=stroke_of(row.role),
    )
    if more:
        unit = "values" if row.role == "input" else "units"
        said = message(f"neurons.{unit}", n=row.size, of=stage)
        bare.say(canvas, said, (WORDS - 8, y + 10.0), "end")
