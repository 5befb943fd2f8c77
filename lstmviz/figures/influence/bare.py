"""The bare map of influence: which step of the input moves which step of the output, in words."""

from __future__ import annotations

from lstmviz.figures.base import Draft, Subject
from lstmviz.figures.influence.measured import WALL, InfluenceOptions, Seen, aloud, draw_map, measured
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare, plots
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, Box, Point, stroke_of
from lstmviz.scene.plots import Heat
from lstmviz.translation.messages import message, user_text

SIDE, LOW = 150.0, 24.0
"""The greatest side of the map, and the least height of a row alone, pt."""
ASIDE, LEFT = 150.0, 70.0
"""The room of the words at both sides, and at the left alone, pt."""
WIDER = 300.0
"""On a page no wider than this the shades stand under the map, pt."""
NUMBER, WIDE, UNDER = 9.0, 12.0, 18.0
"""The size of the steps' numbers, the width of the bar, and from one word under it to the next, pt."""


def compose(subject: Subject, options: InfluenceOptions, page: Page) -> Draft:
    """The map, its axes in words, and what dark and white mean."""
    seen = measured(subject, options)
    canvas, found = Canvas(), seen.found
    aside = page.width * page.scale > WIDER
    cell = min(SIDE, page.inner - (ASIDE if aside else LEFT)) / max(found.columns, found.rows, 3)
    box: Box = (0.0, 0.0, cell * found.columns, max(LOW, cell * found.rows))
    heat = draw_map(canvas, seen, box, line=1.0)
    plots.down(canvas, box, found.rows, size=NUMBER)
    low = plots.along(canvas, box, found.columns, (), size=NUMBER)
    _axes(canvas, seen, box, low)
    x, y = (_beside if aside else _below)(canvas, heat, low + bare.LEAD + 12.0)
    if found.walls:
        canvas.line([(x, y + WIDE / 2), (x + WIDE, y + WIDE / 2)], stroke=INK, line=WALL)
        bare.say(canvas, message("influence.cut"), (x + WIDE + 4, y + WIDE / 2 + 3.7), "start")
    return Draft(canvas, aloud(seen))


def _beside(canvas: Canvas, heat: Heat, _low: float) -> Point:
    """The shades at the right, dark on top; gives the place for what comes under them."""
    x, y = heat.box[2] + 18.0, min(max(heat.box[3] - 24.0, 30.0), 90.0)
    plots.bar(canvas, heat, (x, 0.0, x + WIDE, y), bare=True)
    bare.say(canvas, message("influence.much"), (x + WIDE + 6, 9.0), "start")
    bare.say(canvas, message("influence.little"), (x + WIDE + 6, y - 1.0), "start")
    if not all(heat.values):
        _nothing(canvas, x, y + 8.0)
    return x, y + 8.0 + UNDER * (not all(heat.values))


def _below(canvas: Canvas, heat: Heat, low: float) -> Point:
    """The shades under the map, dark at the right; gives the place for what comes under them."""
    middle = (heat.box[0] + heat.box[2]) / 2
    bar: Box = (middle - 17.0, low, middle + 17.0, low + WIDE)
    plots.bar(canvas, heat, bar, lying=True, bare=True)
    bare.say(canvas, message("influence.little"), (bar[0] - 6, low + 9.5), "end")
    bare.say(canvas, message("influence.much"), (bar[2] + 6, low + 9.5), "start")
    if not all(heat.values):
        _nothing(canvas, bar[0], low + WIDE + 8.0)
    return bar[0], low + WIDE + 8.0 + UNDER * (not all(heat.values))


def _nothing(canvas: Canvas, x: float, y: float) -> None:
    plots.nothing(canvas, x, y, side=WIDE, size=bare.WORD, said=message("influence.none"))


def _axes(canvas: Canvas, seen: Seen, box: Box, low: float) -> None:
    """Name what is read and what is moved: the model's own output, or the stage by its name."""
    subject, found = seen.subject, seen.found
    last = found.of == subject.trace.stages[-1].name
    said = message("influence.output-step") if last else message("influence.of-step", of=user_text(found.of))
    middle = (box[1] + box[3]) / 2 + 3.5 - bare.LEAD / 2
    bare.say(canvas, said, (box[0] - 22.0, middle), "end", tint=stroke_of("output" if last else "hidden"))
    read = message("influence.input-step")
    bare.say(canvas, read, ((box[0] + box[2]) / 2, low + bare.LEAD), tint=stroke_of("input"))
