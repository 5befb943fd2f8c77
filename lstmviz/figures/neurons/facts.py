"""What is said about all steps of a recurrent network drawn unit by unit: shapes, remarks, letters."""

from __future__ import annotations

from itertools import product

from lstmviz.figures.base import shape_tag
from lstmviz.figures.neurons.beside import named_at_lines
from lstmviz.figures.neurons.description import applied, sizes_of
from lstmviz.figures.neurons.page import NeuronsDrawing, role_of
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.claimed import named, named_state, weight
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import key_items, packed_rows, states_tensor
from lstmviz.figures.shared.sentences import about, begun
from lstmviz.network.operators import for_readers
from lstmviz.network.recurrence import in_code
from lstmviz.network.structure import Tensor
from lstmviz.scene.items import INK, MUTED, Point, stroke_of
from lstmviz.scene.labels import TextLine, code, letters, math, row, words, wrap
from lstmviz.spec.layer_types import CURVES
from lstmviz.translation.messages import Message, joined, message, user_text

LEADING, GAP = 11.0, 9.0
"""From one line to the next, and between what shares a line, pt."""


def facts(s: NeuronsDrawing, at: Point, width: float) -> None:
    """What goes to whom, the shapes that stand nowhere else, and the letters."""
    (x, y), layer = at, s.layer
    marks: list[Message] = []
    told = [*(_weights(s) if s.narrow else _state_shapes(s)), *_biases(s)]
    if s.options.legend != "off":
        marks, remarks = _marks(s), [*_remarks(s), *under_figure(s.canvas, _reading(s), s.options)]
        told += [words(t, 7, tint=MUTED) for text in remarks for t in wrap(text, width, 7)]
    key = key_items([*layer.tensors, *layer.parameters], s.options)
    told += [whole] if (whole := row(*key, gap=GAP)).width <= width else key
    for line in [*packed_rows(map(spoken, marks), width, GAP), *packed_rows(told, width, GAP)]:
        y += LEADING
        s.canvas.text(line, x, y)


def _marks(s: NeuronsDrawing) -> list[Message]:
    """What bold lines are, what a line stands for, what a unit does then, that all steps are alike."""
    told = [s.tell("reads")] if s.traced else []
    return [*told, s.tell(f"line-{s.layer.type}"), *([] if s.narrow else _does(s))]


def _does(s: NeuronsDrawing) -> list[Message]:
    """Which weights lead from where, if lines do not say it; what a unit keeps and does at every step."""
    told = [s.tell("joined")] if s.joined else []
    told += [] if named_at_lines(s) else [s.tell("ways")]
    told += [s.tell("own-c")] if s.layer.has_cell_state else []
    named_as = {"name": CURVES[s.layer.nonlinearity]} if s.layer.type == "rnn" else {}
    told += [s.tell(f"adds-{s.layer.type}", **named_as)] if s.layer.bias else []
    told += [s.tell(f"gives-{s.layer.type}")] if s.layer.type != "rnn" else []
    return told + [s.tell("same")] * (s.last_step > 1)


def spoken(said: Message) -> TextLine:
    """A message whose states and weights are set as what they are."""
    put = {base: math(base, size=9, tint=stroke_of(role_of(base))) for base in "ch"}
    put |= {f"W_{way}": math("W", way, size=9, tint=stroke_of("param")) for way in ("ih", "hh")}
    return mixed(said, tint=INK, put=put)


def ends(s: NeuronsDrawing, width: float) -> list[TextLine]:
    """What goes in and what comes out, each with its shape, and the layers on top: over a narrow drawing."""
    gives = [] if s.options.legend == "off" else [spoken(s.tell("out"))]
    output = row(_named(s, s.layer.tensor("output")), *gives, gap=5)
    zeros = about(s.layer, "layer.states-handed", names=", ".join(s.layer.states_at("0")))
    begin = [words(zeros, 7, tint=MUTED)] if s.layer.begins_with_zeros else []
    said = [_named(s, s.layer.tensor("input")), *_head(s), output, *_state_shapes(s), *begin]
    return packed_rows(said, width, GAP)


def _weights(s: NeuronsDrawing) -> list[TextLine]:
    """The weights with their shapes, those of one shape together."""
    groups: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for depth, way in product(s.depths, ("ih", "hh")):
        groups.setdefault(s.layer.parameter(f"weight_{way}_l{depth}").symbols, []).append((way, depth))
    return [_weight(s, names) for names in groups.values()]


