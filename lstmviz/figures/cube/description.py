"""The words of the cube figures: headings, the key, the sentence read aloud."""

from __future__ import annotations

from dataclasses import replace

from lstmviz.figures.base import respell
from lstmviz.figures.cube.context import CubeDrawing
from lstmviz.figures.cube.data import Cube
from lstmviz.figures.cube.solid import FEATURES, MARKED, SAMPLE, STROKE
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.claimed import letter_of, meant
from lstmviz.figures.shared.sentences import code_said, shape_said
from lstmviz.layout.solids import hatch
from lstmviz.network.structure import Tensor
from lstmviz.scene.code import Code, claiming, coded
from lstmviz.scene.items import INK, MUTED, fill_of
from lstmviz.scene.labels import EMPTY, TextLine, asserted, code, row, shorten, words, wrap
from lstmviz.translation.messages import Message, joined, message

CUT = 72.0
"""An axis's name that is longer than this may not fit at its edge, pt."""
MEANING = {"N": "batch", "T": "time", "F": "features", "E": "embedding"}


def headline(sheet: CubeDrawing, text: Message, height: float, *, x: float = 0.0) -> None:
    """A small heading over a part; under the first one the shape of X, and what X is."""
    y = top_of_labels(height)
    if not sheet.narrow or x == 0:
        sheet.canvas.text(words(text, 8, font="bold"), x, y - 13, role="note")
    if x == 0:
        tag, of = sheet.cube.whole_tag(sheet.options), source(sheet)
        sheet.canvas.text(tag, 0, y, role="note")
        if sheet.options.legend != "off" and tag.width + 12 + of.width <= sheet.inner:
            sheet.canvas.text(of, tag.width + 12, y, role="note")
            sheet.said.add("source")


def top_of_labels(height: float) -> float:
    """The baseline of the line right above the axis labels of a cube `height` pt deep."""
    return -height - FEATURES - 14


def draw_key(sheet: CubeDrawing, y: float) -> None:
    """What filled, outlined and hatched cells mean, and the letters."""
    cube, options = sheet.cube, sheet.options
    _, outlined = parts_said(cube)
    lines: list[tuple[str, Message, TextLine, Code | None]] = []
    tag = cube.tag(options, cube.time, cube.features, size=8)
    if "sample" not in sheet.said:
        lines.append(("line", outlined, tag, cube.sample_code))
    if cube.lengths is not None and min(cube.lengths) < cube.time.size:
        lines.append(("hatch", message("cube.padding-packed", reader=cube.reader), EMPTY, None))
    if not lines:
        draw_letters(sheet, y, counted=_index(sheet))
        return
    most = 118 if sheet.narrow else 200
    texts = [words(shorten(text, most if sliced else 200, 7), 7) for _, text, _, sliced in lines]
    column = 16 + max((t.width for t, one in zip(texts, lines, strict=True) if one[3]), default=0.0) + 12
    for (mark, _, tag, sliced), text in zip(lines, texts, strict=True):
        swatch(sheet, mark, 0, y)
        sheet.canvas.text(text, 16, y, role="note")
        named = sliced.line() if sliced else EMPTY
        sheet.canvas.text(named, column, y, role="note")
        if column + named.width + 14 + tag.width <= sheet.inner:
            sheet.canvas.text(tag, column + named.width + 14, y, role="note")
        y += 12
    if cube.time.size > 1 and cube.samples.size > 1:
        part = cube.tell("row-of-that", place=cube.time.said(cube.step))
        for said in under_figure(sheet.canvas, [part], options):
            for line in wrap(said, sheet.inner - 16, 7):
                sheet.canvas.text(words(line, 7, tint=MUTED), 16, y, role="note")
                y += 10
            y += 2
    draw_letters(sheet, y + 2, counted=_index(sheet))


def _index(sheet: CubeDrawing) -> Message | None:
    """Why the code of a step has another number than it; at full what counts from where is told instead."""
    cube = sheet.cube
    if cube.time.labels or sheet.options.detail == "full":
        return None
    which = "step-index" if cube.batch and cube.batch.labels else "step-index-samples"
    return cube.time.tell(which, step=cube.step + 1, at=cube.step)


def parts_said(cube: Cube) -> tuple[Message, Message]:
    """What is filled and what is outlined: ``step 3, all samples``."""
    time, samples = cube.time, cube.samples
    return (
        time.tell("part", place=time.said(cube.step), name=samples.name, across=samples.what),
        samples.tell("part", place=samples.said(cube.sample), name=time.name, across=time.what),
    )


def swatch(sheet: CubeDrawing, mark: str, x: float, y: float) -> None:
    """A small cell as it looks in the figure, standing on the baseline y."""
    canvas = sheet.canvas
    corners = [(x, y - 6), (x + 10, y - 6), (x + 10, y), (x, y)]
    if mark == "hatch":
        hatch(canvas, corners)
    if mark == "line":  # a row of cells, so that its line is not taken for that of any cell
        for k in (1, 2):
            canvas.line([(x + k * 10 / 3, y - 6), (x + k * 10 / 3, y)], stroke=STROKE, line=0.5, role="input")
    stroke, line = (INK, SAMPLE) if mark == "line" else (STROKE, 1.0)
    canvas.form(
        corners,
        role="input",
        fill={"fill": MARKED, "word": fill_of("input", 0.25)}.get(mark),
        stroke=stroke,
        line=line,
    )


