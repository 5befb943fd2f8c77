"""What a window is to foresee: y, a row for each sample and a column for each step of the horizon.

Ids: ``target.1`` … on the table (counted from 1), ``target`` (y, the whole). The run has no such tensor, so
the nodes have no shape; the code that cuts it is run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmviz.figures.base import respell
from lstmviz.figures.cube.along import Along
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.cut import Cut
from lstmviz.figures.cube.solid import RIGHT, TOP
from lstmviz.figures.shared.claimed import ticked
from lstmviz.figures.shared.place_names import widest
from lstmviz.layout.elide import shown, stretches
from lstmviz.layout.solids import Face, Solid
from lstmviz.scene import ids
from lstmviz.scene.claims import claim
from lstmviz.scene.items import GROUND, INK, Font, Point, Tint, fill_of, stroke_of
from lstmviz.scene.labels import EMPTY, ShapeMode, TextLine, asserted, letters, row, shape, shorten, words
from lstmviz.scene.metrics import text_width
from lstmviz.translation.messages import Message, joined, message, user_text

MARKED = Tint("output.fill", "output.stroke", 0.12)
"""The fill of the highlighted sample's target."""
STROKE = stroke_of("output")


@dataclass(frozen=True, slots=True)
class Target:
    """Where y stands, and its axes; without `features` it is of one feature and a matrix."""

    solid: Solid
    horizon: Along
    features: Along | None
    beside: bool
    """Whether it stands beside the cube, so that its rows are those of the cube."""


def horizon_of(sheet: CubeDrawing, cut: Cut) -> Along:
    """The steps of the horizon, by the spec's word and labels where it has them."""
    axis = sheet.cube.ahead
    labels = axis.labels if axis and axis.labels and len(axis.labels) == cut.horizon else None
    few = 3 if sheet.narrow else 4
    drawn = shown(cut.horizon, few, head=few - 2)
    drawn = tuple(range(cut.horizon)) if sheet.options.whole else drawn
    name = user_text(axis.name or "" if axis else "")
    about = ("own", "step", "horizon", sheet.cube.source)
    return Along(name, *about, "horizon", cut.horizon, labels, drawn)


def features_of(sheet: CubeDrawing, cut: Cut) -> Along | None:
    """The features of the target, where they are several."""
    count = len(cut.columns)
    if count == 1:
        return None
    whole = sheet.cube.features
    labels = tuple(whole.labels[k] for k in cut.columns) if whole.labels else None
    return replace(whole, size=count, labels=labels, shown=shown(count, 3, head=1))


def size_of(sheet: CubeDrawing, cut: Cut, depth: Point) -> tuple[int, float, float]:
    """How many cells y is wide, and how far it reaches beyond them to the right and up, pt."""
    deep = features_of(sheet, cut)
    away = deep.count if deep else 0
    return horizon_of(sheet, cut).count, away * depth[0], away * depth[1]


def placed(sheet: CubeDrawing, cut: Cut, cube: Solid, at: Point, *, beside: bool) -> Target:
    """Y at a place, its rows as high as those of the cube."""
    horizon, deep = horizon_of(sheet, cut), features_of(sheet, cut)
    drawn = deep.shown if deep else ()
    solid = Solid(at, cube.cell, cube.depth, horizon.shown, cube.samples, drawn)
    return Target(solid, horizon, deep, beside)


def draw_target(sheet: CubeDrawing, cut: Cut, target: Target, *, numbers: bool) -> None:
    """Y, its cells with the numbers of their rows in the table, its axes."""
    canvas, solid = sheet.canvas, target.solid
    faces = [(solid.front, GROUND), (solid.top, TOP), (solid.right, RIGHT)]
    faces = [(face, fill) for face, fill in faces if face.us and face.vs]
    at = sheet.cube.samples.at
    assert at is not None
    for face, fill in faces:
        face.paint(canvas, fill if fill is GROUND else fill_of("output", 0.7))
    for a, b in stretches(solid.times):
        canvas.form(solid.front.patch(a, b, at, at + 1), role="output", fill=MARKED, z=3)
    for face, _ in faces:
        face.grid(canvas, STROKE)
        face.dots(canvas, STROKE)
        canvas.form(face.whole, role="output", stroke=STROKE, z=6)
    canvas.form(solid.front.patch(0, len(solid.times), at, at + 1), role="output", stroke=INK, line=1.5, z=13)
    if solid.features:
        canvas.form(
            solid.right.patch(at, at + 1, 0, len(solid.features)), role="output", stroke=INK, line=1.5, z=13
        )
    canvas.node("target", "output", solid.box, outline="none")
    _label(sheet, cut, target)
    for j, n in enumerate(solid.samples if numbers else ()):
        for i, k in enumerate(solid.times):
            if n is not None and k is not None:
                _number(sheet, cut, solid.front.point(i + 0.5, j + 0.5), cut.target(n)[k], marked=j == at)


def _number(sheet: CubeDrawing, cut: Cut, at: Point, place: int, *, marked: bool) -> None:
    line = words(str(place + 1), 7, font="bold" if marked else "sans")
    sheet.canvas.text(ticked(line, place + 1, cut.rows), at[0], at[1] + 2.5, "middle", role="output")


