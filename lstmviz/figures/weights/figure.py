"""Kind `weights`: everything that a model learns, to scale, with its gate blocks and its count.

Ids: each parameter is a frame, ``lstm.weight_ih_l0``, and its blocks are nodes, ``lstm.weight_ih_l0.W_ii``.
As Keras and ONNX keep them the frames are ``lstm.l0.kernel``, ``lstm.l0.W`` and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.common import ends
from lstmviz.figures.shared.parts import call, key_rows, made
from lstmviz.figures.weights import bare
from lstmviz.figures.weights.look import LEAST, MOST_WIDE, TALL, Look, scale_of
from lstmviz.figures.weights.panels import Panels
from lstmviz.figures.weights.plan import GATES, Order, WeightedStage, foreign, parts_of
from lstmviz.figures.weights.sums import NAMES, WeightsOptions, aloud, summed
from lstmviz.figures.weights.values import shades_of
from lstmviz.figures.weights.values import told as values_told
from lstmviz.layout.boxes import Item, lines, mosaic
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.labels import TextLine, words
from lstmviz.translation.messages import Message, joined, message

MOST = 16
"""So many parts are drawn; more are counted only."""
ABOUT = 114.0
"""What stands over and under the parts: title, sum, what is said, pt."""
SMALLER = (1.0, 0.75, 0.5)
"""Shares of their size in which matrices are tried until the page holds all; panels of a sheet have one."""
RULE = 0.9
"""The line over the sum, pt."""
GROWN = 1.6
"""How much larger matrices are whose numbers are seen."""


def refuse(subject: Subject) -> str | None:
    """Why this kind cannot show a model, or None."""
    return None if any(stage.parameters for stage in subject.trace.stages) else "this model has no parameters"


def compose(subject: Subject, options: WeightsOptions, page: Page) -> Draft:
    """Place every part of the model that learns, and what is said of all of them."""
    order = _order(subject, options)
    parts = parts_of(subject.trace, options, order, each=options.values)
    grown = GROWN if options.values else 1.0
    most = (MOST_WIDE * grown, TALL * grown)
    look = Look(options, order, scale_of(parts, page.inner) * grown, page.inner, most)
    said: list[Message] = []
    if options.values:
        shades, origin = shades_of(subject, parts[:MOST], lambda matrix: not any(look.cut(matrix)))
        look = replace(look, shades=shades)
        said = list(values_told(origin, parts[:MOST], shades))
    drawn, look, panels = _panels(parts[:MOST], look, page)
    said += _as_torch(subject, parts, options, order)
    canvas = Canvas()
    quiet = under_figure(canvas, {one.text: one for one in _quiet(subject, order)}.values(), options)
    told = [*{one.text: one for one in (*said, *_told(subject, parts, look, panels), *quiet)}.values()]
    told += [message("weights.more", count=len(parts) - MOST, shown=MOST)] if len(parts) > MOST else []
    tensors = [m.tensor for part in parts[:MOST] for one in part.sets for m in one if m.tensor]
    of_layers = [tensor for layer in subject.trace.recurrent for tensor in layer.parameters]
    key = key_rows(tensors or of_layers, options, page.inner)
    foot = lines(*plots.paragraphs({one.text: one for one in told}.values(), page.inner), *key, step=10.5)
    tried = ((True, 9), (True, 8), (False, 9))
    sums = [words(summed(subject, parts, order, added=added), size, font="bold") for added, size in tried]
    total = _ruled(next((one for one in sums if one.width <= page.inner), sums[-1]), drawn.width)
    mosaic("drawn\ntotal\nfoot", {"drawn": drawn, "total": total, "foot": foot}, (0, 9)).place(canvas)
    spoken = joined(". ", aloud(subject, parts, order), *said)
    layers = subject.trace.recurrent
    one = layers[0] if len(layers) == 1 else None
    return Draft(canvas, spoken, *(() if one is None else (call(one), (made(one),))))


def _panels(parts: Sequence[WeightedStage], look: Look, page: Page) -> tuple[Item, Look, Panels]:
    """Return all parts as they fit the page, as large as they can be, the gates in words where these fit."""
    for smaller in SMALLER:
        sized = replace(look, scale=look.scale * ends("weights.smaller", smaller, smaller)[0])
        for panels in (Panels(sized, in_words) for in_words in (True, False)):
            for drawn in panels.ways(parts):
                if drawn.width <= page.inner and page.holds(drawn.high + ABOUT):
                    return drawn, sized, panels
    return drawn, sized, panels


def _ruled(total: TextLine, wide: float) -> Item:
    """The sum under a line as wide as all that is added, as sums are written."""
    wide = max(wide, total.width)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.line([(x + RULE / 2, y), (x + wide - RULE / 2, y)], line=RULE)  # its ends stand out by half
        canvas.text(total, x + wide, y + 13, "end")  # what it comes to under what is added

    return Item(wide, 15.0, draw)


def _order(subject: Subject, options: WeightsOptions) -> Order:
    """Return whose matrices are drawn: as asked for, else those of the library that the model is of.

    Raises FigureError where the other framework has no such layer, or its numbers are asked for.
    """
    asked, trace = options.order, subject.trace
    if asked is None and trace.original is not None and not options.values:
        parts = parts_of(trace, options, trace.original.library)
        return trace.original.library if any(foreign(part) for part in parts) else "torch"
    if asked in {None, "torch"}:
        return "torch"
    assert asked is not None
    if options.values:
        raise FigureError("weights", "values are drawn as torch keeps them: leave out order, or values")
    if not trace.recurrent and trace.original is None:
        raise FigureError("weights", "order is about recurrent layers, and this model has none")
    projected = [layer.name for layer in trace.recurrent if layer.proj_size]
    if projected:
        raise FigureError("weights", f"{NAMES[asked]} has no projection, and {projected[0]} has one")
    return asked


def _told(subject: Subject, parts: Sequence[WeightedStage], look: Look, panels: Panels) -> Iterator[Message]:
    """Yield what is said under the matrices, but for what stands beside them."""
    for layer in subject.trace.recurrent:
        about: dict[str, Any] = {"layer": layer.name}
        gates = GATES[look.order][layer.type]
        named = all(panels.named(part) for part in parts if part.stage == layer.name)
        if gates.strip() and not named:
            which = "columns" if look.order == "keras" else "rows"
            yield message(f"weights.{which}", gates=" ".join(gates), order=look.order, **about)
        if gates.strip() and not (named and panels.words):
            yield message(f"weights.gates-{layer.type}", **about)
        if not layer.bias:
            yield message("weights.no-bias", **about)
    yield from _drawn_otherwise(parts, look)


def _quiet(subject: Subject, order: Order) -> Iterator[Message]:
    """Yield what becomes of biases: the caption of a figure has room for it."""
    for layer in subject.trace.recurrent:
        if layer.bias:
            yield _biases(layer.type, order, {"layer": layer.name})


def _as_torch(
    subject: Subject, parts: Sequence[WeightedStage], options: WeightsOptions, order: Order
) -> Iterator[Message]:
    """Yield the names of parts drawn as torch keeps them, where another framework's are looked for."""
    own = subject.trace.original
    wanted = order if order != "torch" else own.library if own and options.order is None else None
    other = dict.fromkeys(part.stage for part in parts if not foreign(part))
    if other and wanted:
        yield message("weights.as-torch", names=", ".join(other), order=wanted)


def _biases(kind: str, order: str, about: dict[str, Any]) -> Message:
    gru = kind == "gru"
    name = {"torch": "two-biases-gru" if gru else "two-biases", "onnx": "onnx-bias"}
    name["keras"] = "keras-two" if gru else "keras-one"
    return message(f"weights.{name[order]}", **about)


def _drawn_otherwise(parts: Sequence[WeightedStage], look: Look) -> Iterator[Message]:
    """Yield which sides are not to scale."""
    shown = [m for part in parts[:MOST] for one in part.sets for m in one]
    short = [n for m in shown for n in (m.rows, m.columns) if n > 1 and n * look.scale < LEAST - 1e-6]
    if short:
        yield message("weights.short", most=max(short))
    cut = [look.cut(m) for m in shown]
    long = [m.columns for m, c in zip(shown, cut, strict=True) if c[0]]
    long += [m.rows for m, c in zip(shown, cut, strict=True) if c[1]]
    if long:
        yield message("weights.long", least=min(long))


WEIGHTS = Kind(
    "weights",
    "what the model learns: every parameter to scale, its gate blocks, and the count as a formula",
    WeightsOptions,
    compose,
    refuse,
    bare=bare.compose,
    view="weights.view",
)
