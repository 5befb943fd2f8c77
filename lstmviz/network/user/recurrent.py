"""Recurrent layers as they ran in a user's model: sizes measured, letters found."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from lstmviz.network.packed import Packing
from lstmviz.network.packing import packing_of
from lstmviz.network.plan import ModelPlan, PlanLayer
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.network.trace import own_letters
from lstmviz.network.user.events import Event
from lstmviz.network.user.kinds import recurrent_type
from lstmviz.network.user.values import Sizes, leaves, sizes
from lstmviz.spec.layer_types import CLASSES, RECURRENT_DEFAULTS

FACTS = ("hidden_size", *(name for name in RECURRENT_DEFAULTS if name != "nonlinearity"))


@dataclass(frozen=True, slots=True)
class Ran:
    """What one recurrent layer took and gave, in the shapes of torch's API."""

    type: str
    facts: Mapping[str, Any]
    timesteps: int
    batch_size: int | None
    lengths: tuple[int, ...] | None
    tensors: Mapping[str, Sizes]
    parameters: Mapping[str, Sizes]
    zeros: bool
    """Whether it starts from zeros."""
    cell: str = ""
    """The class of a cell that a loop calls."""
    packing: Packing | None = None

    @property
    def time_axis(self) -> int:
        """Where the steps are in `output`."""
        return int(self.batch_size is not None and self.facts["batch_first"])


def facts_of(module: Any, type_: str) -> dict[str, Any]:
    """Return the arguments of a recurrent layer or cell, as its module keeps them."""
    facts: dict[str, Any] = {name: getattr(module, name, RECURRENT_DEFAULTS.get(name)) for name in FACTS}
    facts["bias"] = bool(facts["bias"])
    facts["dropout"] = float(facts["dropout"])
    facts["input_size"] = module.input_size
    facts["nonlinearity"] = getattr(module, "nonlinearity", "tanh") if type_ == "rnn" else "tanh"
    return facts


def ran(event: Event) -> Ran | None:
    """Read a call of a recurrent layer; None if it gives something else than torch's own does."""
    module, type_ = event.module, recurrent_type(event.module)
    result = event.result
    if module is None or type_ is None or not (isinstance(result, tuple) and len(result) == 2):
        return None
    facts = facts_of(module, type_)
    given = event.args[0] if event.args else event.kwargs.get("input")
    ended = [tensor for _, tensor in leaves(result[1])]
    begun = states_of(event)
    if given is None or len(ended) != (2 if type_ == "lstm" else 1):
        return None
    lengths = _lengths(given) if isinstance(given, PackedSequence) else None
    taken, output = _padded(given, facts), _padded(result[0], facts)
    batched = taken.dim() == 3
    time = 1 if batched and facts["batch_first"] else 0
    first = begun or ended
    tensors = {
        "input": sizes(taken),
        **{name: sizes(state) for name, state in zip(("h_0", "c_0"), first, strict=False)},
        "output": sizes(output),
        **{name: sizes(state) for name, state in zip(("h_n", "c_n"), ended, strict=False)},
    }
    return Ran(
        type_, facts, taken.shape[time], taken.shape[1 - time] if batched else None, lengths, tensors,
        parameters_of(module, type_, facts), not begun,
        packing=packing_of(given) if isinstance(given, PackedSequence) else None,
    )  # fmt: skip


def states_of(event: Event) -> list[torch.Tensor]:
    """Return the states that a call was handed: h_0 (c_0), or none."""
    given = event.args[1] if len(event.args) > 1 else event.kwargs.get("hx")
    return [tensor for _, tensor in leaves(given)]


def entries(states: Sequence[torch.Tensor], event: Event) -> Iterator[tuple[tuple[str, int], torch.Tensor]]:
    """Yield the entries of h_n (c_n) with their places; a cell has one."""
    for letter, state in zip("hc", states, strict=False):
        parts = [state] if recurrent_type(event.module) is None else state
        yield from (((letter, index), part) for index, part in enumerate(parts))


def _padded(value: Any, facts: Mapping[str, Any]) -> torch.Tensor:
    if isinstance(value, PackedSequence):
        padded, _ = pad_packed_sequence(value, batch_first=facts["batch_first"])
        return padded
    return value  # type: ignore[no-any-return]


def _lengths(packed: PackedSequence) -> tuple[int, ...]:
    _, lengths = pad_packed_sequence(packed)
    return tuple(map(int, lengths))


def parameters_of(module: nn.Module, type_: str, facts: Mapping[str, Any]) -> dict[str, Sizes]:
    """Return a layer's parameters under torch's names, also where they are computed from others."""
    names = getattr(module, "_flat_weights_names", ())
    if names:
        return {name: sizes(getattr(module, name)) for name in names}
    arguments = {name: facts[name] for name in ("input_size", *FACTS)}
    if type_ == "rnn":
        arguments["nonlinearity"] = facts["nonlinearity"]
    if type_ != "lstm":
        del arguments["proj_size"]
    plain = getattr(nn, CLASSES[type_])(**arguments, device="meta")
    return {name: sizes(parameter) for name, parameter in plain.named_parameters()}


def recurrent(name: str, seen: Ran) -> Recurrent:
    """Describe a layer that ran, under the letters of the field."""
    texts = _letters(
        seen.type,
        tuple(sorted(seen.facts.items())),
        (seen.timesteps, seen.batch_size, seen.lengths),
        tuple(seen.tensors.items()),
        tuple(seen.parameters.items()),
    )
    return Recurrent(
        name=name,
        type=seen.type,  # type: ignore[arg-type]
        **seen.facts,
        timesteps=seen.timesteps,
        batch_size=seen.batch_size,
        lengths=seen.lengths,
        states_given=not seen.zeros,
        tensors=tuple(Tensor(n, s, texts["tensors", n]) for n, s in seen.tensors.items()),
        parameters=tuple(Tensor(n, s, texts["parameters", n]) for n, s in seen.parameters.items()),
        cell=seen.cell,
        packing=seen.packing,
    )


@functools.lru_cache(maxsize=64)
def _letters(
    type_: str,
    facts: tuple[tuple[str, Any], ...],
    run: tuple[int, int | None, tuple[int, ...] | None],
    tensors: tuple[tuple[str, Sizes], ...],
    parameters: tuple[tuple[str, Sizes], ...],
) -> Mapping[tuple[str | int, ...], tuple[str, ...]]:
    """Find the letters from small runs of a module with the same arguments."""
    given = dict(facts)
    timesteps, batch, lengths = run
    used = {"num_layers", "hidden_size", "bias", "dropout", "bidirectional"}
    used |= {"lstm": {"proj_size"}, "rnn": {"nonlinearity"}}.get(type_, set())
    alone = ModelPlan(
        form="sequence",
        batch_size=batch,
        timesteps=timesteps,
        features=given["input_size"],
        batch_first=given["batch_first"],
        lengths=lengths,
        layers=(PlanLayer("", type_, type_, {name: given[name] for name in used}),),
    )
    table: dict[tuple[str | int, ...], Sizes] = {("tensors", name): size for name, size in tensors}
    return own_letters(alone, table | {("parameters", name): size for name, size in parameters})
