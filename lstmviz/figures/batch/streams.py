"""One long series in parallel streams, read chunk by chunk: streams down, chunks across, states handed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lstmviz.figures.batch.cells import dots, tints
from lstmviz.figures.batch.plan import few
from lstmviz.figures.shared.bare import WORD
from lstmviz.figures.shared.claimed import all_of, stepped
from lstmviz.figures.shared.streams import DASH
from lstmviz.layout.boxes import Item
from lstmviz.layout.elide import Shown, offsets
from lstmviz.layout.links import link
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED
from lstmviz.scene.labels import TextLine, letters, words
from lstmviz.translation.messages import Message, message

Placed = tuple[Shown, Sequence[float]]

NARROW = 300.0
"""Less room than this is that of a column, pt."""
DOTS, OVER, MORE = 9.0, 24.0, 26.0
"""The room of dots, of heads, and of what follows the last chunk, pt."""
SERIES = 16.0
"""The height of the long series, pt."""


@dataclass(frozen=True, slots=True)
class StreamSizes:
    """How large all of it is, pt, and how many streams and steps are drawn at most."""

    size: float = 7
    """That of words."""
    most: int = 8
    steps: int = 99
    cell: float = 15.0
    least: float = 9.0
    pitch: float = 21.0
    """From one stream to the next."""
    lead: float = 40.0
    """The room of the streams' names."""
    between: float = 34.0
    """Between two chunks."""

    def word(self, said: Message, *, bold: bool = False) -> TextLine:
        """Return a line of words."""
        return words(said, self.size, font="bold" if bold else "sans", tint=INK if bold else MUTED)


USUAL = StreamSizes()
BARE = StreamSizes(size=WORD, most=3, steps=3, cell=22.0, least=16.0, pitch=30.0, lead=54.0, between=40.0)


def drawn(layer: Recurrent, room: float, look: StreamSizes = USUAL) -> Item:
    """Return the long series in its parts, and under it its parts as streams, cut into chunks."""
    bare = look is not USUAL
    chunks = 2 if room < NARROW or bare else 3
    inner = room - look.lead - (chunks - 1) * look.between - MORE
    steps = few(layer.timesteps, min(look.steps, max(3, int(inner / chunks / look.least))))
    wide = min(look.cell, (inner / chunks - DOTS * steps.count(None)) / (len(steps) - steps.count(None)))
    xs = offsets(steps, wide, DOTS)
    streams = few(layer.batch_size or 1, look.most)
    ys = offsets(streams, look.pitch, DOTS)
    across = chunks * xs[-1] + (chunks - 1) * look.between

    def draw(canvas: Canvas, x: float, y: float) -> None:
        left, top = x + look.lead, y + SERIES + 1.5 * OVER
        _series(canvas, streams, (left, y, left + across, y + SERIES), look)
        for k in range(chunks):
            begin = left + k * (xs[-1] + look.between)
            _chunk(canvas, layer, k + 1, ((steps, xs), (streams, ys)), (begin, top), look=look)
        for n, down in zip(streams, ys, strict=False):
            if n is not None:
                name = look.word(message("batch.stream", n=n))
                middle = top + down + look.cell / 2 + look.size * 2.6 / 7
                canvas.text(name, left - 5, middle, "end", role="axis")
                _handed_on(canvas, layer, n, chunks)
        for k in range(1, chunks):
            wall = left + k * (xs[-1] + look.between) - look.between / 2
            high, low = top - 6, top + ys[-1] + 2
            canvas.line([(wall, high), (wall, low)], stroke=INK, line=1.0, dash=DASH, role="op", z=25)
            ends = (
                all_of(layer, layer.states_at("n"))
                if not bare
                else look.word(message("batch.go-on", layer=layer.name, streams=layer.batch_size or 1))
            )
            canvas.text(ends, wall, low + 2 + look.size, "middle", role="hidden")
        dots(canvas, left + across + MORE / 2, top + ys[-1] / 2, down=False)

    return Item(look.lead + across + MORE, SERIES + 1.5 * OVER + ys[-1] + 14, draw)


def _series(
    canvas: Canvas, streams: Shown, box: tuple[float, float, float, float], look: StreamSizes
) -> None:
    """Draw the long series, each of its parts in the tint of its stream."""
    x0, y0, x1, y1 = box
    gaps = streams.count(None)
    xs = offsets(streams, (x1 - x0 - gaps * DOTS) / (len(streams) - gaps), DOTS)
    canvas.text(look.word(message("batch.series")), x0 - 5, (y0 + y1) / 2 + look.size * 2.6 / 7, "end")
    for n, left, right in zip(streams, xs, xs[1:], strict=False):
        if n is None:
            dots(canvas, x0 + (left + right) / 2, (y0 + y1) / 2, down=False)
            continue
        name = words(message("batch.stream", n=n), look.size)
        label = name if name.width + 4 <= right - left else None
        canvas.node(ids.at("series", sample=n), "input", (x0 + left, y0, x0 + right, y1), label,
                    line=0.8, **tints(streams, n))  # fmt: skip


def _chunk(
    canvas: Canvas,
    layer: Recurrent,
    k: int,
    table: tuple[Placed, Placed],
    at: tuple[float, float],
    *,
    look: StreamSizes,
) -> None:
    """Draw one chunk of every stream, cell by cell, under its name and its steps."""
    ((steps, xs), (streams, ys)), (x, y) = table, at
    head = look.word(message("batch.chunk", n=k), bold=True)
    canvas.text(head, x + xs[-1] / 2, y - 15, "middle", role="axis")
    for t, left, right in zip(steps, xs, xs[1:], strict=False):
        if t is not None:
            tick = stepped(letters(str(t + 1), look.size + 1), layer, t + 1)
            canvas.text(tick, x + (left + right) / 2, y - 4, "middle", role="axis")
    for n, high in zip(streams, ys, strict=False):
        if n is None:
            dots(canvas, x + xs[-1] / 2, y + high + 1, down=True)
            continue
        for t, left, right in zip(steps, xs, xs[1:], strict=False):
            if t is None:
                dots(canvas, x + (left + right) / 2, y + high + look.cell / 2, down=False)
                continue
            box = (x + left, y + high, x + right, y + high + look.cell)
            name = ids.at("input", step=t + 1, sample=n, place=k)
            kept: dict[str, Any] = {"tensor": "input", "shape": layer.tensor("input").sizes}
            canvas.node(name, "input", box, line=0.8, **kept | tints(streams, n))


def _handed_on(canvas: Canvas, layer: Recurrent, n: int, chunks: int) -> None:
    """Draw the states that each chunk of a stream hands to the next one."""
    for k in range(1, chunks):
        ends = (
            ids.at("input", step=layer.timesteps, sample=n, place=k),
            ids.at("input", step=1, sample=n, place=k + 1),
        )
        link(canvas, ids.at("states", sample=n, place=k), ends, "hidden", "right")


def told(layer: Recurrent) -> Iterator[Message]:
    """Yield what is said under the drawing."""
    streams = layer.batch_size or 1
    yield message("batch.streams", layer=layer.name, streams=streams)
    yield message("layer.chunk", layer=layer.name, chunk=layer.timesteps, streams=streams)
