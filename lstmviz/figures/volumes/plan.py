"""What a `volumes` figure shows: one image on its way, and what moves it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod, sqrt
from typing import Any, Literal

from lstmviz.figures.base import Subject
from lstmviz.figures.shared.stage_descriptions import told_of
from lstmviz.figures.volumes.leading import lost, skipped
from lstmviz.figures.volumes.window import Window
from lstmviz.layout.elide import Shown, offsets, shown
from lstmviz.network.stage_types import RESHAPES, TURNS
from lstmviz.network.structure import Stage, Tensor
from lstmviz.records import record
from lstmviz.scene import ids
from lstmviz.spec.layer_types import KEEPS_SHAPE
from lstmviz.translation.messages import Message

WINDOWED = frozenset({"conv2d", "max_pool2d", "avg_pool2d"})
"""Stages in which a window moves over the height and width of a map."""
FOLLOWS = KEEPS_SHAPE
"""Stages that keep the shape, and are said beside the stage before them."""
SHEETS = 8
"""Up to so many maps every one of them is drawn as a sheet of its own; of more, so many."""
SHEET, CLOSE_SHEET, FACE = 2.0, 1.2, 14.0
"""From one sheet to the next at most and at least, pt, and so large a part of their height."""
SMALL = 12.0
"""No window is drawn on maps smaller than this, pt."""
LEAST = 6.0, 3.6
"""The least sides of a window and of the value that it gives, pt."""
LEAST_FACE, LEAST_BAR = 6.0, 10.0
"""The least sides of maps and of bars, pt: shorter ones could not be seen."""
FRAMES = 6
"""Up to so many steps stand side by side; of more, the first ones and the last."""
BESIDE, DOTS = 3.0, 11.0
"""Between two steps, and the room of those left out, pt."""
AROUND = 4.0
"""From steps side by side to the line around them, pt."""
LEFT_OUT = 5.0
"""The room of the dots between the maps in front and the last one, where not all are drawn, pt."""
THIN, THINNEST = 8.0, 5.5
"""The width of a bar, and of each of several side by side, pt."""


@dataclass(frozen=True)
class Form:
    """A tensor of one image: stacked maps, one flat map, or a bar.

    `sizes` and `symbols` leave the batch axis out. `wide`, `high` and `deep`
    are what is drawn, in pt; the depth runs up and to the right.
    """

    id: str
    tensor: Tensor
    sizes: tuple[int, ...]
    symbols: tuple[str, ...]
    last: bool = False
    steps: int = 1
    """How many stand side by side, one of each frame of a sequence; where time is an axis of its own."""
    wide: float = THIN
    high: float = 0.0
    deep: float = 0.0
    raised: bool = False
    """Whether a side of it would be too short to see, and is drawn longer."""

    @property
    def kind(self) -> Literal["maps", "map", "bar"]:
        """How it is drawn."""
        if len(self.sizes) == 3:
            return "maps"
        return "map" if len(self.sizes) == 2 else "bar"

    @property
    def first(self) -> bool:
        """Whether it is the model's input."""
        return self.id == "input"

    @property
    def plane(self) -> tuple[int, int]:
        """Height and width of its maps."""
        return (self.sizes[-2], self.sizes[-1])

    @property
    def behind(self) -> tuple[float, ...]:
        """How far behind the first map each other one is drawn."""
        count, apart = self.sheets - 1, LEFT_OUT * self.cut
        near = tuple((self.deep - apart) * k / count for k in range(1, count + 1))
        return (*near[:-1], self.deep) if near else ()

    @property
    def cut(self) -> bool:
        """Whether it has more maps than are drawn."""
        return self.kind == "maps" and self.sizes[0] > self.sheets

    @property
    def sheets(self) -> int:
        """How many maps are drawn behind each other: all, or of many so many."""
        return min(self.sizes[0], SHEETS) if self.kind == "maps" else 1

    @property
    def shown(self) -> Shown:
        """The steps that are drawn, from 0."""
        return shown(self.steps, FRAMES)

    @property
    def along(self) -> list[float]:
        """Where each step that is drawn begins, right of the first."""
        pitch = self.wide + self.deep + BESIDE
        return offsets(self.shown, pitch, DOTS)[:-1]

    @cached_property
    def across(self) -> float:
        """What it covers from left to right."""
        return self.along[-1] + self.wide + self.deep + 2 * self.around

    @property
    def around(self) -> float:
        """The room on every side for the line around steps, pt."""
        return AROUND if self.steps > 1 else 0.0

    @property
    def rise(self) -> float:
        """How far above its middle it goes."""
        return self.high / 2 + self.deep + self.around

    @property
    def apart(self) -> bool:
        """Whether it is one of all the frames of the batch, which are worked on apart."""
        lead, size = self.tensor.symbols[:1], self.tensor.sizes[:1]
        return self.steps == 1 and lead != () and "T" in lead[0].split("·") and size != (1,)


