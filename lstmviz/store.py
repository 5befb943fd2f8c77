"""Files that appear whole or not at all, and the user's cache folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a file that is being written cannot be removed
    fcntl = None  # type: ignore[assignment]

from collections.abc import Callable

MOST = 512
"""So many files of a kind are kept in a folder of the cache; the longest unused go first."""
LARGEST = 2**26
"""Of the bytes of a file in the cache; ours have far fewer."""
_UNFINISHED = re.compile(r"\.lstmviz-[0-9a-f]{12}")
"""The names of files that are being written."""
_VERSION = re.compile(r"^Version: *(\S+)", re.MULTILINE)


def put(path: Path, data: bytes, *, sync: bool = False) -> None:
    """Make a file hold these bytes; a reader, or a kill at any time, finds the old file or the new one.

    The bytes are written beside it, so that the rename stays on one file
    system. `sync` waits for the disk. Raises OSError, and leaves nothing.
    """
    handle, beside = _begun(path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
            if fcntl:  # still locked, so that nobody sweeps it away
                beside.replace(path)
        if not fcntl:
            beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _begun(folder: Path) -> tuple[int, Path]:
    """A new unfinished file, locked while its writer lives."""
    while True:
        beside = folder / f".lstmviz-{secrets.token_hex(6)}"
        # Unlike tempfile's, this file gets the rights that any new file gets.
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        if _locked(handle) and os.fstat(handle).st_nlink:
            return handle, beside
        os.close(handle)  # swept away before it was locked: once more


def _locked(handle: int) -> bool:
    """Whether the lock of an open file is ours now; where there are no locks, it is."""
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def sweep(folder: Path) -> None:
    """Remove the unfinished files of writers that were killed: nobody holds their locks."""
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if _UNFINISHED.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    _abandoned(folder / entry.name)


def _abandoned(beside: Path) -> None:
    # Not through a link, and without waiting for the other end of a pipe.
    handle = os.open(beside, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        if fcntl is None or _taken(handle):
            beside.unlink()
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    """Whether the lock of another's file could be taken; never where there are no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def keep(path: Path, data: bytes, *, like: str, most: int) -> None:
    """Put a file into a cache, and let go of the longest unused beyond `most` that are `like` it.

    A cache that cannot be written is none.
    """
    with contextlib.suppress(OSError, ValueError):
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, data)
        sweep(path.parent)
        used = [(old.stat().st_mtime_ns, old) for old in path.parent.glob(like)]
        for _, old in sorted(used)[:-most]:
            old.unlink(missing_ok=True)


def kept(path: Path, most: int) -> bytes:
    """What a file of a cache holds.

    Raises OSError as well where that is no file, as a pipe that nobody writes
    to, or holds more than `most` bytes.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise OSError(errno.EINVAL, "not an entry of a cache", str(path))
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read()
    finally:
        os.close(handle)


def with_checksum(data: bytes) -> bytes:
    """The bytes with their hash before them."""
    return hashlib.sha256(data).digest() + data


def verified(found: bytes) -> bytes:
    """Return what `with_checksum` wrote; OSError if it is damaged.

    >>> verified(with_checksum(b"<svg/>"))
    b'<svg/>'
    """
    if hashlib.sha256(found[32:]).digest() != found[:32]:
        raise OSError(errno.EIO, "damaged")
    return found[32:]


def remembered(place: str, suffix: str, key: str, make: Callable[[], bytes]) -> bytes:
    """What `make` gives, from a folder of the cache if it was made before under this key.

    `key` names all that it depends on; a damaged file counts as none.
    """
    folder = cache_folder()
    if folder is None:
        return make()
    path = folder / place / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.{suffix}"
    with contextlib.suppress(OSError):
        data = verified(kept(path, LARGEST))
        os.utime(path)
        sweep(path.parent)
        return data
    data = make()
    keep(path, with_checksum(data), like=f"*.{suffix}", most=MOST)
    return data


def cache_directory() -> Path:
    """The user's cache folder, by the platform's convention.

    `LSTMVIZ_CACHE_DIR` moves it. Raises RuntimeError if there is no home.
    """
    if moved := os.environ.get("LSTMVIZ_CACHE_DIR"):
        return Path(moved).expanduser()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "lstmviz" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "lstmviz"
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is invalid and to be ignored.
    return (Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache") / "lstmviz"


def cache_folder() -> Path | None:
    """The same folder, made if need be; None where none can be written."""
    try:
        folder = cache_directory()
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder.resolve() if os.access(folder, os.W_OK) else None


@cache
def code(folder: Path, pattern: str) -> str:
    """Tell apart two states of a part of this package under one version number."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in sorted(folder.glob(pattern)))).hexdigest()


@cache
def version(package: str) -> str:
    """The version of an installed package; ``unknown`` without one.

    `metadata.version` reads through the whole of a package's description,
    5 ms for torch.
    """
    try:
        found = metadata.distribution(package)
        text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
    except (metadata.PackageNotFoundError, OSError):
        return "unknown"
    return said[1] if (said := _VERSION.search(text)) else "unknown"
