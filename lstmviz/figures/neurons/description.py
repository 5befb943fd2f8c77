"""What a feed-forward network drawn unit by unit says beside and below the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lstmviz.figures.base import shape_tag
from lstmviz.figures.neurons.draw import Units
from lstmviz.figures.neurons.plan import Chain, Row, Still
from lstmviz.figures.shared.called_names import called_short
from lstmviz.figures.shared.caption import under_figure
from lstmviz.figures.shared.claimed import parameter, row_values
from lstmviz.figures.shared.claimed import unit as named_unit
from lstmviz.figures.shared.parts import key_rows, packed_rows
from lstmviz.scene.claims import claim
from lstmviz.scene.code import Code, coded
from lstmviz.scene.items import MUTED, Tint, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, letters, math, row, shorten, words, wrap
from lstmviz.translation.messages import Message, joined, message, user_text

LINE = 9.5


def title(s: Still, index: int) -> TextLine:
    """The name of a row."""
    entry = s.row(index)
    if entry.own_name:
        return row_named(entry)
    told = message(f"neurons.{entry.role}", of=of(s.chain, index))
    if len(s.chain.rows) > 3 and entry.role == "hidden":
        told = message("neurons.hidden-n", n=index, of=of(s.chain, index))
    return words(told, 8.5, tint=stroke_of(entry.role))


def row_named(entry: Row) -> TextLine:
    """What the spec, or the user's code, calls the layer that gives a row."""
    return called_short(entry.own_name, 80, 8.5, font="sans").tinted(stroke_of(entry.role))


def of(chain: Chain, index: int) -> str:
    """The linear layer that gives a row, or reads it, if it is the first."""
    return chain.rows[max(1, index)].id


def _count(s: Still, index: int) -> TextLine:
    entry = s.row(index)
    what = {"input": "values" if s.chain.before else "features"}.get(entry.role, "units")
    return words(message(f"neurons.{what}", n=entry.size, of=of(s.chain, index)), 7, tint=MUTED)


def operation(s: Still, index: int) -> list[TextLine]:
    """What leads into a row, from the top line to the bottom one."""
    entry = s.row(index)
    assert entry.weight is not None
    lines = [entry.code.line(tint=stroke_of("param"))]
    if not s.wide:
        lines += _weights(s, index)
    return [*lines, *(words(told, 7) for told in applied(entry, "dropout-training"))]


def applied(entry: Row, drop: str = "dropout") -> list[Message]:
    """What is applied to the units of a row; `drop` is the message for a dropout."""
    return [
        message(f"neurons.{drop}", p=float(name.split()[1]), of=entry.id)
        if name.startswith("dropout ")
        else message("neurons.applied", name=name, of=entry.id)
        for name in entry.after
    ]


def _weights(s: Still, index: int) -> list[TextLine]:
    """The shapes of a layer's parameters: ``weight (5, F) = (5, 3)``."""
    entry, lines = s.row(index), []
    for tensor in (entry.weight, entry.bias):
        mode = "numbers" if not s.wide and s.options.shapes == "both" else None
        if tensor is not None and (tag := shape_tag(tensor, s.options, size=8, mode=mode)).runs:
            lines.append(row(parameter(entry.id, tensor.name), tag, gap=3).tinted(MUTED))
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


def _tag(s: Still, index: int) -> TextLine:
    entry = s.row(index)
    base, sup = s.letter(index)
    tag = shape_tag(entry.tensor, s.options, size=8.5)
    name = row_values(math(base, "", sup, size=8.5), index, len(s.chain.rows))
    return row(name, tag, gap=4).tinted(MUTED) if tag.runs else EMPTY


def titles(s: Still, placed: dict[int, Units]) -> None:
    """The left column: what each row is, and what leads from one to the next."""
    for index in s.shown:
        y = placed[index].middle[1]
        s.canvas.text(title(s, index), 0, y - 3, role=s.row(index).role)
        s.canvas.text(_count(s, index), 0, y + 6)
        s.canvas.text(_tag(s, index), 0, y + 15.5)
    for below, above in pairwise(s.shown):
        foot, head = placed[below].middle[1] - 14, placed[above].middle[1] + 20
        s.canvas.line([(3, foot), (3, head)], head=4, line=0.7, stroke=MUTED, role="axis")
        lines = operation(s, above) if above == below + 1 else []
        y = (foot + head) / 2 - (len(lines) - 1) * LINE / 2 + 2.5
        for k, line in enumerate(lines):
            s.canvas.text(line, 11, y + k * LINE, role="param" if k == 0 else "note")


