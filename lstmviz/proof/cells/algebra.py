"""What can be done with the values of a cell: with tensors, and with forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from lstmviz.proof.cells.symbols import Applied, Form, Rows, UndefinedError


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

    def one_minus(self, value: torch.Tensor) -> torch.Tensor:
        """What is missing to one."""
        return 1 - value

    def apply(self, function: str, value: torch.Tensor) -> torch.Tensor:
        """Return σ, tanh or ReLU of every entry."""
        done: torch.Tensor = getattr(torch, function)(value)
        return done

    def affine(self, weight: str, bias: str | None, value: torch.Tensor) -> torch.Tensor:
        """W v, or W v + b."""
        missing = [n for n in (weight, bias) if n is not None and n not in self.parameters]
        if missing:
            raise UndefinedError(f"the module has no {missing[0]}")
        if self.parameters[weight].shape[1] != value.shape[-1]:
            raise UndefinedError(
                f"{weight} takes {self.parameters[weight].shape[1]} numbers, not {value.shape[-1]}"
            )
        made = value @ self.parameters[weight].T
        return made if bias is None else made + self.parameters[bias]

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
    if one.shape != two.shape:
        raise UndefinedError(f"{one.shape[-1]} numbers meet {two.shape[-1]}")


@dataclass(frozen=True, slots=True)
class Forms:
    """Values as normal forms."""

    rows: Mapping[str, int]
    """How many rows each parameter has."""
    hidden: int

    def plus(self, one: Form, two: Form) -> Form:
        """The sum."""
        return one.plus(two)

    def times(self, one: Form, two: Form) -> Form:
        """The product, entry by entry."""
        return one.times(two)

    def one_minus(self, value: Form) -> Form:
        """What is missing to one."""
        return Form.one().plus(value, -1)

    def apply(self, function: str, value: Form) -> Form:
        """Return σ, tanh or ReLU of a form."""
        return Form.of(Applied(function, value))

    def affine(self, weight: str, bias: str | None, value: Form) -> Form:
        """W v, or W v + b."""
        if weight not in self.rows or (bias is not None and bias not in self.rows):
            raise UndefinedError(f"the module has no {weight if weight not in self.rows else bias}")
        made = Form.of(Rows(weight, 0, self.rows[weight], value))
        return made if bias is None else made.plus(self.bias(bias))

    def biased(self, weight: str, value: Form) -> Form:
        """W v + b where the module has such a bias, else W v."""
        bias = weight.replace("weight", "bias")
        return self.affine(weight, bias if bias in self.rows else None, value)

    def bias(self, name: str) -> Form:
        """All rows of a bias."""
        if name not in self.rows:
            raise UndefinedError(f"the module has no {name}")
        return Form.of(Rows(name, 0, self.rows[name]))

    def blocks(self, value: Form, first: int, last: int) -> Form:
        """Blocks of H rows each."""
        return value.rows(first * self.hidden, last * self.hidden)
