"""A model run again and again on copies of one sample: a spec's, or a user's own module."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from lstmviz.errors import ModelError
from lstmviz.network.model import Model
from lstmviz.network.run import REFUSALS, Host, TooBigError, run, undisturbed
from lstmviz.network.stages import Stage
from lstmviz.network.user.running import alone, copied
from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.values.data import Origin

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from lstmviz.network.plan import Plan
    from lstmviz.network.structure import Trace

SEED = 0
"""The seed of weights and inputs that nobody gave."""
Tensor = torch.Tensor
SEQUENCE = 3
"""So many axes a batch of sequences has."""
OF_A_BATCH = ("view", "reshape", "permute", "decoder")
"""Layers that work with as many samples as the input has alone."""


def first_line(error: BaseException) -> str:
    """Return the first line of what torch says; the others are for its developers."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class Source(ABC):
    """A model in float64 and evaluation mode, and one sample of its input.

    `run` takes copies of what the sample's steps are, (B, T, F), the input itself or the embedding of its
    tokens, and gives what a stage made of them, (B, T, D).
    """

    module: nn.Module
    origin: Origin
    trace: Trace
    most: int | None = None
    """So many copies must run at once, where the model works with that many samples alone."""

    @abstractmethod
    def apart(self) -> AbstractContextManager[None]:
        """Set aside what runs might change."""

    @abstractmethod
    def _call(self, given: Any) -> Any:
        """Run the model on a whole input."""

    @abstractmethod
    def _copies(self, sample: int, count: int) -> Any:
        """Return the input as so many copies of one sample."""

    @property
    def batched(self) -> bool:
        """Whether the input has a batch axis."""
        return "N" in self.trace.input.symbols

    def steps(self, sample: int) -> Tensor:
        """Return the steps of a sample as the recurrent part of the model reads them: (T, F), in float64."""
        axes, given = self._axes(self.trace.input.symbols), self._copies(sample, self.most or 1)
        if self.tokens is None:
            return _rows(_tensor(given), axes, 0)
        with self._watching({}) as seen:
            self._call(given)
        return _rows(seen["read"], axes, 0)

    def once(self, sample: int) -> None:
        """Run on the sample as it is."""
        self._call(self._copies(sample, self.most or 1))

    def name_of(self, module: nn.Module) -> str:
        """Return what a module is called in the figures."""
        return str(next(name for name, part in self.module.named_modules() if part is module))

    @abstractmethod
    def recurrent(self, name: str) -> nn.Module:
        """Return torch's own module of a recurrent layer."""

    def run(self, of: str, sample: int, given: Tensor) -> Tensor:
        """Run on copies of the sample whose steps are these: (B, T, F) to (B, T, D) of the stage."""
        axes = self._axes(self.trace.input.symbols)
        with self._watching({"steps": _placed(given, axes)}, of) as seen:
            result = self._call(self._copies(sample, len(given)))
        stage = self.trace.stage(of)
        assert stage is not None
        found = seen.get("made", result if self._ends(of) else None)
        if found is None:
            raise ModelError(f"what {of} gives cannot be had while the model runs")
        return _taken(_tensor(found), self._axes(stage.outputs[0].symbols))

    def _ends(self, of: str) -> bool:
        last = self.trace.stages[-1].name
        return f"{of}.output" in self.trace.results or (not self.trace.results and of == last)

    def _axes(self, symbols: tuple[str, ...]) -> tuple[int | None, int]:
        """Return where the samples and where the steps are."""
        times = [
            at
            for at, symbol in enumerate(symbols)
            if symbol[:1] == "T" and symbol[1:].strip("′₁₂₃₄₅₆₇₈₉") == ""
        ]
        if len(times) != 1:
            raise ModelError(
                "which axis is time could not be found", hint="run it on another number of steps"
            )
        return (symbols.index("N") if "N" in symbols else None), times[0]

    def _watching(self, replaced: dict[str, Tensor], of: str = "") -> Watching:
        tokens = self.tokens
        return Watching(tokens, self.stage_module(of) if of else None, replaced, self._feed)

    @property
    def tokens(self) -> nn.Module | None:
        """Return the embedding of the tokens, where the input is no numbers."""
        found = [part for part in self.module.modules() if isinstance(part, nn.Embedding)]
        return found[0] if found and not self._floats() else None

    @abstractmethod
    def _floats(self) -> bool:
        """Whether the input is numbers and no tokens."""

    @abstractmethod
    def stage_module(self, name: str) -> nn.Module | None:
        """Return the module of a stage; None for a function."""

    def _feed(self, steps: Tensor | None) -> None:
        """Let the next run read these steps instead of the input's own."""
        self.fed = steps

    fed: Tensor | None = None


