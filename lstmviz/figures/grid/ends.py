"""The two ends of a grid: the input strip, the output frame, and padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmviz.figures.grid.body import BAND, Grid, passing
from lstmviz.figures.grid.plan import side_tab_width
from lstmviz.figures.grid.sides import side_x
from lstmviz.figures.shared import state_looks
from lstmviz.figures.shared.claimed import Place, kept_at, named_state, state
from lstmviz.figures.shared.output_row import ASIDE, LANE, Exit, OutputStand
from lstmviz.figures.shared.parts import clear_of, index_tab, index_tab_width, pair, states_of
from lstmviz.layout.solids import hatch_box
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.items import Box, Role, Tint, stroke_of
from lstmviz.scene.labels import TextLine, words
from lstmviz.translation.messages import message


def inputs(g: Grid) -> None:
    """The input strip, and its steps entering the first layer."""
    left, right = g.frame
    tensor = g.layer.tensor("input")
    names = tuple(ids.at("x", step=t, prefix=g.prefix) for t in g.columns.steps)
    g.canvas.frame(
        f"{g.prefix}input", "input", (left, -13, right, 13), tensor="input", shape=tensor.sizes, members=names
    )
    wide = 10.0 if g.narrow and not g.layer.bidirectional else 13.0
    for step, name in zip(g.columns.steps, names, strict=True):
        x = g.columns.x(step)
        box = (x - wide, -8.0, x + wide, 8.0)
        if step > g.valid:
            padded(g, name, "input", box, "pad")
            continue
        label = state_free(g, g.letter, step)
        g.canvas.node(name, "input", box, label, tensor="input", shape=tensor.sizes)
        for lane in g.lanes:
            _enter(g, name, step, lane)
    for _, x in g.columns.gaps:
        g.canvas.dots(x, 0, stroke_of("input"))


def _enter(g: Grid, name: str, step: int, lane: str) -> None:
    x, first = g.columns.x(step), g.rows.layers[0]
    end = g.rows.cell(first, lane) + g.m.cell[1] / 2
    route = [(x, -8.0), (x, end)]
    if g.layer.bidirectional:
        fork = g.rows.bottom(first) + 11
        route = [(x, -8.0), (x, fork), (g.cx(step, lane), fork), (g.cx(step, lane), end)]
    g.link(name, g.cell_id(first, lane, step), "input", route, cuts=passing(g, first, lane, route))


def state_free(g: Grid, base: str, step: int) -> TextLine:
    """A name that has a step but neither layer nor direction: x₁."""
    return named_state(g.layer.name, base, str(step), size=9 if g.narrow else 10.5)


def padded(g: Grid, name: str, role: Role, box: Box, word: str) -> None:
    """A hatched chip: a step that this sample does not have."""
    hatch_box(g.canvas, box, 4.2)
    label = words(message(f"grid.{word}", layer=g.layer.name), 7 if word == "pad" else 8)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    g.canvas.box((x - label.width / 2 - 2, y - 5, x + label.width / 2 + 2, y + 5), fill=Tint("ground"), z=21)
    g.canvas.node(
        name,
        role,
        box,
        label,
        hollow=True,
        line=0.75,
        tensor=None,
        stroke=stroke_of("hidden" if role == "output" else role),
    )


def outputs(g: Grid) -> None:
    """`output`: the last layer's h at every step, framed; tabs where h_n holds it too."""
    depth = g.rows.layers[-1]
    left, right = out_frame(g)
    bottom = g.rows.top(depth) - 14
    y, tensor = bottom - g.m.out, g.layer.tensor("output")
    names = tuple(ids.at("output", step=t, prefix=g.prefix) for t in g.columns.steps)
    g.canvas.frame(
        f"{g.prefix}output",
        "output",
        (left, bottom - g.high, right, bottom),
        tensor="output",
        shape=tensor.sizes,
        members=names,
        **state_looks.output_frame(unread=g.unread),
    )
    wide = g.m.half * 2 if g.layer.bidirectional else (20.0 if g.narrow else 26.0)
    for step, name in zip(g.columns.steps, names, strict=True):
        x = g.columns.x(step)
        box = (x - wide * len(g.lanes) / 2, y - 8, x + wide * len(g.lanes) / 2, y + 8)
        if step > g.valid:
            padded(g, name, "output", box, "zero")
            continue
        labels = [
            state(g.layer, "h", step, lane, depth, size=8.8 if g.narrow or len(g.lanes) > 1 else 10)
            for lane in g.lanes
        ]
        pair(
            g.canvas,
            name,
            "output",
            (x, y),
            labels,
            wide=wide,
            fill=state_looks.output_fill(unread=g.unread),
            stroke=stroke_of("hidden"),
            tensor="output",
            shape=tensor.sizes,
        )
        for k, lane in enumerate(g.lanes):
            if step == g.order(lane)[-1] and g.m.full:
                _held(g, k, box)
            start = g.rows.cell(depth, lane) - g.m.cell[1] / 2
            route = [(g.cx(step, lane), start), (g.cx(step, lane), y + 8)]
            kept = {"tensor": "output", "shape": tensor.sizes, "cuts": passing(g, depth, lane, route)}
            g.link(g.cell_id(depth, lane, step), name, "hidden", route, **kept)
    for _, x in g.columns.gaps:
        g.canvas.dots(x, y, stroke_of("hidden"))


