"""Loops of the user's code as they ran: rounds, what each reads, and the states handed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

FEW, MOST = 4, 10
"""So many rounds, and so many steps, are listed; of more the first, and the last."""
Way = Literal["constant", "step", "window", "other"]
Taken = Literal["every", "last", "some"]


@dataclass(frozen=True, slots=True)
class Read:
    """What the rounds of a loop take from outside.

    `tensor` is its full name (``input``, ``encoder.output``), `stages` are those of the loop that
    read it. `how` is ``constant`` where every round reads the same of it; ``step`` where each
    round reads one part along `axis`, and `steps` are these parts in the order of the rounds,
    counted from 0 in parts as long as one round reads (an axis of None: each round reads one call of
    another loop); ``window`` where each reads several steps that others read, too: `spans`; ``other`` where
    the rounds read it in no such order.
    """

    tensor: str
    stages: tuple[str, ...]
    how: Way
    axis: int | None = None
    steps: tuple[int, ...] = ()
    name: str = ""
    """What the user's code calls one round's part of it; nothing if it has no name there."""
    size: int = 1
    """How many steps of the tensor a part has; the last one may have fewer."""
    rounds: tuple[int, ...] = ()
    """The rounds, from 0, that read it, where not all do."""
    spans: tuple[tuple[int, int], ...] = ()
    """Of a window the first of its steps, from 0, and how many there are, round by round."""
    less: tuple[int, ...] = ()
    """The rounds, from 0, that read not all of their part: of a batch that shrinks fewer samples."""

    @property
    def way(self) -> int:
        """By how many parts a round is further than the one before: 1, or −1."""
        return -1 if len(self.steps) > 1 and self.steps[1] < self.steps[0] else 1

    @property
    def ahead(self) -> int:
        """How many parts further than its number a round reads, where they go forwards."""
        return self.steps[0] - self.rounds[0] if self.rounds else self.steps[0]

    def lag(self, step: int, number: int, rounds: int) -> int:
        """How many rounds before a round, from 0, of all `rounds` a part was read, or would have been.

        Of a window how far beyond it a step is.
        """
        if self.spans:
            start, size = self.spans[number]
            return max(start - step, 0) or min(start + size - 1 - step, 0)
        first = self.rounds[0] if self.rounds else rounds - len(self.steps)
        return number - first - (step - self.steps[0]) * self.way


@dataclass(frozen=True, slots=True)
class State:
    """A tensor that every round of a loop hands to the next one.

    `name` is what the user's code calls it (``h``, ``self.memory``), else h, c by its role, or
    s₁, s₂. `tensor` is its full name in the trace (``cell.h_n``, ``norm.output``), `stages` are those
    that read it in the next round. `begun` are the tensors that the first round reads in its
    place; none if that is a constant, zeros mostly. `detached`: no derivative goes through.
    """

    name: str
    tensor: str
    stages: tuple[str, ...]
    sizes: tuple[int, ...]
    begun: tuple[str, ...] = ()
    detached: bool = False
    zeros: bool = False
    """Whether the first round was seen to read zeros in its place."""
    uneven: bool = False
    """Whether it is not of one size in all rounds."""
    apart: bool = False
    """Whether the first round reads one thing in its place here, and another one there."""
    cut: tuple[int, ...] = ()
    """The rounds (from 0) before which it is detached, where these are not all: truncated backpropagation."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a round computes of one tensor, and from what: the relation of the steps of a recurrence.

    `takes` are, by ``state``, ``step`` or ``constant``, the states of `lag` rounds before, the parts of
    tensors that are read anew (a lag of 1: the part that the round before read anew), and what is the same
    in all rounds. It is `same` if all rounds but the first, which begins without states, take the same.
    """

    tensor: str
    takes: tuple[tuple[str, str, int], ...] = ()
    same: bool = True
    fewer: tuple[int, ...] = ()
    """The rounds (from 0) that take less than the last one, where none takes anything else: not followed in
    them is what the code computes of constants alone, and what it leaves out."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A tensor that the rounds fill, each with its own `part`: ``ys[:, t] = y``, ``ys = cat([ys, y])``.

    `steps` are, from 0 along `axis`, where the parts of the rounds are, in their order.
    """

    tensor: str
    part: str
    axis: int
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mixed:
    """What a round reads of a target in one round, and of the answer of the round before in another.

    `tensor` is the target, and `parts` are its steps along `axis`, from 0, in the order of the rounds: None
    where a round reads what it makes of `answer`, the tensor `read`. The first round may have `begun` with
    something else, or with a constant. `called` is what the code calls what is read, and the target.
    """

    read: str
    answer: str
    tensor: str
    axis: int
    parts: tuple[int | None, ...]
    sizes: tuple[int, ...]
    called: tuple[str, ...] = ("", "")
    begun: tuple[str, ...] = ()
    zeros: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call in a round: a stage, and what it takes, as `Made` says it; ``inner`` is of the same round.

    ``mixed`` is what the rounds read in turns. Each stands with its place among the arguments. `turned` says
    that a number comes before the tensor: ``1 - z``.
    """

    stage: str
    taken: tuple[tuple[str, str, str, int], ...]
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop of the user's code whose rounds did the same with the same weights.

    `stages` are those that ran in it, in the order of a round, those of the loops inside it
    included; `inside` is the name of the loop around it. `rounds` is how often it went round: where
    it is inside another loop, in the first round of that, and `often` in any: the fewest, and the most.
    `results` says for each tensor that is read outside whether ``every`` round's is read, the ``last``
    one's, or ``some``. `partial` names
    the stages that did not run in every round, with the rounds (from 0) in which they did. `uneven` are those
    whose tensors are not of one size in all rounds. `made` is what a round computes of states and results.
    A loop without `states` does the same to every step, and no round knows of another.
    """

    name: str
    where: str
    rounds: int
    stages: tuple[str, ...]
    reads: tuple[Read, ...] = ()
    states: tuple[State, ...] = ()
    results: tuple[tuple[str, Taken], ...] = ()
    partial: tuple[tuple[str, tuple[int, ...]], ...] = ()
    uneven: tuple[str, ...] = ()
    inside: str = ""
    made: tuple[Made, ...] = ()
    body: tuple[Call, ...] = ()
    """The calls of one round, in their order: of the last one, to which nothing is wanting."""
    called: tuple[tuple[str, str], ...] = ()
    """What the user's code calls the tensors of a round."""
    filled: tuple[Filled, ...] = ()
    unlike: tuple[int, ...] = ()
    """The rounds (from 0) that make other calls than the last one, beyond what the first one lacks."""
    mixed: tuple[Mixed, ...] = ()
    often: tuple[int, int] = (0, 0)
    opposite: str = ""
    """Of a loop that only calls a cell of torch's, or a layer: what goes through the same the other way."""
    layer: str = ""
    """The layer of torch's whose steps these are, where no code of the user's goes round."""
    within: tuple[str, ...] = ()
    """The user's modules whose forward holds the loop, from the outside in: it does not call them."""


