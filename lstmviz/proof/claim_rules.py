"""What a claim of each kind must be, by what is known of a trace: a shape, an index, a state, a count."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lstmviz.network.own_recurrences import tied
from lstmviz.network.recurrence import OwnLoop
from lstmviz.network.structure import Tensor
from lstmviz.proof import signs
from lstmviz.proof.facts.loop import call_fault
from lstmviz.proof.facts.packing import number_fault
from lstmviz.proof.facts.weight import block_fault, formula_fault, term_fault
from lstmviz.proof.known import Known
from lstmviz.proof.names import NAMING
from lstmviz.scene import ids


def false(kind: str, facts: Mapping[str, Any], known: Known) -> str | None:
    """Return why a claim is false; None where the run bears it out."""
    return RULES[kind](facts, known)


def _shape(facts: Mapping[str, Any], known: Known) -> str | None:
    """A shape is that of its tensor, of a part without some axes, or of all of it in fewer axes."""
    symbols, sizes = facts["symbols"], facts["sizes"]
    if len(symbols) != len(sizes) and symbols:
        return "as many symbols as sizes are needed"
    for symbol, size in zip(symbols, sizes, strict=False):
        if (true := _value(symbol, known)) and size not in true:
            return f"{symbol} is {_listed(true)}"
    found = known.of(facts["tensor"], facts["of"])
    if any(_part_of(symbols, sizes, one) for one in found):
        return None
    spelt = {f"({', '.join(one.symbols)}) = {one.sizes}" if symbols else str(one.sizes) for one in found}
    return f"measured {' or '.join(sorted(spelt)) or 'nothing of that name'}"


def _part_of(symbols: Sequence[str], sizes: Sequence[int], whole: Tensor) -> bool:
    """Whether a shape is a tensor's, in its letters and their order; some of its axes, or all in fewer."""
    joined = len(sizes) < len(whole.sizes) and not {*symbols} <= {*whole.symbols}  # some axes are one: T·F
    if not symbols or (joined and math.prod(sizes) == math.prod(whole.sizes)):
        return part_of_shape(sizes, whole.sizes)
    axes = iter(zip(whole.symbols, whole.sizes, strict=True))
    return all(pair in axes for pair in zip(symbols, sizes, strict=True))


def _table(facts: Mapping[str, Any], known: Known) -> str | None:
    """A table has as many rows as its windows need, and the input's features."""
    whole = known.trace.input
    found = dict(zip(whole.symbols, whole.sizes, strict=True))
    rows, features = facts["sizes"]
    windows = (rows - found["T"] - facts["rest"]) // facts["stride"] + 1
    fits = facts["skipped"] + found["N"] <= windows if facts["part"] else found["N"] == windows
    return None if fits and features == found["F"] else f"it has {windows} windows"


def _target(facts: Mapping[str, Any], known: Known) -> str | None:
    """A target has a row for every sample, and features of the input alone; its length is the user's."""
    whole = known.trace.input
    found = dict(zip(whole.symbols, whole.sizes, strict=True))
    sizes = dict(zip(facts["symbols"], facts["sizes"], strict=True))
    if sizes.get("N") != found["N"]:
        return f"there are {found['N']} samples"
    return None if sizes.get("targets", 1) <= found["F"] else f"there are {found['F']} features"


def _listed(sizes: Iterable[int]) -> str:
    return " or ".join(map(str, sorted(sizes)))


def part_of_shape(part: Sequence[int], whole: Sequence[int]) -> bool:
    """Whether sizes are some of a shape's, in its order, or its numbers laid out otherwise."""
    axes = iter(whole)
    return all(size in axes for size in part) or math.prod(part) == math.prod(whole)


def _value(symbol: str, known: Known) -> set[int]:
    """Return what a symbol may be: as measured, or a number of times a letter; nothing if unknown."""
    if symbol in known.letters:
        return known.letters[symbol]
    if symbol.isdigit():
        return {int(symbol)}
    if "·" in symbol:
        factors = [_value(part, known) for part in symbol.split("·")]
        return {math.prod(sizes) for sizes in itertools.product(*factors)}
    times, letter = re.fullmatch(r"(\d*)(.*)", symbol).groups()  # type: ignore[union-attr]
    return {int(times or 1) * size for size in known.letters.get(letter, ())}


