"""Attention in the rounds of a loop: a lane under its cells of scores, softmax and context."""

from __future__ import annotations

from collections.abc import Iterator

from lstmviz.figures.chain.attention_room import APART, BESIDE, HIGH, LEFT, RIGHT, WIDE, lane, side
from lstmviz.figures.chain.plan import Chain, widths
from lstmviz.figures.shared import claimed, parts, state_looks
from lstmviz.network.recurrence import OwnLoop, Share
from lstmviz.network.structure import split_name
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Point, Role, stroke_of
from lstmviz.scene.labels import TextLine, words
from lstmviz.translation.messages import message, user_text


def box_of(chain: Chain, step: int, share: Share) -> Box:
    """Where a node of the lane stands."""
    own = chain.part.loop
    place = [one.name for one in lane(own)][::-1].index(share.name)
    x = chain.columns[step] + BESIDE
    top = chain.at(step, own.way)[1] + chain.cell[1] / 2 + APART + place * (HIGH + APART)
    return (x - WIDE / 2, top, x + WIDE / 2, top + HIGH)


def node_id(chain: Chain, step: int, share: Share) -> str:
    """The id of a node of the lane: ``loop/scores.t1``."""
    return ids.at(share.name, step=step, prefix=chain.part.prefix)


def draw(canvas: Canvas, chain: Chain) -> None:
    """The nodes of every round drawn, what they give each other, and what the cell asks with."""
    own = chain.part.loop
    for step in chain.steps if own.shares else ():
        for share in lane(own):
            box = box_of(chain, step, share)
            canvas.node(node_id(chain, step, share), "op", box, _label(own, share), outline="stadium")
        for share in own.shares:
            for kind, tensor, _ in share.takes:
                if kind == "inner":
                    _inner(canvas, chain, step, (share, tensor))
                elif kind == "state" and share.name != "cell":
                    _asked(canvas, chain, step, (share, tensor))


def _label(own: OwnLoop, share: Share) -> TextLine:
    if share.name != "softmax":
        return words(message(f"loop.{share.name}", loop=own.name), 7)
    line = words(user_text("softmax"), 7)
    return claimed.of_call(line, own.name, share.stages[0], "type", share.tensor)


def maker(own: OwnLoop, tensor: str) -> Share:
    """The part of a round that makes a tensor."""
    return next(one for one in own.shares if split_name(tensor)[0] in one.stages)


def _inner(canvas: Canvas, chain: Chain, step: int, what: tuple[Share, str]) -> None:
    """An arrow within a round: up the lane, into the cell, or from the cell to what it asks."""
    own, (taker, tensor) = chain.part.loop, what
    giver = maker(own, tensor)
    x, y = chain.at(step, own.way)
    foot, half = y + chain.cell[1] / 2, chain.cell[0] / 2
    role: Role = "op"
    if giver.name == "cell":
        to = box_of(chain, step, taker)
        role = next((s.role for s in own.states if s.tensor == tensor), "op")
        at = x - half + 5.0
        level = (to[1] + to[3]) / 2
        route = [(at, foot), (at, level), (to[0], level)]
    else:
        box = box_of(chain, step, giver)
        middle = (box[0] + box[2]) / 2 if taker.name != "cell" else x + half - 4.0
        high_ = foot if taker.name == "cell" else box_of(chain, step, taker)[3]
        route = [(middle, box[1]), (middle, high_)]
    ends = (_id(chain, step, giver), _id(chain, step, taker))
    canvas.edge(ids.arrow(ends[0], ends[1], role), ends, role, route, line=1.25, double=role == "cell")


def _id(chain: Chain, step: int, share: Share) -> str:
    own = chain.part.loop
    return chain.cell_id(step, own.way) if share.name == "cell" else node_id(chain, step, share)


def _asked(canvas: Canvas, chain: Chain, step: int, what: tuple[Share, str]) -> None:
    """A state of the round before, led down from its line to what it asks."""
    own, (taker, tensor) = chain.part.loop, what
    ports = chain.ports()
    state, dy = next((one, dy) for one, dy in ports if one.tensor == tensor)
    x, y = chain.at(step, own.way)
    way, half = (1 if own.way == "fwd" else -1), chain.cell[0] / 2
    order = chain.order(own.way)
    place = order.index(step)
    ends_ = (chain.chip, chain.width - chain.chip)[::way]
    start = chain.columns[order[place - 1]] + way * half if place else ends_[0]
    source = (
        chain.cell_id(order[place - 1], own.way) if place else chain.state_id(f"{state.letter}_0", own.way)
    )
    to, at = box_of(chain, step, taker), x - half - LEFT
    level = (to[1] + to[3]) / 2
    route: list[Point] = [(start, y + dy), (at, y + dy), (at, level), (to[0], level)]
    cuts = [parts.cut_at(route, (gap, y + dy), parts.DOTS) for gap in chain.gaps if start < gap < at]
    cuts += [parts.cut_at(route, (at, y + low)) for _, low in ports if low > dy]
    cuts += [parts.cut_at(route, (riser, level)) for riser in risers(chain, step) if at < riser < to[0]]
    target = node_id(chain, step, taker)
    style = state_looks.style(state, reverse=own.way == "rev")
    canvas.edge(ids.arrow(source, target, state.letter), (source, target), state.role, route,
                cuts=tuple(sorted(cuts)), **style)  # fmt: skip
    canvas.dot(at, y + dy, 1.9, stroke_of(state.role), role=state.role)


def risers(chain: Chain, step: int) -> list[float]:
    """Where the lines of what a round reads anew enter its cell, left of the lane."""
    count = len(widths(chain.part, above=False))
    return [chain.columns[step] - chain.cell[0] / 2 + 2.5 - 4.0 * (count - 1) + 4.0 * k for k in range(count)]


def taps(chain: Chain, step: int, tensor: str, k: int) -> Iterator[tuple[str, list[Point]]]:
    """Yield what a tensor is read by in a round, and the last points of the way into it from its bus."""
    own = chain.part.loop
    lowest = lane(own)[0]
    for share in lane(own):
        if not any(name == tensor for kind, name, _ in share.takes if kind == "constant"):
            continue
        box = box_of(chain, step, share)
        if share is lowest:
            x = box[2] - 6.0 - 5.0 * k
            yield node_id(chain, step, share), [(x, box[3])]
        else:
            x, y = box[2] + RIGHT + 4.0 * k, (box[1] + box[3]) / 2
            yield node_id(chain, step, share), [(x, y), (box[2], y)]


def given(chain: Chain, step: int) -> dict[str, tuple[str, list[Point]]]:
    """Return of what a part of the lane gives outside its node, and the way from it to beside the lane."""
    own = chain.part.loop
    found: dict[str, tuple[str, list[Point]]] = {}
    for one in own.given if own.shares else ():
        share = maker(own, one.tensor)
        if share.name != "cell":
            box = box_of(chain, step, share)
            x, y = chain.columns[step] + side(len(own.constants)) + 4.0, (box[1] + box[3]) / 2
            found[one.tensor] = (node_id(chain, step, share), [(box[2], y), (x, y)])
    return found