@record(frozen=True, slots=True)
class Move:
    """A stage that makes the next form, with the stages that keep its shape.

    `times` such groups, all alike, run one after the other.
    """

    lead: Stage
    follows: tuple[Stage, ...]
    source: Form
    target: Form
    times: int = 1
    then: Stage | None = None
    """Of several that give the same shape, the last one: it may read other channels than the first."""
    told: tuple[Message, ...] = ()
    """What its stage does, where the shapes do not say it."""

    @property
    def id(self) -> str:
        """The id of its arrow."""
        return ids.named("run", self.lead.name)

    @property
    def window(self) -> Window | None:
        """The window that moves over the maps, if there is one."""
        given = dict(self.lead.arguments)
        both = self.source.kind == self.target.kind == "maps"
        if self.lead.type.lower() not in WINDOWED or "kernel_size" not in given or not both:
            return None
        size = _pair(given["kernel_size"])
        stride = given.get("stride")
        pools = self.lead.type.lower() != "conv2d"
        return Window(
            size,
            _pair(stride) if stride is not None else (size if pools else (1, 1)),
            _pair(given.get("padding", 0)),
            _pair(given.get("dilation", 1)),
        )

    @property
    def weight(self) -> Tensor | None:
        """Its weight."""
        return weight_of(self.lead)


def is_drawn(move: Move) -> bool:
    """Whether its window is: on maps that are large enough, and not for several alike."""
    if move.window is None or (move.times > 1 and move.then is None):
        return False
    return min(f for form in (move.source, move.target) for f in (form.high, form.wide)) >= SMALL


def small(move: Move) -> bool:
    """Whether its window, or the value that it gives, is drawn larger than it is."""
    if not is_drawn(move):
        return False
    assert move.window is not None
    pairs = ((move.source, move.window.extent, LEAST[0]), (move.target, (1, 1), LEAST[1]))
    return any(
        many / size * side < least
        for form, counts, least in pairs
        for many, size, side in zip(counts, form.plane, (form.high, form.wide), strict=True)
    )


def weight_of(stage: Stage) -> Tensor | None:
    """The weight of a stage that has one."""
    return next((p for p in stage.parameters if p.name.split(".")[-1] == "weight"), None)


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return (value, value)
    high, wide = value
    return (int(high), int(wide))


def image_of(subject: Subject) -> Tensor | None:
    """The model's input if it is an image, or a batch of them."""
    given, data = subject.trace.input, subject.data
    if data is not None:
        return given if data.form == "image" else None
    first = next((s.type.lower() for s in subject.trace.stages if s.type.lower() not in FOLLOWS), "")
    return given if first in WINDOWED and len(given.sizes) in (3, 4) else None


def without_batch(subject: Subject) -> str:
    """Say why one image cannot be drawn alone, or nothing."""
    given = image_of(subject)
    return "" if given is None else lost(given, subject.trace.stages)


