"""What is written beside a layer of a grid: names, shapes, depth, the lesson."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from lstmviz.figures.base import shape_tag, stacked_tag
from lstmviz.figures.grid.body import Grid
from lstmviz.figures.grid.ends import at_last, out_frame
from lstmviz.figures.grid.options import GridOptions
from lstmviz.figures.grid.sides import end_word, lane_ends, side_x
from lstmviz.figures.shared.along_time import direction
from lstmviz.figures.shared.called_names import called_short
from lstmviz.figures.shared.claimed import all_of, sized
from lstmviz.figures.shared.claimed import named as tensor_name
from lstmviz.figures.shared.lessons import in_vain, output_equations
from lstmviz.figures.shared.parts import states_of, states_tensor
from lstmviz.figures.shared.sentences import begun
from lstmviz.layout.crossings import overlap
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.code import Code
from lstmviz.scene.geometry import bounds, inflate
from lstmviz.scene.items import MUTED, Anchor, Box, Point
from lstmviz.scene.labels import TextLine, letters, row, run_box, words, wrap
from lstmviz.translation.letters import spell
from lstmviz.translation.messages import Message, message


def around(g: Grid, options: GridOptions, layers: Sequence[Recurrent], *, titled: bool = False) -> None:
    """What is written beside one layer: its output, its depth, and its name if none is to be over it all."""
    (_aside if g.covered else _over)(g, options)
    if g.fed:
        _fed(g, options)
    _depth_axis(g)
    _lane_words(g)
    _vain_states(g)
    if g.name and not titled:
        top = g.rows.top(g.rows.layers[-1])
        name = called_short(g.name, g.m.reach[0] - g.m.half - 6, 8, among=[one.name for one in layers])
        g.canvas.text(name, g.columns.xs[0] - g.m.reach[0], top - 4)


def named(layer: Recurrent, name: str, options: GridOptions) -> TextLine:
    """``output (N, T, 2H) = (6, 5, 32)``."""
    return row(tensor_name(layer, name, 8), shape_tag(layer.tensor(name), options), gap=5)


def _over(g: Grid, options: GridOptions) -> None:
    """`output` and what it shares with h_n, over its frame."""
    left, right = g.frame
    y = g.roof - 6.5
    name = named(g.layer, "output", options)
    lines = [one.line() for one in _lessons(g)] if g.m.full or not g.unread else []
    room = (
        g.columns.xs[-1] + g.m.reach[1] if g.narrow else right + 8
    )  # on a narrow page none stands beside it
    if g.unread and (both := row(name, in_vain(g.layer), gap=8)).width <= room - left:
        name = both
    elif g.unread:
        lines.insert(0, in_vain(g.layer))
    if len(lines) == 2 and sum(line.width for line in lines) + 18 <= right - left:
        lines = [row(*lines, gap=18)]
    if len(lines) == 1 and name.width + lines[0].width + 12 <= right - left:
        g.canvas.text(lines[0], right, y, "end", role="output")
        lines = []
    step = 10.5
    for line in reversed(lines):
        g.canvas.text(line, left, y, role="output")
        y -= step
    g.canvas.text(name, left, y - (1.5 if lines else 0), role="output")


def _aside(g: Grid, options: GridOptions) -> None:
    """The same left and right of the frame, where lines go up from it."""
    left, _ = out_frame(g)
    middle = g.roof + g.high / 2
    if g.m.sides == "slots":
        shape = shape_beside(g, options)
        up = 4.5 if g.name and shape else 0.0  # clear of the layer's name below
        _stacked(g, [tensor_name(g.layer, "output", 7), *shape], (left - 5, middle - up), "end")
    else:
        _stacked(g, _broken(g.layer, "output", options), (left - 9, middle), "end")


def shape_beside(g: Grid, options: GridOptions) -> list[TextLine]:
    """The shape of `output` as it stands left of its frame, over the first states; nothing without room."""
    room = out_frame(g)[0] - 5 - (g.columns.xs[0] - g.m.reach[0])
    tensor = g.layer.tensor("output")
    return stacked_tag(tensor, options, room, 8) or stacked_tag(tensor, options, room, 7)


def in_corner(g: Grid, options: GridOptions, rising: Iterable[Point] = ()) -> tuple[str, ...]:
    """Write what has room over the frame of `output`, left of all that goes up from it; gives what it was.

    That is what it shares with h_n, and on a narrow page its shape. `rising` is where lines will go up.
    """
    left, _ = out_frame(g)
    corner = g.m.sides == "slots" and not shape_beside(g, options)
    shape = [shape_tag(g.layer.tensor("output"), options)] if corner else []
    equations = [one.line() for one in _lessons(g)]
    low, taken = g.roof - 6.5, list(_drawn(g))
    taken += [(x - 2.0, -math.inf, x + 2.0, y) for x, y in rising]
    for told, every in (
        (("shape", "lessons"), [*shape, *equations]),
        (("lessons",), equations),
        (("shape",), shape),
    ):
        lines = [line for line in every if line.runs]
        wide = max((line.width for line in lines), default=0.0)
        areas = [(left, low - 10.5 * len(lines), left + wide + 8, g.roof - 2)]
        if lines == equations and len(lines) == 1 and not g.narrow:
            areas.append(at_last(g, wide, low))
        free = [area for area in areas if area[0] >= left and not any(overlap(area, box) for box in taken)]
        if lines and free:
            for i, line in enumerate(reversed(lines)):
                g.canvas.text(line, free[0][0], low - 10.5 * i, role="output")
            return told
    return ()


def _drawn(g: Grid) -> Iterator[Box]:
    """The boxes of what stands on a layer, and of the lines that lead there."""
    yield from (node.box for node in g.canvas.nodes)
    yield from (frame.box for frame in g.canvas.frames)
    yield from (inflate(bounds(ends), 2.0) for edge in g.canvas.edges for ends in pairwise(edge.route))
    yield from (inflate(run_box(run), 3.0) for text in g.canvas.texts for run in text.label.runs)


def spare(g: Grid) -> list[TextLine]:
    """The lessons that have no room over the frame of `output`."""
    return [line.line() for line in _lessons(g)] if g.covered and "lessons" not in g.told else []


def _fed(g: Grid, options: GridOptions) -> None:
    """`input` left of its strip, where lines come from below."""
    left, _ = g.frame
    if g.m.sides == "slots":
        whole = g.layer.tensor("input").full
        g.canvas.text(tensor_name(g.layer, "input", 7), left - 5, 2.5, "end", role="input", tensor=whole)
    else:
        _stacked(g, _broken(g.layer, "input", options), (left - 9, 0.0), "end")


def beside_strip(g: Grid, options: GridOptions) -> bool:
    """Write `input` and its shape left of its strip, where one of two small towers has room for it."""
    room = g.frame[0] - 5 - (g.columns.xs[0] - g.m.reach[0])
    shape = (
        stacked_tag(g.layer.tensor("input"), options, room, 7) if g.narrow and g.name and not g.fed else []
    )
    if not shape:
        return False
    lines = [tensor_name(g.layer, "input", 7), *shape]
    for i, line in enumerate(lines):
        y = 2.8 + (i - (len(lines) - 1) / 2) * 10
        g.canvas.text(line, g.frame[0] - 5, y, "end", role="input")
    return True


def _broken(layer: Recurrent, name: str, options: GridOptions) -> list[TextLine]:
    """A name and its shape, under each other."""
    tags = stacked_tag(layer.tensor(name), options, 80) or [shape_tag(layer.tensor(name), options)]
    return [tensor_name(layer, name, 8), *tags]


def _stacked(g: Grid, lines: list[TextLine], at: Point, anchor: Anchor) -> None:
    live = [line for line in lines if line.runs]
    for i, line in enumerate(live):
        g.canvas.text(line, at[0], at[1] + 2.8 + (i - (len(live) - 1) / 2) * 11, anchor, role="output")


def _lessons(g: Grid) -> list[Code]:
    """Which part of `output` is which entry of `h_n`; of the drawn sample, where samples end apart."""
    return output_equations(g.layer, g.sample, first=0 if g.columns.steps[-1] > 1 else -1)


def _depth_axis(g: Grid) -> None:
    """Depth runs upward; the word stands level at the arrow's foot."""
    if len(g.rows.layers) < 2:
        return
    layers, label = g.rows.layers, words(message("axis.depth"), 7, tint=MUTED)
    if g.m.sides == "frames":
        x = g.columns.xs[0] - (122.0 if g.layer.has_cell_state else 94.0)
        foot, head = g.rows.bottom(layers[0]) - 6, g.rows.top(layers[-1]) + 6
        y = foot + 10 if g.name else head - 4  # the layer's name stands at the head
        g.canvas.text(label, x, y, "middle", role="axis")
        g.canvas.line([(x, foot), (x, head)], head=4.5, role="axis")
        return
    x = g.columns.xs[0] - g.m.reach[0] + (6 if g.narrow else 12)
    foot, head = g.rows.top(layers[0]) - 1, g.rows.bottom(layers[1]) + 1
    if g.layer.bidirectional:  # from over the words at one layer's states to under those of the next
        head = g.rows.bottom(layers[1]) + 3 if g.narrow else g.rows.port(layers[1], "fwd", "h") + 12
        foot -= -1 if g.narrow else 11
    g.canvas.line([(x, foot), (x, head)], head=4.5, role="axis")
    if g.layer.bidirectional and not g.narrow:
        g.canvas.text(label, x, foot + 9, "middle", role="axis")
    else:
        dotted = layers[0] in g.rows.strips  # the layers left out have their name there
        g.canvas.text(label, x + 5, foot - 6 if dotted else (foot + head) / 2 + 2.5, role="axis")
    if g.layer.bidirectional:
        _concat_note(g)


