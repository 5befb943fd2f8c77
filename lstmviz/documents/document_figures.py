"""What a document asks for: figures of a spec, drawn once, with mistakes placed in the document.

A figure as part of an HTML page: its ids made unique, its dark paint under the page's switch.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from itertools import zip_longest
from typing import Any

from lstmviz import pipeline
from lstmviz.commands.explaining import explained
from lstmviz.documents import document_cache
from lstmviz.errors import ChoiceError, FigureError, LstmvizError, Span, SpecError
from lstmviz.figure import Figure
from lstmviz.figure_requests import FigurePlan, plan, plan_all
from lstmviz.figures.base import Subject
from lstmviz.spec.model import Spec
from lstmviz.spec.scalars import resolve


@dataclass(frozen=True, slots=True)
class Request:
    """A spec in a document, and which of its figures are wanted.

    `file` holds the spec; with `text`, it is what errors call the YAML that
    stands in the document itself, below `line` lines and after `column` columns.
    Without names in `figures` all of the spec's are meant. `narrow` is the width
    that takes the place of each figure's own on a narrow screen.
    """

    file: str
    text: str | None = None
    figures: tuple[str, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()
    narrow: str | None = None
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure in a document; it `follows` the page if nobody chose a theme."""

    name: str
    figure: Figure
    follows: bool = False
    narrow: Figure | None = None

    def svg(self, taken: set[str]) -> str:
        """The figure in a page whose figures have the prefixes `taken`."""
        found = [self._inline(figure, taken) for figure in (self.figure, self.narrow) if figure]
        return found[0] if len(found) == 1 else either(*found)

    @property
    def for_pages(self) -> Figure:
        """The figure as a file of a page that may be light or dark."""
        return replace(self.figure, theme="auto") if self.follows else self.figure

    def _inline(self, figure: Figure, taken: set[str]) -> str:
        auto = replace(self, figure=figure).for_pages
        return inline(document_cache.paint(auto, "svg").decode(), taken, follows=self.follows).strip()

    def html(self, taken: set[str], *, caption: str = "", attributes: str = ' class="lstmviz"') -> str:
        """The same as a figure of the page, with a caption below."""
        words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        return f"<figure{attributes}>{self.svg(taken)}{words}</figure>"


class RequestError(LstmvizError):
    """A figure in a document that cannot be drawn, said as readers of its source need it.

    `line` is the one in `file`, None where the mistake has no place.
    """

    def __init__(self, message: str, file: str, line: int | None) -> None:
        self.message = message
        self.file = file
        self.line = line
        super().__init__(message)


