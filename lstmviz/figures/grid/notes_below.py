"""What stands under a grid's first layer: the names of its steps, its input, what made it, time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lstmviz.figures.grid.body import Grid
from lstmviz.figures.grid.labels import beside_strip, named
from lstmviz.figures.grid.options import GridOptions
from lstmviz.figures.shared import claimed
from lstmviz.figures.shared.calls import made as stage_made
from lstmviz.figures.shared.claimed import named_state, of_step
from lstmviz.figures.shared.legend import fitted
from lstmviz.figures.shared.lessons import equation
from lstmviz.figures.shared.parts import packed_rows, time_arrow
from lstmviz.figures.shared.place_names import Fitting, fitting, key, time_called
from lstmviz.network.stage_types import RESHAPES, TURNS
from lstmviz.network.structure import Stage
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import TextLine, row, shorten, words, wrap
from lstmviz.spec.layer_types import RECURRENT
from lstmviz.spec.model import Input
from lstmviz.translation.messages import message, user_text

LINE = 11.0
"""From one line under the input to the next, pt."""


def under(
    g: Grid,
    options: GridOptions,
    *,
    made: Sequence[TextLine] = (),
    marks: Sequence[str] = (),
    called: str = "",
) -> float:
    """Names of the steps, the input's shape, what made it, time; gives the y reached."""
    left, right = g.frame
    y, named_as = (25.5 + LINE, _marks(g, marks)) if marks else (25.5, Fitting(()))
    taken = right - left
    if beside_strip(g, options):
        y -= LINE
    else:
        name = named(g.layer, "input", options)
        g.canvas.text(name, left, y, role="input")
        taken = name.width + 10
    lines = [*made]
    if g.layer.lengths is not None:
        lines.append(
            row(
                words(message("grid.sample", sample=g.sample, length=g.valid, layer=g.layer.name)),
                equation(g.layer, f"lengths[{g.sample}] = {g.valid}").line(),
            )
        )
        if g.columns.steps[-1] < g.layer.timesteps:
            lines.append(words(message("grid.left-out", sample=g.sample, layer=g.layer.name), 7, tint=MUTED))
    begun = f"{called} {named_as.start}…".strip() if named_as.start else ""
    beside = words(user_text(begun), 8).width <= (right - left) / 2  # or it has a line of its own
    if named_as.cut or not beside:
        told_whole = key(named_as, marks)[0]
        lines += [words(part, 7, tint=MUTED) for part in wrap(told_whole, right - left, 7)]
    room = max(right, g.columns.xs[-1] + g.m.reach[1]) - left
    for line in (part for whole in lines for part in fitted(whole, room)):
        if line.width <= right - left - taken:
            g.canvas.text(line, right, y, "end")
        else:
            y += LINE
            g.canvas.text(line, left, y)
        taken = right - left
    told = {"name": begun if begun and beside else shorten(user_text(called), (right - left) / 3, 8).text}
    y += 13.5
    time_arrow(g.canvas, left, max(right, left + 75), y, g.layer, **told)
    return y


def weights(g: Grid) -> TextLine:
    """That the weights are shared over time."""
    said = "grid.weights-per-way" if g.layer.bidirectional else "grid.weights"
    return words(message(said, layer=g.layer.name), 7, tint=MUTED)


def _marks(g: Grid, marks: Sequence[str]) -> Fitting:
    """What the steps are called (days, tokens), under the strip; gives how they are written."""
    free = min((b - a for a, b in pairwise(g.columns.xs)), default=90.0) - 4
    drawn = [step for step in g.columns.steps if step <= min(g.valid, len(marks))]
    fit = fitting([marks[step - 1] for step in drawn], free)
    for step, text in zip(drawn, fit.texts, strict=True):
        if not text:  # at the first, a decoder reads no step of its target
            continue
        g.canvas.text(of_step(text, g.layer.name, step, tint=MUTED), g.columns.x(step), 22.0, "middle")
    return fit


def time_name(data: Input | None, g: Grid) -> str:
    """What the data calls its time axis, if these steps are its own."""
    return "" if data is None or data.timesteps != g.layer.timesteps else time_called(data)


def origin(before: Sequence[Stage], data: Input | None, layer: str, room: float) -> list[TextLine]:
    """What made x_t, in as few lines as fit: ``tokens → Embedding(1000, 8) → x_t``."""
    numbered = [place for place, stage in enumerate(before) if stage.type in RESHAPES]
    last = max(numbered, default=-1)  # what is turned before numbers are put into other rows is no detail
    stages = [stage for place, stage in enumerate(before) if stage.type not in TURNS or place < last]
    if not stages:
        return []
    tokens = data.form == "tokens" if data is not None else stages[0].type == "embedding"
    source = before[0].sources[0] if before[0].sources else "input"
    if stages[0].type in RECURRENT:
        source, stages = f"{stages[0].name}.output", stages[1:]
    known = source.partition(".")[0] == "input"
    name = message("grid.tokens" if tokens else "grid.data")
    start = words(name, 7, tint=MUTED) if known else claimed.called(source, font="sans", tint=MUTED)
    arrow = words(user_text("→"), 7, tint=MUTED)
    steps = [row(arrow, stage_made(stage).line(tint=MUTED), gap=3.5) for stage in stages]
    end = row(arrow, named_state(layer, "x", "t", size=9, tint=MUTED), gap=3.5)
    return packed_rows([start, *steps, end], room, 3.5)
