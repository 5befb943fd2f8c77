"""A figure built up frame by frame: the same page each time, with the items of later steps left out.

When an item appears follows from the arrows. What is computed comes as soon as all that it reads is there,
and one frame later than itself at the step (or layer) before; what is given comes with the first that reads
it; an arrow comes with both its ends, words and forms with what they stand on. The last frame is the figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from lstmviz.scene import ids
from lstmviz.scene.geometry import bounds, inside
from lstmviz.scene.items import Box, Edge, Point
from lstmviz.scene.near import box_of, to_box, to_route
from lstmviz.scene.plot_frames import of_plots
from lstmviz.scene.scene import Scene

By = Literal["time", "layers", "gates"]
FRAMES: tuple[By, ...] = get_args(By)
NEAR, ALIKE = 2.5, 0.5
"""What is so near is stood on, and what differs by so little is as near, pt."""
OWN, NEXT, BESIDE, WORD = 2.1, 0.7, 6.0, 7.0
"""Words belong to the nearest item so many times their size off, to words so near, or to a row so far to
their right; size of forms, pt."""
FAR = 60.0
"""More than any words are from what they belong to, pt."""


def frames(scene: Scene, by: By) -> list[Scene]:
    """Return the frames of a scene, the last of them the scene itself; one, if nothing can be built up."""
    if by == "time" and scene.plots and not scene.nodes:
        return of_plots(scene)
    known = _levels(scene, by)
    levels, ends = Levels.of(scene, known), sorted(set(known.values()))
    return [*(_until(scene, levels, last) for last in ends[:-1]), scene]


def _levels(scene: Scene, by: By) -> dict[str, int]:
    """Return when each node appears."""
    into: dict[str, list[Edge]] = {node.id: [] for node in scene.nodes}
    for edge in scene.edges:
        if edge.target in into and edge.source in into:
            into[edge.target].append(edge)
    order = _ordered(into)
    gates = _gates(scene) if by == "gates" else []
    later = RULES.get(by)
    places = {name: gates.index(name) + 1 for name in gates} or _own(scene, by)
    levels: dict[str, int] = {}
    for name in order:
        own = places.get(name, 0)
        reads = [levels.get(edge.source, 0) + bool(later and later(edge.source, name)) for edge in into[name]]
        levels[name] = max([own, *reads])
    waiting = {name for name in order if (name not in gates if gates else not into[name])}
    # a layer's own comes with it, not with what stands on it; at a step, what is given with its reader
    return _with_readers(scene, levels, order, waiting, later if by == "layers" else None)


def _gates(scene: Scene) -> list[str]:
    """Return the gates of a cell from the left; of a bare one the layers that stand for them."""
    ordered = sorted(scene.nodes, key=lambda node: node.box[0])
    named = [[node.id for node in ordered if ids.kind(node.id) == one] for one in ("gate", "layer")]
    return named[0] or named[1]


def _own(scene: Scene, by: By) -> dict[str, int]:
    """Return which of its module's drawn layers each node is, from 0; or steps, from 1, if none runs back."""
    read = {node.id: ids.read(node.id) for node in scene.nodes}
    if by == "layers":
        found = {name: (one.prefix, one.layer) for name, one in read.items() if one.layer is not None}
    else:
        found = {name: (one.prefix, one.step) for name, one in read.items() if one.step is not None}
    if by == "gates" or (by == "time" and any(read[name].way == ids.BACKWARD for name in found)):
        return {}
    places, from_0 = set(found.values()), by == "layers"
    return {
        name: sum(one[0] == own[0] and one[1] <= own[1] for one in places) - from_0
        for name, own in found.items()
    }


def _ordered(into: Mapping[str, Sequence[Edge]]) -> list[str]:
    """Return the nodes, each after all that it reads; what stands in a loop in any order."""
    order: dict[str, None] = {}
    left = dict(into)
    while left:
        ready = [name for name, edges in left.items() if all(e.source in order for e in edges)] or [*left]
        order |= dict.fromkeys(ready)
        left = {name: edges for name, edges in left.items() if name not in order}
    return list(order)


def _with_readers(
    scene: Scene,
    levels: dict[str, int],
    order: Sequence[str],
    waiting: Collection[str],
    later: Callable[[str, str], bool] | None,
) -> dict[str, int]:
    """Let what waits for its readers appear with the first of them, or before one that comes `later`."""
    readers: dict[str, list[str]] = {}
    for edge in scene.edges:
        readers.setdefault(edge.source, []).append(edge.target)
    for name in reversed(order):
        if name in waiting and name in readers:
            first = min(levels.get(one, 0) - bool(later and later(name, one)) for one in readers[name])
            levels[name] = max(levels[name], first)
    return levels


def _next_step(one: str, other: str) -> bool:
    """Whether two nodes are the same thing at different steps."""
    here, there = ids.read(one), ids.read(other)
    return None not in {here.step, there.step} and here.step != there.step and _same(here) == _same(there)


def _same(one: ids.Id) -> ids.Id:
    """Return an item without what tells apart the same at other steps, its units and their two sides."""
    return replace(one, step=None, unit=None, end="" if one.end in {"in", "out"} else one.end)


