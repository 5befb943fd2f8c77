"""Where the parts of a bare cell stand: upright for a column of print, else as wide as a slide."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmviz.figures.pages import Page
from lstmviz.figures.shared.bare import in_a_row

Boxes = dict[str, tuple[float, float, float]]
"""The gates by letter (``hn``: what weighs h for the candidate): left edge, upper edge, right edge."""


@dataclass(frozen=True, slots=True)
class Places:
    """The boxes of a cell, its border, and the heights of its lines, pt; y = 0 is where h leaves upward."""

    boxes: Boxes
    left: float
    right: float
    end: float
    """Where the lines end on the right; they begin at 0."""
    belt: float
    """The height of c; where there is none, of h."""
    rails: tuple[float, float]
    """The heights of h and x on their way to the gates."""
    bottom: float
    products: float = 0.0
    """The height of what is multiplied by the candidate."""
    h: float = 0.0
    """The height at which h enters and leaves."""
    reset: tuple[float, float] = (0.0, 0.0)
    """Where the reset gate multiplies."""
    top: float = 24.0
    size: float = 9.2
    """The words in a box."""
    wide: bool = True
    """Whether there is room to name the states at their lines."""

    @property
    def foot(self) -> float:
        """Where x comes from."""
        return self.bottom + 20

    @property
    def middles(self) -> dict[str, float]:
        """The middle of every box."""
        return {gate: (x0 + x1) / 2 for gate, (x0, _, x1) in self.boxes.items()}


def _row(y: float, **spans: tuple[float, float]) -> Boxes:
    return {gate: (x0, y, x1) for gate, (x0, x1) in spans.items()}


UPRIGHT = {
    "lstm": Places(
        _row(118.0, f=(23.5, 56.5), i=(59.5, 92.5), g=(95.5, 146.5), o=(149.5, 188.5)),
        20.0, 200.0, 216.5, 48.0, (163.0, 176.0), 187.0, products=92.0, h=163.0, wide=False,
    ),
    "gru": Places(
        _row(116.0, z=(82.0, 120.0), n=(136.0, 190.0)) | _row(156.0, r=(34.0, 68.0))
        | _row(202.0, hn=(129.0, 173.0)),
        20.0, 200.0, 216.5, 48.0, (241.0, 254.0), 265.0, products=92.0, h=48.0, reset=(151.0, 171.0),
        wide=False,
    ),
}  # fmt: skip
WIDE = {
    "lstm": Places(
        _row(109.0, f=(76.0, 124.0), i=(134.0, 182.0), g=(192.0, 250.0), o=(258.0, 306.0)),
        66.0, 324.0, 346.0, 42.0, (153.0, 165.0), 175.0, products=83.0, h=153.0, top=20.0, size=10.0,
    ),
    "gru": Places(  # the line of the reset gate crosses that of the update gate, and no other
        _row(112.0, r=(100.0, 146.0), z=(156.0, 206.0), n=(276.0, 334.0)) | _row(121.0, hn=(218.0, 262.0)),
        66.0, 348.0, 370.0, 42.0, (155.0, 167.0), 177.0, products=71.0, h=42.0, reset=(240.0, 92.0), top=20.0,
        size=10.0,
    ),
}  # fmt: skip
RNN = Places(
    _row(46.0, a=(88.0, 150.0)), 66.0, 178.0, 200.0, 70.0, (70.0, 70.0), 108.0, h=70.0, top=22.0, size=10.0
)
"""A plain cell has room for its names everywhere; a wide one is `SPREAD` wide at most."""
SPREAD = 268.0


def place(kind: str, page: Page, more: float) -> Places:
    """Return the places of a cell on a page; a projection of h takes `more`."""
    if kind == "rnn":
        extra = max(0.0, min(page.inner, SPREAD) - RNN.end)
        boxes = {gate: (x0 + extra / 2, y, x1 + extra / 2) for gate, (x0, y, x1) in RNN.boxes.items()}
        return replace(RNN, boxes=boxes, right=RNN.right + extra, end=RNN.end + extra)
    wide = WIDE[kind]
    found = wide if in_a_row("cell", wide.end + more + 4, page) else UPRIGHT[kind]
    return replace(found, right=found.right + more, end=found.end + more)
