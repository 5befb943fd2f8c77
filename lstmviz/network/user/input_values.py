"""Inputs made of what the command line says: noise of given sizes, values, files, packed batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from lstmviz.errors import ChoiceError
from lstmviz.network.user.input_spelling import SpelledInput, Tree
from lstmviz.network.user.values import placed

TOKENS = 10
"""Whole numbers are below this, where no embedding says how many there are."""


def inputs_of(given: Sequence[SpelledInput], module: nn.Module) -> Any:
    """Return what forward takes: a tuple, or a mapping where the inputs have names.

    Whole numbers are tokens, below the size of the smallest embedding.
    """
    made = _Maker(module)
    values = [(one.name, made.value(one.tree)) for one in given]
    return placed(values) if values and values[0][0] else tuple(value for _, value in values)


class _Maker:
    """Makes values from trees, all from one stream of noise."""

    def __init__(self, module: nn.Module) -> None:
        self._tokens = min(
            (m.num_embeddings for m in module.modules() if isinstance(m, nn.Embedding)), default=TOKENS
        )
        self._noise = torch.Generator().manual_seed(0)

    def value(self, tree: Tree) -> Any:
        """Return what a tree says."""
        forms: dict[str, Callable[[Tree], Any]] = {
            "packed": self._packed,
            "sizes": self._filled,
            "values": lambda t: torch.tensor(t["values"], dtype=_dtype(t)),
            "tuple": lambda t: tuple(map(self.value, t["tuple"])),
            "list": lambda t: list(map(self.value, t["list"])),
            "dict": lambda t: {key: self.value(inner) for key, inner in t["dict"]},
            "file": lambda t: read(Path(t["file"])),
            "plain": lambda t: t["plain"],
        }
        return next(make(tree) for form, make in forms.items() if form in tree)

    def _filled(self, tree: Tree) -> torch.Tensor:
        dtype, sizes = _dtype(tree), tree["sizes"]
        if dtype is torch.bool:
            return torch.ones(sizes, dtype=dtype)
        if dtype in {torch.long, torch.int}:
            return torch.randint(0, self._tokens, sizes, generator=self._noise, dtype=dtype)
        return torch.rand(sizes, generator=self._noise).to(dtype)

    def _packed(self, tree: Tree) -> Any:
        try:
            return pack_padded_sequence(
                self._filled(tree["packed"]), tree["lengths"], batch_first=True, enforce_sorted=False
            )
        except (RuntimeError, ValueError, TypeError) as error:
            raise ChoiceError(f"packed(…): {str(error).splitlines()[0]}") from error


def _dtype(tree: Tree) -> torch.dtype | None:
    name = tree.get("dtype")
    return getattr(torch, name) if name else None


def of_numpy(array: Any) -> torch.Tensor:
    """Return an array as a tensor; NumPy's usual float64, which nobody chose, as torch's usual float."""
    tensor = torch.as_tensor(array)
    return tensor.to(torch.get_default_dtype()) if tensor.dtype == torch.float64 else tensor


def read(path: Path) -> Any:
    """Read an input from a file of NumPy's or torch's; nothing in it is run. Raises ChoiceError."""
    if not path.is_file():
        raise ChoiceError(f"there is no file {path}")
    try:
        if path.suffix == ".npy":
            import numpy as np  # noqa: PLC0415  (torch comes without it)

            return of_numpy(np.load(path, allow_pickle=False))
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ChoiceError(f"{path} cannot be read as data: {str(error).splitlines()[0]}") from error
