"""What a bare decoder's attention reads: the encoder's steps in one bar, and a line from it to every step."""

from __future__ import annotations

from lstmviz.figures.shared import bare
from lstmviz.figures.shared.bare_head import Head
from lstmviz.figures.shared.lattice import Lattice
from lstmviz.figures.shared.stages_above import stage_id
from lstmviz.layout.crossings import cuts_at_lines, merged
from lstmviz.layout.links import box_of
from lstmviz.network.structure import Stage
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, Point, stroke_of
from lstmviz.translation.messages import message

RISE, RAIL = 10.0, 14.0
"""From the names of the encoder's h up to the bar over them, and from the attention down to its line, pt."""
ASIDE, CLEAR = 8.0, 3.4
"""From the middle of a step's attention to where the line enters it; half an opening, pt."""
BESIDE = 12.0
"""How far beside everything the line goes up to a decoder that stands on top, pt."""


def attention_of(head: Head | None) -> Stage | None:
    """Return the stage that weighs the encoder's steps, if one is drawn."""
    return next((row.stage for row in head.rows if row.weighs), None) if head else None


def bar(canvas: Canvas, it: Lattice, stage: Stage) -> float:
    """Place the bar over the encoder's output, every step led into it; gives its upper edge."""
    xs, foot = list(it.columns.values()), it.crown
    hub, middle, half = hub_of(stage), (xs[0] + xs[-1]) / 2, (xs[-1] - xs[0]) / 2 + 18
    kept = {"tensor": f"{it.layer.name}.output", "shape": it.layer.tensor("output").sizes}
    lines = [bare.word(message(f"bare.{word}"), tint=INK) for word in ("all-outputs", "all-given")]
    line = next((one for one in lines if one.width + 8 <= 2 * half), lines[-1])
    half = max(half, line.width / 2 + 4)
    box = (middle - half, foot - RISE - bare.CHIP, middle + half, foot - RISE)
    canvas.node(hub, "output", box, line, line=1.4, **kept)
    for step, x in it.columns.items():
        source = it.id(ids.at("output", step=step))
        route = [(x, foot), (x, box[3])]
        look = {"line": bare.THICK, "stroke": stroke_of("hidden")}
        canvas.edge(ids.arrow(source, hub), (source, hub), "output", route, **look)
    return box[1]


def hub_of(stage: Stage) -> str:
    """Return the id of the chip on the line."""
    return ids.constant(0, prefix=ids.inside(stage_id(stage.name)))


def lead(canvas: Canvas, stage: Stage, *, beside: bool) -> None:
    """Draw the line from the bar to the attention of every step: straight across, or up beside everything."""
    hub, own = hub_of(stage), stage_id(stage.name)
    start = box_of(canvas, hub)
    targets = sorted(
        (node.box, node.id) for node in canvas.nodes if ids.read(node.id).base == own and node.id != hub
    )
    foot = targets[0][0][3]
    rail, others, out = foot + RAIL, list(canvas.edges), canvas.extent()[2] + BESIDE
    way = 1 if beside else -1
    for k, (box, name) in enumerate(targets[::way]):
        x = (box[0] + box[2]) / 2 - way * ASIDE
        route: list[Point] = [(start[2], rail), (x, rail), (x, foot)]
        if not beside:
            y = (start[1] + start[3]) / 2
            route = [(start[2], y), (out, y), (out, rail), *route[1:]]
        cuts = merged([cut for edge in others for cut in cuts_at_lines(route, edge.route, CLEAR)])
        canvas.edge(ids.arrow(hub, name), (hub, name), "output", route, line=bare.THICK, cuts=cuts)
        if k + 1 < len(targets):
            canvas.dot(x, rail, 2.4, stroke_of("output"), role="output")
