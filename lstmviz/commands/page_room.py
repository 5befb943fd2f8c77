"""Figures that are higher than their page, said with the option that makes them fit: tried, not guessed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmviz.errors import FigureError
from lstmviz.figure_requests import FigurePlan
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.figures.pages import TALLEST
from lstmviz.scene.paper import HEIGHT, MM, TEXT
from lstmviz.scene.scene import Scene

ROOM = dict(zip(("column", "text"), TALLEST, strict=True))
"""How high a figure of a named width may be, pt."""
PLACE = {"column": "a column", "text": "a page"}


def too_high(scene: Scene, plan: FigurePlan, subject: Subject, *, printed: bool) -> str:
    """Say that a figure is higher than its page has room for, and what helps; nothing if it is not.

    A figure of no named width is only held against a sheet of paper, and only if it is to be `printed`.
    """
    room = ROOM.get(plan.options.width)
    if room is None:
        high = printed and scene.height > HEIGHT and scene.width <= TEXT + 1
        return f"{_mm(scene.height)} mm high, a page of A4 has room for {_mm(HEIGHT)}" if high else ""
    if scene.height <= room + 0.5 or plan.panels:
        return ""
    said = f"{_mm(scene.height)} mm high, {PLACE[plan.options.width]} has room for {_mm(room)}"
    for option, value in _ways(plan):
        if (height := _height(plan, subject, {option: value})) is not None:
            return f"{said}: {option}: {_yaml(value)} makes it {_mm(height)}"
    return f"{said}, and no option makes it fit"


def _yaml(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()


def _ways(plan: FigurePlan) -> Iterator[tuple[str, str | bool]]:
    """Which options make a figure lower, the one that changes least first."""
    options = plan.options
    if options.legend != "off":
        yield "legend", "off"
    yield from ((name, False) for name in plan.kind.beyond_bare(options) if getattr(options, name) is True)
    if options.width == "column":
        yield "width", "text"
    if plan.kind.bare is not None and not plan.kind.is_bare(options):
        yield "detail", "low"


def _height(plan: FigurePlan, subject: Subject, more: dict[str, Any]) -> float | None:
    """How high the figure is with other options, if it then fits."""
    options = plan.options.model_copy(update=more)
    try:
        height = compose(plan.kind, subject, options).height
    except FigureError:
        return None
    return height if height <= ROOM[options.width] + 0.5 else None


def _mm(length: float) -> str:
    return f"{length / MM:.0f}"
