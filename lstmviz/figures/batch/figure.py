"""Kind `batch`: how a padded batch is packed, where every real step of it goes, and who sits in which row.

Samples and places are counted from 0, steps from 1. Ids: the padded cells are ``input.n0.t1``, the same in
order ``sorted.k0.t1``, the rows of data ``data.0``; what torch gives are ``lengths.n0``,
``unsorted_indices.n0``, ``sorted_indices.k0``, ``batch_sizes.t1``; ``step.t1`` stands over a step's rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, Kind, LayerOptions, Subject
from lstmviz.figures.batch import bare, buckets, packed, streams
from lstmviz.figures.batch.plan import DrawnBatch, places_of, steps_of
from lstmviz.figures.pages import Page
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.parts import call, made, prefix_of
from lstmviz.figures.shared.plots import paragraphs
from lstmviz.layout.boxes import Item, lines, stack
from lstmviz.network.structure import Recurrent
from lstmviz.scene.canvas import Canvas
from lstmviz.translation.messages import Message, joined, message

MOST = 8
"""So many samples are drawn at most."""
WIDE = 477.0
"""A figure takes the whole width of a page up to this one, pt."""
BARE = ((5, 5), (4, 4), (4, 3), (3, 3), (3, 2), (2, 2))
"""How many samples and steps a bare figure may have: the first that has room."""


class BatchOptions(LayerOptions):
    """Options of `batch`."""

    view: Literal["packed", "buckets", "streams"] | None = Field(
        None,
        description="how torch packs the batch, its samples in buckets of similar length, or the streams and "
        "chunks of a stateful input (default: packed, and streams of a stateful input)",
    )
    buckets: int = Field(2, ge=2, description="how many buckets")


def refuse(subject: Subject) -> str | None:
    """Why this kind cannot show a model, or None."""
    if any(layer.packing for layer in subject.trace.recurrent) or _streams_in(subject):
        return None
    return "no batch of this model is packed: give input lengths, or sentences of different lengths"


def _streams_in(subject: Subject) -> bool:
    """Whether the input is one long series in parallel streams."""
    return bool(subject.data and subject.data.stateful and subject.trace.recurrent)


def _compose_streams(subject: Subject, options: BatchOptions, page: Page) -> Draft:
    """Place the streams and their chunks."""
    layer = subject.recurrent("batch", options.of)
    said = list(streams.told(layer))
    canvas = Canvas()
    told = lines(*paragraphs(said, page.inner), step=10.5)
    stack(streams.drawn(layer, page.inner), told, gap=12).place(canvas)
    return Draft(canvas, joined(". ", *said), call(layer), (made(layer),), message("batch.view-streams"))


def compose(subject: Subject, options: BatchOptions, page: Page) -> Draft:
    """Place the padded batch, the same in order, and the packed data under both."""
    if (options.view == "streams") != _streams_in(subject) and options.view is not None:
        raise FigureError("batch", "view: streams is of a stateful input, the other views of a packed batch")
    if _streams_in(subject):
        return _compose_streams(subject, options, page)
    steps = packed.steps_in(page.inner, _layer(subject, options.of).timesteps)
    sheet = packed.readable(sheet_of(subject, options, MOST, steps), page.inner)
    packs = options.view != "buckets"
    count = min(options.buckets, len(sheet.lengths))
    drawn = packed.drawn(sheet, page.inner) if packs else buckets.drawn(sheet, page.inner, count)
    canvas = Canvas()
    said = _told(sheet, canvas) if packs else _told_of_buckets(sheet, count)
    told = lines(*paragraphs(said, page.inner), step=10.5)
    stack(drawn, told, gap=12).place(canvas)
    if page.fixed:  # what stands here begins where the title does
        canvas.form([(0, 0), (min(page.inner, WIDE), 0)])
    (packed if packs else buckets).link_all(canvas, sheet)
    aloud = _aloud(sheet) if packs else joined(". ", *_told_of_buckets(sheet, count))
    view = message(f"batch.view{'' if packs else '-buckets'}")
    return Draft(canvas, aloud, call(sheet.layer), (made(sheet.layer),), view)


def compose_bare(subject: Subject, options: BatchOptions, page: Page) -> Draft:
    """Place the padded batch over the packed one."""
    if _streams_in(subject):
        layer, canvas = subject.recurrent("batch", options.of), Canvas()
        streams.drawn(layer, page.inner, streams.BARE).place(canvas)
        return Draft(canvas, joined(". ", *streams.told(layer)), call(layer), (made(layer),))
    tries = [sheet_of(subject, options, *few_) for few_ in BARE]
    count = min(options.buckets, len(tries[0].lengths))
    packs = options.view != "buckets"

    def placed(sheet: DrawnBatch) -> Item:
        return bare.drawn(sheet, page.inner) if packs else bare.drawn_buckets(sheet, count)

    sheet = next((one for one in tries if placed(one).width <= page.inner), tries[-1])
    canvas = Canvas()
    placed(sheet).place(canvas)
    bare.link_all(canvas, sheet, buckets=0 if packs else count)
    aloud = _aloud(sheet) if packs else joined(". ", *_told_of_buckets(sheet, count))
    return Draft(canvas, aloud, call(sheet.layer), (made(sheet.layer),))


def sheet_of(subject: Subject, options: BatchOptions, samples: int, steps: int) -> DrawnBatch:
    """Return what is drawn of the layer that the options name, or of the first that reads a packed batch."""
    layer = _layer(subject, options.of)
    assert layer.packing is not None
    assert layer.lengths is not None
    stage = subject.trace.stage(layer.name)
    assert stage is not None
    never = options.whole
    tokens = subject.data.sentences if subject.data is not None else None
    places = places_of(layer, layer.packing, layer.batch_size or 1 if never else samples)
    order = layer.packing.sorted_indices or range(len(layer.lengths))
    ends = {layer.lengths[order[place]] for place in places if place is not None and not tokens}
    return DrawnBatch(
        layer,
        layer.packing,
        layer.lengths,
        stage.inputs[0],
        options,
        prefix_of(subject.trace, layer),
        places,
        steps_of(ends, layer.timesteps, layer.timesteps if never else steps),
        tokens or (),
    )


def _layer(subject: Subject, of: str | None) -> Recurrent:
    layers = [layer for layer in subject.trace.recurrent if layer.packing]
    if of is None:
        return layers[0]
    layer = subject.recurrent("batch", of)
    if layer not in layers:
        raise FigureError(
            "batch", f"{of} reads no packed batch (there is: {', '.join(n.name for n in layers)})"
        )
    return layer


def _told(sheet: DrawnBatch, canvas: Canvas) -> Iterator[Message]:
    """Yield what is said under the drawing; what the arrows show of the order goes to the caption."""
    about: dict[str, Any] = {"layer": sheet.layer.name}
    cells = len(sheet.lengths) * sheet.layer.timesteps
    if sheet.padding:
        yield message("batch.padding", count=sheet.padding, cells=cells, **about)
    yield message("batch.counting")
    known = [message("batch.tints")]
    if sheet.packing.sorted_indices:
        known += [message("batch.order", **about), message("batch.back", **about)]
    yield from under_figure(canvas, known, sheet.options)
    if not sheet.packing.sorted_indices:
        yield message("batch.in-order", **about)
    yield from _left_out(sheet)


def _told_of_buckets(sheet: DrawnBatch, count: int) -> Iterator[Message]:
    about: dict[str, Any] = {"layer": sheet.layer.name}
    ends = buckets.longest_of(sheet, count)
    whole = len(sheet.lengths) * sheet.layer.timesteps
    yield message("batch.tints")
    yield message("batch.padding-whole", count=sheet.padding, cells=whole, **about)
    left = sum(ends) - sum(sheet.lengths)
    yield message("batch.buckets", buckets=count, count=left, cells=sum(ends), **about)
    yield from _left_out(sheet)


def _left_out(sheet: DrawnBatch) -> Iterator[Message]:
    about: dict[str, Any] = {"layer": sheet.layer.name}
    samples = {"shown": len(sheet.places) - sheet.places.count(None), "count": len(sheet.lengths)}
    steps = {"drawn": len(sheet.steps) - sheet.steps.count(None), "steps": sheet.layer.timesteps}
    if None in sheet.places and None in sheet.steps:
        yield message("batch.some-both", **samples, **steps, **about)
    elif None in sheet.places:
        yield message("batch.some-samples", **samples, **about)
    elif None in sheet.steps:
        yield message("batch.some-steps", **steps, **about)


def _aloud(sheet: DrawnBatch) -> Message:
    about: dict[str, Any] = {"layer": sheet.layer.name}
    whole = message(
        "batch.aloud", count=len(sheet.lengths), rows=sum(sheet.lengths), steps=sheet.layer.timesteps, **about
    )
    return joined(". ", whole, message("batch.rows", **about))


BATCH = Kind(
    "batch",
    "how a padded batch is packed: who sits in which row of data, batch_sizes and the order and back",
    BatchOptions,
    compose,
    refuse,
    bare=compose_bare,
    shown_bare=frozenset({"of", "view", "buckets"}),
)
