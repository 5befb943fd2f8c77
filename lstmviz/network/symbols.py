"""What every axis is in the field's letters, found by running.

A small copy of the model is run with one size changed at a time; the axes
that move, and by how much, say what an axis is made of. No rule about any
layer is written here, and what no letter explains stays a number.

Sizes as expressions in letters, fitted to what runs have shown.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lstmviz.network.letters import Letter, letters_of, resized, true_sizes
from lstmviz.network.measure import End, Measured, Sizes, measure_part
from lstmviz.network.plan import ModelPlan
from lstmviz.network.run import Known

Key = tuple[str | int, ...]
Texts = Mapping[Key, tuple[str, ...]]
Table = Mapping[Key, Sizes]
"""The sizes to be explained, under keys that all runs of a model share."""

Read = Callable[[ModelPlan, Sequence[Measured]], Table]
"""Takes the table from a run, which may have ended early."""

KEPT = 3
"""So many letters are tried at their true size, where small ones do not run."""

TRIES = 200
"""More ways to choose them are not tried: a model of so many letters would take minutes."""


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


def explain(plan: ModelPlan, read: Read, measured: Table) -> Texts:
    """Return the axes of every shape in `measured`, the true run's, as text.

    An expression that does not give exactly the measured size is not used.
    """
    small = _Small(plan, letters_of(plan), read)
    try:
        return _found(small, measured)
    finally:
        small.known.clear()  # runs that are remembered hold on to it


def _found(small: _Small, measured: Table) -> Texts:
    true = true_sizes(small.plan, small.letters)
    for group in _bases(small.letters, true, _literals(small.plan)):
        tried = [small.runs(sizes) for sizes in group]
        ended = [_texts(runs, measured, true) for runs in tried if runs is not None]
        if ended:  # a size may fit a literal number by accident, and then explains little
            return max(ended, key=_explained)
        if small.too_big:  # with other sizes it is no smaller, unless with its own
            runs = small.runs(true)
            return _texts(runs, measured, true) if runs else _numbers(measured)
    return _numbers(measured)


def _numbers(measured: Table) -> Texts:
    """The axes as the numbers that they are."""
    return {key: tuple(map(str, shape)) for key, shape in measured.items()}


def _texts(runs: Runs, measured: Table, true: Mapping[str, int]) -> Texts:
    return {
        key: tuple(runs.text(key, axis, size, true) for axis, size in enumerate(shape))
        for key, shape in measured.items()
    }


def _explained(texts: Texts) -> int:
    """Count the axes that are in letters."""
    return sum(not text.isdigit() for axes in texts.values() for text in axes)


@dataclass(slots=True)
class _Small:
    """The small runs of a plan; what they have in common is run once."""

    plan: ModelPlan
    letters: tuple[Letter, ...]
    read: Read
    too_big: bool = False
    known: Known = field(default_factory=dict)

    def runs(self, sizes: Mapping[str, int]) -> Runs | None:
        """Run at `sizes`, then with every letter moved; None if not even that runs."""
        base, end = self.run(sizes)
        self.too_big = end == "too big"
        if end != "whole":
            return None
        symbols = [letter.symbol for letter in self.letters if letter.written]
        moved = {s: tuple(self.run({**sizes, s: sizes[s] + by})[0] for by in BUMPS) for s in symbols}
        return Runs(sizes, base, moved)

    def run(self, sizes: Mapping[str, int]) -> tuple[Table, End]:
        """The table of one run, and how it ended."""
        try:
            small = resized(self.plan, self.letters, sizes)
        except ValueError:  # no lengths fit
            return {}, "refused"
        seen, end = measure_part(small, self.known)
        return self.read(small, seen), end


def _literals(plan: ModelPlan) -> frozenset[int]:
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
        if math.comb(len(letters), count) > TRIES:
            break
        sets = itertools.combinations(reversed(small), count)
        yield (small | {symbol: true[symbol] for symbol in kept} for kept in sets)
    yield iter([dict(true)])


BUMPS = (1, 4)
"""By how much a letter is changed: what is not straight is no letter's."""

Moves = Mapping[str, tuple[int, ...]]
"""For each letter what the size became at each of BUMPS."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A size as a product of letters and a sum: ``N·(T−2)``.

    ``2H``, ``N·T``, ``F+H`` and ``T−2`` are all of this form; without terms
    the constant is the coefficient.
    """

    factors: tuple[str, ...]
    terms: tuple[tuple[str, int], ...]
    constant: int

    def value(self, sizes: Mapping[str, int]) -> int:
        """Evaluate at the given sizes.

        >>> Expression(("N",), (("T", 1),), -2).value({"N": 4, "T": 7})
        20
        """
        inner = self.constant + sum(times * sizes[symbol] for symbol, times in self.terms)
        return inner * math.prod(sizes[symbol] for symbol in self.factors)

    def text(self) -> str:
        """Write the expression as a figure shows it.

        >>> Expression(("H",), (), 2).text(), Expression(("N",), (("T", 1),), -2).text()
        ('2H', 'N·(T−2)')
        """
        product = "·".join(self.factors)
        if not self.terms:
            return (str(self.constant) if self.constant != 1 or not product else "") + product
        inner = "".join(_signed(times, symbol) for symbol, times in self.terms)
        inner += _signed(self.constant, "") if self.constant else ""
        inner = inner.removeprefix("+")
        return f"{product}·({inner})" if product else inner


def _signed(times: int, symbol: str) -> str:
    size = "" if abs(times) == 1 and symbol else str(abs(times))
    return ("−" if times < 0 else "+") + size + symbol


def fit(size: int, moves: Moves, sizes: Mapping[str, int]) -> Expression | None:
    """Find the expression for a size that was `size` at `sizes`.

    None if some letter moves it otherwise than along a straight line, or if
    no expression with whole coefficients fits.

    >>> fit(30, {"N": (35, 50), "T": (36, 54)}, {"N": 6, "T": 5}).text()
    'N·T'
    """
    slopes = {}
    for symbol, values in moves.items():
        steps = {(value - size) / bump for value, bump in zip(values, BUMPS, strict=True)}
        if len(steps) > 1:
            return None
        slopes[symbol] = steps.pop()
    factors = [symbol for symbol, slope in slopes.items() if slope and slope * sizes[symbol] == size]
    rest = [symbol for symbol, slope in slopes.items() if slope and symbol not in factors]
    scale = math.prod(sizes[symbol] for symbol in factors)
    terms = [(symbol, slopes[symbol] / scale) for symbol in rest]
    constant = size / scale - sum(times * sizes[symbol] for symbol, times in terms)
    if not all(number.is_integer() for number in (constant, *(times for _, times in terms))):
        return None
    return Expression(tuple(factors), tuple((symbol, int(times)) for symbol, times in terms), int(constant))
