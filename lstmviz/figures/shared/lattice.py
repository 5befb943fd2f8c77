"""Where the cells of a bare recurrent layer stand: few steps to the right, few layers upward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, product

from lstmviz.figures.pages import Page
from lstmviz.figures.shared import bare
from lstmviz.figures.shared.step_words import NO_WORDS, StepWords
from lstmviz.layout.elide import Shown, ends
from lstmviz.network.recurrence import StateVariable
from lstmviz.network.structure import Recurrent
from lstmviz.scene.items import Point
from lstmviz.translation.messages import Message, message

SQUARE = 12.0
"""The side of the mark of a state that begins or ends a row of cells, pt."""
LEADS, CLOSE = (36.0, 31.0), 24.0
"""From the outer edge of such a mark to the next cell: at best; where nothing else fits, pt."""
ONE, TWO = (38.0, 38.0), (36.0, 36.0)
"""The cell of one direction, and of two."""
ASIDE, LANES = 13.0, 47.0
"""Half of how far the two directions' cells of a step stand apart, and how far upright, pt."""
GAPS, DOTTED = (40.0, 34.0, 28.0, 23.0, 19.0, 16.0, 13.0), 26.0
"""Between two columns, the best first; and at least where steps are left out, pt."""
LED = 6.0
"""From an encoder to its decoder, side by side, pt."""
JOINT = 9.0
"""The height of the bar in which both directions' h of a step are one, pt."""
PORT = 9.0
"""How far c and h enter a cell above and below its middle, pt."""
SPREAD = (64.0, 56.0, 48.0)
"""Between two columns on a slide that is wide enough, pt."""
FINAL = "neurons.final"
"""The message that names last states which go nowhere."""
FEW, WORDED = 3, 5
"""So many steps, or layers, say it; of steps that the user has words for, so many."""


@dataclass(frozen=True)
class Lattice:
    """Which cells are drawn and where: y = 0 is the middle of the inputs, x = 0 the left edge."""

    layer: Recurrent
    prefix: str
    depths: tuple[int | None, ...]
    """From the lowest layer; None where layers are left out."""
    steps: tuple[int | None, ...]
    gap: float
    lead: float = LEADS[0]
    slot: float = 0.0
    """The width of a column where another layer stands on this one or under it; else its own."""
    fed: bool = False
    """Whether it reads what stands below."""
    quiet: bool = False
    """Whether nothing reads what it gives, but its last states."""
    begun: bool = False
    """Whether the marks of the states that it begins with are those that end the layer at its left."""
    slim: bool = False
    """Whether what it gives has no box, but stands beside its lines."""
    unnamed: bool = False
    """Whether it does not stand there either: what stands on it says what it becomes."""
    led: tuple[int, ...] = ()
    """The steps of that which are led on."""
    words: StepWords = NO_WORDS
    ends: str = FINAL
    """The message that names the states that it ends with; "" if nothing does."""
    timed: bool = True
    """Whether it has an axis of time of its own."""

    @cached_property
    def lanes(self) -> tuple[str, ...]:
        """The directions."""
        return self.layer.ways

    @cached_property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell: a loop's may have to let more states through."""
        wide, high = TWO if len(self.lanes) > 1 else ONE
        return wide, max(high, 2 * PORT * len(self.layer.carried) + 2)

    @cached_property
    def ports(self) -> list[tuple[StateVariable, float]]:
        """The states, and how far below a cell's middle each passes."""
        states = self.layer.carried
        return [(state, PORT * (2 * i - len(states) + 1)) for i, state in enumerate(states)]

    @cached_property
    def column(self) -> float:
        """The width of what belongs to one step."""
        return self.cell[0] + (2 * ASIDE if len(self.lanes) > 1 else 0.0)

    def _slot(self, step: int) -> float:
        return max(self.slot, self.column, self.words.wide(step))

    def _pitch(self, one: int, two: int) -> float:
        """From one step to the next: their cells, and the words in one row, are apart."""
        words = (self.words.apart(one, two, out=out) for out in (False, True))
        return max(max(self.slot, self.column) + self.gap, *words)

    @cached_property
    def layers(self) -> list[int]:
        """The layers that are drawn."""
        return [depth for depth in self.depths if depth is not None]

    @cached_property
    def top(self) -> bool:
        """Whether the last of them gives the module's `output`."""
        return self.layers[-1] == self.layer.num_layers - 1

    @cached_property
    def shown(self) -> list[int]:
        """The steps that are drawn."""
        return [step for step in self.steps if step is not None]

    @cached_property
    def columns(self) -> dict[int, float]:
        """The middle of every column."""
        return dict(zip(self.shown, self._middles(), strict=True))

    def _middles(self) -> Iterator[float]:
        x = self.lead + self._slot(self.shown[0]) / 2
        yield x
        for one, two in pairwise(self.shown):
            x += self._pitch(one, two) + (max(DOTTED, 1.4 * self.gap) - self.gap if two - one > 1 else 0.0)
            yield x

    @cached_property
    def width(self) -> float:
        """From the first to the last state."""
        return self.columns[self.shown[-1]] + self._slot(self.shown[-1]) / 2 + self.lead

    @cached_property
    def dotted(self) -> list[float]:
        """The middles of the gaps where steps are left out."""
        xs = self.columns
        return [(xs[a] + xs[b]) / 2 for a, b in pairwise(self.shown) if b - a > 1]

    @cached_property
    def pitch(self) -> float:
        """From one layer to the next."""
        two = len(self.lanes) > 1
        return self.cell[1] + (LANES + 44.0 if two else 28.0) + (12.0 if None in self.depths else 0.0)

    def level(self, depth: int, lane: str) -> float:
        """The middle of a lane of cells."""
        first = -(bare.CHIP / 2 + 26.0 + self.cell[1] / 2)
        return first - self.pitch * self.layers.index(depth) - (LANES if lane == "rev" else 0.0)

    @cached_property
    def roof(self) -> float:
        """The middle of what comes out on top."""
        top = self.level(self.layers[-1], self.lanes[-1]) - self.cell[1] / 2
        if self.slim:
            return top - (14.0 if len(self.lanes) == 1 else 18.0)
        return top - (26.0 if len(self.lanes) == 1 else 32.0) - bare.CHIP / 2

    @cached_property
    def crown(self) -> float:
        """Where the lines begin that lead on what comes out."""
        slim = 0.0 if len(self.lanes) == 1 else JOINT / 2
        return self.roof - (slim if self.slim else bare.CHIP / 2)

    def at(self, depth: int, lane: str, step: int) -> Point:
        """The middle of a cell."""
        aside = 0.0 if len(self.lanes) == 1 else ASIDE if lane == "rev" else -ASIDE
        return (self.columns[step] + aside, self.level(depth, lane))

    def id(self, name: str) -> str:
        """An id."""
        return f"{self.prefix}{name}"

    def order(self, lane: str) -> list[int]:
        """The drawn steps in the order in which a direction goes through them."""
        return self.shown if lane == "fwd" else self.shown[::-1]


