"""A model run again and again on copies of one sample: a spec's, or a user's own module."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from lstmviz.errors import ModelError
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.user.values import leaves
from lstmviz.network.values.data import Origin

Tensor = torch.Tensor
WORK = 10**9
"""So many numbers the copies of a model may take and give while it is measured: a minute."""


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
    as_written: bool = False
    """Whether the code may cut gradients (detach, no_grad) while it runs; else they pass all the same."""
    chunks: int = 1
    """So many times it runs, each from the last states of the time before."""
    most: int | None = None
    """So many copies must run at once, where the model works with that many samples alone."""
    work: int = WORK
    """So many numbers its copies may take and give."""

    @cached_property
    def found(self) -> dict[tuple[str, str, int], Any]:
        """What one measurement found that others need too, by what it is, stage or layer, and sample."""
        return {}

    @cached_property
    def weights(self) -> int:
        """How many numbers each step is multiplied with at most; a table of words is only read."""
        parts = [part for part in self.module.modules() if not isinstance(part, nn.Embedding)]
        return sum(weight.numel() for part in parts for weight in part.parameters(recurse=False))

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
        axes, given = self._axes(self.trace.input.symbols), self._few(sample)
        if self.tokens is None:
            return _rows(tensor_of(given), axes, 0)
        with self._watching({}) as seen:
            self._call(given)
        return _rows(seen["read"], axes, 0)

    def _few(self, sample: int) -> Any:
        """Return the input as few copies of the sample, and nothing else."""
        return self._copies(sample, self.most or 1)

    def first(self, of: str, sample: int) -> int:  # noqa: ARG002 (others may stand before its copies)
        """Return the row of the first copy of a sample in what a stage gives."""
        return 0

    def once(self, sample: int, layer: Recurrent) -> int:  # noqa: ARG002 (as `again`)
        """Run on copies of the sample as it is; return the row of one of them, in whatever reads them."""
        self._call(self._few(sample))
        return 0

    @abstractmethod
    def _other(self, sample: int) -> tuple[Any, int]:
        """Return another input than copies of the sample, and which of the samples in it is this one."""

    def again(self, sample: int, layer: Recurrent) -> int:
        """Run on that other input; return which row of what reaches the layer is the sample, or the first."""
        given, place = self._other(sample)
        self._call(given)
        return self._row(place, layer)

    def _row(self, place: int, layer: Recurrent) -> int:
        """Return which row of what reaches a layer is a sample, or the first that is made of it."""
        return place * (layer.batch_size or 1) // dict(self.trace.sizes).get("N", 1)

    def run_again(self, of: str, sample: int) -> Tensor:
        """Run on that other input; return what a stage makes of the sample, (T, D)."""
        given, place = self._other(sample)
        return self._made(of, given)[place]

    def _made(self, of: str, given: Any) -> Tensor:
        """Run on an input; return what a stage makes of it, (B, T, D)."""
        with self._watching({}, of) as seen:
            result = self._call(given)
        return self._result(of, seen, result)

    def name_of(self, module: nn.Module) -> str:
        """Return what a module is called in the figures."""
        return str(next(name for name, part in self.module.named_modules() if part is module))

    def holder(self, name: str) -> nn.Module | None:
        """Return the module that holds a stage's parameters under their names."""
        return self.stage_module(name)

    @abstractmethod
    def recurrent(self, name: str) -> nn.Module:
        """Return torch's own module of a recurrent layer."""

    def run(self, of: str, sample: int, given: Tensor) -> Tensor:
        """Run on copies of the sample whose steps are these: (B, T, F) to (B, T, D) of the stage."""
        symbols = self.trace.input.symbols
        axes, number = (
            self._axes(symbols),
            self.tokens is None and len(symbols) == given.dim() - 2 + self.batched,
        )
        with self._watching({"steps": _placed(given[..., 0] if number else given, axes)}, of) as seen:
            result = self._call(self._copies(sample, len(given)))
        return self._result(of, seen, result).narrow(0, self.first(of, sample), len(given))

    def _result(self, of: str, seen: dict[str, Any], result: Any) -> Tensor:
        """Return what a stage gave in a run, (B, T, D)."""
        stage = self.trace.stage(of)
        assert stage is not None
        axes, calls = self._axes(stage.outputs[0].symbols), seen["made"]
        found = self.joined(calls, axes[1], stage.outputs[0].sizes) if calls else None
        if found is None and not calls:
            found = self._ended(of, result)
        if found is None:
            raise ModelError(f"what {of} gives cannot be had while the model runs")
        return _taken(found, axes)

    def joined(self, calls: list[Any], time: int, sizes: tuple[int, ...]) -> Tensor | None:
        """Put what a stage gave call by call together along its steps."""
        return _of_calls(calls, time, sizes)

    def _ended(self, of: str, result: Any) -> Tensor | None:
        """Return what a stage gives, if it is what the model returns, or one of that."""
        names = self.trace.results or (f"{self.trace.stages[-1].name}.output",)
        found = [tensor for _, tensor in leaves(result)]
        if len(names) == 1 or len(names) != len(found):
            return tensor_of(result) if f"{of}.output" == names[0] else None
        return next((one for name, one in zip(names, found, strict=True) if name == f"{of}.output"), None)

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
        return Watching(tokens, self.stage_module(of) if of else None, replaced, self)

    def put(self, steps: Tensor, whole: Tensor) -> Tensor:
        """Return what an embedding is to give instead of the whole that it gives. Raises ModelError."""
        if steps.shape != whole.shape:
            raise ModelError(
                f"the embedding makes {tuple(whole.shape)} of copies whose steps are {tuple(steps.shape)}"
            )
        return steps

    @property
    def of_whole_numbers(self) -> bool:
        """Whether the input is tokens, and nothing makes vectors of them that could be moved."""
        return self.tokens is None and not self._floats()

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

    fed: Tensor | None = None
    """The steps that the next run reads instead of the input's own."""


