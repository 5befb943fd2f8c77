"""What can be chosen about painting: each option with its type and its default, in this file alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, get_args

Backend = Literal["graphviz", "matplotlib"]
TextMode = Literal["embed", "plain", "paths"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)
TEXT_MODES: tuple[TextMode, ...] = get_args(TextMode)
DPI = 192.0


class FileOptions(TypedDict, total=False):
    """What may be chosen for each file of one figure."""

    dpi: float
    transparent: bool


def file_options(given: Mapping[str, Any]) -> tuple[FileOptions, dict[str, Any]]:
    """Part options by name into those of files and all others.

    >>> file_options({"dpi": 300, "theme": "dark"})
    ({'dpi': 300}, {'theme': 'dark'})
    """
    names = FileOptions.__annotations__
    found: Any = {name: given[name] for name in names if name in given}
    return found, {name: value for name, value in given.items() if name not in names}


class PaintOptions(FileOptions, total=False):
    """What `paint` takes by name; the fields of `Painting`."""

    backend: Backend | None
    default_backend: Backend
    text: TextMode


@dataclass(frozen=True, kw_only=True)
class Painting:
    """How a scene is painted."""

    backend: Backend | None = None
    """Who paints, where one is named; else SVG is written directly."""
    default_backend: Backend = "graphviz"
    """Who paints PNG and PDF where none is named."""
    text: TextMode = "embed"
    """How SVG carries its text."""
    dpi: float = DPI
    """Dots per inch of PNG."""
    transparent: bool = False
    """Whether the ground is left out."""
