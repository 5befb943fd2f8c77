"""What a run of a module is recorded as: its calls, and where each tensor comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import torch
from torch import nn

from lstmviz.network.user.values import Sizes
from lstmviz.records import record

Source = tuple[int, str]
"""A tensor by where it comes from: the number of an event, and which of its outputs."""
INPUT = -1
"""The number of the event that gave the model its inputs."""
Cut = tuple[tuple[int, int], ...]
"""A part of a tensor: for each axis where it begins, and how long it is."""


@record(frozen=True, slots=True)
class Slot:
    """One tensor that a call takes: its place among the arguments, and where it comes from."""

    name: str
    sources: tuple[Source, ...]
    detached: bool = False


@dataclass(slots=True)
class Event:
    """One call of a module or a function, with what it took and gave."""

    index: int
    type: str
    name: str
    module: nn.Module | None
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    inputs: tuple[tuple[str, Sizes], ...]
    sources: tuple[Source, ...]
    where: str
    parameters: Mapping[str, torch.Tensor] = field(default_factory=dict)
    result: Any = None
    outputs: tuple[tuple[str, Sizes], ...] = ()
    writes: bool = False
    """Whether it writes into a tensor that was there before."""
    begun: tuple[Source, ...] = ()
    """Where the states come from that a recurrent layer was handed."""
    zeros: bool = False
    """Whether these were zeros, when it was called."""
    inside: tuple[str, ...] = ()
    """The user's own modules whose forward made the call, from the outside in, each run counted."""
    owners: tuple[str, ...] = ()
    """The same by their names in the model alone: which instances they are."""
    slots: tuple[Slot, ...] = ()
    cuts: Mapping[str, Cut] = field(default_factory=dict)
    """Of each output that is a view of the first argument, which part it is."""
    called: Mapping[Source, tuple[tuple[CodeType, str], ...]] = field(default_factory=dict)
    """What the functions that were running called the tensors it takes, from the outside in."""
    func: Any = None
    """The function of torch that was called, if it was no module."""
    taken: Sequence[tuple[str, torch.Tensor]] = ()
    """The tensors it takes, each with its place among the arguments."""

    @property
    def key(self) -> tuple[Any, ...]:
        """What calls have in common that do the same with the same weights."""
        return self.type, self.name, self.owners, tuple(sorted(self.parameters))

    def read_only(self, sources: tuple[Source, ...]) -> None:
        """Leave out all that it takes but these: the rest are no values that it reads."""
        self.sources = sources
        self.slots = tuple(slot for slot in self.slots if {*slot.sources} <= {*sources})


@record(frozen=True, slots=True)
class Made:
    """One function of torch, or module, that ran, with the event that it belongs to, if it is of one."""

    name: str
    event: Event | None
    taken: tuple[tuple[str, tuple[Source, ...]], ...]
    """Which tensors it took, each once: the place among the arguments, and where it comes from."""


@dataclass(slots=True)
class Call:
    """One run of a function of the user's: what it called, each with the place in its code."""

    code: CodeType
    children: list[tuple[int, Call | Event]] = field(default_factory=list)


def name_in(names: Sequence[tuple[CodeType, str]], code: CodeType, *, within: bool = False) -> str:
    """Return what a function calls a tensor, by what all that were running do; else what an inner one does.

    With `within` only what an inner one does, where that is no part of a list: ``h, c = state``.
    """
    own = [name for of, name in names if of is code and not within]
    inner = [name for of, name in names if not within or (of is not code and "[" not in name)]
    return next(iter([*own, *inner[::-1]]), "")
