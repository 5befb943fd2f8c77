"""What usually stands behind a syntax error: the parser sees its effect, often a line later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_COLON = re.compile(r"mapping values are not allowed|could not find expected ':'")
_BLOCK = re.compile(r"did not find expected key|expected '-' indicator|block end|block mapping")
_FLOW = re.compile(r"expected ',' or '(?P<close>.)'")
_KEY = re.compile(r"(\s*(?:- +)*)(['\"]?[A-Za-z_][\w.]*['\"]?)(\s*)([:=：]?)(\s*)(.*?)\s*(?:\s#.*)?")
_TEXT = re.compile(r"\s*(?:- +)*[^\s:]+:\s+(?P<text>\S.*)")
_ODD_SPACE = re.compile("[\xa0\u3000\u2003]")
_SIGNS = {
    "": ("'{}' has no ':' after it", "write"),
    ":": ("a ':' without a space after it", "write a space after the colon:"),
    "：": ("'：' is not the ':' of YAML", "write"),
    "=": ("YAML has no '='", "write"),
}
"""What stands after a key that is none, and what to do."""
_CLOSES = {"]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip of the fingers: its place (from zero, the end exclusive), and what to do."""

    row: int
    column: int
    end: int
    message: str
    hint: str


def slip(complaint: str, row: int, column: int, lines: Sequence[str], opened: int | None) -> Slip | None:
    """The slip behind a parser's complaint at a place; None if it is no usual one.

    `opened` is the row where what the parser was reading begins.
    """
    line = lines[row]
    if _COLON.search(complaint):
        return _colon(row, column, lines, opened)
    if flow := _FLOW.search(complaint):
        return _flow(row, column, line, flow["close"], alone=opened in {None, row})
    if _BLOCK.search(complaint):
        return _block(row, column, lines)
    return None


def _colon(row: int, column: int, lines: Sequence[str], opened: int | None) -> Slip | None:
    """A ':' where no key can be: one too many here, or one that is missing above."""
    line = lines[row]
    odd = line.find("：", 0, column)
    if odd >= 0 and ": " not in line[:odd]:
        return Slip(row, odd, odd + 1, _SIGNS["："][0], "write ': '")
    text = _TEXT.match(line)
    if text and text.start("text") < column < len(line) and line[column] == ":":
        words = text["text"].rstrip()
        quoted = f'"{words}"' if "'" in words else f"'{words}'"
        return Slip(row, column, column + 1, "a ': ' inside text", f"quote the text: {quoted}")
    above = next((r for r in range(row - 1, -1, -1) if lines[r].strip()), None)
    for place in (opened, above):
        if place is not None and place < row and (found := _key(place, lines[place])):
            return found
    if above is not None and _indent(line) > _indent(lines[above]):
        return _deeper(row, above, lines)
    return None


def _key(row: int, line: str) -> Slip | None:
    """A line that was to be a key and is none."""
    if odd := _ODD_SPACE.match(line.lstrip(" ")):
        column = line.index(odd.group())
        return Slip(row, column, column + 1, "this is not the space of YAML", "indent with ordinary spaces")
    found = _KEY.fullmatch(line)
    if not found:
        return None
    start, name, _, sign, space, rest = found.groups()
    if sign == ":" and (space or not rest):
        return None
    message, hint = _SIGNS[sign]
    column, end = found.span(4) if sign else (len(start), len(start) + len(name))
    return Slip(row, column, end, message.format(name), f"{hint} {name}: {rest}".rstrip())


def _deeper(row: int, above: int, lines: Sequence[str]) -> Slip:
    """A line that stands deeper than the key above it."""
    wide = _indent(lines[above])
    column = _indent(lines[row])
    hint = f"indent it by {wide} spaces, like line {above + 1}" if wide else f"begin it like line {above + 1}"
    return Slip(row, column, column + 1, "this line is indented deeper than the one above it", hint)


def _block(row: int, column: int, lines: Sequence[str]) -> Slip | None:
    """Something after the end of a value, or a line that fits none above it."""
    line = lines[row]
    character = line[column : column + 1]
    if character in _CLOSES:
        return Slip(row, column, column + 1, f"a '{character}' too many", "delete it")
    quote = line[column - 1 : column] if column else ""
    if quote in {"'", '"'} and line[:column].strip():
        hint = "write '' for an apostrophe" if quote == "'" else 'write \\" for a quote inside quotes'
        return Slip(row, column - 1, column, f"the text ends at this {quote}, but more follows", hint)
    above = next((r for r in range(row - 1, -1, -1) if lines[r].strip()), None)
    if above is None or line[:column].strip() or _indent(lines[above]) == column:
        return None
    wide = _indent(lines[above])
    hint = f"indent it by {wide} spaces, like line {above + 1}"
    return Slip(row, column, column + 1, "this line does not fit the ones above it", hint)


def _flow(row: int, column: int, line: str, close: str, *, alone: bool) -> Slip | None:
    """Inside [ ] or { }: a comma that is missing or none, or the wrong bracket."""
    character = line[column : column + 1]
    if character in _CLOSES and character != close:
        message = f"'{character}' cannot close a '{_CLOSES[close]}'"
        return Slip(row, column, column + 1, message, f"write '{close}'")
    for wrong in ";，、":
        if (at := line.rfind(wrong, 0, column)) >= 0:
            return Slip(row, at, at + 1, f"'{wrong}' does not separate entries", "write ', '")
    words = re.search(r"[^\s,{\[:]\s+(?P<next>[\w.-]+)$", line[:column])
    if words and character == ":" and alone:
        at = words.start("next")
        return Slip(
            row, at, column, f"a ',' is missing before '{words['next']}'", "write ', ' between entries"
        )
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
