"""A spec's model that goes on from chunk to chunk of a stream: two chunks of it, one after the other."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from lstmviz.network.flow import States
from lstmviz.network.stages import Recur
from lstmviz.network.values.sources import Watching, tensor_of
from lstmviz.network.values.spec_source import SpecSource

Tensor = torch.Tensor


class StreamSource(SpecSource):
    """Each chunk begins with the last states of the one before; as code is written, without their graph."""

    chunks = 2

    def given(self) -> Tensor:
        """Return two chunks of random numbers or tokens."""
        assert self.plan.timesteps is not None
        return self.random(self.plan.changed(timesteps=self.chunks * self.plan.timesteps).input_shape)

    def _run(self, value: Tensor, begun: dict[str, States]) -> Any:
        axis, states, result = self._axes(self.trace.input.symbols)[1], begun, None
        ended: dict[str, States] = {}
        recurrent = [stage for stage in self.stages if type(stage) is Recur]
        hooks = [
            stage.register_forward_hook(lambda one, _, flow: ended.update({one.head.name: flow.ended}))
            for stage in recurrent
        ]
        try:
            for part in value.split(self.plan.timesteps, axis):  # type: ignore[no-untyped-call]
                result = self.module(part, states).value
                cut = {name: tuple(one.detach() for one in found) for name, found in ended.items()}
                states = cut if self.as_written else dict(ended)
        finally:
            for hook in hooks:
                hook.remove()
        return result

    def joined(self, calls: list[Any], time: int, sizes: tuple[int, ...]) -> Tensor | None:  # noqa: ARG002
        """Put what a stage made of each chunk behind each other."""
        return torch.cat([tensor_of(call) for call in calls], time)

    def _watching(self, replaced: dict[str, Tensor], of: str = "") -> Watching:
        stage = self.stage_module(of) if of else None
        axis = self._axes(self.trace.input.symbols)[1]
        return _InChunks(self.tokens, stage, replaced, self, axis)


class _InChunks(Watching):
    """The embedding reads chunk by chunk what is to be read instead of its own."""

    def __init__(self, tokens: nn.Module | None, stage: nn.Module | None, *more: Any) -> None:
        super().__init__(tokens, stage, *more[:2])
        self.axis, self.read = more[2], 0

    def _embedded(self, _module: nn.Module, _given: Any, result: Tensor) -> Tensor:
        seen = self.seen.get("read")
        self.seen["read"] = result if seen is None else torch.cat([seen, result], self.axis)
        steps = self.replaced.get("steps")
        if steps is None:
            return result
        self.read, begin = self.read + result.shape[self.axis], self.read
        return steps.narrow(self.axis, begin, result.shape[self.axis])
