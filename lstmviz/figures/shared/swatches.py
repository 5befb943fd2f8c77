"""The swatches of a key: a small chip or line before the words that say what it means."""

from __future__ import annotations

from typing import Literal

from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, Box, Point, Tint, fill_of, stroke_of

STEP = Tint("muted", "ground", 0.92)
"""What lies behind the cells of one step."""

Swatch = Literal[
    "",
    "input",
    "hidden",
    "cell",
    "output",
    "param",
    "zeros",
    "both-zeros",
    "fwd",
    "rev",
    "step",
    "line",
]
WIDE: dict[Swatch, float] = {
    "": 0.0, "hidden": 22.0, "cell": 22.0, "both-zeros": 22.0, "fwd": 18.0, "rev": 18.0, "line": 22.0
}  # fmt: skip
"""How wide swatches are that are no chip alone, pt."""
CHIP = 10.0


def paint_swatch(canvas: Canvas, kind: Swatch, at: Point) -> None:
    """A small chip or line whose left middle is at `at`."""
    x, y = at
    box = (x, y - 3.6, x + CHIP, y + 3.6)
    if kind in {"input", "hidden", "cell"}:
        chip = box if kind == "input" else (x, box[1], x + 8.0, box[3])
        canvas.box(chip, role="note", fill=fill_of(kind), stroke=stroke_of(kind), line=0.8)
    if kind in {"hidden", "fwd"}:
        arrow(canvas, (x + (8.0 if kind == "hidden" else 0.0), x + WIDE[kind]), y, "hidden")
    elif kind == "cell":
        arrow(canvas, (x + 8.0, x + WIDE[kind]), y, "cell", lines=(-1.1, 1.1), line=0.9)
    elif kind == "rev":
        arrow(canvas, (x + WIDE[kind], x), y, "hidden", reverse=True)
    elif kind == "output":
        canvas.box(box, fill=fill_of("output", 0.72), stroke=stroke_of("output"), line=1.0)
    elif kind == "param":
        canvas.box(box, fill=fill_of("param"), stroke=stroke_of("param"), line=1.0, radius=2.5)
    elif kind in {"zeros", "both-zeros"}:
        _zeros(canvas, box, both=kind == "both-zeros")
    elif kind == "step":
        canvas.box(box, fill=STEP)


def _zeros(canvas: Canvas, box: Box, *, both: bool) -> None:
    """A white chip of h, and of c beside it."""
    canvas.box(box, fill=GROUND, stroke=stroke_of("hidden"), line=0.8)
    x0, y0, x1, y1 = box[0] + CHIP + 2.0, box[1], box[2] + CHIP + 2.0, box[3]
    if both:
        canvas.box((x0, y0, x1, y1), fill=GROUND, stroke=stroke_of("cell"), line=0.8)


def arrow(
    canvas: Canvas,
    ends: tuple[float, float],
    y: float,
    role: str,
    *,
    lines: tuple[float, ...] = (0.0,),
    line: float = 1.5,
    reverse: bool = False,
) -> None:
    """A line with its head, as edges have them: double, or dashed and hollow."""
    start, tip = ends
    way = 1.0 if tip > start else -1.0
    back = tip - way * 5.0
    for dy in lines:
        dash = (2.6, 1.5) if reverse else None
        canvas.line([(start, y + dy), (back, y + dy)], stroke=stroke_of(role), line=line, dash=dash)
    head = [(tip, y), (back, y - 2.7), (back, y + 2.7)]
    fill = GROUND if reverse else stroke_of(role)
    canvas.form(head, fill=fill, stroke=stroke_of(role) if reverse else None, line=0.8)
