"""Running a copy of a user's module, so that nothing of it, and nothing around it, is changed.

Sizes that do not fit, said in the field's language instead of torch's.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import random
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from lstmviz.errors import ModelError
from lstmviz.network.run import undisturbed
from lstmviz.network.surroundings import same_environment
from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.callers import OWN, TORCH
from lstmviz.network.user.copying import copied, tensors_of
from lstmviz.network.user.events import Event
from lstmviz.network.user.gradient_bypass import no_inference_mode, unscripted
from lstmviz.network.user.values import leaves, mapped

W = TypeVar("W", bound=CallRecorder)


HINTS = {
    ("indices", "Long"): "tokens are integers: --dtype long, or inputs=(x.long(),)",
    ("as an integer",): "a plain number is --input 'number(4)', or inputs=(…, 4)",
    ("numpy.ndarray", "has no attribute"): "forward is given arrays: inputs=(torch.from_numpy(x).float(),)",
    ("dtype", "float64", "float32"): "the module is of float32: inputs=(x.float(),), or a file of float32",
    ("converted to an index",): "a plain number is --input 'number(4)', or inputs=(…, 4)",
}
"""What helps where torch's or Python's message has these words."""


@contextlib.contextmanager
def alone(dtype: torch.dtype | None = None) -> Iterator[None]:
    """Run user code and put back what it may move: torch's state, and the luck of Python and NumPy.

    With a `dtype` it is what new tensors are made of meanwhile. Inference mode, if the code
    asks for it, is no more than no_grad.
    """
    luck, usual = random.getstate(), torch.get_default_dtype()
    numpy = sys.modules.get("numpy")
    numbers = numpy.random.get_state() if numpy else None
    with same_environment(), undisturbed(), no_inference_mode(), unscripted():
        try:
            torch.set_default_dtype(dtype or usual)
            yield
        finally:
            torch.set_default_dtype(usual)
            random.setstate(luck)
            if numpy:
                numpy.random.set_state(numbers)


@contextlib.contextmanager
def collected_later() -> Iterator[None]:
    """Let Python look for garbage only afterwards: a run is kept whole, and to walk over it again and again
    takes a quarter of the time.
    """
    used = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if used:
            gc.enable()


@contextlib.contextmanager
def set_aside() -> Iterator[None]:
    """Let Python look for garbage only among what is made from now on, and not in a run that is held."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def run(
    module: nn.Module,
    inputs: Any,
    watch: Callable[[nn.Module, Any], W],
    *,
    dtype: torch.dtype | None = None,
    generic: bool = False,
) -> tuple[W, Any, Any]:
    """Run a copy of a module under a watcher; return this, the inputs as given, and the result.

    Call it within `alone`. With a `dtype` module and inputs are of it; with `generic` inputs nothing in them
    is equal by accident, as nothing is in a module that `prepared` gave. Every run has the same luck.
    Raises ModelError.
    """
    own, given = copied(module, inputs, dtype)
    _same_luck()
    _completed(own, given)
    if generic:
        _moved_off(tensor for _, tensor in leaves(given) if _constant(tensor))
    watcher = watch(own, given)
    given = watcher.given
    try:
        with watcher:
            result = called(own, given)
    except ModelError:  # what it does is not drawn
        raise
    except (Exception, SystemExit) as cause:
        raise _failed(module, watcher, cause) from cause
    return watcher, given, result


def prepared(module: nn.Module, inputs: Any, dtype: torch.dtype | None, *, generic: bool) -> nn.Module:
    """Return a copy of a module that several runs take: they share its weights.

    With `generic` weights nothing in it is zero, or equal, by accident. Call it within `alone`.
    """
    own, given = copied(module, inputs, dtype)
    _same_luck()
    _completed(own, given)
    if generic:
        _moved_off(own.parameters())
    return own


def called(module: nn.Module, given: Any) -> Any:
    """Call a module with its arguments, or with a mapping of them."""
    return module(**given) if isinstance(given, Mapping) else module(*given)


def _same_luck() -> None:
    """Let every run draw the same numbers: masks and samples are then no difference between two."""
    torch.default_generator.manual_seed(0)
    random.seed(0)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(0)


