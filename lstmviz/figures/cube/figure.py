"""Kind `cube`: the N×T×F data cube, its slices, and the matrices cut from it."""

from __future__ import annotations

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.cube import bare
from lstmviz.figures.cube.arrows import arrow_flat, arrow_slice, brace
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.cut import cut_of
from lstmviz.figures.cube.data import cube_of, cube_tensor, has_cube, tokens_in_steps
from lstmviz.figures.cube.description import describe, draw_key, headline
from lstmviz.figures.cube.labels import compose_words
from lstmviz.figures.cube.matrices import LEAST, MATRIX, compose_matrix
from lstmviz.figures.cube.matrix import (
    LINE,
    caption_width,
    counted,
    draw_flat,
    draw_slice,
    flat_captions,
    flat_columns,
    flat_heading,
    heads_height,
    lead,
    slice_captions,
)
from lstmviz.figures.cube.options import CubeOptions, Windows
from lstmviz.figures.cube.page import compose_sheet
from lstmviz.figures.cube.sample import LEADER, sample_lines, say_sample
from lstmviz.figures.cube.slices import compose_slices
from lstmviz.figures.cube.solid import (
    Gutter,
    cell_of,
    gutter,
    label_batch,
    label_depth,
    label_rows,
    label_time,
    mark_sample,
    mark_slice,
    paint_solid,
)
from lstmviz.figures.cube.window_labels import describe_windows
from lstmviz.figures.cube.windows import compose_windows
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import place_names
from lstmviz.layout.solids import Solid
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.labels import words
from lstmviz.translation.messages import message, user_text

WIDE = 477.0
"""A figure takes the whole width of a page up to this one, pt."""
BRACE = 6.0
"""From the name of the steps to the brace under it, pt."""
OVER = 4.0
"""From the names over the flattened matrix to the bracket over them, pt."""
AFTER = 6.0
"""From the arrow into the flattened matrix to its heading beside it, pt."""
BELOW = 12.0
"""The height of its rows where it stands below the cube, pt."""


def refuse(subject: Subject) -> str | None:
    """Why there is no cube to draw, or None."""
    if cube_tensor(subject) is not None:
        return None
    data = subject.data
    if data is not None and data.form == "image":
        return "this model takes images; the kind volumes shows them"
    if data is not None and data.form == "tokens":
        return "tokens become a cube only in an embedding layer, and this model has none"
    return _refuse_own(subject) if data is None else "this model has no time axis, so its input is no cube"


def _refuse_own(subject: Subject) -> str:
    """Why the input of a user's own module is no cube."""
    given = subject.trace.input
    embedded = any(stage.type == "embedding" for stage in subject.trace.stages)
    if tokens_in_steps(subject):
        return "its input has tokens at each step, as words have characters, and a cube has features"
    if "T" in given.symbols and not has_cube(given) and not embedded:
        return f"a cube has its features last, and this model's input is ({', '.join(given.symbols)})"
    if subject.trace.recurrent:
        return "no recurrent layer reads the input itself, so which of its axes is time is not known"
    return "this model has no time axis, so its input is no cube"


def compose(subject: Subject, options: CubeOptions, page: Page) -> Draft:
    """The figure in the view that the options ask for."""
    sheet = CubeDrawing(Canvas(), cube_of(subject, options, page), options, page)
    if options.windows is not None:
        if options.view != "solid":
            raise FigureError("cube", f"windows go with view: solid, not with view: {options.view}")
        draft = _compose_windows(sheet, options.windows)
    else:
        draft = _compose_view(sheet)
    if options.legend != "off":
        cube, data = sheet.cube, subject.data
        named = [(axis.name, axis.labels or ()) for axis in (cube.batch, cube.time, cube.features) if axis]
        tokens = [token for sentence in (data.sentences if data else None) or () for token in sentence]
        place_names.below(sheet.canvas, [*named, (user_text(""), tokens)], sheet.inner)
    return draft


def _compose_view(sheet: CubeDrawing) -> Draft:
    """The cube itself, in the view that the options ask for."""
    options = sheet.options
    if sheet.cube.batch is None:
        compose_sheet(sheet)
    elif options.view == "slices":
        compose_slices(sheet)
    elif options.view == "matrix":
        compose_matrix(sheet)
    elif sheet.cube.tokens:
        compose_words(sheet)
    else:
        _compose_solid(sheet)
    if sheet.page.fixed:  # what stands here begins where the title does
        sheet.canvas.form([(0, 0), (min(sheet.inner, WIDE), 0)])
    return Draft(sheet.canvas, describe(sheet))


def _compose_windows(sheet: CubeDrawing, windows: Windows) -> Draft:
    cut = cut_of(sheet.cube, windows)
    compose_windows(sheet, cut)
    return Draft(sheet.canvas, describe_windows(sheet, cut))


def _compose_solid(sheet: CubeDrawing) -> None:
    """The cube, one slice as a matrix, and every step side by side."""
    cube, narrow = sheet.cube, sheet.narrow
    depth = (7.0, 8.0) if narrow else (10.0, 8.0)
    room = gutter(sheet, depth[0])
    solid = Solid(
        (room.front, 0), cell_of(sheet), depth, cube.time.shown, cube.samples.shown, cube.features.shown
    )
    foot = _draw_cube(sheet, solid, room)
    heading = message("cube.for-reader" if narrow else "cube.for-reader-apart", reader=cube.reader)
    headline(sheet, heading, -solid.box[1])
    placed = _place_slice(sheet, solid, 16.0 if narrow else 20.0, foot)
    if placed[1] and not narrow:
        other = message("cube.without-time")
        first, second = (words(h, 8, font="bold").width for h in (heading, other))
        x = min(next(n.box[0] for n in sheet.canvas.nodes if n.id == "slice"), sheet.inner - second)
        headline(sheet, other, -solid.box[1], x=max(x, first + 20))
    low = _place_flat(sheet, solid, room, placed, foot)
    draw_key(sheet, low + 18)


