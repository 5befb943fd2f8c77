"""The body of a grid: bands, cells, what goes up, and what goes along time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.parts import CLEAR, DOTS, line_dots, line_style, pair, state, states_of, tab, tab_wide
from lstmviz.scene.items import Tint, fill_of, stroke_of
from lstmviz.scene.labels import Inline, code, math, row, words

if TYPE_CHECKING:
    from lstmviz.figures.grid_plan import Columns, Measures, Rows
    from lstmviz.network.structure import Recurrent
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Box, Point, Role

BAND = Tint("param.fill", "ground", 0.76)


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything that the parts of a grid draw from and draw on."""

    canvas: Canvas
    layer: Recurrent
    m: Measures
    columns: Columns
    rows: Rows
    valid: int
    """Steps of the drawn sample that are no padding."""
    ids: str
    narrow: bool

    @property
    def lanes(self) -> tuple[str, ...]:
        """The directions drawn."""
        return self.rows.lanes

    @property
    def live(self) -> list[int]:
        """The drawn steps that are computed, in time."""
        return [t for t in self.columns.steps if t <= self.valid]

    def order(self, lane: str) -> list[int]:
        """The drawn steps in the order in which a direction computes them."""
        return self.live if lane == "fwd" else self.live[::-1]

    def cx(self, step: int, lane: str) -> float:
        """Where the cells of a direction stand at a step."""
        return self.columns.x(step) + self.m.half * (1 if lane == "rev" else -1)

    def cell_id(self, depth: int, lane: str, step: int) -> str:
        """The id of a cell."""
        return f"{self.ids}cell.l{depth}.{lane}.t{step}"

    def band(self, depth: int) -> Box:
        """The box of a layer's band."""
        left, right = self.columns.xs[0] - self.m.band[0], self.columns.xs[-1] + self.m.band[1]
        return (left, self.rows.top(depth), right, self.rows.bottom(depth))

    @property
    def frame(self) -> tuple[float, float]:
        """Left and right of the input's and the output's frame."""
        wide = self.m.half * 2 + 5.5 if self.layer.bidirectional else 18.0
        return (self.columns.xs[0] - wide, self.columns.xs[-1] + wide)

    def link(self, source: str, target: str, role: Role, route: list[Point], **more: object) -> None:
        """An edge between two drawn things."""
        name = f"{source}--{target}.{role}"
        self.canvas.edge(name, (source, target), role, route, **more)


def bands(g: Grid) -> None:
    """One band is one layer: both directions stand inside it."""
    for depth in g.rows.layers:
        box = g.band(depth)
        g.canvas.box(box, role="param", fill=BAND, radius=6, z=0)
        label = words(f"layer {depth}", 7, tint=stroke_of("param"))
        y = box[1] + 10 if not g.layer.bidirectional else box[1] + 9
        if g.narrow and g.layer.bidirectional:
            one = len(g.columns.xs) == 1
            x = g.columns.xs[0] if one else g.columns.xs[0] + g.m.half + 4
            g.canvas.text(label, x, y, "middle" if one else "start", role="param")
        elif g.narrow:
            g.canvas.text(label, g.columns.xs[-1] - 5, y, "end", role="param")
        else:
            g.canvas.text(label, box[0] + 4, y, role="param")


def cells(g: Grid) -> None:
    """One cell is one layer of H units, in one direction, at one step."""
    wide, high = g.m.cell
    for depth in g.rows.layers:
        for lane in g.lanes:
            y = g.rows.cell(depth, lane)
            for step in g.live:
                x = g.cx(step, lane)
                box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
                label = words(g.layer.type.upper(), 8 if wide > 30 else 7)
                g.canvas.node(g.cell_id(depth, lane, step), "param", box, label, outline="round", line=1.25)


def along_time(g: Grid) -> None:
    """Hand h and c from each step to the next, per layer and direction."""
    for depth in g.rows.layers:
        for lane in g.lanes:
            order = g.order(lane)
            for before, after in pairwise(order):
                for kept in states_of(g.layer):
                    _hand_on(g, (depth, lane), (before, after), kept)


