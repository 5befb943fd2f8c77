"""The sides of a grid: h_0 and c_0 entering, h_n and c_n leaving."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.grid.body import BAND, Grid
from lstmviz.figures.grid.plan import side_tab_width
from lstmviz.figures.shared.along_time import direction
from lstmviz.figures.shared.claimed import Place, kept_at, state
from lstmviz.figures.shared.parts import chip, index_tab, line_style, states_of
from lstmviz.scene import ids
from lstmviz.scene.items import Box, Point, Role, Tint, fill_of, stroke_of
from lstmviz.scene.labels import TextLine, letters, row, words
from lstmviz.translation.messages import message

FIELD, OFF, APART = 3.0, 3.5, 1.5
"""How much wider than its chips the region of a tensor is; from it to the bands, and to the other's, pt."""


def sides(g: Grid) -> None:
    """Every initial state on the side where its direction starts, every last one opposite."""
    for depth in g.rows.layers:
        for k, lane in enumerate(g.lanes):
            for base, role in states_of(g.layer):
                _ends(g, (depth, k, lane), base, role)
    if g.m.sides == "frames":
        for initial in (True, False):
            for base, role in states_of(g.layer):
                _frame(g, base, role, initial=initial)


def end_word(g: Grid, lane: str, end: str) -> TextLine:
    """What stands over a state: that a direction ``starts`` or ``ends`` with it."""
    said = message("layer.forward" if lane == "fwd" else "layer.reverse", layer=g.layer.name)
    return words(message(f"grid.{end}", way=said, layer=g.layer.name), 7)


def lane_ends(g: Grid, depth: int, lane: str) -> None:
    """The direction at its first line, in the band; under its last state, which step's h that is."""
    left, y = lane == "fwd", g.rows.cell(depth, lane) - g.m.port
    box = g.band(depth)
    x = box[0] + 2.5 if left else box[2] - 2.5
    word = direction(g.layer, lane)
    if not left and g.valid < g.columns.steps[-1]:  # over what is hatched
        g.canvas.box((x - word.width - 2, y - 11, x + 1, y - 3), fill=BAND, z=21)
    g.canvas.text(word, x, y - 4.5, "start" if left else "end")
    held = state(g.layer, "h", g.order(lane)[-1], lane, depth, size=8.5)
    at = side_x(g, "h", left=not left), g.rows.port(depth, lane, "h") + 17.5
    g.canvas.text(row(letters("=", 8), held, gap=3), *at, "middle", role="hidden")


def _ends(g: Grid, place: tuple[int, int, str], base: str, role: Role) -> None:
    depth, k, lane = place
    reverse, y = lane == "rev", g.rows.port(depth, lane, base)
    order, index = g.order(lane), len(g.lanes) * depth + k
    for initial in (True, False):
        left = initial != reverse
        tensor = f"{base}_0" if initial else f"{base}_n"
        name = ids.at(tensor, depth, lane, prefix=g.prefix)
        step = 0 if initial else order[-1]
        border = _chip(g, name, (base, role), (depth, lane, step, index), tensor, left=left)
        cell = g.cell_id(depth, lane, order[0] if initial else order[-1])
        port = g.cx(order[0] if initial else order[-1], lane) + (-1 if left else 1) * g.m.cell[0] / 2
        shape = g.layer.tensor(tensor).sizes
        if initial:
            g.link(
                name,
                cell,
                role,
                [(border, y), (port, y)],
                tensor=tensor,
                shape=shape,
                **line_style(base, reverse=reverse),
            )
        else:
            g.link(
                cell,
                name,
                role,
                [(port, y), (border, y)],
                tensor=tensor,
                shape=shape,
                **line_style(base, reverse=reverse),
            )


