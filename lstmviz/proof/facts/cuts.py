"""The facts that messages assert of a table that is cut into windows: X, the target y, the splits of both.

The run sees the windows alone, so what is said of the table must be what makes as many windows of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from lstmviz.network.structure import Trace
from lstmviz.proof.facts.cube import axes_of, size_of, x_of
from lstmviz.proof.facts.fact import Fact, MessageFacts
from lstmviz.proof.facts.parts import says


@dataclass(frozen=True)
class _Cut:
    """Windows of `steps` rows, each `stride` rows after the last; X are `samples` of them after `skipped`."""

    rows: int
    steps: int
    stride: int
    horizon: int
    gap: int
    skipped: int | None
    samples: int

    @property
    def need(self) -> int:
        """How many rows a window takes, with those up to the end of its target."""
        return self.steps + (self.gap + self.horizon if self.horizon else 0)

    @property
    def count(self) -> int:
        return (self.rows - self.need) // self.stride + 1

    def first(self, sample: int) -> int:
        """Return the row, from 1, with which a sample, from 0, begins."""
        return ((self.skipped or 0) + sample) * self.stride + 1

    def unused(self) -> int:
        """Return how many rows are in no window and no target; many windows leave as many out each."""
        few = self.need // self.stride + 2
        if self.count <= few:
            return self._left(self.count) + self.rows - self._end(self.count)
        each = self._left(few) - self._left(few - 1)
        return self._left(few) + (self.count - few) * each + self.rows - self._end(self.count)

    def _end(self, count: int) -> int:
        return (count - 1) * self.stride + self.need

    def _left(self, count: int) -> int:
        """Return how many of the rows that `count` windows span are in none of them."""
        used = bytearray(self._end(count)) if count > 0 else bytearray()
        for begin in range(0, count * self.stride, self.stride):
            for low, length in ((begin, self.steps), (begin + self.need - self.horizon, self.horizon)):
                used[low : low + length] = b"x" * length
        return used.count(0)


def _cut(trace: Trace, given: MessageFacts) -> _Cut:
    """Return how the table is cut; ValueError if that does not make up X."""
    steps, samples = size_of(trace, given, "time"), size_of(trace, given, "batch")
    aim = (given.get("horizon", 0), given.get("gap", 0))
    cut = _Cut(given["rows"], steps, given["stride"], *aim, given.get("skipped"), samples)
    first = cut.skipped or 0
    whole = first + samples <= cut.count if cut.skipped is not None else cut.count == samples
    if not whole or first % samples or cut.rows < cut.need:
        raise ValueError("another table")
    return cut


def _lies(trace: Trace, given: MessageFacts) -> bool:
    cut = _cut(trace, given)
    over = (cut.stride > cut.steps) - (cut.stride < cut.steps)
    how = "one" if cut.count == 1 else {1: "apart", 0: "end", -1: "overlap"}[over]
    how = how if cut.skipped is None else "batch"
    return bool(given["id"] == f"cube.windows-{how}")


def _place(trace: Trace, given: MessageFacts) -> bool:
    cut = _cut(trace, given)
    there = 0 <= given["n"] < cut.samples and 1 <= given["t"] <= cut.steps
    return bool(there and given["row"] == cut.first(given["n"]) + given["t"] - 1)


def _row(trace: Trace, given: MessageFacts) -> bool:
    """Whether all places are of this row, and no other is, unless it says that there are more."""
    cut, row = _cut(trace, given), given["n"]
    told = [dict(facts) for _, _, facts in given["places"][2]]
    last = (row - cut.first(0)) // cut.stride
    first = -((cut.first(0) + cut.steps - 1 - row) // cut.stride)
    there = min(cut.samples - 1, last) - max(0, first) + 1
    more = given["id"].endswith("more")
    return all(one["row"] == row for one in told) and (len(told) < there if more else len(told) == there)


def _span(trace: Trace, given: MessageFacts) -> bool:
    cut = _cut(trace, given)
    first = cut.first(given["n"])
    does = dict(dict(given["code"][2])["does"])
    same = does["takes"] == (axes_of(trace, given)["batch"], given["n"])
    return same and 0 <= given["n"] < cut.samples and (given["first"], given.get("last", first)) == (
        first, first + cut.steps - 1
    )  # fmt: skip


def _aim(trace: Trace, given: MessageFacts) -> bool:
    """Whether these rows are the target of a sample, and the code takes those of this sample."""
    cut, code = _cut(trace, given), dict(given["code"][2])
    index = given["n"]
    first = cut.first(index) + cut.need - cut.horizon
    rows = (given["first"], given.get("last", first)) == (first, first + cut.horizon - 1)
    taken = code["source"] in {f"y[{index}]", f"y[:, {index}]"}
    columns = dict(code["names"])["y"][8]
    columns = columns if isinstance(columns, tuple) else (columns,)
    return rows and taken and 0 <= index < cut.samples and _names(trace, given, columns)


def _names(trace: Trace, given: MessageFacts, columns: tuple[int, ...]) -> bool:
    """Whether it is told of which features a target is, if not of all."""
    if len(columns) == size_of(trace, given, "features"):
        return bool(given["names"] == "")
    return bool(dict(given["names"][2])["columns"] == columns)


def _of_features(trace: Trace, given: MessageFacts) -> bool:
    """Whether as many features are named as there are columns of the target, all of the table's."""
    told = given["names"][2] if given["names"][0] == "joined" else (given["names"],)
    size = size_of(trace, given, "features")
    numbers = [dict(one[2])["column"] if one[0] == "said" else None for one in told]
    right = all(one in {None, column} for one, column in zip(numbers, given["columns"], strict=True))
    return right and len(set(given["columns"])) == len(told) < size > max(given["columns"])


