"""The letters that figures write for what is counted, as the reader of one wants them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from keyword import iskeyword

LETTERS = {
    "batch": "N", "time": "T", "features": "F", "hidden": "H",
    "layers": "L", "proj": "P", "embedding": "E", "vocabulary": "V",
}  # fmt: skip
"""What is counted, and the letter for it."""

_own: ContextVar[Mapping[str, str] | None] = ContextVar("lstmviz-letters", default=None)


@contextlib.contextmanager
def spelling(letters: Mapping[str, str]) -> Iterator[None]:
    """Let `spell` write a reader's own letters, by the letters that they replace, while the block runs."""
    token = _own.set(letters)
    try:
        yield
    finally:
        _own.reset(token)


def letters_in_use() -> tuple[tuple[str, str], ...]:
    """Return the reader's own letters, by those that they replace."""
    return tuple(sorted((_own.get() or {}).items()))


def as_name(letter: str) -> str:
    """Return a letter for code: the reader's own where it can be a name, else the usual one."""
    own = spell(letter)
    return own if own.isidentifier() and own.isascii() and not iskeyword(own) else letter


def spell(symbol: str) -> str:
    """Return a symbol in the reader's letters.

    >>> with spelling({"H": "K"}):
    ...     print(spell("2H"), spell("T−1"))
    2K T−1
    """
    own = _own.get()
    return symbol if not own else "".join(own.get(character, character) for character in symbol)
