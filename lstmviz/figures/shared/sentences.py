"""Words about one layer or one tensor that several kinds say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lstmviz.figures.shared.calls import made as stage_made
from lstmviz.figures.shared.claimed import called
from lstmviz.figures.shared.content import GridContent
from lstmviz.figures.shared.parts import made
from lstmviz.network.recurrence import in_code
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.scene import labels
from lstmviz.scene.claims import Claim
from lstmviz.scene.code import Code
from lstmviz.translation.letters import spell
from lstmviz.translation.messages import Message, entry, fields, joined, lettered, message, user_text


def about(layer: Recurrent, id: str, **given: Any) -> Message:
    """A message about a layer, in the letters that it has in its model: H₁, T′."""
    own, asked = layer.alphabet, fields(entry(id).texts["en"])
    letters = {letter: lettered(said) for letter, said in own.items() if letter in asked}
    return message(id, **letters, **given, layer=layer.name)


def begun(layer: Recurrent, *, zeros: str, of: str, given: str = "layer.given", **more: Any) -> Message:
    """Where a layer's initial states come from: the message of that case."""
    if layer.states_given:
        more |= {"of": user_text(layer.made_of)} if layer.made_of else {}
        how = "-learned" if layer.learned else "-made" if layer.made_of else ""
        return about(layer, f"{given}{how}", **more)
    if layer.states_from:
        return about(layer, of, giver=user_text(layer.states_from), **more)
    return about(layer, zeros, **more)


def states_begun(layer: Recurrent) -> Message:
    """Where the initial states of a layer come from, with their names, if they are no zeros."""
    names = ", ".join(layer.states_at("0"))
    return begun(layer, zeros="", of="grid.begun-from", given="layer.states-given", names=names)


def spoken(tensor: Tensor) -> str:
    """A shape as it is read: ``(N, T, F) = (6, 5, 3)``."""
    return labels.shape([spell(s) for s in tensor.symbols], tensor.sizes).text


def shape_said(tensor: Tensor) -> str | Message:
    """The same in a message: in the field's letters, or in the reader's own."""
    usual, own = labels.shape(tensor.symbols, tensor.sizes).text, spoken(tensor)
    return usual if own == usual else user_text(own)


def code_said(code: Code) -> Message:
    """Code in a message, with what its names stand for and what it must do."""
    return message("stage.code", source=code.source, names=code.names, does=code.facts)


def shapes_of(layer: Recurrent, tensors: Sequence[Tensor] = ()) -> Message:
    """Every tensor of a layer, or these of its tensors and parameters, with its shape."""
    told = [
        message("layer.tensor", name=t.name, shape=shape_said(t), layer=layer.name)
        for t in (in_code(layer, one) for one in tensors or layer.tensors)
    ]
    return joined(", ", *told, other=", ")


def subtitle(told: GridContent) -> tuple[str, tuple[Code | Claim, ...]]:
    """The constructor calls of what is shown, in order, a decoder's on its own line; what they assert."""
    if len(told.shown) == 1:
        one = made(told.floors[0].layer)
        return one.source, (one,)
    calls: list[str] = []
    claims: list[Code | Claim] = []
    for floor in told.shown:
        last = floor is told.shown[-1] or (told.decoder and floor is told.floors[-1])
        name = floor.layer.name
        found = [made(floor.layer), *(stage_made(row.stage) for row in (() if last else floor.after))]
        lead = ("\n" if floor is told.decoder else "") + f"{name}: " * bool(told.decoder)
        calls += [lead + found[0].source, *(one.source for one in found[1:])]
        claims += [*(called(name).claims if told.decoder else ()), *found]
    return " → ".join(calls).replace(" → \n", "\n→ "), tuple(claims)
