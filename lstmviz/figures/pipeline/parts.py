"""The pieces of a pipeline: boxes of stages, cells of tensors, tags of states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lstmviz.figures.base import Options, shape_tag
from lstmviz.figures.pipeline.boxes import LINE, StageBox
from lstmviz.figures.pipeline.pictures import Picture
from lstmviz.figures.shared import axes
from lstmviz.figures.shared.claimed import called, result
from lstmviz.figures.shared.parts import line_style
from lstmviz.network.structure import Tensor
from lstmviz.records import record
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.geometry import bounds
from lstmviz.scene.items import GROUND, Anchor, Box, Point, Role, stroke_of
from lstmviz.scene.labels import TextLine, row, words
from lstmviz.translation.messages import Message, message, user_text

ROOM = 1.12
"""So much wider are a shape's letters where a viewer has to take other fonts."""
RESULT = "result y"
"""The name of what the whole model gives, where that is no layer's `output`."""
TOKENS = "tokens"
"""The name of an input whose numbers stand for words."""
ROLES: dict[str, Role] = {"t": "input", "h": "hidden", "c": "cell"}
"""The role of a tag by the first letter of its tensor."""


@record(frozen=True, slots=True)
class Tag:
    """The cells of a tensor with its name above them; where shapes are off, the name alone."""

    tensor: Tensor
    role: Role
    name: TextLine | None
    cells: axes.Cells
    dims: bool = False
    upward: bool = False
    """Whether an arrow leaves upward, so that the name has to stand beside it."""
    line: TextLine | None = None
    """The shape on one line, instead of cells."""
    least: float = 0.0
    """The least width of such a line's frame, pt."""

    @property
    def shown(self) -> bool:
        """Whether it says anything about a shape."""
        return bool(self.cells.widths)

    @property
    def head(self) -> float:
        """The height of what stands above the cells."""
        if not self.shown or self.line is not None:
            return 0.0
        return (LINE if self.name is not None else 0.0) + (8.5 if self.dims else 0.0)

    @property
    def size(self) -> Point:
        """Width and height with the name, pt."""
        if self.line is not None or not self.shown:
            inside = self._inside
            return max(inside.width * ROOM + 8 if inside is not None else 16.0, self.least), 13.0
        wide = self.name.width if self.name is not None and not self.upward else 0.0
        return max(self.cells.width, wide), self.cells.height + self.head

    @property
    def _inside(self) -> TextLine | None:
        """What a tag without cells says: its name, its shape, or both."""
        if self.line is None:
            return self.name
        return row(*[part for part in (self.name, self.line) if part is not None], gap=4)

    def draw(self, canvas: Canvas, at: Point) -> Box:
        """Draw it with its middle at `at`; gives the box of the cells."""
        (x, y), (w, h) = at, self.size
        if self.line is not None or not self.shown:
            box = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
            canvas.box(box, role=self.role, fill=GROUND, stroke=stroke_of(self.role), z=30)
            if (inside := self._inside) is not None:
                canvas.text(inside, x, y + 2.8, "middle", role=self.role, tensor=self.tensor.full)
            return box
        top = y - h / 2 + self.head
        if self.name is not None:
            anchor: Anchor = "start" if self.upward else "middle"
            at, whole = (x + 4.5 * self.upward, y - h / 2 + 6.2), self.tensor.full
            canvas.text(self.name, *at, anchor, role=self.role, tensor=whole)
        left = x - self.cells.width / 2
        if self.dims:
            axes.count_axes(canvas, self.cells, (left, top))
        return axes.draw(canvas, self.cells, (left, top), self.role)


def tag_of(tensor: Tensor, role: Role, options: Options, **how: Any) -> Tag:
    """Lay out the cells of a tensor: `named`, with `dims`, for an `upward` flow, `dense` on one line.

    Of last states that a decoder begins with, with the `stage` that gives them, also what they become.
    """
    named, giver, tint = how.get("named", ""), how.get("giver", ""), stroke_of(role)
    name = called(named, 7, tint=tint) if named else None
    if named == RESULT:  # called as in the other kinds
        name = row(words(message("pipeline.result"), 7, tint=tint), result(9, tint=tint), gap=2.5)
    if named == TOKENS:  # input is what the recurrent layer reads
        name = words(message("grid.tokens"), 7, tint=tint)
    if (stage := how.get("stage")) and options.shapes != "off":
        begun = message("pipeline.becomes", name=f"{named[0]}_0", last=named, stage=stage)
        name = row(called(named, 7, tint=tint), words(begun, 7, tint=tint), gap=3)
    if giver:
        said = message("pipeline.of-layer", name=named, giver=user_text(giver), layer=giver)
        name = words(said, 7, font="mono", tint=tint)
    line = shape_tag(tensor, options, size=8.5) if how.get("dense") and options.shapes != "off" else None
    cells = axes.cells_of(tensor, options, wide=how.get("wide", 20.0))
    return Tag(tensor, role, name, cells, how.get("dims", False), how.get("upward", False), line)