def _target(trace: Trace, given: MessageFacts) -> bool:
    cut = _cut(trace, given)
    far, after = dict(given["far"][2])["n"], given["after"]
    gap = dict(after[2])["n"] if after else 0
    return bool((far, gap) == (cut.horizon, cut.gap)) and _names(trace, given, given["columns"])


def _windows(trace: Trace, given: MessageFacts) -> bool:
    cut = _cut(trace, given)
    every = dict(given["every"][2])["stride"] == cut.stride
    told = (given["count"], given["steps"]) == (cut.count, cut.steps)
    return told and every and dict(given["features"][2])["what"] == "features"


def _order(trace: Trace, given: MessageFacts) -> bool:
    some = _cut(trace, given).skipped is not None
    return some == (given["id"] == "cube.aloud-some") and says(given["shape"], x_of(trace, given))


def _batch(trace: Trace, given: MessageFacts) -> bool:
    cut = _cut(trace, given)
    first = given["skipped"] + 1
    told = (given["first"], given["last"], given["count"])
    return told == (first, first + cut.samples - 1, cut.count)


def _split(given: MessageFacts) -> tuple[int, int]:
    """Return which split the code beside a sentence takes, from 1, and of how many."""
    _, _, count, number, *_ = dict(dict(given["split"][2])["does"])["splits"]
    return number + 1, count


def _all_splits(trace: Trace, given: MessageFacts) -> bool:
    """Whether there are so many: the code takes the last of them."""
    return bool(_cut(trace, given)) and _split(given) == (given["n"], given["n"])


def _left_out(trace: Trace, given: MessageFacts) -> bool:
    """Whether so many windows before a test have targets that reach into its first one's."""
    cut = _cut(trace, given)
    over = sum(back * cut.stride < cut.horizon for back in range(1, cut.horizon + 1))
    return bool(given["n"] == over > 0) and (over == 1) == given["id"].endswith("one")


ABOUT_CUTS: dict[str, Fact] = {
    "cut-rows": lambda t, g: bool(_cut(t, g)) and g["n"] == g["rows"],
    "cut-lies": _lies,
    "cut-row": _row,
    "cut-place": _place,
    "cut-span": _span,
    "cut-spare": lambda t, g: g["n"] == _cut(t, g).unused() > 0 and ("horizon" in g) == ("target" in g["id"]),
    "cut-windows": _windows,
    "cut-stride": lambda _, g: g.get("n", 1) == g["stride"],
    "cut-order": _order,
    "cut-batch": _batch,
    "cut-aim": _aim,
    "cut-horizon": lambda t, g: bool(_cut(t, g)) and g["n"] == g["horizon"],
    "cut-target": _target,
    "cut-features": _of_features,
    "cut-feature": lambda t, g: g["n"] == g["column"] + 1 <= size_of(t, g, "features"),
    "cut-one": lambda _, g: g["n"] == 1,
    "cut-several": lambda _, g: g["n"] > 1,
    "cut-splits": _all_splits,
    "cut-split": lambda t, g: bool(_cut(t, g)) and _split(g)[0] == g["n"],
    "cut-test": lambda t, g: g["n"] == _cut(t, g).count // (_split(g)[1] + 1),
    "cut-left-out": _left_out,
}
"""Facts of how a table is cut into X and y."""
