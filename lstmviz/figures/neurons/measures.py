"""The sizes in which a recurrent network is drawn unit by unit, on wide pages and narrow ones."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class NeuronSizes:
    """The sizes of one layout, pt."""

    r: float
    pitch: float
    rim: float
    """Of a body around its units."""
    strip: float
    """The width of a strip of cells: h (or c) of every unit."""
    fan: float
    """The width of the lines of W_hh."""
    port: float
    """The width of the numbers at which these lines arrive."""
    lane: float
    """The height of one cell of a strip."""
    rise: float
    """The height of the lines between two rows."""
    dots: float
    """The width of left-out steps."""


WIDE = NeuronSizes(7.5, 16.6, 3.2, 8.4, 24.0, 6.0, 8.4, 52.0, 21.0)
SNUG = NeuronSizes(7.0, 15.4, 2.2, 8.4, 24.0, 6.0, 8.0, 52.0, 16.5)
TIGHT = replace(SNUG, fan=19.0)
"""For wide pages that otherwise hold one step less, from the wider to the closer."""
NARROW = NeuronSizes(5.8, 14.4, 2.0, 7.4, 18.0, 5.4, 7.4, 42.0, 14.0)
CLOSE = NeuronSizes(5.8, 13.2, 1.2, 7.4, 16.0, 5.4, 7.4, 42.0, 12.5)
"""The same for narrow ones."""
