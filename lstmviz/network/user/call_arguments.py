"""The arguments of a function's call that a figure may print: those of the module that does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import torch

from lstmviz.network.user.events import Event
from lstmviz.network.user.signatures import bound, name_of
from lstmviz.network.user.values import Sizes, leaves, sizes
from lstmviz.spec.layer_types import LAYER_TYPES

Arguments = list[tuple[str, Any]]


def call_arguments(event: Event) -> Arguments:
    """Return what a call was given, in torch's names, with what a module of its kind keeps about itself.

    Numbers, names and tuples of numbers alone; what is left at its default is left out.
    """
    if event.type in {"getitem", "setitem"}:
        return [("index", index_text(event.args[1]))]
    if event.type != name_of(event.func):  # a part of a function that torch builds of several
        return []
    given = bound(event.func, event.args, event.kwargs)
    tensors = {name: value for name, value in given.items() if isinstance(value, torch.Tensor)}
    told = {name: _plain(value) for name, value in given.items() if _printable(name, value)}
    if event.type in _AS_MODULE:
        return _AS_MODULE[event.type](told, _Shapes(event, tensors))
    return list(told.items())


class _Shapes:
    """The shapes of what a call read and gave."""

    def __init__(self, event: Event, tensors: Mapping[str, torch.Tensor]) -> None:
        self.weight: Sizes = sizes(tensors["weight"]) if "weight" in tensors else ()
        values = [value for name, value in tensors.items() if name not in {"weight", "bias"}]
        self.input: Sizes = sizes(values[0]) if values else ()
        self.output: Sizes = event.outputs[0][1] if event.outputs else ()


def _printable(name: str, value: Any) -> bool:
    if name.startswith("_") or name in {"input", "self", "out"}:
        return False
    if isinstance(value, list | tuple):
        return all(isinstance(one, int) for one in value)
    return isinstance(value, int | float | str | torch.dtype) and not any(True for _ in leaves(value))


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(int(one) for one in value)
    return str(value).removeprefix("torch.") if isinstance(value, torch.dtype) else value


def _once(value: Any) -> Any:
    """Return a number that stands for all axes as torch's modules are given it: 3 for (3, 3)."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _chosen(type_: str, told: Mapping[str, Any]) -> Arguments:
    """Return what the module of this type would say of itself, in its order."""
    kind = LAYER_TYPES[type_]
    found = [(name, told[name]) for name in kind.always if name in told]
    return found + [(n, told[n]) for n, usual in kind.unusual.items() if n in told and told[n] != usual]


def _linear(told: dict[str, Any], shapes: _Shapes) -> Arguments:
    reads = shapes.weight[-1:] or shapes.input[-1:]
    gives = shapes.weight[:-1] or ((1,) if shapes.weight else shapes.output[-1:])
    return _chosen("linear", {**told, "in_features": prod(reads), "out_features": prod(gives)})


def _embedding(told: dict[str, Any], shapes: _Shapes) -> Arguments:
    own = dict(zip(("num_embeddings", "embedding_dim"), shapes.weight, strict=False))
    return _chosen("embedding", told | own)


def _conv(type_: str) -> Callable[[dict[str, Any], _Shapes], Arguments]:
    def made(told: dict[str, Any], shapes: _Shapes) -> Arguments:
        spread = {name: _once(value) for name, value in told.items() if name != "bias"}
        if len(shapes.weight) < 3:
            return list(spread.items())
        out, reads, *kernel = shapes.weight
        own = {"in_channels": reads * told.get("groups", 1), "out_channels": out}
        return _chosen(type_, spread | own | {"kernel_size": _once(tuple(kernel))})

    return made


def _pool(type_: str) -> Callable[[dict[str, Any], _Shapes], Arguments]:
    def made(told: dict[str, Any], _: _Shapes) -> Arguments:
        spread = {name: _once(value) for name, value in told.items()}
        return _chosen(type_, {"stride": spread.get("kernel_size"), **spread})

    return made


def _softmax(told: dict[str, Any], shapes: _Shapes) -> Arguments:
    return [("dim", told["dim"] if "dim" in told else unnamed_softmax(len(shapes.input)))]


def unnamed_softmax(axes: int) -> int:
    """Return the axis over which torch's softmax sums to 1 where none is named.

    >>> import torch
    >>> x = torch.nn.functional.softmax(torch.rand(2, 3, 4), dim=None, _stacklevel=5)
    >>> bool(torch.allclose(x.sum(unnamed_softmax(3)), torch.ones(3, 4)))
    True
    """
    return 0 if axes in (0, 1, 3) else 1


def _sized(told: dict[str, Any], _: _Shapes) -> Arguments:
    shape = told.get("size", told.get("shape"))
    return [("sizes", shape)] if shape is not None else list(told.items())


def _dropout(told: dict[str, Any], _: _Shapes) -> Arguments:
    return [("p", float(told.get("p", 0.5)))]


def _flatten(told: dict[str, Any], _: _Shapes) -> Arguments:
    return _chosen("flatten", {"start_dim": 0, "end_dim": -1, **told})


_AS_MODULE: dict[str, Callable[[dict[str, Any], _Shapes], Arguments]] = {
    "linear": _linear,
    "embedding": _embedding,
    "conv1d": _conv("conv1d"),
    "conv2d": _conv("conv2d"),
    **{name: _pool(name) for name in ("max_pool1d", "avg_pool1d", "max_pool2d", "avg_pool2d")},
    "softmax": _softmax,
    "view": _sized,
    "reshape": _sized,
    "dropout": _dropout,
    "flatten": _flatten,
}
"""Functions that a module of torch stands for, or whose arguments have two names in torch."""


def index_text(index: Any) -> str:
    """Write an index as code does.

    >>> index_text((slice(None), -1, None, slice(0, 4))), index_text(...)
    ('[:, -1, None, 0:4]', '[...]')
    """
    parts = index if isinstance(index, tuple) else (index,)
    return f"[{', '.join(map(_index_part, parts))}]"


def _index_part(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop, part.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if part is Ellipsis:
        return "..."
    return str(part) if isinstance(part, int | None) else "tensor"
