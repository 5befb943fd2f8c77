"""The words of figures in the reader's language.

Figures are written in plain English. While `speaking` holds, `said` gives each
phrase in another language before it is measured; `scene.labels` is where that
happens. Texts marked `Own` (the user's, and what is translated already) stay.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

from lstmviz.translation.catalogue import Catalogue, catalogue_of
from lstmviz.translation.messages import LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

_spoken: ContextVar[Catalogue | None] = ContextVar("lstmviz-language", default=None)


class Own(str):  # noqa: SLOT000  (text cannot have slots with a value)
    """Text that is never translated: the user's own, or translated already.

    `means` is the English of what was translated.
    """

    means: str = ""


def own(text: str, means: str = "") -> Own:
    """The text, marked; `means` if it is a translation."""
    marked = Own(text)
    marked.means = means
    return marked


@contextlib.contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Let `said` translate into a language while the block runs."""
    token, other = _spoken.set(None if language == "en" else catalogue_of(language)), LANGUAGE.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)
        LANGUAGE.reset(other)


def said(text: str) -> str:
    """A phrase of the figures' English in the reader's language; the same phrase if that is English.

    >>> said("time")
    'time'
    >>> with speaking("zh"):
    ...     print(said("time"), said("layer 3"), said(Own("time")))
    时间 第 3 层 time
    """
    spoken = _spoken.get()
    if spoken is None or isinstance(text, Own):
        return text
    found = spoken.said(text)
    return own(found, text if found != text else "")
