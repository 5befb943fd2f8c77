"""What the labels of a figure claim to be, alone: the name of a state, or an index into a state tensor."""

from __future__ import annotations

from typing import Any

from lstmviz.records import record
from lstmviz.scene import ids
from lstmviz.scene.items import Label

ARROWS = {"fwd": "→", "rev": "←", "": ""}
_EQUALS = "= "


@record(frozen=True, slots=True)
class State:
    """A state by name; `way` and `layer` are empty where the name leaves them out."""

    letter: str
    step: str
    way: str = ""
    layer: str = ""

    def fits(self, other: State, *, ways: int, layers: int) -> bool:
        """Whether this name, as short as it is, can only mean the other state."""
        same = (self.letter, self.step) == (other.letter, other.step)
        if self.letter[0] in f"x{ids.RESULT_LETTERS}":
            return same
        way = self.way == other.way if self.way else ways == 1
        layer = self.layer == other.layer if self.layer else layers == 1
        return same and way and layer


def state(label: Label) -> State | None:
    """Return the state that a label names."""
    if (facts := _alone(label, "state")) is None:
        return None
    depth = "" if facts["depth"] is None else str(facts["depth"])
    return State(facts["letter"], facts["step"], facts["way"], depth)


def index(label: Label) -> tuple[str, int] | None:
    """Return the tensor, and the index into it, that a label names."""
    facts = _alone(label, "index")
    return (facts["tensor"], facts["index"]) if facts is not None else None


def equated(label: Label) -> bool:
    """Whether what a label names is said to be equal to what it stands at, which has another name."""
    return label.text.startswith(_EQUALS)


def _alone(label: Label, kind: str) -> dict[str, Any] | None:
    """Return the facts of the claim that is all that a label says, but that it is equal to something."""
    found = [one for one in label.claims if one.kind == kind]
    whole = len(found) == 1 and found[0].text == label.text.removeprefix(_EQUALS)
    return dict(found[0].facts) if whole else None
