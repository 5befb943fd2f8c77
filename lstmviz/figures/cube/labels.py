"""Tokens: sentences × words × embedding, padding hatched, true lengths."""

from __future__ import annotations

import re
from dataclasses import replace

from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.description import draw_letters, swatch, top_of_labels
from lstmviz.figures.cube.solid import (
    FEATURES,
    STROKE,
    features_end,
    gutter,
    label_batch,
    label_depth,
    label_rows,
    label_time,
    paint_solid,
)
from lstmviz.figures.shared.place_names import widest
from lstmviz.layout.solids import Solid
from lstmviz.scene.code import Ref, coded
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import TextLine, code, shorten, words
from lstmviz.translation.messages import message, user_text


def compose_words(sheet: CubeDrawing) -> None:
    """The cube of an embedding, its words on the front."""
    cube, narrow = sheet.cube, sheet.narrow
    depth = (8.0, 8.0) if narrow else (10.0, 8.0)
    room = gutter(sheet, depth[0])
    free = sheet.inner - room.front - cube.features.count * depth[0] - (0 if narrow else 134)
    most = free / cube.time.count if sheet.page.fixed else 60.0
    wide = min(most, max(30.0, 5 + widest(list(_tokens(sheet).values()), bold=False)))
    wide = max(12.0, min(wide, 44.0 if narrow else 60.0))
    cell = (wide, 18.0 if narrow else 20.0)
    solid = Solid((room.front, 0), cell, depth, cube.time.shown, cube.samples.shown, cube.features.shown)
    paint_solid(sheet, solid, marked=None)
    write_words(sheet, solid)
    word_at = _mark_word(sheet, solid)
    sheet.canvas.node(
        "input", "input", solid.box, tensor="embedding", shape=cube.tensor.sizes, outline="none"
    )
    label_rows(sheet, solid.front, room)
    label_batch(sheet, solid.front, room)
    label_depth(sheet, solid, room)
    longest = cube.lengths is not None and max(cube.lengths) == cube.time.size
    note = cube.tell("longest") if longest else None
    label_time(sheet, solid.front, note=note, free=room.front)
    top = min(top_of_labels(-solid.box[1]), word_at - 16)
    title = cube.tell("padded" if cube.lengths else "vectors")
    sheet.canvas.text(words(title, 8, font="bold"), 0, top - 13, role="note")
    sheet.canvas.text(cube.whole_tag(sheet.options), 0, top, role="note")
    _key(sheet, solid)


def _tokens(sheet: CubeDrawing) -> dict[tuple[int, int], str]:
    """The words by their place on the front."""
    cube = sheet.cube
    if cube.sentences is None:
        return {}
    return {
        (i, j): " ".join(cube.sentences[n][t].split())
        for j, n in enumerate(cube.samples.shown)
        for i, t in enumerate(cube.time.shown)
        if n is not None and t is not None and t < len(cube.sentences[n])
    }


def write_words(sheet: CubeDrawing, solid: Solid) -> None:
    """Every drawn word on its front cell."""
    face = solid.front
    for (i, j), text in _tokens(sheet).items():
        (x0, y0), (x1, y1) = face.point(i, j), face.point(i + 1, j + 1)
        line = words(shorten(user_text(text), x1 - x0 - 4, 7), 7)
        sheet.canvas.text(line, (x0 + x1) / 2, (y0 + y1) / 2 + 2.5, "middle", role="input")


def _mark_word(sheet: CubeDrawing, solid: Solid) -> float:
    """Outline one word of the first sentence and its vector; returns the label's baseline."""
    cube, canvas = sheet.cube, sheet.canvas
    last = (cube.lengths[0] if cube.lengths else cube.time.size) - 1
    real = [i for i, t in enumerate(cube.time.shown) if t is not None and t <= last]
    wanted = min(cube.step, last)
    at = cube.time.shown.index(wanted) if wanted in cube.time.shown else real[-1]
    deep = cube.features.count
    canvas.form(solid.front.patch(at, at + 1, 0, 1), role="input", stroke=STROKE, line=1.75)
    canvas.form(solid.top.patch(at, at + 1, 0, deep), role="input", stroke=STROKE, line=1.75)
    x, y = solid.top.point(at + 0.5, deep)
    text = words(cube.features.tell("one-word", n=cube.features.size), 7)
    start = max(0.0, min(x - text.width / 2, max(solid.box[2] - text.width, 0.0)))
    heading = max(cube.features.heading(sheet.options, 130).width, features_end(solid)) + 10
    up = 20.0 if start < heading else FEATURES
    canvas.line([(x, y - 1), (x, y - up + 3.5)], line=0.75)
    canvas.text(text, start, y - up, role="note")
    return y - up


def _key(sheet: CubeDrawing, solid: Solid) -> None:
    """What is a word, what is padding, where a sentence ends, and how torch is told."""
    cube, canvas = sheet.cube, sheet.canvas
    lengths = cube.lengths
    total = sum(lengths) if lengths else cube.samples.size * cube.time.size
    marks = [("word", cube.tell("words-in-all", n=total))]
    if lengths:
        filler = cube.tell("filler", n=cube.samples.size * cube.time.size - total)
        marks.append(("hatch", filler))
    foot = solid.front.box[3] + 36
    x, y = (0.0, foot + 14) if sheet.narrow else (solid.box[2] + 22, 14.0)
    for mark, text in marks:
        line = words(text, 7)
        if sheet.narrow and x and x + 16 + line.width > sheet.inner:
            x, y = 0.0, y + 12
        swatch(sheet, mark, x, y)
        canvas.text(line, x + 16, y, role="note")
        x, y = (x + line.width + 30, y) if sheet.narrow else (x, y + 13)
    foot = max(y, foot) + 14
    room = None
    if lengths and not sheet.narrow and _pack_note(sheet, lengths, x, y + 8) > foot - 8:
        room = x - 8  # the letters stay beside what reaches as low
    draw_letters(sheet, foot, room)


def _pack_note(sheet: CubeDrawing, lengths: tuple[int, ...], x: float, y: float) -> float:
    """The lengths in torch, and the call that takes them; gives its last baseline."""
    cube = sheet.cube
    first = ", batch_first=True" if cube.batch_first else ""
    order = "" if list(lengths) == sorted(lengths, reverse=True) else ", enforce_sorted=False"
    given = ("lengths", ("lengths",))
    call = cube.code(f"pack_padded_sequence(X, lengths{first}{order})", packs=cube.axes["N"])
    call = replace(call, names=(*call.names, given))
    broken = re.sub(r"(?<=\()|(?<=,) (?=[be])", "\n  ", call.source)
    lines = [_listed(lengths, given), *(call.piece(part) for part in broken.split("\n"))]
    lines.append(words(message("cube.skips"), 7, tint=MUTED))
    for k, line in enumerate(lines):
        sheet.canvas.text(line, x, y + 10 * k, role="note")
    return y + 10 * (len(lines) - 1)


def _listed(lengths: tuple[int, ...], given: tuple[str, Ref]) -> TextLine:
    """The lengths as a list, the first of them if there are many."""
    whole = coded(f"lengths = {list(lengths)}", [given])
    shown = whole.source if len(lengths) <= 4 else f"lengths = {list(lengths[:4])}".replace("]", ", …]")
    shown = shorten(shown, 112, 7, "mono")
    same = next((n for n, (a, b) in enumerate(zip(shown, whole.source, strict=False)) if a != b), len(shown))
    return code(shown).claiming(whole.claim(shown[:same].rstrip(), 0))
