"""What is written beside a cell: its symbols and their shapes, its equations, a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lstmviz.figures.base import shape_tag
from lstmviz.figures.cell import inside
from lstmviz.figures.cell.equations import says
from lstmviz.figures.cell.inside import GATES
from lstmviz.figures.shared import parts, sentences
from lstmviz.figures.shared.claimed import named, symbol
from lstmviz.scene import labels
from lstmviz.scene.items import INK, MUTED, stroke_of

if TYPE_CHECKING:
    from lstmviz.figures.base import Options
    from lstmviz.figures.cell.diagram import Bench
    from lstmviz.figures.shared.parts import Part
    from lstmviz.network.structure import Tensor
    from lstmviz.scene.labels import Inline

PITCH = 11.5
"""From one row of the table to the next, pt."""
ROOM = 170.0
"""How long one line of the table's second column may be, pt."""
WEIGHTS = (
    ("W", "weight", ("ih",)),
    ("W", "weight", ("hh",)),
    ("b", "bias", ("ih", "hh")),
    ("W", "weight", ("hr",)),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A symbol, what it is, and its shape."""

    symbol: Inline
    name: Inline
    tensor: Tensor | None = None
    named: tuple[str, ...] = ()
    """The parameters of torch that have this shape."""


def rows(bench: Bench) -> list[Row]:
    """Everything drawn: gates, states, weights."""
    return [*_gates(bench), *_states(bench), *_weights(bench)]


def _listed(names: list[Inline]) -> Inline:
    comma = labels.words(", ", 7, tint=names[0].runs[0].tint if names[0].runs[0].tint == MUTED else INK)
    return labels.row(*[p for name in names for p in (comma, name)][1:])


def _muted(text: str) -> Inline:
    return labels.words(text, 7, tint=MUTED)


def _gates(bench: Bench) -> list[Row]:
    """The gates' names, where the strip has no room for them, and their rows likewise."""
    layer = bench.part.layer
    names = GATES.get(layer.type, {})
    drawn = {n.id: n.label.text for n in bench.canvas.nodes if n.label}
    first = {gate: drawn.get(bench.id(f"rows.{gate}"), "") for gate in names}
    told: list[Row] = []
    if not all(first[g].startswith(name) for g, name in names.items()):
        symbols = _listed([labels.letters(g, 9.5, tint=stroke_of("gate")) for g in names])
        told.append(Row(symbols, _muted(_spoken(names))))
    if names and bench.part.options.shapes != "off":
        told += _rows(bench, names, first)
    return told


def _spoken(names: dict[str, str]) -> str:
    """``reset gate, update gate, candidate``."""
    return ", ".join(name if name == "candidate" else f"{name} gate" for name in names.values())


def _rows(bench: Bench, names: dict[str, str], first: dict[str, str]) -> list[Row]:
    """Which rows of the weights belong to which gate."""
    texts = [inside.rows_text(bench.part, k, k + 1) for k in range(len(names))]
    shown = all(text in first[g] for g, text in zip(names, texts, strict=True) if first[g])
    if shown:
        held = [symbol("W", sub, size=9, tint=MUTED) for sub in ("ih", "hh")]
        biases = " and both *b*" if bench.part.layer.bias else ""
        where = labels.row(_muted("a block’s rows of "), _listed(held), says(biases))
        return [Row(_muted(f"{texts[0]} …"), where)]
    told = [f"*{g}* {text}" for g, text in zip(names, texts, strict=True)]
    if says(", ".join(told)).width <= ROOM:
        return [Row(_muted("rows"), says(", ".join(told)))]
    return [Row(_muted("rows"), says(", ".join(told[:2]))), Row(labels.EMPTY, says(", ".join(told[2:])))]


def _states(bench: Bench) -> list[Row]:
    part, layer = bench.part, bench.part.layer
    h = parts.without_axis(layer.tensor("h_n"), 0)
    sign = symbol("x", "t", size=9.5, tint=stroke_of(inside.reads(bench)))
    found = [Row(sign, says(_x_name(bench)), _x_tensor(part))]
    sign = symbol("h", "t", size=9.5, tint=stroke_of("hidden"))
    if not layer.has_cell_state:
        return [*found, Row(sign, _muted("hidden state"), h)]
    cell = parts.without_axis(layer.tensor("c_n"), 0)
    other = symbol("c", "t", size=9.5, tint=stroke_of("cell"))
    if cell.sizes == h.sizes:
        return [*found, Row(_listed([sign, other]), _muted("hidden state, cell state"), h)]
    return [*found, Row(sign, _muted("hidden state"), h), Row(other, _muted("cell state"), cell)]


def _x_tensor(part: Part) -> Tensor:
    """One step of the input; in an upper layer, of what the layer below gives."""
    layer = part.layer
    if part.depth and not layer.bidirectional:
        return parts.without_axis(layer.tensor("h_n"), 0)
    whole = layer.tensor("output" if part.depth else "input")
    return parts.without_axis(whole, parts.time_axis_of(layer))


def _x_name(bench: Bench) -> str:
    depth, layer = bench.part.depth, bench.part.layer
    if not depth:
        return "input at step *t*"
    dropped = f", after dropout {layer.dropout:g}" if layer.dropout else ""
    both = "both " if layer.bidirectional else ""
    return f"{both}*h* of layer {depth - 1}{dropped}"


def _weights(bench: Bench) -> list[Row]:
    found = []
    for base, kept, subs in WEIGHTS:
        tensors = [t for sub in subs if (t := inside.weight(bench, f"{kept}_{sub}")) is not None]
        signs = [symbol(base, sub, size=9.5, tint=stroke_of("param")) for sub in subs]
        codes = [named(bench.part.layer, t.name) for t in tensors]
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


def table_width(bench: Bench) -> float:
    """How wide the table is with its shapes beside the names."""
    told, options = rows(bench), bench.part.options
    at = columns(told, options, 0.0)
    tags = max(shape_tag(r.tensor, options).width for r in told if r.tensor)
    return max(at.shapes + tags, *(at.names + r.name.width for r in told))


def table_height(bench: Bench, width: float) -> float:
    """From its first to its last baseline, the key included."""
    told = rows(bench)
    own = columns(told, bench.part.options, width).own
    return PITCH * (len(told) + (sum(1 for r in told if r.tensor) if own else 0)) + 15


def table(bench: Bench, x0: float, y: float, width: float) -> float:
    """The rows from the baseline y downward; gives the last one's."""
    options, told = bench.part.options, rows(bench)
    at = columns(told, options, width)
    for r in told:
        tag = shape_tag(r.tensor, options).tinted(MUTED) if r.tensor else labels.EMPTY
        bench.canvas.text(r.symbol, x0, y)
        bench.canvas.text(r.name, x0 + at.names, y)
        y += PITCH if at.own and tag.runs else 0.0
        kept: dict[str, Any] = {}
        if r.tensor and r.named:
            kept = {"tensor": r.named[0], "shape": r.tensor.sizes}
        name = bench.id(f"shape.{r.symbol.text.replace(', ', '.')}")
        bench.canvas.text(tag, x0 + (at.names if at.own else at.shapes), y, id=name, **kept)
        y += PITCH
    return y - PITCH


def key(bench: Bench, x0: float, y: float, width: float) -> float:
    """The letters and signs that are used, in rows from the baseline y; gives the last one's."""
    options = bench.part.options
    if options.legend == "off":
        return y - PITCH
    items = parts.key_items([r.tensor for r in rows(bench) if r.tensor], options)
    if bench.part.layer.type != "rnn":
        items += [_meaning("⊙", "entry by entry"), _meaning("σ", "squashes into 0 … 1")]
    if bench.part.layer.batch_size is not None:
        items.append(
            labels.row(says("for a batch: *x*"), labels.math("W", sup="T", size=9, tint=MUTED), gap=1.5)
        )
    for line in parts.packed_rows(items, width, 9):
        bench.canvas.text(line, x0, y)
        y += PITCH
    return y - PITCH


def _meaning(symbol: str, meaning: str) -> Inline:
    sign = labels.words(symbol, 9, font="roman", tint=MUTED)
    return labels.row(sign, labels.words(meaning, 7, tint=MUTED), gap=2.5)


def sentence(bench: Bench) -> str:
    """What the figure shows, to be read aloud."""
    part, layer = bench.part, bench.part.layer
    which = sentences.subject_words(part).replace("Layer", "layer", 1).replace("The one", "the one", 1)
    way = f", {'reverse' if bench.reverse else 'forward'} direction" if layer.bidirectional else ""
    held = [t for t in layer.parameters if t.name.endswith(f"_{inside.suffix(part, bench.lane)}")]
    shapes = ", ".join(f"{t.name} {sentences.spoken(t)}" for t in held)
    step = f"step {bench.before.replace('-', ' − ').replace('+', ' + ')}"
    return (
        f"The inside of the cell of {which}{way}, for one step t. {_told(bench)} "
        f"The states of {step} enter, h goes on to the next step and up to "
        f"{'output' if part.top else f'layer {part.depth + 1}'}. Weights: {shapes}."
    )


def _told(bench: Bench) -> str:
    layer = bench.part.layer
    biases = ", each with its own bias," if layer.bias else ", without biases,"
    made = f"The products of x and h with their weights{biases} are added"
    if layer.type == "rnn":
        return f"{made}; h is {layer.nonlinearity} of the sum."
    if layer.type == "gru":
        return (
            f"From the products of x and h with their weights{biases} come the reset gate r, the update "
            "gate z (both σ), and the candidate n (tanh), in which r multiplies the product with h. "
            "The new h is (1 − z) ⊙ n + z ⊙ h."
        )
    last = ", projected by W_hr," if layer.proj_size else ""
    return (
        f"{made} and cut into four blocks: input gate i, "
        "forget gate f, candidate g (tanh), output gate o. The cell state c runs straight through: it is "
        f"multiplied by f, and i ⊙ g is added. o ⊙ tanh(c){last} is h."
    )
