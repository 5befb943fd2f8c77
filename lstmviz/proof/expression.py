"""One expression of printed code, evaluated with torch's layers and its own names alone."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

NODES = (
    ast.Expression, ast.Call, ast.keyword, ast.Attribute, ast.Name, ast.Load, ast.Subscript, ast.Slice,
    ast.Constant, ast.Tuple, ast.List, ast.UnaryOp, ast.USub, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.FloorDiv,
)  # fmt: skip
"""What an expression may be made of: names, calls, attributes, indices, numbers, sums of them."""
METHODS = frozenset({
    "reshape", "view", "transpose", "permute", "unfold", "flatten", "unflatten", "squeeze", "unsqueeze",
    "select", "narrow", "movedim", "contiguous", "flip", "sum", "mean", "t", "expand",
})  # fmt: skip
"""The methods of tensors that it may call: they rearrange or reduce."""
FUNCTIONS = {"pack_padded_sequence": pack_padded_sequence, "pad_packed_sequence": pad_packed_sequence}
OPERATORS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
}  # fmt: skip
ANY = object()
"""Stands for a value that does not matter: ``_``."""


class FalseError(Exception):
    """The code does not run, or does not do what is drawn."""


def evaluated(source: str, space: Mapping[str, Any]) -> Any:
    """Return what an expression gives; FalseError where it is no such expression, or torch refuses it."""
    try:
        tree = ast.parse(source.strip(), mode="eval")
        _allow(tree, space)
        with torch.no_grad():
            return _Reader(space).read(tree.body)
    except FalseError:
        raise
    except Exception as error:
        raise FalseError(
            f"it does not run ({type(error).__name__}: {str(error).partition(chr(10))[0]})"
        ) from error


def _allow(tree: ast.AST, space: Mapping[str, Any]) -> None:
    """Refuse all that printed code has no use for; what is called is a class of torch's, or a method."""
    for node in ast.walk(tree):
        if not isinstance(node, NODES):
            raise FalseError(f"{type(node).__name__} is not run")
        if isinstance(node, ast.Attribute) and node.attr not in METHODS and not _is_nn(node.value):
            raise FalseError(f"{node.attr} is not run")
        if (
            isinstance(node, ast.Name)
            and node.id not in {"nn", *FUNCTIONS, *space}
            and _layer(node.id) is None
        ):
            raise FalseError(f"nothing is called {node.id}")


def _is_nn(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "nn"


def _layer(name: str) -> type[nn.Module] | None:
    """Return the class of torch.nn of this name."""
    found = getattr(nn, name, None)
    return found if isinstance(found, type) and issubclass(found, nn.Module) else None


class _Reader:
    """Evaluates an allowed tree, node by node."""

    def __init__(self, space: Mapping[str, Any]) -> None:
        self.space = space

    def read(self, node: Any) -> Any:
        """Return the value of a node."""
        return getattr(self, f"_{type(node).__name__.lower()}")(node)

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _tuple(self, node: ast.Tuple) -> Any:
        return tuple(map(self.read, node.elts))

    def _list(self, node: ast.List) -> Any:
        return list(map(self.read, node.elts))

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.space:
            return self.space[node.id]
        return FUNCTIONS.get(node.id) or _layer(node.id)

    def _attribute(self, node: ast.Attribute) -> Any:
        if _is_nn(node.value):
            if (found := _layer(node.attr)) is None:
                raise FalseError(f"torch.nn has no layer {node.attr}")
            return found
        return getattr(self.read(node.value), node.attr)

    def _slice(self, node: ast.Slice) -> slice:
        return slice(*(part and self.read(part) for part in (node.lower, node.upper, node.step)))

    def _subscript(self, node: ast.Subscript) -> Any:
        return self.read(node.value)[self.read(node.slice)]

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return -self.read(node.operand)

    def _binop(self, node: ast.BinOp) -> Any:
        a, b = self.read(node.left), self.read(node.right)
        return OPERATORS[type(node.op)](a, b)

    def _call(self, node: ast.Call) -> Any:
        called: Any = self.read(node.func)
        given = [self.read(part) for part in node.args]
        named = {part.arg: self.read(part.value) for part in node.keywords if part.arg}
        if len(named) < len(node.keywords):
            raise FalseError("an argument is given twice")
        if isinstance(called, type):
            return built(called, given, named)
        return called(*given, **named)


def built(cls: Any, given: list[Any], named: dict[str, Any]) -> nn.Module:
    """Build a module without memory for its numbers."""
    if cls is nn.Embedding:  # its own random values would load half of torch on this device
        named["_weight"] = torch.empty(*given[:2], device="meta")
    device: Any = torch.device("meta")
    with device:
        module: nn.Module = cls(*given, **named)
    return module


def same(one: Any, other: Any) -> bool:
    """Whether two values are exactly equal: tensors in shape and every number."""
    if one is ANY or other is ANY:
        return True
    if isinstance(one, PackedSequence) and isinstance(other, PackedSequence):
        return same(one.data, other.data) and same(one.batch_sizes, other.batch_sizes)
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and torch.equal(one, other)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
