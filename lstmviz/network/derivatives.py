"""Derivatives from torch's engine itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from torch.autograd import Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from torch.autograd.graph import GradientEdge

Derivatives = tuple["torch.Tensor | None", ...]


def derivatives(
    outputs: Sequence[GradientEdge], weights: Sequence[torch.Tensor], ends: Sequence[GradientEdge]
) -> Derivatives:
    """Return the derivative of weighted outputs by each of `ends`; None where none arrives.

    Not by torch.autograd.grad: to compare the sizes of weights it imports SymPy, a second.
    """
    engine = Variable._execution_engine  # noqa: SLF001 (what torch.autograd.grad itself calls)
    found = engine.run_backward(
        tuple(outputs),
        tuple(weights),
        True,
        False,
        tuple(ends),
        allow_unreachable=True,
        accumulate_grad=False,
    )
    return cast("Derivatives", found)
