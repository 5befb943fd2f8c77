"""What readers are told an operation is called that Python has a sign for: ``x[i]`` is an index."""

from __future__ import annotations

import re

WORDS = {"getitem": "index", "setitem": "writing"}
"""Python's operators on tensors by the names that stages of them have; the word for readers."""
_NAMED = re.compile(rf"(?<![\w.])({'|'.join(WORDS)})(?=$|[-.])")


def for_readers(name: str) -> str:
    """Return a stage's name, its type or a tensor of it as readers are told it.

    >>> for_readers("getitem"), for_readers("getitem-2.output"), for_readers("gru.h_n")
    ('index', 'index-2.output', 'gru.h_n')
    """
    return _NAMED.sub(lambda found: WORDS[found[1]], name)
