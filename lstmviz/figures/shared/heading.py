"""The lines over a figure: its title, and the call or sentence under it."""

from __future__ import annotations

import math

from lstmviz.figures.base import Draft
from lstmviz.scene import labels
from lstmviz.scene.code import claiming
from lstmviz.scene.items import MUTED
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import Message, user_text


def width(title: str, draft: Draft) -> float:
    """How wide the heading is on one line each, pt."""
    widths = [_titled(user_text(title), draft).width if title else 0.0]
    widths += [line.width for line in called(draft, math.inf)]
    return max(widths, default=0.0)


def _titled(title: Message, draft: Draft) -> TextLine:
    """The title, which names the model, and what of it this figure shows."""
    view = labels.words(draft.view, 8, tint=MUTED) if draft.view else labels.EMPTY
    return labels.row(labels.words(title, 9, font="bold"), view, gap=9)


def called(draft: Draft, room: float) -> list[TextLine]:
    """The call under a title, in lines of `room` pt."""
    parts = labels.wrap(draft.subtitle, room, 7, "mono")
    broken = [labels.words(part, 7, font="mono", tint=MUTED) for part in parts]
    if isinstance(draft.subtitle, Message) or not draft.subtitle:
        return broken if draft.subtitle else []
    return list(claiming(broken, draft.subtitle, draft.code))


def lines(title: str, draft: Draft, room: float) -> list[tuple[TextLine, float]]:
    """The lines in `room` pt, each with the height it takes."""
    broken = labels.wrap(user_text(title), room, 9, "bold") if title else []
    found = [(labels.words(part, 9, font="bold"), 12.0) for part in broken]
    if broken and (whole := _titled(broken[-1], draft)).width <= room:
        found[-1] = (whole, 12.0)
    elif draft.view and title:
        found.append((labels.words(draft.view, 8, tint=MUTED), 11.0))
    found += [(line, 10.0) for line in called(draft, room)]
    if found:
        lowest, step = found[-1]
        found[-1] = (lowest, step + 6)
    return found
