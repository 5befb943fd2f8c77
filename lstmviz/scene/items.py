"""What a figure is made of: placed items in points, y down from the top left.

An item knows its role, never a colour or a font file. Colours are named by
`Tint` and become paint in a theme; fonts are named by what they are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from lstmviz.records import record
from lstmviz.scene.claims import Claim, Sentence, sentences

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 with x0 <= x1 and y0 <= y1."""

Role = Literal["input", "hidden", "cell", "output", "gate", "op", "param", "note", "axis", "ground"]
Font = Literal["sans", "bold", "mono", "roman", "italic"]
Anchor = Literal["start", "middle", "end"]
Outline = Literal["rect", "round", "stadium", "circle", "none"]

ROUND = 5.0
"""Corner radius of modules with weights, pt."""


@record(frozen=True, slots=True)
class Tint:
    """A colour by name, `by` of the way to another: ``Tint("hidden.fill", "ground", 0.72)``.

    Names are ``ink``, ``muted``, ``ground``, ``hatch`` and, for every role,
    ``<role>.stroke`` and ``<role>.fill``.
    """

    name: str
    to: str = ""
    by: float = 0.0


INK = Tint("ink")
MUTED = Tint("muted")
GROUND = Tint("ground")


def stroke_of(role: str) -> Tint:
    """The line colour of a role."""
    return Tint(f"{role}.stroke")


def fill_of(role: str, thin: float = 0.0) -> Tint:
    """The fill colour of a role, `thin` of the way to the ground."""
    return Tint(f"{role}.fill", "ground", thin) if thin else Tint(f"{role}.fill")


@record(frozen=True, slots=True)
class Run:
    """A piece of text in one font at one baseline."""

    x: float
    y: float
    text: str
    font: Font
    size: float
    anchor: Anchor = "start"
    tint: Tint = INK


@record(frozen=True, slots=True)
class Label:
    """Text as a person says it (``h_1^(0)``) and as runs stand on the page.

    `means` is the English of a label in another language, `claims` what it
    asserts of the model.
    """

    text: str
    runs: tuple[Run, ...]
    means: str = ""
    claims: tuple[Claim, ...] = ()

    @property
    def english(self) -> str:
        """The text in English: what is claimed, in whatever language."""
        return self.means or self.text


@record(frozen=True, slots=True)
class Node:
    """A box that stands for a tensor, a module or an operation.

    `fill` and `stroke` default to the role's; `line` is the stroke's width.
    """

    id: str
    role: Role
    box: Box
    label: Label | None = None
    tensor: str | None = None
    shape: tuple[int, ...] | None = None
    outline: Outline = "rect"
    line: float = 1.0
    fill: Tint | None = None
    stroke: Tint | None = None
    radius: float = ROUND
    hollow: bool = False
    """Draw no fill (what lies below, a hatch for example, shows)."""


@record(frozen=True, slots=True)
class Edge:
    """A directed line from one node's border to another's.

    `route` holds the corners, tail to tip, and `radius` rounds them. `cuts`
    are stretches (distance from the tail, from and to, pt) left open where
    another line passes over. `double` is the line of c, `dashed` with a
    `hollow` head the reverse direction. `line` is the stroke's width (of
    each of the two lines where it is double).
    """

    id: str
    source: str
    target: str
    role: Role
    route: tuple[Point, ...]
    tensor: str | None = None
    shape: tuple[int, ...] | None = None
    line: float = 1.5
    double: bool = False
    dashed: bool = False
    head: Literal["filled", "hollow", "none"] = "filled"
    radius: float = 4.0
    cuts: tuple[tuple[float, float], ...] = ()
    stroke: Tint | None = None


@record(frozen=True, slots=True)
class Frame:
    """A region that means membership: the states that make up a tensor.

    `members` are node ids. `doors` are openings in the border, as (x, y, half
    length) on it, through which lines of other states pass.
    """

    id: str
    role: Role
    box: Box
    tensor: str | None = None
    shape: tuple[int, ...] | None = None
    members: tuple[str, ...] = ()
    line: float = 1.0
    double: bool = False
    fill: Tint | None = None
    stroke: Tint | None = None
    doors: tuple[tuple[float, float, float], ...] = ()
    radius: float = 0.0


@record(frozen=True, slots=True)
class Text:
    """A label that belongs to no node; `at` is the box that it says something of: it stands in or by it."""

    label: Label
    role: Role = "note"
    id: str | None = None
    tensor: str | None = None
    shape: tuple[int, ...] | None = None
    at: Box | None = None


def sentences_on(texts: Iterable[Text]) -> Iterator[Sentence]:
    """Yield the sentences on texts."""
    return sentences(one for text in texts for one in text.label.claims)


@record(frozen=True, slots=True)
class Polygon:
    """A painted form without an identity of its own: a band, a face, a brace.

    Corners in order; `closed` or an open line; `radius` rounds the corners.
    An ellipse is four points on its box with ``ellipse=True``. `z` orders forms
    among themselves and against frames (which stand at 10).
    """

    points: tuple[Point, ...]
    role: Role = "note"
    closed: bool = True
    fill: Tint | None = None
    stroke: Tint | None = None
    line: float = 1.0
    radius: float = 0.0
    dash: tuple[float, float] | None = None
    ellipse: bool = False
    head: float = 0.0
    """Length of a filled arrow head at the last point of an open line."""
    z: int = 20
