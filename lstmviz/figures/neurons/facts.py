"""What is said about all steps of a recurrent network drawn unit by unit: shapes, remarks, letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import respell, shape_tag
from lstmviz.figures.shared.claimed import weight
from lstmviz.figures.shared.parts import key_rows, packed_rows
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.scene.labels import Inline, code, letters, math, row, words, wrap

if TYPE_CHECKING:
    from lstmviz.figures.neurons.page import Sheet
    from lstmviz.network.structure import Tensor
    from lstmviz.scene.items import Point

LEADING, GAP = 11.0, 12.0
"""From one line to the next, and between what shares a line, pt."""
GATES = {
    "lstm": (4, "i, f, g and o"),
    "gru": (3, "r, z and n"),
    "rnn": (1, ""),
}


def facts(s: Sheet, at: Point, width: float) -> None:
    """The same weights, the shapes that stand nowhere else, the states, and the letters."""
    (x, y), layer = at, s.layer
    said: list[Inline] = []
    if s.options.legend != "off":
        same = words("the same weights in every column", 7, font="bold", tint=stroke_of("param"))
        said = packed_rows([same, _gate_rows(s)], width, GAP)
    for line in said:
        y += LEADING
        s.canvas.text(line, x, y)
    if s.narrow:
        y = _table(s, x, y, width)
    head = _head(s) if s.narrow else []  # else it stands beside the drawing
    lines = packed_rows([*head, *_biases(s), *_state_shapes(s)], width, GAP)
    if s.options.legend != "off":
        told = [words(t, 7, tint=MUTED) for text in _remarks(s) for t in wrap(text, width, 7)]
        lines += packed_rows(told, width, GAP)
    for line in [*lines, *key_rows([*layer.tensors, *layer.parameters], s.options, width)]:
        y += LEADING
        s.canvas.text(line, x, y)


def _gate_rows(s: Sheet) -> Inline:
    """That the rows of a weight are those of the gates of every unit."""
    count, gates = GATES[s.layer.type]
    shown = gates and s.options.shapes in {"both", "symbols"}
    said = f"{count}{respell('H', s.options)} rows: {gates} of every unit" if shown else ""
    return words(said, 7, tint=MUTED)


def _table(s: Sheet, x: float, y: float, width: float) -> float:
    """The weights and the ends with their shapes, in two columns where they fit; gives the last baseline."""
    weights = [(way, depth) for depth in s.depths for way in ("ih", "hh")]
    named: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for way, depth in weights:
        named.setdefault(s.layer.parameter(f"weight_{way}_l{depth}").symbols, []).append((way, depth))
    said = [_weight(s, names) for names in named.values()]
    said += [_named(s, s.layer.tensor("input")), _named(s, s.layer.tensor("output"))]
    lines = [line for line in said if line.runs]
    second = max((line.width for line in lines[::2]), default=0.0) + GAP
    if any(second + line.width > width for line in lines[1::2]):
        lines, second = packed_rows(lines, width, GAP), 0.0
    for i, line in enumerate(lines):
        y += LEADING if not second or i % 2 == 0 else 0.0
        s.canvas.text(line, x + (second if i % 2 else 0.0), y)
    return y


def _weight(s: Sheet, named: list[tuple[str, int]]) -> Inline:
    """``W_ih (4H, F) = (16, 3)``: all weights of one shape."""
    way, depth = named[0]
    tag = shape_tag(s.layer.parameter(f"weight_{way}_l{depth}"), s.options, size=8.5)
    if not tag.runs:
        return tag
    names = [weight(s.layer, way, depth) for way, depth in named]
    return row(*names, tag.tinted(MUTED), gap=4)


def _named(s: Sheet, tensor: Tensor) -> Inline:
    """``input (T, N, F) = (5, 6, 3)``."""
    tag = shape_tag(tensor, s.options, size=8.5)
    role = stroke_of("input" if tensor.name == "input" else "output")
    return row(code(tensor.name, 7, tint=role), tag.tinted(MUTED), gap=4) if tag.runs else tag


def _head(s: Sheet) -> list[Inline]:
    """The linear layers on top, each with what follows it: ``Linear(4, 1) → y_t``."""
    found = []
    for entry in s.chain.rows[1:]:
        assert entry.weight is not None
        name = entry.code.line(tint=stroke_of("param"))
        gives = [letters("→", 8), math("y", "t", size=9)] if entry.role == "output" else []
        found.append(row(name, *(words(a, 7, tint=MUTED) for a in entry.after), *gives, gap=4))
    return found


def _biases(s: Sheet) -> list[Inline]:
    if not s.layer.bias or s.options.shapes == "off":
        return []
    tag = shape_tag(s.layer.parameter("bias_ih_l0"), s.options, size=8.5)
    names = [code("bias_ih", 7), words("and", 7, tint=MUTED), code("bias_hh", 7)]
    if s.narrow:
        return [row(code("bias_ih, bias_hh", 7), tag.tinted(MUTED), gap=4)]
    return [row(*names, words("of each layer", 7, tint=MUTED), tag.tinted(MUTED), gap=4)]


def _state_shapes(s: Sheet) -> list[Inline]:
    tag = shape_tag(s.layer.tensor("h_n"), s.options, size=8.5)
    if not tag.runs:
        return []
    names = "h_0, c_0, h_n, c_n" if s.layer.has_cell_state else "h_0, h_n"
    return [row(code(names, 7), words("each", 7, tint=MUTED), tag.tinted(MUTED), gap=4)]


def _remarks(s: Sheet) -> list[str]:
    layer, begun = s.layer, "h_0, c_0" if s.layer.has_cell_state else "h_0"
    given = (
        "given"
        if layer.states_given
        else f"the last of {layer.states_from}"
        if layer.states_from
        else "zeros"
    )
    said = [
        f"digits: units; below a letter: the step{'; above it: the layer' if layer.num_layers > 1 else ''}"
    ]
    said.append(f"{begun}: {given}")
    if None in s.units:
        said.append(f"dots: the other units, {layer.hidden_size} in all")
    if layer.dropout and layer.num_layers > 1:
        said.append(f"dropout {layer.dropout:g} between the layers, while training")
    if layer.lengths is not None:
        said.append("packed: drawn for the longest sample")
    if s.chain.last:
        said.append("last_step: only the last step goes on to the head")
    if s.chain.stopped is not None:
        said.append(f"then {s.chain.stopped.name}, not drawn")
    if s.past and s.lead is None:
        said.append(f"x is what {s.past[-1].name} gives")
    if s.given.names:
        said.append("x: " + ", ".join(f"{i} {name}" for i, name in enumerate(s.given.names, 1)))
    return said
