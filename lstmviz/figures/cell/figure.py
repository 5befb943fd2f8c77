"""Kind `cell`: the inside of the LSTM, GRU or RNN cell that torch really computes.

The scene is a graph that can be evaluated. Ids begin with what a node does:

- ``x.t``, ``h.t-1``, ``c.t-1``: what the cell reads (``h.t+1``, ``c.t+1`` where time runs in reverse);
- ``h.t``, ``h.t.up``, ``c.t``: what it gives; h to the next step and, the same, upward;
- ``linear.ih``, ``linear.hh``: W v + b; ``matmul.ih``, ``matmul.hh``: W v in a cell without biases;
  ``project.h``: W v with ``weight_hr``. Their `tensor` is the weight's name, its bias is named alike;
- ``rows.i`` … ``rows.o`` (GRU ``rows.r``, ``rows.z``): one gate's block of the sum that comes in;
  ``rows.hh.rz``, ``rows.hh.n`` (GRU): blocks of one product. Rows count as in the weight;
- ``gate.i`` … ``gate.n``: the function that stands in it, σ or tanh;
- ``plus.…``, ``times.…`` (entry by entry), ``one_minus.…``, ``tanh.…``, ``relu.…``: what they say.

Every edge ``source--target.role`` carries its source's value. Names of gates are texts ``name.gate.i``,
shapes of symbols texts ``shape.W_ih``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.cell import bare, inside
from lstmviz.figures.cell import equations as cell_equations
from lstmviz.figures.cell import gru as cell_gru
from lstmviz.figures.cell import labels as cell_words
from lstmviz.figures.cell import lstm as cell_lstm
from lstmviz.figures.cell import own as cell_own
from lstmviz.figures.cell import rnn as cell_rnn
from lstmviz.figures.cell.diagram import CellDiagram
from lstmviz.figures.cell.equations import INDENT, LEADING, Group
from lstmviz.figures.cell.inside import AXIS, TAIL, Span
from lstmviz.figures.cell.options import CellOptions, lane_of
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import own, parts
from lstmviz.network.recurrence import OwnLoop

BESIDE = 22.0
"""Between the drawing and what stands beside it, pt."""
LEAD = 2.0
"""How far the line of c reaches out of the drawing, pt."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a type of cell is drawn: gives the cell's bottom; and which parts belong together."""

    draw: Callable[[CellDiagram, Span], float]
    regions: Callable[[CellDiagram, Span], None]


TYPES = {
    "lstm": Drawing(cell_lstm.draw, cell_lstm.regions),
    "gru": Drawing(cell_gru.draw, cell_gru.regions),
    "rnn": Drawing(cell_rnn.draw, cell_rnn.regions),
}


def compose(subject: Subject, options: CellOptions, page: Page) -> Draft:
    """The cell, and its symbols and equations beside it or below."""
    # the inside of torch's cell is what it is asked for, whatever loop is around it
    part = parts.pick("cell", subject, options, narrow=page.narrow, loops=True, layers_first=True)
    if isinstance(part.layer, OwnLoop):
        return cell_own.compose(part, subject.trace, page)
    lane = lane_of(part, options)
    for span in cell_lstm.spans_of(part, narrow=page.narrow):
        diagram = CellDiagram(part, lane, span.end)
        low = TYPES[part.layer.type].draw(diagram, span) + TAIL + AXIS * part.layer.bidirectional
        groups = cell_equations.groups(diagram) if options.equations is not False else []
        panel = max([cell_words.table_width(diagram), *(g.width for g in groups)])
        beside = span.end + BESIDE + panel <= page.inner - LEAD
        if beside:
            break
    groups = groups if beside or options.equations else []
    diagram.explained = bool(groups)
    if beside:
        _beside(diagram, groups, span.end + BESIDE, low, page.inner)
    else:
        _below(diagram, groups, low, page.inner)
    if groups:
        TYPES[part.layer.type].regions(diagram, span)
    diagram.finish()
    return Draft(
        diagram.canvas, cell_words.sentence(diagram), parts.call(part.layer), (parts.made(part.layer),)
    )


def _beside(diagram: CellDiagram, groups: Sequence[Group], x: float, low: float, right: float) -> None:
    """The equations in the order in which they are computed; then the table."""
    tall = sum(g.height for g in groups) + cell_words.table_height(diagram, right - x)
    gap = min(24.0, max(15.0, (low - 18 - tall) / max(1, len(groups))))
    y = 18.0 - (gap if groups else 0.0)
    for number, group in enumerate(groups, 1):
        y = _group(diagram, number, group, x, y + gap)
    y = cell_words.table(diagram, x, y + (gap + 2 if groups else 0), right - x)
    cell_words.key(diagram, x, y + 15, right - x)


def _below(diagram: CellDiagram, groups: Sequence[Group], low: float, right: float) -> None:
    """The equations under the drawing, in the order in which they are computed; then the table."""
    y = low
    for number, group in enumerate(groups, 1):
        y = _group(diagram, number, group, 0.0, y + 18)
    y = cell_words.table(diagram, 0.0, y + (22 if groups else 18), right)
    cell_words.key(diagram, 0.0, y + 15, right)


def _group(diagram: CellDiagram, number: int, group: Group, x: float, y: float) -> float:
    """A numbered group of equations; gives its last baseline."""
    inside.disc(diagram, number, (x + inside.DISC, y - 2.5))
    diagram.canvas.text(group.says, x + INDENT, y)
    for line in group.lines:
        y += LEADING
        diagram.canvas.text(line, x + INDENT, y)
    return y


CELL = Kind(
    "cell",
    "the inside of the LSTM, GRU or RNN cell that torch really computes",
    CellOptions,
    compose,
    own.refuse,
    bare=bare.compose,
    unable=own.no_bare_cell,
    loops=True,
    frames=("gates",),
    view="cell.view",
)
