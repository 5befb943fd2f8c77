"""Kind `activity`: the gates and states of one layer over time, for one sample, as maps of shades.

Each gate stands with what it lets through: i with g, f with c, o with h; of a GRU r with n, z with h. On a
wide page the one is over the other, on a narrow one beside it. Units go down, steps to the right; both are
numbered once for all maps of a row or a column; the input is as wide as all of them. Ids: each map has the
letter of what it shows (``i f g o c h``, ``x`` for the input); maps of one scale share a bar with the letter
of the first: ``i.bar``, ``g.bar``.
What was computed gate by gate equals the module's own states to 1e-5, or is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    on_few_bars,
    panels_of,
    told,
    unable,
)
from lstmviz.figures.base import Draft, Kind, Subject
from lstmviz.figures.pages import Page
from lstmviz.figures.shared import plots
from lstmviz.figures.shared.claimed import symbol
from lstmviz.figures.shared.parts import call, made, packed_rows, pick
from lstmviz.figures.shared.step_words import words_read
from lstmviz.layout.boxes import Item, grid, lines, mosaic, row, stack
from lstmviz.network.structure import Recurrent
from lstmviz.network.values.data import Activity
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, MUTED, Box, stroke_of
from lstmviz.scene.labels import TextLine, letters, words
from lstmviz.scene.labels import row as inline
from lstmviz.translation.messages import message

PAIRS = {"i": "g", "f": "c", "o": "h", "r": "n", "z": "h"}
"""What each gate lets through."""
HIGH = (26.0, 64.0)
"""The least and the greatest height of a map, pt."""
UNIT, STEP = 4.4, 46.0
"""The height of a unit and the greatest width of a step where there is room, pt."""
OVER, UNDER, ABOUT = 16.0, 11.0, 90.0
"""The name over a map, the steps under it, and what stands about all maps: title, whose they are, pt."""
ENDS = ("shut", "open", "more-shut", "more-open")
"""What is said at the ends of a gate's scale: plainly where it ends at 0 or 1."""
LEFT, RIGHT, APART = 42.0, 32.0, 12.0
"""The room of the numbers of units, and of a bar with its words; between two maps, pt."""
BARS, LYING = 4.0, plots.BAR + 13.0
"""Between two bars; the height of one that lies, with its numbers, pt."""
TELLING = 110.0
"""So wide is a map at least over which stands what a gate does, pt."""
SHORTEST = 34.0
"""The least width of a lying bar, whose numbers stand under it, pt."""
NOWHERE = (0.0, 0.0, 0.0, 0.0)


def compose(subject: Subject, options: ActivityOptions, page: Page) -> Draft:
    """Place the input, each gate with what it lets through, and what is said of them."""
    found = measured(subject, options)
    part = pick("activity", subject, options, narrow=page.narrow)
    panels = on_few_bars(list(panels_of(found, options)))
    look = MapLook(found, options, _across(panels, page), *_room(panels, page),
                   _read(subject, part.layer, options.sample))  # fmt: skip
    way = f"-{found.direction}" if part.layer.bidirectional else ""
    whose = message(f"activity.whose{way}", depth=found.depth, sample=options.sample)
    x = look.curves(panels[0], _named(subject, part.layer, found)) if panels[0].curved else row(
        look.map(panels[0], units=True, steps=True), look.bar(panels[:1]), gap=APART)  # fmt: skip
    names = plots.names_whole(subject, look.names, look.wide / found.steps)
    counting = message("activity.counting")
    signs = [message("plots.minus")] if any(look.signed(panel) for panel in panels) else []
    said = plots.paragraphs([*told(found, panels, options), *signs, *names, counting], page.inner)
    foot = lines(*packed_rows(said, page.inner), step=10.5)
    maps = (_beside if page.narrow else _over)(look, panels[1:])
    parts = {"whose": lines(words(whose, 8)), "input": x, "maps": maps, "foot": foot}
    canvas = Canvas()
    mosaic("whose\ninput\nmaps\nfoot", parts, (0.0, 7.0)).place(canvas)
    return Draft(canvas, aloud(found, panels, options), call(part.layer), (made(part.layer),))


def _read(subject: Subject, layer: Recurrent, sample: int) -> Sequence[str]:
    """Return what the data calls each step that is drawn of a sample."""
    length = layer.lengths[sample] if layer.lengths else layer.timesteps
    return words_read(subject.data, subject.trace, layer, sample)[:length]


def _named(subject: Subject, layer: Recurrent, found: Activity) -> Sequence[str]:
    """Return what the data calls the features, if they are what the layer reads."""
    names = subject.data.feature_names if subject.data else None
    return names if names and found.depth == 0 and not subject.trace.leading(layer.name) else ()


