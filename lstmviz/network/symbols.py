"""What every axis is in the field's letters, found by running.

A small copy of the model is run with one size changed at a time; the axes
that move, and by how much, say what an axis is made of. No rule about any
layer is written here, and what no letter explains stays a number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lstmviz.network.expression import BUMPS, fit
from lstmviz.network.letters import Letter, letters_of, resized, true_sizes
from lstmviz.network.measure import Measured, Sizes, measure_part
from lstmviz.network.plan import Plan

Key = tuple[str | int, ...]
Texts = Mapping[Key, tuple[str, ...]]
Table = Mapping[Key, Sizes]
"""The sizes to be explained, under keys that all runs of a model share."""

Read = Callable[[Plan, Sequence[Measured]], Table]
"""Takes the table from a run, which may have ended early."""

KEPT = 3
"""So many letters are tried at their true size, where small ones do not run."""


@dataclass(frozen=True, slots=True)
class Runs:
    """The small runs: as they are (`base`), and with each letter moved."""

    sizes: Mapping[str, int]
    base: Table
    moved: Mapping[str, tuple[Table, ...]]

    def text(self, key: Key, axis: int, size: int, true: Mapping[str, int]) -> str:
        """Return one axis in letters, its number if letters do not explain it."""
        if key not in self.base or len(self.base[key]) <= axis:
            return str(size)
        moves = {
            symbol: tuple(table[key][axis] for table in tables)
            for symbol, tables in self.moved.items()
            if all(key in table for table in tables)
        }
        expression = fit(self.base[key][axis], moves, self.sizes)
        if expression is None or expression.value(true) != size:
            return str(size)
        return expression.text()


def explain(plan: Plan, read: Read, measured: Table) -> Texts:
    """Return the axes of every shape in `measured`, the true run's, as text.

    An expression that does not give exactly the measured size is not used.
    """
    letters = letters_of(plan)
    true = true_sizes(plan, letters)
    for group in _bases(letters, true, _literals(plan)):
        tried = [_run(plan, letters, sizes, read) for sizes in group]
        ended = [_texts(runs, measured, true) for runs in tried if runs is not None]
        if ended:  # a size may fit a literal number by accident, and then explains little
            return max(ended, key=_explained)
    return {key: tuple(map(str, shape)) for key, shape in measured.items()}


def _texts(runs: Runs, measured: Table, true: Mapping[str, int]) -> Texts:
    return {
        key: tuple(runs.text(key, axis, size, true) for axis, size in enumerate(shape))
        for key, shape in measured.items()
    }


def _explained(texts: Texts) -> int:
    """Count the axes that are in letters."""
    return sum(not text.isdigit() for axes in texts.values() for text in axes)


def _run(plan: Plan, letters: tuple[Letter, ...], sizes: Mapping[str, int], read: Read) -> Runs | None:
    """Run at `sizes`, then with every letter moved; None if not even that runs."""

    def attempt(sizes: Mapping[str, int]) -> tuple[Table, bool]:
        try:
            small = resized(plan, letters, sizes)
        except ValueError:  # no lengths fit
            return {}, False
        seen, ended = measure_part(small)
        return read(small, seen), ended

    base, ended = attempt(sizes)
    if not ended:
        return None
    symbols = [letter.symbol for letter in letters if letter.written]
    moved = {s: tuple(attempt({**sizes, s: sizes[s] + by})[0] for by in BUMPS) for s in symbols}
    return Runs(sizes, base, moved)


def _literals(plan: Plan) -> frozenset[int]:
    """Return the numbers that a spec says where it could have said a letter."""
    sizes = [size for layer in plan.layers for size in layer.options.get("sizes", ())]
    return frozenset(size for size in sizes if isinstance(size, int))


def _bases(
    letters: tuple[Letter, ...], true: Mapping[str, int], literals: frozenset[int]
) -> Iterator[Iterator[dict[str, int]]]:
    """Yield groups of sizes to start from, the first that runs being the best.

    They are small; where that does not run, a literal number in the spec, as
    in view(-1, 16), ties a letter to its true size: at first sight the letter
    that is 16. Where it ties a product, more and more of them are tried, those
    of layers first: of two readings, view(-1, 32) more likely means 2H.
    """
    small = {letter.symbol: letter.small for letter in letters}
    yield iter([small])
    yield iter([small | {symbol: size for symbol, size in true.items() if size in literals}])
    for count in range(1, min(KEPT, len(letters)) + 1):
        sets = itertools.combinations(reversed(small), count)
        yield (small | {symbol: true[symbol] for symbol in kept} for kept in sets)
    yield iter([dict(true)])
