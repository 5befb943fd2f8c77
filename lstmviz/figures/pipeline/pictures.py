"""A tensor of the pipeline as a block: N down, T right, the last axis away, merged axes in one line."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import sqrt

from lstmviz.figures.shared.blocks import AMONG_PALE, Block, Patch, hatch_padding, mark, paint
from lstmviz.figures.shared.claimed import stepped_in
from lstmviz.layout.elide import Shown, banded, shown, stretches
from lstmviz.network.structure import Tensor
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Point, Role, Tint, stroke_of
from lstmviz.scene.labels import TextLine, letters

MERGED = frozenset({"T·N", "N·T"})
_STEPS = re.compile(r"T[′₁-₉]?([-+−]\d+)?")
"""Letters of steps; ``3T`` is none: each of its cells is less than a step, or more."""
SLANT = 0.8
PALE = 0.62
"""How far a block's fill goes to the ground beside the step that is followed."""
FOLLOWED = 2
"""The step that is followed where all go on, counted from 0."""
SWATCH = 6.0
"""The side of the small square that stands for its shade, pt."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What all pictures of a figure have in common."""

    largest: int
    """The longest axis that goes into the depth."""
    upward: bool
    steps: int
    samples: int
    pixels: int = 1
    """The longest side of an image."""
    follow: bool = True
    """Whether one step is followed through the blocks: it is kept alone, or axes are put in another order."""
    step: int = FOLLOWED
    """Which one, counted from 0: the one that is kept, where only one is."""
    alone: bool = False
    """Whether that step alone is left."""
    never: bool = False
    """Whether nothing may be left out."""
    lengths: tuple[int, ...] = ()
    """The true lengths of a padded batch."""

    def depth(self, size: int) -> float:
        """How far an axis goes back, pt; one number needs no depth.

        In proportion to the size, or to its root where sizes differ much.
        """
        most = 20.0 if self.upward else 22.0
        if size <= 1:
            return 0.0
        if self.largest > 64:
            return max(2.0, most * sqrt(size / self.largest))
        return max(2.0, size * most / self.largest)


def step_label(step: int) -> TextLine:
    """What the step that is followed is called, counted from 0."""
    return stepped_in("", letters(f"t = {step + 1}", 8, tint=MUTED), step + 1, "t")


@dataclass(frozen=True, slots=True)
class Picture:
    """A block without a place, and which of its cells hold the step that is followed."""

    block: Block
    followed: tuple[Patch, ...] = ()
    groups: int = 0
    """So many cells of a merged axis belong together; 0 if none is merged."""
    merged: str = ""
    ends: tuple[int | None, ...] = ()
    """For each row the column where its padding begins."""
    step: int = FOLLOWED
    """The step that is followed, counted from 0."""

    @property
    def size(self) -> Point:
        """Width and height, pt."""
        x0, y0, x1, y1 = self.block.box
        return x1 - x0, y1 - y0

    def name_step(self, canvas: Canvas, block: Block, x: float, *, swatch: bool) -> None:
        """Name the step that is followed below a block in its place, around x; after a `swatch` of it."""
        label, y = step_label(self.step), block.front[3] + 9.5
        if swatch:
            x -= (SWATCH + 2.5 + label.width) / 2
            shade = Tint(f"{block.role}.fill", f"{block.role}.stroke", AMONG_PALE)
            canvas.box((x, y - SWATCH, x + SWATCH, y), role=block.role, fill=shade,
                       stroke=stroke_of(block.role), line=0.75)  # fmt: skip
            x += SWATCH + 2.5 + label.width / 2
        canvas.text(label, x, y, "middle", role="axis")

    def middle_of_step(self, block: Block) -> float:
        """The x of the middle of the step that is followed, in a block in its place."""
        first, last = self.followed[0].columns[0], self.followed[-1].columns[1]
        return block.front[0] + (first + last) / 2 * block.cell[0]

    def draw(self, canvas: Canvas, at: Point, *, upward: bool) -> Block:
        """Paint it where the flow passes through `at`; gives the block in its place."""
        block = self.block
        (x0, y0, x1, y1), (dx, dy) = block.front, block.depth
        if upward:
            block = block.moved(at[0] - (x0 + min(dx, x1 - x0) + x1) / 2, at[1] - (y1 + block.box[1]) / 2)
        else:
            block = block.moved(at[0] - (x0 + block.box[2]) / 2, at[1] - (y0 + max(y0 + 2, y1 - dy)) / 2)
        paint(canvas, block)
        hatch_padding(canvas, block, self.ends)
        for patch in self.followed:
            mark(canvas, block, patch, outlined=True)
        self._part(canvas, block)
        return block

    def _part(self, canvas: Canvas, block: Block) -> None:
        """Stronger lines between the groups of a merged axis."""
        solid, along = block.solid, len(block.columns) * len(block.rows)
        if not self.groups or None in (*block.columns, *block.rows):
            return
        for k in range(self.groups, along, self.groups):
            ends = [solid.front.point(k, 0), solid.front.point(k, 1)]
            if len(block.rows) > 1:
                ends = [solid.front.point(0, k), solid.front.point(1, k)]
            back = [solid.right.point(k, 0), solid.right.point(k, 1)]
            if len(block.rows) == 1:
                back = [solid.top.point(k, 0), solid.top.point(k, 1)]
            for line in (ends, back) if block.depth[0] else (ends,):
                canvas.line(line, stroke=stroke_of(block.role), line=1.25, role=block.role, z=7)


