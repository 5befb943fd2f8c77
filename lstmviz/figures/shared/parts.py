"""Small pieces that several kinds share: chips, tabs, steps, lines, sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pydantic import Field

from lstmviz.errors import FigureError
from lstmviz.figures.base import LayerOptions, Options, Subject, respell, shape_tag
from lstmviz.figures.recurrences import lacking
from lstmviz.figures.shared.claimed import Place, count, kept_at, meant, state, stepped, time_word
from lstmviz.figures.shared.common import keep
from lstmviz.layout.packing import balanced_rows
from lstmviz.network.own_layers import ids_before
from lstmviz.network.recurrence import OwnLoop, in_code
from lstmviz.network.structure import Recurrent, Tensor, Trace
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.code import Code, coded
from lstmviz.scene.geometry import distance
from lstmviz.scene.items import MUTED, Box, Node, Point, Role, Text, fill_of, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, row, run_box, words
from lstmviz.spec.layer_types import RECURRENT_DEFAULTS
from lstmviz.translation.messages import message

CHIP = 16.0
"""Height of a chip that stands for one state at one step, pt."""
INSET = 2.5
"""How far what divides a chip in two ends within it, pt."""
TAB = 9.5
"""Height of the tab that says where a state is kept, pt."""
CLEAR = 3.0
"""How far a line stays open on either side of one that crosses it, pt."""
DOTS = 7.5
"""How far a line stays open on either side of the middle of its dots, pt."""
OF_CELLS = ("nonlinearity", "bias")
"""Arguments that torch's cells have as well."""
LETTERS = "NTFVEHPL"
"""The letters of a recurrent layer's tensors, in the order of a key."""


class OneLayer(LayerOptions):
    """Options of the kinds that show a single layer of a recurrent module."""

    layer: int = Field(0, description="which layer of it, counted from 0")


@dataclass(frozen=True, slots=True)
class DrawnLayer:
    """One layer of a recurrent module, and how it is to be drawn."""

    layer: Recurrent
    depth: int
    prefix: str
    options: Options
    narrow: bool
    second: bool = False
    """Whether it stands beside its encoder with weights of its own, θ′."""
    unread: bool = False  # whether nothing reads `output`

    @property
    def loop(self) -> OwnLoop:
        """The layer, where it is a loop of the user's own code."""
        assert isinstance(self.layer, OwnLoop)
        return self.layer

    @property
    def top(self) -> bool:
        """Whether this layer's h are the module's `output`."""
        return self.depth == self.layer.num_layers - 1

    @property
    def full(self) -> bool:
        """Whether states are named as equations and as code names them; a loop's have one name."""
        return self.options.detail == "full" or self.layer.type == "own" or bool(self.layer.cell)

    @property
    def steps(self) -> int:
        """How many steps are computed for the longest sample."""
        return self.layer.computed_steps

    def place(self, tensor: str, lane: str) -> Place:
        """Where a direction's state stands on the first axis of h_0, c_0, h_n, c_n."""
        return kept_at(self.layer, tensor, self.depth * self.layer.directions + ids.WAYS.index(lane))

    def state(self, base: str, step: str | int, lane: str = "fwd", *, size: float = 9.5) -> TextLine:
        """The name of one of this layer's states."""
        return state(self.layer, base, step, lane, self.depth, size=size)


def pick(kind: str, subject: Subject, options: OneLayer, *, narrow: bool, **which: bool) -> DrawnLayer:
    """Return the layer, or own loop, that the options name or `which` says; FigureError if there is none."""
    found = subject.recurrent(kind, options.of, **which)
    depth = depth_of(kind, found, options.layer)
    return DrawnLayer(found, depth, prefix_of(subject.trace, found), options, narrow)


def depth_of(kind: str, module: Recurrent, layer: int) -> int:
    """Return a layer's depth in its module; FigureError if there is none such."""
    if not 0 <= layer < module.num_layers:
        have = "only layer 0" if module.num_layers == 1 else f"layers 0 to {module.num_layers - 1}"
        raise FigureError(kind, f"there is no layer {layer}: {module.name} has {have}")
    return layer


def refuse(subject: Subject) -> str | None:
    """Why a model cannot be shown step by step, or None."""
    return lacking(subject.trace)


def prefix_of(trace: Trace, layer: Recurrent) -> str:
    """What the ids begin with: the name of the layer or loop where several parts are recurrent."""
    if layer.type == "own":
        return ids_before(trace, layer.name)
    return ids.inside(layer.name) if len(trace.recurrent) > 1 else ""


