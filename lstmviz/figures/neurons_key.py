"""The key of a recurrent network drawn unit by unit: what its marks mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.base import respell, shape_tag
from lstmviz.figures.neurons_sheet import BEAD
from lstmviz.figures.neurons_states import RIVER, WEAVE
from lstmviz.figures.parts import key_rows, packed_rows
from lstmviz.scene.items import MUTED, Tint, fill_of, stroke_of
from lstmviz.scene.labels import Inline, code, letters, math, row, words, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmviz.figures.neurons_sheet import Sheet

ICON = 40.0
"""Where the words begin beside an icon."""
GATES = {
    "lstm": (4, "i, f, g and o"),
    "gru": (3, "r, z and n"),
    "rnn": (1, ""),
}


def key(s: Sheet, x: float, y: float, width: float) -> None:
    """Lines with an icon, then lines without, from y down."""
    if s.options.legend != "off":
        for draw, texts in _marks(s):
            lines = [line for text in texts for line in wrap(text, width - ICON - 3, 7)]
            draw(s, x, y + 8.5 + (len(lines) - 1) * 5)
            for text in lines:
                y += 10.5
                s.canvas.text(spoken(text), x + ICON, y)
            y += 4
        y += 2
    for line in _lines(s, width):
        y += 11.5
        s.canvas.text(line, x, y)


def spoken(text: str) -> Inline:
    """A sentence whose c, h and W_hh are set as what they are.

    >>> spoken("its own c").text
    'its own c'
    """
    named = {
        "c": math("c", size=9, tint=stroke_of("cell")),
        "h": math("h", size=9, tint=stroke_of("hidden")),
        "W_hh": math("W", "hh", size=9, tint=stroke_of("param")),
        "output": code("output", 7, tint=stroke_of("output")),
    }
    parts = []
    for word in text.split():
        bare = word.rstrip(",;:.")
        rest = [words(word[len(bare) :], 7)] if len(bare) < len(word) else []
        parts.append(row(named.get(bare) or words(bare, 7), *rest))
    return row(*parts, gap=2.3)


def _marks(s: Sheet) -> list[tuple[Callable[[Sheet, float, float], None], list[str]]]:
    """The marks used, each with its meaning."""
    count, times = s.layer.hidden_size, len(s.columns)
    every = {1: "the only unit", 2: "both units"}.get(count, f"all {count} units")
    same = f"marked: one unit at {times} times, not {times} units; " if times > 1 else ""
    if s.narrow:
        return _short_marks(s, same.rstrip("; "), every)
    marks: list[tuple[Callable[[Sheet, float, float], None], list[str]]] = []
    unit = [f"{same}it takes in the h of {every}"]
    if s.layer.has_cell_state:
        marks.append((_rail, ["c goes from each unit to itself at the next step, not to the others"]))
        unit = [
            "a unit: the bead is its c, the dot on top is where its h leaves",
            f"{same}it takes in its own c and the h of {every}",
        ]
    across = "h goes from every unit to every unit of the same layer at the next step, through W_hh"
    marks += [(_ribbon, [across]), (_unit, unit)]
    return [*marks, (_output, ["output is the h of the last layer, at every step"])]


def _short_marks(
    s: Sheet, same: str, every: str
) -> list[tuple[Callable[[Sheet, float, float], None], list[str]]]:
    """The same in the fewest lines of a column of print."""
    across = (_ribbon, ["h goes from every unit to all, through W_hh"])
    out = (_output, ["output is the h of the last layer"])
    if not s.layer.has_cell_state:
        return [across, (_unit, [same or f"a unit: takes in the h of {every}"]), out]
    unit = [
        "a unit: the bead is its c, h leaves at the dot",
        same or f"it takes in its own c and the h of {every}",
    ]
    return [(_rail, ["c goes from each unit to itself, not to others"]), across, (_unit, unit), out]


def _rail(s: Sheet, x: float, y: float) -> None:
    for dy in (-0.8, 0.8):
        s.canvas.line([(x, y + dy), (x + 30, y + dy)], stroke=stroke_of("cell"), line=0.7, role="cell")
    s.canvas.line([(x + 3, y), (x + 13, y)], stroke=stroke_of("cell"), line=0.01, head=4.5, role="cell")
    box = [
        (x + 13, y - BEAD),
        (x + 13 + 2 * BEAD, y - BEAD),
        (x + 13 + 2 * BEAD, y + BEAD),
        (x + 13, y + BEAD),
    ]
    s.canvas.form(box, ellipse=True, fill=fill_of("cell"), stroke=stroke_of("cell"), line=0.9, role="cell")


def _ribbon(s: Sheet, x: float, y: float) -> None:
    s.canvas.box((x, y - 5, x + 28, y + 5), fill=RIVER, role="hidden")
    for left, fill in ((x, fill_of("hidden")), (x + 17, RIVER)):
        for k in range(3):
            top = y - 5 + k * 10 / 3
            box = (left, top, left + 4.5, top + 10 / 3)
            s.canvas.box(box, fill=fill, stroke=stroke_of("hidden"), line=0.6, role="hidden")
    for a in (-1, 0, 1):
        for b in (-1, 0, 1):
            ends = [(x + 4.5, y + a * 3.3), (x + 17, y + b * 3.3)]
            s.canvas.line(ends, stroke=WEAVE, line=0.5, role="hidden")
    s.canvas.form([(x + 23, y - 3), (x + 27.5, y), (x + 23, y + 3)], fill=stroke_of("hidden"), role="hidden")


def _unit(s: Sheet, x: float, y: float) -> None:
    r, dark = 5.5, Tint("hidden.fill", "hidden.stroke", 0.38)
    x += 14.5
    if s.layer.has_cell_state:
        body = [(x - r, y - 12), (x + r, y - 12), (x + r, y + 12), (x - r, y + 12)]
        pale = fill_of("hidden", 0.35)
        s.canvas.form(body, radius=r, fill=pale, stroke=stroke_of("hidden"), line=1.3, role="hidden")
        s.canvas.dot(x, y - 12, 1.7, stroke_of("hidden"), role="hidden")
        s.canvas.dot(x, y - 4.5, BEAD, stroke_of("cell"), role="cell")
        y += 12 - r
    corners = [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
    s.canvas.form(corners, ellipse=True, fill=dark, stroke=stroke_of("hidden"), line=1.5, role="hidden")
    s.canvas.text(letters(str(s.traced), 7.2), x, y + 2.5, "middle", role="hidden")


def _output(s: Sheet, x: float, y: float) -> None:
    corners = [(x + 1.2, y - 4), (x + 28, y - 4), (x + 28, y + 4), (x + 1.2, y + 4)]
    s.canvas.form(corners, radius=3, stroke=stroke_of("output"), line=2.25, role="output")


def _lines(s: Sheet, width: float) -> list[Inline]:
    """The same weights, their shapes, the states, and the letters."""
    layer = s.layer
    said = [words("the same weights in every column", 7, font="bold", tint=stroke_of("param"))]
    count, parts = GATES[layer.type]
    rows = f"{count}{respell('H', s.options)} rows: {parts} of every unit" if parts else ""
    if s.options.shapes in {"both", "symbols"} and rows:
        said.append(words(rows, 7, tint=MUTED))
    lines = packed_rows(said, width, 12) if s.options.legend != "off" else []
    table = _table(s) if s.narrow else []
    lines += packed_rows([*table, *_biases(s), *_state_shapes(s)], width, 12)
    if s.options.legend != "off":
        lines += packed_rows(
            [words(t, 7, tint=MUTED) for text in _remarks(s) for t in wrap(text, width, 7)], width, 12
        )
    return [*lines, *key_rows([*layer.tensors, *layer.parameters], s.options, width)]


def _table(s: Sheet) -> list[Inline]:
    """The weights with their shapes, where no column beside the drawing has them."""
    found = []
    for depth in s.depths:
        for way in ("ih", "hh"):
            tag = shape_tag(s.layer.parameter(f"weight_{way}_l{depth}"), s.options, size=8.5)
            sup = f"({depth})" if s.layer.num_layers > 1 else ""
            if tag.runs:
                found.append(
                    row(math("W", way, sup, size=9, tint=stroke_of("param")), tag.tinted(MUTED), gap=4)
                )
    for entry in s.chain.rows[1:]:
        assert entry.weight is not None
        name = code(f"Linear({entry.weight.sizes[1]}, {entry.size})", 7, tint=stroke_of("param"))
        gives = [letters("→", 8), math("y", "t", size=9)] if entry.role == "output" else []
        found.append(row(name, *(words(a, 7, tint=MUTED) for a in entry.after), *gives, gap=4))
    for end in ("input", "output"):
        tag = shape_tag(s.layer.tensor(end), s.options, size=8.5)
        if tag.runs:
            found.append(row(code(end, 7, tint=stroke_of(end)), tag.tinted(MUTED), gap=4))
    return found


def _biases(s: Sheet) -> list[Inline]:
    if not s.layer.bias or s.options.shapes == "off":
        return []
    tag = shape_tag(s.layer.parameter("bias_ih_l0"), s.options, size=8.5)
    names = [code("bias_ih", 7), words("and", 7, tint=MUTED), code("bias_hh", 7)]
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
    if layer.dropout:
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
