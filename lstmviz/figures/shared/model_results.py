"""The model's results on what stands on a recurrent layer: each a chip, or a chip per step in a frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmviz.figures.base import Options, shape_tag
from lstmviz.figures.shared.claimed import called, named_state, result
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.shared.output_line import join
from lstmviz.figures.shared.output_row import OutputStand
from lstmviz.figures.shared.stage_labels import HeadRow, beside, broken, column
from lstmviz.layout.solids import hatch_box
from lstmviz.scene import ids
from lstmviz.scene.items import Point, fill_of, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, math, row, words
from lstmviz.translation.messages import message

APART = 15.0
"""From what gives a result up to it, pt."""


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One of the results, by its place among those drawn.

    Of several, `tensor` is its name and `key` what the user's code calls it; past one that is `covered`
    lines go up to the next head.
    """

    place: int = 0
    tensor: str = ""
    key: str = ""
    covered: bool = False

    @property
    def base(self) -> str:
        """What its ids begin with."""
        return ids.numbered(ids.RESULT, self.place)

    @property
    def letter(self) -> str:
        """Its letter in formulas."""
        return ids.RESULT_LETTERS[self.place]

    def symbol(self, size: float) -> TextLine:
        """Its letter, drawn."""
        return math(self.letter, size=size).claiming(*result(size, self.letter).claims)

    def name(self) -> TextLine:
        """What stands for it in code: the place or the key in what the model gives."""
        if self.key.startswith("output["):
            at = self.key.removeprefix("output")
            return words(message("stage.result-at", at=at, tensor=self.tensor), 8)
        return called(self.key) if self.key else EMPTY


ONLY = ModelResult()
"""The result of a model that gives one."""


def draw(stand: OutputStand, below: HeadRow, options: Options, drawn: ModelResult = ONLY) -> HeadRow:
    """Draw a result on the row that gives it."""
    assert below.tensor is not None
    steps, low, xs = below.spread == "steps", below.top - APART, below.xs
    half = 10.0 if stand.narrow else 13.0
    room, lift = (4.0, 4.0) if stand.narrow else (7.5, 7.0)
    edges = stand.frame if below.whole else (min(xs.values()) - half - 5, max(xs.values()) + half + 5)
    nodes = {step: ids.at(drawn.base, step=step if steps else None) for step in xs}
    if steps:
        low -= lift
        box = (edges[0], low - 16 - room, edges[1], low + room)
        about = {"shape": below.tensor.sizes, "members": tuple(nodes.values())}
        stand.canvas.frame(drawn.base, "output", box, line=1.0, fill=fill_of("output", 0.72), **about)
    for step, x in xs.items():
        size = 9 if stand.narrow else 10.5
        label = named_state("", drawn.letter, str(step), size=size) if steps else drawn.symbol(size)
        box = (x - half, low - 16, x + half, low)
        if below.spread == "all":
            box = (stand.frame[0], low - 16, stand.frame[1], low)
        more = {"tensor": drawn.tensor} if drawn.tensor else {}
        stand.canvas.node(nodes[step], "output", box, label, shape=below.tensor.sizes, **more)
        start = below.xs[step if below.spread == "steps" else 0]
        join(stand.canvas, (below.ids[step], nodes[step]), [(start, below.top), (x, low)])
    for x in stand.padded if steps and below.whole else ():
        box = (x - half, low - 16, x + half, low)
        hatch_box(stand.canvas, box, 4.2)
        stand.canvas.box(box, stroke=stroke_of("output"), line=0.75)
    for x in below.gaps if steps else ():
        stand.canvas.dots(x, low - 8, stroke_of("output"))
    level = replace(below, ids=nodes, top=low - 16)
    if below.spread == "one":
        return beside(stand, level, low - 8, drawn.name(), (below.tensor, options))
    if drawn.covered and steps:
        return _at_side(stand, level, drawn, (edges[0] - 9, low - 8), options)
    parts = (drawn.symbol(10), drawn.name(), shape_tag(below.tensor, options))
    x, y = (edges[0], low - 22.5 - room) if steps else (stand.frame[0], low - 22.5)
    stand.canvas.text(row(*(one for one in parts if one.runs), gap=5), x, y, role="output")
    return level


def _at_side(stand: OutputStand, level: HeadRow, drawn: ModelResult, at: Point, options: Options) -> HeadRow:
    """Name a result left of it, or, where there is no room, under the figure."""
    assert level.tensor is not None
    name, room = row(drawn.symbol(10), drawn.name(), gap=5), stand.room[0] - 9
    lines = [name, *broken(level.tensor, options, room)]
    if max(line.width for line in lines) <= room:
        column(stand.canvas, *at, lines, "end")
        return level
    return replace(level, said=(*level.said, Entry((name, shape_tag(level.tensor, options)))))
