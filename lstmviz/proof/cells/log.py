"""One step of the real module, operation by operation: every value on the way."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lstmviz.proof.states import one_step


def values_of_step(alone: nn.RNNBase, vectors: tuple[torch.Tensor, ...]) -> dict[torch.Size, torch.Tensor]:
    """Return every value ``(N, size)`` that torch computes in one step from x and h (c), stacked by shape."""
    with Watch() as watch:
        one_step(alone, vectors[0], vectors[1:])
    shaped = [one.reshape(-1, one.shape[-1]) for one in watch.passed if one.dim()]
    shapes = {one.shape for one in shaped if len(one) == len(vectors[0])}
    return {shape: torch.stack([one for one in shaped if one.shape == shape]) for shape in shapes}


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps what every operation of a run gives, as it is at that moment."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.passed: list[torch.Tensor] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing its compiler: a second lost, and an environment variable left behind."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.passed += [one.clone() for one in tree_leaves(result) if isinstance(one, torch.Tensor)]
        return result