def _vain_states(g: Grid) -> None:
    """Under the last states of every layer, that nothing reads them."""
    for depth in g.rows.layers if g.vain and g.m.sides == "slots" and not g.layer.bidirectional else ():
        x, y = side_x(g, "h", left=False), g.rows.port(depth, "fwd", "h") + 16.5
        g.canvas.text(in_vain(g.layer, g.vain), x, y, "middle")


def _lane_words(g: Grid) -> None:
    """Where each direction starts and ends: reverse the other way round than forward."""
    for depth in g.rows.layers if g.layer.bidirectional else ():
        for lane in ids.WAYS:
            if not g.m.full and g.m.sides == "tabs":
                lane_ends(g, depth, lane)
                continue
            way = direction(g.layer, lane)
            y = g.rows.cell(depth, lane) - g.m.port - 8 - (4 if g.m.port else 5)
            for end in ("starts", "ends") if g.m.full else ("starts",):
                left = (lane == "fwd") == (end == "starts")
                reach = g.m.reach[0 if left else 1]
                text = end_word(g, lane, end)
                beside = left == (lane == "fwd") and not g.m.port  # the cell, else a line that goes up
                near = g.m.half + (g.m.cell[0] / 2 + 1.5 if beside else 2.5)
                x = g.columns.xs[0] - reach if left else g.columns.xs[-1] + reach
                band = abs(g.band(depth)[0 if left else 2] - x)
                if text.width > min(reach - near, band - 1):
                    text = way if end == "starts" else words(message("grid.end"), 7)
                g.canvas.text(text, x, y, "start" if left else "end")


