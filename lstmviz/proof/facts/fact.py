"""The type of a fact: a question to the trace about what a message was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lstmviz.network.structure import Recurrent, Trace

MessageFacts = Mapping[str, Any]
"""What a message says of what: its facts by their names."""
Fact = Callable[[Trace, MessageFacts], bool]
"""Whether what a message says holds of a trace."""


def of_layer(fact: Callable[[Recurrent, MessageFacts], bool]) -> Fact:
    """Return a fact of the trace: of the recurrent layer that a message names."""
    return lambda trace, given: fact(trace.layers[given["layer"]], given)
