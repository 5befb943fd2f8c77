"""The cube itself: three faces, padding, highlights, and a label on every axis."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lstmviz.figures.cube.along import START, Along
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.data import Cube
from lstmviz.figures.shared.place_names import widest
from lstmviz.layout.elide import stretches
from lstmviz.layout.solids import Face, Solid, hatch
from lstmviz.scene.items import GROUND, INK, Font, Point, Tint, fill_of, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, shorten, wide, words
from lstmviz.scene.metrics import text_width
from lstmviz.translation.messages import Message, message, user_text

STROKE = stroke_of("input")
MARKED = Tint("input.fill", "input.stroke", 0.12)
"""The fill of the highlighted slice: a shade that paper without colours keeps."""
LEFT_OUT = fill_of("input", 0.5)
"""The fill of what is left out of it: selected as well."""
TOP, RIGHT = fill_of("input", 0.78), fill_of("input", 0.62)
SAMPLE = 1.5
"""The line round the highlighted sample, pt."""
CORNER = 72.0
"""The most room that the label of the batch axis and its numbers take beside a cube in a column, pt."""
ARROW = 4.5
"""From what stands at the rows to the arrow of their axis, where its label has no room beside it, pt."""
STEP = 1.4
"""The line round the highlighted step, pt."""
AWAY = 2.5
"""How far over the edge of the cube the arrow of the feature axis begins, pt."""
TIP = 7.0
"""How far the label of the feature axis stands over its arrow's tip, and so over that out of a step, pt."""
FEATURES = 9.0
"""How far the label of the feature axis stands over its ticks, pt."""


@dataclass(frozen=True, slots=True)
class Gutter:
    """The space left of the cube's front: the widths of what stands in it."""

    front: float
    """x of the front's left edge."""
    ticks: float
    lengths: float
    stairs: float
    corner: bool
    """Whether the label of the batch axis stands in the corner below, as beside it there is no room."""


def cell_of(sheet: CubeDrawing) -> tuple[float, float]:
    """Width and height of a front cell; a short time axis gets wide cells for its label."""
    least, most, high = (12.0, 30.0, 16.0) if sheet.narrow else (20.0, 36.0, 20.0)
    return (max(least, min(most, 60.0 / sheet.cube.time.count)), high)


def gutter(sheet: CubeDrawing, away: float) -> Gutter:
    """How much room the labels left of the cube need; `away` is one feature's dx."""
    cube = sheet.cube
    most, stair = (44, 52) if sheet.narrow else (76, 84)
    drawn = [n for n in cube.samples.shown if n is not None]
    lengths = max(wide(length_of(cube, n), 7) for n in drawn) + 9 if cube.lengths else 0.0
    ticks = widest([t for _, t in cube.samples.ticks(most)]) if shows_ticks(cube) else 0.0
    stairs = max(text_width(t, "sans", 7) + 7 - (k + 0.5) * away for k, t in cube.features.ticks(stair))
    beside = ticks + (5 if ticks else 0) + lengths
    left = axis_width(sheet, cube.samples) + 2 * _bracket(sheet) + 3 + beside
    low = sheet.narrow and left > CORNER
    if low:
        left = max(axis_width(sheet, cube.samples) + 6, beside + ARROW + 1.5)
    return Gutter(max(left, stairs), ticks, lengths, stair, low)


def length_of(cube: Cube, sample: int) -> Message:
    """How long a sample is, without its padding: ``4 words``."""
    assert cube.lengths is not None
    return message("cube.words-of" if cube.tokens else "cube.length-of", n=cube.lengths[sample], at=sample)


def shows_ticks(cube: Cube) -> bool:
    """Whether rows carry labels or numbers: sentences with their lengths only if some are left out."""
    return bool(cube.samples.labels or not (cube.tokens and cube.lengths) or None in cube.samples.shown)


def axis_width(sheet: CubeDrawing, axis: Along) -> float:
    """The width of an axis label on two lines."""
    return max(words(shorten(axis.name, _most(sheet), 8), 8).width, axis.amount(sheet.options).width)


def _most(sheet: CubeDrawing) -> float:
    """The most room of an axis' name beside its cells, pt."""
    return 48.0 if sheet.narrow else 72.0


def _bracket(sheet: CubeDrawing) -> float:
    """The room on each side of the bracket beside the samples, pt."""
    return 4.0 if sheet.narrow else 7.0


def paint_solid(sheet: CubeDrawing, solid: Solid, *, marked: int | None) -> None:
    """Faces, padding, grid lines, dots and outline; `marked` is the filled column."""
    canvas, cube = sheet.canvas, sheet.cube
    last = marked is not None and marked == len(solid.times) - 1
    solid.front.paint(
        canvas, fill_of("input", 0.25) if cube.tokens else GROUND, column=marked, deep=MARKED, left=LEFT_OUT
    )
    solid.top.paint(canvas, TOP, column=marked, deep=MARKED)
    solid.right.paint(canvas, Tint("input.fill", "input.stroke", 0.22) if last else RIGHT)
    if cube.lengths is not None:
        _paint_pads(sheet, solid, marked)
    for face in (solid.front, solid.top, solid.right):
        face.grid(canvas, STROKE)
        face.dots(canvas, STROKE)
        canvas.form(face.whole, role="input", stroke=STROKE, z=6)