def _index(facts: Mapping[str, Any], known: Known) -> str | None:
    layer = known.layer(facts)
    if layer is None:
        return f"there is no layer {facts['layer']}"
    count = layer.num_layers * layer.directions
    if facts["tensor"] not in {tensor.name for tensor in layer.tensors}:
        return f"{layer.name} has no {facts['tensor']}"
    return None if -count <= facts["index"] < count else f"there are {count} places"


def _state(facts: Mapping[str, Any], known: Known) -> str | None:  # noqa: PLR0911 (a reason each)
    layer, letter, step = known.layer(facts), facts["letter"], facts["step"]
    if not facts["layer"] and letter in f"x{ids.RESULT_LETTERS}":
        steps = {size for symbol, sizes in known.letters.items() if symbol[:1] == "T" for size in sizes}
        steps |= known.result_sizes if letter != "x" else set()
        return None if int(step) <= max(steps, default=0) else "there is no such step"
    if layer is None:
        return f"there is no layer {facts['layer']}"
    if isinstance(layer, OwnLoop):
        return _own_state(layer, facts, letter, step)
    prime = "′" * bool(layer.giver)  # beside the names of its encoder
    if letter not in ("y", *(f"{base}{prime}" for base in ("x", "h", *("c" * layer.has_cell_state)))):
        return f"{layer.name} has no {letter}"
    if step.isdigit() and not (letter[0] in "xy") <= int(step) <= layer.timesteps:
        return f"{layer.name} has {layer.timesteps} steps"
    if facts["depth"] is not None and not facts["depth"] < layer.num_layers:
        return f"{layer.name} has {layer.num_layers} layers"
    short = (
        letter[0] in "hc"
        and not facts.get("joint")
        and ((not facts["way"] and layer.bidirectional) or (facts["depth"] is None and layer.num_layers > 1))
    )
    return "it leaves open which state" if short else None


def _theta(facts: Mapping[str, Any], known: Known) -> str | None:
    """All weights have one name; of one direction, where there are two; a decoder's own are θ′."""
    layer = known.layers.get(facts["of"])
    if layer is None or not layer.parameters:
        return f"{facts['of']} has no weights"
    several = layer.num_layers > 1
    if facts["depth"] not in (range(layer.num_layers) if several else [None]):
        return "it leaves open which layer's, or names one that there is not"
    if facts["second"] and ({layer.name, layer.giver} & tied(known.trace) or not layer.giver):
        return f"{layer.name} has no second weights beside those of an encoder"
    if isinstance(layer, OwnLoop):
        return _own_way(facts, layer)
    return None if bool(facts["way"]) == layer.bidirectional else "it leaves open which direction's"


def _own_way(facts: Mapping[str, Any], layer: OwnLoop) -> str | None:
    """A loop that is one direction of a layer goes one way; where it is drawn alone none is said."""
    known = {"", layer.way} if layer.two_ways else {""}
    return None if facts["way"] in known else f"{layer.name} does not go that way"


def _own_state(layer: OwnLoop, facts: Mapping[str, Any], letter: str, step: str) -> str | None:
    """A loop has the states of the code, what it reads and gives; states alone are there before round 1."""
    if layer.each(letter) is None:
        return f"{layer.name} has no {letter}"
    if why := _own_way(facts, layer):
        return why
    first = 0 if letter in {one.base for one in layer.starting} else 1
    last = layer.timesteps + max((one.first for one in layer.fed if one.base == letter), default=0)
    return None if not step.isdigit() or first <= int(step) <= last else f"{layer.name} has {last} steps"


def _name(facts: Mapping[str, Any], known: Known) -> str | None:
    layer = known.layers.get(facts["of"])
    if layer is None:
        return f"there is no layer {facts['of']}"
    if known.sizes(layer, facts["name"]) is None:
        return f"{layer.name} has no {facts['name']}"
    return "there is one direction" if facts["way"] and not layer.bidirectional else None


def _count(facts: Mapping[str, Any], known: Known) -> str | None:
    layer, symbol = known.layers.get(facts["of"]), facts["symbol"]
    true = {dict(layer.sizes)[symbol]} if layer and symbol in dict(layer.sizes) else _value(symbol, known)
    if layer and symbol[0] == "T" and "·" not in symbol:
        true = {layer.timesteps, layer.computed_steps}
    true = true or {size for one in known.of("") for size in one.sizes}
    return None if facts["number"] in true else f"{symbol} is {_listed(true)}"


