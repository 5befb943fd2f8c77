"""A recurrent network, unit by unit: one ordinary network per step, side by side."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from typing import TYPE_CHECKING

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, refuse_more, respell
from lstmviz.figures.neurons import facts as neurons_facts
from lstmviz.figures.neurons import labels as neurons_words
from lstmviz.figures.neurons import states as neurons_states
from lstmviz.figures.neurons.draw import draw_units, fan, heads, numbered
from lstmviz.figures.neurons.measures import CLOSE, NARROW, SNUG, TIGHT, WIDE, NeuronSizes
from lstmviz.figures.neurons.page import BEAD, BODY, NeuronsDrawing
from lstmviz.figures.neurons.plan import Row, recurrent_rows, stages_before
from lstmviz.figures.shared import place_names
from lstmviz.figures.shared.claimed import named_state, weight
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import call, made, prefix_of
from lstmviz.layout.elide import ends
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Tint, stroke_of
from lstmviz.scene.labels import math, words
from lstmviz.translation.messages import message, note, user_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmviz.figures.base import Subject
    from lstmviz.figures.neurons.options import NeuronsOptions
    from lstmviz.figures.pages import Page
    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.items import Box, Point
    from lstmviz.scene.labels import TextLine

BAND, CARD, BODIES = (
    Tint("param.stroke", "ground", 0.93),
    Tint("muted", "ground", 0.965),
    Tint("muted", "ground", 0.88),
)
RINGED = Tint("output.stroke", "ground", 0.3)
RING = 1.4
"""The width of the ring around `output`, pt."""


def refuse_layer(layer: Recurrent) -> str | None:
    """Why a recurrent layer is not drawn unit by unit, or None."""
    if layer.bidirectional:
        return "it draws one direction, and this layer has two; the grid shows both"
    if layer.proj_size:
        return "with proj_size h is smaller than c, and no unit has an h of its own"
    return None


def layer_of(subject: Subject, options: NeuronsOptions) -> Recurrent:
    """The layer that is asked for; of several the first that can be drawn."""
    layer = subject.recurrent("neurons", options.of)
    if options.of is None:
        layer = next((one for one in subject.trace.recurrent if not refuse_layer(one)), layer)
    if reason := refuse_layer(layer):
        raise FigureError("neurons", reason)
    return layer


def compose(subject: Subject, options: NeuronsOptions, page: Page) -> Draft:
    """Place a recurrent layer with its units at a few steps."""
    layer = layer_of(subject, options)
    s = _sheet(subject, layer, options, page)
    for depth, base in product(s.depths, layer.state_letters):
        neurons_states.handed(s, depth, base)
    _bands(s)
    for step, x in s.columns:
        _column(s, step, x)
    for step, _ in s.columns:
        _upward(s, subject, step)
        _units(s, step)
    neurons_words.captions(s, subject, page.inner, fixed=page.fixed)
    sentences = subject.data.sentences if subject.data is not None and options.legend != "off" else None
    place_names.below(s.canvas, [(user_text(""), max(sentences or [()], key=len))], page.inner)
    drawn = [t for t, _ in s.columns]
    if None in s.steps:
        s.canvas.notes.append(note("note.steps", n=s.last_step, steps=", ".join(map(str, drawn))))
    return Draft(s.canvas, neurons_facts.describe(s), call(layer), (made(layer),))


def _sheet(subject: Subject, layer: Recurrent, options: NeuronsOptions, page: Page) -> NeuronsDrawing:
    """As many steps as the page holds, or as were asked for."""
    before = tuple(stages_before(subject, layer))
    names = subject.data.feature_names if subject.data is not None and not before else None
    given = Row("x", "input", layer.tensor("input"), names=tuple(names or ()))
    last = max(layer.lengths) if layer.lengths else layer.timesteps
    prefix, usual = prefix_of(subject.trace, layer), NARROW if page.narrow else WIDE
    chain = recurrent_rows(subject, layer)

    def sheet(steps: tuple[int | None, ...], measures: NeuronSizes = usual) -> NeuronsDrawing:
        parts = (Canvas(), layer, chain, given, before, options, measures, steps, 0.0, prefix)
        return _numbered(NeuronsDrawing(*parts, page.narrow, last))

    if options.whole:
        refuse_more("neurons", _lines(sheet((1,))) * last, "lines")
    to_end = _to_end(sheet((1,)))
    asked = options.steps or (last if options.whole else None)
    counts = [asked] if asked else range(min(last, 24), 0, -1)
    layouts = [usual] if asked else [NARROW, CLOSE] if page.narrow else [WIDE, SNUG, TIGHT]
    for slots, measures in product(counts, layouts):
        trial = sheet(chosen(last, slots, to_end=to_end), measures)
        if neurons_words.width(trial) <= page.inner:
            break
    return _filled(trial, page.inner - neurons_words.width(trial)) if page.fixed else trial


def _numbered(s: NeuronsDrawing) -> NeuronsDrawing:
    """The same with room for the number of the last unit where a state leaves and arrives."""
    longest = neurons_states.number(s, s.layer.hidden_size)
    room = longest.width + 0.9 if longest else 0.0
    return replace(s, m=replace(s.m, strip=max(s.m.strip, room), port=max(s.m.port, room)))


def _filled(s: NeuronsDrawing, rest: float) -> NeuronsDrawing:
    """The same with its lines of W_hh drawn wider, up to what is left of the page."""
    count = len(s.columns)
    wider = min(max(rest, 0.0) / count, (0.5 if count > 1 else 1.2) * s.m.fan)
    return replace(s, m=replace(s.m, fan=s.m.fan + wider))


def _to_end(s: NeuronsDrawing) -> bool:
    return s.chain.last and len(s.chain.rows) > 1


def _lines(s: NeuronsDrawing) -> int:
    sizes = [s.given.size] + [s.layer.hidden_size] * (2 * len(s.depths))
    return sum(a * b for a, b in pairwise(sizes))


def chosen(last: int, slots: int, *, to_end: bool) -> tuple[int | None, ...]:
    """The steps to draw; with two columns the first two, unless the head needs the last.

    >>> chosen(96, 3, to_end=False), chosen(96, 2, to_end=False), chosen(96, 2, to_end=True)
    ((1, 2, None, 96), (1, 2, None), (1, None, 96))
    """
    if slots > 2 or last <= slots or (slots == 2 and to_end):
        return ends(last, slots, slots - 1)
    return (*range(1, slots + 1), None)


def _bands(s: NeuronsDrawing) -> None:
    """A band for each layer, through all steps, with the layer's name in it."""
    left, right = s.start - (3 if s.narrow else 8), s.start + neurons_words.reach(s) - 2
    for depth in s.depths:
        high, low = neurons_words.band(s, depth)
        s.canvas.box((left, high, right, low), fill=BAND, radius=5, z=-1)


