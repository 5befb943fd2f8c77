"""Values of a cell as normal forms, so that two ways to compute one are equal exactly.

A form is a polynomial with whole coefficients over atoms: a state, a block of
rows of W·v, the same rows of a bias, or σ, tanh, ReLU of a form. So
``(1 − z)·n + z·h`` and ``(h − n)·z + n`` are the same form.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


class UndefinedError(ValueError):
    """An operation that has no meaning for these values; says why."""


@dataclass(frozen=True, slots=True)
class State:
    """A vector that the cell reads: ``x``, ``h`` or ``c``."""

    name: str


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows `first` to `last` of a parameter times `of`, or of a bias, where `of` is None."""

    parameter: str
    first: int
    last: int
    of: Form | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A function of every entry of a form."""

    function: str
    of: Form


Atom = State | Rows | Applied
Term = frozenset[tuple[Atom, int]]
"""A product: its factors, each with its power."""


@dataclass(frozen=True, slots=True)
class Form:
    """A polynomial: products of atoms, each with its coefficient."""

    terms: frozenset[tuple[Term, int]]

    @classmethod
    def of(cls, *atoms: Atom) -> Form:
        """The sum of single atoms."""
        return cls.collect(Counter({frozenset({(atom, 1)}): 1 for atom in atoms}))

    @classmethod
    def one(cls) -> Form:
        """The vector of ones."""
        return cls.collect(Counter({frozenset(): 1}))

    @classmethod
    def collect(cls, counts: Counter[Term]) -> Form:
        """The polynomial with these coefficients, zeros left out."""
        return cls(frozenset((term, k) for term, k in counts.items() if k))

    def plus(self, other: Form, factor: int = 1) -> Form:
        """Add `factor` times the other."""
        counts = Counter(dict(self.terms))
        for term, k in other.terms:
            counts[term] += factor * k
        return self.collect(counts)

    def times(self, other: Form) -> Form:
        """The product, entry by entry."""
        counts: Counter[Term] = Counter()
        for one, j in self.terms:
            for two, k in other.terms:
                counts[frozenset((Counter(dict(one)) + Counter(dict(two))).items())] += j * k
        return self.collect(counts)

    def rows(self, first: int, last: int) -> Form:
        """A block of the rows; UndefinedError if this is not a sum of products with weights."""
        counts: Counter[Term] = Counter()
        for term, k in self.terms:
            (atom, power), *others = term or [(None, 0)]
            if others or power != 1 or not isinstance(atom, Rows):
                raise UndefinedError("only a product with a weight can be cut into blocks of rows")
            if atom.first + last > atom.last:
                raise UndefinedError(f"there are no rows {first}:{last} in {atom.last - atom.first} rows")
            part = Rows(atom.parameter, atom.first + first, atom.first + last, atom.of)
            counts[frozenset({(part, 1)})] += k
        return self.collect(counts)

    def __str__(self) -> str:
        return " + ".join(sorted(_times(term, k) for term, k in self.terms)) or "0"


def _times(term: Term, k: int) -> str:
    factors = sorted(_spoken(atom) for atom, power in term for _ in range(power))
    return " ⊙ ".join(([] if k == 1 and factors else [str(k)]) + factors)


def _spoken(atom: Atom) -> str:
    if isinstance(atom, State):
        return atom.name
    if isinstance(atom, Applied):
        return f"{atom.function}({atom.of})"
    rows = f"{atom.parameter}[{atom.first}:{atom.last}]"
    return f"{rows} ({atom.of})" if atom.of is not None else rows
