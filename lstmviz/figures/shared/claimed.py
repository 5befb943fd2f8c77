"""Texts that assert something of the model, with what they assert: states, places, counts, axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from lstmviz.network.meaning import meaning_of
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.records import record
from lstmviz.scene.claims import claim
from lstmviz.scene.items import INK, MUTED, Font, Tint, stroke_of
from lstmviz.scene.labels import TextLine, code, letters, math, row, words
from lstmviz.translation.letters import spell
from lstmviz.translation.messages import message, user_text

ARROWS = {"fwd": "→", "rev": "←", "": ""}


@record(frozen=True, slots=True)
class Place:
    """Where a state is kept: ``h_n[3]`` of a layer."""

    layer: str
    tensor: str
    index: int
    state: str = ""
    """The state itself, ``h_5``: of a cell that a loop calls, whose states have no axis of layers."""

    def __str__(self) -> str:
        """As code writes it."""
        return self.state or f"{self.tensor}[{self.index}]"

    def line(self, size: float = 7, *, tint: Tint = INK) -> TextLine:
        """The place as a label."""
        return _place(self, size, tint)


@lru_cache(1 << 12)
def _place(place: Place, size: float, tint: Tint) -> TextLine:
    if place.state:
        base, _, step = place.state.partition("_")
        return named_state(place.layer, base, step, size=size + 2, tint=tint)
    facts = {"layer": place.layer, "tensor": place.tensor, "index": place.index}
    return code(str(place), size, tint=tint).claiming(claim("index", str(place), **facts))


def of_step(text: str, layer: str, step: int, size: float = 7, *, tint: Tint = INK) -> TextLine:
    """What the user calls a step, counted from 1, of what a layer (or a stage; none: the model) reads."""
    line = words(user_text(text), size, tint=tint)
    facts = (("layer", layer), ("step", step))
    return replace(line, claims=tuple(replace(one, facts=(*one.facts, *facts)) for one in line.claims))


def kept_at(layer: Recurrent, tensor: str, index: int) -> Place:
    """Where a layer keeps a state."""
    base, _, end = tensor.partition("_")
    step = "0" if end == "0" else layer.timesteps
    return Place(layer.name, tensor, index, f"{letter(layer, base)}_{step}" if layer.cell else "")


def letter(layer: Recurrent, base: str = "x") -> str:
    """What is read, or a state, is called: x, h, c; in a decoder, beside its encoder's, x′, h′, c′."""
    return f"{base}′" if layer.giver else base


def state(layer: Recurrent, base: str, step: str | int, lane: str, depth: int, **more: Any) -> TextLine:
    """The name of a state: its layer on top if there are several, an arrow if two directions."""
    way = lane if layer.two_ways else ""
    return named_state(
        layer.name, letter(layer, base), str(step), way, depth if layer.num_layers > 1 else None, **more
    )


def named_state(
    layer: str, base: str, step: str, way: str = "", depth: int | None = None, **more: Any
) -> TextLine:
    """A letter with its step, its layer and direction where they are said: ``→h_2^(0)``."""
    return _named_state(layer, base, step, way, depth, written=spell(step), **more)


@lru_cache(1 << 14, typed=True)
def _named_state(
    layer: str,
    base: str,
    step: str,
    way: str,
    depth: int | None,
    *,
    written: str,
    size: float = 9.5,
    tint: Tint = INK,
) -> TextLine:
    high = "" if depth is None else f"({depth})"
    line = math(base, written, high, arrow=ARROWS[way], size=size, tint=tint)
    facts = {"layer": layer, "letter": base, "step": step, "way": way, "depth": depth}
    if written == step:
        return line.claiming(claim("state", line.text, **facts))
    means = math(base, step, high, arrow=ARROWS[way]).text
    return replace(line, means=means).claiming(claim("state", line.text, **facts, written=written))


def each(layer: Recurrent, base: str, way: str = "") -> TextLine:
    """The name of every step's state of a layer: ``h_t``."""
    base = letter(layer, base)
    line = math(base, "t", arrow=ARROWS[way], size=9.5)
    return line.claiming(claim("name", line.text, of=layer.name, name=f"{base}_t", way=way))


def named(layer: Recurrent, name: str, size: float = 7, *, tint: Tint = INK) -> TextLine:
    """The name of a layer's tensor or parameter, as the API has it: ``weight_ih_l0``."""
    name = layer.own_name(name)
    return code(name, size, tint=tint).claiming(claim("name", name, of=layer.name, name=name, way=""))


def all_of(layer: Recurrent, names: Sequence[str], size: float = 7.5) -> TextLine:
    """The names of tensors that are alike: ``h_0, h_n``."""
    claims = [one for name in names for one in named(layer, name).claims]
    return code(", ".join(names), size).claiming(*claims)


