"""What is said of parameters, held against the run: their number, their gates, what two biases do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import permutations
from math import prod

import torch
from torch import nn

from lstmviz.network.run import undisturbed
from lstmviz.network.structure import Recurrent, Stage, Trace
from lstmviz.proof.facts.fact import Fact, MessageFacts, of_layer
from lstmviz.proof.facts.kept import kept_otherwise, kept_sizes
from lstmviz.scene.formula import Formula
from lstmviz.spec.layer_types import CLASSES

GATES = {"lstm": "ifgo", "gru": "rzn", "rnn": ""}
OTHERS = {
    ("keras", "lstm"): "ifgo", ("keras", "gru"): "zrn", ("keras", "rnn"): "",
    ("onnx", "lstm"): "iofg", ("onnx", "gru"): "zrn", ("onnx", "rnn"): "",
}  # fmt: skip
"""The blocks as Keras (i f c o, z r h) and ONNX (i o f c, z r h) document them, in torch's letters."""
SECOND = 0.6
"""Every second bias, while the order of the gates is found."""


@lru_cache(8)
def gate_order(kind: str) -> str:
    """Return torch's order of the gates, found by running one unit: only one order gives its numbers.

    >>> gate_order("lstm"), gate_order("gru"), gate_order("rnn")
    ('ifgo', 'rzn', '')
    """
    with undisturbed():
        module = getattr(nn, CLASSES[kind])(1, 1, dtype=torch.float64)
        values = [0.3, -0.7, 1.1, 0.45][: len(GATES[kind])]
        if not values:
            return ""
        for name, weights in module.named_parameters():
            nn.init.zeros_(weights)
            if name.startswith("bias"):
                weights.copy_(torch.tensor(values if "ih" in name else SECOND, dtype=torch.float64))
        state = torch.full((1, 1, 1), 0.8, dtype=torch.float64)
        given = (state, state) if kind == "lstm" else state
        h = module(torch.zeros(1, 1, 1, dtype=torch.float64), given)[0].item()
    fits = [order for order in permutations(GATES[kind])
            if abs(_unit(kind, dict(zip(order, values, strict=True)), 0.8) - h) < 1e-12]  # fmt: skip
    assert len(fits) == 1, "several orders of the gates give the same"
    return "".join(fits[0])


def _unit(kind: str, a: Mapping[str, float], state: float) -> float:
    """Return h after one step, from the first biases; all weights are zero."""

    def sigmoid(value: float) -> float:
        return torch.sigmoid(torch.tensor(value, dtype=torch.float64)).item()

    def tanh(value: float) -> float:
        return torch.tanh(torch.tensor(value, dtype=torch.float64)).item()

    if kind == "lstm":
        c = sigmoid(a["f"] + SECOND) * state + sigmoid(a["i"] + SECOND) * tanh(a["g"] + SECOND)
        return sigmoid(a["o"] + SECOND) * tanh(c)
    z, r = sigmoid(a["z"] + SECOND), sigmoid(a["r"] + SECOND)
    return (1 - z) * tanh(a["n"] + r * SECOND) + z * state


def order_of(order: str, kind: str) -> str:
    """Return the order of the blocks in a framework: torch's as it was found."""
    return gate_order(kind) if order == "torch" else OTHERS[order, kind]


@lru_cache(8)
def biases_add(kind: str) -> bool:
    """Tell whether only the sum of the two biases counts: moving a part to the other changes nothing."""
    with undisturbed():
        torch.manual_seed(0)
        module = getattr(nn, CLASSES[kind])(2, 3, dtype=torch.float64)
        given = torch.randn(4, 1, 2, dtype=torch.float64)
        before = module(given)[0]
        moved = torch.randn(module.bias_ih_l0.shape, dtype=torch.float64)
        module.bias_ih_l0 += moved
        module.bias_hh_l0 -= moved
        return bool(torch.allclose(before, module(given)[0], atol=1e-12))


