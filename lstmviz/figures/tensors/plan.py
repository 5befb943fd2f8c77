"""Where the blocks of `tensors` stand: x = 0 is the module's middle, y = 0 its top."""

from __future__ import annotations

from dataclasses import dataclass

from lstmviz.figures.base import Options
from lstmviz.figures.shared.blocks import Block
from lstmviz.figures.shared.parts import states_of
from lstmviz.layout.elide import Shown, banded, shown
from lstmviz.network.structure import Recurrent
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Role

SLANT = 0.8
"""How steeply the depth of a block rises."""
DEEP = {"wide": (26.0, 15.0), "narrow": (20.0, 9.0)}
"""The most that output and the states go into the depth, pt."""

NAMED = 39.0
"""The room beside a state for the name of an axis, pt."""
CELLS = {"wide": (18.0, 40.0, 200.0), "narrow": (14.0, 24.0, 96.0)}
"""The least and the most width of a step in input and output, and the room of all of them, pt."""


@dataclass(frozen=True, slots=True)
class TensorsDrawing:
    """What is drawn, for whom, and on how much room."""

    canvas: Canvas
    layer: Recurrent
    options: Options
    narrow: bool
    half: float
    """Half of the width that may be used."""
    prefix: str
    never: bool

    @property
    def box(self) -> float:
        """Half the width of the module."""
        return 33.0 if self.narrow else 74.0

    @property
    def single(self) -> bool:
        """Whether there is one layer, which takes and gives all states itself."""
        return self.layer.num_layers == 1

    @property
    def joined(self) -> bool:
        """Whether h alone, without c, is parted for several layers and joined again."""
        return not self.single and len(self.bases) == 1

    @property
    def gap(self) -> float:
        """The length of the arrows to and from the states."""
        if self.single or len(self.bases) == 1:
            return 11.0 if self.narrow else 20.0
        return 18.0 if self.narrow else 24.0

    @property
    def bend(self) -> float:
        """How far before the module the arrows of h and c turn to each other, pt."""
        return 7.0 if self.narrow else 10.0

    @property
    def bases(self) -> tuple[tuple[str, Role], ...]:
        """The states from the top down: c above h."""
        return states_of(self.layer)

    @property
    def packed(self) -> bool:
        """Whether the padding of the batch is packed away around the module."""
        return self.layer.lengths is not None

    def depth(self, size: int, tensor: str) -> tuple[float, float]:
        """The depth of a block, in proportion to its last axis; all blocks share one scale."""
        wide, small = DEEP["narrow" if self.narrow else "wide"]
        largest = max(t.sizes[-1] for t in self.layer.tensors if t.name in {"input", "output"})
        states = max(t.sizes[-1] for t in self.layer.tensors if t.name[:2] in {"h_", "c_"})
        scale = min(wide / largest, small / states)
        if tensor in {"input", "output"}:
            scale = min(1.2 * scale, wide / largest)
        deep = max(2.0, size * scale)
        return (deep, deep * SLANT)

    @property
    def deep(self) -> float:
        """How far the deepest of the states goes back."""
        return max(
            self.depth(t.sizes[-1], t.name)[0] for t in self.layer.tensors if t.name[:2] in {"h_", "c_"}
        )

    @property
    def least(self) -> float:
        """The least width of one place on the first axis of the states."""
        return 8.0 if self.narrow else 10.0

    @property
    def room(self) -> float:
        """What the first axis of a state may take, with names of axes beside it."""
        named = max(self.deep + 12, 25) if self.narrow else self.deep + NAMED
        return self.half - self.box - self.gap - named

    @property
    def slab(self) -> float:
        """The width of one place on the first axis of the states."""
        count = len(self.slabs())
        usual = max(12.0, min(20.0, 32 / count)) if self.narrow else max(19.0, min(34.0, 60 / count))
        return max(self.least, min(usual, self.room / count))

    @property
    def spelled(self) -> bool:
        """Whether axes have their names at all blocks; else letters, and a key below says what they are."""
        return not self.narrow and self.slab * len(self.slabs()) <= self.room + 0.1

    @property
    def keyed(self) -> bool:
        """Whether a key says what the letters of the axes are."""
        return self.options.legend != "off" and self.options.shapes not in {"numbers", "off"}

    @property
    def beside(self) -> float:
        """The width from the module to the edge of the page: what the names of the states may take."""
        return self.half - self.box - self.clear

    @property
    def clear(self) -> float:
        """The room between those names and the module, pt."""
        return 4.0 if self.narrow else 9.0

    def rows(self) -> tuple[Shown, float]:
        """The samples drawn, and the height of one."""
        count = self.layer.batch_size or 1
        if self.layer.lengths is not None and count > 6 and not self.never:
            rows: Shown = banded({0, 1, 2, count - 1})
        else:
            rows = shown(count, count if self.never else 7)
        return rows, max(6.0, 22.0 / len(rows))

    def steps(self) -> Shown:
        """The steps drawn: of a packed batch the last of each sample that is drawn, if all have room."""
        least, _, room = CELLS["narrow" if self.narrow else "wide"]
        rows = [row for row in self.rows()[0] if row is not None]
        ends = {self.layer.lengths[row] - 1 for row in rows} if self.layer.lengths is not None else set()
        kept = banded({0, 1, self.layer.timesteps - 1, *ends} & {*range(self.layer.timesteps)})
        if ends and not self.never and len(kept) * least <= room:
            return kept
        most = self.layer.timesteps if self.never else (5 if self.narrow else 6)
        return shown(self.layer.timesteps, most, head=2 if self.narrow else 3)

    def slabs(self) -> Shown:
        """The places drawn on the first axis of the states."""
        count = self.layer.tensor("h_n").sizes[0]
        if self.never or count <= (4 if self.narrow else 6):
            return tuple(range(count))
        ways = self.layer.directions
        return banded({0, 1, *(() if self.narrow or ways > 1 else (2,)), *range(count - ways, count)})


