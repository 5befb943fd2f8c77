"""WCAG contrast of what is painted against what is really under it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from lstmviz.backends.drawing import PathMark, TextMark
from lstmviz.backends.lines import flattened
from lstmviz.scene.geometry import bounds
from lstmviz.scene.labels import ASCENT
from lstmviz.scene.metrics import text_width
from lstmviz.themes.file import LINE, TEXT, contrast


@dataclass(frozen=True)
class Form:
    """A filled path: its box, its corners, its colour."""

    box: tuple[float, float, float, float]
    ring: tuple[tuple[float, float], ...]
    colour: str

    def holds(self, x, y):
        x0, y0, x1, y1 = self.box
        return x0 <= x <= x1 and y0 <= y <= y1 and inside(self.ring, x, y)


@lru_cache(1 << 14)
def form(path, colour):
    ring = tuple(flattened(path))
    return Form(bounds(ring), ring, colour)


def inside(ring, x, y):
    """Whether a ring holds a point, by the even-odd rule."""
    count = 0
    for (ax, ay), (bx, by) in pairwise((*ring, ring[0])):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            count += 1
    return count % 2 == 1


def faint(drawing):
    """Every text and every line of an item that stands out too little: what, on what, how much."""
    under: list[Form] = []
    found = {}
    for group in drawing.groups:
        below = list(under)
        for mark in group.marks:
            if isinstance(mark, TextMark):
                spots = in_text(mark)
                least, what, paint = TEXT, mark.text, mark.colour
                fills = under
            else:
                if mark.fill and group.kind != "edge":  # a head is a part of its line
                    under += [form(path, mark.fill) for path in mark.paths]
                if mark.stroke in {None, mark.fill} or group.kind == "shape":
                    continue
                spots = on_line(mark)
                least, what, paint = LINE, group.id or group.kind, mark.stroke
                fills = below
            for spot in spots:
                ground = at(fills, spot) or drawing.ground
                # A line that runs into a dot of its own colour is one with it.
                if contrast(paint, ground) < least and (least == TEXT or paint != ground):
                    found[what, paint, ground] = round(contrast(paint, ground), 2)
    return found


def at(forms, spot):
    """The colour that shows at a spot, if something is painted there."""
    return next((f.colour for f in reversed(forms) if f.holds(*spot)), None)


def in_text(mark):
    """Spots over the whole of a run of text."""
    width = text_width(mark.text, mark.font, mark.size)
    left = mark.x - {"start": 0.0, "middle": width / 2, "end": width}[mark.anchor]
    y = mark.y - ASCENT[mark.font] * mark.size / 2
    return [(left + width * k / 8, y) for k in (1, 2, 4, 6, 7)]


def on_line(mark: PathMark):
    """Spots along a stroke, between its corners."""
    for path in mark.paths:
        for (ax, ay), (bx, by) in pairwise(flattened(path)):
            for t in (0.25, 0.5, 0.75):
                yield ax + (bx - ax) * t, ay + (by - ay) * t
