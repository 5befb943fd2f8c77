"""What a grid says in words: names, shapes, axes, the lesson, the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import shape_tag
from lstmviz.figures.grid_ends import lesson, slice_of
from lstmviz.figures.parts import key_rows, packed_rows, states_of, time_arrow
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import Inline, code, letters, row, words, wrap

if TYPE_CHECKING:
    from lstmviz.figures.grid import GridOptions
    from lstmviz.figures.grid_lanes import Grid
    from lstmviz.network.structure import Tensor


def captions(g: Grid, options: GridOptions, sample: int, after: str) -> None:
    """Everything written around the body, from the top down."""
    _top(g, options, sample)
    y = _bottom(g, options, sample)
    _depth_axis(g)
    y = _states(g, options, y)
    _notes(g, options, y, after)


def named(tensor: Tensor, options: GridOptions, name: str | None = None) -> Inline:
    """``output (N, T, 2H) = (6, 5, 32)``."""
    return row(code(name or tensor.name, 8), shape_tag(tensor, options), gap=5)


def _top(g: Grid, options: GridOptions, sample: int) -> None:
    left, right = g.frame
    y = g.rows.top(g.rows.layers[-1]) - 14 - 36 - 6.5
    name = named(g.layer.tensor("output"), options)
    lines = _lessons(g, sample)
    if len(lines) == 1 and name.width + lines[0].width + 12 <= right - left:
        g.canvas.text(lines[0], right, y, "end", role="output")
        lines = []
    step = 10.5
    for line in reversed(lines):
        g.canvas.text(line, left, y, role="output")
        y -= step
    g.canvas.text(name, left, y - (1.5 if lines else 0), role="output")


def _lessons(g: Grid, sample: int) -> list[Inline]:
    """Which part of `output` is which entry of `h_n`, as code that holds."""
    depth, last = g.layer.num_layers - 1, g.columns.steps[-1]
    if g.valid < g.layer.timesteps:
        return _padded_lesson(g, sample)
    if not g.layer.bidirectional:
        return [lesson(g)]
    half = g.layer.tensor("h_n").sizes[-1]
    forward = f"{slice_of(g, last, f':{half}')} = h_n[{2 * depth}]"
    first = slice_of(g, 1, f"{half}:") if last > 1 else slice_of(g, last, f"{half}:")
    reverse = f"{first} = h_n[{2 * depth + 1}]"
    both = [code(forward, 7), code(reverse, 7)]
    left, right = g.frame
    if sum(b.width for b in both) + 18 <= right - left:
        return [row(*both, gap=18)]
    return both


def _padded_lesson(g: Grid, sample: int) -> list[Inline]:
    at = f"{sample}, {g.valid - 1}" if g.layer.batch_first else f"{g.valid - 1}, {sample}"
    if not g.layer.bidirectional:
        return [code(f"output[{at}] = h_n[-1, {sample}]", 7)]
    half, k = g.layer.tensor("h_n").sizes[-1], 2 * (g.layer.num_layers - 1)
    start = f"{sample}, 0" if g.layer.batch_first else f"0, {sample}"
    return [
        code(f"output[{at}, :{half}] = h_n[{k}, {sample}]", 7),
        code(f"output[{start}, {half}:] = h_n[{k + 1}, {sample}]", 7),
    ]


def _bottom(g: Grid, options: GridOptions, sample: int) -> float:
    left, right = g.frame
    name = named(g.layer.tensor("input"), options)
    g.canvas.text(name, left, 25.5, role="input")
    y = 25.5
    lines = []
    if g.layer.lengths is not None:
        lines.append(row(words(f"drawn: sample {sample}, "), code(f"lengths[{sample}] = {g.valid}", 7)))
        if g.columns.steps[-1] < g.layer.timesteps:
            lines.append(words("its padding is left out", 7, tint=MUTED))
    text = (
        "one set of weights per direction, shared over time"
        if g.layer.bidirectional
        else ("same weights at every step of a layer")
    )
    lines.append(words(text, 7, tint=MUTED))
    for line in lines:
        room = right - left - (name.width + 10 if y == 25.5 else 0)
        if line.width <= room:
            g.canvas.text(line, right, y, "end")
        else:
            y += 11 if y == 25.5 else 0
            g.canvas.text(line, left, y)
        y += 11
    y = max(y - 11, 25.5) + 13.5
    time_arrow(g.canvas, left, max(right, left + 75), y, g.layer.timesteps)
    return y


def _depth_axis(g: Grid) -> None:
    """Depth runs upward; the word stands level at the arrow's foot."""
    if len(g.rows.layers) < 2:
        return
    layers, label = g.rows.layers, words("depth", 7, tint=MUTED)
    if g.m.sides == "frames":
        x = g.columns.xs[0] - (122.0 if g.layer.has_cell_state else 94.0)
        foot, head = g.rows.bottom(layers[0]) - 6, g.rows.top(layers[-1]) + 6
        g.canvas.text(label, x, foot + 10, "middle", role="axis")
        g.canvas.line([(x, foot), (x, head)], head=4.5, role="axis")
        return
    x = g.columns.xs[0] - g.m.reach[0] + (6 if g.narrow else 12)
    foot, head = g.rows.top(layers[0]) - 1, g.rows.bottom(layers[1]) + 1
    if g.layer.bidirectional:
        foot, head = foot - 8, head + 8
    g.canvas.line([(x, foot), (x, head)], head=4.5, role="axis")
    g.canvas.text(label, x + 5, (foot + head) / 2 + 2.5, role="axis")
    if g.layer.bidirectional:
        _concat_note(g, options_symbol(g))


