"""What a feed-forward network drawn unit by unit says beside and below the drawing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from lstmviz.figures.base import shape_tag
from lstmviz.figures.shared.claimed import ticked
from lstmviz.figures.shared.parts import key_rows, packed_rows
from lstmviz.scene.code import coded
from lstmviz.scene.items import INK, MUTED, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, Inline, code, letters, math, row, shorten, words, wrap

if TYPE_CHECKING:
    from lstmviz.figures.neurons.draw import Units
    from lstmviz.figures.neurons.plan import Chain, Still
    from lstmviz.scene.code import Code

LINE = 9.5


def title(s: Still, index: int) -> Inline:
    """The name of a row."""
    entry = s.row(index)
    hidden = len(s.chain.rows) > 3 and entry.role == "hidden"
    text = shorten(entry.own_name, 80, 8.5) or entry.role + (f" {index}" if hidden else "")
    return words(text, 8.5, tint=stroke_of(entry.role))


def _count(s: Still, index: int) -> Inline:
    entry = s.row(index)
    one = {"input": "value" if s.chain.before else "feature"}.get(entry.role, "unit")
    said = words(f"{entry.size} {one}{'' if entry.size == 1 else 's'}", 7, tint=MUTED)
    return ticked(said, entry.size, entry.size)


def operation(s: Still, index: int) -> list[Inline]:
    """What leads into a row, from the bottom line to the top one."""
    entry = s.row(index)
    assert entry.weight is not None
    lines = [entry.code.line(tint=stroke_of("param"))]
    if not s.wide:
        lines += _weights(s, index)
    lines += [words(_after(name), 7) for name in entry.after]
    return lines


def _after(name: str) -> str:
    return f"{name} (training)" if name.startswith("dropout") else name


def _weights(s: Still, index: int) -> list[Inline]:
    """The shapes of a layer's parameters: ``weight (5, F) = (5, 3)``."""
    entry, lines = s.row(index), []
    for tensor in (entry.weight, entry.bias):
        mode = "numbers" if not s.wide and s.options.shapes == "both" else None
        if tensor is not None and (tag := shape_tag(tensor, s.options, size=8, mode=mode)).runs:
            lines.append(row(code(tensor.name, 7), tag, gap=3).tinted(MUTED))
    return lines


def left_width(s: Still) -> float:
    """How much the left column takes."""
    lines = [line for i in s.shown[1:] for line in operation(s, i)]
    labels = [p for i in s.shown for p in (title(s, i), _count(s, i), _tag(s, i))]
    return max([line.width + 11 for line in lines] + [p.width for p in labels])


def right_width(s: Still) -> float:
    """How much the equations take."""
    said = [line for i in s.shown[1:] for line in (_equation(s, i), *_weights(s, i))]
    return max(line.width for line in said)


def _tag(s: Still, index: int) -> Inline:
    entry = s.row(index)
    base, sup = s.letter(index)
    tag = shape_tag(entry.tensor, s.options, size=8.5)
    return row(math(base, "", sup, size=8.5), tag, gap=4).tinted(MUTED) if tag.runs else EMPTY


def titles(s: Still, placed: dict[int, Units]) -> None:
    """The left column: what each row is, and what leads from one to the next."""
    for index in s.shown:
        y = placed[index].middle[1]
        s.canvas.text(title(s, index), 0, y - 3, role=s.row(index).role)
        s.canvas.text(_count(s, index), 0, y + 6)
        s.canvas.text(_tag(s, index), 0, y + 15.5)
    for below, above in pairwise(s.shown):
        foot, head = placed[below].middle[1] - 14, placed[above].middle[1] + 20
        s.canvas.line([(3, foot), (3, head)], head=5, role="axis")
        lines = operation(s, above) if above == below + 1 else []
        y = (foot + head) / 2 + (len(lines) - 1) * LINE / 2 + 2.5
        for k, line in enumerate(lines):
            s.canvas.text(line, 11, y - k * LINE, role="param" if k == 0 else "note")


def _equation(s: Still, index: int) -> Inline:
    """``h = ReLU(W_1 x + b_1)``."""
    entry, own, read = s.row(index), s.letter(index), s.letter(index - 1)
    role, given = entry.role, s.row(index - 1).role
    weight = math("W", str(index), size=10, tint=stroke_of("param"))
    terms = [weight, math(read[0], "", read[1], size=10, tint=stroke_of(given))]
    if entry.bias is not None:
        terms += [letters("+", 10), math("b", str(index), size=10, tint=stroke_of("param"))]
    body = row(*terms, gap=3)
    if entry.activation:
        body = row(words(entry.activation, 8), letters("(", 10), body, letters(")", 10), gap=0.8)
    return row(math(own[0], "", own[1], size=10, tint=stroke_of(role)), letters("=", 10), body, gap=4)


