"""The two rows of a loop of one's own: what its rounds read anew, and what they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lstmviz.figures.chain import attention_lane, ports
from lstmviz.figures.chain.lines import crossed, into_reverse
from lstmviz.figures.chain.plan import Chain, row_wide, widths
from lstmviz.figures.shared import claimed, parts, state_looks
from lstmviz.figures.shared.output_row import ASIDE as STAND_ASIDE
from lstmviz.figures.shared.output_row import Exit, OutputStand
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.recurrence import OwnLoop, StepOutput
from lstmviz.network.structure import Tensor
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Box, Point, Role, fill_of, stroke_of

BUS = 4.0
"""Between the lines of two tensors that all rounds read, pt."""
ASIDE = 6.0
"""How near to its chip a line steps aside, pt."""


def below(canvas: Canvas, chain: Chain, step: int) -> None:
    """What a round reads anew, with a line from each to the cell; of two directions both read the same."""
    lane = next(iter(chain.lanes))
    cell = chain.cell_id(step, lane)
    (x, middle), layer = chain.at(step, lane), chain.part.loop
    foot = (x, middle + chain.cell[1] / 2)
    if layer.ahead:
        start = (chain.columns[step], chain.ys[1] - parts.CHIP / 2)
        into_reverse(canvas, chain, step, ports.bent(start, foot, start[1] - ASIDE))
        return
    feet = _feet(chain, step)
    read(canvas, chain.part, step, (chain.columns[step], chain.ys[1]), (cell, foot), feet=feet)


def read(
    canvas: Canvas,
    part: DrawnLayer,
    step: int | str,
    at: Point,
    cell: tuple[str, Point],
    *,
    feet: Sequence[float] = (),
    turns: Sequence[float] = (),
) -> None:
    """The chips of what a round reads, side by side around a point, and their lines into a cell's foot.

    At the heights of `turns` loops pass before these lines.
    """
    rolled = not isinstance(step, int)
    places = list(ports.places(widths(part, above=False, rolled=rolled), at[0], cell[1][0]))
    chips = list(zip(part.loop.fed, ports.inputs(part, step), strict=True))
    order = list(dict.fromkeys(id_ if rolled else fed.turns or id_ for fed, (id_, *_) in chips))
    read = [
        (
            order.index(id_ if rolled else fed.turns or id_),
            id_,
            claimed.named_state(part.layer.name, base, index),
            tensor,
        )
        for fed, (id_, base, index, tensor) in chips
        if fed.is_read(step)
    ]
    whole = enumerate(part.loop.constants if rolled else ())
    read += [
        (len(order) + k, ids.constant(k), claimed.every(part.layer, one.base), one.each) for k, one in whole
    ]
    for place, id_, name, tensor in read:
        x, wide, to = places[place]
        end = feet[place] if feet else to
        kept = {"tensor": tensor.name, "shape": tensor.sizes, "wide": wide}
        at_step = step if isinstance(step, int) else None
        node = parts.chip(
            canvas, ids.at(id_, step=at_step, prefix=part.prefix), "input", (x, at[1]), name, **kept
        )
        route = ports.bent((x, node.box[1]), (end, cell[1][1]), node.box[1] - ASIDE)
        look: dict[str, Any] = {"line": 1.5, "cuts": parts.opened(route, turns)}
        canvas.edge(ids.end(node.id, "in"), (node.id, cell[0]), "input", route, **look)


def bus(canvas: Canvas, chain: Chain) -> None:
    """What every round reads all of: one chip, and a line under all cells with a tap into each."""
    layer, part = chain.part.loop, chain.part
    x = min(chain.columns.values()) - max(row_wide(part), chain.cell[0]) / 2 - 12.0
    for k, one in enumerate(layer.constants):
        name = claimed.every(layer, one.base)
        wide, y = name.width + 8, chain.band[3] + 6.0 + BUS * k
        kept = {"tensor": one.tensor, "shape": one.each.sizes, "wide": wide}
        at = (x - wide / 2, chain.ys[1])
        node = parts.chip(canvas, ids.constant(k, prefix=part.prefix), "input", at, name, **kept)
        start = (x - wide / 2, node.box[1])
        x -= wide + ports.GAP
        for step in chain.steps:
            for target, end in _taps(chain, step, k):
                to = end[0][0]
                route = [start, (start[0], y), (to, y), *end]
                ends = (node.id, target)
                canvas.edge(ids.arrow(node.id, target, "input"), ends, "input", route, line=1.25,
                            cuts=_crossed(chain, route, (start[0], to, y)))  # fmt: skip
                if step != chain.steps[-1]:
                    canvas.dot(to, y, 1.9, stroke_of("input"), role="input")


def _taps(chain: Chain, step: int, k: int) -> Iterator[tuple[str, list[Point]]]:
    """Yield what reads a tensor in a round, its cell or parts of its attention, and the end of the way."""
    layer = chain.part.loop
    if layer.shares:
        yield from attention_lane.taps(chain, step, layer.constants[k].tensor, k)
        return
    lane = next(iter(chain.lanes))
    to = chain.columns[step] + chain.cell[0] / 2 - 5.0 - BUS * k
    yield chain.cell_id(step, lane), [(to, chain.lanes[lane][1] + chain.cell[1] / 2)]


def _crossed(
    chain: Chain, route: list[Point], along: tuple[float, float, float]
) -> tuple[tuple[float, float], ...]:
    """Where a bus is open under the lines of what the rounds read anew."""
    start, end, y = along
    found = [r for s in chain.steps for r in _feet(chain, s)]
    return tuple(sorted(parts.cut_at(route, (r, y)) for r in found if start < r < end))


def _feet(chain: Chain, step: int) -> list[float]:
    """Where the lines of what a round reads anew enter its cell."""
    layer = chain.part.loop
    if layer.shares:
        return attention_lane.risers(chain, step)
    return risers(chain.part, chain.at(step, layer.way)[0], above=False)


def above(canvas: Canvas, chain: Chain, step: int) -> None:
    """What a round gives: a state that goes on as well, or something else."""
    lane = next(iter(chain.lanes))
    x, middle = chain.at(step, lane)
    top = (x, middle - chain.cell[1] / 2)
    last = step == chain.order(lane)[-1]
    give(
        canvas,
        chain.part,
        step,
        (x, chain.ys[0]),
        (chain.cell_id(step, lane), top),
        turns=crossed(chain, lane) if lane == "fwd" else (),
        last=last,
        lines=attention_lane.given(chain, step),
    )


def give(
    canvas: Canvas,
    part: DrawnLayer,
    step: int | str,
    at: Point,
    cell: tuple[str, Point],
    *,
    turns: Sequence[float] = (),
    last: bool = True,
    lines: Mapping[str, tuple[str, list[Point]]] | None = None,
) -> None:
    """The chips of what a round gives, side by side around a point, and the lines out of a cell's top.

    At the heights of `turns` loops pass before these lines. `lines` are those that come from elsewhere, by
    tensor: from which node, and the way to beside the cell.
    """
    places = list(ports.places(widths(part, above=True), at[0], cell[1][0]))
    for place, (one, (x, wide, out)) in enumerate(zip(part.loop.given, places, strict=True)):
        if one.last and not last:
            continue
        role, line, chip = _looks(part, one)
        kept = {"tensor": one.tensor, "shape": one.each.sizes, "wide": wide} | chip
        at_step = step if isinstance(step, int) else None
        id_ = ids.at(ids.numbered("output", place), step=at_step, prefix=part.prefix)
        name = part.state(one.base, step, part.loop.way)
        node = parts.chip(canvas, id_, role if one.state else "output", (x, at[1]), name, **kept)
        source, way_up = (lines or {}).get(one.tensor, (cell[0], [(out, cell[1][1])]))
        route = [*way_up[:-1], *ports.bent(way_up[-1], (x, node.box[3]), node.box[3] + ASIDE)]
        crossed = [*_over(part, way_up, cell[1][1]), *((out, y) for y in turns)]
        cuts = tuple(sorted(parts.cut_at(route, at) for at in crossed))
        canvas.edge(ids.end(id_, "out"), (source, id_), role, route, cuts=cuts, **line)


def _over(part: DrawnLayer, way_up: Sequence[Point], top: float) -> Iterator[Point]:
    """Yield where a line that comes from beside a cell crosses the states' lines along time."""
    high = ports.high(part.layer, 42.0)
    for _, dy in ports.ports(part.layer) if len(way_up) > 1 else ():
        yield (way_up[-1][0], top + high / 2 + dy)


