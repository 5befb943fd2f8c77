"""One order to paint: the scene, all options, and the hashes that name them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import lstmviz
from lstmviz.backends.drawing import Drawing, TextMark, lower
from lstmviz.scene.json import pieces
from lstmviz.scene.metrics import CJK
from lstmviz.themes import Theme, load_theme

if TYPE_CHECKING:
    from lstmviz.backends import Backend, TextMode
    from lstmviz.scene.items import Scene

CHINESE = re.compile(f"[{CJK}]")


@dataclass(frozen=True)
class Order:
    """What `paint` was asked for."""

    scene: Scene
    theme: str | Theme
    backend: Backend = "graphviz"
    text: TextMode = "embed"
    dpi: float = 192
    transparent: bool = False

    @property
    def auto(self) -> bool:
        """Whether the figure follows the reader's setting."""
        return self.theme == "auto"

    @cached_property
    def paints(self) -> Theme:
        """The theme; the light one where both are in the figure."""
        if isinstance(self.theme, Theme):
            return self.theme
        return load_theme("light" if self.auto else self.theme)

    @cached_property
    def drawing(self) -> Drawing:
        """The display list."""
        return lower(self.scene, self.paints)

    @cached_property
    def dark(self) -> Drawing | None:
        """The display list for dark pages, where the figure follows the reader."""
        return lower(self.scene, load_theme("dark")) if self.auto else None

    @property
    def chinese(self) -> bool:
        """Whether there are Chinese or Japanese characters in the figure."""
        texts = (mark.text for mark in self.drawing.marks() if isinstance(mark, TextMark))
        return any(not text.isascii() and CHINESE.search(text) for text in texts)

    @cached_property
    def prefix(self) -> str:
        """What the ids of this figure begin with: a hash of scene and theme."""
        return f"f{self._what.hexdigest()[:6]}"

    @cached_property
    def digest(self) -> str:
        """The hash of all that decides what is drawn."""
        found = self._what.copy()
        how = [self.backend, self.text, f"{self.dpi:g}", self.transparent, version()]
        found.update(json.dumps(how).encode())
        return found.hexdigest()

    @cached_property
    def _what(self) -> hashlib._Hash:
        """The hash of scene and theme, to go on from."""
        found = hashlib.sha256(b"[")
        for piece in pieces(self.scene):
            found.update(piece.encode())
        theme = ["auto" if self.auto else self.paints.name, sorted(self.paints.colours.items())]
        found.update(f", {json.dumps(theme, sort_keys=True)}]".encode())
        return found


def version() -> str:
    """The version of lstmviz."""
    return str(getattr(lstmviz, "__version__", "0"))
