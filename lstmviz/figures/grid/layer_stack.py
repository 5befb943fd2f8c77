"""Several grids as one figure: one on the other, or a decoder beside its encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lstmviz.figures.grid import body as grid_lanes
from lstmviz.figures.grid import ends as grid_ends
from lstmviz.figures.grid import labels as grid_words
from lstmviz.figures.grid import notes_below as grid_foot
from lstmviz.figures.grid import sides as grid_sides
from lstmviz.figures.grid import upward as grid_upward
from lstmviz.figures.grid.body import Grid
from lstmviz.figures.grid.options import GridOptions
from lstmviz.figures.grid.plan import (
    Columns,
    GridSizes,
    between,
    chosen,
    close,
    columns,
    depths,
    lowered,
    rows,
    squeezed,
    together,
    widest,
)
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import output_line, own_answers
from lstmviz.figures.shared import stages_above as grid_head
from lstmviz.figures.shared.claimed import letter, stepped
from lstmviz.figures.shared.content import GridContent, LayerBlock
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.lessons import states_unread, unread
from lstmviz.figures.shared.second_input import in_order
from lstmviz.figures.shared.stage_labels import HeadRow
from lstmviz.figures.shared.step_words import words_read
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Tint
from lstmviz.scene.labels import letters, words
from lstmviz.spec.model import Input

FOOT = 300.0
"""The least width of the last lines, where the page has it, pt."""
MARK = Tint("gate.fill", "ground", 0.45)
"""The band behind a highlighted step."""


@dataclass(frozen=True, slots=True)
class GridContext:
    """How the figure of a model is to be drawn; `valid` steps of `sample` are no padding."""

    trace: Trace
    options: GridOptions
    page: Page
    sample: int
    valid: int
    data: Input | None
    prefixed: bool
    """Whether ids begin with the layer's name."""
    titled: bool = False
    """Whether a layer's name stands over all that is drawn of it."""
    read: tuple[int, ...] = ()
    """Steps that something above reads apart from others."""
    most: int | None = None
    """How many layers of each are drawn; None for all."""
    low: bool = False
    """Whether the cells are lower than at best."""

    def sized(self, ms: Sequence[GridSizes]) -> list[GridSizes]:
        """The layouts with cells as low as they are to be."""
        return [*map(lowered, ms)] if self.low else [*ms]

    def valid_of(self, layer: Recurrent) -> int:
        """How many steps of the drawn sample a layer reads: of two packed batches each has its own."""
        return layer.timesteps if layer.lengths is None else layer.lengths[self.sample]

    @property
    def keep(self) -> list[int]:
        """The steps that are drawn whatever else is left out."""
        return [*([self.options.highlight] if self.options.highlight else []), *self.read]

    @property
    def full(self) -> bool:
        """Whether states are named twice, as the equations and as the code names them."""
        return self.options.detail == "full"

    @property
    def never(self) -> bool:
        """Whether nothing may be left out."""
        return self.options.whole


@dataclass(frozen=True, slots=True)
class DrawnStacks:
    """What was drawn: everything is on the first grid's canvas."""

    grids: list[Grid]
    said: tuple[Entry, ...]
    """What has no room in it."""
    y: float
    """Where the foot begins."""
    text: tuple[float, float]
    """The foot's left edge and width."""


@dataclass(frozen=True, slots=True)
class LayerStack:
    """Layers that stand on each other, on the lowest one's canvas."""

    grids: list[Grid]
    said: tuple[Entry, ...]
    """What the stages on it have no room to say themselves."""
    reach: tuple[float, float]

    @property
    def sides(self) -> tuple[float, float]:
        """The outer edges of the states."""
        xs = self.grids[0].columns.xs
        return (xs[0] - self.reach[0], xs[-1] + self.reach[1])


def single(told: GridContent, look: GridContext) -> DrawnStacks:
    """One recurrent layer, or several that stand on each other; lines from last states go up beside them."""
    top = told.floors[-1]
    lanes = 2 * grid_ends.lanes(top.layer, top.states_read)
    look = replace(look, page=replace(look.page, width=look.page.width - lanes))
    ms = look.sized(together([floor.layer for floor in told.floors], look.page, full=look.full))
    ms = [*map(close, ms)] if lanes else ms
    lead = widest(ms)
    cost = 0 if lead.sides == "slots" else 1  # on a narrow page a gap takes no column's place
    slots = 10**9 if look.never else lead.slots
    shown = chosen(told.floors[0].layer.timesteps, look.valid, slots, keep=look.keep, cost=cost)
    answered = own_answers.answered(look.trace, told.floors[0].layer)
    fills = look.page.narrow or (look.page.fixed and not answered)
    room = look.page.inner - 2 * (not look.page.narrow) if fills and not look.never else None
    tight = lead if look.never else squeezed(lead, shown, look.page)
    if answered:
        tight = replace(tight, pitch=tight.pitch + own_answers.ROOM)
    built = tower(told, look, ms, columns(shown, tight, room))
    g, (start, end) = built.grids[0], built.sides
    y = base(told, look, g)
    own_answers.lead_back(g.canvas, look.trace, g.layer, g.prefix)
    return DrawnStacks(
        built.grids, built.said, y + 7, (start + 1, max(end - start - 2, min(FOOT, look.page.inner - 3)))
    )


