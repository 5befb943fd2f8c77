"""The blocks and the module of `tensors`, and every arrow between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lstmviz.figures.shared.blocks import Block, Patch, hatch_padding, mark, paint
from lstmviz.figures.shared.parts import line_style
from lstmviz.figures.tensors import plan
from lstmviz.figures.tensors.labels import (
    LINE,
    ROLES,
    data_line,
    head,
    headed,
    held_in_tab,
    index_rows,
    side_labels,
    step_numbers,
    tab,
    tabs,
    time_label,
)
from lstmviz.figures.tensors.module import FOOT, HEAD, bands_of, door_of, draw_module
from lstmviz.figures.tensors.plan import TensorsDrawing
from lstmviz.scene import ids
from lstmviz.scene.items import stroke_of
from lstmviz.scene.labels import TextLine, words
from lstmviz.translation.messages import message

PILL = 15.0
"""The height of `pack` and `unpack`, pt."""


@dataclass(frozen=True, slots=True)
class Body:
    """What stands where, for the words around it."""

    high: float
    """The upper end of what is said over the block of `output`."""
    low: float
    """The lower end of what is said under the blocks."""


def draw_body(sheet: TensorsDrawing) -> Body:
    """Draw the module with its six tensors."""
    rows, high = sheet.rows()
    slab, front = sheet.slab, len(rows) * high
    deep = [sheet.depth(sheet.layer.tensor(f"{b}_n").sizes[-1], f"{b}_n")[1] for b, _ in sheet.bases]
    heads = [{end: headed(sheet, f"{base}_{end}", sheet.beside) for end in "0n"} for base, _ in sheet.bases]
    above = [3 + LINE * max(map(len, one.values())) + d for one, d in zip(heads, deep, strict=True)]
    ways, deeper = sheet.layer.directions, sheet.layer.num_layers > 1
    more = 9.5 * ((ways - 1) * (1 + deeper) if ways > 1 else deeper)
    under = [10.0 + more * (_told_whole(sheet, base) and base == "c") for base, _ in sheet.bases]
    stack = sum(above) + sum(under) + front * len(deep) + 8 * (len(deep) - 1)
    tall = max(stack + 6, bands_of(sheet).height + HEAD + FOOT)
    door = draw_module(sheet, tall)
    y = (tall - stack) / 2
    if len(heads) == 1 and not sheet.single:  # one arrow alone goes straight
        y += door - plan.state_block(sheet, "h_n", (0.0, y + above[0]), slab).level
    for (base, _), lines, over, low in zip(sheet.bases, heads, above, under, strict=True):
        y += over
        apart = 3.5 * (len(heads) - 1) * (-1 if base == "c" else 1)
        _pair(sheet, base, (y, door + apart), slab, lines)
        y += front + low + 8
    y += more - 8
    return Body(_output(sheet), max(y, _input(sheet, tall, y)))


def _told_whole(sheet: TensorsDrawing, base: str) -> bool:
    """Whether layer and direction stand under a state's block as well; on a narrow page under that of h."""
    return base == "h" or not sheet.narrow


def _pair(
    sheet: TensorsDrawing, base: str, at: tuple[float, float], slab: float, heads: dict[str, list[TextLine]]
) -> None:
    """h_0 and h_n (or c_0 and c_n) at one height, and their arrows, which meet several layers at another."""
    y, level = at
    canvas, prefix, layer = sheet.canvas, sheet.prefix, sheet.layer
    role, door_x = ROLES[base], door_of(sheet)
    wide = slab * len(sheet.slabs())
    bent = not sheet.single and len(sheet.bases) > 1
    for end, x in (("0", -sheet.box - sheet.gap - sheet.deep - wide), ("n", sheet.box + sheet.gap)):
        name, initial = f"{base}_{end}", end == "0"
        block, tensor = plan.state_block(sheet, name, (x, y), slab), layer.tensor(name)
        paint(canvas, block, bands=True)
        if name == "h_n":
            _mark_last(sheet, block)
        canvas.node(prefix + name, role, block.box, tensor=name, shape=tensor.sizes, outline="none")
        off = sheet.bend + 5 if bent else sheet.clear
        span = (-sheet.half, -sheet.box - off) if initial else (sheet.box + off, sheet.half)
        head(sheet, heads[end], block, span)
        side_labels(sheet, block, tensor)
        sides = "left" if initial else "right"
        index_rows(sheet, block, block.front[3] + 9.5, full=_told_whole(sheet, base), heads=sides)
        layer_ = ids.named("layer", 0)
        door = layer_ if sheet.single else ids.door("begin" if initial else "end", base)
        begin, stop = (prefix + name, prefix + door) if initial else (prefix + door, prefix + name)
        near, far = (block.box[2], block.level), (-door_x, level if bent else block.level)
        if not initial:
            near, far = (x, block.level), (door_x, far[1])
        turn = math.copysign(sheet.box + sheet.bend, far[0])
        route = [near, *([(turn, near[1]), (turn, level)] if bent else []), far]
        route = route if initial else route[::-1]
        kept = {"tensor": name, "shape": tensor.sizes, **line_style(base)}
        kept |= {"head": "none"} if initial and sheet.joined else {}  # it goes on to every layer
        which = f"{prefix}{name}-{'begin' if initial else 'end'}"
        canvas.edge(which, (begin, stop), role, route, **kept)


