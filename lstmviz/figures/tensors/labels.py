"""What `tensors` says at its blocks: each name with its shape, the letter of each axis at its edge."""

from __future__ import annotations

from lstmviz.figures.base import respell, shape_tag
from lstmviz.figures.shared import axes
from lstmviz.figures.shared.blocks import Block
from lstmviz.figures.shared.claimed import called, count, deep, kept, kept_at, named, stepped
from lstmviz.figures.shared.lessons import batch_first, output_equations
from lstmviz.figures.shared.parts import packed_rows, states_tensor
from lstmviz.figures.shared.sentences import begun
from lstmviz.figures.tensors.plan import TensorsDrawing
from lstmviz.layout.elide import stretches
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.scene.items import GROUND, MUTED, Box, Point, Role, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, row, shape, words
from lstmviz.translation.messages import Message, lettered, message, user_text

LINE = 10.0
TAB = 11.0
"""From the middle of the page to the text of a tab at its right, with the room behind it, pt."""
ROLES: dict[str, Role] = {"i": "input", "o": "output", "h": "hidden", "c": "cell"}
"""The role of a tensor by the first letter of its name."""


def headed(sheet: TensorsDrawing, name: str, room: float) -> list[TextLine]:
    """A tensor's name and shape, ``h_n (L, N, H) = (2, 6, 16)``, in as few lines as `room` takes."""
    tensor, options = states_tensor(sheet.layer, name), sheet.options
    title = named(sheet.layer, name, 9, tint=stroke_of(ROLES[name[0]]))
    whole = shape_tag(tensor, options)
    if (one := row(title, whole, gap=4.5)).width <= room or not whole.runs:
        return [one]
    if options.shapes != "both":
        return [title, whole]
    symbols = shape_tag(tensor, options, mode="symbols")
    numbers = row(letters("=", 9), shape_tag(tensor, options, mode="numbers"), gap=3)
    first = row(title, symbols, gap=4.5)
    return [first, numbers] if first.width <= room else [title, symbols, numbers]


def head(
    sheet: TensorsDrawing, lines: list[TextLine], block: Block, span: Point, *, over: float = 0
) -> float:
    """Write a tensor's name and shape over its block, between two x; gives their upper end.

    `over` is what stands between the block and its name.
    """
    (left, right), y = span, block.box[1] - 4 - over
    x = max(left, min(block.front[0], right - max(line.width for line in lines)))
    for line in reversed(lines):
        sheet.canvas.text(line, x, y)
        y -= LINE
    return y + LINE - 8


def axis_label(
    sheet: TensorsDrawing, name: Message, tensor: Tensor, axis: int, *, short: bool = False
) -> TextLine:
    """``batch N``: the letter that the shape has, the size where shapes are numbers; `short`: that alone."""
    symbol, size, mode = tensor.symbols[axis], tensor.sizes[axis], sheet.options.shapes
    if mode == "off":
        return words(user_text(name.english[:1]) if short else name, 7)
    said = "numbers" if symbol == str(size) or mode == "numbers" else "symbols"
    amount = count(sheet.layer.name, symbol, size, 8.5, written=respell(symbol, sheet.options), said=said)
    return amount if short else row(words(name, 7), amount, gap=3)


def last_axis(tensor: Tensor) -> Message:
    """What the last axis of a tensor is called."""
    if tensor.name == "input":
        return message("axis.features")
    return message("axis.projected" if "P" in tensor.symbols[-1] else "axis.units")


def side_labels(sheet: TensorsDrawing, block: Block, tensor: Tensor) -> None:
    """The batch at a block's left edge, the last axis along its depth: words at input and output."""
    canvas, (x0, y0, x1, y1), (dx, dy) = sheet.canvas, block.front, block.depth
    batched = sheet.layer.batch_size is not None
    state = tensor.name[:2] in {"h_", "c_"}
    short = not sheet.spelled and (state or sheet.keyed)
    deep = axis_label(sheet, last_axis(tensor), tensor, len(tensor.sizes) - 1, short=short)
    line = EMPTY
    if batched:
        axis = int(state or not sheet.layer.batch_first)
        line = axis_label(sheet, message("axis.batch"), tensor, axis, short=short)
    if state and (short or tensor.name.endswith("n")):
        canvas.text(deep, x1 + dx / 2 + 5, min(y1 - dy / 2 + 5.5, y1 + 1), role="axis")
        right = (x1 + dx + 4, (y0 + y1) / 2 - dy + 2.5, "start")
        canvas.text(line, *((x0 - 3.5, y1 - 1, "end") if short else right), role="axis")
        return
    up = min(dy / 2 + 0.5, dy - 6.5) if state else dy / 2 + 0.5  # below the name over the block
    canvas.text(deep, x0 + dx / 2 - (8 if state else 6), y0 - up, "end", role="axis")
    canvas.text(line, x0 - 5, max((y0 + y1) / 2 + 2.5, y0 + 8.5), "end", role="axis")


