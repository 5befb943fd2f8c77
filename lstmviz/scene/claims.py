"""What a text of a figure asserts of the model, as data that the proof holds against a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from lstmviz.records import record


@record(frozen=True, slots=True)
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


Sentence = tuple[str, tuple[tuple[str, Any], ...]]
"""The id of a message, and what it was given."""


def claim(kind: str, text: str, **facts: Any) -> Claim:
    """Return a claim, its facts in the order given.

    >>> claim("index", "h_n[3]", tensor="h_n", index=3).fact("index")
    3
    """
    return Claim(kind, text, tuple(facts.items()))


def sentences(claims: Iterable[Claim]) -> Iterator[Sentence]:
    """Yield the message of each sentence among claims, and what it was given."""
    yield from ((one.fact("id"), one.fact("given")) for one in claims if one.kind == "sentence")


def whole(claims: Iterable[Claim], text: str) -> Iterator[tuple[int, Claim]]:
    """Yield where in a text each claim stands; those alike stand one after the other.

    >>> [at for at, _ in whole([claim("called", "b")], "a: nn.RNN(batch_first=True) → b")]
    [30]
    """
    at: dict[str, int] = {}
    for one in claims:
        start = _found(one.text, text, at.get(one.text, 0))
        at[one.text] = start + len(one.text)
        yield start, one


def _found(part: str, text: str, at: int) -> int:
    """Return where a part stands as a word of its own, from `at` on; else where it stands."""
    first = start = text.find(part, at)
    while start >= 0 and (_within_word(text, start) or _within_word(text, start + len(part))):
        start = text.find(part, start + 1)
    return first if start < 0 else start


def _within_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and all(
        one == "_" or (one.isascii() and one.isalnum()) for one in text[at - 1 : at + 1]
    )


def parted(
    found: Iterable[tuple[int, Claim]], text: str, lines: Iterable[str]
) -> Iterator[tuple[Claim, ...]]:
    """Yield the claims of each line that a text was broken into, given where in the text each claim stands.

    A claim with a ``span`` (of its source or sentence) is cut with the text; any other stays whole, on the
    line where it begins.
    """
    placed, at = list(found), 0
    for line in lines:
        first = text.index(line, at)
        at = first + len(line)
        yield tuple(part for start, one in placed if (part := _part(one, text, start, (first, at))))


def _part(one: Claim, text: str, start: int, line: tuple[int, int]) -> Claim | None:
    """Return the part of a claim on a line, or None."""
    facts = dict(one.facts)
    if "span" not in facts:
        return one if line[0] <= start < line[1] else None
    low, high = max(start, line[0]), min(start + len(one.text), line[1])
    if low >= high:
        return None
    begins = facts["span"][0] + low - start
    facts["span"] = (begins, begins + high - low)
    return replace(one, text=text[low:high], facts=tuple(facts.items()))