def _next_layer(one: str, other: str) -> bool:
    """Whether two nodes belong to different layers, or the second to what stands on those of a module."""
    here, there = ids.read(one), ids.read(other)
    if there.layer is None:
        return there.base != "output" and (here.layer is not None or here.base == "output")
    return here.layer is not None and (here.prefix, here.layer) != (there.prefix, there.layer)


RULES: dict[By, Callable[[str, str], bool]] = {"time": _next_step, "layers": _next_layer}
"""Whether the second of two nodes comes a frame after the first, by what a figure is built up by."""


@dataclass(frozen=True, slots=True)
class Placed:
    """When something appears, and the lines or the box that it covers."""

    level: int
    box: Box
    route: tuple[Point, ...] = ()

    def far(self, box: Box) -> float:
        """Return how far a box is from it, pt; 0 where they meet."""
        around = to_box(self.box, box)
        return to_route(box, self.route) if self.route and around <= FAR else around


def _until(scene: Scene, levels: Levels, last: int) -> Scene:
    """Return the scene with what appears up to a level."""
    known = {node.id for node, level in zip(scene.nodes, levels.nodes, strict=True) if level <= last}
    regions = (frame for frame, level in zip(scene.frames, levels.frames, strict=True) if level <= last)
    return replace(
        scene,
        nodes=tuple(node for node in scene.nodes if node.id in known),
        edges=tuple(edge for edge in scene.edges if {edge.source, edge.target} <= known),
        frames=tuple(
            replace(frame, members=tuple(name for name in frame.members if name in known))
            for frame in regions
        ),
        texts=tuple(text for text, level in zip(scene.texts, levels.texts, strict=True) if level <= last),
        polygons=tuple(one for one, level in zip(scene.polygons, levels.forms, strict=True) if level <= last),
    )


@dataclass(frozen=True, slots=True)
class Levels:
    """When the items of a scene appear, each list in the scene's own order."""

    nodes: list[int]
    frames: list[int]
    texts: list[int]
    forms: list[int]

    @classmethod
    def of(cls, scene: Scene, known: Mapping[str, int]) -> Levels:
        """Return when all appears, given when the nodes do."""
        regions = [min([known[m] for m in frame.members if m in known] or [0]) for frame in scene.frames]
        near = [Placed(known[node.id], node.box) for node in scene.nodes]
        for edge in scene.edges:
            level = max(known.get(edge.source, 0), known.get(edge.target, 0))
            near.append(Placed(level, bounds(edge.route), edge.route))
        wide = [Placed(level, frame.box) for level, frame in zip(regions, scene.frames, strict=True)]
        boxes = [(bounds(form.points), WORD) for form in scene.polygons]
        boxes += [(text.at or box_of(text.label), text.label.runs[0].size) for text in scene.texts]
        rows = [Placed(known[node.id], node.box) for node in scene.nodes]
        told = _told(boxes, len(scene.polygons), near, wide, rows)
        forms, texts = told[: len(scene.polygons)], told[len(scene.polygons) :]
        return cls([known[node.id] for node in scene.nodes], regions, texts, forms)


def _told(
    boxes: Sequence[tuple[Box, float]], forms: int, near: list[Placed], wide: list[Placed], rows: list[Placed]
) -> list[int]:
    """Return when each form and word appears: with what it stands on, is in, is next to, or is in a row with.

    Each has a box and a size of type, the forms first; large ones are asked first, for others stand in them.
    """
    told: dict[int, int] = {}
    within: list[Placed] = []
    for at in sorted(range(len(boxes)), key=lambda at: -_area(boxes[at][0])):
        box, size = boxes[at]
        when = _owned(box, near, NEAR)
        inner = [one for one in within if inside(box, one.box)][-1:]  # the smallest form around it
        if when is None:
            outer = [one for one in wide if not (inner and inside(inner[0].box, one.box))]
            when = _owned(box, [*near, *outer], OWN * size)
        if when is None and inner:
            when = inner[0].level
        if when is not None:
            told[at] = when
            within += [Placed(when, box)] if at < forms else []
    settled = [Placed(level, boxes[at][0]) for at, level in told.items()]
    for at, (box, size) in enumerate(boxes):
        if at not in told:
            when = _owned(box, settled, NEXT * size)
            told[at] = _in_row(box, rows, BESIDE * size) if when is None else when
    return [told[at] for at in range(len(boxes))]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _in_row(box: Box, nodes: Sequence[Placed], most: float) -> int:
    """Return when the first node appears of the row that something stands beside; 0 if there is none."""
    middle = (box[1] + box[3]) / 2
    row = [one for one in nodes if one.box[1] <= middle <= one.box[3]]
    beside = row and min(one.box[0] for one in row) >= box[2] and min(one.far(box) for one in row) <= most
    return min(one.level for one in row) if beside else 0


def _owned(box: Box, placed: Sequence[Placed], most: float) -> int | None:
    """Return when that appears which a box stands on or next to; None if it stands by itself."""
    far = [one.far(box) for one in placed]
    least = min(far, default=math.inf)
    if least > most:
        return None
    return min(one.level for one, away in zip(placed, far, strict=True) if away <= least + ALIKE)
