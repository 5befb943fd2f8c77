"""A relation between steps found by changing steps: few runs, whatever the number of steps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from lstmviz.network.steps import Kind, Relation, relation

Probe = Callable[[Collection[int]], frozenset[int]]

ONE_BY_ONE = 12
"""So many steps are changed one at a time; more in groups."""
MOST = 400
"""Where groups do not tell, so many steps are still changed one at a time."""


def found(probe: Probe, given: int, taken: int) -> Relation | None:
    """Return the relation that `probe` shows; None if it would take too many runs.

    A probe changes steps (from 1) of what is read, and says which steps of the result are not as before.
    Up to `ONE_BY_ONE` steps are changed one at a time. Of more, the steps whose number has a certain binary
    digit are changed together: log₂ T runs for each digit's 0 and 1 name the step of every row that reads
    one. A row that reads more is guessed from a few single changes, and every run must be as the guess
    foretells.
    """
    if taken <= ONE_BY_ONE or (given == 1 and taken <= MOST):
        return _singly(probe, given, taken)
    digits = [_digit(probe, bit, taken) for bit in range(taken.bit_length())]
    single = _decoded(digits, given, taken)
    if single is not None:
        return single
    near = {1, 2, 3, taken // 2, taken // 2 + 1, taken - 1, taken}
    columns = {step: probe((step,)) for step in sorted(near)}
    for guess in _guesses(columns, given, taken):
        rows = [frozenset(row) for row in guess.rows()]
        told = [*(((step,), moved) for step, moved in columns.items()), *_groups(digits, taken)]
        if all(
            moved == frozenset(t for t, row in enumerate(rows, 1) if not row.isdisjoint(steps))
            for steps, moved in told
        ):
            return guess
    return _singly(probe, given, taken) if taken <= MOST else None


def _singly(probe: Probe, given: int, taken: int) -> Relation:
    rows: list[list[int]] = [[] for _ in range(given)]
    for step in range(1, taken + 1):
        for moved in probe((step,)):
            rows[moved - 1].append(step)
    return relation(rows, taken)


Digit = tuple[frozenset[int], frozenset[int]]
"""What moves with the steps that have a binary digit, and with those that do not."""


def _with(bit: int, taken: int, *, has: bool) -> list[int]:
    return [step for step in range(1, taken + 1) if bool(step >> bit & 1) == has]


def _digit(probe: Probe, bit: int, taken: int) -> Digit:
    return probe(_with(bit, taken, has=True)), probe(_with(bit, taken, has=False))


def _groups(digits: list[Digit], taken: int) -> Iterator[tuple[list[int], frozenset[int]]]:
    for bit, both in enumerate(digits):
        for has, moved in zip((True, False), both, strict=True):
            yield _with(bit, taken, has=has), moved


def _decoded(digits: list[Digit], given: int, taken: int) -> Relation | None:
    """Read the one step of every row from its digits; None if some row reads several."""
    rows: list[list[int]] = []
    for t in range(1, given + 1):
        ones = [t in one for one, _ in digits]
        zeros = [t in zero for _, zero in digits]
        if not any(ones) and not any(zeros):
            rows.append([])
        elif all(a != b for a, b in zip(ones, zeros, strict=True)):
            rows.append([sum(1 << bit for bit, one in enumerate(ones) if one)])
        else:
            return None
    return relation(rows, taken)


def _guesses(columns: dict[int, frozenset[int]], given: int, taken: int) -> Iterator[Relation]:
    """Yield what the relation may be, from which steps of the result a few single steps move."""
    plain: tuple[Kind, ...] = ("past", "future", "all") if given == taken else ("all",)
    yield from (Relation(kind, given, taken) for kind in plain)
    middle = taken // 2
    if columns[middle]:
        last, width = max(columns[middle]), len(columns[middle])
        yield Relation("window", given, taken, width, middle - last, 1)
