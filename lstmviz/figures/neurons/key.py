"""The key of a recurrent network drawn unit by unit: what its marks mean."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lstmviz.figures.neurons import facts as neurons_facts
from lstmviz.figures.neurons.draw import WEIGHT
from lstmviz.figures.neurons.page import role_of
from lstmviz.figures.neurons.states import ribbon
from lstmviz.figures.shared.claimed import unit as named_unit
from lstmviz.scene.items import GROUND, Tint, fill_of, stroke_of
from lstmviz.scene.labels import Inline, asserted, code, math, row, words, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstmviz.figures.neurons.page import Sheet
    from lstmviz.translation.messages import Said

ICON = 40.0
"""Where the words begin beside an icon."""
TWO, BESIDE = 400.0, 250.0
"""From which width on there are two columns, and where the second one begins, pt."""


def key(s: Sheet, x: float, y: float, width: float) -> None:
    """The marks with an icon each; what is said about all steps beside them, or below on a narrow page."""
    shown = s.options.legend != "off"
    low = _icons(s, x, y, min(width, BESIDE) if width >= TWO else width) if shown else y
    if width >= TWO and shown:
        neurons_facts.facts(s, (x + BESIDE, y), width - BESIDE)
    else:
        neurons_facts.facts(s, (x, low + 2), width)


def _icons(s: Sheet, x: float, y: float, width: float) -> float:
    """The marks, one below the other from y down; gives their lower end."""
    for draw, texts in _marks(s):
        lines = [line for text in texts for line in wrap(text, width - ICON - 3, 7)]
        draw(s, x, y + 8.5 + (len(lines) - 1) * 5)
        for text in lines:
            y += 10.5
            s.canvas.text(spoken(text), x + ICON, y)
        y += 4.2
    return y


def spoken(said: Said) -> Inline:
    """A message, or a line of it, whose c, h, W_ih and W_hh are set as what they are."""
    named = {
        "c": math("c", size=9, tint=stroke_of("cell")),
        "h": math("h", size=9, tint=stroke_of("hidden")),
        **{f"W_{way}": math("W", way, size=9, tint=stroke_of("param")) for way in ("ih", "hh")},
        "output": code("output", 7, tint=stroke_of("output")),
    }
    parts = []
    for word in said.text.split():
        bare = word.rstrip(",;:.")
        rest = [words(word[len(bare) :], 7)] if len(bare) < len(word) else []
        parts.append(row(named.get(bare) or words(bare, 7), *rest))
    means = said.english if said.english != said.text else ""
    return replace(row(*parts, gap=2.3), means=means).claiming(asserted(said))


def _marks(s: Sheet) -> list[tuple[Callable[[Sheet, float, float], None], list[Said]]]:
    """The marks used, each with its meaning, in as few words as a column of print has room for."""
    count, times = s.layer.hidden_size, len(s.columns)
    every = s.tell({1: "one", 2: "both"}.get(count, "all"), **({"n": count} if count > 2 else {}))
    same = s.tell("marked", times=times) if times > 1 else None
    across = (partial(_handed, base="h"), [s.tell("h-all")])
    out = [(_output, [s.tell("out")])] if s.narrow else []  # else it is said beside the frames
    if not s.layer.has_cell_state:
        return [across, (_unit, [same or s.tell("unit", every=every)]), *out]
    unit = [s.tell("bead"), s.tell("gates"), same or s.tell("takes", every=every)]
    return [across, (partial(_handed, base="c"), [s.tell("c-own")]), (_unit, unit), *out]


def _handed(s: Sheet, x: float, y: float, base: str) -> None:
    """A small ribbon: three units' h, each to all, or their c, each to itself."""
    role = role_of(base)
    points = [(x + 5, y - 6), (x + 24, y - 6), (x + 28, y), (x + 24, y + 6), (x + 5, y + 6)]
    s.canvas.form(points, role=role, fill=ribbon(role), stroke=stroke_of(role), line=0.8)
    for k in (-1, 0, 1):
        box = (x + 0.4, y - 2 + 4 * k, x + 5, y + 2 + 4 * k)
        s.canvas.box(box, fill=fill_of(role), stroke=stroke_of(role), line=0.7, role=role)
        for other in (-1, 0, 1) if base == "h" else ():
            ends = [(x + 5, y + 4 * k), (x + 22, y + 4 * other)]
            s.canvas.line(ends, stroke=WEIGHT, line=0.5, role="param")
        for dy in (-0.7, 0.7) if base == "c" else ():
            ends = [(x + 5, y + 4 * k + dy), (x + 22, y + 4 * k + dy)]
            s.canvas.line(ends, stroke=stroke_of(role), line=0.5, role=role)


def _unit(s: Sheet, x: float, y: float) -> None:
    r, dark = 5.5, Tint("hidden.fill", "hidden.stroke", 0.38)
    x += 14.5
    if s.layer.has_cell_state:
        body = [(x - r, y - 10.5), (x + r, y - 10.5), (x + r, y + 10.5), (x - r, y + 10.5)]
        s.canvas.form(body, radius=r, fill=GROUND, stroke=stroke_of("hidden"), line=0.9, role="hidden")
        s.canvas.dot(x, y + 5.2, 2.8, stroke_of("cell"), role="cell")
        y -= 10.5 - r
    corners = [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
    s.canvas.form(corners, ellipse=True, fill=dark, stroke=stroke_of("hidden"), line=1.5, role="hidden")
    s.canvas.text(named_unit("", s.traced, s.layer.hidden_size, 7.2), x, y + 2.5, "middle", role="hidden")


def _output(s: Sheet, x: float, y: float) -> None:
    corners = [(x + 1.2, y - 4), (x + 28, y - 4), (x + 28, y + 4), (x + 1.2, y + 4)]
    s.canvas.form(corners, radius=3, stroke=stroke_of("output"), line=2.25, role="output")
