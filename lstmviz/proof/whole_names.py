"""Names of the data that a figure shortens: the whole stands somewhere in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lstmviz.proof.page_text import labels_of
from lstmviz.scene.scene import Scene

CUT = "…"
LEFT_OUT = f", {CUT},"
"""A key of many names has the first and the last of them."""


def shortened(scene: Scene, names: Collection[str]) -> Iterator[str]:
    """Say which of the data's names stand in a figure cut at their end, and nowhere whole.

    What all begin with may stand apart from how each goes on: ``days 2024-01-…``, and ``02``.
    Lines of a key break where there is a space, or within a word of Chinese: blanks do not count.
    """
    texts = [label.text for label in labels_of(scene)]
    found = _unspaced("".join(texts))
    whole = {name for name in names if _unspaced(name) in found}
    some = any(LEFT_OUT in text for text in texts)
    for text in dict.fromkeys(texts):
        for begun in _ends(text) if text.endswith(CUT) and not some else ():
            meant = {name for name in names if name.startswith(begun)}
            tails = tuple(name.removeprefix(begun).strip() for name in meant)
            if (
                meant
                and not meant & whole
                and not any(other.endswith(tails) for other in texts if other != text)
            ):
                yield f"{text!r} is {min(meant)!r} cut short, which stands nowhere whole"
                break


def _ends(text: str) -> Iterator[str]:
    """Yield what may be the beginning of a name: a text before its dots, without words before it."""
    parts = text.removesuffix(CUT).rstrip().split(" ")
    return (" ".join(parts[at:]) for at in range(len(parts)) if len(parts[at]) > 1)


def _unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)