def _column(s: NeuronsDrawing, step: int, x: float) -> None:
    """The ground of a time step, a body for each layer, where x, h and c arrive, the frame of `output`."""
    card: Box = (x - s.half - s.pad, s.roof(step), x + s.half + s.pad, s.floor + 22)
    s.canvas.box(card, fill=CARD, stroke=Tint("muted", "ground", 0.7), line=0.5, radius=8, z=0)
    for depth in s.depths:
        (left, right), y = (x - s.half, x + s.half), s.middle(depth)
        body = (left, s.top(depth) - BODY if s.layer.has_cell_state else y - s.tall, right, s.foot(depth))
        s.canvas.box(body, fill=BODIES, radius=4, z=4)
        if s.layer.has_cell_state:
            _capsules(s, depth, step)
    top = s.depths[-1]
    edge, y, high = s.half - s.m.rim + min(3.2, s.m.rim + s.pad - 1.4), s.middle(top), s.m.r + 3.5
    box = (x - edge, y - high, x + edge, y + high)
    members = tuple(s.row(top, step).id(u) for u in s.row(top, step).places)
    tensor = s.layer.tensor("output")
    s.canvas.frame(
        ids.at("output", step=step, prefix=s.prefix), "output", box, tensor="output", shape=tensor.sizes,
        members=members, line=RING, stroke=RINGED, radius=3.5,
    )  # fmt: skip


def _capsules(s: NeuronsDrawing, depth: int, step: int) -> None:
    """The units of an LSTM, each with its c."""
    units, middle = s.row(depth, step), s.units_at(depth, "c")
    for unit, x in units.places.items():
        bold = depth == 0 and unit == s.traced
        name = ids.at(s.cell_id(depth, step), unit=unit)
        fill, at = Tint("cell.fill", "cell.stroke", 0.2) if bold else None, x - s.bead
        c = (at - BEAD, middle - BEAD, at + BEAD, middle + BEAD)
        label = mixed(s.tell("unit-c"), put={"c": math("c", size=7.5)})
        s.canvas.node(name, "cell", c, label, outline="circle", line=1.5 if bold else 0.9, fill=fill)
        s.canvas.frame(
            ids.at("unit", depth, "fwd", step, unit=unit, prefix=s.prefix), "hidden",
            (x - s.m.r, s.top(depth), x + s.m.r, s.middle(depth) + s.m.r),
            members=(units.id(unit), units.id(unit, "foot"), name),
            line=0.0,
        )  # fmt: skip
        way = [(at, middle + BEAD), (at, s.middle(depth) - (s.m.r**2 - s.bead**2) ** 0.5)]
        s.canvas.line(way, stroke=stroke_of("cell"), line=1.0, head=4.0, z=35)


