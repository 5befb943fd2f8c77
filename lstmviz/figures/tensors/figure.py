"""Kind `tensors`: what goes into nn.LSTM, what comes out, and which axis is which.

Ids: the tensors have their API names (`input h_0 c_0 output h_n c_n`), the
layers are `layer.0` …, the module is the frame `module`. `begin` and `end` are
the lines through which all layers take and give their states. `pack` and
`unpack` stand around the module where a batch is packed. What `h_n` shares with
`output` are frames with the ids `output.h_n.l1.fwd` …. Where a model has several
recurrent layers, each id begins with the layer's name and a slash.
"""

from __future__ import annotations

from pydantic import Field

from lstmviz.figures.base import Draft, Kind, LayerOptions, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.shared.parts import call, made, prefix_of, refuse, states_of
from lstmviz.figures.shared.sentences import about, shapes_of
from lstmviz.figures.tensors import bare
from lstmviz.figures.tensors.body import draw_body
from lstmviz.figures.tensors.page import draw_around
from lstmviz.figures.tensors.plan import TensorsDrawing
from lstmviz.figures.tensors.table import draw_table
from lstmviz.network.structure import Recurrent
from lstmviz.scene.canvas import Canvas
from lstmviz.translation.messages import Message, joined, message, note

NARROW = 424.0
"""Pages less wide than this get the layout of a column, pt."""


class TensorsOptions(LayerOptions):
    """Options of `tensors`."""

    table: bool = Field(
        default=False, description="add a table of the constructor's arguments, each with what it does here"
    )


def compose(subject: Subject, options: TensorsOptions, page: Page) -> Draft:
    """Place the module, its six tensors, and what is said about them."""
    layer = subject.recurrent("tensors", options.of)
    narrow = page.width < NARROW
    half = min(page.inner, 222.0 if narrow else 477.0) / 2
    never = options.whole
    prefix = prefix_of(subject.trace, layer)
    sheet = TensorsDrawing(Canvas(), layer, options, narrow, half, prefix, never)
    body = draw_body(sheet)
    low = draw_around(sheet, body)
    if options.table:
        draw_table(sheet, low + 22)
    if len(sheet.steps()) < layer.timesteps:
        sheet.canvas.notes.append(note("note.middle", n=layer.timesteps))
    return Draft(sheet.canvas, describe(layer), call(layer), (made(layer),))


def describe(layer: Recurrent) -> Message:
    """What the figure shows, in sentences to be read aloud."""
    names = message(f"tensors.{layer.state_letters}_n")
    order = about(layer, "tensors.order-two" if layer.bidirectional else "tensors.order-one")
    moved = "batch-first" if layer.batch_first else "time-first"
    moved = moved if layer.batch_size is not None else "unbatched"
    told = [
        about(layer, "tensors.aloud", cls=layer.type.upper()),
        about(layer, "tensors.aloud-order", names=names, count=len(states_of(layer)), order=order),
    ]
    told += [] if layer.cell else [about(layer, f"tensors.aloud-{moved}")]
    told += [about(layer, "tensors.aloud-packed")] if layer.lengths else []
    return joined(" ", *told, message("layer.shapes", shapes=shapes_of(layer)))


TENSORS = Kind(
    "tensors",
    "the module as a box: what goes in and out, every axis named, the constructor's arguments explained",
    TensorsOptions,
    compose,
    refuse,
    bare=bare.compose,
    view="tensors.view",
)