def side_x(g: Grid, base: str, *, left: bool) -> float:
    """Where the chips of one kind of state stand on a side."""
    first, last = g.columns.xs[0], g.columns.xs[-1]
    half = g.m.chip / 2
    if g.m.sides == "frames":
        beyond = base == "h" and g.layer.has_cell_state
        off = OFF + half + FIELD + (2 * (half + FIELD) + APART if beyond else 0.0)
        return first - g.m.band[0] - off if left else last + g.m.band[1] + off
    if g.m.sides == "tabs":
        return first - 60.5 - half if left else last + 60.5 + half
    return first - g.m.reach[0] + half if left else last + g.m.reach[1] - half


def _chip(
    g: Grid, name: str, kept: tuple[str, Role], what: tuple[int, str, int, int], tensor: str, *, left: bool
) -> float:
    """One state at a side; returns x of the border that its line touches."""
    (base, role), (depth, lane, step, index) = kept, what
    x, y = side_x(g, base, left=left), g.rows.port(depth, lane, base)
    label, shape = state(g.layer, base, step, lane, depth, size=9.2), g.layer.tensor(tensor).sizes
    held, empty = kept_at(g.layer, tensor, index), step == 0 and g.layer.entry_is_zeros(base, index)
    if g.m.sides == "slots" or not g.m.full:
        _slot(g, name, role, (x, y), held, empty=empty, tensor=tensor, shape=shape)
    else:
        fill = Tint("ground") if empty else None
        node = chip(g.canvas, name, role, (x, y), label, wide=g.m.chip, tensor=tensor, shape=shape, fill=fill)
        if g.m.sides == "frames":
            index_tab(g.canvas, held, role, node.box)
        else:
            _side_tab(g, role, node.box, held, left=left)
    return x + g.m.chip / 2 if left else x - g.m.chip / 2


def _slot(
    g: Grid,
    name: str,
    role: Role,
    at: Point,
    place: Place,
    *,
    empty: bool,
    **more: Any,
) -> None:
    """A chip that says the API name itself, and no other."""
    x, y = at
    half = g.m.chip / 2
    box = (x - half, y - 8, x + half, y + 8)
    g.canvas.box(box, role=role, fill=Tint("ground") if empty else fill_of(role))
    g.canvas.node(
        name,
        role,
        box,
        place.line(7 if len(str(place)) < 7 or (g.m.full is False and g.m.sides != "slots") else 6.4),
        hollow=True,
        line=0.9,
        **more,
    )


def _side_tab(g: Grid, role: Role, box: Box, place: Place, *, left: bool) -> None:
    """The tab on the outer side of a chip."""
    if place.state:
        return  # the chip says it
    label = place.line(tint=stroke_of(role))
    wide = side_tab_width(str(place))
    x0 = box[0] - wide if left else box[2]
    y = (box[1] + box[3]) / 2
    edge = (x0, y - 6, x0 + wide, y + 6)
    g.canvas.box(edge, role=role, fill=fill_of(role, 0.72), stroke=stroke_of(role), line=0.75)
    g.canvas.text(label, x0 + wide / 2, y + 2.5, "middle", role=role, at=edge)


def _frame(g: Grid, base: str, role: Role, *, initial: bool) -> None:
    """The region of one tensor on a side, as high as that of the other state.

    It is a field of colour without a border: the lines of h pass over c's.
    """
    x, half = side_x(g, base, left=initial), g.m.chip / 2 + FIELD
    tensor = f"{base}_0" if initial else f"{base}_n"
    layers, bases = g.rows.layers, [b for b, _ in states_of(g.layer)]
    high = min(g.rows.port(layers[-1], "fwd", b) for b in bases) - 8 - (9.5 if g.m.full else 0.0) - 4
    low = max(g.rows.port(layers[0], "fwd", b) for b in bases) + 8 + 4
    g.canvas.frame(
        f"{g.prefix}{tensor}",
        role,
        (x - half, high, x + half, low),
        tensor=tensor,
        shape=g.layer.tensor(tensor).sizes,
        members=tuple(ids.at(tensor, d, "fwd", prefix=g.prefix) for d in layers),
        fill=fill_of(role, 0.72),
        stroke=fill_of(role, 0.72),
    )
    for y in g.rows.strips.values():
        g.canvas.dots(x, y, stroke_of(role), down=True)
