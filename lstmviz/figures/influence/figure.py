"""Kind `influence`: how much each input step moves each output step, and how far states carry it.

The map is ‖∂y_t/∂x_s‖: a row for each step of the result, a column for each step of the input; what is
exactly zero is left empty. Under it are the norms of ∂h_T/∂h_t and ∂c_T/∂c_t of every layer, step by step.
Ids: the map is ``map``, its bar ``map.bar``, the curves ``h.l0.fwd``, ``c.l0.fwd`` and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import Draft, Kind
from lstmviz.figures.influence import bare
from lstmviz.figures.influence.chart import chart, drawn_curves
from lstmviz.figures.influence.measured import (
    InfluenceOptions,
    aloud,
    draw_map,
    letter_of,
    measured,
    refuse,
    told,
)
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import over
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK
from lstmviz.scene.labels import asserted, code, letters, math, row
from lstmviz.translation.messages import literal, message

if TYPE_CHECKING:
    from lstmviz.figures.base import Subject
    from lstmviz.figures.influence.measured import Seen
    from lstmviz.figures.pages import Page
    from lstmviz.scene.items import Box
    from lstmviz.scene.labels import Inline

SIDE, NARROW_SIDE = 230.0, 150.0
"""The greatest side of the map, pt."""
NAMES = 62.0
"""The most that the names of steps take at the left, pt."""
LEAST_ROW = 15.0
"""A map of one row is at least so high, pt."""


def compose(subject: Subject, options: InfluenceOptions, page: Page) -> Draft:
    """Place the map with its bar, the curves under it, and what is said of both."""
    seen = measured(subject, options)
    canvas, found = Canvas(), seen.found
    names = plots.names_of(subject, options.sample, found.columns)
    side = min(NARROW_SIDE if page.narrow else SIDE, page.inner - 82)
    cell = side / max(found.columns, found.rows, 5)
    box: Box = (0.0, 0.0, cell * found.columns, max(LEAST_ROW, cell * found.rows))
    heat = draw_map(canvas, seen, box, line=0.8)
    rows = plots.beside_names(names if found.rows == found.columns else [], found.rows, cell, NAMES)
    plots.down(canvas, box, found.rows, rows)
    low = plots.along(canvas, box, found.columns, names)
    right = _titles(canvas, seen, box, low)
    plots.bar(canvas, heat, (right, 0.0, right + plots.BAR, max(60.0, min(box[3] - 22, 150.0))))
    if not all(heat.values):
        plots.nothing(canvas, right, max(68.0, min(box[3] - 14, 158.0)))
    foot = max(low + 12, 78.0)
    curves = drawn_curves(seen.carried, options.layer, options.state)
    if curves:
        layer = next(one for one in subject.trace.recurrent if one.name == curves[0].layer)
        foot = chart(
            canvas, curves, layer, (box[0], foot + 26), cell,
            sample=options.sample, narrow=page.narrow, walls=found.walls,
        )  # fmt: skip
    left, top = min(0.0, canvas.extent()[0]), canvas.extent()[1]
    heading = list(plots.paragraphs([message("influence.heading")], page.inner, 8, INK))
    for at, line in enumerate(reversed(heading)):
        canvas.text(line, left, top - 7 - 11 * at)
    for line in plots.paragraphs(told(seen, curves), page.inner):
        foot += 10.5
        canvas.text(line, left, foot)
    return Draft(canvas, aloud(seen, curves))


def _quotient(one: Inline, other: Inline) -> Inline:
    bars = letters("‖", 9)
    return row(bars, letters("∂", 9), one, letters("/", 9), letters("∂", 9), other, bars)


def _titles(canvas: Canvas, seen: Seen, box: Box, low: float) -> float:
    """Name the axes and what the shades are; give where the bar begins."""
    found = seen.found
    letter = letter_of(seen.subject, found.of)
    about, end = ({"of": found.of}, f"-{letter}") if letter else ({"of": literal(found.of)}, "")
    put = {"t": math("t", size=9.5), "y": math("y", size=9.5), "output": code("output", 8)}
    rows = mixed(message(f"influence.rows{end}", **about), gap=4, put=put)
    canvas.text(rows, box[0], box[1] - 6, role="axis")
    read = message("influence.columns", read=literal(found.read))
    columns = mixed(read, gap=4, put={"s": math("s", size=9.5)})
    canvas.text(columns, box[0], low + 10, role="axis")
    title = _quotient(math(letter or found.of, "t", size=9.5), math("x", "s", size=9.5))
    title = title.claiming(asserted(message(f"influence.map{end}", **about)))
    right = max(box[2] + 16, box[0] + max(rows.width, columns.width) + 12)
    over(canvas, title, max(right + plots.BAR / 2, right - 8 + title.width / 2), box[1] - 5)
    return right


INFLUENCE = Kind(
    "influence",
    "how much each input step moves each output step, measured, and how far h and c carry it",
    InfluenceOptions,
    compose,
    refuse,
    bare=bare.compose,
    shown_bare=frozenset({"of", "sample", "norm"}),
    frames=("time",),
    measured=True,
)
