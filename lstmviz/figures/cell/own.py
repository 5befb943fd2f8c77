"""The inside of a cell of one's own: the calls of a round as a graph, upward from what it reads.

Ids: ``x.t``, ``h.t-1`` what a round reads, ``op.<stage>`` a call, ``h.t`` what it hands on or gives. An edge
out of a call names the tensor that it carries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft
from lstmviz.figures.cell.own_graph import Graph
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import claimed, legend, loop_labels, parts, state_looks
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.layout.branches import Placed, arranged, place
from lstmviz.layout.crossings import cuts_at_lines, merged, overlap
from lstmviz.layout.ranks import Net, Piece
from lstmviz.network.structure import Trace
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import bounds
from lstmviz.scene.items import MUTED, Point, Role, fill_of
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import message

GAPS = (18.0, 12.0, 8.0)
"""The room between neighbours that is tried, from the best one, pt."""
CELL = 22.0
"""The width of one part of what a call cuts a tensor into, pt."""
CLEAR = 2.4
MOST = 120
"""More calls than this are no cell that can be read."""


def compose(part: DrawnLayer, trace: Trace, page: Page) -> Draft:
    """The graph of a round, and what is said of it below."""
    own = part.loop
    loop = next(one for one in trace.loops if one.name == own.name)
    for name, where, rounds in own.inner:
        reason = f"{name} ({where}) goes round {rounds} times in each round of {own.name}"
        raise FigureError("cell", f"{reason}: cell draws rounds that make each call once")
    graph = Graph(own, loop, trace, part.prefix)
    if len(graph.signs) > MOST:
        raise FigureError("cell", f"a round of {own.name} has {len(graph.signs)} calls: {MOST} can be drawn")
    placed = _placed(graph, part, page)
    canvas = Canvas()
    for id_, box in placed.boxes.items():
        _draw(canvas, graph, part, id_.removeprefix(part.prefix), box)
    _edges(canvas, graph, placed)
    x0, _, x1, y1 = canvas.extent()
    _below(canvas, graph, part, (x0, y1), max(min(page.inner - 3, max(x1 - x0, 300.0)), 200.0))
    first = message("loop.aloud-inside", where=own.where, count=len(graph.signs), loop=own.name)
    return Draft(canvas, loop_labels.aloud(own, first))


def _placed(graph: Graph, part: DrawnLayer, page: Page) -> Placed:
    pieces = list(_pieces(graph, part))
    nets = [
        Net(f"{source}|{tensor}", source, tuple(targets), _offset(graph, source, tensor))
        for (source, tensor), targets in graph.lines().items()
    ]
    found = arranged(pieces, nets, names={}, pull=False)
    for gap in GAPS:
        placed = place(found, names={}, gap=gap)
        wide = [box[0] for box in placed.boxes.values()], [box[2] for box in placed.boxes.values()]
        if max(wide[1]) - min(wide[0]) <= page.inner - 3:
            break
    return placed


def _pieces(graph: Graph, part: DrawnLayer) -> Iterator[Piece]:
    """Yield the chips at the foot, the calls in their order, and the chips of what leaves."""
    for id_, name in _begin(graph, part).items():
        yield Piece(id_, max(26.0, name.width + 8), parts.CHIP)
    for stage, one in graph.signs.items():
        beside = one.name.width + 8 if one.name.runs else 0.0
        yield Piece(
            ids.named("op", stage, prefix=graph.prefix), one.wide, one.high, least=one.wide + 2 * beside
        )
    for id_ in graph.leaving().values():
        yield Piece(id_, max(26.0, _end_name(part, graph, id_).width + 8), parts.CHIP)


def _begin(graph: Graph, part: DrawnLayer) -> dict[str, TextLine]:
    """What a round reads: the ids of its chips, and their names."""
    own, read = graph.own, {source for source, _ in graph.lines()}
    found = {
        ids.named(one.letter, "t-1", prefix=graph.prefix): part.state(one.base, "t-1") for one in own.states
    }
    for number, one in enumerate(own.fed):
        found[graph.read(number)] = claimed.named_state(own.name, one.base, one.index)
    found |= {f"{graph.prefix}{one.letter}": claimed.every(own, one.base) for one in own.constants}
    return {id_: name for id_, name in found.items() if id_ in read}


def _end_name(part: DrawnLayer, graph: Graph, id_: str) -> TextLine:
    return part.state(graph.own.letters[ids.kind(id_)], "t")


def _offset(graph: Graph, source: str, tensor: str) -> float:
    """How far right of its source's middle a line leaves: each part of what is cut from its own field."""
    one = graph.signs.get(ids.name(source)) if ids.kind(source) == "op" else None
    if one is None or len(one.fields) < 2 or tensor not in one.fields:
        return 0.0
    return CELL * (list(one.fields).index(tensor) - (len(one.fields) - 1) / 2)


