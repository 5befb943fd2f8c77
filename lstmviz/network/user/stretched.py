"""What grows with the number of steps, told from two short runs: data of one number of steps more or less."""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import Any, TypeVar, cast

from lstmviz.translation.messages import Note, note

Data = TypeVar("Data")
NUMBER = re.compile(r"[1-9]\d*")
LEAST = 3
"""So many show how a list goes on."""
ENDS = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0))
"""So many at its beginning and its end may be others."""


class UnlikeError(Exception):
    """Two runs differ in more than in how often something was done."""


def stretched(one: Data, two: Data, steps: int) -> Data:
    """Return data `steps` steps longer than `one`, of which `two` is one step longer.

    Numbers grow as they do from the one to the other, also those within words; lists grow by what
    repeats in them. Raises UnlikeError.

    >>> stretched((5, "x[5]", (0, 1, 2)), (6, "x[6]", (0, 1, 2, 3)), 3)
    (8, 'x[8]', (0, 1, 2, 3, 4, 5))
    """
    return cast("Data", _grown(one, two, steps))


def _grown(one: Any, two: Any, steps: int) -> Any:
    kind = cast("Any", type(one))
    alike = kind is type(two)
    if alike and (names := _fields(kind)):  # not compared whole: their parts are
        return kind(**{name: _grown(getattr(one, name), getattr(two, name), steps) for name in names})
    if one is two or one == two:
        return one
    if alike:
        if kind is int:
            return one + (two - one) * steps
        if isinstance(one, Note) and one.id == two.id:
            return note(one.id, **dict(_grown(one.given, two.given, steps)))
        if isinstance(one, str) and NUMBER.sub("", one) == NUMBER.sub("", two):
            first, second = (list(map(int, NUMBER.findall(text))) for text in (one, two))
            numbers = iter(_list(first, second, steps))
            return NUMBER.sub(lambda _: str(next(numbers)), one)
        if isinstance(one, list | tuple):
            return kind(_list(one, two, steps))
    raise UnlikeError


@functools.cache
def _fields(cls: type) -> tuple[str, ...]:
    """Return the names of what a dataclass holds; nothing of any other class."""
    return tuple(field.name for field in dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else ()


def _list(one: Any, two: Any, steps: int) -> list[Any]:
    """Return a list with more in its middle, of which each part is as much more than the one before."""
    more = len(two) - len(one)
    if not more:
        return [_grown(a, b, steps) for a, b in zip(one, two, strict=True)]
    for head, tail in ENDS if more > 0 else ():
        if (len(one) - head - tail) % more:
            continue
        parts = [_blocks(data[head : len(data) - tail], more) for data in (one, two)]
        if len(parts[0]) >= LEAST and all(map(_grows, parts)):
            first, second = (_grown(parts[0][at], parts[1][at], steps) for at in (0, 1))
            middle = [part for block in _line(first, second, len(parts[0]) + steps) for part in block]
            ends = [(data[:head], data[len(data) - tail :]) for data in (one, two)]
            return [*_list(ends[0][0], ends[1][0], steps), *middle, *_list(ends[0][1], ends[1][1], steps)]
    raise UnlikeError


def _blocks(data: Any, size: int) -> list[Any]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _grows(data: Any) -> bool:
    """Whether each of a list is as much more than the one before."""
    try:
        return bool(_line(data[0], data[1], len(data)) == data)
    except UnlikeError:
        return False


def _line(first: Any, second: Any, count: int) -> list[Any]:
    """Return so many of which each is as much more than the one before as the second is than the first.

    Part by part: of hundreds of steps each number is then an entry of one range.
    """
    kind = cast("Any", type(first))
    alike = kind is type(second)
    if alike and (names := _fields(kind)):  # not compared whole: their parts are
        columns = (_line(getattr(first, name), getattr(second, name), count) for name in names)
        return [kind(**dict(zip(names, held, strict=True))) for held in zip(*columns, strict=True)]
    if first is second or first == second:
        return [first] * count
    if alike and kind is int:
        return list(range(first, first + count * (second - first), second - first))
    if alike and kind in {list, tuple} and len(first) == len(second):
        columns = (_line(a, b, count) for a, b in zip(first, second, strict=True))
        return [kind(held) for held in zip(*columns, strict=True)]
    return [_grown(first, second, at) for at in range(count)]
