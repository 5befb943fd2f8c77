"""Kind `activity`: the gates and states of one layer over time, for one sample, as maps of shades.

Units go down, steps to the right. Ids: each map has the letter of what it shows (``i f g o c h``, ``x`` for
the input) and its bar ``i.bar``. What was computed gate by gate equals the module's own states to 1e-5, or is
refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from lstmviz.errors import FigureError, ModelError
from lstmviz.figures.base import Draft, Kind
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.parts import LANES, OneLayer, call, made, pick, refuse
from lstmviz.layout.boxes import Item, grid, lines, stack
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, stroke_of
from lstmviz.scene.labels import row, words
from lstmviz.scene.plots import Heat
from lstmviz.translation.messages import joined, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstmviz.figures.base import Subject
    from lstmviz.figures.pages import Page
    from lstmviz.network.values.data import Activity
    from lstmviz.scene.items import Role
    from lstmviz.scene.plots import Scale, Values
    from lstmviz.translation.messages import Said

MOST = 64
"""So many units are drawn at most, where no number is asked for."""
HIGH = (26.0, 64.0)
"""The least and the greatest height of a map, pt."""
UNIT = 3.2
"""The height of a unit where there is room, pt."""
LEFT, RIGHT = 22.0, 40.0
"""The room for the numbers of units, and for a bar with its numbers, pt."""
ROLES: dict[str, Role] = {"x": "input", "h": "hidden", "c": "cell"}
OPEN = frozenset("iforz")
"""Gates that let a share through, between 0 and 1."""


class ActivityOptions(OneLayer):
    """Options of `activity`."""

    direction: Literal["forward", "reverse"] = Field("forward", description="which direction of it")
    sample: int = Field(0, description="which sample, counted from 0")
    units: int | None = Field(None, description="how many units, the first in order (default: up to 64)")
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
    most: float


def unable(subject: Subject) -> str | None:
    """Why this kind cannot show a model, or None."""
    if subject.measures is None:
        return "its values are measured in Python: lstmviz.draw(module, 'activity', inputs=(x,))"
    if all(layer.cell for layer in subject.trace.recurrent) and subject.trace.recurrent:
        return "its layers are cells in loops, and not one nn.LSTM, nn.GRU or nn.RNN"
    return refuse(subject)


def measured(subject: Subject, options: ActivityOptions) -> Activity:
    """Measure the layer that the options name; FigureError where that cannot be."""
    part = pick("activity", subject, options, narrow=False)
    lane: Literal["fwd", "rev"] = "rev" if options.direction == "reverse" else "fwd"
    if lane == "rev" and not part.layer.bidirectional:
        raise FigureError("activity", f"{part.layer.name} has no reverse direction")
    samples = part.layer.batch_size or 1
    if not 0 <= options.sample < samples:
        raise FigureError("activity", f"there is no sample {options.sample}: there are {samples}, from 0")
    assert subject.measures is not None
    try:
        return subject.measures().activity(part.layer.name, options.layer, lane, options.sample)
    except ModelError as error:
        raise FigureError("activity", str(error) + (f" ({error.hint})" if error.hint else "")) from error


def compose(subject: Subject, options: ActivityOptions, page: Page, *, bare: bool = False) -> Draft:
    """Place a map for the input, for each gate and for each state, and what is said of them."""
    found = measured(subject, options)
    part = pick("activity", subject, options, narrow=page.narrow)
    panels = list(_panels(found, options))
    across = 1 if page.narrow or found.steps == 1 else 2
    room = (page.inner - (across - 1) * 18) / across
    names = plots.names_of(subject, options.sample, found.steps)
    items = [_drawn(panel, found, options, room - LEFT - RIGHT, names) for panel in panels]
    cells = [items[at : at + across] for at in range(0, len(items), across)]
    cells[-1] += [Item(0.0, 0.0, lambda _canvas, _x, _y: None)] * (across - len(cells[-1]))
    told = [] if bare else list(_told(found, panels, options))
    whole = stack(grid(cells, (18.0, 10.0)), lines(*plots.paragraphs(told, page.inner), step=10.5), gap=8)
    canvas = Canvas()
    whole.place(canvas)
    sentences = [message("activity.aloud", letters=", ".join(p.letter for p in panels), steps=found.steps)]
    aloud = joined(". ", *sentences, *_told(found, panels, options))
    return Draft(canvas, aloud, call(part.layer), (made(part.layer),))


def _panels(found: Activity, options: ActivityOptions) -> Iterator[Panel]:
    by_letter = dict(zip((name for name, _ in found.units), found.values, strict=True))
    units = dict(found.units)
    most = max(abs(value or 0.0) for value in found.inputs)
    yield Panel("x", found.inputs, tuple(range(min(found.features, MOST))), "signed", _nice(most))
    order = _ordered(by_letter["h"], units["h"], found.steps, options)
    for letter, values in by_letter.items():
        own = order if units[letter] == units["h"] else list(range(units[letter]))
        shown = tuple(own[: options.units or MOST])
        if letter in OPEN:
            yield Panel(letter, values, shown, "linear", 1.0)
        else:
            largest = max(abs(value or 0.0) for value in values)
            yield Panel(letter, values, shown, "signed", _nice(largest))


def _ordered(h: Values, units: int, steps: int, options: ActivityOptions) -> list[int]:
    """Return the units in the order asked for."""
    if options.order == "index":
        return list(range(units))

    def peak(unit: int) -> tuple[int, int]:
        own = [abs(value or 0.0) for value in h[unit * steps : (unit + 1) * steps]]
        return own.index(max(own)), unit

    return sorted(range(units), key=peak)


def _nice(value: float) -> float:
    """Return a round number that is not smaller.

    >>> _nice(2.3), _nice(0.04), _nice(0.0)
    (2.5, 0.05, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{next(n for n in (1, 2, 2.5, 5, 10) if n * power >= value * (1 - 1e-9)) * power:.6g}")


def _drawn(
    panel: Panel, found: Activity, options: ActivityOptions, wide: float, names: Sequence[str]
) -> Item:
    """Return a map with its name over it, its units, its steps and its bar."""
    rows = len(panel.units)
    high = min(HIGH[1], max(HIGH[0], UNIT * rows))
    steps = found.steps
    cells = min(wide / steps, 46.0)
    values = tuple(v for unit in panel.units for v in panel.values[unit * steps : (unit + 1) * steps])
    low = 0.0 if panel.scale == "linear" else -panel.most
    about = (("layer", found.layer), ("depth", found.depth), ("direction", found.direction),
             ("sample", options.sample), ("letter", panel.letter),
             ("units", " ".join(map(str, panel.units))))  # fmt: skip
    role = ROLES.get(panel.letter, "gate")
    name = labels.math(panel.letter, size=10, tint=stroke_of(role))
    title = row(name, words(message(f"activity.{panel.letter}"), 7, tint=MUTED), gap=4)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        box = (x + LEFT, y + 13, x + LEFT + cells * steps, y + 13 + high)
        canvas.text(title, box[0], y + 9, role=role)
        heat = Heat(panel.letter, box, rows, steps, values, panel.scale, low, panel.most, role, about)
        canvas.plot(heat)
        canvas.box(box, stroke=INK, line=0.7, z=12)
        plots.bar(canvas, heat, (box[2] + 8, box[1], box[2] + 8 + plots.BAR, box[3]))
        if options.order == "index":
            plots.down(canvas, box, rows, first=0)
        plots.along(canvas, box, steps, names)

    return Item(LEFT + cells * steps + RIGHT, 13 + high + 11, draw)


def _told(found: Activity, panels: Sequence[Panel], options: ActivityOptions) -> Iterator[Said]:
    yield plots.origin_said(found.origin)
    units = dict(found.units)["h"]
    shown = len(next(panel for panel in panels if panel.letter == "h").units)
    if shown < units:
        yield message("activity.some", shown=shown, units=units)
    if options.order == "peak":
        yield message("activity.by-peak")
    yield message("activity.axes", layer=found.layer, direction=LANES.index(found.direction))


ACTIVITY = Kind(
    "activity",
    "the gates and states of one layer over time, unit by unit, for one sample",
    ActivityOptions,
    compose,
    unable,
    bare=partial(compose, bare=True),
)
