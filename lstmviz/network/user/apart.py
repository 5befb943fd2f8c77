"""Calls of torch that make each place of their result from the same place of what they take alone.

Or from the places along one axis: which of them moves with what is then seen in one run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lstmviz.network.user.signatures import bound

if TYPE_CHECKING:
    from lstmviz.network.user.replay import Again

HOLDERS = (torch, torch.Tensor, nn.functional)
_SIGNS = "add radd sub rsub mul rmul truediv rtruediv pow neg"
_NAMES = "add sub mul div pow neg abs exp log sqrt tanh sigmoid relu silu gelu softplus maximum minimum where"


def _found(names: str) -> frozenset[Any]:
    every = (getattr(holder, name, None) for holder in HOLDERS for name in names.split())
    return frozenset(func for func in every if func is not None)


PLACE_BY_PLACE = _found(" ".join([_NAMES, *(f"__{name}__" for name in _SIGNS.split())]))
ALONG_ONE = _found("softmax log_softmax")
SUMS = _found("sum mean")
MODULES = frozenset({nn.Tanh, nn.Sigmoid, nn.ReLU, nn.SiLU, nn.GELU, nn.Softplus})


def axes_mixed(again: Again, tensor: torch.Tensor) -> tuple[frozenset[int], bool] | None:
    """Return which axes of a tensor a call puts together, and whether its result still has them.

    None where that is not known of the call.
    """
    if again.writes:
        return None
    if again.module is not None:
        return _of_module(again.module, tensor)
    if again.call in PLACE_BY_PLACE and not (again.call is torch.where and len(again.given[0]) == 1):
        return frozenset(), True  # of a condition alone it lists the places
    if again.call not in ALONG_ONE | SUMS:
        return None
    given = bound(again.call, *again.given)
    along = given.get("dim")
    axes = along if isinstance(along, tuple | list) else (along,)
    if not axes or not all(isinstance(axis, int) for axis in axes):
        return None
    kept = again.call in ALONG_ONE or bool(given.get("keepdim"))
    return frozenset(axis % tensor.dim() for axis in axes), kept


def _of_module(module: nn.Module, tensor: torch.Tensor) -> tuple[frozenset[int], bool] | None:
    if module._forward_hooks or module._forward_pre_hooks:  # noqa: SLF001 (they may do anything)
        return None
    if type(module) is nn.Linear:
        return frozenset({tensor.dim() - 1}), True
    return (frozenset(), True) if type(module) in MODULES else None
