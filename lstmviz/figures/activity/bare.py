"""The bare maps of activity: the input below, the states above it, all over one axis of time."""

from __future__ import annotations

from lstmviz.figures.activity import curves
from lstmviz.figures.activity.measured import (
    ROLES,
    ActivityOptions,
    Panel,
    aloud,
    empty,
    map_of,
    measured,
    panels_of,
    shorter,
    with_signs,
)
from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare, plots
from lstmviz.figures.shared.parts import call, made, pick
from lstmviz.network.values.data import Activity
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, stroke_of
from lstmviz.translation.messages import Message, message

SHOWN = "hcx"
"""The maps, from the top."""
UNIT, LOW, HIGH = 4.0, 27.0, 56.0
"""The height of a unit where there is room, and of a map at least and at most, pt."""
WIDE, STEP = 210.0, 46.0
"""The greatest width of a map and of a step, pt."""
APART, NUMBER, BAR = 14.0, 9.0, 10.0
"""Between two maps; the size of numbers; the width of a bar of shades, pt."""
ASIDE = 124.0
"""The room of the names at the left, and of the bars at the right, pt."""


def compose(subject: Subject, options: ActivityOptions, page: Page) -> Draft:
    """The states over the input that moved them, step under step."""
    found = measured(subject, options)
    part = pick("activity", subject, options, narrow=page.narrow)
    by_letter = {panel.letter: panel for panel in panels_of(found, options)}
    wide = min(STEP * found.steps, WIDE, page.inner - ASIDE)
    shown = [by_letter[letter] for letter in SHOWN if letter in by_letter]
    panels = with_signs(shown, found.steps, lambda panel: (wide, _high(panel)))
    told = shorter(found, part.layer)
    canvas, y = Canvas(), 0.0
    for one in told:
        bare.say(canvas, one, (0.0, -7.0), "start")
    for panel in panels:
        if panel.curved:
            high = curves.high_of(len(panel.units), size=NUMBER)
            box = curves.draw(canvas, panel, found, (0.0, y, wide), size=NUMBER, bare=True)
        else:
            high = _high(panel)
            box = (0.0, y, wide, y + high)
            heat = map_of(panel, found, box)
            canvas.plot(heat)
            plots.separated(canvas, heat)
            canvas.box(box, stroke=INK, line=1.0, z=12)
            plots.bar(canvas, heat, (wide + 9, y, wide + 9 + BAR, y + high), size=NUMBER, bare=True)
        role = ROLES[panel.letter]
        middle = y + high / 2 + 3.5
        bare.say(canvas, _named(panel), (-9.0, middle - bare.LEAD / 2), "end", tint=stroke_of(role))
        bare.say(canvas, _counted(panel, found), (-9.0, middle + bare.LEAD / 2 + 1), "end")
        y += high + APART
    low = plots.along(canvas, box, found.steps, (), size=NUMBER)
    end = max(wide, 60.0)
    bare.time_axis(canvas, 0.0, end, low + 10.0)
    if empty(found, panels):
        plots.nothing(canvas, end + 9, low + 4.0, side=BAR, size=bare.WORD)
    return Draft(canvas, aloud(found, panels, options), call(part.layer), (made(part.layer),))


def _high(panel: Panel) -> float:
    """Return the height of a map, pt."""
    return min(HIGH, max(LOW, UNIT * len(panel.units)))


def _named(panel: Panel) -> Message:
    return message("bare.input") if panel.letter == "x" else message(f"bare.state-{panel.letter}")


def _counted(panel: Panel, found: Activity) -> Message:
    """How many rows a map has, and how many there are."""
    count = found.features if panel.letter == "x" else dict(found.units)[panel.letter]
    rows, of = len(panel.units), "features" if panel.letter == "x" else "units"
    if rows < count:
        return message(f"activity.some-{of}", n=rows, count=count, letter=panel.letter)
    return message(f"activity.all-{of}", n=rows, letter=panel.letter)
