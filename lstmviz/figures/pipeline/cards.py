"""The pieces of a pipeline that branches: a stage with the tensors that it gives on top of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.pipeline.boxes import StageBox, shared_box
from lstmviz.figures.pipeline.flow import PipelineFlow, PipelineNode
from lstmviz.figures.pipeline.options import PipelineOptions
from lstmviz.figures.pipeline.parts import Tag, tag_of
from lstmviz.figures.pipeline.steps import Step
from lstmviz.figures.shared.claimed import called
from lstmviz.figures.shared.parts import line_style
from lstmviz.figures.shared.stage_descriptions import TITLES
from lstmviz.layout.branches import Placed
from lstmviz.layout.channels import PLAIN
from lstmviz.network.structure import Tensor
from lstmviz.records import record
from lstmviz.scene import ids, labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Anchor, Box, Role, stroke_of
from lstmviz.scene.labels import TextLine, row, words
from lstmviz.translation.messages import message

NAMED = 13.0
"""From a stage to its tensor where the arrow bears a name, pt."""
BESIDE = 7.0
"""From one tensor of a stage to the next, pt."""
ABOVE = 9.5
"""The height of the word over a tensor that the model gives, pt."""
ASIDE: dict[str, float] = {"start": 5.0, "middle": 0.0, "end": -5.0}
"""How far right of the line that leaves a tensor the word over it begins, or ends, pt."""
FEW = 2
"""More tensors of one size than this are drawn as bare numbers."""


@record(frozen=True, slots=True)
class Manner:
    """How much room a figure has.

    Shapes stand on one `line`, or in cells where those are narrower; `room` is
    the width of the words in a box, `gap` that between two cards. `terse` says
    of operations what they are alone, and leaves the inputs at the foot;
    shapes of `numbers` have no letters; a `channel` is as high where lines go straight up,
    and `lead` is from a stage to its tensor.
    """

    line: bool
    room: float
    gap: float
    terse: bool = False
    numbers: bool = False
    channel: float = PLAIN
    lead: float = 8.0
    piled: int = 0
    """Which stages share a box with the one that they alone read, see `flow.piled`."""


@record(frozen=True, slots=True)
class CardResult:
    """A tensor on top of a card."""

    name: str
    role: Role
    tag: Tag
    said: TextLine | None
    """What is written at the arrow to it: ``h_n``."""
    result: TextLine | None
    """What the model's caller gets it as."""

    @property
    def slot(self) -> float:
        """The width that it takes in the row, pt: with the word beside its arrow."""
        beside = 2 * (self.said.width + 5) if self.said is not None else 0.0
        over = self.result.width if self.result is not None else 0.0
        return max(self.tag.size[0], beside, over)


@record(frozen=True, slots=True)
class Card:
    """A stage, or several in one box, with the tensors of the last above it; or an input of the model."""

    id: str
    inside: tuple[str, ...]
    given: tuple[CardResult, ...]
    box: StageBox | None = None
    below: TextLine | None = None
    stages: tuple[str, ...] = ()
    """The ids of the stages in its box."""
    lead: float = 0.0
    """The length of the arrows to its tensors where those bear no name, pt."""

    @property
    def stub(self) -> float:
        """The length of the arrows between the stage and its tensors."""
        if self.box is None:
            return 0.0
        return NAMED if any(g.said for g in self.given) else self.lead

    @property
    def head(self) -> float:
        """The height of the words above the tensors."""
        return ABOVE if any(g.result for g in self.given) else 0.0

    @property
    def foot(self) -> float:
        """The width of what lines enter, pt; 0 for an input."""
        return self.box.size[0] if self.box is not None else 0.0

    @property
    def tall(self) -> float:
        """The height of its tensors."""
        return max(g.tag.size[1] for g in self.given)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, pt."""
        wide = max(self._tags, self.below.width if self.below else 0.0)
        high = self.tall + self.head + (10.0 if self.below else 0.0)
        if self.box is not None:
            wide = max(wide, self.box.size[0])
            high += self.stub + self.box.size[1]
        return wide, high

    @property
    def _tags(self) -> float:
        return sum(g.slot for g in self.given) + BESIDE * (len(self.given) - 1)

    def offsets(self) -> dict[str, float]:
        """How far right of the card's middle each tensor stands."""
        found, x = {}, -self._tags / 2
        for one in self.given:
            found[one.name] = x + one.slot / 2
            x += one.slot + BESIDE
        return found

    def tensor_id(self, name: str) -> str:
        """The id of a tensor's node: ``tensor.fc``, ``tensor.encoder.h_n``, ``input.1``."""
        if self.box is None:
            return self.id
        part = self.box.step.name
        last = name.removeprefix(f"{part}.")
        return ids.named("tensor", part) if last == "output" else ids.named("tensor", part, last)

    def draw(self, canvas: Canvas, at: Box, sides: Mapping[str, Anchor]) -> None:
        """Draw it in its place; `sides` says on which side of the line that leaves a tensor there is room."""
        x, foot = (at[0] + at[2]) / 2, at[3]
        top = at[1] + self.head  # all tensors begin at one height, and lines leave them there
        if self.box is not None:
            stage = self.box.draw(canvas, (x, foot - self.box.size[1] / 2))
        elif self.below is not None:
            canvas.text(self.below, x, foot - 1.5, "middle", role="input", tensor=self.given[0].name)
        for one in self.given:
            middle = x + self.offsets()[one.name]
            box = one.tag.draw(canvas, (middle, top + one.tag.size[1] / 2))
            name, tensor = self.tensor_id(one.name), one.tag.tensor
            framed = {"line": 2.25, "stroke": stroke_of("output")} if one.result else {"line": 1.0}
            canvas.node(name, one.role, box, tensor=one.name, shape=tensor.sizes, hollow=True,
                        outline="rect" if one.result else "none", **framed)  # fmt: skip
            if one.result is not None:
                side = sides.get(one.name, "middle")
                canvas.text(
                    one.result, middle + ASIDE[side], box[1] - 3, side, role="output", tensor=one.name
                )
            if self.box is None:
                continue
            own = tensor.name[0] if tensor.name in {"h_n", "c_n"} else ""
            letter = "c" if one.role == "cell" else own  # a part of c_n is c, too
            looks = line_style(letter) if letter else {}
            canvas.edge(ids.flow(self.box.step.id, name), (self.box.step.id, name), one.role,
                        [(middle, stage[1]), (middle, box[3])], tensor=one.name, shape=tensor.sizes,
                        **looks)  # fmt: skip
            if one.said is not None:
                canvas.text(one.said, middle + 4.5, stage[1] - 4.2, role=one.role, tensor=one.name)


