"""What is said of the inside of a cell, each a predicate on a run of the module, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from lstmviz.network.structure import Recurrent
from lstmviz.proof.cells.judge import runnable, runs
from lstmviz.proof.evidence import CLOSE
from lstmviz.proof.facts.fact import MessageFacts
from lstmviz.proof.probe import module_of

OfCell = Callable[[Recurrent, MessageFacts], bool]

GATES = {"lstm": "ifgo", "gru": "rzn", "rnn": "a"}
"""The blocks of rows that the weights of a type have, in torch's order."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a cell, computed anew from its weights as its figure says it, for all steps of a run.

    `gates` are the blocks of the sums, each after its function; `same` says that h (and c) so computed are
    the module's own; `before` and `after` are its states, time first.
    """

    gates: Mapping[str, torch.Tensor]
    same: bool
    before: Sequence[torch.Tensor]
    after: Sequence[torch.Tensor]


@lru_cache(maxsize=8)
def step(layer: Recurrent, depth: int = 0, way: str = "fwd") -> Step:
    """Run a layer, and compute one of its cells from the states that each step reads."""
    module = runnable(module_of(layer))
    states = next(iter(runs(module, depth, int(way == "rev"))))
    names = dict(module.named_parameters())
    end = f"l{depth}{'_reverse' if way == 'rev' else ''}"
    products = [
        torch.nn.functional.linear(v, names[f"weight_{which}_{end}"], names.get(f"bias_{which}_{end}"))
        for v, which in ((states.inputs, "ih"), (states.before[0], "hh"))
    ]
    gates, found = COMPUTED[layer.type](products, states.before, layer)
    if layer.proj_size:
        found[0] = found[0] @ names[f"weight_hr_{end}"].T
    pairs = zip(found, states.after, strict=True)
    same = all(one.shape == two.shape and bool((one - two).abs().max() <= CLOSE) for one, two in pairs)
    return Step(gates, same, states.before, states.after)


def _lstm(products: Any, before: Any, _: Recurrent) -> tuple[Any, list[Any]]:
    i, f, g, o = (products[0] + products[1]).chunk(4, -1)
    gates = {"i": i.sigmoid(), "f": f.sigmoid(), "g": g.tanh(), "o": o.sigmoid()}
    c = gates["f"] * before[1] + gates["i"] * gates["g"]
    return gates, [gates["o"] * c.tanh(), c]


def _gru(products: Any, before: Any, _: Recurrent) -> tuple[Any, list[Any]]:
    (xr, xz, xn), (hr, hz, hn) = (one.chunk(3, -1) for one in products)
    r, z = (xr + hr).sigmoid(), (xz + hz).sigmoid()
    n = (xn + r * hn).tanh()
    return {"r": r, "z": z, "n": n}, [(1 - z) * n + z * before[0]]


def _rnn(products: Any, _: Any, layer: Recurrent) -> tuple[Any, list[Any]]:
    a = products[0] + products[1]
    h = a.relu() if layer.nonlinearity == "relu" else a.tanh()
    return {"a": h}, [h]


COMPUTED: Mapping[str, Callable[..., tuple[Any, list[Any]]]] = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}


def of(layer: Recurrent, given: MessageFacts) -> Step:
    """Return the step of the cell that a sentence is about."""
    return step(layer, given.get("depth", 0), given.get("way", "fwd"))


def _is(types: str) -> OfCell:
    return lambda r, g: r.type in types.split() and of(r, g).same


def _mixes(r: Recurrent, g: MessageFacts) -> bool:
    """Whether the new h is as near to the old one, on the way from the candidate, as z says."""
    if not _is("gru")(r, g):
        return False
    one = of(r, g)
    n, z, old = one.gates["n"], one.gates["z"], one.before[0]
    return bool((one.after[0] - n - z * (old - n)).abs().max() <= CLOSE)


def _bias(r: Recurrent) -> bool:
    return any(p.name.startswith("bias_") for p in r.parameters)


def _biased(kind: str, *, there: bool) -> OfCell:
    return lambda r, g: (
        r.type == kind
        and _bias(r) == there
        and of(r, g).same
        and g.get("name", r.nonlinearity) == r.nonlinearity
    )


def _between(r: Recurrent, g: MessageFacts) -> bool:
    """Whether σ lets nothing out of 0 … 1, and tanh nothing out of −1 … 1."""
    gates = of(r, g).gates
    return of(r, g).same and all(
        bool((gates[k] > 0).all() and (gates[k] < 1).all()) for k in gates if k in "iforz"
    )


def _rows(r: Recurrent) -> int:
    return r.parameters[0].sizes[0]


def _adds(kind: str, times: int) -> OfCell:
    """Whether the sum of the products has so many times as many numbers as there are units."""
    return lambda r, g: _is(kind)(r, g) and _rows(r) == times * r.hidden_size


def _layer_of(r: Recurrent, g: MessageFacts) -> bool:
    true = f"cell.{'reverse' if g['way'] == 'rev' else 'forward'}"
    right = "direction" not in g or (r.bidirectional and g["direction"][1] == true)
    return bool(right and g["n"] == g["depth"] < g["count"] == r.num_layers)


def _reads_step(r: Recurrent, g: MessageFacts) -> bool:
    """Whether what a step reads is what the step named gave, and nothing of the other one."""
    found, there = of(r, g), {"t-1": slice(None, -1), "t+1": slice(1, None)}.get(g["step"])
    here = {"t-1": slice(1, None), "t+1": slice(None, -1)}.get(g["step"])
    pairs = zip(found.before, found.after, strict=True)
    return there is not None and all(torch.equal(one[here], two[there]) for one, two in pairs)


def _reaches_step(r: Recurrent, g: MessageFacts) -> bool:
    turned = {"t-1": "t+1", "t+1": "t-1"}.get(g["step"], "")
    return _reads_step(r, {**g, "step": turned})


def _below(*, both: bool) -> OfCell:
    def fact(r: Recurrent, g: MessageFacts) -> bool:
        if g["depth"] == 0 or g["of"] != "x_t":
            return False
        wide, one = r.parameter(f"weight_ih_l{g['depth']}").sizes[-1], r.tensor("h_n").sizes[-1]
        said = (g.get("p", 0.0), both, g["n"], wide)
        return said == (r.dropout, r.bidirectional, g["depth"] - 1, one * r.directions)

    return fact


def _reads_input(r: Recurrent, g: MessageFacts) -> bool:
    wide = r.parameters[0].sizes[-1]
    return g["depth"] == 0 and g.get("of", "x_t") == "x_t" and wide == r.tensor("input").sizes[-1]


def _named_gates(kind: str) -> OfCell:
    told = {", ".join(GATES[kind]), ", ".join(f"{gate}_t" for gate in GATES[kind])}
    return lambda r, g: r.type == kind and ("of" not in g or g["of"] in told) and _between(r, g)


def _subject(r: Recurrent, g: MessageFacts) -> bool:
    right = g["units"] == r.hidden_size
    return right and (r.num_layers == 1 if "count" not in g else _layer_of(r, g))


def _weights(r: Recurrent, g: MessageFacts) -> bool:
    """Whether these are all parameters of the cell, each named once."""
    end = f"_l{g['depth']}{'_reverse' if g['way'] == 'rev' else ''}"
    said = [dict(given)["name"] for _, _, given in g["shapes"][2]]
    return said == [r.own_name(p.name) for p in r.parameters if p.name.endswith(end)]


def _ends(*, last: bool) -> OfCell:
    def fact(r: Recurrent, g: MessageFacts) -> bool:
        said = {**g, "step": g["step"].replace(" − ", "-").replace(" + ", "+")}
        up = _last(r, g) if last else _goes_up(r, g)
        return up and _reads_step(r, said)

    return fact


def _last(r: Recurrent, g: MessageFacts) -> bool:
    return bool(g["depth"] == r.num_layers - 1)


def _goes_up(r: Recurrent, g: MessageFacts) -> bool:
    return bool(g.get("n", g["depth"] + 1) == g["depth"] + 1 < r.num_layers)


ABOUT_CELLS: dict[str, OfCell] = {
    "cell-units": lambda r, g: g["size"] == r.hidden_size and _is("lstm gru rnn")(r, g),
    "cell-goes-up": _goes_up,
    "cell-is-below": _goes_up,
    "cell-is-last": _last,
    "cell-is-above": lambda r, g: 0 < g["depth"] < r.num_layers,
    "cell-layer": _layer_of,
    "cell-forward": lambda r, g: r.bidirectional and g["way"] == "fwd",
    "cell-reverse": lambda r, g: r.bidirectional and g["way"] == "rev",
    "cell-reads-step": _reads_step,
    "cell-reaches-step": _reaches_step,
    "lstm-gates": _named_gates("lstm"),
    "gru-gates": _named_gates("gru"),
    "cell-candidate": _is("lstm gru"),
    "cell-adds": _is("lstm gru rnn"),
    "cell-reads-input": _reads_input,
    "cell-reads-one": _below(both=False),
    "cell-reads-both": _below(both=True),
    "cell-hidden": lambda r, g: g.get("of", "h_t") == "h_t" and _is("lstm gru rnn")(r, g),
    "cell-state": lambda r, g: g.get("of", "c_t") == "c_t" and _is("lstm")(r, g),
    "cell-states-alike": lambda r, g: (
        g["of"] == "h_t, c_t" and _is("lstm")(r, g) and r.tensor("h_n").sizes == r.tensor("c_n").sizes
    ),
    "cell-entrywise": _is("lstm gru"),
    "cell-squashes": lambda r, g: r.type != "rnn" and _between(r, g),
    "cell-rows-are-samples": lambda r, g: r.batch_size is not None and of(r, g).same,
    "cell-adds-one": _adds("rnn", 1),
    "cell-adds-four": _adds("lstm", 4),
    "cell-cuts": _adds("lstm", 4),
    "cell-keeps": _is("lstm"),
    "cell-shows": lambda r, g: not r.proj_size and _is("lstm")(r, g),
    "cell-projects": lambda r, g: (
        _is("lstm")(r, g) and 0 < r.proj_size == r.tensor("h_n").sizes[-1] < r.hidden_size
    ),
    "gru-resets-after": _is("gru"),
    "gru-mixes": _mixes,
    "rnn-squashes": lambda r, g: r.nonlinearity == "tanh" and _is("rnn")(r, g),
    "rnn-rectifies": lambda r, g: r.nonlinearity == "relu" and _is("rnn")(r, g),
    "cell-subject": _subject,
    "cell-type": lambda r, g: not r.bidirectional and g["type"] == r.type.upper(),
    "cell-type-both-ways": lambda r, g: r.bidirectional and g["type"] == r.type.upper(),
    "lstm-with-bias": _biased("lstm", there=True),
    "lstm-without-bias": _biased("lstm", there=False),
    "gru-with-bias": _biased("gru", there=True),
    "gru-without-bias": _biased("gru", there=False),
    "rnn-with-bias": _biased("rnn", there=True),
    "rnn-without-bias": _biased("rnn", there=False),
    "cell-weights": _weights,
    "cell-ends": _ends(last=True),
    "cell-ends-below": _ends(last=False),
}
"""Facts of one cell, that of the layer and direction which the sentence names."""
