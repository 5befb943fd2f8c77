"""What `activity` measures: the maps of one layer, their units and scales."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
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
from lstmviz.scene.plots import Facts, Heat, Scale, Values
from lstmviz.translation.messages import Message, joined, message

MOST = 64
"""So many units are drawn at most, where no number is asked for."""
ROLES: dict[str, Role] = {"x": "input", "h": "hidden", "c": "cell"}
OPEN = frozenset("iforz")
"""Gates that let a share through, between 0 and 1."""
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
        *even(found.inputs),
        "x",
    )
    order = _ordered(by_letter["h"], units["h"], found.steps, options)
    for letter, values in by_letter.items():
        own = order if units[letter] == units["h"] else list(range(units[letter]))
        shown = tuple(own[: options.units or MOST])
        if letter in OPEN:
            yield Panel(letter, values, shown, "linear", *tenths(values), letter)
        else:
            yield Panel(letter, values, shown, "signed", *even(values), letter)


def largest(values: Values) -> float:
    """Return the largest size of some values."""
    return max(map(abs, filter(None, values)), default=0.0)


def even(values: Values) -> tuple[float, float]:
    """Return round ends of a scale on both sides of zero."""
    most = round_up(largest(values))
    return -most, most


def tenths(values: Values) -> tuple[float, float]:
    """Return the tenths between which values lie that are shares: their scale has no shade to spare.

    >>> tenths((0.32, 0.5)), tenths((0.0, 1.0)), tenths((0.5, 0.5))
    ((0.3, 0.5), (0.0, 1.0), (0.5, 0.6))
    """
    known = [value or 0.0 for value in values]
    low = min(9, math.floor(min(known) * 10))
    return low / 10, max(low + 1, math.ceil(max(known) * 10)) / 10


def with_bars(panels: Iterable[Panel]) -> list[Panel]:
    """Return the maps with one bar for all gates, as wide as they need, and one for each other map."""
    known = [panel if panel.letter == "x" else _common(panel) for panel in panels]
    gates = [panel for panel in known if panel.letter in OPEN]
    if not gates:
        return known
    least, most = min(one.least for one in gates), max(one.most for one in gates)
    shared = {one.letter: replace(one, bar=gates[0].letter, least=least, most=most) for one in gates}
    return [shared.get(panel.letter, panel) for panel in known]


def _common(panel: Panel) -> Panel:
    """Return a map with the scale of all figures that share it."""
    least, most = ends(f"activity.{panel.letter}", panel.least, panel.most)
    return replace(panel, least=least, most=most)


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
    low, high = ends(f"activity.{panel.letter}", panel.least, panel.most)
    facts = (*about(panel, found, panel.units), ("bar", ids.bar(panel.bar)))
    role = ROLES.get(panel.letter, "gate")
    return Heat(panel.letter, box, len(panel.units), steps, values, panel.scale, low, high, role, facts)


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
