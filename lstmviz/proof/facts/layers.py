"""The facts that messages assert, each a predicate on the run: its shapes, its arguments, its tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch

from lstmviz.network.flow import RunningValue
from lstmviz.network.own_layers import every_loop
from lstmviz.network.own_loops import recurrent_loops
from lstmviz.network.own_recurrences import tied
from lstmviz.network.recurrence import OwnLoop, in_code
from lstmviz.network.stage_types import PACKS
from lstmviz.network.stages import Head
from lstmviz.network.step_stages import LastState
from lstmviz.network.structure import Recurrent, Stage, Trace
from lstmviz.network.two_ways import as_direction
from lstmviz.proof.facts.axes import ABOUT_AXES
from lstmviz.proof.facts.beside import ABOUT_REST
from lstmviz.proof.facts.cell import ABOUT_CELLS
from lstmviz.proof.facts.cube import ABOUT_CUBES
from lstmviz.proof.facts.cuts import ABOUT_CUTS
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.image import ABOUT_IMAGES
from lstmviz.proof.facts.lessons import ABOUT_LESSONS
from lstmviz.proof.facts.loop import ABOUT_LOOPS
from lstmviz.proof.facts.notes import ABOUT_FOREIGN, ABOUT_NOTES
from lstmviz.proof.facts.packing import ABOUT_PACKING
from lstmviz.proof.facts.parts import ABOUT_PARTS, says
from lstmviz.proof.facts.stage import ABOUT_STAGES
from lstmviz.proof.facts.steps import ABOUT_STEPS
from lstmviz.proof.facts.unit import ABOUT_ROWS, ABOUT_UNITS
from lstmviz.proof.facts.user import ABOUT_USERS
from lstmviz.proof.facts.weight import WEIGHT_FACTS
from lstmviz.proof.facts.work import ABOUT_A_STAGE, of_axis, spelt, stage_of
from lstmviz.proof.layers import goes_on, ran

OfLayer = Callable[[Recurrent, MessageFacts], bool]


def _layer(trace: Trace, given: MessageFacts) -> Recurrent:
    """Return the layer that a sentence is about, or the loop of the user's own."""
    own = {own.name: own for own in every_loop(trace)} if given["layer"] not in trace.layers else {}
    return as_direction(trace, own[given["layer"]]) if own else trace.layers[given["layer"]]


def _of_layer(fact: OfLayer) -> Fact:
    return lambda trace, given: fact(_layer(trace, given), given)


def _axes(layer: Recurrent) -> tuple[int, ...]:
    """Return what the states measure, layer and direction first."""
    return (layer.num_layers * layer.directions, *(() if layer.batch_size is None else (layer.batch_size,)))


def _states_keep_batch_in_the_middle(layer: Recurrent) -> bool:
    states = [tensor for tensor in layer.tensors if tensor.name[:2] in {"h_", "c_"}]
    return layer.batch_size is not None and all(t.sizes[:2] == _axes(layer) for t in states)


def _first(layer: Recurrent, name: str) -> bool:
    """Whether the batch axis of `input` and `output` is the first, and then the states' is not."""
    sizes = {tensor: layer.tensor(tensor).sizes for tensor in ("input", "output")}
    lead = (layer.batch_size, layer.timesteps) if name == "N" else (layer.timesteps, layer.batch_size)
    fits = all(size[:2] == lead for size in sizes.values())
    return fits and layer.batch_first == (name == "N") and _states_keep_batch_in_the_middle(layer)


def _ends(layer: Recurrent) -> bool:
    """Whether h_n's last entries are what `output` holds of each direction's last step, sample by sample."""
    run = ran(layer)
    output, h_n, wide = run["output"], run["h_n"], run["h_n"].shape[-1]
    if layer.batch_size is None:
        output, h_n = output[None], h_n[:, None]
    elif not layer.batch_first:
        output = output.transpose(0, 1)
    ends = run.get("lengths") or [output.shape[1]] * len(output)
    forward = all(
        bool((output[i, n - 1, :wide] == h_n[-layer.directions, i]).all()) for i, n in enumerate(ends)
    )
    return forward and (not layer.bidirectional or bool((output[:, 0, wide:] == h_n[-1]).all()))