def _across(panels: Sequence[Panel], page: Page) -> int:
    """Return how many maps stand beside each other."""
    gates = sum(panel.letter in OPEN for panel in panels)
    return min(gates, 1) + 1 if page.narrow else max(1, gates)


def _room(panels: Sequence[Panel], page: Page) -> tuple[float, float]:
    """Return the width of a map, and its greatest height: h that is projected has units of its own."""
    gates = sum(panel.letter in OPEN for panel in panels)
    across = _across(panels, page)
    down = max(1, gates) if page.narrow else min(gates, 1) + 1
    shaded = {
        panel.bar: _right(panel) for panel in panels if panel.letter not in OPEN and panel.letter != "x"
    }
    bars = len(shaded)
    bar = 0.0 if page.narrow and gates else sum(shaded.values()) + BARS * (bars - 1) + APART
    left = LEFT * len({panel.units for panel in panels[1:]})
    wide = (page.inner - left - bar - (across - 1) * APART) / across
    x = curves.high_of(len(panels[0].units)) if panels[0].curved else 0.0
    rows = down + (not panels[0].curved)
    about = ABOUT + x + (OVER + UNDER) * bool(x) + (bars - 1) * (LYING + BARS) * page.narrow
    most = ((page.height or page.most or 1e4) - about) / rows - OVER - UNDER
    return wide, min(HIGH[1], max(HIGH[0], most))


def _over(look: MapLook, panels: Sequence[Panel]) -> Item:
    """Each gate over what it lets through, and at the end of a row its bars."""
    by_letter = {panel.letter: panel for panel in panels}
    gates = [panel for panel in panels if panel.letter in OPEN]
    under = [by_letter[PAIRS[gate.letter]] for gate in gates] or list(panels)
    rows = [one for one in (gates, under) if one]
    cells = []
    for one in rows:
        maps = [look.map(panel, units=panel is one[0] or panel.units != one[0].units, steps=one is under)
                for panel in one]  # fmt: skip
        cells.append([*maps, look.bar(one)])
    return grid(cells, (APART, 6.0))


def _beside(look: MapLook, panels: Sequence[Panel]) -> Item:
    """Each gate beside what it lets through, and at the foot of a column its bars."""
    by_letter = {panel.letter: panel for panel in panels}
    gates = [panel for panel in panels if panel.letter in OPEN]
    if not gates:
        return _over(look, panels)
    through = [by_letter[PAIRS[gate.letter]] for gate in gates]
    cells = []
    for one, other in zip(gates, through, strict=True):
        last = one is gates[-1]
        cells.append([look.map(one, units=True, steps=last),
                      look.map(other, units=other.units != one.units, steps=last)])  # fmt: skip
    cells.append([look.bar(gates, lying=True), look.bar(through, lying=True)])
    return grid(cells, (APART, 6.0))


