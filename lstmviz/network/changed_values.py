"""Other numbers for tensors, and where two results differ."""

from __future__ import annotations

from functools import lru_cache

import torch


def along(mask: torch.Tensor, axis: int) -> torch.Tensor:
    """Return for each place along an axis whether anything is marked there."""
    return mask.movedim(axis, 0).flatten(1).any(1) if mask.dim() > 1 else mask


def same(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return where two results are the very same, NaN too."""
    if one.shape != other.shape:
        return torch.zeros_like(one, dtype=torch.bool)
    return (one == other) | ((one != one) & (other != other))  # noqa: PLR0124


def spread(values: torch.Tensor, like: torch.Tensor, axis: int) -> torch.Tensor:
    """Return values along an axis, the same everywhere else."""
    shape = [1] * like.dim()
    shape[axis] = like.shape[axis]
    return values.view(shape).expand(like.shape)


@lru_cache(maxsize=32)
def codes_of(count: int, dtype: torch.dtype) -> list[torch.Tensor]:
    """Return numbers for steps: rising, falling below zero, in no order; what only moves them keeps all."""
    steps = torch.arange(1, count + 1)
    mixed = 3 * (steps % count + 1) + steps * steps % 2 + count
    return [code.to(dtype) for code in (steps, -steps - 2, mixed)]


def other(tensor: torch.Tensor, way: int) -> torch.Tensor:
    """Return other values that may stand there: near, far above, far below; tokens that there are."""
    if tensor.dtype is torch.bool:
        return ~tensor
    if tensor.is_floating_point() or tensor.is_complex():
        luck = torch.Generator().manual_seed(way)
        noise = torch.rand(tensor.shape, generator=luck, dtype=torch.float32).to(tensor.dtype)
        if way == 0:
            return tensor + noise - 0.5 * noise.flip(0) + 0.1
        far = (tensor.abs().amax() + 1) * (2 + noise)
        return far if way == 1 else -far
    most = int(tensor.max())
    if most == 0:
        return tensor + 1
    return (most - tensor) if way == 2 else (tensor + 1 + way * (most // 2)) % (most + 1)
