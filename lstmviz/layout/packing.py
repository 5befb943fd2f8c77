"""Widths in rows: what `flow`, keys and lines of shapes are packed with."""

from __future__ import annotations

from collections.abc import Sequence


def balanced_rows(widths: Sequence[float], room: float, gap: float) -> list[range]:
    """Return which of these widths, pt, stand in each row: as few rows as fit, in their order.

    Where the last would be less than half as long as a row of three or more, rows are as long as each other.

    >>> balanced_rows([30, 30, 30, 30, 30], 140, 5)
    [range(0, 3), range(3, 5)]
    """
    rows = filled_rows(widths, room, gap)
    if len(rows) < 2 or max(map(len, rows)) < 3:
        return rows
    if _length(widths, rows[-1], gap) >= max(_length(widths, one, gap) for one in rows) / 2:
        return rows
    while True:
        room = max(_length(widths, row, gap) for row in rows) - 1e-6
        narrower = filled_rows(widths, room, gap)
        if len(narrower) > len(rows) or room < max(widths):
            return rows
        rows = narrower


def filled_rows(widths: Sequence[float], room: float, gap: float) -> list[range]:
    """Return rows, each as full as it can be; what is wider than the room has one of its own."""
    rows: list[range] = []
    for at in range(len(widths)):
        longer = range(rows[-1].start if rows else 0, at + 1)
        if rows and _length(widths, longer, gap) <= room:
            rows[-1] = longer
        else:
            rows.append(range(at, at + 1))
    return rows


def _length(widths: Sequence[float], row: range, gap: float) -> float:
    return sum(widths[at] for at in row) + gap * (len(row) - 1)
