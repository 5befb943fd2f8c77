"""The curves beside the map: how much the state at step t moves the last one, on a logarithmic scale.

A panel for each layer, and one for each of its directions: that of the reverse direction is mirrored, as it
goes from the last step to the first. Between the two stands their scale.
"""

from __future__ import annotations

import math as maths
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from lstmviz.figures.influence.measured import WALL
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.claimed import ticked
from lstmviz.figures.shared.common import ends
from lstmviz.figures.shared.formulas import mixed
from lstmviz.layout.boxes import Item, grid
from lstmviz.network.structure import Recurrent
from lstmviz.network.values.data import StateGradients
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, INK, MUTED, Box, Point, Role, stroke_of
from lstmviz.scene.labels import TextLine, asserted, letters, math, row, words
from lstmviz.scene.plots import Curve, decades
from lstmviz.translation.letters import spell
from lstmviz.translation.messages import message

MOST = 60
"""So many powers of ten are shown at most."""
LEAST = 48.0
"""The least height of a panel, pt."""
SCALE, RIGHT, UNDER = 34.0, 5.0, 23.0
"""The room of the scale at the left, of the last step's name, and of the steps under the lowest, pt."""
ROLES: dict[str, Role] = {"h": "hidden", "c": "cell"}
WIDTHS = {"h": 1.5, "c": 0.8}
"""How thick the line of a state is, pt: that of c is thin, and its points are open."""
DOT, SEEN = 1.9, 7.0
"""A point of a curve; points are at least so far apart, pt."""
LAYERS = 4
"""So many layers have their curves; of more the first and the last."""
OVER = 13.0
"""The room of a line over a panel, pt."""
APART = 8.0
"""Between two panels, pt."""
ROOF, FOOT = 3.0, 0.06
"""From where a curve is 1 to the frame over it, which it does not leave, pt; and of the scale what is
free under the least value."""
CLEAR = 3.5
"""Between the numbers of two steps, pt."""
LINE = 12.0
"""From one title to the next, pt: an arrow over a letter takes room."""
INSET = 6.0
"""How far the first and the last step are inside the frame, pt."""
SWATCH = 14.0
"""How long a curve is before what it is, pt."""


def drawn_curves(carried: Sequence[StateGradients], layer: int | None, state: str) -> list[StateGradients]:
    """Return the curves that are drawn: of these states, in one layer, in all, or in the first and last."""
    depths = sorted({one.depth for one in carried})
    shown = {layer} if layer is not None else {*depths} if len(depths) <= LAYERS else {depths[0], depths[-1]}
    return [one for one in carried if one.depth in shown and state in {"both", one.state}]


def around(curves: Sequence[StateGradients], layer: Recurrent) -> float:
    """Return what stands over and under the frames, pt: of two directions in lines, as these are narrow."""
    lines = (1 + len({one.state for one in curves})) * (layer.directions > 1) or 1
    return OVER + ROOF + (lines - 1 + (layer.num_layers > 1)) * LINE + UNDER


