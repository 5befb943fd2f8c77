"""From a kind, a subject and options to a Scene: the page that holds it, heading, caption."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from lstmviz.errors import FigureError
from lstmviz.figures.base import Draft, Kind, LayerOptions, Options, Subject, refuse_more
from lstmviz.figures.pages import LEAST, MARGIN, SLACK, NoRoomError, Page, bare_sheets, sheets
from lstmviz.figures.shared import heading, streams
from lstmviz.figures.shared.other_layers import notes_of, rest
from lstmviz.figures.teaching import lessons
from lstmviz.network.own_recurrences import own_recurrences
from lstmviz.scene import labels
from lstmviz.scene.canvas import scaled
from lstmviz.scene.emphasis import emphasised
from lstmviz.scene.items import MUTED, Box
from lstmviz.scene.paper import MM, TEXT
from lstmviz.scene.scene import Scene
from lstmviz.scene.tightening import tightened
from lstmviz.translation import speaking
from lstmviz.translation.messages import Message, joined, message, noted, user_text
from lstmviz.translation.reader import reader


def compose(kind: Kind, subject: Subject, options: Options) -> Scene:
    """The whole figure as a Scene, at the width and in the language that its options ask for."""
    reason = kind.refuse(subject)
    if not reason and kind.is_bare(options):
        reason, options = _as_bare(kind, subject, options)
    if reason:
        raise FigureError(kind.name, reason)
    if options.whole and kind.stepped:
        layers = (*subject.trace.recurrent, *(own_recurrences(subject.trace) if kind.loops else ()))
        counts = (one.timesteps * one.num_layers * one.directions for one in layers)
        refuse_more(kind.name, max(counts, default=0), "cells")
    if isinstance(options, LayerOptions) and options.of is not None:
        subject.recurrent(kind.name, options.of, loops=kind.loops)  # a name that there is not is no default
    with speaking(options.language):
        scene, sheet, _ = fitted(kind, subject, options)
    scene = scaled(scene, sheet.scale) if sheet.scale != 1 else scene
    return replace(_emphasised(kind, scene, options), language=options.language)


def _emphasised(kind: Kind, scene: Scene, options: Options) -> Scene:
    """The figure with what the reader is told about, and all else in grey."""
    if options.emphasis is None:
        return scene
    found = emphasised(scene, options.emphasis)
    if found is None:
        raise FigureError(kind.name, f"emphasis: this figure has no {options.emphasis}")
    return found


def _as_bare(kind: Kind, subject: Subject, options: Options) -> tuple[str | None, Options]:
    """Why a figure cannot be bare; a slide, where that was not asked for, then has the usual one."""
    if more := kind.beyond_bare(options):
        return f"detail: low does not show {', '.join(more)}; detail: normal does", options
    reason = kind.unable(subject)
    if reason and options.detail is None:
        return None, options.model_copy(update={"detail": "normal"})
    return reason, options


def fitted(kind: Kind, subject: Subject, options: Options) -> tuple[Scene, Page, Options]:
    """The figure on the first page that holds it, at type size 1; the page, and the options used on it."""
    bare = kind.is_bare(options)
    pages = [*(bare_sheets if bare else sheets)(options.width)]
    plain = options if bare or len(pages) == 1 else options.model_copy(update={"legend": "off"})

    @cache
    def on(at: int, *, legend: bool) -> Scene | float:
        last = at == len(pages) - 1 and not (legend and plain is not options)
        try:
            return _composed(kind, subject, options if legend else plain, pages[at], last=last)
        except FigureError as error:
            if not last:
                return error.times if isinstance(error, NoRoomError) else math.inf
            if isinstance(error, _TooNarrowError):
                raise FigureError(
                    kind.name, error.reason + _enough(kind, subject, plain, pages[at])
                ) from error
            raise

    def excess(at: int) -> float:
        found = on(at, legend=plain is options)
        return found if isinstance(found, float) else 0.0

    there = not isinstance(on(0, legend=True), float)
    first, last = 0, len(pages) - 1  # from the first page with small type on, parts are left out
    small = next((at for at, page in enumerate(pages) if bare and page.small), last)
    if not there and small < last:
        first, last = (small, last) if excess(small) else (0, small)
    widths = [page.width for page in pages[first : last + 1]]
    at = 0 if there else first + first_that_holds(widths, lambda at: excess(first + at))
    for legend in (True, False):
        if not isinstance(scene := on(at, legend=legend), float):
            return scene, pages[at], options if legend else plain
    raise AssertionError("the last page holds every figure")


def first_that_holds(widths: Sequence[float], excess: Callable[[int], float]) -> int:
    """Return the first page that holds a figure, or the last: one that does is followed by such.

    `excess` is how many times too large the figure is for a page, 0 if that holds it. It says where to
    look next, so that few pages are tried; where it is infinite, the middle of those left is.

    >>> first_that_holds(range(100, 120), lambda at: 0.0 if at >= 13 else 113 / (100 + at))
    13
    """
    times, probe, guessed = excess(0), 0, False
    below, at = (0, len(widths) - 1) if times else (-1, 0)
    while at - below > 1:
        if 0 < times < math.inf:
            probe, guessed = bisect_left(widths, widths[probe] * times - 1e-6), True
        else:  # right below a guess that holds, else in the middle
            probe, guessed = at - 1 if guessed and not times else (below + at) // 2, False
        probe = min(max(probe, below + 1), at - 1)
        times = excess(probe)
        below, at = (probe, at) if times else (below, probe)
    return at


class _TooNarrowError(NoRoomError):
    """A layout that stands out of its page, where another page might do."""


def _enough(kind: Kind, subject: Subject, options: Options, sheet: Page) -> str:
    """Say which page is wide enough: the first, 5 mm by 5 mm, on which the figure can be placed."""
    widths = range(5 * math.ceil(sheet.width / MM / 5), math.ceil(TEXT / MM) + 5, 5)

    def excess(at: int) -> float:
        try:
            _composed(kind, subject, options, replace(sheet, width=widths[at] * MM), last=True)
        except FigureError as error:
            return error.times if isinstance(error, NoRoomError) else math.inf
        return 0.0

    at = first_that_holds(widths, excess) if widths else 0
    return f": {widths[at]} mm will do" if widths and not excess(at) else ""


def _composed(kind: Kind, subject: Subject, options: Options, sheet: Page, *, last: bool) -> Scene | float:
    """The figure on one page, with its heading, at type size 1; or how many times too high it is."""
    draft, extent = fitting(kind, subject, options, sheet)
    title = options.title if options.title is not None else (subject.title or "")
    told = notes_of(subject.trace, draft.canvas)
    draft = replace(draft, description=aloud(draft, told))
    call = draft.subtitle.text if isinstance(draft.subtitle, Message) else draft.subtitle
    named = title or call.replace("\n", " ") or kind.name
    if options.title is None and kind.view:  # a title of its own says what the figure shows
        draft = replace(draft, view=draft.view or message(kind.view))
    if kind.is_bare(options):  # the drawing alone
        draft, title = replace(draft, subtitle="", view=None), options.title or ""
    notes = [*map(noted, told)]
    if isinstance(options, LayerOptions) and not kind.is_bare(options):
        notes += rest(subject.trace, draft.canvas)
    if not kind.is_bare(options):
        notes += streams.told(draft.canvas, subject)
        of = kind.holds or (kind.name,)
        notes += lessons(subject.trace, *of, drawn=draft.canvas) if options.notes == "auto" else []
    scene = _on_page(kind, draft, options, title, sheet, extent=extent, notes=notes, last=last)
    return scene if isinstance(scene, float) else replace(scene, title=named)


def aloud(draft: Draft, notes: Sequence[str] = ()) -> Message:
    """What a figure shows, and what could not be followed, in the reader's language."""
    stop = user_text("." if reader().language == "en" else "。")
    begun = user_text(draft.description) if isinstance(draft.description, str) else draft.description
    begun = joined("", begun, stop) if notes and not begun.text.endswith((".", "。")) else begun
    return joined(" ", begun, *(joined("", noted(note), stop) for note in notes))


