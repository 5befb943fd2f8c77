"""What the figures of a spec are about: a run of its model, and what its axes mean."""

from __future__ import annotations

from functools import cache

from lstmviz.errors import ModelError, SpecModelError
from lstmviz.figures.base import Subject
from lstmviz.network.cache import traced
from lstmviz.network.plan import plan_of
from lstmviz.network.values import known
from lstmviz.spec.model import Spec


def trace(spec: Spec, *, use_cache: bool = True) -> Subject:
    """Run the spec's model, or remember the run; what figures are about.

    Raises SpecModelError, which names the line and column of what torch refuses.
    """
    try:
        seen = traced(spec, use_cache=use_cache)
        values = cache(lambda: known.of_spec(plan_of(spec), seen, use_cache=use_cache))
        return Subject(seen, spec.input, spec.title, values)
    except ModelError as error:
        span = spec.source.span(error.place) if error.place else None
        raise SpecModelError(error, span, spec.source.file) from error
