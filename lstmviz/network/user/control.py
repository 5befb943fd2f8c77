"""The loops of the user's code in a run: which calls are one place in a round, and in which round each ran.

A loop is where the bytecode of a function jumps back, or where something calls a function of the
user's again and again from one place. Rounds that follow one another belong together if what they
have in common was done by the same modules with the same weights; else each is a thing of its
own: a loop over the layers of a list is none over time.
"""

from __future__ import annotations

import dis
import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from types import CodeType
from typing import Any

from lstmviz.network.user.events import Call, Event
from lstmviz.records import record

Span = tuple[int, int]
"""A loop in the code of a function: from the first to the last of its instructions."""
Child = tuple[int, "Call | Event"]
Place = tuple[int, int, str]
"""Where in a body something is: the place in the code, which of several there, and what it is."""
PAIRS = 4
"""So many rounds it takes at least that two of them are seen to repeat."""
Address = tuple[Place, ...]
"""A place by the places around it, from the model's forward inwards."""


@dataclass(slots=True)
class Body:
    """What a function, or one round of a loop, called, and how that can be compared."""

    parts: list[tuple[Place, Event | Body | Turns]] = field(default_factory=list)
    form: dict[Place, Any] = field(default_factory=dict)

    def add(self, place: Place, part: Event | Body | Turns) -> None:
        """Add what was called, at the first number that is free there."""
        at, number, kind = place
        while (at, number, kind) in self.form:
            number += 1
        self.parts.append(((at, number, kind), part))
        self.form[at, number, kind] = part.key if isinstance(part, Event) else part.form


@dataclass(slots=True)
class Turns:
    """A loop that ran: its rounds, and what any of them did."""

    code: CodeType
    rounds: list[Body]
    form: dict[Place, Any]


@record(frozen=True, slots=True)
class Seen:
    """One call with its place, and the loops around it, the outermost first, each with the round."""

    event: Event
    place: Address
    turns: tuple[tuple[Address, int], ...]


def placed(root: Call | None) -> tuple[list[Seen], Mapping[Address, CodeType]]:
    """Return the calls of a run in their order with their places, and whose code each loop is in.

    What went round once is no loop.
    """
    if root is None:
        return [], {}
    codes: dict[Address, CodeType] = {}
    found = sorted(_seen(_body(root), (), (), codes), key=lambda one: one.event.index)
    repeated = {address for one in found for address, number in one.turns if number}
    return [
        Seen(one.event, one.place, tuple(turn for turn in one.turns if turn[0] in repeated)) for one in found
    ], codes


def _seen(
    body: Body, at: Address, turns: tuple[tuple[Address, int], ...], codes: dict[Address, CodeType]
) -> Iterator[Seen]:
    for place, part in body.parts:
        here = (*at, place)
        if isinstance(part, Event):
            yield Seen(part, here, turns)
        elif isinstance(part, Body):
            yield from _seen(part, here, turns, codes)
        else:
            codes[here] = part.code
            for number, one in enumerate(part.rounds):
                yield from _seen(one, here, (*turns, (here, number)), codes)


@functools.lru_cache(maxsize=4096)
def spans(code: CodeType) -> tuple[Span, ...]:
    """Return the loops in the code of a function, an outer one before those inside it."""
    found: dict[int, int] = {}
    for one in dis.get_instructions(code):
        if "JUMP_BACKWARD" in one.opname and "NO_INTERRUPT" not in one.opname:
            found[one.argval] = max(one.offset, found.get(one.argval, 0))
    return tuple(sorted(found.items(), key=lambda span: (span[0], -span[1])))


def _body(call: Call) -> Body:
    return _parsed(call.code, call.children, spans(call.code))


def _parsed(code: CodeType, children: Sequence[Child], around: Sequence[Span]) -> Body:
    """Return the calls of a piece of code in their places; `around` are the loops in it."""
    body = Body()
    for (span, at), group in groupby(children, key=lambda child: _home(child[0], around)):
        members = list(group)
        inner = tuple(s for s in around if span and s != span and span[0] <= s[0] and s[1] <= span[1])
        rounds = list(_rounds(members, inner)) if span else [[member] for member in members]
        rounds = _apart(code, members, inner) if span and inner and len(rounds) == 1 else rounds
        if span is None and len(rounds) == 1:
            body.add((at, 0, ""), _part(members[0][1]))
        elif span is None:
            _add_runs(body, code, at, [_single(child) for _, child in members])
        else:
            _add_runs(body, code, at, [_parsed(code, one, inner) for one in rounds])
    return body


def _home(at: int, around: Sequence[Span]) -> tuple[Span | None, int]:
    """Return the outermost loop that an instruction is in, and where that, or else the instruction, is."""
    for span in around:
        if span[0] <= at <= span[1]:
            return span, span[0]
    return None, at


