"""A vocabulary of layout: items that know their size before they are drawn.

An item has a core of a size, and sides: what stands out of the core to the
left, above, to the right and below. Cores are what is aligned, so that two
blocks line up whatever is written at their edges. Sizes and places are in pt,
y downwards; to draw an item is to say where its core's upper left corner is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from lstmviz.layout.packing import filled_rows
from lstmviz.records import record
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import INK, Font, Point, Role, Tint
from lstmviz.scene.labels import TextLine, words, wrap

Align = Literal["start", "middle", "end"]
Side = Literal["left", "right", "above", "below"]
Sides = tuple[float, float, float, float]
"""What stands out of a core: left, above, right, below, pt."""

SHARES: dict[Align, float] = {"start": 0.0, "middle": 0.5, "end": 1.0}
STEP, DROP = 10.0, 2.6
"""From one line of words to the next, and from a baseline to the foot of its line, pt."""


@record(frozen=True, slots=True)
class Item:
    """A core of a size, what stands out of it, and how it is drawn with its corner at a point."""

    wide: float
    high: float
    draw: Callable[[Canvas, float, float], Any]
    sides: Sides = (0.0, 0.0, 0.0, 0.0)

    @property
    def width(self) -> float:
        """Return the width of the core and both its sides, pt."""
        return self.sides[0] + self.wide + self.sides[2]

    @property
    def height(self) -> float:
        """Return the height of the core and both its sides, pt."""
        return self.sides[1] + self.high + self.sides[3]

    @property
    def empty(self) -> bool:
        """Tell whether it takes no room at all; rows and stacks skip it with its gap."""
        return self.width == 0 and self.height == 0

    def place(self, canvas: Canvas, x: float = 0.0, y: float = 0.0) -> None:
        """Draw it with the upper left corner of everything, sides included, at a point."""
        self.draw(canvas, x + self.sides[0], y + self.sides[1])


def space(wide: float = 0.0, high: float = 0.0) -> Item:
    """Return room with nothing in it."""
    return Item(wide, high, lambda _canvas, _x, _y: None)


def line(text: TextLine, role: Role = "note", *, step: float = STEP) -> Item:
    """Return one line of text, `step` pt high; a line that says nothing is empty."""
    high = step if text.runs else 0.0
    return Item(text.width, high, lambda canvas, x, y: canvas.text(text, x, y + high - DROP, role=role))


def lines(*texts: TextLine, role: Role = "note", step: float = STEP, align: Align = "start") -> Item:
    """Return lines under each other."""
    return stack(*(line(text, role, step=step) for text in texts), align=align)


def para(text: str, width: float, size: float = 7, *, font: Font = "sans", tint: Tint = INK) -> Item:
    """Return words broken into lines no wider than `width` pt."""
    return lines(*(words(part, size, font=font, tint=tint) for part in wrap(text, width, size, font)))


def node(id: str, role: Role, label: TextLine, *, pad: Point = (6.0, 5.0), least: Point = (0.0, 0.0),
         **more: Any) -> Item:  # fmt: skip
    """Return a node as large as its label and `pad` around it, at least `least` wide and high."""
    wide = max(label.width + 2 * pad[0], least[0])
    high = max(label.ascent + label.descent + 2 * pad[1], least[1])

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.node(id, role, (x, y, x + wide, y + high), label, **more)

    return Item(wide, high, draw)


def stack(*items: Item, gap: float = 0.0, align: Align = "start") -> Item:
    """Return items under each other, their cores aligned; empty ones are skipped."""
    return _along([item for item in items if not item.empty], gap, align, axis=1)


def row(*items: Item, gap: float = 0.0, align: Align = "start") -> Item:
    """Return items beside each other, their cores aligned; empty ones are skipped."""
    return _along([item for item in items if not item.empty], gap, align, axis=0)


def _along(items: Sequence[Item], gap: float, align: Align, *, axis: int) -> Item:
    """Place items along an axis: 0 to the right, 1 downwards."""
    if not items:
        return space()
    cross = 1 - axis
    sizes = [(item.wide, item.high) for item in items]
    most = max(size[cross] for size in sizes)
    shifts = [SHARES[align] * (most - size[cross]) for size in sizes]
    places = [0.0]
    for before, item, size in zip(items, items[1:], sizes, strict=False):
        places.append(places[-1] + size[axis] + before.sides[axis + 2] + gap + item.sides[axis])
    near = max(item.sides[cross] - shift for item, shift in zip(items, shifts, strict=True))
    far = max(
        shift + size[cross] + item.sides[cross + 2] - most
        for item, size, shift in zip(items, sizes, shifts, strict=True)
    )
    ends = (items[0].sides[axis], items[-1].sides[axis + 2])
    length = places[-1] + sizes[-1][axis]

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for item, place, shift in zip(items, places, shifts, strict=True):
            item.draw(canvas, x + (shift if axis else place), y + (place if axis else shift))

    around = (max(near, 0.0), max(far, 0.0))
    if axis:
        return Item(most, length, draw, (around[0], ends[0], around[1], ends[1]))
    return Item(length, most, draw, (ends[0], around[0], ends[1], around[1]))


def grid(cells: Sequence[Sequence[Item]], gap: Point = (0.0, 0.0), align: Sequence[Align] = ()) -> Item:
    """Return rows and columns: each column as wide as its widest core, `align` for each column."""
    columns = list(zip(*cells, strict=True))
    wide = [max(cell.wide for cell in column) for column in columns]
    left = [max(cell.sides[0] for cell in column) for column in columns]
    right = [max(cell.sides[2] for cell in column) for column in columns]
    how = align or ["start"] * len(wide)
    lines_ = [
        row(
            *(
                padded(within(cell, w, a), left=lo, right=hi, least=True)
                for cell, w, a, lo, hi in zip(one, wide, how, left, right, strict=True)
            ),
            gap=gap[0],
        )
        for one in cells
    ]
    return stack(*lines_, gap=gap[1])


def within(item: Item, wide: float, align: Align = "start") -> Item:
    """Return the item in a core `wide` pt wide."""
    dx = SHARES[align] * (wide - item.wide)
    left, above, right, below = item.sides
    over = wide - item.wide - dx
    return Item(
        wide,
        item.high,
        lambda canvas, x, y: item.draw(canvas, x + dx, y),
        (max(0.0, left - dx), above, max(0.0, right - over), below),
    )


def padded(item: Item, *, left: float = 0.0, above: float = 0.0, right: float = 0.0, below: float = 0.0,
           least: bool = False) -> Item:  # fmt: skip
    """Return the item with more room at its sides, or with `least` at least so much."""
    more = (left, above, right, below)
    sides = [max(s, m) if least else s + m for s, m in zip(item.sides, more, strict=True)]
    return Item(item.wide, item.high, item.draw, (sides[0], sides[1], sides[2], sides[3]))


def framed(item: Item, pad: float = 6.0, **more: Any) -> Item:
    """Return the item on a painted box, `pad` pt larger on every side; the box is the new core."""
    left, above, *_ = item.sides
    wide, high = item.width + 2 * pad, item.height + 2 * pad

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.box((x, y, x + wide, y + high), **more)
        item.draw(canvas, x + pad + left, y + pad + above)

    return Item(wide, high, draw)


def pin(core: Item, item: Item, at: Point, corner: Point = (0.0, 0.0)) -> Item:
    """Return the core with an item fixed to it.

    `at` is a point of the core, pt from its upper left corner; `corner` is the
    point of the item that stands there, as shares of its size: (0.5, 1) is the
    middle of its foot.
    """
    if item.empty:
        return core
    dx, dy = at[0] - corner[0] * item.wide, at[1] - corner[1] * item.high
    (left, above, right, below), own = core.sides, item.sides
    sides = (
        max(left, own[0] - dx),
        max(above, own[1] - dy),
        max(right, dx + item.wide + own[2] - core.wide),
        max(below, dy + item.high + own[3] - core.high),
    )

    def draw(canvas: Canvas, x: float, y: float) -> None:
        core.draw(canvas, x, y)
        item.draw(canvas, x + dx, y + dy)

    return Item(core.wide, core.high, draw, sides)


def beside(core: Item, item: Item, side: Side, *, gap: float = 5.0, at: float = 0.5) -> Item:
    """Return the core with a label at one of its sides, `at` a share of that edge."""
    if side in {"left", "right"}:
        x = -gap - item.sides[2] if side == "left" else core.wide + gap + item.sides[0]
        return pin(core, item, (x, at * core.high), (float(side == "left"), at))
    y = -gap - item.sides[3] if side == "above" else core.high + gap + item.sides[1]
    return pin(core, item, (at * core.wide, y), (at, float(side == "above")))


def flow(items: Iterable[Item], width: float, *, gap: float = 14.0, step: float = 0.0,
         align: Align = "end") -> Item:  # fmt: skip
    """Return items in as few rows as fit a width, `gap` pt between them and `step` pt between rows."""
    all_items = list(items)
    rows = filled_rows([item.width for item in all_items], width, gap)
    return stack(*(row(*(all_items[at] for at in one), gap=gap, align=align) for one in rows), gap=step)


def fit(width: float, *tries: Item) -> Item:
    """Return the first item that fits a width, else the last."""
    return next((one for one in tries if one.width <= width), tries[-1])


def moved(item: Item, dx: float = 0.0, dy: float = 0.0) -> Item:
    """Return the item drawn elsewhere; its room stays where it was."""
    return Item(item.wide, item.high, lambda canvas, x, y: item.draw(canvas, x + dx, y + dy), item.sides)


def mosaic(template: str, parts: dict[str, Item], gap: Point = (0.0, 0.0), align: Align = "start") -> Item:
    """Return a page as a template of named parts: a line for each row, a word for each column.

    A name in neighbouring places of a row spans them, and ``.`` leaves a place free;
    a page that looks different on narrow paper has another template.
    """
    names = [row_.split() for row_ in template.strip().splitlines()]
    columns = len(names[0])
    assert all(len(one) == columns for one in names), "each row of a mosaic has as many places"
    spans = [_spans(one) for one in names]
    wide = [0.0] * columns
    for name, first, last in sorted((s for one in spans for s in one), key=lambda s: s[2] - s[1]):
        short = parts[name].width - sum(wide[first:last]) - gap[0] * (last - first - 1)
        for at in range(first, last):
            wide[at] += max(0.0, short) / (last - first)
    starts = [sum(wide[:at]) + gap[0] * at for at in range(columns)]
    total = sum(wide) + gap[0] * (columns - 1)
    rows = []
    for one in spans:
        high = max((parts[name].height for name, _, _ in one), default=0.0)
        line_ = space(total, high)
        for name, first, last in one:
            part = parts[name]
            room = sum(wide[first:last]) + gap[0] * (last - first - 1)
            x = starts[first] + SHARES[align] * (room - part.width) + part.sides[0]
            line_ = pin(line_, part, (x, part.sides[1]))
        rows.append(line_)
    return stack(*rows, gap=gap[1])


def _spans(names: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return each part of a row with its first column and the one after its last."""
    found: list[tuple[str, int, int]] = []
    for at, name in enumerate(names):
        if found and found[-1][0] == name and found[-1][2] == at:
            found[-1] = (name, found[-1][1], at + 1)
        elif name != ".":
            found.append((name, at, at + 1))
    return found
