"""What sentences say of measured values, held against the values that are drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from lstmviz.network.values.data import Origin
from lstmviz.proof.facts.fact import MessageFacts
from lstmviz.scene import ids
from lstmviz.scene.claims import Sentence, sentences
from lstmviz.scene.items import sentences_on
from lstmviz.scene.plots import Curve, Heat, Plot
from lstmviz.scene.scene import Scene


class Drawn:
    """The plots of a figure, as sentences speak of them: maps without their bars, and curves."""

    def __init__(self, scene: Scene) -> None:
        self.plots: dict[str, Plot] = {plot.id: plot for plot in scene.plots}
        heats = [plot for plot in scene.plots if isinstance(plot, Heat)]
        self.maps = {plot.id: plot for plot in heats if not ids.is_bar(plot.id)}
        self.curves = [plot for plot in scene.plots if isinstance(plot, Curve)]
        shown: list[Plot] = [*self.maps.values(), *self.curves]
        self.about: list[MessageFacts] = [dict(one.about) for one in shown]

    def rows(self, name: str = "map") -> Sequence[Sequence[float | None]]:
        """Return a map's values row by row; none where there is no such map."""
        heat = self.maps.get(name)
        ends = range(0, len(heat.values), heat.columns) if heat else ()
        return [heat.values[at : at + heat.columns] for at in ends] if heat else []

    def fact(self, name: str) -> str:
        """Return a fact of the map of `influence`; nothing where it has none of this name."""
        return str(dict(self.maps["map"].about).get(name, ""))

    def of_state(self, letter: str) -> list[Curve]:
        """Return the curves of a state."""
        return [one for one in self.curves if dict(one.about)["state"] == letter]


Rule = Callable[[MessageFacts, Drawn], bool]

_OWNERS = ("untrained", "trained", "measured", "both", "own", "own-random", "file", "file-random", "begun")
ORIGINS = frozenset(f"plots.{one}" for one in _OWNERS)
"""The sentences that say whose weights and input they are."""


def printed_or_read(scene: Scene) -> Iterator[Sentence]:
    """Yield what is printed and what is read aloud: the message of each sentence, and what it was given."""
    return chain(sentences_on(scene.texts), sentences(scene.said))