def _projected(layer: Recurrent, given: MessageFacts) -> bool:
    sizes = layer.parameter("weight_hr_l0").sizes if layer.proj_size else ()
    small, large = layer.tensor("h_n").sizes[-1], layer.hidden_size
    said = (given["shape"], given["small"], given["size"])
    return bool(sizes) and said == (f"({', '.join(map(str, sizes))})", small, large) and small < large


def _bias(layer: Recurrent) -> list[tuple[int, ...]]:
    return [p.sizes for p in layer.parameters if p.name.startswith("bias_")]


def _bias_rows(layer: Recurrent, given: MessageFacts) -> bool:
    found = _bias(layer)
    return len(found) == 2 * layer.num_layers * layer.directions and set(found) == {(given["rows"],)}


def _both_states(layer: Recurrent) -> bool:
    return {t.name for t in layer.tensors} >= {"c_0", "c_n", "h_0", "h_n"}


def _widths(layer: Recurrent) -> tuple[bool, bool]:
    """Return whether h, and whether c, has as many numbers as the layer has units."""
    c = _both_states(layer) and layer.tensor("c_n").sizes[-1] == layer.hidden_size
    return layer.tensor("h_n").sizes[-1] == layer.hidden_size, c


def _packed(layer: Recurrent) -> bool:
    return layer.lengths is not None and len(layer.lengths) == (layer.batch_size or 0) and _ends(layer)