def counted(line: TextLine, layer: Recurrent, symbol: str, number: int) -> TextLine:
    """A line that says, among other things, a letter and its number."""
    return line.claiming(*count(layer.name, symbol, number, 9).claims)


def count(of: str, symbol: str, number: int, size: float, *, tint: Tint = INK, **more: str) -> TextLine:
    """A letter and its number: ``T = 5``, or what of it is `said`.

    `written` is a reader's own letter for it, `of` the layer whose letter it is.
    """
    written, said = more.get("written", spell(symbol)), more.get("said", "both")
    line = letters(_counted(written, number, said), size, tint=tint)
    if written != symbol and said != "numbers":
        line = replace(line, means=_counted(symbol, number, said))
    facts = {"of": of, "symbol": symbol, "written": written, "number": number, "said": said}
    return line.claiming(claim("count", line.text, **facts))


def _counted(letter: str, number: int, said: str) -> str:
    return {"both": f"{letter} = {number}", "symbols": letter, "numbers": str(number)}[said]


def sized(line: TextLine, tensor: Tensor, axis: int, *, symbol: str = "") -> TextLine:
    """A line that says the size of one axis; or its letter, written as `symbol`."""
    said = symbol or str(tensor.sizes[axis])
    facts = {"tensor": tensor.name, "axis": axis, "symbol": tensor.symbols[axis], "size": tensor.sizes[axis]}
    return line.claiming(claim("axis", said, written=symbol, of=tensor.of, **facts))


def setting(line: TextLine, of: str, name: str, value: int | tuple[int, ...]) -> TextLine:
    """A line that says the value of an argument of a layer or stage; several sizes as ``3×3``."""
    said = "×".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return line.claiming(claim("setting", said, of=of, name=name, value=value))


def every(layer: Recurrent, base: str, size: float = 9.5) -> TextLine:
    """The name of what every step of a loop reads all of."""
    line = math(base, size=size)
    return line.claiming(claim("name", line.text, of=layer.name, name=base, way=""))


def of_call(line: TextLine, loop: str, stage: str, what: str, tensor: str = "") -> TextLine:
    """A text that says `what` of a call in a loop's round: its name, its class, the name of a tensor."""
    facts = {"loop": loop, "stage": stage, "what": what, "tensor": tensor, "said": line.text}
    return line.claiming(claim("call", line.text, **facts)) if line.runs else line


def stepped(line: TextLine, layer: Recurrent, step: int, letter: str = "") -> TextLine:
    """A line that names a time step of a layer, counted from 1."""
    return stepped_in(layer.name, line, step, letter)


def stepped_in(layer: str, line: TextLine, step: int, letter: str = "") -> TextLine:
    """The same, of a layer by its name; of the model's input if that is empty: ``t = 3`` with a `letter`."""
    said = f"{letter} = {step}" if letter else str(step)
    return line.claiming(claim("step", said, of=layer, step=step, letter=letter))


@lru_cache(1 << 10)
def _weight(layer: str, which: str, depth: int | None, letter: str, tint: Tint) -> TextLine:
    line = math(letter, which, "" if depth is None else f"({depth})", size=9, tint=tint)
    return line.claiming(claim("weight", line.text, layer=layer, which=which, depth=depth, letter=letter))


def weight(layer: Recurrent, which: str, depth: int, letter: str = "W", tint: Tint | None = None) -> TextLine:
    """The name of a layer's weights or biases, with the layer if there are several: ``W_hh^(1)``."""
    return _weight(
        layer.name, which, depth if layer.num_layers > 1 else None, letter, tint or stroke_of("param")
    )


def deep(line: TextLine, layer: Recurrent, depth: int) -> TextLine:
    """A line that names one of a layer's layers by its number."""
    return line.claiming(claim("layer", str(depth), of=layer.name, depth=depth))


def kept(line: TextLine, layer: Recurrent, index: int) -> TextLine:
    """A line that says the index of a state on the first axis of h_0, c_0, h_n, c_n, and no more."""
    return line.claiming(claim("place", str(index), of=layer.name, index=index))


def ticked(line: TextLine, number: int, size: int, letter: str = "") -> TextLine:
    """A line that counts along an axis of a size, from 1, or says the size; ``n = 3`` with a `letter`."""
    said = f"{letter} = {number}" if letter else str(number)
    if not line.runs:
        return line
    return line.claiming(claim("tick", said, number=number, size=size, letter=letter))


@lru_cache(1 << 10)
def symbol(base: str, sub: str = "", *, size: float = 9.5, tint: Tint = INK) -> TextLine:
    """A quantity inside a cell: ``h_t-1``, ``W_ih``, ``b_hh``, ``a_t``."""
    line = math(base, sub, size=size, tint=tint)
    return line.claiming(claim("symbol", line.text, base=base, sub=sub))


