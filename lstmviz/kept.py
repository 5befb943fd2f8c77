"""Painted figures that were painted before: a document is built often, and its figures seldom change."""

from __future__ import annotations

import contextlib
import hashlib
import os
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from lstmviz.errors import OutputError
from lstmviz.network.cache import directory
from lstmviz.writer import write

if TYPE_CHECKING:
    from lstmviz.figure import Figure

ENTRIES = 512
"""So many files are kept; the longest unused go first."""
PAINTERS = ("lstmviz", "matplotlib", "fonttools", "pygraphviz", "graphviz")
"""The packages on which bytes depend."""


def paint(figure: Figure, fmt: str) -> bytes:
    """The figure in a format, from the cache if it was painted before; the cache itself never raises."""
    try:
        path = directory() / f"figure-{key(figure)}.{fmt}"
        data = path.read_bytes()
    except RuntimeError:  # no home directory
        return figure.paint(fmt)
    except OSError:
        data = figure.paint(fmt)
        # What no font here can show is painted anew each time: tomorrow there may be one.
        if not figure.warning:
            _keep(path, data)
    else:
        with contextlib.suppress(OSError):
            os.utime(path)
    return data


def key(figure: Figure) -> str:
    """What tells a painted figure from all others, for the name of a file."""
    return hashlib.sha256(f"{figure.digest()} {_painters()}".encode()).hexdigest()[:32]


def _keep(path: Path, data: bytes) -> None:
    with contextlib.suppress(OutputError, OSError):
        write(path, data)
        _tidy(path.parent)


def _tidy(folder: Path) -> None:
    """Remove what is too much."""
    found = [(e.stat().st_mtime_ns, e.path) for e in os.scandir(folder) if e.name.startswith("figure-")]
    for _, path in sorted(found)[:-ENTRIES]:
        with contextlib.suppress(OSError):
            Path(path).unlink()


@cache
def _painters() -> str:
    """The versions of all that paints, and the state of this very code."""
    versions = []
    for package in PAINTERS:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions.append(f"{package} {metadata.version(package)}")
    home = Path(__file__).parent
    code = hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(home.glob("backends/*.py"))))
    return f"{versions} {code.hexdigest()}"
