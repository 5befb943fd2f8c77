"""The facts that messages assert of a layer along time: what steps read and hand on, where they begin."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch

from lstmviz.network.handovers import entries_named
from lstmviz.network.structure import Recurrent
from lstmviz.proof.facts.fact import MessageFacts
from lstmviz.proof.layers import ran
from lstmviz.proof.states import step_through
from lstmviz.translation.letters import LETTERS

FEW = 6
"""So many steps are gone through one by one; the others are no different."""


def _begun_with(layer: Recurrent, given: MessageFacts) -> bool:
    """Whether the last states of the one that is named are those that the other begins with."""
    ends = (given["giver"], given["taker"])
    return bool(layer.giver) and ends == (("own", layer.giver), ("own", layer.name))


def _entries_handed(layer: Recurrent, given: MessageFacts, through: tuple[str, ...] = ()) -> bool:
    """Whether these entries of the giver's last states, and no others, are those of the layer's first.

    Or these are made from them, `through` stages.
    """
    own = [one for one in layer.handovers if one.through == through]
    last = entries_named([one.last for one in own], "n")
    first = entries_named([one.first for one in own], "0")
    said = given["last"] == last and given["first"] == first
    return (
        _begun_with(layer, given) and said and given["count"] == len((first if through else last).split(", "))
    )


def _made(layer: Recurrent, given: MessageFacts) -> bool:
    """Whether these entries of its first states are made from those last ones by these stages."""
    through = dict(given["by"][2])["stages"] if given["by"][1] == "loop.through" else ()
    return bool(through) and _entries_handed(layer, given, through)


@lru_cache(maxsize=8)
def by_step(layer: Recurrent) -> bool:
    """Whether one set of weights, called step by step on the states of the one before, gives `output`."""
    run = ran(layer)
    x = run["input"] if layer.batch_size is not None else run["input"][:, None]
    x = (x.transpose(0, 1) if layer.time_axis else x)[:FEW]
    begun = tuple(run[name] for name in layer.states_at("0"))
    begun = begun if layer.batch_size is not None else tuple(state[:, None] for state in begun)
    module = run[layer.type]
    with torch.no_grad():
        given = x.transpose(0, 1) if module.batch_first else x
        output = module(given, begun if layer.has_cell_state else begun[0])[0]
        last = list(step_through(module, x, begun))[-layer.directions :]
    made = torch.cat([states.after[0] for states in last], -1)
    return bool(torch.allclose(output.transpose(0, 1) if module.batch_first else output, made, atol=1e-9))


def _end(layer: Recurrent, given: MessageFacts, *, first: bool) -> bool:
    """Whether a direction goes through this step first, or last."""
    way = given["way"]
    there = way in layer.ways
    last = (way == "fwd") != first
    if given["id"].endswith("-ragged"):
        return bool(there and last and _apart(layer))
    said = given["id"].endswith("-last") == last and given["n"] == (layer.timesteps if last else 1)
    return bool(there and said and not (last and _apart(layer)))


def _apart(layer: Recurrent) -> bool:
    """Whether a sample ends before the last step of `input`."""
    return any(length < layer.timesteps for length in layer.lengths or ())


def _above(layer: Recurrent, given: MessageFacts) -> bool:
    right = given.get("p", layer.dropout) == layer.dropout
    return bool(right and 0 < given["n"] == given["depth"] + 1 < layer.num_layers)


def _reads_below(layer: Recurrent, given: MessageFacts) -> bool:
    """Whether a layer reads as many numbers as the one below gives, and all said of it is so."""
    wide, n = layer.tensor("output").sizes[-1], given["n"]
    read = {p.sizes[-1] for p in layer.parameters if p.name.startswith(f"weight_ih_l{n}")}
    dropped, both = (given[one][:1] == ("said",) for one in ("dropped", "both"))
    said = (dropped, both) == (bool(layer.dropout), layer.bidirectional)
    return said and _whole(given) and read == {wide} and 0 <= given["below"] == n - 1


def _computes(layer: Recurrent, given: MessageFacts) -> bool:
    """Whether one step of this type gives these states, and reads those of the step before."""
    above = "^(0)" if layer.num_layers > 1 else ""
    states = [base for base in "hc" if any(tensor.name == f"{base}_n" for tensor in layer.tensors)]
    gives, before = (", ".join(f"{base}_{step}{above}" for base in states) for step in ("t", "t−1"))
    said = f"{gives} = {layer.type.upper()}(x_t, {before})"
    return given["formula"] == ("own", said) and not layer.bidirectional and by_step(layer)


def _theta(layer: Recurrent, depth: int) -> str:
    """Return the name of the weights of one of a layer's layers."""
    return f"θ^({depth})" if layer.num_layers > 1 else "θ"


def _drawn(layer: Recurrent, given: MessageFacts) -> bool:
    """Whether these are steps in their order, from the first to the last one that is computed."""
    steps = [int(step) for step in given["steps"].split(", ")]
    return steps == sorted(set(steps)) and (steps[0], steps[-1]) == (1, layer.computed_steps)


def _from_one(layer: Recurrent, given: MessageFacts) -> bool:
    least = layer.num_layers if given["id"].endswith("last") else 1
    return bool(least <= given["n"] <= layer.num_layers)


