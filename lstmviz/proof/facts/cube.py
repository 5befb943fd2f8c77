"""The facts that messages assert of a data cube: its axes and its padding."""

from __future__ import annotations

from typing import Any

from lstmviz.network.structure import Tensor, Trace
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.parts import says

COUNTED = {
    "time": {"steps", "words", "own"},
    "batch": {"samples", "sentences", "own"},
    "features": {"features", "embedding", "numbers", "own"},
}
"""What figures say is counted along an axis; `own` is the user's word."""
TOKENS = {"words", "sentences", "embedding"}
PLACES = {"time": "step", "batch": "sample"}


def x_of(trace: Trace, given: MessageFacts) -> Tensor:
    """Return what X is: the model's input, or what a stage gives."""
    stage = trace.stage(given["of"])
    if stage is None and given["of"] != "input":
        raise KeyError(given["of"])
    return stage.outputs[0] if stage is not None else trace.input


def axes_of(trace: Trace, given: MessageFacts) -> dict[str, int]:
    """Return which axis of X is time, batch and features; the batch is first where a layer was told so."""
    x = x_of(trace, given)
    layers = trace.recurrent
    time = x.symbols.index("T") if "T" in x.symbols else int(bool(layers and layers[0].batch_first))
    if len(x.sizes) == 2:
        return {"time": time, "features": 1 - time} if "T" in x.symbols else {"time": 0, "features": 1}
    rest = [axis for axis in range(3) if axis != time]
    return {"time": time, "batch": rest[0], "features": rest[1]}


def size_of(trace: Trace, given: MessageFacts, what: str) -> int:
    """Return how long time, batch or features of X is."""
    return x_of(trace, given).sizes[axes_of(trace, given)[what]]


def _tokens(trace: Trace, given: MessageFacts) -> bool:
    """Whether X is what an embedding gives, one vector for each step: not for each character of a step."""
    stage = trace.stage(given["of"])
    return (
        stage is not None
        and stage.type.lower() == "embedding"
        and {*stage.outputs[0].symbols[:-1]} <= {"N", "T"}
    )


def _word(value: Any) -> str:
    """Return which word of the catalogue is put in; `own` for one of the user's."""
    return str(value[1].partition(".")[2]) if value[0] == "said" else "own"


def _count(trace: Trace, given: MessageFacts) -> bool:
    _, _, word = given["id"].partition(".count-")
    right = not word or word in COUNTED[given["what"]]
    tokens = word not in TOKENS or _tokens(trace, given)
    return right and tokens and bool(given["n"] == size_of(trace, given, given["what"]))


def _place(trace: Trace, given: MessageFacts) -> bool:
    one = PLACES[given["what"]]
    same = given["id"] == f"cube.{one}"
    start = 0 if given["what"] == "batch" else 1  # samples count from 0
    return same and start <= int(given[one]) < start + size_of(trace, given, given["what"])


def _index(trace: Trace, given: MessageFacts) -> bool:
    """Whether a step, counted from 1, is one of X, and has this index in Python."""
    return bool(given["at"] == given["step"] - 1) and 0 <= given["at"] < size_of(trace, given, given["what"])


def _part(trace: Trace, given: MessageFacts) -> bool:
    """Whether a place on one axis goes with all that is counted along another."""
    place, across = given["place"], given["across"]
    on = dict(place[2])["what"] if place[0] == "said" else given["what"]
    return on == given["what"] != across and _word(given["name"]) in COUNTED[across] and {
        given["what"], across
    } <= axes_of(trace, given).keys()  # fmt: skip


def _lengths(trace: Trace) -> tuple[int, ...]:
    return next((layer.lengths for layer in trace.recurrent if layer.lengths), ())


def _told_lengths(trace: Trace, given: MessageFacts) -> bool:
    said, true = given["lengths"].split(", "), [str(length) for length in _lengths(trace)]
    return bool(true) and (said == true or (said[-1] == "…" and said[:-1] == true[: len(said) - 1]))


def _cells(trace: Trace, given: MessageFacts) -> int:
    return size_of(trace, given, "time") * size_of(trace, given, "batch")


def _words(trace: Trace, given: MessageFacts) -> bool:
    cells = _cells(trace, given)
    return bool(given["n"] == (sum(_lengths(trace)) or cells))


def _shape(trace: Trace, given: MessageFacts) -> bool:
    """Whether X has this shape, and each of its axes is told as what it is."""
    told = {name: given[name] for name in ("batch", "time", "depth") if name in given}
    on = {name: dict(value[2])["what"] for name, value in told.items()}
    same = all(what == name.replace("depth", "features") for name, what in on.items())
    return same and says(given["shape"], x_of(trace, given))


def _sliced(trace: Trace, given: MessageFacts, *, flat: bool = False) -> Tensor:
    """Return one slice of X, or all side by side: its sizes, and its letters."""
    x, axes = x_of(trace, given), axes_of(trace, given)
    whole = zip(given["symbols"], ("batch", "time", "features"), strict=True)
    n, t, f = ((symbol, x.sizes[axes[what]]) for symbol, what in whole)
    if flat:
        return Tensor("", (n[1], t[1] * f[1]), (n[0], f"{t[0]}·{f[0]}"))
    return Tensor("", (n[1], f[1]), (n[0], f[0]))


def _matrices(trace: Trace, given: MessageFacts) -> bool:
    """Whether the codes and shapes are of one slice, and of all of them side by side."""
    slice_, flat = (dict(dict(given[name][2])["does"]) for name in ("code", "flat"))
    right = "takes" in slice_ and "flattens" in flat
    return (
        right
        and says(given["shape"], _sliced(trace, given))
        and says(given["whole"], _sliced(trace, given, flat=True))
    )


ABOUT_CUBES: dict[str, Fact] = {
    "cube-place": _place,
    "cube-count": _count,
    "cube-index": _index,
    "cube-part": _part,
    "cube-length": lambda trace, given: given["at"] >= 0 and _lengths(trace)[given["at"]] == given["n"],
    "cube-lengths": _told_lengths,
    "cube-words": _words,
    "cube-filler": lambda t, g: g["n"] == _cells(t, g) - sum(_lengths(t)),
    "has-lengths": lambda t, _: bool(_lengths(t)),
    "has-padding-packed": lambda t, _: any(
        one.lengths and min(one.lengths) < one.timesteps for one in t.recurrent
    ),
    "cube-longest": lambda t, g: max(_lengths(t)) == size_of(t, g, "time"),
    "cube-tokens": _tokens,
    "cube-unbatched": lambda t, g: len(x_of(t, g).sizes) == 2,
    "cube-batched": lambda t, g: len(x_of(t, g).sizes) == 3,
    "cube-shape": _shape,
    "cube-slices": lambda trace, given: (
        bool(given["n"] == size_of(trace, given, "time")) and says(given["shape"], _sliced(trace, given))
    ),
    "cube-matrices": _matrices,
    "no-recurrent-layer": lambda t, _: not t.recurrent,
    "reader-type": lambda t, g: g["name"] == t.recurrent[0].type.upper(),
}
"""Facts of X."""
