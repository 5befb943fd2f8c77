"""A long run told from two short ones, where it was seen to be the same but for how often its rounds went.

The trace of a run takes longer than the run: of a loop over hundreds of steps it is that of a few steps,
and of one more, with what grew between them grown on. It holds only where the list of all calls of the long
run is what the lists of the short ones grow to: the same calls on the same tensors from the same lines.
"""

from __future__ import annotations

import contextlib
from itertools import product
from typing import TYPE_CHECKING, Any

import torch

from lstmviz.errors import ModelError
from lstmviz.network.user.run_log import RunLog
from lstmviz.network.user.running import run
from lstmviz.network.user.stretched import UnlikeError, stretched
from lstmviz.network.user.values import arguments, leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import nn

    from lstmviz.network.structure import Trace

LONG = 12
"""An axis that is longer is tried shorter."""
PERIODS = (1, 2)
"""So many rounds may be what repeats."""
SHORT = 4
"""So short at least."""


def from_short_runs(
    module: nn.Module, inputs: Any, describe: Callable[..., tuple[Trace, ...]]
) -> Trace | None:
    """Return the trace of a run as `describe` would, from two short runs; None if they do not tell it.

    Call it within `alone`.
    """
    for most, more in product(_cuts(inputs), PERIODS):
        less = (most - SHORT * (more - 1)) // more * more
        if less <= 0:
            break
        with contextlib.suppress(ModelError, UnlikeError, RuntimeError, ValueError, TypeError, KeyError):
            short = [_cut(inputs, less), _cut(inputs, less - more)]
            logs = [_log(module, one) for one in short]
            if logs[0].asks and not _measures(inputs):
                continue
            told = [log.told() for log in logs]
            if stretched(told[0], told[1], less // more) == _log(module, inputs).told():
                one, two = describe(module, *short)
                return stretched(one, two, less // more)
    return None


def _log(module: nn.Module, inputs: Any) -> RunLog:
    with torch.no_grad():
        return run(module, inputs, RunLog)[0]


def _cuts(inputs: Any) -> Iterator[int]:
    """Yield how much shorter the inputs may be, by the first two axes of one, the longest first.

    What holds other numbers than measures may say itself where something ends: it is not cut.
    """
    tensors = [tensor for _, tensor in leaves(arguments(inputs))]
    for size in sorted({n for tensor in tensors for n in tensor.shape[:2]}, reverse=True):
        if size > LONG:
            sizes = {n for t in tensors for n in t.shape if n <= LONG + 1}
            less = size - next(n for n in range(SHORT, size) if not {n, n + 1} & sizes)
            cut = [t for t in tensors if any(n > less + 1 for n in t.shape[:2])]
            if all((t.is_floating_point() and not _ends(t)) or t.dtype is torch.long for t in cut):
                yield less


def _measures(inputs: Any) -> bool:
    return all(tensor.is_floating_point() for _, tensor in leaves(arguments(inputs)))


def _ends(tensor: torch.Tensor) -> bool:
    """Whether some of the numbers are zero, and some not: as in a mask."""
    zeros = tensor.eq(0)
    return bool(zeros.any()) and not bool(zeros.all())


def _cut(inputs: Any, less: int) -> Any:
    def cut(tensor: torch.Tensor) -> torch.Tensor:
        for axis, size in enumerate(tensor.shape[:2]):
            if size > less + 1:
                tensor = tensor.narrow(axis, 0, size - less)
        return tensor.clone()

    return mapped(arguments(inputs), cut)
