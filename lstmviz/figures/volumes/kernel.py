"""Kernels and pooling windows on the maps they move over, and where they go."""

from __future__ import annotations

from lstmviz.figures.base import Options
from lstmviz.figures.shared.calls import class_of
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.volumes.captions_below import kernel_text
from lstmviz.figures.volumes.flow import PlacedForm
from lstmviz.figures.volumes.labels import Voice, stated, uniform, window_role
from lstmviz.figures.volumes.plan import LEAST, Move, is_drawn
from lstmviz.figures.volumes.window import Window
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Role, fill_of, stroke_of
from lstmviz.scene.labels import words
from lstmviz.translation.messages import Message, joined, message

HIGH, LOW = 0.25, 0.75
"""Where on the maps windows stand, by turns."""
HIDDEN = (1.6, 1.1)
"""The dashes of what stands behind the first map, pt."""
LINE = 400.0
"""A line of words is no longer, pt: an eye loses it."""


def draw_window(
    canvas: Canvas,
    a: tuple[PlacedForm, float],
    b: tuple[PlacedForm, float],
    *,
    upper: bool,
) -> set[Role]:
    """A window on the source, the value it gives on the target, two lines between them.

    Returns its role, or nothing if none is drawn.
    """
    (one, y0), (two, y1) = a, b
    assert two.said is not None
    move = two.said.move
    window = move.window
    if window is None or not is_drawn(move):
        return set()
    where = HIGH if upper else LOW
    rows, columns = move.target.plane
    row, column = min(int(where * rows), rows - 1), columns // 2
    patch = patch_of(one, y0, window, (row, column))
    value = value_of(two, y1, (row, column))
    role = window_role(move)
    for k in (1, 3):
        canvas.line(
            [(patch[2], patch[k]), (value[0], value[k])], stroke=stroke_of(role), line=0.6, role=role, z=8
        )
    _box(canvas, patch, role, one.form.deep if role == "param" else 0.0)
    canvas.box(value, role=role, fill=fill_of(role), stroke=stroke_of(role), line=0.6, z=9)
    return {role}


def patch_of(spot: PlacedForm, y: float, window: Window, at: tuple[int, int]) -> Box:
    """What the window sees of the front map for the value at row and column `at`."""
    form = spot.form
    ends = []
    for axis, (size, side, start) in enumerate(
        zip(form.plane, (form.high, form.wide), (y - form.high / 2, spot.x), strict=True)
    ):
        first, after = window.seen(axis, at[axis])
        ends.append(_within(first / size * side, after / size * side, side, start))
    (y0, y1), (x0, x1) = ends
    return (x0, y0, x1, y1)


def _within(a: float, b: float, side: float, start: float) -> tuple[float, float]:
    """A stretch of a side, not too short to see, and not beyond its ends."""
    half = max(LEAST[0], b - a) / 2
    middle = min(max((a + b) / 2, half), side - half) if 2 * half < side else side / 2
    half = min(half, side / 2)
    return (start + middle - half, start + middle + half)


def value_of(spot: PlacedForm, y: float, at: tuple[int, int]) -> Box:
    """One value of the front map."""
    form = spot.form
    sides = []
    for size, side, start, index in zip(
        form.plane, (form.high, form.wide), (y - form.high / 2, spot.x), at, strict=True
    ):
        half = min(max(LEAST[1], side / size), side) / 2
        middle = start + (index + 0.5) / size * side
        sides.append((middle - half, middle + half))
    (y0, y1), (x0, x1) = sides
    return (x0, y0, x1, y1)


def _box(canvas: Canvas, patch: Box, role: Role, deep: float) -> None:
    """The window on the first map; if it spans all channels, dashed through the maps behind it."""
    x0, y0, x1, y1 = patch
    if deep:
        back = [(x0 + deep, y0 - deep), (x1 + deep, y0 - deep), (x1 + deep, y1 - deep)]
        for line in (back, *([at, to] for at, to in zip([(x0, y0), (x1, y0), (x1, y1)], back, strict=True))):
            canvas.line(line, stroke=stroke_of(role), line=0.6, dash=HIDDEN, role=role, z=8)
    canvas.box(patch, role=role, fill=fill_of(role), stroke=stroke_of(role), line=0.75, z=9)


def swatches(
    canvas: Canvas,
    moves: list[Move],
    options: Options,
    voice: Voice,
    *,
    at: tuple[float, float],
    windows: set[Role],
) -> float:
    """What the small boxes on the maps are; `at` is the first baseline and the width; returns the next.

    Where no box of a role is among the `windows` drawn, none is explained: what kernels and pooling
    that is named nowhere else do is said in words alone.
    """
    said: list[tuple[Role, Message]] = []
    y, width = at
    if lesson := kernel_text(moves, options):
        said.append(("param", joined(": ", lesson[0], *under_figure(canvas, lesson[1:], options))))
    pools = [m for m in moves if m.window and m.lead.type.lower() != "conv2d"]
    if pools:
        once = dict.fromkeys(stated(m) for m in pools if class_of(m.lead) in voice.silent)
        same = uniform(moves).get("op")
        if once:
            said.append(("op", message("volumes.pool-named", names=", ".join(once))))
        elif same and "op" in windows:
            said.append(("op", message("volumes.pool-size", size=same)))
        elif "op" in windows:
            said.append(("op", message("volumes.pool")))
    right = width  # nothing stands on the line yet
    for role, text in said:
        inset = 16.0 if role in windows else 0.0
        lines = (labels.clauses if role == "param" else labels.wrap)(text, min(width - inset, LINE), 7)
        wide = inset + max(labels.wide(line, 7) for line in lines)
        beside = len(lines) == 1 and right + 20 + wide <= width
        x, y = (right + 20, y - 11.5) if beside else (0.0, y)
        if inset:
            deep = any(is_drawn(m) and m.source.deep and window_role(m) == role == "param" for m in moves)
            _box(canvas, (x + 0.5, y - 5.0, x + 5.5, y), role, 5.0 * deep)
        for line in lines:
            canvas.text(words(line, 7), x + inset, y, role="note")
            y += 10
        y += 1.5
        right = x + wide if len(lines) == 1 else width
    return y
