"""Measures values when a figure asks for them, each once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from lstmviz.errors import ModelError
from lstmviz.network.values import carried, gates, influence
from lstmviz.network.values.own_source import OwnSource
from lstmviz.network.values.sources import first_line
from lstmviz.network.values.spec_source import SpecSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from lstmviz.network.plan import Plan
    from lstmviz.network.structure import Recurrent, Trace
    from lstmviz.network.values.data import Activity, Carried, Influence, Norm
    from lstmviz.network.values.sources import Source

T = TypeVar("T")


class Measuring:
    """Measures a model's values; the model is built when the first figure asks."""

    def __init__(self, make: Callable[[], Source]) -> None:
        self.make = make
        self.known: dict[tuple[Any, ...], Any] = {}

    @cached_property
    def source(self) -> Source:
        """Return the model."""
        return self.make()

    def _once(self, key: tuple[Any, ...], measure: Callable[[], T]) -> T:
        """Return what was measured before; ModelError again where that was refused."""
        if key not in self.known:
            try:
                self.known[key] = measure()
            except ModelError as error:
                self.known[key] = error
            except (RuntimeError, TypeError, ValueError, IndexError, KeyError, NotImplementedError) as error:
                self.known[key] = ModelError(f"it does not run on copies of one sample: {first_line(error)}")
        found = self.known[key]
        if isinstance(found, ModelError):
            raise found
        return found  # type: ignore[no-any-return]

    def influence(self, of: str, sample: int, norm: Norm) -> Influence:
        """Measure how the steps of the input move those of a stage's result."""
        return self._once(
            ("influence", of, sample, norm), lambda: influence.influence(self.source, of, sample, norm)
        )

    def differences(self, of: str, sample: int, norm: Norm) -> Influence:
        """Measure the same by values changed a little, both ways."""
        return self._once(
            ("differences", of, sample, norm), lambda: influence.differences(self.source, of, sample, norm)
        )

    def carried(self, layer: str, sample: int) -> tuple[Carried, ...]:
        """Measure how the states of a recurrent layer move its last ones."""
        return self._once(
            ("carried", layer, sample), lambda: carried.carried(self.source, self._of(layer), sample)
        )

    def carried_differences(self, layer: str, sample: int, steps: tuple[int, ...]) -> tuple[Carried, ...]:
        """Measure the same at these t, by values changed a little."""
        return self._once(
            ("carried_differences", layer, sample, steps),
            lambda: carried.carried_differences(self.source, self._of(layer), sample, steps),
        )

    def activity(self, layer: str, depth: int, direction: Literal["fwd", "rev"], sample: int) -> Activity:
        """Measure the gates and states of a layer over time."""
        return self._once(
            ("activity", layer, depth, direction, sample),
            lambda: gates.activity(self.source, self._of(layer), depth, direction, sample),
        )

    def activity_again(
        self, layer: str, depth: int, direction: Literal["fwd", "rev"], sample: int
    ) -> Activity:
        """Measure the same as `activity` by another road: gates as the module's own states need them."""
        return self._once(
            ("activity_again", layer, depth, direction, sample),
            lambda: gates.again(self.source, self._of(layer), depth, direction, sample),
        )

    def _of(self, name: str) -> Recurrent:
        return next(layer for layer in self.source.trace.recurrent if layer.name == name)


def of_spec(plan: Plan, trace: Trace) -> Measuring:
    """Return who measures a spec's model."""
    return Measuring(lambda: SpecSource(plan, trace))


def of_module(module: nn.Module, inputs: Any, trace: Trace, weights: str = "") -> Measuring:
    """Return who measures a user's own module, on its own inputs."""
    return Measuring(lambda: OwnSource(module, inputs, trace, weights))
