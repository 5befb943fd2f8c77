"""Painted figures that were painted before: a document is built often, and its figures seldom change."""

from __future__ import annotations

import contextlib
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lstmviz.store import LARGEST, cache_directory, code, keep, kept, verified, version, with_checksum

if TYPE_CHECKING:
    from lstmviz.figure import Figure

ENTRIES = 512
"""So many files are kept; the longest unused go first."""
PAINTERS = ("lstmviz", "matplotlib", "fonttools", "pygraphviz", "graphviz")
"""The packages on which bytes depend."""


def paint(figure: Figure, fmt: str) -> bytes:
    """The figure in a format, from the cache if it was painted before; the cache itself never raises."""
    try:
        path = cache_directory() / f"figure-{key(figure)}.{fmt}"
        data = verified(kept(path, LARGEST))
    except RuntimeError:  # no home directory
        return figure.paint(fmt)
    except OSError:
        data = figure.paint(fmt)
        # What no font here can show is painted anew each time: tomorrow there may be one.
        if not figure.warning:
            keep(path, with_checksum(data), like="figure-*", most=ENTRIES)
    else:
        with contextlib.suppress(OSError):
            os.utime(path)
    return data


def key(figure: Figure) -> str:
    """What tells a painted figure from all others, for the name of a file."""
    return hashlib.sha256(f"{figure.digest()} {_painters()}".encode()).hexdigest()[:32]


@cache
def _painters() -> str:
    """The versions of all that paints, and the state of this very code."""
    versions = [f"{package} {version(package)}" for package in PAINTERS]
    return f"{versions} {code(Path(__file__).parents[1], 'backends/*.py')}"
