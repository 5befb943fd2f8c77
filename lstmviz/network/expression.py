"""Sizes as expressions in letters, fitted to what runs have shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

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
