"""Derivatives by quotients of differences: of every number a little more, and a little less.

A quotient is the slope only if nothing bends between the two values. Where the way up and the way down are
otherwise (the bend of a ReLU lies within the step) it is taken anew with a smaller step; where they are so
however small the step is, the run stands on the bend, and there is no derivative.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

Tensor = torch.Tensor
STEP = 1e-5
"""How far a value is changed, both ways, for the quotient of differences."""
STEPS = (STEP, 1e-6, 1e-7)
"""The same, and smaller ones: the last is as small as leaves a quotient eight digits in float64."""
STRAIGHT, LEAST = 1e-3, 1e-8
"""So far may up and down be from their middle: a share of the slope, and of the largest. So far it errs."""
ROUNDED = 4
"""So many units in the last place may a sum differ by with its row in a batch: the order of its terms."""
NOISE = 16 * ROUNDED
"""And so many, of the largest number or of 1, a bend: of three results of sums of numbers that may cancel."""


def quotients(
    changed: Callable[[Tensor, float], tuple[Tensor, Tensor]], middle: Tensor, places: Tensor
) -> tuple[Tensor, Tensor, float]:
    """Return the slopes (places, …, D), which (places, …) are none, and the smallest step taken.

    `changed` gives the results with the numbers at some `places` a step more, and with them a step less;
    `middle` is the result with none changed, (…, D).
    """
    slopes = torch.zeros(len(places), *middle.shape, dtype=torch.float64)
    bent = torch.ones(slopes.shape[:-1], dtype=torch.bool)
    left = torch.arange(len(places))
    for step in STEPS:
        more, less = changed(places[left], step)
        lost = ROUNDED * torch.finfo(more.dtype).eps * torch.maximum(more.abs(), less.abs())
        now = _beyond(more - less, lost) / (2 * step)
        noise = NOISE * torch.finfo(more.dtype).eps * max(1.0, float(more.abs().max()))
        bend = _beyond(more + less - 2 * middle, noise) / (2 * step)
        again = bent[left]
        slopes[left] = now.double().where(again[..., None], slopes[left])
        crooked = bend.norm(dim=-1) > STRAIGHT * now.norm(dim=-1) + LEAST * float(slopes.abs().max())
        bent[left] = crooked & again
        left = bent.view(len(bent), -1).any(1).nonzero().flatten()
        if not len(left):
            break
    return slopes, bent, step


def _beyond(change: Tensor, lost: Tensor | float) -> Tensor:
    """A change; nothing, where rows of one batch may differ so in their last digits."""
    return change.where(change.abs() > lost, 0.0)
