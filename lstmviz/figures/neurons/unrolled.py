"""A recurrent network, unit by unit: one ordinary network per step, side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, Subject, refuse_more, respell
from lstmviz.figures.neurons import facts as neurons_facts
from lstmviz.figures.neurons import labels as neurons_words
from lstmviz.figures.neurons import states as neurons_states
from lstmviz.figures.neurons.draw import draw_units, fan, heads, numbered
from lstmviz.figures.neurons.measures import BROAD, CLOSE, NARROW, SNUG, WIDE, NeuronSizes
from lstmviz.figures.neurons.options import NeuronsOptions
from lstmviz.figures.neurons.page import BEAD, RIM, NeuronsDrawing
from lstmviz.figures.neurons.plan import Row, recurrent_rows, stages_before
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import place_names
from lstmviz.figures.shared.claimed import named_state
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import call, made, prefix_of
from lstmviz.layout.elide import ends
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Box, Tint, stroke_of
from lstmviz.scene.labels import TextLine, math, words
from lstmviz.translation.messages import message, note, user_text

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
    _bands(s)
    for step, x in s.columns:
        _column(s, step, x)
    for depth in s.depths:
        neurons_states.drawn(s, depth)
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
    read = not before and subject.trace.reads_input(layer.name)
    names = subject.data.feature_names if subject.data is not None and read else None
    given = Row("x", "input", layer.tensor("input"), names=tuple(names or ()))
    last = max(layer.lengths) if layer.lengths else layer.timesteps
    prefix, layouts = prefix_of(subject.trace, layer), [NARROW, CLOSE] if page.narrow else [BROAD, WIDE, SNUG]
    chain = recurrent_rows(subject, layer)

    def sheet(steps: tuple[int | None, ...], measures: NeuronSizes = layouts[0]) -> NeuronsDrawing:
        parts = (Canvas(), layer, chain, given, before, options, measures, steps, 0.0, prefix)
        return NeuronsDrawing(*parts, page.narrow, last)

    if options.whole:
        refuse_more("neurons", _lines(sheet((1,))) * last, "lines")
    to_end = _to_end(sheet((1,)))
    asked = options.steps or (last if options.whole else None)
    counts = [asked] if asked else range(min(last, 24), 0, -1)
    for slots, measures in product(counts, layouts):
        trial = sheet(chosen(last, slots, to_end=to_end), measures)
        if neurons_words.width(trial) <= page.inner:
            break
    return _filled(trial, page.inner - neurons_words.width(trial)) if page.fixed else trial


def _filled(s: NeuronsDrawing, rest: float) -> NeuronsDrawing:
    """The same with its steps further apart, up to what is left of the page."""
    wider = min(max(rest, 0.0) / len(s.columns), 0.6 * s.m.next)
    return replace(s, m=replace(s.m, next=s.m.next + wider))


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
    """A band for each layer, through all steps."""
    left, right = s.start - s.pad - 4, s.start + neurons_words.reach(s) - 1
    for depth in s.depths:
        high, low = s.top(depth) - RIM - (7 if s.narrow else 4), s.foot(depth) + RIM + 6
        if s.narrow:  # the layer's name stands under its last h
            low = max(low, s.middle(depth) + 17)
        if s.layer.num_layers > 1:  # the name of what the layer above reads stands in it
            low = max(low, s.middle(depth) + s.m.kept + 17)
        s.canvas.box((left, high, right, low), fill=BAND, radius=5, z=-1)


def _column(s: NeuronsDrawing, step: int, x: float) -> None:
    """The ground of a time step, and a frame for each layer's units: of the last layer's that of `output`."""
    card: Box = (x - s.half - s.entry - s.pad, s.roof(step), x + s.half + s.name_room, s.floor + 22)
    s.canvas.box(card, fill=CARD, stroke=Tint("muted", "ground", 0.7), line=0.5, radius=8, z=-2)
    for depth in s.depths:
        units = s.row(depth, step)
        box = (x - s.half, s.top(depth) - RIM, x + s.half, s.foot(depth) + RIM)
        members = tuple(units.id(u) for u in units.places)
        if s.layer.has_cell_state:
            _capsules(s, depth, step)
            if depth == s.depths[-1]:  # `output` is h alone
                s.canvas.box(box, fill=BODIES, stroke=Tint("muted", "ground", 0.7), line=0.5, radius=5, z=0)
                box = (*box[:3], s.middle(depth) + s.m.r + RIM / 2)
        if depth == s.depths[-1]:
            shape = s.layer.tensor("output").sizes
            s.canvas.frame(
                ids.at("output", step=step, prefix=s.prefix), "output", box, tensor="output", shape=shape,
                members=members, line=RING, stroke=RINGED, radius=5.0, fill=BODIES,
            )  # fmt: skip
        else:
            name = ids.at("units", depth, "fwd", step, prefix=s.prefix)
            s.canvas.frame(name, "hidden", box, members=members, line=0.7, radius=5.0, fill=BODIES)


def _capsules(s: NeuronsDrawing, depth: int, step: int) -> None:
    """The units of an LSTM, each with the c that gives its h."""
    units, y = s.row(depth, step), s.y_of(depth, "c")
    for unit, x in units.places.items():
        bold = depth == s.depths[0] and unit == s.traced
        name = ids.at(s.unit_id(depth, step, "c"), unit=unit)
        fill = Tint("cell.fill", "cell.stroke", 0.2) if bold else None
        label = mixed(s.tell("unit-c"), put={"c": math("c", size=7.5)})
        box = (x - BEAD, y - BEAD, x + BEAD, y + BEAD)
        s.canvas.node(name, "cell", box, label, outline="circle", line=1.5 if bold else 0.9, fill=fill)
        s.canvas.frame(
            ids.at("unit", depth, "fwd", step, unit=unit, prefix=s.prefix), "hidden",
            (x - s.m.r, s.top(depth), x + s.m.r, s.foot(depth)),
            members=(units.id(unit), units.id(unit, "foot"), name), line=0.0,
        )  # fmt: skip
        way = [(x, y - BEAD), (x, s.middle(depth) + s.m.r)]
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
        if depth == s.depths[0] and s.traced:
            _trace(s, units.id(s.traced))
        if s.layer.has_cell_state:
            for name, (x, y) in s.arriving(depth, step).items():
                s.canvas.node(name, "hidden", (x - 1, y - 0.5, x + 1, y), outline="none")
                way = [(x, y), (x, s.y_of(depth, "c") + BEAD)]
                s.canvas.line(way, stroke=stroke_of("param"), line=0.7, z=20)
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
        if skipped:
            _more_layers(s, step, s.level(depth))
        else:
            into = s.arriving(depth, step)
            bold = [name for name in into if depth == s.depths[0] and ids.read(name).unit == s.traced]
            fan(s.canvas, sources, into, bold=bold)
            heads(s.canvas, into, bold)
        sources = units.top()
    if s.heads_at(step):
        for index in range(1, len(s.chain.rows)):
            units = s.head(index, step)
            fan(s.canvas, sources, units.foot())
            sources = units.top()
    if s.lead is not None:
        _token(s, subject, step)


def _more_layers(s: NeuronsDrawing, step: int, y: float) -> None:
    """How many layers are left out, beside what the upper one reads of the step before."""
    said = message("neurons.more-layers", n=s.layer.num_layers - 2, layer=s.layer.name)
    label = words(said, 7, tint=MUTED)
    x, clear = dict(s.columns)[step], s.aside(step) + s.kept + 4
    left = x - (label.width + 7) / 2
    if clear + 7 + label.width < x + s.half + s.name_room:
        left = max(left, clear)
    elif left < clear:  # below what the layer reads of the step before, on the line of its name
        y += s.m.kept + 10.0
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