def said_faults(scene: Scene, drawn: Drawn, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Hold what sentences say of values against the values that are drawn."""
    for name, given in dict.fromkeys(printed_or_read(scene)):
        if name in rules and not rules[name](dict(given), drawn):
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


def _whose(way: str = "fwd") -> Rule:
    """Whether all maps are of this layer, direction and sample."""
    return lambda given, drawn: all(
        (one["depth"], one["sample"], one["direction"]) == (given["depth"], given["sample"], way)
        for one in drawn.about
    )


def _counted(given: MessageFacts, drawn: Drawn) -> bool:
    """Whether the map of a letter has so many rows, or curves: all, where no other number is said."""
    letter = given["letter"]
    curves = sum(one.id.startswith(f"{letter}.") for one in drawn.curves)
    rows = len(drawn.rows(letter)) or curves
    return bool(given["n"] == rows < given.get("count", rows + 1))


def _viewed(*, gates: bool) -> Rule:
    """Whether there are maps of the hidden state, and of gates or of none."""
    return lambda _, drawn: "h" in drawn.maps and any(one in drawn.maps for one in "ir") is gates


def _by_peak(_: MessageFacts, drawn: Drawn) -> bool:
    lines = [[abs(value or 0.0) for value in row] for row in drawn.rows("h")]
    peaks = [line.index(max(line)) for line in lines]
    return peaks == sorted(peaks)


def _empty(_: MessageFacts, drawn: Drawn) -> bool:
    """Whether a cell of a map is exactly zero, and so has no shade."""
    return any(value == 0 for heat in drawn.maps.values() for value in heat.values)


def _below(_: MessageFacts, drawn: Drawn) -> bool:
    """Whether a map has values, zero apart, under the lower end of its scale."""
    scaled = [heat for heat in drawn.maps.values() if heat.scale == "log"]
    return any(0 < value < 10**heat.low for heat in scaled for value in heat.values if value)


def _causal(_: MessageFacts, drawn: Drawn) -> bool:
    rows = drawn.rows()
    return len(rows) == len(rows[0]) > 1 and all(not any(row[t + 1 :]) for t, row in enumerate(rows))


def _left(given: MessageFacts, drawn: Drawn) -> bool:
    """Whether what is left of a change lies between these two, over all curves of the state."""
    curves = drawn.of_state(given["state"])
    values = [curve.values[0] or 0.0 for curve in curves] or [math.nan]
    same = (written(min(values)), written(max(values))) == (given.get("least", given["most"]), given["most"])
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


def _of_map(given: MessageFacts, drawn: Drawn) -> bool:
    """Whether the map is of the stage that its axis and its title are about, and in the norm of its title."""
    said, norm = given["of"], NORMS[drawn.fact("norm")]
    own = drawn.fact("of") == (said if isinstance(said, str) else said[1])
    return own and given.get("norm", norm) == norm


def _to_its_end(*, mirrored: bool) -> Rule:
    """Whether curves of a state end with all that their last state has: the reverse ones at step 1."""

    def holds(given: MessageFacts, drawn: Drawn) -> bool:
        curves = drawn.of_state(given["state"])
        ways = {(dict(one.about)["direction"] == "rev") == one.mirrored for one in curves}
        return ways == {True} and {one.values[-1] for one in curves if one.mirrored is mirrored} == {1.0}

    return holds


def _curved(_: MessageFacts, drawn: Drawn) -> bool:
    """Whether there are curves: they are held against largest singular values, which are 1 at the end."""
    return {curve.values[-1] for curve in drawn.curves} == {1.0}


def _curved_apart(given: MessageFacts, drawn: Drawn) -> bool:
    """Whether there are curves of h and of c: they are held against runs in which one of both is changed."""
    return _curved(given, drawn) and {one.role for one in drawn.curves} == {"hidden", "cell"}


def _padded(given: MessageFacts, drawn: Drawn) -> bool:
    """Whether nothing moves a step after this one, nor is moved by it, and this one is moved."""
    rows, n = drawn.rows(), given["n"]
    after = [*rows[n:], *([row[s] for row in rows] for s in range(n, len(rows[0])))]
    return n < len(rows) == len(rows[0]) and any(rows[n - 1]) and not any(map(any, after))


def _of_layers(given: MessageFacts, drawn: Drawn) -> bool:
    """Whether the curves are of the first layer and of the last of so many, and of no other."""
    depths = {dict(one.about)["depth"] for one in drawn.curves}
    return depths == {0, given["last"]} and given["count"] - 1 == given["last"] > 1


def _chunks(given: MessageFacts, drawn: Drawn) -> bool:
    chunk, count = given["chunk"], given["count"]
    walls = [str(chunk * k) for k in range(1, count)]
    return drawn.maps["map"].columns == chunk * count and drawn.fact("walls").split() == walls


NORMS = {"fro": "F", "max": "max"}
"""The subscript of a norm."""

OF_INFLUENCE: Mapping[str, Rule] = {
    "influence.causal": _causal,
    "influence.upper": _causal,
    "influence.everywhere": lambda _, drawn: all(map(all, drawn.rows())),
    "influence.none": _empty,
    "influence.carried": _to_its_end(mirrored=False),
    "influence.carried-rev": _to_its_end(mirrored=True),
    **{f"influence.{one}{of}": _of_map for one in ("rows", "map") for of in ("", "-y", "-output")},
    "plots.zero": _empty,
    "plots.or-less": _below,
    "plots.log": lambda _, drawn: {plot.scale for plot in drawn.plots.values()} == {"log"},
    "influence.norm-fro": lambda _, drawn: drawn.fact("norm") == "fro",
    "influence.norm-max": lambda _, drawn: drawn.fact("norm") == "max",
    "influence.norm-curves": _curved,
    "influence.apart": _curved_apart,
    "influence.whose": lambda given, drawn: {one["sample"] for one in drawn.about} == {given["sample"]},
    "influence.reach": lambda given, drawn: (
        given["most"] == max(sum(bool(value) for value in row) for row in drawn.rows())
    ),
    "influence.cut": lambda _, drawn: bool(drawn.fact("walls")),
    "influence.walls": lambda given, drawn: str(given["steps"]).split(", ") == drawn.fact("walls").split(),
    "influence.chunks": _chunks,
    "influence.some-layers": _of_layers,
    "influence.padded": _padded,
    "influence.left": _left,
    "influence.left-range": _left,
}
"""What sentences of `influence` say of what is drawn."""

OF_ACTIVITY: Mapping[str, Rule] = {
    "activity.view": _viewed(gates=True),
    "activity.view-states": _viewed(gates=False),
    "activity.some": lambda given, drawn: given["shown"] == len(drawn.rows("h")) < given["units"],
    "activity.by-peak": _by_peak,
    "activity.empty": _empty,
    "activity.shorter": lambda given, drawn: given["length"] == drawn.maps["h"].columns < given["steps"],
    "activity.whose": _whose(),
    "activity.whose-fwd": _whose(),
    "activity.whose-rev": _whose("rev"),
    "plots.zero": _empty,
    **{f"activity.{some}-{of}": _counted for some in ("some", "all") for of in ("units", "features")},
}
"""What sentences of `activity` say of what is drawn."""
