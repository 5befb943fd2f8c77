"""The blocks and the module of `tensors`, and every arrow between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmviz.figures.shared.blocks import Patch, hatch_padding, mark, paint
from lstmviz.figures.shared.claimed import Place, named
from lstmviz.figures.shared.parts import lanes_of, line_style
from lstmviz.figures.tensors import plan
from lstmviz.figures.tensors.labels import (
    ROLES,
    axis_label,
    index_rows,
    last_axis,
    name_input,
    name_output,
    side_labels,
    tab,
)
from lstmviz.figures.tensors.module import FOOT, PAD, bands_of, draw_module
from lstmviz.scene import ids
from lstmviz.scene.items import stroke_of
from lstmviz.scene.labels import words
from lstmviz.translation.messages import message

if TYPE_CHECKING:
    from lstmviz.figures.shared.blocks import Block
    from lstmviz.figures.tensors.plan import Sheet

PILL = 15.0
"""The height of `pack` and `unpack`, pt."""
"""What they are called in torch."""


@dataclass(frozen=True, slots=True)
class Body:
    """What stands where, for the words around it."""

    input: Block
    output: Block
    high: float
    """The height of the module."""
    named: float
    """The upper end of what stands over the block of `output`."""
    low: float
    """The lower end of what is said under the initial states."""
    states: float
    """The least x of the states' blocks and of their labels."""


def draw_body(sheet: Sheet) -> Body:
    """Draw the module with its six tensors."""
    rows, high = sheet.rows()
    slab = _slab(sheet)
    heights = [sheet.depth(sheet.layer.tensor(f"{b}_n").sizes[-1], f"{b}_n")[1] for b, _ in sheet.bases]
    front = len(rows) * high
    under = [10.0] * (len(sheet.bases) - 1) + [10 + 9.5 * sheet.layer.directions]
    stack = sum(13 + h + front + u for h, u in zip(heights, under, strict=True)) + 8 * (len(under) - 1)
    tall = max(stack + 6, bands_of(sheet).height + FOOT + 15)
    draw_module(sheet, tall)
    y, left = (tall - stack) / 2, 0.0
    for (base, _), deep, room in zip(sheet.bases, heights, under, strict=True):
        y += 13 + deep
        left = min(left, _pair(sheet, base, y, slab))
        y += front + room + 8
    output, named = _output(sheet)
    return Body(_input(sheet, tall), output, tall, named, y - 8, left)


def _label_room(sheet: Sheet) -> float:
    """The width of the labels beside the states."""
    found = [0.0]
    for base, _ in sheet.bases:
        state, short = sheet.layer.tensor(f"{base}_n"), sheet.narrow
        deep = axis_label(sheet, last_axis(state), state, len(state.sizes) - 1, short=short)
        found.append(deep.width + 6 - sheet.deep / 2)
        if len(state.sizes) > 2:
            found.append(axis_label(sheet, message("axis.batch"), state, 1, short=short).width + 5)
    return max(found)


def _slab(sheet: Sheet) -> float:
    """The width of one place on the first axis of the states."""
    count, usual = len(sheet.slabs()), 13.0 if sheet.narrow else 19.0
    room = sheet.half - sheet.box - sheet.gap - sheet.deep - _label_room(sheet)
    return max(sheet.least, min(usual, room / count))


def _pair(sheet: Sheet, base: str, y: float, slab: float) -> float:
    """h_0 and h_n (or c_0 and c_n) at one height, and their arrows; gives the least x of the front."""
    canvas, prefix, layer = sheet.canvas, sheet.prefix, sheet.layer
    role = ROLES[base]
    wide = slab * len(sheet.slabs())
    for end, x in (("0", -sheet.box - sheet.gap - sheet.deep - wide), ("n", sheet.box + sheet.gap)):
        name, initial = f"{base}_{end}", end == "0"
        block, tensor = plan.state_block(sheet, name, (x, y), slab), layer.tensor(name)
        paint(canvas, block)
        if name == "h_n":
            _mark_last(sheet, block)
        canvas.node(prefix + name, role, block.box, tensor=name, shape=tensor.sizes, outline="none")
        title = named(sheet.layer, name, 9, tint=stroke_of(role))
        canvas.text(title, x + block.depth[0], block.box[1] - 4, role=role)
        side_labels(sheet, block, tensor, right=not initial)
        heads = "left" if initial else "" if sheet.narrow else "right"
        index_rows(sheet, block, block.front[3] + 9.5, full=base == "h", heads=heads)
        begin, stop = (prefix + name, prefix + "begin") if initial else (prefix + "end", prefix + name)
        bar = _bar(sheet)
        route = (
            [(block.box[2], block.level), (-bar, block.level)]
            if initial
            else [(bar, block.level), (x, block.level)]
        )
        canvas.edge(f"{prefix}{name}-{'begin' if initial else 'end'}", (begin, stop), role, route,
                    tensor=name, shape=tensor.sizes, **line_style(base))  # fmt: skip
    return -sheet.box - sheet.gap - sheet.deep - wide


def _bar(sheet: Sheet) -> float:
    """The x of the outer border of the bar at the module's right side."""
    return sheet.box - PAD


def _mark_last(sheet: Sheet, block: Block) -> None:
    """Deepen the places of h_n that `output` holds too: those of the last layer."""
    count, total = sheet.layer.directions, len(block.columns)
    mark(sheet.canvas, block, Patch((total - count, total), (0, len(block.rows))))


