"""Where everything of a recurrent network stands, unit by unit: numbers, no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lstmviz.figures.neurons.draw import Units
from lstmviz.figures.neurons.plan import shown_units
from lstmviz.figures.shared.sentences import about
from lstmviz.scene import ids

if TYPE_CHECKING:
    from lstmviz.figures.base import Options
    from lstmviz.figures.neurons.measures import NeuronSizes
    from lstmviz.figures.neurons.plan import Chain, Row
    from lstmviz.network.structure import Recurrent, Stage
    from lstmviz.scene.canvas import Canvas
    from lstmviz.scene.items import Point, Role
    from lstmviz.translation.messages import Message

BETWEEN = 4.0
"""Between the cells of h and those of c, pt."""
TIP = 5.0
"""From the end of the lines of h to the body of the units that it feeds, pt."""
LOWEST = 36.0
"""The height of the lines out of the input on a narrow page, where nothing is named beside them, pt."""
NAMED = {(True, False): 33.0, (True, True): 34.0, (False, False): 9.0, (False, True): 14.0}
"""Between two layers, with c or not, the room for the names of both, on a wide page or a narrow one, pt."""
BEAD = 4.2
"""The radius of a unit's c, pt."""
BODY = 1.6
"""From a layer's units, each one with its c, to the edge of what holds them, pt."""


