"""What figures say, by id: one message with its English, its Chinese, and what of the model it asserts.

A message is a template of Python's own `str.format`; ``{n:step|steps}`` is the word for the number ``n``.
The texts stand in `messages/`, a YAML file per room, both languages side by side, to be read together. Why
neither Fluent nor gettext reads them: docs/decisions.md.

What is put into a message is put there as it is, never looked up: names, labels, numbers, or another message.
What stands between asterisks in a text of the catalogue is set as a formula (`figures/shared/formulas.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import pairwise
from string import Formatter
from typing import Any

from lstmviz.records import record
from lstmviz.translation.letters import LETTERS, spell
from lstmviz.translation.reader import reader

MARK = "\N{INVISIBLE SEPARATOR}"
"""What an asterisk of the catalogue becomes, so that one of a user's own stays what it is."""
_LETTERS = frozenset(LETTERS.values())
_FULL = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


@record(frozen=True, slots=True)
class Entry:
    """A message of the catalogue; it asserts a `fact`, or is `mere` words (an axis, a heading …)."""

    id: str
    texts: dict[str, str]
    fact: str = ""
    mere: str = ""


@record(frozen=True, slots=True)
class Message:
    """A message in the reader's language, or a part of it that stands on a line of its own.

    `given` is what was put into it and what it is about; a text of the user's has no id.
    """

    text: str
    english: str
    id: str = ""
    given: tuple[tuple[str, Any], ...] = ()
    start: int = 0
    """Where in the whole message this part begins."""
    of: tuple[tuple[int, Message], ...] = ()
    """The messages that make it up, each with where it begins in the whole."""

    def part(self, text: str, start: int) -> Message:
        """Return a part of it; the first one bears the English of all."""
        english = text if self.text == self.english else self.english if start == 0 else ""
        return replace(self, text=text, english=english, start=self.start + start)

    def messages(self) -> Iterator[Message]:
        """Yield what of each message it is made of is in it; itself, if it is one."""
        if not self.of:
            yield self
        end = self.start + len(self.text.removesuffix("…"))
        for at, one in self.of:
            low, high = max(self.start, at) - at, min(end - at, len(one.text))
            if low < high:
                yield from one.part(one.text[low:high], low).messages()

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.text)


class Note(str):  # noqa: SLOT000  (text cannot have slots with a value)
    """A message in English that remembers what it is, so that a figure can say it in other languages."""

    id: str = ""
    given: tuple[tuple[str, Any], ...] = ()


def note(id: str, /, **given: Any) -> Note:
    """Return a message as a note of a trace; a list of names is told with commas."""
    plain = {name: value if isinstance(value, int) else str(value) for name, value in given.items()}
    text = Note(_filled(entry(id).texts["en"], plain, "en"))
    text.id, text.given = id, tuple(plain.items())
    return text


def noted(text: str) -> Message:
    """Return a note in the reader's language; what is no message stays as it is."""
    return message_from_facts(text.id, text.given) if isinstance(text, Note) else user_text(text)


def lettered(symbol: str) -> str | Message:
    """Return a symbol in a sentence: the field's, or a letter of the reader's own, which asserts nothing."""
    own = spell(symbol)
    return symbol if own == symbol else user_text(own)


def user_text(text: str) -> Message:
    """Return a text of the user's own, in whatever language it is."""
    return Message(text, text)


def message(id: str, /, **given: Any) -> Message:
    """Return what a message says in the reader's language, ``{T}`` in it in the reader's letters.

    >>> message("tensors.first-step").text
    'first step'
    """
    return _message(id, given, reader().language)


def _message(id: str, given: dict[str, Any], language: str) -> Message:
    texts = entry(id).texts
    given |= {one: lettered(one) for one in _lettered(texts["en"]) if one not in given}
    english = _filled(texts["en"], given, "en")
    text = english if language == "en" else _filled(texts[language], given, language)
    return Message(text, english, id, tuple((name, _plain(value)) for name, value in given.items()))


def message_from_facts(id: str, given: Any, language: str | None = None) -> Message:
    """Return the message that these facts, as a claim holds them, say: in a language, or the reader's."""
    language = language or reader().language
    return _message(id, {name: _said(value, language) for name, value in given}, language)


def bare(text: str) -> str:
    """Return a text of a message without the marks of its formulas."""
    return text.replace(MARK, "")


JOINTS = {" ": "", ", ": "，", "; ": "；", ": ": "：", " and ": " 和 ", " to ": " 到 "}
"""What stands between messages in Chinese."""
ENGLISH = {chinese: english for english, chinese in JOINTS.items()}


