"""Several figures of one model on one sheet: panels in rows, each with its letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from string import ascii_lowercase
from typing import Annotated, Any

from pydantic import Field

from lstmviz.figures.base import Draft, Kind, Options, Subject
from lstmviz.figures.composing import aloud, fitted, fitting
from lstmviz.figures.pages import MARGIN, SLACK, NoRoomError, Page
from lstmviz.figures.shared import heading, legend, shares
from lstmviz.figures.shared.common import Common, common, keeping, shared_ends
from lstmviz.figures.shared.legend import Entry
from lstmviz.figures.teaching import lessons
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas, named
from lstmviz.scene.items import MUTED, Box
from lstmviz.scene.labels import TextLine, row, words, wrap
from lstmviz.scene.paper import MM
from lstmviz.scene.scene import Scene
from lstmviz.translation import speaking
from lstmviz.translation.messages import Message, joined, noted, user_text

GAP, RISE = 20.0, 22.0
"""Between the panels of a row, and between rows, pt."""
LINE = 10.0
KEY = 8.0
"""Over the key of all panels, pt."""
MOST_ROWS, MOST_COLUMNS = 6, 4

Row = Annotated[tuple[str | dict[str, Any], ...], Field(min_length=1, max_length=MOST_COLUMNS)]


class SheetOptions(Options):
    """Options of a sheet; those of style hold for all its panels."""

    sheet: tuple[Row, ...] = Field(
        min_length=1,
        max_length=MOST_ROWS,
        description="Rows of figures: each a kind, a kind with its options, or a figure's name.",
    )


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of a sheet."""

    kind: Kind
    options: Options
    own: Subject | None = None
    """What it shows, where that is the model of another spec."""
    model: Any = None
    """The plan of that model, for the proof."""

    @property
    def title(self) -> str:
        """What stands over it beside its letter."""
        return self.options.title or (self.own.title if self.own else "") or ""

    def subject(self, whole: Subject) -> Subject:
        """What it shows: its own, or what the sheet does."""
        return self.own or whole


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel where it stands on the sheet; its canvas has the figure alone, under its own ids."""

    letter: str
    panel: Panel
    draft: Draft
    canvas: Canvas
    head: tuple[TextLine, ...]
    foot: tuple[TextLine, ...]
    at: tuple[float, float]
    box: Box
    """Where the figure is, without what is written over and under it."""
    key: tuple[Entry, ...] = ()
    """What it would explain itself, were it alone."""


Panels = tuple[tuple[Panel, ...], ...]
Drawn = tuple[Draft, "Box", list[Entry]]
"""A panel's draft, where it is, and what it leaves to the key of all."""


def of(panels: Panels) -> Kind:
    """The kind of a sheet with these panels."""
    shared = tuple(panel.kind.name for _, panel in _lettered(panels) if panel.own is None)
    return replace(SHEET, compose=partial(_compose, panels), refuse=partial(_refuse, panels), holds=shared)


def scenes(panels: Panels, subject: Subject, options: Options) -> Iterator[tuple[str, Panel, Scene]]:
    """Every panel as a scene of its own, on a page of its size: its letter, what it is, the scene."""
    with speaking(options.language):
        _, sheet, used = fitted(of(panels), subject, options)
        for one in _placed(_told(panels, used), subject, sheet):
            x0, y0, x1, y1 = one.box
            one.canvas.move(-x0, -y0)
            kind, said = one.panel.kind.name, aloud(one.draft)
            around = (*one.foot, *heading.called(one.draft, x1 - x0))
            low = _write(one.canvas, around, 0.0, y1 - y0)  # what is said of it is proven with it
            low = legend.write(one.canvas, [one.key], (0.0, low), x1 - x0) + 3 if one.key else low
            wide = max([x1 - x0, *(line.width + 1 for line in around)])
            scene = one.canvas.scene(kind, "", said, wide, low)
            yield one.letter, one.panel, replace(scene, language=options.language)


def _told(panels: Panels, options: Options) -> Panels:
    """The panels without legends, where the sheet has none."""
    if options.legend != "off":
        return panels
    bare = {"legend": "off"}
    return tuple(
        tuple(replace(panel, options=panel.options.model_copy(update=bare)) for panel in line)
        for line in panels
    )


