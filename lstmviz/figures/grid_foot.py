"""The foot of a grid: input and time under the first layer, then shapes and the key."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.base import shape_tag
from lstmviz.figures.calls import call
from lstmviz.figures.grid_head import fitted
from lstmviz.figures.grid_story import letter_of_time
from lstmviz.figures.grid_words import begun, groups, named, titled, under_sides
from lstmviz.figures.parts import key_rows, packed_rows, time_arrow
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import Inline, code, math, row, shorten, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lstmviz.figures.grid import GridOptions
    from lstmviz.figures.grid_lanes import Grid
    from lstmviz.network.structure import Stage
    from lstmviz.spec.model import Input

LINE = 11.0
"""From one line under the input to the next, pt."""


def under(
    g: Grid,
    options: GridOptions,
    sample: int,
    *,
    made: Sequence[Inline] = (),
    marks: Sequence[str] = (),
    called: str = "",
) -> float:
    """Names of the steps, the input's shape, what made it, time; gives the y reached."""
    left, right = g.frame
    y = 25.5 + (_marks(g, marks) if marks else 0.0)
    name = named(g.layer.tensor("input"), options, "target" if g.letter == "y" else None)
    g.canvas.text(name, left, y, role="input")
    taken = name.width + 10
    lines = [*made]
    if g.layer.lengths is not None:
        lines.append(row(words(f"drawn: sample {sample}, "), code(f"lengths[{sample}] = {g.valid}", 7)))
        if g.columns.steps[-1] < g.layer.timesteps:
            lines.append(words("its padding is left out", 7, tint=MUTED))
    if not g.name:
        lines.append(weights(g))
    for line in lines:
        if line.width <= right - left - taken:
            g.canvas.text(line, right, y, "end")
        else:
            y += LINE
            g.canvas.text(line, left, y)
        taken = right - left
    y += 13.5
    told = {"letter": letter_of_time(g.layer), "name": shorten(called, (right - left) / 3, 8)}
    time_arrow(g.canvas, left, max(right, left + 75), y, g.layer.timesteps, **told)
    return y


def weights(g: Grid) -> Inline:
    """That the weights are shared over time."""
    two = "one set of weights per direction, shared over time"
    return words(two if g.layer.bidirectional else "same weights at every step of a layer", 7, tint=MUTED)


def _marks(g: Grid, marks: Sequence[str]) -> float:
    """What the steps are called (days, tokens), under the strip; gives the height it takes."""
    free = min((b - a for a, b in pairwise(g.columns.xs)), default=90.0) - 4
    for step, x in zip(g.columns.steps, g.columns.xs, strict=True):
        if step <= min(g.valid, len(marks)):
            g.canvas.text(words(shorten(marks[step - 1], free, 7), 7, tint=MUTED), x, 22.0, "middle")
    return 11.0


def time_name(data: Input | None, g: Grid) -> str:
    """What the data calls its time axis, if these steps are its own."""
    if data is None or data.timesteps != g.layer.timesteps or not data.axes.time:
        return ""
    return data.axes.time.name or ""


def step_names(data: Input | None, g: Grid, sample: int, before: Iterable[Stage]) -> tuple[str, ...]:
    """What the data calls each step of the drawn sample: a token, or a label of the time axis."""
    if data is None or data.timesteps != g.layer.timesteps or any(s.type not in SAME for s in before):
        return ()
    if data.sentences:
        return data.sentences[sample]
    return tuple((data.axes.time.labels if data.axes.time else None) or ())


OWN = frozenset("₁₂₃₄₅₆₇₈₉′")
"""What letters end with that are not the same in all layers."""
SAME = frozenset({"embedding", "linear", "relu", "tanh", "sigmoid", "dropout", "layer_norm"})
"""Stages that leave each step where it was."""


def origin(before: Sequence[Stage], data: Input | None, room: float) -> list[Inline]:
    """What made x_t, in as few lines as fit: ``tokens → Embedding(1000, 8) → x_t``."""
    stages = [stage for stage in before if stage.type not in {"transpose", "permute"}]
    if not stages:
        return []
    start = "tokens" if data is not None and data.form == "tokens" else "data"
    arrow = words("→", 7, tint=MUTED)
    steps = [row(arrow, code(call(stage), 7, tint=MUTED), gap=3.5) for stage in stages]
    end = row(arrow, math("x", "t", size=9, tint=MUTED), gap=3.5)
    return packed_rows([words(start, 7, tint=MUTED), *steps, end], room, 3.5)


