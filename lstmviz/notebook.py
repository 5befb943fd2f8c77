"""The cell magic ``%%lstmviz``: a spec as the cell of a notebook, its figures below."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from lstmviz import pipeline
from lstmviz.console import explained, say
from lstmviz.errors import ChoiceError, LstmvizError
from lstmviz.plans import plan_all
from lstmviz.spec.scalars import resolve

if TYPE_CHECKING:
    from lstmviz.figure import Figure

NAME = "cell"
"""What errors call the text of a cell."""


def lstmviz(line: str, cell: str) -> Figure | None:
    """Draw the spec that the cell holds.

    %%lstmviz [FIGURE ...] [OPTION=VALUE ...]

    FIGURE is a kind, or the name of one of the spec's figures; without one, all
    of them are drawn. OPTIONs are those of a figure:

    %%lstmviz grid width=column theme=dark
    """
    from IPython.display import display  # noqa: PLC0415  (only notebooks have it)

    try:
        figures = drawn(line, cell)
    except LstmvizError as error:
        say(explained(error))
        return None
    if len(figures) == 1:
        return figures[0]
    for figure in figures:
        display(figure)
    return None


def drawn(line: str, cell: str) -> list[Figure]:
    """The figures that a cell asks for."""
    names, options = _asked(line)
    spec = pipeline.load_bytes(cell.encode("utf-8", "replace"), NAME)
    if names:
        return [pipeline.draw(spec, name, **options) for name in names]
    subject = pipeline.trace(spec)
    return [pipeline.compose(subject, plan) for plan in plan_all(spec, subject, (), (), options)]


def _asked(line: str) -> tuple[list[str], dict[str, Any]]:
    """Names of figures, and options with their values.

    >>> _asked("grid width=column highlight=2 title='My LSTM'")
    (['grid'], {'width': 'column', 'highlight': 2, 'title': 'My LSTM'})
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ChoiceError(f"{line!r} cannot be read: {error}") from error
    pairs = [word.partition("=") for word in words]
    names = [name for name, equals, _ in pairs if not equals]
    return names, {key: resolve(value) for key, equals, value in pairs if equals}
