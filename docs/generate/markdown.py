"""Pieces of Markdown that the generated pages share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VALUES = {"auto", "light", "svg"}
"""What a help text may begin with that is written just so."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells may hold marks of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def code(text: object) -> str:
    """Code within a line."""
    return f"`{text}`"


def block(text: str, language: str = "") -> str:
    """Code on lines of its own."""
    return f"```{language}\n{text.strip(chr(10))}\n```"


def heading(level: int, text: str, anchor: str) -> str:
    """A heading with an anchor that stays when its words change."""
    return f"{'#' * level} {text} {{ #{anchor} }}"


def page(*parts: str) -> str:
    """Parts with an empty line between them."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def sentence(text: str) -> str:
    """Words as a sentence: a capital first, unless a value begins it, and a full stop last."""
    text = text.strip()
    first = text.partition(" ")[0].strip(",;:")
    capital = text[:1] if first in VALUES else text[:1].upper()
    return capital + text[1:] + ("" if text.endswith((".", ":", "?", "…")) else ".")


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")
