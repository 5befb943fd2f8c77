"""Painters: a scene and a theme become bytes; and the table `FORMATS`."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from lstmviz.backends.choices import BACKENDS, TEXT_MODES, Backend, TextMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lstmviz.scene.scene import Scene
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


def paint(
    scene: Scene,
    theme: str | Theme,
    *,
    backend: Backend | None = None,
    default_backend: Backend = "graphviz",
    fmt: str = "svg",
    text: TextMode = "embed",
    dpi: float = 192,
    transparent: bool = False,
) -> bytes:
    """A scene as the bytes of a file; equal arguments give equal bytes.

    `theme` is a name (``auto`` follows the reader's light or dark setting, in
    SVG) or a Theme. A `backend` that is named paints in its own way; without,
    SVG is written from the display list, and `default_backend` paints PNG and
    PDF. `text` holds for SVG, `dpi` for PNG, `transparent` leaves out the
    ground. Raises MissingDependencyError, and KeyError for an
    unknown theme, backend or format.
    """
    from lstmviz.backends.order import Order  # noqa: PLC0415  (importing this package is free)

    if text not in TEXT_MODES:
        raise KeyError(text)
    if not {backend, default_backend} <= {None, *BACKENDS}:
        raise KeyError(backend or default_backend)
    module, _, name = FORMATS[fmt].rpartition(".")
    write = getattr(import_module(module), name)
    data: bytes = write(Order(scene, theme, backend, default_backend, text, dpi, transparent))
    return data


def digest(
    scene: Scene,
    theme: str | Theme,
    *,
    backend: Backend | None = None,
    default_backend: Backend = "graphviz",
    text: TextMode = "embed",
    dpi: float = 192,
    transparent: bool = False,
) -> str:
    """The hash that `paint` would put into the file, without painting."""
    from lstmviz.backends.order import Order  # noqa: PLC0415

    return Order(scene, theme, backend, default_backend, text, dpi, transparent).digest


_CARRIED = re.compile(rb"(?:<metadata>|// |% |\(|tEXt)lstmviz[ \0]sha256:([0-9a-f]{64})")


def carried(data: bytes) -> str | None:
    """The hash in the bytes of an SVG, PNG, PDF, EPS, DOT or TikZ file of ours, or None.

    >>> carried(b"<svg><metadata>lstmviz sha256:" + b"0" * 64 + b"</metadata></svg>") == "0" * 64
    True
    """
    found = _CARRIED.search(data)
    return found[1].decode() if found else None
