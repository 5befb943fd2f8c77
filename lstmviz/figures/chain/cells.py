"""The unrolled layer: a cell per time step, one lane per direction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lstmviz.figures.chain import layer_above as chain_over
from lstmviz.figures.chain import lines as chain_lines
from lstmviz.figures.chain import rows as chain_rows
from lstmviz.figures.grid.content import zeros
from lstmviz.figures.shared import parts
from lstmviz.figures.shared.legend import STEP
from lstmviz.figures.shared.steps import shown_steps
from lstmviz.scene import labels
from lstmviz.scene.items import GROUND, MUTED, fill_of

if TYPE_CHECKING:
    from lstmviz.figures.shared.parts import Part
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Box, Point, Role

APART = 66.0
"""Distance of the two directions' lanes: a pair of chips with its tabs fits, pt."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the things of an unrolled layer stand, from x = 0, the middle lane at y = 0."""

    part: Part
    steps: tuple[int, ...]
    columns: dict[int, float]
    gap: float | None
    lanes: dict[str, Point]
    """Of each direction: how far its cells stand from the column, and its y."""
    cell: tuple[float, float]
    chip: float
    lead: float
    width: float

    @property
    def port(self) -> float:
        """How far c enters and leaves above a cell's middle, and h below it."""
        return 9.0 if self.part.layer.has_cell_state else 0.0

    @property
    def band(self) -> Box:
        """What is painted behind the cells: it is the layer."""
        high = self.cell[1] / 2 + 11
        ys = [y for _, y in self.lanes.values()]
        side = self.chip + 6
        return (side, min(ys) - high, self.width - side, max(ys) + high)

    @property
    def ys(self) -> tuple[float, float]:
        """The middles of the upper row (output) and of the lower row (input)."""
        return (self.band[1] - (30.0 if self.part.top else 22.0), self.band[3] + 29.0)

    def at(self, step: int, lane: str) -> Point:
        """The middle of a cell."""
        dx, y = self.lanes[lane]
        return (self.columns[step] + dx, y)

    def cell_id(self, step: int, lane: str) -> str:
        """The id of a cell."""
        return f"{self.part.prefix}cell.l{self.part.depth}.{lane}.t{step}"

    def state_id(self, name: str, lane: str) -> str:
        """The id of an initial or final state: ``h_n.l0.fwd``."""
        return f"{self.part.prefix}{name}.l{self.part.depth}.{lane}"

    def order(self, lane: str) -> tuple[int, ...]:
        """The steps in the order in which a direction goes through them."""
        return self.steps if lane == "fwd" else self.steps[::-1]

    def ports(self) -> list[tuple[str, Role, float]]:
        """Each state with its role and how far below a cell's middle it passes."""
        dy = {"c": -self.port, "h": self.port}
        return [(base, role, dy[base]) for base, role in parts.states_of(self.part.layer)]


def plan(part: Part, width: float, *, tight: bool = False) -> Chain:
    """The widest choice of steps that fits; all of them with ``elide: never``.

    `tight` keeps the ends short, where another drawing or lanes stand beside it.
    """
    steps = part.steps
    never = part.options.elide == "never"
    most = max(5, int(width / 80))
    for slots in (steps,) if never else range(most, 1, -1):
        chain, fits = _plan(part, width, shown_steps(steps, slots), tight=tight)
        if fits or never:
            break
    return chain


def _plan(part: Part, width: float, shown: list[int | None], *, tight: bool) -> tuple[Chain, bool]:
    """The places for these steps, and whether they fit `width` pt."""
    two, close = part.layer.bidirectional, tight or part.narrow
    chip = chip_wide(part)
    cell = (25.0, 34.0) if two else (26.0 if part.narrow else 36.0, 42.0)
    lead = 6.0 if two and tight else 12.5 if close else 42.0 if two else 26.0
    reach = chip if two else max(cell[0], chip) / 2
    least, most = (2 * chip + 5, 82.0) if two else (max(chip, cell[0]) + (11.0 if close else 16.0), 76.0)
    wider = 1.1 if two and tight else 1.2 if two else 1.5  # where steps are left out
    advances = [wider if b - a > 1 else 1.0 for a, b in _neighbours(shown)]
    ends = 2 * (chip + lead + reach)
    pitch = most if not advances else max(least, min(most, (width - ends) / sum(advances)))
    x, columns, gap = chip + lead + reach, {}, None
    columns[1] = x
    for (a, b), advance in zip(_neighbours(shown), advances, strict=True):
        gap = x + pitch * advance / 2 if b - a > 1 else gap
        x += pitch * advance
        columns[b] = x
    dx, dy = (chip / 2, APART / 2) if two else (0.0, 0.0)
    lanes = {"fwd": (-dx, dy), "rev": (dx, -dy)} if two else {"fwd": (0.0, 0.0)}
    total = x + chip + lead + reach
    chain = Chain(part, tuple(columns), columns, gap, lanes, cell, chip, lead, total)
    return chain, total <= width + 0.5