def _refuse(panels: Panels, subject: Subject) -> str | None:
    """Why a panel cannot show the model, if one cannot."""
    for letter, panel in _lettered(panels):
        if reason := panel.kind.refuse(panel.subject(subject)):
            return f"panel ({letter}), {panel.kind.name}: {reason}"
    return None


def _lettered(panels: Panels) -> Iterator[tuple[str, Panel]]:
    return zip(ascii_lowercase, (panel for line in panels for panel in line), strict=False)


def _compose(panels: Panels, subject: Subject, options: Options, sheet: Page) -> Draft:
    placed = _placed(_told(panels, options), subject, sheet)
    canvas = Canvas()
    for one in placed:
        canvas.merge(named(one.canvas, ids.inside(one.letter)))
        x, y = one.at
        for line in one.head:
            canvas.text(line, x, y)
            y += LINE + 2
        _write(canvas, one.foot, x, one.box[3])
    legend.write(canvas, [legend.joint(_keys(placed))], (0.0, canvas.extent()[3] + KEY), sheet.inner)
    told = joined("", *(part for one in placed for part in _aloud(one, first=one is placed[0])))
    calls = {(one.draft.subtitle, one.draft.code) for one in placed if one.draft.subtitle}
    return Draft(canvas, told, *(calls.pop() if len(calls) == 1 else ()))


def _write(canvas: Canvas, lines: tuple[TextLine, ...], x: float, y: float) -> float:
    """Write lines under a panel; return how low that is."""
    for line in lines:
        y += LINE + 1
        canvas.text(line, x, y)
    return y + (3 if lines else 0)


def _aloud(one: Placed, *, first: bool) -> tuple[Message, Message]:
    """The letter of a panel, and what is told of it."""
    letter = user_text(f"{'' if first else ' '}({one.letter}) ")
    return letter, aloud(one.draft)


def _placed(panels: Panels, subject: Subject, sheet: Page) -> list[Placed]:
    """Every panel, with one scale for all; what they explain is kept for one key where they agree."""
    placed = _rows(panels, subject, sheet, Common(keys=True))
    return _rows(panels, subject, sheet, Common(keys=False)) if legend.at_odds(_keys(placed)) else placed


def _keys(placed: list[Placed]) -> list[Entry]:
    return [entry for one in placed for entry in one.key]


def _rows(panels: Panels, subject: Subject, sheet: Page, shared: Common) -> list[Placed]:
    """Every panel in its share of the width, row under row."""
    with common(shared):
        return _in_rows(panels, subject, sheet)


def _in_rows(panels: Panels, subject: Subject, sheet: Page) -> list[Placed]:
    letters = iter(ascii_lowercase)
    drafts_at = _Drafts(subject, sheet)
    counts = sorted({len(line) for line in panels})  # equal rows share the widths of their columns
    widths = {n: _columns([line for line in panels if len(line) == n], drafts_at) for n in counts}
    drafts = [
        [drafts_at(panel, width) for panel, width in zip(line, widths[len(line)], strict=True)]
        for line in panels
    ]
    several = len({draft.subtitle for line in drafts for draft, *_ in line if draft.subtitle}) > 1
    found: list[Placed] = []
    top = 0.0
    for line, row_drafts in zip(panels, drafts, strict=True):
        found += _row(line, letters, row_drafts, widths[len(line)], top, several=several)
        now = found[-len(line) :]
        top = max(one.box[3] + len(one.foot) * (LINE + 1) for one in now) + RISE + LINE
    return found


