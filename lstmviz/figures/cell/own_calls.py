"""How a call of a round is drawn: its sign, its box, and what the user's code calls what it gives."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from lstmviz.figures.shared.claimed import of_call
from lstmviz.network.rounds import Call
from lstmviz.network.state_names import spelt
from lstmviz.network.structure import Stage
from lstmviz.scene.items import MUTED, Outline, Role, stroke_of
from lstmviz.scene.labels import EMPTY, TextLine, code, letters, math, row, words
from lstmviz.spec.layer_types import CLASSES

SIGNS = {"mul": "⊙", "add": "+", "sub": "−", "div": "÷"}
"""Entry by entry, of two tensors or of one and a number."""
CURVES = {
    "sigmoid": "σ",
    "tanh": "tanh",
    "relu": "ReLU",
    "softmax": "softmax",
    "exp": "exp",
    "softplus": "softplus",
}
"""Functions entry by entry; what the code has a name for, it uses as a gate or the like."""
CUTS = frozenset({"chunk", "split", "unbind", "tensor_split"})


@dataclass(frozen=True, slots=True)
class Sign:
    """A call as it is drawn; `fields` are the parts of what it cuts, `name` what stands beside it."""

    role: Role
    outline: Outline
    lines: tuple[TextLine, ...]
    wide: float
    high: float
    tensor: str
    shape: tuple[int, ...]
    name: TextLine = EMPTY
    said: str = ""
    fields: Mapping[str, TextLine] = field(default_factory=dict)


def sign(call: Call, stage: Stage, names: Mapping[str, str], factors: Collection[str], loop: str) -> Sign:
    """Return how a call is drawn; `names` are what the code calls a round's tensors, `factors` multiply."""
    first = stage.outputs[0]
    tensor = f"{stage.name}.{first.name}"
    said = spelt(names.get(tensor, ""))
    name = of_call(math(said, size=8.5), loop, stage.name, "name", tensor) if said else EMPTY
    if stage.type in CUTS and len(stage.outputs) > 1:
        fields = {
            given: of_call(_field(names, given), loop, stage.name, "name", given)
            for given in (f"{stage.name}.{one.name}" for one in stage.outputs)
        }
        about = of_call(words(stage.type, 7, tint=MUTED), loop, stage.name, "type")
        return Sign("op", "rect", (), 22.0 * len(fields), 14.0, tensor, first.sizes, about, "", fields)
    if stage.parameters and not stage.function:
        lines = (
            of_call(words(stage.name, 8, tint=stroke_of("param")), loop, stage.name, "stage"),
            of_call(words(_module(stage), 7, tint=MUTED), loop, stage.name, "module"),
        )
        wide = max(line.width for line in lines) + 10
        return Sign("param", "round", lines, wide, 24.0, tensor, first.sizes, name, said)
    if stage.type in SIGNS:
        line = of_call(_binary(call, stage), loop, stage.name, "sign")
        outline: Outline = "circle" if line.width < 9 else "stadium"
        wide = 15.0 if outline == "circle" else line.width + 10
        return Sign("op", outline, (line,), wide, 15.0, tensor, first.sizes, name, said)
    curve = CURVES.get(stage.type)
    gates = curve and (said or (tensor in factors and _gates(call, stage, names)))
    role: Role = "gate" if gates else "op"
    line = (
        of_call(words(curve, 8), loop, stage.name, "sign")
        if curve
        else of_call(code(stage.type, 7), loop, stage.name, "type")
    )
    return Sign(role, "stadium", (line,), line.width + 12, 15.0, tensor, first.sizes, name, said)


def _gates(call: Call, stage: Stage, names: Mapping[str, str]) -> bool:
    """Whether a function of what the code has a name for, or a σ, gates what it multiplies."""
    inner = [tensor for _, kind, tensor, _ in call.taken if kind == "inner"]
    return stage.type == "sigmoid" or any(names.get(tensor) and ".output." in tensor for tensor in inner)


def _field(names: Mapping[str, str], given: str) -> TextLine:
    """The name of one part of what is cut; its number where the code has none for it."""
    said = spelt(names.get(given, ""))
    number = given.rpartition(".")[2]
    return math(said, size=8) if said else words(f"[{number}]", 7, tint=MUTED)


def _module(stage: Stage) -> str:
    """The class of a module, and from how many numbers to how many it goes."""
    told = dict(stage.arguments)
    kind = CLASSES.get(stage.type, stage.type)
    for a, b in (
        ("in_features", "out_features"),
        ("in_channels", "out_channels"),
        ("input_size", "hidden_size"),
    ):
        if a in told:
            return f"{kind} {told[a]}→{told[b]}"
    return kind


def _binary(call: Call, stage: Stage) -> TextLine:
    """The sign of an operation entry by entry, with the number or the weight that it takes as well."""
    symbol = SIGNS[stage.type]
    mark = words(symbol, 9)
    tensors = len(call.taken)
    if tensors > 1:
        return mark
    number = next((str(value) for key, value in stage.arguments if key in {"other", "input"}), "")
    beside = letters(number, 8.5) if number else None
    if beside is None:
        own = [re.sub(r"^.*\.", "", one.name) for one in stage.parameters]
        beside = code(own[0], 7, tint=stroke_of("param")) if own else words("…", 8, tint=MUTED)
    pair = (beside, mark) if call.turned else (mark, beside)
    return row(*pair, gap=2)