def few(count: int, most: int = FEW) -> Shown:
    """Return which of so many to draw, from 1; None where some are left out.

    >>> few(3), few(96), few(96, 2), few(1)
    ((1, 2, 3), (1, 2, None, 96), (1, None, 96), (1,))
    """
    return ends(count, most, most - 1)


def lattice(
    layer: Recurrent,
    prefix: str,
    depths: Sequence[int],
    page: Page,
    *,
    whole: bool,
    most: int = FEW,
    words: StepWords = NO_WORDS,
) -> Lattice:
    """Return the layers at `most` steps, or one more if that is all, or two where the page is too narrow.

    The `whole` has all steps, as has what has `words` for few. Where smaller type can be had, that comes
    before fewer steps.
    """
    length = layer.computed_steps
    layers = most if len(depths) <= most and not layer.bidirectional else FEW - 1
    picked = tuple(d if d is None else depths[d - 1] for d in few(len(depths), layers))
    all_ = tuple(range(1, length + 1))
    whole_first = whole or length == most + 1 or (words.any and length <= WORDED)
    tries = [all_ if whole_first else few(length, most)]  # dots stand for more than one step
    tries += [few(length, most), few(length, 2)] if page.small and not whole else []
    gaps = (*SPREAD, *GAPS) if page.height is not None else GAPS
    made = [
        Lattice(layer, prefix, picked, steps, gap, lead, words=words)
        for steps in tries
        for gap, lead in product(gaps, LEADS)
    ]
    if len(picked) == 1:  # the names of several layers stand there
        made.append(replace(made[-1], lead=CLOSE))
    return next((one for one in made if one.width <= page.inner - 4), made[-1])


def named(layer: Recurrent, depth: int) -> Message:
    """Return how one of a layer's layers is called, in words: ``2nd layer``, ``last layer``."""
    last = depth == layer.num_layers - 1 and layer.num_layers > FEW
    return message("layer.last" if last else "layer.nth-named", n=depth + 1, layer=layer.name)
