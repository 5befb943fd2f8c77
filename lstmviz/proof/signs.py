"""Claims of single signs: what a letter means, what a word in an operation does, which part is numbered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lstmviz.network.structure import Recurrent, Trace
    from lstmviz.scene.claims import Claim


class Knowing(Protocol):
    """What `lstmviz.proof.known` knows of a run."""

    trace: Trace
    layers: dict[str, Recurrent]
    letters: dict[str, set[int]]


SIGNS = {"⊙": "cell.entrywise", "σ": "cell.squashes"}
"""The signs that a key explains, and the message that says what each does."""
OPERATIONS = ("σ", "tanh", "ReLU", "1-")


def _measured(known: Knowing, id: str) -> set[int] | None:
    """Return what a run has of what a message names: the sizes of its batches for ``axis.batch``."""
    layers = known.layers.values()
    found: dict[str, Callable[[], Iterable[int | None]]] = {
        "axis.batch": lambda: [layer.batch_size for layer in layers],
        "axis.time": lambda: [layer.timesteps for layer in layers],
        "axis.features": lambda: [layer.input_size for layer in layers],
        "axis.units": lambda: [layer.hidden_size for layer in layers],
        "axis.projected": lambda: [layer.proj_size for layer in layers],
        "axis.layers": lambda: [layer.num_layers for layer in layers],
    }
    return {size for size in found[id]() if size is not None} if id in found else None


LETTERS = {
    "N": "axis.batch",
    "T": "axis.time",
    "F": "axis.features",
    "H": "axis.units",
    "P": "axis.projected",
    "L": "axis.layers",
}


def _meaning(facts: Mapping[str, Any], known: Knowing) -> str | None:
    """A letter means what is measured under it: N is the number of samples in a batch."""
    symbol, means = facts["symbol"], facts["means"]
    if (SIGNS | LETTERS).get(symbol) != means:
        return f"{symbol} means something else"
    if symbol in SIGNS:
        return None
    sizes, true = known.letters.get(symbol, set()), _measured(known, means)
    if not sizes:
        return f"nothing is {symbol}"
    return None if not known.layers or sizes & (true or set()) else f"{symbol} is {min(sizes)}"


def _operation(facts: Mapping[str, Any], _: Knowing) -> str | None:
    return None if facts["name"] in OPERATIONS else f"no cell computes {facts['name']}"


def _type(facts: Mapping[str, Any], known: Knowing) -> str | None:
    layer = known.layers.get(facts["of"])
    true = layer.type.upper() if layer else "not there"
    return None if facts["type"] == true else f"{facts['of']} is {true}"


def _part(facts: Mapping[str, Any], _: Knowing) -> str | None:
    return None if facts["number"] >= 1 else "parts count from 1"


def _note(facts: Mapping[str, Any], known: Knowing) -> str | None:
    return None if facts["note"] in known.trace.notes else "the run showed nothing of the kind"


RULES: dict[str, Callable[[Mapping[str, Any], Any], str | None]] = {
    "meaning": _meaning,
    "operation": _operation,
    "type": _type,
    "part": _part,
    "note": _note,
}
"""What bears a claim of a sign out, by its kind."""


def misnumbered(claims: Iterable[Claim]) -> Iterator[str]:
    """Say whether the numbers of a drawing's parts are not those before the words about them."""
    numbers = sorted(one.fact("number") for one in claims if one.kind == "part")
    if numbers != [n for n in range(1, max(numbers, default=0) + 1) for _ in range(2)]:
        yield "the parts of the drawing and the words about them are not numbered alike"
