"""Names and words of one layer along time: its weights, a direction, what it gives at a step."""

from __future__ import annotations

from lstmviz.figures.shared.claimed import ARROWS, letter
from lstmviz.network.structure import Recurrent
from lstmviz.scene.claims import claim
from lstmviz.scene.items import Tint
from lstmviz.scene.labels import TextLine, math, words
from lstmviz.translation.messages import message


def joint(layer: Recurrent, base: str, step: str | int, depth: int | None, size: float) -> TextLine:
    """The name of what a layer gives at a step, of both directions where it has two: ``h_2^(0)``.

    Without its number it is what the whole module gives.
    """
    base = letter(layer, base)
    line = math(base, str(step), "" if depth is None else f"({depth})", size=size)
    facts = {"layer": layer.name, "letter": base, "step": str(step), "way": "", "depth": depth}
    return line.claiming(claim("state", line.text, **facts, joint=True))


def theta(layer: Recurrent, way: str, *, second: bool = False, depth: int = 0) -> TextLine:
    """The one name of all weights of a layer, of one direction if it has two: ``→θ``.

    It is θ′ for the `second` of two, a decoder that stands beside its encoder with weights of its own;
    of several layers it has the number of its own, as their states have.
    """
    way = way if layer.two_ways else ""
    held = depth if layer.num_layers > 1 else None
    above = "" if held is None else f"({held})"
    line = math("θ′" if second else "θ", "", above, arrow=ARROWS[way], size=9, tint=Tint("param.stroke"))
    return line.claiming(claim("theta", line.text, of=layer.name, way=way, second=second, depth=held))


def direction(layer: Recurrent, way: str, size: float = 7) -> TextLine:
    """The word for a direction."""
    return words(message("layer.forward" if way == "fwd" else "layer.reverse", layer=layer.name), size)