def states_of(layer: Recurrent) -> tuple[tuple[str, Role], ...]:
    """What is handed on along time, with its role: c above h for an LSTM, else h."""
    return tuple((one.letter, one.role) for one in layer.carried)


def call(layer: Recurrent) -> str:
    """The constructor call, with what differs from torch's defaults: of the cell, if a loop calls one."""
    given = [str(layer.input_size), str(layer.hidden_size)]
    known = {name: getattr(layer, name) for name in RECURRENT_DEFAULTS if not layer.cell or name in OF_CELLS}
    given += [f"{name}={value!r}" for name, value in known.items() if value != RECURRENT_DEFAULTS[name]]
    return f"nn.{layer.cell or layer.type.upper()}({', '.join(given)})"


def made(layer: Recurrent) -> Code:
    """The constructor call as code: it builds this layer."""
    return coded(call(layer), makes=layer.name)


def states_tensor(layer: Recurrent, name: str) -> Tensor:
    """The tensor of its states as the code hands them on: of a cell that a loop calls, (N, H)."""
    return in_code(layer, layer.tensor(name))


def without_axis(tensor: Tensor, axis: int) -> Tensor:
    """The tensor's shape at one place of an axis: (N, T, F) becomes (N, F)."""
    drop = [i for i in range(len(tensor.sizes)) if i != axis]
    return replace(
        tensor, sizes=tuple(tensor.sizes[i] for i in drop), symbols=tuple(tensor.symbols[i] for i in drop)
    )


def chip(canvas: Canvas, id: str, role: Role, at: Point, label: TextLine | None, **more: Any) -> Node:
    """A sharp box around `at` that stands for a state; `wide` and `high` are its size."""
    x, y = at
    wide, high = more.pop("wide", 26.0), more.pop("high", CHIP)
    return canvas.node(id, role, (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2), label, **more)


def pair(canvas: Canvas, id: str, role: Role, at: Point, labels: Sequence[TextLine], **more: Any) -> Node:
    """Chips side by side that are one tensor: [forward | reverse]; `wide` is one part's."""
    wide = more.pop("wide", 26.0)
    x0, y0, y1 = at[0] - wide * len(labels) / 2, at[1] - CHIP / 2, at[1] + CHIP / 2
    if len(labels) == 1:
        return chip(canvas, id, role, at, labels[0], wide=wide, **more)
    fill, stroke = more.pop("fill", fill_of(role)), more.get("stroke", stroke_of(role))
    whole = (x0, y0, x0 + wide * len(labels), y1)
    canvas.box(whole, role=role, fill=fill)
    for i, label in enumerate(labels):
        left = x0 + i * wide
        if i:
            canvas.line([(left, y0 + INSET), (left, y1 - INSET)], stroke=stroke)  # no arrow goes on with it
        part = (left, y0, left + wide, y1)
        canvas.texts.append(Text(label.centred(part), role=role, at=part))
    return canvas.node(id, role, whole, None, hollow=True, **more)


def goes_up(part: DrawnLayer) -> TextLine:
    """Where the h of a layer goes that has another over it."""
    said = message("chain.goes-up", n=part.depth + 1, depth=part.depth, layer=part.layer.name)
    return words(said, 7, tint=MUTED)


def index_tab_width(place: Place) -> float:
    """How wide a tab is, pt."""
    return 0.0 if place.state else place.line().width + 3.5


def clear_of(line: float, middle: float, place: Place) -> float:
    """Where the middle of a tab stands that leaves the upright line at `line` free."""
    way = 1.0 if middle >= line else -1.0
    return line + way * max(abs(middle - line), index_tab_width(place) / 2 + 2.5)


def index_tab(canvas: Canvas, place: Place, role: Role, box: Box, *, below: bool = False) -> Box:
    """The mark of membership on the upper (or lower) edge of a chip: ``h_n[3]``."""
    if place.state:
        return box  # the chip says it
    label = place.line(tint=stroke_of(role))
    x = (box[0] + box[2]) / 2
    half = index_tab_width(place) / 2
    y0 = box[3] if below else box[1] - TAB
    edge = (x - half, y0, x + half, y0 + TAB)
    canvas.box(edge, role=role, fill=fill_of(role, 0.72), stroke=stroke_of(role), line=0.75)
    canvas.text(label, x, y0 + 7.1, "middle", role=role, at=edge)
    return edge


