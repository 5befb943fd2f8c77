"""Where the loops of a rolled cell run, and how much room they take."""

from __future__ import annotations

from dataclasses import dataclass

from lstmviz.figures.chain import own_rows, ports
from lstmviz.figures.chain.plan import chip_wide
from lstmviz.figures.shared import parts
from lstmviz.figures.shared.formulas import mixed
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.network.recurrence import OwnLoop, StateVariable
from lstmviz.scene import ids
from lstmviz.scene.items import Node, Point
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import message

HALF, HIGH = 18.0, 42.0
"""Half the width of the cell, and its height, pt."""
REACH, WIDE, RISE = 50.0, 76.0, 22.0
"""How far a loop runs from the cell's middle sideways, alone on a wide page, and from its edge up, pt."""
WIDER, HIGHER = 9.0, 15.0
"""How much further each loop runs around another one, pt."""
PAD = 2.0
"""Free at both ends of a loop's words, pt."""
STUB, BEND = 14.0, 9.0
"""From a loop to the chip beside it; the radius with which it leaves its line, and comes back into it, pt."""
APART = 22.0
"""From a loop to what is read, or given, beyond it, pt."""
ASIDE = 13.0
"""What lines that step aside need beyond the loops, pt."""
HEAD = 5.5
"""The length of an arrow head, pt."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Where one direction's rolled cell stands; `way` is −1 where time runs to the left."""

    part: DrawnLayer
    lane: str
    at: Point
    chip: float
    rows: tuple[float, float]
    """How far above and below the cell's middle h_t and x_t stand."""
    given: Node | None = None
    """What it reads, where that stands beside it and both directions read it."""

    @property
    def way(self) -> int:
        """1 for forward, −1 for reverse."""
        return 1 if self.lane == "fwd" else -1

    def x(self, along: float) -> float:
        """The place `along` pt from the cell's middle in the direction of time."""
        return self.at[0] + self.way * along

    def id(self, name: str) -> str:
        """An id: with the direction where there are two."""
        return ids.at(name, way=self.lane if self.part.layer.bidirectional else "", prefix=self.part.prefix)

    @property
    def cell(self) -> str:
        """The id of the cell."""
        return ids.cell(self.part.depth, self.lane, prefix=self.part.prefix)

    @property
    def high(self) -> float:
        """The height of the cell."""
        return ports.high(self.part.layer, HIGH)

    @property
    def reach(self) -> float:
        """How far the outermost loop runs sideways."""
        return max(way.reach for way in ways(self.part))

    @property
    def half(self) -> float:
        """Half the width of the whole drawing."""
        return self.reach + STUB + self.chip


@dataclass(frozen=True, slots=True)
class Way:
    """The way back of one state: at which side of the cell it runs (−1: over it), and how far out."""

    state: StateVariable
    dy: float
    side: int
    reach: float
    far: float


def _aside(part: DrawnLayer, side: int) -> float:
    """How far what a loop over (−1) or under the cell crosses stands off the cell's middle, pt."""
    if not isinstance(part.layer, OwnLoop):
        return parts.CLEAR
    xs = own_rows.risers(part, 0.0, above=side < 0, rolled=True)
    return max(map(abs, xs), default=0.0) + parts.CLEAR


def word(lane: str) -> TextLine:
    """What a loop says of where it leads, in time."""
    return mixed(message("chain.delay" if lane == "fwd" else "chain.delay-back"))


def reach(part: DrawnLayer) -> float:
    """How far a loop runs sideways at least, pt."""
    return REACH if part.narrow or part.layer.bidirectional else WIDE


def inner(part: DrawnLayer) -> float:
    """How far the innermost loop runs sideways: its words and a head beside all it crosses, pt."""
    wide = max(word(lane).width for lane in part.layer.ways) + 2 * PAD
    return max(reach(part), max(_aside(part, side) for side in (-1, 1)) + HEAD + wide + BEND)


def ways(part: DrawnLayer) -> list[Way]:
    """The states' ways back: half of them over the cell, half under it, one around the other."""
    found = ports.ports(part.layer)
    first, over, edge = inner(part), len(found) // 2, ports.high(part.layer, HIGH) / 2 + RISE
    made = []
    for place, (state, dy) in enumerate(found):
        around = over - 1 - place if place < over else place - over
        side = -1 if place < over else 1
        made.append(Way(state, dy, side, first + WIDER * around, side * (edge + HIGHER * around)))
    return made


def loop(part: DrawnLayer, lane: str, at: Point, rows: tuple[float, float] = (0.0, 0.0)) -> Loop:
    """A rolled cell with its middle at a point; what it reads and gives stands beyond its loops."""
    far = [way.far for way in ways(part)]
    up, down = (ASIDE * (len(own_rows.risers(part, 0.0, above=up, rolled=True)) > 1) for up in (True, False))
    least = (min(-62.0, *(f - APART for f in far)) - up, max(61.0, *(f + APART for f in far)) + down)
    return Loop(part, lane, at, chip_wide(part), (min(rows[0], least[0]), max(rows[1], least[1])))
