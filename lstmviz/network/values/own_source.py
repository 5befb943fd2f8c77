"""A user's own module to be measured: a copy of it, on its own inputs."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from lstmviz.errors import ModelError
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.user.copying import copied
from lstmviz.network.user.gradient_bypass import passed, plain_functions
from lstmviz.network.user.running import alone
from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.values.data import Origin
from lstmviz.network.values.own_batch import OwnBatch, block_of, names_of, unlike, with_axes
from lstmviz.network.values.sources import Source, first_line, tensor_of

Tensor = torch.Tensor
TRIALS = 32
"""So many guesses at which axes of further inputs are the batch are run at most."""
SORTS = frozenset({torch.sort, torch.argsort, torch.Tensor.sort, torch.Tensor.argsort})
NEAR = 1e-9
"""As equal as this is what a sample gives alone and among others."""


class OwnSource(Source):
    """A copy of a user's own module, with its weights, on its own inputs."""

    mixed: bool = False
    """Whether the samples of a batch move each other: a sample alone does not give what it gives there."""

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
                self.trace = with_axes(trace, self.inputs, self._call)
            self.batch = self._batch()
            self.alike = self.mixed and self._at_any_place()

    def apart(self) -> AbstractContextManager[None]:
        """Set aside torch's state and the luck of the user's code."""
        return alone(torch.float64)

    def _floats(self) -> bool:
        return next(tensor for _, tensor in leaves(self.inputs)).is_floating_point()

    def _copies(self, sample: int, count: int) -> Any:
        """Return all inputs as copies of one sample, each along its own batch axis."""
        return self.batch.copies(sample, count, self.fed)

    def _few(self, sample: int) -> Any:
        """Return the inputs as the sample alone."""
        return self.batch.copies(sample, 1, alone=True) if self.batch.around else self._copies(sample, 1)

    def first(self, of: str, sample: int) -> int:
        """Return the row of the first copy: others may be before it, and code of one's own may sort all."""
        if not self.batch.around:
            return 0
        key = ("first", of, sample)
        if key not in self.found:
            with torch.no_grad():
                one, other = (
                    self._made(of, self.batch.copies(sample, 2, changed=changed)) for changed in (False, True)
                )
            self.found[key] = block_of((one != other).flatten(1).any(1))
        if self.found[key] is None:
            raise ModelError(f"which of the rows of {of} is this sample could not be found")
        return int(self.found[key])

    def put(self, steps: Tensor, whole: Tensor) -> Tensor:
        """Return what an embedding is to give: these steps for the copies, the others as they are."""
        if not self.batch.around:
            return super().put(steps, whole)
        axis = self.batch.axes["input"]
        assert axis is not None
        rows, copies = whole.movedim(axis, 0), steps.movedim(axis, 0)
        own = (rows == self.copied).flatten(1).all(1)
        begin = block_of(own)
        if begin is None or int(own.sum()) != len(copies):
            raise ModelError("which of the rows that the embedding gives are this sample could not be found")
        return torch.cat([rows[:begin], copies, rows[begin + len(copies) :]]).movedim(0, axis)

    def run(self, of: str, sample: int, given: Tensor) -> Tensor:
        """Run on copies of the sample whose steps are these: (B, T, F) to (B, T, D) of the stage."""
        if self.batch.around and self.tokens is not None:
            self.copied = self.steps(sample)
        return super().run(of, sample, given)

    def once(self, sample: int, layer: Recurrent) -> int:
        """Run on copies; where samples move each other on all of them as they are given."""
        if not self.mixed:
            return super().once(sample, layer)
        self._call(self.inputs)
        return self._row(sample, layer)

    def _other(self, sample: int) -> tuple[Any, int]:
        """Return the sample alone: code of one's own may sort those of a batch.

        Where they move each other, all of them, the last one first, unless their order counts.
        """
        if self.mixed:
            samples = dict(self.trace.sizes).get("N", 1)
            return (self._rolled, (sample + 1) % samples) if self.alike else (self.inputs, sample)
        return self.batch.along(lambda tensor, axis: tensor.narrow(axis, sample, 1)), 0

    @property
    def _rolled(self) -> Any:
        return self.batch.along(lambda tensor, axis: tensor.roll(1, axis))

    def _at_any_place(self) -> bool:
        """Whether a sample gives the same at another place of its batch: a view may mix neighbours."""
        with torch.no_grad():
            one, other = (tensor_of(self._call(given)) for given in (self.inputs, self._rolled))
        axes = [at for at in range(one.dim()) if one.shape[at] == dict(self.trace.sizes).get("N", 1)]
        return any(torch.allclose(one.roll(1, at), other, rtol=NEAR, atol=NEAR) for at in axes)

    def run_again(self, of: str, sample: int) -> Tensor:
        """Run on that other input; where a sample alone is not padded as in its batch, on all."""
        if not self.batch.around:
            return super().run_again(of, sample)
        return self._made(of, self.inputs)[self.first(of, sample)]

    def _batch(self) -> OwnBatch:
        """Find which axis of each input is the batch; None for what all samples share.

        Where no letter says it, as of h_0 and c_0 that a module takes, runs do: copies of the first sample
        must give what it gave among the others.
        """
        given = [tensor for _, tensor in leaves(self.inputs)]
        symbols = {one.name: one.symbols for one in self.trace.inputs} | {"input": self.trace.input.symbols}
        names = names_of(self.inputs)
        known = {n: s.index("N") if "N" in s else None for n in names for s in [symbols.get(n, ())]}
        if known["input"] is None:
            return OwnBatch(self.inputs, known)
        samples = given[0].shape[known["input"]]
        open_ = {
            name: [at for at in range(tensor.dim()) if tensor.shape[at] == samples]
            for name, tensor in zip(names, given, strict=True)
            if known[name] is None
        }
        guesses = [*itertools.islice(itertools.product(*([*axes, None] for axes in open_.values())), TRIALS)]
        seen = {n for stage in self.trace.stages for t in (*stage.inputs, *stage.outputs) for n in t.sizes}
        count = unlike(seen.union(*(tensor.shape for tensor in given)), samples - 1)
        for around, guess in itertools.product((False, True), guesses):
            batch = OwnBatch(self.inputs, known | dict(zip(open_, guess, strict=True)), around)
            if self._same(samples, count, batch):
                return batch
        self.mixed = samples > 1
        return OwnBatch(self.inputs, known)

    def _same(self, samples: int, count: int, batch: OwnBatch) -> bool:
        """Whether in some result copies of the first sample give what it gives among the others."""
        try:
            with torch.no_grad():
                copies, all_ = self._call(batch.copies(0, count)), self._call(self.inputs)
        except ModelError:
            return False
        rows = count + batch.around * (samples - 1)

        def same(one: Tensor, whole: Tensor, at: int) -> bool:
            last, first = one.select(at, count - 1), whole.select(at, 0)
            if last.shape != first.shape:
                return False
            return torch.allclose(last, first, rtol=NEAR, atol=NEAR, equal_nan=True)

        results = zip(leaves(copies), leaves(all_), strict=False)
        pairs = [(one, whole) for (_, one), (_, whole) in results if one.is_floating_point()]
        return any(
            (one.shape[at], whole.shape[at]) == (rows, samples) and same(one, whole, at)
            for one, whole in pairs
            for at in range(min(one.dim(), whole.dim()))
        )

    def _call(self, given: Any) -> Any:
        try:
            with kept(self.module), plain_functions(), Widened(self.as_written):
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
        if not isinstance(found, nn.RNNBase | nn.RNNCellBase):
            raise ModelError(f"{name} is no nn.LSTM, nn.GRU or nn.RNN that runs as a whole")
        return found


class Widened(TorchFunctionMode):
    """Takes float64 where the user's code asks for float32: ``mask.float()`` meets weights in float64.

    What is sorted, as samples by their lengths, keeps the order of what is equal, as copies are.
    Of code that is run `as_written` derivatives stop where it says so.
    """

    def __init__(self, as_written: bool) -> None:
        super().__init__()
        self._as_written = as_written

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function with the wider type in the place of the usual one."""
        del types
        func = torch.Tensor.double if func is torch.Tensor.float else func
        if func in SORTS:
            given = dict(zip(("input", "dim", "descending"), args, strict=False)) | (kwargs or {})
            return func(given.pop("input"), **(given | {"stable": True}))
        args = tuple([_wide(value) for value in args])
        wide = {key: _wide(value) for key, value in kwargs.items()} if kwargs else {}
        return func(*args, **wide) if self._as_written else passed(func, args, wide)


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
