"""Notes on models of other libraries, each with one of its numbers changed."""

from __future__ import annotations

import re


def changes(note):
    """The id and the facts of a note, once for each number in it, which is one more."""
    for key, value in note.given:
        for hit in re.finditer(r"\d+", str(value)):
            other = f"{str(value)[: hit.start()]}{int(hit[0]) + 1}{str(value)[hit.end() :]}"
            yield note.id, tuple((k, type(v)(other) if k == key else v) for k, v in note.given)