def _draw_cube(sheet: CubeDrawing, solid: Solid, room: Gutter) -> float:
    """The cube with its axes; gives the height of the brace under it."""
    cube = sheet.cube
    assert cube.time.at is not None
    assert cube.samples.at is not None
    paint_solid(sheet, solid, marked=cube.time.at)
    mark_slice(sheet, solid, cube.time.at)
    mark_sample(sheet, solid, cube.samples.at)
    label_rows(sheet, solid.front, room)
    label_batch(sheet, solid.front, room)
    label_depth(sheet, solid, room)
    return label_time(sheet, solid.front, free=room.front) + BRACE


def _place_slice(sheet: CubeDrawing, solid: Solid, side: float, foot: float) -> tuple[float, bool]:
    """The slice beside the cube, or below it, with what it is under it; returns its foot, where it stands."""
    cube, tail = sheet.cube, solid.box[2]
    wide = _slice_cell(sheet, tail, side)
    all_, said = cube.features.count * wide, caption_width(sheet)
    x = tail + _gap(sheet, wide)
    told = sample_lines(sheet)
    aside = max(line.width for line in told) + LEADER + 4
    if not sheet.narrow and x + aside + max(all_, said) <= sheet.inner:
        x += aside
        say_sample(sheet, solid, told)
    start = min(x, sheet.inner - said)
    beside = x + all_ <= sheet.inner and start >= solid.front.box[2] + 6
    brace(sheet, solid, tail, foot)
    if not beside:
        x = max(solid.at[0], min(solid.at[0] + lead(sheet, wide), sheet.inner - all_))
        start = x
    face = draw_slice(sheet, (x, 0.0 if beside else foot + 30), (wide, side), entered=True)
    y = face.box[3] + heads_height(sheet, wide)
    named = words(cube.features.name, 7).width
    before = face.box[2] + 4 + named > sheet.inner
    # before them it would be read with the number of the cube's last step, where that stands beside
    under = LINE if before and beside and not cube.features.labels else 0.0
    at = (min(x + named, sheet.inner), y + 9.5) if under else (x - 5, face.box[3] + 9.5)
    counted(sheet, cube.features, *(at if before else (face.box[2] + 4, at[1])), before=before)
    arrow_slice(sheet, solid, face, beside=beside)
    return slice_captions(sheet, (start, y + 11 + under)), beside


def _gap(sheet: CubeDrawing, wide: float) -> float:
    """Between the cube and a slice of columns `wide` beside it."""
    return max(18.0 if sheet.narrow else 34.0, lead(sheet, wide) + 7)


def _slice_cell(sheet: CubeDrawing, tail: float, side: float) -> float:
    """The width of a slice's columns: a little less where only that lets it stand beside the cube."""
    if not sheet.narrow:
        return side
    count = sheet.cube.features.count
    fitting = (w for w in (side, 14.0, 12.5) if tail + _gap(sheet, w) + count * w <= sheet.inner)
    return next(fitting, side)


def _place_flat(
    sheet: CubeDrawing, solid: Solid, room: Gutter, slice_at: tuple[float, bool], foot: float
) -> float:
    """The flattened matrix below all else, what it is beside it or under it; returns the foot of it all."""
    low, apart = slice_at
    columns, x = len(flat_columns(sheet.cube)[0]), room.front
    avail = sheet.inner - x
    beside = 0.0 if sheet.narrow else max(MATRIX, sheet.cube.flat_tag(sheet.options).width) + 14
    wide = min(12.0, avail / columns) if sheet.page.fixed or sheet.narrow else 9.0
    if (avail - beside) / columns >= LEAST:
        under = (_slice_end(sheet) - x) / columns if not sheet.narrow else 0.0  # as far as the slice
        wide = min(max(12.0, min(18.0, under)), (avail - beside) / columns)
    wide = max(LEAST, wide, (solid.box[2] - x) / columns)
    right = x + columns * wide + 14
    over, top = OVER + heads_height(sheet, wide), max(low + 20, foot + 26)
    start = (solid.front.box[0] + solid.front.box[2]) / 2 + AFTER
    heading = flat_heading(sheet.inner - start) if sheet.narrow and apart else []
    if len(heading) > 2 or any(line.width > sheet.inner - start for line in heading):
        heading = []
    for line in heading:  # over the matrix, as that of the cube is, where its arrow leaves the room
        sheet.caption(line, start, top)
        top += LINE
    face = draw_flat(sheet, (x, top + over), (wide, BELOW), over=over)
    label_rows(sheet, face, room)
    arrow_flat(sheet, solid, face, foot, around=not apart)
    if beside and sheet.inner - right >= beside - 14:
        y = flat_captions(sheet, (right, face.box[1] + 9), width=sheet.inner - right)
        return max(y, face.box[3] + 10)
    return flat_captions(sheet, (x, face.box[3] + 22), width=avail, headed=bool(heading))


def _slice_end(sheet: CubeDrawing) -> float:
    return next(n.box[2] for n in sheet.canvas.nodes if n.id == "slice")


CUBE = Kind(
    "cube",
    "the data cube of batch × time × features, its slices, and the matrices cut from it",
    CubeOptions,
    compose,
    refuse,
    backend="matplotlib",
    bare=bare.compose,
    shown_bare=frozenset({"of", "layer", "direction", "view", "windows"}),
    unable=bare.unable,
    view="cube.view",
)