def _hand_on(g: Grid, place: tuple[int, str], steps: tuple[int, int], kept: tuple[str, Role]) -> None:
    (depth, lane), (base, role) = place, kept
    reverse = lane == "rev"
    sign = -1 if reverse else 1
    y = g.rows.port(depth, lane, base)
    half = g.m.cell[0] / 2
    start, end = g.cx(steps[0], lane) + sign * half, g.cx(steps[1], lane) - sign * half
    cuts = crossings(g, lane, start, end)
    dots = g.columns.gap_after(min(steps))
    if dots is not None:
        cuts.append((abs(dots - start) - DOTS, abs(dots - start) + DOTS))
        line_dots(g.canvas, (dots, y), role, double=base == "c")
    source, target = g.cell_id(depth, lane, steps[0]), g.cell_id(depth, lane, steps[1])
    g.link(
        source, target, role, [(start, y), (end, y)], cuts=tuple(cuts), **line_style(base, reverse=reverse)
    )
    _name_on_line(g, place, steps, base, (start, end))


def crossings(g: Grid, lane: str, start: float, end: float) -> list[tuple[float, float]]:
    """Where the other direction's risers pass through this lane, as cuts."""
    if not g.layer.bidirectional:
        return []
    other = g.m.half if lane == "fwd" else -g.m.half
    lo, hi = min(start, end), max(start, end)
    risers = [g.columns.x(t) + other for t in g.live]
    return [(abs(x - start) - CLEAR, abs(x - start) + CLEAR) for x in risers if lo + CLEAR < x < hi - CLEAR]


def _name_on_line(
    g: Grid, place: tuple[int, str], steps: tuple[int, int], base: str, ends: tuple[float, float]
) -> None:
    """The state's name beside the line: at every step where there is room, else once."""
    (depth, lane), (start, end) = place, ends
    dots = g.columns.gap_after(min(steps))
    if (g.layer.bidirectional or g.narrow) and steps[0] != _named_step(g, lane):
        return
    if g.layer.bidirectional:
        riser = [
            x
            for x in (g.columns.x(t) + (g.m.half if lane == "fwd" else -g.m.half) for t in g.live)
            if min(ends) < x < max(ends)
        ]
        near = min(riser, key=lambda x: abs(x - start)) if riser else start
        stop = end if dots is None else dots + (-DOTS if lane == "fwd" else DOTS)
        x = (near + stop) / 2
    elif g.narrow:
        x = start + 8.5
    else:
        x = (start + end) / 2 - 1 if dots is None else (start + dots - DOTS) / 2
    label = state(
        g.layer,
        base,
        steps[0],
        lane,
        depth,
        size=9 if g.narrow else 9.5,
        tint=stroke_of("cell" if base == "c" else "hidden"),
    )
    y = g.rows.port(depth, lane, base)
    dy = -6.4 if base == "c" else 11.6
    if base == "h" and g.m.port == 0:
        dy = -5.6
    g.canvas.text(label, x, y + dy, "middle", role="cell" if base == "c" else "hidden")


def _named_step(g: Grid, lane: str) -> int:
    """The step whose states are named where there is no room for all."""
    order = g.order(lane)
    if g.layer.bidirectional:
        return order[0]
    before_gap = [t for t, _ in g.columns.gaps if t in order and t != order[-1]]
    return before_gap[0] if before_gap else order[0]


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
    cuts = _skipped(g, depth, x, start, end)
    g.link(lower, upper, "hidden", [(x, start), (x, end)], cuts=cuts)
    label = state(g.layer, "h", step, "fwd", depth, size=9 if g.narrow else 10, tint=stroke_of("hidden"))
    middle = ref - (7.0 if g.layer.dropout else 11.0)
    g.canvas.text(label, x + 4, middle + 3, role="hidden")


def _skipped(g: Grid, depth: int, x: float, start: float, end: float) -> tuple[tuple[float, float], ...]:
    """Where layers are left out, the riser is broken for three dots."""
    if depth not in g.rows.left_out:
        return ()
    middle = end + 22.0
    g.canvas.dots(x, middle, stroke_of("hidden"), down=True)
    return ((start - middle - DOTS, start - middle + DOTS),)


