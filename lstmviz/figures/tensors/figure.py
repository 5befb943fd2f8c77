"""Kind `tensors`: what goes into nn.LSTM, what comes out, and which axis is which.

Ids: the tensors have their API names (`input h_0 c_0 output h_n c_n`), the
layers are `layer.0` …, the module is the frame `module`. `begin` and `end` are
the bars through which all layers take and give their states. `pack` and
`unpack` stand around the module where a batch is packed. What `h_n` shares with
`output` are frames with the ids `output.h_n.l1.fwd` …. Where a model has several
recurrent layers, each id begins with the layer's name and a slash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from lstmviz.figures.base import Draft, Kind, LayerOptions
from lstmviz.figures.shared.parts import call, made, prefix_of, refuse
from lstmviz.figures.shared.sentences import spoken
from lstmviz.figures.tensors.body import draw_body
from lstmviz.figures.tensors.page import draw_around
from lstmviz.figures.tensors.plan import Sheet
from lstmviz.figures.tensors.table import draw_table
from lstmviz.scene.canvas import Canvas

if TYPE_CHECKING:
    from lstmviz.figures.base import Subject
    from lstmviz.figures.pages import Page
    from lstmviz.network.structure import Recurrent

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
    never = options.elide == "never"
    prefix = prefix_of(subject.trace, layer)
    sheet = Sheet(Canvas(), layer, options, narrow, half, prefix, never)
    body = draw_body(sheet)
    low = draw_around(sheet, body)
    if options.table:
        draw_table(sheet, low + 22)
    if len(sheet.steps()) < layer.timesteps:
        sheet.canvas.notes.append(f"T = {layer.timesteps}, its middle left out")
    return Draft(sheet.canvas, describe(layer), call(layer), (made(layer),))


def describe(layer: Recurrent) -> str:
    """What the figure shows, in sentences to be read aloud."""
    shapes = ", ".join(f"{t.name} {spoken(t)}" for t in layer.tensors)
    both = "h_n and c_n hold" if layer.has_cell_state else "h_n holds"
    order = (
        "layer 0 forward, layer 0 reverse, then the same of the next layer"
        if layer.bidirectional
        else "layer 0 first"
    )
    first = (
        "batch_first has put N before T in input and output, never in the states"
        if layer.batch_first
        else "batch_first would swap T and N in input and output, never in the states"
    )
    moved = f" {first}." if layer.batch_size is not None else " The input is unbatched."
    packed = " The batch is packed, so that each sample ends at its own last step." if layer.lengths else ""
    return (
        f"{layer.type.upper()} as a box: input and the initial states go in, output and the final states "
        f"come out. output is the last layer's h at every step; {both} the last state of every layer and "
        f"direction, in the order {order}.{moved}{packed} Shapes: {shapes}."
    )


TENSORS = Kind(
    "tensors",
    "the module as a box: what goes in and out, every axis named, the constructor's arguments explained",
    TensorsOptions,
    compose,
    refuse,
)