def equations(s: Still, placed: dict[int, Units], x: float) -> None:
    """The right column: each layer as an equation, with its parameters' shapes."""
    for below, above in pairwise(s.shown):
        if above > below + 1:
            continue
        y = (placed[below].middle[1] + placed[above].middle[1]) / 2 - 4
        s.canvas.text(_equation(s, above), x, y, role="param")
        for k, line in enumerate(_weights(s, above)):
            s.canvas.text(line, x, y + 12 + k * 10.5, role="param")


def _row_of(s: Still, unit: int) -> Code:
    """The weights that lead into a unit of the first layer."""
    entry = s.row(1)
    assert entry.weight is not None
    weight = ("weight", ("parameter", entry.id, "weight"))
    return coded(f"weight[{unit - 1}]", [weight], gives=entry.weight.sizes[1:])


def below(s: Still, placed: dict[int, Units]) -> None:
    """Feature names, what a line is, and the letters."""
    low, width = placed[0], s.page.inner
    y = low.middle[1] + s.r + (13.0 if s.options.shapes != "off" else 6.0)
    y = _names(s, low, y)
    unit = placed[s.shown[1]].marked
    said: list[Inline] = [words("each line is one weight", 7)]
    if unit:
        target = math(s.letter(1)[0], str(unit), s.letter(1)[1], size=8.5)
        said.append(row(words("bold: row", 7), _row_of(s, unit).line(), words("into", 7), target, gap=3))
    if s.row(1).bias is not None:
        said.append(words("each unit also adds its bias", 7))
    rest = [words(line, 7, tint=MUTED) for text in _remarks(s, placed) for line in wrap(text, width, 7)]
    letters_used = [t for i in s.shown for t in (s.row(i).tensor, s.row(i).weight) if t is not None]
    legend = s.options.legend != "off"
    lines = [*packed_rows(said, width, 11), *packed_rows(rest, width, 11)] if legend else []
    for line in [*lines, *key_rows(letters_used, s.options, width)]:
        y += 11.5
        s.canvas.text(line, 0, y)


def _names(s: Still, low: Units, y: float) -> float:
    """The features' own names: under their squares if there is room, else in a row."""
    names = s.row(0).names
    if not names:
        return y
    own = {
        unit: words(shorten(names[unit - 1], s.page.inner - 60, 7), 7, tint=Tint("input.stroke"))
        for unit in low.places
    }
    if max(label.width for label in own.values()) <= low.pitch - 4 and not low.pitch < 20:
        for unit, x in low.places.items():
            s.canvas.text(own[unit], x, low.middle[1] + s.r + 9, "middle", role="input")
        return max(y, low.middle[1] + s.r + 11)
    items = [row(math("x", str(u), size=8.5, tint=INK), own[u], gap=3) for u in low.places]
    for line in packed_rows(items, s.page.inner, 9):
        y += 11.5
        s.canvas.text(line, 0, y, role="input")
    return y + 2


def _remarks(s: Still, placed: dict[int, Units]) -> list[str]:
    said, first = [], s.row(0).tensor
    if s.chain.before:
        said.append(f"before the lowest row: {', '.join(s.chain.before)}")
    if len(first.sizes) > 2:
        said.append(f"the same network for each of the {' × '.join(first.symbols[:-1])} places")
    if any(None in units.shown for units in placed.values()):
        said.append("dots: units left out, with their lines")
    if placed[s.shown[1]].marked:
        said.append("units count from 1, Python's indices from 0")
    return said


def describe(chain: Chain) -> str:
    """What the figure shows, in sentences to be read aloud."""
    sizes = " to ".join(str(r.size) for r in chain.rows)
    layers = "; ".join(
        f"{r.id} has weight {r.weight.sizes}{f' and bias {r.bias.sizes}' if r.bias else ''}"
        f"{f', then {chr(32).join(r.after)}' if r.after else ''}"
        for r in chain.rows
        if r.weight is not None
    )
    return (
        f"A feed-forward network drawn unit by unit, from the input at the bottom to the output at the top: "
        f"{sizes} units. Every unit is connected with every unit of the row below it. {layers}."
    )