def _depth_drawn(layer: Recurrent, given: MessageFacts) -> bool:
    """Whether this is the layer drawn of several, and the module is so called."""
    own = ("own", layer.name)
    said = given.get("name", own), given["n"], given["count"]
    held = layer.tensor("h_n").sizes[0]  # a state for each layer and direction
    apart = _weights(layer) == held
    return layer.num_layers > 1 and apart and said == (own, given["depth"], held // layer.directions)


def _has_reverse(layer: Recurrent) -> bool:
    if isinstance(layer, OwnLoop):
        return layer.two_ways
    wide = layer.tensor("output").sizes[-1] == 2 * layer.tensor("h_n").sizes[-1]
    return wide and any(p.name.endswith("_reverse") for p in layer.parameters)


def _doubled(layer: Recurrent) -> bool:
    """Whether each parameter of the forward direction has its like, of the same sizes, in the reverse one."""
    sizes = {p.name: p.sizes for p in layer.parameters}
    ahead = {name for name in sizes if not name.endswith("_reverse")}
    alike = all(sizes.get(f"{name}_reverse") == sizes[name] for name in ahead)
    return alike and len(sizes) == 2 * len(ahead)


def _weights(layer: Recurrent) -> int:
    """Return how many sets of weights there are."""
    return sum(p.name.startswith("weight_hh") for p in layer.parameters)


def _reads_below(layer: Recurrent) -> bool:
    """Whether every layer above the first reads the h, of all directions, of the one below."""
    wide = layer.tensor("output").sizes[-1]
    sizes = {p.name: p.sizes for p in layer.parameters}
    ways = ("", "_reverse")[: layer.directions]
    above = range(1, layer.num_layers)
    return all(sizes[f"weight_ih_l{k}{way}"][-1] == wide for k in above for way in ways)


def _around(trace: Trace, name: str) -> Iterator[Stage]:
    """Yield the stage of a layer, and what packs its input and unpacks its output."""
    at = next((at for at, stage in enumerate(trace.stages) if stage.name == name), None)
    if at is not None:
        near = trace.stages[max(at - 1, 0) : at + 2]
        yield from (one for one in near if one.name == name or one.type in PACKS)


def _tensor(trace: Trace, given: MessageFacts) -> bool:
    """Whether a tensor of a layer has this shape, in its own letters, or in those of the whole model."""
    layer = _layer(trace, given)
    held = (in_code(layer, tensor) for tensor in (*layer.tensors, *layer.parameters))
    own = {tensor.name: tensor for tensor in held}[given["name"]]
    near = [tensor for stage in _around(trace, layer.name) for tensor in (*stage.inputs, *stage.outputs)]
    same = [replace(own, symbols=one.symbols) for one in near if one.sizes == own.sizes]
    return any(says(given["shape"], tensor) for tensor in (own, *same))


ABOUT_LAYERS: dict[str, OfLayer] = {
    "chunk-of-streams": lambda r, g: (
        r.states_given and (g["chunk"], g["streams"]) == (r.timesteps, r.batch_size) and goes_on(r)
    ),
    "streams-go-on": lambda r, g: r.states_given and g["streams"] == r.batch_size and goes_on(r),
    "layers-read-below": lambda r, _: r.num_layers > 1 and _reads_below(r),
    "layers-between": lambda r, g: 0 < g["n"] <= g.get("last", g["n"]) < r.num_layers - 1,
    "layer-exists": lambda r, g: 0 <= g["n"] < r.num_layers,
    "dropout-between": lambda r, g: (
        bool(r.dropout) and r.num_layers > 1 and g.get("p", r.dropout) == r.dropout
    ),
    "dropout-idle": lambda r, _: bool(r.dropout) and r.num_layers == 1,
    "no-dropout": lambda r, _: not r.dropout,
    "states-learned": lambda r, g: r.states_given and r.learned and _named(r, g["names"], "0"),
    "states-made": lambda r, g: g["of"] == ("own", r.made_of) and _named(r, g["names"], "0"),
    "states-given": lambda r, g: r.states_given and not r.learned and _named(r, g["names"], "0"),
    "states-zero": lambda r, g: not r.states_given and not r.states_from and _named(r, g["names"], "0"),
    "states-zero-default": lambda r, g: (
        not r.states_given and not r.states_from and not r.handed and _named(r, g["names"], "0")
    ),
    "states-from": lambda r, g: g["giver"] == ("own", r.states_from) and _named(r, g["finals"], "n"),
    "continues": lambda r, g: (g["name"], g["giver"]) == (("own", r.name), ("own", r.states_from)),
    "states-never-batch-first": lambda r, g: _states_keep_batch_in_the_middle(r) and of_axis(g, "N"),
    "batch-first": lambda r, g: _first(r, "N") and of_axis(g, "N"),
    "time-first": lambda r, g: not r.cell and _first(r, "T") and of_axis(g, "N"),
    "unbatched": lambda r, _: r.batch_size is None and len(r.tensor("input").sizes) == 2,
    "has-cell-state": lambda r, _: _both_states(r),
    "h-to-all": lambda r, _: r.parameter("weight_hh_l0").sizes[-1] == r.tensor("h_n").sizes[-1],
    "bidirectional": lambda r, _: _has_reverse(r),
    "reverse-doubles": lambda r, _: _has_reverse(r) and _doubled(r),
    "one-way": lambda r, _: not _has_reverse(r),
    "projected": lambda r, _: _both_states(r) and r.tensor("h_n").sizes[-1] < r.tensor("c_n").sizes[-1],
    "projected-to": _projected,
    "final-states": lambda r, g: (
        _ends(r) and g["count"] == 1 + _both_states(r) and _names_finals(r, g["names"])
    ),
    "reverse-ends-first": lambda r, _: _has_reverse(r) and _ends(r),
    "ends-last": lambda r, _: r.lengths is None and _ends(r),
    "held-by-both": lambda r, _: _ends(r),
    "ends-apart": lambda r, _: _packed(r),
    "both-ways-apart": lambda r, _: _packed(r) and _has_reverse(r),
    "packed": lambda r, _: _packed(r),
    "both-ways-count": lambda r, g: (
        g["count"] == r.num_layers
        and r.tensor("h_n").sizes[0] == 2 * r.num_layers
        and spelt(g["symbol"], r.tensor("h_n").symbols[0])
    ),
    "reads-features": lambda r, _: r.tensor("input").sizes[-1] == r.input_size,
    "units-are-h": lambda r, _: _widths(r) == (True, False),
    "units-are-c": lambda r, _: _widths(r) == (False, True),
    "units-are-both": lambda r, _: _widths(r) == (True, True),
    "one-layer": lambda r, _: r.num_layers == 1 and _ends(r),
    "two-layers": lambda r, _: r.num_layers == 2 and _reads_below(r) and _ends(r),
    "many-layers": lambda r, _: r.num_layers > 2 and _reads_below(r) and _ends(r),
    "units-count": lambda r, g: (
        (g["type"], g["units"]) == (r.type.upper(), r.hidden_size) and _widths(r) != (False, False)
    ),
    "gives-output": lambda r, g: g["depth"] == r.num_layers - 1 and not r.bidirectional,
    "gives-half-of-output": lambda r, g: g["depth"] == r.num_layers - 1 and r.bidirectional,
    "both-go-up": lambda r, g: r.bidirectional and g["n"] == g["depth"] + 1 < r.num_layers,
    "own-weights": lambda r, _: _weights(r) == r.num_layers * r.directions,
    "both-read-all": lambda r, _: _has_reverse(r) and r.num_layers > 1 and _reads_below(r),
    "depth-drawn": _depth_drawn,
    "no-bias": lambda r, _: not _bias(r),
    "bias-rows": _bias_rows,
    "layer-class": lambda r, g: g["cls"] == r.type.upper(),
    "nonlinearity": lambda r, g: r.type == "rnn" and g["name"] == r.nonlinearity,
}
"""Facts of one recurrent layer, the one that the sentence names."""


def _names_finals(layer: Recurrent, names: Any) -> bool:
    return bool(names[1] == ("tensors.hc_n" if _both_states(layer) else "tensors.h_n"))


def _named(layer: Recurrent, names: str, end: str) -> bool:
    """Whether these are the names of all states of one end: ``h_0, c_0``."""
    return sorted(names.split(", ")) == sorted(t.name for t in layer.tensors if t.name.endswith(f"_{end}"))


def _drawn_of(trace: Trace, given: MessageFacts) -> bool:
    """Whether these are some of the recurrences, in a chain of the model's stages, one left out."""
    names = [layer.name for layer in trace.recurrent]
    names += [loop.name for loop in recurrent_loops(trace) if loop.name in given["chain"][1].split(", ")]
    drawn, chain = given["drawn"][1].split(", "), given["chain"][1]
    if " → " not in chain:
        whole = chain == ", ".join(names)
    else:
        said, stages = [one for one in chain.split(" → ") if one != "…"], (s.name for s in trace.stages)
        whole = trace.chained and {*names} <= {*said} and all(name in stages for name in said)
    return whole and {*drawn} < {*names}


def _side_by_side(trace: Trace, given: MessageFacts) -> bool:
    """Whether a last_state holds these rows of h_n in this order: it is run on states of one number a row."""
    stage = stage_of(trace, given)
    if stage.type != "last_state":
        return False
    layer = next(one for one in trace.recurrent if f"{one.name}.h_n" in stage.sources)
    rows = torch.arange(float(layer.tensor("h_n").sizes[0]))[:, None, None]
    run = LastState(Head("", stage.name, stage.type), layer.directions)
    found = run(RunningValue(rows, batched=True, batch_first=False, ended=(rows,))).data.flatten().tolist()
    return bool(given["names"] == ", ".join(f"h_n[{int(row)}]" for row in found))


def _apart(trace: Trace, given: MessageFacts) -> bool:
    """Whether a layer hands its states to another one, and neither has the weights of another stage."""
    pair = [given[one][1] for one in ("encoder", "decoder")]
    encoder, decoder = (trace.layers[name] for name in pair)
    own = all(one.parameters for one in (encoder, decoder)) and not {*pair} & tied(trace)
    return own and encoder is not decoder and decoder.giver == encoder.name


OF_LAYERS: tuple[dict[str, OfLayer], ...] = (
    ABOUT_LAYERS, ABOUT_CELLS, ABOUT_UNITS, ABOUT_STEPS, ABOUT_PACKING,
)  # fmt: skip
FACTS: dict[str, Fact] = {
    **{name: _of_layer(fact) for of in OF_LAYERS for name, fact in of.items()},
    **ABOUT_STAGES, **ABOUT_A_STAGE, **ABOUT_AXES, **ABOUT_PARTS, **ABOUT_USERS, **WEIGHT_FACTS,
    **ABOUT_LOOPS, **ABOUT_ROWS, **ABOUT_IMAGES, **ABOUT_REST, **ABOUT_NOTES, **ABOUT_CUBES, **ABOUT_CUTS,
    **ABOUT_LESSONS, **ABOUT_FOREIGN,
    "drawn-of": _drawn_of, "tensor-shape": _tensor, "weights-apart": _apart,
    "states-side-by-side": _side_by_side,
}  # fmt: skip
"""Every fact that a message may assert, by the name that the catalogue gives it."""
