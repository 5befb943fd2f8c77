"""The words of figures in the reader's language.

Every sentence is a message with an id (`messages/`), in all languages side by side. Texts of the
user's own are put in, or set, as they are, and never looked up.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal

from lstmviz.translation.messages import LANGUAGE

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@contextlib.contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Let messages be in a language while the block runs.

    >>> from lstmviz.translation.messages import message
    >>> with speaking("zh"):
    ...     print(message("layer.nth", n=3, layer="lstm").text)
    第 3 层
    """
    token = LANGUAGE.set(language)
    try:
        yield
    finally:
        LANGUAGE.reset(token)
