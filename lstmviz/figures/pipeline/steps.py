"""The stages of a model as they are drawn: what each is called, does, reads and gives."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from lstmviz.figures.pipeline.axes import Wiring, wiring_of
from lstmviz.figures.shared.stage_descriptions import about, title_of, told_of
from lstmviz.network.stage_types import PACKS, RESHAPES, TURNS
from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace
from lstmviz.records import record
from lstmviz.scene import ids
from lstmviz.scene.items import Role
from lstmviz.translation.messages import Message, message

KEEPS = PACKS | RESHAPES | TURNS | {"dropout", "last_step"}
"""Stages that give the very numbers that they read (or some of them)."""


@record(frozen=True, slots=True)
class Step:
    """One stage as it is drawn, with the tensor after it."""

    name: str
    type: str
    title: Message
    told: tuple[Message, ...]
    output: Tensor
    role: Role
    after: Role
    """The role of the tensor after it."""
    framed: bool = False
    """Whether that tensor is a recurrent layer's `output`, or the same numbers in another shape."""
    wiring: Wiring | None = None
    beside: tuple[Tensor, ...] = ()
    """What it reads beside the main line: `target`, or given states."""
    handed: tuple[Tensor, ...] = ()
    """What it hands on instead of its output: the states that a decoder starts from."""
    source: str = ""
    """The stage that a decoder's states come from, where it is not the one before."""
    unused: str = ""
    """States that it gives and that nothing reads: ``h_n, c_n``."""
    stage: str = ""
    """The stage of the trace that it is, or is a part of."""
    layers: tuple[int, int] | None = None
    """The layers that it draws, of a recurrent stage that is drawn layer by layer."""
    parameters: int = 0
    called: str | None = None
    """The name that its box gives, where that is not for the box to find."""

    @property
    def id(self) -> str:
        """The id of its node."""
        return ids.named("stage", self.name)

    @property
    def of_rounds(self) -> tuple[Message, ...]:
        """What it says of a loop's rounds: its title does not say that."""
        ids_ = {"stage.some-rounds", "stage.later", "stage.one-later"}
        return tuple(one for one in self.told if one.id in ids_)

    @property
    def tensor_id(self) -> str:
        """The id of the tensor after it."""
        return ids.named("tensor", self.name)


def steps_of(trace: Trace, depth: int = 1) -> list[Step]:
    """All stages in order; from depth 2 on, the layers of a recurrent stage one by one.

    Not of one that takes or hands on states beside the main line: those are of all its layers at once.
    """
    layers = trace.layers
    found: list[Step] = []
    after: Role = "input"
    framed = False
    for index, stage in enumerate(trace.stages):
        layer = layers.get(stage.name)
        later = trace.stages[index + 1 :]
        last = not later
        if layer is not None:
            after, framed = "hidden", True
        elif stage.type == "last_step":
            framed = False
        elif stage.type not in KEEPS:
            framed = False
            after = "input" if stage.type == "embedding" else "output" if _settles(later) else "hidden"
        if last and after == "hidden" and not framed and stage.type not in KEEPS:
            after = "output"
        step = Step(
            stage.name, stage.type, about(stage, "class", name=title_of(stage)),
            told_of(stage, layer), stage.outputs[0], _role(stage), after, framed, wiring_of(stage),
            parameters=sum(prod(p.sizes) for p in stage.parameters), stage=stage.name,
        )  # fmt: skip
        step = _with_states(step, stage, layer, later, found)
        if any(f"{stage.name}.{tensor.name}" in trace.results for tensor in stage.outputs[1:]):
            step = replace(step, unused="")  # the model itself returns it
        if stage.type == "last_step" and any(s.type == "unpack" for s in trace.stages[:index]):
            step = replace(step, told=(about(stage, "own-last-step"),))
        if layer is None or depth == 1 or step.beside or step.handed:
            found.append(step)
        else:
            found += _unfolded(step, stage, layer)
    return found


def _settles(later: tuple[Stage, ...]) -> bool:
    """Whether nothing with weights of its own follows: what is there are the predictions."""
    return not any(stage.parameters for stage in later)


def _role(stage: Stage) -> Role:
    return "param" if stage.parameters or stage.type in {"lstm", "gru", "rnn", "decoder"} else "op"


def _with_states(
    step: Step, stage: Stage, layer: Recurrent | None, later: tuple[Stage, ...], before: list[Step]
) -> Step:
    """The states that a recurrent stage reads, hands on, or gives in vain."""
    if layer is None:
        return step
    beside = stage.inputs[1:]
    if stage.type == "decoder":
        states = stage.inputs[1:]
        direct = bool(before) and before[-1].name == layer.states_from
        beside = (stage.inputs[0], *(() if direct else states))
        step = replace(step, source="" if direct else layer.states_from)
    finals = stage.outputs[1:]
    if later and later[0].type == "decoder":
        return replace(step, beside=beside, handed=finals)
    names = ", ".join(t.name for t in finals)
    read = any(s.type == "decoder" for s in later)
    return replace(step, beside=beside, unused=names if later and not read else "")


def _unfolded(step: Step, stage: Stage, layer: Recurrent) -> list[Step]:
    """A recurrent stage layer by layer; of many, those between the first and the last together."""
    count = layer.num_layers
    if count == 1:
        return [step]
    spans = [(k, k) for k in range(count)] if count <= 4 else [(0, 0), (1, count - 2), (count - 1, count - 1)]
    found = []
    for first, last in spans:
        own = [p for p in stage.parameters if _layer_of(p.name) in range(first, last + 1)]
        name = ids.layers(first, last)
        which = {"first": first} if first == last else {"first": first, "last": last}
        title = about(stage, "class-layer" if first == last else "class-layers",
                      name=title_of(stage), **which)  # fmt: skip
        wide = stage.outputs[0].sizes[-1]
        told = [about(stage, "widths", first=wide if first else layer.input_size, last=wide, layer=first)]
        told += [about(stage, "then-dropout", p=layer.dropout)] if layer.dropout and last < count - 1 else []
        part = replace(step, name=f"{step.name}.{name}", title=title, told=tuple(told), layers=(first, last),
                       parameters=sum(prod(p.sizes) for p in own))  # fmt: skip
        if last < count - 1:
            part = replace(part, framed=False, unused="")
        found.append(part)
    return found


def _layer_of(name: str) -> int:
    """The layer that a parameter belongs to: 1 for ``weight_ih_l1_reverse``."""
    return int(name.partition("_l")[2].partition("_")[0])


def counted_weights(step: Step) -> Message:
    """How many parameters a stage has."""
    return message("stage.parameters", count=step.parameters, stage=step.stage, layers=step.layers)


def in_vain(step: Step) -> Message:
    """That nothing reads some states of a stage: ``h_n, c_n not used``; of a decoder, its own."""
    how = "own-not-used" if step.type == "decoder" else "not-used"
    return message(f"stage.{how}", names=step.unused, stage=step.stage)