def _sizes(trace: Trace) -> list[tuple[int, ...]]:
    return [p.sizes or (1,) for stage in trace.stages for p in stage.parameters]


def _sides(trace: Trace) -> set[int]:
    """Return every side that a parameter, or a block of it, may be drawn with."""
    found = {n for sizes in _sizes(trace) for n in (sizes[0], prod(sizes[1:]))}
    return found | {2 * layer.parameters[0].sizes[0] for layer in trace.recurrent if layer.bias}


def _alike(trace: Trace, given: MessageFacts) -> bool:
    layer = trace.layers[given["layer"]]
    if not 0 <= given["first"] < given["last"] == layer.num_layers - 1:
        return False
    ends = [f"_l{depth}" for depth in range(given["first"], given["last"] + 1)]
    shapes = [
        sorted((p.name.replace(end, ""), p.sizes) for p in layer.parameters if f"{end}_" in f"{p.name}_")
        for end in ends
    ]
    return all(shape == shapes[0] for shape in shapes)


def kept(trace: Trace, order: str) -> int:
    """Return how many numbers a framework keeps of all that it keeps in matrices of its own."""
    layers, otherwise = trace.layers, kept_otherwise(trace, order)
    count = 0
    for stage in (one for one in trace.stages if one.name not in otherwise):
        merged = order == "keras" and stage.name in layers and biases_add(layers[stage.name].type)
        left = "bias_hh" if merged else " "
        count += sum(prod(p.sizes or (1,)) for p in stage.parameters if not p.name.startswith(left))
    return count


def _as_torch(trace: Trace, given: MessageFacts) -> bool:
    """Whether these are the stages whose weights the framework has not so, or all that have some."""
    every = {stage.name for stage in trace.stages if stage.parameters}
    return {*given["names"].split(", ")} in (kept_otherwise(trace, given["order"]), every)


def _keeps(trace: Trace, given: MessageFacts) -> bool:
    """Whether a framework keeps a matrix of this name, and of the shape that is printed."""
    sizes = kept_sizes(trace, given["order"])[given["stage"]][given["key"]]
    return given["key"].rpartition(".")[2] == given["name"] and given["shape"] in {"", f" {sizes}"}


def _biases(layer: Recurrent) -> int:
    return sum(p.name.startswith("bias_") for p in layer.parameters)


def block_fault(facts: MessageFacts, layers: Sequence[Recurrent]) -> str | None:
    """Return why there is no such block of weights: no cell with this gate."""
    gate, name = facts["gate"].strip(), {"W": "weight", "b": "bias"}[facts["letter"]]
    for layer in layers:
        there = any(f"{name}_{facts['read']}h" in p.name for p in layer.parameters)
        if there and (gate in gate_order(layer.type) if gate else layer.type == "rnn"):
            return None
    return f"no layer has a {facts['letter']}_{facts['read']}{gate}"


def term_fault(facts: MessageFacts, layer: Recurrent | None) -> str | None:
    """Return why a matrix is not called so."""
    if layer is None or layer.type not in GATES:
        return f"{facts['layer']} is no layer of torch's"
    letter, which, way = facts["letter"], facts["which"], facts["way"]
    name = f"{'weight' if letter == 'W' else 'bias'}_{which}_l{facts['depth']}"
    name += "_reverse" if way == "rev" else ""
    if name not in {p.name for p in layer.parameters}:
        return f"{layer.name} has no {name}"
    if facts["name"] not in {"", layer.own_name(name)}:
        return f"{letter}_{which} is {name}"
    return None


def formula_of(facts: MessageFacts) -> Formula:
    """Return the formula that a claim holds."""
    return Formula(facts["times"], facts["terms"], facts["rest"])