def letters_lines(sheet: CubeDrawing) -> list[TextLine]:
    """``N batch · T time · F features``; a name that is cut at its axis stands here, on a line of its own."""
    cube, options = sheet.cube, sheet.options
    axes = {"N": cube.batch, "T": cube.time, "F": cube.features, "E": cube.features}
    parts: list[TextLine] = []
    lines: list[TextLine] = []
    for symbol in cube.tensor.symbols if options.shapes in {"both", "symbols"} else ():
        if symbol not in MEANING:
            continue
        axis, meaning = axes[symbol], MEANING[symbol]
        if axis is not None and words(axis.name, 8).width > CUT:
            named = message("cube.meaning", meaning=message(f"axis.{meaning}"), name=axis.name)
            first, *rest = (words(t, 7, tint=MUTED) for t in wrap(named, sheet.inner - 12, 7))
            lines += [row(letter_of(symbol, respell(symbol, options), 9), first, gap=2.5), *rest]
            continue
        if axis is not None and axis.name.id and options.detail != "full":
            continue  # it stands at its edge, in the field's own word
        parts += [words("·", 7, tint=MUTED)] if parts else []
        parts.append(meant(symbol, respell(symbol, options), 7, 2.5))
    return [*lines, row(*parts, gap=4) if parts else EMPTY]


def draw_letters(
    sheet: CubeDrawing, y: float, room: float | None = None, *, counted: Message | None = None
) -> None:
    """What the letters mean, from where is `counted`, and torch's order of the axes, in `room` pt."""
    if sheet.options.legend == "off":
        return
    canvas, (*own, last) = sheet.canvas, letters_lines(sheet)
    for line in own:
        canvas.text(line, 0.0, y, role="note")
        y += 10.5
    room = sheet.inner if room is None else room
    told = [counted] if counted else under_figure(canvas, [counting(sheet)], sheet.options)
    notes = [] if "source" in sheet.said else [source(sheet)]
    notes += [words(line, 7, tint=MUTED) for one in told for line in wrap(one, room, 7)]
    x = 0.0
    for note in [last, *notes]:
        if not note.runs:
            continue
        if x and x + note.width > room:
            x, y = 0.0, y + 10.5
        canvas.text(note, x, y, role="note")
        x += note.width + 16


def counting(sheet: CubeDrawing) -> Message:
    """From where things are counted."""
    cube = sheet.cube
    if all(a.labels for a in (cube.time, cube.batch, cube.features) if a):
        return message("cube.counting-python")
    return message("cube.counting")


def source(sheet: CubeDrawing) -> TextLine:
    """What X is in the model, and which of its axes comes first."""
    cube = sheet.cube
    given = ("input", ("tensor", "input", cube.given))
    what = cube.code("X = embedding(input)" if cube.tokens else "X = input")
    called = [("embedding", ("stage", cube.source))] if cube.tokens else []
    what = replace(what, names=(*what.names, given, *called))
    if cube.batch is None:
        text = f"{what.source}, unbatched"
        return next(claiming([code(text, tint=MUTED)], text, [what, asserted(cube.tell("unbatched"))]))
    if cube.layer_batch_first != cube.batch_first:  # the model turns the axes before its layer reads them
        return next(claiming([code(what.source, tint=MUTED)], what.source, [what]))
    first = coded(f"batch_first={cube.batch_first}", argument=("lstm", "batch_first"), first=cube.axes["N"])
    text = f"{what.source}, {first.source}"
    return next(claiming([code(text, tint=MUTED)], text, [what, first]))


def describe(sheet: CubeDrawing) -> Message:
    """A sentence that reads aloud what the figure shows."""
    cube = sheet.cube
    marked, time, depth = cube.time.said(cube.step), cube.time.counted(), cube.features.counted()
    shape = shape_said(cube.tensor)
    if cube.batch is None:
        begun = cube.tell("aloud-sheet", shape=shape, time=time, depth=depth)
        return joined(
            " ", begun, message("cube.aloud-marked", place=marked, code=code_said(cube.slice_code()))
        )
    parts = [cube.tell("aloud-cube", shape=shape, batch=cube.batch.counted(), time=time, depth=depth)]
    parts += _cuts(sheet)
    if cube.tokens:
        parts.append(cube.features.tell("aloud-vectors", n=cube.features.size))
    if not cube.tokens or sheet.options.view != "solid":
        code, other = code_said(cube.slice_code()), code_said(cube.sample_code)
        places = {"place": marked, "beside": cube.samples.said(cube.sample)}
        parts.append(message("cube.aloud-both", code=code, other=other, **places))
    if cube.lengths is not None:
        some = ", ".join(map(str, cube.lengths[:12])) + (", …" if len(cube.lengths) > 12 else "")
        parts.append(message("cube.aloud-lengths", lengths=some))
    return joined(" ", *parts)


def _cuts(sheet: CubeDrawing) -> list[Message]:
    """How the cube is cut, if it is."""
    cube, view = sheet.cube, sheet.options.view
    n, t, f = cube.samples, cube.time, cube.features
    about = {"symbols": (n.symbol, t.symbol, f.symbol)}
    one = shape_said(Tensor("", (n.size, f.size), (n.symbol, f.symbol)))
    if view == "slices":
        return [cube.tell("aloud-slices", n=t.size, shape=one, **about)]
    if cube.tokens and view == "solid":
        return []
    flat = shape_said(Tensor("", (n.size, t.size * f.size), (n.symbol, f"{t.symbol}·{f.symbol}")))
    codes = {"code": code_said(cube.slice_code()), "flat": code_said(cube.flat_code)}
    return [cube.tell("aloud-matrices", shape=one, whole=flat, **codes, **about)]
