"""Kind `rolled`: one recurrent layer, drawn once with its loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmviz.figures.base import Draft, Kind, Subject, shape_tag
from lstmviz.figures.chain import bare, descriptions, loop, ports
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import along_time, own, parts
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import Part
from lstmviz.figures.shared.second_input import read_beside
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, stroke_of
from lstmviz.translation.messages import message

BETWEEN = 24.0
"""Free space between the two directions, and before the words beside one, pt."""


def compose(subject: Subject, options: parts.OneLayer, page: Page) -> Draft:
    """The cell with its loops, and the facts under it; beside it where there is room."""
    part = parts.pick("rolled", subject, options, narrow=page.narrow, loops=True)
    canvas = Canvas()
    two = part.layer.bidirectional
    width = page.inner - 3 if two else min(page.inner - 3, 240.0)
    box = panels(canvas, part, width)
    told = {"rolled": True, "said": read_beside(subject.trace, part.layer)}
    if page.narrow or two:
        descriptions.of(part).below(
            canvas, [part], box[3] + 19, max(width, box[2] - box[0]), x0=min(0.0, box[0]), **told
        )
    else:
        _beside(canvas, part, page.inner - 3 - (box[2] - box[0]) - BETWEEN, told)
    told_of = descriptions.of(part)
    return Draft(canvas, told_of.rolled(part), *told_of.subtitle(part))


def _beside(canvas: Canvas, part: Part, room: float, told: Mapping[str, Any]) -> None:
    """The facts at the right of the loop, on the level of the cell."""
    beside = Canvas()
    descriptions.of(part).below(beside, [part], 0.0, room, **told)
    _, top, _, low = beside.extent()
    beside.move(canvas.extent()[2] + BETWEEN, -(top + low) / 2)
    canvas.merge(beside)


def panels(canvas: Canvas, part: Part, width: float) -> Box:
    """One rolled cell per direction, centred on `width`: side by side if they fit, else stacked."""
    first = loop.loop(part, ports.lanes(part.layer)[0], (0.0, 0.0))
    beside = 4 * first.half + BETWEEN <= width
    for i, lane in enumerate(ports.lanes(part.layer)):
        x, y = width / 2, 172.0 * i
        if beside and part.layer.bidirectional:
            x, y = width / 2 + (i - 0.5) * (2 * first.half + BETWEEN), 0.0
        it = loop.loop(part, lane, (x, y))
        loop.draw(canvas, it)
        if part.layer.bidirectional:
            word = along_time.direction(part.layer, lane, 8)
            canvas.text(word, x - it.half, y + it.rows[0] + 3)
    if beside and part.layer.bidirectional and part.top:
        _joined(canvas, part, (width / 2, first.half + BETWEEN / 2, first.rows[0] - parts.CHIP / 2))
    return canvas.extent()


def _joined(canvas: Canvas, part: Part, at: tuple[float, float, float]) -> None:
    """What both directions give at a step is one step of `output`: a line over both, with its shape."""
    (middle, half, low), layer = at, part.layer
    rail = [(middle - half, low), (middle - half, low - 12), (middle + half, low - 12), (middle + half, low)]
    canvas.line(rail, stroke=stroke_of("output"), line=1.5, radius=4.0, role="output")
    said = mixed(message("chain.joined-output", layer=layer.name, depth=part.depth), gap=2.5,
                 put={"output": labels.code("output", 7)})  # fmt: skip
    step = parts.without_axis(layer.tensor("output"), parts.time_axis_of(layer))
    tag = shape_tag(step, part.options)
    x = middle - (said.width + 5 + tag.width) / 2
    canvas.text(said, x, low - 17, role="output")
    canvas.text(tag, x + said.width + 5, low - 17)


ROLLED = Kind(
    "rolled",
    "one recurrent layer with its loop",
    parts.OneLayer,
    compose,
    own.refuse,
    bare=bare.rolled,
    unable=own.no_bare,
    loops=True,
    view="chain.view-rolled",
)
