"""Running a copy of a user's module, so that nothing of it, and nothing around it, is changed."""

from __future__ import annotations

import contextlib
import copy
import importlib
import os
import random
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.run import undisturbed
from lstmviz.network.user.mismatch import mismatch
from lstmviz.network.user.values import leaves, mapped
from lstmviz.network.user.watch import OWN, TORCH, Watcher

W = TypeVar("W", bound=Watcher)


@contextlib.contextmanager
def alone(dtype: torch.dtype | None = None) -> Iterator[None]:
    """Run user code and put back what it may move: torch's state, and the luck of Python and NumPy.

    With a `dtype` it is what new tensors are made of meanwhile.
    """
    luck, usual = random.getstate(), torch.get_default_dtype()
    numpy = sys.modules.get("numpy")
    numbers = numpy.random.get_state() if numpy else None
    with undisturbed():
        try:
            torch.set_default_dtype(dtype or usual)
            yield
        finally:
            torch.set_default_dtype(usual)
            random.setstate(luck)
            if numpy:
                numpy.random.set_state(numbers)


def run(
    module: nn.Module, inputs: Any, watch: Callable[[nn.Module, Any], W], *, dtype: torch.dtype | None = None
) -> tuple[W, Any, Any]:
    """Run a copy of a module under a watcher; return this, the inputs as given, and the result.

    Call it within `alone`. With a `dtype` module and inputs are of it. Raises ModelError.
    """
    own, given = copied(module, inputs, dtype)
    watcher = watch(own, given)
    given = watcher.given
    try:
        with watcher:
            result = own(**given) if isinstance(given, Mapping) else own(*given)
    except Exception as cause:
        raise _failed(module, watcher, cause) from cause
    return watcher, given, result


def copied(module: nn.Module, inputs: Any, dtype: torch.dtype | None = None) -> tuple[nn.Module, Any]:
    """Return a copy of a module in evaluation mode, and of its inputs, on the CPU."""
    if not isinstance(module, nn.Module):
        raise ModelError(f"inputs go with a torch module, and this is a {type(module).__name__}")
    inner = getattr(module, "_orig_mod", module)  # torch.compile wraps what it was given
    try:
        own = copy.deepcopy(inner, dict(_computed(inner))).cpu().eval()
        own = own.to(dtype) if dtype else own
    except Exception as cause:
        raise ModelError(
            f"{type(module).__name__} cannot be copied: {cause}",
            hint="lstmviz runs a copy, so that your module stays as it is",
        ) from cause

    def taken(tensor: torch.Tensor) -> torch.Tensor:
        own = tensor.detach().cpu().clone()
        return own.to(dtype) if dtype and own.is_floating_point() else own

    given = (inputs,) if isinstance(inputs, torch.Tensor) else inputs
    given = mapped(given, taken)
    return own, dict(given) if isinstance(given, Mapping) else tuple(given)


def _computed(module: nn.Module) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield copies of the tensors that torch itself cannot copy: those with a history, kept by modules."""
    for part in module.modules():
        for _, tensor in leaves(list(vars(part).values())):
            if not tensor.is_leaf:
                yield id(tensor), tensor.detach().clone()


def _failed(module: nn.Module, watcher: Watcher, cause: Exception) -> ModelError:
    events, name = watcher.events, type(module).__name__
    refused = watcher.refused
    if refused and (said := mismatch(refused, events)):
        where = f" ({refused.where})" if refused.where else ""
        return ModelError(f"{name}: {said[0]}{where}", hint=said[1])
    reached = [event.name or event.type for event in events]
    after = f"after {' → '.join(reached[-6:])}" if reached else "before any of its stages ran"
    line = line_of(cause)
    where = f" ({line})" if line else ""
    return ModelError(f"{name} stopped {after}{where}: {type(cause).__name__}: {cause}")


def line_of(error: BaseException) -> str:
    """Return the innermost line of the user's code in a traceback, ``model.py:12``."""
    ours = (TORCH, OWN, "<frozen", os.path.dirname(importlib.__file__))  # noqa: PTH120
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(ours)]
    return f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""  # noqa: PTH119
