"""What `tensors` says beside its blocks: axes at their edges, shapes as cells, what is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import respell
from lstmviz.figures.shared import axes
from lstmviz.figures.shared.claimed import Place, count, deep, kept, named
from lstmviz.figures.shared.lessons import batch_first, lessons
from lstmviz.figures.shared.parts import lanes_of
from lstmviz.layout.solids import stretches
from lstmviz.scene.items import GROUND, MUTED, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, Inline, row, words, wrap
from lstmviz.translation.messages import lettered, literal, message

if TYPE_CHECKING:
    from lstmviz.figures.shared.blocks import Block
    from lstmviz.figures.tensors.plan import Sheet
    from lstmviz.network.structure import Recurrent, Tensor
    from lstmviz.scene.code import Code
    from lstmviz.scene.items import Box, Point, Role
    from lstmviz.translation.messages import Said

LINE = 10.0
ROLES: dict[str, Role] = {"i": "input", "o": "output", "h": "hidden", "c": "cell"}
"""The role of a tensor by the first letter of its name."""


def axis_label(sheet: Sheet, name: Said, tensor: Tensor, axis: int, *, short: bool = False) -> Inline:
    """``batch N = 6``, as much of it as the option `shapes` lets it say."""
    symbol, size, mode = tensor.symbols[axis], tensor.sizes[axis], sheet.options.shapes
    spelt = respell(symbol, sheet.options)
    if short and mode == "off":
        return words(literal(name.english[:1]), 7)
    said = "numbers" if symbol == str(size) else mode
    of = sheet.layer.name
    amount = count(of, symbol, size, 8.5, written=spelt, said=said) if mode != "off" else EMPTY
    room = sheet.room + (sheet.deep / 2 - 1 if axis == len(tensor.sizes) - 1 else 0.0)
    if short and tensor.name[:2] in {"h_", "c_"} and amount.width > room and mode == "both":
        amount = count(of, symbol, size, 8.5, written=spelt, said="symbols")  # the size stands in the cells
    return amount if short else row(words(name, 7), amount, gap=3)


def last_axis(tensor: Tensor) -> Said:
    """What the last axis of a tensor is called."""
    if tensor.name == "input":
        return message("axis.features")
    return message("axis.projected" if "P" in tensor.symbols[-1] else "axis.units")


def side_labels(sheet: Sheet, block: Block, tensor: Tensor, *, right: bool = False) -> None:
    """The batch and the last axis of a block at its left edges (or at its right ones)."""
    canvas, (x0, y0, x1, y1), (dx, dy) = sheet.canvas, block.front, block.depth
    batched = sheet.layer.batch_size is not None
    state = tensor.name[:2] in {"h_", "c_"}
    short = sheet.narrow and state
    deep = axis_label(sheet, last_axis(tensor), tensor, len(tensor.sizes) - 1, short=short)
    axis = int(state or not sheet.layer.batch_first) if batched else None
    middle = (y0 + y1) / 2 + 2.5
    if right:
        low = min(y1 - dy / 2 + 5.5, y1 + 1)
        canvas.text(deep, x1 + dx / 2 + 6, low, role="axis")
        if axis is not None:
            line = axis_label(sheet, message("axis.batch"), tensor, axis, short=short)
            canvas.text(line, x1 + dx + 5, min(middle - dy / 2, low - 9.5), role="axis")
        return
    canvas.text(deep, x0 + dx / 2 - 6, y0 - dy / 2 - 0.5, "end", role="axis")
    if axis is None:
        return
    if sheet.narrow and not state:
        canvas.text(words(message("axis.batch"), 7), x0 - 5, max(middle - 4, y0 + 9), "end", role="axis")
        amount = axis_label(sheet, message("axis.batch"), tensor, axis, short=True)
        canvas.text(amount, x0 - 5, max(middle - 4, y0 + 9) + 9.5, "end", role="axis")
        return
    line = axis_label(sheet, message("axis.batch"), tensor, axis, short=short)
    canvas.text(line, x0 - 5, max(middle, y0 + 8.5), "end", role="axis")


def index_rows(sheet: Sheet, block: Block, y: float, *, full: bool, heads: str = "") -> float:
    """Under a state's block: the index on its first axis, and which layer and direction that is."""
    canvas, lanes = sheet.canvas, lanes_of(sheet.layer)
    edge = block.front[0] - 5 if heads == "left" else block.front[2] + 5
    anchor = "end" if heads == "left" else "start"
    ways = len(lanes) > 1
    several = sheet.layer.num_layers > 1 and ways  # of one direction the index is the layer
    for i, place in enumerate(block.columns):
        x = block.front[0] + (i + 0.5) * block.cell[0]
        if place is None or not full:
            continue
        depth, lane = divmod(place, len(lanes))
        if several:
            line = deep(words(str(depth), 7), sheet.layer, depth)
            canvas.text(line, x, y + 9.5, "middle", role="hidden", at=_column(block, i))
        if ways:
            _lane(sheet, lanes[lane], x, y + 9.5 * (1 + several), block.cell[0])
    _places(sheet, block, y)
    way = "dir" if sheet.narrow else "direction"
    same = sheet.layer.num_layers > 1 and not ways and full
    both = "index" if not same else "layer" if sheet.narrow else "index-layer"
    kinds = [both, *["layer"] * (several and full), *[way] * (ways and full)]
    names = [message(f"axis.{name}") for name in kinds]
    told = names if heads else []
    if sheet.narrow and edge - words(names[0], 7).width < -sheet.half:
        told = []
    for k, text in enumerate(told):
        canvas.text(words(text, 7, tint=MUTED), edge, y + 9.5 * k, anchor, role="axis")  # type: ignore[arg-type]
    return y + 9.5 * (len(names) - 1)


