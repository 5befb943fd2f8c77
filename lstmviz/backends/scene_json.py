"""JSON: the scene itself."""

from __future__ import annotations

from lstmviz.backends.order import Order
from lstmviz.scene.json import to_json


def write(order: Order) -> bytes:
    """Return the scene as JSON."""
    return b"".join([piece.encode("utf-8", "replace") for piece in to_json(order.scene)])