def _drop(g: Grid, depth: int, step: int, at: Point) -> str:
    name = f"{g.ids}drop.l{depth}.t{step}"
    x, y = at
    g.canvas.node(name, "op", (x - 13, y - 6, x + 13, y + 6), words("drop", 7), outline="stadium")
    return name


def _rise_two(g: Grid, depth: int, above: int, step: int) -> None:
    """[forward | reverse] of the lower layer feeds both directions of the upper one, whole."""
    x, top = g.columns.x(step), g.rows.top(depth)
    chip_y = top - 12 - 8
    joined = f"{g.ids}concat.l{depth}.t{step}"
    names = [state(g.layer, "h", step, lane, depth, size=8.8) for lane in g.lanes]
    pair(g.canvas, joined, "hidden", (x, chip_y), names, wide=g.m.half * 2)
    for lane in g.lanes:
        y = g.rows.cell(depth, lane) - g.m.cell[1] / 2
        g.link(
            g.cell_id(depth, lane, step),
            joined,
            "hidden",
            [(g.cx(step, lane), y), (g.cx(step, lane), chip_y + 8)],
        )
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
    for lane in g.lanes:
        end = g.rows.cell(above, lane) + g.m.cell[1] / 2
        route = [(x, start), (x, fork), (g.cx(step, lane), fork), (g.cx(step, lane), end)]
        g.link(source, g.cell_id(above, lane, step), "hidden", route, cuts=cuts)


def inputs(g: Grid) -> None:
    """The input strip, and its steps entering the first layer."""
    left, right = g.frame
    tensor = g.layer.tensor("input")
    names = tuple(f"{g.ids}x.t{t}" for t in g.columns.steps)
    g.canvas.frame(
        f"{g.ids}input", "input", (left, -13, right, 13), tensor="input", shape=tensor.sizes, members=names
    )
    wide = 10.0 if g.narrow and not g.layer.bidirectional else 13.0
    for step, name in zip(g.columns.steps, names, strict=True):
        x = g.columns.x(step)
        box = (x - wide, -8.0, x + wide, 8.0)
        if step > g.valid:
            padded(g, name, "input", box, "PAD")
            continue
        label = state_free(g, "x", step)
        g.canvas.node(name, "input", box, label, tensor="input", shape=tensor.sizes)
        for lane in g.lanes:
            _enter(g, name, step, lane)
    for _, x in g.columns.gaps:
        g.canvas.dots(x, 0, stroke_of("input"))


def _enter(g: Grid, name: str, step: int, lane: str) -> None:
    x, first = g.columns.x(step), g.rows.layers[0]
    end = g.rows.cell(first, lane) + g.m.cell[1] / 2
    route = [(x, -8.0), (x, end)]
    if g.layer.bidirectional:
        fork = g.rows.bottom(first) + 11
        route = [(x, -8.0), (x, fork), (g.cx(step, lane), fork), (g.cx(step, lane), end)]
    g.link(name, g.cell_id(first, lane, step), "input", route)


def state_free(g: Grid, base: str, step: int) -> Inline:
    """A name that has a step but neither layer nor direction: x₁."""
    return math(base, str(step), size=9 if g.narrow else 10.5)


def padded(g: Grid, name: str, role: Role, box: Box, word: str) -> None:
    """A hatched chip: a step that this sample does not have."""
    hatch(g.canvas, box, 4.2)
    label = words(word, 7) if word == "PAD" else words(word, 8)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    g.canvas.box((x - label.width / 2 - 2, y - 5, x + label.width / 2 + 2, y + 5), fill=Tint("ground"), z=21)
    g.canvas.node(
        name,
        role,
        box,
        label,
        hollow=True,
        line=0.75,
        tensor=None,
        stroke=stroke_of("hidden" if role == "output" else role),
    )


def hatch(canvas: Canvas, box: Box, pitch: float) -> None:
    """Lines at 45° inside a box: padding."""
    x0, y0, x1, y1 = box
    at = x0 - (y1 - y0) + pitch
    while at < x1:
        a = (max(at, x0), y1 - (max(at, x0) - at))
        end = min(at + (y1 - y0), x1)
        canvas.line([a, (end, y1 - (end - at))], stroke=Tint("hatch"), line=0.75)
        at += pitch


