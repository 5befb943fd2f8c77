"""The unrolled layer: a cell per time step, one lane per direction."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.chain import attention_lane
from lstmviz.figures.chain import layer_above as chain_over
from lstmviz.figures.chain import lines as chain_lines
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.chain.plan import Chain
from lstmviz.figures.shared import along_time, claimed, own_answers, parts, state_looks
from lstmviz.figures.shared.lessons import own_end, ragged
from lstmviz.figures.shared.swatches import STEP
from lstmviz.network.recurrence import OwnLoop, StateVariable
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, MUTED, fill_of
from lstmviz.translation.messages import message


def draw(
    canvas: Canvas, chain: Chain, *, covered: bool = False, begun: bool = False, above: bool = True
) -> None:
    """The whole layer, step by step, with its input and its states, and what is `above` it.

    Where something stands on `output` it is `covered`: tabs leave its lines free.
    With `begun` the initial states of the layer over it are drawn as well.
    """
    second = isinstance(chain.part.layer, OwnLoop) and chain.part.layer.ahead
    if not second:
        canvas.box(chain.band, fill=fill_of("param", 0.72), radius=6.0, z=0, role="param")
    two = len(chain.ways) > 1 and not second  # both directions read the same x_t
    for step in chain.steps if two else ():
        x, top, low = (
            chain.columns[step],
            chain_rows.frame_box(chain, "output"),
            chain_rows.frame_box(chain, "input"),
        )
        canvas.box((x - chain.chip, top[3], x + chain.chip, low[1]), fill=STEP, z=1)
    for lane in chain.lanes:
        _cells(canvas, chain, lane)
        for state, dy in chain.ports():
            _ends(canvas, chain, lane, (state, dy))
            chain_lines.time_lines(canvas, chain, lane, (state, dy))
        _lane_words(canvas, chain, lane)
    if isinstance(chain.part.layer, OwnLoop):
        attention_lane.draw(canvas, chain)
    for step in chain.steps:
        chain_rows.below(canvas, chain, step)
        chain_rows.above(canvas, chain, step, covered=covered)
    chain_rows.frames(canvas, chain, covered=covered)
    if above and not chain.part.top:
        chain_over.over(canvas, chain, begun=begun)
    if isinstance(chain.part.layer, OwnLoop):
        _lead_back(canvas, chain, chain.part.layer)


def _lead_back(canvas: Canvas, chain: Chain, layer: OwnLoop) -> None:
    """Dotted lines from each answer down to what the next round reads of it."""
    prefix = chain.part.prefix
    places = {one.tensor: ids.numbered("output", k) for k, one in enumerate(layer.given)}
    for place, fed in enumerate(layer.fed):
        if fed.answer:
            ends = ((places[fed.answer], prefix), ids.numbered("x", place))
            own_answers.lead(canvas, prefix, chain.steps, ends)


def _cells(canvas: Canvas, chain: Chain, lane: str) -> None:
    w, h = chain.cell
    name = claimed.type_name(chain.part.layer, 8 if w > 25 else 7, font="sans")
    for step in chain.steps:
        x, y = chain.at(step, lane)
        box = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        canvas.node(chain.cell_id(step, lane), "param", box, outline="round", line=1.25)
        canvas.text(name, x, y - 1.5, "middle", role="param")
        if chain.part.layer.parameters:
            canvas.text(
                along_time.theta(chain.part.layer, lane, second=chain.part.second, depth=chain.part.depth),
                x,
                y + 11.5,
                "middle",
                role="param",
            )


def _ends(canvas: Canvas, chain: Chain, lane: str, port: tuple[StateVariable, float]) -> None:
    """The initial and the final state of a direction, one at each side."""
    state, dy = port
    part, y = chain.part, chain.lanes[lane][1] + dy
    left, right = chain.chip / 2, chain.width - chain.chip / 2
    first, last = (left, right) if lane == "fwd" else (right, left)
    for end, x, step in (("0", first, 0), ("n", last, chain.order(lane)[-1])):
        name = f"{state.letter}_{end}"
        label = part.state(state.base, step, lane) if part.full else part.place(name, lane).line()
        more: dict[str, Any] = (
            state_looks.kept(part.layer, state, end) | {"wide": chain.chip} | state_looks.chip_style(state)
        )
        if end == "0" and part.layer.state_is_zeros(state, part.depth, lane):
            more["fill"] = GROUND  # zeros: an empty chip
        node = parts.chip(canvas, chain.state_id(name, lane), state.role, (x, y), label, **more)
        tabbed = end == "n" or part.layer.num_layers * part.layer.directions > 1
        if tabbed and part.full and not isinstance(part.layer, OwnLoop):
            parts.index_tab(canvas, part.place(name, lane), state.role, node.box, below=dy > 0)


def _lane_words(canvas: Canvas, chain: Chain, lane: str) -> None:
    """Say the direction of a lane where it starts, and that it starts from zeros."""
    y, part = chain.lanes[lane][1], chain.part
    tabs = parts.TAB if part.full and part.layer.num_layers * part.layer.directions > 1 else 0.0
    high = chain.port + parts.CHIP / 2
    x = chain.chip / 2 if lane == "fwd" else chain.width - chain.chip / 2
    answered = part.layer.answered if isinstance(part.layer, OwnLoop) else ()
    states = [*(state for state, _ in chain.ports()), *answered]
    if all(part.layer.state_is_zeros(state, part.depth, lane) for state in states):
        zero = labels.words(
            message(f"layer.{'all-' * (len(states) > 1)}zeros", layer=part.layer.name), 7, tint=MUTED
        )
        below = tabs if part.layer.has_cell_state else 0.0
        canvas.text(zero, x, y + high + below + 8.5, "middle")
    own = isinstance(part.layer, OwnLoop)
    if ragged(part.layer) and not (own or part.layer.bidirectional):
        low = y + high + (tabs if part.layer.has_cell_state else 0.0) + 8.5
        for i, line in enumerate(own_end(part.layer, lane)):
            canvas.text(line, chain.width - x, low + 9.5 * i, "middle")
    if not (own or part.full or ragged(part.layer)):
        for base, role in parts.states_of(part.layer):
            held = labels.row(labels.words("=", 8), part.state(base, chain.order(lane)[-1], lane), gap=3)
            level = y + high + 9.5 if base == "h" else y - high - 4.5
            canvas.text(held, chain.width - x, level, "middle", role=role)
    if len(chain.ways) < 2:
        return
    word = along_time.direction(part.layer, lane)
    if word.width + 8 > chain.lead or part.full:
        canvas.text(word, x, y - high - tabs - 3.5, "middle")
        return
    canvas.text(labels.words(message("grid.start"), 7), x, y - high - 3.5, "middle")
    x = chain.band[0] + 4 if lane == "fwd" else chain.band[2] - 4
    canvas.text(word, x, y - chain.port - 4.5, "start" if lane == "fwd" else "end")