def _looks(part: DrawnLayer, one: StepOutput) -> tuple[Role, dict[str, Any], dict[str, Any]]:
    """The role, and how line and chip look: as the state's, or as of what is given alone."""
    state = next((state for state in part.layer.carried if state.letter == one.state), None)
    if state is None:
        return "output", {"line": 1.5}, {"fill": fill_of("output", 0.72)}
    return state.role, state_looks.style(state), state_looks.chip_style(state)


def risers(part: DrawnLayer, x: float, *, above: bool, rolled: bool = False) -> list[float]:
    """Where the lines of what a cell reads, or gives, leave it."""
    return [to for _, _, to in ports.places(widths(part, above=above, rolled=rolled), x, x)]


def frame(canvas: Canvas, chain: Chain, *, covered: bool) -> None:
    """The tensors that the steps are parts of, where they are all of it; and the dots of steps left out."""
    layer, prefix = chain.part.loop, chain.part.prefix
    rows = [("input", chain.ys[1])] if layer.fed and not layer.ahead else []
    rows += [("output" if not layer.given[0].state else "hidden", chain.ys[0])] if layer.given else []
    for role, y in rows:
        for gap in chain.gaps:
            canvas.dots(gap, y, stroke_of(role), r=1.2)
    bus(canvas, chain)
    if (whole := framed(layer)) and not layer.ahead:
        fed = tuple(ids.at("x", step=step, prefix=prefix) for step in chain.steps)
        tensor = layer.fed[0].tensor
        canvas.frame(f"{prefix}input", "input", frame_box(chain, "input"), tensor=tensor, shape=whole,
                     members=fed)  # fmt: skip
    if (held := together(layer)) is None or layer.two_ways:
        return
    box = frame_box(chain, "output")
    given = tuple(ids.at("output", step=step, prefix=prefix) for step in chain.steps)
    look: dict[str, Any] = {"members": given, "line": 2.25, "fill": fill_of("output", 0.72)}
    canvas.frame(f"{prefix}output", "output", box, tensor=held.name, shape=held.sizes, **look)
    if covered and chain.part.narrow:
        return  # it is said below
    if covered:
        name, y = claimed.called(held.name, tint=MUTED), (box[1] + box[3]) / 2 + 2.5
        canvas.text(name, box[0] - 5, y, "end", tensor=held.full)
    else:
        canvas.text(
            parts.named_shape([claimed.called(held.name)], held, chain.part.options), box[0], box[1] - 6.5
        )


