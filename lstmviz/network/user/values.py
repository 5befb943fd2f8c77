"""The tensors inside of what modules take and give: tuples, dicts, dataclasses, packed sequences."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch._C._functorch import is_batchedtensor
from torch.nn.utils.rnn import PackedSequence

from lstmviz.errors import ModelError

NO_SHAPE = {
    True: "a nested tensor has samples of several lengths, and no one shape: pad_sequence gives one",
    False: "what runs under torch.func.vmap sees one sample at a time, or one step: not the axis it maps",
}
"""Why a tensor has no shape to be drawn: it is nested, or not."""
Sizes = tuple[int, ...]
Place = tuple[int, Sizes, Sizes]
"""Which part of a storage a tensor is: offset, sizes and strides."""


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Yield every tensor in a value with its place: ``states.0``.

    Of a packed sequence this is its data; a sampler's or lengths' lists of
    numbers are no tensors.
    """
    return iter(named_tensors(value, name))


def named_tensors(value: Any, name: str = "") -> list[tuple[str, torch.Tensor]]:
    """Return them as a list."""
    if isinstance(value, torch.Tensor):
        return [(name, value)]
    if isinstance(value, PackedSequence):
        return [(name or "data", value.data)]
    found: list[tuple[str, torch.Tensor]] = []
    _collect(value, name, found)
    return found


PLAIN = frozenset({type(None), bool, int, float, str, slice, torch.dtype, torch.Size})
"""What holds no tensors."""


def _collect(value: Any, name: str, found: list[tuple[str, torch.Tensor]]) -> None:
    """Put the tensors of a value into a list; it is asked several times for every call of a run."""
    for key, part in enumerate(value) if type(value) in {tuple, list} else _parts(value):
        kind = type(part)
        if kind in PLAIN:
            continue
        place = f"{name}.{key}" if name else str(key)
        if kind is torch.Tensor or isinstance(part, torch.Tensor):
            found.append((place, part))
        elif isinstance(part, PackedSequence):
            found.append((place, part.data))
        else:
            _collect(part, place, found)


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, tuple) and hasattr(value, "_fields") and not isinstance(value, PackedSequence):
        return zip(value._fields, value, strict=True)  # named in the user's code
    if isinstance(value, list | tuple):
        return enumerate(value)
    if isinstance(value, Mapping):
        return value.items()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    return ()


def mapped(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:  # noqa: PLR0911 (one per form)
    """Return the same value with every tensor changed; what holds none is kept."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if (kind := type(value)) in PLAIN:
        return value
    if kind is tuple:
        return tuple([mapped(part, change) for part in value])
    if isinstance(value, PackedSequence):
        return value._replace(data=change(value.data))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return kind(*(mapped(part, change) for part in value))
    if isinstance(value, (list, tuple)):
        return kind([mapped(part, change) for part in value])
    if isinstance(value, Mapping):
        return _like(value, {key: mapped(part, change) for key, part in value.items()})
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {
            f.name: mapped(getattr(value, f.name), change) for f in dataclasses.fields(value) if f.init
        }
        return dataclasses.replace(value, **changed)
    return value


def fresh(result: Any, taken: Iterable[tuple[str, torch.Tensor]]) -> Any:
    """Return a result with tensors of its own, also if a call gives back what it took: dropout does.

    What has come through a call and what has not could not be told apart.
    """
    made = tensors_in(result)
    given = {id(tensor) for _, tensor in taken}
    if given.isdisjoint(map(id, made)):
        return result
    return mapped(result, lambda tensor: tensor.view_as(tensor) if id(tensor) in given else tensor)


def tensors_in(value: Any) -> list[torch.Tensor]:
    """Return every tensor in a value, in order."""
    if type(value) is torch.Tensor:
        return [value]
    return [tensor for _, tensor in named_tensors(value)]


def _like(value: Mapping[Any, Any], changed: dict[Any, Any]) -> Any:
    return changed if type(value) is dict else type(value)(changed)  # type: ignore[call-arg]


def sizes(tensor: torch.Tensor) -> Sizes:
    """Return a tensor's shape as plain numbers.

    ModelError of what has none: a nested tensor, or the samples of a batch under ``torch.func.vmap``.
    """
    if tensor.is_nested or is_batchedtensor(tensor):
        raise ModelError(NO_SHAPE[tensor.is_nested])
    return tuple(tensor.shape)


def arguments(inputs: Any) -> tuple[Any, ...] | Mapping[str, Any]:
    """Return what forward takes: values by their places, or by their names.

    A list or a plain tuple holds several; a packed batch, though a tuple to Python, is one.

    >>> arguments(torch.zeros(2)), arguments([1, 2])
    ((tensor([0., 0.]),), (1, 2))
    """
    if isinstance(inputs, Mapping):
        return inputs
    several = isinstance(inputs, list | tuple) and not hasattr(inputs, "_fields")
    return tuple(inputs) if several else (inputs,)


def placed(named: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by name, those with a dot in the mapping before it.

    >>> placed([("batch.x", 1), ("batch.y", 2)])
    {'batch': {'x': 1, 'y': 2}}
    """
    found: dict[str, Any] = {}
    for name, value in named:
        *outer, last = name.split(".")
        inside = found
        for key in outer:
            inside = inside.setdefault(key, {})
        inside[last] = value
    return found


def place(tensor: torch.Tensor) -> Place | None:
    """Return which part of its storage a tensor is; None where that has no strides."""
    try:
        return int(tensor.storage_offset()), sizes(tensor), tuple(tensor.stride())
    except (RuntimeError, NotImplementedError):  # sparse …
        return None


def storage(tensor: torch.Tensor) -> int:
    """Return what tells a tensor's memory from all other."""
    try:
        return tensor.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):  # sparse, quantized …
        return id(tensor)
