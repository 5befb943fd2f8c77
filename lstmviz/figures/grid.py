"""The grid: layers × steps × directions, and what makes up output, h_n and c_n."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from lstmviz.errors import FigureError
from lstmviz.figures import grid_ends, grid_lanes, grid_sides, grid_words
from lstmviz.figures.base import Draft, Kind, LayerOptions, Page, Subject
from lstmviz.figures.grid_plan import columns, measures, rows
from lstmviz.figures.parts import call, prefix_of
from lstmviz.scene.canvas import Canvas

if TYPE_CHECKING:
    from lstmviz.network.structure import Recurrent, Trace


class GridOptions(LayerOptions):
    """Options of `grid`."""

    sample: int | None = Field(None, ge=0, description="whose padding is shown, counted from 0")


def refuse(subject: Subject) -> str | None:
    """Why a subject has no grid, or None."""
    return None if subject.trace.recurrent else "this model has no recurrent layer"


def compose(subject: Subject, options: GridOptions, page: Page) -> Draft:
    """Place a recurrent layer with all its layers, steps and directions."""
    layer = subject.recurrent("grid", options.of)
    sample, valid = drawn_sample(layer, options.sample)
    m = measures(layer, page)
    never = options.elide == "never"
    g = grid_lanes.Grid(
        Canvas(),
        layer,
        m,
        columns(layer, m, valid, never=never, page=page),
        rows(layer, m, never=never),
        valid,
        prefix_of(subject.trace, layer),
        page.narrow,
    )
    for part in (
        grid_lanes.bands,
        grid_ends.inputs,
        grid_ends.outputs,
        grid_lanes.cells,
        grid_lanes.along_time,
        grid_lanes.rise,
        grid_ends.uncomputed,
        grid_sides.sides,
    ):
        part(g)
    grid_words.captions(g, options, sample, what_follows(subject.trace, layer))
    if len(g.columns.steps) < layer.timesteps:
        g.canvas.notes.append(f"T = {layer.timesteps}; drawn: t = {', '.join(map(str, g.columns.steps))}")
    return Draft(g.canvas, describe(layer), call(layer))


def drawn_sample(layer: Recurrent, asked: int | None) -> tuple[int, int]:
    """The sample drawn and its number of steps; the first padded one unless asked."""
    if asked is not None and asked >= (layer.batch_size or 1):
        raise FigureError(
            "grid", f"there is no sample {asked}: the batch has {layer.batch_size or 1}, counted from 0"
        )
    if layer.lengths is None:
        return (asked or 0, layer.timesteps)
    padded = [i for i, n in enumerate(layer.lengths) if n < layer.timesteps]
    sample = asked if asked is not None else (padded[0] if padded else 0)
    return (sample, layer.lengths[sample])


def what_follows(trace: Trace, layer: Recurrent) -> str:
    """The stages after a recurrent layer and the shape they end in, in words."""
    names = [stage.name for stage in trace.stages]
    rest = trace.stages[names.index(layer.name) + 1 :] if layer.name in names else ()
    types = [stage.type for stage in rest if stage.type not in {"unpack", "pad_packed"}]
    if not types:
        return ""
    return f"after this layer: {' → '.join(types)} → {rest[-1].outputs[0].sizes}"


def describe(layer: Recurrent) -> str:
    """What the figure shows, in a sentence to be read aloud."""
    ways = "both directions" if layer.bidirectional else "one direction"
    depth = f"{layer.num_layers} layers" if layer.num_layers > 1 else "one layer"
    shapes = "; ".join(f"{t.name} {t.sizes}" for t in layer.tensors)
    states = "h and c" if layer.has_cell_state else "h"
    return (
        f"{layer.type.upper()} with {depth} in {ways}, unrolled over {layer.timesteps} time steps: each "
        f"cell hands {states} to the next step and h to the layer above. output holds the last layer's h at "
        f"every step; h_n{' and c_n hold' if layer.has_cell_state else ' holds'} the last state of every "
        f"layer and direction. "
        f"Shapes: {shapes}."
    )


GRID = Kind(
    "grid",
    "all layers × timesteps × directions, and what makes up output, h_n and c_n",
    GridOptions,
    compose,
    refuse,
)