def _concat_note(g: Grid) -> None:
    """Beside the first concatenation: its width, and that both directions get all of it."""
    depth, tensor = g.rows.layers[0], g.layer.tensor("output")
    last, symbol = len(tensor.symbols) - 1, spell(tensor.symbols[-1])
    wide = sized(letters(symbol, 9, tint=MUTED), tensor, last, symbol=symbol)
    concat = words(message("grid.concat-word"), 7, tint=MUTED)
    both = words(message("grid.to-both", layer=g.layer.name), 7, tint=MUTED)
    if g.narrow:
        x, y = sum(g.columns.xs[:2]) / 2, g.rows.top(depth) - 17
        if len(g.columns.xs) < 2 or g.columns.xs[1] - g.columns.xs[0] < 4 * g.m.half + 26:
            return
        g.canvas.text(concat, x, y - 17, "middle")
        g.canvas.text(wide, x, y - 7.5, "middle")
        return
    x = g.columns.xs[0] - g.m.half * 2 - 6
    y = g.rows.top(depth) - 12 - 8
    g.canvas.text(row(concat, wide, gap=3), x, y + 2.5, "end")
    if not g.m.full:
        return
    y -= 19.5 + (20 if g.layer.dropout else 0)
    g.canvas.text(row(words(message("grid.all"), 7, tint=MUTED), wide, gap=2.5), x, y - 4.5, "end")
    g.canvas.text(both, x, y + 5, "end")


