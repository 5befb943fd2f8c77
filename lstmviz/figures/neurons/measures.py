"""The sizes in which a recurrent network is drawn unit by unit, on wide pages and narrow ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NeuronSizes:
    """The sizes of one layout, pt."""

    r: float
    pitch: float
    kept: float
    """The radius of a unit of the step before, where the next step reads it."""
    close: float
    """From one such unit to the next."""
    aside: float
    """Between these and what a step reads besides."""
    next: float
    """From the units of a step to what the next one reads of them."""
    rise: float
    """The height of the lines between two rows."""
    dots: float
    """The width of left-out steps."""
    named: float
    """From the units of a step to the right edge of its card: names of weights stand there."""


BROAD = NeuronSizes(9.0, 21.0, 6.8, 15.4, 15.0, 32.0, 74.0, 26.0, 9.0)
WIDE = NeuronSizes(7.8, 17.6, 6.2, 13.8, 11.0, 27.0, 70.0, 24.0, 9.0)
SNUG = NeuronSizes(7.0, 15.4, 5.8, 12.4, 6.0, 20.0, 66.0, 20.0, 9.0)
NARROW = NeuronSizes(6.2, 14.4, 5.4, 12.2, 5.0, 13.0, 48.0, 15.0, 8.2)
CLOSE = NeuronSizes(5.6, 12.4, 4.9, 10.6, 4.0, 9.0, 46.0, 8.0, 8.2)
"""From the larger to the closer; the last two are those of narrow pages."""