def lags(loop: Loop, tensor: str) -> tuple[int, ...]:
    """Return by how many rounds later the calls of a round read a state; nothing where none was followed."""
    taken = (one for call in loop.body for one in call.taken)
    return tuple(sorted({lag for _, kind, source, lag in taken if (kind, source) == ("state", tensor)}))


def how_often(loop: Loop) -> str:
    """How often a loop goes round, in each round of one around it: ``4``, or ``2–4``."""
    fewest, most = loop.often
    return f"{fewest}–{most}" if fewest < most else str(loop.rounds)


def ahead(steps: Sequence[int]) -> tuple[int, int]:
    """Sort what the rounds read by how many have it, and of alike by how far ahead in their order it is."""
    return -len(steps), -steps[0] if steps and steps[-1] >= steps[0] else sum(steps[:1])


def listed_steps(steps: Sequence[int]) -> str:
    """Return steps in their order; of many the first, and the last.

    >>> listed_steps((3, 1, 2)), listed_steps((*range(20, 0, -1),))
    ('3, 1, 2', '20, 19, 18, 17, 16, 15, 14, 13, 12 … 1')
    """
    few = steps if len(steps) <= MOST else steps[: MOST - 1]
    return ", ".join(map(str, few)) + (f" … {steps[-1]}" if len(steps) > MOST else "")


def listed_rounds(rounds: Sequence[int]) -> str:
    """Return rounds, given from 0, in few words, from 1.

    >>> listed_rounds([2, 4, 6, 8, 10])
    '3, 5, 7 … 11'
    """
    shown = [str(number + 1) for number in rounds]
    return ", ".join(shown) if len(shown) <= FEW else f"{', '.join(shown[: FEW - 1])} … {shown[-1]}"


def bound(places: Sequence[int], most: int) -> str:
    """Return where windows begin, or end, in round t as a formula, both from 1; nothing if there is none.

    They are cut off where the tensor begins, or ends after `most` steps.

    >>> bound([1, 1, 1, 2, 3], 5), bound([3, 4, 5, 5], 5), bound([2, 4, 6], 6), bound([3, 3], 3)
    ('max(1, t-2)', 'min(5, t+2)', '2t', '3')
    """
    if len({*places}) == 1:
        return str(places[0])
    for number, (one, two) in enumerate(pairwise(places), 1):
        slope, first = two - one, one - (two - one) * number
        free = [slope * t + first for t in range(1, len(places) + 1)]
        if slope and [min(max(place, 1), most) for place in free] == [*places]:
            times = "t" if abs(slope) == 1 else f"{abs(slope)}t"
            said = f"{first}-{times}" if slope < 0 else f"{times}{first:+d}" if first else times
            said = f"max(1, {said})" if min(free) < 1 else said
            return f"min({most}, {said})" if max(free) > most else said
    return ""