def _output(sheet: Sheet) -> tuple[Block, float]:
    """The block of `output`, and the upper end of what stands over it."""
    layer, canvas, prefix = sheet.layer, sheet.canvas, sheet.prefix
    rows, high = sheet.rows()
    lift = 27.0 + (PILL + 13 if sheet.packed else 0)
    y = -lift - high * len(rows)
    block = plan.sequence_block(sheet, "output", (plan.place(sheet, "output"), y))
    paint(canvas, block)
    hatch_padding(canvas, block, plan.ends(sheet))
    tensor = layer.tensor("output")
    canvas.node(prefix + "output", "output", block.box, tensor="output", shape=tensor.sizes, outline="none")
    named = name_output(sheet, block, _shared_parts(sheet, block))
    side_labels(sheet, block, tensor)
    _halves(sheet, block)
    top = ids.named("layer", layer.num_layers - 1, prefix=prefix)
    _flow(sheet, "unpack", (top, prefix + "output"), (_top_of(sheet, top), block.front[3]))
    label = axis_label(sheet, message("axis.time"), tensor, plan.time_axis(sheet))
    canvas.text(label, sheet.flow - 5, block.front[3] + 10, "end", role="axis")
    return block, named


def _halves(sheet: Sheet, block: Block) -> None:
    """Which half of the last axis is which direction, at the lower right edge."""
    if not sheet.layer.bidirectional:
        return
    (_, _, x1, y1), (dx, dy) = block.front, block.depth
    front = (x1 + dx / 2 + 4, min(y1 + 3, y1 - dy / 2 + 7))
    for lane, at in zip(ids.WAYS, [front, (x1 + dx + 3.5, min(y1 - dy + 2, y1 - 6.5))], strict=True):
        sheet.canvas.text(words(message(f"axis.{lane}"), 7), *at, role="hidden")


def _shared_parts(sheet: Sheet, block: Block) -> float:
    """What `h_n` holds of `output`: the last step forward, the first in reverse; where the tab above ends."""
    layer, canvas, rows = sheet.layer, sheet.canvas, len(block.rows)
    columns, index = len(block.columns), (layer.num_layers - 1) * layer.directions
    if layer.lengths is None:
        patch = Patch((columns - 1, columns), (0, rows))
        mark(canvas, block, patch, outlined=True)
        forward = (block.front[2] - block.cell[0], *block.front[1:])
    else:
        for j, end in enumerate(plan.ends(sheet)):
            if end is not None and plan.exact(sheet, block.rows[j]):
                mark(canvas, block, Patch((end - 1, end), (j, j + 1)), outlined=True)
        forward = block.front
    box = (forward[0], forward[1], forward[2], forward[3])
    places = [(index, "fwd", box)]
    ends = "last-step" if layer.lengths is None else "own-last-step"
    last = message(f"tensors.{ends}", layer=layer.name)
    below = (block.front[2] - 26.5, block.front[3] + 8.5)
    tab(sheet, Place(layer.name, "h_n", index), last, below, least=sheet.flow + 6)
    tabbed = block.box[0]
    if layer.bidirectional:
        patch = Patch((0, 1), (0, rows), (1, 2))
        mark(canvas, block, patch, outlined=True)
        x = block.front[0] + block.depth[0]
        places.append(
            (index + 1, "rev", (x, block.box[1], x + block.cell[0], block.front[3] - block.depth[1]))
        )
        at = (x + block.cell[0] / 2 - 14.5, block.box[1] - 7.5)
        tabbed = tab(
            sheet,
            Place(layer.name, "h_n", index + 1),
            message("tensors.first-step", layer=layer.name),
            at,
            before=block.depth[1] > 9,
        )
    shape = layer.tensor("h_n").sizes[1:]
    for place, lane, where in places:
        ident = ids.at("output.h_n", place // len(lanes_of(layer)), lane, prefix=sheet.prefix)
        members = (sheet.prefix + "output", sheet.prefix + "h_n")
        canvas.frame(ident, "hidden", where, tensor="h_n", shape=shape, members=members, line=0)
    return tabbed


def _input(sheet: Sheet, tall: float) -> Block:
    layer, canvas, prefix = sheet.layer, sheet.canvas, sheet.prefix
    tensor = layer.tensor("input")
    deep = sheet.depth(tensor.sizes[-1], "input")[1]
    y = tall + 18 + deep + (PILL + 13 if sheet.packed else 0)
    block = plan.sequence_block(sheet, "input", (plan.place(sheet, "input"), y))
    paint(canvas, block)
    hatch_padding(canvas, block, plan.ends(sheet))
    canvas.node(prefix + "input", "input", block.box, tensor="input", shape=tensor.sizes, outline="none")
    name_input(sheet, block)
    side_labels(sheet, block, tensor)
    low = next(n.box[3] for n in canvas.nodes if n.id == ids.named("layer", 0, prefix=prefix))
    _flow(sheet, "pack", (prefix + "input", ids.named("layer", 0, prefix=prefix)), (block.box[1], low))
    label = axis_label(sheet, message("axis.time"), tensor, plan.time_axis(sheet))
    x, y = block.front[0], block.front[3] + 11
    canvas.text(label, x, y, role="axis")
    end = max(block.front[2], x + label.width + 22)
    canvas.line([(x + label.width + 6, y - 2.6), (end, y - 2.6)], line=0.75, head=4.0, role="axis")
    return block


def _top_of(sheet: Sheet, name: str) -> float:
    return next(n.box[1] for n in sheet.canvas.nodes if n.id == name)


def _flow(sheet: Sheet, pill: str, ends: tuple[str, str], ys: tuple[float, float]) -> None:
    """The arrow up from the first node to the second, through `pack` or `unpack` where there is one."""
    canvas, x, prefix = sheet.canvas, sheet.flow, sheet.prefix
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
    middle = ys[0] - 14 - PILL / 2 if pill == "pack" else ys[1] + 22 + PILL / 2
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
