"""The cell magic ``%%lstmviz``: a spec as the cell of a notebook, its figures below."""

from __future__ import annotations

from lstmviz.commands.console import say
from lstmviz.documents import document_figures
from lstmviz.errors import LstmvizError
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
        say(str(error))
        return None
    if len(figures) == 1:
        return figures[0]
    for figure in figures:
        display(figure)
    return None


def drawn(line: str, cell: str) -> list[Figure]:
    """The figures that a cell asks for."""
    names, options = document_figures.words_of(line)
    return [
        shown.figure for shown in document_figures.drawn(document_figures.request(NAME, cell, names, options))
    ]
