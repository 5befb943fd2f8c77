"""Under a bare stage that lets steps read each other: which steps each of them reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.shared import bare
from lstmviz.figures.shared.lattice import few
from lstmviz.scene.items import MUTED, fill_of, stroke_of

if TYPE_CHECKING:
    from lstmviz.network.steps import Relation
    from lstmviz.network.structure import Stage
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Box, Role
    from lstmviz.translation.messages import Said

MOST = 4
"""So many steps say it."""
SIDE, RISE, HIGH = 12.0, 54.0, 100.0
"""The side of a step, from those read up to those given, and the height of it all, pt."""


def relation_of(stage: Stage | None) -> Relation | None:
    """Return which steps a stage reads, if each of them reads all."""
    if stage is None or stage.type != "self_attention":
        return None
    return next((one.relation for one in stage.reads if one.relation and one.relation.kind == "all"), None)


def draw(canvas: Canvas, relation: Relation, box: Box, said: Said) -> None:
    """The steps in a panel that hangs from a stage's `box`, and what is said of them."""
    x0, _, x1, y = box
    low = y + HIGH
    canvas.box((x0, y - 6.0, x1, low), fill=fill_of("param", 0.75), radius=7.0, z=0, role="param")
    steps = few(relation.taken, MOST)
    pitch = (x1 - x0 - 8.0) / len(steps)
    xs = {step: x0 + 4.0 + pitch * (place + 0.5) for place, step in enumerate(steps)}
    levels: tuple[tuple[float, Role], ...] = ((y + 14.0 + RISE, "input"), (y + 14.0, "output"))
    for given, to in xs.items():
        for taken in relation.reads(given) if given else ():
            if taken in xs:
                route = [(xs[taken], levels[0][0] - SIDE / 2), (to, levels[1][0] + SIDE / 2)]
                canvas.line(route, stroke=stroke_of("param"), line=0.9, role="param")
    half = SIDE / 2
    for step, x in xs.items():
        for at, role in levels:
            if step is None:
                canvas.dots(x, at, MUTED, r=1.3)
            else:
                canvas.box((x - half, at - half, x + half, at + half), fill=fill_of(role),
                           stroke=stroke_of(role), line=1.3, role=role)  # fmt: skip
    bare.say(canvas, said, ((x0 + x1) / 2, low - 8.0))