def rows(
    layer: Recurrent, blocks: tuple[int, int], letter: str = "", gate: str = "", *, tint: Tint = INK
) -> TextLine:
    """Which rows of the weights some blocks are: ``16:32``, or ``H:2H`` in a `letter`; of one `gate`."""
    ends = tuple(k * layer.hidden_size for k in blocks)
    said = ":".join(
        str(end) if not letter or not k else f"{k if k > 1 else ''}{letter}"
        for k, end in zip(blocks, ends, strict=True)
    )
    line = words(said, 7, tint=tint)
    if gate:
        line = row(letters(gate, 9, tint=tint), words(f" {said}", 7, tint=tint))
    facts = {"of": layer.name, "blocks": blocks, "rows": ends, "symbol": layer.units}
    return line.claiming(claim("rows", line.text, **facts, written=letter, gate=gate))


def parameter(stage: str, name: str, size: float = 7) -> TextLine:
    """The name of a stage's parameter: ``weight``."""
    return code(name, size).claiming(claim("parameter", name, of=stage, name=name))


def row_values(line: TextLine, index: int, count: int) -> TextLine:
    """A line that names the values of a row of units, of so many rows: ``x``, ``h^(1)``, ``y``."""
    return line.claiming(claim("values", line.text, index=index, rows=count))


def numbered(line: TextLine, number: int) -> TextLine:
    """A line that numbers a part of the drawing, like the words about it."""
    return line.claiming(claim("part", str(number), number=number))


def type_name(layer: Recurrent, size: float, *, tint: Tint = INK, font: Font = "bold") -> TextLine:
    """The type of a layer: ``LSTM``; of a loop of one's own, that it is a cell."""
    named = layer.layer if isinstance(layer, OwnLoop) else layer.name
    if not named:
        return words(message("chain.cell"), size, font=font, tint=tint)
    line = words(layer.cell if isinstance(layer, OwnLoop) else layer.type.upper(), size, font=font, tint=tint)
    return line.claiming(claim("type", line.text, of=named, type=line.text))


def meaning(line: TextLine, symbol: str, written: str, means: str) -> TextLine:
    """A line that says what a letter or sign means: ``N batch``; `means` is the message's id."""
    facts = {"symbol": symbol, "written": written, "means": means}
    return line.claiming(claim("meaning", line.text, **facts))


def lettered(line: TextLine) -> TextLine:
    """A line of single letters of a cell: ``r, z``."""
    return line.claiming(*(claim("symbol", one, base=one, sub="") for one in line.text.split(", ")))


def unit(letter: str, number: int, size: int, type_size: float, layer: str = "") -> TextLine:
    """The name of one unit of a row of so many: ``h_2^(1)``, or its number alone."""
    line = math(letter, str(number), layer, size=type_size) if letter else letters(str(number), type_size)
    facts = {"letter": letter, "number": number, "layer": layer, "size": size}
    return line.claiming(claim("unit", line.text, **facts))


def called(name: str, size: float = 7, *, tint: Tint = INK, font: Font = "mono") -> TextLine:
    """The name of a stage, module, tensor or input, as the user's code or the API has it."""
    line = words(user_text(name), size, font=font, tint=tint)
    return replace(line, claims=(claim("called", name, name=name, span=(0, len(name))),))


def result(size: float, letter: str = "y", *, tint: Tint = INK) -> TextLine:
    """The letter of what the whole model gives, or of one of several results."""
    return letters(letter, size, tint=tint).claiming(claim("result", letter, letter=letter))


def meant(symbol: str, text: str, size: float, gap: float) -> TextLine:
    """A letter of shapes, as the reader writes it, with what it counts: ``N batch``."""
    word = words(message(f"axis.{meaning_of(symbol)}"), size, tint=MUTED)
    return row(letter_of(symbol, text, size + 2), word, gap=gap)


def letter_of(symbol: str, text: str, size: float) -> TextLine:
    """A letter of shapes, beside which it is said what it counts."""
    facts = {"symbol": symbol, "written": text, "meaning": meaning_of(symbol)}
    return letters(text, size, tint=MUTED).claiming(claim("letter", text, **facts))


def time_word(name: str) -> TextLine:
    """What stands at an axis of time, with what the user calls its steps."""
    said = message("grid.time-named", name=user_text(name)) if name else message("axis.time")
    return words(said, 8, tint=MUTED)


def rounds_word(loop: str) -> TextLine:
    """What stands at the axis of a loop that goes through no steps: it comes closer to one result."""
    return words(message("loop.axis", loop=loop), 8, tint=MUTED)