def _weight(s: NeuronsDrawing, alike: list[tuple[str, int]]) -> TextLine:
    """``W_ih (4H, F) = (16, 3)``: all weights of one shape."""
    way, depth = alike[0]
    tag = shape_tag(s.layer.parameter(f"weight_{way}_l{depth}"), s.options, size=8.5)
    if not tag.runs:
        return tag
    names = [weight(s.layer, way, depth) for way, depth in alike]
    return row(*names, tag.tinted(MUTED), gap=4)


def _named(s: NeuronsDrawing, tensor: Tensor) -> TextLine:
    """``input (T, N, F) = (5, 6, 3)``."""
    tag = shape_tag(tensor, s.options, size=8.5)
    role = stroke_of("input" if tensor.name == "input" else "output")
    return row(named(s.layer, tensor.name, tint=role), tag.tinted(MUTED), gap=4)


def _head(s: NeuronsDrawing) -> list[TextLine]:
    """The linear layers on top, each with what follows it: ``Linear(4, 1) → y_t``."""
    found, step = [], str(s.last_step) if s.chain.last else "t"
    for entry in s.chain.rows[1:]:
        assert entry.weight is not None
        name = entry.code.line(tint=stroke_of("param"))
        given = [letters("→", 8), named_state(s.layer.name, "y", step, size=9)]
        gives = given if entry.role == "output" else []
        found.append(row(name, *(words(told, 7, tint=MUTED) for told in applied(entry)), *gives, gap=4))
    return found


def _biases(s: NeuronsDrawing) -> list[TextLine]:
    """The shape of all biases, where all is drawn."""
    if not s.layer.bias or s.options.shapes == "off" or s.options.detail != "full":
        return []
    tag = shape_tag(s.layer.parameter("bias_ih_l0"), s.options, size=8.5)
    told = mixed(s.tell("biases"), gap=4, put={name: code(name, 7) for name in ("bias_ih", "bias_hh")})
    return [row(told, tag.tinted(MUTED), gap=4)]


def _state_shapes(s: NeuronsDrawing) -> list[TextLine]:
    tag = shape_tag(states_tensor(s.layer, "h_n"), s.options, size=8.5)
    if not tag.runs:
        return []
    names = ", ".join(s.layer.states_at("0", "n"))
    told = mixed(s.tell("states-each", names=names), gap=4, put={names: code(names, 7)})
    return [row(told, tag.tinted(MUTED), gap=4)]


def _reading(s: NeuronsDrawing) -> list[Message]:
    """How the drawing is read, and what is usual."""
    layer = s.layer
    said = [s.tell("digits-deep" if layer.num_layers > 1 else "digits"), *_begun(s)]
    said += _does(s) if s.narrow else []
    said.append(message("neurons.counting-all"))
    if layer.type != "rnn" and s.options.shapes in {"both", "symbols"}:
        said.append(s.tell(f"rows-{layer.type}"))
    if None in s.units:
        said.append(s.tell("dots-units", n=layer.hidden_size))
    if s.chain.last:
        said.append(s.tell("last-step"))
    if s.narrow and layer.dropout and layer.num_layers > 1:  # else it stands between the layers
        said.append(s.tell("drop-between", p=layer.dropout))
    return said


def _remarks(s: NeuronsDrawing) -> list[Message]:
    """What this model has around the units that are drawn."""
    said = []
    if s.layer.lengths is not None:
        said.append(s.tell("longest"))
    if s.chain.stopped is not None:
        said.append(s.tell("stopped", name=user_text(for_readers(s.chain.stopped.name))))
    if s.past and s.lead is None:
        said.append(s.tell("given", name=user_text(for_readers(s.past[-1].name))))
    if s.given.names:
        names = [s.tell("name", n=i, name=user_text(name)) for i, name in enumerate(s.given.names, 1)]
        said.append(s.tell("names", names=joined(", ", *names, other=", ")))
    return said


def _begun(s: NeuronsDrawing) -> list[Message]:
    """Where the initial states come from; zeros are called so where they stand."""
    kinds = {"zeros": "layer.states-zero", "of": "neurons.states-last", "given": "layer.states-given"}
    return (
        []
        if s.layer.begins_with_zeros
        else [begun(s.layer, **kinds, names=", ".join(s.layer.states_at("0")))]
    )


def describe(s: NeuronsDrawing) -> Message:
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