class Watching:
    """Hooks on the embedding and on one stage, for one run."""

    def __init__(
        self, tokens: nn.Module | None, stage: nn.Module | None, replaced: dict[str, Tensor], feed: Any
    ) -> None:
        self.tokens, self.stage, self.replaced, self.feed = tokens, stage, replaced, feed
        self.seen: dict[str, Any] = {}
        self.hooks: list[Any] = []

    def __enter__(self) -> dict[str, Any]:
        if self.stage is not None:
            self.hooks.append(self.stage.register_forward_hook(self._made))
        if self.tokens is not None:
            self.hooks.append(self.tokens.register_forward_hook(self._embedded))
        else:
            self.feed(self.replaced.get("steps"))
        return self.seen

    def __exit__(self, *_: object) -> None:
        for hook in self.hooks:
            hook.remove()
        self.feed(None)

    def _made(self, _module: nn.Module, _given: Any, result: Any) -> None:
        self.seen["made"] = getattr(result, "value", result)  # a stage of a spec gives a flow

    def _embedded(self, _module: nn.Module, _given: Any, result: Tensor) -> Tensor:
        self.seen.setdefault("read", result)
        steps = self.replaced.get("steps")
        return result if steps is None or steps.shape != result.shape else steps


def _tensor(value: Any) -> Tensor:
    """Return the first tensor of what a module gives; a packed one is padded again."""
    if isinstance(value, PackedSequence):
        return pad_packed_sequence(value, batch_first=True)[0]
    found = next((tensor for _, tensor in leaves(value)), None)
    if found is None:
        raise ModelError("it gives no tensor")
    return found


def _placed(given: Tensor, axes: tuple[int | None, int]) -> Tensor:
    """Turn (B, T, F) into the order of the input's axes; without a batch axis B is 1."""
    batch, time = axes
    if batch is None:
        return given[0]
    return given if batch < time else given.transpose(0, 1)


def _taken(found: Tensor, axes: tuple[int | None, int]) -> Tensor:
    """Turn what a stage gives into (B, T, D)."""
    batch, time = axes
    ordered = found.movedim(time, 0) if batch is None else found.movedim((batch, time), (0, 1))
    ordered = ordered[None] if batch is None else ordered
    return ordered.flatten(2) if ordered.dim() > 2 else ordered[..., None]


def _rows(found: Tensor, axes: tuple[int | None, int], at: int) -> Tensor:
    return _taken(found, axes)[at].detach()


def _first_replaced(inputs: Any, other: Tensor) -> Any:
    """Return the inputs with another tensor in the place of the first."""
    rest = iter([other, *(tensor for _, tensor in list(leaves(inputs))[1:])])
    return mapped(inputs, lambda _: next(rest))


def _lettered(trace: Trace, letters: tuple[str, str]) -> Trace:
    """Return the trace with these letters for the first two axes of what has them as the input does."""
    sizes = trace.input.sizes[:2]

    def named(tensor: Any) -> Any:
        same = tensor.sizes[:2] == sizes and len(tensor.sizes) == SEQUENCE
        return dataclasses.replace(tensor, symbols=(*letters, *tensor.symbols[2:])) if same else tensor

    stages = tuple(
        dataclasses.replace(stage, outputs=tuple(map(named, stage.outputs))) for stage in trace.stages
    )
    inputs = tuple(map(named, trace.inputs))
    return dataclasses.replace(trace, input=named(trace.input), inputs=inputs, stages=stages)


