"""Kind `unfold`: rolled = unrolled, the same layer drawn both ways."""

from __future__ import annotations

from dataclasses import replace

from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.chain import bare, descriptions, loop, loop_plan, rolled
from lstmviz.figures.chain import cells as chain
from lstmviz.figures.chain import plan as chain_plan
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import other_layers, own, parts
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.figures.shared.second_input import read_beside
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED
from lstmviz.translation.messages import joined, message

BETWEEN = 44.0
"""Between the two drawings, pt."""
SIGN = 18.0
"""The size of the equals sign between the two drawings, pt."""


def compose(subject: Subject, options: parts.OneLayer, page: Page) -> Draft:
    """Side by side where the page is wide enough for it, else one above the other."""
    part = parts.pick("unfold", subject, options, narrow=page.narrow, loops=True)
    canvas = Canvas()
    room = page.inner - 3
    side = not page.narrow and not part.layer.bidirectional
    drawn, y = _beside(canvas, part, room) if side else _stacked(canvas, part, room)
    wide = canvas.extent()
    width = max(min(room, wide[2] - wide[0]), min(room, 219.0))
    told = descriptions.of(part)
    x0 = min(0.0, wide[0])
    other_layers.which(canvas, part, x0, width)
    said = read_beside(subject.trace, part.layer)
    if page.narrow and part.layer.bidirectional:
        said = [message("chain.reverse-alike", layer=part.layer.name), *said]
    whole = () if part.top else ("output",)
    told.below(canvas, [part], y, width, x0=x0, said=said, whole=whole)
    return Draft(canvas, joined(" ", told.rolled(part), told.unrolled(drawn)), *told.subtitle(part))


def _inside(part: DrawnLayer) -> DrawnLayer:
    """The same layer, its ids apart from the unrolled ones."""
    return replace(part, prefix=f"{ids.ROLLED}{part.prefix}", narrow=True)


def _beside(canvas: Canvas, part: DrawnLayer, room: float) -> tuple[chain_plan.Chain, float]:
    lane = part.layer.ways[0]
    half = loop_plan.loop(_inside(part), lane, (0.0, 0.0)).half
    left = 2 * half + BETWEEN
    room -= _reach(part, lane)
    drawn = chain_plan.plan(part, room - left, tight=True)
    once = loop_plan.loop(_inside(part), lane, (half, 0.0), drawn.ys)
    up, down = (abs(row - own) for row, own in zip(once.rows, drawn.ys, strict=True))
    drawn = replace(drawn, apart=(up, down))  # the states of both halves share their rows
    right = Canvas()
    chain.draw(right, drawn, above=False)
    y = descriptions.of(part).around(right, drawn, limit=room - left, onward=True)
    loop.draw(canvas, once)
    top = min(right.extent()[1], canvas.extent()[1])
    right.move(left, 0.0)
    canvas.merge(right)
    _heading(canvas, "rolled", canvas.extent()[0], top - 8)
    _heading(canvas, "unrolled", left, top - 8)
    up, down = drawn.ys  # over the states, not between them: no h_n is an h_0
    _equal(canvas, (2 * half + left) / 2, (3 * up + down) / 4)
    return drawn, y


def _reach(part: DrawnLayer, lane: str) -> float:
    """How far the words under a loop's first states reach left of it, pt, whatever its rows."""
    alone = Canvas()
    once = loop_plan.loop(_inside(part), lane, (0.0, 0.0))
    loop.draw(alone, once)
    return max(0.0, -once.half - alone.extent()[0])


def _stacked(canvas: Canvas, part: DrawnLayer, room: float) -> tuple[chain_plan.Chain, float]:
    drawn = chain_plan.plan(part, room)
    box = rolled.panels(canvas, _inside(part), max(drawn.width, min(room, 219.0)), first_alone=part.narrow)
    _heading(canvas, "rolled", min(0.0, box[0]), box[1] - 8)
    below = Canvas()
    chain.draw(below, drawn, above=False)
    y = descriptions.of(part).around(below, drawn, onward=True)
    down = box[3] + 36 - below.extent()[1]
    below.move(0.0, down)
    canvas.merge(below)
    _equal(canvas, drawn.width / 2, box[3] + 16)
    _heading(canvas, "unrolled", min(0.0, box[0]), box[3] + 26)
    return drawn, y + down


def _equal(canvas: Canvas, x: float, y: float) -> None:
    """The sign that makes what comes after it equal to what is before, in the middle between both."""
    canvas.text(labels.words("=", SIGN, font="bold"), x, y + SIGN / 3, "middle")


def _heading(canvas: Canvas, which: str, x: float, y: float) -> None:
    canvas.text(labels.words(message(f"chain.{which}"), 8, font="bold", tint=MUTED), x, y)


UNFOLD = Kind(
    "unfold",
    "rolled = unrolled, with the same weights at every step",
    parts.OneLayer,
    compose,
    own.refuse,
    bare=bare.unfold,
    unable=own.no_bare,
    loops=True,
    stepped=True,
)