def scale_of(tensors: list[Tensor], *, upward: bool) -> Scale:
    """The scale on which all these tensors are drawn."""
    deep = [depth_of(t) for t in tensors]
    sizes = {s: n for t in tensors for s, n in zip(t.symbols, t.sizes, strict=True)}
    others = [_sorted_axes(t)[1] for t in tensors]
    pixels = max([n for rest in others if len(rest) == 3 for n in rest[1:]], default=1)
    return Scale(max([*deep, 1]), upward, sizes.get("T", 0), sizes.get("N", 0), pixels)


def way_of(letter: str) -> str:
    """Which way an axis runs in a block: ``down``, ``right`` or ``away``."""
    return "down" if letter == "N" else "right" if _STEPS.fullmatch(letter) else "away"


def _sorted_axes(tensor: Tensor) -> tuple[dict[str, int], list[int]]:
    """Return the axes of steps and samples by their letters, and the sizes of all others.

    Of two others one that has a letter is the last: it goes away in all blocks.
    """
    known: dict[str, int] = {}
    rest: list[tuple[str, int]] = []
    alone = [way_of(symbol) for symbol in tensor.symbols].count("right") == 1
    for symbol, size in zip(tensor.symbols, tensor.sizes, strict=True):
        if symbol in {"T", "T′", "N", *MERGED, "Σ lengths"}:
            known[symbol] = size
        elif alone and way_of(symbol) == "right":  # T−2
            known["T′"] = size
        elif "N" in symbol.split("·"):  # samples with something else
            known["N"] = size
        else:
            rest.append((symbol, size))
    if len(rest) == 2:
        rest.sort(key=lambda axis: not axis[0].isdigit())
    return known, [size for _, size in rest]


def depth_of(tensor: Tensor) -> int:
    """Return the size of the axis that goes back: channels, else the last of the others."""
    rest = _sorted_axes(tensor)[1]
    return rest[0] if len(rest) == 3 else rest[-1] if rest else 1


