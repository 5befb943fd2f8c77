"""The words of a cube that is cut from one long table."""

from __future__ import annotations

from dataclasses import replace

from lstmviz.figures.base import Options, respell
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.cut import Cut
from lstmviz.figures.cube.data import Cube
from lstmviz.figures.cube.description import draw_letters, swatch
from lstmviz.figures.cube.splits import names_of, split_code
from lstmviz.figures.cube.target import Target, of_what, tags
from lstmviz.figures.shared.sentences import code_said, shape_said
from lstmviz.scene.claims import claim
from lstmviz.scene.code import Code, Ref, coded
from lstmviz.scene.items import MUTED, fill_of, stroke_of
from lstmviz.scene.labels import TextLine, shape, words, wrap
from lstmviz.scene.labels import row as row_of
from lstmviz.translation.messages import Message, joined, message

SOME = 3
"""So many places of a row are named."""


def draw_heads(sheet: CubeDrawing, cut: Cut, target: Target | None, *, at: tuple[float, float]) -> None:
    """What stands at the left and at the right, with shapes; `at` is the cube's x and the baseline."""
    cube, options, canvas = sheet.cube, sheet.options, sheet.canvas
    x, y = at
    symbol = respell(cube.features.symbol, options)
    tag = row_of(
        words(message("cube.series"), 7, font="mono"), _table(cut, symbol, cube.features.size, options), gap=4
    )
    left = words(message("cube.table"), 8, font="bold")
    x = max(x, max(left.width, tag.width) + 12)
    free = sheet.inner - x if sheet.page.fixed else 1000.0
    free = min(free, target.solid.at[0] - x - 14) if target and target.beside else free
    titles = [words(t, 8, font="bold") for t in (cube.tell(_how(cut), **cut.given), message("cube.cube"))]
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
        over = [words(message("cube.its-target"), 8, font="bold"), *said]
        heads += [(line, at_y, base - 12 * k) for k, line in enumerate(reversed(over))]
    for line, start, base in heads:
        canvas.text(line, start, base, role="note")


def _table(cut: Cut, symbol: str, features: int, options: Options) -> TextLine:
    """The shape of the table, of which the run sees windows alone."""
    tag = shape(["rows", symbol], [cut.rows, features], mode=options.shapes, size=8)
    cuts = {"stride": cut.stride, "rest": cut.rest, "skipped": cut.skipped, "part": cut.size is not None}
    of = [claim("table", one.text, **cuts, **dict(one.facts)) for one in tag.claims]
    return replace(tag, claims=tuple(of))


def _how(cut: Cut) -> str:
    """How the windows lie."""
    if cut.size is not None:
        return "windows-batch"
    if cut.count == 1:
        return "windows-one"
    if cut.stride > cut.steps:
        return "windows-apart"
    return "windows-overlap" if cut.stride < cut.steps else "windows-end"


def draw_foot(sheet: CubeDrawing, cut: Cut, row: int, y: float, *, numbers: bool) -> None:
    """The key, how many windows there are, and how torch cuts them."""
    cube, canvas = sheet.cube, sheet.canvas
    keys = [("fill", _places(cube, cut, row)), ("line", _window(cube, cut))]
    if cut.horizon:
        keys.append(("target", _aim(sheet, cut)))
    if cut.spare:
        id_ = "spare-target" if cut.horizon else "spare"
        keys.append(("spare", cube.tell(id_, n=cut.spare, **cut.given)))
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
    said = [_batch(cube, cut, "mini-batch")] if cut.size is not None else []
    said += [message("cube.numbers-rows")] if numbers else []
    for note in said:
        for text in wrap(note, sheet.inner, 7):
            canvas.text(words(text, 7, tint=MUTED), 0, y, role="note")
            y += 10.5
    draw_letters(sheet, y + 2)


def _places(cube: Cube, cut: Cut, row: int) -> Message:
    """Where a row of the table stands in the cube, or the first three places of it."""
    told = _told_places(cube, cut, row)
    id_ = "row-at-more" if len(told) > SOME else "row-at"
    return cube.tell(id_, n=row + 1, places=joined(", ", *told[:SOME], other="、"), **cut.given)


def _told_places(cube: Cube, cut: Cut, row: int) -> list[Message]:
    places = [{"n": n, "t": t + 1, "row": row + 1} for n, t in cut.places(row)]
    return [cube.tell("place-of", **one, **cut.given) for one in places]


def _window(cube: Cube, cut: Cut) -> Message:
    """Which rows the highlighted sample is."""
    first, last = cut.first(cube.sample) + 1, cut.last(cube.sample) + 1
    about = {"n": cube.sample, "code": code_said(cube.sample_code), "first": first, **cut.given}
    if last == first:
        return cube.tell("window-short", **about)
    return cube.tell("window", last=last, **about)


