"""What the attention of a decoder reads of its encoder: all steps on one line, a tap into each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.shared.claimed import named
from lstmviz.figures.shared.stages_above import stage_id
from lstmviz.layout.crossings import cuts_at_lines, merged
from lstmviz.scene import ids
from lstmviz.scene.items import stroke_of

if TYPE_CHECKING:
    from lstmviz.figures.grid.body import Grid
    from lstmviz.figures.shared.content import GridContent
    from lstmviz.network.structure import Stage

RAIL, HIGH, ASIDE, CLEAR = 8.0, 12.0, 7.0, 2.2
"""From the frame of `output` up; the chip's height; from a stage's middle to its tap; an opening, pt."""
WORD = 6.0
"""What the name of such a stage takes of the room between two columns, pt."""


def attention_of(told: GridContent) -> Stage | None:
    """Return the stage that weighs the encoder's steps for each step of the decoder."""
    rows = told.decoder.after if told.decoder else ()
    return next((row.stage for row in rows if row.stage.type == "attention"), None)


def hub_of(stage: Stage) -> str:
    """Return the id of the chip on the line."""
    return ids.constant(0, prefix=ids.inside(stage_id(stage.name)))


def draw(stage: Stage, encoder: Grid) -> None:
    """Lead every step of the encoder that is read onto a line, and the line into the stage at every step.

    What stands on the decoder is on the encoder's canvas.
    """
    canvas = encoder.canvas
    boxes = {node.id: node.box for node in canvas.nodes}
    own, hub, y = stage_id(stage.name), hub_of(stage), encoder.roof - RAIL
    targets = {node.id: node.box for node in canvas.nodes if ids.read(node.id).base == own}
    label = named(encoder.layer, "output", 7)
    left = max(
        box[2] for box in (boxes[ids.at("output", step=t, prefix=encoder.prefix)] for t in encoder.live)
    )
    right = min(box[0] for box in targets.values())
    middle, half = (left + right) / 2, label.width / 2 + 5
    chip = (middle - half, y - HIGH / 2, middle + half, y + HIGH / 2)
    kept = {"tensor": f"{encoder.layer.name}.output", "shape": encoder.layer.tensor("output").sizes}
    canvas.node(hub, "output", chip, label, line=1.0, **kept)
    others = list(canvas.edges)
    for place, step in enumerate(encoder.live):
        source = ids.at("output", step=step, prefix=encoder.prefix)
        x = (boxes[source][0] + boxes[source][2]) / 2
        route = [(x, boxes[source][1]), (x, y), (chip[0], y)]
        canvas.edge(ids.arrow(source, hub), (source, hub), "output", route, line=1.25)
        if place:
            canvas.dot(x, y, 1.9, stroke_of("output"), role="output")
    for place, (target, box) in enumerate(sorted(targets.items(), key=lambda one: one[1][0])):
        x = (box[0] + box[2]) / 2 - ASIDE
        route = [(chip[2], y), (x, y), (x, box[3])]
        cuts = merged([cut for edge in others for cut in cuts_at_lines(route, edge.route, CLEAR)])
        canvas.edge(ids.arrow(hub, target), (hub, target), "output", route, line=1.25, cuts=cuts)
        if place + 1 < len(targets):
            canvas.dot(x, y, 1.9, stroke_of("output"), role="output")