def step_numbers(sheet: TensorsDrawing, block: Block) -> None:
    """The number of each step under its column."""
    for i, step in enumerate(block.columns):
        if step is not None:
            line = stepped(words(user_text(str(step + 1)), 7), sheet.layer, step + 1)
            x = block.front[0] + (i + 0.5) * block.cell[0]
            sheet.canvas.text(line, x, block.front[3] + 8.5, "middle", role="axis", at=_column(block, i))


def time_label(sheet: TensorsDrawing, tensor: Tensor, at: Point, end: float) -> None:
    """``time T`` under or over a block, and its arrow, from `at` to the x `end`."""
    label = axis_label(
        sheet, message("axis.time"), tensor, sheet.layer.time_axis, short=not sheet.spelled and sheet.keyed
    )
    x, y = at
    sheet.canvas.text(label, x, y, role="axis")
    x += label.width + 5
    if end - x >= 12:
        sheet.canvas.line([(x, y - 2.6), (end, y - 2.6)], line=0.75, head=4.0, role="axis")


def index_rows(sheet: TensorsDrawing, block: Block, y: float, *, full: bool, heads: str) -> None:
    """Under a state's block: the index on its first axis, and which layer and direction that is.

    A layer without another and without directions needs the axis' letter alone; of one direction the index
    is the layer.
    """
    canvas, lanes, tensor = sheet.canvas, sheet.layer.ways, sheet.layer.tensor("h_n")
    ways, deeper = len(lanes) > 1, sheet.layer.num_layers > 1
    if not ways and not deeper:
        line = axis_label(sheet, message("axis.layers"), tensor, 0, short=not sheet.spelled)
        canvas.text(line, (block.front[0] + block.front[2]) / 2, y, "middle", role="axis")
        return
    several = deeper and ways
    _places(sheet, block, y)
    if not ways:
        line = axis_label(sheet, message("axis.layer"), tensor, 0, short=not sheet.spelled and sheet.keyed)
        x = (block.front[0] + block.front[2]) / 2
        canvas.text(line if full else EMPTY, x, y + 9.5, "middle", role="axis")
        return
    for i, place in enumerate(block.columns):
        x = block.front[0] + (i + 0.5) * block.cell[0]
        if place is None or not full:
            continue
        depth, lane = divmod(place, len(lanes))
        if several:
            line = deep(words(str(depth), 7), sheet.layer, depth)
            canvas.text(line, x, y + 9.5, "middle", role="hidden", at=_column(block, i))
        _lane(sheet, lanes[lane], x, y + 9.5 * (1 + several), block.cell[0])
    kinds = ["index"]
    kinds += [*["layer"] * several, "dir" if sheet.narrow else "direction"] if full else []
    edge, anchor = (block.front[0] - 5, "end") if heads == "left" else (block.front[2] + 5, "start")
    told = [words(message(f"axis.{kind}"), 7, tint=MUTED) for kind in kinds]
    room = sheet.half + (edge if heads == "left" else -edge)
    if max(line.width for line in told) > room:
        return
    with_letter = axis_label(sheet, message("axis.index"), tensor, 0).tinted(MUTED)
    told[0] = with_letter if with_letter.width <= room else told[0]
    for k, line in enumerate(told):
        canvas.text(line, edge, y + 9.5 * k, anchor, role="axis")  # type: ignore[arg-type]


def _places(sheet: TensorsDrawing, block: Block, y: float) -> None:
    """The index of each drawn place; neighbours too wide to stand apart are named together: ``14,15``."""
    for first, last in stretches(block.columns):
        shown = [place for place in block.columns[first:last] if place is not None]
        told = [kept(words(str(place), 7, font="bold"), sheet.layer, place) for place in shown]
        middles = [block.front[0] + (i + 0.5) * block.cell[0] for i in range(first, last)]
        if max(line.width for line in told) > block.cell[0] - 1.5:
            line = words(",".join(map(str, shown)), 7, font="bold")
            for place in shown:
                line = kept(line, sheet.layer, place)
            told = [line]
            middles = [sum(middles) / len(middles)]
        for i, (line, x) in enumerate(zip(told, middles, strict=True)):
            at = _column(block, first + i) if len(told) > 1 else _foot(block)
            sheet.canvas.text(line, x, y, "middle", role="hidden", at=at)


def _foot(block: Block) -> Box:
    """The lower edge of a block's front."""
    return (block.front[0], block.front[3], block.front[2], block.front[3])


def _column(block: Block, place: int) -> Box:
    """The lower edge of one column of a block."""
    x = block.front[0] + place * block.cell[0]
    return (x, block.front[3], x + block.cell[0], block.front[3])