def shapes(
    gs: Sequence[Grid], options: GridOptions, said: Sequence[Inline], at: tuple[float, float], room: float
) -> float:
    """The shapes that do not stand where their tensors are, and what is `said`; gives y."""
    lines = [*_ends(gs, options, room), *said]
    lone = len(gs) == 1 and gs[0].m.sides == "frames" and len(groups(gs[0].layer)) == 1
    for g in () if lone else gs:
        for bases in groups(g.layer):
            names = ", ".join([f"{b}_0" for b in bases] + [f"{b}_n" for b in bases])
            each = [words("each", 7)] if options.shapes != "off" else []
            tag = shape_tag(g.layer.tensor(f"{bases[0]}_n"), options)
            lines += packed_rows([*titled(g), row(code(names, 7.5), *each, gap=4), tag], room, 4)
    if lone:
        under_sides(gs[0], options)
    elif gs[0].layer.batch_first and gs[0].layer.batch_size is not None:
        lines.append(words("the states are never batch-first", 7, tint=MUTED))
    x, y = at
    for line in packed_rows(lines, room, 12):
        y += 12.5
        gs[0].canvas.text(line, x, y)
    return y


def _ends(gs: Sequence[Grid], options: GridOptions, room: float) -> list[Inline]:
    """The shapes of inputs and outputs that have no room beside their frames."""
    lines: list[Inline] = []
    for g in gs:
        if g.m.sides != "slots":
            continue
        names = (["input"] if g.fed else []) + (["output"] if g.covered else [])
        for name in names:
            lines += packed_rows([*titled(g), named(g.layer.tensor(name), options)], room, 4)
    return lines


def notes(gs: Sequence[Grid], options: GridOptions, said: Sequence[str]) -> list[Inline]:
    """What marks mean, each as one sentence."""
    if options.legend == "off":
        return [words(text, 7, tint=MUTED) for text in said]
    layers = [g.layer for g in gs]
    told = [*said]
    if any(one.bidirectional for one in layers):
        told += ["solid →: forward, t = 1 … T", "dashed ←: reverse, t = T … 1"]
    if any(g.layer.bidirectional and g.layer.num_layers > 1 and g.narrow for g in gs):
        told.append("concat: all of it goes to both directions")
    for g in gs:
        hidden = sorted({*range(g.layer.num_layers)} - {*g.rows.layers})
        if hidden:
            told.append(f"layers {hidden[0]} to {hidden[-1]} are like those drawn")
        if g.layer.dropout:
            told.append(
                f"drop: dropout {g.layer.dropout:g} between layers, while training; none above the last layer"
            )
    lone = len(gs) == 1 and gs[0].m.sides == "frames"
    for g in () if lone else gs:
        names = "h_0, c_0" if g.layer.has_cell_state else "h_0"
        told.append(f"{g.name + ': ' if g.name else ''}{names}: initial states, {begun(g.layer)}")
    told += [own for g in gs if (own := _own_letters(g))]
    told += ["double line: c"] if any(one.has_cell_state for one in layers) else []
    told.append("steps count from 1, Python's indices from 0")
    if any(g.valid < g.layer.timesteps for g in gs):
        told.append("after its last step a sample's states are copied unchanged (pack_padded_sequence)")
    return [words(text, 7, tint=MUTED) for text in told]


def _own_letters(g: Grid) -> str:
    """Which letters are this layer's own: ``H₁, L₁: of lstm``."""
    symbols = {symbol.lstrip("0123456789") for tensor in g.layer.tensors for symbol in tensor.symbols}
    taken = g.layer.tensor("input").symbols if g.fed else ()  # those of the layer below
    own = sorted(s for s in symbols if s[-1:] in OWN and s not in {t.lstrip("0123456789") for t in taken})
    return f"{', '.join(own)}: of {g.name}" if own and g.name else ""


def foot(
    gs: Sequence[Grid], options: GridOptions, lines: Sequence[Inline], at: tuple[float, float], room: float
) -> None:
    """The last lines: the letters, then what is said."""
    x, y = at
    tensors = {s: t for g in gs for t in g.layer.tensors for s in t.symbols}.values()
    fitting = [part for line in lines for part in fitted(line, room)]
    for line in [*key_rows(tensors, options, room), *packed_rows(fitting, room)]:
        y += 11.5
        gs[0].canvas.text(line, x, y)
