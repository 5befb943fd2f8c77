"""Files, written whole or not at all."""

from __future__ import annotations

import re
from pathlib import Path

from lstmviz.errors import OutputError
from lstmviz.store import put, sweep

_TRICKS = re.compile(r"[/\\\x00-\x1f\x7f]|^\.")
"""What makes a name a path, or hides the file."""


def file_name(stem: str, name: str, fmt: str) -> str:
    """Name a figure's file; OutputError if that would be a path.

    >>> file_name("weather", "grid", "svg")
    'weather-grid.svg'
    """
    if not name or _TRICKS.search(name):
        raise OutputError(f"{stem}-{name}.{fmt}", f"{name!r} cannot be part of a file name")
    return f"{stem}-{name}.{fmt}"


def write(path: Path, data: bytes) -> bool:
    """Make a file hold these bytes; False if it already did and was left alone.

    A reader, or a kill at any time, finds the old file or the new one; what a
    killed run left beside it is removed. Raises OutputError.
    """
    try:
        if path.is_dir():
            raise OutputError(str(path), "is a directory")
        if path.exists() and not path.is_file():  # a pipe, or a device
            raise OutputError(str(path), "is not a file that could be replaced")
        sweep(path.parent)
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, data, sync=True)
    except OSError as error:
        raise OutputError(str(path), error.strerror or str(error)) from error
    except ValueError as error:  # a NUL in the path
        raise OutputError(repr(str(path)), str(error)) from error
    return True
