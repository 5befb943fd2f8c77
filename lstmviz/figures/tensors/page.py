"""The words around the body of `tensors`, where they fit at each width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import respell
from lstmviz.figures.shared import axes
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.claimed import called
from lstmviz.figures.shared.lessons import calls, equation
from lstmviz.figures.shared.parts import key_rows, packed_rows
from lstmviz.figures.tensors.labels import LINE, shape_block, shared, states_note, swap
from lstmviz.scene.items import MUTED, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, Inline, clauses, letters, row, run_box, shape, wide, words, wrap
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.tensors.body import Body
    from lstmviz.figures.tensors.plan import Sheet
    from lstmviz.scene.code import Code


def draw_around(sheet: Sheet, body: Body) -> float:
    """Draw all the words; gives the lower end of the figure."""
    sheet.canvas.form([(-sheet.half, 0), (sheet.half, 0)])  # the body stands in the middle of its page
    _top(sheet, body)
    return _bottom_narrow(sheet, body) if sheet.narrow else _bottom_wide(sheet, body)


def _right_column(sheet: Sheet, body: Body) -> float:
    """Where the cells of input and output begin at the right."""
    return max(body.output.box[2] + 34, sheet.half - 138)


def _call(sheet: Sheet, y: float) -> None:
    """The call of the module, as it is written in Python, its last line at y."""
    told = [] if sheet.layer.cell else calls(sheet.layer)  # a loop calls its cell step by step
    told = [*_lengths(sheet), *told]
    lines = [line for one in told for line in one.lines(2 * sheet.half, 7.5)]
    for up, line in enumerate(reversed(lines)):
        sheet.canvas.text(line, -sheet.half, y - up * LINE)


def _lengths(sheet: Sheet) -> list[Code]:
    """The lengths of a packed batch as numbers, where they have room."""
    lengths = sheet.layer.lengths or ()
    text = f"lengths = {list(lengths)}"
    if not lengths or sheet.layer.cell or wide(text, 7.5, "mono") > 2 * sheet.half:
        return []
    return [equation(sheet.layer, text)]


def _top(sheet: Sheet, body: Body) -> None:
    """The cells of `output`, the call, and what output shares with h_n."""
    canvas, left = sheet.canvas, -sheet.half
    tabbed = body.named
    chips = 50.0 + (8 if sheet.layer.batch_size is not None else 0)
    if sheet.narrow:
        x, y = left, min(tabbed + 9, body.output.front[3] - chips)
        room = body.output.front[0] - 44 - left
    else:
        x = _right_column(sheet, body)
        y = min((body.output.box[1] + body.output.front[3]) / 2 - 22, body.output.front[3] - chips)
        room = sheet.half - x
    _, low = shape_block(sheet, ["output"], (x, y))
    swap(sheet, ["output"], x, low, room)
    top = min(y - 9, tabbed)
    lines = [one.line() for one in shared(sheet)]
    widest = max(line.width for line in lines)
    free = _left_of(sheet, body) - left
    beside = not sheet.narrow and max(widest, _swatch_width(sheet)) + 10 <= free
    y = top + 34 if beside else top - 16 - LINE * (len(lines) - 1)
    if beside:
        _swatch(sheet, left, y - 13)
        for i, line in enumerate(lines):
            canvas.text(line, left, y + i * LINE)
        _call(sheet, top - 12)
        return
    one = row(*lines, gap=14)
    if not sheet.narrow and _swatch_width(sheet) + 12 + one.width <= 2 * sheet.half:
        y = top - 14
        _swatch(sheet, left, y)
        canvas.text(one, left + _swatch_width(sheet) + 12, y)
        _call(sheet, y - 14)
        return
    _swatch(sheet, left, y - LINE - 2)
    for i, line in enumerate(lines):
        canvas.text(line, left, y + i * LINE)
    _call(sheet, y - LINE - 16)


CELLS = 100.0
"""The least room for the cells of the states beside the block of input, pt."""


def _both(sheet: Sheet) -> Inline:
    return words(message("tensors.both", layer=sheet.layer.name), 7)


def _swatch_width(sheet: Sheet) -> float:
    return 14 + _both(sheet).width


def _swatch(sheet: Sheet, x: float, y: float) -> None:
    """The deeper fill that a part of output and of h_n have in common."""
    box = (x + 0.6, y - 6.5, x + 9, y + 1)
    sheet.canvas.box(box, role="hidden", fill=Tint("hidden.fill", "hidden.stroke", 0.28),
                     stroke=stroke_of("hidden"), line=1.25)  # fmt: skip
    sheet.canvas.text(_both(sheet), x + 14, y)


def _left_of(sheet: Sheet, body: Body) -> float:
    """The least x of what stands beside the block of output."""
    found = [body.output.box[0]]
    for text in sheet.canvas.texts:
        boxes = [run_box(r) for r in text.label.runs]
        if boxes and boxes[0][3] < 0:
            found += [b[0] for b in boxes]
    return min(found)


def _bottom_wide(sheet: Sheet, body: Body) -> float:
    """The cells of the states at the left, those of input at the right."""
    left, layer = -sheet.half, sheet.layer
    y = body.low + 18
    room = body.input.front[0] - 62 - left
    if room < CELLS:  # no room beside input
        y, room = max(y, body.input.front[3] + 30), body.input.box[2] - left
    low = _states(sheet, left, y, room)
    x = _right_column(sheet, body)
    _, cells = shape_block(sheet, ["input"], (x, max(body.low + 18, body.input.box[1] + 6)))
    cells = swap(sheet, ["input"], x, cells, sheet.half - x)
    if layer.lengths is not None:
        cells = _data(sheet, x, cells + 13)
    return _closing(sheet, max(low, cells, body.input.front[3] + 12))


def _bottom_narrow(sheet: Sheet, body: Body) -> float:
    """The cells of input beside it, those of the states below."""
    left = -sheet.half
    y = max(body.low + 13, body.input.box[1] + 8)
    _, low = shape_block(sheet, ["input"], (left, y))
    low = swap(sheet, ["input"], left, low, body.input.front[0] - 44 - left)
    if sheet.layer.lengths is not None:
        low = _data(sheet, left, max(low, body.input.front[3] + 12) + 12)
    low = max(low, body.input.front[3] + 12)
    return _closing(sheet, _states(sheet, left, low + 20, 2 * sheet.half))


def _states(sheet: Sheet, x: float, y: float, room: float) -> float:
    """The shapes of the states, one for all or one for h and one for c, and what is said about them."""
    names = [[f"{b}_0", f"{b}_n"] for b, _ in reversed(sheet.bases)]
    layer = sheet.layer
    if len(names) == 2 and layer.tensor("h_n").sizes == layer.tensor("c_n").sizes:
        names = [["h_0", "c_0", "h_n", "c_n"]]
    right, low = x, y
    slim = sheet.narrow or len(names) > 1
    for group in names:
        at = right + 14 if group is not names[0] else x
        right, low = shape_block(sheet, group, (at, y), slim=slim)
    notes = _notes(sheet, room)
    if sheet.narrow and len(names) == 1 and sheet.half - right > 120:
        notes = _notes(sheet, sheet.half - right - 12)
        for i, line in enumerate(notes):
            sheet.canvas.text(line, right + 12, y + 9 + i * LINE)
        return max(low, y + 9 + (len(notes) - 1) * LINE)
    for line in notes:
        low += LINE + (1 if line is notes[0] else 0)
        sheet.canvas.text(line, x, low)
    return low


def _notes(sheet: Sheet, room: float) -> list[Inline]:
    """What is said about the states, in lines of `room`."""
    return [words(line, 7) for text in states_note(sheet) for line in clauses(text, room, 7)]


def _data(sheet: Sheet, x: float, y: float) -> float:
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
    parts = [
        row(words(message("tensors.packed", layer=layer.name), 7), called("data"), gap=4),
        said.get(mode, EMPTY).claiming(*claims),
    ]
    lines = [row(*parts, gap=4)]
    if x + lines[0].width > sheet.half:
        lines = parts
    for i, line in enumerate(lines):
        sheet.canvas.text(line, x, y + i * (LINE + 1), role="input")
    return y + (len(lines) - 1) * (LINE + 1)


def _closing(sheet: Sheet, y: float) -> float:
    """The letters that no edge spells out, and the marks that are not named where they are."""
    if sheet.options.legend == "off":
        return y
    width, layer = 2 * sheet.half, sheet.layer
    lines = key_rows(layer.tensors, sheet.options, width) if sheet.narrow else []
    told = ["layer.double-is-c"] if layer.has_cell_state else []
    told += ["layer.dashed-is-reverse"] if layer.bidirectional else []
    told += ["tensors.bars-lstm" if layer.has_cell_state else "tensors.bars-gru"]
    marks = under_figure(sheet.canvas, [message(one, layer=layer.name) for one in told], sheet.options)
    marks += [message("tensors.hatched", layer=layer.name)] if layer.lengths is not None else []
    said = [line for one in marks for line in wrap(one, width, 7)]
    lines += packed_rows([words(line, 7, tint=MUTED) for line in said], width)
    y += 6 if lines else 0
    for line in lines:
        y += LINE + 1
        sheet.canvas.text(line, -sheet.half, y)
    return y
