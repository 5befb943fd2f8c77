"""Measured values built up frame by frame: the steps of a map one after the other, curves from their end."""

from __future__ import annotations

import math
from dataclasses import replace

from lstmviz.scene import ids
from lstmviz.scene.claims import sentences
from lstmviz.scene.geometry import bounds, inside
from lstmviz.scene.items import Box, Polygon
from lstmviz.scene.near import box_of
from lstmviz.scene.plots import Curve, Plot
from lstmviz.scene.scene import Scene

MOST = 24
"""So many frames a map is built up in at most."""
NEAR = 20.0
"""The name of a curve stands so near to it, pt."""
ALIKE = 0.5
"""What differs by so little is at the same place, pt."""
WHOLE = frozenset(
    f"influence.{one}"
    for one in ("causal", "upper", "everywhere", "reach", "walls", "chunks", "left", "left-range", "padded")
)
"""Sentences that speak of all that is measured."""


def of_plots(scene: Scene) -> list[Scene]:
    """Return the frames of measured values: step by step, curves back from their end.

    A wall comes with the steps before it, the name of a curve with its begin, what is said of all at the end.
    """
    steps = max(_steps(plot) for plot in scene.plots)
    count = min(steps, MOST)
    return [*(_part(scene, k / count) for k in range(1, count)), scene]


def _part(scene: Scene, share: float) -> Scene:
    curves = [plot for plot in scene.plots if isinstance(plot, Curve) and not _of_units(plot)]

    def names(box: Box) -> bool:
        return any(_at_begin(box, one) for one in curves)

    def behind(form: Polygon) -> bool:
        if form.role != "op":
            return False
        wall = bounds(form.points)
        own = next(plot for plot in scene.plots if inside(wall, plot.box))
        x0, y0, x1, y1 = own.box
        curve = isinstance(own, Curve)
        return wall[0] < x1 - share * (x1 - x0) - ALIKE if curve else wall[1] > y0 + share * (y1 - y0) + ALIKE

    return replace(
        scene,
        plots=tuple(_shown(plot, share) for plot in scene.plots),
        texts=tuple(
            text
            for text in scene.texts
            if not names(box_of(text.label))
            and not any(name in WHOLE for name, _ in sentences(text.label.claims))
        ),
        polygons=tuple(p for p in scene.polygons if not behind(p) and not names(bounds(p.points))),
    )


def _at_begin(box: Box, curve: Curve) -> bool:
    """Whether something stands right where a curve begins: at its left, or at the right of one mirrored."""
    x0, y0, x1, y1 = curve.box
    away = box[0] - x1 if curve.mirrored else x0 - box[2]
    return 0 < away < NEAR and y0 - 6 < (box[1] + box[3]) / 2 < y1 + 6


def _of_units(plot: Plot) -> bool:
    """Whether steps go to the right in it, unit by unit or feature by feature."""
    return "units" in dict(plot.about)


def _steps(plot: Plot) -> int:
    if isinstance(plot, Curve):
        return len(plot.values) - (not _of_units(plot))
    return 1 if ids.is_bar(plot.id) else plot.columns if _of_units(plot) else plot.rows


def _shown(plot: Plot, share: float) -> Plot:
    """Return a share of a plot's steps: the first of a map, the last of a curve."""
    if ids.is_bar(plot.id):
        return plot
    count = math.ceil(share * _steps(plot))
    if isinstance(plot, Curve) and not _of_units(plot):
        hidden = len(plot.values) - 1 - count
        return replace(plot, values=(*[None] * hidden, *plot.values[hidden:]))
    columns = len(plot.values) if isinstance(plot, Curve) else plot.columns
    at = [k % columns if _of_units(plot) else k // columns for k in range(len(plot.values))]
    values = (value if step < count else None for step, value in zip(at, plot.values, strict=True))
    return replace(plot, values=tuple(values))