@record(frozen=True, slots=True)
class Maker:
    """Lays out the cards of one figure."""

    flow: PipelineFlow
    options: PipelineOptions
    manner: Manner
    roles: Mapping[str, Role]

    def card(self, pile: Sequence[tuple[PipelineNode, Step]]) -> Card:
        """A stage, or several in one box, and the tensors of the last."""
        part, step = pile[-1]
        given = [self._given(part, name, tensor) for name, tensor in part.given]
        if (
            len(given) > FEW
            and len({g.tag.tensor.sizes for g in given}) == 1
            and self.options.shapes != "off"
        ):
            sizes = labels.shape((), given[0].tag.tensor.sizes, mode="numbers").text
            step = replace(step, told=(*step.told, message("stage.each", shape=sizes, stage=part.name)))
            given = [replace(g, tag=self._number(part, g), said=None) for g in given]
        across = sum(g.slot for g in given) + BESIDE * (len(given) - 1)
        least = max(across - min(given[0].slot, given[-1].slot) + 18, 30.0)
        manner = self.manner
        steps = [*(one for _, one in pile[:-1]), step]
        box = shared_box(list(map(_brief, steps)) if manner.terse else steps, self.options, upward=True,
                         dense=True, count=self.options.parameters, least=(least, 0.0),
                         room=manner.room)  # fmt: skip
        return Card(
            step.id, part.inside, tuple(given), box, stages=tuple(one.id for one in steps), lead=manner.lead
        )

    def input(self, tensor: Tensor, said: str) -> Card:
        """What the model takes."""
        one = CardResult(tensor.name, "input", self._tag(tensor, "input"), None, None)
        return Card(tensor.name, (), (one,), None, called(said, tint=stroke_of("input")))

    def _given(self, part: PipelineNode, name: str, tensor: Tensor) -> CardResult:
        role, short, result = self.roles[name], _short(name, part), self.flow.returned.get(name)
        named = len(part.given) > 1 or short in {"h_n", "c_n"}
        said = called(short, tint=stroke_of(role)) if named else None
        tint = stroke_of("output")
        word = called(result, tint=tint) if result else None
        if word and (rounds := self.flow.lists.get(name)):
            word = row(word, words(message("pipeline.list", n=rounds, tensor=name), 7, tint=tint), gap=4)
        return CardResult(name, role, self._tag(tensor, role), said, word)

    def _tag(self, tensor: Tensor, role: Role) -> Tag:
        """A shape on one line, or in cells if there is little room and that is narrower.

        On the narrowest page letters for a part of the axes have no room beside the numbers.
        """
        options = self.options
        mixed = self.manner.terse and any(s.isdigit() for s in tensor.symbols)
        if options.shapes == "both" and (mixed or self.manner.numbers):
            options = options.model_copy(update={"shapes": "numbers"})
        line, cells = (tag_of(tensor, role, options, dense=dense, wide=16.0) for dense in (True, False))
        return line if self.manner.line or line.size[0] <= cells.size[0] else cells

    def _number(self, part: PipelineNode, given: CardResult) -> Tag:
        """Which of many it is, without its shape."""
        bare = self.options.model_copy(update={"shapes": "off"})
        return tag_of(given.tag.tensor, given.role, bare, named=_short(given.name, part))


def _brief(step: Step) -> Step:
    """The same with less: no wiring, and no words for what the title says."""
    told = step.of_rounds if step.role == "op" and step.type in TITLES else step.told
    return replace(step, told=told, wiring=None)


def _short(name: str, part: PipelineNode) -> str:
    """The last part of a tensor's name, or, of a closed module, which stage it is of."""
    own = name.removeprefix(f"{part.name}.")
    return own.removesuffix(".output") if part.stage is None else own.removeprefix("output.")


BADGE = (words("delay", 7).width + 12, 12.0)
"""The size of what stands on a line to the next round of a loop."""


@dataclass(slots=True)
class Graph:
    """All cards of a figure with their places."""

    flow: PipelineFlow
    steps: list[Step]
    cards: dict[str, Card]
    names: dict[str, TextLine]
    roles: Mapping[str, Role]
    placed: Placed

    @property
    def height(self) -> float:
        """From the top to the foot of everything, pt."""
        boxes = [*self.placed.boxes.values(), *self.placed.frames.values()]
        return max(b[3] for b in boxes) - min(b[1] for b in boxes)

    @property
    def width(self) -> float:
        """From the leftmost to the rightmost of everything, pt."""
        boxes = [*self.placed.boxes.values(), *self.placed.frames.values()]
        xs = [x for route in self.placed.routes.values() for x, _ in route]
        xs += [x + side * BADGE[0] / 2 for x, _ in self.placed.badges.values() for side in (-1, 1)]
        return max(*xs, *(b[2] for b in boxes)) - min(*xs, *(b[0] for b in boxes))
