"""From each layer of a grid to the next, also past layers that are left out."""

from __future__ import annotations

from itertools import pairwise

from lstmviz.figures.grid.body import BAND, Grid, passing
from lstmviz.figures.grid.plan import STRIP
from lstmviz.figures.shared.claimed import state
from lstmviz.figures.shared.parts import DOTS, cut_at, pair
from lstmviz.scene import ids
from lstmviz.scene.items import Point, stroke_of
from lstmviz.scene.labels import words
from lstmviz.translation.messages import message


def strips(g: Grid) -> None:
    """What stands for the layers that are left out: a low band, and dots on every line that goes up."""
    above = dict(pairwise(g.rows.layers))
    for depth, y in g.rows.strips.items():
        left, _, right, _ = g.band(depth)
        g.canvas.box((left, y - STRIP / 2, right, y + STRIP / 2), role="param", fill=BAND, radius=6, z=0)
        first, last = depth + 1, above[depth] - 1
        which, more = ("layer", {}) if first == last else ("layers", {"last": last})
        said = message(f"grid.{which}-between", n=first, layer=g.layer.name, **more)
        x = g.columns.xs[0] - g.m.reach[0] + 11 if g.narrow else left + 4
        if not (g.narrow or g.layer.bidirectional):
            x = g.columns.xs[0] + 7  # the first line up leaves no room before it
        g.canvas.text(words(said, 7, tint=stroke_of("param")), x, y + 2.6, role="param")


def _dotted(g: Grid, depth: int, x: float, route: list[Point]) -> tuple[tuple[float, float], ...]:
    """Dots on a line up past layers left out, and where it is open for them."""
    if depth not in g.rows.strips:
        return ()
    at = (x, g.rows.strips[depth])
    g.canvas.dots(*at, stroke_of("hidden"), down=True)
    return (cut_at(route, at, DOTS),)


def rise(g: Grid) -> None:
    """From each layer to the next: through dropout, and through [forward | reverse]."""
    shown = g.rows.layers
    for depth, above in pairwise(shown):
        for step in g.live:
            (_rise_two if g.layer.bidirectional else _rise_one)(g, depth, above, step)


def _rise_one(g: Grid, depth: int, above: int, step: int) -> None:
    x = g.columns.x(step)
    start, end = g.rows.top(depth) + g.m.above, g.rows.bottom(above) - g.m.below
    lower, upper = g.cell_id(depth, "fwd", step), g.cell_id(above, "fwd", step)
    ref = g.rows.top(depth)
    if g.layer.dropout:
        drop = _drop(g, depth, step, (x, ref - 25))
        g.link(lower, drop, "hidden", [(x, start), (x, ref - 19)])
        lower, start = drop, ref - 31
    route = [(x, start), (x, end)]
    g.link(lower, upper, "hidden", route, cuts=_dotted(g, depth, x, route))
    label = state(g.layer, "h", step, "fwd", depth, size=9 if g.narrow else 10, tint=stroke_of("hidden"))
    middle = ref - (7.0 if g.layer.dropout else 11.0)
    g.canvas.text(label, x + 4, middle + 3, role="hidden")


def _drop(g: Grid, depth: int, step: int, at: Point) -> str:
    name = ids.at("drop", depth, step=step, prefix=g.prefix)
    x, y = at
    g.canvas.node(
        name,
        "op",
        (x - 13, y - 6, x + 13, y + 6),
        words(message("grid.drop-word", p=g.layer.dropout, layer=g.layer.name), 7),
        outline="stadium",
    )
    return name


def _rise_two(g: Grid, depth: int, above: int, step: int) -> None:
    """[forward | reverse] of the lower layer feeds both directions of the upper one, whole."""
    x, top = g.columns.x(step), g.rows.top(depth)
    chip_y = top - 12 - 8
    joined = ids.at("concat", depth, step=step, prefix=g.prefix)
    names = [state(g.layer, "h", step, lane, depth, size=8.8) for lane in g.lanes]
    pair(g.canvas, joined, "hidden", (x, chip_y), names, wide=g.m.half * 2)
    for lane in g.lanes:
        y = g.rows.cell(depth, lane) - g.m.cell[1] / 2
        up = [(g.cx(step, lane), y), (g.cx(step, lane), chip_y + 8)]
        g.link(g.cell_id(depth, lane, step), joined, "hidden", up, cuts=passing(g, depth, lane, up))
    wide, bar = g.m.half * 2 - 1, chip_y - 13.5
    feet = [(x - wide, chip_y - 10), (x - wide, bar), (x + wide, bar), (x + wide, chip_y - 10)]
    g.canvas.line(feet, stroke=stroke_of("hidden"), line=1.5, radius=2.5, role="hidden")
    cuts: tuple[tuple[float, float], ...] = ((0.0, 5.5),)
    source, start = joined, chip_y - 8
    if g.layer.dropout:
        drop = _drop(g, depth, step, (x, bar - 15))
        g.link(joined, drop, "hidden", [(x, start), (x, bar - 9)], cuts=cuts)
        source, start, cuts = drop, bar - 21, ()
    fork = start - 11 if source == joined else start - 5
    if depth in g.rows.strips:
        fork = g.rows.strips[depth] - STRIP / 2 - 4
    for lane in g.lanes:
        end = g.rows.cell(above, lane) + g.m.cell[1] / 2
        at = g.cx(step, lane)
        route = [(x, start), (x, fork), (at, fork), (at, end)]
        dotted = _dotted(g, depth, x, [*route[:1], (x, fork)]) if depth in g.rows.strips else ()
        open_ = (*cuts, *dotted, *passing(g, above, lane, route))
        g.link(source, g.cell_id(above, lane, step), "hidden", route, cuts=open_)