def groups(layer: Recurrent) -> list[list[str]]:
    """States that have one shape between them: h and c, unless h is projected."""
    bases = [base for base, _ in states_of(layer)][::-1]
    if len(bases) == 2 and layer.tensor("h_n").sizes == layer.tensor("c_n").sizes:
        return [bases]
    return [[b] for b in bases]


def under_sides(g: Grid, options: GridOptions) -> None:
    """The shapes of the states, under their regions."""
    for initial in (True, False):
        _under_side(g, options, initial=initial)


def _begun(layer: Recurrent) -> list[Message]:
    """What the initial states are, line by line."""
    if layer.begins_with_zeros:
        said = message("layer.zeros" if layer.handed else "grid.begun-zeros", layer=layer.name)
        return [said.part(line, said.text.index(line)) for line in said.text.split("\n")]
    return [begun(layer, zeros="", of="grid.those-that-end")]


def _under_side(g: Grid, options: GridOptions, *, initial: bool) -> None:
    bases = [base for base, _ in states_of(g.layer)]
    x = sum(side_x(g, base, left=initial) for base in bases) / len(bases)
    y = g.rows.port(g.rows.layers[0], "fwd", "h") + 24
    for group in groups(g.layer):
        tensor = states_tensor(g.layer, f"{group[0]}_{'0' if initial else 'n'}")
        names = all_of(g.layer, [f"{b}_{'0' if initial else 'n'}" for b in group])
        line = [names] + (
            [words(message("layer.each"), 7)] if len(group) > 1 and options.shapes != "off" else []
        )
        g.canvas.text(row(*line, gap=4), x, y, "middle")
        for mode in ("symbols", "numbers"):
            if options.shapes in {"both", mode}:
                y += 12
                tag = shape_tag(tensor, options, mode=mode)
                equal = [letters("=", 9)] if options.shapes == "both" and mode == "numbers" else []
                g.canvas.text(row(*equal, tag, gap=3), x, y, "middle")
        y += 13
    if initial and options.legend != "off":
        for i, said in enumerate(_begun(g.layer)):
            g.canvas.text(words(said, 7, tint=MUTED), x, y - 1.5 + 9.5 * i, "middle")
    elif not initial and g.layer.batch_first and g.layer.batch_size is not None:
        never = message("layer.never-first", layer=g.layer.name)
        beside = x - words(never, 7).width / 2 > g.frame[1] + 2  # the strip of the input
        for i, part in enumerate([never] if beside else wrap(never, 48, 7)):
            g.canvas.text(words(part, 7, tint=MUTED), x, y - 1.5 + 9.5 * i, "middle")
