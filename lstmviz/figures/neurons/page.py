"""Where everything of a recurrent network stands, unit by unit: numbers, no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lstmviz.figures.base import Options
from lstmviz.figures.neurons.draw import Units
from lstmviz.figures.neurons.measures import NeuronSizes
from lstmviz.figures.neurons.plan import Chain, Row, shown_units
from lstmviz.figures.shared.sentences import about
from lstmviz.network.structure import Recurrent, Stage
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Point, Role
from lstmviz.translation.messages import Message

BEAD = 4.8
"""The radius of a unit's c, pt."""
ARROW, LONG = 9.5, 15.5
"""From a unit's c up to its h; where names of another layer stand between the two, pt."""
SKIPPED = 50.0
"""From a layer up to what stands for those left out, pt."""
RIM = 3.2
"""From units to the body that holds them, and within a unit of an LSTM from its c to its foot, pt."""
APART = 1.3
"""How much further apart units of a head stand than those of a layer, which one body holds."""
JOINED = 13.0
"""From the units of the step before up to the dot that their lines meet in, pt."""
ZEROS = 57.0
"""The width of the name of an initial h and of the word that it is zeros, pt."""
NAMED = 16.0
"""On a narrow page, from the last units to the final states, whose names end with them, pt."""
CHIP = 9.0
"""The side of an initial or final state that is one box, pt."""