def _parted(a: float, b: int, at: int | None) -> list[tuple[float, float]]:
    """A stretch of columns in parts, of which the one marked `at` is by itself."""
    ends = sorted({a, b, *({at, at + 1} if at is not None and a <= at < b else ())})
    return list(pairwise(ends))


def _paint_pads(sheet: CubeDrawing, solid: Solid, marked: int | None) -> None:
    """Hatch every padded cell on the faces where it shows."""
    canvas, cube = sheet.canvas, sheet.cube
    for j, sample in enumerate(solid.samples):
        filled = cube.filled(sample, solid.times)
        for one, two in _parted(filled, len(solid.times), marked):
            fill = MARKED if one == marked else GROUND
            hatch(canvas, solid.front.patch(one, two, j, j + 1), z=3, fill=fill)
            for f0, f1 in stretches(solid.features) if j == 0 else ():
                hatch(canvas, solid.top.patch(one, two, f0, f1), z=3, fill=fill)
        if filled < len(solid.times):
            for f0, f1 in stretches(solid.features):
                hatch(canvas, solid.right.patch(j, j + 1, f0, f1), z=3)


def mark_slice(sheet: CubeDrawing, solid: Solid, at: int) -> None:
    """Outline a column of the cube, as far as it shows."""
    canvas, cube = sheet.canvas, sheet.cube
    front, top = solid.front, solid.top
    deep, rows = len(solid.features), len(solid.samples)
    x0, y0, x1, y1 = (*front.point(at, 0), *front.point(at + 1, rows))
    axes = (cube.samples, cube.features)
    canvas.frame("step", "input", (x0, y0, x1, y1), tensor="input", shape=tuple(a.size for a in axes),
                 members=("input",), line=STEP)  # fmt: skip
    canvas.form(top.patch(at, at + 1, 0, deep), role="input", stroke=STROKE, line=STEP, radius=0.8, z=12)
    if at == len(solid.times) - 1:
        canvas.form(solid.right.whole, role="input", stroke=STROKE, line=STEP, radius=0.8, z=12)


def mark_sample(sheet: CubeDrawing, solid: Solid, at: int, *, name: str = "sample") -> None:
    """Outline a row of the cube in ink, round its corner."""
    canvas, cube = sheet.canvas, sheet.cube
    (x0, y0), (x1, y1) = solid.front.point(0, at), solid.front.point(len(solid.times), at + 1)
    canvas.form(
        solid.right.patch(at, at + 1, 0, len(solid.features)),
        role="input",
        stroke=INK,
        line=SAMPLE,
        radius=0.8,
        z=13,
    )
    shape = tuple(a.size for a in (cube.time, cube.features))
    canvas.frame(name, "input", (x0, y0, x1, y1), tensor="input", shape=shape, members=("input",), line=0)
    canvas.form([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], role="input", stroke=INK, line=SAMPLE, z=13)


def label_rows(sheet: CubeDrawing, face: Face, room: Gutter) -> None:
    """The ticks of the batch axis left of a face, and true lengths nearest to it."""
    cube, canvas = sheet.cube, sheet.canvas
    x = face.origin[0] - 5
    for j, text in cube.samples.ticks(room.ticks + 0.1) if room.ticks else ():
        font: Font = "bold" if j == cube.samples.at and not cube.tokens else "sans"
        line = cube.samples.line(cube.samples.shown[j] or 0, text, 7, font=font)
        canvas.text(line, x - room.lengths, _middle(face, j) + 2.5, "end", role="axis")
    if cube.lengths is None:
        return
    for j, sample in enumerate(cube.samples.shown):
        if sample is not None:
            canvas.text(words(length_of(cube, sample), 7), x, _middle(face, j) + 2.5, "end", role="axis")


def _middle(face: Face, j: int) -> float:
    return (face.point(0, j)[1] + face.point(0, j + 1)[1]) / 2


def label_batch(sheet: CubeDrawing, face: Face, room: Gutter) -> None:
    """The batch axis: a bracket and its label at the left, or an arrow down to its label below."""
    x0, y0, _, y1 = face.box
    if room.corner:
        x = x0 - 5 - room.lengths - room.ticks - ARROW
        sheet.canvas.line([(x, y0), (x, y1)], line=0.75, head=4.5, role="axis")
        two_lines(sheet, sheet.cube.samples, (0, y1 + 11))
        return
    two_lines(sheet, sheet.cube.samples, (0, (y0 + y1) / 2 - 2.5))
    x = axis_width(sheet, sheet.cube.samples) + _bracket(sheet)
    sheet.canvas.line([(x + 3, y0), (x, y0), (x, y1), (x + 3, y1)], line=0.75, role="axis")


def two_lines(sheet: CubeDrawing, axis: Along, at: Point, *, width: float = 0.0) -> None:
    """Name over letter and length; `at` is the first baseline's start."""
    sheet.canvas.text(words(shorten(axis.name, width or _most(sheet), 8), 8), *at, role="axis")
    sheet.canvas.text(axis.amount(sheet.options), at[0], at[1] + 11, role="axis")


