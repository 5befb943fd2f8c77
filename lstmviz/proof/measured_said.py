"""What sentences say of measured values, held against the values that are drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from lstmviz.network.values.data import Origin
from lstmviz.proof.facts.fact import MessageFacts
from lstmviz.scene import ids
from lstmviz.scene.claims import Sentence, sentences
from lstmviz.scene.items import sentences_on
from lstmviz.scene.plots import Curve, Heat, Plot
from lstmviz.scene.scene import Scene

Rule = Callable[[MessageFacts, Mapping[str, Plot]], bool]


ORIGINS = frozenset(
    f"plots.{one}"
    for one in (
        "untrained",
        "trained",
        "measured",
        "both",
        "own",
        "own-random",
        "file",
        "file-random",
        "begun",
    )
)
"""The sentences that say whose weights and input they are."""


def printed_or_read(scene: Scene) -> Iterator[Sentence]:
    """Yield what is printed and what is read aloud: the message of each sentence, and what it was given."""
    return chain(sentences_on(scene.texts), sentences(scene.said))


def said_faults(scene: Scene, plots: Mapping[str, Plot], rules: Mapping[str, Rule]) -> Iterator[str]:
    """Hold what sentences say of values against the values that are drawn."""
    for name, given in dict.fromkeys(printed_or_read(scene)):
        rule: Rule | None = rules.get(name)
        if rule is not None and not rule(dict(given), plots):
            yield f"{name} is said, and is not so"


def origin_faults(scene: Scene, origin: Origin) -> Iterator[str]:
    """Say if a sentence names other weights, input or first states than were measured; or if none does."""
    named = {(name, frozenset(given)) for name, given in printed_or_read(scene) if name in ORIGINS}
    begun = {("plots.begun", frozenset({("seed", origin.seed)}))} if origin.states else set()
    if named != {_origin(origin)} | begun:
        yield "it is said whose weights and input these are, and they are not"


def _origin(origin: Origin) -> tuple[str, frozenset[tuple[str, Any]]]:
    """Return the sentence that is true of weights and an input, and what it names."""
    file = {"file": origin.weights} if origin.weights else {}
    if origin.own:
        name = f"{'file' if file else 'own'}{'-random' if origin.random else ''}"
        return f"plots.{name}", frozenset(file.items())
    words = {"values": ("said", "plots.sentences", ())} if origin.words else {}
    read = {"values": origin.values} if origin.values else words
    seed = {} if file and read else {"seed": origin.seed}
    name = {(0, 0): "untrained", (1, 0): "trained", (0, 1): "measured", (1, 1): "both"}[
        bool(file), bool(read)
    ]
    return f"plots.{name}", frozenset((file | read | seed).items())


def _some(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    heat = plots["h"]
    return isinstance(heat, Heat) and given["shown"] == heat.rows < given["units"]


def _whose(given: MessageFacts, plots: Mapping[str, Plot], way: str = "fwd") -> bool:
    """Whether all maps are of this layer, direction and sample."""
    said = {"depth": given["depth"], "sample": given["sample"], "direction": way}
    maps = [dict(plot.about) for plot in plots.values() if not ids.is_bar(plot.id)]
    return all({key: about[key] for key in said} == said for about in maps)


def _shorter(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether so many steps are drawn, of more."""
    heat = plots["h"]
    return isinstance(heat, Heat) and given["length"] == heat.columns < given["steps"]