def _mark_last(sheet: TensorsDrawing, block: Block) -> None:
    """Deepen the places of h_n that `output` holds too: those of the last layer."""
    count, total = sheet.layer.directions, len(block.columns)
    mark(sheet.canvas, block, Patch((total - count, total), (0, len(block.rows))), bands=True)


def _output(sheet: TensorsDrawing) -> float:
    """The block of `output`; gives the upper end of what stands over it."""
    layer, canvas, prefix = sheet.layer, sheet.canvas, sheet.prefix
    rows, each = sheet.rows()
    y = -27.0 - (PILL + 13 if sheet.packed else 0) - each * len(rows)
    block = plan.sequence_block(sheet, "output", (plan.place(sheet, "output"), y))
    paint(canvas, block, bands=True)
    hatch_padding(canvas, block, plan.ends(sheet))
    tensor = layer.tensor("output")
    canvas.node(prefix + "output", "output", block.box, tensor="output", shape=tensor.sizes, outline="none")
    _shared_parts(sheet, block)
    lines = headed(sheet, "output", sheet.half - block.front[0] - block.depth[0])
    span = (block.front[0] + block.depth[0], sheet.half)
    over = 15.5 if layer.bidirectional else 0.0  # the tab of the first step stands between
    time_label(sheet, tensor, (span[0], block.box[1] - 3.5 - over), block.box[2])
    high = head(sheet, lines, block, span, over=over + LINE)
    side_labels(sheet, block, tensor)
    _halves(sheet, block)
    top = ids.named("layer", layer.num_layers - 1, prefix=prefix)
    _flow(sheet, "unpack", (top, prefix + "output"), (_top_of(sheet, top), block.front[3]))
    if sheet.packed:
        canvas.text(data_line(sheet, "output"), 6.0, -6.0, role="hidden", tensor="data")
    return high


def _halves(sheet: TensorsDrawing, block: Block) -> None:
    """Which half of the last axis is which direction, at the lower right edge."""
    if not sheet.layer.bidirectional:
        return
    (_, _, x1, y1), (dx, dy) = block.front, block.depth
    front = (x1 + dx / 2 + 4, min(y1 + 1, y1 - dy / 2 + 7))
    for lane, at in zip(ids.WAYS, [front, (x1 + dx + 3.5, min(y1 - dy + 2, y1 - 8))], strict=True):
        sheet.canvas.text(words(message(f"axis.{lane}"), 7), *at, role="hidden")


