"""What of torch's state, set by the user's program, would change a run: set aside while one lasts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from types import CellType, FunctionType
from typing import Any

import torch

from lstmviz.network.reach import reached


@contextlib.contextmanager
def ordinary() -> Iterator[None]:
    """Run torch as in a fresh process: on the CPU, in the precision asked for, derivatives allowed.

    Inference mode, a default device, autocast, deterministic mode and the search for
    anomalies are the user's, and come back.
    """
    with contextlib.ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        if torch.empty(0).device.type != "cpu":
            stack.enter_context(torch.device("cpu"))
        if torch.is_autocast_enabled("cpu"):
            stack.enter_context(torch.autocast("cpu", enabled=False))
        if torch.is_anomaly_enabled():
            stack.enter_context(torch.autograd.set_detect_anomaly(False))
        if torch.are_deterministic_algorithms_enabled():
            warn = torch.is_deterministic_algorithms_warn_only_enabled()
            stack.callback(torch.use_deterministic_algorithms, True, warn_only=warn)
            torch.use_deterministic_algorithms(False)
        yield


@contextlib.contextmanager
def same_environment() -> Iterator[None]:
    """Put the environment back, which parts of torch write into when they are first used."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@contextlib.contextmanager
def without_compiler() -> Iterator[None]:
    """Run derivatives forwards without torch's compiler.

    They call functions of torch that are written in Python, and the first one imports the compiler, for some
    seconds, only to tell it that it is not to compile them. They are told beforehand.
    """
    private = getattr(torch, "_decomp", None)  # another torch may not have it
    found = _wrapped(getattr(private, "decomposition_table", {}).values())
    told = [one for one in found if not hasattr(one, TOLD)]
    for one in told:
        setattr(one, TOLD, one)
    try:
        yield
    finally:
        for one in told:
            vars(one).pop(TOLD, None)


TOLD = "__dynamo_disable"
"""Where torch keeps what it calls in the place of a function that is not to be compiled."""
EMPTY = CellType()
"""What a function holds of the one around it that has no value yet."""


def _wrapped(functions: Iterable[Any]) -> set[FunctionType]:
    """Return functions, and those that they were wrapped around."""

    def of(values: Iterable[Any]) -> list[FunctionType]:
        return [one for one in values if isinstance(one, FunctionType)]

    def inner(one: FunctionType) -> list[FunctionType]:
        return of(cell.cell_contents for cell in one.__closure__ or () if cell != EMPTY)

    return {*reached(of(functions), inner)}
