"""Painters: a scene and a theme become bytes; and the table `FORMATS`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lstmviz.scene.items import Scene
    from lstmviz.themes import Theme

Backend = Literal["graphviz", "matplotlib"]
TextMode = Literal["embed", "plain", "paths"]

BACKENDS: tuple[Backend, ...] = ("graphviz", "matplotlib")
TEXT_MODES: tuple[TextMode, ...] = ("embed", "plain", "paths")
FORMATS: Mapping[str, str] = {
    "svg": "lstmviz.backends.formats.svg",
    "png": "lstmviz.backends.formats.png",
    "pdf": "lstmviz.backends.formats.pdf",
    "dot": "lstmviz.backends.dot.write",
    "json": "lstmviz.backends.formats.json",
}
"""What a figure can be written as, and the function that does it, by name."""


def paint(
    scene: Scene,
    theme: str | Theme,
    *,
    backend: Backend = "graphviz",
    fmt: str = "svg",
    text: TextMode = "embed",
    dpi: float = 192,
    transparent: bool = False,
) -> bytes:
    """A scene as the bytes of a file; equal arguments give equal bytes.

    `theme` is a name (``auto`` follows the reader's light or dark setting, in
    SVG) or a Theme. `text` holds for SVG, `dpi` for PNG, and `transparent`
    leaves out the ground. Raises MissingDependencyError, and KeyError for an
    unknown theme, backend or format.
    """
    from lstmviz.backends.order import Order  # noqa: PLC0415  (importing this package is free)

    if backend not in BACKENDS or text not in TEXT_MODES:
        raise KeyError(backend if backend not in BACKENDS else text)
    module, _, name = FORMATS[fmt].rpartition(".")
    write = getattr(import_module(module), name)
    data: bytes = write(Order(scene, theme, backend, text, dpi, transparent))
    return data