def _label(sheet: CubeDrawing, cut: Cut, target: Target) -> None:
    """The horizon below y, its features up the edge, and where y stands alone its samples."""
    canvas, solid, horizon = sheet.canvas, target.solid, target.horizon
    x0, y0, x1, y1 = solid.front.box
    wide = solid.cell[0] - 1.5
    fits = widest([text for _, text in horizon.ticks(200)]) <= wide
    for i, text in horizon.ticks(wide) if fits else ():
        line = horizon.line(horizon.shown[i] or 0, text)
        canvas.text(line, x0 + (i + 0.5) * solid.cell[0], y1 + 9.5, "middle", role="axis")
    if not fits:  # the first and the last stand at the ends of the arrow
        cut_off = ((k, shorten(user_text(horizon.tick(k)), 60, 7).text) for k in (0, horizon.size - 1))
        first, last = (horizon.line(k, text) for k, text in cut_off)
        canvas.text(row(first, words("–", 7), last, gap=3), x0, y1 + 9.5, role="axis")
    canvas.line([(x0, y1 + 14.5), (x1, y1 + 14.5)], line=0.75, head=4.5, role="axis")
    name = words(shorten(horizon.name, 84, 8), 8) if horizon.name else EMPTY
    for k, line in enumerate(line for line in (name, _length(sheet, cut)) if line.runs):
        canvas.text(line, x0, y1 + 25 + 11 * k, role="axis")
    if deep := target.features:
        for k, text in deep.ticks(48):
            x, y = x1 + (k + 0.5) * solid.depth[0], y1 - (k + 0.5) * solid.depth[1]
            canvas.text(deep.line(deep.shown[k] or 0, text), x + 3, y + 7, role="axis")
    for j, text in sheet.cube.samples.ticks(30) if not target.beside else ():
        font: Font = "bold" if j == sheet.cube.samples.at else "sans"
        line = sheet.cube.samples.line(solid.samples[j] or 0, text, font=font)
        canvas.text(line, x0 - 5, y0 + (j + 0.5) * solid.cell[1] + 2.5, "end", role="axis")


def _length(sheet: CubeDrawing, cut: Cut) -> TextLine:
    """``horizon = 2``, as the option `shapes` wants it; the model need have no axis that long."""
    mode = sheet.options.shapes
    if mode == "off":
        return EMPTY
    said = sheet.cube.tell({"numbers": "horizon-number"}.get(mode, "horizon"), n=cut.horizon, **cut.given)
    said = message("cube.horizon-letter") if mode == "symbols" else said
    return letters(said.text, 9).claiming(asserted(said))


def name_width(target: Target) -> float:
    """How far the names of several features of y reach beyond it, pt."""
    if target.features is None:
        return 0.0
    return max(text_width(text, "sans", 7) for _, text in target.features.ticks(48)) + 4


def tags(sheet: CubeDrawing, cut: Cut, room: float) -> list[TextLine]:
    """``y (N, horizon) = (4, 2)``, which the code beside it makes; on two lines where that has no room."""
    mode = sheet.options.shapes
    name = words(message("cube.y"), 8, font="mono")
    whole = row(name, _shape(sheet, cut, mode), gap=4)
    if mode != "both" or whole.width <= room:
        return [whole]
    return [row(name, _shape(sheet, cut, "symbols"), gap=4), _shape(sheet, cut, "numbers")]


def _shape(sheet: CubeDrawing, cut: Cut, mode: ShapeMode) -> TextLine:
    """The axes of y and their sizes; that of its samples is the run's."""
    several = len(cut.columns) > 1
    means = ["N", "horizon", *(["targets"] if several else [])]
    sizes = [sheet.cube.samples.size, cut.horizon, *([len(cut.columns)] if several else [])]
    if several and not sheet.cube.batch_first:
        sizes[:2], means[:2] = sizes[1::-1], means[1::-1]
    symbols = [respell(one, sheet.options) if one == "N" else one for one in means]
    line = shape(symbols, sizes, mode=mode, size=8, means=means)
    said = [claim("target", one.text, **dict(one.facts)) for one in line.claims]
    return replace(line, claims=tuple(said))


def mark_on_table(sheet: CubeDrawing, cut: Cut, face: Face) -> None:
    """The chosen sample's target on the table: its rows, in the features that are foreseen."""
    rows = cut.target(sheet.cube.sample)
    first, after = face.vs.index(rows[0]), face.vs.index(rows[-1]) + 1
    columns = [i for i, k in enumerate(face.us) if k in cut.columns]
    for a, b in stretches(tuple(i if i in columns else None for i in range(len(face.us)))):
        for c, d in stretches(face.vs[first:after]):
            sheet.canvas.form(face.patch(a, b, first + c, first + d), role="output", fill=MARKED, z=3)
        sheet.canvas.form(face.patch(a, b, first, after), role="output", stroke=STROKE, line=1.5, z=13)


def bracket(sheet: CubeDrawing, cut: Cut, face: Face, x: float, n: int) -> None:
    """The target of a window beside the table, in the window's lane."""
    rows = cut.target(n)
    first, after = face.vs.index(rows[0]), face.vs.index(rows[-1]) + 1
    y0, y1 = face.point(0, first)[1] + 1.5, face.point(0, after)[1] - 1.5
    line = 1.75 if n == sheet.cube.sample else 1.25
    sheet.canvas.line([(x - 3, y0), (x, y0), (x, y1), (x - 3, y1)], stroke=STROKE, line=line, role="output")
    sheet.canvas.node(ids.named("target", n + 1), "output", (x - 3, y0, x, y1), outline="none")


def of_what(sheet: CubeDrawing, cut: Cut) -> str | Message:
    """Which features the target is of, in words; empty where it is of all."""
    whole = sheet.cube.features
    if len(cut.columns) == whole.size:
        return ""
    names = [
        user_text(whole.labels[k]) if whole.labels else sheet.cube.tell("feature", n=k + 1, column=k)
        for k in cut.columns
    ]
    return sheet.cube.tell("of-features", names=joined(", ", *names), columns=cut.columns)
