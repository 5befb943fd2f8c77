"""torch's fake tensors: sizes without data, for what is too big to run.

A private module of torch: no other file touches it. Under it a plain
LSTM costs the same whatever its number of steps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from lstmviz.network.run import Budget, Host, TooBigError
from lstmviz.network.surroundings import same_environment

STEPS = 800
"""Cells that may be run without data: about 5 ms each."""


@contextlib.contextmanager
def fake_host() -> Iterator[Host]:
    """Yield a host on which tensors have sizes only.

    Raises TooBigError if this torch has no fake tensors any more.
    """
    with same_environment():
        try:
            from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: PLC0415 (slow, seldom needed)
        except ImportError as cause:
            raise TooBigError("fake tensors") from cause
    with FakeTensorMode():
        yield Host(made_on="cpu", weighed=False, fused=True, budget=Budget(steps=STEPS))
