"""What a text of a figure asserts of the model, as data that the proof holds against a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Claim:
    """One assertion, attached to a text where it is written.

    `kind` says which rule of `lstmviz.proof` checks it (``shape``, ``index``,
    ``state``, ``count``, ``symbol``, ``code``, ``sentence`` …), `text` is the
    part of the label that asserts it, exactly as printed, and `facts` are what
    it asserts, by name: ``(("tensor", "h_n"), ("sizes", (4, 6, 16)))``. Facts
    are numbers, texts, None, booleans, and tuples of them.
    """

    kind: str
    text: str
    facts: tuple[tuple[str, Any], ...] = ()

    def fact(self, name: str) -> Any:
        """Return the fact of this name; KeyError if it is not asserted."""
        return dict(self.facts)[name]


def claim(kind: str, text: str, **facts: Any) -> Claim:
    """Return a claim, its facts in the order given.

    >>> claim("index", "h_n[3]", tensor="h_n", index=3).fact("index")
    3
    """
    return Claim(kind, text, tuple(facts.items()))
