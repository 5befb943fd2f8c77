"""What is said of rows of units: of linear layers one on the other, of a recurrent layer with its head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lstmviz.network.operators import for_readers
from lstmviz.network.recurrence import in_code
from lstmviz.network.structure import Recurrent, Stage, Trace
from lstmviz.proof.facts.cell import ABOUT_CELLS, of
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.spec.layer_types import CURVES


def linears(stages: Sequence[Stage]) -> list[Stage]:
    """Return the stages that give a row of units."""
    return [s for s in stages if s.type == "linear" and any(p.name == "weight" for p in s.parameters)]


def _sizes(stage: Stage, name: str = "weight") -> tuple[int, ...]:
    return next((p.sizes for p in stage.parameters if p.name == name), ())


def _row(trace: Trace, given: MessageFacts) -> Stage:
    return next(stage for stage in linears(trace.stages) if stage.name == given["of"])


def _applied(trace: Trace, stage: Stage) -> list[Stage]:
    """Return what stands between a linear layer and the next one."""
    rest = trace.stages[trace.stages.index(stage) + 1 :]
    ends = [k for k, one in enumerate(rest) if one.type == "linear"]
    return list(rest[: ends[0]] if ends else rest)


def said_of(stage: Stage) -> str:
    """Return what a stage does to each unit, in the words of figures."""
    if stage.type == "dropout":
        return f"dropout {dict(stage.arguments).get('p', 0.5):g}"
    return CURVES.get(stage.type, stage.type)


def _after(trace: Trace, stage: Stage) -> list[str]:
    every = _applied(trace, stage)
    return [said_of(one) for one in every if one.type in {*CURVES, "dropout"}]


def _between(trace: Trace, given: MessageFacts) -> bool:
    """Whether a row is neither the first nor the last; the `n`-th of the model, where it says so."""
    rows = linears(trace.stages)
    if not trace.recurrent and "n" in given and rows[given["n"] - 1].name != given["of"]:
        return False
    return given["of"] in {row.name for row in rows[:-1]}


def _weighs(trace: Trace, given: MessageFacts) -> bool:
    row = _row(trace, given)
    bias = str(_sizes(row, "bias")) if _sizes(row, "bias") else None
    after = " ".join(_after(trace, row)) or None
    said = (given["name"], given["weight"], given.get("bias"), given.get("after"))
    return said == (("own", row.name), str(_sizes(row)), bias, after)


def _before(trace: Trace, given: MessageFacts) -> bool:
    lead = trace.stages[: trace.stages.index(linears(trace.stages)[0])]
    return bool(given["stages"] == ("own", ", ".join(map(said_of, lead))))


def _reads_tokens(trace: Trace, given: MessageFacts) -> bool:
    layer = trace.layers[given["layer"]]
    found = any(stage.type == "embedding" for stage in trace.leading(layer.name))
    return found and bool(1 <= given.get("n", 1) <= layer.timesteps)


def _reads_last(trace: Trace, given: MessageFacts) -> bool:
    return any(stage.type == "last_step" for stage in trace.following(given["layer"]))


def _gives(trace: Trace, given: MessageFacts) -> bool:
    row = _row(trace, given)
    return bool(given["n"] == _sizes(row)[0] == row.outputs[0].sizes[-1])


def _reads(trace: Trace, given: MessageFacts) -> bool:
    row = _row(trace, given)
    return row is linears(trace.stages)[0] and given["n"] == _sizes(row)[1] == row.inputs[0].sizes[-1]


ABOUT_ROWS: dict[str, Fact] = {
    "row-enters": lambda trace, g: _row(trace, g) is linears(trace.stages)[0],
    "row-leaves": lambda trace, g: _row(trace, g) is linears(trace.stages)[-1],
    "row-between": _between,
    "row-reads": _reads,
    "row-gives": _gives,
    "row-gives-last": lambda trace, g: (
        _gives(trace, g) and _reads_last(trace, g) and "T" not in _row(trace, g).outputs[0].symbols
    ),
    "row-applies": lambda trace, g: g["name"] in _after(trace, _row(trace, g)),
    "row-drops": lambda trace, g: f"dropout {g['p']:g}" in _after(trace, _row(trace, g)),
    "row-into": lambda trace, g: 1 <= g["unit"] == g["row"] + 1 <= g["n"] == _sizes(_row(trace, g))[0],
    "row-weighs": _weighs,
    "all-connected": lambda trace, _: all(
        _sizes(row) == (row.outputs[0].sizes[-1], row.inputs[0].sizes[-1]) for row in linears(trace.stages)
    ),
    "rows-biased": lambda trace, g: _sizes(_row(trace, g), "bias") == _sizes(_row(trace, g))[:1],
    "units-left-out": lambda trace, given: given["n"] == len(linears(trace.stages)) + 1 - given["drawn"],
    "rows-before": _before,
    "rows-places": lambda trace, given: (
        given["places"] == " × ".join(linears(trace.stages)[0].inputs[0].symbols[:-1])
    ),
    "reads-tokens": _reads_tokens,
    "stage-follows": lambda trace, given: (
        given["name"][1] in {for_readers(stage.name) for stage in trace.following(given["layer"])}
    ),
    "stage-precedes": lambda trace, given: (
        given["name"][1] in {for_readers(stage.name) for stage in trace.leading(given["layer"])}
    ),
    "head-reads-last": _reads_last,
}
"""Facts of the linear layers of a model, and of what stands around them."""


def _one_network(r: Recurrent, _: MessageFacts) -> bool:
    """Whether every step has the same weights: h of each step comes of one set of them."""
    return _one_set(r) and of(r, {}).same


def _one_set(r: Recurrent) -> bool:
    return sum(p.name.startswith("weight_hh") for p in r.parameters) == r.num_layers * r.directions


def _one_network_of(r: Recurrent, g: MessageFacts) -> bool:
    depth = g["depth"] if isinstance(g["depth"], int) else r.num_layers
    steps = g.get("steps", r.computed_steps)
    drawn, last = [int(step) for step in g.get("drawn", "1").split(", ")], r.computed_steps
    said = (g.get("type", r.type.upper()), g["units"], steps, depth)
    fits = drawn == sorted(set(drawn)) and drawn[0] >= 1 and drawn[-1] <= last
    return said == (r.type.upper(), r.hidden_size, last, r.num_layers) and fits and _one_network(r, g)


def _gates_fed(r: Recurrent, _: MessageFacts) -> bool:
    """Whether what is read and the h of before both have weights for all four gates of every unit."""
    rows = {p.sizes[0] for p in r.parameters if p.name.startswith(("weight_ih", "weight_hh"))}
    return rows == {4 * r.hidden_size} and ABOUT_CELLS["lstm-gates"](r, {})


def _states_alike(r: Recurrent, g: MessageFacts) -> bool:
    states = [t for t in r.tensors if t.name[:2] in {"h_", "c_"}]
    return (
        sorted(g["names"].split(", ")) == sorted(t.name for t in states)
        and len({t.sizes for t in states}) == 1
    )


def _output_is_h(r: Recurrent, g: MessageFacts) -> bool:
    """Whether `output` is h of the last layer, which is the one that is named, if one is."""
    last, same = r.num_layers - 1, r.tensor("output").sizes[-1] == r.tensor("h_n").sizes[-1]
    return g.get("n", last) == last and same and of(r, {"depth": last}).same


def _step_names(r: Recurrent, g: MessageFacts) -> bool:
    """Whether as many features are named as a step has, each with its number."""
    numbers = [dict(given)["n"] for _, _, given in _parts(g["names"])]
    return numbers == list(range(1, r.input_size + 1))


def _parts(value: Any) -> Sequence[Any]:
    return value[2] if value[0] == "joined" else [value]


ABOUT_UNITS: dict[str, Callable[[Recurrent, MessageFacts], bool]] = {
    "one-network": _one_network,
    "one-network-of": _one_network_of,
    "one-layer-alone": lambda r, _: r.num_layers == 1,
    "layers-in-all": lambda r, g: g["n"] == r.num_layers,
    "layers-left-out": lambda r, g: g["n"] == r.num_layers - 2 > 0,
    "layer-counted": lambda r, g: g["nth"] == g["n"] + 1 <= r.num_layers,
    "layer-units": lambda r, g: g["n"] == r.hidden_size,
    "step-reads": lambda r, g: g["n"] == r.input_size == r.tensor("input").sizes[-1],
    "step-names": _step_names,
    "step-has": lambda r, g: 1 <= g["n"] <= r.input_size,
    "output-is-h": _output_is_h,
    "output-is-both": lambda r, g: (
        g["n"] == r.num_layers - 1 and r.tensor("output").sizes[-1] == 2 * r.tensor("h_n").sizes[-1]
    ),
    "gru-rows": lambda r, _: (
        r.type == "gru" and r.parameters[0].sizes[0] == 3 * r.hidden_size and ABOUT_CELLS["gru-gates"](r, {})
    ),
    "gates-fed": _gates_fed,
    "rnn-rows": lambda r, _: r.type == "rnn" and r.parameters[0].sizes[0] == r.hidden_size,
    "unit-adds": lambda r, g: (
        r.type == "rnn" and r.bias and g["name"] == CURVES[r.nonlinearity] and of(r, {}).same
    ),
    "unit-adds-gru": lambda r, _: r.bias and r.type == "gru" and ABOUT_CELLS["gru-gates"](r, {}),
    "unit-adds-lstm": lambda r, _: r.bias and _gates_fed(r, {}),
    "unit-weights": lambda r, _: all(
        (r.parameter(f"weight_ih_l{k}").sizes[-1], r.parameter(f"weight_hh_l{k}").sizes[-1])
        == (r.hidden_size * r.directions if k else r.input_size, r.hidden_size)
        for k in range(r.num_layers)
    ),
    "biases-alike": lambda r, _: (
        len({p.sizes for p in r.parameters if p.name.startswith("bias_")}) == 1
        and sum(p.name.startswith("bias_") for p in r.parameters) == 2 * r.num_layers * r.directions
    ),
    "states-alike": _states_alike,
    "states-last": lambda r, g: (
        g["giver"] == ("own", r.states_from) and g["names"] == ", ".join(r.states_at("0"))
    ),
    "tensor-sizes": lambda r, g: str(in_code(r, r.tensor(g["name"])).sizes) == g["sizes"],
}
"""Facts of one recurrent layer whose units are drawn."""