class Watching:
    """Hooks on the embedding and on one stage, for one run."""

    def __init__(
        self, tokens: nn.Module | None, stage: nn.Module | None, replaced: dict[str, Tensor], source: Source
    ) -> None:
        self.tokens, self.stage, self.replaced, self.source = tokens, stage, replaced, source
        self.seen: dict[str, Any] = {"made": []}
        self.hooks: list[Any] = []

    def __enter__(self) -> dict[str, Any]:
        if self.stage is not None:
            self.hooks.append(self.stage.register_forward_hook(self._made))
        if self.tokens is not None:
            self.hooks.append(self.tokens.register_forward_hook(self._embedded))
        else:
            self.source.fed = self.replaced.get("steps")
        return self.seen

    def __exit__(self, *_: object) -> None:
        for hook in self.hooks:
            hook.remove()
        self.source.fed = None

    def _made(self, _module: nn.Module, _given: Any, result: Any) -> None:
        self.seen["made"].append(getattr(result, "value", result))  # a stage of a spec gives a flow

    def _embedded(self, _module: nn.Module, _given: Any, result: Tensor) -> Tensor:
        steps = self.replaced.get("steps")
        if "read" in self.seen or steps is None:  # used again, it reads something else
            self.seen.setdefault("read", result)
            return result
        self.seen["read"] = self.source.put(steps, result)
        return self.source.put(steps, result)


def tensor_of(value: Any) -> Tensor:
    """Return the first tensor of what a module gives; a packed one is padded again."""
    if isinstance(value, PackedSequence):
        return pad_packed_sequence(value, batch_first=True)[0]
    found = next((tensor for _, tensor in leaves(value)), None)
    if found is None:
        raise ModelError("it gives no tensor")
    return found


def _of_calls(calls: list[Any], time: int, sizes: tuple[int, ...]) -> Tensor | None:
    """Put what a module gave call by call together along its steps; of one used again, the first call.

    What a decoder that reads its own answers called step by step, it calls once more on all steps.
    """
    parts = [tensor_of(call) for call in calls]
    same = parts[0].dim() == len(sizes)
    if same and sum(part.shape[time] for part in parts[:-1]) == parts[-1].shape[time] == sizes[time]:
        return parts[-1]
    if len(parts) == 1 or (same and parts[0].shape[time] == sizes[time]):
        return parts[0]
    join = torch.cat if same else torch.stack
    whole = join(parts, time)
    return whole if whole.shape[time] == sizes[time] else None


def _placed(given: Tensor, axes: tuple[int | None, int]) -> Tensor:
    """Turn (B, T, F), or (B, T), into the order of the input's axes; without a batch axis B is 1."""
    batch, time = axes
    return given[0].movedim(0, time) if batch is None else given.movedim((0, 1), (batch, time))


def _taken(found: Tensor, axes: tuple[int | None, int]) -> Tensor:
    """Turn what a stage gives into (B, T, D)."""
    batch, time = axes
    ordered = found.movedim(time, 0) if batch is None else found.movedim((batch, time), (0, 1))
    ordered = ordered[None] if batch is None else ordered
    return ordered.flatten(2) if ordered.dim() > 2 else ordered[..., None]


def _rows(found: Tensor, axes: tuple[int | None, int], at: int) -> Tensor:
    return _taken(found, axes)[at].detach()