class SpecSource(Source):
    """A spec's model with torch's own initial weights of a seed, on a random input of that seed."""

    module: Model

    def __init__(self, plan: Plan, trace: Trace) -> None:
        self.plan, self.trace, self.origin = plan, trace, Origin(seed=SEED)
        try:
            with undisturbed():
                torch.manual_seed(SEED)
                self.module = Model(plan, run(plan, Host(initialised=True))).double()
        except TooBigError as error:
            raise ModelError(f"the model is too large to be measured ({error})") from error
        luck = torch.Generator().manual_seed(SEED)
        if plan.form == "tokens":
            self.input = torch.randint(plan.vocabulary or 1, plan.input_shape, generator=luck)
        else:
            self.input = torch.randn(plan.input_shape, generator=luck).double()
        if any(layer.type in OF_A_BATCH for layer in plan.layers):
            self.most = plan.batch_size

    def apart(self) -> AbstractContextManager[None]:
        """Set aside torch's state."""
        return undisturbed()

    def _floats(self) -> bool:
        return self.plan.form != "tokens"

    def _copies(self, sample: int, count: int) -> Any:
        axis = self._axes(self.trace.input.symbols)[0]
        own = self.input if axis is None else self.input.select(axis, sample).unsqueeze(axis)
        given = (
            self.fed
            if self.fed is not None
            else own.repeat_interleave(count, axis)
            if axis is not None
            else own
        )
        lengths = self.plan.lengths and (self.plan.lengths[sample],) * count
        object.__setattr__(self.module, "plan", self.plan.changed(lengths=lengths))
        return given

    def _call(self, given: Any) -> Any:
        try:
            return self.module(given).value
        except REFUSALS as error:
            raise ModelError(f"it does not run on copies of one sample: {first_line(error)}") from error

    def stage_module(self, name: str) -> nn.Module | None:
        """Return the stage of this name."""
        return next((stage for stage in self.stages if stage.head.name == name), None)

    def recurrent(self, name: str) -> nn.Module:
        """Return torch's own module of a recurrent layer."""
        return self.stage_module(name).inner  # type: ignore[union-attr, return-value]

    def name_of(self, module: nn.Module) -> str:
        """Return the name of a stage."""
        return next(stage.head.name for stage in self.stages if stage.inner is module)

    @property
    def stages(self) -> list[Stage]:
        """Return the stages in their order."""
        return [stage for stage in self.module.stages if isinstance(stage, Stage)]


class OwnSource(Source):
    """A copy of a user's own module, with its weights, on its own inputs."""

    def __init__(self, module: nn.Module, inputs: Any, trace: Trace, weights: str = "") -> None:
        self.trace, self.origin = trace, Origin(own=True, weights=weights)
        with alone(torch.float64):
            try:
                self.module, self.inputs = copied(module, inputs, torch.float64)
            except ModelError:
                raise
            except Exception as error:
                raise ModelError(f"it cannot be run in float64: {error}") from error
        if "T" not in trace.input.symbols:
            with self.apart():
                self.trace = self._with_axes(trace)

    def _with_axes(self, trace: Trace) -> Trace:
        """Find which axis of an input is the batch: one along which a result reads its own place alone.

        The other of the first two is time, in all that keeps both where they are.
        """
        given = next(tensor for _, tensor in leaves(self.inputs))
        plain = _tensor(self._call(self.inputs))
        for axis in (0, 1):
            changed = given.clone()
            changed.select(axis, 0).mul_(-1.5).add_(0.7)
            moved = _tensor(self._call(_first_replaced(self.inputs, changed))) != plain
            if moved.dim() > axis and not bool(moved.narrow(axis, 1, moved.shape[axis] - 1).any()):
                letters = ("N", "T") if axis == 0 else ("T", "N")
                return _lettered(trace, letters)
        raise ModelError("which axis is the batch could not be found")

    def apart(self) -> AbstractContextManager[None]:
        """Set aside torch's state and the luck of the user's code."""
        return alone(torch.float64)

    def _floats(self) -> bool:
        return next(tensor for _, tensor in leaves(self.inputs)).is_floating_point()

    def _copies(self, sample: int, count: int) -> Any:
        """Return all inputs as copies of one sample, each along its own batch axis."""
        axes = {tensor.name: tensor.symbols for tensor in self.trace.inputs}
        names = iter(["input", *(f"input.{name}" for name, _ in list(leaves(self.inputs))[1:])])

        def copies(tensor: Tensor) -> Tensor:
            name = next(names)
            if name == "input" and self.fed is not None:
                return self.fed
            symbols = axes.get(name, self.trace.input.symbols if name == "input" else ())
            if "N" not in symbols:
                return tensor
            axis = symbols.index("N")
            return tensor.select(axis, sample).unsqueeze(axis).repeat_interleave(count, axis)

        return mapped(self.inputs, copies)

    def _call(self, given: Any) -> Any:
        try:
            return self.module(**given) if isinstance(given, dict) else self.module(*given)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(
                f"it does not run in float64 on copies of one sample: {first_line(error)}"
            ) from error

    def stage_module(self, name: str) -> nn.Module | None:
        """Return the module of this path."""
        alone = None if any(self.module.children()) else self.module
        return dict(self.module.named_modules()).get(name, alone)

    def recurrent(self, name: str) -> nn.Module:
        """Return torch's own module of a recurrent layer."""
        found = self.stage_module(name)
        if not isinstance(found, nn.RNNBase):
            raise ModelError(f"{name} is no nn.LSTM, nn.GRU or nn.RNN that runs as a whole")
        return found
