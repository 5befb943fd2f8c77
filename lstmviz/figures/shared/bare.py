"""The pieces of bare figures: large words, chips, bands, lines that are named where they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from lstmviz.errors import FigureError
from lstmviz.figures.pages import MARGIN, Page
from lstmviz.figures.shared import parts
from lstmviz.figures.shared.common import keep
from lstmviz.figures.shared.legend import Entry
from lstmviz.network.structure import Tensor
from lstmviz.scene import labels
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import MUTED, Point, Role, Tint, stroke_of
from lstmviz.scene.labels import TextLine
from lstmviz.translation.messages import MARK, Message, message

WORD, MATH = 10.0, 12.5
"""The sizes of words and of symbols at type size 1, pt."""
LEAD = 11.5
"""From one line of words to the next, pt."""
THICK, RAIL = 1.9, 1.1
"""The line of everything, and each of the two lines of c, pt."""
LEVEL = 480.0
"""A row is at most so wide at type size 1, pt."""
CHIP = 20.0
"""The height of a chip with a symbol in it, pt."""


def word(text: str | Message, *, tint: Tint = MUTED, bold: bool = False) -> TextLine:
    """Return a line of large words."""
    return labels.words(text, WORD, font="bold" if bold else "sans", tint=tint)


def say(
    canvas: Canvas, text: str | Message | Sequence[Message], at: Point, anchor: Any = "middle", **more: Any
) -> None:
    """Place words, one line under the other, the first baseline at a point."""
    lines: Sequence[str | Message] = text.split("\n") if isinstance(text, str) else lines_of(text)
    for i, line in enumerate(lines):
        canvas.text(word(line, **more), at[0], at[1] + LEAD * i, anchor)


def counted(tensor: Tensor, of: str, *, first: bool) -> list[Message]:
    """Return how many maps or units a stage gives, or the input has; of maps also how large each is.

    That there is one channel goes without saying; steps, and what has neither, are not counted.
    """
    sizes, batched = tensor.sizes, tensor.symbols[:1] in {("N",), ("N·T",), ("T·N",)}  # frames, all at once
    free = tensor.symbols[batched:]
    if len(free) not in {1, 3} or {"N", "T"} & {*free}:
        return []
    axis, maps = int(batched), len(free) == 3
    what = "units" if not maps else "channels" if first else "maps"
    alone = first and maps and sizes[axis] == 1
    said = [] if alone else [message(f"bare.{what}", n=sizes[axis], of=of, axis=axis)]
    return [*said, message("bare.plane", rows=sizes[-2], columns=sizes[-1], of=of)] if maps else said


def lines_of(said: Message | Sequence[Message]) -> Sequence[Message]:
    """Return the lines of a message; several are lines as they are."""
    if not isinstance(said, Message):
        return said
    starts = [(line, said.text.index(line)) for line in said.text.split("\n")]
    return [said.part(line, at - said.text[:at].count(MARK)) for line, at in starts]  # marks are not printed


def style(base: str, *, reverse: bool = False) -> dict[str, Any]:
    """Return how a line of h or c looks: c double, the reverse direction dashed."""
    return parts.line_style(base, reverse=reverse) | {"line": RAIL if base == "c" else THICK}


def time_axis(canvas: Canvas, x0: float, x1: float, y: float) -> None:
    """Place the word and an arrow from left to right."""
    label = word(message("axis.time"))
    canvas.text(label, x0, y + 3.5, role="axis")
    canvas.line([(x0 + label.width + 6, y), (x1, y)], line=1.2, head=6.0, role="axis")


def in_a_row(kind: str, wide: float, page: Page) -> bool:
    """Whether what is so wide stands in one row: on this page, or by FigureError on the next.

    Smaller type comes before a second row.
    """
    if wide > min(LEVEL, page.width * page.scale - 2 * MARGIN):
        return False
    if wide > page.inner:
        raise FigureError(kind, "smaller type holds it in one row")
    return True


def key(
    canvas: Canvas,
    states: Sequence[tuple[str, Role]],
    at: Point,
    more: Mapping[str, Message] | None = None,
    room: float = 0.0,
) -> None:
    """Name the lines of h and c, on one line; say `more` of them where that has room."""
    x0, y = at
    told: Mapping[str, Message] = {base: message(f"bare.state-{base}") for base in "hc"}
    if more and sum(35 + word(more[base]).width for base, _ in states) - 14 <= room:
        told = more
    named = [Entry((word(told[base]),), "line", paint=partial(_rails, base, role)) for base, role in states]
    for one in keep(named):
        assert one.paint is not None
        one.paint(canvas, (x0, y))
        canvas.text(one.line, x0 + 21, y + 3.5)
        x0 += 21 + one.line.width + 14


def _rails(base: str, role: Role, canvas: Canvas, at: Point) -> None:
    """Draw a piece of the line of h or c, its left middle at a point."""
    x, y = at
    for dy in (-1.8, 1.8) if base == "c" else (0.0,):
        canvas.line(
            [(x, y + dy), (x + 16, y + dy)], stroke=stroke_of(role), line=RAIL if base == "c" else THICK
        )