def picture_of(tensor: Tensor, role: Role, scale: Scale, *, framed: bool = False) -> Picture | None:
    """Return the picture of a tensor on the common scale; None if it has more axes than a block."""
    sizes, rest = _sorted_axes(tensor)
    merged = next((s for s in ("T·N", "N·T", "Σ lengths") if s in sizes), "")
    stepped = bool(merged) or bool({"T", "T′"} & sizes.keys())
    if len(rest) > (1 if stepped else 3):
        return None
    if len(rest) == 2:  # as in a sequence: the first of them to the right, the last away
        sizes["T′"] = rest[0]
    depth = scale.depth(depth_of(tensor))
    base = Block((0, 0), (12, 6), (depth, depth * SLANT), (0,), (0,), role, framed=framed, pale=PALE)
    if len(rest) == 3:
        return Picture(_image(base, rest[1:], scale))
    if merged:
        return _in_line(base, sizes[merged], merged, scale)
    steps, samples = sizes.get("T", sizes.get("T′", 1)), sizes.get("N", 1)
    columns, rows = (shown(n, n if scale.never else 6) for n in (steps, samples))
    across = columns if stepped or not scale.steps else shown(scale.steps, scale.steps if scale.never else 6)
    wide = max(10.0 if scale.upward else 11.0, (depth + 8) / len(across))  # one step alone as in a sequence
    high = max(6.0, (depth * SLANT + 8) / len(rows), 12 / len(rows))
    block = replace(base, cell=(wide, high), columns=columns, rows=rows)
    padded = {"T", "N"} <= sizes.keys() and bool(scale.lengths)
    ends = _ends(columns, rows, scale.lengths) if padded else ()
    whole = scale.alone and "N" in sizes and "T′" not in sizes
    if not scale.follow or not (scale.step in columns if "T" in sizes else whole):
        return Picture(replace(block, pale=0.3), ends=ends)
    at = columns.index(scale.step) if "T" in sizes else 0
    real = tuple(
        None if end is not None and end <= at else j for j, end in enumerate(ends or [None] * len(rows))
    )
    patches = tuple(Patch((at, at + 1), run) for run in stretches(real))
    return Picture(block, patches, ends=ends, step=scale.step)


def _ends(columns: Shown, rows: Shown, lengths: tuple[int, ...]) -> tuple[int | None, ...]:
    """For each drawn sample the place after its last real step; None where samples are left out."""

    def end(length: int) -> int | None:
        return next((i for i, step in enumerate(columns) if step is not None and step >= length), None)

    return tuple(None if row is None else end(lengths[row]) for row in rows)


def _image(base: Block, front: list[int], scale: Scale) -> Block:
    """One sample of a batch of images: rows down, columns right, channels away."""
    rows, columns = front
    unit = 46.0 / scale.pixels
    wide, high = max(base.depth[0] + 5, columns * unit), max(base.depth[1] + 5, rows * unit)
    return replace(base, cell=(wide, high), pale=0.3)


def _in_line(base: Block, count: int, merged: str, scale: Scale) -> Picture:
    """A merged axis: down where the flow goes right, to the right where it goes up."""
    groups = scale.samples if merged == "T·N" else scale.steps if merged == "N·T" else 0
    places = shown(count, count) if scale.never else _places(count, groups, merged, scale.step)
    long = 116.0 if scale.upward else 120.0
    unit = max(3.0, min(6.0, long / len(places)))
    if scale.upward:
        block = replace(base, cell=(unit, max(10.0, 6.0)), columns=places, rows=(0,))
    else:
        block = replace(base, cell=(max(12.0, 6.0), unit), columns=(0,), rows=places)
    cells = [
        i for i, k in enumerate(places) if k is not None and scale.follow and _is_followed(k, merged, scale)
    ]
    if not cells or groups == 0:
        return Picture(replace(block, pale=0.3), (), groups, merged)
    runs = stretches(tuple(k if i in cells else None for i, k in enumerate(places)))
    patches = tuple(Patch(run, (0, 1)) if scale.upward else Patch((0, 1), run) for run in runs)
    return Picture(block, patches, groups, merged, step=scale.step)


def _places(count: int, groups: int, merged: str, step: int) -> Shown:
    """What is drawn of a merged axis: all of it, some whole groups, or its ends."""
    if count > 32 and merged == "T·N" and 1 < groups <= 8:
        kept = {0, step, count // groups - 1}
        return banded(g * groups + k for g in kept for k in range(groups))
    return shown(count, 32, head=8)


def _is_followed(place: int, merged: str, scale: Scale) -> bool:
    if scale.steps <= scale.step:
        return False
    if merged == "T·N":
        return place // max(1, scale.samples) == scale.step
    return merged == "N·T" and place % max(1, scale.steps) == scale.step
