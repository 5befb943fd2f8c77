"""What a call of torch was given, by the names in torch's own signature, whichever way it was passed."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import get_testing_overrides

_KINDS: dict[str, tuple[type, ...]] = {
    "IntType": (int, torch.dtype, torch.layout, torch.memory_format),
    "SymIntType": (int,),
    "FloatType": (float, int),
    "NumberType": (float, int, complex),
    "BoolType": (bool,),
    "StringType": (str,),
    "TensorType": (torch.Tensor,),
    "ListType": (list, tuple, int, float, torch.Size),
    "DeviceObjType": (torch.device, str, int),
}
"""What Python hands over for each type of an operator's schema; a list may be given as its one number."""


def name_of(func: Any) -> str:
    """Return what a function of torch is called, without what marks an operator or a reflected one.

    >>> name_of(torch.Tensor.__getitem__), name_of(torch.Tensor.__rsub__), name_of(torch.Tensor.T.__get__)
    ('getitem', 'sub', 'T')
    """
    name = getattr(func, "__name__", None) or str(func)
    if name == "__get__":  # an attribute
        name = getattr(func.__self__, "__name__", name)
    return _plain(name)


@functools.cache
def _plain(name: str) -> str:
    return re.sub(r"^[ri](?=(add|sub|mul|matmul|truediv|pow)$)", "", name.strip("_"))


def bound(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was passed, under torch's names, without what was left at its default.

    What fits no signature that torch tells is named by its place: ``arg1``.

    >>> bound(torch.flatten, (torch.ones(2, 3), 1), {})["start_dim"]
    1
    >>> bound(torch.Tensor.view, (torch.ones(2, 3), 3, -1), {})["size"]
    (3, -1)
    """
    for names in _signatures(func):
        found = names(tuple(args), kwargs)
        if found is not None:
            return found
    return {f"arg{place}": value for place, value in enumerate(args)} | dict(kwargs)


def _signatures(func: Any) -> Iterator[Callable[[tuple[Any, ...], Mapping[str, Any]], dict[str, Any] | None]]:
    """Yield the ways in which a function's arguments may have been passed, the surest first."""
    for names, types, by_place in (
        _schemas(getattr(func, "__name__", "")) if not inspect.isfunction(func) else ()
    ):
        yield functools.partial(_by_schema, names, types, by_place)
    told = get_testing_overrides().get(func)
    for one in (func, told):
        signature = _signature(one)
        if signature is not None:
            yield functools.partial(_by_signature, signature)


def _signature(func: Any) -> inspect.Signature | None:
    try:
        found = inspect.signature(func)
    except (TypeError, ValueError):  # written in C
        return None
    kinds = {parameter.kind for parameter in found.parameters.values()}
    return None if inspect.Parameter.VAR_POSITIONAL in kinds else found


def _by_signature(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any] | None:
    try:
        found = signature.bind(*args, **kwargs).arguments
    except TypeError:
        return None
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    return {name: value for name, value in found.items() if value is not defaults[name]}


Schema = tuple[tuple[str, ...], tuple[str, ...], tuple[int, int]]
"""An operator's arguments: names, types; the place of a list that may be passed number by number, and how
many may be passed by place at all."""


@functools.lru_cache(maxsize=512)
def _schemas(name: str) -> tuple[Schema, ...]:
    """Return the signatures of the operator of this name; a method's self is called input."""
    names = dict.fromkeys((name, name.strip("_"), f"{name.strip('_')}_"))
    found = []
    for schema in (s for n in names for s in torch._C._jit_get_schemas_for_operator(f"aten::{n}")):  # noqa: SLF001
        arguments = [one for one in schema.arguments if not one.is_out]
        told = tuple("input" if one.name == "self" else one.name for one in arguments)
        types = tuple(_type(one.type) for one in arguments)
        places = [k for k, one in enumerate(arguments) if not one.kwarg_only]
        packs = places[-1] if places and types[places[-1]].startswith("ListType") else -1
        found.append((told, types, (packs, len(places))))
    return tuple(found)


def _type(type_: Any) -> str:
    """Return the kind of a schema's type, with a ``?`` after it where None may stand."""
    kind = type_.kind()
    if kind == "OptionalType":
        return f"{type_.getElementType().kind()}?"
    return str(kind)


def _by_schema(
    names: tuple[str, ...],
    types: tuple[str, ...],
    by_place: tuple[int, int],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Return the arguments by name if they fit this overload of an operator."""
    packs, most = by_place
    if 0 <= packs < len(args) and all(isinstance(a, int) for a in args[packs:]):
        args = (*args[:packs], tuple(args[packs:]))
    if len(args) > most:
        return None
    given = dict(zip(names, args, strict=False))
    named = {("input" if n == "self" else n): v for n, v in kwargs.items() if n != "out"}
    if not named.keys() <= set(names) - given.keys():
        return None
    given |= named
    kinds = dict(zip(names, types, strict=True))
    return given if all(_fits(value, kinds[name]) for name, value in given.items()) else None


def _fits(value: Any, kind: str) -> bool:
    if value is None:
        return kind.endswith("?")
    kind = kind.rstrip("?")
    if isinstance(value, bool) and kind != "BoolType":
        return False
    return isinstance(value, _KINDS.get(kind, (object,)))