def moves_of(subject: Subject, room: float = 1e9) -> list[Move]:
    """The way of one image through the model; what is drawn of each step has `room` side by side, pt."""
    given = image_of(subject)
    assert given is not None
    groups: list[list[Stage]] = []
    for stage in subject.trace.stages:
        keeps = bool(stage.outputs and stage.inputs) and stage.outputs[0].sizes == stage.inputs[0].sizes
        if groups and keeps and stage.type.lower() in FOLLOWS:
            groups[-1].append(stage)
        elif stage.outputs:
            groups.append([stage])
    form = _form("input", given, given)
    moves = []
    for lead, *follows in groups:
        last = [lead, *follows][-1]
        tensor = replace(last.outputs[0], name=last.name)
        after = replace(_form(ids.named("after", lead.name), tensor, given), last=lead is groups[-1][0])
        moves.append(Move(lead, tuple(follows), form, after, told=_told(lead, subject)))
        form = after
    return scaled(moves, room)


def _told(stage: Stage, subject: Subject) -> tuple[Message, ...]:
    """What a stage does, without its widths and channels: the shapes say these."""
    layer = next((one for one in subject.trace.recurrent if one.name == stage.name), None)
    if layer is not None or stage.type == "conv2d":
        return told_of(stage, layer)[1:]
    said = RESHAPES | TURNS | {"linear", "last_step", "first_step"}
    return told_of(stage, None) if stage.type not in said else ()


def _alone(form: Form, room: float) -> float:
    """How wide the maps of one step can be, where those of all steps have so much room."""
    rest = replace(form, wide=0.0, deep=SHEET * (form.sheets - 1) + LEFT_OUT * form.cut)
    count = len(form.shown) - form.shown.count(None)
    return (room - rest.across) / count if form.kind == "maps" else room


def _form(id: str, tensor: Tensor, given: Tensor) -> Form:
    """The tensor of one image: without its batch axis, and its steps."""
    skip = skipped(tensor, given)
    steps = dict(zip(tensor.symbols[:skip], tensor.sizes, strict=False)).get("T", 1)
    return Form(id, tensor, tensor.sizes[skip:], tensor.symbols[skip:], steps=steps)


def scaled(moves: list[Move], room: float, face: float = 43.0, bar: float = 54.0) -> list[Move]:
    """The moves with what is drawn sized: sides of maps grow as the root, lengths of bars as its root."""
    forms = [m.source for m in moves[:1]] + [m.target for m in moves]
    face = min([face, *(_alone(form, room) for form in forms)])
    faces = {kind: _per_root([s for f in forms if f.kind == kind for s in f.plane], face)
             for kind in ("maps", "map")}  # fmt: skip
    k_bar = _per_root([sqrt(prod(f.sizes)) for f in forms if f.kind == "bar"], bar)
    drawn = {}
    for form in forms:
        if form.kind == "bar":
            true = k_bar * prod(form.sizes) ** 0.25
            thin = THINNEST if form.steps > 1 else THIN
            drawn[form.id] = replace(form, wide=thin, high=max(LEAST_BAR, true), raised=true < LEAST_BAR)
            continue
        sides = [faces[form.kind] * sqrt(n) for n in form.plane]
        high, wide = (max(LEAST_FACE, side) for side in sides)
        depth = (form.sheets - 1) * max(CLOSE_SHEET, min(SHEET, high / FACE)) + LEFT_OUT * form.cut
        raised = min(sides) < LEAST_FACE
        drawn[form.id] = replace(form, high=high, wide=wide, deep=depth, raised=raised)
    return [replace(m, source=drawn[m.source.id], target=drawn[m.target.id]) for m in moves]


def _per_root(sizes: Sequence[float], most: float) -> float:
    """What the root of a size is multiplied with, so that the greatest comes out as `most` pt."""
    return most / sqrt(max(sizes, default=1))