def _axis(facts: Mapping[str, Any], known: Known) -> str | None:
    axis, pair = facts["axis"], (facts["symbol"], facts["size"])
    found = known.of(facts["tensor"], facts["of"])
    if any(axis < len(one.sizes) and (one.symbols[axis], one.sizes[axis]) == pair for one in found):
        return None
    return f"no {facts['tensor']} has {pair[0]} = {pair[1]} as its axis {axis}"


def _setting(facts: Mapping[str, Any], known: Known) -> str | None:
    of, name = facts["of"], facts["name"]
    layer = known.layers.get(of)
    true = getattr(layer, name, None) if layer else known.settings.get(of, {}).get(name)
    value = facts["value"]
    same = true == value or (isinstance(value, tuple) and (true,) * len(value) == value)
    return None if same else f"{name} of {of} is {true}"


def _step(facts: Mapping[str, Any], known: Known) -> str | None:
    layer = known.layers.get(facts["of"])
    steps = layer.timesteps if layer else max(known.letters["T"], default=0)
    return None if 1 <= facts["step"] <= steps else f"there are {steps} steps"


def _weight(facts: Mapping[str, Any], known: Known) -> str | None:
    layer = known.layer(facts)
    if layer is None:
        return f"there is no layer {facts['layer']}"
    kind = {"W": "weight", "b": "bias"}.get(facts["letter"], "")
    name = f"{kind}_{facts['which']}_l{facts['depth'] or 0}"
    if name not in {parameter.name for parameter in layer.parameters}:
        return f"{layer.name} has no {name}"
    return "it leaves open which" if facts["depth"] is None and layer.num_layers > 1 else None


def _layer(facts: Mapping[str, Any], known: Known) -> str | None:
    layer = known.layers.get(facts["of"])
    layers = layer.num_layers if layer else 0
    return None if 0 <= facts["depth"] < layers else f"{facts['of']} has {layers} layers"


def _place(facts: Mapping[str, Any], known: Known) -> str | None:
    layer = known.layers.get(facts["of"])
    places = layer.num_layers * layer.directions if layer else 0
    return None if 0 <= facts["index"] < places else f"{facts['of']} has {places} places"


def _tick(facts: Mapping[str, Any], known: Known) -> str | None:
    del known
    return None if 0 <= facts["number"] <= facts["size"] else f"there are {facts['size']}"


def _unit(facts: Mapping[str, Any], known: Known) -> str | None:
    if not any(facts["size"] in one.sizes for one in known.of("")):
        return f"nothing has {facts['size']} units"
    return None if 1 <= facts["number"] <= facts["size"] else f"there are {facts['size']}"


def _formula(facts: Mapping[str, Any], known: Known) -> str | None:
    letters = {symbol for term in (*facts["terms"], *facts["rest"]) for symbol, _ in term}
    sizes = {symbol: _value(symbol, known) for symbol in letters}
    return formula_fault(facts, known.trace.stage(facts["of"]), known.layers.get(facts["of"]), sizes)


RULES: dict[str, Callable[[Mapping[str, Any], Known], str | None]] = {
    **NAMING,
    "shape": _shape,
    "table": _table,
    "target": _target,
    "index": _index,
    "state": _state,
    "name": _name,
    "count": _count,
    "axis": _axis,
    "setting": _setting,
    "step": _step,
    "weight": _weight,
    "theta": _theta,
    "layer": _layer,
    "place": _place,
    "tick": _tick,
    "call": lambda facts, known: call_fault(facts, known.trace),
    "unit": _unit,
    "block": lambda facts, known: block_fault(facts, known.trace.recurrent),
    "formula": _formula,
    "term": lambda facts, known: term_fault(facts, known.layer(facts)),
    "packing": lambda facts, known: number_fault(facts, known.layer(facts)),
    "way": lambda _facts, _known: None,  # and this one with the blocks
    "mark": lambda _facts, _known: None,  # its place is what counts, and is judged with the scale
    **signs.RULES,
}
"""What bears a claim out, by its kind."""
