"""What may have been meant by a name that there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

_SHOWN = 40


def guess(word: str, candidates: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str | None:
    """Find the word that was meant, or None.

    >>> guess("hiden_size", ["num_layers", "hidden_size"])
    'hidden_size'
    >>> guess("MaxPool2d", ["max_pool2d"])
    'max_pool2d'
    >>> guess("max_pool3d", ["max_pool2d"])
    """
    names = {bare(c): c for c in candidates}
    plain = bare(word)
    known = {bare(k): v for k, v in (synonyms or {}).items()}.get(plain)
    if known and bare(known) in names:
        return known
    close = difflib.get_close_matches(plain, names, n=len(names) or 1, cutoff=0.65)
    return next((names[c] for c in close if not _opposed(c, plain)), None)


def slip(word: str, known: Iterable[str]) -> str | None:
    """Find the known word that was mistyped; a short one has its letters in another order, or one more.

    >>> slip("lsmt", ["gru", "lstm"]), slip("cnn", ["rnn"]), slip("latent", ["flatten"]), slip("rrn", ["rnn"])
    ('lstm', None, None, None)
    """
    plain = bare(word)
    for candidate in known:
        name = bare(candidate)
        if min(len(plain), len(name)) < 4:
            if sorted(plain) == sorted(name) or plain[:-1] == name:
                return candidate
        elif _edits(plain, name) <= (1 if len(name) < 6 else 2) and not _opposed(name, plain):
            return candidate
    return None


def _edits(one: str, other: str) -> int:
    """Count letters to add, leave out, change, or exchange with their neighbour."""
    if abs(len(one) - len(other)) > 2:
        return 3
    rows: list[list[int]] = [[*range(len(other) + 1)]]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, goal in enumerate(other, 1):
            costs = [rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != goal)]
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], goal):
                costs.append(rows[-2][j - 2] + 1)
            row.append(min(costs))
        rows.append(row)
    return rows[-1][-1]


_OPPOSED = (
    ("1d", "2d", "3d"),
    ("first", "last", "next"),
    ("maxpool", "avgpool", "minpool"),
    ("encoder", "decoder"),
)
"""What no misspelling turns into another: the axes, which end, which statistic, which side."""


def _opposed(one: str, other: str) -> bool:
    """Whether two words name different members of one family."""
    for family in _OPPOSED:
        here, there = ({member for member in family if member in word} for word in (one, other))
        if here and there and here != there:
            return True
    return False


def bare(word: str) -> str:
    """Return a word without what spellings differ in: case, dashes, spaces."""
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")[:80]


def did_you_mean(word: str) -> str:
    """Offer one word.

    >>> did_you_mean("lstm")
    "did you mean 'lstm'?"
    """
    return f"did you mean '{word}'?"


def listed(names: Iterable[str]) -> str:
    """Join names, as many as a line holds.

    >>> listed(["bias", "dropout"])
    'bias, dropout'
    """
    text = ", ".join(names)
    return text if len(text) <= 2 * _SHOWN else text[: 2 * _SHOWN].rpartition(",")[0] + " …"


def instead(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Offer the name that was meant, else `otherwise`, else all that are known.

    >>> instead("gird", ["rolled", "grid"]), instead("x", ["rolled", "grid"])
    ("did you mean 'grid'?", 'there is: rolled, grid')
    """
    names = list(dict.fromkeys(known))
    meant = guess(word, names)
    return did_you_mean(meant) if meant else otherwise or f"there is: {', '.join(names)}"
