"""What a pipeline consists of, before it has a place: tensors and stages in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lstmviz.figures.base import Options, shape_tag
from lstmviz.figures.pipeline.boxes import shared_box
from lstmviz.figures.pipeline.options import PipelineOptions
from lstmviz.figures.pipeline.parts import RESULT, ROLES, TOKENS, Item, PipelineLook, Tag, tag_of
from lstmviz.figures.pipeline.pictures import Scale, picture_of, scale_of
from lstmviz.figures.pipeline.piles import piles_of
from lstmviz.figures.pipeline.steps import Step
from lstmviz.network.structure import Tensor
from lstmviz.scene import ids
from lstmviz.scene.items import Role
from lstmviz.translation.messages import message


def items_of(
    given: Tensor,
    steps: list[Step],
    options: PipelineOptions,
    look: PipelineLook,
    *,
    count: bool,
    lengths: tuple[int, ...] = (),
) -> list[Item]:
    """Tensors and stages in the order of the flow."""
    tensors = [given, *(s.output for s in steps)]
    shown = [given, *(s.output for s in steps if not s.handed)]
    kept = None if lengths else _kept(tensors, steps)  # of a padded batch that is no one step
    picked = kept is not None or any(step.wiring is not None for step in steps)
    timed = "T" in _letters(given) and sum("T" in _letters(t) for t in shown) > 1
    scale = replace(
        scale_of(tensors, upward=look.upward),
        never=options.whole,
        lengths=lengths,
        follow=look.pictures and timed and picked,
    )
    if kept is not None:
        scale = replace(scale, step=ONE_STEP[kept.type] % scale.steps)
    made = Maker(options, scale, look)
    found = [made.given(given, steps)]
    before = "input"
    for pile in piles_of(steps, options):
        step = pile[-1]
        if step.source:  # a decoder further on reads states alone
            note = message("stage.unused", names="output", stage=before)
            found[-1] = replace(found[-1], note=note, ends=True)
        pair = bool(step.handed or (step.type == "decoder" and not step.source))
        least = (110.0, 0.0) if pair and look.upward else (0.0, 62.0) if pair else (0.0, 0.0)
        how: dict[str, Any] = {"upward": look.upward, "dense": look.dense, "count": count, "least": least}
        box = shared_box(pile, options, **how)
        found.append(Item(step.id, box.step.role, step.output, box, beside=tuple(made.beside(step))))
        if step.wiring is not None and step.wiring.scrambled:
            made = replace(made, scale=replace(made.scale, follow=False))
        if kept in pile:
            made = replace(made, scale=replace(made.scale, alone=True))
        found.append(made.after(step, last=step is steps[-1]))
        before = step.stage
    return once(found, options)


def once(items: list[Item], options: PipelineOptions) -> list[Item]:
    """Return the items, shapes on lines with the sizes of letters where one of these is met first."""
    known: dict[str, int] = {}
    found = []
    for one in items:
        lettered = {s: n for s, n in zip(one.tensor.symbols, one.tensor.sizes, strict=True) if s != str(n)}
        shown = one
        if isinstance(one.body, Tag) and one.body.line is not None:
            if options.shapes == "both" and lettered and lettered.items() <= known.items():
                line = shape_tag(one.tensor, options, size=8.5, mode="symbols")
                shown = replace(one, body=replace(one.body, line=line))
            known |= lettered
        found.append(shown)
    return found


NARROW = 15.0
"""The least width of the cell of an axis under a block, pt."""
ONE_STEP = {"first_step": 0, "last_step": -1}
"""Stages that keep one step alone, and which."""


def _kept(tensors: list[Tensor], steps: list[Step]) -> Step | None:
    """The stage that keeps one of the input's own steps, if there is one; `tensors` are what they read."""
    pairs = zip(steps, tensors, strict=False)
    return next((one for one, read in pairs if one.type in ONE_STEP and "T" in read.symbols), None)


def _letters(tensor: Tensor) -> set[str]:
    return {letter for symbol in tensor.symbols for letter in symbol.split("·")}


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the items of tensors, all on one scale."""

    options: Options
    scale: Scale
    look: PipelineLook

    def tensor(self, name: str, tensor: Tensor, role: Role, *, named: str = "", framed: bool = False) -> Item:
        """A tensor, with its picture where there are pictures."""
        look, up = self.look, self.look.upward and not self.look.pictures
        counted = look.pictures and self.options.detail == "full"
        how = {"named": named, "dims": counted, "upward": up, "dense": look.dense}
        how |= {"wide": NARROW} if look.pictures and not counted else {}
        tag = tag_of(tensor, "output" if framed else role, self.options, **how)
        picture = picture_of(tensor, role, self.scale, framed=framed) if look.pictures else None
        if picture is not None and self.scale.alone and "T" not in _letters(tensor):
            picture = replace(picture, followed=())  # it has no time
        return Item(name, role, tensor, tag, picture)

    def given(self, tensor: Tensor, steps: list[Step]) -> Item:
        """The input; where an embedding reads it, its tokens: `input` is what a recurrent layer reads."""
        tokens = bool(steps) and steps[0].type == "embedding"
        return self.tensor("input", tensor, "input", named=TOKENS if tokens else "input")

    def after(self, step: Step, *, last: bool = False) -> Item:
        """The tensor after a stage, or the states that go on in its place; what the model gives is named."""
        if step.handed:
            ordered = sorted(step.handed, key=lambda t: t.name[0])
            tags = [
                tag_of(
                    t, ROLES[t.name[0]], self.options, named=t.name, upward=self.look.upward, stage=step.stage
                )
                for t in ordered
            ]
            return Item(step.tensor_id, step.after, step.output, None, None, tuple(tags))
        own = step.type in {"lstm", "gru", "rnn", "decoder", "unpack"} and step.framed
        named = step.output.name if own or step.output.name == "data" else RESULT if last else ""
        return self.tensor(step.tensor_id, step.output, step.after, named=named, framed=step.framed)

    def beside(self, step: Step) -> Iterator[Item]:
        """What a stage reads beside the main line, c above h; a target as a block where others are."""
        for tensor in sorted(step.beside, key=lambda t: t.name[0]):
            name, giver, role = tensor.name, "", ROLES[tensor.name[0]]
            if step.source and name != "target":
                name, giver = f"{name[0]}_n", step.source
            block = self.look.pictures and role == "input"
            how = {"wide": NARROW} if block else {}
            tag = tag_of(tensor, role, self.options, named=name, giver=giver, **how)
            picture = picture_of(tensor, role, self.scale) if block else None
            yield Item(ids.named("input", step.name, tensor.name), role, tensor, tag, picture)