def _counted(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether the map of a letter has so many rows, or curves: all, where no other number is said."""
    letter = given["letter"]
    heat = plots.get(letter)
    curves = sum(isinstance(plot, Curve) and name.startswith(f"{letter}.") for name, plot in plots.items())
    rows = heat.rows if isinstance(heat, Heat) else curves
    return bool(given["n"] == rows < given.get("count", rows + 1))


def _viewed(_given: MessageFacts, plots: Mapping[str, Plot], *, gates: bool) -> bool:
    """Whether there are maps of the hidden state, and of gates or of none."""
    return "h" in plots and any(one in plots for one in "ir") is gates


def _by_peak(_given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    heat = plots["h"]
    assert isinstance(heat, Heat)
    starts = range(0, len(heat.values), heat.columns)
    lines = [[abs(value or 0.0) for value in heat.values[at : at + heat.columns]] for at in starts]
    peaks = [line.index(max(line)) for line in lines]
    return peaks == sorted(peaks)


def _empty(_given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether a cell of a map is exactly zero, and so has no shade."""
    maps = [plot for plot in plots.values() if isinstance(plot, Heat) and not ids.is_bar(plot.id)]
    return any(value == 0 for heat in maps for value in heat.values)


def _below(_given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether a map has values, zero apart, under the lower end of its scale."""
    maps = [plot for plot in plots.values() if isinstance(plot, Heat) and not ids.is_bar(plot.id)]
    return any(
        0 < value < 10**heat.low for heat in maps if heat.scale == "log" for value in heat.values if value
    )


def _rows(plots: Mapping[str, Plot]) -> list[tuple[float | None, ...]]:
    heat = plots["map"]
    assert isinstance(heat, Heat)
    return [heat.values[at : at + heat.columns] for at in range(0, len(heat.values), heat.columns)]


def _causal(_given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    rows = _rows(plots)
    return len(rows) == len(rows[0]) > 1 and all(not any(row[t + 1 :]) for t, row in enumerate(rows))


def _everywhere(_given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    return all(all(row) for row in _rows(plots))


def _reach(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    return bool(given["most"] == max(sum(bool(value) for value in row) for row in _rows(plots)))


def _left(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether what is left of a change lies between these two, over all curves of the state."""
    curves = [p for p in plots.values() if isinstance(p, Curve) and dict(p.about)["state"] == given["state"]]
    values = [curve.values[0] or 0.0 for curve in curves]
    ends = (min(values), max(values)) if values else (math.nan, math.nan)
    same = (written(ends[0]), written(ends[1])) == (given.get("least", given["most"]), given["most"])
    return same and all(len(curve.values) - 1 == given["steps"] for curve in curves)


SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def written(value: float) -> str:
    """Return a value with two digits, as sentences write it.

    >>> written(0.887), written(2.94e-5)
    ('0.89', '2.9·10⁻⁵')
    """
    if value == 0 or 0.01 <= value < 1000:
        return f"{value:.2g}"
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits}·10{str(int(power)).translate(SUPERSCRIPTS)}"


def _of_map(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether the map is of the stage that its axis and its title are about, and in the norm of its title."""
    said, norm = given["of"], NORMS[_facts(plots["map"], "norm")]
    own = _facts(plots["map"], "of") == (said if isinstance(said, str) else said[1])
    return own and given.get("norm", norm) == norm


def _to_its_end(given: MessageFacts, plots: Mapping[str, Plot], *, mirrored: bool = False) -> bool:
    """Whether curves of a state end with all that their last state has: the reverse ones at step 1."""
    curves = [p for p in plots.values() if isinstance(p, Curve) and dict(p.about)["state"] == given["state"]]
    own = [one for one in curves if one.mirrored is mirrored]
    ways = {(dict(one.about)["direction"] == "rev") == one.mirrored for one in curves}
    return bool(own) and ways == {True} and {one.values[-1] for one in own} == {1.0}


def _log(_given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether every scale is logarithmic."""
    return {plot.scale for plot in plots.values()} == {"log"}


def _of_sample(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether the map and all curves are of this sample."""
    drawn = [dict(plot.about) for plot in plots.values() if not ids.is_bar(plot.id)]
    return {one["sample"] for one in drawn} == {given["sample"]}


def _norm(_given: MessageFacts, plots: Mapping[str, Plot], *, name: str) -> bool:
    """Whether the map's cells, which are measured again, are in this norm."""
    return _facts(plots["map"], "norm") == name


def _curved(_given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether there are curves: they are held against largest singular values, which are 1 at the end."""
    curves = [plot for plot in plots.values() if isinstance(plot, Curve)]
    return bool(curves) and {curve.values[-1] for curve in curves} == {1.0}


def _curved_apart(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether there are curves of h and of c: they are held against runs in which one of both is changed."""
    roles = {plot.role for plot in plots.values() if isinstance(plot, Curve)}
    return _curved(given, plots) and roles == {"hidden", "cell"}


def _padded(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether nothing moves a step after this one, nor is moved by it, and this one is moved."""
    rows, n = _rows(plots), given["n"]
    after = [*rows[n:], *([row[s] for row in rows] for s in range(n, len(rows[0])))]
    return n < len(rows) == len(rows[0]) and any(rows[n - 1]) and not any(map(any, after))


def _of_layers(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether the curves are of the first layer and of the last of so many, and of no other."""
    depths = {dict(plot.about)["depth"] for plot in plots.values() if isinstance(plot, Curve)}
    return depths == {0, given["last"]} and given["count"] - 1 == given["last"] > 1


def _cut(_given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    """Whether the map has a wall."""
    return bool(_facts(plots["map"], "walls"))


def _walls(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    heat = plots["map"]
    return isinstance(heat, Heat) and str(given["steps"]).split(", ") == _facts(heat, "walls").split()


def _chunks(given: MessageFacts, plots: Mapping[str, Plot]) -> bool:
    heat, chunk = plots["map"], given["chunk"]
    walls = [str(chunk * k) for k in range(1, given["count"])]
    return (
        isinstance(heat, Heat)
        and heat.columns == chunk * given["count"]
        and _facts(heat, "walls").split() == walls
    )


def _facts(heat: Plot, name: str) -> str:
    return str(dict(heat.about).get(name, ""))


NORMS = {"fro": "F", "max": "max"}
"""The subscript of a norm."""

OF_INFLUENCE: Mapping[str, Rule] = {
    "influence.causal": _causal,
    "influence.upper": _causal,
    "influence.everywhere": _everywhere,
    "influence.none": _empty,
    "influence.carried": _to_its_end,
    "influence.carried-rev": partial(_to_its_end, mirrored=True),
    **{f"influence.{one}{of}": _of_map for one in ("rows", "map") for of in ("", "-y", "-output")},
    "plots.zero": _empty,
    "plots.or-less": _below,
    "plots.log": _log,
    "influence.norm-fro": partial(_norm, name="fro"),
    "influence.norm-max": partial(_norm, name="max"),
    "influence.norm-curves": _curved,
    "influence.apart": _curved_apart,
    "influence.whose": _of_sample,
    "influence.reach": _reach,
    "influence.cut": _cut,
    "influence.walls": _walls,
    "influence.chunks": _chunks,
    "influence.some-layers": _of_layers,
    "influence.padded": _padded,
    "influence.left": _left,
    "influence.left-range": _left,
}
"""What sentences of `influence` say of what is drawn."""

OF_ACTIVITY: Mapping[str, Rule] = {
    "activity.view": partial(_viewed, gates=True),
    "activity.view-states": partial(_viewed, gates=False),
    "activity.some": _some,
    "activity.by-peak": _by_peak,
    "activity.empty": _empty,
    "activity.shorter": _shorter,
    "activity.whose": _whose,
    "activity.whose-fwd": _whose,
    "activity.whose-rev": partial(_whose, way="rev"),
    "plots.zero": _empty,
    **{f"activity.{some}-{of}": _counted for some in ("some", "all") for of in ("units", "features")},
}
"""What sentences of `activity` say of what is drawn."""