AIR = 6.0
"""How much lower than a page what was too high for it becomes, where it has room for that, pt."""
TRIES = 3
"""So often a layout is asked to do with less room, when its words stand out of the page."""


def fitting(kind: Kind, subject: Subject, options: Options, sheet: Page) -> tuple[Draft, Box]:
    """The draft and its extent; planned for less room where labels beside it reach over the page."""
    planned = sheet
    draft = _drafted(kind, subject, options, planned)
    extent = draft.canvas.extent()
    for _ in range(TRIES):
        over = _natural(extent) - sheet.width
        if over <= SLACK or options.whole or planned.width - over < LEAST:
            break
        planned = replace(planned, width=planned.width - over)
        draft = _drafted(kind, subject, options, planned)
        extent = draft.canvas.extent()
    return draft, extent


def _drafted(kind: Kind, subject: Subject, options: Options, page: Page) -> Draft:
    """The draft with the line at which a chunk of streams begins."""
    draft = kind.drafted(subject, options, page)
    beside = kind.chunks_beside and not kind.is_bare(options) and page.inner > streams.LEAST
    streams.cut(draft.canvas, subject, beside=beside)
    return draft


def _natural(extent: Box) -> float:
    """The width that a draft takes with its margins, pt."""
    return extent[2] - extent[0] + 2 * MARGIN


