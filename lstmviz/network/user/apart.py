"""Calls of torch that make each place of their result from the same place of what they take alone.

Or from the places along one axis: which of them moves with what is then seen in one run.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from lstmviz.network.steps import Kind
from lstmviz.network.user.replay import Again
from lstmviz.network.user.signatures import bound

Mixed = tuple[frozenset[int], bool]
"""The axes that a call puts together, and whether its result still has them."""
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


def axes_mixed(again: Again, tensor: torch.Tensor) -> Mixed | None:
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


def likely(again: Again, tensor: torch.Tensor, axis: int, mixed: Mixed | None) -> Kind | None:
    """Return what a call is known to do with what lies along one axis of a tensor; None where it is not.

    What the layers of torch do with steps, attention with its keys and values, `einsum` by its letters, and
    sums over steps: `mixed` are the axes that it puts together.
    """
    layer = again.module
    if isinstance(layer, nn.RNNBase) and type(layer).__module__.startswith("torch.") and not _hooked(layer):
        return "all" if layer.bidirectional else "past"
    if type(layer) is nn.MultiheadAttention and not _hooked(layer):
        return "all" if any(tensor is one for one in again.given[0][1:3]) else None
    if again.call is torch.einsum:
        return _of_einsum(again.given[0], tensor, axis)
    return "all" if mixed is not None and axis in mixed[0] else None


def _of_einsum(given: tuple[Any, ...], tensor: torch.Tensor, axis: int) -> Kind | None:
    equation, *operands = given
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return None
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = [*operands[0]]
    terms, _, result = equation.replace(" ", "").partition("->")
    of = [term for term, one in zip(terms.split(","), operands, strict=True) if one is tensor]
    if len(of) != 1 or of[0].count(of[0][axis]) > 1:
        return None
    return "own" if of[0][axis] in result else "all"


def _hooked(module: nn.Module) -> bool:
    """Whether something is done beside what a module does."""
    return bool(module._forward_hooks or module._forward_pre_hooks)  # noqa: SLF001


def _of_module(module: nn.Module, tensor: torch.Tensor) -> Mixed | None:
    if _hooked(module):
        return None
    if type(module) is nn.Linear:
        return frozenset({tensor.dim() - 1}), True
    return (frozenset(), True) if type(module) in MODULES else None
