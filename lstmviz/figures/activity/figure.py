"""Kind `activity`: the gates and states of one layer over time, for one sample, as maps of shades.

All stand over one axis of steps, which is numbered under the last: the input, the gates, then the candidate
and the states. Units go down, steps to the right. Ids: each map has the letter of what it shows
(``i f g o c h``, ``x`` for the input); gates share a bar with the letter of the first, ``i.bar``, every other
map has its own, ``c.bar``.
What was computed gate by gate equals the module's own states to 1e-5, or is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lstmviz.figures.activity import bare, curves
from lstmviz.figures.activity.measured import (
    OPEN,
    ROLES,
    ActivityOptions,
    Panel,
    aloud,
    map_of,
    measured,
    panels_of,
    shorter,
    told,
    unable,
    with_bars,
)
from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.claimed import symbol
from lstmviz.figures.shared.parts import call, made, packed_rows, pick
from lstmviz.figures.shared.step_words import words_read
from lstmviz.layout.boxes import Item, lines, padded, stack
from lstmviz.network.structure import Recurrent
from lstmviz.network.values.data import Activity
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, Box, stroke_of
from lstmviz.scene.labels import row as inline
from lstmviz.scene.labels import words
from lstmviz.scene.plots import Heat
from lstmviz.translation.messages import Message, message

HIGH = (22.0, 40.0)
"""The least and the greatest height of a map, pt."""
UNIT, STEP, LEAST = 8.0, 46.0, 150.0
"""The height of a unit, and the width of a step, where there is room; all steps are at least so wide, pt."""
OVER, UNDER, ABOUT = 13.0, 12.0, 88.0
"""The name over a map, the steps under the input and the last map; what is about all: title, notes, pt."""
APART, GROUP = 10.0, 17.0
"""Between two maps of a group, and between the groups: the input, gates, states, pt."""
OVERHANG = 1.5
"""How far an italic f reaches left of where it begins, pt."""
NAME, NUMBERS, RIGHT = 78.0, 37.0, 42.0
"""The room of a map's name, of its rows' numbers, and of a bar with its own, pt."""
ENDS = ("shut", "open", "more-shut", "more-open")
"""What is said at the ends of a gate's scale: plainly where it ends at 0 or 1."""


def compose(subject: Subject, options: ActivityOptions, page: Page) -> Draft:
    """Place the input, the gates and the states over one axis of steps, and what is said of them."""
    found = measured(subject, options)
    part = pick("activity", subject, options, narrow=page.narrow)
    panels = with_bars(panels_of(found, options))
    named = _named(subject, part.layer, found)
    look = MapLook(found, options, page.narrow, page.inner, _high(panels, named, page),
                   _read(subject, part.layer, found))  # fmt: skip
    way = f"-{found.direction}" if part.layer.bidirectional else ""
    whose = message(f"activity.whose{way}", depth=found.depth, sample=found.sample)
    begun = [words(one, 8) for one in (whose, *shorter(found, part.layer))]
    over = packed_rows([*begun, words(message("activity.read"), 7, tint=MUTED)], page.inner, 12)
    names = plots.names_whole(subject, look.names, look.wide / found.steps)
    signs = [message("plots.minus")] if any(look.signed(panel) for panel in panels) else []
    said = [*told(found, panels, options, _begins(part.layer)), *signs, *names]
    said.append(message("activity.counting"))
    foot = lines(*packed_rows(plots.paragraphs(said, page.inner), page.inner), step=10.5)
    canvas = Canvas()
    maps = padded(look.maps(panels, named), above=15.0, below=UNDER + 6)
    stack(lines(*over), _within(maps), foot).place(canvas)
    return Draft(canvas, aloud(found, panels, options), call(part.layer), (made(part.layer),))


def _read(subject: Subject, layer: Recurrent, found: Activity) -> Sequence[str]:
    """Return what the data calls each step that is drawn of a sample."""
    return words_read(subject.data, subject.trace, layer, found.sample)[: found.steps]


def _named(subject: Subject, layer: Recurrent, found: Activity) -> Sequence[str]:
    """Return what the data calls the features, if they are what the layer reads."""
    names = subject.data.feature_names if subject.data else None
    return names if names and found.depth == 0 and not subject.trace.leading(layer.name) else ()


def _begins(layer: Recurrent) -> Iterator[Message]:
    """Yield that the states before all steps are zeros, where they are."""
    if not layer.states_given and not layer.giver:
        zeros = "layer.states-handed" if layer.handed else "layer.states-zero"
        yield message(zeros, layer=layer.name, names=", ".join(layer.states_at("0")))


def _high(panels: Sequence[Panel], named: Sequence[str], page: Page) -> float:
    """Return the greatest height of a map, so that the page holds them all."""
    x = curves.high_of(len(panels[0].units), named=bool(named)) if panels[0].curved else 0.0
    maps = len(panels) - panels[0].curved
    between = (len(panels) - 1) * (APART + OVER * page.narrow) + 2 * (GROUP - APART)
    most = ((page.height or page.most or 1e4) - ABOUT - x - between) / maps
    return min(HIGH[1], max(HIGH[0], most))


def _within(item: Item) -> Item:
    """Return the item with all its sides in its core."""
    return Item(item.width, item.height, item.place)


