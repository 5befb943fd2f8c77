"""What is drawn of a packed batch: which samples and steps, and where each stands in `data`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lstmviz.figures.base import Options
from lstmviz.layout.elide import Shown, banded, places, shown, shown_steps
from lstmviz.network.packed import Packing
from lstmviz.network.structure import Recurrent, Tensor
from lstmviz.scene.labels import words


@dataclass(frozen=True, slots=True)
class DrawnBatch:
    """A packed batch as it is drawn: samples and steps from 0, None where some are left out.

    `names` are the tokens of each sample, if it has some; `data` is the packed tensor as measured.
    """

    layer: Recurrent
    packing: Packing
    lengths: tuple[int, ...]
    data: Tensor
    options: Options
    prefix: str
    places: Shown
    steps: Shown
    names: Sequence[Sequence[str]] = ()

    @property
    def full(self) -> bool:
        """Return whether all that torch gives is drawn, also what undoes the order."""
        return self.options.detail == "full"

    @property
    def order(self) -> tuple[int, ...]:
        """Return the samples as they lie in `data`, the longest first."""
        return self.packing.sorted_indices or tuple(range(len(self.lengths)))

    @property
    def samples(self) -> Shown:
        """Return the samples that are drawn, in the batch's own order."""
        return banded(self.order[place] for place in self.places if place is not None)

    def row(self, place: int, step: int) -> int:
        """Return the row of `data` of a place in the order, at a step."""
        return sum(self.packing.batch_sizes[:step]) + place

    def alive(self, step: int) -> Shown:
        """Return the places that are drawn of those which have this step."""
        count = self.packing.batch_sizes[step]
        found = [place for place in self.places if place is None or place < count]
        if found[-1] is None and found[-2] == count - 1:
            found.pop()
        return tuple(found)

    @property
    def lying(self) -> Shown:
        """Return the samples that are drawn, as they lie in `data`."""
        return tuple(None if place is None else self.order[place] for place in self.places)

    @property
    def longest(self) -> float:
        """Return the width that a cell with the longest token needs, pt."""
        tokens = (
            self.names[sample][step]
            for sample in self.samples if sample is not None and self.names
            for step in self.steps if step is not None and step < self.lengths[sample]
        )  # fmt: skip
        return max((words(token, 7).width + 4 for token in tokens), default=0.0)

    @property
    def padding(self) -> int:
        """Return how many cells of the padded batch are padding."""
        return len(self.lengths) * self.layer.timesteps - sum(self.lengths)


def places_of(layer: Recurrent, packing: Packing, most: int) -> Shown:
    """Return the places in the order that are drawn: all, or the longest samples and the shortest."""
    order = packing.sorted_indices or tuple(range(layer.batch_size or 1))
    found = few(len(order), most)
    if None not in found:
        return found
    kept = {order[place] for place in found if place is not None}
    drawn = {sample for sample in banded(kept) if sample is not None}  # one between two is no gap
    return banded(order.index(sample) for sample in drawn)


def steps_of(ends: Iterable[int], timesteps: int, most: int) -> Shown:
    """Return the steps to draw: all, or as many as without `ends`, with those where samples end if they fit.

    `ends` are the lengths of the samples, of which the longest come first; a gap takes the room of a step.

    >>> steps_of([3, 12], 12, 6), steps_of([2, 4, 9, 12], 12, 6), steps_of([], 12, 6)
    ((0, 1, 2, None, 11), (0, 1, None, 8, None, 11), (0, 1, 2, None, 11))
    """
    found = few(timesteps, most)
    if None not in found:
        return found
    keep = {1, timesteps}
    for end in sorted(ends, reverse=True):
        if places({*keep, end}) <= most:
            keep.add(end)
    steps = shown_steps(timesteps, max(places(keep), len(found)), keep=keep)
    return banded(step - 1 for step in steps if step)


def few(count: int, most: int) -> Shown:
    """Return the indices to draw: all, or the first and the last, half as many and two of them at least.

    >>> few(8, 8), few(20, 8)
    ((0, 1, 2, 3, 4, 5, 6, 7), (0, 1, 2, 3, None, 19))
    """
    return shown(count, most, head=max(1, (most + 1) // 2))
