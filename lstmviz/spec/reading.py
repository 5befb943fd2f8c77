"""Bytes into text, and what to say when they are not a YAML text."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
from pathlib import Path
from typing import Any

from lstmviz.errors import Problem, Span, SpecError
from lstmviz.spec.syntax_slips import slip
from lstmviz.suggestions import did_you_mean, guess

MAX_BYTES = 1024 * 1024

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_WORDING = (
    (r"expected (the )?node content", "a value is missing here", None),
    (r"violates indentation", "a tab cannot indent YAML", "indent with spaces"),
    (r"found unexpected ':'", "a ':' without a value", "write a space after the colon"),
    (r"alphabetic or numeric character", "'*' and '&' begin an alias and an anchor", "put text in quotes"),
    (
        r"mapping values are not allowed",
        "a ':' where no key can be",
        "indent by spaces to the same column as the keys around it, or quote the text",
    ),
    (r"did not find expected ',' or '(.)'|expected ',' or '(.)'", "a ',' or '{}' is missing", None),
    (r"unexpected end of stream", "the quote that opens here is never closed", "close it on the same line"),
    (
        r"expected '-' indicator|block end|block mapping",
        "this line does not fit the ones above it",
        "indent it by spaces to the same column as the lines it belongs to",
    ),
    (r"could not find expected ':'", "a key without ': ' and a value", "write a space after the colon"),
    (
        r"unknown escape character",
        "an unknown escape in double quotes",
        "double the backslash, or use single quotes",
    ),
    (r"undefined tag handle", "a tag that is not allowed: a spec is data only", None),
)


def read(path: str | os.PathLike[str]) -> str:
    """Read the text of a file; SpecError (`unreadable`) if that fails."""
    file = os.fspath(path)
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        with contextlib.suppress(OSError):  # a folder that may not be read, too long a name
            raise _unreadable(file, "there is no such file", _near(file)) from None
        raise _unreadable(file, "there is no such file", None) from None
    except IsADirectoryError:
        raise _unreadable(file, "this is a directory, not a file", None) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(file, f"cannot be read: {reason}", None) from error
    return decode(data, file)


def decode(data: bytes, file: str) -> str:
    r"""Turn the bytes of a file into text, with or without a byte-order mark.

    Raises SpecError for what is too big or is not UTF-8 (or marked UTF-16).

    >>> decode(b"\xef\xbb\xbfa: 1", "a.yaml")
    'a: 1'
    """
    if len(data) > MAX_BYTES:
        raise SpecError([Problem("too-big", f"the spec is bigger than {MAX_BYTES // 1024} KiB")], file)
    bom, encoding = next(((b, e) for b, e in _BOMS if data.startswith(b)), (b"", "utf-8"))
    try:
        return data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        good = data[len(bom) : len(bom) + error.start].decode(encoding, "replace")
        line = source_lines(good)[-1]
        span = Span(file, len(source_lines(good)), len(line) + 1, len(line) + 2, line)
        name = encoding.upper()
        problem = Problem("unreadable", f"this is not {name} text", span, hint="save the file as UTF-8")
        raise SpecError([problem], file) from error


def source_lines(text: str) -> list[str]:
    r"""Split a text where YAML sees its lines end.

    >>> source_lines("a\r\nb\n")
    ['a', 'b', '']
    """
    return _BREAK.split(text)


def check_characters(text: str, file: str, lines: list[str]) -> None:
    """Raise SpecError at the first character that YAML text cannot hold."""
    if len(text) > MAX_BYTES:
        raise SpecError([Problem("too-big", f"the spec is bigger than {MAX_BYTES // 1024} KiB")], file)
    found = _UNPRINTABLE.search(text)
    if not found:
        return
    before = source_lines(text[: found.start()])
    column = len(before[-1]) + 1
    span = Span(file, len(before), column, column + 1, lines[len(before) - 1])
    hint = "save the file as UTF-8" if found.group() == "\0" else "delete it"
    message = f"the character U+{ord(found.group()):04X} cannot be in a spec"
    raise SpecError([Problem("syntax", message, span, hint=hint)], file)


def unprintable(text: str) -> str | None:
    r"""The first character of a text that no figure can show, or None.

    >>> unprintable("a\x07b"), unprintable("Ürümqi 🙂")
    ('\x07', None)
    """
    found = _UNPRINTABLE.search(text)
    return found.group() if found else None


def friendly(error: Any, file: str, lines: list[str]) -> Problem:
    """Put a parser's error in words that help, at the place that helps."""
    text = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    mark = getattr(error, "problem_mark", None)
    opened = getattr(error, "context_mark", None)
    at_end = mark is None or not "".join(lines[mark.line :])[mark.column :].strip()
    if opened and (re.search("end of stream|alphabetic", text) or at_end):
        mark = opened
    row, column = _inside(mark, lines)
    if not at_end and (found := slip(text, row, column, lines, opened.line if opened else None)):
        span = Span(file, found.row + 1, found.column + 1, found.end + 1, lines[found.row])
        return Problem("syntax", found.message, span, hint=found.hint)
    line = lines[row]
    message, hint = _words(text, line[column : column + 1], line)
    if "',' or" in text and opened:
        bracket = lines[opened.line][opened.column : opened.column + 1]
        if at_end:
            message = f"'{bracket}' is never closed"
        elif opened.line != row:
            hint = f"'{bracket}' opens in line {opened.line + 1}"
    return Problem("syntax", message, Span(file, row + 1, column + 1, column + 2, line), hint=hint)


def _inside(mark: Any, lines: list[str]) -> tuple[int, int]:
    """The line and column of a mark, or of the last character before it."""
    row, column = (mark.line, mark.column) if mark else (0, 0)
    if row < len(lines) and (lines[row].strip() or row == 0):
        return row, column
    last = max((i for i, line in enumerate(lines[:row]) if line.strip()), default=0)
    return last, max(len(lines[last].rstrip()) - 1, 0)


def _words(text: str, character: str, line: str) -> tuple[str, str | None]:
    if "cannot start any token" in text:
        if character == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
            return "a tab cannot indent YAML", "indent with spaces"
        if line.startswith("```"):
            return "this line is Markdown's, not YAML's", "leave out the lines with ```"
        return f"text cannot begin with '{character}'", "put the text in quotes"
    for pattern, message, hint in _WORDING:
        if found := re.search(pattern, text):
            return message.format(*[g for g in found.groups() if g]), hint
    return text, None


def _unreadable(file: str, message: str, hint: str | None) -> SpecError:
    return SpecError([Problem("unreadable", message, hint=hint)], file)


def _near(file: str) -> str | None:
    """What may have been meant by the name of a missing file."""
    if ": " in file or "{" in file:
        return "YAML text is told from a path by a line break"
    path = Path(file)
    others = [path.with_name(path.name + s) for s in (".yaml", ".yml")]
    others += [path.with_suffix(s) for s in (".yaml", ".yml") if path.name]
    if path.parent.is_dir():
        specs = [p.name for p in path.parent.iterdir() if p.suffix in {".yaml", ".yml"}]
        others += [path.with_name(n) for n in [guess(path.name, specs)] if n]
    found = next((p for p in others if p.is_file()), None)
    return did_you_mean(str(found)) if found else None