def words_of(line: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Names of figures, and options with their values.

    >>> words_of("grid width=column highlight=2 title='My LSTM'")
    (('grid',), {'width': 'column', 'highlight': 2, 'title': 'My LSTM'})
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ChoiceError(f"{line!r} cannot be read: {error}") from error
    pairs = [word.partition("=") for word in words]
    names = tuple(name for name, equals, _ in pairs if not equals)
    return names, {key: resolve(value) for key, equals, value in pairs if equals}


def request(
    file: str,
    text: str | None,
    names: tuple[str, ...],
    options: Mapping[str, Any],
    *,
    line: int = 0,
    column: int = 0,
) -> Request:
    """A request from words: `kind` and `figure` are names, all but `narrow` are options.

    >>> request("a.yaml", None, ("grid",), {"kind": "cube", "width": "column"}).figures
    ('grid', 'cube')
    """
    more = tuple(str(options[key]) for key in ("kind", "figure") if key in options)
    rest = tuple((k, v) for k, v in options.items() if k not in {"kind", "figure", "narrow"})
    narrow = str(options["narrow"]) if options.get("narrow") else None
    return Request(file, text, (*names, *more), rest, narrow, line, column)


def drawn(wanted: Request) -> list[Shown]:
    """The figures that a document asks for. Raises RequestError."""
    try:
        return _drawn(wanted)
    except LstmvizError as error:
        placed = _placed(error, wanted)
        span = _span(placed)
        raise RequestError(explained(placed), span.file if span else wanted.file,
                           span.line if span else None) from error  # fmt: skip


def _drawn(wanted: Request) -> list[Shown]:
    options = dict(wanted.options)
    if wanted.text is None:
        spec = pipeline.load(wanted.file)
    else:
        spec = pipeline.load_bytes(wanted.text.encode("utf-8", "replace"), wanted.file)
    subject = pipeline.trace(spec)
    wide = _plans(spec, subject, wanted.figures, options)
    narrow = (
        _plans(spec, subject, wanted.figures, {**options, "width": wanted.narrow}) if wanted.narrow else ()
    )
    return [
        Shown(
            one.name,
            pipeline.compose(subject, one),
            follows="theme" not in one.options.model_fields_set,
            narrow=pipeline.compose(subject, other) if other else None,
        )
        for one, other in zip_longest(wide, narrow)
    ]


def _plans(
    spec: Spec, subject: Subject, names: tuple[str, ...], options: Mapping[str, Any]
) -> list[FigurePlan]:
    if names:
        return [plan(spec, name, options) for name in names]
    return plan_all(spec, subject, (), (), options)


def _placed(error: LstmvizError, wanted: Request) -> LstmvizError:
    """The error with its lines counted from the top of the document."""

    def moved(span: Span | None) -> Span | None:
        if wanted.text is None or span is None or span.file != wanted.file:
            return span
        text = " " * wanted.column + span.text
        by = wanted.column
        return replace(span, line=span.line + wanted.line, column=span.column + by,
                       end_column=span.end_column + by, text=text)  # fmt: skip

    if isinstance(error, SpecError):
        return SpecError([replace(p, span=moved(p.span)) for p in error.problems], error.source)
    if isinstance(error, FigureError):
        return FigureError(error.kind, error.reason, error.can, moved(error.span))
    return error


def _span(error: LstmvizError) -> Span | None:
    """The first place that an error names."""
    if isinstance(error, SpecError):
        return next((p.span for p in error.problems if p.span), None)
    return error.span if isinstance(error, FigureError) else None


READER = "@media(prefers-color-scheme:dark)"
"""With this a figure is dark where the reader's screen is."""
PAGE = ":is([data-md-color-scheme=slate],[data-theme=dark],[data-bs-theme=dark])"
"""With this it is dark where the page says so: Material, Furo, PyData, Bootstrap …"""
EITHER = "[data-theme=auto]"
"""A page that leaves it to the reader."""
ROOM = (
    ".lstmviz-narrow{display:none}"
    "@media(max-width:40em){.lstmviz-wide{display:none}.lstmviz-narrow{display:inline}}"
)
"""Which of two widths a page shows."""
_PREFIX = re.compile(r'aria-labelledby="(f[0-9a-f]{6})-')
_RULES = re.compile(re.escape(READER) + r"\{((?:[^{}]*\{[^{}]*\})*)\}")


def inline(svg: str, taken: set[str], *, follows: bool = False) -> str:
    """The SVG as it may stand in a page that has figures with the prefixes `taken`.

    One that `follows` is dark where the page is. It shrinks with the page.
    """
    svg = own_ids(svg, taken)
    if follows:
        svg = _RULES.sub(lambda dark: f"{PAGE}{{{dark[1]}}}{READER}{{{EITHER}{{{dark[1]}}}}}", svg)
    return svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def either(wide: str, narrow: str) -> str:
    """One figure in two widths, each where there is room for it."""
    wide = wide.replace("<svg ", '<svg class="lstmviz-wide" ', 1)
    narrow = narrow.replace("<svg ", '<svg class="lstmviz-narrow" ', 1)
    return f"{wide}{narrow.replace('<style>', f'<style>{ROOM}', 1)}"


def own_ids(svg: str, taken: set[str]) -> str:
    """Tell the ids, classes and fonts of a figure apart from those of the same figure above."""
    found = _PREFIX.search(svg)
    assert found, "a figure names its title"
    prefix = unique = found[1]
    count = 1
    while unique in taken:
        count += 1
        unique = f"{prefix}x{count}"
    taken.add(unique)
    # Neither "-" nor "." stands in the base64 of a font, so this is never a part of one.
    return svg if count == 1 else re.sub(rf"{prefix}(?=[-.])", unique, svg)
