"""Kind `rolled`: one recurrent layer, drawn once with its loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lstmviz.figures.base import Draft, Kind, Subject, shape_tag
from lstmviz.figures.chain import bare, descriptions, loop, loop_plan
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.chain.plan import chip_wide
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import along_time, other_layers, own, parts
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.second_input import read_beside
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Point, Role, stroke_of
from lstmviz.translation.messages import message

STACKED = 178.0
"""From the cell of one direction to that of the other under it, pt."""
BETWEEN = 24.0
"""Free space between the two directions, pt."""
BESIDE, LEAST = 26.0, 170.0
"""Between a drawing and the facts beside it, and their least width, pt."""
FREE = 360.0
"""The width of a drawing on a page as wide as it, pt."""


def compose(subject: Subject, options: parts.OneLayer, page: Page) -> Draft:
    """The cell with its loops, in the middle of the page, and the facts under it."""
    part = parts.pick("rolled", subject, options, narrow=page.narrow, loops=True)
    canvas, told_of = Canvas(), descriptions.of(part)
    told: dict[str, Any] = {"rolled": True, "whole": ("input", "output")}
    told["said"] = read_beside(subject.trace, part.layer)
    if not (page.narrow or part.layer.bidirectional):
        left, _, right, _ = panels(canvas, part, 0.0)
        room = page.inner - 3 - (right - left) - BESIDE
    if canvas.nodes and room >= LEAST and _beside(canvas, part, room, told):
        return Draft(canvas, told_of.rolled(part), *told_of.subtitle(part))
    canvas, two = Canvas(), part.layer.bidirectional
    width = page.inner - 3 if two or page.fixed else min(page.inner - 3, FREE)
    box = panels(canvas, part, width)
    x0 = min(0.0, box[0])
    other_layers.which(canvas, part, x0, width)
    told_of.below(canvas, [part], box[3] + 19, max(width, box[2] - box[0]), x0=x0, **told)
    return Draft(canvas, told_of.rolled(part), *told_of.subtitle(part))


def _beside(canvas: Canvas, part: DrawnLayer, room: float, told: dict[str, Any]) -> bool:
    """The facts right of the drawing, from its top; False where they are higher than it."""
    left, top, right, foot = canvas.extent()
    words = Canvas()
    last = descriptions.of(part).below(words, [part], 0.0, room, **told)
    first = words.extent()[1]
    if last - first > foot - top:
        return False
    words.move(right + BESIDE, top - first)
    other_layers.which(canvas, part, left, right - left + BESIDE + room)
    canvas.merge(words)
    return True


def panels(canvas: Canvas, part: DrawnLayer, width: float, *, first_alone: bool = False) -> Box:
    """One rolled cell per direction, centred on `width`: side by side if they fit, else stacked.

    Of two that would be stacked the first alone, where so asked.
    """
    lanes = part.layer.ways
    first = loop_plan.loop(part, lanes[0], (0.0, 0.0))
    two, apart = part.layer.bidirectional, first.half + BETWEEN / 2
    beside = 4 * first.half + BETWEEN <= width
    given: list[Box] = []
    shown = lanes[:1] if first_alone and not beside else lanes
    name = ids.at("x", prefix=part.prefix)
    at = (width / 2, first.rows[1])
    read = chain_rows.read_at(canvas, part, name, at, "t", wide=first.chip) if beside and two else None
    for i, lane in enumerate(shown):
        x, y = width / 2, STACKED * i
        if beside and two:
            x, y = width / 2 + (2 * i - 1) * apart, 0.0
        it = replace(loop_plan.loop(part, lane, (x, y)), given=read)
        loop.draw(canvas, it)
        if two:
            word = along_time.direction(part.layer, lane, 8)
            canvas.text(word, x - it.half, y + it.rows[0] + (3 if beside else 15))
            given.append(next(n.box for n in canvas.nodes if n.id == it.id("h")))
    if two and len(shown) > 1:
        _joined(canvas, part, _rail(given, width / 2 - first.half - 9))
    return canvas.extent()


def _rail(given: Sequence[Box], left: float) -> list[Point]:
    """A line from what the first direction gives to what the second gives: over both, or past `left`."""
    (x0, y0, x1, y1), (u0, v0, u1, v1) = given
    if y0 == v0:
        one, other = (x0 + x1) / 2, (u0 + u1) / 2
        return [(one, y0), (one, y0 - 16), (other, y0 - 16), (other, y0)]
    high, low = (y0 + y1) / 2, (v0 + v1) / 2
    return [(x0, high), (left, high), (left, low), (u0, low)]


def _joined(canvas: Canvas, part: DrawnLayer, rail: list[Point]) -> None:
    """What both directions give at a step goes on as one: a line that joins both, with its shape."""
    layer = part.layer
    role: Role = "output" if part.top else "hidden"
    level, high = rail[0][1] == rail[3][1], 0.0
    if level:
        high = _both(canvas, part, rail, role)
    else:
        canvas.line(rail, stroke=stroke_of(role), line=1.5, radius=4.0, role=role)
    which, more = ("joined-output", {}) if part.top else ("joined-up", {"n": part.depth + 1})
    told = message(f"chain.{which}", layer=layer.name, depth=part.depth, **more)
    said = mixed(told, gap=2.5, put={"output": labels.code("output", 7)})
    tag = shape_tag(parts.without_axis(layer.tensor("output"), layer.time_axis), part.options)
    (x0, _), (x1, _), top = rail[0], rail[2], min(at for _, at in rail)
    x, y = ((x0 + x1 - said.width - 5 - tag.width) / 2, top - high - 5) if level else (x1, top - 17)
    canvas.text(said, x, y, role=role)
    canvas.text(tag, x + said.width + 5, y)


def _both(canvas: Canvas, part: DrawnLayer, rail: list[Point], role: Role) -> float:
    """Both directions' h side by side, halfway of a rail, with an arrow from each; gives how high over it."""
    (x0, _), (x1, y) = rail[1:3]
    wide, half, middle = chip_wide(part), parts.CHIP / 2, (x0 + x1) / 2
    edge = wide + (4.2 if role == "output" else 0.5)
    names = [part.state("h", "t", lane) for lane in part.layer.ways]
    parts.pair(canvas, ids.at("h", prefix=part.prefix), "hidden", (middle, y), names, wide=wide)
    for start, bend, end in ((rail[0], rail[1], middle - edge), (rail[3], rail[2], middle + edge)):
        look: dict[str, Any] = {
            "stroke": stroke_of("hidden"),
            "line": 1.5,
            "radius": 4.0,
            "head": 5.5,
            "role": "hidden",
        }
        canvas.line([start, bend, (end, y)], **look)
    if role == "output":
        frame = (middle - wide - 3, y - half - 3, middle + wide + 3, y + half + 3)
        canvas.box(frame, stroke=stroke_of("output"), line=1.0, role="output")
    return half + 3


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
