"""JSON: the scene itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.scene.json import to_json

if TYPE_CHECKING:
    from lstmviz.backends.order import Order


def write(order: Order) -> bytes:
    """Return the scene as JSON."""
    return b"".join([piece.encode("utf-8", "replace") for piece in to_json(order.scene)])
