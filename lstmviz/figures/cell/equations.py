"""The equations of a cell, as torch computes them, numbered like the parts of the drawing."""

from __future__ import annotations

from dataclasses import dataclass

from lstmviz.figures.cell import inside
from lstmviz.figures.cell.diagram import CellDiagram
from lstmviz.figures.shared.claimed import symbol
from lstmviz.figures.shared.formulas import mixed
from lstmviz.scene import labels
from lstmviz.scene.claims import claim
from lstmviz.scene.items import INK, stroke_of
from lstmviz.scene.labels import TextLine

SIZE = 9.5
HAIR = labels.words(" ", 5.2, font="roman")
"""Room before an f, which leans out of its width."""
INDENT, LEADING = 15.0, 13.0
"""How far the text stands from its number, and from line to line, pt."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one part of the drawing does, in words and as equations."""

    says: TextLine
    lines: tuple[TextLine, ...]

    @property
    def width(self) -> float:
        """With the number in front."""
        return INDENT + max(line.width for line in (self.says, *self.lines))

    @property
    def height(self) -> float:
        """From the caption's baseline to the last one."""
        return LEADING * len(self.lines)


def groups(diagram: CellDiagram) -> list[Group]:
    """From the sum at the bottom of the drawing up to h."""
    return {"lstm": _lstm, "gru": _gru, "rnn": _plain}[diagram.part.layer.type](Speaker(diagram))


@dataclass(frozen=True, slots=True)
class Speaker:
    """Writes the symbols of one cell, each in the colour of its role."""

    diagram: CellDiagram

    def says(self, id: str) -> TextLine:
        """A caption, with its formulas."""
        return mixed(self.diagram.tell(id), tint=INK)

    def x(self) -> TextLine:
        """The input of this step."""
        return symbol("x", "t", size=SIZE, tint=stroke_of(inside.reads(self.diagram)))

    def h(self, step: str = "t") -> TextLine:
        """The hidden state at a step."""
        return symbol("h", step, size=SIZE, tint=stroke_of("hidden"))

    def c(self, step: str = "t") -> TextLine:
        """The cell state at a step."""
        return symbol("c", step, size=SIZE, tint=stroke_of("cell"))

    def gate(self, name: str) -> TextLine:
        """A gate at this step."""
        return symbol(name, "t", size=SIZE, tint=stroke_of("gate"))

    def sum(self, gate: str = "t") -> TextLine:
        """The sum a_t, or its block for one gate."""
        return symbol("a", gate, size=SIZE)

    def affine(self, which: str, vector: TextLine) -> list[TextLine | str]:
        """``W x + b``, without b where the cell has none."""
        first = {"i": "ih", "h": "hh"}[which[0]]
        weight = symbol("W", which, size=SIZE, tint=stroke_of("param"))
        parts: list[TextLine | str] = [labels.row(weight, vector, gap=1.5)]
        if inside.weight(self.diagram, f"bias_{first}") is not None:
            parts += [" + ", symbol("b", which, size=SIZE, tint=stroke_of("param"))]
        return parts

    def both(self, own: str = "h", other: str = "h") -> list[TextLine | str]:
        """The two products and their sum."""
        before = self.h(self.diagram.before)
        return [*self.affine(f"i{own}", self.x()), " + ", *self.affine(f"h{other}", before)]


def equation(*parts: TextLine | str) -> TextLine:
    """Symbols, and signs and functions between them, on one line."""
    line = labels.row(*[upright(p) if isinstance(p, str) else p for p in parts])
    return line.claiming(claim("equation", line.text))


def upright(text: str, size: float = SIZE) -> TextLine:
    """Signs and names of functions: upright, their outer blanks kept as space."""
    return labels.words(text, size, font="roman")


def _lstm(s: Speaker) -> list[Group]:
    before = s.diagram.before
    i, f, g, o = (s.gate(name) for name in "ifgo")
    out: list[TextLine | str] = [o, " ⊙ tanh(", s.c(), ")"]
    shown = s.says("show")
    if s.diagram.part.layer.proj_size:
        weight = symbol("W", "hr", size=SIZE, tint=stroke_of("param"))
        out = [weight, " (", *out, ")"]
        shown = s.says("show-projected")
    return [
        Group(
            s.says("add-four"),
            (equation(s.sum(), " = ", *s.both()),),
        ),
        Group(
            s.says("cut"),
            (
                equation(i, " = σ(", s.sum("i"), "),   ", f, " = σ(", s.sum("f"), ")"),
                equation(g, " = tanh(", s.sum("g"), "),   ", o, " = σ(", s.sum("o"), ")"),
            ),
        ),
        Group(
            s.says("keep"),
            (equation(s.c(), " = ", HAIR, f, " ⊙ ", s.c(before), " + ", i, " ⊙ ", g),),
        ),
        Group(shown, (equation(s.h(), " = ", *out),)),
    ]


def _gru(s: Speaker) -> list[Group]:
    before = s.diagram.before
    r, z, n = (s.gate(name) for name in "rzn")
    reset = [*s.affine("in", s.x()), " + ", r, " ⊙ (", *s.affine("hn", s.h(before)), ")"]
    return [
        Group(
            s.says("add-blocks"),
            (*(equation(s.sum(gate), " = ", *s.both(gate, gate)) for gate in "rz"), s.says("stacked")),
        ),
        Group(
            s.says("between"),
            (equation(r, " = σ(", s.sum("r"), "),   ", z, " = σ(", s.sum("z"), ")"),),
        ),
        Group(
            s.says("after"),
            (equation(n, " = tanh(", *reset, ")"),),
        ),
        Group(
            s.says("mix"),
            (equation(s.h(), " = (1 − ", z, ") ⊙ ", n, " + ", z, " ⊙ ", s.h(before)),),
        ),
    ]


def _plain(s: Speaker) -> list[Group]:
    name = {"tanh": "tanh", "relu": "ReLU"}[s.diagram.part.layer.nonlinearity]
    return [
        Group(
            s.says("add"),
            (equation(s.sum(), " = ", *s.both()),),
        ),
        Group(
            s.says("squash" if name == "tanh" else "relu"),
            (equation(s.h(), f" = {name}(", s.sum(), ")"),),
        ),
    ]
