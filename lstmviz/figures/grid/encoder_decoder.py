"""An encoder and its decoder: two grids, the states handed from one to the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from lstmviz.figures.grid import attended
from lstmviz.figures.grid import notes_below as grid_foot
from lstmviz.figures.grid.body import Grid
from lstmviz.figures.grid.layer_stack import DrawnStacks, GridContext, LayerStack, base, tower
from lstmviz.figures.grid.plan import (
    Columns,
    GridSizes,
    between,
    chosen,
    close,
    columns,
    lowered,
    together,
    widest,
)
from lstmviz.figures.shared import legend, own_answers
from lstmviz.figures.shared import transfers as handed
from lstmviz.figures.shared.called_names import called_short
from lstmviz.figures.shared.content import GridContent
from lstmviz.figures.shared.made_states import StateTransfer
from lstmviz.figures.shared.step_words import words_read
from lstmviz.figures.shared.transfers import BESIDE
from lstmviz.network.structure import Recurrent
from lstmviz.scene.labels import EMPTY, TextLine

TIGHT = {0.0: 36.0, 13.5: 62.0}
"""The smallest pitch of one direction and of two."""
APART = (45.0, 45.0)
"""What words about the states that are handed over take of the room under them, at either side, pt."""
LINES = 2
"""As many lines of them stand over the decoder's input."""


def pair(told: GridContent, look: GridContext) -> DrawnStacks:
    """Side by side where the page is wide and the layers are level, else the decoder under its encoder."""
    assert told.decoder is not None
    lower = [floor.layer for floor in told.floors]
    upper = told.decoder.layer
    small = {"small": True, "full": look.full}
    ms = together(lower, look.page, **small), together([upper], look.page, **small)
    if look.page.narrow or look.low:
        ms = ([*map(lowered, ms[0])], [*map(lowered, ms[1])])
    crosses = lower[-1].bidirectional and lower[-1].num_layers == 1 and upper.num_layers == 2
    level = not upper.bidirectional and len(lower) == 1 and (crosses or not lower[-1].bidirectional)
    level = level and all(one.level for one in _transfers(lower[-1], upper) if not upper.all_handed)
    level = level and not own_answers.answered(look.trace, upper)  # the ways back want their room
    return (_stacked if look.page.narrow or not level else _beside)(told, look, *ms)


def _transfers(encoder: Recurrent, decoder: Recurrent) -> list[StateTransfer]:
    """All states handed over, were every layer of both drawn."""
    return handed.between(*(handed.Side(one, "", range(one.num_layers)) for one in (encoder, decoder)))


def _alone(told: GridContent) -> GridContent:
    """The content of the decoder's own grid."""
    assert told.decoder is not None
    return replace(told, before=(), floors=(told.decoder,), decoder=None)


def _plain(look: GridContext) -> GridContext:
    """How the decoder is drawn: nothing in it is marked or padded."""
    return replace(look, options=look.options.model_copy(update={"highlight": None}))


def _beside(told: GridContent, look: GridContext, ms: list[GridSizes], own: list[GridSizes]) -> DrawnStacks:
    """The encoder left, the decoder right, the states straight from one to the other, or over the encoder."""
    assert told.decoder is not None
    layers = (told.floors[0].layer, told.decoder.layer)
    over = 2 * handed.OVER if layers[0].bidirectional else 0.0
    left, right = fitting(look, layers, (ms[0], own[0]), look.page.inner - BESIDE - 2 - over)
    gap = max(map(between, layers)) if not over else 0.0
    weighing = attended.attention_of(told)
    first = tower(told, look, ms, left, gap, covered=weighing is not None)
    second = tower(_alone(told), _plain(look), own, right, gap, named=True)
    g, canvas = second.grids[0], first.grids[0].canvas
    y = max(base(told, look, first.grids[0]), _under(g, look))
    across = first.sides[1] + BESIDE - second.sides[0]
    across, roof = across + over / 2, canvas.extent()[1] - handed.CLEAR
    drop = first.grids[0].rows.port(0, "fwd", "h") - g.rows.port(0, "fwd", "h")
    g.canvas.move(across, drop)
    canvas.merge(g.canvas)
    free = second.sides[0] + across - first.sides[1] + sum(APART)
    said = handed.words_about(look.trace, layers[1], free)
    ends = _handed(first, second)
    straight = any(end.way == "rl" for end in ends)
    below = len(said) > LINES or not straight  # long names would run over the decoder's input
    handed.level(canvas, ends, roof, told=() if below else said)
    rows = legend.plain(handed.words_about(look.trace, layers[1], look.page.inner - 4) if below else [])
    own_answers.lead_back(canvas, look.trace, g.layer, g.prefix)
    if weighing is not None:
        attended.across(weighing, first.grids[0])
    built = _built((first, second), y + 4.0, (canvas.extent()[0], across + second.sides[1]))
    return replace(built, said=(*built.said, *rows))


