"""What is said about all steps of a recurrent network drawn unit by unit: shapes, remarks, letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import shape_tag
from lstmviz.figures.neurons.description import applied, sizes_of
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.claimed import named, named_state, weight
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import key_rows, packed_rows, states_tensor
from lstmviz.network.recurrence import in_code
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.scene.labels import EMPTY, Inline, code, letters, row, words, wrap
from lstmviz.translation.messages import joined, literal, message

if TYPE_CHECKING:
    from lstmviz.figures.neurons.page import Sheet
    from lstmviz.network.structure import Tensor
    from lstmviz.scene.items import Point
    from lstmviz.translation.messages import Said

LEADING, GAP = 11.0, 12.0
"""From one line to the next, and between what shares a line, pt."""


def facts(s: Sheet, at: Point, width: float) -> None:
    """The same weights, the shapes that stand nowhere else, the states, and the letters."""
    (x, y), layer = at, s.layer
    said: list[Inline] = []
    if s.options.legend != "off":
        same = words(s.tell("same-weights"), 7, font="bold", tint=stroke_of("param"))
        said = packed_rows([same, _gate_rows(s)], width, GAP)
    for line in said:
        y += LEADING
        s.canvas.text(line, x, y)
    if s.narrow:
        y = _table(s, x, y, width)
    head = _head(s) if s.narrow else []  # else it stands beside the drawing
    lines = packed_rows([*head, *_biases(s), *_state_shapes(s)], width, GAP)
    if s.options.legend != "off":
        remarks = [*under_figure(s.canvas, _reading(s), s.options), *_remarks(s)]
        remarks.append(message("neurons.counting-all"))
        told = [words(t, 7, tint=MUTED) for text in remarks for t in wrap(text, width, 7)]
        lines += packed_rows(told, width, GAP)
    for line in [*lines, *key_rows([*layer.tensors, *layer.parameters], s.options, width)]:
        y += LEADING
        s.canvas.text(line, x, y)


def _gate_rows(s: Sheet) -> Inline:
    """That the rows of a weight are those of the gates of every unit."""
    if s.layer.type == "rnn" or s.options.shapes not in {"both", "symbols"}:
        return EMPTY
    return words(s.tell(f"rows-{s.layer.type}"), 7, tint=MUTED)


def _table(s: Sheet, x: float, y: float, width: float) -> float:
    """The weights and the ends with their shapes, in two columns where they fit; gives the last baseline."""
    weights = [(way, depth) for depth in s.depths for way in ("ih", "hh")]
    groups: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for way, depth in weights:
        groups.setdefault(s.layer.parameter(f"weight_{way}_l{depth}").symbols, []).append((way, depth))
    said = [_weight(s, names) for names in groups.values()]
    said += [_named(s, s.layer.tensor("input")), _named(s, s.layer.tensor("output"))]
    lines = [line for line in said if line.runs]
    second = max((line.width for line in lines[::2]), default=0.0) + GAP
    if any(second + line.width > width for line in lines[1::2]):
        lines, second = packed_rows(lines, width, GAP), 0.0
    for i, line in enumerate(lines):
        y += LEADING if not second or i % 2 == 0 else 0.0
        s.canvas.text(line, x + (second if i % 2 else 0.0), y)
    return y


def _weight(s: Sheet, alike: list[tuple[str, int]]) -> Inline:
    """``W_ih (4H, F) = (16, 3)``: all weights of one shape."""
    way, depth = alike[0]
    tag = shape_tag(s.layer.parameter(f"weight_{way}_l{depth}"), s.options, size=8.5)
    if not tag.runs:
        return tag
    names = [weight(s.layer, way, depth) for way, depth in alike]
    return row(*names, tag.tinted(MUTED), gap=4)


def _named(s: Sheet, tensor: Tensor) -> Inline:
    """``input (T, N, F) = (5, 6, 3)``."""
    tag = shape_tag(tensor, s.options, size=8.5)
    role = stroke_of("input" if tensor.name == "input" else "output")
    return row(named(s.layer, tensor.name, tint=role), tag.tinted(MUTED), gap=4) if tag.runs else tag


def _head(s: Sheet) -> list[Inline]:
    """The linear layers on top, each with what follows it: ``Linear(4, 1) → y_t``."""
    found, step = [], str(s.last_step) if s.chain.last else "t"
    for entry in s.chain.rows[1:]:
        assert entry.weight is not None
        name = entry.code.line(tint=stroke_of("param"))
        given = [letters("→", 8), named_state(s.layer.name, "y", step, size=9)]
        gives = given if entry.role == "output" else []
        found.append(row(name, *(words(told, 7, tint=MUTED) for told in applied(entry)), *gives, gap=4))
    return found


def _biases(s: Sheet) -> list[Inline]:
    if not s.layer.bias or s.options.shapes == "off":
        return []
    tag = shape_tag(s.layer.parameter("bias_ih_l0"), s.options, size=8.5)
    put = {name: code(name, 7) for name in ("bias_ih", "bias_hh", "bias_ih, bias_hh")}
    told = mixed(s.tell("biases-short" if s.narrow else "biases"), gap=4, put=put)
    return [row(told, tag.tinted(MUTED), gap=4)]


def _state_shapes(s: Sheet) -> list[Inline]:
    tag = shape_tag(states_tensor(s.layer, "h_n"), s.options, size=8.5)
    if not tag.runs:
        return []
    names = "h_0, c_0, h_n, c_n" if s.layer.has_cell_state else "h_0, h_n"
    told = mixed(s.tell("states-each", names=names), gap=4, put={names: code(names, 7)})
    return [row(told, tag.tinted(MUTED), gap=4)]


def _reading(s: Sheet) -> list[Said]:
    """How the drawing is read, and what is usual."""
    layer = s.layer
    said = [s.tell("digits-deep" if layer.num_layers > 1 else "digits"), _begun(s)]
    if None in s.units:
        said.append(s.tell("dots-units", n=layer.hidden_size))
    if s.chain.last:
        said.append(s.tell("last-step"))
    return said


def _remarks(s: Sheet) -> list[Said]:
    """What this model has around the units that are drawn."""
    said = []
    if s.layer.lengths is not None:
        said.append(s.tell("longest"))
    if s.narrow and s.layer.dropout and s.layer.num_layers > 1:  # else it stands between the layers
        said.append(s.tell("drop-between", p=s.layer.dropout))
    if s.chain.stopped is not None:
        said.append(s.tell("stopped", name=literal(s.chain.stopped.name)))
    if s.past and s.lead is None:
        said.append(s.tell("given", name=literal(s.past[-1].name)))
    if s.given.names:
        names = [s.tell("name", n=i, name=literal(name)) for i, name in enumerate(s.given.names, 1)]
        said.append(s.tell("names", names=joined(", ", *names, other=", ")))
    return said


def _begun(s: Sheet) -> Said:
    """Where the initial states come from."""
    layer, names = s.layer, "h_0, c_0" if s.layer.has_cell_state else "h_0"
    if layer.states_given:
        return message("layer.states-given", names=names, layer=layer.name)
    if layer.states_from:
        return s.tell("states-last", names=names, giver=literal(layer.states_from))
    return s.tell("states-zero", names=names)


def describe(s: Sheet) -> Said:
    """What the figure shows, in sentences to be read aloud."""
    layer = s.layer
    depth = s.tell("depth", n=layer.num_layers) if layer.num_layers > 1 else s.tell("depth-one")
    kind, some = "aloud-steps", {}
    if None in s.steps:
        kind, some = "aloud-steps-drawn", {"drawn": ", ".join(str(t) for t, _ in s.columns)}
    about = {"type": layer.type.upper(), "units": layer.hidden_size, "steps": s.last_step, "depth": depth}
    told = [s.tell(kind, **about, **some), s.tell("aloud-c" if layer.has_cell_state else "aloud-h")]
    if len(s.chain.rows) > 1:
        head = "aloud-head-last" if s.chain.last else "aloud-head"
        told.append(s.tell(head, sizes=sizes_of(s.chain.rows[1:])))
    tensors = (in_code(layer, tensor) for tensor in layer.tensors)
    shapes = joined("; ", *(s.tell("sized", name=t.name, sizes=str(t.sizes)) for t in tensors))
    return joined(" ", *told, s.tell("aloud-shapes", shapes=shapes))
