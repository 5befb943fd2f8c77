"""The bare module: what goes into a recurrent layer, and what comes out, step by step or once."""

from __future__ import annotations

from itertools import pairwise

from lstmviz.figures.base import Draft, LayerOptions, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare, lattice, parts
from lstmviz.figures.shared.claimed import type_name
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, MUTED, Box, Role, fill_of, stroke_of
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import Message, joined, message

SIDE = 16.0
"""The side of a vector, pt."""
WIDE, HIGH, RISE = 92.0, 34.0, 20.0
"""A layer's box, and the gap between two, pt."""
APART = 20.0
"""From c to h, which enter a layer one above the other, pt."""
MIDDLE, AWAY = 100.0, 46.0
"""The middle of all, and how far the steps stand from the layers, pt."""
END = 2 * MIDDLE


def compose(subject: Subject, options: LayerOptions, _page: Page) -> Draft:
    """The input below, the output above, the states of every layer from left to right."""
    layer = subject.recurrent("tensors", options.of)
    prefix = parts.prefix_of(subject.trace, layer)
    canvas = Canvas()
    depths = [d - 1 if d else None for d in lattice.few(layer.num_layers)]
    top = _layers(canvas, layer, prefix, depths)
    for name, y in (("input", AWAY), ("output", top - AWAY)):
        _strip(canvas, layer, prefix + name, y)
    first, last = (
        ids.named("layer", [d for d in depths if d is not None][k], prefix=prefix) for k in (0, -1)
    )
    half = SIDE / 2
    route = [(MIDDLE, AWAY - half), (MIDDLE, 0.0)]
    canvas.edge(f"{prefix}in", (f"{prefix}input", first), "input", route, line=bare.THICK)
    route = [(MIDDLE, top), (MIDDLE, top - AWAY + half)]
    canvas.edge(f"{prefix}out", (last, f"{prefix}output"), "hidden", route, line=bare.THICK)
    return Draft(canvas, _told(layer), parts.call(layer), (parts.made(layer),))


def _layers(canvas: Canvas, layer: Recurrent, prefix: str, depths: list[int | None]) -> float:
    """The layers, each reading the one below, with their states; gives the upper edge."""
    y, gap = 0.0, False
    boxes: dict[str, Box] = {}
    for depth in depths:
        if depth is None:
            gap = True
            continue
        y -= (RISE + (14.0 if gap else 0.0)) if boxes else 0.0
        name = ids.named("layer", depth, prefix=prefix)
        tall = HIGH + (8.0 if layer.has_cell_state else 0.0)
        boxes[name] = (MIDDLE - WIDE / 2, y - tall, MIDDLE + WIDE / 2, y)
        look = {"outline": "round", "line": 1.4, "radius": 6.0}
        canvas.node(name, "param", boxes[name], _called(layer, depth), **look)
        for side in ("0", "n"):
            _states(canvas, layer, (prefix, depth), side, boxes[name])
        y -= tall
    for (below, low), (above, high) in pairwise(boxes.items()):
        route = [(MIDDLE, low[1]), (MIDDLE, high[3])]
        far = low[1] - high[3] > RISE + 1
        cuts = (parts.cut_at(route, (MIDDLE, low[1] - 13), 8.0),) if far else ()
        if far:
            canvas.dots(MIDDLE, low[1] - 13, stroke_of("hidden"), r=1.3, down=True)
        canvas.edge(ids.arrow(below, above), (below, above), "hidden", route, line=bare.THICK, cuts=cuts)
    bare.say(canvas, message("neurons.start"), (0.0, 14.0), "start", tint=MUTED)
    bare.say(canvas, message("neurons.final"), (END, 14.0), "end", tint=MUTED)
    return y


def _called(layer: Recurrent, depth: int) -> TextLine:
    """What a layer is called; and that it has both directions."""
    lines = [type_name(layer, bare.WORD)]
    if layer.num_layers > 1:
        lines = [labels.words(lattice.named(layer, depth), bare.WORD, font="bold")]
    if layer.bidirectional:
        lines.append(bare.word(message("bare.both-ways", layer=layer.name)))
    return labels.stacked(lines, bare.LEAD + 1.0)


def _strip(canvas: Canvas, layer: Recurrent, name: str, y: float) -> None:
    """A vector for every step, side by side."""
    steps = lattice.few(layer.timesteps, 4)
    wide, half = SIDE * len(steps), SIDE / 2
    x0, which = MIDDLE - wide / 2, ids.short(name)
    role: Role = "input" if which == "input" else "output"
    fill = fill_of("input" if which == "input" else "hidden")
    box = (x0, y - half, x0 + wide, y + half)
    canvas.box(box, fill=fill, role=role)
    for i in range(1, len(steps)):
        canvas.line(
            [(x0 + SIDE * i, y - half), (x0 + SIDE * i, y + half)],
            stroke=stroke_of(role),
            line=0.9,
            role=role,
        )
    if None in steps:
        canvas.dots(x0 + SIDE * (steps.index(None) + 0.5), y, stroke_of(role), gap=4.0, r=1.2)
    tensor = layer.tensor(which)
    line = 2.4 if which == "output" else 1.4
    canvas.node(name, role, box, None, hollow=True, line=line, tensor=which, shape=tensor.sizes)
    bare.say(canvas, message(f"bare.{which}"), (x0 - 8, y + 3.5), "end", tint=stroke_of(role))
    bare.say(canvas, message("tensors.every-step"), (x0 + wide + 8, y + 3.5), "start")


def _states(canvas: Canvas, layer: Recurrent, which: tuple[str, int], side: str, box: Box) -> None:
    """The states that one layer begins with, or ends with: c over h."""
    states, (prefix, depth) = parts.states_of(layer), which
    x = 0.0 if side == "0" else END - SIDE
    for i, (base, role) in enumerate(states):
        level = (box[1] + box[3]) / 2 + (i - (len(states) - 1) / 2) * APART
        name, tensor = ids.at(f"{base}_{side}", depth, prefix=prefix), layer.tensor(f"{base}_{side}")
        empty = side == "0" and not layer.states_given and not layer.states_from
        kept = {"tensor": tensor.name, "shape": tensor.sizes, "line": 1.4, "fill": GROUND if empty else None}
        square = (x, level - SIDE / 2, x + SIDE, level + SIDE / 2)
        canvas.node(name, role, square, _letter(layer, base), **kept)
        ends = (name, ids.named("layer", depth, prefix=prefix))
        ends, route = (
            (ends, [(x + SIDE, level), (box[0], level)])
            if side == "0"
            else (ends[::-1], [(box[2], level), (x, level)])
        )
        canvas.edge(ids.arrow(ends[0], ends[1]), ends, role, route, **bare.style(base))


def _letter(layer: Recurrent, base: str) -> TextLine:
    """A state's letter alone."""
    said = message(f"tensors.{base}", layer=layer.name)
    return labels.math(base, size=bare.MATH).claiming(labels.asserted(said))


def _told(layer: Recurrent) -> Message:
    """What the figure shows, to be read aloud."""
    both = message(f"grid.{layer.state_letters}")
    told = message("tensors.aloud-bare", cls=layer.type.upper(), layer=layer.name)
    return joined(" ", told, message("tensors.aloud-enter", both=both, layer=layer.name))
