"""The type of a fact: a question to the trace about what a message was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lstmviz.network.structure import Trace

Given = Mapping[str, Any]
"""What a message says of what: its facts by their names."""
Fact = Callable[[Trace, Given], bool]
"""Whether what a message says holds of a trace."""
