"""The matrices of one step and of all steps alone, without the cube."""

from __future__ import annotations

from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.description import draw_key, headline
from lstmviz.figures.cube.matrix import (
    caption_width,
    draw_flat,
    draw_slice,
    flat_captions,
    flat_columns,
    heads_height,
    lead,
    slice_captions,
)
from lstmviz.figures.cube.solid import gutter, label_batch, label_features, label_rows
from lstmviz.translation.messages import message

MATRIX = 84.0
"""The least room for a flattened matrix and its captions, pt."""
LEAST = 5.0
"""The narrowest column of a flattened matrix, pt."""


def compose_matrix(sheet: CubeDrawing) -> None:
    """The two matrices alone, their rows labelled."""
    narrow = sheet.narrow
    cell = (16.0, 16.0) if narrow else (20.0, 20.0)
    room = gutter(sheet, 8.0)
    x = max(room.front, lead(sheet, cell[0]))
    face = draw_slice(sheet, (x, 0), cell)
    label_rows(sheet, face, room)
    label_batch(sheet, face, room)
    high = heads_height(sheet, cell[0]) + 2
    headline(sheet, message("cube.either"), high)
    label_features(sheet, -high)
    foot = slice_captions(sheet, (x, face.box[3] + 10))
    columns = len(flat_columns(sheet.cube)[0])
    right = x + max(caption_width(sheet), face.box[2] - x) + 28
    free = sheet.inner - right
    beside = (
        not narrow
        and free / columns >= LEAST
        and free >= max(MATRIX, sheet.cube.flat_tag(sheet.options).width)
    )
    avail = free if beside else sheet.inner - x
    wide = max(LEAST, min(12.0, avail / columns))
    at = (right, 0.0) if beside else (x, foot + 12 + heads_height(sheet, wide))
    flat = draw_flat(sheet, at, (wide, cell[1]))
    if not beside:
        label_rows(sheet, flat, room)
    low = flat_captions(sheet, (at[0], flat.box[3] + 20), width=avail)
    draw_key(sheet, max(low, foot) + 18)
