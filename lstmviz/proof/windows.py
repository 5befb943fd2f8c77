"""Windows of one long table, their targets, and walk-forward splits of them, cut again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from lstmviz.proof.expression import FalseError, same


def cut_from(series: torch.Tensor, cut: tuple[Any, ...]) -> torch.Tensor:
    """Return `count` windows, or targets: the first of all begins with row `begin`, `first` are left out."""
    steps, stride, axis, begin, first, count, columns = cut
    starts = range(begin + first * stride, begin + (first + count) * stride, stride)
    if columns != ():
        series = series[:, columns if isinstance(columns, int) else list(columns)]
    return torch.stack([series[start : start + steps] for start in starts], axis)


def walks_forward(parts: Any, space: Mapping[str, Any], facts: tuple[Any, ...]) -> None:
    """Hold a split: equal tests at the end of the windows, and no row of a target in both parts."""
    name, axis, count, number, horizon, stride = facts
    whole = space[name].movedim(axis, 0)
    train, test = (part.movedim(axis, 0) for part in parts)
    size = len(whole) // (count + 1)
    begin = len(whole) - (count - number) * size
    if not same(test, whole[begin : begin + size]) or not same(train, whole[: len(train)]):
        raise FalseError(f"it is not split {number + 1} of {count}")
    left = begin - len(train)
    if not len(train) or (left + 1) * stride < horizon:
        raise FalseError("a row of a target is in train and in test")
    if left * stride >= horizon:
        raise FalseError("a window is left out for nothing")
