"""Walk-forward splits along the table: what each trains on, and what it is tested on afterwards.

Ids: ``split.1`` … (counted from 1), ``train.1`` and ``test.1`` … in it.
"""

from __future__ import annotations

from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.cut import Cut, Split
from lstmviz.figures.shared import bare
from lstmviz.figures.shared.claimed import ticked
from lstmviz.figures.shared.sentences import code_said
from lstmviz.scene import ids
from lstmviz.scene.code import Code, Ref, coded
from lstmviz.scene.items import GROUND, INK, MUTED, Role, fill_of, stroke_of
from lstmviz.scene.labels import words, wrap
from lstmviz.translation.messages import Message, message

HIGH, PITCH = 8.0, 12.5
"""The height of a band, and from one to the next, pt."""
LEAD = 10.5
TALL, BETWEEN, LONGEST = 15.0, 7.0, 260.0
"""Of a bare drawing: the height of a band, the room under it, and the most width of all, pt."""


def draw_splits(sheet: CubeDrawing, cut: Cut, count: int, y: float) -> float:
    """A band along the table for every split, train before test; returns the last baseline."""
    splits, canvas = cut.splits(count), sheet.canvas
    codes = [split_code(sheet, cut, count, k) for k in range(count)]
    title = sheet.cube.tell("walk", n=count, split=code_said(codes[-1]), **cut.given)
    canvas.text(words(title, 8, font="bold"), 0, y, role="note")
    y += 10
    names = [words(split_said(sheet, cut, k, codes[k]), 7) for k in range(count)]
    x = max(name.width for name in names) + 6
    said = max(one.line().width for one in codes)
    right = min(sheet.inner, 460.0) - said - 8
    for k, (name, split, line) in enumerate(zip(names, splits, codes, strict=True)):
        _band(sheet, cut, split, (x, y, right, y + HIGH), k + 1)
        canvas.text(name, 0, y + HIGH - 1.5, role="note")
        canvas.text(line.line(), right + 8, y + HIGH - 1.5, role="note")
        y += PITCH
    canvas.line([(x, y + 1), (right, y + 1)], line=0.75, head=4.5, role="axis")
    first, last = words(message("cube.row-one"), 7), ticked(words(str(cut.rows), 7), cut.rows, cut.rows)
    canvas.text(first, x, y + 10, role="axis")
    canvas.text(last, right, y + 10, "end", role="axis")
    return _key(sheet, cut, codes[-1], y + 23)


def draw_bare(sheet: CubeDrawing, cut: Cut, count: int) -> None:
    """The bands alone, in large type: train before test, named once, split by split along the table."""
    splits, canvas = cut.splits(count), sheet.canvas
    codes = [split_code(sheet, cut, count, k) for k in range(count)]
    names = [words(split_said(sheet, cut, k, codes[k]), bare.WORD, tint=MUTED) for k in range(count)]
    x = max(name.width for name in names) + 9
    right, y = max(x + 60, min(sheet.inner, x + LONGEST)), bare.LEAD
    for k, (name, split) in enumerate(zip(names, splits, strict=True)):
        box = (x, y, right, y + TALL)
        _band(sheet, cut, split, box, k + 1)
        canvas.text(name, x - 9, y + TALL / 2 + 3.5, "end", role="note")
        y += TALL + BETWEEN
    parts = {node.id: node.box for node in canvas.nodes}
    train, test = (parts[ids.named(part, 1)] for part in ("train", "test"))
    bare.say(canvas, message("cube.train-bare"), ((train[0] + train[2]) / 2, train[1] - 6), "middle")
    bare.say(canvas, message("cube.test-bare"), (test[0], test[1] - 6), "start")
    canvas.line([(x, y + 2), (right, y + 2)], line=1.2, head=6.0, role="axis", stroke=MUTED)
    bare.say(canvas, message("cube.table"), ((x + right) / 2, y + 5 + bare.LEAD), "middle")


def split_said(sheet: CubeDrawing, cut: Cut, number: int, line: Code) -> Message:
    """What a split is called; `line` is the code that takes it."""
    return sheet.cube.tell("split", n=number + 1, split=code_said(line), **cut.given)


