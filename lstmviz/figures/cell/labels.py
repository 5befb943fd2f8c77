"""What is written beside a cell: its symbols and their shapes, its equations, a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lstmviz.figures.base import shape_tag
from lstmviz.figures.cell import inside
from lstmviz.figures.cell.inside import GATES
from lstmviz.figures.shared import parts, sentences
from lstmviz.figures.shared.claimed import lettered, meaning, named, symbol
from lstmviz.figures.shared.common import keep
from lstmviz.figures.shared.mixed import mixed
from lstmviz.scene import ids, labels
from lstmviz.scene.items import INK, MUTED, stroke_of
from lstmviz.translation.messages import joined

if TYPE_CHECKING:
    from lstmviz.figures.base import Options
    from lstmviz.figures.cell.diagram import Bench
    from lstmviz.figures.shared.parts import Part
    from lstmviz.network.structure import Tensor
    from lstmviz.scene.labels import Inline
    from lstmviz.translation.messages import Said

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


def _muted(said: Said) -> Inline:
    return labels.words(said, 7, tint=MUTED)


def _gates(bench: Bench) -> list[Row]:
    """The gates' names, where the strip has no room for them, and their rows likewise."""
    layer = bench.part.layer
    names = GATES.get(layer.type, {})
    drawn = {n.id: n.label for n in bench.canvas.nodes if n.label}
    first = {gate: drawn.get(bench.id(ids.named("rows", gate))) for gate in names}
    told: list[Row] = []
    drawn_names = {g for g, label in first.items() if label and label.english.startswith(names[g])}
    if drawn_names < names.keys() - ({"n"} if layer.type == "gru" else set()):
        symbols = _listed([lettered(labels.letters(g, 9.5, tint=stroke_of("gate"))) for g in names])
        of = ", ".join(names)
        told.append(Row(symbols, _muted(bench.tell(f"gates-{layer.type}", of=of))))
    if names and bench.part.options.shapes != "off":
        told += _rows(bench, [label.text for label in first.values() if label])
    return told


def _rows(bench: Bench, drawn: list[str]) -> list[Row]:
    """Which rows of the weights belong to which gate, where the blocks `drawn` do not say it."""
    names, part = GATES[bench.part.layer.type], bench.part
    blocks = [inside.block_rows(part, k, k + 1) for k in range(len(names))]
    if all(any(block.text in text for block in blocks) for text in drawn):
        which = labels.words(f"{blocks[0].text} …", 7, tint=MUTED).claiming(*blocks[0].claims)
        return [Row(which, mixed(bench.tell("block-rows-bias" if part.layer.bias else "block-rows")))]
    told = [inside.block_rows(part, k, k + 1, gate) for k, gate in enumerate(names)]
    head, whole = _muted(bench.tell("rows")), _listed(told)
    if whole.width <= ROOM:
        return [Row(head, whole)]
    return [Row(head, _listed(told[:2])), Row(labels.EMPTY, _listed(told[2:]))]


def _states(bench: Bench) -> list[Row]:
    part, layer = bench.part, bench.part.layer
    h = parts.without_axis(layer.tensor("h_n"), 0)
    sign = symbol("x", "t", size=9.5, tint=stroke_of(inside.reads(bench)))
    found = [Row(sign, mixed(_x_name(bench)), _x_tensor(part))]
    sign = symbol("h", "t", size=9.5, tint=stroke_of("hidden"))
    if not layer.has_cell_state:
        return [*found, Row(sign, _muted(bench.tell("hidden", of="h_t")), h)]
    cell = parts.without_axis(layer.tensor("c_n"), 0)
    other = symbol("c", "t", size=9.5, tint=stroke_of("cell"))
    if cell.sizes == h.sizes:
        return [*found, Row(_listed([sign, other]), _muted(bench.tell("both-states", of="h_t, c_t")), h)]
    hidden, state = bench.tell("hidden", of="h_t"), bench.tell("state", of="c_t")
    return [*found, Row(sign, _muted(hidden), h), Row(other, _muted(state), cell)]


def _x_tensor(part: Part) -> Tensor:
    """One step of the input; in an upper layer, of what the layer below gives."""
    layer = part.layer
    if part.depth and not layer.bidirectional:
        return parts.without_axis(layer.tensor("h_n"), 0)
    whole = layer.tensor("output" if part.depth else "input")
    return parts.without_axis(whole, parts.time_axis_of(layer))


def _x_name(bench: Bench) -> Said:
    depth, layer = bench.part.depth, bench.part.layer
    if not depth:
        return bench.tell("x-input", of="x_t")
    told = "x-both" if layer.bidirectional else "x-below"
    if layer.dropout:
        return bench.tell(f"{told}-dropped", n=depth - 1, p=layer.dropout, of="x_t")
    return bench.tell(told, n=depth - 1, of="x_t")


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
        name = bench.id(ids.named("shape", r.symbol.text.replace(", ", ".")))
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
        items += keep([_meaning(bench, "⊙", "entrywise"), _meaning(bench, "σ", "squashes")])
    if bench.part.layer.batch_size is not None:
        items.append(mixed(bench.tell("batch")))
    for line in parts.packed_rows(items, width, 9):
        bench.canvas.text(line, x0, y)
        y += PITCH
    return y - PITCH


def _meaning(bench: Bench, sign: str, id: str) -> Inline:
    line = labels.words(sign, 9, font="roman", tint=MUTED)
    return meaning(labels.row(line, _muted(bench.tell(id)), gap=2.5), sign, sign, f"cell.{id}")


def sentence(bench: Bench) -> Said:
    """What the figure shows, to be read aloud."""
    part, layer = bench.part, bench.part.layer
    held = [t for t in layer.parameters if t.name.endswith(f"_{inside.suffix(part, bench.lane)}")]
    shapes = sentences.shapes_of(layer, held)
    step = bench.before.replace("-", " − ").replace("+", " + ")
    ends = bench.tell("aloud-output", step=step)
    if not part.top:
        ends = bench.tell("aloud-upward", step=step, n=part.depth + 1)
    return joined(" ", _inside(bench), *_told(bench), ends, bench.tell("aloud-weights", shapes=shapes))


def _inside(bench: Bench) -> Said:
    """Which cell it is."""
    part, layer = bench.part, bench.part.layer
    article = "a-bidirectional" if layer.bidirectional else "a" if layer.type == "gru" else "an"
    kind, units = bench.tell(article, type=layer.type.upper()), layer.hidden_size
    subject = bench.tell("subject-one", kind=kind, units=units)
    if layer.num_layers > 1:
        subject = bench.tell("subject-layer", n=part.depth, count=layer.num_layers, kind=kind, units=units)
    if not layer.bidirectional:
        return bench.tell("aloud", subject=subject)
    way = bench.tell("reverse" if bench.reverse else "forward")
    return bench.tell("aloud-way", subject=subject, direction=way)


def _told(bench: Bench) -> list[Said]:
    layer = bench.part.layer
    bare = "" if layer.bias else "-bare"
    if layer.type == "rnn":
        return [bench.tell(f"aloud-rnn{bare}", name=layer.nonlinearity)]
    if layer.type == "gru":
        return [bench.tell(f"aloud-gru{bare}"), bench.tell("aloud-mix")]
    last = bench.tell("aloud-h-projected" if layer.proj_size else "aloud-h")
    return [bench.tell(f"aloud-lstm{bare}"), bench.tell("aloud-belt"), last]
