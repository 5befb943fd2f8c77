"""A run with one value changed and all others held: whatever gives something else has read it directly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.events import INPUT, Event, Source
from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.values import leaves, mapped

Watch = Callable[[nn.Module, Any], "Changer"]

Pieces = dict[tuple[int, int], list[torch.Tensor]]
"""What each call gave: of one that is several of torch's functions, piece by piece."""

PACKED = frozenset({"pack", "unpack"})
"""Calls that give numbers of steps after what they pack; other calls' whole numbers are values."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is changed: all of it, or what stands at one place along an axis.

    The calls in `free` are not held: the change goes on through them.
    """

    source: Source
    axis: int = 0
    place: int | None = None
    scale: float = 1.37
    free: frozenset[int] = frozenset()
    until: int | None = None
    """The last call that is asked about: the run may end after it."""

    def of(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the tensor with other numbers that are allowed where these were."""
        if self.place is None:
            return _changed(tensor, self.scale)
        if tensor.dim() <= self.axis or tensor.shape[self.axis] <= self.place:  # a piece on the way to it
            return tensor
        changed = tensor.clone()
        part = changed.select(self.axis, self.place)
        part.copy_(_changed(part, self.scale))
        return changed


def changed_run(run: Callable[[Watch], Any], held: Held, change: Change | None, until: int | None) -> Changer:
    """Run once more, held to another run but for one value. Raises ModelError."""
    made: list[Changer] = []

    def watch(model: nn.Module, inputs: Any) -> Changer:
        made.append(Changer(model, inputs, held, change, until))
        return made[0]

    try:
        run(watch)
    except ModelError:
        if not made or not made[0].over:
            raise
    return made[0]


def _changed(tensor: torch.Tensor, scale: float) -> torch.Tensor:
    """Tokens stay below the largest of them; all others change sign and size."""
    if tensor.dtype is torch.bool:
        return ~tensor
    if tensor.is_floating_point() or tensor.is_complex():
        return tensor * -scale + 0.61 * scale
    most = int(tensor.max()) if tensor.numel() else 0
    return (tensor + 1) % (most + 1 + (most == 0))


@dataclass
class Held:
    """A run as it is: what every call gave, so that other runs can be held to it."""

    pieces: Pieces = field(default_factory=dict)
    written: dict[int, torch.Tensor] = field(default_factory=dict)


class EndedError(RuntimeError):
    """All that was asked about has run."""


class Changer(CallRecorder):
    """A watcher that keeps what every call gives or, with a change, holds every call to what was kept.

    `moved` says, by the number of a call, where its first result became another (None: everywhere).
    A run `until` a call raises EndedError soon after it.
    """

    def __init__(
        self, model: nn.Module, inputs: Any, held: Held, change: Change | None = None,
        until: int | None = None,
    ) -> None:  # fmt: skip
        self._held = held
        self._change = change
        self._until = until
        self.over = False
        self._counts: dict[int, int] = {}
        self.moved: dict[int, torch.Tensor | None] = {}
        if change is not None and change.source[0] == INPUT:
            chosen = dict(leaves(inputs))[change.source[1]]
            inputs = mapped(inputs, lambda tensor: change.of(tensor) if tensor is chosen else tensor)
        super().__init__(model, inputs)

    def _event(self, type_: str, name: str, args: Any, kwargs: Any) -> Event:
        # the next one may still be a part of the last one
        if self._until is not None and len(self.events) > self._until + 1:
            self.over = True
            raise EndedError
        return super()._event(type_, name, args, kwargs)

    def altered(self, event: Event, result: Any) -> Any:
        """Return what the call gave in the run that is held to, with the change if it is its own."""
        piece = self._counts.get(event.index, 0)
        self._counts[event.index] = piece + 1
        key, tensors = (event.index, piece), [tensor for _, tensor in leaves(result)]
        if self._change is None:
            self._held.pieces[key] = [tensor.detach().clone() for tensor in tensors]
            return result
        before = self._held.pieces.get(key, [])
        if not _alike(before, tensors):
            self.moved[event.index] = None
            return result
        back = {id(now): old for now, old in zip(tensors, before, strict=True) if not _same(old, now)}
        if back:
            self.moved.setdefault(event.index, _where(before[0], tensors[0]))
        if event.index in self._change.free:
            return result
        own = event.index == self._change.source[0]
        named = outputs_of(event.module, result) if own else ()
        wanted = [tensor for name, tensor in named if name == self._change.source[1]]
        earlier = [one for n in range(piece) for one in self._held.pieces.get((event.index, n), ())]
        padded = event.type in PACKED and any(one.is_floating_point() for one in earlier)
        chosen = {id(one) for one in wanted if one.is_floating_point() or not padded}  # else its lengths
        return mapped(result, lambda tensor: self._given(tensor, back, chosen)) if back or chosen else result

    def _given(self, tensor: torch.Tensor, back: dict[int, torch.Tensor], chosen: set[int]) -> torch.Tensor:
        assert self._change is not None
        old = back.get(id(tensor))
        kept = tensor if old is None else old.clone()
        return self._change.of(kept) if id(tensor) in chosen else kept

    def passed(self, part: torch.Tensor, value: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Return the value itself: what was done to it goes on, past the table."""
        return value.clone()

    def _ended(self, event: Event, result: Any) -> None:
        super()._ended(event, result)
        if not event.writes or not isinstance(result, torch.Tensor):
            return
        if self._change is None:
            self._held.written[event.index] = result.detach().clone()
            return
        before = self._held.written.get(event.index)
        if before is None or not _alike([before], [result]):
            self.moved[event.index] = None
        elif not _same(before, result):
            self.moved[event.index] = _where(before, result)
            result.copy_(before)
        if before is not None and event.index == self._change.source[0]:
            result.copy_(self._change.of(result))


def _alike(before: list[torch.Tensor], now: list[torch.Tensor]) -> bool:
    return len(before) == len(now) and all(
        a.shape == b.shape and a.dtype == b.dtype for a, b in zip(before, now, strict=True)
    )


def _same(one: torch.Tensor, two: torch.Tensor) -> bool:
    plain = one.is_floating_point() and torch.equal(one, two)  # makes no copy of a score for every word
    return plain or bool(torch.equal(_plain(one), _plain(two)))


def _where(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    return _plain(one) != _plain(two)


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """Return numbers that can be compared: a quantized tensor's own."""
    plain = tensor.dequantize() if tensor.is_quantized else tensor
    return plain.nan_to_num() if plain.is_floating_point() else plain