def _shared_parts(sheet: TensorsDrawing, block: Block) -> None:
    """What `h_n` holds of `output`: the last step forward, the first in reverse."""
    layer, canvas, rows = sheet.layer, sheet.canvas, len(block.rows)
    columns, index = len(block.columns), (layer.num_layers - 1) * layer.directions
    if layer.lengths is None:
        patch = Patch((columns - 1, columns), (0, rows))
        mark(canvas, block, patch, outlined=True, bands=True)
        forward = (block.front[2] - block.cell[0], *block.front[1:])
    else:
        for j, end in enumerate(plan.ends(sheet)):
            if end is not None and plan.exact(sheet, block.rows[j]):
                mark(canvas, block, Patch((end - 1, end), (j, j + 1)), outlined=True)
        forward = block.front
    box = (forward[0], forward[1], forward[2], forward[3])
    places = [(index, "fwd", box)]
    ends = "last-step" if layer.lengths is None else "own-last-step"
    lines = tabs(sheet) or [held_in_tab(layer, index, ends), held_in_tab(layer, index + 1, "first-step")]
    tab(sheet, lines[0], (block.front[2], block.front[3] + 10.5), end=True, least=6.0)
    if layer.lengths is None:
        leads = (forward[0] + forward[2]) / 2
        canvas.line([(leads, forward[3]), (leads, forward[3] + 5.75)], stroke=stroke_of("hidden"), line=0.75)
    if layer.bidirectional:
        mark(canvas, block, Patch((0, 1), (0, rows), (1, 2)), outlined=True, bands=True)
        x, y = block.front[0] + block.depth[0], block.box[1]
        places.append((index + 1, "rev", (x, y, x + block.cell[0], block.front[3] - block.depth[1])))
        tab(sheet, lines[1], (x, y - 10.5))
        leads = x + block.cell[0] / 2
        canvas.line([(leads, y), (leads, y - 5.75)], stroke=stroke_of("hidden"), line=0.75)
    shape = layer.tensor("h_n").sizes[1:]
    for place, lane, where in places:
        ident = ids.at("output.h_n", place // len(layer.ways), lane, prefix=sheet.prefix)
        members = (sheet.prefix + "output", sheet.prefix + "h_n")
        canvas.frame(ident, "hidden", where, tensor="h_n", shape=shape, members=members, line=0)


def _input(sheet: TensorsDrawing, tall: float, low: float) -> float:
    """The block of `input`, under the module and what ends at `low`; gives the lower end of its words."""
    layer, canvas, prefix = sheet.layer, sheet.canvas, sheet.prefix
    tensor = layer.tensor("input")
    deep = sheet.depth(tensor.sizes[-1], "input")[1]
    span = (6.0, sheet.half)
    lines = headed(sheet, "input", span[1] - span[0])
    named = 10 + LINE * len(lines) + deep
    pill = PILL + 4 + LINE * len(lines) if sheet.packed else 0
    y = max(tall + 2 + named + pill, low + named + pill)
    block = plan.sequence_block(sheet, "input", (plan.place(sheet, "input"), y))
    paint(canvas, block, bands=True)
    hatch_padding(canvas, block, plan.ends(sheet))
    canvas.node(prefix + "input", "input", block.box, tensor="input", shape=tensor.sizes, outline="none")
    head(sheet, lines, block, span)
    side_labels(sheet, block, tensor)
    low = next(n.box[3] for n in canvas.nodes if n.id == ids.named("layer", 0, prefix=prefix))
    _flow(sheet, "pack", (prefix + "input", ids.named("layer", 0, prefix=prefix)), (block.box[1], low),
          4 + LINE * len(lines))  # fmt: skip
    if sheet.packed:
        y = _top_of(sheet, f"{prefix}pack") - 5
        canvas.text(data_line(sheet, "input"), span[0], y, role="input", tensor="data")
    step_numbers(sheet, block)
    time_label(sheet, tensor, (block.front[0], block.front[3] + 19), block.front[2])
    return block.front[3] + 20


def _top_of(sheet: TensorsDrawing, name: str) -> float:
    return next(n.box[1] for n in sheet.canvas.nodes if n.id == name)


def _flow(
    sheet: TensorsDrawing, pill: str, ends: tuple[str, str], ys: tuple[float, float], room: float = 0.0
) -> None:
    """The arrow up from the first node to the second, through `pack` or `unpack` where there is one."""
    canvas, x, prefix = sheet.canvas, 0.0, sheet.prefix
    role = ROLES["i" if pill == "pack" else "h"]
    tensor = "input" if pill == "pack" else "output"
    sizes = sheet.layer.tensor(tensor).sizes
    if not sheet.packed:
        canvas.edge(
            ids.flow(f"{prefix}{tensor}", "flow"),
            ends,
            role,
            [(x, ys[0]), (x, ys[1])],
            tensor=tensor,
            shape=sizes,
        )
        return
    label = words(message(f"tensors.{pill}", layer=sheet.layer.name), 7, font="mono")
    middle = ys[0] - room - PILL / 2 if pill == "pack" else ys[1] + 22 + PILL / 2
    half = label.width / 2 + 8
    canvas.node(
        prefix + pill,
        "op",
        (x - half, middle - PILL / 2, x + half, middle + PILL / 2),
        label,
        outline="stadium",
    )
    first, second = (ends[0], prefix + pill), (prefix + pill, ends[1])
    total = sum(sheet.layer.lengths or ())
    data = {"tensor": "data", "shape": (total, sizes[-1])}
    whole = {"tensor": tensor, "shape": sizes}
    lower, upper = (whole, data) if pill == "pack" else (data, whole)
    canvas.edge(
        ids.flow(f"{prefix}{tensor}", pill), first, role, [(x, ys[0]), (x, middle + PILL / 2)], **lower
    )
    canvas.edge(
        ids.flow(f"{prefix}{pill}", "flow"), second, role, [(x, middle - PILL / 2), (x, ys[1])], **upper
    )
