"""The constructor arguments of a module that a figure may print."""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any

from lstmviz.spec.layer_types import LAYER_TYPES

if TYPE_CHECKING:
    from torch import nn

Arguments = tuple[tuple[str, Any], ...]

_ELSEWHERE = frozenset({"device", "dtype", "_weight", "_freeze", "inplace"})
"""Arguments that say where a module keeps its numbers, not what it computes."""


def arguments_of(type_: str, module: nn.Module) -> Arguments:
    """Read a module's arguments back from the module that torch made."""
    if type_ in ("view", "reshape"):
        return (("sizes", module.arguments),)
    if type_ == "permute":
        return (("dims", module.arguments),)
    kind = LAYER_TYPES.get(type_)
    always = kind.always if kind else _needed(type(module))
    unusual = {**(kind.unusual if kind else {})}
    unusual |= {name: usual for name, usual in _defaults(type(module)) if name not in (*always, *unusual)}
    own = [name for name in always if hasattr(module, name)]  # cells have no num_layers
    if kind is None and len(own) < len(always):
        return ()  # it does not keep what it was built with
    said = [(name, _read(module, name)) for name in own]
    read = [(name, _read(module, name, default), default) for name, default in unusual.items()]
    said += [(name, value) for name, value, default in read if value != default]
    return tuple(said)


@cache
def _given(cls: Any) -> tuple[inspect.Parameter, ...]:
    """Return the parameters of the constructor of torch's own classes; a recurrent one's are all said."""
    if not cls.__module__.startswith("torch.nn.modules") or cls.__module__.endswith(".rnn"):
        return ()
    given = inspect.signature(cls).parameters.values()
    return tuple(p for p in given if p.name not in _ELSEWHERE and p.kind is p.POSITIONAL_OR_KEYWORD)


def _needed(cls: Any) -> tuple[str, ...]:
    return tuple(p.name for p in _given(cls) if p.default is p.empty)


def _defaults(cls: Any) -> Arguments:
    return tuple((p.name, p.default) for p in _given(cls) if p.default is not p.empty)


def _read(module: nn.Module, name: str, default: Any = None) -> Any:
    value = getattr(module, name, default)
    if name in {"kdim", "vdim"} and value == getattr(module, "embed_dim", None):
        return default  # attention fills them in
    if name == "bias" and hasattr(module, "in_proj_bias"):  # so attention keeps it
        return module.in_proj_bias is not None
    if name == "bias" and not isinstance(value, bool):  # Linear keeps the parameter under this name
        return value is not None
    if isinstance(value, tuple):  # torch spells a kernel of 3 as (3, 3)
        return value[0] if len(set(value)) == 1 else value
    return value
