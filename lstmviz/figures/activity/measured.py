"""What `activity` measures: the maps of one layer, their units and scales."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from lstmviz.errors import FigureError, MeasureError, ModelError
from lstmviz.figures.base import Subject
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.common import ends
from lstmviz.figures.shared.parts import OneLayer, pick, refuse
from lstmviz.figures.shared.plots import round_up
from lstmviz.network.structure import Recurrent
from lstmviz.network.values.data import Activity
from lstmviz.scene import ids
from lstmviz.scene.items import Box, Role
from lstmviz.scene.plots import Facts, Heat, Scale, Values, roomy
from lstmviz.translation.messages import Message, joined, message

MOST = 64
"""So many units are drawn at most, where no number is asked for."""
ROLES: dict[str, Role] = {"x": "input", "h": "hidden", "c": "cell"}
OPEN = frozenset("iforz")
"""Gates that let a share through, between 0 and 1."""
MIDDLE = 0.4
"""Shares that reach so far from a half have the scale of all."""
FILLED = 0.6
"""Maps have one scale where the range of each is at least this share of the greatest."""
FEW = 3
"""An input of no more features than this is drawn as a curve for each; one of more as a map."""


class ActivityOptions(OneLayer):
    """Options of `activity`."""

    direction: Literal["forward", "reverse"] = Field("forward", description="which direction of it")
    sample: int | None = Field(
        None, ge=0, description="which sample, counted from 0 (default: the first of the longest)"
    )
    units: int | None = Field(
        None, ge=1, description="how many units, the first in order (default: up to 64)"
    )
    order: Literal["index", "peak"] = Field(
        "index", description="units by their index, or by the step where their h is largest"
    )


@dataclass(frozen=True, slots=True)
class Panel:
    """One map: its letter, the rows it has, its scale, and which of its units are drawn."""

    letter: str
    values: Values
    units: tuple[int, ...]
    scale: Scale
    least: float
    most: float
    bar: str
    """The letter of the map whose bar of shades it shares."""

    @property
    def curved(self) -> bool:
        """Tell whether it is an input of so few features that each is a curve."""
        return self.letter == "x" and len(self.units) <= FEW


def unable(subject: Subject) -> str | None:
    """Why this kind cannot show a model, or None."""
    if subject.measures is None:
        return "its values are measured in Python: lstmviz.draw(module, 'activity', inputs=(x,))"
    if subject.data is not None and all(letter[:1] != "T" for letter in subject.trace.input.symbols):
        return "the input of this model has no time axis"
    return refuse(subject)


def measured(subject: Subject, options: ActivityOptions) -> Activity:
    """Measure the layer that the options name; FigureError where that cannot be."""
    part = pick("activity", subject, options, narrow=False)
    lane: Literal["fwd", "rev"] = "rev" if options.direction == "reverse" else "fwd"
    if lane == "rev" and not part.layer.bidirectional:
        raise FigureError("activity", f"{part.layer.name} has no reverse direction")
    samples = part.layer.batch_size or 1
    lengths = part.layer.lengths or (0,)
    first = lengths.index(max(lengths)) if options.sample is None else options.sample
    if first >= samples:
        raise FigureError("activity", f"there is no sample {first}: there are {samples}, from 0")
    assert subject.measures is not None
    measures = subject.measures()
    # code may sort its batch before it is packed: then the lengths are in another order than the samples
    tried = range(first, samples if options.sample is None else first + 1)
    try:
        each = (measures.activity(part.layer.name, options.layer, lane, sample) for sample in tried)
        found = next(each)
        longest = (one for one in each if one.steps == max(lengths))
        return found if found.steps >= max(lengths) else next(longest, found)
    except ModelError as error:
        raise MeasureError("activity", str(error) + (f" ({error.hint})" if error.hint else "")) from error


def panels_of(found: Activity, options: ActivityOptions) -> Iterator[Panel]:
    """Yield a map of the input, of every gate and of every state."""
    by_letter = dict(zip((name for name, _ in found.units), found.values, strict=True))
    units = dict(found.units)
    yield Panel(
        "x",
        found.inputs,
        tuple(range(min(found.features, MOST))),
        "signed",
        *ends("activity.x", *even(found.inputs)),
        "x",
    )
    order = _ordered(by_letter["h"], units["h"], found.steps, options)
    for letter, values in by_letter.items():
        own = order if units[letter] == units["h"] else list(range(units[letter]))
        shown = tuple(own[: options.units or MOST])
        if letter in OPEN:
            yield Panel(letter, values, shown, "linear", *ends("activity.gates", *shares(values)), letter)
        else:
            low, high = ends(f"activity.{letter}", *even(values))
            yield Panel(letter, values, shown, "signed", low, high, letter)


def largest(values: Values) -> float:
    """Return the largest size of some values."""
    return max(map(abs, filter(None, values)), default=0.0)


def with_signs(
    panels: Sequence[Panel], steps: int, sizes: Callable[[Panel], tuple[float, float]]
) -> list[Panel]:
    """Return the maps, of signs those ordered that share a bar with cells that have no room for a minus.

    `sizes` gives the width and height of a map, pt.
    """

    def without(panel: Panel) -> bool:
        wide, high = sizes(panel)
        return not panel.curved and not roomy(wide / steps, high / len(panel.units))

    low = {one.bar for one in panels if one.scale == "signed" and without(one)}
    return [replace(one, scale="ordered") if one.bar in low else one for one in panels]


def even(values: Values) -> tuple[float, float]:
    """Return round ends of a scale on both sides of zero."""
    most = round_up(largest(values))
    return -most, most


def shares(values: Values) -> tuple[float, float]:
    """Return the ends of a scale of shares, as far from a half: all from 0 to 1, of few of them the middle.

    >>> shares((0.32, 0.5)), shares((0.2, 0.9)), shares((0.5, 0.5))
    ((0.3, 0.7), (0.0, 1.0), (0.4, 0.6))
    """
    far = max(1, math.ceil(max(abs((value or 0.0) - 0.5) for value in values) * 10 - 1e-6))
    return (0.0, 1.0) if far >= MIDDLE * 10 else ((5 - far) / 10, (5 + far) / 10)


def with_bars(panels: Iterable[Panel]) -> list[Panel]:
    """Return the input, the gates with one bar, and candidate and states with one as far as these fill it."""
    found: list[list[Panel]] = []
    for panel in sorted(panels, key=lambda one: (one.letter != "x", one.letter not in OPEN)):
        run = [*found[-1], panel] if found else []
        gates = {one.letter in OPEN for one in run}
        filled = run and min(one.most for one in run) >= FILLED * max(one.most for one in run)
        if gates == {True} or (gates == {False} and filled and run[0].letter != "x"):
            found[-1] = run
        else:
            found.append([panel])
    return [
        replace(one, bar=run[0].letter, least=min(p.least for p in run), most=max(p.most for p in run))
        for run in found for one in run
    ]  # fmt: skip


def _ordered(h: Values, units: int, steps: int, options: ActivityOptions) -> list[int]:
    """Return the units in the order asked for."""
    if options.order == "index":
        return list(range(units))

    def peak(unit: int) -> tuple[int, int]:
        own = [abs(value or 0.0) for value in h[unit * steps : (unit + 1) * steps]]
        return own.index(max(own)), unit

    return sorted(range(units), key=peak)


def shown_of(panel: Panel, steps: int) -> Values:
    """Return the values of a map, those of each drawn unit one after the other."""
    return tuple(v for unit in panel.units for v in panel.values[unit * steps : (unit + 1) * steps])


def map_of(panel: Panel, found: Activity, box: Box) -> Heat:
    """Return a map in its box, with what it was measured from."""
    steps = found.steps
    values = shown_of(panel, steps)
    facts = (*about(panel, found, panel.units), ("bar", ids.bar(panel.bar)))
    role = ROLES.get(panel.letter, "gate")
    return Heat(panel.letter, box, len(panel.units), steps, values, panel.scale, panel.least, panel.most,
                role, facts)  # fmt: skip


def about(panel: Panel, found: Activity, units: Sequence[int]) -> Facts:
    """Return what the values of these units of a panel were measured from."""
    return (("layer", found.layer), ("depth", found.depth), ("direction", found.direction),
            ("sample", found.sample), ("letter", panel.letter),
            ("units", " ".join(map(str, units))))  # fmt: skip


def empty(found: Activity, panels: Sequence[Panel]) -> bool:
    """Tell whether a cell of a map has no shade, as it is exactly zero."""
    return any(0 in shown_of(panel, found.steps) for panel in panels if not panel.curved)


def shorter(found: Activity, layer: Recurrent) -> list[Message]:
    """Return how long the drawn sample is, where others of its batch are longer."""
    steps = layer.timesteps
    return [message("activity.shorter", length=found.steps, steps=steps)] if found.steps < steps else []


def told(
    found: Activity, panels: Sequence[Panel], options: ActivityOptions, begins: Iterable[Message] = ()
) -> Iterator[Message]:
    """Yield what is said of the values that are drawn, and what they begin with."""
    yield from plots.origin_told(found.origin)
    units = dict(found.units)["h"]
    shown = len(next(panel for panel in panels if panel.letter == "h").units)
    if shown < units:
        yield message("activity.some", shown=shown, units=units)
    yield from begins
    if options.order == "peak":
        yield message("activity.by-peak")
    if empty(found, panels):
        yield message("activity.empty")


def aloud(found: Activity, panels: Sequence[Panel], options: ActivityOptions) -> Message:
    """Return what the figure shows, to be read aloud."""
    letters = ", ".join(panel.letter for panel in panels if not panel.curved)
    said = [message("activity.aloud", letters=letters, steps=found.steps)]
    curves = [message("activity.aloud-curves", n=found.features) for panel in panels if panel.curved]
    return joined(". ", *said, *curves, *told(found, panels, options))
