"""Names of modules from the outside in, as paths."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def shared(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return what all paths begin with.

    >>> shared([("encoder", "cell"), ("encoder", "cell-2")])
    ('encoder',)
    """
    found = zip(*paths, strict=False)
    return tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, found))
