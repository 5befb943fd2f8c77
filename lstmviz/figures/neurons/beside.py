"""What stands beside a recurrent network drawn unit by unit: its rows, and the weights between them."""

from __future__ import annotations

from lstmviz.figures.base import Options, shape_tag
from lstmviz.figures.neurons.description import applied, row_named
from lstmviz.figures.neurons.page import RIM, NeuronsDrawing, role_of
from lstmviz.figures.neurons.plan import Row
from lstmviz.figures.shared.calls import made
from lstmviz.figures.shared.claimed import deep, named, setting, weight
from lstmviz.figures.shared.formulas import mixed
from lstmviz.network.structure import Tensor
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.scene.labels import TextLine, code, math, row, words
from lstmviz.translation.messages import Message, message

CLEAR = 2.5
"""From the name of weights to their lines, pt."""
LINE = 9.5
"""From one line to the next, pt."""


def named_at_lines(s: NeuronsDrawing) -> bool:
    """Whether a card has room for the name of weights right of its lines."""
    name = weight(s.layer, "ih", s.depths[0])
    return s.m.r + RIM + s.name_room >= CLEAR + name.width + 0.5


def layer_name(s: NeuronsDrawing, depth: int) -> Message:
    """What a layer is called: by its number."""
    return message("layer.nth", n=depth, layer=s.layer.name)


def left_width(s: NeuronsDrawing) -> float:
    """How much the names of the rows take beside the drawing."""
    if s.narrow:
        return 0.0
    lines = [line.width + 11 for _, many in _operations(s) for line in many]
    return max([*lines, *(line.width for _, many in _titles(s) for line in many)]) + s.pad + 14


def left(s: NeuronsDrawing) -> None:
    """The left column: what every row is, and the weights between the rows."""
    x = s.start - left_width(s)
    for y, lines in _titles(s):
        for k, line in enumerate(lines):
            s.canvas.text(line, x, y + k * LINE + (1.5 if k > 1 else 0))
    for (foot, head, at), lines in _operations(s):
        s.canvas.line([(x + 3, foot), (x + 3, head)], head=4, line=0.7, stroke=MUTED, role="axis")
        step = _step(s)
        for k, line in enumerate(lines):
            s.canvas.text(line, x + 11, at + (k - (len(lines) - 1) / 2) * step + 2.5)


def _titles(s: NeuronsDrawing) -> list[tuple[float, list[TextLine]]]:
    """The rows' names with what they are, each with the baseline of its first line."""
    given = s.tell("values-step" if s.past else "features-step", n=s.given.size)
    head = words(message("bare.input"), 8.5, tint=stroke_of("input"))
    lines = [head, words(given, 7, tint=MUTED), *_tag(s.layer.tensor("input"), s.options)]
    found = [(-2.0, lines)]
    for depth in s.depths:
        name = [deep(words(layer_name(s, depth), 8.5, tint=stroke_of("param")), s.layer, depth)]
        units = words(s.tell("layer-units", n=s.layer.hidden_size), 7, tint=MUTED)
        name += [setting(units, s.layer.name, "hidden_size", s.layer.hidden_size)]
        if s.layer.has_cell_state:
            put = {base: math(base, size=8.5, tint=stroke_of(role_of(base))) for base in "ch"}
            name += [mixed(s.tell("holds"), gap=2.5, put=put, tint=MUTED)]
        found.append((s.center(depth) - (len(name) - 1) * LINE / 2 + 2.5, name))
    put = {"h": math("h", size=8.5, tint=stroke_of("hidden"))}
    put["output"] = code("output", 7.5, tint=stroke_of("output"))
    above = s.layer.num_layers - 1
    its = s.tell("its-output", n=above) if above else s.tell("output-one")
    top = [mixed(its, gap=3, put=put)]
    top += _tag(s.layer.tensor("output"), s.options)
    found.append((s.note, top))
    for index, entry in enumerate(s.chain.rows[1:], 1):
        name = [_name(s, entry)]
        often = "units-end" if s.chain.last and "T" not in entry.tensor.symbols else "units-step"
        name += [words(s.tell(often, n=entry.size, of=entry.id), 7, tint=MUTED)]
        found.append((s.head_y(index) - 2, [*name, *_tag(entry.tensor, s.options)]))
    if s.lead is not None:
        name = [made(s.lead).line(tint=stroke_of("param"))]
        found.append((s.floor - 12, [words(s.tell("token"), 8.5, tint=stroke_of("input")), *name]))
    return found


def _name(s: NeuronsDrawing, entry: Row) -> TextLine:
    if entry.own_name:
        return row_named(entry)
    said = s.tell({"output": "prediction"}.get(entry.role, "hidden"), of=entry.id)
    return words(said, 8.5, tint=stroke_of(entry.role))


def _tag(tensor: Tensor, options: Options) -> list[TextLine]:
    tag = shape_tag(tensor, options, size=8.5)
    return [tag.tinted(MUTED)] if tag.runs else []


def _operations(s: NeuronsDrawing) -> list[tuple[tuple[float, float, float], list[TextLine]]]:
    """The weights between two rows: foot and head of their arrow, where they are named, and as what."""
    found: list[tuple[tuple[float, float, float], list[TextLine]]] = []
    for depth in s.depths:
        name = [line for way in ("ih", "hh") for line in _weight(s, way, depth)]
        if depth and s.layer.dropout:
            name += [words(s.tell("drop", p=s.layer.dropout), 7)]
        found.append(_beside_arrow(s, (s.level(depth) - s.m.r + s.foot(depth)) / 2 - 1, name))
    for index, entry in enumerate(s.chain.rows[1:], 1):
        assert entry.weight is not None
        name = [entry.code.line(tint=stroke_of("param")), *(words(told, 7) for told in applied(entry))]
        low = s.note - 10 if index == 1 else s.head_y(index - 1) - 13
        at = (low + s.head_y(index) + (19 if s.options.shapes != "off" else 9)) / 2
        found.append(_beside_arrow(s, at, name))
    return found


def _step(s: NeuronsDrawing) -> float:
    """From one line beside an arrow to the next: shapes, which have no marks on top, stand closer."""
    return LINE + (0.8 if s.options.shapes != "off" else 4.0)


def _beside_arrow(
    s: NeuronsDrawing, at: float, lines: list[TextLine]
) -> tuple[tuple[float, float, float], list[TextLine]]:
    """An arrow as high as the lines beside it."""
    half = len(lines) * _step(s) / 2 + 2
    return (at + half, at - half, at), lines


def _weight(s: NeuronsDrawing, way: str, depth: int) -> list[TextLine]:
    """``W_ih weight_ih_l0``, and under it its shape."""
    called = f"weight_{way}_l{depth}"
    name = row(weight(s.layer, way, depth), named(s.layer, called, tint=stroke_of("param")), gap=4)
    return [name, *_tag(s.layer.parameter(called), s.options)]
