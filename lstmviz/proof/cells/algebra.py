"""What can be done with the values of a cell: tensors ``(N, H)``, and a module's own weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch


class UndefinedError(ValueError):
    """An operation that has no meaning for these values; says why."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Values as tensors, with a module's own weights."""

    parameters: Mapping[str, torch.Tensor]
    hidden: int

    def plus(self, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
        """The sum."""
        _fitting(one, two)
        return one + two

    def times(self, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
        """The product, entry by entry."""
        _fitting(one, two)
        return one * two

    def apply(self, function: str, value: torch.Tensor) -> torch.Tensor:
        """Return σ, tanh or ReLU of every entry."""
        done: torch.Tensor = getattr(torch, function)(value)
        return done

    def parameter(self, name: str) -> torch.Tensor:
        """Return a weight or a bias; UndefinedError if there is none of this name."""
        if name not in self.parameters:
            raise UndefinedError(f"the module has no {name}")
        return self.parameters[name]

    def affine(self, weight: str, bias: str | None, value: torch.Tensor) -> torch.Tensor:
        """W v, or W v + b."""
        matrix = self.parameter(weight)
        if matrix.shape[1] != value.shape[-1]:
            raise UndefinedError(f"{weight} takes {matrix.shape[1]} numbers, not {value.shape[-1]}")
        made = value @ matrix.T
        return made if bias is None else made + self.parameter(bias)

    def biased(self, weight: str, value: torch.Tensor) -> torch.Tensor:
        """W v + b where the module has such a bias, else W v."""
        bias = weight.replace("weight", "bias")
        return self.affine(weight, bias if bias in self.parameters else None, value)

    def blocks(self, value: torch.Tensor, first: int, last: int) -> torch.Tensor:
        """Blocks of H rows each."""
        if value.shape[-1] < last * self.hidden:
            raise UndefinedError(f"it has {value.shape[-1]} rows")
        return value[..., first * self.hidden : last * self.hidden]


def _fitting(one: torch.Tensor, two: torch.Tensor) -> None:
    if one.shape[-1] != two.shape[-1]:
        raise UndefinedError(f"{one.shape[-1]} numbers meet {two.shape[-1]}")
