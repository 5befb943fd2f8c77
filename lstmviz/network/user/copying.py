"""Copies of a user's module and of its inputs: a run is made of one, so that theirs stay as they are."""

from __future__ import annotations

import contextlib
import copy
import functools
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from types import CellType, FunctionType
from typing import Any

import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.user.scripted import wrapped
from lstmviz.network.user.values import PLAIN, arguments, mapped, tensors_in

EMPTY = frozenset({dict, OrderedDict, set, list})
SHARED = 2**12
"""Of so many numbers copies share their memory: it takes longer than to copy fewer."""
COMPILED = "_orig_mod"
"""Under this name torch.compile's wrapper holds what it wraps."""


def copied(module: nn.Module, inputs: Any, dtype: torch.dtype | None = None) -> tuple[nn.Module, Any]:
    """Return a copy of a module in evaluation mode, and of its inputs, on the CPU. Raises ModelError."""
    if not isinstance(module, nn.Module):
        raise ModelError(f"inputs go with a torch module, and this is a {type(module).__name__}")
    inner = getattr(module, COMPILED, module)
    try:
        own = wrapped(_uncompiled(_copy(inner)).eval())
        own = own.to(dtype) if dtype else own
    except Exception as cause:
        raise ModelError(
            f"{type(module).__name__} cannot be copied: {cause}",
            hint="lstmviz runs a copy, so that your module stays as it is",
        ) from cause

    def taken(tensor: torch.Tensor) -> torch.Tensor:
        own = tensor.detach().cpu().clone()
        return own.to(dtype) if dtype and own.is_floating_point() else own

    given = mapped(arguments(inputs), taken)
    return own, dict(given) if isinstance(given, Mapping) else tuple(given)


def tensors_of(module: nn.Module) -> Iterator[torch.Tensor]:
    """Yield the parameters and buffers of a module and its parts."""
    for part in module.modules():
        for held in (part._parameters, part._buffers):  # noqa: SLF001 (what parameters() walks over, faster)
            for tensor in held.values():
                if tensor is not None:
                    yield tensor


def _copy(module: nn.Module) -> nn.Module:
    """Return a copy on the CPU: as Python's own, which takes most of its time for what is in every module."""
    parts = list(module.modules())
    held = [tensor for part in parts for tensor in _held(part)]
    known: dict[int, Any] = dict(_by_torch(held))
    states = {id(part): _state(part) for part in parts}
    for part in parts:
        if states[id(part)] is not None:
            known[id(part)] = type(part).__new__(type(part))
    for part in reversed(parts):  # what is copied in a way of its own finds its parts whole
        if (state := states[id(part)]) is not None:
            known[id(part)].__setstate__(_values(state, known))
    own = copy.deepcopy(module, known)
    return own if all(one.is_leaf and one.device.type == "cpu" for one in held) else own.cpu()


def _held(part: nn.Module) -> Iterator[torch.Tensor]:
    """Yield the tensors that a module holds itself."""
    for name, held in vars(part).items():
        if (kind := type(held)) not in PLAIN and name != "_modules" and not (kind in EMPTY and not held):
            yield from tensors_in([held])


def _by_torch(held: list[torch.Tensor]) -> Iterator[tuple[int, Any]]:
    """Yield copies of the tensors that Python cannot copy, those with a history, and of large weights.

    A table of words is as large as all else, and is copied for every run: the memory of its copy is the same
    until one of the two is written into. What cannot be shared so, as a file that is mapped into memory, is
    left out.
    """
    for tensor in held:
        if not tensor.is_leaf:
            yield id(tensor), tensor.detach().clone()
        elif (type(tensor) is nn.Parameter and tensor.device.type == "cpu" and tensor.numel() >= SHARED
              and tensor.is_contiguous()):  # fmt: skip
            with contextlib.suppress(AttributeError, RuntimeError), torch.no_grad():  # a private name
                yield id(tensor), nn.Parameter(torch._lazy_clone(tensor), tensor.requires_grad)  # noqa: SLF001


