"""First states that are made from last ones: a box of what is done, lines into it, and one out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from lstmviz.figures.shared.calls import class_of
from lstmviz.network.decoders import in_turn
from lstmviz.network.structure import Trace
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Box, Point, Role
from lstmviz.scene.labels import TextLine, words
from lstmviz.translation.messages import message, user_text

ROW, HIGH, LEAD = 28.0, 17.0, 7.0
"""From one box to the next under it, its height, and how far over it lines come that enter from above, pt."""


@dataclass(frozen=True, slots=True)
class StateTransfer:
    """A state that is handed over: from which node, to which, h or c, and its role.

    With `through`, the stages that make it, it is not that state itself.
    """

    source: str
    target: str
    letter: str
    role: Role
    through: tuple[str, ...] = ()

    @property
    def level(self) -> bool:
        """Whether both ends are of one layer and letter: side by side they stand at one height."""
        ends = ids.read(self.source), ids.read(self.target)
        return len({(end.layer, end.base[0]) for end in ends}) == 1 and not self.through

    @property
    def way(self) -> str:
        """From which side to which: ``rl`` ends the encoder at the right and begins the decoder left.

        A reverse direction ends at the left, at the first step, and begins at the right.
        """
        return ("l" if _reverse(self.source) else "r") + ("r" if _reverse(self.target) else "l")

    @property
    def box(self) -> str:
        """The id of the box of what makes it."""
        return ids.made(self.through[-1], self.target)


def _reverse(name: str) -> bool:
    return ids.read(name).way == ids.BACKWARD


def made(ends: Iterable[StateTransfer]) -> dict[str, list[StateTransfer]]:
    """What is made through stages, by what it becomes, in the order of the lines."""
    found: dict[str, list[StateTransfer]] = {}
    for one in ends:
        if one.through:
            found.setdefault(one.target, []).append(one)
    return found


def ways(ends: Sequence[StateTransfer]) -> Counter[str]:
    """How many lanes there are for each way round; lines through a box take one at each of their ends."""
    found = Counter(one.way for one in ends if not one.through)
    groups = made(ends).values()
    into = Counter(one.way[0] for group in groups for one in group)
    out = Counter(group[0].way[1] for group in groups)
    return found + Counter({"rl": max(into["r"], out["l"]), "ll": into["l"], "rr": out["r"]})


def way_of(trace: Trace, through: Collection[str], *, short: bool = False) -> dict[str, Any]:
    """The facts of what is done on the way, in its order; in `short` without calls that have no weights."""
    turns = in_turn(trace, through)
    names = [", ".join(map(class_of, turn)) for turn in turns]
    if short:
        quiet = [not any(stage.parameters for stage in turn) for turn in turns]
        names = [
            name for name, _ in groupby("…" if no else name for no, name in zip(quiet, names, strict=True))
        ]
    return {"names": user_text(" → ".join(names)), "stages": tuple(through)}


def called(trace: Trace, through: Collection[str], room: float, size: float = 7) -> TextLine:
    """What is done on the way, in its order; an ellipsis for calls without weights if it is too long."""
    lines = [
        words(message("loop.through", **way_of(trace, through, short=short)), size) for short in (False, True)
    ]
    return lines[lines[0].width > room]


@dataclass(frozen=True, slots=True)
class Boxes:
    """Where boxes stand between an encoder and the decoder under it, and the lanes beside them.

    `lane` pt from one lane to the next; `out` where the first lanes of the encoder are, left and right,
    `into` those of the decoder; `taken` so many lanes of each way are other lines'.
    """

    middle: float
    top: float
    lane: float
    out: tuple[float, float]
    into: tuple[float, float]
    taken: Counter[str]

    def drawn(
        self, canvas: Canvas, trace: Trace, ends: Sequence[StateTransfer], room: float, size: float
    ) -> Iterator[tuple[StateTransfer, list[Point]]]:
        """Draw the boxes; yield the lines to and from them, for what is lowest the inmost at the encoder."""
        out = Counter({"l": self.taken["ll"], "r": self.taken["rl"]})
        into = Counter({"l": self.taken["rl"], "r": self.taken["rr"]})
        boxes = {node.id: node.box for node in canvas.nodes}
        for row, (target, group) in enumerate(made(ends).items()):
            y, side = self.top + ROW * row + LEAD + HIGH / 2, group[0].way[1]
            box = self._box(canvas, trace, group[0], called(trace, group[0].through, room, size), y)
            for one in group:
                at = one.way[0]
                x = self.out[0] - self.lane * out[at] if at == "l" else self.out[1] + self.lane * out[at]
                high = box[1] - LEAD if at == side else y
                last = [(self.middle, high), (self.middle, box[1])] if at == side else [(_edge(box, at), y)]
                start = _end(boxes[one.source], at)
                out[at] += 1
                base = ids.read(one.source).base[0]
                role: Role = "cell" if base == "c" else "hidden"
                line = replace(one, target=one.box, letter=base, role=role)
                yield line, [start, (x, start[1]), (x, high), *last]
            x, stop = self.into[side == "r"] + self.lane * into[side], _end(boxes[target], side)
            into[side] += 1
            route = [(_edge(box, side), y), (x, y), (x, stop[1]), stop]
            yield replace(group[0], source=group[0].box), route

    def _box(self, canvas: Canvas, trace: Trace, one: StateTransfer, line: TextLine, y: float) -> Box:
        """Draw what makes a state."""
        wide = line.width / 2 + 6
        box = (self.middle - wide, y - HIGH / 2, self.middle + wide, y + HIGH / 2)
        weighed = any(stage.parameters for turn in in_turn(trace, one.through) for stage in turn)
        canvas.node(one.box, "param" if weighed else "op", box, line, outline="round", line=1.25)
        return box


def _edge(box: Box, side: str) -> float:
    return box[0] if side == "l" else box[2]


def _end(box: Box, side: str) -> Point:
    return _edge(box, side), (box[1] + box[3]) / 2
