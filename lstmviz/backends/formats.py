"""How each format is made: paint with a backend, then sign and finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.scene.json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmviz.backends.order import Order
    from lstmviz.backends.svgread import Element


def svg(order: Order) -> bytes:
    """The figure as SVG."""
    from lstmviz.backends.svg import Finish, finish  # noqa: PLC0415

    how = Finish(order.prefix, order.digest, {}, "", order.transparent)
    return finish(_elements(order), order.drawing, order.scene, how)


def _elements(order: Order) -> Iterator[Element]:
    from lstmviz.backends import graphviz, svgread  # noqa: PLC0415

    height = graphviz.page(order.drawing, 72)[1]
    return svgread.from_graphviz(graphviz.draw(order.drawing, "svg"), height)


def png(order: Order) -> bytes:
    """The figure as PNG."""
    from lstmviz.backends import graphviz  # noqa: PLC0415

    return graphviz.draw(order.drawing, "png", dpi=order.dpi, transparent=order.transparent)


def json(order: Order) -> bytes:
    """The scene itself as JSON."""
    return to_json(order.scene).encode()
