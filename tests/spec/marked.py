"""Specs in which «» mark where an error must point."""

from __future__ import annotations

from lstmviz.errors import SpecError
from lstmviz.spec import load_text


def marked(text):
    """The text without its marks, and the line, column and end column of the first mark."""
    before, _, rest = text.partition("«")
    inside, _, _ = rest.partition("»")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    clean = text.replace("«", "").replace("»", "")
    return clean, line, column, column + len(inside)


def problems(text, **options):
    """All problems of a spec; none if it is fine."""
    try:
        load_text(text, "a.yaml", **options)
    except SpecError as error:
        return error.problems
    return ()


def check(text, code, hint, **options):
    """The spec has exactly this one problem, at the mark."""
    clean, line, column, end = marked(text)
    found = problems(clean, **options)
    assert [(p.code, p.span.line, p.span.column) for p in found] == [(code, line, column)], found
    (problem,) = found
    assert problem.span.file == "a.yaml"
    assert problem.span.text == clean.split("\n")[line - 1]
    assert problem.span.end_column == end
    if hint is None:
        assert problem.hint is None
    else:
        assert problem.hint is not None
        assert hint in problem.hint
    return problem
