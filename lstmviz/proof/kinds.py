"""The kinds of figure whose every text is read, and what each of them shows: one row a kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """What the figures of a kind show, and so have to say."""

    of_some: bool = False
    """Whether it shows recurrences, and not all that a model may have: then it says that there are others."""
    steps_named: bool = False
    """Whether each name that the user gave a step says which step it is of."""


READ: dict[str, Shown] = {
    "rolled": Shown(of_some=True),
    "unrolled": Shown(of_some=True),
    "unfold": Shown(of_some=True),
    "grid": Shown(of_some=True, steps_named=True),
    "cube": Shown(),
    "cell": Shown(of_some=True),
    "tensors": Shown(of_some=True),
    "pipeline": Shown(),
    "neurons": Shown(of_some=True, steps_named=True),
    "volumes": Shown(),
    "activity": Shown(of_some=True, steps_named=True),
    "influence": Shown(steps_named=True),
    "weights": Shown(),
    "batch": Shown(of_some=True),
}
"""In these every text says what it asserts, so that one that does not is not proven."""


def shown(kind: str) -> Shown:
    """Return what a kind shows; of a kind of one's own nothing is known."""
    return READ.get(kind, Shown())
