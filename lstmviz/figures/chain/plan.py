"""Where the cells of an unrolled layer stand, and which steps are drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lstmviz.figures.chain import attention_room, ports
from lstmviz.figures.shared import claimed, parts
from lstmviz.figures.shared.parts import DrawnLayer
from lstmviz.layout.elide import shown_steps
from lstmviz.network.recurrence import OwnLoop, StateVariable
from lstmviz.network.structure import Recurrent
from lstmviz.scene import ids
from lstmviz.scene.items import Box, Point
from lstmviz.scene.labels import TextLine

OUT = 15.5
"""Half the height of the frame of `output`: an arrow's head has room between it and a state, pt."""
APART = 66.0
"""Distance of the two directions' lanes: a pair of chips with its tabs fits, pt."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the things of an unrolled layer stand, from x = 0, the middle lane at y = 0."""

    part: DrawnLayer
    steps: tuple[int, ...]
    columns: dict[int, float]
    gaps: tuple[float, ...]
    lanes: dict[str, Point]
    """Of each direction: how far its cells stand from the column, and its y."""
    cell: tuple[float, float]
    chip: float
    lead: float
    width: float
    beside: float = 0.0
    """Free room at the left of its first states, over them, pt."""
    apart: Point = (0.0, 0.0)
    """How much further than they need to be the upper row and the lower one are, pt."""

    @property
    def port(self) -> float:
        """How far from a cell's middle the outermost states enter and leave."""
        return self.ports()[-1][1]

    @property
    def band(self) -> Box:
        """What is painted behind the cells: it is the layer."""
        high = self.cell[1] / 2 + 11
        ys = [y for _, y in self.ways.values()]
        side = self.chip + 6
        layer = self.part.layer
        lane = attention_room.high(layer) if isinstance(layer, OwnLoop) and layer.shares else 0.0
        return (side, min(ys) - high, self.width - side, max(ys) + high + lane)

    @property
    def ys(self) -> tuple[float, float]:
        """The middles of the upper row (output) and of the lower row (input)."""
        up, down = self.apart
        return (self.band[1] - (OUT + 16.5 if self.part.top else 22.0) - up, self.band[3] + 29.0 + down)

    @property
    def ways(self) -> dict[str, Point]:
        """The lanes of all directions of the layer, also of one that is a loop of its own."""
        layer = self.part.layer
        return _both(layer, self.chip) if layer.two_ways else self.lanes

    def at(self, step: int, lane: str) -> Point:
        """The middle of a cell."""
        dx, y = self.ways[lane]
        return (self.columns[step] + dx, y)

    def cell_id(self, step: int, lane: str) -> str:
        """The id of a cell."""
        return ids.cell(self.part.depth, lane, step, prefix=self.part.prefix)

    def state_id(self, name: str, lane: str) -> str:
        """The id of an initial or final state: ``h_n.l0.fwd``."""
        return ids.at(name, self.part.depth, lane, prefix=self.part.prefix)

    def order(self, lane: str) -> tuple[int, ...]:
        """The steps in the order in which a direction goes through them."""
        return self.steps if lane == "fwd" else self.steps[::-1]

    def ports(self) -> list[tuple[StateVariable, float]]:
        """Each state, and how far below a cell's middle it passes."""
        return ports.ports(self.part.layer)


def plan(part: DrawnLayer, width: float, *, tight: bool = False, keep: Collection[int] = ()) -> Chain:
    """The widest choice of steps that fits; all of them with ``elide: never``.

    `tight` keeps the ends short, where another drawing or lanes stand beside it; the steps to `keep` are
    drawn in any case.
    """
    return together([part], width, tight=tight, keep=keep)[0]


def together(
    several: Sequence[DrawnLayer], width: float, *, tight: bool = False, keep: Collection[int] = ()
) -> list[Chain]:
    """The same for several that stand on each other: one column for each step of all."""
    steps = several[0].steps
    never = several[0].options.whole
    most = max(5, int(width / 80))
    for slots in (steps,) if never else range(most, 1, -1):
        chains, fits = _plan(several, width, shown_steps(steps, slots, keep=keep), tight=tight)
        if fits or never:
            break
    return chains


