"""Which recurrent layers of a model a grid shows, and what stands around them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lstmviz.network.structure import Recurrent, Stage, Tensor, Trace

HELPERS = frozenset({"pack", "unpack"})
"""Stages that only change how a padded batch is stored; the grid draws them as padding."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A recurrent layer, and the stages from it to the next one or to the end."""

    layer: Recurrent
    after: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """The recurrent layers shown, from the first to run to the last.

    `floors` stand one above the other; `decoder` starts from the states of the
    last of them. `ends` says whether what follows the last one shown is the
    model's end. `others` are the recurrent layers that the figure leaves out.
    """

    before: tuple[Stage, ...]
    floors: tuple[Floor, ...]
    decoder: Floor | None = None
    ends: bool = True
    others: tuple[Recurrent, ...] = ()

    @property
    def shown(self) -> tuple[Floor, ...]:
        """Every floor, the decoder's too."""
        return (*self.floors, self.decoder) if self.decoder else self.floors


def story(trace: Trace, layer: Recurrent, *, alone: bool) -> Story:
    """What a grid tells: of one layer `alone`, or of as many as can stand together."""
    layers = [_relettered(trace, one) for one in trace.recurrent]
    first = next(i for i, one in enumerate(trace.recurrent) if one.name == layer.name)
    floors = [Floor(one, _whole(trace, one)) for one in layers]
    before = _before(trace, layer)
    if alone:
        last = first + 1 == len(layers)
        shown = floors[first] if last else replace(floors[first], after=())
        return Story(before, (shown,), None, last)
    count = 1
    while count < len(floors) and _stands_on(trace, floors[count - 1].layer, floors[count].layer):
        count += 1
    rest = floors[count:]
    decoder = rest[0] if rest and rest[0].layer.states_from == floors[count - 1].layer.name else None
    others = tuple(floor.layer for floor in (rest[1:] if decoder else rest))
    return Story(before, tuple(floors[:count]), decoder, not others, others)


def _whole(trace: Trace, layer: Recurrent) -> tuple[Stage, ...]:
    """The stages above a layer, if they lead to the next one or to the end; none where the way branches."""
    found = between(trace, layer)
    ahead = trace.readers({found[-1].name}) if found else ()
    recurrent = {one.name for one in trace.recurrent}
    return found if len(ahead) < 2 and all(stage.name in recurrent for stage in ahead) else ()


def _stands_on(trace: Trace, lower: Recurrent, upper: Recurrent) -> bool:
    """Whether one layer reads the other's output, and every step of one is a step of the other."""
    if all(stage.name != upper.name for stage in trace.following(lower.name)):
        return False
    return not upper.states_from and (lower.timesteps, lower.batch_size) == (
        upper.timesteps,
        upper.batch_size,
    )


def between(trace: Trace, layer: Recurrent) -> tuple[Stage, ...]:
    """The stages after a recurrent layer, up to the next one."""
    rest = trace.following(layer.name)
    recurrent = {one.name for one in trace.recurrent}
    stop = next((i for i, stage in enumerate(rest) if stage.name in recurrent), len(rest))
    return _seen(rest[:stop])


def follows(trace: Trace, layer: Recurrent) -> tuple[Stage, ...]:
    """The stages after the last recurrent layer; none after another one."""
    return _whole(trace, layer) if layer.name == trace.recurrent[-1].name else ()


def _before(trace: Trace, layer: Recurrent) -> tuple[Stage, ...]:
    """The stages from the model's input, or the recurrent layer before, to this one."""
    found: list[Stage] = []
    recurrent = {one.name for one in trace.recurrent}
    for stage in trace.leading(layer.name):
        found = [stage] if stage.name in recurrent else [*found, stage]
    return _seen(found)


def _seen(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    return tuple(stage for stage in stages if stage.type not in HELPERS)


def _relettered(trace: Trace, layer: Recurrent) -> Recurrent:
    """The layer with the whole model's letters (H₁, T′), where there are several."""
    if len(trace.recurrent) < 2:
        return layer
    near = _around(trace, layer)
    tensors = []
    for tensor in layer.tensors:
        names = {"input": ("input", "target"), "h_0": ("h_n",), "c_0": ("c_n",)}.get(
            tensor.name, (tensor.name,)
        )
        same = [t for t in near if t.name in names and t.sizes == tensor.sizes and _lettered(t)]
        tensors.append(replace(tensor, symbols=same[0].symbols) if same else tensor)
    return replace(layer, tensors=tuple(tensors))


def _lettered(tensor: Tensor) -> bool:
    return any(char.isalpha() for symbol in tensor.symbols for char in symbol)


def _around(trace: Trace, layer: Recurrent) -> list[Tensor]:
    """The tensors of the layer's stage, and of the packing around it."""
    names = [stage.name for stage in trace.stages]
    if layer.name not in names:
        return []
    at = names.index(layer.name)
    stages = [stage for stage in trace.stages[max(0, at - 1) : at + 2] if stage.type in HELPERS]
    both = [trace.stages[at], *stages]
    return [tensor for stage in both for tensor in (*stage.outputs, *stage.inputs)]


def letter_of_time(layer: Recurrent) -> str:
    """How this layer's number of steps is called: ``T``, or ``T′`` in a decoder."""
    axis = 1 if layer.batch_first and layer.batch_size is not None else 0
    symbol = layer.tensor("input").symbols[axis]
    return symbol if "T" in symbol else "T"


def zeros(layer: Recurrent) -> bool:
    """Whether h_0 and c_0 are zeros: neither given nor another layer's last states."""
    return not layer.states_given and not layer.states_from


def letter(layer: Recurrent) -> str:
    """What a layer's input at a step is called: x, or x′ in a decoder, which reads a second input."""
    return "x′" if layer.states_from else "x"