def _aim(sheet: CubeDrawing, cut: Cut) -> Message:
    """Which rows its target is."""
    rows, code = cut.target(sheet.cube.sample), code_said(_one_of_y(sheet, cut))
    about = {"n": sheet.cube.sample, "code": code, "names": of_what(sheet, cut), "first": rows[0] + 1}
    if len(rows) == 1:
        return sheet.cube.tell("target-short", **about, **cut.given)
    return sheet.cube.tell("target", last=rows[-1] + 1, **about, **cut.given)


def _batch(cube: Cube, cut: Cut, id: str) -> Message:
    """Which windows a mini-batch is."""
    span = {"first": cut.skipped + 1, "last": cut.skipped + cut.samples, "count": cut.count}
    return cube.tell(id, **span, **cut.given)


def _swatch(sheet: CubeDrawing, mark: str, y: float) -> None:
    if mark in {"spare", "target"}:
        role = "op" if mark == "spare" else "output"
        stroke = stroke_of("input" if mark == "spare" else "output")
        sheet.canvas.box((0, y - 6, 10, y), role=role, fill=fill_of(role), stroke=stroke)
    else:
        swatch(sheet, mark, 0, y)


def _one_of_y(sheet: CubeDrawing, cut: Cut) -> Code:
    """The target of the chosen sample."""
    n = sheet.cube.sample
    axis = 0 if len(cut.columns) == 1 else sheet.cube.axes["N"]
    return coded(f"y[:, {n}]" if axis else f"y[{n}]", names_of(sheet, cut, "y"))


def _codes(sheet: CubeDrawing, cut: Cut) -> list[Code]:
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


def _target_code(sheet: CubeDrawing, cut: Cut, part: str, order: str) -> Code:
    """The call that cuts the target of every window."""
    whole = len(cut.columns) == sheet.cube.features.size
    which = f", {list(cut.columns)}" if len(cut.columns) > 1 else f", {cut.columns[0]}"
    which = "" if whole and len(cut.columns) > 1 else which
    cuts = f"y = series[{cut.start}:{which}].unfold(0, {cut.horizon}, {cut.stride}){part}"
    cuts += f".{order}" if len(cut.columns) > 1 else ""
    return coded(cuts, names_of(sheet, cut, "y"))


def describe_windows(sheet: CubeDrawing, cut: Cut) -> Message:
    """A sentence that reads the figure aloud."""
    cube, row = sheet.cube, cut.first(sheet.cube.sample) + sheet.cube.step
    every: dict[str, int] = {} if cut.stride == 1 else {"n": cut.stride}
    told = message(f"cube.{'every-rows' if every else 'every-row'}", **every, stride=cut.stride)
    about = {"features": cube.features.counted(), "count": cut.count, "steps": cut.steps}
    places = _told_places(cube, cut, row)
    at = "aloud-row-more" if len(places) > SOME else "aloud-row"
    order = "aloud-order" if cut.size is None else "aloud-some"
    parts = [
        cube.tell("aloud-table", every=told, **about, **cut.given),
        cube.tell(order, shape=shape_said(cube.tensor), **cut.given),
        *_foreseen(sheet, cut),
        cube.tell(at, n=row + 1, places=joined(", ", *places[:SOME], other="、"), **cut.given),
    ]
    spare = "aloud-spare-target" if cut.horizon else "aloud-spare"
    parts += [cube.tell(spare, n=cut.spare, **cut.given)] if cut.spare else []
    return joined(" ", *parts)


def _foreseen(sheet: CubeDrawing, cut: Cut) -> list[Message]:
    """What the targets are, which windows X is, how they are split."""
    cube, told = sheet.cube, []
    if cut.horizon:
        far = message(f"cube.next-{'row' if cut.horizon == 1 else 'rows'}", n=cut.horizon)
        after: str | Message = ""
        if cut.gap:
            after = message(f"cube.after-{'row' if cut.gap == 1 else 'rows'}", n=cut.gap)
        aim = {"names": of_what(sheet, cut), "columns": cut.columns}
        told.append(cube.tell("aloud-target", far=far, after=after, **aim, **cut.given))
    if cut.size is not None:
        told.append(_batch(cube, cut, "aloud-batch"))
    if sheet.options.windows and (count := sheet.options.windows.splits):
        last = code_said(split_code(sheet, cut, count, count - 1))
        told.append(cube.tell("aloud-splits", n=count, split=last, **cut.given))
    return told
