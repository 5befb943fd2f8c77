"""A user's own module to be measured: a copy of it, on its own inputs."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from lstmviz.errors import ModelError
from lstmviz.network.user.gradient_bypass import LetThrough, plain_functions
from lstmviz.network.user.running import alone, copied
from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.values.sources import Source, first_line, tensor_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from lstmviz.network.structure import Trace
    from lstmviz.network.values.data import Origin

Tensor = torch.Tensor
SEQUENCE = 3
"""So many axes a batch of sequences has."""
TRIALS = 32
"""So many guesses at which axes of further inputs are the batch are run at most."""
NEAR = 1e-9
"""As equal as this is what a sample gives alone and among others."""


class OwnSource(Source):
    """A copy of a user's own module, with its weights, on its own inputs."""

    def __init__(self, module: nn.Module, inputs: Any, trace: Trace, origin: Origin) -> None:
        self.trace, self.origin = trace, origin
        with alone(torch.float64):
            try:
                self.module, self.inputs = copied(module, inputs, torch.float64)
            except ModelError:
                raise
            except Exception as error:
                raise ModelError(f"it cannot be run in float64: {error}") from error
        with self.apart():
            if "T" not in trace.input.symbols:
                self.trace = self._with_axes(trace)
            self.batch_axes = self._batch_axes()

    def _with_axes(self, trace: Trace) -> Trace:
        """Find which axis of an input is the batch: one along which a result reads its own place alone.

        The other of the first two is time, in all that keeps both where they are.
        """
        given = next(tensor for _, tensor in leaves(self.inputs))
        plain = tensor_of(self._call(self.inputs))
        for axis in (0, 1):
            changed, first = given.clone(), given.select(axis, 0)
            # tokens stay tokens: the largest becomes the smallest
            other = first * -1.5 + 0.7 if self._floats() else given.max() + given.min() - first
            changed.select(axis, 0).copy_(other)
            moved = tensor_of(self._call(_first_replaced(self.inputs, changed))) != plain
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
        return self._repeated(sample, count, self.batch_axes)

    def _other(self, sample: int) -> tuple[Any, int]:
        """Return the sample alone: code of one's own may sort those of a batch."""
        axes = iter([self.batch_axes[name] for name in self._names])

        def own(tensor: Tensor) -> Tensor:
            axis = next(axes)
            return tensor if axis is None else tensor.narrow(axis, sample, 1)

        return mapped(self.inputs, own), 0

    def _repeated(self, sample: int, count: int, axes: Mapping[str, int | None]) -> Any:
        names = iter(self._names)

        def copies(tensor: Tensor) -> Tensor:
            name = next(names)
            if name == "input" and self.fed is not None:
                return self.fed
            axis = axes[name]
            if axis is None:
                return tensor
            return tensor.select(axis, sample).unsqueeze(axis).repeat_interleave(count, axis)

        return mapped(self.inputs, copies)

    @property
    def _names(self) -> list[str]:
        return ["input", *(f"input.{name}" for name, _ in list(leaves(self.inputs))[1:])]

    def _batch_axes(self) -> dict[str, int | None]:
        """Return which axis of each input is the batch; None for what all samples share.

        Where no letter says it, as of h_0 and c_0 that a module takes, runs do: copies of the first sample
        must give what it gave among the others.
        """
        given = [tensor for _, tensor in leaves(self.inputs)]
        symbols = {one.name: one.symbols for one in self.trace.inputs} | {"input": self.trace.input.symbols}
        known = {n: s.index("N") if "N" in s else None for n in self._names for s in [symbols.get(n, ())]}
        if known["input"] is None:
            return known
        samples = given[0].shape[known["input"]]
        open_ = {
            name: [at for at in range(tensor.dim()) if tensor.shape[at] == samples]
            for name, tensor in zip(self._names, given, strict=True)
            if known[name] is None
        }
        guesses = itertools.product(*([*axes, None] for axes in open_.values()))
        count = 1 + max(size for tensor in given for size in tensor.shape)  # no axis is as long by itself
        for guess in itertools.islice(guesses, TRIALS) if any(open_.values()) else ():
            axes = known | dict(zip(open_, guess, strict=True))
            if self._same(samples, count, axes):
                return axes
        return known

    def _same(self, samples: int, count: int, axes: Mapping[str, int | None]) -> bool:
        """Whether the first sample, copied along these axes, gives what it gives among the others."""
        try:
            with torch.no_grad():
                alone_, all_ = self._call(self._repeated(0, count, axes)), self._call(self.inputs)
        except ModelError:
            return False
        one, whole = tensor_of(alone_), tensor_of(all_)
        return any(
            (one.shape[at], whole.shape[at]) == (count, samples)
            and torch.allclose(one.select(at, -1), whole.select(at, 0), rtol=NEAR, atol=NEAR)
            for at in range(min(one.dim(), whole.dim()))
        )

    def _call(self, given: Any) -> Any:
        try:
            passing = contextlib.nullcontext() if self.as_written else LetThrough()
            with kept(self.module), passing, plain_functions(), Widened():
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


class Widened(TorchFunctionMode):
    """Takes float64 where the user's code asks for float32: ``mask.float()`` meets weights in float64."""

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function with the wider type in the place of the usual one."""
        del types
        func = torch.Tensor.double if func is torch.Tensor.float else func
        wide = {key: _wide(value) for key, value in (kwargs or {}).items()}
        return func(*map(_wide, args), **wide)


def _wide(value: Any) -> Any:
    return torch.float64 if value is torch.float32 else value


@contextlib.contextmanager
def kept(module: nn.Module) -> Iterator[None]:
    """Put back what a run leaves in a module: a state carried to the next call, a buffer written into."""
    before = [
        (part, {*vars(part)}, _kept(vars(part)), _kept(part._buffers))  # noqa: SLF001 (some are None)
        for part in module.modules()
        if not isinstance(part, torch.jit.ScriptModule)
    ]
    try:
        yield
    finally:
        for part, names, own, buffers in before:
            for name in vars(part).keys() - names:
                del vars(part)[name]
            vars(part).update(own)
            part._buffers.update(buffers)  # noqa: SLF001


def _kept(own: Mapping[str, Any]) -> dict[str, Any]:
    """Copy what a run may change: tensors, and lists of them; not what torch keeps about a module."""
    plain = {name: value for name, value in own.items() if not name.startswith("_")}
    return {name: mapped(value, torch.clone) if _holds(value) else value for name, value in plain.items()}


def _holds(value: Any) -> bool:
    return isinstance(value, torch.Tensor | tuple | list | dict) and any(True for _ in leaves(value))


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
