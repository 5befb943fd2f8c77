"""Walk-forward splits along the table: what each trains on, and what it is tested on afterwards.

Ids: ``split.1`` … (counted from 1), ``train.1`` and ``test.1`` … in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.scene.code import coded
from lstmviz.scene.items import GROUND, INK, MUTED, fill_of, stroke_of
from lstmviz.scene.labels import words, wrap
from lstmviz.scene.metrics import text_width

if TYPE_CHECKING:
    from lstmviz.figures.cube.context import Sheet
    from lstmviz.figures.cube.cut import Cut, Split
    from lstmviz.scene.code import Code, Ref
    from lstmviz.scene.items import Role

HIGH, PITCH = 8.0, 12.5
"""The height of a band, and from one to the next, pt."""
LEAD = 10.5


def draw_splits(sheet: Sheet, cut: Cut, count: int, y: float) -> float:
    """A band along the table for every split, train before test; returns the last baseline."""
    splits, canvas = cut.splits(count), sheet.canvas
    codes = [split_code(sheet, cut, count, k) for k in range(count)]
    canvas.text(words(_title(count), 8, font="bold"), 0, y, role="note")
    y += 10
    names = [f"split {k + 1}" for k in range(count)]
    x = max(text_width(name, "sans", 7) for name in names) + 6
    said = max(one.line().width for one in codes)
    right = min(sheet.inner, 460.0) - said - 8
    for k, (name, split, line) in enumerate(zip(names, splits, codes, strict=True)):
        _band(sheet, cut, split, (x, y, right, y + HIGH), k + 1)
        canvas.text(words(name, 7), 0, y + HIGH - 1.5, role="note")
        canvas.text(line.line(), right + 8, y + HIGH - 1.5, role="note")
        y += PITCH
    canvas.line([(x, y + 1), (right, y + 1)], line=0.75, head=4.5, role="axis")
    first, last = (words(text, 7) for text in ("row 1", str(cut.rows)))
    canvas.text(first, x, y + 10, role="axis")
    canvas.text(last, right, y + 10, "end", role="axis")
    return _key(sheet, splits, y + 23)


def _title(count: int) -> str:
    return "walk-forward: one split" if count == 1 else f"walk-forward: {count} splits"


def _band(sheet: Sheet, cut: Cut, split: Split, box: tuple[float, float, float, float], number: int) -> None:
    """The whole table as a strip, to scale; the rows that are trained on, and those that are foreseen."""
    canvas, (x0, y0, x1, y1) = sheet.canvas, box
    scale = (x1 - x0) / cut.rows
    canvas.node(f"split.{number}", "op", box, outline="none")
    canvas.box(box, role="op", fill=GROUND, stroke=MUTED, line=0.5)
    # The windows of a mini-batch are counted from its first, those of splits from the table's.
    begin = -cut.skipped
    trained = (0, cut.target(begin + split.train - 1)[-1] + 1)
    tested = (cut.target(begin + split.test[0])[0], cut.target(begin + split.test[-1])[-1] + 1)
    parts: list[tuple[str, Role, tuple[int, int]]] = [("train", "input", trained), ("test", "output", tested)]
    for name, role, (a, b) in parts:
        part = (x0 + a * scale, y0, x0 + b * scale, y1)
        canvas.box(part, role=role, fill=fill_of(role), stroke=stroke_of(role), line=0.75)
        canvas.node(f"{name}.{number}", role, part, outline="none")


def _key(sheet: Sheet, splits: list[Split], y: float) -> float:
    """What the two colours mean, and which windows are left out between them."""
    canvas = sheet.canvas
    size, out = len(splits[0].test), splits[0].test[0] - splits[0].train
    lines = [
        ("input", "train: the rows of its windows and their targets"),
        ("output", f"test: the targets of {size} {'window' if size == 1 else 'windows'}"),
    ]
    for role, text in lines:
        canvas.box((0, y - 6, 10, y), role=role, fill=fill_of(role), stroke=stroke_of(role))
        for line in wrap(text, sheet.inner - 16, 7):
            canvas.text(words(line, 7, tint=INK), 16, y, role="note")
            y += LEAD
    if out:
        which = "one window" if out == 1 else f"{out} windows"
        text = f"{which} between train and test left out: rows of the target would be in both"
        for line in wrap(text, sheet.inner, 7):
            canvas.text(words(line, 7, tint=MUTED), 0, y, role="note")
            y += LEAD
    return y - LEAD


def split_code(sheet: Sheet, cut: Cut, count: int, number: int) -> Code:
    """The windows to train on and to test on: ``X[:3], X[4:6]``; of a mini-batch they are not all."""
    cube, split = sheet.cube, cut.splits(count)[number]
    low, high = split.test[0], split.test[-1] + 1
    whole, axis = ("windows", 0) if cut.size is not None else ("X", cube.axes["N"])
    before = ":, " if axis else ""
    source = f"{whole}[{before}:{split.train}], {whole}[{before}{low}:{high}]"
    return coded(
        source, names_of(sheet, cut, whole), splits=(whole, axis, count, number, cut.horizon, cut.stride)
    )


def names_of(sheet: Sheet, cut: Cut, called: str) -> list[tuple[str, Ref]]:
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