def _equation(s: Still, index: int) -> TextLine:
    """``h = ReLU(x W_1^T + b_1)``, as it is done to a batch: (N, F) by (F, H)."""
    entry, own, read = s.row(index), s.letter(index), s.letter(index - 1)
    role, given = entry.role, s.row(index - 1).role
    weight = math("W", str(index), "T", size=10, tint=stroke_of("param"))
    terms = [math(read[0], "", read[1], size=10, tint=stroke_of(given)), weight]
    if entry.bias is not None:
        terms += [letters("+", 10), math("b", str(index), size=10, tint=stroke_of("param"))]
    body = row(*terms, gap=3)
    if entry.activation:
        body = row(words(entry.activation, 8), letters("(", 10), body, letters(")", 10), gap=0.8)
    line = row(math(own[0], "", own[1], size=10, tint=stroke_of(role)), letters("=", 10), body, gap=4)
    facts = {"stage": entry.id, "index": index, "rows": len(s.chain.rows)}
    facts |= {"activation": entry.activation, "bias": entry.bias is not None}
    return line.claiming(claim("dense", line.text, **facts))


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
    return coded(f"weight[{unit - 1}]", [weight], gives=entry.weight.sizes[1:], takes=(0, unit - 1))


def below(s: Still, placed: dict[int, Units]) -> None:
    """Feature names, what a line is, and the letters."""
    low, width = placed[0], s.page.inner
    y = low.middle[1] + s.r + (13.0 if s.options.shapes != "off" else 6.0)
    y = _names(s, low, y)
    unit = placed[s.shown[1]].marked
    said: list[TextLine] = [words(message("neurons.lines"), 7)]
    if s.row(1).bias is not None:
        said.append(words(message("neurons.bias", of=s.row(1).id), 7))
    if any(None in units.shown for units in placed.values()):
        said.append(words(message("neurons.dots-lines"), 7))
    if unit:
        about = {"unit": unit, "row": unit - 1, "n": s.row(1).size, "of": s.row(1).id}
        bold, of_, into = (words(message(f"neurons.{one}", **about), 7) for one in ("bold", "row-of", "into"))
        letter, above = s.letter(1)
        target = named_unit(letter, unit, s.row(1).size, 8.5, above)
        lead = (bold, _row_of(s, unit).line())
        whole = row(*lead, of_, s.row(1).code.line(7), into, target, gap=3)
        said.append(whole if whole.width <= width else row(*lead, into, target, gap=3))
    remarks = [*_remarks(s), *under_figure(s.canvas, _reading(s, placed), s.options)]
    rest = [words(line, 7, tint=MUTED) for text in remarks for line in wrap(text, width, 7)]
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
        unit: words(shorten(user_text(names[unit - 1]), s.page.inner - 60, 7), 7, tint=Tint("input.stroke"))
        for unit in low.places
    }
    if max(label.width for label in own.values()) <= low.pitch - 4 and not low.pitch < 20:
        for unit, x in low.places.items():
            s.canvas.text(own[unit], x, low.middle[1] + s.r + 9, "middle", role="input")
        return max(y, low.middle[1] + s.r + 11)
    size = s.row(0).size
    items = [row(named_unit("x", u, size, 8.5), own[u], gap=3) for u in low.places]
    for line in packed_rows(items, s.page.inner, 9):
        y += 11.5
        s.canvas.text(line, 0, y, role="input")
    return y + 2


def _remarks(s: Still) -> list[Message]:
    """What this network has around its rows."""
    said, first = [], s.row(0).tensor
    if s.chain.before:
        said.append(message("neurons.before", stages=user_text(", ".join(s.chain.before))))
    if len(first.sizes) > 2:
        said.append(message("neurons.places", places=" × ".join(first.symbols[:-1])))
    return said


def _reading(s: Still, placed: dict[int, Units]) -> list[Message]:
    """How the drawing is read."""
    said = []
    if placed[s.shown[1]].marked:
        said.append(message("neurons.counting"))
    return said


def describe(chain: Chain) -> Message:
    """What the figure shows, in sentences to be read aloud."""
    first = message("neurons.size-in", n=chain.rows[0].size, of=of(chain, 0))
    layers = joined("; ", *(_weighs(row) for row in chain.rows[1:]))
    return joined(
        " ",
        message("neurons.aloud", sizes=sizes_of(chain.rows[1:], first)),
        message("neurons.aloud-all"),
        message("neurons.aloud-layers", layers=layers),
    )


def sizes_of(rows: Sequence[Row], *first: Message) -> Message:
    """How many units rows have, from the lowest to the highest."""
    told = [message("neurons.size", n=entry.size, of=entry.id) for entry in rows]
    return joined(" to ", *first, *told)


def _weighs(entry: Row) -> Message:
    """What leads into a row."""
    assert entry.weight is not None
    bias = {"bias": str(entry.bias.sizes)} if entry.bias else {}
    after = {"after": " ".join(entry.after)} if entry.after else {}
    kind = f"weighs{'-bias' if bias else ''}{'-then' if after else ''}"
    return message(
        f"neurons.{kind}",
        name=user_text(entry.id),
        of=entry.id,
        weight=str(entry.weight.sizes),
        **bias,
        **after,
    )