def _row(
    line: tuple[Panel, ...],
    letters: Iterator[str],
    drafts: list[Drawn],
    widths: list[float],
    top: float,
    *,
    several: bool,
) -> list[Placed]:
    """The panels of one row side by side, their figures below the tallest heading."""
    x, found, marks = 0.0, [], list(islice(letters, len(line)))
    heads = [
        tuple(_head(letter, panel, draft if several else None, width))
        for letter, panel, (draft, *_), width in zip(marks, line, drafts, widths, strict=True)
    ]
    below = top + max(map(len, heads)) * (LINE + 2)
    for letter, panel, (draft, box, key), head, width in zip(marks, line, drafts, heads, widths, strict=True):
        said = [
            user_text(panel.options.caption or ""),
            *map(noted, panel.own.trace.notes if panel.own else ()),
        ]
        if panel.own and panel.options.notes == "auto":
            said += lessons(panel.own.trace, panel.kind.name, drawn=draft.canvas)
        foot = tuple(words(text, 7, tint=MUTED) for one in said for text in wrap(one, width, 7) if text)
        dx, dy = x - box[0], below - box[1]
        draft.canvas.move(dx, dy)
        moved = (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
        own = {(entry.swatch, entry.line.text): entry for entry in key}
        found.append(
            Placed(letter, panel, draft, draft.canvas, head, foot, (x, top), moved, tuple(own.values()))
        )
        x += width + GAP
    return found


def _head(letter: str, panel: Panel, draft: Draft | None, width: float) -> Iterator[TextLine]:
    """``(a)`` with the panel's title, and the call where the panels show different modules."""
    mark = words(f"({letter})", 9, font="bold")
    lines = wrap(user_text(panel.title), width - mark.width - 5, 9)
    yield row(mark, words(lines[0], 9) if lines[0] else row(), gap=5)
    yield from (words(line, 9) for line in lines[1:])
    if draft is not None:
        yield from heading.called(draft, width)


@dataclass(slots=True)
class _Drafts:
    """The panels of one page by the room that they have, each drawn once while its scales stay the same."""

    subject: Subject
    sheet: Page
    drawn: dict[tuple[int, float], tuple[Drawn, dict[str, Any]]] = field(default_factory=dict)

    def __call__(self, panel: Panel, width: float) -> Drawn:
        """Return a panel drawn in so much room, pt."""
        before = shared_ends()
        found, scales = self.drawn.get((id(panel), width), (None, None))
        if found is None or scales != before:
            page = replace(self.sheet, width=width + 2 * MARGIN, fixed=True)
            with keeping() as kept:
                draft, box = fitting(panel.kind, panel.subject(self.subject), panel.options, page)
            found = draft, box, [one if isinstance(one, Entry) else Entry((one,)) for one in kept]
            if shared_ends() == before:
                self.drawn[id(panel), width] = found, before
        return found

    def wide(self, panel: Panel, width: float) -> float:
        """Return how wide a panel gets in so much room, pt."""
        _, (x0, _, x1, _), _ = self(panel, width)
        return x1 - x0


def _columns(rows: list[tuple[Panel, ...]], drafts: _Drafts) -> list[float]:
    """The widths of the columns of rows with equally many panels; FigureError where there is no room."""
    count, sheet = len(rows[0]), drafts.sheet
    room = sheet.inner - GAP * (count - 1)

    def taken(widths: list[float]) -> list[float]:
        return [max(drafts.wide(line[k], width) for line in rows) for k, width in enumerate(widths)]

    most = taken([room] * count)
    least = taken([room / count / 2] * count) if sum(most) > room else most
    widths = shares.shared(least, most, room)
    for _ in range(shares.TRIES):
        needed = taken(widths)
        if all(need <= width + SLACK for need, width in zip(needed, widths, strict=True)):
            break
        least = [max(pair) for pair in zip(least, needed, strict=True)]
        widths = shares.shared(least, [max(pair) for pair in zip(least, most, strict=True)], room)
    if sum(widths) > room + SLACK:
        kinds = ", ".join(panel.kind.name for panel in rows[0])
        whole = (sum(widths) + sheet.width - room) / MM
        reason = f"a page {sheet.width / MM:.0f} mm wide is too narrow for {kinds} side by side"
        times = whole * MM / sheet.width
        raise NoRoomError("sheet", f"{reason}: {whole:.0f} mm are needed, or rows of their own", times=times)
    return widths


SHEET = Kind("sheet", "several figures of one model on one sheet", SheetOptions,
             partial(_compose, ()), partial(_refuse, ()))  # fmt: skip
