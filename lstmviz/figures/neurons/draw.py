"""Units and the lines between them: what both forms of `neurons` are drawn with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, sin
from typing import Any

from lstmviz.figures.shared.claimed import unit as named_unit
from lstmviz.scene import ids
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.claims import claim
from lstmviz.scene.items import Point, Role, Tint, stroke_of
from lstmviz.scene.labels import TextLine, letters

WEIGHT = Tint("param.stroke", "ground", 0.3)
"""The colour of a line that is one weight: as light as it can be and be seen."""
HEAD = 4.0
"""The height of the head of such lines, pt."""
ROUND = 0.55
"""How far round a unit its lines arrive: the share of the angle at which they come."""
THIN, BOLD = 0.6, 1.1
"""The width of such a line, and of one that is pointed out, pt."""


@dataclass(frozen=True, slots=True)
class Units:
    """A row of units where it stands; None among `shown` is the dots' place."""

    prefix: str
    role: Role
    shown: tuple[int | None, ...]
    middle: Point
    pitch: float
    r: float
    end: str = ""
    """What the ids of ports end with: of units of the step before, where they are read."""

    def x(self, slot: int) -> float:
        """The middle of a place in the row."""
        return self.middle[0] + (slot - (len(self.shown) - 1) / 2) * self.pitch

    @property
    def places(self) -> dict[int, float]:
        """Where each drawn unit stands."""
        return {unit: self.x(i) for i, unit in enumerate(self.shown) if unit is not None}

    @property
    def reach(self) -> float:
        """From a unit's middle to its border: values are squares, a little smaller."""
        return self.r - 1 if self.role == "input" else self.r

    @property
    def marked(self) -> int:
        """The unit whose weights are pointed out; 0 if there is only one."""
        numbers = list(self.places)
        return numbers[1] if len(numbers) > 1 else 0

    def id(self, unit: int, port: str = "") -> str:
        """The id of a unit's node, or of one of its ports."""
        return ids.at(self.prefix, unit=unit, end=port or self.end)

    def top(self) -> dict[str, tuple[Point, ...]]:
        """Where lines leave upward, by node id."""
        return {self.id(unit): ((x, self.middle[1] - self.reach),) for unit, x in self.places.items()}

    def foot(self, y: float | None = None) -> dict[str, Point]:
        """Where lines arrive from below, by node id: at the units, or at ports of theirs at y."""
        port, y = ("", self.middle[1] + self.reach) if y is None else ("foot", y)
        return {self.id(unit, port): (x, y) for unit, x in self.places.items()}


def draw_units(canvas: Canvas, units: Units, name: Callable[[int], TextLine | None], **more: Any) -> None:
    """Circles for units, squares for the input's values, dots for those left out.

    `more` may hold the tensor and shape that the row stands for.
    """
    y = units.middle[1]
    r = units.reach
    for unit, x in units.places.items():
        label = name(unit)
        box = (x - r, y - r, x + r, y + r)
        outline = "rect" if units.role == "input" else "circle"
        canvas.node(units.id(unit), units.role, box, label, outline=outline, line=1.25, **more)
    if None in units.shown:
        tint = stroke_of(units.role)
        canvas.dots(units.x(units.shown.index(None)), y, tint, gap=min(5.0, units.pitch / 3.6), r=1.2)


def numbered(count: int, symbol: str, room: float, size: float = 7.5) -> Callable[[int], TextLine | None]:
    """The labels of units: their numbers; the last one its letter, or nothing, if the number is too wide."""

    def label(unit: int) -> TextLine | None:
        number = named_unit("", unit, count, size)
        if number.width <= room or unit != count:
            return number
        last = claim("last-unit", symbol[:2], letter=symbol[:2], size=count)
        return None if symbol.isdigit() else letters(symbol[:2], size + 1).claiming(last)

    return label


def heads(canvas: Canvas, targets: Mapping[str, Point], bold: Iterable[str]) -> None:
    """A small head where the lines from below end that are pointed out: which way all of them lead."""
    for x, y in (targets[name] for name in bold):
        way = [(x - HEAD / 2, y + HEAD), (x, y), (x + HEAD / 2, y + HEAD)]
        canvas.form(way, fill=stroke_of("param"), z=30)


def spread(canvas: Canvas, below: Units, above: Units, bold: Iterable[str] = ()) -> None:
    """A line from every unit to every one above, spread round it; those `bold` are pointed out."""
    y = above.middle[1]
    for unit, x in sorted(above.places.items(), key=lambda one: above.id(one[0]) in bold):
        marked = above.id(unit) in bold
        fill, line = (stroke_of("param"), BOLD) if marked else (WEIGHT, THIN)
        for source, (a,) in below.top().items():
            ends = (source, above.id(unit))
            at = ROUND * atan2(a[0] - x, a[1] - y)
            tip = (x + above.reach * sin(at), y + above.reach * cos(at))
            canvas.edge(
                ids.arrow(*ends, "param"), ends, "param", (a, tip), head="none", stroke=fill, line=line
            )


def fan(
    canvas: Canvas,
    sources: Mapping[str, Sequence[Point]],
    targets: Mapping[str, Point],
    *,
    role: Role = "param",
    bold: Iterable[str] = (),
    **more: Any,
) -> None:
    """A line from every source to every target; those into `bold` are pointed out.

    A source is the points that all its lines begin with.
    """
    marked = set(bold)
    style = {"head": "none", "stroke": WEIGHT, "line": THIN, "radius": 0.0} | more
    heavy = style | {"stroke": stroke_of("param"), "line": BOLD}
    for last in (False, True):
        for target, b in targets.items():
            if (target in marked) is not last:
                continue
            for source, a in sources.items():
                ends = (source, target)
                canvas.edge(ids.arrow(*ends, role), ends, role, (*a, b), **(heavy if last else style))
