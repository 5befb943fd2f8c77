"""Check the built site: links, anchors, alternative texts, and that nothing is fetched.

    python docs/check.py build/docs

Links to other sites are not followed; only what a page loads by itself must be in the site.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

LOADS = {
    "img": "src",
    "script": "src",
    "link": "href",
    "source": "srcset",
    "iframe": "src",
    "use": "href",
    "image": "href",
}
"""What a page loads by itself, by its tag."""
FETCHED = re.compile(r"""(?:@import|url\()\s*['"]?\s*(?:https?:)?//[^)'"]*""")
QUIET_LINKS = {"canonical", "next", "prev"}
"""Links in a page's head that load nothing."""


@dataclass
class Page(HTMLParser):
    """What is in a page: ids, links, and what it loads."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    without_alt: int = 0
    styles: list[str] = field(default_factory=list)
    _style: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._style = tag == "style"
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in LOADS and LOADS[tag] in found and found.get("rel", "") not in QUIET_LINKS:
            self.loads.append(found[LOADS[tag]])
        self.without_alt += tag == "img" and not found.get("alt")
        self.styles.append(found.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._style = self._style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._style:
            self.styles.append(data)


def faults(site: Path) -> Iterator[str]:
    """All that is wrong in the site, one line each."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site)
        for link in page.links:
            yield from (f"{name}: {fault}" for fault in _broken(link, path, pages, site))
        for load in page.loads:
            if urlsplit(load).scheme not in {"", "data"} or load.startswith("//"):
                yield f"{name}: loads {load}"
            else:
                yield from (f"{name}: {fault}" for fault in _broken(load, path, pages, site))
        yield from (f"{name}: loads {url}" for style in page.styles for url in FETCHED.findall(style))
        yield from (f"{name}: the id {i!r} stands {n} times" for i, n in Counter(page.ids).items() if n > 1)
        if page.without_alt:
            yield f"{name}: {page.without_alt} pictures without an alternative text"
    for path in sorted(site.rglob("*.css")):
        found = FETCHED.findall(path.read_text("utf-8"))
        yield from (f"{path.relative_to(site)}: loads {url}" for url in found)


def _read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text("utf-8"))
    return page


def _broken(link: str, path: Path, pages: dict[Path, Page], site: Path) -> Iterator[str]:
    """Why a link within the site leads nowhere."""
    url = urlsplit(link)
    if url.scheme or url.netloc:
        return
    base = site if url.path.startswith("/") else path.parent
    target = (base / unquote(url.path).lstrip("/")).resolve() if url.path else path.resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        yield f"{link} is not there"
        return
    page = pages.get(target) or pages.get(site / target.relative_to(site.resolve()))
    if url.fragment and page and unquote(url.fragment) not in page.ids:
        yield f"{link}: there is no such place in it"


def main(folder: str) -> int:
    """Say what is wrong; 1 if anything is."""
    site = Path(folder)
    found = list(faults(site))
    for fault in found:
        print(fault, file=sys.stderr)
    count = len(list(site.rglob("*.html")))
    print(f"{count} pages: {len(found) or 'no'} faults")
    return int(bool(found) or not count)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
