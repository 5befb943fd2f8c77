"""Under a bare stage that lets steps read each other: what the query of one of them meets."""

from __future__ import annotations

from lstmviz.figures.shared import bare
from lstmviz.figures.shared.lattice import few
from lstmviz.network.steps import Relation
from lstmviz.network.structure import Stage
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Box, Tint, fill_of, stroke_of
from lstmviz.translation.messages import message

MOST = 4
"""So many steps say it."""
SIDE, RISE, HIGH = 15.0, 50.0, 122.0
"""The side of a step, from those read up to those that read, and the height of it all, pt."""
DROP, PITCH = 12.0, 46.0
"""From a stage down to the panel, and from step to step at most, pt."""


def relation_of(stage: Stage | None) -> Relation | None:
    """Return which steps a stage reads, if each of them reads all."""
    if stage is None or stage.type != "self_attention":
        return None
    return next((one.relation for one in stage.reads if one.relation and one.relation.kind == "all"), None)


def draw(canvas: Canvas, relation: Relation, stage: str, box: Box, right: float) -> None:
    """What one step of a stage reads, in a panel that is `right` wide, under the stage's `box`.

    Its query meets the keys and values of all steps.
    """
    query, keys, weights, every = (
        message(f"stage.{word}", stage=stage) for word in ("query", "keys-values", "weighted", "attends-all")
    )
    steps = few(relation.taken, MOST)
    left = labels.wide(keys, bare.WORD) + 22.0
    pitch = min(PITCH, (right - left - labels.wide(weights, bare.WORD) - 14.0) / len(steps))
    if pitch < SIDE + 4:
        return  # too narrow for steps and words beside each other
    x0, _, x1, y = box
    top, low, pale = y + DROP, y + HIGH, fill_of("param", 0.75)
    canvas.box((0.0, top, right, low), fill=pale, radius=7.0, z=0, role="param")
    canvas.form([(x0, y), (x1, y), (x1, top + 4), (x0, top + 4)], role="param", fill=pale, line=0.01,
                stroke=pale, z=0)  # fmt: skip
    start = left + (right - left - pitch * len(steps)) / 2 - 8.0
    xs = {step: start + pitch * (place + 0.5) for place, step in enumerate(steps)}
    high, deep, one = top + 19.0, top + 19.0 + RISE, 2
    reader = one if one in xs else next(iter(xs))
    for taken in relation.reads(reader) if reader else ():
        if taken in xs:
            route = [(xs[reader], high + SIDE / 2), (xs[taken], deep - SIDE / 2)]
            canvas.line(route, stroke=stroke_of("gate"), line=bare.THICK, role="gate")
    half = SIDE / 2
    for step, x in xs.items():
        for at, role in ((high, "hidden"), (deep, "input")):
            if step is None:
                canvas.dots(x, at, MUTED, r=1.3)
                continue
            other = role == "hidden" and step != reader
            canvas.box((x - half, at - half, x + half, at + half), role=role,
                       fill=fill_of(role, 0.8) if other else fill_of(role),
                       stroke=Tint(f"{role}.stroke", "ground", 0.6) if other else stroke_of(role),
                       line=1.3)  # fmt: skip
    edge = start - 2.0
    bare.say(canvas, query, (edge, high + 3.5), "end", tint=stroke_of("hidden"))
    bare.say(canvas, keys, (edge, deep + 3.5), "end", tint=stroke_of("input"))
    bare.say(canvas, weights, (xs[steps[-1]] + 2.0, (high + deep) / 2 - 2.0), "start", tint=stroke_of("gate"))
    bare.say(canvas, every, (right / 2, low - 8.0))
