"""Names of the user's code as letters of formulas, and as parts of ids."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable

from lstmviz.scene import ids

LONGEST = 8
"""Longer names of the code are no letters of a formula: s, x or y stand there, the key has the name."""


def spelt(name: str) -> str:
    """What of a name in code can stand in a formula; nothing if none of it can.

    >>> spelt("x_t"), spelt("self.state"), spelt("state['h']"), spelt("states[0]"), spelt("the_hidden_state")
    ('x', 'state', 'h', 'states0', '')
    """
    match = re.fullmatch(r"(?:self\.)?(\w+)(?:\[(?:'(\w+)'|(\d+))\])?", name)
    if not match:
        return ""
    base = match[2] or match[1] + (match[3] or "")
    base = re.sub(r"(_t)?_*$", "", base).lstrip("_")
    return base if base.isascii() and base[:1].isalpha() and len(base) <= LONGEST else ""


def unique(names: Iterable[str], otherwise: str, used: Collection[str] = ()) -> list[str]:
    """Each name once, and none that is used; `otherwise`, numbered, stands for what has no name of its own.

    >>> unique(["h", "", "h"], "s"), unique(["y"], "y", {"y"})
    (['h', 's', 's1'], ['y1'])
    """
    letters, found = {ident(name) for name in used}, []
    for name in names:
        numbered = (f"{otherwise}{count}" for count in itertools.count(1))
        tried = itertools.chain((name, otherwise), numbered)
        base = next(one for one in tried if one and ident(one) not in letters)
        letters.add(ident(base))
        found.append(base)
    return found


def ident(base: str) -> str:
    """A name as a part of an id: letters and digits, and not what says which end of something is meant,
    nor what the ids of a layer's results begin with.

    >>> ident("xᵀ_a"), ident("last"), ident("output")
    ('xa', 'lastS', 'outputS')
    """
    found = re.sub(r"[^A-Za-z0-9]", "", base)
    return f"{found}S" if found in {*ids.ENDS, "output"} else found