def _state(part: nn.Module) -> dict[str, Any] | None:
    """Return what a copy of a module is to hold, if its class is copied as torch's own are; else None."""
    kind: Any = type(part)
    state = part.__getstate__() if _is_usual(kind) else None  # type: ignore[no-untyped-call]
    return state if isinstance(state, dict) else None


@functools.cache
def _is_usual(cls: type) -> bool:
    """Whether a class leaves to torch how it is copied."""
    usual = all(
        getattr(cls, name) is getattr(object, name) for name in ("__new__", "__reduce__", "__reduce_ex__")
    )
    ways = (getattr(cls, name, None) for name in ("__getstate__", "__setstate__"))
    torchs = all((getattr(way, "__module__", None) or "").partition(".")[0] == "torch" for way in ways)
    return usual and torchs and not hasattr(cls, "__deepcopy__") and not hasattr(cls, "__slots__")


def _values(held: Mapping[str, Any], known: dict[int, Any]) -> dict[str, Any]:
    return {name: one if type(one) in PLAIN else _value(one, known) for name, one in held.items()}


def _value(value: Any, known: dict[int, Any]) -> Any:
    """Return the copy of what a module holds: of plain dicts and what is empty without asking Python's."""
    kind = type(value)
    if (made := known.get(id(value))) is not None:
        return made
    if kind in EMPTY and not value:
        known[id(value)] = made = kind()
        return made
    if kind in {dict, OrderedDict} and all(type(name) in {str, int} for name in value):
        known[id(value)] = made = kind()
        made.update(_values(value, known))
        return made
    if kind is torch.jit.ScriptFunction:  # Python cannot copy it, and it holds nothing of a module
        return value
    if kind in {list, tuple} and any(
        isinstance(one, FunctionType | torch.jit.ScriptFunction) for one in value
    ):
        return kind(_value(one, known) for one in value)
    return _bound(value, known) if kind is FunctionType else copy.deepcopy(value, known)


def _bound(function: FunctionType, known: dict[int, Any]) -> FunctionType:
    """Return a function with what it closes over in the copy: a hook that writes into its module, say.

    Python's own copy of a function is the function, which would run parts of the user's module.
    """
    cells = function.__closure__ or ()
    new = [CellType() for _ in cells]
    made = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, tuple(new)
    )
    made.__kwdefaults__ = function.__kwdefaults__
    functools.update_wrapper(made, function)
    known[id(function)] = made
    changed = False
    for cell, old in zip(new, cells, strict=True):
        with contextlib.suppress(ValueError):  # nothing is in it yet
            held = old.cell_contents
            cell.cell_contents = _written_into(held, known)
            changed |= cell.cell_contents is not held
    known[id(function)] = one = made if changed else function
    return one


def _written_into(value: Any, known: dict[int, Any]) -> Any:
    """Return what stands in the copy for something that a function closes over: of a container another one.

    It may be written into. What it holds, tensors with a history perhaps, stays but for parts of the module.
    """
    if (made := known.get(id(value))) is not None:
        return made
    kind = type(value)
    if kind is FunctionType:
        return _bound(value, known)
    if kind in {dict, OrderedDict}:
        known[id(value)] = made = kind()
        made.update((name, _written_into(one, known)) for name, one in value.items())
        return made
    if kind is list:
        known[id(value)] = made = []
        made.extend(_written_into(one, known) for one in value)
        return made
    if kind is set:
        known[id(value)] = made = set(value)
        return made
    return value


def _uncompiled(module: nn.Module) -> nn.Module:
    """Put what torch.compile wraps, anywhere in a module, in the place of the wrapper."""
    for part in list(module.modules()):
        held = {} if isinstance(part, torch.jit.ScriptModule) else part._modules  # noqa: SLF001
        for name, child in list(held.items()):
            if child is not None and COMPILED in vars(child).get("_modules", ()):
                setattr(part, name, getattr(child, COMPILED))
    return module
