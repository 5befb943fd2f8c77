"""How states look: h and c as everywhere, others of their colours darker and crossed by strokes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lstmviz.figures.shared import parts
from lstmviz.network.recurrence import StateVariable
from lstmviz.network.structure import Recurrent
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Point, Tint, fill_of, stroke_of
from lstmviz.scene.labels import words
from lstmviz.translation.messages import message

MARKED = 0.4
"""How far a state that shares its colour with another goes to ink."""


def tint(state: StateVariable) -> Tint:
    """The colour of a state's line, chip and name."""
    role = stroke_of(state.role)
    return Tint(role.name, "ink", MARKED) if state.mark else role


def style(
    state: StateVariable, *, reverse: bool = False, like: Callable[..., dict[str, Any]] = parts.line_style
) -> dict[str, Any]:
    """How an edge of a state looks: `like` h's or c's, with a tint where it shares their colour."""
    usual = like("c" if state.role == "cell" else "h", reverse=reverse)
    return usual | ({"stroke": tint(state)} if state.mark else {})


def chip_style(state: StateVariable) -> dict[str, Any]:
    """How a state's chip looks."""
    return {"fill": fill_of(state.role, 0.5), "stroke": tint(state)} if state.mark else {}


CUT = 6.0
"""Half of the gap in a line over which no derivative goes, pt."""


def is_cut(state: StateVariable, step: int, first: int) -> bool:
    """Whether a round begins with a state that is detached; `first` is the first round, 0 none."""
    return step > 0 and (step in state.cut or (state.detached and step != first))


def cut_mark(canvas: Canvas, layer: Recurrent, state: StateVariable, step: int, at: Point) -> None:
    """Two slanted strokes in the gap of a line: ``detach`` stands there in the code."""
    said = message("loop.cut-here", names=state.base, step=step, loop=layer.name)
    canvas.text(words(said, 8, font="bold", tint=tint(state)), at[0], at[1] + 2.9, "middle", role=state.role)


def strokes(canvas: Canvas, state: StateVariable, tail: Point, way: int) -> None:
    """Cross a line near its tail as often as its state's mark says: it is told apart without colour."""
    x, y = tail
    for count in range(state.mark):
        at = x + way * (3.5 + 2.4 * count)
        canvas.line([(at, y - 3.2), (at, y + 3.2)], stroke=tint(state), line=0.9)


def kept(layer: Recurrent, state: StateVariable, end: str) -> dict[str, Any]:
    """The tensor of a state before the first step (``0``) or after the last (``n``), as an item names it."""
    tensor = layer.end_tensor(state, end)
    return {"tensor": tensor.name, "shape": tensor.sizes} if tensor is not None else {}


def output_frame(*, unread: bool) -> dict[str, Any]:
    """How the frame of `output` looks: paler where nothing reads it."""
    if unread:
        return {"line": 1.0, "stroke": Tint("output.stroke", "ground", 0.55)}
    return {"line": 1.0, "fill": fill_of("output", 0.72)}


def output_fill(*, unread: bool) -> Tint:
    """The fill of a state within that frame."""
    return fill_of("hidden", 0.6 if unread else 0.0)
