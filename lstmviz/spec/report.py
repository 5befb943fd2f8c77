"""A SpecError for people, with the source line and a caret, and for programs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from lstmviz.errors import Problem, SpecError

_LINES = 40
"""What one screen holds; the first problems are shown with their line."""
_FULL = 5
_TAB = 4
_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_UNSEEN = "�"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def to_text(error: SpecError, *, columns: int = 110, summary: bool = True) -> str:
    """Write an error as a terminal shows it, at most one screen of it.

    Without the `summary` it ends after the last problem.

    >>> from lstmviz.errors import Problem, Span, SpecError
    >>> span = Span("a.yaml", 1, 12, 22, "  - lstm: {hiden_size: 16}")
    >>> problem = Problem("unknown-key", "'hiden_size' is not an option of lstm", span, hint="a hint")
    >>> print(to_text(SpecError([problem], "a.yaml")))
    a.yaml:1:12: error[unknown-key]: 'hiden_size' is not an option of lstm
      |
    1 |   - lstm: {hiden_size: 16}
      |            ^^^^^^^^^^ a hint
    <BLANKLINE>
    1 error in a.yaml; nothing was written
    """
    count = len(error.problems)
    full = count if count * _FULL < _LINES else max((_LINES - 2 - count) // (_FULL - 1), 3)
    blocks = ["\n".join(_block(p, error.source, columns)) for p in error.problems[:full]]
    room = _LINES - 2 - full * _FULL
    rest = error.problems[full : count if count - full <= room else full + room - 1]
    brief = [_clip(_head(p, error.source), columns) for p in rest]
    if brief:
        left = count - full - len(brief)
        blocks.append("\n".join([*brief, *([f"… and {left} more"] if left else [])]))
    if not summary:
        return "\n\n".join(blocks)
    errors = "1 error" if count == 1 else f"{count} errors"
    where = f" in {_seen(error.source)}" if error.source else ""
    return "\n\n".join([*blocks, f"{errors}{where}; nothing was written"])


def to_json(error: SpecError) -> dict[str, list[dict[str, Any]]]:
    """Give an error as plain data; what has no place has null for it.

    >>> from lstmviz.errors import Problem, SpecError
    >>> to_json(SpecError([Problem("syntax", "the spec is empty")], "a.yaml"))["errors"][0]["line"] is None
    True
    """
    return {"errors": [_record(p, error.source) for p in error.problems]}


def _record(problem: Problem, source: str) -> dict[str, Any]:
    span = problem.span
    return {
        "file": span.file if span else source,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "code": problem.code,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
    }


def _head(problem: Problem, source: str) -> str:
    span = problem.span
    place = f"{span.file}:{span.line}:{span.column}: " if span else f"{source}: " if source else ""
    at = f" (at {problem.path})" if problem.path and not span else ""
    return _seen(f"{place}error[{problem.code}]: {problem.message}{at}")


def _block(problem: Problem, source: str, columns: int) -> Iterator[str]:
    yield _head(problem, source)
    span, hint = problem.span, _seen(problem.hint or "")
    if span is None:
        if hint:
            yield f"  = {hint}"
        return
    number = str(span.line)
    gutter = " " * len(number)
    line, start, length = window(span.text, span.column - 1, span.end_column - 1, columns - len(number) - 3)
    # A long place gives way to its hint.
    length = max(min(length, columns - len(number) - 4 - start - len(hint)), 1)
    carets = " " * start + "^" * length
    yield f"{gutter} |"
    yield f"{number} | {line}".rstrip()
    yield f"{gutter} | {carets} {hint}".rstrip()


def window(text: str, start: int, end: int, columns: int) -> tuple[str, int, int]:
    """The part of a line around a place, where it is in it, and how wide.

    Positions in the text count characters; those returned count columns of a
    terminal, in which Chinese takes two and a tab becomes spaces.

    >>> window("标签: yes", 4, 7, 80)
    ('标签: yes', 6, 3)
    >>> window("x" * 50 + "abc" + "y" * 50, 50, 53, 20)
    ('…xxxxxxxxxabcyyyyyy…', 10, 3)
    """
    cells = list(_cells(text))
    start = min(start, len(cells))
    end = max(min(end, len(cells)), start)
    first, last = 0, len(cells)
    if sum(w for _, w in cells) > columns:
        first, last = _around(cells, start, columns)
        end = min(end, last)
    left = "…" if first else ""
    right = "…" if last < len(cells) else ""
    shown = "".join(c for c, _ in cells[first:last])
    offset = len(left) + sum(w for _, w in cells[first:start])
    return left + shown + right, offset, max(sum(w for _, w in cells[start:end]), 1)


def _around(cells: list[tuple[str, int]], start: int, columns: int) -> tuple[int, int]:
    """Which cells to show: half a line before the place, and what fits after."""
    first = start
    after = sum(w for _, w in cells[start:])
    room = max(columns // 2, columns - 1 - after) - 1
    while first > 0 and cells[first - 1][1] <= room:
        first -= 1
        room -= cells[first][1]
    room = columns - 1 - sum(w for _, w in cells[first:start]) - bool(first)
    last = start
    while last < len(cells) and cells[last][1] <= room:
        room -= cells[last][1]
        last += 1
    return first, last


def _cells(text: str) -> Iterator[tuple[str, int]]:
    """Each character as it is shown, with the columns that it takes."""
    column, before = 0, ""
    for i, character in enumerate(text):
        after = text[i + 1 : i + 2]
        if character == "\t":
            width = _TAB - column % _TAB
            yield " " * width, width
        elif not _visible(character):
            width = 1
            yield _UNSEEN, width
        else:
            width = 0 if before == _JOINER else _width(character, before, after)
            yield character, width
        column += width
        before = character


def _width(character: str, before: str, after: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    if "\U0001f3fb" <= character <= "\U0001f3ff" and before:
        return 0  # a skin tone joins the emoji before it
    wide = unicodedata.east_asian_width(character) in {"W", "F"} or after == _EMOJI_STYLE
    return 2 if wide else 1


def _visible(character: str) -> bool:
    """Whether a terminal can be given this character as it is."""
    return unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"} and character not in _BIDI


def _seen(text: str) -> str:
    return "".join(c if _visible(c) else _UNSEEN for c in text)


def _clip(text: str, columns: int) -> str:
    return text if len(text) <= columns else text[: columns - 1] + "…"
