"""Painters: a scene and a theme become bytes; and the table `FORMATS`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Unpack

from lstmviz.backends.choices import BACKENDS, TEXT_MODES, PaintOptions
from lstmviz.scene.scene import Scene

if TYPE_CHECKING:
    from lstmviz.backends.order import Order
    from lstmviz.themes import Theme


FORMATS: Mapping[str, str] = {
    "svg": "lstmviz.backends.svg.write",
    "png": "lstmviz.backends.png.write",
    "pdf": "lstmviz.backends.pdf.write",
    "eps": "lstmviz.backends.eps.write",
    "dot": "lstmviz.backends.dot.write",
    "json": "lstmviz.backends.scene_json.write",
    "tikz": "lstmviz.backends.tikz.write",
    "pptx": "lstmviz.backends.pptx.write",
}
"""What a figure can be written as, and the function that does it, by name."""


def paint(scene: Scene, theme: str | Theme, *, fmt: str = "svg", **how: Unpack[PaintOptions]) -> bytes:
    """A scene as the bytes of a file; equal arguments give equal bytes.

    `theme` is a name (``auto`` follows the reader's light or dark setting, in
    SVG) or a Theme; `how` are fields of `Painting`. Raises
    MissingDependencyError, and KeyError for an unknown theme, backend or format.
    """
    order = _order(scene, theme, how)
    if order.text not in TEXT_MODES:
        raise KeyError(order.text)
    if not {order.backend, order.default_backend} <= {None, *BACKENDS}:
        raise KeyError(order.backend or order.default_backend)
    module, _, name = FORMATS[fmt].rpartition(".")
    write = getattr(import_module(module), name)
    data: bytes = write(order)
    return data


def digest(scene: Scene, theme: str | Theme, **how: Unpack[PaintOptions]) -> str:
    """The hash that `paint` would put into the file, without painting."""
    return _order(scene, theme, how).digest


def _order(scene: Scene, theme: str | Theme, how: PaintOptions) -> Order:
    from lstmviz.backends.order import Order  # noqa: PLC0415  (importing this package is free)

    return Order(scene, theme, **how)


_CARRIED = re.compile(rb"(?:<metadata>|// |% |\(|tEXt)lstmviz[ \0]sha256:([0-9a-f]{64})")


def embedded_digest(data: bytes) -> str | None:
    """The hash in the bytes of an SVG, PNG, PDF, EPS, DOT or TikZ file of ours, or None.

    >>> embedded_digest(b"<svg><metadata>lstmviz sha256:" + b"0" * 64 + b"</metadata></svg>") == "0" * 64
    True
    """
    found = _CARRIED.search(data)
    return found[1].decode() if found else None