def options_symbol(g: Grid) -> tuple[str, int]:
    """What the upper layers read: the symbol and size of [forward | reverse]."""
    tensor = g.layer.tensor("output")
    return tensor.symbols[-1], tensor.sizes[-1]


def _concat_note(g: Grid, wide: tuple[str, int]) -> None:
    """Beside the first concatenation: its width, and that both directions get all of it."""
    depth = g.rows.layers[0]
    if g.narrow:
        x = (g.columns.xs[0] + g.columns.xs[-1]) / 2
        y = g.rows.top(depth) - 17
        if len(g.columns.xs) < 2:
            return
        g.canvas.text(words("concat", 7, tint=MUTED), x, y - 17, "middle")
        g.canvas.text(letters(wide[0], 9, tint=MUTED), x, y - 7.5, "middle")
        return
    x = g.columns.xs[0] - g.m.half * 2 - 6
    y = g.rows.top(depth) - 12 - 8
    g.canvas.text(
        row(words("concat", 7, tint=MUTED), letters(wide[0], 9, tint=MUTED), gap=3), x, y + 2.5, "end"
    )
    note = row(
        words("all", 7, tint=MUTED), letters(wide[0], 9, tint=MUTED), words("to both", 7, tint=MUTED), gap=2.5
    )
    g.canvas.text(note, x, y - 19.5 - (20 if g.layer.dropout else 0), "end")


def _states(g: Grid, options: GridOptions, y: float) -> float:
    """The shapes of the states: under their frames, or in a line of their own."""
    groups = _groups(g)
    if g.m.sides == "frames" and len(groups) == 1:
        half = 79.0 if g.layer.has_cell_state else 59.0
        for initial in (True, False):
            _under_frames(g, options, groups, initial=initial, half=half)
        return y
    lines = []
    for bases in groups:
        names = ", ".join([f"{b}_0" for b in bases] + [f"{b}_n" for b in bases])
        tensor = g.layer.tensor(f"{bases[0]}_n")
        each = [words("each", 7)] if options.shapes != "off" else []
        lines.append(row(code(names, 7.5), *each, shape_tag(tensor, options), gap=4))
    left = g.columns.xs[0] - g.m.reach[0] if g.narrow else g.frame[0]
    room = (g.columns.xs[-1] + g.m.reach[1] if g.narrow else g.frame[1]) - left
    for line in packed_rows(lines, room, 12):
        y += 15
        g.canvas.text(line, left, y)
    if g.layer.batch_first and g.layer.batch_size is not None:
        y += 10.5
        g.canvas.text(words("the states are never batch-first", 7, tint=MUTED), left, y)
    return y


def _groups(g: Grid) -> list[list[str]]:
    """States that have one shape between them: h and c, unless h is projected."""
    bases = [base for base, _ in states_of(g.layer)][::-1]
    if len(bases) == 2 and g.layer.tensor("h_n").sizes == g.layer.tensor("c_n").sizes:
        return [bases]
    return [[b] for b in bases]


def _under_frames(
    g: Grid, options: GridOptions, groups: list[list[str]], *, initial: bool, half: float
) -> None:
    x = (
        g.columns.xs[0] - half
        if initial
        else g.columns.xs[-1] + half - (10.7 if g.layer.has_cell_state else 10.5)
    )
    y = g.rows.port(g.rows.layers[0], "fwd", "h") + 24
    for bases in groups:
        tensor = g.layer.tensor(f"{bases[0]}_{'0' if initial else 'n'}")
        names = ", ".join(f"{b}_{'0' if initial else 'n'}" for b in bases)
        line = [code(names, 7.5)] + ([words("each", 7)] if len(bases) > 1 and options.shapes != "off" else [])
        g.canvas.text(row(*line, gap=4), x, y, "middle")
        for mode in ("symbols", "numbers"):
            if options.shapes in {"both", mode}:
                y += 12
                tag = shape_tag(tensor, options, mode=mode)
                equal = [letters("=", 9)] if options.shapes == "both" and mode == "numbers" else []
                g.canvas.text(row(*equal, tag, gap=3), x, y, "middle")
        y += 13
    if g.layer.batch_first and g.layer.batch_size is not None:
        g.canvas.text(words("never batch-first", 7, tint=MUTED), x, y - 1.5, "middle")


def _notes(g: Grid, options: GridOptions, y: float, after: str) -> None:
    """The last lines: what letters and marks mean."""
    left = g.columns.xs[0] - g.m.reach[0] if g.narrow else g.frame[0]
    right = g.columns.xs[-1] + g.m.reach[1]
    layer = g.layer
    items = key_rows(layer.tensors, options, right - left)
    said = [after] if after else []
    if options.legend != "off":
        if layer.bidirectional:
            said += ["solid →: forward, t = 1 … T", "dashed ←: reverse, t = T … 1"]
        if layer.dropout:
            said.append(
                f"drop: dropout {layer.dropout:g} between layers, while training; none above the last layer"
            )
        names = "h_0, c_0" if layer.has_cell_state else "h_0"
        said.append(f"{names}: initial states, {'given' if layer.states_given else 'zeros by default'}")
        said += ["double line: c"] if layer.has_cell_state else []
        said.append("steps count from 1, Python's indices from 0")
        if g.valid < layer.timesteps:
            said.append("after its last step a sample's states are copied unchanged (pack_padded_sequence)")
    y += 4
    for line in [
        *items,
        *packed_rows([words(t, 7, tint=MUTED) for t in _fit(said, right - left)], right - left),
    ]:
        y += 11.5
        g.canvas.text(line, left, y)


def _fit(said: list[str], width: float) -> list[str]:
    return [part for text in said for part in wrap(text, width, 7)]
