"""A trace as plain JSON data, and back, without loss."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from lstmviz.network.steps import Relation
from lstmviz.network.structure import Recurrent, Tensor, Trace
from lstmviz.translation.messages import Note, note

Data = dict[str, Any]


def to_record(trace: Trace) -> Data:
    """Return the trace as JSON data; `from_record` gives an equal trace."""
    notes = [[one.id, *map(list, one.given)] if isinstance(one, Note) else one for one in trace.notes]
    return dataclasses.asdict(trace) | {"notes": notes}


def from_record(data: Data) -> Trace:
    """Return the trace of a record.

    Raises KeyError, TypeError or ValueError if it is not one.
    """
    trace: Trace = reader(Trace)({**data, "notes": map(_note, data["notes"])})
    return trace


def _note(data: list[Any] | str) -> str:
    return data if isinstance(data, str) else note(data[0], **dict(data[1:]))


@cache
def reader(kind: Any) -> Callable[[Any], Any]:
    """Return what makes a value of a type of what JSON gave of it: dataclasses and tuples part by part.

    It raises KeyError, TypeError or ValueError where that is no such value.
    """
    if dataclasses.is_dataclass(kind):
        return _of_fields(kind)
    parts = get_args(kind)
    if get_origin(kind) is Literal:
        return lambda value: parts[parts.index(value)]
    each = [reader(one) for one in parts if one not in {Ellipsis, type(None)}]
    if get_origin(kind) is tuple and parts[-1] is Ellipsis:
        return lambda value: tuple(map(each[0], value))
    if get_origin(kind) is tuple:
        return lambda value: tuple(read(one) for read, one in zip(each, value, strict=True))
    if type(None) in parts:
        return lambda value: None if value is None else each[0](value)
    return frozen if kind is Any else _text if kind is str else kind


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)  # a note stays one


def _of_fields(kind: Any) -> Callable[[Data], Any]:
    fields = get_type_hints(kind)
    readers = [(field.name, reader(fields[field.name])) for field in dataclasses.fields(kind)]
    check = _CHECKS.get(kind, lambda _: None)

    def read(data: Data) -> Any:
        made = kind(**{name: one(data[name]) for name, one in readers})
        check(made)
        return made

    return read


def _even(tensor: Tensor) -> None:
    if len(tensor.sizes) != len(tensor.symbols):
        raise ValueError(f"{tensor.name} has {len(tensor.sizes)} axes and {len(tensor.symbols)} symbols")


def _filling(layer: Recurrent) -> None:
    lengths = layer.lengths
    if lengths is not None and (
        len(lengths) != layer.batch_size or not all(0 < n <= layer.timesteps for n in lengths)
    ):
        raise ValueError(f"{layer.name} has {layer.batch_size} samples, and lengths {lengths}")


def _complete(made: Relation) -> None:
    if made.kind == "chosen" and len(made.chosen) != made.given:
        raise ValueError(f"{made.given} steps are given, and {len(made.chosen)} rows said")


_CHECKS: dict[Any, Callable[[Any], None]] = {Tensor: _even, Recurrent: _filling, Relation: _complete}


def frozen(value: Any) -> Any:
    """Return what JSON gave as lists as tuples."""
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value
