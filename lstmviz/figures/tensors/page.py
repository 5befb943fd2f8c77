"""The words around the body of `tensors`: the calls above it, the notes below."""

from __future__ import annotations

from lstmviz.figures.shared.blocks import DEEPER
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.lessons import calls, equation, output_equations
from lstmviz.figures.shared.parts import packed_rows
from lstmviz.figures.tensors.body import Body
from lstmviz.figures.tensors.labels import LINE, moved, states_note, tabs
from lstmviz.figures.tensors.plan import TensorsDrawing
from lstmviz.scene.code import Code
from lstmviz.scene.items import MUTED, Tint, stroke_of
from lstmviz.scene.labels import row, wide, words, wrap
from lstmviz.translation.messages import Message, message


def draw_around(sheet: TensorsDrawing, body: Body) -> float:
    """Draw all the words; gives the lower end of the figure."""
    sheet.canvas.form([(-sheet.half, 0), (sheet.half, 0)])  # the body stands in the middle of its page
    _calls(sheet, body.high - 12)
    return _notes(sheet, body.low + 8)


def _calls(sheet: TensorsDrawing, y: float) -> None:
    """The call of the module as Python has it, and which part of output h_n holds; the last line at y."""
    layer, width = sheet.layer, 2 * sheet.half
    if layer.cell:
        return  # a loop calls it step by step
    told = [*_lengths(sheet), *calls(layer)]
    held = [] if tabs(sheet) else [one.line() for one in output_equations(layer)]
    beside = 14 + row(*held, gap=14).width <= width
    y -= 0 if beside else LINE * (len(held) - 1)
    x = -sheet.half
    if held:
        sheet.canvas.box((x + 0.6, y - 6.5, x + 9, y + 1), role="hidden", stroke=stroke_of("hidden"),
                         line=1.25, fill=Tint("hidden.fill", "hidden.stroke", DEEPER))  # fmt: skip
    for i, line in enumerate(held):
        before = sum(one.width + 14 for one in held[:i]) if beside else 0.0
        sheet.canvas.text(line, x + 14 + before, y + (0 if beside else i * LINE))
    lines = [line for one in told for line in one.lines(width, 7.5)]
    for up, line in enumerate(reversed(lines)):
        sheet.canvas.text(line, x, y - 13 * bool(held) - up * LINE)


def _lengths(sheet: TensorsDrawing) -> list[Code]:
    """The lengths of a packed batch as numbers, where they have room."""
    lengths = sheet.layer.lengths or ()
    text = f"lengths = {list(lengths)}"
    if not lengths or wide(text, 7.5, "mono") > 2 * sheet.half:
        return []
    return [equation(sheet.layer, text)]


def _notes(sheet: TensorsDrawing, y: float) -> float:
    """What `batch_first` does, how states begin and are ordered, what is packed, marks without a name."""
    width, layer, lines = 2 * sheet.half, sheet.layer, moved(sheet, 2 * sheet.half)
    told = [words(one, 7) for one in states_note(layer)]
    marks: list[Message] = []
    if sheet.options.legend != "off":
        looks = ["layer.double-is-c"] if layer.has_cell_state else []
        looks += ["layer.dashed-is-reverse"] if layer.bidirectional else []
        shared = (
            [message("tensors.shared", layer=layer.name)] if tabs(sheet) else []
        )  # else a key stands over it
        marks = under_figure(sheet.canvas, [message(one, layer=layer.name) for one in looks], sheet.options)
        marks = shared + marks + [message("tensors.hatched", layer=layer.name)] * (layer.lengths is not None)
    told += [words(line, 7, tint=MUTED) for one in marks for line in wrap(one, width, 7)]
    lines += packed_rows(told, width)
    for line in lines:
        y += LINE + 1
        sheet.canvas.text(line, -sheet.half, y)
    return y
