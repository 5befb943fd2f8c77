"""A run that makes the calls of a run before, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lstmviz.network.user.call_recorder import CallRecorder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

    from lstmviz.network.user.events import Made


class OtherRunError(RuntimeError):
    """Something else runs than the time before."""


class Follower(CallRecorder):
    """A watcher of a run whose calls are to be those that `made` says of the run before."""

    def __init__(self, model: nn.Module, inputs: Any, made: Sequence[Made]) -> None:
        super().__init__(model, inputs)
        self._run_before = made
        self._place = 0

    @property
    def whole(self) -> bool:
        """Whether all ran that ran before."""
        return self._place == len(self._run_before)

    def _next(self, name: str) -> Made:
        """Return what ran here before. Raises OtherRunError if it was something else."""
        made = self._run_before[self._place] if not self.whole else None
        if made is None or made.name != name:
            raise OtherRunError
        self._place += 1
        return made

    def _run_within(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        del module
        return forward(*args, **kwargs)