def _held(g: Grid, k: int, box: Box) -> None:
    """The tab on a direction's part of `output`: where h_n holds the same state."""
    held, middle = _index_place(g, k, g.order(g.lanes[k])[-1])
    index_tab(g.canvas, held, "hidden", (middle, box[1], middle, box[3]))


def _index_place(g: Grid, k: int, step: int) -> tuple[Place, float]:
    """What the tab says, and its middle: beside the line that goes up from `output`."""
    held, x = kept_at(g.layer, "h_n", len(g.lanes) * g.rows.layers[-1] + k), g.columns.x(step)
    middle = g.cx(step, g.lanes[k]) if g.layer.bidirectional else x
    both = len(g.lanes) == 2 and len(g.live) == 1  # two tabs over one step would meet
    return held, clear_of(x, middle, held) if g.covered or both else middle


def out_frame(g: Grid) -> tuple[float, float]:
    """Left and right of `output`'s frame: it holds the tabs as well."""
    left, right = g.frame
    for k, lane in enumerate(g.lanes if g.m.full else ()):
        held, middle = _index_place(g, k, g.order(lane)[-1])
        left, right = (
            min(left, middle - index_tab_width(held) / 2 - 4),
            max(right, middle + index_tab_width(held) / 2 + 4),
        )
    return (left, right)


def at_last(g: Grid, wide: float, low: float) -> Box:
    """Where a line about the last step has room: on the baseline `low`, left of that step's line up."""
    right = g.columns.x(g.live[-1]) - 3
    return (right - wide - 3, low - 6.5, right, low + 2)


def uncomputed(g: Grid) -> None:
    """The padded steps of the drawn sample: no cell, no state, hatched."""
    rest = [t for t in g.columns.steps if t > g.valid]
    if not rest:
        return
    start = g.columns.x(g.live[-1]) + g.m.half + g.m.cell[0] / 2 + (18 if not g.narrow else 24)
    for depth in g.rows.layers:
        box = g.band(depth)
        for lane in g.lanes:
            y, p = g.rows.cell(depth, lane), g.m.port
            strips = (
                [(y - 17, y - p - 4), (y - p + 4, y + p - 4), (y + p + 4, y + 17)]
                if p
                else [(y - 14, y - 4), (y + 4, y + 14)]
            )
            for a, b in strips:
                hatch_box(g.canvas, (start, a, box[2] - 4, b), 5)
        y = g.rows.cell(depth, g.lanes[0]) + (0 if g.m.port else 9)
        label = words(message("grid.not-computed", layer=g.layer.name), 7)
        x = (start + box[2] - 4) / 2
        if box[2] - 4 - start > label.width + 8:
            g.canvas.box((x - label.width / 2 - 4, y - 5, x + label.width / 2 + 4, y + 5), fill=BAND, z=21)
            g.canvas.text(label, x, y + 2.6, "middle")


def stand(g: Grid, read: Sequence[tuple[str, int]] = ()) -> OutputStand:
    """What the stages after this layer stand on; lines go up from the last states that they `read`."""
    left, right = out_frame(g) if g.covered else g.frame
    out = g.columns
    xs = {t: out.x(t) for t in g.live}
    return OutputStand(
        g.canvas,
        {t: ids.at("output", step=t, prefix=g.prefix) for t in g.live},
        xs,
        tuple(x for _, x in out.gaps),
        tuple(out.x(t) for t in out.steps if t > g.valid),
        (left, right),
        (left - out.xs[0] + g.m.reach[0], out.xs[-1] + g.m.reach[1] - right),
        g.roof + g.high - g.m.out - 8,
        g.roof,
        g.layer.time_axis,
        g.layer.lengths is not None,
        g.narrow,
        g.sample if g.layer.lengths is not None else None,
        dict(_exits(g, read)),
    )


def lanes(layer: Recurrent, read: Sequence[tuple[str, int]]) -> float:
    """The room on each side for the lines up from these last states, pt."""
    ways = [(index - 1) % layer.directions for _, index in read]
    return ASIDE + LANE * (max(map(ways.count, ways)) - 1) + 1 if ways else 0.0


def _exits(g: Grid, read: Sequence[tuple[str, int]]) -> Iterator[tuple[tuple[str, int], Exit]]:
    """Yield how a line leaves each last state: past its tab, beside the layer, each in a lane of its own.

    The highest is the innermost, so that none crosses another.
    """
    half = g.m.chip / 2
    drawn = [base for base, _ in states_of(g.layer)] if g.m.sides == "slots" else ["h"]
    roles = dict(states_of(g.layer))
    taken = dict.fromkeys(g.lanes, 0)
    for index, base in sorted({(i, tensor[0]) for tensor, i in read}, key=lambda one: (-one[0], one[1])):
        if base not in drawn:
            continue
        depth, lane = (index - 1) // len(g.lanes), g.lanes[(index - 1) % len(g.lanes)]
        left = lane == "rev"
        x, y = side_x(g, base, left=left), g.rows.port(depth, lane, base)
        way = -1 if left else 1
        aside_tab = side_tab_width(f"h_n[{index - 1}]") if g.m.sides == "tabs" and g.m.full else 0.0
        aside = half + aside_tab + ASIDE
        out = x + way * (aside + LANE * taken[lane])
        taken[lane] += 1
        start = [(x + way * half, y)]
        if aside_tab:
            start = [(x, y + 8), (x, y + 12)]
        route = (*start, (out, start[-1][1]))
        name = ids.state(base, "n", depth, lane, prefix=g.prefix)
        yield (f"{base}_n", index), Exit(name, route, left, roles[base])
