"""Files, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from typing import TYPE_CHECKING

from lstmviz.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

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

    A reader, or a kill at any time, finds the old file or the new one. Raises
    OutputError.
    """
    try:
        if path.is_dir():
            raise OutputError(str(path), "is a directory")
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        raise OutputError(str(path), error.strerror or str(error)) from error
    except ValueError as error:  # a NUL in the path
        raise OutputError(repr(str(path)), str(error)) from error
    return True


def _replace(path: Path, data: bytes) -> None:
    """Write beside the file, so that the rename stays on one file system."""
    beside = path.with_name(f".lstmviz-{secrets.token_hex(6)}")
    try:
        # Unlike tempfile's, this file gets the rights that any new file gets.
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
