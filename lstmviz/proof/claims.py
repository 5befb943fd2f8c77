"""What the labels of a figure claim: state names, indices, shapes, equations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_STATE = re.compile(
    r"(?P<way>[→←]?)(?P<letter>[xhc]′?|y)_(?P<step>t-1|t\+1|t|T[′₁-₉]?(?:−\d+)?|\d+)(?:\^\((?P<layer>\d+)\))?"
)
_INDEX = re.compile(r"(?P<tensor>[hc]_[0n])\[(?P<index>-?\d+)\]")
_SHAPE = re.compile(r"\((?P<symbols>[^()=]*)\) = \((?P<sizes>[\d, ]+)\)")
_EQUATION = re.compile(r"(\w+)\[([^\]]*)\] = (\w+)\[([^\]]*)\]")
_NAME = r"(?:→h′?_t ←h′?_t|\b(?:input|output|[hc]_[0n]|[xhc]′?_t)(?![\w\[^]))"
_NAMES = re.compile(_NAME)
_LISTED = re.compile(rf"(?:{_NAME}(?:, |,| )?)+(?:each )?$")
PAIR = "→h_t ←h_t"
"""Both directions' h of one step: what `output` has there."""
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


@dataclass(frozen=True, slots=True)
class Shape:
    """``output (N, T, 2H) = (6, 5, 32)``: a shape, and which tensors have it."""

    names: tuple[str, ...]
    symbols: tuple[str, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """``output[:, -1, :16] = h_n[2]``: a part of one tensor is a part of another."""

    left: tuple[str, str]
    right: tuple[str, str]

    def __str__(self) -> str:
        """As it is printed."""
        (a, i), (b, j) = self.left, self.right
        return f"{a}[{i}] = {b}[{j}]"


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


def equations(text: str) -> Iterator[Equation]:
    """Yield the equations between parts of tensors in a text."""
    for match in _EQUATION.finditer(text):
        yield Equation((match[1], match[2]), (match[3], match[4]))


def shapes(text: str) -> Iterator[Shape]:
    """Yield every shape in a text, with the tensors named since the one before.

    >>> list(shapes("h_0, h_n each (L, N, H) = (1, 6, 16)"))
    [Shape(names=('h_0', 'h_n'), symbols=('L', 'N', 'H'), sizes=(1, 6, 16))]
    """
    ended = 0
    for match in _SHAPE.finditer(text):
        listed = _LISTED.search(text[ended : match.start()])
        names = tuple(_NAMES.findall(listed[0])) if listed else ()
        symbols = tuple(part.strip() for part in match["symbols"].split(",") if part.strip())
        yield Shape(names, symbols, numbers(match["sizes"]))
        ended = match.end()


def numbers(text: str) -> tuple[int, ...]:
    """Read sizes as they are printed: ``6, 5, 3``, and ``16,`` for one axis."""
    return tuple(int(part) for part in text.split(",") if part.strip())


def size_of(symbol: str, letters: dict[str, int]) -> int | None:
    """Give a symbol its number: ``2H`` with H = 16 is 32; None if a letter is unknown.

    >>> size_of("2H", {"H": 16}), size_of("B", {"H": 16})
    (32, None)
    """
    match = re.fullmatch(r"(\d*)\s*([A-Za-z]?)", symbol)
    if not match or not (match[1] or match[2]):
        return None
    if match[2] and match[2] not in letters:
        return None
    return int(match[1] or 1) * (letters[match[2]] if match[2] else 1)