@dataclass(frozen=True, slots=True)
class NeuronsDrawing:
    """Everything that the parts of the figure draw from and on.

    `steps` are the steps drawn, from 1; None stands where steps are left out
    (last of all, if only the first ones are drawn). `start` is the x of the
    strips of the initial states; y = 0 is the middle of the input's row.
    """

    canvas: Canvas
    layer: Recurrent
    chain: Chain
    """The layer's h, and the rows of the head on it."""
    given: Row
    """What the layer reads at each step."""
    past: tuple[Stage, ...]
    """What the input went through before it reached the layer."""
    options: Options
    m: NeuronSizes
    steps: tuple[int | None, ...]
    start: float
    prefix: str
    narrow: bool
    last_step: int
    """The last step there is: T, or the longest sample's."""

    def tell(self, kind: str, **given: Any) -> Message:
        """A message about this layer."""
        return about(self.layer, f"neurons.{kind}", **given)

    @property
    def lead(self) -> Stage | None:
        """The embedding right before the layer, if there is one."""
        return self.past[-1] if self.past and self.past[-1].type == "embedding" else None

    @property
    def slots(self) -> int:
        """How many units of a row are drawn at most."""
        return 10**9 if self.options.whole else 3 if self.narrow else 4

    @property
    def units(self) -> tuple[int | None, ...]:
        """The units drawn of every layer."""
        return shown_units(self.layer.hidden_size, self.slots)

    @property
    def half(self) -> float:
        """From the middle of a column to the edge of its bodies."""
        rows = [self.units, shown_units(self.given.size, self.slots)]
        rows += [shown_units(row.size, self.slots) for row in self.chain.rows[1:]]
        return (max(map(len, rows)) - 1) / 2 * self.m.pitch + self.m.r + self.m.rim

    @property
    def after(self) -> float:
        """From a body to the strip of what leaves it."""
        return 4.0 if self.narrow else 6.5

    @property
    def pad(self) -> float:
        """From a body to the edge of its card."""
        return 1.5 if self.narrow else 3.0

    @property
    def entry(self) -> float:
        """From the left edge of a strip to the body that it feeds."""
        return self.m.strip + self.m.fan + self.m.port + TIP

    @property
    def depths(self) -> tuple[int, ...]:
        """The layers drawn: all of up to three (with c: two), else the lowest and the highest."""
        depth = self.layer.num_layers
        most = 2 if self.layer.has_cell_state and self.options.detail != "full" else 3
        return tuple(range(depth)) if depth <= most or self.options.whole else (0, depth - 1)

    @property
    def columns(self) -> list[tuple[int, float]]:
        """The drawn steps and the middles of their columns."""
        x, found = self.start, list[tuple[int, float]]()
        for step in self.steps:
            if step is None:
                x += self.m.dots
                continue
            found.append((step, x + self.entry + self.half))
            x += self.entry + 2 * self.half + self.after
        return found

    @property
    def end(self) -> float:
        """The left edge of the strips of the final states."""
        x = self.columns[-1][1] + self.half + self.after + 1
        return x + self.m.dots if self.steps[-1] is None else x

    def strip(self, step: int) -> float:
        """The left edge of the strip whose h a step reads."""
        return dict(self.columns)[step] - self.half - self.entry

    def before(self, step: int) -> int | None:
        """The drawn step before another; None before the first."""
        numbers = [t for t, _ in self.columns]
        return numbers[numbers.index(step) - 1] if step != numbers[0] else None

    @property
    def gap(self) -> tuple[int, float] | None:
        """The drawn step before the left-out ones, and the x of their dots."""
        if None not in self.steps:
            return None
        step = self.steps[self.steps.index(None) - 1]
        assert step is not None
        x = dict(self.columns)[step] + self.half + self.after + self.m.dots / 2
        return (step, x + (3.0 if self.steps[-1] is None else 0.0))

    @property
    def tall(self) -> float:
        """Half the height of a layer's strip of h."""
        return max(len(self.units) * self.m.lane / 2, self.m.r + 3.0)

    def middle(self, depth: int) -> float:
        """The y of a layer's units."""
        y = -self.m.r + 1
        for before, here in zip((None, *self.depths), self.depths, strict=False):
            skipped = before is not None and here > before + 1
            y -= (
                (LOWEST if self.narrow and before is None else self.m.rise)
                + (0 if self.layer.has_cell_state or self.narrow else 26 if self.layer.dropout else 20)
                + (8 if skipped else 0)
                + (0 if before is None else NAMED[self.layer.has_cell_state, self.narrow])
                + self.m.r
            )
            if here == depth:
                return y
            y -= self.above
        raise KeyError(depth)

    def top(self, depth: int) -> float:
        """Where the h of a layer's units leaves upward: of an LSTM's, past their c."""
        return self.middle(depth) - self.above

    @property
    def above(self) -> float:
        """From the middle of h in a layer's units to their upper ends."""
        if not self.layer.has_cell_state:
            return self.m.r
        return self.to_c + max(len(self.units) * self.m.lane / 2, BEAD + 3)

    @property
    def to_c(self) -> float:
        """From the h of an LSTM's units up to their c."""
        return self.tall + BETWEEN + len(self.units) * self.m.lane / 2

    def foot(self, depth: int) -> float:
        """The lower end of a layer's strip of h."""
        return self.middle(depth) + self.tall

    def center(self, depth: int) -> float:
        """The middle of a layer: of h, or between c and h."""
        return self.middle(depth) - (self.to_c / 2 if self.layer.has_cell_state else 0.0)

    def units_at(self, depth: int, base: str) -> float:
        """The y of the h, or of the c over it, of a layer's units."""
        return self.middle(depth) - (0 if base == "h" else self.to_c)

    def upper(self, depth: int, base: str) -> float:
        """The upper edge of a layer's strip of h or c."""
        return self.units_at(depth, base) - self.m.lane * len(self.units) / 2

    def lower(self, depth: int, base: str) -> float:
        """The lower edge of a layer's strip of h or c."""
        return self.units_at(depth, base) + self.m.lane * len(self.units) / 2

    def cell(self, depth: int, slot: int, base: str) -> float:
        """The middle of one cell of a layer's strip of h or c; unit 1 is the highest."""
        return self.upper(depth, base) + self.m.lane * (slot + 0.5)

    def row(self, depth: int, step: int) -> Units:
        """The units of a layer at a step."""
        at = (dict(self.columns)[step], self.middle(depth))
        stem = (self.stem, self.top(depth)) if self.layer.has_cell_state else None
        return Units(self.unit_id(depth, step), "hidden", self.units, at, self.m.pitch, self.m.r, stem)

    @property
    def stem(self) -> float:
        """How far to the right of an LSTM's unit its h goes up, beside its c."""
        return self.m.r / 2 + 0.7

    @property
    def bead(self) -> float:
        """How far to the left of an LSTM's unit its c stands."""
        return self.m.r - BEAD - 0.2

    def arriving(self, depth: int, step: int) -> dict[str, Point]:
        """Where what a layer reads arrives from below, by node id."""
        lstm = self.layer.has_cell_state
        return self.row(depth, step).foot(self.middle(depth) + self.m.r if lstm else None)

    def inputs(self, step: int) -> Units:
        """What reaches the layer at a step."""
        shown = shown_units(self.given.size, self.slots)
        at = (dict(self.columns)[step], 0.0)
        return Units(ids.at("x", step=step, prefix=self.prefix), "input", shown, at, self.m.pitch, self.m.r)

    def head(self, index: int, step: int) -> Units:
        """One row of the head at a step."""
        row = self.chain.rows[index]
        at = (dict(self.columns)[step], self.head_y(index))
        prefix = ids.at(row.id, step=step, prefix=self.prefix)
        return Units(prefix, row.role, shown_units(row.size, self.slots), at, self.m.pitch, self.m.r)

    def head_y(self, index: int) -> float:
        """The y of a row of the head."""
        narrow = 44 if self.layer.has_cell_state else 28  # over the layer's band with its name in it
        first = self.top(self.depths[-1]) - (narrow if self.narrow else 42) - self.m.r
        first = first if self.narrow else min(first, self.note - 52)
        return first - (index - 1) * (40 + 2 * self.m.r)

    @property
    def note(self) -> float:
        """The baseline of what is said about `output`, beside the drawing."""
        top = self.depths[-1]
        return min(self.top(top) + 2, self.center(top) - (46 if self.layer.has_cell_state else 37))

    def roof(self, step: int) -> float:
        """The highest y of a column: over its head, or over the layer where no head stands on this step."""
        rows, top = self.chain.rows, self.top(self.depths[-1]) - 5
        if not self.heads_at(step):
            return top - 8
        return self.head_y(len(rows) - 1) - self.m.r - 8 - (12.0 if rows[-1].size > 1 else 0.0)

    @property
    def floor(self) -> float:
        """The lowest y of a column."""
        return self.m.r + (38.0 if self.lead is not None else 4.0)

    def heads_at(self, step: int) -> bool:
        """Whether the head stands on this step."""
        return len(self.chain.rows) > 1 and (not self.chain.last or step == self.last_step)

    def unit_id(self, depth: int, step: int) -> str:
        """What the ids of a layer's units at a step begin with."""
        return ids.at("h", depth, "fwd", step, prefix=self.prefix)

    def cell_id(self, depth: int, step: int) -> str:
        """What the ids of the units' c at a step begin with."""
        return ids.at("c", depth, "fwd", step, prefix=self.prefix)

    def state_id(self, name: str, depth: int) -> str:
        """What the ids of an initial or final state's cells begin with."""
        return ids.at(name, depth, "fwd", prefix=self.prefix)

    @property
    def traced(self) -> int:
        """The unit of the lowest layer that is followed through time, on a wide page; else 0."""
        if self.narrow or len(self.columns) < 2:
            return 0
        numbers = [unit for unit in self.units if unit is not None]
        return numbers[(len(numbers) - 1) // 2]


def role_of(base: str) -> Role:
    """The role of h or c."""
    return "cell" if base == "c" else "hidden"