def _places(sheet: Sheet, block: Block, y: float) -> None:
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


def _lane(sheet: Sheet, lane: str, x: float, y: float, room: float) -> None:
    """``fwd`` or ``rev``; where that is too wide, its arrow."""
    if room >= 14.5:
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


def name_output(sheet: Sheet, block: Block, tabbed: float) -> float:
    """Name `output` over its block, clear of a tab that ends at x = `tabbed`; gives its upper end."""
    line, (x0, y0, x1, _) = named(sheet.layer, "output", 9, tint=stroke_of("output")), block.box
    y = y0 - 4.5
    x = max(block.front[0] + block.depth[0], x1 - line.width) if tabbed > x0 else x0 + block.depth[0]
    if x < tabbed + 3:
        y -= 10.5
    sheet.canvas.text(line, x, y, role="output")
    return y - 8


def name_input(sheet: Sheet, block: Block) -> None:
    """Name `input` over its block, beside the arrow that rises from it."""
    line = named(sheet.layer, "input", 9, tint=stroke_of("input"))
    x = block.front[0] + block.depth[0]
    x = x if x + line.width + 5 < sheet.flow else sheet.flow + 6
    sheet.canvas.text(line, x, block.box[1] - 4, role="input")


def tab(
    sheet: Sheet, held: Place, step: Said, at: Point, *, before: bool = False, least: float = -1e4
) -> float:
    """A small box: the place in h_n that a part of `output` has, and at which step; gives its right end.

    The place begins at `at`, the step follows (or goes `before`); all is on the page and right of `least`.
    """
    place, said = held.line(tint=stroke_of("hidden")), words(step, 7)
    line = row(said, place, gap=4) if before else row(place, said, gap=4)
    x, y = at[0] - 2.5 - (said.width + 4 if before else 0), at[1]
    x = max(least, min(x, sheet.half - line.width - 5))
    box = (x, y - 4.75, x + line.width + 5, y + 4.75)
    sheet.canvas.box(box, role="hidden", fill=Tint("hidden.fill", "ground", 0.72),
                     stroke=stroke_of("hidden"), line=0.75, z=35)  # fmt: skip
    sheet.canvas.text(line, x + 2.5, y + 2.5, role="hidden", at=box)
    return box[2]


