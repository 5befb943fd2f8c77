"""The words around the body of `tensors`: the calls above it, the notes below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import respell
from lstmviz.figures.shared import axes
from lstmviz.figures.shared.blocks import DEEPER
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.claimed import called
from lstmviz.figures.shared.lessons import calls, equation, lessons
from lstmviz.figures.shared.parts import packed_rows
from lstmviz.figures.tensors.labels import LINE, moved, states_note
from lstmviz.scene.items import MUTED, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, Inline, letters, row, shape, wide, words, wrap
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.tensors.body import Body
    from lstmviz.figures.tensors.plan import Sheet
    from lstmviz.scene.code import Code


def draw_around(sheet: Sheet, body: Body) -> float:
    """Draw all the words; gives the lower end of the figure."""
    sheet.canvas.form([(-sheet.half, 0), (sheet.half, 0)])  # the body stands in the middle of its page
    _calls(sheet, body.high - 12)
    return _notes(sheet, body.low + 8)


def _calls(sheet: Sheet, y: float) -> None:
    """The call of the module as Python has it, and which part of output h_n holds; the last line at y."""
    layer, width = sheet.layer, 2 * sheet.half
    if layer.cell:
        return  # a loop calls it step by step
    told = [*_lengths(sheet), *calls(layer)]
    held = [one.line() for one in lessons(layer)]
    beside = 14 + row(*held, gap=14).width <= width
    y -= 0 if beside else LINE * (len(held) - 1)
    x = -sheet.half
    sheet.canvas.box((x + 0.6, y - 6.5, x + 9, y + 1), role="hidden", stroke=stroke_of("hidden"), line=1.25,
                     fill=Tint("hidden.fill", "hidden.stroke", DEEPER))  # fmt: skip
    for i, line in enumerate(held):
        before = sum(one.width + 14 for one in held[:i]) if beside else 0.0
        sheet.canvas.text(line, x + 14 + before, y + (0 if beside else i * LINE))
    lines = [line for one in told for line in one.lines(width, 7.5)]
    for up, line in enumerate(reversed(lines)):
        sheet.canvas.text(line, x, y - 13 - up * LINE)


def _lengths(sheet: Sheet) -> list[Code]:
    """The lengths of a packed batch as numbers, where they have room."""
    lengths = sheet.layer.lengths or ()
    text = f"lengths = {list(lengths)}"
    if not lengths or wide(text, 7.5, "mono") > 2 * sheet.half:
        return []
    return [equation(sheet.layer, text)]


def _data(sheet: Sheet) -> Inline:
    """What the module really reads of a packed batch."""
    layer = sheet.layer
    assert layer.lengths is not None
    total, features, mode = sum(layer.lengths), layer.tensor("input").sizes[-1], sheet.options.shapes
    letter = layer.tensor("input").symbols[-1]
    numbers = letters(f"({total}, {features})", 9)
    symbols = row(
        letters("(", 9),
        axes.spelt("Σ lengths", sheet.options),
        letters(f", {respell(letter, sheet.options)})", 9),
    )
    said = {"both": row(symbols, letters("=", 9), numbers, gap=3), "symbols": symbols, "numbers": numbers}
    axes_ = [respell("Σ lengths", sheet.options), respell(letter, sheet.options)]
    means = ("Σ lengths", letter)
    claims = shape(axes_, (total, features), mode=mode, of="data", stage=layer.name, means=means).claims
    told = row(words(message("tensors.packed", layer=layer.name), 7), called("data"), gap=4)
    return row(told, said.get(mode, EMPTY).claiming(*claims), gap=4)


def _notes(sheet: Sheet, y: float) -> float:
    """What `batch_first` does, how states begin and are ordered, what is packed, marks without a name."""
    width, layer, lines = 2 * sheet.half, sheet.layer, moved(sheet, 2 * sheet.half)
    lines += packed_rows([words(one, 7) for one in states_note(layer)], width)
    if layer.lengths is not None:
        lines.append(_data(sheet))
    if sheet.options.legend != "off":
        told = ["layer.double-is-c"] if layer.has_cell_state else []
        told += ["layer.dashed-is-reverse"] if layer.bidirectional else []
        marks = under_figure(sheet.canvas, [message(one, layer=layer.name) for one in told], sheet.options)
        if layer.num_layers * layer.directions > 1:  # else it is one place for one layer
            bars = "tensors.bars-lstm" if layer.has_cell_state else "tensors.bars-gru"
            marks.append(message(bars, layer=layer.name))
        marks += [message("tensors.hatched", layer=layer.name)] if layer.lengths is not None else []
        said = [line for one in marks for line in wrap(one, width, 7)]
        lines += packed_rows([words(line, 7, tint=MUTED) for line in said], width)
    for line in lines:
        y += LINE + 1
        sheet.canvas.text(line, -sheet.half, y)
    return y