def outputs(g: Grid) -> None:
    """`output`: the last layer's h at every step, framed; tabs where h_n holds it too."""
    depth = g.rows.layers[-1]
    left, right = g.frame
    bottom = g.rows.top(depth) - 14
    y, tensor = bottom - 13.5, g.layer.tensor("output")
    names = tuple(f"{g.ids}output.t{t}" for t in g.columns.steps)
    g.canvas.frame(
        f"{g.ids}output",
        "output",
        (left, bottom - 36, right, bottom),
        tensor="output",
        shape=tensor.sizes,
        members=names,
        line=2.25,
        fill=fill_of("output", 0.5),
    )
    wide = g.m.half * 2 if g.layer.bidirectional else (20.0 if g.narrow else 26.0)
    for step, name in zip(g.columns.steps, names, strict=True):
        x = g.columns.x(step)
        box = (x - wide * len(g.lanes) / 2, y - 8, x + wide * len(g.lanes) / 2, y + 8)
        if step > g.valid:
            padded(g, name, "output", box, "0")
            continue
        labels = [
            state(g.layer, "h", step, lane, depth, size=8.8 if g.narrow or len(g.lanes) > 1 else 10)
            for lane in g.lanes
        ]
        pair(
            g.canvas,
            name,
            "output",
            (x, y),
            labels,
            wide=wide,
            fill=fill_of("hidden"),
            stroke=stroke_of("hidden"),
            tensor="output",
            shape=tensor.sizes,
        )
        for k, lane in enumerate(g.lanes):
            if step == g.order(lane)[-1]:
                held = f"h_n[{len(g.lanes) * depth + k}]"
                # Two long tabs over one step (T = 1) would meet in the middle.
                aside = max(0.0, tab_wide(held) + 2 - wide) * (2 * k - 1) * (len(g.lanes) - 1)
                middle = box[0] + (k + 0.5) * wide + aside / 2
                tab(g.canvas, held, "hidden", (middle, box[1], middle, box[3]))
            start = g.rows.cell(depth, lane) - g.m.cell[1] / 2
            route = [(g.cx(step, lane), start), (g.cx(step, lane), y + 8)]
            g.link(g.cell_id(depth, lane, step), name, "hidden", route, tensor="output", shape=tensor.sizes)
    for _, x in g.columns.gaps:
        g.canvas.dots(x, y, stroke_of("hidden"))


def uncomputed(g: Grid) -> None:
    """The padded steps of the drawn sample: no cell, no state, hatched."""
    rest = [t for t in g.columns.steps if t > g.valid]
    if not rest:
        return
    start = g.columns.x(g.live[-1]) + g.m.half + g.m.cell[0] / 2 + (18 if not g.narrow else 24)
    for depth in g.rows.layers:
        box = g.band(depth)
        for lane in g.lanes:
            y, p = g.rows.cell(depth, lane), g.m.port
            strips = (
                [(y - 17, y - p - 4), (y - p + 4, y + p - 4), (y + p + 4, y + 17)]
                if p
                else [(y - 14, y - 4), (y + 4, y + 14)]
            )
            for a, b in strips:
                hatch(g.canvas, (start, a, box[2] - 4, b), 5)
        y = g.rows.cell(depth, g.lanes[0]) + (0 if g.m.port else 9)
        label = row(words("not computed", 7))
        x = (start + box[2] - 4) / 2
        if box[2] - 4 - start > label.width + 8:
            g.canvas.box((x - label.width / 2 - 4, y - 5, x + label.width / 2 + 4, y + 5), fill=BAND, z=21)
            g.canvas.text(label, x, y + 2.6, "middle")


def slice_of(g: Grid, step: int, part: str = "") -> str:
    """How Python takes one step of `output`, counted from 0."""
    text = "-1" if step == g.columns.steps[-1] else str(step - 1)
    batched = g.layer.batch_size is not None
    if batched and g.layer.batch_first:
        return f"output[:, {text}{', ' + part if part else ''}]"
    return f"output[{text}{(', :' if batched else '') + ', ' + part if part else ''}]"


def lesson(g: Grid) -> Inline:
    """`output`'s last step is `h_n`'s last entry, as code (none for a padded sample)."""
    return code(f"{slice_of(g, g.columns.steps[-1])} = h_n[-1]", 7)
