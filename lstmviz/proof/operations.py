"""A function of torch as a figure prints it, called on what its stage reads, as far as shapes go."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import cycle, product
from math import prod
from typing import Any

import torch
from torch.nn import functional

from lstmviz.network.operators import for_readers
from lstmviz.network.structure import Stage

OF_LISTS = frozenset({"cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack"})
"""Functions of a list of tensors: a stage's inputs are all of it, in order, also what is made of nothing."""
BY_NAME = {"gather": ("index",), "index_select": ("index",), "scatter": ("index", "src")}
BY_NAME |= {"stft": ("window",), "istft": ("window",)}
"""Tensors that stand behind numbers among a function's arguments: they are given by their names."""
SMALL = 1_000_000
"""So many numbers are computed with."""
MOST = 4
"""A function of more tensors is not tried with all that they may hold."""


class UntriedError(Exception):
    """The function could not be called so; why."""


def gives(source: str, stage: Stage) -> tuple[int, ...]:
    """Return the shape of the first result of a call such as ``max(dim=1)``.

    Large tensors are not made: they are on torch's meta device, whose rules take seconds to import.

    Raises UntriedError.
    """
    if source == for_readers(stage.type) != stage.type:
        return stage.outputs[0].sizes  # the name alone says what ran, and no more
    name, given, arguments = _parsed(source)
    if len(stage.inputs) > MOST and name not in OF_LISTS:
        raise UntriedError(f"{name} reads {len(stage.inputs)} tensors")
    function = _found(name)
    refusal: Exception | None = None
    device = "cpu" if sum(prod(one.sizes) for one in stage.inputs) <= SMALL else "meta"
    for dtypes in _dtypes(1 if name in OF_LISTS else len(stage.inputs)):
        read = [torch.zeros(one.sizes, dtype=dtype, device=device)
                for one, dtype in zip(stage.inputs, cycle(dtypes))]  # fmt: skip
        named = dict(zip(BY_NAME.get(name, ()), read[1:], strict=False))
        plain = [read] if name in OF_LISTS else read[: len(read) - len(named)]
        try:
            result = function(*given, *plain, **arguments, **named)
        except Exception as error:  # noqa: BLE001 (whatever torch refuses)
            refusal = error
            continue
        first = result if isinstance(result, torch.Tensor) else next(iter(result), None)
        if isinstance(first, torch.Tensor):
            return tuple(first.shape)
    raise UntriedError(f"{name} is not tried" + (f": {refusal}" if refusal else ""))


def asks(source: str, stage: Stage) -> bool:
    """Whether a call, or an index, is written with the very arguments of the stage's: a shape tells not all.

    >>> asks("flip(dims=(0,))", flip), asks("flip(dims=(1,))", flip)  # doctest: +SKIP
    (False, True)
    """
    given = dict(stage.arguments)
    if stage.type in {source, "getitem"}:
        return source in {stage.type, given.get("index")}
    try:
        call = ast.parse(source, mode="eval").body
    except SyntaxError:
        return False
    if not isinstance(call, ast.Call):
        return False
    by_place = [_value(one) for one in call.args]
    named = {one.arg: _value(one.value) for one in call.keywords}
    rest = [value for key, value in given.items() if key not in named]
    said = all(key in given and _plain(given[key]) == value for key, value in named.items())
    return said and by_place == [_plain(one) for value in rest for one in _each(value, call.args)]


def _each(value: Any, places: Sequence[ast.expr]) -> Sequence[Any]:
    """The places of an argument: ``view(2, -1)`` writes those of a list one by one."""
    return value if isinstance(value, (list, tuple)) and len(places) == len(value) else (value,)


def _value(node: ast.expr) -> Any:
    """What a literal is; of a name how it is written."""
    try:
        return _plain(_literal(node))
    except ValueError:
        return ast.unparse(node)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, float, str, tuple, list, bool, type(None))) else str(value)


def _dtypes(count: int) -> Iterator[tuple[torch.dtype, ...]]:
    """Yield what so many tensors may hold: all numbers first, then what chooses or counts among them."""
    return product((torch.float32, torch.long, torch.bool), repeat=count)


def _parsed(source: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Read a call with arguments that are written out; anything else is not tried."""
    try:
        call = ast.parse(source, mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        given = [ast.literal_eval(one) for one in call.args]
        arguments = {one.arg or "": _literal(one.value) for one in call.keywords}
    except (SyntaxError, ValueError, AssertionError) as error:
        raise UntriedError(f"{source} is not tried") from error
    return call.func.id, given, arguments


def _literal(node: ast.expr) -> Any:
    """Read a value; `inf` and `nan` are those of Python's math."""
    minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    name = node.operand if minus and isinstance(node, ast.UnaryOp) else node
    if isinstance(name, ast.Name) and name.id in {"inf", "nan"}:
        return -float(name.id) if minus else float(name.id)
    return ast.literal_eval(node)


def _found(name: str) -> Any:
    """Return torch's own function, or its method, of this name."""
    module, _, inner = name.partition("_")
    places = [(torch.Tensor, name), (torch, name), (functional, name), (getattr(torch, module, None), name)]
    for home, called in (*places, (getattr(torch, module, None), inner)):
        function = getattr(home, called, None) if home is not None and not called.startswith("_") else None
        if callable(function):
            return function
    raise UntriedError(f"{name} is not tried")
