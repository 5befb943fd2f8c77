"""Streams in chunks: cells in their rows and columns, states handed on in a stream, walls between chunks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lstmviz.network.structure import Trace
from lstmviz.proof.layers import goes_on
from lstmviz.proof.verdict import against
from lstmviz.scene import ids
from lstmviz.scene.claims import sentences
from lstmviz.scene.geometry import middle
from lstmviz.scene.items import Box, Node
from lstmviz.scene.near import box_of
from lstmviz.scene.scene import Scene

Cells = dict[tuple[int, int, int], Node]

NEAR = 0.1
"""Two places are alike to this, pt."""


def stream_faults(scene: Scene, trace: Trace) -> Iterator[str]:
    """Say which cell, arrow, name or wall is not as the streams are read."""
    layer = next((one for one in trace.recurrent if one.states_given and one.directions == 1), None)
    if layer is None or not goes_on(layer):
        yield "no layer goes on from chunk to chunk"
        return
    cells: Cells = {}
    for node in scene.nodes:
        one = ids.read(node.id)
        if one.form == "input.n.k.t":
            cells[one.sample or 0, one.place or 0, one.step or 0] = node
    chunks = sorted({k for _, k, _ in cells})
    yield from _cells(cells, layer.batch_size or 1, layer.timesteps)
    yield from _arrows(scene, cells, layer.timesteps)
    yield from _walls(scene, cells, chunks)
    yield from _names(scene, cells)


def _cells(cells: Cells, streams: int, steps: int) -> Iterator[str]:
    """Say which cell there is not, or where cells stand otherwise than in their order."""
    for place, most in ((0, streams - 1), (2, steps)):
        drawn = {at[place] for at in cells}
        if {min(drawn), max(drawn)} != {min(1, place), most}:
            yield f"the {'streams' if place == 0 else 'steps'} drawn do not end with {most}"
    if len(cells) != len({a for a, *_ in cells}) * len({at[1:] for at in cells}):
        yield "a cell of a stream is missing"
    lines: dict[int, set[float]] = {}
    columns: dict[tuple[int, int], set[float]] = {}
    for (n, k, t), node in cells.items():
        lines.setdefault(n, set()).add(round(node.box[1], 1))
        columns.setdefault((k, t), set()).add(round(node.box[0], 1))
    for places in (lines, columns):
        each = [places[key] for key in sorted(places)]  # type: ignore[index]
        if any(len(one) > 1 for one in each) or any(min(a) >= min(b) for a, b in pairwise(each)):
            yield "the cells do not stand in their order"


def _arrows(scene: Scene, cells: Cells, steps: int) -> Iterator[str]:
    """Say which arrow does not lead from the end of a chunk to the next of the same stream, or is missing."""
    wanted = {
        (ids.at("input", step=steps, sample=n, place=k), ids.at("input", step=1, sample=n, place=k + 1))
        for n, k, _ in cells
        if (n, k + 1, 1) in cells
    }
    drawn = {(edge.source, edge.target): edge for edge in scene.edges}
    yield from (against(edge, "is false") for ends, edge in drawn.items() if ends not in wanted)
    yield from (f"the states from {a} to {b} are missing" for a, b in sorted(wanted - drawn.keys()))


def _walls(scene: Scene, cells: Cells, chunks: list[int]) -> Iterator[str]:
    """Say where there is no wall between two chunks, or one within a chunk."""
    walls = sorted(form.points[0][0] for form in scene.polygons if form.dash)
    ends = [(max(c.box[2] for at, c in cells.items() if at[1] == k),
             min(c.box[0] for at, c in cells.items() if at[1] == k + 1)) for k in chunks[:-1]]  # fmt: skip
    if len(walls) != len(ends) or not all(a < x < b for x, (a, b) in zip(walls, ends, strict=False)):
        yield "the walls do not stand between the chunks"


def _names(scene: Scene, cells: Cells) -> Iterator[str]:
    """Say which name of a stream or chunk stands elsewhere, and which part of the series a wrong shade."""
    for text in scene.texts:
        for name, given in sentences(text.label.claims):
            if name not in {"batch.stream", "batch.chunk"}:
                continue
            n, at = int(dict(given)["n"]), middle(box_of(text.label))
            own = [c.box for key, c in cells.items() if key[name == "batch.chunk"] == n]
            axis = 0 if name == "batch.chunk" else 1
            if not own or not _within(own, at[axis], axis):
                yield f"{text.label.text!r} stands elsewhere"
    shades = {n: cells[n, k, t].fill for n, k, t in cells}
    read = ((ids.read(node.id), node) for node in scene.nodes)
    parts = {one.sample or 0: node for one, node in read if one.form == "series.n"}
    if {n: node.fill for n, node in parts.items()} != shades or len(set(shades.values())) < len(shades):
        yield "the parts of the series have not the shades of their streams"
    if any(parts[a].box[2] > parts[b].box[0] + NEAR for a, b in pairwise(sorted(parts))):
        yield "the parts of the series do not stand in their order"
    for n, node in parts.items():
        claims = node.label.claims if node.label else ()
        if any(dict(given)["n"] != n for _, given in sentences(claims)):
            yield f"{node.id} is called otherwise"


def _within(boxes: list[Box], at: float, axis: int) -> bool:
    return min(box[axis] for box in boxes) <= at <= max(box[axis + 2] for box in boxes)
