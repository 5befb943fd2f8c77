"""Derivatives through what torch lets none pass: parts without gradients, detached values, own functions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.autograd.function import FunctionCtx

GRAD_MODE = "_set_grad_enabled"
"""What no_grad, enable_grad and set_grad_enabled call in the end."""


class Alias:
    """In the place of `detach` and `data`: the same values, which keep where they come from."""

    def __init__(self, func: Any) -> None:
        self.__name__ = func.__name__
        self.__self__ = getattr(func, "__self__", None)

    def __call__(self, tensor: torch.Tensor, *_: Any) -> torch.Tensor:
        """Return the tensor under another name."""
        return tensor.view_as(tensor)


def detaches(func: Any) -> bool:
    """Whether a function gives the values that it takes without their history."""
    name = getattr(func, "__name__", "")
    return name == "detach" or (
        name == "__get__" and getattr(getattr(func, "__self__", None), "__name__", "") == "data"
    )


def passed(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a function, unless it is there to let no derivatives through."""
    if getattr(func, "__name__", "") == GRAD_MODE:
        return None
    return (Alias(func) if detaches(func) else func)(*args, **kwargs)


@contextlib.contextmanager
def plain_functions() -> Iterator[None]:
    """Run the forward of every torch.autograd.Function as the operations that it is made of.

    What its backward says is the user's business, and need not be the derivative; checkpoints
    refuse to be asked for it.
    """
    kept = vars(torch.autograd.Function)["apply"]
    torch.autograd.Function.apply = classmethod(_applied)  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        torch.autograd.Function.apply = kept  # type: ignore[method-assign]


def _applied(cls: Any, *args: Any, **kwargs: Any) -> Any:
    context: Any = FunctionCtx()
    context.needs_input_grad = (True,) * len(args)
    if cls.setup_context is torch.autograd.Function.setup_context:
        return cls.forward(context, *args, **kwargs)
    result = cls.forward(*args, **kwargs)
    cls.setup_context(context, args, result)
    return result


@contextlib.contextmanager
def unscripted() -> Iterator[None]:
    """Run what torch.jit compiled of a function as the Python that it was compiled from: it can be followed.

    A function that was loaded from a file has none, and runs as it is.
    """
    compiled = torch.jit.ScriptFunction
    kept = compiled.__call__

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        written = getattr(self, "_torchdynamo_inline", None)
        return kept(self, *args, **kwargs) if written is None else written(*args, **kwargs)

    compiled.__call__ = call  # type: ignore[method-assign]
    try:
        yield
    finally:
        compiled.__call__ = kept  # type: ignore[method-assign]


@contextlib.contextmanager
def no_inference_mode() -> Iterator[None]:
    """Let inference mode only switch derivatives off: what it makes cannot be asked anything later."""
    own = torch.inference_mode
    kept = own.__enter__, own.__exit__
    open_: list[tuple[Any, Any]] = []

    def enter(self: Any) -> None:
        open_.append((self, torch.no_grad() if self.mode else contextlib.nullcontext()))
        open_[-1][1].__enter__()

    def leave(self: Any, *error: object) -> None:  # noqa: ARG001 (the innermost is left first)
        open_.pop()[1].__exit__(*error)

    own.__enter__, own.__exit__ = enter, leave  # type: ignore[method-assign]
    try:
        yield
    finally:
        own.__enter__, own.__exit__ = kept  # type: ignore[method-assign]