def formula_fault(
    facts: MessageFacts, stage: Stage | None, layer: Recurrent | None, letters: Mapping[str, set[int]]
) -> str | None:
    """Return why a formula is false: it comes to another number, or a letter in it has another size."""
    if stage is None:
        return f"there is no stage {facts['of']}"
    formula, depth = formula_of(facts), facts["depth"]
    own = [p for p in stage.parameters if layer is None or layer.cell or f"_l{depth}_" in f"{p.name}_"]
    one_bias = layer is not None and facts["order"] == "keras" and biases_add(layer.type)
    true = sum(prod(p.sizes) for p in own if not (one_bias and p.name.startswith("bias_hh")))
    if formula.value != true:
        return f"there are {true:,}"
    sized = (factor for term in (*formula.terms, *formula.rest) for factor in term)
    return next((f"{s} is not {n}" for s, n in sized if letters[s] and n not in letters[s]), None)


def _adding(layer: Recurrent) -> bool | None:
    """Return whether only the sum of the biases counts; None if there are none."""
    return biases_add(layer.type) if _biases(layer) else None


def _added(trace: Trace, given: MessageFacts) -> bool:
    """Whether what is added up is, stage by stage, what each has, and comes to all there are."""
    terms = [prod(int(n.replace(",", "")) for n in term.split(" × ")) for term in given["terms"].split(" + ")]
    for stage in trace.stages:
        left = sum(prod(p.sizes) for p in stage.parameters)
        while left > 0 and terms:
            left -= terms.pop(0)
        if left:
            return False
    return not terms and given["count"] == sum(map(prod, _sizes(trace)))


def _of_parameter(trace: Trace, given: MessageFacts) -> bool:
    """Whether a parameter of a stage has so many numbers."""
    own = [p for stage in trace.stages if stage.name == given["of"] for p in stage.parameters]
    layer = trace.layers.get(given["of"])
    names = [(layer.own_name(p.name) if layer else p.name, prod(p.sizes or (1,))) for p in own]
    return (given["name"], given["count"]) in names


def _below(layer: Recurrent, given: MessageFacts) -> bool:
    """Whether there is a layer above the given one, whose weights are as wide as one h of it, or both."""
    above = f"weight_ih_l{given['n'] + 1}"
    wide = (layer.proj_size or layer.hidden_size) * layer.directions
    return given["n"] >= 0 and any(p.name == above and p.sizes[1] == wide for p in layer.parameters)


WEIGHT_FACTS: dict[str, Fact] = {
    "keeps-matrix": _keeps,
    "drawn-as-torch": _as_torch,
    "weights-of-one-layer": of_layer(lambda r, _: r.num_layers == 1),
    "layers-alike": _alike,
    "parameters-added": _added,
    "parameter-numbers": _of_parameter,
    "layers-alike-from-1": lambda trace, g: _alike(
        trace, {**g, "first": g["first"] - 1, "last": g["last"] - 1}
    ),
    "gate-order": of_layer(lambda r, g: str(g["gates"]).split() == list(order_of(g["order"], r.type))),
    "gate-rows": of_layer(lambda r, g: g["gate"] in gate_order(r.type)),
    "biases-add": of_layer(lambda r, _: _adding(r) is True),
    "biases-apart": of_layer(lambda r, _: _adding(r) is False),
    "two-biases": of_layer(lambda r, _: _biases(r) == 2 * r.num_layers * r.directions),
    "weights-read-below": of_layer(lambda r, g: r.directions == 1 and _below(r, g)),
    "weights-read-both": of_layer(lambda r, g: r.directions == 2 and _below(r, g)),
    "has-side-to": lambda trace, g: g["most"] in _sides(trace),
    "has-side-from": lambda trace, g: g["least"] in _sides(trace),
    "more-parts": lambda trace, g: 0 < g["count"] <= len(_sizes(trace)) - g["shown"],
    "parameters-count": lambda trace, g: g["count"] == sum(map(prod, _sizes(trace))),
    "kept-count": lambda trace, g: g["count"] == kept(trace, g["order"]),
}
"""What sentences about parameters assert."""
