"""Which way an axis runs in the blocks of a pipeline, as its key says: counted in the blocks themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile

from lstmviz.network.structure import Tensor, Trace
from lstmviz.proof.verdict import Tally
from lstmviz.scene import ids
from lstmviz.scene.geometry import bounds, inflate, inside
from lstmviz.scene.items import Box
from lstmviz.scene.scene import Scene

NEAR = 0.6
"""Ends of a line that are as near, pt, are on a border."""
LEAST = 5.0 + NEAR
"""A front no longer than its depth and this much is as short as it may be, and not to scale, pt."""
ACROSS = {"down": 1, "right": 0}
"""Along which coordinate the cells of an axis follow one another."""
IMAGES = {"rows": (-2, {"down"}), "columns": (-1, {"right"}), "channels": (-3, {*ACROSS, "away"})}
"""Which axis of an image a word stands for, and which ways the word allows; an image is drawn to scale."""


@dataclass(frozen=True, slots=True)
class Block:
    """A tensor that is drawn as a block: its front, the bands in it for what is left out, its lines."""

    name: str
    tensor: Tensor
    front: Box
    bands: tuple[Box, ...]
    lines: tuple[Box, ...]
    depth: float
    """How far it goes away, pt across; 0 if it is flat."""

    def size(self, letter: str) -> int:
        """How many there are along the one axis of this letter; 0 if there is none, or several.

        ``2H`` are units as ``H`` are; each of ``3T`` is no step, nor is each of ``2N`` a sample.
        """
        axes = zip(self.tensor.symbols, self.tensor.sizes, strict=True)
        counted = "" if letter[0] in "NT" else "0123456789"
        sizes = [size for symbol, size in axes if symbol.lstrip(counted) == letter]
        return sizes[0] if len(sizes) == 1 else 0

    @property
    def is_image(self) -> bool:
        """Whether it is drawn to scale: its last three axes are neither samples nor steps."""
        *before, rows, columns, channels = ("", "", "", *self.tensor.symbols)
        counted = {part for axis in (rows, columns, channels) for part in axis.split("·")}
        return {*before} <= {"", "N", "T"} and not counted & {"", "N", "T"}

    def runs(self, letter: str, way: str) -> bool:
        """Whether its cells follow one another this way, all of them; or fewer, and a band."""
        size = self.size(letter)
        if way != "away":
            return self._cells(ACROSS[way], {size})
        others = {1, *(n for s, n in zip(self.tensor.symbols, self.tensor.sizes, strict=True) if s != letter)}
        return self.depth > NEAR and all(self._cells(at, others) for at in (0, 1))

    def length(self, way: str) -> float:
        """How long it is along a way, pt."""
        return self.depth if way == "away" else self.front[ACROSS[way] + 2] - self.front[ACROSS[way]]

    def _cells(self, at: int, sizes: set[int]) -> bool:
        """Whether the front has one of these numbers of cells along a coordinate."""
        over = 1 - at
        cuts = {
            round(box[at], 1)
            for box in self.lines
            if box[at + 2] - box[at] < NEAR < box[over + 2] - box[over]
            and self.front[at] + NEAR < box[at] < self.front[at + 2] - NEAR
        }
        across = [one for one in self.bands if abs(one[over] - self.front[over]) < NEAR
                  and abs(one[over + 2] - self.front[over + 2]) < NEAR]  # fmt: skip
        return len(cuts) + 1 in sizes or (bool(across) and len(cuts) + 1 < max(sizes))


def judge(tally: Tally, scene: Scene, trace: Trace) -> None:
    """Refute each letter that runs another way in a block than the key has it; doubt what no block shows."""
    claims = [one for text in scene.texts for one in text.label.claims if one.kind == "way"]
    blocks = list(_blocks(scene, trace)) if claims else []
    for one in claims:
        letter, way = str(one.fact("symbol")), str(one.fact("way"))
        said = f"{letter} {one.text}"
        if letter in IMAGES:
            if not _to_scale([block for block in blocks if block.is_image], letter, way):
                tally.refute([f"{said}: no image is drawn so"])
            continue
        having = [block for block in blocks if block.size(letter) > 1]
        having = having or [block for block in blocks if block.size(letter) == 1]
        tally.refute(
            f"{said}: it does not run so in {one.name}" for one in having if not one.runs(letter, way)
        )
        if not having:
            tally.doubt(said, "no block has one such axis in which it could be counted")


def _to_scale(images: list[Block], word: str, way: str) -> bool:
    """Whether, of images, what has more along an axis is no shorter that way; their sides have one scale."""
    axis, allowed = IMAGES[word]
    sides = {axis: way} if word == "channels" else {-2: "down", -1: "right"}
    lengths = [(one.tensor.sizes[at], one.length(side), one) for one in images for at, side in sides.items()]
    longer = [(size, long) for size, long, one in lengths if word == "channels" or long > one.depth + LEAST]
    if way not in allowed or not images or any(long < NEAR for size, long, _ in lengths if size > 1):
        return False
    return all(
        b > a - NEAR if many > few else abs(b - a) < NEAR for (few, a), (many, b) in pairwise(sorted(longer))
    )


def _tensor(name: str, trace: Trace) -> Tensor | None:
    """Return the tensor of a block: the input, what a stage gives, or what it reads beside the main line."""
    if name == "input":
        return trace.input
    named, _, last = ids.rest(name).rpartition(".")
    if ids.kind(name) == "tensor":
        stage = trace.stage(ids.rest(name))
        return stage.outputs[0] if stage is not None else None
    stage = trace.stage(named) if ids.kind(name) == "input" else None
    return next((one for one in stage.inputs if one.name == last), None) if stage is not None else None


def _blocks(scene: Scene, trace: Trace) -> Iterator[Block]:
    """Yield every tensor that is drawn as a block: the front is painted first, then its bands, then lines."""
    for node in scene.nodes:
        tensor = _tensor(node.id, trace)
        forms = [one for one in scene.polygons if inside(bounds(one.points), inflate(node.box, NEAR))]
        first = list(takewhile(lambda one: len(one.points) == 4 and one.fill is not None, forms))
        outline = [bounds(one.points) for one in forms if len(one.points) == 6]
        lines = tuple(bounds(one.points) for one in forms if len(one.points) == 2)
        flat = len(first) == 1 and not lines  # an image; with lines it is a row of sizes
        if tensor is not None and first and (outline or flat):
            front, *bands = (bounds(one.points) for one in first)
            depth = max((box[2] for box in outline), default=front[2]) - front[2]
            yield Block(node.id, tensor, front, tuple(bands), lines, depth)