def _part(child: Call | Event) -> Event | Body:
    return child if isinstance(child, Event) else _body(child)


def _single(child: Call | Event) -> Body:
    body = Body()
    body.add((0, 0, ""), _part(child))
    return body


def _rounds(members: Sequence[Child], inner: Sequence[Span]) -> Iterator[list[Child]]:
    """Cut the calls of a loop where its code begins again."""
    current: list[Child] = []
    last: tuple[Span | None, int] = (None, -1)
    for child in members:
        here = _home(child[0], inner)
        if here[1] < last[1] or (here == last and here[0] is None):
            yield current
            current = []
        current.append(child)
        last = here
    yield current


def _apart(code: CodeType, members: Sequence[Child], inner: Sequence[Span]) -> list[list[Child]]:
    """Cut what lies in one inner loop into rounds of the outer one: where its own rounds begin to repeat.

    ``for x_t in x: for cell in cells: …`` calls nothing in the outer loop that says where a round begins.
    """
    homes = {_home(at, inner)[0] for at, _ in members}
    whole = [list(members)]
    if len(homes) != 1 or (span := homes.pop()) is None:
        return whole
    deeper = tuple(s for s in inner if s != span and span[0] <= s[0] and s[1] <= span[1])
    rounds = list(_rounds(members, deeper))
    forms = [_parsed(code, one, deeper).form for one in rounds]
    count = len(forms)
    if count < PAIRS:
        return whole
    if _fits(forms[0], forms[1]):
        periods = [_reading_again(rounds)]
    else:
        periods = [n for n in range(2, count // 2 + 1) if not count % n and all(map(_fits, forms, forms[n:]))]
    period = next(iter(periods), 0)
    starts = range(0, count, period) if period else ()
    return [[m for one in rounds[at : at + period] for m in one] for at in starts] or whole


def _reading_again(rounds: Sequence[Sequence[Child]]) -> int:
    """Return how many rounds read the same of what is outside before all go on to another; 0 if none do.

    ``for x_t in x: for _ in range(3): h = h + f(x_t, h)`` reads each step three times.
    """
    events = [[event for _, child in one for event in _events(child)] for one in rounds]
    own = {event.index for one in events for event in one}
    found: set[int] = set()
    for calls in zip(*events, strict=False):
        for slots in zip(*(event.slots for event in calls), strict=False):
            read = [slot.sources for slot in slots]
            lengths = {len(list(same)) for _, same in groupby(read)}
            outside = not any(index in own for sources in read for index, _ in sources)
            found |= lengths if outside and len(lengths) == 1 else set()
    several = found - {1, len(rounds)}
    return several.pop() if len(several) == 1 and not found & {1} else 0


def _events(child: Call | Event) -> Iterator[Event]:
    if isinstance(child, Event):
        yield child
    else:
        yield from (event for _, one in child.children for event in _events(one))


def _add_runs(body: Body, code: CodeType, at: int, rounds: Sequence[Body]) -> None:
    """Put rounds into a body: those that follow one another and fit together are one loop."""
    turns: list[Turns] = []
    for one in rounds:
        if turns and _fits(turns[-1].form, one.form):
            turns[-1].form = _joined(turns[-1].form, one.form)
            turns[-1].rounds.append(one)
        else:
            turns.append(Turns(code, [one], one.form))
    for run in turns:
        body.add((at, 0, "loop"), run)


def _fits(one: Mapping[Place, Any], two: Mapping[Place, Any]) -> bool | None:
    """Whether two rounds do the same where both do something; None if they do nothing in common."""
    found = [_alike(one[place], form) for place, form in two.items() if place in one]
    if False in found:
        return False
    return True if True in found else None


def _alike(one: Any, two: Any) -> bool | None:
    return _fits(one, two) if isinstance(one, dict) and isinstance(two, dict) else bool(one == two)


def _joined(one: dict[Place, Any], two: dict[Place, Any]) -> dict[Place, Any]:
    """Return the union of what two rounds do; the first one itself where nothing is new."""
    new = {}
    for place, form in two.items():
        known = one.get(place)
        both = _joined(known, form) if isinstance(known, dict) else form
        if known is None or (isinstance(known, dict) and both is not known):
            new[place] = both
    return {**one, **new} if new else one


def where(code: CodeType, offset: int) -> str:
    """Return the file and line of an instruction."""
    lines = [line for start, line in dis.findlinestarts(code) if start <= offset and line]
    return f"{os.path.basename(code.co_filename)}:{lines[-1] if lines else code.co_firstlineno}"  # noqa: PTH119
