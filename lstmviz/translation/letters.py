"""The letters that figures write for what is counted, as the reader of one wants them."""

from __future__ import annotations

from keyword import iskeyword

from lstmviz.translation.reader import reader

LETTERS = {
    "batch": "N", "time": "T", "features": "F", "hidden": "H",
    "layers": "L", "proj": "P", "embedding": "E", "vocabulary": "V",
}  # fmt: skip
"""What is counted, and the letter for it."""


def as_name(letter: str) -> str:
    """Return a letter for code: the reader's own where it can be a name, else the usual one."""
    own = spell(letter)
    return own if own.isidentifier() and own.isascii() and not iskeyword(own) else letter


def spell(symbol: str) -> str:
    """Return a symbol in the reader's letters."""
    own = dict(reader().letters)
    return symbol if not own else "".join(own.get(character, character) for character in symbol)
