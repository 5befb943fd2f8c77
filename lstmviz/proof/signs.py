"""Claims of single signs: what a letter means, what a word in an operation does, which part is numbered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from lstmviz.network.structure import Recurrent, Tensor, Trace
from lstmviz.proof.facts.cell import GATES
from lstmviz.proof.facts.unit import linears
from lstmviz.scene.claims import Claim
from lstmviz.spec.layer_types import CURVES


class Knowing(Protocol):
    """What `lstmviz.proof.known` knows of a run."""

    trace: Trace
    layers: dict[str, Recurrent]
    letters: dict[str, set[int]]

    def of(self, name: str) -> list[Tensor]:
        """Return the tensors of a name; all of them, if there is none such."""


SIGNS = {"⊙": "cell.entrywise", "σ": "cell.squashes"}
"""The signs that a key explains, and the message that says what each does."""
OPERATIONS = ("σ", "tanh", "ReLU", "1-")


def _meaning(facts: Mapping[str, Any], _: Knowing) -> str | None:
    """A sign means what the sentence behind it says, whose own fact is asked of a run."""
    return None if SIGNS.get(facts["symbol"]) == facts["means"] else f"{facts['symbol']} means something else"


STEPS = ("t", "t-1", "t+1")
PRODUCTS = ("ih", "hh", "hr", *(f"{read}{gate}" for read in "ih" for gate in "rzn"))
INSIDE = {
    **dict.fromkeys("xhcifgorzn", STEPS),
    "a": ("t", *"ifgorz"),
    **dict.fromkeys("Wb", PRODUCTS),
}
"""What stands inside a cell: states and gates at a step, products by gate, weights and biases."""


def _symbol(facts: Mapping[str, Any], known: Knowing) -> str | None:
    del known
    base, sub = facts["base"], facts["sub"]
    there = base in INSIDE and (not sub or sub in INSIDE[base])
    return None if there else f"no cell has {base}{sub and '_'}{sub}"


def _rows(facts: Mapping[str, Any], known: Knowing) -> str | None:
    layer, (first, last) = known.layers.get(facts["of"]), facts["blocks"]
    if layer is None or not 0 <= first < last <= len(GATES[layer.type]):
        return "there are no such blocks"
    if facts["gate"] and GATES[layer.type][first:last] != facts["gate"]:
        return f"these are the rows of {GATES[layer.type][first:last]}"
    true = (first * layer.hidden_size, last * layer.hidden_size)
    return None if facts["rows"] == true else f"blocks {first} to {last} are the rows {true[0]}:{true[1]}"


def _type(facts: Mapping[str, Any], known: Knowing) -> str | None:
    layer = known.layers.get(facts["of"])
    true = layer.type.upper() if layer else "not there"
    return None if facts["type"] == true else f"{facts['of']} is {true}"


def _parameter(facts: Mapping[str, Any], known: Knowing) -> str | None:
    stage = known.trace.stage(facts["of"])
    there = stage is not None and facts["name"] in {p.name for p in stage.parameters}
    return None if there else f"{facts['of']} has no {facts['name']}"


def _values(facts: Mapping[str, Any], known: Knowing) -> str | None:
    rows = len(linears(known.trace.stages)) + 1
    return None if 0 <= facts["index"] < facts["rows"] == rows else f"there are {rows} rows"


def _dense(facts: Mapping[str, Any], known: Knowing) -> str | None:
    """The equation of a linear layer: which one it is, whether it adds a bias, what it applies."""
    rows, stages = linears(known.trace.stages), known.trace.stages
    if facts["rows"] != len(rows) + 1 or not 1 <= facts["index"] <= len(rows):
        return f"there are {len(rows)} linear layers"
    row = rows[facts["index"] - 1]
    rest = stages[stages.index(row) + 1 :]
    ends = [k for k, one in enumerate(rest) if one.type == "linear"]
    applied = [CURVES[one.type] for one in rest[: ends[0] if ends else len(rest)] if one.type in CURVES]
    true = (row.name, any(p.name == "bias" for p in row.parameters), applied[-1] if applied else "")
    said = (facts["stage"], facts["bias"], facts["activation"])
    return None if said == true else "this linear layer does something else"


def _last_unit(facts: Mapping[str, Any], known: Knowing) -> str | None:
    true = any(facts["size"] in one.sizes for one in known.of(""))
    letter = facts["letter"][:1].isalpha()  # H, and H₁ of one of several layers
    return None if true and letter else f"nothing has {facts['size']} units"


RULES: dict[str, Callable[[Mapping[str, Any], Any], str | None]] = {
    "meaning": _meaning,
    "symbol": _symbol,
    "rows": _rows,
    "operation": lambda facts, _: (
        None if facts["name"] in OPERATIONS else f"no cell computes {facts['name']}"
    ),
    "type": _type,
    "part": lambda facts, _: None if facts["number"] >= 1 else "parts count from 1",
    "note": lambda facts, known: (
        None if facts["note"] in known.trace.notes else "the run showed nothing of the kind"
    ),
    "parameter": _parameter,
    "values": _values,
    "dense": _dense,
    "last-unit": _last_unit,
}
"""What bears a claim of a sign out, by its kind."""


def misnumbered(claims: Iterable[Claim]) -> Iterator[str]:
    """Say whether the numbers of a drawing's parts are not those before the words about them."""
    numbers = sorted(one.fact("number") for one in claims if one.kind == "part")
    if numbers != [n for n in range(1, max(numbers, default=0) + 1) for _ in range(2)]:
        yield "the parts of the drawing and the words about them are not numbered alike"