@dataclass(frozen=True, slots=True)
class NeuronsDrawing:
    """Everything that the parts of the figure draw from and on.

    `steps` are the steps drawn, from 1; None stands where steps are left out
    (last of all, if only the first ones are drawn). `start` is the left edge of
    what the first step reads; y = 0 is the middle of the input's row.
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
        return (max(map(len, rows)) - 1) / 2 * self.m.pitch + self.m.r + RIM

    @property
    def kept(self) -> float:
        """Half the width of the units of the step before."""
        return (len(self.units) - 1) / 2 * self.m.close + self.m.kept + 2.5

    @property
    def pad(self) -> float:
        """From a body to the edge of its card."""
        return 2.5 if self.narrow else 4.0

    @property
    def name_room(self) -> float:
        """From a body to the right edge of its card: the name of the weights below stands there."""
        return self.m.named + (3.0 if self.layer.num_layers > 1 and not self.narrow else 0.0)

    @property
    def entry(self) -> float:
        """From the left edge of what a step reads of the one before to its units' body."""
        under = 0.0 if self.narrow or not self.layer.begins_with_zeros else ZEROS / 2
        return self.kept + self.m.aside + max(self.kept, under)

    @property
    def depths(self) -> tuple[int, ...]:
        """The layers drawn: all of up to three (with c: two), else the lowest and the highest."""
        depth = self.layer.num_layers
        most = 2 if self.layer.has_cell_state and self.options.detail != "full" else 3
        return tuple(range(depth)) if depth <= most or self.options.whole else (0, depth - 1)

    @property
    def columns(self) -> list[tuple[int, float]]:
        """The drawn steps and the middles of their units."""
        x, found = self.start, list[tuple[int, float]]()
        for step in self.steps:
            if step is None:
                x += self.m.dots
                continue
            found.append((step, x + self.entry + self.half))
            x += self.entry + 2 * self.half + self.name_room - self.pad + self.m.next
        return found

    @property
    def end(self) -> float:
        """The left edge of the final states."""
        x = self.columns[-1][1] + self.half + self.name_room - self.pad + self.m.next - 4.0
        x += self.m.dots if self.steps[-1] is None else 0.0
        return max(x, self.columns[-1][1] + self.half + NAMED) if self.narrow else x

    def before(self, step: int) -> int | None:
        """The drawn step before another; None before the first."""
        numbers = [t for t, _ in self.columns]
        return numbers[numbers.index(step) - 1] if step != numbers[0] else None

    def aside(self, step: int) -> float:
        """The middle of the units of the step before, as a step reads them."""
        return dict(self.columns)[step] - self.half - self.m.aside - self.kept

    def middle(self, depth: int) -> float:
        """The y of a layer's units: of their h."""
        return self.foot(depth) - self.reach

    @property
    def reach(self) -> float:
        """From the middle of a unit's h down to where what it reads arrives: of an LSTM's, past its c."""
        return self.to_c + BEAD + RIM if self.layer.has_cell_state else self.m.r

    @property
    def to_c(self) -> float:
        """From the h of an LSTM's unit down to its c."""
        return self.m.r + (ARROW if self.layer.num_layers == 1 else LONG) + BEAD

    def foot(self, depth: int) -> float:
        """Where what a layer reads arrives."""
        return self.level(depth) - self.m.r - self.m.rise

    def level(self, depth: int) -> float:
        """The y of the row that a layer reads, with the units of the step before at its left."""
        at = self.depths.index(depth)
        if at == 0:
            return 0.0
        below = self.depths[at - 1]
        return self.middle(below) - (0.0 if depth == below + 1 else SKIPPED)

    def top(self, depth: int) -> float:
        """The upper end of a layer's units."""
        return self.middle(depth) - self.m.r

    def y_of(self, depth: int, base: str) -> float:
        """The y of a layer's h or c."""
        return self.middle(depth) + (self.to_c if base == "c" else 0.0)

    def center(self, depth: int) -> float:
        """The middle of a layer's units, with their c."""
        return (self.top(depth) + self.foot(depth)) / 2

    def row(self, depth: int, step: int) -> Units:
        """The units of a layer at a step."""
        at = (dict(self.columns)[step], self.middle(depth))
        return Units(self.unit_id(depth, step), "hidden", self.units, at, self.m.pitch, self.m.r)

    def read(self, depth: int, step: int) -> Units:
        """The units of the step before, as a layer reads them at a step."""
        first, at = self.before(step) is None, (self.aside(step), self.level(depth))
        prefix = self.state_id("h_0", depth) if first else self.unit_id(depth, step - 1)
        end = "" if first else "out"
        return Units(prefix, "hidden", self.units, at, self.m.close, self.m.kept, end)

    @property
    def joined(self) -> bool:
        """Whether the lines from the units of the step before meet in a dot on their way."""
        return len(self.units) > 1

    def dot(self, depth: int, step: int) -> Point:
        """Where they do, over those units."""
        return (self.aside(step) + 0.4 * self.kept, self.level(depth) - self.m.kept - JOINED)

    def arriving(self, depth: int, step: int) -> dict[str, Point]:
        """Where what a layer reads arrives, by node id."""
        foot = self.foot(depth) if self.layer.has_cell_state else None
        return self.row(depth, step).foot(foot)

    def inputs(self, step: int) -> Units:
        """What reaches the layer at a step."""
        shown = shown_units(self.given.size, self.slots)
        at = (dict(self.columns)[step], 0.0)
        return Units(ids.at("x", step=step, prefix=self.prefix), "input", shown, at, self.m.pitch, self.m.r)

    def head(self, index: int, step: int) -> Units:
        """One row of the head at a step."""
        row = self.chain.rows[index]
        at = (dict(self.columns)[step], self.head_y(index))
        prefix, shown = ids.at(row.id, step=step, prefix=self.prefix), shown_units(row.size, self.slots)
        room = 2 * (self.half - self.m.r - RIM) / max(1, len(shown) - 1)
        pitch = max(self.m.pitch, min(APART * self.m.pitch, room))
        return Units(prefix, row.role, shown, at, pitch, self.m.r)

    def head_y(self, index: int) -> float:
        """The y of a row of the head."""
        first = self.top(self.depths[-1]) - self.m.rise - (0.0 if self.narrow else 8.0) - self.m.r
        return first - (index - 1) * (48 + 2 * self.m.r)

    @property
    def note(self) -> float:
        """The baseline of what is said about `output`, beside the drawing."""
        return self.top(self.depths[-1]) - 25.0

    def roof(self, step: int) -> float:
        """The highest y of a column: over its head, or over the layer where no head stands on this step."""
        rows, top = self.chain.rows, self.top(self.depths[-1]) - 5
        if not self.heads_at(step):
            return top - 8
        return self.head_y(len(rows) - 1) - self.m.r - 8 - (12.0 if rows[-1].size > 1 else 0.0)

    @property
    def floor(self) -> float:
        """The lowest y of a column."""
        return self.m.r + (38.0 if self.lead is not None else 6.0)

    def heads_at(self, step: int) -> bool:
        """Whether the head stands on this step."""
        return len(self.chain.rows) > 1 and (not self.chain.last or step == self.last_step)

    def unit_id(self, depth: int, step: int, base: str = "h") -> str:
        """What the ids of a layer's units at a step begin with: of their h, or of their c."""
        return ids.at(base, depth, "fwd", step, prefix=self.prefix)

    def state_id(self, name: str, depth: int) -> str:
        """What the ids of an initial or final state begin with."""
        return ids.at(name, depth, "fwd", prefix=self.prefix)

    @property
    def traced(self) -> int:
        """The unit of the lowest layer whose lines are pointed out; 0 of a single one."""
        numbers = [unit for unit in self.units if unit is not None]
        return numbers[(len(numbers) - 1) // 2] if len(numbers) > 1 else 0


def role_of(base: str) -> Role:
    """The role of h or c."""
    return "cell" if base == "c" else "hidden"