def _draw(canvas: Canvas, graph: Graph, part: DrawnLayer, name: str, box: tuple[float, ...]) -> None:
    """One node: a chip, or a call with its sign."""
    id_ = f"{graph.prefix}{name}"
    x0, y0, x1, y1 = box
    if ids.kind(name) != "op":
        _chip(canvas, graph, part, name, (x0, y0, x1, y1))
        return
    one = graph.signs[ids.name(name)]
    kept: dict[str, Any] = {"tensor": one.tensor, "shape": one.shape, "outline": one.outline}
    label = None if one.fields or len(one.lines) > 1 else one.lines[0]
    canvas.node(id_, one.role, (x0, y0, x1, y1), label, line=1.1, **kept)
    for number, field_ in enumerate(one.fields.values()):
        x = x0 + CELL * number
        if number:
            canvas.line([(x, y0), (x, y1)], line=0.8)
        canvas.text(field_, x + CELL / 2, (y0 + y1) / 2 + 2.6, "middle", at=(x, y0, x + CELL, y1))
    if not one.fields and len(one.lines) > 1:
        for number, line in enumerate(one.lines):
            canvas.text(
                line, (x0 + x1) / 2, y0 + 9.5 + 9.5 * number, "middle", role="param", at=(x0, y0, x1, y1)
            )
    if one.name.runs:
        canvas.text(one.name, x1 + 2.5, (y0 + y1) / 2 + 2.6, at=(x0, y0, x1, y1))


def _chip(
    canvas: Canvas, graph: Graph, part: DrawnLayer, name: str, box: tuple[float, float, float, float]
) -> None:
    """A chip of what a round reads (``.t-1`` of a state), hands on or gives."""
    own, id_ = graph.own, f"{graph.prefix}{name}"
    letter = ids.kind(name)
    state = next((one for one in own.states if one.letter == letter), None)
    if state is not None and state.each is not None:
        label = part.state(state.base, ids.name(name))
        looks = state_looks.chip_style(state)
        canvas.node(id_, state.role, box, label, tensor=state.tensor, shape=state.each.sizes, **looks)
        return
    fed = next((one for one in (*own.fed, *own.constants) if one.letter == letter), None)
    if fed is not None:
        label = _begin(graph, part)[id_]
        canvas.node(id_, "input", box, label, tensor=fed.tensor, shape=fed.each.sizes)
        return
    given = next(one for one in own.given if one.letter == letter)
    label, fill = part.state(given.base, "t"), fill_of("output", 0.72)
    canvas.node(id_, "output", box, label, tensor=given.tensor, shape=given.each.sizes, fill=fill)


def _edges(canvas: Canvas, graph: Graph, placed: Placed) -> None:
    """The lines; where two cross, one is open."""
    owner = {f"{source}|{tensor}": (source, tensor) for source, tensor in graph.lines()}
    spans = {pair: bounds(route) for pair, route in placed.routes.items()}
    order = {pair: number for number, pair in enumerate(placed.routes)}
    for (net, target), route in placed.routes.items():
        source, tensor = owner[net]
        role, style = _line(graph, source, tensor)
        cuts: list[tuple[float, float]] = []
        for (other, end), across in placed.routes.items():
            apart = other != net and order[other, end] > order[net, target]
            if apart and overlap(spans[net, target], spans[other, end]):
                cuts += cuts_at_lines(route, across, CLEAR)
        canvas.edge(ids.arrow(source, target), (source, target), role, route, tensor=tensor or None,
                    cuts=merged(cuts), **style)  # fmt: skip


def _line(graph: Graph, source: str, tensor: str) -> tuple[Role, dict[str, Any]]:
    """The role of a line, and how it looks: of a state as everywhere, of a gate in its colour."""
    name = source.removeprefix(graph.prefix)
    for state in graph.own.states:
        if tensor == state.tensor or name == ids.named(state.letter, "t-1"):
            return state.role, state_looks.style(state) | {"radius": 3.0}
    if ids.kind(name) == "op":
        one = graph.signs[ids.name(name)]
        return ("gate" if one.role == "gate" else "op"), {"line": 1.25, "radius": 3.0}
    return "input", {"line": 1.5, "radius": 3.0}


def _below(canvas: Canvas, graph: Graph, part: DrawnLayer, at: Point, width: float) -> None:
    """What the signs mean, which weights there are, and the states."""
    calls = {"count": len(graph.signs), "loop": graph.own.name}
    last = message("loop.calls-last", last=graph.own.timesteps, **calls) if graph.own.unlike else None
    told = [last or message("loop.calls", **calls)]
    weights = list(_weights(graph, part))
    groups = [
        legend.plain(loop_labels.step_shapes(part)),
        legend.plain(weights),
        [Entry((labels.words(one, 7),)) for one in (*told, *loop_labels.remarks(part))],
        [] if part.options.legend == "off" else list(loop_labels.key(part)),
        [Entry((labels.words(one, 7, tint=MUTED),)) for one in loop_labels.notes(part)],
    ]
    legend.write(canvas, groups, (at[0], at[1] + 6.0), width)


def _weights(graph: Graph, part: DrawnLayer) -> Iterator[TextLine]:
    """The weights of a round with their shapes."""
    for stage in graph.signs:
        for parameter in found.parameters if (found := graph.trace.stage(stage)) else ():
            name = parameter.name if parameter.name.startswith(f"{stage}.") else f"{stage}.{parameter.name}"
            named = claimed.of_call(labels.code(name, 7), graph.own.name, stage, "weight", parameter.name)
            yield parts.named_shape([named], parameter, part.options)
