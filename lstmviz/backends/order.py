"""One order to paint: the scene, all options, and the hashes that name them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

from lstmviz.backends import graphviz
from lstmviz.backends.choices import Backend, Painting
from lstmviz.backends.drawing import Drawing, Mark, TextMark, display_list
from lstmviz.backends.graphviz import has_graphviz
from lstmviz.scene.metrics import CJK
from lstmviz.scene.scene import Scene
from lstmviz.themes import Theme, load_theme
from lstmviz.version import __version__

T = TypeVar("T")
PAINTED = ("png", "pdf")
"""The formats that an engine paints, where none is named."""
BATCH = 256
"""So many groups are put into text at a time: all of them would take much memory."""
CHINESE = re.compile(f"[{CJK}]")


@dataclass(frozen=True)
class Order(Painting):
    """What `paint` was asked for."""

    scene: Scene
    theme: str | Theme

    @property
    def painter(self) -> Backend:
        """Return the backend of PNG and PDF, and of SVG where one is named.

        Where none is, and the usual one is not there, the other one paints.
        """
        return painter(self.backend, self.default_backend)

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
        return display_list(self.scene, self.paints)

    @cached_property
    def dark(self) -> Drawing | None:
        """The display list for dark pages, where the figure follows the reader."""
        return display_list(self.scene, load_theme("dark")) if self.auto else None

    @property
    def chinese(self) -> bool:
        """Whether there are Chinese or Japanese characters in the figure."""
        texts = (mark.text for mark in self.drawing.marks() if isinstance(mark, TextMark))
        return any(not text.isascii() and CHINESE.search(text) for text in texts)

    @cached_property
    def prefix(self) -> str:
        """What the ids of this figure begin with: a hash of what is painted."""
        return f"f{self._what.hexdigest()[:6]}"

    @cached_property
    def digest(self) -> str:
        """The hash of all that decides what is drawn."""
        found = self._what.copy()
        asked = {field.name: getattr(self, field.name) for field in fields(Painting)}
        asked |= {"dpi": f"{self.dpi:g}"}
        who = asked.pop("backend") or asked["default_backend"]
        how = [who, *(asked[name] for name in asked if name != "default_backend"), __version__]
        found.update(json.dumps(how).encode())
        return found.hexdigest()

    @cached_property
    def _what(self) -> hashlib._Hash:
        """The hash of what is painted and said, to go on from."""
        scene = self.scene
        found = hashlib.sha256()
        said = (scene.kind, scene.title, scene.description, scene.notes, scene.language)
        page = (round(scene.width, 3), round(scene.height, 3))
        theme = ("auto" if self.auto else self.paints.name, sorted(self.paints.colours.items()))
        found.update(_text((said, page, theme)))
        # Neither is painted, but Graphviz source says it.
        found.update(_text([(edge.id, edge.source, edge.target) for edge in scene.edges]))
        for drawing in filter(None, (self.drawing, self.dark)):
            for some in batched(drawing.groups, BATCH):
                found.update(_text([(g.kind, g.role, g.id, list(map(_mark, g.marks))) for g in some]))
        return found


def painter(backend: Backend | None, default: Backend) -> Backend:
    """Return who paints: whoever is named, else the default, or Matplotlib where Graphviz is not there."""
    usual = "matplotlib" if backend is None and default == "graphviz" and not has_graphviz() else default
    return backend or usual


def painted_instead(backend: Backend | None, default: Backend, fmt: str) -> str:
    """Say, of a format that an engine paints, that another one than usual does."""
    if fmt not in PAINTED or painter(backend, default) == (backend or default):
        return ""
    return f"pygraphviz is not installed: Matplotlib paints {', '.join(PAINTED)} ({graphviz.INSTALL})"


def batched(items: tuple[T, ...], size: int) -> Iterator[tuple[T, ...]]:
    """So many items at a time."""
    return (items[at : at + size] for at in range(0, len(items), size))


def _text(data: Any) -> bytes:
    """Tuples, lists, numbers and texts in the same bytes for every Python."""
    return ascii(data).encode()


def _mark(mark: Mark) -> tuple[Any, ...]:
    """All that a mark says."""
    if isinstance(mark, TextMark):
        return mark.x, mark.y, mark.text, mark.font, round(mark.size, 3), mark.anchor, mark.colour
    paths = [(path.start, path.segments, path.closed) for path in mark.paths]
    return paths, mark.fill, mark.stroke, round(mark.width, 3)
