"""What one step of a layer computes, as a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lstmviz.figures.shared import parts
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.structure import Recurrent
from lstmviz.scene import labels
from lstmviz.scene.items import INK, Tint, stroke_of
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import message, user_text


def same_weights(part: DrawnLayer, *, several: bool) -> list[TextLine]:
    """Say that every step has the same weights; of one layer and direction what they compute as well."""
    layer, tint = part.layer, Tint("param.stroke")
    if several or layer.bidirectional:
        said, theta = message("layer.each-by-step", layer=layer.name), labels.math("θ", size=9, tint=tint)
    else:
        theta = labels.math("θ", "", f"({part.depth})" if layer.num_layers > 1 else "", size=9, tint=tint)
        named = {"theta": user_text(theta.text), "depth": part.depth}
        said = message("layer.step-by-step", layer=layer.name, **named)
    same = mixed(said, tint=INK, put={theta.text: theta})
    if several or part.depth or layer.bidirectional or layer.states_from:
        return [same]
    formula = _formula(layer)
    said = message("layer.recurs", formula=user_text(formula.text), layer=layer.name)
    return [same, mixed(said, tint=INK, put={formula.text: formula})]


def _formula(layer: Recurrent) -> TextLine:
    """What one step gives and reads: ``h_t = GRU(x_t, h_t−1)``."""
    above, kind = "(0)" if layer.num_layers > 1 else "", layer.type.upper()
    states = parts.states_of(layer)[::-1]
    gives, before = (
        [labels.math(base, step, above, size=9, tint=stroke_of(role)) for base, role in states]
        for step in ("t", "t−1")
    )
    reads = [labels.math("x", "t", size=9, tint=stroke_of("input")), *before]
    ends = labels.row(labels.words(f"{kind}(", 7), listed(reads), labels.words(")", 7), gap=0.8)
    line = labels.row(listed(gives), labels.words("=", 7), ends, gap=2.5)
    told = [", ".join(name.text for name in names) for names in (gives, reads)]
    return replace(line, text=f"{told[0]} = {kind}({told[1]})")


def listed(names: Sequence[TextLine]) -> TextLine:
    """Names with commas between them."""
    comma = labels.words(", ", 7)
    return labels.row(*[p for name in names for p in (comma, name)][1:])
