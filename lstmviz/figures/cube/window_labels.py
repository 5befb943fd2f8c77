"""The words of a cube that is cut from one long table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.figures.base import respell
from lstmviz.figures.cube.description import draw_letters, swatch
from lstmviz.figures.shared.sentences import spoken
from lstmviz.scene.claims import claim
from lstmviz.scene.code import coded
from lstmviz.scene.items import MUTED, fill_of, stroke_of
from lstmviz.scene.labels import code, shape, words, wrap
from lstmviz.scene.labels import row as row_of

if TYPE_CHECKING:
    from lstmviz.figures.base import Options
    from lstmviz.figures.cube.context import Sheet
    from lstmviz.figures.cube.cut import Cut
    from lstmviz.figures.cube.data import Cube
    from lstmviz.scene.code import Code, Ref
    from lstmviz.scene.labels import Inline


def draw_heads(sheet: Sheet, cut: Cut, *, at: tuple[float, float]) -> None:
    """What stands at the left and at the right, with shapes; `at` is the cube's x and the baseline."""
    cube, options, canvas = sheet.cube, sheet.options, sheet.canvas
    x, y = at
    symbol = respell(cube.features.symbol, options)
    tag = row_of(code("series"), _table(cut, symbol, cube.features.size, options), gap=4)
    left = words("one long table", 8, font="bold")
    x = max(x, max(left.width, tag.width) + 12)
    free = sheet.inner - x if sheet.page.fixed else 1000.0
    titles = [words(t, 8, font="bold") for t in (f"the cube: {_how(cut)}", "the cube")]
    right = next((t for t in titles if t.width <= free), titles[-1])
    whole = cube.whole_tag(options)
    up = 0.0
    if sheet.page.fixed and x + max(whole.width, right.width) > sheet.inner:
        x, up = max(0.0, sheet.inner - max(whole.width, right.width)), 28.0
    for line, start, base in (
        (left, 0.0, y - 12 - up),
        (tag, 0.0, y - up),
        (right, x, y - 12),
        (whole, x, y),
    ):
        canvas.text(line, start, base, role="note")


def _table(cut: Cut, symbol: str, features: int, options: Options) -> Inline:
    """The shape of the table, of which the run sees windows alone."""
    tag = shape(["rows", symbol], [cut.rows, features], mode=options.shapes, size=8)
    of = [claim("table", one.text, stride=cut.stride, **dict(one.facts)) for one in tag.claims]
    return replace(tag, claims=tuple(of))


def _how(cut: Cut) -> str:
    """How the windows lie."""
    if cut.count == 1:
        return "one window"
    if cut.stride > cut.steps:
        return "windows with gaps"
    return "windows that overlap" if cut.stride < cut.steps else "windows end to end"


def draw_foot(sheet: Sheet, cut: Cut, row: int, y: float, *, numbers: bool) -> None:
    """The key, how many windows there are, and how torch cuts them."""
    cube, canvas = sheet.cube, sheet.canvas
    places = cut.places(row)
    where = ", ".join(f"step {t + 1} of sample {n + 1}" for n, t in places[:3])
    keys = [("fill", f"row {row + 1}: {where}{' …' if len(places) > 3 else ''}")]
    first, last = cut.first(cube.sample) + 1, cut.last(cube.sample) + 1
    span = f"rows {first} to {last}" if last > first else f"row {first}"
    keys.append(("line", f"sample {cube.sample + 1}, {cube.sample_code.source}: {span}"))
    if cut.spare:
        keys.append(("spare", f"{cut.spare} {'row' if cut.spare == 1 else 'rows'} in no window"))
    for mark, text in keys:
        _swatch(sheet, mark, y)
        for line in wrap(text, sheet.inner - 16, 7):
            canvas.text(words(line, 7), 16, y, role="note")
            y += 10.5
        y += 1.5
    for one in _codes(cube, cut):
        for part in one.lines(sheet.inner):
            canvas.text(part, 0, y, role="note")
            y += 10.5
    if numbers:
        said = "the numbers on the cube are rows of the table"
        for text in wrap(said, sheet.inner, 7):
            canvas.text(words(text, 7, tint=MUTED), 0, y, role="note")
            y += 10.5
    draw_letters(sheet, y + 2)


def _swatch(sheet: Sheet, mark: str, y: float) -> None:
    if mark == "spare":
        sheet.canvas.box((0, y - 6, 10, y), role="input", fill=fill_of("op"), stroke=stroke_of("input"))
    else:
        swatch(sheet, mark, 0, y)


def _codes(cube: Cube, cut: Cut) -> list[Code]:
    """How many windows there are, and the call that cuts them."""
    order = "transpose(1, 2)" if cube.batch_first else "permute(2, 0, 1)"
    count = f"({cut.rows} - {cut.steps}) // {cut.stride} + 1 = {cut.count}"
    sizes: list[tuple[str, Ref]] = [("rows", ("number", cut.rows)), ("stride", ("number", cut.stride))]
    counted = cube.code(f"{{N}} = (rows - {{T}}) // stride + 1 = {count}", "N", "T")
    series = ("series", ("table", cut.rows, cube.features.size))
    windows = ("X", ("windows", "series", cut.steps, cut.stride, cube.axes["N"], cube.source))
    return [
        replace(counted, names=(*counted.names, *sizes)),
        coded(f"X = series.unfold(0, {cut.steps}, {cut.stride}).{order}", [series, windows]),
    ]


def describe_windows(sheet: Sheet, cut: Cut) -> str:
    """A sentence that reads the figure aloud."""
    cube = sheet.cube
    every = "every row" if cut.stride == 1 else f"every {cut.stride} rows"
    sentence = (
        f"One long table of {cut.rows} rows and {cube.features.size} {cube.features.name} is cut into "
        f"{cut.count} windows of {cut.steps} rows, one beginning {every}. Each window is one sample of the "
        f"cube X of shape {spoken(cube.tensor)}, in the same order."
    )
    row = cut.first(cube.sample) + cube.step
    places = ", ".join(f"step {t + 1} of sample {n + 1}" for n, t in cut.places(row))
    spare = f" {cut.spare} rows are in no window." if cut.spare else ""
    return f"{sentence} Highlighted: row {row + 1}, which is {places}.{spare}"