def _lane(sheet: TensorsDrawing, lane: str, x: float, y: float, room: float) -> None:
    """``fwd`` or ``rev``; where that is too wide, its arrow."""
    if room >= 13.5:
        sheet.canvas.text(words(message(f"axis.{lane}"), 7), x, y, "middle", role="hidden")
        return
    half, tint = min(4.5, room / 2 - 0.8), stroke_of("hidden")
    y -= 2.4
    if lane == "fwd":
        sheet.canvas.line([(x - half, y), (x + half, y)], stroke=tint, head=3.6, role="hidden")
        return
    sheet.canvas.line([(x - half + 3.2, y), (x + half, y)], stroke=tint, dash=(1.6, 1.0), role="hidden")
    corners = [(x - half, y), (x - half + 3.2, y - 1.8), (x - half + 3.2, y + 1.8)]
    sheet.canvas.form(corners, stroke=tint, fill=GROUND, line=0.6, role="hidden", z=21)


def data_line(sheet: TensorsDrawing, of: str) -> TextLine:
    """What the module really reads of a packed batch, or gives of it: the data of input, or of output."""
    layer = sheet.layer
    assert layer.lengths is not None
    total, features, mode = sum(layer.lengths), layer.tensor(of).sizes[-1], sheet.options.shapes
    letter = layer.tensor(of).symbols[-1]
    numbers = letters(f"({total}, {features})", 9)
    symbols = row(
        letters("(", 9),
        axes.spelt("Σ lengths", sheet.options),
        letters(f", {respell(letter, sheet.options)})", 9),
    )
    whole = row(symbols, letters("=", 9), numbers, gap=3)
    if mode == "both" and called("data").width + 4 + whole.width > sheet.half - TAB:
        mode = "numbers"
    said = {"both": whole, "symbols": symbols, "numbers": numbers}
    axes_ = [respell("Σ lengths", sheet.options), respell(letter, sheet.options)]
    means = ("Σ lengths", letter)
    claims = shape(axes_, (total, features), mode=mode, of="data", stage=layer.name, means=means).claims
    return row(called("data"), said.get(mode, EMPTY).claiming(*claims), gap=4)


def tabs(sheet: TensorsDrawing) -> list[TextLine]:
    """What the tabs at `output` say: ``output[-1] = h_n[1]``; nothing where that has no room in one."""
    found = [one.line() for one in output_equations(sheet.layer)]
    return found if all(line.width <= sheet.half - TAB for line in found) else []


def held_in_tab(layer: Recurrent, index: int, step: str) -> TextLine:
    """The place in h_n that a part of `output` has, and at which step: where the equation has no room."""
    said = words(message(f"tensors.{step}", layer=layer.name), 7)
    return row(kept_at(layer, "h_n", index).line(tint=stroke_of("hidden")), said, gap=4)


def tab(sheet: TensorsDrawing, line: TextLine, at: Point, *, end: bool = False, least: float = -1e4) -> None:
    """A small box with a line: it begins at `at`, or ends there, on the page and right of `least`."""
    wide = line.width + 5
    x, y = max(least, min(at[0] - (wide if end else 0), sheet.half - wide)), at[1]
    box = (x, y - 4.75, x + wide, y + 4.75)
    sheet.canvas.box(box, role="hidden", fill=Tint("hidden.fill", "ground", 0.72),
                     stroke=stroke_of("hidden"), line=0.75, z=35)  # fmt: skip
    sheet.canvas.text(line, x + 2.5, y + 2.5, role="hidden", at=box)


def moved(sheet: TensorsDrawing, width: float) -> list[TextLine]:
    """What `batch_first` has done, or would do, and that the states have their own order."""
    layer = sheet.layer
    if layer.cell:
        return []  # a cell that a loop calls has no such argument
    if layer.batch_size is None:
        return [words(message("tensors.unbatched", layer=layer.name), 7)]
    letter = lettered("N")
    said = message(
        "tensors.swapped" if layer.batch_first else "tensors.would-swap", axis=letter, layer=layer.name
    )
    never = message("tensors.never-moved", axis=letter, layer=layer.name)
    return packed_rows([row(batch_first(layer).line(), words(said, 7), gap=3), words(never, 7)], width, 4)


def states_note(layer: Recurrent) -> list[Message]:
    """Where the initial states come from, and what is to be said of the first axis of all and of the last."""
    told = [_begun(layer)]
    if layer.bidirectional:
        symbol, count = lettered(layer.tensor("h_n").symbols[0]), layer.num_layers
        told.append(message("tensors.stacked-ways", symbol=symbol, count=count, layer=layer.name))
    if layer.proj_size:
        told.append(message("layer.proj", layer=layer.name))
    return told


def _begun(layer: Recurrent) -> Message:
    """Where the initial states come from."""
    names, finals = (", ".join(layer.states_at(end)) for end in "0n")
    zeros = "layer.states-handed" if layer.handed else "layer.states-zero"
    more = {"finals": finals} if layer.states_from else {}
    return begun(layer, zeros=zeros, of="layer.states-of", given="layer.states-given", names=names, **more)