@dataclass(frozen=True, slots=True)
class MapLook:
    """What all maps share: what was measured, how many stand side by side, the width of one, its greatest
    height, names of steps.
    """

    found: Activity
    options: ActivityOptions
    across: int
    room: float
    most: float
    names: Sequence[str]

    @property
    def wide(self) -> float:
        """The width of every map, pt."""
        return min(self.room, STEP * self.found.steps)

    def width(self, panel: Panel) -> float:
        """Return how wide a map is: the input's as wide as all that stand side by side, pt."""
        return self.across * self.wide + (self.across - 1) * APART if panel.letter == "x" else self.wide

    def high(self, panel: Panel) -> float:
        """Return the height of a map, pt."""
        return min(self.most, max(HIGH[0], UNIT * len(panel.units)))

    def signed(self, panel: Panel) -> bool:
        """Whether a map has cells with a minus."""
        box = (0.0, 0.0, self.width(panel), self.high(panel))
        return not panel.curved and bool(map_of(panel, self.found, self.options, box).below)

    def curves(self, panel: Panel, names: Sequence[str]) -> Item:
        """Return the curves of the input under their name, with the steps under the last of them."""
        wide = self.width(panel)

        def draw(canvas: Canvas, x: float, y: float) -> None:
            over = y - (13.0 if names else 4.5)
            canvas.text(self._title(panel), x, over, role="input")
            last = curves.draw(canvas, panel, self.found, self.options, (x, y, wide), names=names)
            low = plots.along(canvas, last, self.found.steps, self.names, layer=self.found.layer)
            _beside_numbers(canvas, panel, (x, y, x + wide, last[3]))
            _axis(canvas, "step", x - 4, low - 2)

        sides = (LEFT, OVER + (curves.NAME if names else 0.0), RIGHT, UNDER)
        return Item(wide, curves.high_of(len(panel.units), named=bool(names)), draw, sides)

    def map(self, panel: Panel, *, units: bool, steps: bool) -> Item:
        """Return a map under its name, with the numbers of its units and of its steps where asked for."""
        title, wide, high = self._title(panel), self.width(panel), self.high(panel)
        counted = units and (self.options.order == "index" or panel.letter == "x")

        def draw(canvas: Canvas, x: float, y: float) -> None:
            box = (x, y, x + wide, y + high)
            canvas.text(title, x, y - 4.5, role=ROLES.get(panel.letter, "gate"))
            canvas.plot(map_of(panel, self.found, self.options, box))
            canvas.box(box, stroke=INK, line=0.7, z=12)
            if counted:
                plots.down(canvas, box, len(panel.units))
                _beside_numbers(canvas, panel, box)
            if steps:
                low = plots.along(canvas, box, self.found.steps, self.names, layer=self.found.layer)
            if steps and units:
                _axis(canvas, "step", x - 4, low - 2)

        return Item(wide, high, draw, (LEFT if units else 0.0, OVER, 0.0, UNDER if steps else 0.0))

    def _title(self, panel: Panel) -> TextLine:
        """The letter of a map, what that is, and what it does where there is room."""
        letter = symbol(panel.letter, size=10.5, tint=stroke_of(ROLES.get(panel.letter, "gate")))
        name = inline(letter, words(message(f"activity.{panel.letter}"), 7.5), gap=4)
        if panel.letter not in OPEN:
            return name
        does = message(f"activity.does-{panel.letter}", layer=self.found.layer, gate=panel.letter)
        return inline(name, words(does, 7, tint=MUTED), gap=6) if self.wide >= TELLING else name

    def bar(self, panels: Sequence[Panel], *, lying: bool = False) -> Item:
        """Return the bars of these maps, each with the letters of its maps."""
        of: dict[str, list[Panel]] = {}
        for panel in panels:
            of.setdefault(panel.bar, []).append(panel)
        bars = [self._bar(one, lying=lying) for one in of.values()]
        return stack(*bars, gap=BARS) if lying else row(*bars, gap=BARS)

    def _bar(self, shared: Sequence[Panel], *, lying: bool) -> Item:
        panel = shared[0]
        heat = replace(map_of(panel, self.found, self.options, NOWHERE), id=panel.bar)
        gate = panel.letter in OPEN
        at_ends = {"shut": panel.least == 0, "open": panel.most == 1}
        said = {one: words(message(f"activity.{one}"), 7, tint=MUTED) for one in ENDS}
        shut, opened = (said[one if whole else f"more-{one}"] for one, whole in at_ends.items())
        of = [one.letter for one in shared]
        tints = [stroke_of(ROLES.get(one, "gate")) for one in of]
        name = inline(*(symbol(one, size=9.5, tint=t) for one, t in zip(of, tints, strict=True)), gap=3)
        high = self.high(panel)

        def standing(canvas: Canvas, x: float, y: float) -> None:
            plots.bar(canvas, heat, (x, y, x + plots.BAR, y + high))
            canvas.text(name, x, y - 4.5)
            if gate:
                numbers = max(plots.mark(n, log=False).width for n in (panel.least, panel.most))
                beside = x + plots.BAR + 7.5 + numbers
                canvas.text(opened, beside, y + 2.6)
                canvas.text(shut, beside, y + high + 2.6)

        aside = name.width + 6

        def flat(canvas: Canvas, x: float, y: float) -> None:
            left, right, foot = x + aside, x + max(self.wide - 8.0, aside + SHORTEST), y + plots.BAR - 1.5
            plots.bar(canvas, heat, (left, y, right, y + plots.BAR), lying=True)
            canvas.text(name, x, foot)

        wide = max(self.wide, aside + SHORTEST)
        return Item(wide, LYING, flat) if lying else Item(_right(panel), high, standing)


def _right(panel: Panel) -> float:
    """The width of a standing bar with its numbers, which stand nearer to it than to the next, pt."""
    least = plots.mark(panel.least, log=False).width
    return max(RIGHT, plots.BAR + plots.TICK + BARS + least)


def _axis(canvas: Canvas, of: str, x: float, y: float) -> None:
    """Write what is counted, left of its numbers."""
    canvas.text(words(message(f"activity.{of}"), 7, tint=MUTED), x, y, "end", role="axis")


def _beside_numbers(canvas: Canvas, panel: Panel, box: Box) -> None:
    """Write what the rows of a map are, half-way down beside their numbers."""
    numbers = letters(str(len(panel.units)), 8).width
    of = "feature" if panel.letter == "x" else "unit"
    _axis(canvas, of, box[0] - 8 - numbers, (box[1] + box[3]) / 2 + 2.6)


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
