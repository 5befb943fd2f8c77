"""An encoder and its decoder: two grids, the states handed from one to the other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures import grid_foot
from lstmviz.figures.grid_plan import between, chosen, columns, together, widest
from lstmviz.figures.grid_stack import Built, base, tower
from lstmviz.figures.parts import cut_at, line_style, merge, states_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.grid_plan import Columns, Measures
    from lstmviz.figures.grid_stack import Look, Tower
    from lstmviz.figures.grid_story import Story
    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Point, Role

BESIDE = 22.0
"""From the encoder's last states to the decoder's first, side by side, pt."""
LANE = 4.5
"""From one handed state to the next where they go round, pt."""
CLEAR = 6.0
"""Free space beside those lanes, pt."""
TIGHT = {0.0: 36.0, 13.5: 62.0}
"""The smallest pitch of one direction and of two."""

Handed = tuple[str, str, str, "Role"]
"""A state that is handed over: from which node, to which, h or c, and its role."""


def pair(told: Story, look: Look) -> Built:
    """Side by side where the page is wide and the layers are level, else the decoder on top."""
    assert told.decoder is not None
    lower = [floor.layer for floor in told.floors]
    upper = told.decoder.layer
    ms = together(lower, look.page, small=True), together([upper], look.page, small=True)
    level = not lower[-1].bidirectional and len(lower) == 1
    return (_above if look.page.narrow or not level else _beside)(told, look, *ms)


def _alone(told: Story) -> Story:
    """The decoder's own story."""
    assert told.decoder is not None
    return replace(told, before=(), floors=(told.decoder,), decoder=None)


def _plain(look: Look) -> Look:
    """How the decoder is drawn: nothing in it is marked or padded."""
    return replace(look, options=look.options.model_copy(update={"highlight": None}))


def _beside(told: Story, look: Look, ms: list[Measures], own: list[Measures]) -> Built:
    """The encoder left, the decoder right, the states straight from one to the other."""
    assert told.decoder is not None
    layers = (told.floors[0].layer, told.decoder.layer)
    left, right = _columns(look, layers, (ms[0], own[0]), look.page.inner - BESIDE - 2)
    gap = max(map(between, layers))
    first = tower(told, look, ms, left, gap)
    second = tower(_alone(told), _plain(look), own, right, gap, named=True)
    g, canvas = second.grids[0], first.grids[0].canvas
    y = max(base(told, look, first.grids[0]), grid_foot.under(g, look.options, 0))
    across = first.sides[1] + BESIDE - second.sides[0]
    g.canvas.move(across, 0.0)
    merge(canvas, g.canvas)
    for handed in _handed(layers, first, second):
        at = first.grids[0].rows.port(_depth(handed[1]), "fwd", handed[2])
        _link(canvas, handed, [(first.sides[1], at), (first.sides[1] + BESIDE, at)])
    return _built((first, second), look, y, (first.sides[0], across + second.sides[1]))


def _above(told: Story, look: Look, ms: list[Measures], own: list[Measures]) -> Built:
    """The decoder on top: last states leave at the right and go round to the left."""
    assert told.decoder is not None
    layers = (told.floors[-1].layer, told.decoder.layer)
    lanes = layers[0].num_layers * len(states_of(layers[0]))  # on the right side
    room = look.page.inner - 2 * CLEAR - LANE * (lanes * (1 + layers[0].directions) - 2) - 3
    (below,) = _columns(look, layers[:1], (widest(ms),), room)
    (upper,) = _columns(look, layers[1:], own, room)
    first = tower(told, look, ms, below)
    second = tower(_alone(told), _plain(look), own, upper, named=True)
    g, canvas = second.grids[0], first.grids[0].canvas
    grid_foot.under(g, look.options, 0)
    ends = _handed(layers, first, second)
    corridor, right = canvas.extent()[1] - CLEAR - 2, canvas.extent()[2]
    lift = corridor - LANE * len(ends) - CLEAR - g.canvas.extent()[3]
    g.canvas.move(0.0, lift)
    merge(canvas, g.canvas)
    y = base(told, look, first.grids[0])
    _go_round(canvas, ends, corridor, (min(first.sides[0], second.sides[0]), right))
    edges = canvas.extent()
    return _built((first, second), look, y, (edges[0], edges[2]))


def _built(towers: tuple[Tower, Tower], look: Look, y: float, edges: tuple[float, float]) -> Built:
    grids = [g for tower in towers for g in tower.grids]
    width = edges[1] - edges[0]
    said = (*towers[0].said, *towers[1].said)
    y = grid_foot.shapes(grids, look.options, said, (edges[0], y + 4), width)
    return Built(grids, y + 4, (edges[0], width))


