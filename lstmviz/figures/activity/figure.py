"""Kind `activity`: the gates and states of one layer over time, for one sample, as maps of shades.

Units go down, steps to the right. Ids: each map has the letter of what it shows (``i f g o c h``, ``x`` for
the input) and its bar ``i.bar``. What was computed gate by gate equals the module's own states to 1e-5, or is
refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.activity import bare
from lstmviz.figures.activity.measured import (
    ROLES,
    ActivityOptions,
    aloud,
    map_of,
    measured,
    panels_of,
    told,
    unable,
)
from lstmviz.figures.base import Draft, Kind
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.claimed import symbol
from lstmviz.figures.shared.parts import call, made, pick
from lstmviz.layout.boxes import Item, grid, lines, stack
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, stroke_of
from lstmviz.scene.labels import row, words
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.activity.measured import Panel
    from lstmviz.figures.base import Subject
    from lstmviz.figures.pages import Page
    from lstmviz.network.values.data import Activity

HIGH = (26.0, 64.0)
"""The least and the greatest height of a map, pt."""
UNIT = 3.2
"""The height of a unit where there is room, pt."""
AROUND, ABOUT = 34.0, 135.0
"""What stands around a map in a column of them, and about all of them: title, whose they are, foot, pt."""
LEFT, RIGHT = 22.0, 40.0
"""The room for the numbers of units, and for a bar with its numbers, pt."""


def compose(subject: Subject, options: ActivityOptions, page: Page) -> Draft:
    """Place a map for the input, for each gate and for each state, and what is said of them."""
    found = measured(subject, options)
    part = pick("activity", subject, options, narrow=page.narrow)
    panels = list(panels_of(found, options))
    across = 1 if page.narrow or found.steps == 1 else 2
    room = (page.inner - (across - 1) * 18) / across
    names = plots.names_of(subject, options.sample, found.steps)
    rows = -(-len(panels) // across)
    most = min(HIGH[1], max(HIGH[0], ((page.most or 1e4) - ABOUT) / rows - AROUND))
    items = [_drawn(panel, found, options, (room - LEFT - RIGHT, most), names) for panel in panels]
    cells = [items[at : at + across] for at in range(0, len(items), across)]
    cells[-1] += [Item(0.0, 0.0, lambda _canvas, _x, _y: None)] * (across - len(cells[-1]))
    foot = plots.paragraphs(told(found, panels, options), page.inner)
    way = f"-{found.direction}" if part.layer.bidirectional else ""
    whose = message(f"activity.whose{way}", depth=found.depth, sample=options.sample)
    whole = stack(
        lines(words(whose, 8), step=10.5), grid(cells, (18.0, 10.0)), lines(*foot, step=10.5), gap=8
    )
    canvas = Canvas()
    whole.place(canvas)
    return Draft(canvas, aloud(found, panels, options), call(part.layer), (made(part.layer),))


def _drawn(
    panel: Panel, found: Activity, options: ActivityOptions, room: tuple[float, float], names: Sequence[str]
) -> Item:
    """Return a map with its name over it, its units, its steps and its bar, in so much width and height."""
    rows, (wide, most) = len(panel.units), room
    high = min(most, max(HIGH[0], UNIT * rows))
    steps = found.steps
    cells = min(wide / steps, 46.0)
    role = ROLES.get(panel.letter, "gate")
    name = symbol(panel.letter, size=10, tint=stroke_of(role))
    title = row(name, words(message(f"activity.{panel.letter}"), 7, tint=MUTED), gap=4)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        box = (x + LEFT, y + 13, x + LEFT + cells * steps, y + 13 + high)
        canvas.text(title, box[0], y + 9, role=role)
        heat = map_of(panel, found, options, box)
        canvas.plot(heat)
        canvas.box(box, stroke=INK, line=0.7, z=12)
        plots.bar(canvas, heat, (box[2] + 8, box[1], box[2] + 8 + plots.BAR, box[3]))
        if options.order == "index":
            plots.down(canvas, box, rows, first=0)
        plots.along(canvas, box, steps, names)

    return Item(LEFT + cells * steps + RIGHT, 13 + high + 11, draw)


ACTIVITY = Kind(
    "activity",
    "the gates and states of one layer over time, unit by unit, for one sample",
    ActivityOptions,
    compose,
    unable,
    bare=bare.compose,
    shown_bare=frozenset({"of", "layer", "direction", "sample", "order"}),
    frames=("time",),
    measured=True,
)
