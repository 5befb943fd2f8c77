"""The words of a cube that is cut from one long table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lstmviz.figures.base import respell
from lstmviz.figures.cube.cut import rows_of
from lstmviz.figures.cube.description import draw_letters, swatch
from lstmviz.figures.cube.splits import names_of
from lstmviz.figures.cube.target import of_what, tags
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
    from lstmviz.figures.cube.target import Target
    from lstmviz.scene.code import Code, Ref
    from lstmviz.scene.labels import Inline


def draw_heads(sheet: Sheet, cut: Cut, target: Target | None, *, at: tuple[float, float]) -> None:
    """What stands at the left and at the right, with shapes; `at` is the cube's x and the baseline."""
    cube, options, canvas = sheet.cube, sheet.options, sheet.canvas
    x, y = at
    symbol = respell(cube.features.symbol, options)
    tag = row_of(code("series"), _table(cut, symbol, cube.features.size, options), gap=4)
    left = words("one long table", 8, font="bold")
    x = max(x, max(left.width, tag.width) + 12)
    free = sheet.inner - x if sheet.page.fixed else 1000.0
    free = min(free, target.solid.at[0] - x - 14) if target and target.beside else free
    titles = [words(t, 8, font="bold") for t in (f"the cube: {_how(cut)}", "the cube")]
    right = next((t for t in titles if t.width <= free), titles[-1])
    whole = cube.whole_tag(options)
    up = 0.0
    if sheet.page.fixed and x + max(whole.width, right.width) > sheet.inner:
        x, up = max(0.0, sheet.inner - max(whole.width, right.width)), 28.0
    heads = [(left, 0.0, y - 12 - up), (tag, 0.0, y - up), (right, x, y - 12), (whole, x, y)]
    if target:
        at_y = max(target.solid.at[0], x + whole.width + 14) if target.beside else target.solid.at[0]
        said = tags(sheet, cut, sheet.inner - at_y if sheet.page.fixed else 1000.0)
        base = y if target.beside else target.solid.box[1] - 8
        over = [words("its target", 8, font="bold"), *said]
        heads += [(line, at_y, base - 12 * k) for k, line in enumerate(reversed(over))]
    for line, start, base in heads:
        canvas.text(line, start, base, role="note")


def _table(cut: Cut, symbol: str, features: int, options: Options) -> Inline:
    """The shape of the table, of which the run sees windows alone."""
    tag = shape(["rows", symbol], [cut.rows, features], mode=options.shapes, size=8)
    cuts = {"stride": cut.stride, "rest": cut.rest, "skipped": cut.skipped, "part": cut.size is not None}
    of = [claim("table", one.text, **cuts, **dict(one.facts)) for one in tag.claims]
    return replace(tag, claims=tuple(of))


def _how(cut: Cut) -> str:
    """How the windows lie."""
    if cut.size is not None:
        return "a mini-batch of windows"
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
    if cut.horizon:
        rows = cut.target(cube.sample)
        span = f"rows {rows[0] + 1} to {rows[-1] + 1}" if len(rows) > 1 else f"row {rows[0] + 1}"
        keys.append(("target", f"its target, {_one_of_y(sheet, cut).source}: {span}{of_what(sheet, cut)}"))
    if cut.spare:
        aim = " and no target" if cut.horizon else ""
        keys.append(("spare", f"{cut.spare} {'row' if cut.spare == 1 else 'rows'} in no window{aim}"))
    for mark, text in keys:
        _swatch(sheet, mark, y)
        for line in wrap(text, sheet.inner - 16, 7):
            canvas.text(words(line, 7), 16, y, role="note")
            y += 10.5
        y += 1.5
    for one in _codes(sheet, cut):
        for part in one.lines(sheet.inner):
            canvas.text(part, 0, y, role="note")
            y += 10.5
    said = ["the numbers on the cube are rows of the table"] if numbers else []
    if cut.size is not None:
        first = cut.skipped + 1
        said.insert(0, f"X is a mini-batch: windows {first} to {cut.skipped + cut.size} of {cut.count}")
    for note in said:
        for text in wrap(note, sheet.inner, 7):
            canvas.text(words(text, 7, tint=MUTED), 0, y, role="note")
            y += 10.5
    draw_letters(sheet, y + 2)


def _swatch(sheet: Sheet, mark: str, y: float) -> None:
    if mark in {"spare", "target"}:
        role = "op" if mark == "spare" else "output"
        stroke = stroke_of("input" if mark == "spare" else "output")
        sheet.canvas.box((0, y - 6, 10, y), role=role, fill=fill_of(role), stroke=stroke)
    else:
        swatch(sheet, mark, 0, y)


