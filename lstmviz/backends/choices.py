"""Who paints, and how SVG carries its text."""

from __future__ import annotations

from typing import Literal

Backend = Literal["graphviz", "matplotlib"]
TextMode = Literal["embed", "plain", "paths"]
BACKENDS: tuple[Backend, ...] = ("graphviz", "matplotlib")
TEXT_MODES: tuple[TextMode, ...] = ("embed", "plain", "paths")
