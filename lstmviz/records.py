"""Dataclasses of which a figure makes thousands: pieces of text, lines, claims.

A frozen dataclass sets each field through `object.__setattr__`, five times as slow as an assignment; that
was a tenth of the time of all figures. What mypy reads says that a record is frozen, so no code here changes
one; while it runs, nothing stands guard. Equality and hash are those of a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass

    def record(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Make a dataclass that sets its fields at the speed of one that is not frozen."""
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["record"]