def _on_page(
    kind: Kind,
    draft: Draft,
    options: Options,
    title: str,
    sheet: Page,
    *,
    extent: Box,
    notes: Sequence[Message],
    last: bool,
) -> Scene | float:
    """Heading above, caption and what the trace could not follow below, all at the page's left margin.

    A bare drawing stands in the middle.
    What a page has no room for is not placed on it, but on the last one; then how many times too high it is.
    """
    canvas = draft.canvas
    x0, y0, x1, y1 = extent
    natural = _natural(extent)
    if sheet.fixed and not options.whole and natural > sheet.width + SLACK:
        reason = f"a page {sheet.width / MM:.0f} mm wide is too narrow"
        raise _TooNarrowError(kind.name, reason, times=natural / sheet.width)
    if sheet.fixed and options.whole and natural > sheet.width + SLACK:
        raise FigureError(
            kind.name,
            f"elide: never needs {natural / MM:.0f} mm, more than the page's {sheet.width / MM:.0f} mm",
        )
    width = (
        sheet.width
        if sheet.fixed
        else max(natural, min(sheet.width, heading.width(title, draft) + 2 * MARGIN))
    )
    over = heading.lines(title, draft, width - 2 * MARGIN)
    top = MARGIN + sum(step for _, step in over)
    left = (width - (x1 - x0)) / 2 if kind.is_bare(options) else MARGIN
    below = [words for words in (user_text(options.caption or ""), *notes) if words]
    size = 9 if kind.is_bare(options) else 7
    widest = max((labels.wide(words, size) for words in below), default=0.0)
    foot_x = max(MARGIN, min(left, width - MARGIN - widest))  # under the drawing, if lines stay whole
    foot = [line for words in below for line in labels.wrap(words, width - MARGIN - foot_x, size)]
    height = top + (y1 - y0) + 12 * len(foot) + MARGIN + (2 if below else 0)
    if last and sheet.most and height > sheet.most:
        out = tightened(canvas, height - sheet.most + AIR)
        height, y1 = height - out, y1 - out
    spare = max(0.0, (sheet.height or 0.0) - height)
    if not last and not sheet.holds(height + spare):
        return (height + spare) / (sheet.height or sheet.most or height)
    canvas.move(left - x0, top - y0 + spare / 2)
    y = MARGIN
    for line, step in over:
        canvas.text(line, MARGIN, y + line.ascent, role="note")
        y += step
    y = top + (y1 - y0) + spare / 2
    for i, text in enumerate(foot, 1):
        canvas.text(labels.words(text, size, tint=MUTED), foot_x, y + 12 * i)
    described = user_text(options.alt) if options.alt else draft.description
    return canvas.scene(kind.name, title, described, width, height + spare)
