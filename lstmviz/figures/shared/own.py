"""Models whose recurrence is a loop of the user's own code: which kinds of figure take them."""

from __future__ import annotations

from lstmviz.figures.base import Subject
from lstmviz.figures.recurrences import lacking
from lstmviz.figures.shared.own_bare import directions, unfit
from lstmviz.network.own_recurrences import first_recurrence, own_recurrences
from lstmviz.network.recurrence import OwnLoop


def refuse(subject: Subject) -> str | None:
    """Why a model cannot be shown step by step, or None: its own loops count as well."""
    return None if own_recurrences(subject.trace) else lacking(subject.trace)


def no_bare(subject: Subject) -> str | None:
    """Why a model is not drawn bare, or None: its first recurrence is a loop that few words cannot tell."""
    loops = own_recurrences(subject.trace)
    return unfit(loops[0]) or None if loops and not subject.trace.recurrent else None


def no_bare_steps(subject: Subject) -> str | None:
    """Why a model is not drawn bare along time, or None: its first loop may be one direction of a layer."""
    first = first_recurrence(subject.trace, halves=True)
    two = directions(subject.trace, first) if isinstance(first, OwnLoop) else ""
    return no_bare(subject) or two or None


def no_bare_cell(subject: Subject) -> str | None:
    """Why a model's cell is not drawn bare: what a round of its own loop calls has no few words."""
    if subject.trace.recurrent:
        return None
    return (
        "detail: low draws the inside of torch's cells, and this model's recurrence is a loop of its own code"
    )
