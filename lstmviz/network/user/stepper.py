"""A run that asks every call which steps it reads, in the middle of the run: the call is made again.

Nothing of the run is changed by it: the model goes on with what the call gave the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from lstmviz.network.user.call_recorder import in_place
from lstmviz.network.user.events import Event, Made
from lstmviz.network.user.follower import Follower
from lstmviz.network.user.kinds import outputs_of
from lstmviz.network.user.replay import Again
from lstmviz.network.user.step_answers import Answers, Named, Taken
from lstmviz.network.user.values import mapped, named_tensors, tensors_in


class Stepper(Follower):
    """A watcher that measures, for every call, which steps of what it reads its result depends on.

    Each call of the run before is asked in its turn.
    """

    def __init__(self, model: nn.Module, inputs: Any, made: Sequence[Made], answers: Answers) -> None:
        super().__init__(model, inputs, made)
        self.answers = answers

    def _next(self, name: str) -> Made:
        """Return what ran here before, its results noted if they come from values that choose."""
        made = super()._next(name)
        self.answers.choosers.pass_on(made)
        return made

    def _ran(self, module: nn.Module, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a module that is shown whole, and then ask what it read."""
        self._inside += 1
        result = forward(*args, **kwargs)
        if self._inside == 1:
            made = self._next("")
            given = outputs_of(module, result)
            if made.event is None or self.answers.is_plain(made):
                self.answers.add_plain(made, args, given)
            else:
                again = Again(self._within(module), (args, kwargs), module)
                self._ask(made.event, again, self._taken(made, args, kwargs), given)
        self._inside -= 1
        return result

    def _within(self, module: nn.Module) -> Callable[..., Any]:
        """Return the module as a function, nothing in which is an event; it may raise."""

        def call(*args: Any, **kwargs: Any) -> Any:
            inside = self._inside
            try:
                return module(*args, **kwargs)
            finally:
                self._inside = inside

        return call

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run a function, and then ask what it read."""
        del types
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        if self._inside or name == "__set__":
            return func(*args, **kwargs)
        made, writes = self._next(name), in_place(name)
        if made.event is None or self.answers.is_plain(made):
            result = func(*args, **kwargs)
            if made.event is not None:
                named = [("output", args[0])] if writes else outputs_of(None, result)
                self.answers.add_plain(made, args, named)
            return result
        taken, again = self._taken(made, args, kwargs), Again(func, (args, kwargs), None, writes)
        if writes:  # the copies stand for what they were made of
            again.given = mapped((args, kwargs), torch.clone)
            copies = dict(zip(_ids([args, kwargs]), tensors_in(again.given), strict=True))
            taken = [(copies[id(t)], sources) for t, sources in taken]
        luck = torch.get_rng_state()
        result = func(*args, **kwargs)
        after = torch.get_rng_state()
        again.luck = luck if not torch.equal(luck, after) else None
        named = [("output", args[0])] if writes else outputs_of(None, result)
        self._ask(made.event, again, taken, named)
        torch.set_rng_state(after)
        return result

    def _taken(self, made: Made, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Taken:
        tensors = dict(named_tensors(args[0] if len(args) == 1 else args) + named_tensors(kwargs))
        found = [(tensors[name], sources) for name, sources in made.taken if name in tensors]
        return [(tensor, sources) for tensor, sources in found if id(tensor) not in self._parameters]

    def _ask(self, event: Event, again: Again, taken: Taken, given: Named) -> None:
        """Write down which steps of each tensor a call took each tensor that it gave depends on."""
        # There is no other way to leave the own mode.
        with torch._C.DisableTorchFunction(), torch.no_grad():  # noqa: SLF001
            self.answers.add(event, again, taken, given)


def _ids(value: Any) -> list[int]:
    return [id(tensor) for tensor in tensors_in(value)]