def state_block(sheet: TensorsDrawing, name: str, at: tuple[float, float], slab: float) -> Block:
    """The block of h_0, c_0, h_n or c_n; empty where it is zeros."""
    rows, high = sheet.rows()
    role: Role = "cell" if name[0] == "c" else "hidden"
    depth = sheet.depth(sheet.layer.tensor(name).sizes[-1], name)
    pale = float(name.endswith("_0") and sheet.layer.begins_with_zeros)
    return Block(at, (slab, high), depth, sheet.slabs(), rows, role, double=name[0] == "c", pale=pale)


def sequence_block(sheet: TensorsDrawing, name: str, at: tuple[float, float]) -> Block:
    """The block of `input` or `output`, its front's upper left corner at `at`."""
    rows, high = sheet.rows()
    tensor, steps = sheet.layer.tensor(name), sheet.steps()
    least, most, room = CELLS["narrow" if sheet.narrow else "wide"]
    cell = (max(least, min(most, room / len(steps))), high)
    depth = sheet.depth(tensor.sizes[-1], name)
    if name == "input":
        return Block(at, cell, depth, steps, rows, "input")
    return Block(at, cell, depth, steps, rows, "hidden", parts=sheet.layer.directions, framed=True)


def place(sheet: TensorsDrawing, name: str) -> float:
    """The x of the front of `input` or `output`, so that the flow meets it in its middle."""
    return -sequence_block(sheet, name, (0, 0)).front[2] / 2


def ends(sheet: TensorsDrawing) -> list[int | None]:
    """For each drawn sample of a packed batch, the column after its last real step."""
    rows, steps = sheet.rows()[0], sheet.steps()
    lengths = sheet.layer.lengths
    if lengths is None:
        return [None] * len(rows)
    found: list[int | None] = []
    for row in rows:
        if row is None:
            found.append(None)
            continue
        known = [i for i, t in enumerate(steps) if t is not None and t < lengths[row]]
        found.append(known[-1] + 1)
    return found


def exact(sheet: TensorsDrawing, row: int | None) -> bool:
    """Whether the last real step of a sample is one of the steps drawn."""
    lengths = sheet.layer.lengths
    return lengths is not None and row is not None and lengths[row] - 1 in sheet.steps()