def _columns(look: Look, layers: Sequence[Recurrent], ms: Sequence[Measures], room: float) -> list[Columns]:
    """As many columns of both as fit `room` pt, at one pitch."""
    room -= sum((sum(m.reach) for m in ms), 0.0)
    least = max(TIGHT[m.half] for m in ms)
    most = max(layer.timesteps for layer in layers)
    slots = most if look.never else min(most, int(room / least) + 2)
    while True:
        shown = [_steps(look, layer, slots) for layer in layers]
        pitches = sum((_pitches(steps, m) for steps, m in zip(shown, ms, strict=True)), 0.0)
        if slots <= 2 or look.never or pitches * least <= room:
            break
        slots -= 1
    for i, (layer, m) in enumerate(zip(layers, ms, strict=True)):  # one more here or there
        more = _steps(look, layer, slots + 1)
        if (pitches - _pitches(shown[i], m) + _pitches(more, m)) * least <= room:
            pitches += _pitches(more, m) - _pitches(shown[i], m)
            shown[i] = more
    pitch = 48.0 if look.never or not pitches else min(max(m.pitch for m in ms), room / pitches)
    tight = [replace(m, pitch=max(pitch, 26.0 if not m.half else 56.0)) for m in ms]
    return [columns(steps, m, None) for steps, m in zip(shown, tight, strict=True)]


def _steps(look: Look, layer: Recurrent, slots: int) -> list[int | None]:
    if layer.states_from:
        return chosen(layer.timesteps, layer.timesteps, slots, cost=0)
    return chosen(layer.timesteps, look.valid, slots, keep=look.keep, cost=0)


def _pitches(steps: Sequence[int | None], m: Measures) -> float:
    return sum(m.gap / 2 if None in two else 1.0 for two in pairwise(steps))


def _handed(layers: tuple[Recurrent, Recurrent], first: Tower, second: Tower) -> list[Handed]:
    """The states handed over, the lowest first: index k of h_n becomes index k of h_0."""
    encoder, decoder = first.grids[-1], second.grids[0]
    found: list[Handed] = []
    for depth in encoder.rows.layers:
        for k, lane in enumerate(encoder.lanes):
            to = depth * layers[0].directions + k
            if to not in decoder.rows.layers:
                continue
            for letter, role in sorted(states_of(layers[0]), reverse=True):
                source = f"{encoder.ids}{letter}_n.l{depth}.{lane}"
                found.append((source, f"{decoder.ids}{letter}_0.l{to}.fwd", letter, role))
    return found


def _depth(name: str) -> int:
    """The layer in an id: ``h_0.l1.fwd``."""
    return int(name.rsplit(".l", maxsplit=1)[-1].split(".", maxsplit=1)[0])


def _go_round(canvas: Canvas, ends: list[Handed], corridor: float, edges: tuple[float, float]) -> None:
    """Each state from its side of the encoder to the left side of the decoder, on a lane of its own."""
    boxes = {node.id: node.box for node in canvas.nodes}
    left, right = edges
    around = [ends.index(e) for e in ends if e[0].endswith(".fwd")]
    routes: list[list[Point]] = []
    for i, (source, target, _, _) in enumerate(ends):
        a, b = boxes[source], boxes[target]
        ya, yb = (a[1] + a[3]) / 2, (b[1] + b[3]) / 2
        out = left - CLEAR - LANE * i
        if i in around:
            rank = len(around) - 1 - around.index(i)
            x, y = right + CLEAR + LANE * rank, corridor - LANE * rank
            route = [(a[2], ya), (x, ya), (x, y), (out, y), (out, yb), (b[0], yb)]
        else:
            route = [(a[0], ya), (out, ya), (out, yb), (b[0], yb)]
        routes.append(route)
    for i, (end, route) in enumerate(zip(ends, routes, strict=True)):
        _link(canvas, end, route, _cuts(route, routes[:i] + routes[i + 1 :]))


def _cuts(route: list[Point], others: list[list[Point]]) -> tuple[tuple[float, float], ...]:
    """Where a route's level stretches cross other routes' upright ones."""
    uprights = [(p, q) for other in others for p, q in pairwise(other) if p[0] == q[0]]
    found = []
    for (x0, y), (x1, y1) in pairwise(route):
        for (x, top), (_, low) in uprights if y == y1 else ():
            if min(x0, x1) < x < max(x0, x1) and min(top, low) < y < max(top, low):
                found.append(cut_at(route, (x, y), 2.2))
    return tuple(sorted(found))


def _link(
    canvas: Canvas, handed: Handed, route: list[Point], cuts: tuple[tuple[float, float], ...] = ()
) -> None:
    source, target, letter, role = handed
    name = f"{source}--{target}.{role}"
    canvas.edge(name, (source, target), role, route, cuts=cuts, radius=3.0, **line_style(letter))