def _plan(
    several: Sequence[DrawnLayer], width: float, shown: list[int | None], *, tight: bool
) -> tuple[list[Chain], bool]:
    """The places for these steps, and whether they fit `width` pt."""
    two, close = any(part.layer.two_ways for part in several), tight or several[0].narrow
    chip = max(map(chip_wide, several))
    cell = 25.0 if two else 26.0 if several[0].narrow else 36.0
    wide = max(cell, *map(row_wide, several))
    lead = 6.0 if two and tight else 12.5 if two and close else 10.0 if close else 42.0 if two else 26.0
    reach = chip if two else max(wide, chip) / 2
    least, most = (2 * chip + 5, 82.0) if two else (max(chip, wide) + (11.0 if close else 16.0), 76.0)
    wider = 1.05 if two and tight else 1.2 if two else 1.25 if close else 1.5  # where steps are left out
    advances = [wider if b - a > 1 else 1.0 for a, b in _neighbours(shown)]
    lead += max(map(begun_wide, several))
    for layer in (part.layer for part in several):
        if isinstance(layer, OwnLoop) and layer.shares:
            lead = max(lead, attention_room.side(len(layer.constants)) - reach + 8.0)
            least = max(least, attention_room.room(cell, len(layer.constants)))
    most = max(most, least)
    ends = 2 * (chip + lead + reach)
    pitch = most if not advances else max(least, min(most, (width - ends) / sum(advances)))
    x, columns, gaps = chip + lead + reach, {}, list[float]()
    columns[1] = x
    for (a, b), advance in zip(_neighbours(shown), advances, strict=True):
        gaps += [x + pitch * advance / 2] if b - a > 1 else []
        x += pitch * advance
        columns[b] = x
    total = x + chip + lead + reach
    high = 34.0 if two else 42.0
    chains = [
        Chain(part, tuple(columns), columns, tuple(gaps), _lanes(part, chip),
              (cell, high if part.layer.bidirectional else ports.high(part.layer, high)), chip, lead, total)
        for part in several
    ]  # fmt: skip
    return chains, total <= width + 0.5


def _lanes(part: DrawnLayer, chip: float) -> dict[str, Point]:
    """Of each direction, how far its cells stand from the column, and its y."""
    if part.layer.bidirectional:
        return _both(part.layer, chip)
    (way,) = part.layer.ways
    return {way: _both(part.layer, chip)[way] if part.layer.two_ways else (0.0, 0.0)}


def _both(layer: Recurrent, chip: float) -> dict[str, Point]:
    """The same of the two directions of one layer: each has room for its states."""
    apart = APART + ports.APART * max(0, len(ports.ports(layer)) - 2)
    return {"fwd": (-chip / 2, apart / 2), "rev": (chip / 2, -apart / 2)}


def _neighbours(shown: list[int | None]) -> list[tuple[int, int]]:
    return list(pairwise([s for s in shown if s is not None]))


def chip_wide(part: DrawnLayer) -> float:
    """The width of a chip: room for the longest name and for its tab."""
    if isinstance(part.layer, OwnLoop):  # it has no places on the first axis of h_n
        names = [part.state(s.base, part.steps, part.layer.way).width + 6 for s in part.layer.states]
        return max(names + (widths(part, above=True) if part.layer.two_ways else []))
    last = max(part.state("h", part.steps, lane).width for lane in part.layer.ways)
    tabs = max(parts.index_tab_width(part.place("h_n", lane)) for lane in part.layer.ways)
    return max(last + 6, tabs + 0.6)


def widths(part: DrawnLayer, *, above: bool, rolled: bool = False) -> list[float]:
    """The widths of the chips of one step: of what it reads, or of what it gives (`above`), pt.

    What steps read in turns has one place. Of a loop that is `rolled` all stands there, and what every round
    reads all of as well.
    """
    layer = part.layer
    if not isinstance(layer, OwnLoop):
        return []
    if above:
        names = [[part.state(one.base, part.steps, layer.way)] for one in layer.given]
    else:
        places: dict[str, list[TextLine]] = {}
        for fed, (id_, base, index, _) in zip(layer.fed, ports.inputs(part, part.steps), strict=True):
            name = claimed.named_state(layer.name, base, index)
            places.setdefault(id_ if rolled else fed.turns or id_, []).append(name)
        names = [*places.values()]
    names += [[claimed.every(layer, one.base)] for one in layer.constants if rolled and not above]
    return [max(24.0, *(name.width + 6 for name in each)) for each in names]


def begun_wide(part: DrawnLayer) -> float:
    """What the chips of what all rounds read need beyond those of the initial states, pt."""
    if not isinstance(part.layer, OwnLoop) or not part.layer.constants:
        return 0.0
    return max(
        0.0, sum(claimed.every(part.layer, one.base).width + 12 for one in part.layer.constants) - 26.0
    )


def row_wide(part: DrawnLayer) -> float:
    """The width of the chips of one step side by side, pt; of one alone it does not matter."""
    rows = [widths(part, above=above) for above in (True, False)]
    return max(sum(row) + ports.GAP * (len(row) - 1) if row else 0.0 for row in rows)
