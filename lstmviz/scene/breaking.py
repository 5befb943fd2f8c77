"""Texts broken into lines that fit, and cut short where one line must do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

from lstmviz.scene.items import Font
from lstmviz.scene.metrics import CJK, text_width
from lstmviz.translation.messages import Message

_OPENS, _CLOSES = "（「《【“‘", "，。、；：？！）」》】”’…"
_PIECE = re.compile(rf"\s*[{_OPENS}]*(?:[{CJK}][{_CLOSES}]*|[^\s{CJK}{_OPENS}]+)|\s*[{_OPENS}]+")
"""A word, or one Chinese character, with the space before it and the signs that stay at it."""


Text = TypeVar("Text", str, Message)


@overload
def wrap(text: str, width: float, size: float, font: Font = "sans") -> list[str]: ...
@overload
def wrap(text: Message, width: float, size: float, font: Font = "sans") -> list[Message]: ...
@overload
def wrap(text: str | Message, width: float, size: float, font: Font = "sans") -> Sequence[str | Message]: ...
def wrap(text: str | Message, width: float, size: float, font: Font = "sans") -> Sequence[str | Message]:
    """Lines that fit `width` pt.

    Broken at spaces and between Chinese characters, or inside a word if need be.
    """
    if isinstance(text, Message):
        return list(_parts(text, _lines(text.text, width, size, font)))
    return _lines(text, width, size, font)


def _parts(whole: Message, lines: Iterable[str]) -> Iterator[Message]:
    """A message line by line."""
    at = 0
    for line in lines:
        at = whole.text.find(line, at) if line in whole.text[at:] else at
        yield whole.part(line, at)
        at += len(line)


ORPHAN = 0.45
"""A last line that is shorter than this part of the longest is an orphan."""


def _lines(text: str, width: float, size: float, font: Font) -> list[str]:
    """As few lines as fit; where the last would be an orphan, they are about equally long.

    >>> _lines("steps and units count from 1, layers and samples from 0", 186.0, 7, "sans")
    ['steps and units count from 1,', 'layers and samples from 0']
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        pieces = _calls(paragraph, width, size) if font == "mono" else _pieces(paragraph)
        lines += _evened(pieces, width, size, font)
    return lines


def _evened(pieces: list[str], width: float, size: float, font: Font) -> list[str]:
    """Lines of `width` pt, or of less where that makes no more of them and the last is no orphan.

    Of several such, those that break after a comma, then the most even.
    """

    def wide(text: str) -> float:
        return text_width(text.strip(), font, size)

    def orphaned(lines: list[str]) -> bool:
        return len(lines) > 1 and wide(lines[-1]) < ORPHAN * max(map(wide, lines))

    whole = _filled(pieces, width, size, font)
    if not orphaned(whole):
        return whole
    least = max(width / 2, *map(wide, pieces))
    tried = [_filled(pieces, least + (width - least) * k / 24, size, font) for k in range(24)]
    fitting = [lines for lines in tried if len(lines) == len(whole) and not orphaned(lines)]
    ends = [sum(line.endswith(tuple(",;:，；：、")) for line in lines[:-1]) for lines in fitting]
    return fitting[ends.index(max(ends))] if fitting else whole


def _filled(pieces: list[str], width: float, size: float, font: Font) -> list[str]:
    """Lines of a paragraph, each as long as fits."""
    lines: list[str] = []
    line = ""
    for word in pieces:
        if text_width((line + word).strip(), font, size) <= width:
            line += word if line else word.lstrip()
            continue
        lines += [line.rstrip()] if line else []
        line = word.strip()
        while text_width(line, font, size) > width and len(line) > 1:
            fit = _prefix(line, width, size, font)
            lines.append(line[:fit])
            line = line[fit:]
    return [*lines, line.rstrip()]


@overload
def clauses(text: str, width: float, size: float) -> list[str]: ...
@overload
def clauses(text: Message, width: float, size: float) -> list[Message]: ...
def clauses(text: Any, width: float, size: float) -> list[Any]:
    """Lines that fit `width` pt; a text that is too long breaks after its colon first."""
    lines: list[Any] = wrap(text, width, size)
    whole: str = text.text if isinstance(text, Message) else text
    colon = re.search(r": |：", whole)
    if len(lines) == 1 or colon is None:
        return lines
    first = _cut(text, 0, colon.start() + 1)
    return [*wrap(first, width, size), *wrap(_cut(text, colon.end(), len(whole)), width, size)]


def _cut(text: Text, start: int, end: int) -> Text:
    """A part of a text, or of a message."""
    return text.part(text.text[start:end], start) if isinstance(text, Message) else text[start:end]


def _calls(line: str, width: float, size: float) -> list[str]:
    """Where a line of code may be broken: before a call of a method, or between words where that is too long.

    >>> _calls("X.transpose(0, 1).reshape(N, T)", 400.0, 7)
    ['X.transpose(0, 1)', '.reshape(N, T)']
    """
    parts = re.split(r"(?<=\))(?=\.\w)", " ".join(line.split()))
    whole = all(text_width(part, "mono", size) <= width for part in parts)
    return parts if len(parts) > 1 and whole else _pieces(line)


def _pieces(paragraph: str) -> list[str]:
    """Where a line may be broken: the words, each with a space before it.

    >>> _pieces("a layer"), _pieces("每一步 h（隐藏）")
    (['a', ' layer'], ['每', '一', '步', ' h', '（隐', '藏）'])
    """
    return _PIECE.findall(" ".join(paragraph.split()))


def _prefix(text: str, width: float, size: float, font: Font) -> int:
    """How many characters fit, at least one."""
    total = 0.0
    for i, char in enumerate(text):
        total += text_width(char, font, size)
        if total > width:
            return max(1, i)
    return len(text)


def shorten(text: Text, width: float, size: float, font: Font = "sans") -> Text:
    """The text, or as much of it as fits `width` pt with … at its end."""
    if isinstance(text, Message):
        if text_width(text.text, font, size) <= width:
            return text
        fit = _prefix(text.text, width - text_width("…", font, size), size, font)
        return text.part(text.text[:fit].rstrip() + "…", 0)
    if text_width(text, font, size) <= width:
        return text
    fit = _prefix(text, width - text_width("…", font, size), size, font)
    return text[:fit].rstrip() + "…"