def _units(s: NeuronsDrawing, step: int) -> None:
    """The nodes of a column: inputs, units, the head."""
    r, given = s.m.r, s.inputs(step)
    tensor = s.layer.tensor("input")
    label = numbered(s.given.size, respell(s.given.symbol, s.options), 2 * r - 3)
    draw_units(s.canvas, given, label, tensor="input", shape=tensor.sizes)
    for depth in s.depths:
        units = s.row(depth, step)
        label = numbered(s.layer.hidden_size, respell(s.layer.units, s.options), 2 * r - 1.5)
        draw_units(s.canvas, units, label)
        if depth == 0 and s.traced:
            _trace(s, units.id(s.traced))
        if s.layer.has_cell_state:
            for name, (x, y) in s.arriving(depth, step).items():
                s.canvas.node(name, "hidden", (x - 1, y - 0.5, x + 1, y), outline="none")
    if s.heads_at(step):
        for index in range(1, len(s.chain.rows)):
            row = s.chain.rows[index]
            label = numbered(row.size, respell(row.symbol, s.options), 2 * r - 3)
            if row.role == "output" and row.size == 1:
                label = _only(s.layer.name, step)
            draw_units(s.canvas, s.head(index, step), label, tensor=row.tensor.name, shape=row.tensor.sizes)


def _only(layer: str, step: int) -> Callable[[int], TextLine]:
    """The label of a head's only unit: what it predicts at a step."""
    return lambda _: named_state(layer, "y", str(step), size=8.5 if step < 10 else 7.2)


def _trace(s: NeuronsDrawing, name: str) -> None:
    """Mark the unit that is followed through time."""
    index = next(i for i, node in enumerate(s.canvas.nodes) if node.id == name)
    dark = Tint("hidden.fill", "hidden.stroke", 0.38)
    s.canvas.nodes[index] = replace(s.canvas.nodes[index], fill=dark, line=1.9)


def _upward(s: NeuronsDrawing, subject: Subject, step: int) -> None:
    """The ordinary network of one step: from the input through every layer to the head."""
    sources = s.inputs(step).top()
    for i, depth in enumerate(s.depths):
        units = s.row(depth, step)
        skipped = i > 0 and depth > s.depths[i - 1] + 1
        foot = s.foot(depth)
        if skipped:
            _more_layers(s, dict(s.columns)[step], (foot + s.top(s.depths[i - 1])) / 2)
        else:
            into = s.arriving(depth, step)
            bold = [name for name in into if depth == 0 and ids.read(name).unit == s.traced]
            if step == s.columns[0][0]:
                _named(s, depth, step, (min(way[-1] for way in sources.values()), min(into.values())))
            fan(s.canvas, sources, into, bold=bold)
            heads(s.canvas, into, bold)
        sources = units.top()
    if s.heads_at(step):
        for index in range(1, len(s.chain.rows)):
            units = s.head(index, step)
            fan(s.canvas, sources, units.foot())
            heads(s.canvas, units.foot())
            sources = units.top()
    if s.lead is not None:
        _token(s, subject, step)


def _named(s: NeuronsDrawing, depth: int, step: int, side: tuple[Point, Point]) -> None:
    """W_ih's name left of its lines: on their card, or beside it; `side` is the leftmost, from below."""
    label, ((x0, y0), (x1, y1)) = weight(s.layer, "ih", depth), side
    x, foot = dict(s.columns)[step], s.foot(depth)
    over = min(0.0, (x1 - x0) * 16 / (y0 - y1))  # how far the lines lean to the left, as high as the name
    left = x0 + over - 2.5 - label.width
    if left > x - s.half:
        s.canvas.text(label, left, y0 - 5, role="param")
        return
    least = neurons_words.under_states(s, depth, first=step == s.columns[0][0])
    y = max(y0 - 5 if depth == 0 else (y0 + foot) / 2 - 5, foot + least + 10.0)
    s.canvas.text(label, x - s.half - s.pad - 2.5, y, "end", role="param")


def _more_layers(s: NeuronsDrawing, x: float, y: float) -> None:
    said = message("neurons.more-layers", n=s.layer.num_layers - 2, layer=s.layer.name)
    label = words(said, 7, tint=MUTED)
    left = x - (label.width + 7) / 2
    s.canvas.dots(left, y, MUTED, gap=5, r=1.2, down=True)
    s.canvas.text(label, left + 7, y + 2.5)


def _token(s: NeuronsDrawing, subject: Subject, step: int) -> None:
    """The token of a step, and the lookup of its vector."""
    x, name = dict(s.columns)[step], ids.at("token", step=step, prefix=s.prefix)
    label = neurons_words.token(s, subject, step)
    wide = min(max(label.width + 8, 20), 2 * s.half)
    y = s.floor - 9
    box = (x - wide / 2, y - 7, x + wide / 2, y + 7)
    s.canvas.node(name, "input", box, label, outline="stadium")
    fan(s.canvas, {name: ((x, y - 7),)}, {k: (a, s.m.r - 1) for k, (a, _) in s.inputs(step).foot().items()})