def _neighbours(shown: list[int | None]) -> list[tuple[int, int]]:
    return list(pairwise([s for s in shown if s is not None]))


def chip_wide(part: Part) -> float:
    """The width of a chip: room for the longest name and for its tab."""
    last = max(part.state("h", part.steps, lane).width for lane in parts.lanes_of(part.layer))
    tabs = max(parts.tab_wide(f"h_n[{part.index(lane)}]") for lane in parts.lanes_of(part.layer))
    return max(last + 6, tabs + 0.6)


def draw(canvas: Canvas, chain: Chain, *, covered: bool = False, begun: bool = False) -> None:
    """The whole layer, step by step, with its input and its states.

    Where something stands on `output` it is `covered`: tabs leave its lines free.
    With `begun` the initial states of the layer over it are drawn as well.
    """
    canvas.box(chain.band, fill=fill_of("param", 0.72), radius=6.0, z=0, role="param")
    for step in chain.steps if chain.part.layer.bidirectional else ():  # both directions read the same x_t
        x, top, low = (
            chain.columns[step],
            chain_rows.frame_box(chain, "output"),
            chain_rows.frame_box(chain, "input"),
        )
        canvas.box((x - chain.chip, top[3], x + chain.chip, low[1]), fill=STEP, z=1)
    for lane in chain.lanes:
        _cells(canvas, chain, lane)
        for base, role, dy in chain.ports():
            _ends(canvas, chain, lane, (base, role, dy))
            chain_lines.time_lines(canvas, chain, lane, (base, role, dy))
        _lane_words(canvas, chain, lane)
    for step in chain.steps:
        chain_rows.below(canvas, chain, step)
        chain_rows.above(canvas, chain, step, covered=covered)
    chain_rows.frames(canvas, chain, covered=covered)
    if not chain.part.top:
        chain_over.over(canvas, chain, begun=begun)


def _cells(canvas: Canvas, chain: Chain, lane: str) -> None:
    w, h = chain.cell
    name = labels.words(chain.part.layer.type.upper(), 8 if w > 25 else 7)
    for step in chain.steps:
        x, y = chain.at(step, lane)
        box = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        canvas.node(chain.cell_id(step, lane), "param", box, outline="round", line=1.25)
        canvas.text(name, x, y - 1.5, "middle", role="param")
        arrow = parts.ARROWS[lane] if chain.part.layer.bidirectional else ""
        canvas.text(parts.theta(arrow=arrow), x, y + 11.5, "middle", role="param")


def _ends(canvas: Canvas, chain: Chain, lane: str, port: tuple[str, Role, float]) -> None:
    """The initial and the final state of a direction, one at each side."""
    base, role, dy = port
    part, y = chain.part, chain.lanes[lane][1] + dy
    left, right = chain.chip / 2, chain.width - chain.chip / 2
    first, last = (left, right) if lane == "fwd" else (right, left)
    for name, x, step in ((f"{base}_0", first, 0), (f"{base}_n", last, chain.order(lane)[-1])):
        label = part.state(base, step, lane)
        tensor = part.layer.tensor(name)
        more: dict[str, Any] = {"tensor": name, "shape": tensor.sizes, "wide": chain.chip}
        if step == 0 and zeros(part.layer):
            more["fill"] = GROUND  # zeros: an empty chip
        node = parts.chip(canvas, chain.state_id(name, lane), role, (x, y), label, **more)
        if name.endswith("n") or part.layer.num_layers * part.layer.directions > 1:
            parts.tab(canvas, f"{name}[{part.index(lane)}]", role, node.box, below=dy > 0)


def _lane_words(canvas: Canvas, chain: Chain, lane: str) -> None:
    """Say the direction of a lane where it starts, and that it starts from zeros."""
    y, part = chain.lanes[lane][1], chain.part
    tabs = parts.TAB if part.layer.num_layers * part.layer.directions > 1 else 0.0
    high = chain.port + parts.CHIP / 2
    x = chain.chip / 2 if lane == "fwd" else chain.width - chain.chip / 2
    if zeros(part.layer):
        zero = labels.words("zeros", 7, tint=MUTED)
        below = tabs if part.layer.has_cell_state else 0.0
        canvas.text(zero, x, y + high + below + 8.5, "middle")
    if part.layer.bidirectional:
        word = labels.words({"fwd": "forward", "rev": "reverse"}[lane], 7)
        canvas.text(word, x, y - high - tabs - 3.5, "middle")