def _typed(layer: Recurrent, given: MessageFacts) -> bool:
    right = (given["type"], given["n"]) == (layer.type.upper(), layer.timesteps)
    return right and _whole(given) and by_step(layer)


def _whole(given: MessageFacts) -> bool:
    """Whether nothing but a message, or nothing at all, is put in where one may stand; letters aside."""
    parts = [one for key, one in given.items() if key not in LETTERS.values() and isinstance(one, tuple)]
    return all(part == ("own", "") for part in parts if part[:1] == ("own",))


def _pads_zero(layer: Recurrent) -> bool:
    """Whether `output` is zero behind the end of each sample."""
    output = ran(layer)["output"]
    rows = output if layer.batch_first else output.transpose(0, 1)
    return all(not bool(row[n:].any()) for row, n in zip(rows, layer.lengths or (), strict=True))


def _grid(layer: Recurrent, given: MessageFacts) -> bool:
    said = given["type"], given["n"], given["steps"], given["both"][1]
    both = f"grid.{layer.state_letters}"
    more = by_step(layer) and bool(given["up"][0] == "said") == (layer.num_layers > 1)
    return said == (layer.type.upper(), layer.num_layers, layer.timesteps, both) and more and _whole(given)


ABOUT_STEPS: dict[str, Callable[[Recurrent, MessageFacts], bool]] = {
    "step-by-step": lambda r, _: by_step(r),
    "named-by-step": lambda r, g: g["theta"] == ("own", _theta(r, g["depth"])) and by_step(r),
    "step-computes": _computes,
    "top-by-step": lambda r, g: g["depth"] == r.num_layers - 1 and by_step(r),
    "lower-by-step": lambda r, g: _above(r, g) and by_step(r),
    "type-by-step": _typed,
    "begins-zero": lambda r, _: r.begins_with_zeros,
    "begins-default": lambda r, _: r.begins_with_zeros and not r.handed,
    "begins-learned": lambda r, _: r.states_given and r.learned,
    "begins-made": lambda r, g: r.states_given and g["of"] == ("own", r.made_of),
    "begins-given": lambda r, _: r.states_given and not r.learned,
    "single-layer": lambda r, _: r.num_layers == 1,
    "hands-h-on": lambda r, g: _begun_with(r, g) and r.all_handed and not r.has_cell_state,
    "hands-hc-on": lambda r, g: _begun_with(r, g) and r.all_handed and r.has_cell_state,
    "hands-entries-on": _entries_handed,
    "makes-on": _made,
    "begins-as": lambda r, g: bool(r.states_from) and g["giver"] == ("own", r.states_from),
    "starts-decoder": lambda r, g: bool(r.giver) and g["giver"] == ("own", r.giver),
    "begins-at": lambda r, g: _end(r, g, first=True),
    "ends-at": lambda r, g: _end(r, g, first=False),
    "begins-at-own-end": lambda r, g: _end(r, g, first=True),
    "ends-at-own-end": lambda r, g: _end(r, g, first=False),
    "all-end-at": lambda r, g: g["n"] == r.timesteps and _whole(g) and not _apart(r),
    "each-ends-apart": lambda r, g: _whole(g) and _apart(r),
    "has-hidden-state": lambda r, _: any(tensor.name == "h_n" for tensor in r.tensors),
    "has-weights": lambda r, _: bool(r.parameters),
    "hands-h-alone": lambda r, _: not any(tensor.name == "c_n" for tensor in r.tensors),
    "layer-below": lambda layer, given: 0 <= given["n"] == given["depth"] - 1 < layer.num_layers,
    "layer-above": _above,
    "layers-above": lambda r, g: _above(r, g) and g["n"] < g["last"] == r.num_layers - 1,
    "layer-above-alike": lambda r, g: _above(r, g) and by_step(r),
    "layers-above-alike": lambda r, g: _above(r, g) and g["n"] < g["last"] == r.num_layers - 1 and by_step(r),
    "layer-from-one": _from_one,
    "reads-input": lambda _, g: g["depth"] == 0,
    "reads-layer-below": _reads_below,
    "both-read-so-many": lambda r, g: r.bidirectional and g["n"] == r.tensor("output").sizes[-1],
    "steps-in-all": lambda r, g: g["n"] == r.timesteps and _whole(g),
    "steps-drawn": _drawn,
    "names-states": lambda r, g: g["both"][1] == f"grid.{r.state_letters}",
    "layer-subject": lambda r, g: (
        (g["units"], g.get("n", 0), g.get("count", 1)) == (r.hidden_size, g["depth"], r.num_layers)
    ),
    "ways-by-step": lambda r, _: r.bidirectional and by_step(r),
    "grid-by-step": _grid,
    "pads": lambda r, _: _apart(r),
    "pads-zero": lambda r, _: r.lengths is not None and _pads_zero(r),
    "sample-ends": lambda r, g: g["sample"] >= 0 and (r.lengths or ())[g["sample"]] == g["length"],
    "sample-padded": lambda r, g: (r.lengths or ())[g["sample"]] < r.timesteps,
}
"""Facts of one layer along time, or of a loop of the user's own."""