def _stacked(told: GridContent, look: GridContext, ms: list[GridSizes], own: list[GridSizes]) -> DrawnStacks:
    """The decoder under its encoder: last states go round to its left side."""
    assert told.decoder is not None
    layers = (told.floors[-1].layer, told.decoder.layer)
    tight = look.page.narrow and layers[0].bidirectional
    ends = _transfers(*layers)
    lanes = handed.lanes(ends, narrow=look.page.narrow)
    weighing = attended.attention_of(told)
    room = look.page.inner - lanes.room - 3 - (attended.BESIDE if weighing else 0.0)
    first_ms = [*map(close, ms)] if tight else ms
    (upper,) = fitting(look, layers[:1], (widest(first_ms),), room)
    (lower,) = fitting(look, layers[1:], own, room)
    gaps = [between(one) - 7 if look.page.narrow and not one.bidirectional else 0.0 for one in layers]
    first = tower(
        told, replace(look, titled=len(ms) == 1), first_ms, upper, gaps[0], covered=weighing is not None
    )
    second = tower(_alone(told), replace(_plain(look), titled=True), own, lower, gaps[1], named=True)
    g, canvas = second.grids[0], first.grids[0].canvas
    base(told, look, first.grids[0])
    y = _under(g, look)
    own_answers.lead_back(g.canvas, look.trace, g.layer, g.prefix)
    chip = attended.rail(weighing, first.grids[-1]) if weighing else None
    said = handed.words_about(look.trace, layers[1], room - 2 * lanes.clear)
    names = [_title(one, look) for one in (first, second)]
    y += handed.stacked(canvas, g.canvas, _handed(first, second), lanes, look.trace, told=said, titles=names)
    if weighing and chip:
        attended.downward(weighing, canvas, chip)
    left, _, right, _ = canvas.extent()
    return _built((first, second), y, (left, max(right, left + look.page.inner)))  # words take the whole page


def _title(drawn: LayerStack, look: GridContext) -> TextLine:
    """The name of the one layer that is drawn; each of several has its own beside it."""
    (g, *others) = drawn.grids
    among = [one.name for one in look.trace.recurrent]
    return EMPTY if others else called_short(g.name, look.page.inner / 2, 7, among=among)


def _under(g: Grid, look: GridContext) -> float:
    """What is written under the decoder's second input; gives the y reached."""
    return grid_foot.under(g, look.options, marks=words_read(look.data, look.trace, g.layer, g.sample))


def _built(towers: tuple[LayerStack, LayerStack], y: float, edges: tuple[float, float]) -> DrawnStacks:
    grids = [g for tower in towers for g in tower.grids]
    width = edges[1] - edges[0]
    return DrawnStacks(grids, (*towers[0].said, *towers[1].said), y + 3, (edges[0] + 1, width - 2))


def fitting(
    look: GridContext, layers: Sequence[Recurrent], ms: Sequence[GridSizes], room: float
) -> list[Columns]:
    """As many columns of both as fit `room` pt, at one pitch."""
    room -= sum((sum(m.reach) for m in ms), 0.0)
    wider = own_answers.ROOM if own_answers.answered(look.trace, layers[-1]) else 0.0
    wider += attended.WORD if any(stage.type == "attention" for stage in look.trace.stages) else 0.0
    least = max(TIGHT[m.half] for m in ms) + wider
    most = max(layer.timesteps for layer in layers)
    slots = most if look.never else min(most, int(room / least) + 2)
    while True:
        shown = [_steps(look, layer, slots) for layer in layers]
        pitches = sum((_pitches(steps, m) for steps, m in zip(shown, ms, strict=True)), 0.0)
        if slots <= 2 or look.never or pitches * least <= room:
            break
        slots -= 1
    for i, (layer, m) in enumerate(zip(layers, ms, strict=True)):  # one more here or there
        more = _steps(look, layer, slots + 1)
        if (pitches - _pitches(shown[i], m) + _pitches(more, m)) * least <= room:
            pitches += _pitches(more, m) - _pitches(shown[i], m)
            shown[i] = more
    pitch = 48.0 if look.never or not pitches else min(max(m.pitch for m in ms), room / pitches)
    tight = [replace(m, pitch=max(pitch, 26.0 if not m.half else 56.0)) for m in ms]
    return [columns(steps, m, None) for steps, m in zip(shown, tight, strict=True)]


def _steps(look: GridContext, layer: Recurrent, slots: int) -> list[int | None]:
    if layer.giver:
        return chosen(layer.timesteps, look.valid_of(layer), slots, cost=0)
    return chosen(layer.timesteps, look.valid, slots, keep=look.keep, cost=0)


def _pitches(steps: Sequence[int | None], m: GridSizes) -> float:
    return sum(m.gap / 2 if None in two else 1.0 for two in pairwise(steps))


def _handed(first: LayerStack, second: LayerStack) -> list[StateTransfer]:
    """The states handed over between the layers that are drawn."""
    encoder, decoder = first.grids[-1], second.grids[0]
    return handed.between(
        handed.Side(encoder.layer, encoder.prefix, encoder.rows.layers),
        handed.Side(decoder.layer, decoder.prefix, decoder.rows.layers),
    )
