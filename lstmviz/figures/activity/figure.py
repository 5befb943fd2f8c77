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
    with_signs,
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

HIGH = (22.0, 56.0)
"""The least and the greatest height of a map, pt."""
UNIT, STEP, LEAST = 10.0, 72.0, 150.0
"""The height of a unit, and the width of a step, where there is room; all steps are at least so wide, pt."""
OVER, UNDER, ABOUT = 13.0, 12.0, 100.0
"""The name over a map, the steps under the input and the last map; what is about all: title, notes, pt."""
APART, GROUP = 8.0, 13.0
"""Between two maps of a group, and between the groups: the input, gates, states, pt."""
OVERHANG, LETTER = 1.5, 12.0
"""How far an italic f reaches left of where it begins; from there to the words that stand beside it, pt."""
INSET = 3.0
"""How far a bar is within its maps, pt: the numbers of two keep apart."""
LETTERS = 9.0
"""What a bar under another one leaves free for the letters over it, pt."""
NAME, NUMBERS, RIGHT = 78.0, 37.0, 42.0
"""The room of a map's name, of its rows' numbers, and of a bar with its own, pt."""
ENDS = ("shut", "open", "more-shut", "more-open")
"""What is said at the ends of the gates' scale: plainly where it ends at 0 and 1."""


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
    over = packed_rows(begun, page.inner, 12)
    panels = with_signs(panels, found.steps, lambda panel: (look.wide, look.high(panel)))
    names = plots.names_whole(subject, look.names, look.wide / found.steps)
    signs = [message("plots.minus")] if any(look.signed(panel) for panel in panels) else []
    said = [*told(found, panels, options, _begins(part.layer)), *signs, *names]
    foot = lines(*packed_rows(plots.paragraphs(said, page.inner), page.inner), step=10.5)
    canvas = Canvas()
    canvas.caption += [message("activity.read"), message("activity.counting")]
    maps = padded(look.maps(panels, named), above=6.0 + 6.0 * (not page.narrow), below=7.0)
    stack(lines(*over), _within(maps), foot).place(canvas)
    view = message(f"activity.view{'' if {one.letter for one in panels} & OPEN else '-states'}")
    return Draft(canvas, aloud(found, panels, options), call(part.layer), (made(part.layer),), view)


def _read(subject: Subject, layer: Recurrent, found: Activity) -> Sequence[str]:
    """Return what the data calls each step that is drawn of a sample."""
    return words_read(subject.data, subject.trace, layer, found.sample)[: found.steps]


def _named(subject: Subject, layer: Recurrent, found: Activity) -> Sequence[str]:
    """Return what the data calls the features, if they are what the layer reads."""
    names = subject.data.feature_names if subject.data and subject.trace.reads_input(layer.name) else None
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
    between = (len(panels) - 1) * (APART + OVER * page.narrow) + 2 * (GROUP - APART + UNDER)
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
        return stack(*(self._group(group, named) for group in groups), gap=GROUP)

    def _group(self, group: Sequence[Panel], named: Sequence[str]) -> Item:
        """Return the maps of a group, each bar as high as all that share it; the steps under the last."""
        runs = [[one for one in group if one.bar == letter] for letter in dict.fromkeys(p.bar for p in group)]
        bars = {run[0].letter: run for run in runs}
        return stack(
            *(self._map(one, named, bars.get(one.letter, ()), first=one is group[0], last=one is group[-1])
              for one in group), gap=APART,
        )  # fmt: skip

    def _map(
        self, panel: Panel, named: Sequence[str], barred: Sequence[Panel], *, first: bool, last: bool
    ) -> Item:
        """Return a map, or the curves of the input, with its name, the numbers of its rows and its bar."""
        wide, rows = self.wide, len(panel.units)
        high = curves.high_of(rows, named=bool(named)) if panel.curved else self.high(panel)
        counted = self.options.order == "index" or panel.letter == "x"

        def draw(canvas: Canvas, x: float, y: float) -> None:
            box = (x, y, x + wide, y + high)
            if panel.curved:
                at = curves.draw(canvas, panel, self.found, (x, y, wide), names=named)
            else:
                at = self._shades(canvas, panel, box, barred, below=not first)
            if counted and not panel.curved:
                plots.down(canvas, box, rows, units=True)
            if counted and first:  # of all under it, too
                _axis(canvas, "feature" if panel.letter == "x" else "unit", x - 4, y - 4.5)
            self._name(canvas, panel, box, lifted=bool(named) and panel.curved)
            if last:
                low = plots.along(canvas, at, self.found.steps, self.names, layer=self.found.layer)
                _axis(canvas, "step", x - 4, low - 2)

        above = OVER * self.over + curves.NAME * (bool(named) and panel.curved)
        return Item(wide, high, draw, (self.left, above, self.room - self.left - wide, UNDER * last))

    def _shades(self, canvas: Canvas, panel: Panel, box: Box, barred: Sequence[Panel], *, below: bool) -> Box:
        """Draw a map of shades, and the bar of all that are `barred` with it; one `below` another bar leaves
        room for its letters.
        """
        heat = map_of(panel, self.found, box)
        canvas.plot(heat)
        plots.separated(canvas, heat)
        canvas.box(box, stroke=INK, line=0.7, z=12)
        if barred:
            high = sum(map(self.high, barred)) + (len(barred) - 1) * (APART + OVER * self.over)
            x, y, foot = box[2] + 9, box[1] + INSET, box[1] + high - INSET
            if below and not self.over and len(barred) > 1:
                y += LETTERS - INSET
            self._bar(canvas, barred, replace(heat, id=panel.bar), (x, y, x + plots.BAR, foot))
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
        y = middle + (-1.5 if does else 2.6)
        canvas.text(letter, x, y, role=role)
        canvas.text(words(message(f"activity.{panel.letter}"), 7.5), x + LETTER, y, role=role)
        if does:
            said = message(f"activity.does-{panel.letter}", layer=self.found.layer, gate=panel.letter)
            canvas.text(words(said, 7, tint=MUTED), x + LETTER, middle + 8.5, role=role)

    def _bar(self, canvas: Canvas, barred: Sequence[Panel], heat: Heat, box: Box) -> None:
        """Draw the bar of maps, over it whose it is; at its ends, if there is room, what a gate is there."""
        plots.bar(canvas, heat, box)
        if len(barred) > 1:
            named = (
                symbol(one.letter, size=9.5, tint=stroke_of(ROLES.get(one.letter, "gate"))) for one in barred
            )
            canvas.text(inline(*named, gap=3), box[0], box[1] - 5, role="gate")
        if barred[0].letter in OPEN and not self.over:
            numbers = max(plots.mark(n, log=False).width for n in (heat.low, heat.high))
            for said, foot in zip(ENDS[:2] if heat.high == 1 else ENDS[2:], box[:0:-2], strict=True):
                line_ = words(message(f"activity.{said}"), 7, tint=MUTED)
                canvas.text(line_, box[2] + 7.5 + numbers, foot + 2.6)


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
