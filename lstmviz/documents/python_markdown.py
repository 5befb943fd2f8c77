"""Figures in Markdown: a fence called ``lstmviz`` holds a spec, or names one.

An extension of Python-Markdown by itself (``lstmviz.markdown``), and, as `fence`
and `validate`, a custom fence of pymdownx.superfences.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from lstmviz.documents import document_figures
from lstmviz.errors import LstmvizError
from lstmviz.spec.scalars import resolve

NAME = "lstmviz"
BEFORE_OTHER_FENCES = 29
"""Python-Markdown's own run at 25, snippets are included at 32."""
_OPENS = re.compile(r"(?P<before>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<rest>[^`]*)$")
_HEADER = re.compile(r"\{?\s*\.?lstmviz(?:\s+(?P<words>[^{}]*))?\}?\s*$")
_FILE = re.compile(r"\s*spec:[ \t]*(?P<file>[^\n#]+?)[ \t]*(?:#[^\n]*)?\s*$")
# MkDocs counts the warnings of loggers below its own, and --strict stops at them.
_log = logging.getLogger("mkdocs.lstmviz")


class Fences(Preprocessor):
    """Puts figures in the place of ``lstmviz`` fences, wherever they stand."""

    def run(self, lines: list[str]) -> list[str]:
        """The lines of a document with its figures in them."""
        return list(self._lines(lines))

    def _lines(self, lines: Sequence[str]) -> Iterator[str]:
        at = 0
        while at < len(lines):
            opens = _OPENS.match(lines[at])
            end = _end(lines, at, opens) if opens else at
            header = _HEADER.match(opens["rest"]) if opens else None
            if opens and header and end < len(lines):
                html = self._figures(header["words"] or "", opens["before"], lines[at : end + 1], at)
                yield from ("", f"{opens['before']}{self.md.htmlStash.store(html)}", "")
            else:
                yield from lines[at : end + 1]
            at = end + 1

    def _figures(self, words: str, before: str, fence: Sequence[str], at: int) -> str:
        body = [line[len(before) :] if line.startswith(before) else line.lstrip() for line in fence[1:-1]]
        found = _Fence(self.md, body, _line(self.md, fence[0], body, at), len(before))
        try:
            names, options = document_figures.words_of(words)
        except LstmvizError as error:
            return found.failed(str(error))
        return found.html(names, options)


class Figures(Extension):
    """The extension; it takes no options."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  (the name is Python-Markdown's)
        """Let fences be read before all others."""
        md.preprocessors.register(Fences(md), NAME, BEFORE_OTHER_FENCES)


def makeExtension(**settings: Any) -> Figures:  # noqa: N802  (the name is Python-Markdown's)
    """What Python-Markdown calls for ``extensions=["lstmviz.markdown"]``."""
    return Figures(**settings)


def validate(
    language: str, inputs: Mapping[str, str], options: dict[str, Any], attrs: dict[str, str], md: Markdown
) -> bool:
    """Take every option that a superfence has: figures check their own."""
    del language, attrs, md
    options.update(inputs)
    return True


def fence(  # superfences passes all of these
    source: str,
    language: str,
    css_class: str,
    options: Mapping[str, str],
    md: Markdown,
    *,
    classes: Sequence[str] = (),
    id_value: str = "",
    **_: Any,
) -> str:
    """The figures of a superfence as HTML."""
    del language, css_class
    # A word without a value comes as its own: the name of a figure.
    names = tuple(key for key, value in options.items() if key == value)
    given = {key: resolve(value) for key, value in options.items() if key != value}
    body = source.split("\n")
    found = _Fence(md, body, _line(md, "", body, 0), 0, tuple(classes), id_value)
    return found.html(names, given)


@dataclass(frozen=True, slots=True)
class _Fence:
    """A fence that is opened in this line of its document, after so many columns."""

    md: Markdown
    body: Sequence[str]
    line: int
    column: int
    classes: tuple[str, ...] = ()
    id_value: str = ""

    def html(self, names: tuple[str, ...], options: dict[str, Any]) -> str:
        """The figures, or what is wrong with them."""
        caption = str(options.pop("caption", None) or "")
        named = options.pop("spec", None)
        text = "\n".join(self.body)
        alone = _FILE.match(text)
        if named is not None and text.strip():
            return self.failed("a fence that names its spec with spec= holds none")
        file = str(named) if named is not None else alone["file"].strip("'\"") if alone else None
        wanted = document_figures.request(file or _page(self.md), None if file else text, names, options,
                               line=self.line, column=self.column)  # fmt: skip
        try:
            shown = document_figures.drawn(wanted)
        except document_figures.RequestError as error:
            return self.failed(error.message, placed=error.line is not None)
        taken: set[str] = vars(self.md).setdefault("lstmviz_ids", set())
        last = len(shown) - 1
        return "\n".join(
            one.html(taken, caption=caption if i == last else "", attributes=self._attributes(i))
            for i, one in enumerate(shown)
        )

    def _attributes(self, index: int) -> str:
        name = f' id="{escape(self.id_value)}"' if self.id_value and not index else ""
        return f'{name} class="{escape(" ".join((NAME, *self.classes)))}"'

    def failed(self, message: str, *, placed: bool = False) -> str:
        """Say in the log what is wrong, and show it where the figure would be."""
        _log.warning("%s", message if placed else f"{_page(self.md)}:{self.line}: {message}")
        return f'<pre class="{NAME}-error">{escape(message)}</pre>'


def _end(lines: Sequence[str], at: int, opens: re.Match[str]) -> int:
    """The line that closes the fence opened in line `at`, or one past the last."""
    mark = opens["fence"]
    closes = re.compile(rf"[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    return next((i for i in range(at + 1, len(lines)) if closes.match(lines[i])), len(lines))


def _page(md: Markdown) -> str:
    """The file that is being read, if it is MkDocs that reads it."""
    return str(getattr(_file(md), "src_uri", None) or "markdown")


def _file(md: Markdown) -> Any:
    """MkDocs' file: what resolves a page's links knows it."""
    return getattr(md.treeprocessors["relpath"], "file", None) if "relpath" in md.treeprocessors else None


def _line(md: Markdown, header: str, body: Sequence[str], at: int) -> int:
    """The line that opens a fence, from 1: that of the page as it was written, if it is found there.

    What stands at its top for MkDocs alone has been taken off before a fence is met.
    """
    written = [line.strip() for line in str(getattr(_file(md), "content_string", "")).splitlines()]
    sought = [line.strip() for line in body]
    for i, line in enumerate(written):
        fits = line == header.strip() if header else line.lstrip("`~{. ").startswith(NAME)
        if fits and written[i + 1 : i + 1 + len(sought)] == sought:
            return i + 1
    return at + 1
