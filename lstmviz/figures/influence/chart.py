"""The curves beside the map: how much the state at step t moves the last one, on a logarithmic scale.

A panel for each layer, and one for each of its directions: that of the reverse direction is mirrored, as it
goes from the last step to the first. Between the two stands their scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmviz.figures.influence.measured import WALL
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.claimed import state as state_name
from lstmviz.figures.shared.claimed import ticked
from lstmviz.figures.shared.common import ends
from lstmviz.layout.boxes import Item, grid
from lstmviz.scene import ids
from lstmviz.scene.items import INK, MUTED, stroke_of
from lstmviz.scene.labels import asserted, letters, math, row, words
from lstmviz.scene.plots import Curve, decades
from lstmviz.translation.letters import spell
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.network.structure import Recurrent
    from lstmviz.network.values.data import Carried
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Box, Role
    from lstmviz.scene.labels import Inline

MOST = 60
"""So many powers of ten are shown at most."""
LEAST = 48.0
"""The least height of a panel, pt."""
NAMES, SCALE, UNDER = 34.0, 26.0, 13.0
"""The room of the names of curves, of the scale, and of the steps, pt."""
ROLES: dict[str, Role] = {"h": "hidden", "c": "cell"}
LAYERS = 4
"""So many layers have their curves; of more the first and the last."""
OVER = 13.0
"""The room of a line over a panel, pt."""
APART = 8.0
"""Between two panels, pt."""
MOVED, ABOVE = 2.0, 4.0
"""Names so little moved stand right beside their curves; so far above the words under a panel, pt."""
ROOF = 3.0
"""From where a curve is 1 to the frame over it, which it does not leave, pt."""
LINE = 12.0
"""From one name to the next, pt: an arrow over a letter takes room."""


def drawn_curves(carried: Sequence[Carried], layer: int | None, state: str) -> list[Carried]:
    """Return the curves that are drawn: of these states, in one layer, in all, or in the first and last."""
    depths = sorted({one.depth for one in carried})
    shown = {layer} if layer is not None else {*depths} if len(depths) <= LAYERS else {depths[0], depths[-1]}
    return [one for one in carried if one.depth in shown and state in {"both", one.state}]


def over_of(curves: Sequence[Carried]) -> float:
    """Return the room of the words over a panel, pt: of two directions in lines, as these are narrow."""
    lines = 1 + len({one.state for one in curves}) * (len({one.direction for one in curves}) > 1)
    return OVER + ROOF + (lines - 1) * LINE


def chart(
    curves: Sequence[Carried],
    layer: Recurrent,
    wide: float,
    high: float,
    *,
    sample: int,
    walls: Sequence[int],
) -> Item:
    """Return the panels in so much room: the last layer above, its directions beside each other.

    The frame of the first begins, and that of the last ends, where a height of so much does.
    """
    depths = sorted({one.depth for one in curves}, reverse=True)
    ways = list(dict.fromkeys(one.direction for one in curves))
    low, top = decades(tuple(value for one in curves for value in one.values), MOST)
    low, top = ends("influence.curves", low, max(top, 0.0))
    room = (wide - len(ways) * NAMES - SCALE - APART) / len(ways)
    between = over_of(curves) + UNDER + APART
    each = max(LEAST, (high + between) / len(depths) - between)
    panels = []
    for depth in depths:
        of = [[one for one in curves if (one.depth, one.direction) == (depth, way)] for way in ways]
        panels.append([Panel(own, layer, (room, each), (low, top), sample, walls).item() for own in of])
    return grid(panels, (APART, APART))


@dataclass(frozen=True, slots=True)
class Panel:
    """The curves of one layer and direction, in a frame so wide and high, between these powers of ten."""

    curves: Sequence[Carried]
    layer: Recurrent
    size: tuple[float, float]
    powers: tuple[float, float]
    sample: int
    walls: Sequence[int]

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.curves[0].values) - 1

    @property
    def mirrored(self) -> bool:
        """Tell whether its curves begin at the right."""
        return self.curves[0].direction == "rev"

    def item(self) -> Item:
        """Return it with its names, its scale and its steps."""
        wide, high = self.size
        over = OVER + ROOF + (len(self._titles()) - 1) * LINE
        sides = (0.0, over, NAMES, UNDER) if self.mirrored else (NAMES, over, SCALE, UNDER)
        return Item(wide, high, self._draw, sides)

    def _draw(self, canvas: Canvas, x: float, y: float) -> None:
        box = (x, y, x + self.size[0], y + self.size[1])
        starts = []
        for one in self.curves:
            facts: dict[str, str | int] = {
                "layer": one.layer, "depth": one.depth, "direction": one.direction, "state": one.state,
                "sample": self.sample,
            }  # fmt: skip
            name = ids.at(one.state, one.depth, one.direction)
            double, width = one.state == "c", 0.9 if one.state == "c" else 1.5
            curve = Curve(name, box, one.values, "log", *self.powers, ROLES[one.state], width, double,
                          self.mirrored, tuple(facts.items()), self.mirrored)  # fmt: skip
            canvas.plot(curve)
            pieces = curve.points()
            starts.append(pieces[0][0][1] if pieces else box[3])
        cell = (box[2] - box[0]) / self.steps
        for step in () if self.mirrored else self.walls:
            at = box[0] + step * cell
            canvas.line([(at, box[1]), (at, box[3])], stroke=INK, line=WALL, z=13, role="op")
        self._frame(canvas, box)
        self._names(canvas, starts, box)
        self._steps(canvas, box, cell)

    def _frame(self, canvas: Canvas, box: Box) -> None:
        """Draw the frame, the powers of ten at the right of it, and the line of 1; over it what is drawn."""
        (x0, y0, x1, y1), (low, high) = box, self.powers
        canvas.box((x0, y0 - ROOF, x1, y1), stroke=INK, line=0.7, z=12)
        for power in plots.powers(low, high, y1 - y0):
            y = y1 - (power - low) / (high - low) * (y1 - y0)
            if y < y1 - 1:
                canvas.line([(x0, y), (x1, y)], stroke=MUTED, line=0.5, z=9, dash=(1.0, 2.5))
            if not self.mirrored:
                canvas.line([(x1, y), (x1 + plots.TICK, y)], line=0.6, z=12)
                canvas.text(plots.mark(power, log=True), x1 + plots.TICK + 1.5, y + 2.6, at=box)
        for at, line in enumerate(reversed(self._titles())):
            canvas.text(line, x0, y0 - 4.5 - ROOF - at * LINE)

    def _titles(self) -> list[Inline]:
        """Which layer and direction it is, where there are several, and what each curve is in its colour."""
        said, quotients = [], [self._quotient(one.state) for one in self.curves]
        if self.layer.num_layers > 1:
            said.append(words(message("layer.nth", n=self.curves[0].depth, layer=self.layer.name), 7))
        if self.layer.directions > 1:
            said.append(words(message(f"influence.{'reverse' if self.mirrored else 'forward'}"), 7))
            return [row(*said, gap=7), *quotients]
        return [row(*said, *quotients, gap=7)]

    def _quotient(self, state: str) -> Inline:
        end = "-rev" if self.mirrored else ""
        last = "1" if self.mirrored else spell("T")
        tint = stroke_of(ROLES[state])
        title = quotient(*(math(state, step, size=9, tint=tint) for step in (last, "t")))
        return title.claiming(asserted(message(f"influence.carried{end}", state=state)))

    def _names(self, canvas: Canvas, starts: Sequence[float], box: Box) -> None:
        """Name every curve where it begins; one that is moved, as others begin there, has a line to it."""
        places = plots.spread(starts, LINE)
        shift = max(0.0, box[1] + 5 - min(places)) - max(0.0, max(places) - box[3] + ABOVE)
        near = all(abs(at + shift - start) <= MOVED for at, start in zip(places, starts, strict=True))
        x, way = (box[2], 1) if self.mirrored else (box[0], -1)
        for one, start, at in zip(self.curves, starts, places, strict=True):
            place, tint = at + shift, stroke_of(ROLES[one.state])
            line = state_name(self.layer, one.state, "", one.direction, one.depth, tint=tint)
            begin = x + (4 if near else 12) * way - (0.0 if self.mirrored else line.width)
            canvas.text(line, begin, place + 3, role=ROLES[one.state])
            if not near:
                canvas.line([(x + 10 * way, place), (x + 2 * way, start)], stroke=tint, line=0.5)

    def _steps(self, canvas: Canvas, box: Box, cell: float) -> None:
        """Write the steps: that curves start where none has been yet, and at the last how many there are."""
        last = self.steps + self.mirrored
        shown = plots.steps_shown(last, cell, 14.0) if self.mirrored else plots.from_zero(last, cell, 14.0)
        time = spell("T")
        whole = ticked(letters(f"{time} = {last}", 8), last, last, time)
        start = words(message("influence.start"), 7, tint=MUTED)
        for step in shown:
            x = box[0] + (step - self.mirrored) * cell
            if step == last * self.mirrored:
                canvas.text(start, x, box[3] + 10, "middle", role="axis")
            elif step == last:
                canvas.text(whole, x, box[3] + 10, "middle", role="axis", at=box)
            elif self.mirrored or (last - step) * cell >= whole.width / 2 + 8:
                line = ticked(letters(str(step), 8), step, last)
                canvas.text(line, x, box[3] + 10, "middle", role="axis", at=box)
        if not self.mirrored:
            said, right = words(message("influence.step"), 7, tint=MUTED), box[0] - 4 - start.width / 2
            canvas.text(said, right, box[3] + 10, "end", role="axis")


def quotient(one: Inline, other: Inline) -> Inline:
    """Return the norm of a derivative: ‖∂one/∂other‖."""
    bars = letters("‖", 9)
    return row(bars, letters("∂", 9), one, letters("/", 9), letters("∂", 9), other, bars)