def state_tags(canvas: Canvas, item: Item, places: list[Point]) -> Box:
    """Draw the states that go on in the place of the output; gives the box around them."""
    boxes = []
    for tag, at in zip(item.states, places, strict=True):
        boxes.append(tag.draw(canvas, at))
        canvas.node(ids.end(item.id, tag.tensor.name), tag.role, boxes[-1], tensor=tag.tensor.name,
                    shape=tag.tensor.sizes, outline="none")  # fmt: skip
    return bounds([(b[i], b[i + 1]) for b in boxes for i in (0, 2)])


@record(frozen=True, slots=True)
class Item:
    """One thing on the main line: a stage, a tensor, or the states handed on in its place."""

    id: str
    role: Role
    tensor: Tensor
    body: StageBox | Tag | None
    picture: Picture | None = None
    states: tuple[Tag, ...] = ()
    note: Message | None = None
    """What is said beside it: that nothing reads the tensor."""
    ends: bool = False
    """Whether no arrow leaves it."""
    beside: tuple[Item, ...] = ()
    """What a stage reads beside the main line, c above h."""


def draw_beside(
    plan: PipelinePlan,
    stage: str,
    item: Item,
    places: tuple[Point, Point],
    route: Callable[[Box], list[Point]],
) -> None:
    """Draw what a stage reads beside the main line, a block and its cells, or these alone, and its arrow."""
    at, tag_at = places
    assert isinstance(item.body, Tag)
    placed = item.body.draw(plan.canvas, tag_at)
    if item.picture is not None:
        placed = item.picture.draw(plan.canvas, at, upward=True).box
    name, tensor = item.id, item.tensor
    plan.canvas.node(name, item.role, placed, tensor=tensor.name, shape=tensor.sizes, outline="none")
    looks = line_style(tensor.name[0]) if tensor.name[0] in "hc" else {}
    plan.canvas.edge(ids.flow(name, stage), (name, stage), item.role, route(placed), tensor=tensor.name,
                     shape=tensor.sizes, **looks)  # fmt: skip


@record(frozen=True, slots=True)
class PipelineLook:
    """How a pipeline is drawn: upward or to the right, with blocks or without, wide or tight."""

    upward: bool
    pictures: bool
    dense: bool

    @property
    def gap(self) -> float:
        """The length of an arrow in a column, pt."""
        return 10.0 if self.dense else 11.0


@dataclass(slots=True)
class PipelinePlan:
    """Everything that is to be placed, and on how much room."""

    options: Options
    width: float
    items: list[Item]
    look: PipelineLook
    canvas: Canvas = field(default_factory=Canvas)
    axis: float = 0.0
    """The x of the flow in a column, pt."""

    def link(self, a: Item, b: Item, route: Callable[[float], list[Point]], **look: Any) -> None:
        """An edge from item to item along `route`; of two states, one on either side of it."""
        if a.ends:
            return
        between = isinstance(b.body, StageBox)
        holder = b if isinstance(a.body, StageBox) and not between else a
        if not holder.states:
            role = a.body.step.after if isinstance(a.body, StageBox) and between else holder.role
            self.canvas.edge(ids.flow(a.id, b.id), (a.id, b.id), role, route(0.0), tensor=holder.tensor.name,
                             shape=holder.tensor.sizes, radius=3.0, **look)  # fmt: skip
            return
        for tag, aside in zip(holder.states, (-1.0, 1.0) if len(holder.states) > 1 else (0.0,), strict=True):
            name = ids.end(holder.id, tag.tensor.name)
            ends = (a.id, name) if holder is b else (name, b.id)
            self.canvas.edge(ids.flow(*ends), ends, tag.role, route(aside), tensor=tag.tensor.name,
                             shape=tag.tensor.sizes, **line_style(tag.tensor.name[0]))  # fmt: skip
