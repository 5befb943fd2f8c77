"""The two rows of an unrolled layer: what its steps read, and what they give."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from lstmviz.figures.chain import own_rows
from lstmviz.figures.chain.lines import passing
from lstmviz.figures.chain.plan import OUT, Chain
from lstmviz.figures.shared import claimed, parts, state_looks
from lstmviz.figures.shared.claimed import letter
from lstmviz.figures.shared.output_row import ASIDE, LANE, Exit, OutputStand
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Node, Point, Role, stroke_of


def below(canvas: Canvas, chain: Chain, step: int) -> None:
    """What a step reads, with a line from its middle to the cell of each direction."""
    if isinstance(chain.part.layer, OwnLoop):
        own_rows.below(canvas, chain, step)
        return
    part, (x, y) = chain.part, (chain.columns[step], chain.ys[1])
    role: Role = "hidden" if part.depth else "input"
    base, depth = ("h", part.depth - 1) if part.depth else ("x", None)
    id_ = ids.at(base, depth, step=step, prefix=part.prefix)
    several = part.depth and part.layer.bidirectional
    node = read_at(canvas, part, id_, (x, y), step, wide=chain.chip if several else 0.0)
    foot = chain.band[3] + 9.0
    for lane in chain.lanes:
        to, low = chain.at(step, lane)[0], chain.lanes[lane][1] + chain.cell[1] / 2
        route = [(x, node.box[1]), (x, foot), (to, foot), (to, low)]
        if to == x:
            route = [route[0], route[-1]]
        look: dict[str, Any] = {"line": 1.5, "cuts": passing(chain, lane, route)}
        canvas.edge(ids.end(id_, lane), (node.id, chain.cell_id(step, lane)), role, route, **look)


def read_at(
    canvas: Canvas, part: DrawnLayer, name: str, at: Point, step: str | int, *, wide: float = 0.0
) -> Node:
    """What a step reads, its middle at a point: x_t, or the h of the layer below; `wide` or as its name."""
    layer, more = part.layer, dict[str, Any]()
    if part.depth:
        names = [claimed.state(layer, "h", step, lane, part.depth - 1) for lane in layer.ways]
    else:
        names = [claimed.named_state(layer.name, letter(layer), str(step))]
        more = {"tensor": "input", "shape": layer.tensor("input").sizes}
    role: Role = "hidden" if part.depth else "input"
    return parts.pair(canvas, name, role, at, names, wide=wide or max(26.0, names[0].width + 6), **more)


def above(canvas: Canvas, chain: Chain, step: int, *, covered: bool) -> None:
    """What a step gives: the h of each direction, side by side."""
    if isinstance(chain.part.layer, OwnLoop):
        own_rows.above(canvas, chain, step)
        return
    part, (x, y) = chain.part, (chain.columns[step], chain.ys[0])
    lanes = list(chain.lanes)
    names = [part.state("h", step, lane) for lane in lanes]
    tensor = part.layer.tensor("output")
    more: dict[str, Any] = {
        "fill": state_looks.output_fill(unread=part.unread and part.top),
        "stroke": stroke_of("hidden"),
    }
    role: Role = "hidden"
    id_ = ids.at("h", part.depth, step=step, prefix=part.prefix)
    if part.top:
        role, id_ = "output", ids.at("output", step=step, prefix=part.prefix)
        more |= {"tensor": "output", "shape": tensor.sizes}
    wide = chain.chip if len(lanes) > 1 else max(26.0, names[0].width + 6)
    node = parts.pair(canvas, id_, role, (x, y), names, wide=wide, **more)
    for lane in lanes:
        at, top = chain.at(step, lane)[0], chain.lanes[lane][1] - chain.cell[1] / 2
        ends = (chain.cell_id(step, lane), node.id)
        route = [(at, top), (at, node.box[3])]
        canvas.edge(ids.end(id_, lane), ends, "hidden", route, line=1.5, cuts=passing(chain, lane, route))
        if part.full and step == chain.order(lane)[-1]:
            place, middle = _index_place(chain, lane, step, covered=covered or not part.top)
            parts.index_tab(canvas, place, "hidden", (middle, node.box[1], middle, node.box[3]))


def _index_place(chain: Chain, lane: str, step: int, *, covered: bool) -> tuple[claimed.Place, float]:
    """The index on what `output` and h_n both hold, and its middle: beside a line that goes up."""
    place, x = chain.part.place("h_n", lane), chain.columns[step]
    middle = chain.at(step, lane)[0]
    return place, parts.clear_of(x, middle, place) if covered else middle


def frames(canvas: Canvas, chain: Chain, *, covered: bool) -> None:
    """`output` and `input` as frames around the states and inputs that are them."""
    part = chain.part
    if isinstance(part.layer, OwnLoop):
        own_rows.frame(canvas, chain, covered=covered)
        return
    for name, y in (("output", chain.ys[0]), ("input", chain.ys[1])):
        role: Role = "output" if name == "output" else "input"
        there = part.top if name == "output" else part.depth == 0
        for gap in chain.gaps:
            tint = stroke_of("hidden" if name == "output" or part.depth else "input")
            canvas.dots(gap, y, tint, r=1.2)
        if not there:
            continue
        tensor = part.layer.tensor(name)
        base = "x" if name == "input" else name
        members = tuple(ids.at(base, step=s, prefix=part.prefix) for s in chain.steps)
        canvas.frame(
            f"{part.prefix}{name}",
            role,
            out_box(chain) if covered and name == "output" else frame_box(chain, name),
            tensor=name,
            shape=tensor.sizes,
            members=members,
            **state_looks.output_frame(unread=part.unread) if name == "output" else {},
        )


def stand(canvas: Canvas, chain: Chain) -> OutputStand:
    """What the stages after this layer stand on."""
    if isinstance(chain.part.layer, OwnLoop):
        return own_rows.stand(canvas, chain)
    box, lengths = out_box(chain), chain.part.layer.lengths
    return OutputStand(
        canvas,
        {s: ids.at("output", step=s, prefix=chain.part.prefix) for s in chain.steps},
        dict(chain.columns),
        chain.gaps,
        (),
        (box[0], box[2]),
        (box[0] + chain.beside, chain.width - box[2]),
        chain.ys[0] - parts.CHIP / 2,
        box[1],
        chain.part.layer.time_axis,
        chain.part.layer.lengths is not None,
        chain.part.narrow,
        longest(chain.part.layer) if lengths else None,
        dict(_exits(chain)),
    )


def longest(layer: Recurrent) -> int:
    """The sample that is drawn of a batch."""
    return layer.lengths.index(max(layer.lengths)) if layer.lengths else 0


def lanes(read: Collection[tuple[str, int]]) -> float:
    """The room at both sides for the lines up from these last states, pt."""
    return 2 * (ASIDE + LANE * any(name == "c_n" for name, _ in read) + 1) if read else 0.0


def _exits(chain: Chain) -> Iterator[tuple[tuple[str, int], Exit]]:
    """Yield how a line leaves each last state: beside the layer, each in a lane of its own."""
    for lane in chain.lanes:
        left = lane == "rev"
        for state, dy in chain.ports():
            base, edge = state.letter, 0.0 if left else chain.width
            way = -1 if left else 1
            y, out = chain.lanes[lane][1] + dy, edge + way * (ASIDE + LANE * (base == "c"))
            index = chain.part.place("h_n", lane).index + 1
            yield (
                (f"{base}_n", index),
                Exit(chain.state_id(f"{base}_n", lane), ((edge, y), (out, y)), left, state.role),
            )


def out_box(chain: Chain) -> Box:
    """The border around `output` where its tabs stand aside."""
    x0, y0, x1, y1 = frame_box(chain, "output")
    for lane in chain.lanes if chain.part.full else ():
        place, middle = _index_place(chain, lane, chain.order(lane)[-1], covered=True)
        half = parts.index_tab_width(place) / 2 + 4
        x0, x1 = min(x0, middle - half), max(x1, middle + half)
    return (x0, y0, x1, y1)


def frame_box(chain: Chain, name: str) -> Box:
    """The border around `output` or `input`."""
    if isinstance(chain.part.layer, OwnLoop):
        return own_rows.frame_box(chain, name)
    half = chain.chip if len(chain.lanes) > 1 else max(13.0, chain.chip / 2)
    x0, x1 = min(chain.columns.values()) - half - 5, max(chain.columns.values()) + half + 5
    y = chain.ys[0] if name == "output" else chain.ys[1]
    low = OUT if name == "output" else 12.5
    return (x0, y - (22.0 if name == "output" and chain.part.full else low), x1, y + low)
