"""A count written as a sum of products, in letters and in numbers: ``4·(H·F + H·H + H + H)``."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

Factor = tuple[str, int]
"""How a size is written, and the size: ``("2H", 32)``."""
Term = tuple[Factor, ...]
Said = Literal["symbols", "numbers", "each", "total"]


@dataclass(frozen=True, slots=True)
class Formula:
    """`times` one after the other, the last of the `terms` alone, then the `rest` is added to that.

    >>> one = Formula((2, 4), ((("H", 16), ("F", 3)), (("H", 16),)), ((("P", 8), ("H", 16)),))
    >>> one.write("symbols"), one.write("total")
    ('2·(4·(H·F + H) + P·H)', '768')
    >>> one.write("each")
    '2·384'
    """

    times: tuple[int, ...]
    terms: tuple[Term, ...]
    rest: tuple[Term, ...] = ()

    @property
    def value(self) -> int:
        """Return the number that it comes to."""
        *outer, inner = self.times or (1,)
        return prod(outer) * (inner * _sum(self.terms) + _sum(self.rest))

    def write(self, said: Said) -> str:
        """Return it in letters, in numbers, what each of the first times comes to, or the number of all."""
        if said == "total":
            return f"{self.value:,}"
        *outer, inner = [time for time in self.times if time > 1] or [1]
        if said == "each":
            first = next(iter(self.times), 1)
            return f"{first}·{self.value // first:,}"
        text, single = _written(self.terms, said), len(self.terms) == 1
        if inner > 1:
            text, single = (f"{inner}·{text}" if single else f"{inner}·({text})"), True
        if self.rest:
            text, single = f"{text} + {_written(self.rest, said)}", False
        for time in reversed(outer):
            text, single = (f"{time}·{text}" if single else f"{time}·({text})"), True
        return text

    @property
    def plain(self) -> bool:
        """Tell whether its letters are numbers already."""
        return self.write("symbols") == self.write("numbers")


def _sum(terms: tuple[Term, ...]) -> int:
    return sum(prod(size for _, size in term) for term in terms)


def _written(terms: tuple[Term, ...], said: Said) -> str:
    at = 0 if said == "symbols" else 1
    return " + ".join("·".join(str(factor[at]) for factor in term) for term in terms)