def _band(
    sheet: CubeDrawing, cut: Cut, split: Split, box: tuple[float, float, float, float], number: int
) -> None:
    """The whole table as a strip, to scale; the rows that are trained on, and those that are foreseen."""
    canvas, (x0, y0, x1, y1) = sheet.canvas, box
    scale = (x1 - x0) / cut.rows
    canvas.node(ids.named("split", number), "op", box, outline="none")
    canvas.box(box, role="op", fill=GROUND, stroke=MUTED, line=0.5)
    # The windows of a mini-batch are counted from its first, those of splits from the table's.
    begin = -cut.skipped
    trained = (0, cut.target(begin + split.train - 1)[-1] + 1)
    tested = (cut.target(begin + split.test[0])[0], cut.target(begin + split.test[-1])[-1] + 1)
    parts: list[tuple[str, Role, tuple[int, int]]] = [("train", "input", trained), ("test", "output", tested)]
    for name, role, (a, b) in parts:
        part = (x0 + a * scale, y0, x0 + b * scale, y1)
        canvas.box(part, role=role, fill=fill_of(role), stroke=stroke_of(role), line=0.75)
        canvas.node(ids.named(name, number), role, part, outline="none")


def _key(sheet: CubeDrawing, cut: Cut, last: Code, y: float) -> float:
    """What the two colours mean, and which windows are left out between them."""
    canvas, cube = sheet.canvas, sheet.cube
    count = dict(last.facts)["splits"][2]
    split = cut.splits(count)[-1]
    about = {"split": code_said(last), **cut.given}
    lines: list[tuple[Role, Message]] = [
        ("input", message("cube.train")),
        ("output", cube.tell("test", n=len(split.test), **about)),
    ]
    for role, text in lines:
        canvas.box((0, y - 6, 10, y), role=role, fill=fill_of(role), stroke=stroke_of(role))
        for line in wrap(text, sheet.inner - 16, 7):
            canvas.text(words(line, 7, tint=INK), 16, y, role="note")
            y += LEAD
    if out := split.test[0] - split.train:
        said = cube.tell("left-out-one" if out == 1 else "left-out", n=out, **about)
        for line in wrap(said, sheet.inner, 7):
            canvas.text(words(line, 7, tint=MUTED), 0, y, role="note")
            y += LEAD
    return y - LEAD


def split_code(sheet: CubeDrawing, cut: Cut, count: int, number: int) -> Code:
    """The windows to train on and to test on: ``X[:3], X[4:6]``; of a mini-batch they are not all."""
    cube, split = sheet.cube, cut.splits(count)[number]
    low, high = split.test[0], split.test[-1] + 1
    whole, axis = ("windows", 0) if cut.size is not None else ("X", cube.axes["N"])
    before = ":, " if axis else ""
    source = f"{whole}[{before}:{split.train}], {whole}[{before}{low}:{high}]"
    return coded(
        source, names_of(sheet, cut, whole), splits=(whole, axis, count, number, cut.horizon, cut.stride)
    )


def names_of(sheet: CubeDrawing, cut: Cut, called: str) -> list[tuple[str, Ref]]:
    """The table, and what is cut from it: X, y, or all windows where X is a mini-batch of them."""
    cube = sheet.cube
    axis = cube.axes["N"]
    series = ("series", ("table", cut.rows, cube.features.size))
    first, taken = cut.skipped, cut.samples
    columns = cut.columns[0] if len(cut.columns) == 1 else cut.columns
    aside = 0 if len(cut.columns) == 1 else axis
    made: dict[str, tuple[object, ...]] = {
        "X": (cut.steps, cut.stride, axis, 0, first, taken, (), cube.source),
        "windows": (cut.steps, cut.stride, 0, 0, 0, cut.count, (), ""),
        "y": (cut.horizon, cut.stride, aside, cut.start, first, taken, columns, ""),
    }
    return [series, (called, ("windows", "series", *made[called]))]
