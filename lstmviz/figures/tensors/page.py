"""The words around the body of `tensors`: the calls above it, the notes below."""

from __future__ import annotations

from lstmviz.figures.shared.blocks import DEEPER
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.lessons import calls, equation, output_equations
from lstmviz.figures.shared.parts import key_rows, packed_rows
from lstmviz.figures.tensors.body import Body
from lstmviz.figures.tensors.labels import LINE, moved, states_note, tabs
from lstmviz.figures.tensors.plan import TensorsDrawing
from lstmviz.layout.solids import hatch
from lstmviz.scene.code import Code
from lstmviz.scene.items import MUTED, Point, Tint, stroke_of
from lstmviz.scene.labels import wide, words, wrap
from lstmviz.translation.messages import message

SWATCH = 13.0
"""From a cell of the key to what it means, with the cell, pt."""


def draw_around(sheet: TensorsDrawing, body: Body) -> float:
    """Draw all the words; gives the lower end of the figure."""
    sheet.canvas.form([(-sheet.half, 0), (sheet.half, 0)])  # the body stands in the middle of its page
    _calls(sheet, body.high - 12)
    return _notes(sheet, body.low + 8)


def _calls(sheet: TensorsDrawing, y: float) -> None:
    """The call of the module as Python has it; the last line at y."""
    layer, width = sheet.layer, 2 * sheet.half
    if layer.cell:
        return  # a loop calls it step by step
    lines = [line for one in (*_lengths(sheet), *calls(layer)) for line in one.lines(width, 7.5)]
    for up, line in enumerate(reversed(lines)):
        sheet.canvas.text(line, -sheet.half, y - up * LINE)


def _lengths(sheet: TensorsDrawing) -> list[Code]:
    """The lengths of a packed batch as numbers, where they have room."""
    lengths = sheet.layer.lengths or ()
    text = f"lengths = {list(lengths)}"
    if not lengths or wide(text, 7.5, "mono") > 2 * sheet.half:
        return []
    return [equation(sheet.layer, text)]


def _notes(sheet: TensorsDrawing, y: float) -> float:
    """What `batch_first` does, how states begin and are ordered, and a key; gives the last baseline."""
    width, layer, lines = 2 * sheet.half, sheet.layer, moved(sheet, 2 * sheet.half)
    told = [*states_note(layer), *[message("tensors.deep")] * (sheet.options.legend != "off")]
    lines += packed_rows([words(one, 7) for one in told], width)
    if not sheet.spelled:
        lines += key_rows(layer.tensors, sheet.options, width)
    if sheet.options.legend != "off":
        looks = ["layer.double-is-c"] if layer.has_cell_state else []
        looks += ["layer.dashed-is-reverse"] if layer.bidirectional else []
        marks = under_figure(sheet.canvas, [message(one, layer=layer.name) for one in looks], sheet.options)
        lines += packed_rows(
            [words(line, 7, tint=MUTED) for one in marks for line in wrap(one, width, 7)], width
        )
    for line in lines:
        y += LINE + 1
        sheet.canvas.text(line, -sheet.half, y)
    return _key(sheet, (lines[-1].width + 14 - sheet.half if lines else -sheet.half, y + (not lines) * LINE))


def _key(sheet: TensorsDrawing, at: Point) -> float:
    """What the deeper shade and the hatch mean, from a place on a line on: each with a cell before it."""
    layer, canvas, said = sheet.layer, sheet.canvas, message("tensors.shared", layer=sheet.layer.name)
    legend, (x, y) = sheet.options.legend != "off", at
    if not tabs(sheet) and not layer.cell:  # the equations had no room at the block
        found = [(False, one.line()) for one in output_equations(layer)]
    else:
        found = [(False, words(said, 7))] * legend
    if layer.lengths is not None and legend:
        found.append((True, words(message("tensors.hatched", layer=layer.name), 7)))
    for padding, line in found:
        if x > -sheet.half and x + SWATCH + line.width > sheet.half:
            x, y = -sheet.half, y + LINE + 1
        corners = [(x + 0.6, y - 6.5), (x + 9, y - 6.5), (x + 9, y + 0.5), (x + 0.6, y + 0.5)]
        fill = None if padding else Tint("hidden.fill", "hidden.stroke", DEEPER)
        if padding:
            hatch(canvas, corners)
        canvas.form(corners, role="hidden", fill=fill, stroke=stroke_of("hidden"), line=1.25)
        canvas.text(line, x + SWATCH, y)
        x += SWATCH + line.width + 14
    return y
