"""The shipped fonts: where they are, and how Graphviz is made to see them.

Matplotlib ships DejaVu and STIX. Graphviz finds fonts through Fontconfig,
which reads its configuration once per process: at the first drawing it is
shown one of ours, in which the system's fonts follow the shipped ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import util
from pathlib import Path
from xml.sax.saxutils import escape

from lstmviz.errors import MissingDependencyError, OutputError
from lstmviz.scene.items import Font
from lstmviz.scene.metrics import FILES
from lstmviz.store import LARGEST, cache_folder, kept, put

LOCK = threading.RLock()
"""Held while a painter runs: neither Graphviz nor the environment is thread safe."""
NAMES: dict[Font, str] = {
    "sans": "DejaVu Sans",
    "bold": "DejaVu Sans Bold",
    "mono": "DejaVu Sans Mono",
    "roman": "STIXGeneral",
    "italic": "STIXGeneral Italic",
}
"""What Pango calls the fonts."""
SYSTEM = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "~/Library/Fonts",
)
REJECTED = ("LastResort*", "cm*.ttf", "STIXNon*", "STIXSiz*")
"""Shipped files that would answer for characters which a system font has."""


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """Keep fontTools from logging every table that it cuts: a program that shows logs shows those too."""
    log = logging.getLogger("fontTools.subset")
    before = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(before)


_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
SHIPPED = ("DejaVuSans*", "STIXGeneral*")
"""A system's own files of these would be taken for them, and are of other versions."""


@cache
def font_folder() -> Path:
    """The folder of the shipped fonts, found without importing Matplotlib."""
    spec = util.find_spec("matplotlib")
    folder = Path(spec.origin).parent / "mpl-data/fonts/ttf" if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise MissingDependencyError("Matplotlib (whose fonts figures use)", "pip install matplotlib")
    return folder


def font_file(font: Font) -> Path:
    """The file of a shipped font."""
    return font_folder() / FILES[font]


@contextlib.contextmanager
def shown_to_fontconfig() -> Iterator[None]:
    """Point Fontconfig at the shipped fonts while the block runs.

    Only the first drawing of a process needs it, and only there it takes effect.
    """
    with LOCK:
        if _State.shown:
            yield
            return
        before = {name: os.environ.get(name) for name in ("FONTCONFIG_FILE", "FONTCONFIG_SYSROOT")}
        with _configured() as changes:
            os.environ.update(changes)
            try:
                yield
                _State.shown = True
            finally:
                for name, value in before.items():
                    os.environ.pop(name, None)
                    if value is not None:
                        os.environ[name] = value


class _State:
    shown = False


@contextlib.contextmanager
def _configured() -> Iterator[dict[str, str]]:
    """A configuration on disk, as environment variables that name it.

    It stays in the cache folder for the next process; without one it is
    made anew, and removed.
    """
    folder, changes = cache_folder(), None
    with contextlib.suppress(OSError, ValueError):
        changes = environment(folder / "fontconfig") if folder else None
    if changes is not None:
        yield changes
        return
    with contextlib.ExitStack() as stack:
        try:
            root = Path(tempfile.mkdtemp(prefix="lstmviz-")).resolve()
            stack.callback(shutil.rmtree, root, ignore_errors=True)
            changes = environment(root / "fontconfig")
        except (OSError, ValueError) as error:  # a full disk, most often
            why = getattr(error, "strerror", None) or str(error)
            raise OutputError(tempfile.gettempdir(), why) from error
        yield changes


def environment(store: Path) -> dict[str, str]:
    """Write a configuration into `store`, where its caches will be too, and name it.

    The bundled Fontconfig reads a folder of the system's that it does not
    understand, and says so on standard error. Under a system root of links to
    the font folders it does not see that folder.
    """
    folders = [font_folder(), *(f for f in map(_expanded, SYSTEM) if f and f.is_dir())]
    text = _configuration(folders, store).encode()
    root = store / f"root-{hashlib.sha256(text).hexdigest()[:16]}"
    conf = root / "fonts.conf"
    links = {root / path.relative_to(path.anchor): path for path in (*folders, store)}  # conf lies in store
    with contextlib.suppress(OSError):
        if kept(conf, LARGEST) == text:  # it is written last
            return _named(conf, links)
    root.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # no links on this system: a line on stderr is the lesser evil
        for link, path in links.items():
            link.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                link.symlink_to(path)
    put(conf, text)
    return _named(conf, links)


def _named(conf: Path, links: Iterable[Path]) -> dict[str, str]:
    """A configuration, and the system root if all its links are there, as variables."""
    root = {"FONTCONFIG_SYSROOT": str(conf.parent)} if all(map(Path.is_symlink, links)) else {}
    return {"FONTCONFIG_FILE": str(conf), **root}


def _expanded(name: str) -> Path | None:
    try:
        return Path(name).expanduser()
    except RuntimeError:  # no home folder
        return None


def _configuration(folders: list[Path], store: Path) -> str:
    """The text of a fonts.conf; a process reads it once.

    Raises ValueError for a folder whose name XML cannot hold.
    """
    if _UNWRITABLE.search(str(store)):
        raise ValueError(f"{str(store)!r} cannot be written in XML")
    shipped, *others = folders
    rejected = [f"*/mpl-data/fonts/ttf/{name}" for name in REJECTED]
    rejected += [f"{folder}/*{name}" for folder in others for name in SHIPPED]
    globs = "".join(f"<glob>{escape(name)}</glob>" for name in rejected)
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        + "".join(f"<dir>{escape(str(folder))}</dir>" for folder in (shipped, *others))
        + f"<selectfont><rejectfont>{globs}</rejectfont></selectfont>"
        + f"<cachedir>{escape(str(store))}</cachedir>"
        "<config><rescan><int>0</int></rescan></config></fontconfig>"
    )