def chart(
    curves: Sequence[StateGradients],
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
    least = min(value for one in curves for value in one.values if value)
    low = min(-0.1, max(low, maths.log10(least) * (1 + FOOT)))  # the scale begins where the data do
    low, top = ends("influence.curves", low, max(top, 0.0))
    room = (wide - len(ways) * (RIGHT + APART) - SCALE) / len(ways)
    between = OVER + ROOF + APART  # only the first has words of all over its own, only the last its steps
    each = max(LEAST, (high + between) / len(depths) - between)
    panels = []
    for depth in depths:
        of = [[one for one in curves if (one.depth, one.direction) == (depth, way)] for way in ways]
        first, last = depth == depths[0], depth == depths[-1]
        panels.append(
            [
                Panel(own, layer, (room, each), (low, top), sample, walls, first=first, last=last).item()
                for own in of
            ]
        )
    return grid(panels, (APART, APART))


@dataclass(frozen=True, slots=True)
class Panel:
    """The curves of one layer and direction, in a frame so wide and high, between these powers of ten."""

    curves: Sequence[StateGradients]
    layer: Recurrent
    size: tuple[float, float]
    powers: tuple[float, float]
    sample: int
    walls: Sequence[int]
    first: bool
    """Whether it is the highest, over which it stands what the curves of all are."""
    last: bool
    """Whether it is the lowest, under which it stands what all count along."""

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
        sides = (0.0 if self.mirrored else SCALE, over, RIGHT, UNDER * self.last)
        return Item(wide, high, self._draw, sides)

    def _draw(self, canvas: Canvas, x: float, y: float) -> None:
        frame = (x, y, x + self.size[0], y + self.size[1])
        box = (x + INSET, y, frame[2] - INSET, frame[3])
        cell = (box[2] - box[0]) / self.steps
        for one in self.curves:
            facts: dict[str, str | int] = {
                "layer": one.layer, "depth": one.depth, "direction": one.direction, "state": one.state,
                "sample": self.sample,
            }  # fmt: skip
            name = ids.at(one.state, one.depth, one.direction)
            line, dashed = WIDTHS[one.state], self.mirrored
            curve = Curve(name, box, one.values, "log", *self.powers, ROLES[one.state], line, dashed=dashed,
                          about=tuple(facts.items()), mirrored=self.mirrored)  # fmt: skip
            canvas.plot(curve)
            for point in chain(*(piece[:: maths.ceil(SEEN / cell)] for piece in curve.points())):
                _point(canvas, one.state, point)
        for step in () if self.mirrored else self.walls:
            at = box[0] + step * cell
            canvas.line([(at, box[1]), (at, box[3])], stroke=INK, line=WALL, z=13, role="op")
        self._frame(canvas, frame)
        self._steps(canvas, box, cell)

    def _marks(self, high: float) -> Sequence[float]:
        """Return what is marked on a scale so high: powers of ten, and of few decades 2 and 5 times one."""
        (least, most), fine = self.powers, plots.finer(*self.powers)
        marks = plots.powers(least, most, high)
        return fine if len(marks) < 3 and high >= 10 * len(fine) else marks

    def _frame(self, canvas: Canvas, box: Box) -> None:
        """Draw the frame, the powers of ten at the left of it, and the line of 1; over it what is drawn."""
        (x0, y0, x1, y1), (low, high) = box, self.powers
        canvas.box((x0, y0 - ROOF, x1, y1), stroke=INK, line=0.7, z=12)
        for power in self._marks(y1 - y0):
            y = y1 - (power - low) / (high - low) * (y1 - y0)
            if y < y1 - 1:
                canvas.line([(x0, y), (x1, y)], stroke=MUTED, line=0.5, z=9, dash=(1.0, 2.5))
            if not self.mirrored:
                canvas.line([(x0 - plots.TICK, y), (x0, y)], line=0.6, z=12)
                inner, plain = (x0 + INSET, y0, x1 - INSET, y1), low >= plots.PLAIN
                line = plots.mark(power, log=True, plain=plain)
                canvas.text(line, x0 - plots.TICK - 1.5, y + 2.6, "end", at=inner)
        for at, pieces in enumerate(reversed(self._titles())):
            x, y = x0, y0 - 4.5 - ROOF - at * LINE
            for state, line in pieces:
                if state:
                    self._swatch(canvas, state, (x, y - 2.8))
                    x += SWATCH + 3
                canvas.text(line, x, y)
                x += line.width + 9

    def _swatch(self, canvas: Canvas, state: str, at: Point) -> None:
        """A piece of a curve with a point, dashed where it is of the reverse direction."""
        (x, y), dash = at, (2.6, 1.5) if self.mirrored else None
        way = [(x, y), (x + SWATCH, y)]
        canvas.line(way, stroke=stroke_of(ROLES[state]), line=WIDTHS[state], dash=dash, z=9)
        _point(canvas, state, (x + SWATCH / 2, y))

    def _titles(self) -> list[list[tuple[str, TextLine]]]:
        """Which layer and direction it is, where there are several; over the first what each curve is."""
        depth = self.curves[0].depth
        over: list[list[tuple[str, TextLine]]] = []
        if self.layer.directions > 1 and self.first:
            over.append([("", words(message(f"influence.{'reverse' if self.mirrored else 'forward'}"), 7))])
        if self.first:
            quotients = [(str(one.state), self._quotient(one.state)) for one in self.curves]
            over += [[one] for one in quotients] if self.layer.directions > 1 else [quotients]
        if self.layer.num_layers > 1:
            over.append([("", words(message("layer.nth", n=depth, layer=self.layer.name), 7))])
        return over

    def _quotient(self, state: str) -> TextLine:
        end = "-rev" if self.mirrored else ""
        last = "1" if self.mirrored else spell("T")
        tint = stroke_of(ROLES[state])
        title = quotient(*(math(state, step, size=9, tint=tint) for step in (last, "t")), norm="2")
        return title.claiming(asserted(message(f"influence.carried{end}", state=state)))

    def _steps(self, canvas: Canvas, box: Box, cell: float) -> None:
        """Mark the steps; write them under the lowest panel, with how many there are."""
        time, last = spell("T"), self.steps
        wide = letters(str(last), 8).width
        for at in plots.from_zero(last, cell, max(9.5, wide + CLEAR)):
            step = at + self.mirrored
            x = box[0] + at * cell
            canvas.line([(x, box[3]), (x, box[3] + plots.TICK - 1)], line=0.6, z=12)
            if not self.last:
                continue
            if step > last:  # the state before the first of the reverse direction has no number
                canvas.text(words(message("influence.begins"), 7), x - DOT, box[3] + 10, role="axis")
                continue
            line = ticked(letters(str(step), 8), step, last)
            canvas.text(line, x, box[3] + 10, "middle", role="axis", at=box)
        if not self.last:
            return
        said = [mixed(message("influence.step"), gap=2.5, put={"t": math("t", size=9, tint=MUTED)})]
        if not self.mirrored:
            said.append(ticked(letters(f"{time} = {last}", 8, tint=MUTED), last, last, time))
        canvas.text(row(*said, gap=6.0), (box[0] + box[2]) / 2, box[3] + 20, "middle", role="axis")


def _point(canvas: Canvas, state: str, at: Point) -> None:
    """A point of a curve: full of h, open of c."""
    tint = stroke_of(ROLES[state])
    inside = GROUND if state == "c" else tint
    canvas.dot(*at, DOT, inside, stroke=tint, line=WIDTHS["c"], z=11)


def quotient(one: TextLine, other: TextLine, *, norm: str) -> TextLine:
    """Return a norm of a derivative, which its subscript names: ‖∂one/∂other‖₂."""
    end = math("‖", norm, size=9)
    return row(letters("‖", 9), letters("∂", 9), one, letters("/", 9), letters("∂", 9), other, end)
