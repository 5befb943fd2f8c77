"""What is written beside a cell: its symbols and their shapes, its equations, a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lstmviz.figures.base import Options, shape_tag
from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import CellDiagram
from lstmviz.figures.cell.inside import GATES
from lstmviz.figures.shared import parts, sentences
from lstmviz.figures.shared.claimed import lettered, meaning, named, symbol
from lstmviz.figures.shared.common import keep
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.structure import Tensor
from lstmviz.scene import ids, labels
from lstmviz.scene.items import INK, MUTED, Tint, stroke_of
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import Message, joined

PITCH = 11.5
"""From one row of the table to the next, pt."""
ROOM = 170.0
"""How long one line of the table's second column may be, pt."""
ADDED = {"lstm": "add-four", "rnn": "add"}
"""What a_t is."""
WEIGHTS = (
    ("W", "weight", ("ih",)),
    ("W", "weight", ("hh",)),
    ("b", "bias", ("ih", "hh")),
    ("W", "weight", ("hr",)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A symbol, what it is, and its shape."""

    symbol: TextLine
    name: TextLine
    tensor: Tensor | None = None
    named: tuple[str, ...] = ()
    """The parameters of torch that have this shape."""


def rows(diagram: CellDiagram) -> list[Row]:
    """Everything drawn: gates, states, weights."""
    return [*_gates(diagram), *_states(diagram), *_weights(diagram), *_rows(diagram)]


def _listed(names: list[TextLine]) -> TextLine:
    comma = labels.words(", ", 7, tint=names[0].runs[0].tint if names[0].runs[0].tint == MUTED else INK)
    return labels.row(*[p for name in names for p in (comma, name)][1:])


def _word(said: Message, tint: Tint = INK) -> TextLine:
    return labels.words(said, 7, tint=tint)


def _gates(diagram: CellDiagram) -> list[Row]:
    """The gates' names, where the strip has no room for them, and their rows likewise."""
    layer = diagram.part.layer
    names = GATES.get(layer.type, {})
    drawn = {n.id: n.label for n in diagram.canvas.nodes if n.label}
    boxes = {gate: drawn.get(diagram.id(ids.named("gate", gate))) for gate in names}
    given = parts.without_axis(layer.tensor("c_n" if layer.has_cell_state else "h_n"), 0)
    signs = [symbol(g, "t", size=9.5, tint=stroke_of("gate")) for g in names]
    listed = _listed(signs) if signs else labels.EMPTY
    told = [Row(listed, _word(diagram.tell(f"gold-{layer.type}", of=listed.text)), given)] if names else []
    if layer.type != "gru" and not diagram.explained:
        told = [
            Row(symbol("a", "t", size=9.5), mixed(diagram.tell(ADDED[layer.type], of="a_t"), tint=INK)),
            *told,
        ]
    if any(label and not label.english.startswith(names[g]) for g, label in boxes.items()):
        symbols = _listed([lettered(labels.letters(g, 9.5, tint=stroke_of("gate"))) for g in names])
        of = ", ".join(names)
        told.append(Row(symbols, _word(diagram.tell(f"gates-{layer.type}", of=of))))
    return told


def _rows(diagram: CellDiagram) -> list[Row]:
    """Which rows of the weights belong to which gate."""
    names, part = GATES.get(diagram.part.layer.type, {}), diagram.part
    if not names or part.options.shapes == "off":
        return []
    told = [inside.block_rows(part, k, gate) for k, gate in enumerate(names)]
    head, whole = _word(diagram.tell("rows")), _listed(told)
    if whole.width <= ROOM:
        return [Row(head, whole)]
    return [Row(head, _listed(told[:2])), Row(labels.EMPTY, _listed(told[2:]))]


def _states(diagram: CellDiagram) -> list[Row]:
    part, layer = diagram.part, diagram.part.layer
    h = parts.without_axis(layer.tensor("h_n"), 0)
    sign = symbol("x", "t", size=9.5, tint=stroke_of(inside.reads(diagram)))
    found = [Row(sign, mixed(_x_name(diagram), tint=INK), _x_tensor(part))]
    sign = symbol("h", "t", size=9.5, tint=stroke_of("hidden"))
    if not layer.has_cell_state:
        return [*found, Row(sign, _word(diagram.tell("hidden", of="h_t")), h)]
    cell = parts.without_axis(layer.tensor("c_n"), 0)
    other = symbol("c", "t", size=9.5, tint=stroke_of("cell"))
    if cell.sizes == h.sizes:
        return [*found, Row(_listed([sign, other]), _word(diagram.tell("both-states", of="h_t, c_t")), h)]
    hidden, state = diagram.tell("hidden", of="h_t"), diagram.tell("state", of="c_t")
    return [*found, Row(sign, _word(hidden), h), Row(other, _word(state), cell)]


def _x_tensor(part: DrawnLayer) -> Tensor:
    """One step of the input; in an upper layer, of what the layer below gives."""
    layer = part.layer
    if part.depth and not layer.bidirectional:
        return parts.without_axis(layer.tensor("h_n"), 0)
    whole = layer.tensor("output" if part.depth else "input")
    return parts.without_axis(whole, layer.time_axis)


def _x_name(diagram: CellDiagram) -> Message:
    depth, layer = diagram.part.depth, diagram.part.layer
    if not depth:
        return diagram.tell("x-input", of="x_t")
    told = "x-both" if layer.bidirectional else "x-below"
    if layer.dropout:
        return diagram.tell(f"{told}-dropped", n=depth - 1, p=layer.dropout, of="x_t")
    return diagram.tell(told, n=depth - 1, of="x_t")


def _weights(diagram: CellDiagram) -> list[Row]:
    found = []
    for base, kept, subs in WEIGHTS:
        tensors = [t for sub in subs if (t := inside.weight(diagram, f"{kept}_{sub}")) is not None]
        signs = [symbol(base, sub, size=9.5, tint=stroke_of("param")) for sub in subs]
        codes = [named(diagram.part.layer, t.name) for t in tensors]
        together = len(tensors) == 1 or sum(c.width for c in codes) < 110
        if not tensors:
            continue
        if together:
            found.append(Row(_listed(signs), _listed(codes), tensors[0], tuple(t.name for t in tensors)))
        else:
            found += [Row(s, c, t, (t.name,)) for s, c, t in zip(signs, codes, tensors, strict=True)]
    return found


@dataclass(frozen=True, slots=True)
class Columns:
    """Where names and shapes begin, and whether a shape needs a line of its own."""

    names: float
    shapes: float
    own: bool


def columns(told: list[Row], options: Options, width: float) -> Columns:
    """The table's columns: as narrow as their widest entry."""
    first = max(r.symbol.width for r in told) + 8
    second = first + max(r.name.width for r in told if r.tensor) + 7
    tags = max(shape_tag(r.tensor, options).width for r in told if r.tensor)
    return Columns(first, second, second + tags > width)


def table_width(diagram: CellDiagram) -> float:
    """How wide the table is with its shapes beside the names."""
    told, options = rows(diagram), diagram.part.options
    at = columns(told, options, 0.0)
    tags = max(shape_tag(r.tensor, options).width for r in told if r.tensor)
    return max(at.shapes + tags, *(at.names + r.name.width for r in told))


def table_height(diagram: CellDiagram, width: float) -> float:
    """From its first to its last baseline, the key included."""
    told = rows(diagram)
    own = columns(told, diagram.part.options, width).own
    return PITCH * (len(told) + (sum(1 for r in told if r.tensor) if own else 0)) + 15


def table(diagram: CellDiagram, x0: float, y: float, width: float) -> float:
    """The rows from the baseline y downward; gives the last one's."""
    options, told = diagram.part.options, rows(diagram)
    at = columns(told, options, width)
    for r in told:
        tag = shape_tag(r.tensor, options) if r.tensor else labels.EMPTY
        diagram.canvas.text(r.symbol, x0, y)
        diagram.canvas.text(r.name, x0 + at.names, y)
        y += PITCH if at.own and tag.runs else 0.0
        kept: dict[str, Any] = {}
        if r.tensor and r.named:
            kept = {"tensor": r.named[0], "shape": r.tensor.sizes}
        name = diagram.id(ids.named("shape", r.symbol.text.replace(", ", ".")))
        diagram.canvas.text(tag, x0 + (at.names if at.own else at.shapes), y, id=name, **kept)
        y += PITCH
    return y - PITCH


def key(diagram: CellDiagram, x0: float, y: float, width: float) -> float:
    """The letters and signs that are used, in rows from the baseline y; gives the last one's."""
    options = diagram.part.options
    if options.legend == "off":
        return y - PITCH
    items = parts.key_items([r.tensor for r in rows(diagram) if r.tensor], options)
    if diagram.part.layer.type != "rnn":
        signs = {"⊙": "entrywise"} | ({"σ": "squashes"} if options.detail == "full" else {})
        items += keep([_meaning(diagram, sign, said) for sign, said in signs.items()])
    if diagram.part.layer.batch_size is not None and options.detail == "full":
        items.append(mixed(diagram.tell("batch")))
    elif diagram.part.layer.batch_size is not None:
        diagram.canvas.caption.append(diagram.tell("batch"))
    for line in parts.packed_rows(items, width, 9):
        diagram.canvas.text(line, x0, y)
        y += PITCH
    return y - PITCH


def _meaning(diagram: CellDiagram, sign: str, id: str) -> TextLine:
    line = labels.words(sign, 9, font="roman", tint=MUTED)
    return meaning(labels.row(line, _word(diagram.tell(id), MUTED), gap=2.5), sign, sign, f"cell.{id}")


def sentence(diagram: CellDiagram) -> Message:
    """What the figure shows, to be read aloud."""
    part, layer = diagram.part, diagram.part.layer
    held = [t for t in layer.parameters if t.name.endswith(f"_{inside.suffix(part, diagram.lane)}")]
    shapes = sentences.shapes_of(layer, held)
    step = diagram.before.replace("-", " − ").replace("+", " + ")
    ends = diagram.tell("aloud-output", step=step)
    if not part.top:
        ends = diagram.tell("aloud-upward", step=step, n=part.depth + 1)
    return joined(" ", _inside(diagram), *_told(diagram), ends, diagram.tell("aloud-weights", shapes=shapes))


def _inside(diagram: CellDiagram) -> Message:
    """Which cell it is."""
    part, layer = diagram.part, diagram.part.layer
    article = "a-bidirectional" if layer.bidirectional else "a" if layer.type == "gru" else "an"
    kind, units = diagram.tell(article, type=layer.type.upper()), layer.hidden_size
    subject = diagram.tell("subject-one", kind=kind, units=units)
    if layer.num_layers > 1:
        subject = diagram.tell("subject-layer", n=part.depth, count=layer.num_layers, kind=kind, units=units)
    if not layer.bidirectional:
        return diagram.tell("aloud", subject=subject)
    way = diagram.tell("reverse" if diagram.reverse else "forward")
    return diagram.tell("aloud-way", subject=subject, direction=way)


def _told(diagram: CellDiagram) -> list[Message]:
    layer = diagram.part.layer
    bare = "" if layer.bias else "-bare"
    if layer.type == "rnn":
        return [diagram.tell(f"aloud-rnn{bare}", name=layer.nonlinearity)]
    if layer.type == "gru":
        return [diagram.tell(f"aloud-gru{bare}"), diagram.tell("aloud-mix")]
    last = diagram.tell("aloud-h-projected" if layer.proj_size else "aloud-h")
    return [diagram.tell(f"aloud-lstm{bare}"), diagram.tell("aloud-belt"), last]