@dataclass(frozen=True, slots=True)
class MapLook:
    """What all maps share: what was measured, whether names stand over them, the room there is, their
    greatest height, the names of steps.
    """

    found: Activity
    options: ActivityOptions
    over: bool
    room: float
    most: float
    names: Sequence[str]

    @property
    def left(self) -> float:
        """The room at the left of all maps, pt."""
        return NUMBERS + NAME * (not self.over)

    @property
    def wide(self) -> float:
        """The width of every map, pt."""
        said = max(words(message(f"activity.{one}")).width for one in ENDS) if not self.over else 0.0
        return min(self.room - self.left - RIGHT - said, max(LEAST, STEP * self.found.steps))

    def high(self, panel: Panel) -> float:
        """Return the height of a map, pt."""
        return min(self.most, max(HIGH[0], UNIT * len(panel.units)))

    def signed(self, panel: Panel) -> bool:
        """Whether a map has cells with a minus."""
        box = (0.0, 0.0, self.wide, self.high(panel))
        return not panel.curved and bool(map_of(panel, self.found, box).below)

    def maps(self, panels: Sequence[Panel], named: Sequence[str]) -> Item:
        """Return all maps under each other, group by group."""
        groups: list[list[Panel]] = [[], [], []]
        for panel in panels:
            groups[0 if panel.letter == "x" else 1 if panel.letter in OPEN else 2].append(panel)
        last = next(group for group in reversed(groups) if group)[-1]
        drawn = [
            stack(
                *(self._map(one, named, first=one is group[0], last=one is last) for one in group), gap=APART
            )
            for group in groups
        ]
        return stack(*drawn, gap=GROUP)

    def _map(self, panel: Panel, named: Sequence[str], *, first: bool, last: bool) -> Item:
        """Return a map, or the curves of the input, with its name, the numbers of its rows and its bar."""
        wide, rows = self.wide, len(panel.units)
        high = curves.high_of(rows, named=bool(named)) if panel.curved else self.high(panel)
        counted = self.options.order == "index" or panel.letter == "x"

        def draw(canvas: Canvas, x: float, y: float) -> None:
            box = (x, y, x + wide, y + high)
            if panel.curved:
                at = curves.draw(canvas, panel, self.found, (x, y, wide), names=named)
            else:
                at = self._shades(canvas, panel, box, bar=first or panel.letter not in OPEN)
            if counted and not panel.curved:
                plots.down(canvas, box, rows, units=True)
            if counted and (first or self.over):
                _axis(canvas, "feature" if panel.letter == "x" else "unit", x - 4, y - 4.5)
            self._name(canvas, panel, box, lifted=bool(named) and panel.curved)
            if last or panel.letter == "x":
                low = plots.along(canvas, at, self.found.steps, self.names, layer=self.found.layer)
                _axis(canvas, "step", x - 4, low - 2)

        above = OVER * self.over + curves.NAME * (bool(named) and panel.curved)
        below = UNDER * (panel.letter == "x")
        return Item(wide, high, draw, (self.left, above, self.room - self.left - wide, below))

    def _shades(self, canvas: Canvas, panel: Panel, box: Box, *, bar: bool) -> Box:
        """Draw a map of shades, and the bar of its own."""
        heat = map_of(panel, self.found, box)
        canvas.plot(heat)
        plots.separated(canvas, heat)
        canvas.box(box, stroke=INK, line=0.7, z=12)
        if bar:
            self._bar(canvas, panel, replace(heat, id=panel.bar), box)
        return box

    def _name(self, canvas: Canvas, panel: Panel, box: Box, *, lifted: bool) -> None:
        """Write the letter of a map and what that is; beside it, what a gate does."""
        role = ROLES.get(panel.letter, "gate")
        letter = symbol(panel.letter, size=10.5, tint=stroke_of(role))
        name = inline(letter, words(message(f"activity.{panel.letter}"), 7.5), gap=4)
        if self.over:
            canvas.text(name, box[0], box[1] - 4.5 - curves.NAME * lifted, role=role)
            return
        x, middle = box[0] - self.left + OVERHANG, (box[1] + box[3]) / 2
        does = panel.letter in OPEN
        canvas.text(name, x, middle + (-1.5 if does else 2.6), role=role)
        if does:
            said = message(f"activity.does-{panel.letter}", layer=self.found.layer, gate=panel.letter)
            canvas.text(words(said, 7, tint=MUTED), x + letter.width + 4, middle + 8.5, role=role)

    def _bar(self, canvas: Canvas, panel: Panel, heat: Heat, box: Box) -> None:
        """Draw the bar of a map, as high as it; what the ends of a gate's scale are, where there is room."""
        x, y, high = box[2] + 9, box[1], box[3] - box[1]
        plots.bar(canvas, heat, (x, y, x + plots.BAR, y + high))
        of = [one for one, _ in self.found.units if one in OPEN] if panel.letter in OPEN else []
        if len(of) > 1:
            named = (symbol(one, size=9.5, tint=stroke_of("gate")) for one in of)
            canvas.text(inline(*named, gap=3), x, y - 5, role="gate")
        if of and not self.over:
            at_ends = (("shut", panel.least == 0, y + high), ("open", panel.most == 1, y))
            numbers = max(plots.mark(n, log=False).width for n in (panel.least, panel.most))
            for said, plain, foot in at_ends:
                line_ = words(message(f"activity.{'' if plain else 'more-'}{said}"), 7, tint=MUTED)
                canvas.text(line_, x + plots.BAR + 7.5 + numbers, foot + 2.6)


def _axis(canvas: Canvas, of: str, x: float, y: float) -> None:
    """Write what is counted: over the numbers of rows, left of those of steps."""
    canvas.text(words(message(f"activity.{of}"), 7, tint=MUTED), x, y, "end", role="axis")


ACTIVITY = Kind(
    "activity",
    "the gates and states of one layer over time, unit by unit, for one sample",
    ActivityOptions,
    compose,
    unable,
    bare=bare.compose,
    shown_bare=frozenset({"of", "layer", "direction", "sample", "order"}),
    frames=("time",),
    measured=True,
)
