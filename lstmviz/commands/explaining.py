"""What the commands say of an error: for people, in one line, and as data."""

from __future__ import annotations

from typing import Any

from lstmviz.errors import (
    FigureError,
    LstmvizError,
    Problem,
    SpecError,
)


def entries(error: LstmvizError) -> list[dict[str, Any]]:
    """An error as ``{"file", "line", "column", "code", "path", "message", "hint"}``."""
    from lstmviz.spec.report import to_json  # noqa: PLC0415

    code = type(error).__name__.removesuffix("Error").lower()
    shown = as_problem(error) or SpecError([Problem(code, reason(error))])
    return to_json(shown)["errors"]


def in_words(error: SpecError, *, summary: bool = True) -> str:
    """Return all problems of a spec, each with its place; `summary` says how many there are."""
    from lstmviz.spec.report import to_text  # noqa: PLC0415  (pydantic takes 0.1 s)

    return to_text(error, summary=summary)


def as_problem(error: LstmvizError) -> SpecError | None:
    """The error as a problem of its spec, if it is one."""
    if isinstance(error, FigureError) and error.span:
        hint = f"this model can be drawn as {', '.join(error.can)}" if error.can else None
        return SpecError([Problem("figure", str(error), error.span, hint=hint)], error.span.file)
    return error if isinstance(error, SpecError) else None


def why(error: LstmvizError) -> str:
    """Why a file was not written: after its name, or with the place in the spec below."""
    shown = as_problem(error)
    return f"\n{in_words(shown, summary=False)}" if shown else f": {reason(error)}"


def reason(error: LstmvizError) -> str:
    """Say what an error means for a reader who knows the file already."""
    if isinstance(error, FigureError) and error.can:
        return f"{error}; this model can be drawn as {', '.join(error.can)}"
    return str(error)


def explained(error: LstmvizError) -> str:
    """An error as it is shown where nothing was to be written."""
    shown = as_problem(error)
    return in_words(shown, summary=False) if shown else reason(error)


def in_one_line(error: LstmvizError) -> str:
    """The first thing that an error says, its place before it."""
    shown = as_problem(error)
    if shown is None or not shown.problems:
        return reason(error)
    first, *more = shown.problems
    span = first.span
    where = f"{span.file}:{span.line}:{span.column}" if span else shown.source
    hint = f" ({first.hint})" if first.hint else ""
    rest = f", and {len(more)} more" if more else ""
    return f"{where}: error[{first.code}]: {first.message}{hint}{rest}"