def frame_box(chain: Chain, name: str) -> Box:
    """The border around what all rounds read, or give."""
    half = max(13.0, chain.chip / 2 * len(chain.ways), row_wide(chain.part) / 2)
    x0, x1 = min(chain.columns.values()) - half - 5, max(chain.columns.values()) + half + 5
    y = chain.ys[0] if name == "output" else chain.ys[1]
    return (x0, y - 12.5, x1, y + 12.5)


def together(layer: OwnLoop) -> Tensor | None:
    """The tensor that holds what all rounds gave, if they gave it alone."""
    return layer.given[0].whole if len(layer.given) == 1 else None


def stand(canvas: Canvas, chain: Chain) -> OutputStand:
    """What the stages after a loop stand on: what its rounds gave, and its last states."""
    layer, prefix = chain.part.loop, chain.part.prefix
    box, given = frame_box(chain, "output"), layer.given[:1]
    steps = [s for s in chain.steps if given and (not given[0].last or s == chain.order(layer.way)[-1])]
    roof = (
        (box[1] if together(layer) and not layer.two_ways else chain.ys[0] - parts.CHIP / 2)
        if given
        else chain.band[1] - 4
    )
    foot = chain.ys[0] - parts.CHIP / 2 if given else roof
    rows = {step: ids.at("output", step=step, prefix=prefix) for step in steps}
    wide, behind = widths(chain.part, above=True), layer.reverse
    xs = {step: next(ports.places(wide, x, x))[0] if given else x for step, x in chain.columns.items()}
    return OutputStand(
        canvas, rows, xs, chain.gaps, (),
        (box[0], box[2]), (box[0], chain.width - box[2]), foot, roof, 0, packed=False,
        narrow=chain.part.narrow, states=dict(_exits(chain)),
        reverse={s: ids.at("output", step=s, prefix=ids.inside(behind.name)) for s in steps if behind},
        aside=chain.chip / 2,
    )  # fmt: skip


def _exits(chain: Chain) -> Iterator[tuple[tuple[str, int], Exit]]:
    """Yield how a line leaves each last state: beside the loop, each in a lane of its own."""
    (lane,) = chain.lanes
    left = lane == "rev"
    way, edge = (-1, 0.0) if left else (1, chain.width)
    for place, (state, dy) in enumerate(chain.ports()):
        y, out = chain.lanes[lane][1] + dy, edge + way * (STAND_ASIDE + 5.0 * place)
        name = f"{state.letter}_n"
        yield (name, 1), Exit(chain.state_id(name, lane), ((edge, y), (out, y)), left, state.role)


def framed(layer: OwnLoop) -> tuple[int, ...] | None:
    """The sizes of the one tensor that the steps read, if they read all of it."""
    one = layer.fed[0] if len(layer.fed) == 1 else None
    if one is None or one.whole is None or one.first or one.size > 1:
        return None
    gone = list(one.whole.sizes)
    for size in one.each.sizes:
        gone.remove(size)
    return one.whole.sizes if gone == [layer.timesteps] else None
