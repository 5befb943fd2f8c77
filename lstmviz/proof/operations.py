"""A function of torch as a figure prints it, called on what its stage reads, as far as shapes go."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.network.structure import Stage


OF_LISTS = frozenset({"cat", "concat", "concatenate", "stack", "hstack", "vstack", "dstack"})
"""Functions of a list of tensors: a stage's inputs are all of it, in order, also what is made of nothing."""


class UntriedError(Exception):
    """The function could not be called so; why."""


def gives(source: str, stage: Stage) -> tuple[int, ...]:
    """Return the shape of the first result of a call such as ``max(dim=1)``; nothing is computed.

    Raises UntriedError.
    """
    if source == stage.type and source in {"getitem", "setitem"}:
        return stage.outputs[0].sizes  # the name alone says what ran, and no more
    name, arguments = _parsed(source)
    if len(stage.inputs) != 1 and name not in OF_LISTS:
        raise UntriedError(f"{name} reads several tensors")
    function = _found(name)
    refusal: Exception | None = None
    for dtype in (torch.float32, torch.long, torch.bool):
        read = [torch.empty(one.sizes, dtype=dtype, device="meta") for one in stage.inputs]
        try:
            result = function(read if name in OF_LISTS else read[0], **arguments)
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
    call = ast.parse(source, mode="eval").body
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
        return _plain(ast.literal_eval(node))
    except ValueError:
        return ast.unparse(node)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, float, str, tuple, list, bool, type(None))) else str(value)


def _parsed(source: str) -> tuple[str, dict[str, Any]]:
    """Read a call with arguments by name; anything else is not tried."""
    try:
        call = ast.parse(source, mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        assert not call.args
        arguments = {one.arg or "": ast.literal_eval(one.value) for one in call.keywords}
    except (SyntaxError, ValueError, AssertionError) as error:
        raise UntriedError(f"{source} is not tried") from error
    return call.func.id, arguments


def _found(name: str) -> Any:
    """Return torch's own function, or its method, of this name."""
    module, _, inner = name.partition("_")
    places = [(torch.Tensor, name), (torch, name), (functional, name), (getattr(torch, module, None), name)]
    for home, called in (*places, (getattr(torch, module, None), inner)):
        function = getattr(home, called, None) if home is not None and not called.startswith("_") else None
        if callable(function):
            return function
    raise UntriedError(f"{name} is not tried")
