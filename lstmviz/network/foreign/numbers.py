"""Numbers that twins and originals have in common: how close they must be, and sizes that are made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from lstmviz.errors import ModelError
from lstmviz.translation.messages import note

CLOSE = 1e-5
"""How far the twin may be from the original, beside the largest number of its result (float32)."""
FREE = (6, 5, 7, 4, 9, 8, 11, 10)
"""Sizes that are made up, in the order in which a model asks for them."""


def apart(twin: nn.Module, inputs: Sequence[torch.Tensor], wanted: Sequence[Any], name: str) -> float:
    """Return how far the twin's results are from the original's, beside the largest of these."""
    try:
        with torch.no_grad():
            found = twin(*inputs)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise ModelError(f"{name}: its twin does not run in torch: {error}") from error
    results = found if isinstance(found, tuple | list) else (found,)
    if len(results) != len(wanted):
        raise ModelError(f"{name}: its twin gives {len(results)} results, and it gives {len(wanted)}")
    worst = 0.0
    for result, original in zip(results, wanted, strict=True):
        numbers = np.asarray(original, dtype=np.float64)
        if tuple(result.shape) != numbers.shape:
            return float("inf")
        size = max(1.0, float(np.max(np.abs(numbers), initial=0.0)))
        gap = np.abs(result.detach().numpy().astype(np.float64) - numbers)
        worst = max(worst, float(np.max(gap, initial=0.0)) / size)
    return worst


def made_up_note(shapes: Sequence[tuple[int, ...]]) -> str:
    """Say that inputs were made up.

    >>> made_up_note([(6, 5, 3)])
    'no inputs were given: numbers of shape (6, 5, 3) are made up'
    """
    said = ", ".join(f"({', '.join(map(str, shape))})" for shape in shapes)
    return note("foreign.made-up", shapes=said)