def joined(separator: str, *parts: Message, other: str | None = None) -> Message:
    """Return several messages as one text that knows its parts; in Chinese `other` separates them."""
    return _joined(separator, parts, other, reader().language)


def _joined(separator: str, parts: Sequence[Message], other: str | None, language: str) -> Message:
    live = [one for one in parts if one]
    if language == "en":
        other = separator
    elif other is None:
        other = JOINTS.get(separator, separator)
    text = ""
    of: list[tuple[int, Message]] = []
    for one in live:
        text += other if of else ""
        of.append((len(text), one))
        text += one.text
    return Message(text, separator.join(one.english for one in live), of=tuple(of))


def entry(id: str) -> Entry:
    """Return a message of the catalogue; KeyError if there is none."""
    return room(id.partition(".")[0])[id]


@cache
def room(name: str) -> dict[str, Entry]:
    """Return the messages of a room: ``grid``, ``cube`` …"""
    import yaml  # noqa: PLC0415  (importing lstmviz is quick)

    text = resources.files("lstmviz.translation").joinpath(f"messages/{name}.yaml").read_text("utf-8")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast
    data = yaml.load(text, loader)  # noqa: S506  (both are safe loaders)
    return {f"{name}.{key}": _entry(f"{name}.{key}", one) for key, one in data.items()}


def _entry(id: str, one: dict[str, Any]) -> Entry:
    texts = {language: str(one[language]).replace("*", MARK) for language in ("en", "zh")}
    return Entry(id, texts, one.get("fact", ""), one.get("is", ""))


def rooms() -> list[str]:
    """Return the names of all rooms."""
    found = resources.files("lstmviz.translation").joinpath("messages").iterdir()
    return sorted(one.name.removesuffix(".yaml") for one in found if one.name.endswith(".yaml"))


def fields(text: str) -> set[str]:
    """Return what has to be put into a text; not what only chooses between two words."""
    return {name for _, name, spec, _ in _parsed(text) if name and "|" not in (spec or "")}


@cache
def _lettered(text: str) -> tuple[str, ...]:
    """Return which letters of an axis a text of the catalogue has."""
    return tuple(sorted(fields(text) & _LETTERS))


@cache
def _parsed(text: str) -> tuple[tuple[str, str | None, str | None, str | None], ...]:
    """Return a template's parts; there are as many as the catalogue has texts."""
    return tuple(Formatter().parse(text))


def _filled(text: str, given: dict[str, Any], language: str) -> str:
    """Fill a template; Chinese without the spaces that set off what is not."""
    parts: list[str] = []
    for before, name, spec, _ in _parsed(text):
        value = "" if name is None else _shown(given[name], spec or "", language)
        if language != "en":
            before = before.removeprefix(" ") if parts and _FULL.match(parts[-1][-1:]) else before  # noqa: PLW2901
            before = before.removesuffix(" ") if _FULL.match(value[:1]) else before  # noqa: PLW2901
        parts += [before, value]
    return "".join(parts)


def _shown(value: Any, spec: str, language: str) -> str:
    """Write a value: a message in the language, a number, or the word for that number."""
    if isinstance(value, Message):
        return value.english if language == "en" else value.text
    if spec == "ordinal":
        return ordinal(value)
    if spec == "th":
        return f"{value}{_ending(value)}"
    if spec == "a":
        return f"{'an' if value.startswith(('LSTM', 'RNN')) else 'a'} {value}"
    if "|" in spec:
        one, many = spec.split("|")
        return one if value == 1 else many
    return format(value, spec)


def ordinal(number: int) -> str:
    """Return which one it is, in words, counted from 1.

    >>> ordinal(2), ordinal(21)
    ('second', '21st')
    """
    named = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    if number <= len(named):
        return named[number - 1]
    return f"{number}{_ending(number)}"


def _ending(number: int) -> str:
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in {11, 12, 13} else "th"


def _plain(value: Any) -> Any:
    """Return what a claim can hold of a value."""
    if isinstance(value, Message) and value.of:
        between = [value.text[a + len(one.text) : b] for (a, one), (b, _) in pairwise(value.of)]
        return ("joined", between[0] if between else "", tuple(_plain(one) for _, one in value.of))
    if isinstance(value, Message):
        return ("said", value.id, value.given) if value.id else ("own", value.text)
    return value


def _said(value: Any, language: str) -> Any:
    match value:
        case ("said", str(id), given):
            return message_from_facts(id, given, language)
        case ("own", str(text)):
            return user_text(text)
        case ("joined", str(between), parts):
            read = [_said(part, language) for part in parts]
            return _joined(ENGLISH.get(between, between), read, between, language)
    return value
