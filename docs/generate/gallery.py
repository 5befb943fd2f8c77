"""The page of all specs, and the figures on it as files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from generate.markdown import block, heading, page

from lstmviz.commands.snippets import in_markdown
from lstmviz.documents import document_cache, document_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lstmviz.documents.document_figures import Shown

SPECS = Path("specs")
FOLDER = "figures"
INTRO = """\
# Gallery

Every spec in `specs/` with its figures, drawn when this page was built. A figure
opens in full size; its spec is below. `lstmviz gallery` makes such a page of your own specs, in one file.
"""


@cache
def shown(spec: Path) -> list[tuple[str, Shown]]:
    """The figures of a spec with the names of their files; asked for twice in one build."""
    return [
        (f"{FOLDER}/{spec.stem}-{one.name}.svg", one)
        for one in document_figures.drawn(document_figures.request(str(spec), None, (), {}))
    ]


def files() -> Iterator[tuple[str, bytes]]:
    """Every figure as a file; one drawn for light pages suits dark ones too."""
    for spec in sorted(SPECS.glob("*.yaml")):
        for path, one in shown(spec):
            yield path, document_cache.paint(one.for_pages, "svg")


def gallery() -> str:
    """The whole page."""
    specs = sorted(SPECS.glob("*.yaml"))
    links = " · ".join(f"[{spec.stem}](#{spec.stem})" for spec in specs)
    return page(INTRO, links, *(part for spec in specs for part in _spec(spec)))


def _spec(spec: Path) -> Iterator[str]:
    text = spec.read_text("utf-8")
    figures = shown(spec)
    title = figures[0][1].figure.scene.title if figures else spec.stem
    yield heading(2, title, spec.stem)
    comment = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    yield " ".join(comment[: _first_gap(text)])
    for path, one in figures:
        yield f"[![{in_markdown(one.figure.alt)}]({path}){{ loading=lazy }}]({path})"
    inside = block(text, "yaml").replace("\n", "\n    ")
    yield f'??? example "{spec}"\n\n    {inside}'


def _first_gap(text: str) -> int:
    """How many lines of comment a spec begins with."""
    lines = text.splitlines()
    return next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