def base(told: GridContent, look: GridContext, g: Grid) -> float:
    """What is written under the first layer's input; gives the y reached."""
    room = max(g.frame[1] - g.frame[0], 150.0)
    made = grid_foot.origin(told.before, look.data, g.layer.name, room)
    made += [words(said, 7, tint=MUTED) for said in in_order(look.trace, g.layer)]
    marks = words_read(look.data, look.trace, g.layer, g.sample)
    called = grid_foot.time_name(look.data, g)
    return grid_foot.under(g, look.options, made=made, marks=marks, called=called)


def tower(
    told: GridContent,
    look: GridContext,
    ms: Sequence[GridSizes],
    cols: Columns,
    gap: float = 0.0,
    *,
    named: bool = False,
    covered: bool = False,
) -> LayerStack:
    """The layers from the lowest up, each with what stands on it, `named` if there are others.

    The highest is `covered` if something else is to stand on it.
    """
    drawn: list[tuple[Grid, HeadRow]] = []
    several = named or len(told.shown) > 1
    for i, (floor, m) in enumerate(zip(told.floors, ms, strict=True)):
        last = floor is told.floors[-1]
        stands = floor if not last or not told.decoder else LayerBlock(floor.layer)
        after = stands.after
        g = layer_block(floor, look, (m, cols), gap, several=several)
        g = replace(g, covered=bool(after) or not last or covered, fed=i > 0)
        g = replace(
            g, unread=unread(look.trace, floor.layer.name), vain=states_unread(look.trace, floor.layer)
        )
        fill(g, look)
        result = last and told.ends and floor.result
        level = grid_head.heads(grid_ends.stand(g, floor.states_read), stands, look.options, end=result)
        open_ = g.covered and not (last and covered)  # what stands on all of it is not drawn yet
        rising = [(g.columns.x(step), level.top) for step in g.live if not last]
        told_above = grid_words.in_corner(g, look.options, rising) if open_ else ()
        drawn.append((replace(g, told=told_above), level))
    lift, canvas = 0.0, drawn[0][0].canvas
    for (low, level), (g, _) in pairwise(drawn):
        foot = lift
        lift += min(level.top, low.roof) - grid_head.APART - 13
        g.canvas.move(0.0, lift)
        canvas.merge(g.canvas)
        for step in g.live:
            ends = (level.ids.get(step) or level.ids[0], ids.at("x", step=step, prefix=g.prefix))
            x = g.columns.x(step)
            output_line.join(canvas, ends, [(x, foot + level.top), (x, lift + 8)])
    _highlight(drawn[0][0], look)
    said = tuple(entry for _, level in drawn for entry in level.said)
    return LayerStack([g for g, _ in drawn], said, widest(ms).reach)


def layer_block(
    floor: LayerBlock, look: GridContext, place: tuple[GridSizes, Columns], gap: float, *, several: bool
) -> Grid:
    """One recurrent layer's grid, not drawn yet, on a canvas of its own."""
    (m, cols), layer = place, floor.layer
    kept = {(index - 1) // layer.directions for _, index in floor.states_read}
    levels = rows(layer, m, gap or between(layer, full=m.full), depths(layer, look.most, kept))
    name = layer.name if several else ""
    prefix = ids.inside(layer.name) if look.prefixed else ""
    return Grid(
        Canvas(),
        layer,
        m,
        cols,
        levels,
        look.valid_of(layer),
        prefix,
        m.sides == "slots",
        name,
        letter(layer),
        sample=look.sample,
    )


def fill(g: Grid, look: GridContext) -> None:
    """Draw one layer: its body, its ends, its sides, and the words beside it."""
    for part in (
        grid_lanes.bands,
        grid_upward.strips,
        grid_lanes.steps,
        grid_ends.inputs,
        grid_ends.outputs,
        grid_lanes.cells,
        grid_lanes.along_time,
        grid_upward.rise,
        grid_ends.uncomputed,
        grid_sides.sides,
    ):
        part(g)
    grid_words.around(g, look.options, look.trace.recurrent, titled=look.titled)
    if g.prefix:  # what is written beside one of several layers is about that one
        named = enumerate(g.canvas.texts)
        g.canvas.texts = [replace(text, id=ids.named("text", i, prefix=g.prefix)) for i, text in named]


def _highlight(g: Grid, look: GridContext) -> None:
    """A light band behind the marked step, from its input to the highest frame."""
    step = look.options.highlight
    if step is None:
        return
    x, half = g.columns.x(step), g.m.half * 2 + 2 if g.m.half else g.m.cell[0] / 2 + 5
    frames = [frame for frame in g.canvas.frames if frame.role == "output"]
    top = min(frame.box[1] for frame in frames)
    g.canvas.box((x - half, top, x + half, 13), fill=MARK, z=1)
    for frame in frames:  # their fills would cover it
        _, y0, _, y1 = frame.box
        g.canvas.box((x - half, y0 + frame.line, x + half, y1 - frame.line), fill=MARK, z=11)
    g.canvas.text(stepped(letters(f"t = {step}", 8.5), g.layer, step, "t"), x + 3.5, -16.0)