def label_depth(sheet: CubeDrawing, solid: Solid, room: Gutter) -> None:
    """The feature axis: its names in a staircase at the top left edge, or an arrow there; and its label."""
    cube, canvas = sheet.cube, sheet.canvas
    (x, y), (dx, dy) = solid.at, solid.depth
    for k, text in cube.features.ticks(room.stairs) if cube.features.labels else ():
        line = cube.features.line(cube.features.shown[k] or 0, text)
        canvas.text(line, x + (k + 0.5) * dx - 7, y - (k + 0.5) * dy + 2.4, "end", role="axis")
    if not cube.features.labels:  # numbers would run on into those of the samples below them
        deep, aside = len(solid.features), (-AWAY * dy / dx, -AWAY)
        ends = [(x + aside[0] + k * dx, y + aside[1] - k * dy) for k in (0, deep)]
        canvas.line(ends, line=0.75, head=4.5, role="axis")
        if not cube.tokens:
            line = cube.features.heading(sheet.options, 130)
            canvas.text(line, max(0.0, ends[1][0] - line.width), ends[1][1] - TIP, role="axis")
            return
    label_features(sheet, y - len(solid.features) * dy, end=features_end(solid))


def features_end(solid: Solid) -> float:
    """Where the label of the feature axis ends: as far right as the last of its ticks."""
    return solid.at[0] + (len(solid.features) - 0.5) * solid.depth[0] - 7


def label_features(sheet: CubeDrawing, y: float, *, end: float = 0.0) -> None:
    """The label of the feature axis right over its ticks, of which the highest stands at y."""
    line = sheet.cube.features.heading(sheet.options, 130)
    sheet.canvas.text(line, max(0.0, end - line.width), y - FEATURES, role="axis")


def label_time(sheet: CubeDrawing, face: Face, *, note: Message | None = None, free: float = 0.0) -> float:
    """The time axis under a face: ticks, an arrow, name and length from x = `free` on; gives its foot."""
    canvas, axis = sheet.canvas, sheet.cube.time
    x0, _, x1, y = face.box
    time_ticks(sheet, [((face.point(i, 0)[0] + face.point(i + 1, 0)[0]) / 2) for i in range(axis.count)],
               face.u[0], (x0, x1), y + 9.5)  # fmt: skip
    canvas.line([(x0, y + 14.5), (x1, y + 14.5)], line=0.75, head=4.5, role="axis")
    shared = axis.shared(face.u[0])
    label = axis.heading(sheet.options, max(60.0, x1 - x0 + 14), f"{shared}…" if shared else "")
    said = words(note, 8) if note else EMPTY
    longer = TextLine("", (), label.width + said.width, 0) if note else label
    if longer.width > x1 - max(x0, free) + 14:
        longer, said = label, EMPTY
    start = max(free, (x0 + x1 - longer.width) / 2)
    if sheet.narrow and start + longer.width > x1 + 5 and longer is label:
        two_lines(sheet, axis, (max(free, x0), y + 25), width=max(24.0, x1 + 5 - max(free, x0)))
        if shared:
            beside = max(free, x0) + words(shorten(axis.name, 72, 8), 8).width + 4
            begun = words(shorten(user_text(f"{shared}…"), max(START, x1 + 5 - beside), 7), 7)
            canvas.text(begun, beside, y + 25, role="axis")
        return y + 36
    canvas.text(label, start, y + 25, role="axis")
    if longer is not label:
        canvas.text(said, start + label.width, y + 25, role="axis")
    return y + 25


def time_ticks(
    sheet: CubeDrawing, middles: list[float], width: float, ends: tuple[float, float], y: float
) -> None:
    """Ticks centred under cells; where they do not fit: the marked, the first, the last."""
    canvas, axis = sheet.canvas, sheet.cube.time
    shared = len(axis.shared(width))
    ticks = {i: axis.tick(k) for i, k in enumerate(axis.shown) if k is not None}
    texts = {i: text[shared:] for i, text in ticks.items()} if shared else ticks
    at = None if sheet.cube.tokens else axis.at
    if max(text_width(t, "bold", 7) for t in texts.values()) <= width - 1.5:
        for i, text in texts.items():
            line = axis.line(axis.shown[i] or 0, text, font="bold" if i == at else "sans")
            canvas.text(line, middles[i], y, "middle", role="axis")
        return
    taken: list[tuple[float, float]] = []
    for i in dict.fromkeys([*([] if at is None else [at]), 0, len(middles) - 1]):
        most = (ends[1] - ends[0]) * (1.0 if i == at else 0.6)  # the marked one alone says which it is
        text = shorten(user_text(texts[i]), max(22.0, most), 7, "bold").text
        line = axis.line(axis.shown[i] or 0, text, font="bold" if i == at else "sans")
        start = max(ends[0], min(middles[i] - line.width / 2, ends[1] - line.width))
        if all(start > b + 4 or start + line.width < a - 4 for a, b in taken):
            canvas.text(line, start, y, role="axis")
            taken.append((start, start + line.width))
