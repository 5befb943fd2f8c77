"""Names of modules from the outside in, as paths."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import takewhile

from lstmviz.network.user.loops import Group


def shared(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return what all paths begin with.

    >>> shared([("encoder", "cell"), ("encoder", "cell-2")])
    ('encoder',)
    """
    found = zip(*paths, strict=False)
    return tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, found))


def first_calls(paths: Iterable[Sequence[tuple[str, ...]]]) -> dict[str, str]:
    """Return what a module's first call is named, by the names of its calls that stages repeat.

    >>> first_calls([[("cell-2",)], [("cell",), ("cell-2",)]])
    {'cell': 'cell', 'cell-2': 'cell'}
    """
    found: dict[str, str] = {}
    for calls in sorted(paths, key=len, reverse=True):
        for first, *others in zip(*calls, strict=False):
            for name in (first, *others):
                found.setdefault(name, found.get(first, first))
    return found


def around(
    groups: Sequence[Group], calls: Collection[int], inside: Callable[[Group], tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the modules whose forward holds a loop of these stages: those of all `calls` of one run."""
    depth = len(shared(event.inside for group in groups for event in group.events if event.index in calls))
    return shared(inside(group)[:depth] for group in groups)
