"""What MkDocs calls while it builds: pages made from the code, and figures made from the specs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generate import command, errors, gallery, kinds, language, library, textbooks
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Callable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PAGES: dict[str, Callable[[], str]] = {
    "reference/language.md": language.language,
    "reference/kinds.md": kinds.kinds,
    "reference/command.md": command.command,
    "reference/library.md": library.library,
    "reference/errors.md": errors.errors,
    "gallery.md": gallery.gallery,
    "textbooks.md": textbooks.textbooks,
}
"""Pages that are in no folder: they are made anew for every build."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave out of the navigation what is not there."""
    config.nav = _there(config.nav, Path(config.docs_dir))
    return config


def _there(nav: Any, folder: Path) -> Any:
    """The entries whose pages are written or made."""
    if isinstance(nav, list):
        found = [_there(entry, folder) for entry in nav]
        return [entry for entry in found if entry]
    if isinstance(nav, dict):
        found = {title: _there(entry, folder) for title, entry in nav.items()}
        return {title: entry for title, entry in found.items() if entry}
    return nav if nav in PAGES or (folder / nav).is_file() else None


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name the repository where the build knows it, as setup.py does."""
    return markdown.replace("OWNER/lstmviz", os.environ.get("GITHUB_REPOSITORY") or "OWNER/lstmviz")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages and the figures on them."""
    gallery.shown.cache_clear()  # specs may have changed while MkDocs serves
    for path, make in PAGES.items():
        files.append(File.generated(config, path, content=make()))
    for path, data in (*gallery.files(), *textbooks.files()):
        files.append(File.generated(config, path, content=data))
    return files
