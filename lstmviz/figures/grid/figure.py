"""The grid: layers × steps × directions, and what makes up output, h_n and c_n."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.chain import own_pair
from lstmviz.figures.grid import bare, own_decoder
from lstmviz.figures.grid import description as grid_say
from lstmviz.figures.grid import encoder_decoder as grid_pair
from lstmviz.figures.grid import key as grid_key
from lstmviz.figures.grid import layer_stack as grid_stack
from lstmviz.figures.grid.options import GridOptions
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import own, parts
from lstmviz.figures.shared.content import GridContent, LayerBlock, select_layers
from lstmviz.figures.shared.sentences import subtitle
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Recurrent
from lstmviz.scene.canvas import Canvas
from lstmviz.translation.messages import note

LAYERS = (3, 2)
"""How many layers are drawn on a page that all are too high for, the best first."""
ABOUT = 30.0
"""What stands over a grid, with the margins, less the free height that a page takes out of it, pt."""


def compose(subject: Subject, options: GridOptions, page: Page) -> Draft:
    """Place the recurrent layers with all their layers, steps and directions."""
    layer = subject.recurrent("grid", options.of, loops=True, halves=True)
    if isinstance(layer, OwnLoop):
        prefix = parts.prefix_of(subject.trace, layer)
        part = parts.DrawnLayer(layer, 0, prefix, options, narrow=page.narrow)
        alone = options.of is not None
        return own_pair.compose(subject, part, page, alone=alone, both=not alone)
    told = select_layers(subject.trace, layer, alone=options.of is not None)
    told = _with_ways(told, page)
    first = told.floors[0].layer
    sample, valid = drawn_sample(first, options.sample)
    if options.highlight is not None and options.highlight > first.timesteps:
        raise FigureError(
            "grid", f"there is no step {options.highlight}: T = {first.timesteps}, counted from 1"
        )
    several = len(subject.trace.recurrent) > 1
    look = grid_stack.GridContext(
        subject.trace, options, page, sample, valid, subject.data, several, read=told.floors[-1].keep(sample)
    )
    decoder = own_pair.decoder_on(subject.trace, told) if options.of is None else None
    if decoder is not None and (draft := own_decoder.compose(subject, told, look, decoder)):
        return draft
    canvas = _fitting(told, look)
    return Draft(canvas, grid_say.describe(subject.trace, told), *subtitle(told), view=grid_say.view(told))


def _fitting(told: GridContent, look: grid_stack.GridContext) -> Canvas:
    """All layers drawn, or on a page that they are too high for fewer of them; lower cells come first."""
    deepest = max(floor.layer.num_layers for floor in told.shown)
    fewer = [most for most in LAYERS if most < deepest and not look.never]
    for most, low in product((None, *fewer), (False, True)):
        canvas = _drawn(told, replace(look, most=most, low=low))
        _, top, _, foot = canvas.extent()
        if look.full or look.page.most is None or foot - top + ABOUT <= look.page.most:
            break
    return canvas


def _drawn(told: GridContent, look: grid_stack.GridContext) -> Canvas:
    """The layers, and all that stands under them."""
    built = (grid_pair.pair if told.decoder else grid_stack.single)(told, look)
    left, room = built.text
    canvas = built.grids[0].canvas
    words = (built.said, grid_say.besides(look.trace, told, look, {node.id for node in canvas.nodes}))
    grid_key.foot(built.grids, look.options, words, (left, built.y), room)
    for g in built.grids:
        if len(g.columns.steps) < g.layer.timesteps:
            drawn = ", ".join(map(str, g.columns.steps))
            canvas.notes.append(note("note.steps", n=g.layer.timesteps, steps=drawn))
        if None in g.rows.depths:
            drawn, about = (
                ", ".join(map(str, g.rows.layers)),
                {"n": g.layer.num_layers, "layer": g.layer.name},
            )
            canvas.notes.append(note("note.layers", layers=drawn, **about))
    return canvas


def _with_ways(told: GridContent, page: Page) -> GridContent:
    """The content without what stands on states from which no line can go up: of a wide grid's c."""

    def fitting(floor: LayerBlock, *, small: bool) -> LayerBlock:
        slots = small or page.narrow
        return floor.having(("h_n", "c_n") if slots else ("h_n",), range(floor.layer.num_layers))

    pair = told.decoder is not None
    floors = tuple(fitting(floor, small=pair) for floor in told.floors)
    return replace(told, floors=floors, decoder=fitting(told.decoder, small=True) if told.decoder else None)


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


GRID = Kind(
    "grid",
    "all layers × timesteps × directions, and what makes up output, h_n and c_n",
    GridOptions,
    compose,
    own.refuse,
    bare=bare.compose,
    unable=bare.unable,
    loops=True,
    chunks_beside=True,
    stepped=True,
    frames=("time", "layers"),
    view="grid.view",
)
