"""What stands under a drawing of states, and what of it at which detail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lstmviz.figures.base import Options
from lstmviz.figures.shared import legend
from lstmviz.figures.shared.swatches import Swatch
from lstmviz.network.recurrence import in_code
from lstmviz.network.structure import Recurrent
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Point
from lstmviz.translation.messages import Message, entry

LINES = 3
"""So many lines of print stand under a figure, if not more are needed for its shapes."""
ABSENT = frozenset(
    {"grid.others", "grid.from-end", "grid.beside", "grid.beside-more", "grid.beside-pipeline", "grid.begins"}
)
ABSENT |= {f"second.{how}" for how in ("as-given", "same", "later", "own", "made", "unknown", "untold")}
ABSENT |= {"layer.drawn-of", "layer.depth-of", "layer.depth-in", "layer.made-before", "stage.some-rounds"}
ABSENT |= {"layer.in-turn", "layer.order", "chain.reverse-alike", "loop.cut-key", "grid.letters-of"}
ABSENT |= {"layer.longest", "layer.longest-of-two", "layer.states-given-made"}
"""What of the model the picture does not show, and what a mark in it means: that always stands under it."""
NAMED: tuple[Swatch, ...] = ("input", "output", "param", "fwd", "step")
"""What is named where it is drawn; a dashed line is not."""


@dataclass(frozen=True, slots=True)
class Foot:
    """What is said under a drawing: shapes, what the picture means, and more quietly the rest."""

    shapes: Sequence[legend.Entry]
    told: Sequence[legend.Entry]
    quiet: Sequence[Message]

    def write(
        self,
        canvas: Canvas,
        layers: Sequence[Recurrent],
        options: Options,
        at: Point,
        room: float,
        *,
        without: Collection[Swatch] = (),
    ) -> float:
        """Write it with what colours and letters mean; gives the last baseline.

        At ``detail: full`` all of it. Else what is named in the drawing is not explained again, and the
        quiet sentences stand there as far as `LINES` lines have room for them, and what the picture does
        not show; the caption has the others.
        """
        held = [in_code(one, tensor) for one in layers for tensor in one.tensors]
        tensors = {symbol: tensor for tensor in held for symbol in tensor.symbols}.values()
        key = legend.letters(tensors, options)
        if options.detail == "full":
            named = legend.colours(layers, options, without=without)
            groups = [self.shapes, self.told, [*named, *key], legend.muted(self.quiet)]
            return legend.write(canvas, groups, at, room)
        # under what reaches furthest to the left, but for its border: that of a swatch reaches as far
        x = min(at[0], canvas.extent(borders=False)[0]) if canvas.nodes else at[0]
        at, room = (x, at[1]), room + at[0] - x - 1.0  # a border reaches over
        named = legend.colours(layers, options, without={*without, *NAMED})
        if legend.lines_taken([named], room) > 1:
            named = legend.colours(layers, options, without={*without, *NAMED}, short=True)
        said: list[Message] = []

        def grouped(*more: Message) -> list[Sequence[legend.Entry]]:
            return [self.shapes, [*self.told, *legend.muted([*said, *more])], [*named, *key]]

        for one in self.quiet:
            if one.id in ABSENT or legend.lines_taken(grouped(one), room, apart=False) <= LINES:
                said.append(one)
            elif not (one.id and entry(one.id).mere == "instruction"):  # of no use without the picture
                canvas.caption.append(one)
        return legend.write(canvas, grouped(), at, room, apart=False)
