"""A spec's model to be measured: untrained, of a seed.

A spec's model that goes on from chunk to chunk of a stream: two chunks of it, one after the other.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.flow import States
from lstmviz.network.model import Model
from lstmviz.network.plan import ModelPlan
from lstmviz.network.run import REFUSALS, Host, TooBigError, run, undisturbed
from lstmviz.network.stages import Recur, StageModule
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.values.data import Origin
from lstmviz.network.values.files import put_weights, read_values
from lstmviz.network.values.sources import Source, Watching, first_line, tensor_of

Batch = tuple[torch.Tensor, dict[str, States], tuple[int, ...] | None]
"""An input, the first states of each layer that is given them, and the lengths of the samples."""

SEED = 0
"""The seed of weights and inputs that nobody gave."""
OF_A_BATCH = ("view", "reshape", "permute", "decoder")
"""Layers that work with as many samples as the input has alone."""


class SpecSource(Source):
    """A spec's model with the weights and the input of its files; else torch's own of a seed, and random."""

    module: Model

    def __init__(self, plan: ModelPlan, trace: Trace) -> None:
        self.plan, self.trace = plan, trace
        named = {key: file.name for key in ("weights", "values") if (file := getattr(plan, key))}
        self.origin = Origin(seed=SEED, words=bool(plan.words), states=plan.states_given, **named)
        try:
            with undisturbed():
                torch.manual_seed(SEED)
                self.module = Model(plan, run(plan, Host(initialised=True))).double()
        except TooBigError as error:
            raise ModelError(f"the model is too large to be measured ({error})") from error
        if plan.weights:
            put_weights(plan.weights, self.stages)
        self.luck = torch.Generator().manual_seed(SEED)
        self.input = self.given()
        self.begun = {layer.name: self._states(layer) for layer in trace.recurrent if layer.states_given}
        if plan.channels or any(layer.type in OF_A_BATCH for layer in plan.layers):
            self.most = plan.batch_size

    def given(self) -> torch.Tensor:
        """Return the input: of a file, or the sentences of the spec; else random."""
        if self.plan.values:
            return read_values(self.plan)
        return self._sentences() if self.plan.words else self.random(self.plan.input_shape)

    def _sentences(self) -> torch.Tensor:
        rows = [torch.tensor(one) for one in self.plan.words]
        tokens = nn.utils.rnn.pad_sequence(rows, batch_first=self.plan.batch_first)
        return tokens.reshape(self.plan.input_shape)

    def random(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Return tokens or numbers of the seed."""
        if self.plan.form == "tokens":
            return torch.randint(self.plan.vocabulary or 1, shape, generator=self.luck)
        return torch.randn(shape, generator=self.luck).double()

    def _states(self, layer: Recurrent) -> States:
        """Return random h_0, and c_0, of all samples: (L·D, N, H), or (L·D, H) without a batch."""
        names = layer.states_at("0")
        return tuple(torch.randn(layer.tensor(n).sizes, generator=self.luck).double() for n in names)

    def apart(self) -> AbstractContextManager[None]:
        """Set aside torch's state."""
        return undisturbed()

    def _floats(self) -> bool:
        return self.plan.form != "tokens"

    def _copies(self, sample: int, count: int) -> Batch:
        axis = self._axes(self.trace.input.symbols)[0]
        own = self.input if axis is None else self.input.select(axis, sample).unsqueeze(axis)
        given = own if axis is None else own.repeat_interleave(count, axis)
        if self.fed is not None:  # of frames the numbers of a step stand side by side
            given = self.fed.reshape(*self.fed.shape[:-1], *own.shape[self.fed.dim() - 1 :])
        begun = {
            name: tuple(s if axis is None else s[:, sample, None].repeat(1, count, 1) for s in states)
            for name, states in self.begun.items()
        }
        return given, begun, self.plan.lengths and (self.plan.lengths[sample],) * count

    def _other(self, sample: int) -> tuple[Batch, int]:
        """Return all samples as they are given."""
        return (self.input, self.begun, self.plan.lengths), sample

    def _call(self, given: Batch) -> Any:
        value, begun, lengths = given
        object.__setattr__(self.module, "plan", self.plan.changed(lengths=lengths))
        try:
            return self._run(value, begun)
        except REFUSALS as error:
            raise ModelError(f"it does not run on copies of one sample: {first_line(error)}") from error

    def _run(self, value: torch.Tensor, begun: dict[str, States]) -> Any:
        """Run the model from these states; return its result."""
        return self.module(value, begun).value

    def stage_module(self, name: str) -> nn.Module | None:
        """Return the stage of this name."""
        return next((stage for stage in self.stages if stage.head.name == name), None)

    def holder(self, name: str) -> nn.Module | None:
        """Return torch's own module in a stage."""
        return getattr(self.stage_module(name), "inner", None)

    def recurrent(self, name: str) -> nn.Module:
        """Return torch's own module of a recurrent layer."""
        return self.holder(name)  # type: ignore[return-value]

    def name_of(self, module: nn.Module) -> str:
        """Return the name of a stage."""
        return next(stage.head.name for stage in self.stages if stage.inner is module)

    @property
    def stages(self) -> list[StageModule]:
        """Return the stages in their order."""
        return [stage for stage in self.module.stages if isinstance(stage, StageModule)]


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
