"""Tensors that the rounds of a loop fill, each with its own part: ``ys[:, t] = y``, ``ys = cat([ys, y])``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lstmviz.network.rounds import Filled
from lstmviz.network.user.control import Address, Seen
from lstmviz.network.user.events import Source
from lstmviz.network.user.loop_kinds import Analysis, Run
from lstmviz.network.user.loop_rounds import Rounds, TensorPlace


@dataclass(frozen=True, slots=True)
class Filling:
    """What is filled, what each round puts into it, and where; `beside` are the calls that only do that."""

    table: TensorPlace
    part: TensorPlace
    axis: int
    steps: tuple[int, ...]
    beside: tuple[Address, ...]


def fillings(analysis: Analysis, run: Run, numbers: Sequence[int]) -> Iterator[Filling]:
    """Yield what the rounds of a run fill, where every round puts one part that it has made itself."""
    depth = len(run.instance[0])
    tables = {edge.reader.place: edge for _, _, edge in run.handed if analysis.collects(edge)}
    for place, edge in tables.items():  # the last of each, which the table itself gives
        calls = [one for one in analysis.seen if one.place == place and one.turns[:depth] == run.instance[0]]
        calls = [one for one in calls if one.turns[depth][1] in numbers]
        parts = [_part(analysis, one, edge.source[1], edge.slot.name) for one in calls]
        where = _where(calls, edge.slot.name)
        if where is None or len({*parts}) != 1 or None in parts:
            continue
        part, passed = next(one for one in parts if one is not None)
        axis, steps = where
        if len(calls) == len(numbers) - 1 and steps == tuple(range(1, len(numbers))):
            first = _first(analysis, calls[0], edge.slot.name, part)
            passed, steps = (*passed, *(first or ())), (0, *steps) if first is not None else steps
        if len(steps) == len(numbers):
            yield Filling((place, edge.source[1]), part, axis, steps, (place, *passed))


def named(
    found: Iterable[Filling], rounds: Rounds, last: int, full: Callable[[Source], tuple[str, ...]]
) -> Iterator[Filled]:
    """Yield the same by the names that tensors have in a trace; `last` is the last round."""
    for one in found:
        table, part = (rounds.call(place, last) for place, _ in (one.table, one.part))
        if table is not None and part is not None:
            names = full((table.index, one.table[1])), full((part.index, one.part[1]))
            yield from (Filled(*pair, one.axis, one.steps) for pair in zip(*names, strict=False))


def _part(
    analysis: Analysis, call: Seen, name: str, table: str
) -> tuple[TensorPlace, tuple[Address, ...]] | None:
    """Return what a call puts into the table, made in the same round; through an axis of 1 that it adds."""
    sources = [s for slot in call.event.slots if slot.name != table for s in slot.sources]
    sources = [s for s in sources if s[0] < 0 or (analysis.seen[s[0]].place, s[1]) != (call.place, name)]
    if len(sources) != 1 or sources[0][0] < 0:
        return None
    passed: list[Address] = []
    giver = analysis.seen[sources[0][0]]
    if not call.event.writes and giver.event.type == "unsqueeze" and len(giver.event.sources) == 1:
        passed.append(giver.place)
        sources = list(giver.event.sources)
    giver = analysis.seen[sources[0][0]]
    same = giver.turns[: len(call.turns)] == call.turns
    return ((giver.place, sources[0][1]), tuple(passed)) if same else None


def _first(analysis: Analysis, call: Seen, table: str, part: TensorPlace) -> tuple[Address, ...] | None:
    """Return what the first round's part went through, if it is the table: ``y if ys is None else …``."""
    sources = [s for slot in call.event.slots if slot.name == table for s in slot.sources]
    passed: list[Address] = []
    while len(sources) == 1 and sources[0][0] >= 0:
        giver = analysis.seen[sources[0][0]]
        if (giver.place, sources[0][1]) == part:
            return tuple(passed)
        if giver.event.type != "unsqueeze" or len(giver.event.sources) != 1:
            return None
        passed.append(giver.place)
        sources = list(giver.event.sources)
    return None


def _where(calls: Sequence[Seen], table: str) -> tuple[int, tuple[int, ...]] | None:
    """Return along which axis the parts are, and where each is: parts of one step each.

    What is joined on before the table, and not behind it, ends up in the other order.
    """
    if all(one.event.writes for one in calls):
        cuts = [one.event.cuts.get("output") for one in calls]
        along = list(zip(*(cut for cut in cuts if cut), strict=True))
    else:
        sizes = [dict(one.event.outputs).get("output", ()) for one in calls]
        behind = table.rpartition(".")[2] == "0"
        along = [
            tuple((size - 1 if behind else axis[-1] - size, 1) for size in axis)
            for axis in zip(*sizes, strict=False)
        ]
    moving = [axis for axis, places in enumerate(along) if len({*places}) > 1]
    if len(moving) != 1 or len(along[moving[0]]) != len(calls):
        return None
    places = along[moving[0]]
    steps = tuple(start for start, _ in places)
    return (moving[0], steps) if all(n == 1 for _, n in places) and len({*steps}) == len(steps) else None