def shape_block(
    sheet: Sheet, names: list[str], at: Point, *, slim: bool | None = None
) -> tuple[float, float]:
    """The names of tensors over the cells of the shape that they share; gives its right and lower end."""
    slim = sheet.narrow if slim is None else slim
    (x, y), layer = at, sheet.layer
    line = row(*[named(layer, n, 7.5, tint=MUTED) for n in names], gap=6)
    sheet.canvas.text(line, x, y)
    cells = axes.cells_of(layer.tensor(names[0]), sheet.options, wide=20.0 if slim else 25.0)
    if not cells.widths:
        return x + line.width, y + 3
    indent = 0.5 if slim else 20.0
    top = y + 14
    axes.count_axes(sheet.canvas, cells, (x + indent, top), word=not slim)
    box = axes.draw(sheet.canvas, cells, (x + indent, top), "op" if len(names) > 1 else ROLES[names[0][0]])
    return max(box[2], x + line.width), box[3]


def swap(sheet: Sheet, names: list[str], x: float, y: float, width: float) -> float:
    """Under the cells of input or output: what `batch_first` has done, or would do."""
    layer = sheet.layer
    if layer.cell:
        return y  # a cell that a loop calls has no such argument
    if layer.batch_size is None:
        return _lines(
            sheet, [words(message("tensors.unbatched", layer=layer.name), 7, tint=MUTED)], x, y + 10
        )
    cells = axes.cells_of(layer.tensor(names[0]), sheet.options, wide=20.0 if sheet.narrow else 25.0)
    if cells.widths:
        indent = 0.5 if sheet.narrow else 20.0
        axes.swap_bracket(sheet.canvas, cells.middles(x + indent)[:2], y + 1)
        y += 8
    letter = lettered("N")
    moved = "tensors.swapped" if layer.batch_first else "tensors.would-swap"
    said = message(moved, axis=letter, layer=layer.name)
    first = batch_first(layer).line()
    told = words(said, 7)
    if row(first, told, gap=3).width <= width:
        return _lines(sheet, [row(first, told, gap=3)], x, y + 10)
    return _lines(sheet, [first, *[words(t, 7) for t in wrap(said, width, 7)]], x, y + 10)


def _lines(sheet: Sheet, lines: list[Inline], x: float, y: float) -> float:
    for line in lines:
        sheet.canvas.text(line, x, y)
        y += LINE
    return y - LINE


def shared(sheet: Sheet) -> list[Code]:
    """Which part of `output` is which place of `h_n`, as code that holds."""
    return lessons(sheet.layer)


def states_note(sheet: Sheet) -> list[Said]:
    """What is to be said about the four states' shapes."""
    layer, count = sheet.layer, sheet.layer.num_layers
    told = [begun(layer)]
    if layer.batch_size is not None and not layer.cell:
        letter = lettered("N")
        told.append(message("tensors.never-moved", axis=letter, layer=layer.name))
    if layer.bidirectional:
        symbol = lettered(layer.tensor("h_n").symbols[0])
        told.append(message("tensors.stacked-ways", symbol=symbol, count=count, layer=layer.name))
    elif not sheet.narrow and sheet.options.shapes in {"both", "symbols"}:
        symbol = lettered(layer.alphabet["L"])
        told.append(message("tensors.stacked", symbol=symbol, count=count, layer=layer.name))
    if layer.proj_size:
        told.append(message("layer.proj", layer=layer.name))
    return told


def begun(layer: Recurrent) -> Said:
    """Where the initial states come from."""
    names, finals = ("h_0, c_0", "h_n, c_n") if layer.has_cell_state else ("h_0", "h_n")
    if layer.states_given:
        return message("layer.states-given", names=names, layer=layer.name)
    if layer.states_from:
        giver = literal(layer.states_from)
        return message("layer.states-of", names=names, finals=finals, giver=giver, layer=layer.name)
    return message("layer.states-zero", names=names, layer=layer.name)
