"""Measures values of a model when they are asked for; the model is built then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from torch import nn

from lstmviz.errors import ModelError
from lstmviz.network.plan import ModelPlan
from lstmviz.network.structure import Recurrent, Trace
from lstmviz.network.values import carried, gates, influence, parameters
from lstmviz.network.values.data import Origin
from lstmviz.network.values.own_source import OwnSource
from lstmviz.network.values.sources import Source, first_line
from lstmviz.network.values.spec_source import SpecSource, StreamSource

OF_STAGES: Mapping[str, Callable[..., Any]] = {
    "influence": influence.influence,
    "differences": influence.differences,
    "cut": influence.cut,
    "parameter": parameters.parameter,
    "parameter_again": parameters.again,
}
OF_LAYERS: Mapping[str, Callable[..., Any]] = {
    "carried": carried.carried,
    "carried_differences": carried.carried_differences,
    "activity": gates.activity,
    "activity_again": gates.again,
}
"""Who measures what, of a stage or of a recurrent layer: under the names of `Measures`."""
OVER_CHUNKS = frozenset({"influence", "differences", "cut", "carried", "carried_differences"})
"""What is measured of two chunks, where a model goes on from one to the next."""


BRIEF = 42 * 10**6
"""The work of a measurement that takes, with its proof, some three seconds."""


class Measuring:
    """A model that is measured; it is built when something is asked for."""

    def __init__(self, make: Callable[[], Source], chunked: Callable[[], Source] | None = None) -> None:
        self.make, self.make_chunked = make, chunked or make

    @cached_property
    def source(self) -> Source:
        """Return the model."""
        return self.make()

    @cached_property
    def over_chunks(self) -> Source:
        """Return the model for what goes on over the end of a chunk; the same where it has none."""
        return self.source if self.make_chunked is self.make else self.make_chunked()

    def measure(self, name: str, about: tuple[Any, ...]) -> Any:
        """Measure what is asked for. Raises ModelError where it cannot be had."""
        try:
            source = self.over_chunks if name in OVER_CHUNKS else self.source
            if name in OF_STAGES:
                return OF_STAGES[name](source, *about)
            return OF_LAYERS[name](source, self._of(about[0]), *about[1:])
        except (RuntimeError, TypeError, ValueError, IndexError, KeyError, NotImplementedError) as error:
            raise ModelError(f"it does not run on copies of one sample: {first_line(error)}") from error

    def _of(self, name: str) -> Recurrent:
        return self.source.trace.layers[name]


def of_spec(plan: ModelPlan, trace: Trace) -> Measuring:
    """Return who measures a spec's model."""
    chunked = (lambda: StreamSource(plan, trace)) if plan.streams and not plan.values else None
    return Measuring(lambda: SpecSource(plan, trace), chunked)


def of_module(
    module: nn.Module, inputs: Any, trace: Trace, origin: Origin, *, briefly: bool = False
) -> Measuring:
    """Return who measures a user's own module, on its own inputs; `briefly`: not for longer than seconds."""

    def source() -> Source:
        made = OwnSource(module, inputs, trace, origin)
        made.work = BRIEF if briefly else made.work
        return made

    return Measuring(source)
