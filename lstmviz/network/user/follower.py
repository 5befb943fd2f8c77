"""A run that makes the calls of a run before, one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from lstmviz.network.user.call_recorder import CallRecorder
from lstmviz.network.user.events import Made


class OuterCalls(CallRecorder):
    """A watcher of modules that are shown whole from outside: nothing inside them is looked at."""

    def _run_within(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        del module
        return forward(*args, **kwargs)

    def _ran(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with torch._C.DisableTorchFunction():  # noqa: SLF001 (nothing inside is looked at)
            self._inside += 1
            result = forward(*args, **kwargs)
            self._inside -= 1
            if not self._inside:
                self._saw_module(module, args, kwargs, result)
        return result

    def _saw_module(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        """Look at a call of a module that is shown whole."""
        raise NotImplementedError


class OtherRunError(RuntimeError):
    """Something else runs than the time before."""


class Follower(OuterCalls):
    """A watcher of a run whose calls are to be those that `made` says of the run before."""

    def __init__(self, model: nn.Module, inputs: Any, made: Sequence[Made]) -> None:
        super().__init__(model, inputs)
        self._run_before = made
        self._place = 0
        self.left = False
        """Whether something else ran than the time before."""

    @property
    def whole(self) -> bool:
        """Whether all ran that ran before."""
        return self._place == len(self._run_before)

    def _next(self, name: str) -> Made:
        """Return what ran here before. Raises OtherRunError if it was something else."""
        made = self._run_before[self._place] if not self.whole else None
        if made is None or made.name != name:
            self.left = True
            raise OtherRunError
        self._place += 1
        return made
