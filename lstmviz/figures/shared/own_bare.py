"""A loop of one's own for a first look: its chips, the lines of its states, their names in large words."""

from __future__ import annotations

from typing import Any

from lstmviz.figures.shared import bare, claimed, parts, state_looks
from lstmviz.figures.shared.lattice import Lattice
from lstmviz.network.recurrence import OwnLoop, StateVariable
from lstmviz.network.structure import Trace
from lstmviz.network.two_ways import both_ways
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Node, Point, fill_of, stroke_of
from lstmviz.translation.messages import Message, message

MOST = 3
"""So many states have lines of their own in few large words."""


def unfit(own: OwnLoop) -> str:
    """Why a loop is not drawn in few large words; nothing if it is."""
    several = len(own.fed) > 1 or len(own.given) > 1 or own.constants or any(one.spans for one in own.fed)
    if len(own.states) > MOST or several or own.way == "rev":
        return (
            "detail: low draws loops that go forwards, read one tensor step by step, give one and hand on at "
            f"most {MOST} states; detail: normal draws {own.name}"
        )
    return ""


def directions(trace: Trace, own: OwnLoop) -> str:
    """Why a loop is not drawn alone in few large words: it is one direction of a layer; nothing if not."""
    both = both_ways(trace, own)
    if both.reverse is None:
        return ""
    pair = f"{both.name} and {both.reverse.name}"
    return f"detail: low draws one direction, and {pair} are the two of one layer; detail: normal draws both"


def style(state: StateVariable, *, reverse: bool = False) -> dict[str, Any]:
    """How a state's line looks: as h's or c's, with a tint where it shares their colour."""
    return state_looks.style(state, reverse=reverse, like=bare.style)


def said(own: OwnLoop, state: StateVariable) -> Message:
    """What a state is called."""
    if state.said in {state.base, ""}:
        return message("loop.own-state", base=state.base, loop=own.name)
    return message("loop.state", base=state.base, name=state.said, loop=own.name)


def key(canvas: Canvas, own: OwnLoop, at: Point) -> None:
    """Name the states' lines, on one line."""
    x, y = at
    for state in own.states:
        tint = state_looks.tint(state)
        for dy in (-1.8, 1.8) if state.role == "cell" else (0.0,):
            canvas.line([(x, y + dy), (x + 16, y + dy)], stroke=tint, line=style(state)["line"])
        state_looks.strokes(canvas, state, (x, y), 1)
        line = bare.word(said(own, state))
        canvas.text(line, x + 21, y + 3.5)
        x += 21 + line.width + 14


def below(canvas: Canvas, own: OwnLoop, prefix: str, step: int | str, x: float) -> Node | None:
    """The chip of what a round reads; None if it reads nothing anew."""
    if not own.fed:
        return None
    one = own.fed[0]
    index = str(step + one.first) if isinstance(step, int) else one.index
    whole = one.each if one.whole is None else one.whole
    label = claimed.named_state(own.name, one.base, index, size=bare.MATH)
    look = {"wide": max(28.0, label.width + 6), "high": bare.CHIP, "line": 1.4}
    name = ids.at("x", step=step if isinstance(step, int) else None, prefix=prefix)
    return parts.chip(canvas, name, "input", (x, 0.0), label, tensor=one.tensor, shape=whole.sizes, **look)


def above(
    canvas: Canvas, own: OwnLoop, prefix: str, step: int | str, at: Point
) -> tuple[Node, dict[str, Any]] | None:
    """The chip of what a round gives, and how the line to it looks; None if only the last states are read."""
    if not own.given:
        return None
    one = own.given[0]
    state = next((state for state in own.states if state.letter == one.state), None)
    label = claimed.named_state(own.name, one.base, str(step), size=bare.MATH)
    look: dict[str, Any] = {"wide": max(28.0, label.width + 6), "high": bare.CHIP, "line": 1.4}
    look |= state_looks.chip_style(state) if state else {"fill": fill_of("output", 0.72)}
    name = ids.at("output", step=step if isinstance(step, int) else None, prefix=prefix)
    role = state.role if state else "output"
    node = parts.chip(canvas, name, role, at, label, tensor=one.tensor, shape=one.each.sizes, **look)
    return node, {"role": role} | (style(state) if state else {"line": bare.THICK})


def column(canvas: Canvas, it: Lattice, step: int) -> None:
    """What goes upward in one round."""
    own = it.layer
    assert isinstance(own, OwnLoop)
    (x, y), cell = it.at(0, "fwd", step), it.id(ids.cell(0, "fwd", step))
    if (low := below(canvas, own, it.prefix, step, x)) is not None:
        route = [(x, low.box[1]), (x, y + it.cell[1] / 2)]
        canvas.edge(ids.end(low.id, "in"), (low.id, cell), "input", route, line=bare.THICK)
    if own.given and own.given[0].last and step != it.shown[-1]:
        return
    if (high := above(canvas, own, it.prefix, step, (x, it.roof))) is not None:
        node, look = high
        route = [(x, y - it.cell[1] / 2), (x, node.box[3])]
        canvas.edge(ids.end(node.id, "up"), (cell, node.id), look.pop("role"), route, **look)


def words(canvas: Canvas, it: Lattice) -> None:
    """The word at the side of the model's input, and the dots of what is left out."""
    own = it.layer
    assert isinstance(own, OwnLoop)
    if own.fed and own.fed[0].tensor == "input":
        edge = next(iter(it.columns.values())) - 21.0
        bare.say(canvas, message("bare.input"), (edge, 3.5), "end", tint=stroke_of("input"))
    for x in it.dotted:
        for y in ([0.0] if own.fed else []) + ([it.roof] if own.given else []):
            canvas.dots(x, y, MUTED, r=1.3)
