"""Words about one layer or one tensor that several kinds say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.shared.calls import made as stage_made
from lstmviz.figures.shared.parts import made
from lstmviz.scene import labels
from lstmviz.translation.letters import spell
from lstmviz.translation.messages import joined, literal, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.figures.shared.content import Story
    from lstmviz.figures.shared.parts import Part
    from lstmviz.network.structure import Recurrent, Tensor
    from lstmviz.scene.code import Code
    from lstmviz.translation.messages import Said


def subject_words(part: Part) -> str:
    """The layer in words: ``layer 0 of a bidirectional LSTM with 16 units``."""
    layer = part.layer
    two = "bidirectional " if layer.bidirectional else ""
    which = f"Layer {part.depth} of {layer.num_layers} in" if layer.num_layers > 1 else "The one layer of"
    article = "a" if two or layer.type == "gru" else "an"
    return f"{which} {article} {two}{layer.type.upper()} with {layer.hidden_size} units"


def spoken(tensor: Tensor) -> str:
    """A shape as it is read: ``(N, T, F) = (6, 5, 3)``."""
    return labels.shape([spell(s) for s in tensor.symbols], tensor.sizes).text


def shape_said(tensor: Tensor) -> str | Said:
    """The same in a message: in the field's letters, or in the reader's own."""
    usual, own = labels.shape(tensor.symbols, tensor.sizes).text, spoken(tensor)
    return usual if own == usual else literal(own)


def shapes_of(layer: Recurrent, tensors: Sequence[Tensor] = ()) -> Said:
    """Every tensor of a layer, or these of its tensors and parameters, with its shape."""
    told = [
        message("layer.tensor", name=t.name, shape=shape_said(t), layer=layer.name)
        for t in tensors or layer.tensors
    ]
    return joined(", ", *told, other=", ")


def subtitle(told: Story) -> tuple[str, tuple[Code, ...]]:
    """The constructor calls of what is shown, in the order in which they run; and they as code."""
    if len(told.shown) == 1:
        one = made(told.floors[0].layer)
        return one.source, (one,)
    calls: list[str] = []
    codes: list[Code] = []
    for floor in told.shown:
        last = floor is told.shown[-1] or (told.decoder and floor is told.floors[-1])
        name = f"{floor.layer.name}: " if told.decoder else ""
        rows = () if last else floor.after
        found = [made(floor.layer), *(stage_made(row.stage) for row in rows)]
        calls += [name + found[0].source, *(one.source for one in found[1:])]
        codes += found
    return " → ".join(calls), tuple(codes)
