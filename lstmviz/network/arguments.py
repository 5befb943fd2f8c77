"""The constructor arguments of a module that a figure may print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmviz.spec.layer_types import LAYER_TYPES

if TYPE_CHECKING:
    from torch import nn

Arguments = tuple[tuple[str, Any], ...]


def arguments_of(type_: str, module: nn.Module) -> Arguments:
    """Read a module's arguments back from the module that torch made."""
    if type_ in ("view", "reshape"):
        return (("sizes", module.arguments),)
    if type_ == "permute":
        return (("dims", module.arguments),)
    kind = LAYER_TYPES.get(type_)
    if kind is None:
        return ()
    said = [(name, _read(module, name)) for name in kind.always]
    read = [(name, _read(module, name, default), default) for name, default in kind.unusual.items()]
    said += [(name, value) for name, value, default in read if value != default]
    return tuple(said)


def _read(module: nn.Module, name: str, default: Any = None) -> Any:
    value = getattr(module, name, default)
    if name == "bias" and not isinstance(value, bool):
        return value is not None  # Linear keeps the parameter under the argument's name
    if isinstance(value, tuple):  # torch spells a kernel of 3 as (3, 3)
        return value[0] if len(set(value)) == 1 else value
    return value
