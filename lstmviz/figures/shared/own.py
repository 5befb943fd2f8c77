"""Models whose recurrence is a loop of the user's own code: which kinds of figure take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstmviz.figures.recurrences import lacking
from lstmviz.network.own_recurrences import own_recurrences

if TYPE_CHECKING:
    from lstmviz.figures.base import Subject


def refuse(subject: Subject) -> str | None:
    """Why a model cannot be shown step by step, or None: its own loops count as well."""
    return None if own_recurrences(subject.trace) else lacking(subject.trace)


def no_bare(subject: Subject) -> str | None:
    """Why a model is not drawn bare: it has loops of its own alone; None if it has a layer of torch's."""
    if subject.trace.recurrent:
        return None
    return "detail: low draws torch's layers, and this model's recurrence is a loop of its own code"
