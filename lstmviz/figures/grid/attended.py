"""What the attention of a decoder reads of its encoder: all steps on one line, a tap into each stage."""

from __future__ import annotations

from lstmviz.figures.grid.body import Grid
from lstmviz.figures.shared.claimed import named
from lstmviz.figures.shared.content import GridContent
from lstmviz.figures.shared.lattice_attention import hub_of
from lstmviz.figures.shared.stages_above import stage_id
from lstmviz.layout.crossings import cuts_at_lines, merged
from lstmviz.network.structure import Stage
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Point, stroke_of

RAIL, HIGH, ASIDE, CLEAR = 8.0, 12.0, 7.0, 2.2
"""From the frame of `output` up; the chip's height; from a stage's middle to its tap; an opening, pt."""
BESIDE, BELOW = 7.0, 9.0
"""From all else to the way down to a decoder beside it; from the stages down to the line under them, pt."""
WORD = 6.0
"""What the name of such a stage takes of the room between two columns, pt."""


def attention_of(told: GridContent) -> Stage | None:
    """Return the stage that weighs the encoder's steps for each step of the decoder."""
    rows = told.decoder.after if told.decoder else ()
    return next((row.stage for row in rows if row.stage.type == "attention"), None)


def across(stage: Stage, encoder: Grid) -> None:
    """Lead every step of the encoder that is read onto a line, and the line into the stage at every step.

    What stands on the decoder is on the encoder's canvas, at its right.
    """
    targets = _targets(stage, encoder.canvas)
    chip = rail(stage, encoder, min(box[0] for _, box in targets))
    y = (chip[1] + chip[3]) / 2
    _taps(stage, encoder.canvas, [(chip[2], y)], y, -ASIDE)


def downward(stage: Stage, canvas: Canvas, chip: Box) -> None:
    """Lead the line of the chip down beside all to the decoder under it, and from there into every stage."""
    targets = _targets(stage, canvas)
    foot = max(box[3] for _, box in targets)
    ways = [x for edge in canvas.edges for x, _ in edge.route]
    x, y = max([*ways, *(node.box[2] for node in canvas.nodes)]) + BESIDE, (chip[1] + chip[3]) / 2
    _taps(stage, canvas, [(chip[2], y), (x, y)], foot + BELOW, ASIDE)


def rail(stage: Stage, encoder: Grid, right: float | None = None) -> Box:
    """Lead the encoder's steps into the chip of the line, up to `right` in the middle of what is free."""
    canvas, hub, y = encoder.canvas, hub_of(stage), encoder.roof - RAIL
    boxes = {node.id: node.box for node in canvas.nodes}
    sources = [ids.at("output", step=t, prefix=encoder.prefix) for t in encoder.live]
    label = named(encoder.layer, "output", 7)
    left, half = max(boxes[source][2] for source in sources), label.width / 2 + 5
    middle = left + RAIL + half if right is None else (left + right) / 2
    chip = (middle - half, y - HIGH / 2, middle + half, y + HIGH / 2)
    kept = {"tensor": f"{encoder.layer.name}.output", "shape": encoder.layer.tensor("output").sizes}
    canvas.node(hub, "output", chip, label, line=1.0, **kept)
    for place, source in enumerate(sources):
        x = (boxes[source][0] + boxes[source][2]) / 2
        route = [(x, boxes[source][1]), (x, y), (chip[0], y)]
        canvas.edge(ids.arrow(source, hub), (source, hub), "output", route, line=1.25)
        if place:
            canvas.dot(x, y, 1.9, stroke_of("output"), role="output")
    return chip


def _targets(stage: Stage, canvas: Canvas) -> list[tuple[str, Box]]:
    """Return the nodes of the stage, one for each step, from the left."""
    own = stage_id(stage.name)
    found = [(node.id, node.box) for node in canvas.nodes if ids.read(node.id).base == own]
    return sorted(found, key=lambda one: one[1][0])


def _taps(stage: Stage, canvas: Canvas, way: list[Point], y: float, aside: float) -> None:
    """Draw the line from the chip along its `way` to a height, and from there up into every stage."""
    others, hub, targets = list(canvas.edges), hub_of(stage), _targets(stage, canvas)
    last = targets[-1 if aside < 0 else 0][0]
    for target, box in targets:
        x = (box[0] + box[2]) / 2 + aside
        up = [(way[-1][0], y)] if len(way) > 1 else []
        route = [*way, *up, (x, y), (x, box[3])]
        cuts = merged([cut for edge in others for cut in cuts_at_lines(route, edge.route, CLEAR)])
        canvas.edge(ids.arrow(hub, target), (hub, target), "output", route, line=1.25, cuts=cuts)
        if target != last:
            canvas.dot(x, y, 1.9, stroke_of("output"), role="output")
