"""Layers as short as they can be written: for help, and for the hints of messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmviz.spec.layer_types import LAYERS

SAMPLES: Mapping[str, Any] = {
    "hidden_size": 16, "out_features": 10, "embedding_dim": 8, "out_channels": 32, "kernel_size": 3,
    "output_size": 1, "sizes": "[N, -1]", "dims": "[1, 0, 2]", "cell": "lstm", "steps": 4, "features": 8,
    "num_groups": 4, "num_heads": 2, "layer": "lstm", "mode": "mean", "times": 5,
}  # fmt: skip
"""Values for the examples, by the name of the option."""


def example(name: str) -> str:
    """Return a layer as short as it can be written.

    >>> example("lstm"), example("relu")
    ('- lstm: 16', '- relu')
    """
    options = LAYERS[name]
    needed = [n for n, info in options.arguments().items() if info.is_required() or n in options.mostly]
    if not needed:
        return f"- {name}"
    if len(needed) == 1:
        return f"- {name}: {SAMPLES[needed[0]]}"
    return f"- {name}: {{{', '.join(f'{field}: {SAMPLES[field]}' for field in needed)}}}"
