"""What the labels of a figure claim: state names and indices."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATE = re.compile(
    r"(?P<way>[→←]?)(?P<letter>[xhc]′?|y)_(?P<step>t-1|t\+1|t|T[′₁-₉]?(?:−\d+)?|\d+)(?:\^\((?P<layer>\d+)\))?"
)
_INDEX = re.compile(r"(?P<tensor>[hc]_[0n])\[(?P<index>-?\d+)\]")
ARROWS = {"fwd": "→", "rev": "←", "": ""}
_WAY = {arrow: way for way, arrow in ARROWS.items()}


@dataclass(frozen=True, slots=True)
class State:
    """A state by name; `way` and `layer` are empty where the name leaves them out."""

    letter: str
    step: str
    way: str = ""
    layer: str = ""

    def fits(self, other: State, *, ways: int, layers: int) -> bool:
        """Whether this name, as short as it is, can only mean the other state."""
        same = (self.letter, self.step) == (other.letter, other.step)
        if self.letter[0] in "xy":
            return same
        way = self.way == other.way if self.way else ways == 1
        layer = self.layer == other.layer if self.layer else layers == 1
        return same and way and layer


def state(text: str) -> State | None:
    """Read a label that is the name of one state.

    >>> state("→h_1^(0)")
    State(letter='h', step='1', way='fwd', layer='0')
    """
    match = _STATE.fullmatch(text.strip())
    if not match:
        return None
    return State(match["letter"], match["step"], _WAY[match["way"]], match["layer"] or "")


def index(text: str) -> tuple[str, int] | None:
    """Read a label that is an index into a state tensor.

    >>> index("h_n[3]")
    ('h_n', 3)
    """
    match = _INDEX.fullmatch(text.strip())
    return (match["tensor"], int(match["index"])) if match else None
