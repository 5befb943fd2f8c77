"""The curves under the map: how much the state at t moves the last one, on a logarithmic scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.influence.measured import WALL
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.claimed import state as state_name
from lstmviz.figures.shared.claimed import ticked
from lstmviz.figures.shared.common import ends
from lstmviz.figures.shared.parts import over
from lstmviz.scene import ids
from lstmviz.scene.items import INK, MUTED, stroke_of
from lstmviz.scene.labels import asserted, letters, math, row
from lstmviz.scene.plots import Curve, decades
from lstmviz.translation.letters import spell
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.network.structure import Recurrent
    from lstmviz.network.values.data import Carried
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Box, Point, Role
    from lstmviz.scene.labels import Inline

HIGH, LOW = 92.0, 70.0
"""The height of the curves on a wide page and on a narrow one, pt."""
MOST = 60
"""So many powers of ten are shown at most."""
LAYERS = 2
"""So many layers have curves at most: the first and the last."""
ROLES: dict[str, Role] = {"h": "hidden", "c": "cell"}
WAYS = {"fwd": "→", "rev": "←"}


def drawn_curves(carried: Sequence[Carried], layer: int | None, state: str) -> list[Carried]:
    """Return the curves that are drawn: of these states, in one layer, or in the first and the last."""
    depths = sorted({one.depth for one in carried})
    shown = {layer} if layer is not None else {depths[0], depths[-1]} if depths else set()
    return [one for one in carried if one.depth in shown and state in {"both", one.state}]


def chart(
    canvas: Canvas,
    curves: Sequence[Carried],
    layer: Recurrent,
    at: Point,
    cell: float,
    *,
    sample: int,
    narrow: bool,
    **more: Sequence[int],
) -> float:
    """Draw the curves, t = 0 half a cell left of the map, and `walls` after steps; give the lower edge."""
    steps = len(curves[0].values) - 1
    x0, y0 = at[0] - cell / 2, at[1]
    high = max(LOW if narrow else HIGH, _line(layer) * len(curves) + 6)
    box = (x0, y0, x0 + cell * steps, y0 + high)
    low, top = decades(tuple(value for one in curves for value in one.values), MOST)
    low, top = ends("influence.curves", low, max(top, 0.0))
    _scale(canvas, box, low, top)
    starts = []
    for one in curves:
        facts: dict[str, str | int] = {
            "layer": one.layer,
            "depth": one.depth,
            "direction": one.direction,
            "state": one.state,
        }
        about = (*facts.items(), ("sample", sample))
        name = ids.at(one.state, one.depth, one.direction)
        curve = Curve(name, box, one.values, "log", low, top, ROLES[one.state], about=about,
                      line=0.9 if one.state == "c" else 1.5, double=one.state == "c",
                      dashed=one.direction == "rev")  # fmt: skip
        canvas.plot(curve)
        pieces = curve.points()
        starts.append(pieces[0][0][1] if pieces else box[3])
    for step in more.get("walls", ()):
        x = x0 + step * cell
        canvas.line([(x, y0), (x, y0 + high)], stroke=INK, line=WALL, z=13, role="op")
    _names(canvas, curves, layer, starts, box)
    for step in [0, *(s for s in plots.steps_shown(steps, cell, 14.0) if s * cell >= 10)]:
        line = ticked(letters(str(step), 8), step, steps)
        canvas.text(line, x0 + step * cell, box[3] + 10, "middle", role="axis", at=box)
    canvas.text(
        math("t", size=9.5).claiming(asserted(message("influence.t"))), box[2] + 12, box[3] + 10, role="axis"
    )
    return box[3] + 12


def _scale(canvas: Canvas, box: Box, low: float, high: float) -> None:
    """Draw the frame, the powers of ten at the right, and the line of 1."""
    x0, y0, x1, y1 = box
    canvas.line([(x0, y0), (x0, y1), (x1, y1), (x1, y0)], stroke=INK, line=0.8, z=12)
    for power in plots.powers(low, high, y1 - y0):
        y = y1 - (power - low) / (high - low) * (y1 - y0)
        canvas.line([(x1, y), (x1 + plots.TICK, y)], line=0.6, z=12)
        canvas.text(plots.mark(power, log=True), x1 + plots.TICK + 1.5, y + 2.6, at=box)
        if power == 0:
            canvas.line([(x0, y), (x1, y)], stroke=MUTED, line=0.6, z=11, dash=(2.0, 2.0))


def _names(
    canvas: Canvas, curves: Sequence[Carried], layer: Recurrent, starts: Sequence[float], box: Box
) -> None:
    """Name every curve at its begin, moved apart where they begin together."""
    places = plots.spread(starts, _line(layer))
    shift = max(0.0, box[1] + 5 - min(places)) - max(0.0, max(places) - box[3])
    places = [place + shift for place in places]
    for one, start, place in zip(curves, starts, places, strict=True):
        line = _name(one, layer)
        x = box[0] - 12
        canvas.text(line, x, place + 3, "end", role=ROLES[one.state])
        canvas.line([(x + 2, place), (box[0] - 2, start)], stroke=stroke_of(ROLES[one.state]), line=0.5)
    bars, end = letters("‖", 9), letters("∂", 9)
    titles = []
    for state in dict.fromkeys(one.state for one in curves):
        top, below = math(state, spell("T"), size=9.5), math(state, "t", size=9.5)
        title = row(bars, end, top, letters("/", 9), end, below, bars)
        titles.append(title.claiming(asserted(message("influence.carried", state=state))))
    title = row(*titles, gap=7)
    over(canvas, title, box[0] + title.width / 2, box[1] - 6)


def _line(layer: Recurrent) -> float:
    """Return how far names stand apart: an arrow over a letter takes room."""
    return 14.0 if layer.directions > 1 else 11.0


def _name(one: Carried, layer: Recurrent) -> Inline:
    return state_name(layer, one.state, "", one.direction, one.depth, tint=stroke_of(ROLES[one.state]))
