"""Sizes of printed pages, pt."""

from __future__ import annotations

MM = 72 / 25.4
COLUMN, TEXT = 84 * MM, 174 * MM
"""The width of a journal's column, and of its whole text."""
HEIGHT = 247 * MM
"""The height of A4 between margins of 25 mm."""
