"""Sizes that do not fit, said in the field's language instead of torch's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmviz.network.user.events import Event

Wants = tuple[str, int, int]
"""The argument that says a size, that size, and the axis that it is about."""


def mismatch(refused: Event | None, events: Sequence[Event]) -> tuple[str, str] | None:
    """What the module that raised takes, and what it was given; the argument that would fit.

    None if the sizes are not what it was about.
    """
    wants = _wants(refused.module) if refused else None
    if refused is None or wants is None or not refused.inputs:
        return None
    argument, size, axis = wants
    shape = refused.inputs[0][1]
    if len(shape) < -axis or shape[axis] == size:
        return None
    got = shape[axis]
    called = _type(refused)
    called += f" '{refused.name}'" if refused.name not in {"", called} else ""
    what = "channels" if argument == "in_channels" else "features"
    return f"{called} takes {size} {what}, but {_giver(refused, events, got)}", f"{argument}={got}"


def _wants(module: nn.Module | None) -> Wants | None:
    if isinstance(module, nn.Linear):
        return "in_features", module.in_features, -1
    if isinstance(module, nn.RNNBase):
        return "input_size", module.input_size, -1
    if isinstance(module, nn.RNNCellBase):
        return "input_size", module.input_size, -1
    if isinstance(module, nn.Conv1d):
        return "in_channels", module.in_channels, -2
    if isinstance(module, nn.Conv2d):
        return "in_channels", module.in_channels, -3
    return None


def _giver(refused: Event, events: Sequence[Event], got: int) -> str:
    """What gave the size: ``the bidirectional lstm before it gives 2 × 64 = 128``."""
    index = refused.sources[0][0] if refused.sources else -1
    if index < 0:
        return f"the input has {got}"
    event = events[index]
    module = event.module
    if isinstance(module, nn.RNNBase) and module.bidirectional and got % 2 == 0:
        return f"the bidirectional {_type(event)} before it gives 2 × {got // 2} = {got}"
    return f"the {_type(event)} before it gives {got}"


def _type(event: Event) -> str:
    return type(event.module).__name__.lower() if event.module is not None else event.type
