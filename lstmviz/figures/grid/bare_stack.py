"""Bare recurrent layers of a model that stand on each other, each with what is between it and the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lstmviz.figures.pages import MARGIN, Page
from lstmviz.figures.shared import bare, claimed, lattice_head, parts
from lstmviz.figures.shared.bare_head import Head, head_of
from lstmviz.figures.shared.content import GridContent
from lstmviz.figures.shared.lattice import FEW, Lattice, lattice
from lstmviz.figures.shared.lattice_draw import drawn
from lstmviz.figures.shared.lattice_head import Level
from lstmviz.layout.links import box_of
from lstmviz.network.structure import Trace
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import stroke_of

HIGHER = f"detail: low draws at most {FEW} layers that stand on each other; detail: normal draws them all"


def stack(trace: Trace, told: GridContent, page: Page, *, whole: bool) -> Canvas:
    """The layers from the lowest up, their steps over each other; a head if there is room."""
    made = [
        lattice(one.layer, parts.prefix_of(trace, one.layer), range(one.layer.num_layers), page, whole=whole)
        for one in told.floors
    ]
    widest = max(made, key=lambda one: one.column)
    its = [
        replace(one, gap=widest.gap, lead=widest.lead, steps=widest.steps, slot=widest.column, fed=place > 0)
        for place, one in enumerate(made)
    ]
    top = told.floors[-1]
    heads: list[Head | None] = [
        head_of(one.after, it, ends=False) or Head(()) for one, it in zip(told.floors, its, strict=True)
    ]
    heads[-1] = head_of(top.after, its[-1], ends=told.ends and top.result) if top.after else None
    canvas = _drawn(its, heads)
    _, high, _, low = canvas.extent()
    if heads[-1] is not None and page.small and not page.holds(low - high + 2 * MARGIN):
        canvas = _drawn(its, [*heads[:-1], None])
    return canvas


def _drawn(its: Sequence[Lattice], heads: Sequence[Head | None]) -> Canvas:
    canvas: Canvas | None = None
    below: Level | None = None
    for it, head in zip(its, heads, strict=True):
        one = drawn(it, key=False, headed=head is not None)
        level = lattice_head.stand(one, it, head or Head(()))
        _named(one, it)
        if canvas is None or below is None:
            canvas, below = one, level
            continue
        lift = below.top - lattice_head.APART - bare.CHIP / 2
        one.move(0.0, lift)
        canvas.merge(one)
        for step, source in below.nodes.items():
            target = it.id(ids.at("x", step=step))
            x = below.xs[step]
            route = [(x, below.top), (x, box_of(canvas, target)[3])]
            name = ids.arrow(source, target, "output")
            canvas.edge(name, (source, target), "output", route, line=bare.THICK)
        below = replace(level, top=level.top + lift)
    assert canvas is not None
    kept = next((it.layer for it in its if it.layer.has_cell_state), its[0].layer)
    bare.key(canvas, parts.states_of(kept), (0.0, bare.CHIP / 2 + 31.0))
    return canvas


def _named(canvas: Canvas, it: Lattice) -> None:
    """The layer's name over its cells, where its own layers have none."""
    if len(it.layers) == 1:
        y = it.level(it.layers[0], it.lanes[-1]) - it.cell[1] / 2 - (9.0 if len(it.lanes) == 1 else 33.0)
        line = claimed.called(it.layer.name, bare.WORD, tint=stroke_of("param"), font="sans")
        canvas.text(line, -5.0, y)