def line_style(base: str, *, reverse: bool = False) -> dict[str, Any]:
    """How an edge of h or c looks: c double, the reverse direction dashed."""
    style: dict[str, Any] = {"double": True, "line": 0.9} if base == "c" else {"line": 1.5}
    return style | ({"dashed": True, "head": "hollow"} if reverse else {})


def cut_at(route: Sequence[Point], at: Point, half: float = CLEAR) -> tuple[float, float]:
    """The stretch of a route to leave open around a point on it, for `Edge.cuts`.

    >>> cut_at([(0, 0), (10, 0), (10, 10)], (10, 5))
    (12.0, 18.0)
    """
    run = 0.0
    for a, b in pairwise(route):
        if abs(distance(a, at) + distance(at, b) - distance(a, b)) < 1e-6:
            return (run + distance(a, at) - half, run + distance(a, at) + half)
        run += distance(a, b)
    raise ValueError(f"{at} is not on the route")


def opened(
    route: Sequence[Point], levels: Iterable[float], half: float = CLEAR
) -> tuple[tuple[float, float], ...]:
    """The stretches of a line up to leave open where lines at these heights pass its last part."""
    (_, start), (x, end) = route[-2:]
    low, high = sorted((start, end))
    return tuple(sorted(cut_at(route, (x, y), half) for y in levels if low < y < high))


def line_dots(canvas: Canvas, at: Point, role: Role, *, double: bool = False) -> None:
    """The dots of a line that is broken at `at` because steps are left out."""
    canvas.dots(*at, stroke_of(role), r=1.4 if double else 1.1)


def time_arrow(canvas: Canvas, x0: float, x1: float, y: float, layer: Recurrent, **more: Any) -> None:
    """The time axis under a figure: word, arrow, and the true number of steps.

    `drawn` is the last step drawn, where only padding follows it; `name` what the
    steps are, `word` what stands there otherwise, `steps` how many there are where not all are computed.
    """
    drawn = more.get("drawn", 0)
    steps = more.get("steps", layer.timesteps)
    label = more.get("word") or time_word(more.get("name", ""))
    total = count(layer.name, layer.time, steps, 9, tint=MUTED)
    if drawn and drawn != steps:
        last = stepped(letters(f"{drawn}", 9, tint=MUTED), layer, drawn)
        total = row(last, words(message("chain.of"), 7, tint=MUTED), total, gap=3)
    canvas.text(label, x0, y + 2.8, role="axis")
    canvas.text(total, x1, y + 2.8, "end", role="axis")
    canvas.line([(x0 + label.width + 5, y), (x1 - total.width - 5, y)], head=4.5, role="axis")


def key_items(tensors: Iterable[Tensor], options: Options, *, without: str = "") -> list[TextLine]:
    """What each letter of these shapes means, but those `without`: ``N batch``, ``T time`` …"""
    if options.legend == "off" or options.shapes in {"numbers", "off"}:
        return []
    used = {c for t in tensors for s in t.symbols for c in s}
    return keep(meant(k, respell(k, options), 7, 2.5) for k in LETTERS if k in used and k not in without)


def key_rows(tensors: Iterable[Tensor], options: Options, width: float) -> list[TextLine]:
    """The letters in as few lines as fit `width` pt."""
    return packed_rows(key_items(tensors, options), width, 9)


def over(canvas: Canvas, line: TextLine, x: float, y: float, role: Role = "note") -> None:
    """A line of text centred on x, its ink ending at y."""
    canvas.text(line, x, y - max(run_box(run)[3] for run in line.runs), "middle", role=role)


def under(canvas: Canvas, line: TextLine, x: float, y: float, role: Role = "note") -> None:
    """A line of text centred on x, its ink beginning at y."""
    canvas.text(line, x, y - min(run_box(run)[1] for run in line.runs), "middle", role=role)


def packed_rows(items: Iterable[TextLine], width: float, gap: float = 14.0) -> list[TextLine]:
    """Items in as few rows as fit `width` pt, in their order."""
    shown = [item for item in items if item.runs]
    rows = balanced_rows([item.width for item in shown], width, gap)
    return [row(*(shown[at] for at in one), gap=gap) for one in rows]


def named_shape(names: Sequence[TextLine], tensor: Tensor, options: Options) -> TextLine:
    """Names and the shape that they share: ``h_0, h_n (L, N, H) = (1, 6, 16)``."""
    tag = shape_tag(tensor, options)
    return row(*names, tag, gap=4.5) if tag.runs else EMPTY
