"""The equations of a cell, as torch computes them, numbered like the parts of the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmviz.figures.base import respell
from lstmviz.figures.cell import inside
from lstmviz.figures.shared.claimed import symbol
from lstmviz.scene import labels
from lstmviz.scene.items import MUTED, stroke_of
from lstmviz.translation import said

if TYPE_CHECKING:
    from lstmviz.figures.cell.diagram import Bench
    from lstmviz.scene.labels import Inline

SIZE = 9.5
HAIR = labels.words(" ", 5.2, font="roman")
"""Room before an f, which leans out of its width."""
INDENT, LEADING = 15.0, 13.0
"""How far the text stands from its number, and from line to line, pt."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one part of the drawing does, in words and as equations."""

    says: Inline
    lines: tuple[Inline, ...]

    @property
    def width(self) -> float:
        """With the number in front."""
        return INDENT + max(line.width for line in (self.says, *self.lines))

    @property
    def height(self) -> float:
        """From the caption's baseline to the last one."""
        return LEADING * len(self.lines)


def groups(bench: Bench) -> list[Group]:
    """From the sum at the bottom of the drawing up to h."""
    return {"lstm": _lstm, "gru": _gru, "rnn": _plain}[bench.part.layer.type](Speaker(bench))


@dataclass(frozen=True, slots=True)
class Speaker:
    """Writes the symbols of one cell, each in the colour of its role."""

    bench: Bench

    @property
    def hidden(self) -> str:
        """The reader's own letter for the number of units."""
        return respell("H", self.bench.part.options)

    def x(self) -> Inline:
        """The input of this step."""
        return symbol("x", "t", size=SIZE, tint=stroke_of(inside.reads(self.bench)))

    def h(self, step: str = "t") -> Inline:
        """The hidden state at a step."""
        return symbol("h", step, size=SIZE, tint=stroke_of("hidden"))

    def c(self, step: str = "t") -> Inline:
        """The cell state at a step."""
        return symbol("c", step, size=SIZE, tint=stroke_of("cell"))

    def gate(self, name: str) -> Inline:
        """A gate at this step."""
        return symbol(name, "t", size=SIZE, tint=stroke_of("gate"))

    def sum(self, gate: str = "t") -> Inline:
        """The sum a_t, or its block for one gate."""
        return symbol("a", gate, size=SIZE)

    def affine(self, which: str, vector: Inline) -> list[Inline | str]:
        """``W x + b``, without b where the cell has none."""
        first = {"i": "ih", "h": "hh"}[which[0]]
        weight = symbol("W", which, size=SIZE, tint=stroke_of("param"))
        parts: list[Inline | str] = [labels.row(weight, vector, gap=1.5)]
        if inside.weight(self.bench, f"bias_{first}") is not None:
            parts += [" + ", symbol("b", which, size=SIZE, tint=stroke_of("param"))]
        return parts

    def both(self, own: str = "h", other: str = "h") -> list[Inline | str]:
        """The two products and their sum."""
        before = self.h(self.bench.before)
        return [*self.affine(f"i{own}", self.x()), " + ", *self.affine(f"h{other}", before)]


def equation(*parts: Inline | str) -> Inline:
    """Symbols, and signs and functions between them, on one line."""
    return labels.row(*[upright(p) if isinstance(p, str) else p for p in parts])


def upright(text: str, size: float = SIZE) -> Inline:
    """Signs and names of functions: upright, their outer blanks kept as space."""
    return labels.words(text, size, font="roman")


def says(text: str) -> Inline:
    """A caption; what stands between asterisks is math."""
    parts = []
    for i, piece in enumerate(said(text).split("*")):
        parts.append(labels.letters(piece, 9, tint=MUTED) if i % 2 else labels.words(piece, 7, tint=MUTED))
    return labels.row(*parts)


def _lstm(s: Speaker) -> list[Group]:
    before, size = s.bench.before, s.hidden
    i, f, g, o = (s.gate(name) for name in "ifgo")
    out: list[Inline | str] = [o, " ⊙ tanh(", s.c(), ")"]
    shown, part = "show a part of the cell state", s.bench.part
    if part.layer.proj_size:
        weight = symbol("W", "hr", size=SIZE, tint=stroke_of("param"))
        out = [weight, " (", *out, ")"]
        shown += f", projected to *{respell('P', part.options)}*"
    return [
        Group(
            says(f"add the two products: *4{size}* numbers for each sample"),
            (equation(s.sum(), " = ", *s.both()),),
        ),
        Group(
            says(f"cut it into four blocks of *{size}*: three gates, one candidate"),
            (
                equation(
                    i,
                    " = σ(",
                    s.sum("i"),
                    "),   ",
                    f,
                    " = σ(",
                    s.sum("f"),
                    "),   ",
                    o,
                    " = σ(",
                    s.sum("o"),
                    ")",
                ),
                equation(g, " = tanh(", s.sum("g"), ")"),
            ),
        ),
        Group(
            says("keep a part of the old cell state, add new content"),
            (equation(s.c(), " = ", HAIR, f, " ⊙ ", s.c(before), " + ", i, " ⊙ ", g),),
        ),
        Group(says(shown), (equation(s.h(), " = ", *out),)),
    ]


def _gru(s: Speaker) -> list[Group]:
    before = s.bench.before
    r, z, n = (s.gate(name) for name in "rzn")
    reset = [*s.affine("in", s.x()), " + ", r, " ⊙ (", *s.affine("hn", s.h(before)), ")"]
    return [
        Group(
            says("add the blocks *r* and *z* of the two products"),
            (*(equation(s.sum(gate), " = ", *s.both(gate, gate)) for gate in "rz"), _stacked()),
        ),
        Group(
            says("reset gate and update gate, between 0 and 1"),
            (equation(r, " = σ(", s.sum("r"), "),   ", z, " = σ(", s.sum("z"), ")"),),
        ),
        Group(
            says("candidate: the reset gate acts after the product"),
            (equation(n, " = tanh(", *reset, ")"),),
        ),
        Group(
            says("take 1 − *z* of the candidate, keep *z* of the old state"),
            (equation(s.h(), " = (1 − ", z, ") ⊙ ", n, " + ", z, " ⊙ ", s.h(before)),),
        ),
    ]


def _stacked() -> Inline:
    """Where the blocks of the equations are in torch's own parameter."""
    sign = {sub: symbol("W", sub, size=9, tint=MUTED) for sub in ("ih", "ir", "iz", "in")}
    listed = labels.row(sign["ir"], says(", "), sign["iz"], says(", "), sign["in"])
    return labels.row(sign["ih"], says(" is "), listed, says(", one below the other"))


def _plain(s: Speaker) -> list[Group]:
    name = {"tanh": "tanh", "relu": "ReLU"}[s.bench.part.layer.nonlinearity]
    return [
        Group(
            says(f"add the two products: *{s.hidden}* numbers for each sample"),
            (equation(s.sum(), " = ", *s.both()),),
        ),
        Group(
            says("squash the sum" if name == "tanh" else "nothing below zero passes"),
            (equation(s.h(), f" = {name}(", s.sum(), ")"),),
        ),
    ]
