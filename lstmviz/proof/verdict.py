"""What came of holding a figure against its model: proven, refuted, or not proven and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lstmviz.scene.items import Edge


@dataclass(frozen=True, slots=True)
class Unproven:
    """An arrow, a label, a sentence or a line of code that was neither borne out nor refuted."""

    what: str
    why: str


class Fault(str):
    """Words against an arrow; what it is `about` tells that from all others."""

    __slots__ = ("about",)
    about: str


def against(edge: Edge, why: str) -> Fault:
    """Return what is wrong with an arrow."""
    return refuted(f"the arrow {edge.source} → {edge.target} ({edge.role}) {why}", edge.id)


def refuted(words: str, about: str) -> Fault:
    """Return words against an arrow, which count it as wrong once, however many there are."""
    fault = Fault(words)
    fault.about = about
    return fault


@dataclass(frozen=True, slots=True)
class Finding:
    """What the proof of one figure found; all of it is proven only if nothing is left over."""

    kind: str
    arrows: int
    proven: int
    """How many arrows are as the module has them."""
    claims: int
    """How many assertions in texts were read: shapes, names, counts, sentences, lines of code."""
    tensors: int
    faults: tuple[str, ...]
    unproven: tuple[Unproven, ...]
    values: int = 0
    """How many drawn values were measured again."""


@dataclass(slots=True)
class Tally:
    """The verdicts on one figure, collected while it is proven.

    Whoever judges something says so here: `arrow` or `claim` that there is
    one, `refute` that something drawn is false, `doubt` that it could be
    neither borne out nor refuted. What is counted and never named again is
    proven.
    """

    kind: str
    arrows: int = 0
    claims: int = 0
    tensors: int = 0
    values: int = 0
    wrong: int = 0
    """How many arrows are refuted of a figure that is proven as one; else those that a `Fault` is about."""
    faults: dict[str, None] = field(default_factory=dict)
    texts: dict[str, Unproven] = field(default_factory=dict)
    """What is said and not proven."""
    lines: dict[str, Unproven] = field(default_factory=dict)
    """The arrows that are not proven, by their ids."""

    def refute(self, faults: Iterable[str]) -> None:
        """Note what is drawn and false, or missing."""
        self.faults |= dict.fromkeys(faults)

    def doubt(self, what: str, why: str) -> None:
        """Note a label, a sentence or a line of code that is not proven."""
        self.texts.setdefault(what, Unproven(what, why))

    def doubt_arrows(self, edges: Iterable[Edge], why: str) -> None:
        """Note arrows that are not proven; one that is named again keeps its first reason."""
        for edge in edges:
            self.lines.setdefault(edge.id, Unproven(f"{edge.source} → {edge.target}", why))

    def finding(self) -> Finding:
        """Return what was found."""
        wrong = {fault.about for fault in self.faults if isinstance(fault, Fault)}
        left = self.arrows - self.wrong - len(wrong | self.lines.keys())
        return Finding(
            self.kind, self.arrows, max(0, left), self.claims, self.tensors,
            tuple(map(str, self.faults)), (*self.lines.values(), *self.texts.values()), self.values,
        )  # fmt: skip


def together(kind: str, found: Mapping[str, Finding], faults: Iterable[str]) -> Finding:
    """Return what was found of the panels of a sheet, and of the sheet itself, as one."""
    every = found.values()
    return Finding(
        kind,
        sum(one.arrows for one in every),
        sum(one.proven for one in every),
        sum(one.claims for one in every),
        sum(one.tensors for one in every),
        (*(f"({letter}) {fault}" for letter, one in found.items() for fault in one.faults), *faults),
        tuple(Unproven(f"({letter}) {u.what}", u.why) for letter, one in found.items() for u in one.unproven),
        sum(one.values for one in every),
    )


def reasons(unproven: Iterable[Unproven]) -> list[tuple[str, int, list[str]]]:
    """Return why something is not proven, each reason once: how much, and what.

    >>> reasons([Unproven("a → b", "too large"), Unproven("b → c", "too large")])
    [('too large', 2, ['a → b', 'b → c'])]
    """
    listed = list(unproven)
    counts = Counter(one.why for one in listed)
    return [(why, count, [o.what for o in listed if o.why == why]) for why, count in counts.items()]
