"""The input of few features over time: a curve for each, one above the other over one axis of steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lstmviz.figures.activity.measured import Panel, about
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.claimed import ticked
from lstmviz.figures.shared.common import ends
from lstmviz.figures.shared.plots import round_up
from lstmviz.network.values.data import Activity
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, Box, stroke_of
from lstmviz.scene.labels import letters, shorten, words
from lstmviz.scene.plots import Curve, Values
from lstmviz.translation.messages import user_text

HIGH, LINE, APART, NAME = 22.0, 1.2, 2.5, 9.0
"""The height of a curve's frame, and its line; between the numbers of two; the room of a name, pt."""
DOT, SEEN = 1.5, 6.0
"""A point of a curve, where steps are at least so far apart, pt."""
RIM = DOT + 0.6
"""Within a frame, from it to both ends of the scale: a point at an end is whole, pt."""
FAR, NEAR = 0.5, 0.6
"""Values of one sign whose least is at least this share of their greatest have a scale without zero; and
even scales have one end where each is at least the other share of the greatest."""


def high_of(count: int, *, named: bool = False, size: float = 7.0) -> float:
    """Return how high so many curves are, from the first frame to the last, with numbers so large, pt."""
    return count * HIGH + (count - 1) * (APART + max(size, NAME * named))


def draw(
    canvas: Canvas, panel: Panel, found: Activity, at: tuple[float, float, float],
    *, names: Sequence[str] = (), size: float = 7.0, bare: bool = False,
) -> Box:  # fmt: skip
    """Draw a curve for each feature from x, y on, so wide; give the box of the last.

    A value stands over the middle of its step, as the cells of a map do. `bare` curves have numbers at the
    ends of their scales alone.
    """
    x, y, wide = at
    for unit, scale in zip(panel.units, _scales(panel, found), strict=True):
        frame = (x, y, x + wide, y + HIGH)
        box = (x, y + RIM, x + wide, y + HIGH - RIM)
        curve = _curve(panel, unit, found, box, scale)
        canvas.plot(curve)
        for px, py in (point for piece in curve.points() for point in piece if wide >= SEEN * found.steps):
            canvas.dot(px, py, DOT, stroke_of("input"), z=11)
        canvas.box(frame, stroke=INK, line=0.7, z=12)
        _scale(canvas, curve, size, bare=bare)
        if not bare:
            line = ticked(letters(str(unit + 1), size + 1), unit + 1, len(panel.units))
            canvas.text(line, x - 4, y + HIGH / 2 + 2.6 * size / 7, "end", role="axis", at=box)
        if names:
            canvas.text(words(shorten(user_text(names[unit]), wide, 7), 7), x, y - 3.5, role="input")
        y += HIGH + APART + max(size, NAME * bool(names))
    return box


def _scales(panel: Panel, found: Activity) -> list[tuple[float, float]]:
    """Return the ends of each feature's scale: one for all that lie about zero and are much alike."""
    of = {unit: scale_of(_values(panel, unit, found)) for unit in panel.units}
    own = [ends(f"activity.x.{unit}", *scale) for unit, scale in of.items()]
    most = max(high for _, high in own)
    alike = all(low == -high <= -NEAR * most for low, high in own)
    return [(-most, most)] * len(own) if alike else own


def _values(panel: Panel, unit: int, found: Activity) -> Values:
    return panel.values[unit * found.steps : (unit + 1) * found.steps]


def _curve(panel: Panel, unit: int, found: Activity, box: Box, scale: tuple[float, float]) -> Curve:
    facts, values = about(panel, found, (unit,)), _values(panel, unit, found)
    id_ = f"{panel.letter}.{unit}"
    return Curve(id_, box, values, "linear", *scale, "input", LINE, about=facts, centred=True)


def _scale(canvas: Canvas, curve: Curve, size: float, *, bare: bool) -> None:
    """Write the ends of a curve's scale at the right, and zero where it lies between them."""
    x0, y0, x1, y1 = curve.box
    zero = [0.0] if curve.low < 0 < curve.high else []
    for value in (curve.low, *zero, curve.high):
        y = y1 - (value - curve.low) / (curve.high - curve.low) * (y1 - y0)
        inside = curve.low < value < curve.high
        if not (bare and inside):
            line = plots.mark(value, log=False, size=size)
            canvas.line([(x1, y), (x1 + plots.TICK, y)], line=0.6, z=12)
            canvas.text(line, x1 + plots.TICK + 1.5, y + 2.6 * size / 7, at=curve.box)
        if inside:
            canvas.line([(x0, y), (x1, y)], stroke=MUTED, line=0.5, z=9, dash=(1.0, 2.5))


def scale_of(values: Values) -> tuple[float, float]:
    """Return round ends of a scale: even on both sides of zero, from zero on, or near what is far from it.

    >>> scale_of((-0.3, 0.9)), scale_of((0.0, 7.0)), scale_of((283.0, 299.0))
    ((-1.0, 1.0), (0.0, 8.0), (280.0, 300.0))
    """
    numbers = [value for value in values if value is not None]
    low, high = min(numbers), max(numbers)
    if low < 0 < high:
        most = round_up(max(-low, high))
        return -most, most
    near, far = sorted((abs(low), abs(high)))
    if near < FAR * far or near == far:
        most = round_up(far)
        return (0.0, most) if high > 0 or (most == 1.0 and not far) else (-most, 0.0)
    step = round_up((high - low) / 4)
    return float(f"{math.floor(low / step) * step:.6g}"), float(f"{math.ceil(high / step) * step:.6g}")