def _one_of_y(sheet: Sheet, cut: Cut) -> Code:
    """The target of the chosen sample."""
    n = sheet.cube.sample
    axis = 0 if len(cut.columns) == 1 else sheet.cube.axes["N"]
    return coded(f"y[:, {n}]" if axis else f"y[{n}]", names_of(sheet, cut, "y"))


def _codes(sheet: Sheet, cut: Cut) -> list[Code]:
    """How many windows there are, and the calls that cut them."""
    cube = sheet.cube
    called = "{N}" if cut.size is None else "windows"
    parts = {"rows": cut.rows, "T": cut.steps, **({"gap": cut.gap} if cut.gap else {})}
    parts |= {"horizon": cut.horizon} if cut.horizon else {}
    said = " - ".join("{T}" if name == "T" else name for name in parts)
    count = f"({' - '.join(map(str, parts.values()))}) // {cut.stride} + 1 = {cut.count}"
    sizes: list[tuple[str, Ref]] = [(k, ("number", v)) for k, v in parts.items() if k != "T"]
    sizes += [("stride", ("number", cut.stride))]
    letters = ("N", "T") if cut.size is None else ("T",)
    counted = cube.code(f"{called} = ({said}) // stride + 1 = {count}", *letters)
    whole = [("windows", ("number", cut.count))] if cut.size is not None else []
    part = "" if cut.size is None else f"[{cut.skipped}:{cut.skipped + cut.size}]"
    table = f"series[:-{cut.rest}]" if cut.rest else "series"
    order = "transpose(1, 2)" if cube.batch_first else "permute(2, 0, 1)"
    cuts = f"X = {table}.unfold(0, {cut.steps}, {cut.stride}){part}.{order}"
    codes = [
        replace(counted, names=(*counted.names, *sizes, *whole)),
        coded(cuts, names_of(sheet, cut, "X")),
    ]
    return [*codes, _target_code(sheet, cut, part, order)] if cut.horizon else codes


def _target_code(sheet: Sheet, cut: Cut, part: str, order: str) -> Code:
    """The call that cuts the target of every window."""
    whole = len(cut.columns) == sheet.cube.features.size
    which = f", {list(cut.columns)}" if len(cut.columns) > 1 else f", {cut.columns[0]}"
    which = "" if whole and len(cut.columns) > 1 else which
    cuts = f"y = series[{cut.start}:{which}].unfold(0, {cut.horizon}, {cut.stride}){part}"
    cuts += f".{order}" if len(cut.columns) > 1 else ""
    return coded(cuts, names_of(sheet, cut, "y"))


def describe_windows(sheet: Sheet, cut: Cut) -> str:
    """A sentence that reads the figure aloud."""
    cube = sheet.cube
    every = "every row" if cut.stride == 1 else f"every {cut.stride} rows"
    which = "Each window is one sample" if cut.size is None else "Some of them are the samples"
    sentence = (
        f"One long table of {cut.rows} rows and {cube.features.size} {cube.features.name} is cut into "
        f"{cut.count} windows of {cut.steps} rows, one beginning {every}. {which} of the "
        f"cube X of shape {spoken(cube.tensor)}, in the same order."
    )
    row = cut.first(cube.sample) + cube.step
    places = ", ".join(f"step {t + 1} of sample {n + 1}" for n, t in cut.places(row))
    spare = f" {cut.spare} rows are in no window." if cut.spare else ""
    return f"{sentence}{_foreseen(sheet, cut)} Highlighted: row {row + 1}, which is {places}.{spare}"


def _foreseen(sheet: Sheet, cut: Cut) -> str:
    """What the targets are, and which windows X is."""
    told = ""
    if cut.horizon:
        far = "the next row" if cut.horizon == 1 else f"the next {cut.horizon} rows"
        after = "" if not cut.gap else f" after a gap of {rows_of(cut.gap) if cut.gap > 1 else 'one row'}"
        told = f" The target y of each is {far}{after}{of_what(sheet, cut)}."
    if cut.size is not None:
        told += f" X is a mini-batch: windows {cut.skipped + 1} to {cut.skipped + cut.size}."
    asked = sheet.options.windows.splits if sheet.options.windows else None
    if asked:
        told += f" Below, walk-forward splits: {asked}, each trained on what is before its test."
    return told
