"""What the letters of shapes count."""

from __future__ import annotations

MEANING = {
    "N": "batch", "T": "time", "F": "features", "V": "vocabulary", "C": "channels", "E": "embedding",
    "H": "units", "P": "projection", "L": "layers", "T′": "target-steps", "F′": "target-features", "Σ": "sum",
}  # fmt: skip
"""What is counted, by its letter, as the messages `axis.…` call it."""


def meaning_of(letter: str) -> str:
    """Return what a letter counts; one with an index or a prime counts what the bare one does."""
    return MEANING.get(letter) or MEANING.get(letter[:1], "")
