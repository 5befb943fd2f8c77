"""Who reads what is composed: in which language, and with which letters of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Reader:
    """The language of what is composed, and the reader's own letters by those that they replace."""

    language: Language = "en"
    letters: tuple[tuple[str, str], ...] = ()


USUAL = Reader()
_READER: ContextVar[Reader] = ContextVar("lstmviz-reader", default=USUAL)


def reader() -> Reader:
    """Return who reads what is composed here."""
    return _READER.get()


@contextlib.contextmanager
def _reading(**what: Any) -> Iterator[None]:
    token = _READER.set(replace(_READER.get(), **what))
    try:
        yield
    finally:
        _READER.reset(token)


def speaking(language: Language) -> contextlib.AbstractContextManager[None]:
    """Let messages be in a language while a block runs.

    >>> from lstmviz.translation.messages import message
    >>> with speaking("zh"):
    ...     print(message("layer.nth", n=3, layer="lstm").text)
    第 3 层
    """
    return _reading(language=language)


def spelling(letters: Mapping[str, str]) -> contextlib.AbstractContextManager[None]:
    """Let `spell` write a reader's own letters, by the letters that they replace, while a block runs.

    >>> from lstmviz.translation.letters import spell
    >>> with spelling({"H": "K"}):
    ...     print(spell("2H"), spell("T−1"))
    2K T−1
    """
    return _reading(letters=tuple(sorted(letters.items())))