def _completed(module: nn.Module, given: Any) -> None:
    """Let lazy modules, if there are some, learn their sizes from one call."""
    if not any(map(is_lazy, tensors_of(module))):
        return
    try:
        called(module, mapped(given, torch.clone))
    except (Exception, SystemExit) as cause:
        raise ModelError(f"{type(module).__name__} stopped: {type(cause).__name__}: {cause}") from cause


PART = 2**20
"""So many numbers are moved at a time: a table of words is as large as all else."""


def _constant(tensor: torch.Tensor) -> bool:
    floats = tensor.is_floating_point() and tensor.numel()
    return bool(floats and tensor.eq(tensor.flatten()[0]).all())


def _moved_off(tensors: Iterable[torch.Tensor]) -> None:
    """Move all numbers, of weights or of inputs that are one number, a little: no zero, tie or cancellation
    stays.
    """
    luck = torch.Generator().manual_seed(0)
    for tensor in tensors:
        if tensor.is_floating_point():
            own = tensor.detach()
            spread = float(own.std(correction=0)) if own.numel() else 0.0
            rows = max(1, PART * len(own) // own.numel()) if own.numel() > PART else 0
            for part in torch.split(own, rows) if rows else (own,):
                noise = torch.empty_like(part).uniform_(-1, 1, generator=luck)
                part.add_(noise, alpha=0.5 * spread or 0.2)


def _failed(module: nn.Module, watcher: CallRecorder, cause: BaseException) -> ModelError:
    events, name = watcher.events, type(module).__name__
    refused = watcher.refused
    if refused and (said := mismatch(refused, events)):
        where = f" ({refused.where})" if refused.where else ""
        return ModelError(f"{name}: {said[0]}{where}", hint=said[1])
    reached = [event.name or event.type for event in events]
    after = f"after {' → '.join(reached[-6:])}" if reached else "before any of its stages ran"
    line = line_of(cause)
    where = f" ({line})" if line else ""
    hint = next((said for words, said in HINTS.items() if all(word in str(cause) for word in words)), None)
    return ModelError(f"{name} stopped {after}{where}: {type(cause).__name__}: {cause}", hint=hint)


def line_of(error: BaseException) -> str:
    """Return the innermost line of the user's code in a traceback, ``model.py:12``."""
    ours = (TORCH, OWN, "<frozen", os.path.dirname(importlib.__file__))  # noqa: PTH120
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    frames = [
        f for f in frames if "site-packages" not in f.filename
    ] or frames  # a library between the user's lines
    return f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""  # noqa: PTH119


Wants = tuple[str, int, int]
"""The argument that says a size, that size, and the axis that it is about."""


def mismatch(refused: Event | None, events: Sequence[Event]) -> tuple[str, str] | None:
    """What the module that raised takes, and what it was given; the argument that would fit.

    None if the sizes are not what it was about.
    """
    wants = _wants(refused.module) if refused else None
    if refused is None or wants is None or not refused.inputs:
        return None
    argument, size, axis = wants
    shape = refused.inputs[0][1]
    if len(shape) < -axis or shape[axis] == size:
        return None
    got = shape[axis]
    called = _type(refused)
    called += f" '{refused.name}'" if refused.name not in {"", called} else ""
    what = "channels" if argument == "in_channels" else "features"
    return f"{called} takes {size} {what}, but {_giver(refused, events, got)}", f"{argument}={got}"


def _wants(module: nn.Module | None) -> Wants | None:
    if isinstance(module, nn.Linear):
        return "in_features", module.in_features, -1
    if isinstance(module, nn.RNNBase):
        return "input_size", module.input_size, -1
    if isinstance(module, nn.RNNCellBase):
        return "input_size", module.input_size, -1
    if isinstance(module, nn.Conv1d):
        return "in_channels", module.in_channels, -2
    if isinstance(module, nn.Conv2d):
        return "in_channels", module.in_channels, -3
    return None


def _giver(refused: Event, events: Sequence[Event], got: int) -> str:
    """What gave the size: ``the bidirectional lstm before it gives 2 × 64 = 128``."""
    index = refused.sources[0][0] if refused.sources else -1
    if index < 0:
        return f"the input has {got}"
    event = events[index]
    module = event.module
    if isinstance(module, nn.RNNBase) and module.bidirectional and got % 2 == 0:
        return f"the bidirectional {_type(event)} before it gives 2 × {got // 2} = {got}"
    return f"the {_type(event)} before it gives {got}"


def _type(event: Event) -> str:
    return type(event.module).__name__.lower() if event.module is not None else event.type
